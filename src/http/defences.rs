//! What every answer and every request passes: security headers, same-origin forms, refusals as pages.
//! Who somebody is and what they may do is not decided here.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use actix_http::ConnectionType;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    ALLOW, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, ORIGIN, REFERRER_POLICY,
    RETRY_AFTER, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage, HttpResponse, ResponseError};
use minijinja::context;
use minijinja::value::{Serde, Value};
use tracing::info;
use url::form_urlencoded;

use crate::app::App;
use crate::base::text;
use crate::domain::actor::Who;
use crate::http::languages;
use crate::http::page;
use crate::http::problem::{NOT_ALLOWED, Problem};
use crate::http::visitor::{self, Visitor};

/// Nothing from elsewhere, nothing inline, in nobody's frame.
const POLICY: &str = "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; object-src 'none'; \
                      frame-ancestors 'none'";

type Answer<B> = Result<ServiceResponse<EitherBody<B>>, Error>;

/// Headers for every answer. A handler that set one of them keeps its own.
pub async fn headers<B: MessageBody + 'static>(
    app: Data<Arc<App>>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let mut answer = next.call(request).await?;
    log_refusal(&answer);
    if app.is_leaving.load(Ordering::Relaxed) {
        // A proxy must not send the next request on a connection that is about to end.
        answer.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    protect(&app, answer.headers_mut());
    Ok(answer)
}

