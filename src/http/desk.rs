//! The desk of a contact centre: a postcode and a few needs, three services to read out, and the same by
//! mail, text message or on paper. Nothing about the caller is kept.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use minijinja::context;
use minijinja::value::{Serde, Value};
use url::form_urlencoded;

use crate::app::App;
use crate::board::Page;
use crate::domain::care_service::CareServiceId;
use crate::domain::mobile::Mobile;
use crate::domain::person::EmailAddress;
use crate::http::filter_form::{self, address, json};
use crate::http::limits::ChangeLimit;
use crate::http::page::{FieldError, page_with, see_other};
use crate::http::problem::Problem;
use crate::http::visitor::Visitor;
use crate::ops::{Refused, send_places};

const PATH: &str = "/desk";
/// More than three nobody keeps in mind on the phone.
const READ_OUT: usize = 3;
/// Keys of the page that are not of the filter.
const OWN: [&str; 1] = ["done"];

pub async fn page(app: Data<Arc<App>>, visitor: Visitor, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let visitor = visitor.staff()?;
    show(&app, &visitor, request.query_string(), Vec::new(), "").await
}

async fn show(
    app: &App,
    visitor: &Visitor,
    query: &str,
    wrong: Vec<FieldError>,
    typed: &str,
) -> Result<HttpResponse, Problem> {
    let asked = filter_form::read(app, query, &OWN).await?;
    let (snapshot, moment) = (app.board.current(), app.moment());
    let form = asked.context(&snapshot, PATH);
    let is_sent = form_urlencoded::parse(query.as_bytes()).any(|(key, value)| key == "done" && value == "sent");
    let (services, total) = match &asked.filter {
        Ok(filter) if asked.is_typed() => {
            let found = snapshot.search(filter, &moment, &Page { limit: READ_OUT, cursor: None });
            let shown = found.services.iter().map(|(service, miles)| json(service, visitor, &moment, *miles));
            (shown.collect::<Vec<_>>(), found.total)
        }
        Ok(_) | Err(_) => (Vec::new(), 0),
    };
    let mut errors: Vec<FieldError> = asked.filter.as_ref().err().cloned().unwrap_or_default();
    let is_bad = !errors.is_empty();
    errors.extend(wrong);
    let status = match (is_bad, errors.is_empty()) {
        (true, _) => StatusCode::BAD_REQUEST,
        (false, false) => StatusCode::UNPROCESSABLE_ENTITY,
        (false, true) => StatusCode::OK,
    };
    let own = context! {
        services => Value::from_iter(services),
        total => total,
        is_asked => asked.is_typed() && !is_bad,
        typed => typed,
        errors => Value::from(Serde(&errors)),
        ..form
    };
    let own = match is_sent {
        true => {
            context! { notice => context! { text => "On its way. The address or number is forgotten as soon as it is sent." }, ..own }
        }
        false => own,
    };
    page_with(status, app, visitor, "desk.html", own)
}

/// Sends what was read out, to an address or a number: by which way, what was typed says.
pub async fn send(
    app: Data<Arc<App>>,
    limit: Data<ChangeLimit>,
    visitor: Visitor,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let visitor = visitor.staff()?;
    let typed: Vec<(String, String)> = form_urlencoded::parse(&body).into_owned().collect();
    let field =
        |name: &str| typed.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim()).unwrap_or_default();
    let ids = typed.iter().filter(|(key, _)| key == "id").map(|(_, id)| CareServiceId::from_text(id.trim()));
    let ids: Vec<CareServiceId> = ids.take(READ_OUT).collect();
    let (to, query) = (field("to"), field("query"));
    let done = match (EmailAddress::parse(to), Mobile::parse(to)) {
        (Some(email), _) => {
            limit.check_mail(&app, &request, &visitor, &email)?;
            send_places::by_mail(&app.db, &app.clock, email, ids).await
        }
        (None, Some(mobile)) => send_places::by_text(&app.db, &app.clock, visitor.actor.clone(), mobile, ids).await,
        (None, None) => {
            let wrong = "Enter an email address or a mobile number, such as 07700 900123";
            return show(&app, &visitor, query, vec![FieldError::new("to", wrong)], to).await;
        }
    };
    match done {
        Ok(()) => see_other(&address(PATH, &format!("{query}{}done=sent", if query.is_empty() { "" } else { "&" }))),
        Err(Refused::Invalid(invalid)) => {
            show(&app, &visitor, query, vec![FieldError::new("to", invalid.to_string())], to).await
        }
        Err(other) => Err(other.into()),
    }
}
