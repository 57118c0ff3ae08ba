//! The pages on which managers keep their figures up to date: their list, the form, one button.
//! What figures must be is in `domain/reading.rs`; an update is an act of `ops`.

mod form;
mod mistakes;
pub mod reminders;
mod stale;
mod typed;

use std::cmp::Reverse;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use minijinja::context;
use minijinja::value::{Serde, Value};
use url::form_urlencoded;

use crate::app::App;
use crate::base::secret;
use crate::board::Snapshot;
use crate::domain::care_service::{CareService, CareServiceId};
use crate::domain::words::Source;
use crate::http::filter_form::{self, Part, address, json};
use crate::http::kept;
use crate::http::page::{page_with, see_other};
use crate::http::problem::Problem;
use crate::http::telling;
use crate::http::update::form::TypedForm;
use crate::http::visitor::Visitor;
use crate::ops::update_capacity::Telling;
use crate::ops::{self, Condition, Refused};
use crate::store::services;

const PATH: &str = "/update";
/// More services than this few people have; those who do find them by name.
const SERVICES_A_PAGE: usize = 50;

/// The services that are somebody's to update, the longest unconfirmed first.
pub async fn list(app: Data<Arc<App>>, visitor: Visitor, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let visitor = visitor.known()?;
    if !visitor.actor.may_update_some() {
        return Err(Problem::not_allowed());
    }
    let query = request.query_string();
    let asked = filter_form::read(&app, query, &["confirmed"]).await?;
    let snapshot = app.board.current();
    let form = asked.context(&snapshot, PATH);
    let Ok(filter) = &asked.filter else {
        let own = context! { services => Vec::<String>::new(), total => 0, searchable => true, ..form };
        return page_with(StatusCode::BAD_REQUEST, &app, &visitor, "update_list.html", own);
    };
    let moment = app.moment();
    let mut own: Vec<Arc<CareService>> = snapshot.matching(filter, &moment);
    own.retain(|service| visitor.actor.may_update(service));
    own.sort_by_key(|service| service.capacity.confirmed_at.map(|at| Reverse(moment.now.since(at))));
    let total = own.len();
    let part = Part::new(PATH, &filter.query(), asked.number, total, SERVICES_A_PAGE);
    let back_to =
        if part.number > 1 { format!("{}page={}", part.url, part.number) } else { address(PATH, &filter.query()) };
    let shown = own.iter().skip(part.skipped(SERVICES_A_PAGE)).take(SERVICES_A_PAGE);
    let mut own = context! {
        services => Value::from_iter(shown.map(|service| json(service, &visitor, &moment, None))),
        total => total,
        page => Value::from(Serde(&part)),
        searchable => part.of > 1 || !filter.query().is_empty(),
        back_to => back_to,
        ..form
    };
    if let Some(text) = confirmed(&snapshot, &visitor, query) {
        own = context! { notice => context! { text => text }, ..own };
    }
    page_with(StatusCode::OK, &app, &visitor, "update_list.html", own)
}

/// What to say of a service that has just been confirmed from the list.
fn confirmed(snapshot: &Snapshot, visitor: &Visitor, query: &str) -> Option<String> {
    let (_, id) = form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "confirmed")?;
    let service = snapshot.get(&CareServiceId::from_text(id)).filter(|service| visitor.actor.may_update(service))?;
    Some(format!("{}: confirmed. Everybody sees that these figures still hold.", service.facts.name))
}

/// The form as it stands.
pub async fn edit(app: Data<Arc<App>>, visitor: Visitor, id: Path<String>) -> Result<HttpResponse, Problem> {
    let service = telling::updatable(&app, &visitor, &id)?;
    let form = TypedForm::of(&service);
    form_page(&app, &visitor, &service, StatusCode::OK, context! { form => form.shown(service.facts.kind) })
}

/// The form as it was sent.
pub async fn submit(
    app: Data<Arc<App>>,
    visitor: Visitor,
    id: Path<String>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    if !visitor.actor.is_signed_in() {
        return kept::sign_in_first(&app, &visitor, request.path(), &body);
    }
    let service = telling::updatable(&app, &visitor, &id)?;
    let kind = service.facts.kind;
    let typed = TypedForm::read(&body);
    if typed.adds_line {
        let own = context! { form => typed.with_empty_line().shown(kind), typed => true };
        return form_page(&app, &visitor, &service, StatusCode::OK, own);
    }
    let update = match typed.update(kind) {
        Ok(update) => update,
        Err(errors) => {
            let own = context! { form => typed.shown(kind), typed => true, errors => Value::from(Serde(&errors)) };
            return form_page(&app, &visitor, &service, StatusCode::UNPROCESSABLE_ENTITY, own);
        }
    };
    // A form without its version cannot say what it was based on: it is taken as out of date.
    const NONE: i64 = -1;
    let telling = told_by_form(&visitor, &service, Some(typed.version.unwrap_or(NONE)), &request, &body);
    match ops::update_capacity::run(&app.db, &app.clock, telling, update).await {
        Ok(told) => {
            telling::shown(&app, told.seq).await;
            see_other(&format!("/services/{}?published={}", service.id, told.service.capacity.version))
        }
        Err(Refused::Stale(_)) => out_of_date(&app, &visitor, &service.id, typed).await,
        Err(other) => Err(other.into()),
    }
}

