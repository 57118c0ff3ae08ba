//! Who a request comes from: a signed-in browser, a program with a token, or the public.
//! What they may do is decided by their `Actor`, in `ops`.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, HeaderMap, USER_AGENT};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage, HttpRequest};

use crate::app::App;
use crate::base::secret::Secret;
use crate::domain::actor::{Actor, Whence};
use crate::domain::shortlist::Shortlist;
use crate::http::languages::{self, Reading};
use crate::http::limits::client_address;
use crate::http::problem::Problem;
use crate::ops::sign_in_session::{self, SignedIn};

/// Who asks. Anyone is somebody: a stranger is the public.
#[derive(Clone, Debug)]
pub struct Visitor {
    pub actor: Actor,
    /// The person and session behind it, if it is a browser that is signed in.
    pub signed_in: Option<SignedIn>,
    /// What their browser keeps to compare.
    pub shortlist: Shortlist,
    /// In which language they read.
    pub reading: Reading,
}

impl Visitor {
    pub fn public() -> Self {
        Self { actor: Actor::public(), signed_in: None, shortlist: Shortlist::default(), reading: Reading::default() }
    }

    /// Somebody who is signed in, or 401.
    pub fn known(self) -> Result<Self, Problem> {
        if self.actor.is_signed_in() { Ok(self) } else { Err(Problem::not_signed_in()) }
    }

    /// A person who is signed in with a browser, or 401; a program has no account, and gets 403.
    pub fn person(self) -> Result<(Actor, SignedIn), Problem> {
        let known = self.known()?;
        let signed_in = known.signed_in.ok_or_else(Problem::not_allowed)?;
        Ok((known.actor, signed_in))
    }

    /// Somebody who may see what is for staff, or 401 or 403.
    pub fn staff(self) -> Result<Self, Problem> {
        let known = self.known()?;
        if known.actor.is_staff() { Ok(known) } else { Err(Problem::not_allowed()) }
    }
}

/// The cookie of a session. `__Host-` binds it to this host and to https; plain http is for trials.
pub fn session_cookie_name(https: bool) -> &'static str {
    if https { "__Host-berth" } else { "berth" }
}

/// A cookie's value among raw headers, for who has no parsed request (the websocket's upgrade).
pub fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get_all(actix_web::http::header::COOKIE).filter_map(|value| value.to_str().ok()).find_map(|line| {
        line.split(';').find_map(|pair| {
            let (key, value) = pair.trim().split_once('=')?;
            (key == name).then(|| value.to_owned())
        })
    })
}

/// The cookie of a shortlist, which ends with the browser.
pub fn shortlist_cookie_name(https: bool) -> &'static str {
    if https { "__Host-berth-shortlist" } else { "berth-shortlist" }
}

/// What a browser keeps to compare; a case only for staff.
fn shortlist(app: &App, visitor: &Visitor, headers: &HeaderMap) -> Shortlist {
    let kept = cookie(headers, shortlist_cookie_name(app.config.is_https()));
    let list = kept.map(|cookie| Shortlist::read(&app.signer, &cookie)).unwrap_or_default();
    Shortlist { case: list.case.filter(|_| visitor.actor.is_staff()), ..list }
}

/// The bearer token of a request. `Some(None)` is a header that holds none.
pub fn bearer(headers: &HeaderMap) -> Option<Option<Secret>> {
    let value = headers.get(AUTHORIZATION)?;
    let token = value.to_str().ok().and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| Secret::from_text(token.trim()))
    });
    Some(token)
}

/// Finds out who sends these headers. A bad token is refused; an old cookie is only a stranger.
pub async fn recognise(app: &App, headers: &HeaderMap) -> Result<Visitor, Problem> {
    if let Some(token) = bearer(headers) {
        let token = token.ok_or_else(Problem::not_signed_in)?;
        let actor = sign_in_session::of_token(&app.db, &app.clock, token).await?.ok_or_else(Problem::not_signed_in)?;
        return Ok(Visitor { actor, ..Visitor::public() });
    }
    match cookie(headers, session_cookie_name(app.config.is_https())) {
        Some(secret) => of_session(app, Secret::from_text(secret)).await,
        None => Ok(Visitor::public()),
    }
}

/// Who holds this session; the public, if it has ended.
pub async fn of_session(app: &App, secret: Secret) -> Result<Visitor, Problem> {
    match sign_in_session::of_cookie(&app.db, &app.clock, app.ways(), secret).await? {
        Some(signed_in) => {
            Ok(Visitor { actor: signed_in.actor.clone(), signed_in: Some(signed_in), ..Visitor::public() })
        }
        None => Ok(Visitor::public()),
    }
}

/// What a browser calls itself, for the list of devices.
pub fn device(request: &HttpRequest) -> String {
    let name = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok());
    name.unwrap_or("a browser without a name").to_owned()
}

impl FromRequest for Visitor {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        if let Some(known) = request.extensions().get::<Visitor>() {
            let known = known.clone();
            return Box::pin(async { Ok(known) });
        }
        let request = request.clone();
        Box::pin(async move {
            let app =
                request.app_data::<Data<Arc<App>>>().ok_or_else(|| Problem::broken(&"the app is not there"))?.clone();
            let mut visitor = recognise(&app, request.headers()).await?;
            let session = visitor.signed_in.as_ref().map(|signed_in| signed_in.session.mark());
            visitor.actor = visitor.actor.acting_from(Whence { address: client_address(&app, &request), session });
            visitor.shortlist = shortlist(&app, &visitor, request.headers());
            visitor.reading = languages::reading(&request);
            request.extensions_mut().insert(visitor.clone());
            Ok(visitor)
        })
    }
}
