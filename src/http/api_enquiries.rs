//! The API of enquiries: staff ask, services answer.
//! Who may see and answer what is decided in `ops`.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, LOCATION};
use actix_web::web::{Bytes, Data, Path};
use serde::Serialize;

use crate::app::App;
use crate::base::stamp::Stamp;
use crate::domain::care_service::CareServiceId;
use crate::domain::enquiry::{EnquiryId, Need, NewAnswer, NewEnquiry};
use crate::domain::person::EmailAddress;
use crate::domain::words::{Answer, EnquiryKind, Hold, Source};
use crate::http::api_services::{answer, json};
use crate::http::problem::Problem;
use crate::http::telling;
use crate::http::visitor::Visitor;
use crate::ops::answer_enquiry::{self, Answering};
use crate::ops::ask::{self, Seen};
use crate::ops::end_holds;

#[derive(Serialize)]
struct EnquiryJson<'a> {
    id: &'a EnquiryId,
    kind: EnquiryKind,
    need: &'a Need,
    #[serde(skip_serializing_if = "Option::is_none")]
    case_reference: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<&'a EmailAddress>,
    made_at: Stamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    withdrawn_at: Option<Stamp>,
    services: Vec<AskedJson<'a>>,
}

#[derive(Serialize)]
struct AskedJson<'a> {
    id: &'a CareServiceId,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<Answer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answered_at: Option<Stamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hold: Option<Hold>,
    #[serde(skip_serializing_if = "Option::is_none")]
    held_until: Option<Stamp>,
}

pub async fn create(app: Data<Arc<App>>, visitor: Visitor, body: Bytes) -> Result<HttpResponse, Problem> {
    let visitor = visitor.staff()?;
    let today = app.config.timezone.day(app.clock.now());
    let new = NewEnquiry::parse(&json(&body)?, today).map_err(|invalid| Problem::unprocessable(&invalid))?;
    let seen = ask::run(&app.db, &app.clock, visitor.actor.clone(), new).await?;
    let mut made = as_json(&app, &visitor, &seen)?;
    *made.status_mut() = StatusCode::CREATED;
    let address = format!("/api/v1/enquiries/{}", seen.enquiry.id);
    made.headers_mut().insert(LOCATION, HeaderValue::from_str(&address).map_err(|e| Problem::broken(&e))?);
    Ok(made)
}

pub async fn get(app: Data<Arc<App>>, visitor: Visitor, id: Path<String>) -> Result<HttpResponse, Problem> {
    let visitor = visitor.known()?;
    let seen = ask::see(&app.db, visitor.actor.clone(), EnquiryId::from_text(id.into_inner())).await?;
    as_json(&app, &visitor, &seen)
}

pub async fn answer_one(
    app: Data<Arc<App>>,
    visitor: Visitor,
    path: Path<(String, String)>,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let visitor = visitor.known()?;
    let (id, service) = path.into_inner();
    let (id, service) = (EnquiryId::from_text(id), CareServiceId::from_text(service));
    let before = ask::see(&app.db, visitor.actor.clone(), id.clone()).await?;
    let new = NewAnswer::parse(&json(&body)?, before.enquiry.kind, app.clock.now())
        .map_err(|invalid| Problem::unprocessable(&invalid))?;
    let answering = Answering { actor: visitor.actor.clone(), enquiry: id, service, source: Source::Api };
    let seen = answer_enquiry::run(&app.db, &app.clock, answering, new).await?;
    telling::shown(&app, seen.seq).await;
    as_json(&app, &visitor, &seen)
}

pub async fn withdraw(app: Data<Arc<App>>, visitor: Visitor, id: Path<String>) -> Result<HttpResponse, Problem> {
    let visitor = visitor.staff()?;
    let id = EnquiryId::from_text(id.into_inner());
    let seen = end_holds::withdraw(&app.db, &app.clock, visitor.actor.clone(), id).await?;
    telling::shown(&app, seen.seq).await;
    as_json(&app, &visitor, &seen)
}

fn as_json(app: &App, visitor: &Visitor, seen: &Seen) -> Result<HttpResponse, Problem> {
    let snapshot = app.board.current();
    let enquiry = &seen.enquiry;
    let services = enquiry.asked.iter().map(|asked| AskedJson {
        id: &asked.service,
        name: snapshot.get(&asked.service).map(|service| service.facts.name.clone()),
        answer: asked.answer,
        answered_at: asked.answered_at,
        hold: asked.hold,
        held_until: asked.held_until,
    });
    let json = EnquiryJson {
        id: &enquiry.id,
        kind: enquiry.kind,
        need: &enquiry.need,
        case_reference: enquiry.case_reference.as_deref(),
        contact: seen.contact.as_ref(),
        made_at: enquiry.made_at,
        withdrawn_at: enquiry.withdrawn_at,
        services: services.collect(),
    };
    answer(&visitor.actor, &json)
}
