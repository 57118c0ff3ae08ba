//! The API of statistics: how authorities, or one service, stood and what came in, day by day.
//! How days are counted is not decided here.

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::{Days, NaiveDate};
use serde::Serialize;

use crate::app::App;
use crate::domain::answer_time::AnswerTimes;
use crate::domain::authority::AuthorityCode;
use crate::domain::care_service::{CareService, CareServiceId};
use crate::domain::statistics::DayJson;
use crate::domain::view::View;
use crate::http::api_services::answer;
use crate::http::enquiries;
use crate::http::problem::Problem;
use crate::http::query;
use crate::http::visitor::Visitor;
use crate::ops::count_days;

/// Four weeks, if nothing else is asked for; a year and some days at the most.
const USUAL_DAYS: u64 = 28;
const MOST_DAYS: u64 = 400;

#[derive(Serialize)]
struct DayList<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<&'a CareServiceId>,
    from: NaiveDate,
    to: NaiveDate,
    days: Vec<DayJson<'a>>,
    /// How quickly what staff asked in these days was answered; for staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    answers: Option<Vec<AnswersJson>>,
}

#[derive(Serialize)]
struct AnswersJson {
    authority: String,
    #[serde(flatten)]
    times: AnswerTimes,
}

pub async fn list(app: Data<Arc<App>>, visitor: Visitor, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let text = request.query_string();
    query::only(text, &["authority", "service", "from", "to"])?;
    let moment = app.moment();
    let zone = app.config.timezone;
    let authority = authority(&app, text)?;
    let today = zone.day(moment.now);
    let to = day(text, "to")?.unwrap_or(today);
    let usual = to.checked_sub_days(Days::new(USUAL_DAYS - 1)).unwrap_or(to);
    let from = day(text, "from")?.unwrap_or(usual);
    if from > to || to > today {
        return Err(query::bad("from", "\"from\" must not be after \"to\", nor \"to\" after today."));
    }
    if from.checked_add_days(Days::new(MOST_DAYS - 1)).is_some_and(|last| to > last) {
        return Err(query::bad("from", &format!("{MOST_DAYS} days can be asked for at once.")));
    }
    let answers = match visitor.actor.is_staff() {
        true => Some(answers(&app, &visitor, text, (from, to)).await?),
        false => None,
    };
    let (days, view, service) = match service(&app, text)? {
        Some(_) if authority.is_some() => {
            return Err(query::bad("service", "Ask for a \"service\" or for an \"authority\", not for both."));
        }
        Some(service) => {
            let days = count_days::read_service(&app.db, zone, moment, service.id.clone(), (from, to)).await?;
            (days, visitor.actor.view(&service), Some(service.id.clone()))
        }
        None => {
            let days = count_days::read(&app.db, zone, moment, authority, (from, to)).await?;
            (days, if visitor.actor.is_staff() { View::Staff } else { View::Public }, None)
        }
    };
    let days = days.iter().map(|row| DayJson::new(row, view)).collect();
    answer(&visitor.actor, &DayList { service: service.as_ref(), from, to, days, answers })
}

/// By authority, of the authority or service that is asked for.
async fn answers(
    app: &App,
    visitor: &Visitor,
    text: &str,
    (from, to): (NaiveDate, NaiveDate),
) -> Result<Vec<AnswersJson>, Problem> {
    let zone = app.config.timezone;
    let until = zone.moment(to.checked_add_days(Days::new(1)).unwrap_or(to), 0);
    let (only, of) = (service(app, text)?.map(|service| service.id.clone()), authority(app, text)?);
    let times = enquiries::by_authority(app, visitor, (zone.moment(from, 0), until), only).await?;
    let wanted = times.into_iter().filter(|(authority, _)| of.as_ref().is_none_or(|of| of.as_str() == authority));
    Ok(wanted.map(|(authority, times)| AnswersJson { authority, times }).collect())
}

fn service(app: &App, text: &str) -> Result<Option<Arc<CareService>>, Problem> {
    let Some(id) = query::single(text, "service")? else { return Ok(None) };
    let known = app.board.current().get(&CareServiceId::from_text(&*id)).cloned();
    let wrong = || query::bad("service", &format!("We do not know a service with the id {id:?}."));
    Ok(Some(known.ok_or_else(wrong)?))
}

fn authority(app: &App, text: &str) -> Result<Option<AuthorityCode>, Problem> {
    let Some(code) = query::single(text, "authority")? else { return Ok(None) };
    let known = AuthorityCode::parse(&code)
        .filter(|code| app.board.current().authorities().iter().any(|counts| counts.authority.code == *code));
    let wrong = || query::bad("authority", &format!("We do not know an authority with the code {code:?}."));
    Ok(Some(known.ok_or_else(wrong)?))
}

fn day(text: &str, key: &str) -> Result<Option<NaiveDate>, Problem> {
    let Some(day) = query::single(text, key)? else { return Ok(None) };
    let read = NaiveDate::parse_from_str(&day, "%Y-%m-%d");
    read.map(Some).map_err(|_| query::bad(key, &format!("{key:?} must be a date such as 2026-11-30.")))
}