/// Nothing has changed.
pub async fn confirm(
    app: Data<Arc<App>>,
    visitor: Visitor,
    id: Path<String>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    if !visitor.actor.is_signed_in() {
        return kept::sign_in_first(&app, &visitor, request.path(), &body);
    }
    let service = telling::updatable(&app, &visitor, &id)?;
    let field = |name: &str| form_urlencoded::parse(&body).find(|(key, _)| key == name).map(|(_, value)| value);
    let version = field("version").and_then(|version| version.trim().parse().ok());
    let telling = told_by_form(&visitor, &service, version, &request, &body);
    match ops::confirm_capacity::run(&app.db, &app.clock, telling).await {
        Ok(told) => {
            telling::shown(&app, told.seq).await;
            let version = told.service.capacity.version;
            match field("from").filter(|from| is_list(from)) {
                Some(list) => {
                    let next = if list.contains('?') { '&' } else { '?' };
                    see_other(&format!("{list}{next}confirmed={}", service.id))
                }
                None => see_other(&format!("/services/{}?confirmed={version}", service.id)),
            }
        }
        Err(Refused::Stale(_)) => {
            let service = stored(&app, &service.id).await?;
            let form = TypedForm::of(&service);
            let own = context! { form => form.shown(service.facts.kind), stale => outdated_by(&service, &[]) };
            form_page(&app, &visitor, &service, StatusCode::PRECONDITION_FAILED, own)
        }
        Err(other) => Err(other.into()),
    }
}

/// Whether this is the address of the list of services, with whatever query.
fn is_list(from: &str) -> bool {
    from.strip_prefix(PATH).is_some_and(|rest| rest.is_empty() || rest.starts_with('?'))
        && from.chars().all(|c| c.is_ascii_graphic())
}

/// Sent twice, a form is done once: its own content is the key by which it is known again.
fn told_by_form(
    visitor: &Visitor,
    service: &CareService,
    version: Option<i64>,
    request: &HttpRequest,
    body: &[u8],
) -> Telling {
    let whole = format!("{}\n{}", request.path(), String::from_utf8_lossy(body));
    // Without a version there is nothing that tells a repetition from a new act.
    let idempotency_key = version.map(|_| format!("form {}", secret::hash(whole.as_bytes())));
    let condition = Condition { version, idempotency_key, request: whole };
    Telling { actor: visitor.actor.clone(), id: service.id.clone(), source: Source::Form, condition }
}

/// What was typed beside what somebody else has published since; where the two are the same, there
/// is nothing to decide.
async fn out_of_date(
    app: &App,
    visitor: &Visitor,
    id: &CareServiceId,
    typed: TypedForm,
) -> Result<HttpResponse, Problem> {
    let service = stored(app, id).await?;
    let rows = stale::differences(&typed, &service);
    if rows.is_empty() {
        return see_other(&format!("/services/{id}?published={}", service.capacity.version));
    }
    let form = stale::merged(typed, &service);
    let own = context! { form => form.shown(service.facts.kind), typed => true, stale => outdated_by(&service, &rows) };
    form_page(app, visitor, &service, StatusCode::PRECONDITION_FAILED, own)
}

fn outdated_by(service: &CareService, rows: &[stale::Difference]) -> Value {
    let capacity = &service.capacity;
    context! {
        by => capacity.confirmed_by.as_deref().unwrap_or_default(),
        at => capacity.confirmed_at.map(|at| at.to_string()),
        rows => Value::from(Serde(rows)),
    }
}

/// The service as it is on disk, which may be newer than the board.
async fn stored(app: &App, id: &CareServiceId) -> Result<Arc<CareService>, Problem> {
    let id = id.clone();
    Ok(Arc::new(app.db.read(move |c| services::get(c, &id)).await?.service))
}

fn form_page(
    app: &App,
    visitor: &Visitor,
    service: &Arc<CareService>,
    status: StatusCode,
    own: Value,
) -> Result<HttpResponse, Problem> {
    let always = context! {
        service => json(service, visitor, &app.moment(), None),
        warnings => telling::warnings(service),
        errors => Vec::<String>::new(),
    };
    page_with(status, app, visitor, "update.html", context! { ..own, ..always })
}
