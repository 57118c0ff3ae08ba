//! In which language somebody reads: `?lang=cy` chooses one and a cookie keeps it, so that an address can be given away in a
//! language and pages work without scripts. Which languages there are, the settings say; here no word is translated.

use std::sync::Arc;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::SET_COOKIE;
use actix_web::http::uri::PathAndQuery;
use actix_web::http::{Method, Uri};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest};
use url::form_urlencoded;

use crate::app::App;
use crate::http::visitor::cookie;
use crate::web::Tongue;

/// The key of every page's address that chooses a language.
const KEY: &str = "lang";
/// A year: who reads Welsh reads Welsh.
const KEPT_FOR: Duration = Duration::days(365);

/// How somebody reads this page.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    pub tongue: Tongue,
    /// The address of the page without a language, if it can be asked for again.
    pub here: Option<String>,
}

/// The cookie that keeps a language.
pub fn cookie_name(https: bool) -> &'static str {
    if https { "__Host-berth-language" } else { "berth-language" }
}

/// What `choose` found out about this request.
pub fn reading(request: &HttpRequest) -> Reading {
    request.extensions().get::<Reading>().cloned().unwrap_or_default()
}

/// Takes the language out of the address before any handler reads it, since handlers refuse keys that they do not know.
pub async fn choose<B: MessageBody + 'static>(
    app: Data<Arc<App>>,
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    if !app.templates.has_languages() {
        return next.call(request).await;
    }
    let asked = asked(&app, &mut request);
    let kept = || cookie(request.headers(), cookie_name(app.config.is_https()));
    let tongue = asked.or_else(|| app.templates.tongue(&kept()?)).unwrap_or_default();
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let here = request.uri().path_and_query().map(|here| here.as_str().to_owned()).filter(|_| is_read);
    request.extensions_mut().insert(Reading { tongue, here });
    let mut answer = next.call(request).await?;
    if let Some(asked) = asked
        && let Ok(kept) = keep(&app, asked).to_string().parse()
    {
        answer.headers_mut().append(SET_COOKIE, kept);
    }
    Ok(answer)
}

/// The language that the address asks for, which it then does no more. One that there is not stays, and is refused as
/// any other key that nobody knows.
fn asked(app: &App, request: &mut ServiceRequest) -> Option<Tongue> {
    let pairs = || form_urlencoded::parse(request.query_string().as_bytes());
    let (_, code) = pairs().filter(|(key, _)| key == KEY).last()?;
    let asked = app.templates.tongue(&code)?;
    let left = pairs().filter(|(key, _)| key != KEY);
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(left).finish();
    let here = if query.is_empty() { request.path().to_owned() } else { format!("{}?{query}", request.path()) };
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(here).ok()?);
    request.head_mut().uri = Uri::from_parts(parts).ok()?;
    Some(asked)
}

fn keep(app: &App, tongue: Tongue) -> Cookie<'static> {
    let https = app.config.is_https();
    Cookie::build(cookie_name(https), app.templates.code(tongue).to_owned())
        .path("/")
        .max_age(KEPT_FOR)
        .same_site(SameSite::Lax)
        .http_only(true)
        .secure(https)
        .finish()
}
