//! The sign-in pages: asking for a link, opening it, typing its code, accepting an invitation,
//! signing out. A plain GET or HEAD signs nobody in, but in the browser that asked.

use std::sync::Arc;

use actix_web::cookie::time::Duration as CookieAge;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::StatusCode;
use actix_web::http::header::{COOKIE, REFERER};
use actix_web::web::{Data, Form, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use minijinja::context;
use minijinja::value::{Serde, Value};
use serde::Deserialize;
use url::form_urlencoded;

use crate::app::App;
use crate::base::secret::Secret;
use crate::domain::person::EmailAddress;
use crate::domain::words::SignInWay;
use crate::http::forms;
use crate::http::kept::Kept;
use crate::http::limits::{SignInLimit, client_address};
use crate::http::page::{FieldError, page, page_with, see_other};
use crate::http::problem::Problem;
use crate::http::visitor::{self, Visitor};
use crate::ops::sign_in::{self, NewSession, Opened};
use crate::ops::{Refused, account, sign_in_session};

/// Knows the browser again that asked for a link.
pub const ASKING_COOKIE: &str = "__Host-berth-asked";
/// A year: the server ends sessions; the cookie only must not end before.
const SESSION_COOKIE: CookieAge = CookieAge::days(365);

#[derive(Deserialize)]
pub struct Onward {
    pub next: Option<String>,
}

pub async fn ask_page(
    app: Data<Arc<App>>,
    visitor: Visitor,
    request: HttpRequest,
    onward: Query<Onward>,
) -> Result<HttpResponse, Problem> {
    if onward.next.is_some() && has_lost_its_cookie(&request) {
        return page(&app, &visitor, "sign_in_cookies.html", context! {});
    }
    let asking = Asking { next: safe_onward(onward.next.as_deref()), ..Asking::default() };
    asking.page(StatusCode::OK, &app, &visitor)
}

/// Whether a browser that has just signed in comes back as a stranger: it keeps no cookies.
fn has_lost_its_cookie(request: &HttpRequest) -> bool {
    let from = request.headers().get(REFERER).and_then(|value| value.to_str().ok());
    let from = from.and_then(|from| url::Url::parse(from).ok());
    let from_here = from.is_some_and(|from| from.path().starts_with("/sign-in/"));
    from_here && !request.headers().contains_key(COOKIE)
}

/// What the page on which one asks to sign in is to show.
#[derive(Default)]
pub struct Asking {
    /// As it was typed.
    pub email: String,
    /// Where to go on to.
    pub next: String,
    pub trusted: bool,
    /// What was typed into a form before the session had ended.
    pub kept: Option<Value>,
    pub errors: Vec<FieldError>,
}

impl Asking {
    pub fn page(self, status: StatusCode, app: &App, visitor: &Visitor) -> Result<HttpResponse, Problem> {
        let own = context! {
            errors => Value::from(Serde(&self.errors)),
            email => self.email,
            trusted => self.trusted,
            kept => self.kept,
            ..other_ways(app, &self.next)
        };
        page_with(status, app, visitor, "sign_in.html", own)
    }
}

/// For the templates: the ways to sign in besides the link, and where to go on to.
fn other_ways(app: &App, next: &str) -> Value {
    let single_sign_on = app.config.oidc.as_ref().map(|oidc| {
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
        context! { name => oidc.name.as_str(), address => format!("/sign-in/sso?{query}") }
    });
    context! { next => next, passkeys => app.passkeys.is_some(), single_sign_on => single_sign_on }
}

#[derive(Deserialize)]
pub struct AskForm {
    #[serde(default)]
    email: String,
    next: Option<String>,
    trusted: Option<String>,
    kept_action: Option<String>,
    kept_body: Option<String>,
}

impl AskForm {
    /// What was typed into a form before the session had ended.
    fn kept(&self) -> Option<Value> {
        let kept = Kept::new(self.kept_action.as_deref()?, self.kept_body.as_deref()?)?;
        Some(kept.shown())
    }
}

pub async fn ask(
    app: Data<Arc<App>>,
    limit: Data<SignInLimit>,
    visitor: Visitor,
    request: HttpRequest,
    form: Form<AskForm>,
) -> Result<HttpResponse, Problem> {
    limit.check(&app, &request)?;
    let (next, kept, trusted) = (safe_onward(form.next.as_deref()), form.kept(), form.trusted.is_some());
    let Some(email) = EmailAddress::parse(&form.email) else {
        let text = "Enter an email address in the right form, like name@example.org";
        let errors = vec![FieldError::new("email", text)];
        let asking = Asking { email: form.into_inner().email, next, trusted, kept, errors };
        return asking.page(StatusCode::UNPROCESSABLE_ENTITY, &app, &visitor);
    };
    let asked = sign_in::ask(&app.db, &app.clock, email.clone(), next, trusted).await?;
    let minutes = sign_in::GOOD_FOR.num_minutes();
    let form_token = forms::token_of_asker(&app, &asked.browser);
    let own = context! {
        email => email.as_str(), code => asked.code, minutes => minutes, kept => kept, form_token => form_token,
    };
    let mut answer = page(&app, &visitor, "sign_in_sent.html", own)?;
    let name = cookie_name(&app, ASKING_COOKIE);
    keep(&mut answer, &cookie(&app, name, &asked.browser, CookieAge::minutes(minutes)))?;
    Ok(answer)
}

/// Opening a link. In the browser that asked it signs in; any other is shown what to type.
pub async fn open(
    app: Data<Arc<App>>,
    visitor: Visitor,
    request: HttpRequest,
    link: Path<String>,
) -> Result<HttpResponse, Problem> {
    let link = Secret::from_text(link.into_inner());
    if let Ok(person) = sign_in::invitation(&app.db, &app.clock, link.clone()).await {
        let roles: Vec<&str> = person.grants.iter().map(|grant| grant.role.word()).collect();
        let own = context! { name => "", email => person.email.as_str(), roles => roles, action => request.path() };
        return page(&app, &visitor, "sign_in_invited.html", own);
    }
    let browser = visitor::cookie(request.headers(), cookie_name(&app, ASKING_COOKIE)).map(Secret::from_text);
    let browser = browser.filter(|_| request.method() == actix_web::http::Method::GET);
    match sign_in::open(&app.db, &app.clock, app.ways(), link, browser, new_session(&app, &request, &visitor, false))
        .await
    {
        Ok(Opened::SignedIn { session, onward }) => signed_in(&app, &session, &onward),
        Ok(Opened::NeedsCode) => code_page(&app, &visitor, &request, ""),
        Err(refused) => ended(&app, &visitor, refused),
    }
}

#[derive(Deserialize)]
pub struct CodeForm {
    code: Option<String>,
    trusted: Option<String>,
}

/// The form of an opened link: the code of another browser, or the one button of an invitation.
pub async fn submit(
    app: Data<Arc<App>>,
    limit: Data<SignInLimit>,
    visitor: Visitor,
    request: HttpRequest,
    link: Path<String>,
    form: Form<CodeForm>,
) -> Result<HttpResponse, Problem> {
    limit.check(&app, &request)?;
    let link = Secret::from_text(link.into_inner());
    let CodeForm { code, trusted } = form.into_inner();
    let new = new_session(&app, &request, &visitor, trusted.is_some());
    let done = match code {
        Some(code) => sign_in::type_code(&app.db, &app.clock, app.ways(), link, code, new).await,
        None => sign_in::accept(&app.db, &app.clock, link, new).await.map(|session| (session, String::new())),
    };
    match done {
        Ok((session, onward)) => signed_in(&app, &session, &onward),
        Err(Refused::WrongCode(left)) => {
            let text = format!(
                "That code is not right. Look again at the page where you asked; you can try {left} more times"
            );
            code_page(&app, &visitor, &request, &text)
        }
        Err(refused) => ended(&app, &visitor, refused),
    }
}

pub async fn sign_out(app: Data<Arc<App>>, visitor: Visitor) -> Result<HttpResponse, Problem> {
    if let Some(signed_in) = visitor.signed_in {
        sign_in_session::end(&app.db, signed_in.session.hash).await?;
    }
    let mut answer = see_other("/")?;
    let name = visitor::session_cookie_name(app.config.is_https());
    keep(&mut answer, &cookie(&app, name, &Secret::from_text(""), CookieAge::ZERO))?;
    Ok(answer)
}

/// Sends a browser that is signed in now to where it wanted.
pub fn signed_in(app: &App, session: &Secret, onward: &str) -> Result<HttpResponse, Problem> {
    let mut answer = see_other(&safe_onward(Some(onward)))?;
    keep_session(app, &mut answer, session)?;
    Ok(answer)
}

pub fn keep_session(app: &App, answer: &mut HttpResponse, session: &Secret) -> Result<(), Problem> {
    let name = visitor::session_cookie_name(app.config.is_https());
    keep(answer, &cookie(app, name, session, SESSION_COOKIE))
}

fn code_page(app: &App, visitor: &Visitor, request: &HttpRequest, mistake: &str) -> Result<HttpResponse, Problem> {
    let errors: Vec<Value> =
        (!mistake.is_empty()).then(|| context! { field => "code", text => mistake }).into_iter().collect();
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page_with(status, app, visitor, "sign_in_code.html", context! { errors => errors, action => request.path() })
}

/// A link that is good for nothing more gets a page that offers a new one; one that is too little for
/// this person, a page that says what is enough.
fn ended(app: &App, visitor: &Visitor, refused: Refused) -> Result<HttpResponse, Problem> {
    match refused {
        Refused::Ended => page_with(StatusCode::GONE, app, visitor, "sign_in_ended.html", context! {}),
        Refused::LinkNotEnough => {
            page_with(StatusCode::FORBIDDEN, app, visitor, "sign_in_stronger.html", other_ways(app, "/start"))
        }
        other => Err(other.into()),
    }
}

pub fn new_session(app: &App, request: &HttpRequest, visitor: &Visitor, trusted: bool) -> NewSession {
    let replaces = visitor.signed_in.as_ref().map(|signed_in| signed_in.session.hash.clone());
    NewSession { device: visitor::device(request), address: client_address(app, request), trusted, replaces }
}

/// Where to go after signing in: a path of ours, or by role from `/`.
pub fn safe_onward(next: Option<&str>) -> String {
    let path = next.filter(|path| {
        path.starts_with('/')
            && !path.starts_with("//")
            && !path.contains('\\')
            && path.chars().all(|c| c.is_ascii_graphic())
    });
    path.filter(|path| *path != "/").unwrap_or("/start").to_owned()
}

/// The first page of somebody who has signed in: what they come for; the first time, after they were
/// offered a passkey.
pub async fn start(app: Data<Arc<App>>, visitor: Visitor) -> Result<HttpResponse, Problem> {
    let visitor = visitor.known()?;
    let onward = match (visitor.actor.is_staff(), visitor.actor.may_update_some()) {
        (true, _) => "/board",
        (false, true) => "/update",
        (false, false) => "/",
    };
    let by_mail = visitor
        .signed_in
        .as_ref()
        .is_some_and(|signed_in| matches!(signed_in.session.way, SignInWay::Link | SignInWay::Invitation));
    if by_mail && app.passkeys.is_some() {
        let account = account::look(&app.db, &app.clock, app.ways(), visitor.actor.clone()).await?;
        if account.passkeys.is_empty() && account.sessions.len() == 1 {
            return page(&app, &visitor, "passkey_offer.html", context! { onward => onward });
        }
    }
    see_other(onward)
}

/// The cookie's name; `__Host-` binds it to this host, and needs https.
pub fn cookie_name(app: &App, name: &'static str) -> &'static str {
    if app.config.is_https() { name } else { name.trim_start_matches("__Host-") }
}

pub fn cookie(app: &App, name: &'static str, value: &Secret, age: CookieAge) -> Cookie<'static> {
    Cookie::build(name, value.reveal().to_owned())
        .path("/")
        .http_only(true)
        .secure(app.config.is_https())
        .same_site(SameSite::Lax)
        .max_age(age)
        .finish()
}

pub fn keep(answer: &mut HttpResponse, cookie: &Cookie) -> Result<(), Problem> {
    answer.add_cookie(cookie).map_err(|e| Problem::broken(&e))
}
