//! The sign-in pages: asking for a link, opening it, typing its code, accepting an invitation,
//! signing out. A plain GET or HEAD signs nobody in, but in the browser that asked.

use std::sync::Arc;

use actix_web::cookie::time::Duration as CookieAge;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use minijinja::{Value, context};
use serde::Deserialize;

use crate::app::App;
use crate::base::secret::Secret;
use crate::domain::person::EmailAddress;
use crate::http::forms;
use crate::http::kept::Kept;
use crate::http::limits::{SignInLimit, client_address};
use crate::http::page::{page, page_with, see_other};
use crate::http::problem::Problem;
use crate::http::visitor::{self, Visitor};
use crate::ops::sign_in::{self, NewSession, Opened};
use crate::ops::{Refused, sign_in_session};

/// A year: the server ends sessions; the cookie only must not end before.
const SESSION_COOKIE: CookieAge = CookieAge::days(365);

#[derive(Deserialize)]
pub struct Onward {
    next: Option<String>,
}

pub async fn ask_page(app: Data<Arc<App>>, visitor: Visitor, onward: Query<Onward>) -> Result<HttpResponse, Problem> {
    let next = safe_onward(onward.next.as_deref());
    let own = context! { errors => Vec::<Value>::new(), email => "", next => next, sso => "", kept => () };
    page(&app, &visitor, "sign_in.html", own)
}

#[derive(Deserialize)]
pub struct AskForm {
    #[serde(default)]
    email: String,
    next: Option<String>,
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
    let next = safe_onward(form.next.as_deref());
    let Some(email) = EmailAddress::parse(&form.email) else {
        let text = "Enter an email address in the right form, like name@example.org";
        let errors = [context! { field => "email", text => text }];
        let email = form.email.as_str();
        let own = context! { errors => errors, email => email, next => next, sso => "", kept => form.kept() };
        return page_with(StatusCode::UNPROCESSABLE_ENTITY, &app, &visitor, "sign_in.html", own);
    };
    let asked = sign_in::ask(&app.db, &app.clock, email.clone(), next).await?;
    let minutes = sign_in::GOOD_FOR.num_minutes();
    let form_token = forms::token_of_asker(&app, &asked.browser);
    let own = context! { email => email.as_str(), code => asked.code, minutes => minutes, kept => form.kept(), form_token => form_token };
    let mut answer = page(&app, &visitor, "sign_in_sent.html", own)?;
    keep(
        &mut answer,
        &cookie(&app, asking_cookie_name(&app), asked.browser, CookieAge::minutes(sign_in::GOOD_FOR.num_minutes())),
    )?;
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
    let browser = visitor::cookie(request.headers(), asking_cookie_name(&app)).map(Secret::from_text);
    let browser = browser.filter(|_| request.method() == actix_web::http::Method::GET);
    match sign_in::open(&app.db, &app.clock, link, browser, new_session(&app, &request)).await {
        Ok(Opened::SignedIn { session, onward }) => signed_in(&app, session, &onward),
        Ok(Opened::NeedsCode) => code_page(&app, &visitor, &request, ""),
        Err(refused) => ended(&app, &visitor, refused),
    }
}

#[derive(Deserialize)]
pub struct CodeForm {
    code: Option<String>,
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
    let done = match form.into_inner().code {
        Some(code) => sign_in::type_code(&app.db, &app.clock, link, code, new_session(&app, &request)).await,
        None => sign_in::accept(&app.db, &app.clock, link, new_session(&app, &request))
            .await
            .map(|session| (session, String::new())),
    };
    match done {
        Ok((session, onward)) => signed_in(&app, session, &onward),
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
    keep(&mut answer, &cookie(&app, name, Secret::from_text(""), CookieAge::ZERO))?;
    Ok(answer)
}

fn signed_in(app: &App, session: Secret, onward: &str) -> Result<HttpResponse, Problem> {
    let mut answer = see_other(&safe_onward(Some(onward)))?;
    let name = visitor::session_cookie_name(app.config.is_https());
    keep(&mut answer, &cookie(app, name, session, SESSION_COOKIE))?;
    Ok(answer)
}

fn code_page(app: &App, visitor: &Visitor, request: &HttpRequest, mistake: &str) -> Result<HttpResponse, Problem> {
    let errors: Vec<Value> =
        (!mistake.is_empty()).then(|| context! { field => "code", text => mistake }).into_iter().collect();
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page_with(status, app, visitor, "sign_in_code.html", context! { errors => errors, action => request.path() })
}

/// A link that is good for nothing more gets a page that offers a new one.
fn ended(app: &App, visitor: &Visitor, refused: Refused) -> Result<HttpResponse, Problem> {
    match refused {
        Refused::Ended => page_with(StatusCode::GONE, app, visitor, "sign_in_ended.html", context! {}),
        other => Err(other.into()),
    }
}

fn new_session(app: &App, request: &HttpRequest) -> NewSession {
    NewSession { device: visitor::device(request), address: client_address(app, request) }
}

/// Where to go after signing in: a path of ours, or by role from `/`.
fn safe_onward(next: Option<&str>) -> String {
    let path = next.filter(|path| {
        path.starts_with('/')
            && !path.starts_with("//")
            && !path.contains('\\')
            && path.chars().all(|c| c.is_ascii_graphic())
    });
    path.filter(|path| *path != "/").unwrap_or("/start").to_owned()
}

/// The first page of somebody who has signed in: what they come for.
pub async fn start(visitor: Visitor) -> Result<HttpResponse, Problem> {
    let actor = visitor.known()?.actor;
    match (actor.is_staff(), actor.may_update_some()) {
        (true, _) => see_other("/board"),
        (false, true) => see_other("/update"),
        (false, false) => see_other("/"),
    }
}

pub fn asking_cookie_name(app: &App) -> &'static str {
    if app.config.is_https() { "__Host-berth-asked" } else { "berth-asked" }
}

fn cookie(app: &App, name: &'static str, value: Secret, age: CookieAge) -> Cookie<'static> {
    Cookie::build(name, value.reveal().to_owned())
        .path("/")
        .http_only(true)
        .secure(app.config.is_https())
        .same_site(SameSite::Lax)
        .max_age(age)
        .finish()
}

fn keep(answer: &mut HttpResponse, cookie: &Cookie) -> Result<(), Problem> {
    answer.add_cookie(cookie).map_err(|e| Problem::broken(&e))
}
