//! Answers from pages: by who is signed in, and by the link of a mail or notification, which needs no
//! sign-in and changes nothing by being opened. And the asker's "no longer".

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data, Path};
use minijinja::context;
use minijinja::value::{Serde, Value};
use serde_json::{Map, Value as Json};
use url::form_urlencoded;

use crate::app::App;
use crate::domain::actor::Whence;
use crate::domain::care_service::CareServiceId;
use crate::domain::enquiry::{EnquiryId, NewAnswer};
use crate::domain::invalid::Invalid;
use crate::domain::words::{Answer, EnquiryKind, Source};
use crate::http::enquiries::{one_page, shown};
use crate::http::page::{FieldError, page_with, see_other};
use crate::http::problem::Problem;
use crate::http::service;
use crate::http::telling;
use crate::http::visitor::Visitor;
use crate::ops::answer_by_link::{self, AskedOf, Found, GOOD_FOR, Standing};
use crate::ops::answer_enquiry::{self, Answering};
use crate::ops::{Refused, ask, end_holds};

/// The form of an answer. Only a "yes" to a hold says until when.
fn read(app: &App, body: &[u8], kind: EnquiryKind) -> Result<NewAnswer, Invalid> {
    let mut object = Map::new();
    for (key, value) in form_urlencoded::parse(body) {
        if matches!(key.as_ref(), "answer" | "until") && !value.is_empty() {
            object.insert(key.into_owned(), Json::from(value.into_owned()));
        }
    }
    let is_yes = object.get("answer").and_then(Json::as_str) == Some(Answer::Yes.word());
    if kind == EnquiryKind::Ask || !is_yes {
        object.remove("until");
    }
    NewAnswer::parse(&Json::Object(object), kind, app.clock.now())
}

/// The mistakes of an answer, beside its fields.
fn beside_fields(invalid: &Invalid) -> Vec<FieldError> {
    let mistakes = invalid.mistakes().iter();
    let shown = mistakes.map(|mistake| match (mistake.pointer.as_str(), mistake.code) {
        ("/until", "past") => FieldError::new("until", "Choose a time that is still to come"),
        ("/until", _) => FieldError::new("until", "Choose until when the place is kept"),
        ("/answer", "required" | "unknown_word") => FieldError::new("", "Choose an answer"),
        _ => FieldError::new("", mistake.detail.trim_end_matches('.')),
    });
    shown.collect()
}

/// An answer of who is signed in.
pub async fn submit(
    app: Data<Arc<App>>,
    visitor: Visitor,
    path: Path<(String, String)>,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let visitor = visitor.known()?;
    let (id, service) = path.into_inner();
    let (id, service) = (EnquiryId::from_text(id), CareServiceId::from_text(service));
    let before = ask::see(&app.db, visitor.actor.clone(), id.clone()).await?;
    let done = match read(&app, &body, before.enquiry.kind) {
        Err(invalid) => Err(invalid.into()),
        Ok(new) => {
            let actor = visitor.actor.clone();
            let answering = Answering { actor, enquiry: id.clone(), service, source: Source::Form };
            answer_enquiry::run(&app.db, &app.clock, answering, new).await
        }
    };
    match done {
        Ok(seen) => {
            telling::shown(&app, seen.seq).await;
            see_other(&format!("/enquiries/{id}?done=answered"))
        }
        Err(Refused::Invalid(invalid)) => {
            let errors = beside_fields(&invalid);
            one_page(&app, &visitor, &before, None, &errors, StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(other) => Err(other.into()),
    }
}

/// The asker needs it no longer.
pub async fn withdraw(app: Data<Arc<App>>, visitor: Visitor, id: Path<String>) -> Result<HttpResponse, Problem> {
    let visitor = visitor.staff()?;
    let id = EnquiryId::from_text(id.into_inner());
    let seen = end_holds::withdraw(&app.db, &app.clock, visitor.actor.clone(), id.clone()).await?;
    telling::shown(&app, seen.seq).await;
    see_other(&format!("/enquiries/{id}?done=withdrawn"))
}

pub async fn by_link_page(app: Data<Arc<App>>, visitor: Visitor, token: Path<String>) -> Result<HttpResponse, Problem> {
    let of = AskedOf::read(&app.signer, &token)?;
    let found = answer_by_link::look(&app.db, &app.clock, of).await?;
    leads_to(&app, &visitor, &found, None, &[])
}

pub async fn by_link(
    app: Data<Arc<App>>,
    visitor: Visitor,
    token: Path<String>,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let of = AskedOf::read(&app.signer, &token)?;
    let found = answer_by_link::look(&app.db, &app.clock, of.clone()).await?;
    let Found::Open(standing) = &found else { return leads_to(&app, &visitor, &found, None, &[]) };
    let whence = Whence { session: None, ..visitor.actor.whence.clone() };
    let done = match read(&app, &body, standing.seen.enquiry.kind) {
        Err(invalid) => Err(invalid.into()),
        Ok(new) => answer_by_link::run(&app.db, &app.clock, of, whence, new).await,
    };
    match done {
        Ok(found) => {
            if let Found::Open(standing) = &found {
                telling::shown(&app, standing.seen.seq).await;
            }
            leads_to(&app, &visitor, &found, Some("Thank you. Who asked hears of it now."), &[])
        }
        Err(Refused::Invalid(invalid)) => leads_to(&app, &visitor, &found, None, &beside_fields(&invalid)),
        Err(other) => Err(other.into()),
    }
}

/// The page for what a link leads to.
fn leads_to(
    app: &App,
    visitor: &Visitor,
    found: &Found,
    done: Option<&str>,
    errors: &[FieldError],
) -> Result<HttpResponse, Problem> {
    match found {
        Found::Open(standing) => {
            let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
            answer_page(app, visitor, standing, (status, true, done, errors))
        }
        Found::Over(standing) => answer_page(app, visitor, standing, (StatusCode::GONE, false, None, &[])),
        Found::NotTheirs => page_with(StatusCode::FORBIDDEN, app, visitor, "confirm_not_yours.html", context! {}),
        Found::Left(service, left_at) => service::left_page(app, visitor, service, *left_at),
    }
}

fn answer_page(
    app: &App,
    visitor: &Visitor,
    standing: &Standing,
    (status, is_open, done, errors): (StatusCode, bool, Option<&str>, &[FieldError]),
) -> Result<HttpResponse, Problem> {
    let Standing { seen, asked, service } = standing;
    let own = context! {
        enquiry => shown::enquiry(app, visitor, &seen.enquiry, seen.contact.as_ref()),
        asked => context! {
            name => service.facts.name.as_str(),
            id => service.id.as_str(),
            state => shown::state(&seen.enquiry, asked),
            held_until => asked.held_until.map(|until| until.to_string()),
            answered_at => asked.answered_at.map(|at| at.to_string()),
        },
        is_open => is_open,
        days => GOOD_FOR.num_days(),
        done => done,
        untils => shown::untils(app),
        errors => Value::from(Serde(&errors)),
    };
    page_with(status, app, visitor, "answer.html", own)
}
