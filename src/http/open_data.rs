//! Open data: Open Referral UK, FHIR and CSV, all of it for everybody, whoever asks.
//! What an answer looks like is in `feed/`.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;
use url::form_urlencoded;

use crate::app::App;
use crate::base::text;
use crate::domain::care_service::{CareService, CareServiceId};
use crate::domain::filter::Filter;
use crate::domain::view::View;
use crate::feed::csv::{CapacityCsv, ServicesCsv};
use crate::feed::fhir::{self, Resource};
use crate::feed::oruk::{self, Taxonomy};
use crate::http::filtering;
use crate::http::problem::Problem;
use crate::http::query;
use crate::http::telling;

/// On a page, if nothing else is asked for, and at the most.
const USUAL_SIZE: usize = 50;
const MOST_ON_A_PAGE: usize = 500;

pub async fn about_oruk(app: Data<Arc<App>>) -> HttpResponse {
    json("application/json", &oruk::about(&|path| app.config.link(path)))
}

/// The services, a page at a time.
pub async fn oruk_services(app: Data<Arc<App>>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let asked = request.query_string();
    let page = Page::read(asked, "page", "per_page", &["search", "full", "taxonomy_term_id"])?;
    let full = query::single(asked, "full")?.is_some_and(|full| full == "true");
    let found = searched(&app, asked)?;
    let link = |path: &str| app.config.link(path);
    let shown = page
        .of(&found)
        .iter()
        .map(|service| if full { oruk::full(service, &link) } else { oruk::brief(service, &link) });
    Ok(json("application/json", &oruk::page(found.len(), page.number, page.size, shown.collect())))
}

pub async fn oruk_service(app: Data<Arc<App>>, id: Path<String>) -> Result<HttpResponse, Problem> {
    let service = by_oruk_id(&app, &id, |service| oruk::service_id(&service.id))?;
    Ok(json("application/json", &oruk::full(&service, &|path| app.config.link(path))))
}

pub async fn oruk_places(app: Data<Arc<App>>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let asked = request.query_string();
    let page = Page::read(asked, "page", "per_page", &["search", "taxonomy_term_id"])?;
    let found = searched(&app, asked)?;
    let link = |path: &str| app.config.link(path);
    let shown = page.of(&found).iter().map(|service| oruk::service_at_location(service, &link)).collect();
    Ok(json("application/json", &oruk::page(found.len(), page.number, page.size, shown)))
}

pub async fn oruk_place(app: Data<Arc<App>>, id: Path<String>) -> Result<HttpResponse, Problem> {
    let link = |path: &str| app.config.link(path);
    let own =
        |service: &CareService| oruk::service_at_location(service, &link)["id"].as_str().unwrap_or_default().to_owned();
    let service = by_oruk_id(&app, &id, own)?;
    Ok(json("application/json", &oruk::service_at_location(&service, &link)))
}

pub async fn oruk_taxonomies(request: HttpRequest) -> Result<HttpResponse, Problem> {
    values_page(&request, Taxonomy::ALL.map(Taxonomy::json).to_vec())
}

pub async fn oruk_taxonomy(id: Path<String>) -> Result<HttpResponse, Problem> {
    one_value(&id, Taxonomy::ALL.map(Taxonomy::json).to_vec())
}

pub async fn oruk_terms(request: HttpRequest) -> Result<HttpResponse, Problem> {
    values_page(&request, terms())
}

pub async fn oruk_term(id: Path<String>) -> Result<HttpResponse, Problem> {
    one_value(&id, terms())
}

pub async fn fhir_metadata(app: Data<Arc<App>>) -> HttpResponse {
    json(FHIR, &fhir::capability_statement(&|path| app.config.link(path)))
}

