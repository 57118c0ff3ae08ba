//! The API of care services and their capacity.
//! The log of changes, alerts, enquiries and push have their own files.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, ETAG, IF_MATCH, VARY};
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use serde_json::Value;

use crate::app::App;
use crate::board::{Cursor, Page};
use crate::domain::actor::Actor;
use crate::domain::capacity::{Adjustment, CapacityUpdate};
use crate::domain::care_service::CareService;
use crate::domain::freshness::Moment;
use crate::domain::invalid::Invalid;
use crate::domain::view::ServiceJson;
use crate::domain::words::Source;
use crate::http::filtering;
use crate::http::problem::Problem;
use crate::http::query;
use crate::http::telling;
use crate::http::visitor::Visitor;
use crate::ops::update_capacity::Telling;
use crate::ops::{self, Condition, Told};

/// Services on a page, if nothing else is asked for, and at the most.
const USUAL_LIMIT: usize = 20;
const MOST_SERVICES: usize = 100;

#[derive(Serialize)]
struct ServiceList<'a> {
    seq: i64,
    total: usize,
    services: Vec<ServiceJson<'a>>,
    next: Option<String>,
}

pub async fn list(app: Data<Arc<App>>, visitor: Visitor, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let text = request.query_string();
    let filter = filtering::from_query(&app, text, &["limit", "cursor"]).await?;
    let limit = query::limit(text, USUAL_LIMIT, MOST_SERVICES)?;
    let cursor = match query::single(text, "cursor")? {
        None => None,
        Some(text) => Some(Cursor::parse(&text, &filter).ok_or_else(|| {
            query::bad(
                "cursor",
                "That cursor is not one of ours. Take \"next\" of the page before, with the same filter.",
            )
        })?),
    };
    let moment = app.moment();
    let snapshot = app.board.current();
    let found = snapshot.search(&filter, &moment, &Page { limit, cursor });
    let services = found
        .services
        .iter()
        .map(|(service, miles)| ServiceJson::new(service, visitor.actor.view(service), &moment).at_distance(*miles))
        .collect();
    let next = found.next.map(|cursor| cursor.to_string());
    answer(&visitor.actor, &ServiceList { seq: snapshot.seq(), total: found.total, services, next })
}

pub async fn get(app: Data<Arc<App>>, visitor: Visitor, id: Path<String>) -> Result<HttpResponse, Problem> {
    let service = telling::known(&app, &id)?;
    let json = ServiceJson::new(&service, visitor.actor.view(&service), &app.moment());
    let mut answer = answer(&visitor.actor, &json)?;
    answer.headers_mut().insert(ETAG, etag(service.capacity.version)?);
    Ok(answer)
}

pub async fn put_capacity(
    app: Data<Arc<App>>,
    visitor: Visitor,
    id: Path<String>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let service = telling::updatable(&app, &visitor, &id)?;
    if !request.headers().contains_key(IF_MATCH) {
        let detail = "Send If-Match: the version you read, such as \"3\", or * to write whatever the version.";
        return Err(Problem::new(StatusCode::PRECONDITION_REQUIRED, "If-Match is required", detail));
    }
    let value = json(&body)?;
    let update = CapacityUpdate::parse(service.facts.kind, &value)
        .and_then(|update| update.on(telling::today(&app)))
        .map_err(|invalid| Problem::unprocessable(&invalid))?;
    let telling = told_by(&service, visitor.actor, &request, &value)?;
    let told = ops::update_capacity::run(&app.db, &app.clock, telling.clone(), update).await?;
    told_answer(&app, &telling.actor, told).await
}

pub async fn confirm_capacity(
    app: Data<Arc<App>>,
    visitor: Visitor,
    id: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let service = telling::updatable(&app, &visitor, &id)?;
    let telling = told_by(&service, visitor.actor, &request, &Value::from("confirm"))?;
    let told = ops::confirm_capacity::run(&app.db, &app.clock, telling.clone()).await?;
    told_answer(&app, &telling.actor, told).await
}

