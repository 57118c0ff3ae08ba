//! The page of the audit, and the same as a file. Which entries somebody may read is decided in `ops`.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{Days, NaiveDate};
use minijinja::context;
use minijinja::value::{Serde, Value};
use url::form_urlencoded;

use crate::app::App;
use crate::domain::care_service::CareServiceId;
use crate::domain::person::EmailAddress;
use crate::feed::audit_csv;
use crate::http::page::{FieldError, page_with};
use crate::http::problem::Problem;
use crate::http::visitor::Visitor;
use crate::ops::audit::{self, MOST_ROWS, Shown, Wanted};
use crate::store::audit::Search;

/// What one looks through on a screen; more is for the file.
const ROWS_ON_THE_PAGE: i64 = 200;

/// What was asked for, as typed.
#[derive(Default)]
struct Typed {
    day: String,
    person: String,
    service: String,
}

impl Typed {
    fn read(query: &str) -> Self {
        let mut typed = Self::default();
        for (key, value) in form_urlencoded::parse(query.as_bytes()).into_owned() {
            let value = value.trim().to_owned();
            match key.as_str() {
                "day" => typed.day = value,
                "person" => typed.person = value,
                "service" => typed.service = value,
                _ => {}
            }
        }
        typed
    }

    fn shown(&self) -> Value {
        context! { day => self.day.as_str(), person => self.person.as_str(), service => self.service.as_str() }
    }

    /// What is looked for, or every mistake.
    fn parse(&self, app: &App, most: i64) -> Result<Wanted, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut search = Search::default();
        if !self.day.is_empty() {
            match self.day.parse::<NaiveDate>() {
                Ok(day) => {
                    let zone = app.config.timezone;
                    search.from = Some(zone.moment(day, 0));
                    search.until = day.checked_add_days(Days::new(1)).map(|next| zone.moment(next, 0));
                }
                Err(_) => errors.push(FieldError::new("day", "Enter a day such as 2026-11-22")),
            }
        }
        let email = EmailAddress::parse(&self.person);
        if email.is_none() && !self.person.is_empty() {
            errors.push(FieldError::new("person", "Enter an email address in the right form, like name@example.org"));
        }
        search.service = (!self.service.is_empty()).then(|| CareServiceId::from_text(self.service.as_str()));
        if errors.is_empty() { Ok(Wanted { search, email, most }) } else { Err(errors) }
    }
}

pub async fn page(app: Data<Arc<App>>, visitor: Visitor, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let visitor = visitor.known()?;
    let typed = Typed::read(request.query_string());
    // One more than is shown tells whether there are more.
    let (errors, wanted) = match typed.parse(&app, ROWS_ON_THE_PAGE + 1) {
        Ok(wanted) => (Vec::new(), wanted),
        Err(errors) => (errors, Wanted::default()),
    };
    let mut found = audit::look(&app.db, visitor.actor.clone(), wanted).await?;
    let shown = usize::try_from(ROWS_ON_THE_PAGE).unwrap_or(0);
    let more = found.len() > shown;
    found.truncate(shown);
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let own = context! {
        rows => found.iter().map(|one| row(&app, one)).collect::<Vec<_>>(),
        more => more,
        kept_days => app.config.audit_days,
        file => format!("/admin/audit.csv?{}", request.query_string()),
        form => typed.shown(),
        errors => Value::from(Serde(&errors)),
    };
    page_with(status, &app, &visitor, "admin_audit.html", own)
}

fn row(app: &App, shown: &Shown) -> Value {
    let entry = &shown.entry;
    let board = app.board.current();
    let service = entry.did.service.as_ref();
    let name = service.and_then(|id| board.get(id)).map(|service| service.facts.name.clone());
    context! {
        at => entry.at.to_string(),
        who => shown.actor_email.as_ref().map_or("", |email| email.as_str()),
        label => entry.label.as_str(),
        address => entry.address.as_deref().unwrap_or_default(),
        session => entry.session.as_deref().unwrap_or_default(),
        deed => entry.did.deed.word(),
        person => shown.person_email.as_ref().map_or("", |email| email.as_str()),
        service => service.map_or("", |id| id.as_str()),
        service_name => name.unwrap_or_default(),
        detail => entry.did.detail.as_str(),
    }
}

pub async fn file(app: Data<Arc<App>>, visitor: Visitor, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let visitor = visitor.known()?;
    let typed = Typed::read(request.query_string());
    let wanted = typed.parse(&app, MOST_ROWS).map_err(|errors| {
        let detail = errors.iter().map(|error| error.text.as_str()).collect::<Vec<_>>().join(". ");
        Problem::new(StatusCode::BAD_REQUEST, "Bad request", detail)
    })?;
    let found = audit::take_away(&app.db, &app.clock, visitor.actor, wanted).await?;
    let mut body = Vec::new();
    audit_csv::write(&mut body, &found).map_err(|e| Problem::broken(&e))?;
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"audit.csv\""))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(body))
}