/// The headers by which a browser is told what an answer may do.
pub fn protect(app: &App, headers: &mut HeaderMap) {
    set(headers, CONTENT_SECURITY_POLICY, POLICY);
    set(headers, X_CONTENT_TYPE_OPTIONS, "nosniff");
    // An address may be a right in itself, so no other site is told it. Not `no-referrer`: with it
    // browsers send forms with `Origin: null`, and our own would be refused.
    set(headers, REFERRER_POLICY, "same-origin");
    set(
        headers,
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(self), microphone=(), payment=()",
    );
    set(headers, HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    if app.config.is_https() {
        set(headers, STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
    }
}

/// A refusal for want of a sign-in, a right, a good link or patience: who, by their number, and which
/// route, since an address may hold a link's secret.
fn log_refusal<B>(answer: &ServiceResponse<B>) {
    let status = answer.status().as_u16();
    if !matches!(status, 401 | 403 | 410 | 429) {
        return;
    }
    let request = answer.request();
    let route = request.match_pattern().unwrap_or_default();
    let who = request.extensions().get::<Visitor>().map_or_else(|| Who::Public.text(), |known| known.actor.who.text());
    info!(status, method = %request.method(), route, who, "refused {} {route}", request.method());
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    if !headers.contains_key(&name) {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// Refuses what another site makes a signed-in browser send. Programs with a token send no cookie,
/// and the one-click unsubscription of a mail needs none.
pub async fn same_origin<B: MessageBody + 'static>(
    app: Data<Arc<App>>,
    request: ServiceRequest,
    next: Next<B>,
) -> Answer<B> {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let free = visitor::bearer(request.headers()).is_some() || request.path().starts_with("/unsubscribe/");
    if safe || free || is_same_origin(&app, request.headers()) {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let detail = "This was sent from another site. Open the page here and try again.";
    let problem = Problem::new(StatusCode::FORBIDDEN, "Sent from another site", detail);
    Ok(request.into_response(problem.error_response()).map_into_right_body())
}

/// Whether a request with these headers comes from our own pages (or from no browser at all).
pub fn is_same_origin(app: &App, headers: &HeaderMap) -> bool {
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(origin) = text(&ORIGIN) {
        return is_own_origin(app, origin, headers);
    }
    match text(&HeaderName::from_static("sec-fetch-site")) {
        Some(site) => matches!(site, "same-origin" | "none"),
        None => true,
    }
}

/// Ours is the public URL's origin, and the address the browser itself asked at.
fn is_own_origin(app: &App, origin: &str, headers: &HeaderMap) -> bool {
    if origin == app.config.public_url.origin().ascii_serialization() {
        return true;
    }
    let host = headers.get(actix_web::http::header::HOST).and_then(|value| value.to_str().ok());
    !app.config.is_https() && host.is_some_and(|host| origin == format!("http://{host}"))
}

/// Answers people's refusals with pages: strangers go to sign in and come back.
pub async fn refusals_as_pages<B: MessageBody + 'static>(
    app: Data<Arc<App>>,
    request: ServiceRequest,
    next: Next<B>,
) -> Answer<B> {
    let answer = next.call(request).await?;
    let known = answer.response().extensions().get::<Problem>().cloned();
    let Some(problem) = known.or_else(|| bare_refusal(&answer)) else {
        return Ok(answer.map_into_left_body());
    };
    let request = answer.request().clone();
    let made = if problem.status == StatusCode::UNAUTHORIZED && matches!(*request.method(), Method::GET | Method::HEAD)
    {
        let onward = request.uri().path_and_query().map_or("/", |onward| onward.as_str());
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("next", onward).finish();
        page::see_other(&format!("/sign-in?{query}"))
    } else {
        let visitor = request.extensions().get::<Visitor>().cloned();
        let visitor = visitor.unwrap_or_else(|| Visitor { reading: languages::reading(&request), ..Visitor::public() });
        as_page(&app, &visitor, &problem, request.path())
    };
    match made {
        Ok(made) => {
            let mut made: HttpResponse = made;
            for name in [RETRY_AFTER, ETAG, ALLOW] {
                if let Some(value) = answer.headers().get(&name) {
                    made.headers_mut().insert(name, value.clone());
                }
            }
            Ok(answer.into_response(made).map_into_right_body())
        }
        // The page itself failed: the plain answer is better than none.
        Err(_) => Ok(answer.map_into_left_body()),
    }
}

/// What the framework refused before a handler saw it: a wrong method, a body that is too large or no form.
fn bare_refusal<B>(answer: &ServiceResponse<B>) -> Option<Problem> {
    let status = answer.status();
    let content_type = answer.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // What a handler answered, a page or JSON for a script, is its own to say.
    let is_bare = content_type.is_empty() || content_type.starts_with("text/plain");
    if !(status.is_client_error() || status.is_server_error()) || !is_bare {
        return None;
    }
    let (title, detail) = match status {
        StatusCode::METHOD_NOT_ALLOWED if matches!(*answer.request().method(), Method::GET | Method::HEAD) => (
            "This address only takes what a form sends",
            "It has no page of its own. Go back to the page with the form, and use the button there.",
        ),
        StatusCode::METHOD_NOT_ALLOWED => {
            ("This page takes nothing in", "It can only be read. Nothing that you sent was saved.")
        }
        StatusCode::PAYLOAD_TOO_LARGE => ("That is too large", "What you sent was not read. Send less at once."),
        _ => ("That could not be read", "What you sent does not come from one of our forms, or came incomplete."),
    };
    Some(Problem::new(status, title, detail))
}

/// A wrong method on a path of the API: which are right is in `Allow`.
pub async fn wrong_methods_as_problems<B: MessageBody + 'static>(request: ServiceRequest, next: Next<B>) -> Answer<B> {
    let answer = next.call(request).await?;
    if answer.status() != StatusCode::METHOD_NOT_ALLOWED {
        return Ok(answer.map_into_left_body());
    }
    let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "Wrong method", "The right methods are in \"Allow\".");
    let mut made = problem.error_response();
    if let Some(allow) = answer.headers().get(ALLOW) {
        made.headers_mut().insert(ALLOW, allow.clone());
    }
    Ok(answer.into_response(made).map_into_right_body())
}

/// A refusal as people read it.
pub fn as_page(app: &App, visitor: &Visitor, problem: &Problem, path: &str) -> Result<HttpResponse, Problem> {
    let template = match problem.status {
        StatusCode::NOT_FOUND => "not_found.html",
        StatusCode::FORBIDDEN if problem.title == NOT_ALLOWED => "forbidden.html",
        StatusCode::TOO_MANY_REQUESTS => "too_many.html",
        StatusCode::SERVICE_UNAVAILABLE => "unavailable.html",
        StatusCode::INTERNAL_SERVER_ERROR => "broken.html",
        _ => "problem.html",
    };
    let own = context! {
        title => problem.title,
        detail => problem.detail.as_str(),
        mistakes => Value::from(Serde(&problem.errors)),
        error_id => problem.error_id.clone().unwrap_or_default(),
        wait => wait(problem.retry_after.unwrap_or(60)),
        path => path,
    };
    page::page_with(problem.status, app, visitor, template, own)
}

/// Seconds to wait, in words.
fn wait(seconds: u32) -> String {
    match seconds {
        0..60 => text::count(seconds.into(), "second", "seconds"),
        _ => text::count(u64::from(seconds.div_ceil(60)), "minute", "minutes"),
    }
}
