//! The page of one care service, in the view of who asks. One that has left the register is known to
//! have been there, so its page says so (410) instead of pretending that it never was.

use std::sync::Arc;

use actix_web::http::header::REFERER;
use actix_web::http::{Method, StatusCode};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use chrono::Duration;
use minijinja::context;
use url::{Url, form_urlencoded};

use crate::app::App;
use crate::base::stamp::Stamp;
use crate::domain::care_service::{CareService, CareServiceId};
use crate::domain::interest::Interest;
use crate::domain::view::View;
use crate::domain::words::{Freshness, Kind, Wrong};
use crate::http::enquiries;
use crate::http::filter_form::json;
use crate::http::page::{page, page_with};
use crate::http::problem::Problem;
use crate::http::telling;
use crate::http::visitor::Visitor;
use crate::ops::read_remarks;
use crate::store::{reminders, services};

/// The result of an act is shown to who acted, not to who opens its address much later.
const NOTICE_GOOD_FOR: Duration = Duration::minutes(10);

pub async fn service(
    app: Data<Arc<App>>,
    visitor: Visitor,
    id: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id = CareServiceId::from_text(id.into_inner());
    let service = app.board.current().get(&id).cloned().ok_or_else(Problem::not_found)?;
    if let Some(left_at) = service.left_at {
        return left_page(&app, &visitor, &service, left_at);
    }
    let can_update = visitor.actor.may_update(&service);
    let can_report = visitor.actor.may_report(&service);
    if request.method() == Method::GET && !can_update {
        let is_full = service.capacity.vacant() == 0
            && matches!(service.capacity.freshness(&app.moment()), Freshness::Fresh | Freshness::Ageing);
        app.interest.count(app.config.timezone.day(app.clock.now()), [&service.id], Interest::look(is_full));
    }
    let can_ask = visitor.actor.is_staff() && service.facts.kind == Kind::CareHome;
    let answer_time = if can_ask { enquiries::answer_time_of(&app, &visitor, &service.id).await? } else { None };
    let mut own = context! {
        can_ask => can_ask,
        answer_time => answer_time,
        service => json(&service, &visitor, &app.moment(), None),
        can_update => can_update,
        can_choose_people => visitor.actor.may_choose_people(&service),
        can_report => can_report,
        warnings => if can_update { telling::warnings(&service) } else { Vec::new() },
        back => back(&app, &request),
    };
    if (can_update || can_report)
        && let Some(text) = notice(&app, &service, request.query_string()).await?
    {
        let (href, text_of_link) = if can_update { ("/update", "Your services") } else { ("/board", "The board") };
        let link = context! { href => href, text => text_of_link };
        own = context! { notice => context! { text => text, link => link }, ..own };
    }
    if visitor.actor.view(&service) == View::Staff {
        let of = service.clone();
        let wishes = app.db.read(move |c| reminders::wishes(c, &of.id)).await?;
        let today = app.config.timezone.day(app.clock.now());
        let said = read_remarks::look(&app.db, visitor.actor.clone(), service.id.clone()).await?;
        let doubted = said.iter().find(|(wrong, _)| *wrong == Wrong::Vacancies).map_or(0, |(_, count)| *count);
        own = context! { doubted => doubted, full_until => wishes.full(&service, today).map(|day| day.to_string()), ..own };
    }
    page(&app, &visitor, "service.html", own)
}

/// What there is to say of a service that is on the register no more.
pub fn left_page(app: &App, visitor: &Visitor, service: &CareService, left_at: Stamp) -> Result<HttpResponse, Problem> {
    let day = app.config.timezone.day(left_at).to_string();
    let own = context! { name => service.facts.name.as_str(), day => day };
    page_with(StatusCode::GONE, app, visitor, "service_left.html", own)
}

/// What to say of the act that led here with the version it made, if that was not long ago.
async fn notice(app: &App, service: &CareService, query: &str) -> Result<Option<&'static str>, Problem> {
    let told = |name: &str| {
        let (_, version) = form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name)?;
        version.parse::<i64>().ok()
    };
    let (version, text) = match (told("published"), told("confirmed")) {
        (Some(version), _) => (version, "Published. Everybody sees these figures now."),
        (None, Some(version)) => (version, "Confirmed. Everybody sees that these figures still hold."),
        (None, None) => return Ok(None),
    };
    let capacity = &service.capacity;
    let recent = capacity.confirmed_at.is_some_and(|at| app.clock.now().since(at) < NOTICE_GOOD_FOR);
    if version == capacity.version {
        return Ok(recent.then_some(text));
    }
    if version < capacity.version {
        return Ok(recent.then_some("Your figures were published. Newer ones have been published since."));
    }
    // The board has not caught up: the truth is on disk.
    let id = service.id.clone();
    let stored = app.db.read(move |c| services::get(c, &id)).await?;
    let saved = stored.service.capacity.version >= version;
    Ok(saved.then_some("Saved. This page will show it in a moment: read it again."))
}

/// The list from which the reader came, with its filter; after the update form, the list of their own.
fn back(app: &App, request: &HttpRequest) -> String {
    const LISTS: [&str; 3] = ["/search", "/board", "/update"];
    let referer = request.headers().get(REFERER).and_then(|value| value.to_str().ok());
    let came_from = referer.and_then(|text| Url::parse(text).ok()).filter(|url| {
        let host = request.headers().get("Host").and_then(|value| value.to_str().ok());
        let at_host = host.is_some_and(|host| url.authority() == host);
        at_host || url.origin() == app.config.public_url.origin()
    });
    if came_from.as_ref().is_some_and(|url| url.path().starts_with("/update/")) {
        return "/update".to_owned();
    }
    let came_from = came_from.filter(|url| LISTS.contains(&url.path()));
    came_from
        .map_or_else(|| LISTS[0].to_owned(), |url| url[url::Position::BeforePath..url::Position::AfterQuery].to_owned())
}
