//! The form by either way: a manager tells of their own service, or staff write down what a service
//! told them on the phone. What figures must be is decided in `domain`, who may tell them in `ops`.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use chrono::NaiveDate;
use minijinja::context;
use minijinja::value::{Serde, Value};
use url::form_urlencoded;

use crate::app::App;
use crate::base::secret;
use crate::domain::capacity::CapacityUpdate;
use crate::domain::care_service::{CareService, CareServiceId};
use crate::domain::words::Source;
use crate::http::filter_form::json;
use crate::http::page::{FieldError, page_with, see_other};
use crate::http::problem::Problem;
use crate::http::service::left_page;
use crate::http::telling;
use crate::http::update::form::{PERSONAL, TypedForm};
use crate::http::update::preview::Preview;
use crate::http::update::stale;
use crate::http::visitor::Visitor;
use crate::ops::update_capacity::Telling;
use crate::ops::{self, Condition, Refused, read_remarks};
use crate::store::services;

/// How the figures come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Own,
    Phone,
}

impl Way {
    fn source(self) -> Source {
        match self {
            Self::Own => Source::Form,
            Self::Phone => Source::Phone,
        }
    }

    fn path(self, id: &CareServiceId) -> String {
        match self {
            Self::Own => format!("/update/{id}"),
            Self::Phone => format!("/services/{id}/told-by-phone"),
        }
    }

    fn may(self, visitor: &Visitor, service: &CareService) -> bool {
        match self {
            Self::Own => visitor.actor.may_update(service),
            Self::Phone => visitor.actor.may_report(service),
        }
    }

    /// The service, if it is this visitor's to tell of; one that left the register, too.
    pub fn service(self, app: &App, visitor: &Visitor, id: &str) -> Result<Arc<CareService>, Problem> {
        if !visitor.actor.is_signed_in() {
            return Err(Problem::not_signed_in());
        }
        let service = app.board.current().get(&CareServiceId::from_text(id)).cloned().ok_or_else(Problem::not_found)?;
        if self.may(visitor, &service) { Ok(service) } else { Err(Problem::not_allowed()) }
    }
}

/// The form as it stands.
pub async fn edit(app: &App, visitor: &Visitor, way: Way, id: &str) -> Result<HttpResponse, Problem> {
    let service = way.service(app, visitor, id)?;
    if let Some(left_at) = service.left_at {
        return left_page(app, visitor, &service, left_at);
    }
    let said = read_remarks::look(&app.db, visitor.actor.clone(), service.id.clone()).await?.into_iter();
    let said: Vec<Value> = said.map(|(wrong, count)| context! { word => wrong.word(), count => count }).collect();
    let form = Form { way, service: &service, typed: &TypedForm::of(&service), errors: &[] };
    form.page(app, visitor, StatusCode::OK, context! { said => said })
}

/// The form as it was sent.
pub async fn submit(
    app: &App,
    visitor: &Visitor,
    way: Way,
    id: &str,
    request: &HttpRequest,
    body: &[u8],
) -> Result<HttpResponse, Problem> {
    let service = way.service(app, visitor, id)?;
    if let Some(left_at) = service.left_at {
        return left_page(app, visitor, &service, left_at);
    }
    let typed = TypedForm::read(body);
    if let Some(press) = typed.press.clone() {
        let (typed, errors) = press.done(typed);
        return sent_page(app, visitor, way, &service, StatusCode::OK, &typed, &errors);
    }
    let update = match typed.update(&service, telling::today(app)) {
        Ok(update) => update,
        Err(errors) => {
            return sent_page(app, visitor, way, &service, StatusCode::UNPROCESSABLE_ENTITY, &typed, &errors);
        }
    };
    // A form without its version cannot say what it was based on: it is taken as out of date.
    const NONE: i64 = -1;
    let telling = told_by_form(visitor, way, &service, Some(typed.version.unwrap_or(NONE)), request, body);
    match ops::update_capacity::run(&app.db, &app.clock, telling, update).await {
        Ok(told) => {
            telling::shown(app, told.seq).await;
            see_other(&format!("/services/{}?published={}", service.id, told.service.capacity.version))
        }
        Err(Refused::Stale(_)) => out_of_date(app, visitor, way, &service.id, typed).await,
        Err(other) => Err(other.into()),
    }
}

/// Nothing has changed.
pub async fn confirm(
    app: &App,
    visitor: &Visitor,
    way: Way,
    id: &str,
    request: &HttpRequest,
    body: &[u8],
) -> Result<HttpResponse, Problem> {
    let service = way.service(app, visitor, id)?;
    if let Some(left_at) = service.left_at {
        return left_page(app, visitor, &service, left_at);
    }
    let field = |name: &str| form_urlencoded::parse(body).find(|(key, _)| key == name).map(|(_, value)| value);
    let version = field("version").and_then(|version| version.trim().parse().ok());
    let telling = told_by_form(visitor, way, &service, version, request, body);
    match ops::confirm_capacity::run(&app.db, &app.clock, telling).await {
        Ok(told) => {
            telling::shown(app, told.seq).await;
            let version = told.service.capacity.version;
            match field("from").filter(|from| super::is_list(from)) {
                Some(list) => {
                    let next = if list.contains('?') { '&' } else { '?' };
                    see_other(&format!("{list}{next}confirmed={}", service.id))
                }
                None => see_other(&format!("/services/{}?confirmed={version}", service.id)),
            }
        }
        Err(Refused::Stale(_)) => {
            let service = stored(app, &service.id).await?;
            let form = Form { way, service: &service, typed: &TypedForm::of(&service), errors: &[] };
            let own = context! { stale => outdated_by(&service, &[]) };
            form.page(app, visitor, StatusCode::PRECONDITION_FAILED, own)
        }
        Err(other) => Err(other.into()),
    }
}