pub async fn adjust_capacity(
    app: Data<Arc<App>>,
    visitor: Visitor,
    id: Path<String>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let service = telling::updatable(&app, &visitor, &id)?;
    let value = json(&body)?;
    let adjustment = Adjustment::parse(&value).map_err(|invalid| Problem::unprocessable(&invalid))?;
    let telling = told_by(&service, visitor.actor, &request, &value)?;
    let told = ops::adjust_capacity::run(&app.db, &app.clock, telling.clone(), adjustment).await?;
    told_answer(&app, &telling.actor, told).await
}

#[derive(Serialize)]
struct AuthorityJson {
    code: String,
    name: String,
    services: usize,
    care_homes: usize,
    home_care: usize,
    with_vacancies: usize,
}

pub async fn list_authorities(app: Data<Arc<App>>, visitor: Visitor) -> Result<HttpResponse, Problem> {
    let snapshot = app.board.current();
    let json = |count: crate::board::AuthorityCounts| AuthorityJson {
        code: count.authority.code.to_string(),
        name: count.authority.name,
        services: count.care_homes + count.home_care,
        care_homes: count.care_homes,
        home_care: count.home_care,
        with_vacancies: count.with_vacancies,
    };
    let authorities: Vec<AuthorityJson> = snapshot.authorities().into_iter().map(json).collect();
    answer(&visitor.actor, &serde_json::json!({ "seq": snapshot.seq(), "authorities": authorities }))
}

fn told_by(service: &CareService, actor: Actor, request: &HttpRequest, body: &Value) -> Result<Telling, Problem> {
    let key =
        request.headers().get("Idempotency-Key").map(|value| value.to_str().unwrap_or_default().trim().to_owned());
    if key.as_ref().is_some_and(|key| key.is_empty() || key.len() > 200) {
        return Err(query::bad("Idempotency-Key", "An Idempotency-Key has 1 to 200 characters."));
    }
    let condition = Condition {
        version: version(request),
        idempotency_key: key,
        request: format!("{} {}\n{body}", request.method(), request.path()),
    };
    Ok(Telling { actor, id: service.id.clone(), source: Source::Api, condition })
}

/// The version that `If-Match` names. What is no version of ours matches none.
fn version(request: &HttpRequest) -> Option<i64> {
    const NEVER: i64 = -1;
    let text = request.headers().get(IF_MATCH)?.to_str().unwrap_or_default().trim();
    if text == "*" {
        return None;
    }
    let number = text.trim_start_matches("W/").strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    Some(number.and_then(|number| number.parse().ok()).unwrap_or(NEVER))
}

#[derive(Serialize)]
struct ToldJson<'a> {
    seq: i64,
    version: i64,
    service: ServiceJson<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

async fn told_answer(app: &App, actor: &Actor, told: Told) -> Result<HttpResponse, Problem> {
    telling::shown(app, told.seq).await;
    let version = told.service.capacity.version;
    let moment = Moment { now: told.service.capacity.confirmed_at.unwrap_or_else(|| app.clock.now()), ..app.moment() };
    let service = ServiceJson::new(&told.service, actor.view(&told.service), &moment);
    let json = ToldJson { seq: told.seq, version, service, warnings: telling::warnings(&told.service) };
    let mut answer = answer(actor, &json)?;
    answer.headers_mut().insert(ETAG, etag(version)?);
    Ok(answer)
}

/// JSON for this asker: what the public sees may be kept to ask again about, what others see not.
pub fn answer(actor: &Actor, json: &impl Serialize) -> Result<HttpResponse, Problem> {
    let body = serde_json::to_vec(json).map_err(|e| Problem::broken(&e))?;
    let cache = if actor.is_signed_in() { "no-store" } else { "no-cache" };
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, cache))
        .insert_header((VARY, "Authorization, Cookie"))
        .content_type("application/json")
        .body(body))
}

/// A JSON body, or 400.
pub fn json(body: &[u8]) -> Result<Value, Problem> {
    serde_json::from_slice(body)
        .map_err(|e| Problem::bad_request(&Invalid::one("", "malformed_json", format!("The body is not JSON: {e}."))))
}

fn etag(version: i64) -> Result<actix_web::http::header::HeaderValue, Problem> {
    format!("\"{version}\"").parse().map_err(|e: actix_web::http::header::InvalidHeaderValue| Problem::broken(&e))
}
