//! The doors of the live stream: who may watch what, for websockets and for server-sent events.
//! What is sent, and when, is decided in `live/`.

use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::Arc;

use actix_http::{Request, Response};
use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderMap, HeaderName, HeaderValue, SEC_WEBSOCKET_VERSION};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use futures_util::StreamExt;
use tracing::warn;

use crate::app::App;
use crate::base::secret;
use crate::domain::actor::Actor;
use crate::http::problem::Problem;
use crate::http::visitor::{self, Visitor};
use crate::http::{defences, filtering, query};
use crate::live::group::Pass;
use crate::live::protocol::{After, Wire};
use crate::live::sse;
use crate::live::watch::Wanted;
use crate::ops::sign_in_session::{self, SignIn};

/// Where the websocket is. No middleware sees an upgrade, so this is also its route.
const PATH: &str = "/live";
const AFTER: &str = "after";

/// What an upgrade is to watch, or how it is refused.
pub async fn admit(app: Arc<App>, request: Request) -> Result<Wanted, Response<BoxBody>> {
    let found = if request.path() == PATH {
        let query = request.uri().query().unwrap_or_default();
        wanted(&app, &request.head().headers, query).await
    } else {
        Err(Problem::not_found())
    };
    found.map_err(|problem| problem.error_response().into())
}

/// A websocket's address asked for as a page.
pub async fn not_a_websocket() -> HttpResponse {
    let detail = "This is the address of a websocket. The same as server-sent events is at /live/events.";
    let mut answer = Problem::new(StatusCode::UPGRADE_REQUIRED, "A websocket", detail).error_response();
    answer.headers_mut().insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    answer
}

/// The stream as server-sent events.
pub async fn events(app: Data<Arc<App>>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let mut wanted = wanted(&app, request.headers(), request.query_string()).await?;
    if let Some(seq) = last_event(request.headers())? {
        // The id is a seq alone; the epoch in which the reader began still says whether it means anything.
        let epoch = wanted.after.take().and_then(|after| after.epoch);
        wanted.after = Some(After { epoch, seq });
    }
    let watch = app.live.watch(wanted, Wire::Events).await?;
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(actix_web::http::header::ContentEncoding::Identity)
        // Nginx would gather a few kilobytes before passing them on.
        .insert_header((HeaderName::from_static("x-accel-buffering"), "no"))
        .streaming(sse::events(watch).map(Ok::<_, Infallible>)))
}

fn last_event(headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    let Some(value) = headers.get("Last-Event-ID") else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    match After::parse(text) {
        Some(After { epoch: None, seq }) => Ok(Some(seq)),
        Some(_) | None => Err(query::bad("Last-Event-ID", "Last-Event-ID must be the id of an event, a seq.")),
    }
}

async fn wanted(app: &App, headers: &HeaderMap, text: &str) -> Result<Wanted, Problem> {
    if visitor::bearer(headers).is_none() && !defences::is_same_origin(app, headers) {
        let detail = "This was asked for by another site. Programs send a bearer token.";
        return Err(Problem::new(StatusCode::FORBIDDEN, "Asked for by another site", detail));
    }
    let visitor = visitor::recognise(app, headers).await?;
    let filter = filtering::from_query(app, text, &[AFTER]).await?;
    let after = query::single(text, AFTER)?
        .map(|text| {
            let wanted = "\"after\" must be SEQ or EPOCH.SEQ, such as 1042 or k3v9.1042.";
            After::parse(&text).ok_or_else(|| query::bad(AFTER, wanted))
        })
        .transpose()?;
    Ok(Wanted { pass: pass(headers, &visitor), actor: visitor.actor, filter, after })
}

/// Names the sign-in and what it allows, so that a right that is taken away ends the stream too.
fn pass(headers: &HeaderMap, visitor: &Visitor) -> Option<Pass> {
    Some(pass_of(&sign_in(headers, visitor)?, &visitor.actor))
}

/// By what somebody is signed in, to look later whether it holds.
pub fn sign_in(headers: &HeaderMap, visitor: &Visitor) -> Option<SignIn> {
    match (&visitor.signed_in, visitor::bearer(headers)) {
        (Some(signed_in), _) => Some(SignIn::Session(signed_in.session.hash.clone())),
        (None, Some(Some(token))) => Some(SignIn::Token(token.hash())),
        (None, Some(None) | None) => None,
    }
}

fn pass_of(sign_in: &SignIn, actor: &Actor) -> Pass {
    let rights = secret::hash(actor.rights_text().as_bytes());
    Pass(format!("{} {rights}", sign_in.text()).into())
}

/// Which of these sign-ins have ended, or allow something else than when they began to watch.
pub async fn ended(app: Arc<App>, passes: HashSet<Pass>) -> HashSet<Pass> {
    let sign_in = |pass: &Pass| pass.0.split_once(' ').and_then(|(sign_in, _)| SignIn::parse(sign_in));
    let asked: Vec<SignIn> = passes.iter().filter_map(sign_in).collect();
    match sign_in_session::still(&app.db, &app.clock, app.ways(), asked).await {
        Ok(still) => {
            let good: HashSet<Pass> = still.iter().map(|(sign_in, actor)| pass_of(sign_in, actor)).collect();
            passes.difference(&good).cloned().collect()
        }
        Err(error) => {
            warn!("cannot look whether those who watch are still signed in: {error}");
            HashSet::new()
        }
    }
}
