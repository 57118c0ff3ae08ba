//! The form by which staff ask up to three services at once, or have a place kept. What an enquiry may
//! say is decided in `domain/enquiry.rs`.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use minijinja::context;
use minijinja::value::{Serde, Value};
use serde::Serialize;
use serde_json::json;
use url::form_urlencoded;

use crate::app::App;
use crate::domain::care_service::{CareService, CareServiceId};
use crate::domain::enquiry::{MOST_SERVICES, NewEnquiry, OFTEN_NEEDED};
use crate::domain::invalid::{Invalid, Mistake};
use crate::domain::words::{EnquiryKind, Kind, Stay};
use crate::http::filter_form::json;
use crate::http::page::{FieldError, page_with, see_other};
use crate::http::problem::Problem;
use crate::http::telling;
use crate::http::update::typed::date;
use crate::http::visitor::Visitor;
use crate::ops::{Refused, ask};

/// As many as a shortlist holds can be offered, to choose from.
const MOST_OFFERED: usize = 10;

/// The form as typed.
#[derive(Default, Serialize)]
struct Typed {
    kind: String,
    /// Those that are ticked.
    service: Vec<String>,
    /// Those that can be.
    offered: Vec<String>,
    bed_type: String,
    stay: String,
    day: String,
    month: String,
    year: String,
    funding: String,
    needs: Vec<String>,
    case_reference: String,
}

impl Typed {
    fn read(text: &[u8]) -> Self {
        let mut typed = Self { stay: Stay::Permanent.word().to_owned(), ..Self::default() };
        for (key, value) in form_urlencoded::parse(text) {
            let value = value.trim().to_owned();
            match key.as_ref() {
                "kind" => typed.kind = value,
                "service" => typed.service.push(value),
                "offered" => typed.offered.push(value),
                "bed_type" => typed.bed_type = value,
                "stay" => typed.stay = value,
                "start-day" => typed.day = value,
                "start-month" => typed.month = value,
                "start-year" => typed.year = value,
                "funding" => typed.funding = value,
                "needs" => typed.needs.push(value),
                "case_reference" => typed.case_reference = value,
                _ => {}
            }
        }
        typed
    }

    /// In the words of the API.
    fn parse(&self, app: &App) -> Result<NewEnquiry, Invalid> {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let body = json!({
            "kind": some(&self.kind),
            "services": self.service,
            "need": {
                "bed_type": some(&self.bed_type),
                "stay": some(&self.stay),
                "start": date([&self.day, &self.month, &self.year]),
                "funding": some(&self.funding),
                "needs": self.needs,
            },
            "case_reference": some(&self.case_reference),
        });
        NewEnquiry::parse(&body, telling::today(app))
    }
}

/// A mistake beside its field, in words for who sees a form.
fn beside_field(mistake: &Mistake) -> FieldError {
    let pointer = mistake.pointer.trim_start_matches("/need").trim_start_matches('/');
    let field = pointer.split('/').next().unwrap_or_default();
    let detail = mistake.detail.trim_end_matches('.');
    match (field, mistake.code) {
        ("kind", _) => FieldError::new("kind", "Choose what to ask"),
        ("services", "not_a_shortlist") => FieldError::new("service", "Choose one, two or three services"),
        ("services", _) => FieldError::new("service", detail),
        ("bed_type", _) => FieldError::new("bed_type", "Choose a bed type"),
        ("stay", _) => FieldError::new("stay", "Choose for how long"),
        ("funding", _) => FieldError::new("funding", "Choose who pays"),
        ("start", "required") => FieldError::new("start", "Enter the day from which a place is needed"),
        ("start", "past") => FieldError::new("start", "The day must be today or later"),
        ("start", _) => FieldError::new("start", "Enter a real date"),
        ("needs" | "case_reference", _) => FieldError::new(field, detail),
        _ => FieldError::new("", detail),
    }
}

/// The empty form, for the services that its address names.
pub async fn page(app: Data<Arc<App>>, visitor: Visitor, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let visitor = visitor.staff()?;
    let mut typed = Typed::read(request.query_string().as_bytes());
    typed.service.truncate(MOST_OFFERED);
    typed.offered = std::mem::take(&mut typed.service);
    if typed.offered.len() <= MOST_SERVICES {
        typed.service = typed.offered.clone();
    }
    if typed.kind.is_empty() {
        typed.kind = EnquiryKind::Ask.word().to_owned();
    }
    form_page(&app, &visitor, &typed, &[], StatusCode::OK)
}

pub async fn submit(app: Data<Arc<App>>, visitor: Visitor, body: Bytes) -> Result<HttpResponse, Problem> {
    let visitor = visitor.staff()?;
    let typed = Typed::read(&body);
    let done = match typed.parse(&app) {
        Err(invalid) => Err(invalid.into()),
        Ok(new) => ask::run(&app.db, &app.clock, visitor.actor.clone(), new).await,
    };
    match done {
        Ok(seen) => see_other(&format!("/enquiries/{}?done=asked", seen.enquiry.id)),
        Err(Refused::Invalid(invalid)) => {
            let mut errors: Vec<FieldError> = Vec::new();
            for error in invalid.mistakes().iter().map(beside_field) {
                if !errors.iter().any(|known| known.field == error.field && !error.field.is_empty()) {
                    errors.push(error);
                }
            }
            form_page(&app, &visitor, &typed, &errors, StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(other) => Err(other.into()),
    }
}

fn form_page(
    app: &App,
    visitor: &Visitor,
    typed: &Typed,
    errors: &[FieldError],
    status: StatusCode,
) -> Result<HttpResponse, Problem> {
    let (snapshot, moment) = (app.board.current(), app.moment());
    let is_asked = |service: &&Arc<CareService>| service.left_at.is_none() && service.facts.kind == Kind::CareHome;
    let mut offered: Vec<&Arc<CareService>> = Vec::new();
    for id in typed.offered.iter().chain(&typed.service).take(2 * MOST_OFFERED) {
        let known = snapshot.get(&CareServiceId::from_text(id)).filter(is_asked);
        offered.extend(known.filter(|service| !offered.iter().any(|other| other.id == service.id)));
    }
    let own = context! {
        form => Value::from(Serde(typed)),
        services => Value::from_iter(offered.into_iter().map(|service| json(service, visitor, &moment, None))),
        often_needed => OFTEN_NEEDED.to_vec(),
        most => MOST_SERVICES,
        errors => Value::from(Serde(&errors)),
    };
    page_with(status, app, visitor, "enquiry_new.html", own)
}
