//! The pages of enquiries: staff ask and watch the answers come, managers answer by one press.
//! Who may ask, see and answer is decided in `ops`.

pub mod answer;
pub mod ask;
pub mod events;
mod shown;

use std::collections::BTreeMap;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use minijinja::context;
use minijinja::value::{Serde, Value};
use url::form_urlencoded;

use crate::app::App;
use crate::base::stamp::Stamp;
use crate::domain::actor::Actor;
use crate::domain::answer_time::{AnswerTimes, LOOK_BACK, lasted};
use crate::domain::care_service::CareServiceId;
use crate::domain::enquiry::EnquiryId;
use crate::http::page::{FieldError, page, page_with};
use crate::http::problem::Problem;
use crate::http::visitor::Visitor;
use crate::ops::ask::{self as asking, Seen};
use crate::ops::list_enquiries::{self, Concerning};

/// What somebody asked, and what their services were asked.
pub async fn list(app: Data<Arc<App>>, visitor: Visitor) -> Result<HttpResponse, Problem> {
    let visitor = visitor.known()?;
    let concerning = concerning(&app, &visitor).await?;
    let asked = concerning.asked.iter().map(|enquiry| shown::enquiry(&app, &visitor, enquiry, None));
    let own = context! {
        asked => Value::from_iter(asked),
        to_answer => to_answer(&app, &visitor, &concerning),
        mark => events::mark(&concerning),
        untils => shown::untils(&app),
        times => times_by_authority(&app, &visitor).await?,
    };
    page(&app, &visitor, "enquiries.html", own)
}

/// What waits for an answer on the page of a manager's own services, and the places that they keep.
pub async fn waiting(app: &App, visitor: &Visitor) -> Result<Value, Problem> {
    let concerning = concerning(app, visitor).await?;
    Ok(context! {
        to_answer => to_answer(app, visitor, &concerning),
        mark => events::mark(&concerning),
        untils => shown::untils(app),
    })
}

fn to_answer(app: &App, visitor: &Visitor, concerning: &Concerning) -> Value {
    let shown = |seen: &Seen| shown::enquiry(app, visitor, &seen.enquiry, seen.contact.as_ref());
    Value::from_iter(concerning.to_answer.iter().map(shown))
}

async fn concerning(app: &App, visitor: &Visitor) -> Result<Concerning, Problem> {
    let own = own_services(app, &visitor.actor);
    Ok(list_enquiries::run(&app.db, &app.clock, visitor.actor.clone(), own).await?)
}

fn own_services(app: &App, actor: &Actor) -> Vec<CareServiceId> {
    if !actor.may_update_some() {
        return Vec::new();
    }
    let snapshot = app.board.current();
    let own = snapshot.all().filter(|service| actor.may_update(service));
    own.map(|service| service.id.clone()).collect()
}

/// How quickly services of each authority answer, for staff.
async fn times_by_authority(app: &App, visitor: &Visitor) -> Result<Value, Problem> {
    if !visitor.actor.is_staff() {
        return Ok(Value::from_iter(Vec::<Value>::new()));
    }
    let now = app.clock.now();
    let times = by_authority(app, visitor, (now.minus(LOOK_BACK), now), None).await?;
    let names = app.board.current().authorities();
    let rows = names.into_iter().filter_map(|counts| {
        let times = times.get(counts.authority.code.as_str())?;
        Some(context! {
            name => counts.authority.name,
            asked => times.asked,
            answered => times.answered,
            median => times.median.map(lasted),
        })
    });
    Ok(rows.collect())
}

/// How quickly services answer what was asked from then to then, by their authority.
pub async fn by_authority(
    app: &App,
    visitor: &Visitor,
    span: (Stamp, Stamp),
    only: Option<CareServiceId>,
) -> Result<BTreeMap<String, AnswerTimes>, Problem> {
    let snapshot = app.board.current();
    let authority = move |id: &CareServiceId| Some(snapshot.get(id)?.facts.authority.code.to_string());
    Ok(list_enquiries::answer_times(&app.db, visitor.actor.clone(), span, only, authority).await?)
}

/// How quickly this service has answered of late, in words; for staff.
pub async fn answer_time_of(app: &App, visitor: &Visitor, id: &CareServiceId) -> Result<Option<String>, Problem> {
    let now = app.clock.now();
    let span = (now.minus(LOOK_BACK), now);
    let times =
        list_enquiries::answer_times(&app.db, visitor.actor.clone(), span, Some(id.clone()), |_| Some(String::new()))
            .await?;
    Ok(times.get("").and_then(AnswerTimes::words))
}

/// One enquiry, for who asked and who is asked.
pub async fn one(
    app: Data<Arc<App>>,
    visitor: Visitor,
    id: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let visitor = visitor.known()?;
    let seen = asking::see(&app.db, visitor.actor.clone(), EnquiryId::from_text(id.into_inner())).await?;
    let done = form_urlencoded::parse(request.query_string().as_bytes()).find(|(key, _)| key == "done");
    let text = done.and_then(|(_, what)| match what.as_ref() {
        "asked" => {
            Some("Asked. Who keeps the figures there hears of it now. Answers appear on this page by themselves.")
        }
        "answered" => Some("Answered. Who asked hears of it now."),
        "withdrawn" => Some("Withdrawn. A place that was kept is free again."),
        _ => None,
    });
    one_page(&app, &visitor, &seen, text, &[], StatusCode::OK)
}

/// The page of an enquiry, after an act that was done or refused.
fn one_page(
    app: &App,
    visitor: &Visitor,
    seen: &Seen,
    notice: Option<&str>,
    errors: &[FieldError],
    status: StatusCode,
) -> Result<HttpResponse, Problem> {
    let enquiry = &seen.enquiry;
    let is_own = enquiry.asked_by == visitor.actor.who.text();
    let own = context! {
        enquiry => shown::enquiry(app, visitor, enquiry, seen.contact.as_ref()),
        is_own => is_own,
        mark => events::mark(seen),
        untils => shown::untils(app),
        errors => Value::from(Serde(&errors)),
    };
    let own = match notice {
        Some(text) => context! { notice => context! { text => text }, ..own },
        None => own,
    };
    page_with(status, app, visitor, "enquiry.html", own)
}
