//! The page of the people who manage a service: seeing, inviting, removing, leaving, handing over.
//! Who may, and when the last manager may go, is decided in `ops/colleagues.rs`.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Form, Path};
use actix_web::{HttpRequest, HttpResponse};
use minijinja::context;
use minijinja::value::{Serde, Value};
use serde::Deserialize;

use crate::app::App;
use crate::domain::actor::Who;
use crate::domain::care_service::CareServiceId;
use crate::domain::person::{EmailAddress, PersonId};
use crate::domain::words::Role;
use crate::http::filter_form::json;
use crate::http::page::{FieldError, page_with, see_other};
use crate::http::problem::Problem;
use crate::http::telling;
use crate::http::visitor::Visitor;
use crate::ops::{Refused, colleagues};

const WRONG_ADDRESS: &str = "Enter an email address in the right form, like name@example.org";

/// What was typed, and into which of the two forms.
#[derive(Default)]
struct Typed {
    email: String,
    errors: Vec<FieldError>,
    successor: String,
    successor_errors: Vec<FieldError>,
}

pub async fn page(
    app: Data<Arc<App>>,
    visitor: Visitor,
    id: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let text = match request.query_string() {
        "done=invited" => Some("Invited. They have been written to."),
        "done=removed" => Some("Removed. They no longer manage this service."),
        "done=decided" => Some("Decided. We have written to them."),
        _ => None,
    };
    people_page(&app, visitor.known()?, &id, Typed::default(), text).await
}

async fn people_page(
    app: &App,
    visitor: Visitor,
    id: &str,
    typed: Typed,
    notice: Option<&str>,
) -> Result<HttpResponse, Problem> {
    let people = colleagues::look(&app.db, visitor.actor.clone(), CareServiceId::from_text(id)).await?;
    let moment = app.moment();
    let service = json(&Arc::new(people.service.clone()), &visitor, &moment, None);
    let is_self = |id: &PersonId| visitor.actor.who == Who::Person(id.clone());
    let rows = people.colleagues.iter().map(|person| {
        let row = context! {
            id => person.id.as_str(),
            email => person.email.as_str(),
            role => person.role.word(),
            is_self => is_self(&person.id),
        };
        match person.seen_at {
            Some(at) => context! { seen_at => at.to_string(), ..row },
            None => row,
        }
    });
    let claims = people.claims.iter().map(|claim| {
        context! {
            id => claim.id.as_str(),
            email => claim.email.as_str(),
            words => claim.words.as_str(),
            made_at => claim.made_at.to_string(),
            service => service.clone(),
            has_managers => !people.colleagues.is_empty(),
        }
    });
    let wrong = !typed.errors.is_empty() || !typed.successor_errors.is_empty();
    let mut own = context! {
        people => rows.collect::<Vec<_>>(),
        claims => claims.collect::<Vec<_>>(),
        is_manager => people.colleagues.iter().any(|one| is_self(&one.id) && one.role == Role::Manager),
        form => context! { email => typed.email },
        errors => Value::from(Serde(&typed.errors)),
        over => context! { email => typed.successor },
        over_errors => Value::from(Serde(&typed.successor_errors)),
        service => service,
    };
    if let Some(text) = notice {
        own = context! { notice => context! { text => text }, ..own };
    }
    let status = if wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    page_with(status, app, &visitor, "people.html", own)
}

#[derive(Deserialize)]
pub struct Invited {
    #[serde(default)]
    email: String,
}

pub async fn invite(
    app: Data<Arc<App>>,
    visitor: Visitor,
    id: Path<String>,
    form: Form<Invited>,
) -> Result<HttpResponse, Problem> {
    let visitor = visitor.known()?;
    let Some(email) = EmailAddress::parse(&form.email) else {
        let errors = vec![FieldError::new("email", WRONG_ADDRESS)];
        let typed = Typed { email: form.into_inner().email, errors, ..Typed::default() };
        return people_page(&app, visitor, &id, typed, None).await;
    };
    colleagues::invite(&app.db, &app.clock, visitor.actor, CareServiceId::from_text(id.as_str()), email).await?;
    see_other(&format!("/services/{id}/people?done=invited"))
}

#[derive(Deserialize)]
pub struct HandedOver {
    #[serde(default)]
    successor: String,
}

pub async fn hand_over(
    app: Data<Arc<App>>,
    visitor: Visitor,
    id: Path<String>,
    form: Form<HandedOver>,
) -> Result<HttpResponse, Problem> {
    let visitor = visitor.known()?;
    let service = CareServiceId::from_text(id.as_str());
    let actor = visitor.actor.clone();
    let done = match EmailAddress::parse(&form.successor) {
        Some(email) => colleagues::hand_over(&app.db, &app.clock, actor, service, email).await.map_err(Some),
        None => Err(None),
    };
    let text = match done {
        Ok(()) => return see_other(&format!("/services/{id}")),
        Err(None) => WRONG_ADDRESS.to_owned(),
        Err(Some(Refused::Invalid(invalid))) => invalid.to_string(),
        Err(Some(other)) => return Err(other.into()),
    };
    let successor_errors = vec![FieldError::new("successor", text)];
    let typed = Typed { successor: form.into_inner().successor, successor_errors, ..Typed::default() };
    people_page(&app, visitor, &id, typed, None).await
}

#[derive(Deserialize)]
pub struct Sure {
    sure: Option<String>,
}

pub async fn leave(
    app: Data<Arc<App>>,
    visitor: Visitor,
    id: Path<String>,
    form: Form<Sure>,
) -> Result<HttpResponse, Problem> {
    let visitor = visitor.known()?;
    let Who::Person(own) = visitor.actor.who.clone() else { return Err(Problem::not_allowed()) };
    take(&app, &visitor, &id, own, form.sure.is_some()).await
}

pub async fn remove(
    app: Data<Arc<App>>,
    visitor: Visitor,
    path: Path<(String, String)>,
    form: Form<Sure>,
) -> Result<HttpResponse, Problem> {
    let visitor = visitor.known()?;
    let (id, person) = path.into_inner();
    take(&app, &visitor, &id, PersonId::from_text(person), form.sure.is_some()).await
}

async fn take(app: &App, visitor: &Visitor, id: &str, person: PersonId, sure: bool) -> Result<HttpResponse, Problem> {
    let is_self = visitor.actor.who == Who::Person(person.clone());
    let service = CareServiceId::from_text(id);
    match colleagues::remove(&app.db, &app.clock, visitor.actor.clone(), service, person.clone(), sure).await {
        Ok(()) if is_self => see_other(&format!("/services/{id}")),
        Ok(()) => see_other(&format!("/services/{id}/people?done=removed")),
        Err(Refused::LastManager) => {
            let name = telling::known(app, id)?.facts.name.clone();
            let act = if is_self { "leave".to_owned() } else { format!("{person}/remove") };
            let own = context! {
                id => id,
                name => name,
                action => format!("/services/{id}/people/{act}"),
                is_self => is_self,
            };
            page_with(StatusCode::CONFLICT, app, visitor, "people_last.html", own)
        }
        Err(other) => Err(other.into()),
    }
}
