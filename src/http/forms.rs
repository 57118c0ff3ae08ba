//! The token that every form of a signed-in browser carries: without it nothing is done, whatever the
//! browser says of where the form came from. A form that somebody has filled in is not lost for it.

use std::sync::Arc;

use actix_multipart::Multipart;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::{self, Bytes, BytesMut, Data};
use actix_web::{Error, HttpResponse, ResponseError};
use futures_util::{TryStreamExt, stream};
use minijinja::context;
use url::form_urlencoded;

use crate::app::App;
use crate::base::secret::Secret;
use crate::http::LARGEST_BODY;
use crate::http::kept::Kept;
use crate::http::page;
use crate::http::problem::Problem;
use crate::http::sign_in::{ASKING_COOKIE, cookie_name};
use crate::http::update::bulk;
use crate::http::visitor::{self, Visitor};

/// The field that holds it, first in every form.
pub const FIELD: &str = "form_token";
/// For what it is signed: a session's forms, and what was typed before signing in again.
const OF_SESSION: &str = "form";
const OF_ASKER: &str = "form kept while signing in";
/// Their own address is the proof: links in mails, which need no session.
const PROVED_BY_THEIR_ADDRESS: [&str; 4] = ["/unsubscribe/", "/sign-in/", "/confirm/", "/answer/"];

/// Longer than any token.
const LONGEST_TOKEN: usize = 1024;

type Answer<B> = Result<ServiceResponse<EitherBody<B>>, Error>;

/// The token of this visitor's forms; "" for who is not signed in.
pub fn token(app: &App, visitor: &Visitor) -> String {
    let session = visitor.signed_in.as_ref();
    session.map(|signed_in| app.signer.sign(OF_SESSION, &signed_in.session.hash)).unwrap_or_default()
}

/// The token of what this browser had typed before it asked to sign in again.
pub fn token_of_asker(app: &App, browser: &Secret) -> String {
    app.signer.sign(OF_ASKER, &browser.hash())
}

/// Refuses what a signed-in browser sends without the token of its session. Programs with a bearer
/// token send no cookie that another site could borrow.
pub async fn must_be_own<B: MessageBody + 'static>(
    app: Data<Arc<App>>,
    mut request: ServiceRequest,
    next: Next<B>,
) -> Answer<B> {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let free = visitor::bearer(request.headers()).is_some()
        || PROVED_BY_THEIR_ADDRESS.iter().any(|path| request.path().starts_with(path));
    if safe || free {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let visitor = match request.extract::<Visitor>().await {
        Ok(visitor) => visitor,
        Err(problem) => return refused(request, &problem),
    };
    if visitor.signed_in.is_none() {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let most = if request.path().starts_with(bulk::PATH) { bulk::LARGEST_UPLOAD } else { LARGEST_BODY };
    let body = match request.extract::<web::Payload>().await?.to_bytes_limited(most).await {
        Ok(Ok(body)) => body,
        Ok(Err(error)) => return Ok(request.error_response(error).map_into_right_body()),
        Err(_) => return Ok(request.error_response(PayloadError::Overflow).map_into_right_body()),
    };
    let sent = sent_token(&request, &body).await;
    if sent.is_some_and(|token| is_own(&app, &visitor, &request, &token)) {
        request.set_payload(again(body));
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let kept = Kept::new(request.path(), &String::from_utf8_lossy(&body)).filter(|_| !is_multipart(&request));
    match kept.map(|kept| send_again(&app, &visitor, &kept)) {
        Some(Ok(page)) => Ok(request.into_response(page).map_into_right_body()),
        Some(Err(problem)) => refused(request, &problem),
        None => {
            let detail =
                "This form is of another sign-in, or was made up elsewhere. Nothing was done. Open the page again.";
            refused(request, &Problem::new(StatusCode::FORBIDDEN, "Not a form of this page", detail))
        }
    }
}

fn refused<B>(request: ServiceRequest, problem: &Problem) -> Answer<B> {
    Ok(request.into_response(problem.error_response()).map_into_right_body())
}

fn is_multipart(request: &ServiceRequest) -> bool {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("multipart/form-data"))
}

/// The token that a form was sent with; of a form with a file, its first field.
async fn sent_token(request: &ServiceRequest, body: &Bytes) -> Option<String> {
    if !is_multipart(request) {
        let found = form_urlencoded::parse(body).find(|(key, _)| key == FIELD);
        return found.map(|(_, token)| token.into_owned());
    }
    let whole = stream::iter([Ok::<_, PayloadError>(body.clone())]);
    let mut parts = Multipart::new(request.headers(), whole);
    let mut field = parts.try_next().await.ok()??;
    if field.name() != Some(FIELD) {
        return None;
    }
    let token = field.bytes(LONGEST_TOKEN).await.ok()?.ok()?;
    String::from_utf8(token.to_vec()).ok()
}

/// The comparison takes the same time wherever two tokens differ.
fn is_own(app: &App, visitor: &Visitor, request: &ServiceRequest, token: &str) -> bool {
    let of_session =
        visitor.signed_in.as_ref().is_some_and(|own| app.signer.holds(OF_SESSION, &own.session.hash, token));
    of_session || {
        let asker = visitor::cookie(request.headers(), cookie_name(app, ASKING_COOKIE)).map(Secret::from_text);
        asker.is_some_and(|asker| app.signer.holds(OF_ASKER, &asker.hash(), token))
    }
}

/// The body for who reads it next.
fn again(body: Bytes) -> Payload {
    let (_, mut payload) = actix_http::h1::Payload::create(true);
    payload.unread_data(BytesMut::from(&body[..]).freeze());
    Payload::from(payload)
}

/// What was typed, with a token of this session: one press more, and nothing is lost.
fn send_again(app: &App, visitor: &Visitor, kept: &Kept) -> Result<HttpResponse, Problem> {
    page::page_with(StatusCode::FORBIDDEN, app, visitor, "form_again.html", context! { kept => kept.shown() })
}
