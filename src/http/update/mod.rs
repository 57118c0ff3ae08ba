//! The pages on which managers keep their figures up to date: their list, the form, one button.
//! What figures must be is in `domain/reading.rs`; an update is an act of `ops`.

pub mod bulk;
mod form;
mod mistakes;
pub mod phone;
mod press;
mod preview;
pub mod record;
pub mod reminders;
pub mod rooms;
pub mod setup;
mod stale;
pub mod typed;
mod way;

use std::cmp::Reverse;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use minijinja::context;
use minijinja::value::{Serde, Value};
use url::form_urlencoded;

use crate::app::App;
use crate::board::Snapshot;
use crate::domain::care_service::{CareService, CareServiceId};
use crate::http::enquiries;
use crate::http::filter_form::{self, Part, address, json};
use crate::http::kept;
use crate::http::page::page_with;
use crate::http::problem::Problem;
use crate::http::update::way::Way;
use crate::http::visitor::Visitor;

const PATH: &str = "/update";
/// More services than this few people have; those who do find them by name.
const SERVICES_A_PAGE: usize = 50;

/// The services that are somebody's to update, the longest unconfirmed first.
pub async fn list(app: Data<Arc<App>>, visitor: Visitor, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let visitor = visitor.known()?;
    if !visitor.actor.may_update_some() {
        return Err(Problem::not_allowed());
    }
    let query = request.query_string();
    let asked = filter_form::read(&app, query, &["confirmed"]).await?;
    let snapshot = app.board.current();
    let form = asked.context(&snapshot, PATH);
    let waiting = enquiries::waiting(&app, &visitor).await?;
    let Ok(filter) = &asked.filter else {
        let own =
            context! { services => Vec::<String>::new(), total => 0, searchable => true, waiting => waiting, ..form };
        return page_with(StatusCode::BAD_REQUEST, &app, &visitor, "update_list.html", own);
    };
    let moment = app.moment();
    let mut own: Vec<Arc<CareService>> = snapshot.matching(filter, &moment);
    own.retain(|service| visitor.actor.may_update(service));
    own.sort_by_key(|service| service.capacity.confirmed_at.map(|at| Reverse(moment.now.since(at))));
    let total = own.len();
    let part = Part::new(PATH, &filter.query(), asked.number, total, SERVICES_A_PAGE);
    let back_to =
        if part.number > 1 { format!("{}page={}", part.url, part.number) } else { address(PATH, &filter.query()) };
    let shown = own.iter().skip(part.skipped(SERVICES_A_PAGE)).take(SERVICES_A_PAGE);
    let mut own = context! {
        services => Value::from_iter(shown.map(|service| json(service, &visitor, &moment, None))),
        total => total,
        page => Value::from(Serde(&part)),
        searchable => part.of > 1 || !filter.query().is_empty(),
        back_to => back_to,
        waiting => waiting,
        ..form
    };
    if let Some(text) = confirmed(&snapshot, &visitor, query) {
        own = context! { notice => context! { text => text }, ..own };
    }
    page_with(StatusCode::OK, &app, &visitor, "update_list.html", own)
}

/// What to say of a service that has just been confirmed from the list.
fn confirmed(snapshot: &Snapshot, visitor: &Visitor, query: &str) -> Option<String> {
    let (_, id) = form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "confirmed")?;
    let service = snapshot.get(&CareServiceId::from_text(id)).filter(|service| visitor.actor.may_update(service))?;
    Some(format!("{}: confirmed. Everybody sees that these figures still hold.", service.facts.name))
}

/// The form as it stands.
pub async fn edit(app: Data<Arc<App>>, visitor: Visitor, id: Path<String>) -> Result<HttpResponse, Problem> {
    way::edit(&app, &visitor, Way::Own, &id).await
}

/// The form as it was sent.
pub async fn submit(
    app: Data<Arc<App>>,
    visitor: Visitor,
    id: Path<String>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    if !visitor.actor.is_signed_in() {
        return kept::sign_in_first(&app, &visitor, request.path(), &body);
    }
    way::submit(&app, &visitor, Way::Own, &id, &request, &body).await
}

/// Nothing has changed.
pub async fn confirm(
    app: Data<Arc<App>>,
    visitor: Visitor,
    id: Path<String>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    if !visitor.actor.is_signed_in() {
        return kept::sign_in_first(&app, &visitor, request.path(), &body);
    }
    way::confirm(&app, &visitor, Way::Own, &id, &request, &body).await
}

/// Whether this is the address of the list of services, with whatever query.
fn is_list(from: &str) -> bool {
    from.strip_prefix(PATH).is_some_and(|rest| rest.is_empty() || rest.starts_with('?'))
        && from.chars().all(|c| c.is_ascii_graphic())
}
