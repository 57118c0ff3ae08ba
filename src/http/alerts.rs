//! The pages of alerts: one's own and a new one, and the pages behind the links in mails, which
//! confirm, change and stop one. Opening a link changes nothing; its button does.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use minijinja::context;
use minijinja::value::{Serde, Value};
use serde_json::json;
use url::form_urlencoded;

use crate::app::App;
use crate::domain::alert::{Alert, AlertAsked, AlertId, AlertState};
use crate::domain::invalid::Invalid;
use crate::http::page::{FieldError, page, page_with, see_other};
use crate::http::problem::Problem;
use crate::http::visitor::Visitor;
use crate::http::{api_alerts, filter_form, filtering};
use crate::ops::alert_link::{By, Held, Purpose};
use crate::ops::{Refused, change_alert, make_alert};

const PATH: &str = "/alerts";
/// Fields of the form that are not of the filter.
const OWN: [&str; 5] = ["name", "email", "channels", "push_endpoint", "done"];

/// What was typed besides the filter.
#[derive(Default, serde::Serialize)]
struct Typed {
    name: String,
    email: String,
    channels: Vec<String>,
    push_endpoint: String,
}

impl Typed {
    fn read(body: &str) -> Self {
        let mut typed = Self::default();
        for (key, value) in form_urlencoded::parse(body.as_bytes()).into_owned() {
            match key.as_str() {
                "name" => typed.name = value,
                "email" => typed.email = value,
                "channels" => typed.channels.push(value),
                "push_endpoint" => typed.push_endpoint = value,
                _ => {}
            }
        }
        typed
    }
}

/// One's own alerts, and the form for a new one, filled with the filter of the address.
pub async fn list(app: Data<Arc<App>>, visitor: Visitor, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query = request.query_string();
    let done =
        form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "done").map(|(_, word)| word.into_owned());
    let text = match done.as_deref() {
        Some("asked") => Some("Check your email: the alert starts when you confirm your address there."),
        Some("made") => Some("Your alert has started."),
        Some("ended") => Some("The alert is deleted. It sends nothing more."),
        Some(_) | None => None,
    };
    form(&app, &visitor, query, &Typed::default(), Vec::new(), text).await
}

pub async fn create(app: Data<Arc<App>>, visitor: Visitor, body: String) -> Result<HttpResponse, Problem> {
    let typed = Typed::read(&body);
    let asked = filter_form::read(&app, &body, &OWN).await?;
    let Ok(filter) = &asked.filter else {
        return form(&app, &visitor, &body, &typed, Vec::new(), None).await;
    };
    let some = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
    let signed_in = visitor.signed_in.is_some();
    let value = json!({
        "name": some(&typed.name),
        "query": filter.query(),
        "channels": (!typed.channels.is_empty()).then_some(&typed.channels),
        "email": some(&typed.email).filter(|_| !signed_in),
        "push_endpoint": some(&typed.push_endpoint),
    });
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
    manage_form(&app, &visitor, &token, &alert, Vec::new(), false).await
}

pub async fn manage(
    app: Data<Arc<App>>,
    visitor: Visitor,
    token: Path<String>,
    body: String,
) -> Result<HttpResponse, Problem> {
    let held = Held::read(&app.signer, Purpose::Manage, &token)?;
    let (id, by) = (held.alert().clone(), By::Link(held));
    let typed = Typed::read(&body);
    let done = match AlertAsked::parse(&json!({ "name": typed.name, "channels": typed.channels })) {
        Err(invalid) => Err(Refused::Invalid(invalid)),
        Ok(asked) => change_alert::change(&app.db, &app.clock, by.clone(), id.clone(), asked).await,
    };
    match done {
        Ok(alert) => manage_form(&app, &visitor, &token, &alert, Vec::new(), true).await,
        Err(Refused::Invalid(invalid)) => {
            let alert = change_alert::get(&app.db, by, id).await?;
            manage_form(&app, &visitor, &token, &alert, beside_fields(&invalid), false).await
        }
        Err(refused) => Err(refused.into()),
    }
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
        own.push(context! {
            id => alert.id.as_str(),
            name => alert.name.as_str(),
            words => words(app, &alert).await?,
            channels => alert.channels.iter().map(|channel| channel.word()).collect::<Vec<_>>(),
            confirmed => alert.state == AlertState::Active,
        });
    }
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let mut page = context! {
        alerts => own,
        errors => Value::from(Serde(&errors)),
        form => Value::from(Serde(typed)),
        push => true,
        ..context
    };
    if let Some(text) = notice {
        page = context! { notice => context! { text => text }, ..page };
    }
    page_with(status, app, visitor, "alerts.html", page)
}

async fn linked(
    app: &App,
    visitor: &Visitor,
    template: &str,
    alert: &Alert,
    done: bool,
) -> Result<HttpResponse, Problem> {
    let own = context! { name => alert.name.as_str(), words => words(app, alert).await?, done => done };
    page(app, visitor, template, own)
}

async fn manage_form(
    app: &App,
    visitor: &Visitor,
    token: &str,
    alert: &Alert,
    errors: Vec<FieldError>,
    saved: bool,
) -> Result<HttpResponse, Problem> {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let own = context! {
        name => alert.name.as_str(),
        words => words(app, alert).await?,
        channels => alert.channels.iter().map(|channel| channel.word()).collect::<Vec<_>>(),
        errors => Value::from(Serde(&errors)),
        saved => saved,
        stop => format!("/unsubscribe/{token}"),
    };
    page_with(status, app, visitor, "manage_alert.html", own)
}

/// What an alert watches, in words.
async fn words(app: &App, alert: &Alert) -> Result<String, Problem> {
    Ok(filtering::from_query(app, &alert.query, &[]).await?.words())
}

/// Mistakes of an alert beside the fields of its form.
fn beside_fields(invalid: &Invalid) -> Vec<FieldError> {
    let beside = |pointer: &str| pointer.trim_start_matches('/').split('/').next().unwrap_or_default().to_owned();
    let shown = |mistake: &crate::domain::invalid::Mistake| {
        let field = beside(&mistake.pointer);
        let field = if ["name", "email", "channels"].contains(&field.as_str()) { field } else { String::new() };
        FieldError::new(field, mistake.detail.trim_end_matches('.'))
    };
    invalid.mistakes().iter().map(shown).collect()
}