/// Sent twice, a form is done once: its own content is the key by which it is known again.
pub fn told_by_form(
    visitor: &Visitor,
    way: Way,
    service: &CareService,
    version: Option<i64>,
    request: &HttpRequest,
    body: &[u8],
) -> Telling {
    let whole = format!("{}\n{}", request.path(), String::from_utf8_lossy(body));
    // Without a version there is nothing that tells a repetition from a new act.
    let idempotency_key = version.map(|_| format!("form {}", secret::hash(whole.as_bytes())));
    let condition = Condition { version, idempotency_key, request: whole };
    Telling { actor: visitor.actor.clone(), id: service.id.clone(), source: way.source(), condition }
}

/// What was typed beside what somebody else has published since; where the two are the same, there
/// is nothing to decide.
async fn out_of_date(
    app: &App,
    visitor: &Visitor,
    way: Way,
    id: &CareServiceId,
    typed: TypedForm,
) -> Result<HttpResponse, Problem> {
    let service = stored(app, id).await?;
    let rows = stale::differences(&typed, &service);
    if rows.is_empty() {
        return see_other(&format!("/services/{id}?published={}", service.capacity.version));
    }
    let typed = stale::merged(typed, &service);
    let form = Form { way, service: &service, typed: &typed, errors: &[] };
    let own = context! { typed => true, stale => outdated_by(&service, &rows) };
    form.page(app, visitor, StatusCode::PRECONDITION_FAILED, own)
}

fn outdated_by(service: &CareService, rows: &[stale::Difference]) -> Value {
    let capacity = &service.capacity;
    context! {
        by => capacity.confirmed_by.as_deref().unwrap_or_default(),
        at => capacity.changed_at.max(capacity.confirmed_at).map(|at| at.to_string()),
        rows => Value::from(Serde(rows)),
    }
}

/// The service as it is on disk, which may be newer than the board.
pub async fn stored(app: &App, id: &CareServiceId) -> Result<Arc<CareService>, Problem> {
    let id = id.clone();
    Ok(Arc::new(app.db.read(move |c| services::get(c, &id)).await?.service))
}

/// The form with what was typed into it.
pub fn sent_page(
    app: &App,
    visitor: &Visitor,
    way: Way,
    service: &Arc<CareService>,
    status: StatusCode,
    typed: &TypedForm,
    errors: &[FieldError],
) -> Result<HttpResponse, Problem> {
    Form { way, service, typed, errors }.page(app, visitor, status, context! { typed => true })
}

/// The form with lines that have just been named, to be filled in and published.
pub fn set_up_page(
    app: &App,
    visitor: &Visitor,
    service: &Arc<CareService>,
    typed: &TypedForm,
) -> Result<HttpResponse, Problem> {
    let form = Form { way: Way::Own, service, typed, errors: &[] };
    form.page(app, visitor, StatusCode::OK, context! { typed => true, set_up => true })
}

/// The page of the form.
struct Form<'a> {
    way: Way,
    service: &'a Arc<CareService>,
    typed: &'a TypedForm,
    errors: &'a [FieldError],
}

impl Form<'_> {
    fn page(&self, app: &App, visitor: &Visitor, status: StatusCode, own: Value) -> Result<HttpResponse, Problem> {
        let Self { way, service, typed, errors } = self;
        let kind = service.facts.kind;
        let always = context! {
            service => json(service, visitor, &app.moment(), None),
            action => way.path(&service.id),
            by_phone => *way == Way::Phone,
            form => typed.shown(kind),
            preview => Value::from(Serde(&Preview::of(typed, kind))),
            warnings => self.warnings(telling::today(app)),
            errors => Value::from(Serde(errors)),
            personal => typed.is_checked() || errors.iter().any(|error| error.kind == PERSONAL),
        };
        page_with(status, app, visitor, "update.html", context! { ..own, ..always })
    }

    /// What to look at, of what is typed if it can be read, else of what is published.
    fn warnings(&self, today: NaiveDate) -> Vec<String> {
        let update: Option<CapacityUpdate> = self.typed.update(self.service, today).ok();
        match (update, self.service.capacity.confirmed_at) {
            (Some(update), Some(at)) => {
                let capacity = update.upon(&self.service.capacity, at);
                telling::warnings(&CareService { capacity, ..CareService::clone(self.service) })
            }
            _unknown => telling::warnings(self.service),
        }
    }
}
