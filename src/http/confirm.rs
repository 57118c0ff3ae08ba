//! The pages behind the links of letters to who keeps services: "nothing has changed", and no more
//! reminders or weekly mails for a person. Opening one changes nothing; its button does, and needs no sign-in.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use minijinja::context;

use crate::app::App;
use crate::domain::care_service::CareService;
use crate::http::page::page_with;
use crate::http::problem::Problem;
use crate::http::service;
use crate::http::telling;
use crate::http::visitor::Visitor;
use crate::notify::reminder::figures;
use crate::ops::change_wishes;
use crate::ops::confirm_by_link::{self, Found};
use crate::ops::reminder_link::{self, AskedAbout, GOOD_FOR, Stops};

pub async fn open(app: Data<Arc<App>>, visitor: Visitor, token: Path<String>) -> Result<HttpResponse, Problem> {
    let asked = AskedAbout::read(&app.signer, &token)?;
    let found = confirm_by_link::look(&app.db, &app.clock, asked).await?;
    leads_to(&app, &visitor, &found, StatusCode::OK)
}

pub async fn submit(app: Data<Arc<App>>, visitor: Visitor, token: Path<String>) -> Result<HttpResponse, Problem> {
    let asked = AskedAbout::read(&app.signer, &token)?;
    match confirm_by_link::run(&app.db, &app.clock, asked).await? {
        Ok(told) => {
            telling::shown(&app, told.seq).await;
            shown(&app, &visitor, &told.service, "done", StatusCode::OK)
        }
        Err(found) => leads_to(&app, &visitor, &found, StatusCode::PRECONDITION_FAILED),
    }
}

/// The page for what a link leads to; `changed` is the answer where the figures have changed since.
fn leads_to(app: &App, visitor: &Visitor, found: &Found, changed: StatusCode) -> Result<HttpResponse, Problem> {
    match found {
        Found::Same(service) => shown(app, visitor, service, "same", StatusCode::OK),
        Found::Changed(service) => shown(app, visitor, service, "changed", changed),
        Found::TooOld(service) => shown(app, visitor, service, "too_old", StatusCode::GONE),
        Found::NotTheirs => page_with(StatusCode::FORBIDDEN, app, visitor, "confirm_not_yours.html", context! {}),
        Found::Left(service, left_at) => service::left_page(app, visitor, service, *left_at),
    }
}

fn shown(
    app: &App,
    visitor: &Visitor,
    service: &CareService,
    state: &str,
    status: StatusCode,
) -> Result<HttpResponse, Problem> {
    let capacity = &service.capacity;
    let own = context! {
        id => service.id.as_str(),
        name => service.facts.name.as_str(),
        state => state,
        figures => figures(service),
        confirmed_at => capacity.confirmed_at.map(|at| at.to_string()),
        confirmed_by => capacity.confirmed_by.as_deref().unwrap_or_default(),
        days => GOOD_FOR.num_days(),
    };
    page_with(status, app, visitor, "confirm.html", own)
}

pub async fn stop_page(app: Data<Arc<App>>, visitor: Visitor, token: Path<String>) -> Result<HttpResponse, Problem> {
    reminder_link::read_stop(&app.signer, Stops::Reminders, &token)?;
    stopped(&app, &visitor, Stops::Reminders, false)
}

/// The button, and the one-click POST of a mail program (RFC 8058), which has no session or Origin.
pub async fn stop(app: Data<Arc<App>>, visitor: Visitor, token: Path<String>) -> Result<HttpResponse, Problem> {
    let person = reminder_link::read_stop(&app.signer, Stops::Reminders, &token)?;
    change_wishes::stop(&app.db, &app.clock, person).await?;
    stopped(&app, &visitor, Stops::Reminders, true)
}

pub async fn stop_week_page(
    app: Data<Arc<App>>,
    visitor: Visitor,
    token: Path<String>,
) -> Result<HttpResponse, Problem> {
    reminder_link::read_stop(&app.signer, Stops::Week, &token)?;
    stopped(&app, &visitor, Stops::Week, false)
}

/// As for reminders.
pub async fn stop_week(app: Data<Arc<App>>, visitor: Visitor, token: Path<String>) -> Result<HttpResponse, Problem> {
    let person = reminder_link::read_stop(&app.signer, Stops::Week, &token)?;
    change_wishes::stop_week(&app.db, person).await?;
    stopped(&app, &visitor, Stops::Week, true)
}

fn stopped(app: &App, visitor: &Visitor, stops: Stops, done: bool) -> Result<HttpResponse, Problem> {
    let own = context! { done => done, week => stops == Stops::Week };
    page_with(StatusCode::OK, app, visitor, "stop_reminders.html", own)
}
