//! The shortlist: services side by side, what differs marked. A signed cookie keeps it for anybody;
//! staff keep it under a case reference, too. What may be kept is decided in `domain/` and `ops`.

use std::sync::Arc;

use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::StatusCode;
use actix_web::http::header::REFERER;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use minijinja::context;
use minijinja::value::{Serde, Value};
use url::{Url, form_urlencoded};

use crate::app::App;
use crate::domain::care_service::{CareService, CareServiceId};
use crate::domain::person::EmailAddress;
use crate::domain::shortlist::{MOST, Shortlist};
use crate::domain::words::Kind;
use crate::http::compare;
use crate::http::filter_form::json;
use crate::http::limits::ChangeLimit;
use crate::http::page::{FieldError, page_with, see_other};
use crate::http::problem::Problem;
use crate::http::visitor::{Visitor, shortlist_cookie_name};
use crate::ops::{Refused, keep_shortlist, send_places};

const PATH: &str = "/shortlist";

/// What is said after an act, by the word in the address.
fn notice(word: &str) -> Option<&'static str> {
    match word {
        "full" => Some("Your shortlist holds ten services, and more cannot be compared. Remove one first."),
        "sent" => Some("On its way. The address is forgotten as soon as it is sent."),
        "kept" => Some("Kept. You find it under this case on every device you sign in with."),
        "forgotten" => Some("Removed. Nothing is kept under that case any more."),
        _ => None,
    }
}

/// One's own list, or the services that the address names: a list that somebody was sent.
pub async fn page(app: Data<Arc<App>>, visitor: Visitor, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let query: Vec<(String, String)> = form_urlencoded::parse(request.query_string().as_bytes()).into_owned().collect();
    let mut sent = Shortlist::default();
    for (_, id) in query.iter().filter(|(key, _)| key == "id") {
        sent.add(CareServiceId::from_text(id.trim()));
    }
    let done = query.iter().find(|(key, _)| key == "done").and_then(|(_, word)| notice(word));
    let (list, is_own) = if sent.services.is_empty() { (visitor.shortlist.clone(), true) } else { (sent, false) };
    let shown = Shown { list, is_own, done, errors: &[], typed: "" };
    show(&app, &visitor, shown, StatusCode::OK).await
}

struct Shown<'a> {
    list: Shortlist,
    is_own: bool,
    done: Option<&'a str>,
    errors: &'a [FieldError],
    typed: &'a str,
}

async fn show(app: &App, visitor: &Visitor, shown: Shown<'_>, status: StatusCode) -> Result<HttpResponse, Problem> {
    let (snapshot, moment) = (app.board.current(), app.moment());
    let is_listed = |service: &&Arc<CareService>| service.left_at.is_none();
    let services: Vec<Arc<CareService>> =
        shown.list.services.iter().filter_map(|id| snapshot.get(id)).filter(is_listed).cloned().collect();
    let cases = match (visitor.actor.is_staff(), &visitor.signed_in) {
        (true, Some(_)) => keep_shortlist::all(&app.db, visitor.actor.clone()).await?,
        (true | false, _) => Vec::new(),
    };
    let guides =
        [("residential", Kind::CareHome), ("home-care", Kind::HomeCare)].into_iter().filter_map(|(word, kind)| {
            let ids = services.iter().filter(|service| service.facts.kind == kind);
            let query = query(ids.map(|service| &service.id));
            (!query.is_empty()).then(|| context! { kind => word, href => format!("/guides/{word}.pdf?{query}") })
        });
    let own = context! {
        services => Value::from_iter(services.iter().map(|service| json(service, visitor, &moment, None))),
        rows => Value::from(Serde(&compare::rows(&services))),
        is_own => shown.is_own,
        case => shown.list.case.as_deref().unwrap_or_default(),
        cases => Value::from_iter(cases.iter().map(|kept| context! {
            case => kept.case.as_str(), count => kept.services.len(), changed_at => kept.changed_at.to_string(),
        })),
        guides => Value::from_iter(guides),
        asks => query(services.iter().filter(|service| service.facts.kind == Kind::CareHome).map(|service| &service.id))
            .replace("id=", "service="),
        address => app.config.link(&format!("shortlist?{}", query(services.iter().map(|service| &service.id)))),
        left => shown.list.services.len() - services.len(),
        typed => shown.typed,
        errors => Value::from(Serde(shown.errors)),
    };
    let own = match shown.done {
        Some(text) => context! { notice => context! { text => text }, ..own },
        None => own,
    };
    page_with(status, app, visitor, "shortlist.html", own)
}

fn query<'a>(ids: impl Iterator<Item = &'a CareServiceId>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(ids.map(|id| ("id", id.as_str())));
    query.finish()
}