/// `GET /fhir/Location/ID` and the like.
pub async fn fhir_read(app: Data<Arc<App>>, path: Path<(String, String)>) -> HttpResponse {
    let (kind, id) = path.into_inner();
    let Some(resource) = Resource::parse(&kind) else { return unknown_resource(&kind) };
    match telling::known(&app, &id) {
        Ok(service) => json(FHIR, &resource.json(&service, &|path| app.config.link(path))),
        Err(_) => refused(StatusCode::NOT_FOUND, "not-found", &format!("There is no {kind} with the id {id}.")),
    }
}

/// `GET /fhir/Location?name=…` and the like.
pub async fn fhir_search(app: Data<Arc<App>>, kind: Path<String>, request: HttpRequest) -> HttpResponse {
    let Some(resource) = Resource::parse(&kind) else { return unknown_resource(&kind) };
    let asked = request.query_string();
    let page = match Page::read(asked, "_page", "_count", &["_id", "identifier", "name", "_format"]) {
        Ok(page) => page,
        Err(problem) => return refused(StatusCode::BAD_REQUEST, "invalid", &problem.detail),
    };
    let found: Vec<Arc<CareService>> =
        everyone(&app).into_iter().filter(|service| asked_of_fhir(service, asked)).collect();
    let link = |path: &str| app.config.link(path);
    let shown: Vec<Value> = page.of(&found).iter().map(|service| resource.json(service, &link)).collect();
    let own = link(&format!("fhir/{kind}?{asked}"));
    let next = (page.number * page.size < found.len()).then(|| {
        let mut next = form_urlencoded::Serializer::new(String::new());
        next.extend_pairs(form_urlencoded::parse(asked.as_bytes()).filter(|(key, _)| key != "_page"));
        link(&format!("fhir/{kind}?{}", next.append_pair("_page", &(page.number + 1).to_string()).finish()))
    });
    json(FHIR, &fhir::bundle(resource, found.len(), &shown, &own, next, &link))
}

pub async fn services_csv(app: Data<Arc<App>>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let found = filtered(&app, request.query_string()).await?;
    let mut out = Vec::new();
    let mut csv = ServicesCsv::new(&mut out, View::Public, app.moment()).map_err(|e| Problem::broken(&e))?;
    for service in &found {
        csv.write(service).map_err(|e| Problem::broken(&e))?;
    }
    csv.finish().map_err(|e| Problem::broken(&e))?;
    Ok(csv_file("services.csv", out))
}

pub async fn capacity_csv(app: Data<Arc<App>>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let found = filtered(&app, request.query_string()).await?;
    let mut out = Vec::new();
    let mut csv = CapacityCsv::new(&mut out, View::Public).map_err(|e| Problem::broken(&e))?;
    for service in &found {
        csv.write(service).map_err(|e| Problem::broken(&e))?;
    }
    csv.finish().map_err(|e| Problem::broken(&e))?;
    Ok(csv_file("capacity.csv", out))
}

const FHIR: &str = "application/fhir+json";

/// Which part of a list is asked for, by number and size.
struct Page {
    number: usize,
    size: usize,
}

impl Page {
    fn read(asked: &str, number_key: &str, size_key: &str, others: &[&str]) -> Result<Self, Problem> {
        let known: Vec<&str> = others.iter().copied().chain([number_key, size_key]).collect();
        query::only(asked, &known)?;
        let whole = |key: &str, usual: usize, most: usize| match query::single(asked, key)? {
            None => Ok(usual),
            Some(number) => number
                .parse::<usize>()
                .ok()
                .filter(|number| (1..=most).contains(number))
                .ok_or_else(|| query::bad(key, &format!("{key:?} must be a whole number from 1 to {most}."))),
        };
        Ok(Self {
            number: whole(number_key, 1, usize::from(u16::MAX))?,
            size: whole(size_key, USUAL_SIZE, MOST_ON_A_PAGE)?,
        })
    }

    fn of<'a, T>(&self, all: &'a [T]) -> &'a [T] {
        let begin = ((self.number - 1) * self.size).min(all.len());
        &all[begin..(begin + self.size).min(all.len())]
    }
}

