//! The pages behind the links of an alert's messages: they confirm, change and stop it, signed in or
//! not. Opening a link changes nothing; its button does.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use minijinja::context;
use minijinja::value::{Serde, Value};

use crate::app::App;
use crate::domain::alert::{Alert, AlertAsked, AlertState};
use crate::domain::filter::Filter;
use crate::domain::words::AlertChannel;
use crate::http::alerts::form::{OWN, Typed, beside_fields};
use crate::http::alerts::{PATH, words};
use crate::http::filter_form::{self, Asked};
use crate::http::page::{FieldError, page, page_with};
use crate::http::problem::Problem;
use crate::http::visitor::Visitor;
use crate::ops::alert_link::{By, Held, Purpose};
use crate::ops::{Refused, change_alert};

pub async fn confirm_page(app: Data<Arc<App>>, visitor: Visitor, token: Path<String>) -> Result<HttpResponse, Problem> {
    let held = Held::read(&app.signer, Purpose::Confirm, &token)?;
    let alert = change_alert::get(&app.db, By::Link(held.clone()), held.alert().clone()).await?;
    let done = alert.state == AlertState::Active;
    linked(&app, &visitor, "confirm_alert.html", &alert, done).await
}

pub async fn confirm(app: Data<Arc<App>>, visitor: Visitor, token: Path<String>) -> Result<HttpResponse, Problem> {
    let held = Held::read(&app.signer, Purpose::Confirm, &token)?;
    let alert = change_alert::confirm(&app.db, &app.clock, held).await?;
    linked(&app, &visitor, "confirm_alert.html", &alert, true).await
}

pub async fn manage_page(app: Data<Arc<App>>, visitor: Visitor, token: Path<String>) -> Result<HttpResponse, Problem> {
    let held = Held::read(&app.signer, Purpose::Manage, &token)?;
    let alert = change_alert::get(&app.db, By::Link(held.clone()), held.alert().clone()).await?;
    let asked = filter_form::read(&app, &alert.query, &OWN).await?;
    manage_form(
        &app,
        &visitor,
        &token,
        Form { alert: &alert, asked, typed: Typed::of(&alert), saved: false },
        Vec::new(),
    )
    .await
}

pub async fn manage(
    app: Data<Arc<App>>,
    visitor: Visitor,
    token: Path<String>,
    body: String,
) -> Result<HttpResponse, Problem> {
    let held = Held::read(&app.signer, Purpose::Manage, &token)?;
    let (id, by) = (held.alert().clone(), By::Link(held));
    let (typed, asked) = (Typed::read(&body), filter_form::read(&app, &body, &OWN).await?);
    let query = |filter: &Filter| asked.is_typed().then(|| filter.query());
    let done = match &asked.filter {
        Err(errors) => Err(errors.clone()),
        Ok(filter) => match AlertAsked::parse(&typed.asked(query(filter).as_deref(), true, app.clock.now())) {
            Err(invalid) => Err(beside_fields(&invalid)),
            Ok(change) => match change_alert::change(&app.db, &app.clock, by.clone(), id.clone(), change).await {
                Err(Refused::Invalid(invalid)) => Err(beside_fields(&invalid)),
                other => Ok(other?),
            },
        },
    };
    let (alert, typed, errors) = match done {
        Ok(alert) => {
            let typed = Typed::of(&alert);
            (alert, typed, Vec::new())
        }
        Err(errors) => (change_alert::get(&app.db, by, id).await?, typed, errors),
    };
    let asked = if errors.is_empty() { filter_form::read(&app, &alert.query, &OWN).await? } else { asked };
    let saved = errors.is_empty();
    manage_form(&app, &visitor, &token, Form { alert: &alert, asked, typed, saved }, errors).await
}

pub async fn stop_page(app: Data<Arc<App>>, visitor: Visitor, token: Path<String>) -> Result<HttpResponse, Problem> {
    let held = Held::read(&app.signer, Purpose::Manage, &token)?;
    let alert = change_alert::get(&app.db, By::Link(held.clone()), held.alert().clone()).await?;
    let done = alert.state == AlertState::Ended;
    linked(&app, &visitor, "unsubscribe.html", &alert, done).await
}

/// The button, and the one-click POST of a mail program (RFC 8058), which has no session or Origin.
pub async fn stop(app: Data<Arc<App>>, visitor: Visitor, token: Path<String>) -> Result<HttpResponse, Problem> {
    let held = Held::read(&app.signer, Purpose::Manage, &token)?;
    let id = held.alert().clone();
    let alert = change_alert::end(&app.db, &app.clock, By::Link(held), id).await?;
    linked(&app, &visitor, "unsubscribe.html", &alert, true).await
}

async fn linked(
    app: &App,
    visitor: &Visitor,
    template: &str,
    alert: &Alert,
    done: bool,
) -> Result<HttpResponse, Problem> {
    let own = context! {
        name => alert.name.as_str(),
        words => words(app, alert).await?,
        until_placed => alert.until_placed,
        done => done,
    };
    page(app, visitor, template, own)
}

/// An alert, and what its form shows.
struct Form<'a> {
    alert: &'a Alert,
    asked: Asked,
    typed: Typed,
    saved: bool,
}

async fn manage_form(
    app: &App,
    visitor: &Visitor,
    token: &str,
    form: Form<'_>,
    errors: Vec<FieldError>,
) -> Result<HttpResponse, Problem> {
    let alert = form.alert;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let paused_until = alert.paused_until.filter(|until| *until > app.clock.now());
    let own = context! {
        words => words(app, alert).await?,
        form => Value::from(Serde(&form.typed)),
        pushes => alert.has(AlertChannel::Push),
        paused_until => paused_until.map(|until| until.to_string()).unwrap_or_default(),
        errors => Value::from(Serde(&errors)),
        saved => form.saved,
        stop => format!("/unsubscribe/{token}"),
        ..form.asked.context(&app.board.current(), PATH)
    };
    page_with(status, app, visitor, "manage_alert.html", own)
}