/// One button: add, remove, clear; and for staff keep, open, close or forget a case.
pub async fn change(
    app: Data<Arc<App>>,
    visitor: Visitor,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let mut list = visitor.shortlist.clone();
    let mut to = back(&app, &request);
    let mut is_kept = list.case.is_some();
    for (key, value) in form_urlencoded::parse(&body) {
        let value = value.trim();
        match key.as_ref() {
            "add" if app.board.current().get(&CareServiceId::from_text(value)).is_none() => {
                return Err(Problem::not_found());
            }
            "add" if !list.add(CareServiceId::from_text(value)) => to = format!("{PATH}?done=full"),
            "remove" => list.remove(&CareServiceId::from_text(value)),
            "clear" => (list, is_kept) = (Shortlist::default(), false),
            "case_reference" => (list.case, is_kept, to) = (Some(value.to_owned()), true, format!("{PATH}?done=kept")),
            "open" => {
                let all = keep_shortlist::all(&app.db, visitor.actor.clone()).await?;
                let kept = all.into_iter().find(|kept| kept.case == value).ok_or_else(Problem::not_found)?;
                list = Shortlist { services: kept.services, case: Some(kept.case) };
                (is_kept, to) = (false, PATH.to_owned());
            }
            "forget" => {
                keep_shortlist::forget(&app.db, visitor.actor.clone(), value.to_owned()).await?;
                list.case = list.case.filter(|case| case != value);
                (is_kept, to) = (false, format!("{PATH}?done=forgotten"));
            }
            _ => {}
        }
    }
    if is_kept {
        match keep_shortlist::run(&app.db, &app.clock, visitor.actor.clone(), list.clone()).await {
            Ok(case) => list.case = Some(case),
            Err(Refused::Invalid(invalid)) => {
                let text = |detail: &str| detail.trim_end_matches('.').to_owned();
                let errors: Vec<FieldError> = invalid
                    .mistakes()
                    .iter()
                    .map(|wrong| FieldError::new("case_reference", text(&wrong.detail)))
                    .collect();
                let typed = list.case.take().unwrap_or_default();
                let shown = Shown { list, is_own: true, done: None, errors: &errors, typed: &typed };
                return show(&app, &visitor, shown, StatusCode::UNPROCESSABLE_ENTITY).await;
            }
            Err(other) => return Err(other.into()),
        }
    }
    let mut answer = see_other(&to)?;
    let cookie = Cookie::build(shortlist_cookie_name(app.config.is_https()), list.signed(&app.signer));
    let cookie = cookie.path("/").http_only(true).secure(app.config.is_https()).same_site(SameSite::Lax).finish();
    answer.add_cookie(&cookie).map_err(|e| Problem::broken(&e))?;
    Ok(answer)
}

/// The page whose button it was; one of ours.
fn back(app: &App, request: &HttpRequest) -> String {
    let referer = request.headers().get(REFERER).and_then(|value| value.to_str().ok());
    let host = request.headers().get("Host").and_then(|value| value.to_str().ok());
    let from = referer.and_then(|text| Url::parse(text).ok()).filter(|url| {
        host.is_some_and(|host| url.authority() == host) || url.origin() == app.config.public_url.origin()
    });
    let path = from.map(|url| url[url::Position::BeforePath..url::Position::AfterQuery].to_owned());
    path.filter(|path| !path.starts_with("//")).unwrap_or_else(|| PATH.to_owned())
}

/// Mails it to an address that is forgotten afterwards.
pub async fn mail(
    app: Data<Arc<App>>,
    limit: Data<ChangeLimit>,
    visitor: Visitor,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let typed: Vec<(String, String)> = form_urlencoded::parse(&body).into_owned().collect();
    let email = typed.iter().find(|(key, _)| key == "email").map(|(_, email)| email.trim()).unwrap_or_default();
    let ids = typed.iter().filter(|(key, _)| key == "id").map(|(_, id)| CareServiceId::from_text(id.trim()));
    let ids: Vec<CareServiceId> = ids.take(MOST).collect();
    let done = match EmailAddress::parse(email) {
        None => Err(FieldError::new("email", "Enter an email address, such as name@example.org")),
        Some(to) => {
            limit.check_mail(&app, &request, &visitor, &to)?;
            match send_places::by_mail(&app.db, &app.clock, to, ids.clone()).await {
                Err(Refused::Invalid(invalid)) => Err(FieldError::new("email", invalid.to_string())),
                other => Ok(other?),
            }
        }
    };
    match done {
        Ok(()) => see_other(&format!("{PATH}?done=sent")),
        Err(error) => {
            let list = visitor.shortlist.clone();
            let shown = Shown { list, is_own: true, done: None, errors: &[error], typed: email };
            show(&app, &visitor, shown, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}