/// Every service on the register, in an order that pages can be cut from.
fn everyone(app: &App) -> Vec<Arc<CareService>> {
    let mut all = app.board.current().matching(&Filter::default(), &app.moment());
    all.sort_by(|one, other| one.id.cmp(&other.id));
    all
}

async fn filtered(app: &App, asked: &str) -> Result<Vec<Arc<CareService>>, Problem> {
    let filter = filtering::from_query(app, asked, &[]).await?;
    let mut found = app.board.current().matching(&filter, &app.moment());
    found.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(found)
}

/// The services of a search in the words of Open Referral.
fn searched(app: &App, asked: &str) -> Result<Vec<Arc<CareService>>, Problem> {
    let words = query::single(asked, "search")?;
    let term = query::single(asked, "taxonomy_term_id")?;
    let suits = |service: &CareService| {
        words.as_ref().is_none_or(|words| text::every_word_begins(words, &service.search_words()))
            && term.as_ref().is_none_or(|term| has_term(service, term))
    };
    Ok(everyone(app).into_iter().filter(|service| suits(service)).collect())
}

fn has_term(service: &CareService, id: &str) -> bool {
    let full = oruk::full(service, &|path| path.to_owned());
    full["attributes"].as_array().is_some_and(|all| all.iter().any(|one| one["taxonomy_term"]["id"] == id))
}

/// By the id of the standard, or by our own.
fn by_oruk_id(app: &App, id: &str, own: impl Fn(&CareService) -> String) -> Result<Arc<CareService>, Problem> {
    let snapshot = app.board.current();
    if let Some(service) = snapshot.get(&CareServiceId::from_text(id)).filter(|service| service.left_at.is_none()) {
        return Ok(service.clone());
    }
    everyone(app).into_iter().find(|service| own(service) == id).ok_or_else(Problem::not_found)
}

fn terms() -> Vec<Value> {
    Taxonomy::ALL.iter().flat_map(|taxonomy| taxonomy.terms()).collect()
}

fn values_page(request: &HttpRequest, all: Vec<Value>) -> Result<HttpResponse, Problem> {
    let page = Page::read(request.query_string(), "page", "per_page", &[])?;
    let shown = page.of(&all).to_vec();
    Ok(json("application/json", &oruk::page(all.len(), page.number, page.size, shown)))
}

fn one_value(id: &str, all: Vec<Value>) -> Result<HttpResponse, Problem> {
    let found = all.into_iter().find(|value| value["id"] == id).ok_or_else(Problem::not_found)?;
    Ok(json("application/json", &found))
}

fn asked_of_fhir(service: &CareService, asked: &str) -> bool {
    form_urlencoded::parse(asked.as_bytes()).all(|(key, value)| match key.as_ref() {
        "_id" => value.split(',').any(|id| service.id.as_str() == id),
        "identifier" => value.split(',').any(|id| service.id.as_str() == id.rsplit('|').next().unwrap_or_default()),
        "name" => text::fold(&service.facts.name).starts_with(&text::fold(&value)),
        _ => true,
    })
}

fn unknown_resource(kind: &str) -> HttpResponse {
    let why = format!("{kind} is not a resource of this server; Location and HealthcareService are.");
    refused(StatusCode::NOT_FOUND, "not-supported", &why)
}

fn refused(status: StatusCode, code: &str, why: &str) -> HttpResponse {
    let body = fhir::outcome(code, why).to_string();
    HttpResponse::build(status).insert_header((CACHE_CONTROL, "no-cache")).content_type(FHIR).body(body)
}

fn json(kind: &'static str, value: &Value) -> HttpResponse {
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-cache")).content_type(kind).body(value.to_string())
}

fn csv_file(name: &str, content: Vec<u8>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .content_type("text/csv; charset=utf-8")
        .body(content)
}
