//! The API of alerts: one's own, and a new one for anybody who confirms an address.
//! Who may change which is decided in `ops`.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::{Bytes, Data, Path};
use serde::Serialize;

use crate::app::App;
use crate::base::stamp::Stamp;
use crate::domain::actor::Who;
use crate::domain::alert::{Alert, AlertAsked, AlertId, AlertState};
use crate::domain::person::EmailAddress;
use crate::domain::words::AlertChannel;
use crate::http::api_services::{answer, json};
use crate::http::problem::Problem;
use crate::http::visitor::Visitor;
use crate::ops::{change_alert, make_alert};
use crate::store::alerts;

#[derive(Serialize)]
struct AlertJson<'a> {
    id: &'a str,
    name: &'a str,
    query: &'a str,
    channels: &'a [AlertChannel],
    /// `asked` until the address is confirmed, then `active`.
    state: &'static str,
    /// The local hour of its digests.
    hour: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a EmailAddress>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quiet: Option<QuietJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paused_until: Option<Stamp>,
    further: bool,
    until_placed: bool,
    heartbeat: bool,
}

#[derive(Serialize)]
struct QuietJson {
    from: u32,
    until: u32,
}

fn as_json(alert: &Alert) -> AlertJson<'_> {
    AlertJson {
        id: alert.id.as_str(),
        name: &alert.name,
        query: &alert.query,
        channels: &alert.channels,
        state: alert.state.word(),
        hour: alert.hour,
        email: alert.email.as_ref(),
        quiet: alert.quiet.map(|quiet| QuietJson { from: quiet.from, until: quiet.until }),
        paused_until: alert.paused_until,
        further: alert.further,
        until_placed: alert.until_placed,
        heartbeat: alert.heartbeat,
    }
}

/// The alerts of a person that have not ended.
pub async fn of_visitor(app: &App, visitor: &Visitor) -> Result<Vec<Alert>, Problem> {
    let Who::Person(person) = visitor.actor.who.clone() else { return Ok(Vec::new()) };
    let mut own = app.db.read(move |c| alerts::of_person(c, &person)).await?;
    own.retain(|alert| alert.state != AlertState::Ended);
    Ok(own)
}

pub async fn list(app: Data<Arc<App>>, visitor: Visitor) -> Result<HttpResponse, Problem> {
    let visitor = visitor.known()?;
    let own = of_visitor(&app, &visitor).await?;
    let shown: Vec<AlertJson> = own.iter().map(as_json).collect();
    answer(&visitor.actor, &serde_json::json!({ "alerts": shown }))
}

pub async fn create(app: Data<Arc<App>>, visitor: Visitor, body: Bytes) -> Result<HttpResponse, Problem> {
    let asked = AlertAsked::parse_new(&json(&body)?).map_err(|invalid| Problem::unprocessable(&invalid))?;
    let hour = app.config.digest_hour;
    let alert = make_alert::run(&app.db, &app.clock, visitor.actor.clone(), asked, hour).await?;
    let mut made = answer(&visitor.actor, &as_json(&alert))?;
    *made.status_mut() = StatusCode::CREATED;
    Ok(made)
}

pub async fn change(
    app: Data<Arc<App>>,
    visitor: Visitor,
    id: Path<String>,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let actor = visitor.known()?.actor;
    let asked = AlertAsked::parse(&json(&body)?).map_err(|invalid| Problem::unprocessable(&invalid))?;
    let id = AlertId::from_text(id.into_inner());
    let alert = change_alert::change(&app.db, &app.clock, actor.clone().into(), id, asked).await?;
    answer(&actor, &as_json(&alert))
}

pub async fn end(app: Data<Arc<App>>, visitor: Visitor, id: Path<String>) -> Result<HttpResponse, Problem> {
    let actor = visitor.known()?.actor;
    change_alert::end(&app.db, &app.clock, actor.into(), AlertId::from_text(id.into_inner())).await?;
    Ok(HttpResponse::NoContent().insert_header((CACHE_CONTROL, "no-store")).finish())
}
