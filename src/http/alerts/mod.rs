//! The page of alerts: one's own, one's devices, and a new one for anybody who confirms an address.
//! What is behind the links of messages is in `links.rs`.

mod form;
pub mod links;

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use minijinja::context;
use minijinja::value::{Serde, Value};
use url::form_urlencoded;

use crate::app::App;
use crate::domain::alert::{Alert, AlertAsked, AlertId, AlertState};
use crate::http::alerts::form::{OWN, Typed, beside_fields};
use crate::http::page::{FieldError, page_with, see_other};
use crate::http::problem::Problem;
use crate::http::visitor::Visitor;
use crate::http::{api_alerts, devices, filter_form, filtering};
use crate::ops::alert_link::{self, Purpose};
use crate::ops::{Refused, change_alert, make_alert};

const PATH: &str = "/alerts";

/// One's own alerts, and the form for a new one, filled with the filter of the address.
pub async fn list(app: Data<Arc<App>>, visitor: Visitor, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = request.query_string();
    let done =
        form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "done").map(|(_, word)| word.into_owned());
    let text = match done.as_deref() {
        Some("asked") => Some("Check your email: the alert starts when you confirm your address there."),
        Some("made") => Some("Your alert has started."),
        Some("tested") => Some("A test notification is on its way to that device."),
        Some("removed") => Some("That device gets no more notifications."),
        Some("ended") => Some("The alert is deleted. It sends nothing more."),
        Some(_) | None => None,
    };
    form(&app, &visitor, query, &Typed::of_address(query, app.config.digest_hour), Vec::new(), text).await
}

pub async fn create(app: Data<Arc<App>>, visitor: Visitor, body: String) -> Result<HttpResponse, Problem> {
    let typed = Typed::read(&body);
    let asked = filter_form::read(&app, &body, &OWN).await?;
    let Ok(filter) = &asked.filter else {
        return form(&app, &visitor, &body, &typed, Vec::new(), None).await;
    };
    let value = typed.asked(Some(&filter.query()), visitor.signed_in.is_some(), app.clock.now());
    let made = match AlertAsked::parse_new(&value) {
        Err(invalid) => Err(Refused::Invalid(invalid)),
        Ok(new) => make_alert::run(&app.db, &app.clock, visitor.actor.clone(), new, app.config.digest_hour).await,
    };
    match made {
        Ok(alert) if alert.state == AlertState::Asked => see_other("/alerts?done=asked"),
        Ok(_) => see_other("/alerts?done=made"),
        Err(Refused::Invalid(invalid)) => form(&app, &visitor, &body, &typed, beside_fields(&invalid), None).await,
        Err(refused) => Err(refused.into()),
    }
}

pub async fn delete(app: Data<Arc<App>>, visitor: Visitor, id: Path<String>) -> Result<HttpResponse, Problem> {
    let actor = visitor.known()?.actor;
    change_alert::end(&app.db, &app.clock, actor.into(), AlertId::from_text(id.into_inner())).await?;
    see_other("/alerts?done=ended")
}

async fn form(
    app: &App,
    visitor: &Visitor,
    query: &str,
    typed: &Typed,
    mistakes: Vec<FieldError>,
    notice: Option<&str>,
) -> Result<HttpResponse, Problem> {
    let asked = filter_form::read(app, query, &OWN).await?;
    let context = asked.context(&app.board.current(), PATH);
    let errors = asked.filter.as_ref().err().cloned().unwrap_or(mistakes);
    let mut own = Vec::new();
    for alert in api_alerts::of_visitor(app, visitor).await? {
        let token = alert_link::token(&app.signer, Purpose::Manage, &alert.id);
        let row = context! {
            id => alert.id.as_str(),
            name => alert.name.as_str(),
            words => words(app, &alert).await?,
            channels => alert.channels.iter().map(|channel| channel.word()).collect::<Vec<_>>(),
            confirmed => alert.state == AlertState::Active,
            change => format!("/alerts/manage/{token}"),
        };
        own.push(match alert.paused_until.filter(|until| *until > app.clock.now()) {
            Some(until) => context! { paused_until => until.to_string(), ..row },
            None => row,
        });
    }
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let mut page = context! {
        alerts => own,
        is_staff => visitor.actor.is_staff(),
        devices => devices::of_visitor(app, visitor).await?,
        errors => Value::from(Serde(&errors)),
        form => Value::from(Serde(typed)),
        ..context
    };
    if let Some(text) = notice {
        page = context! { notice => context! { text => text }, ..page };
    }
    page_with(status, app, visitor, "alerts.html", page)
}

/// What an alert watches, in words.
async fn words(app: &App, alert: &Alert) -> Result<String, Problem> {
    Ok(filtering::from_query(app, &alert.query, &[]).await?.words())
}
