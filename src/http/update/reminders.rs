//! The page on which a service's managers choose when they are reminded, until when they are full, and
//! when they get their weekly mail. What choices make sense is decided in `domain/reminder.rs`.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use chrono::Datelike;
use minijinja::context;
use minijinja::value::{Serde, Value};
use serde::Serialize;
use url::form_urlencoded;

use crate::app::App;
use crate::domain::care_service::CareService;
use crate::domain::filter::Filter;
use crate::domain::invalid::Invalid;
use crate::domain::person::PersonId;
use crate::domain::reminder::{Rules, WEEKDAYS, Wishes};
use crate::http::page::{FieldError, page_with, see_other};
use crate::http::problem::Problem;
use crate::http::telling;
use crate::http::update::typed::date;
use crate::http::visitor::Visitor;
use crate::ops::remind::Known;
use crate::ops::{Refused, change_wishes};
use crate::store::{reminders, week_letters};

/// The query of the page after saving.
const SAVED: &str = "saved=yes";

/// The form as typed.
#[derive(Default, Serialize)]
struct Typed {
    from: String,
    until: String,
    weekdays: Vec<String>,
    bank_holidays: bool,
    day: String,
    month: String,
    year: String,
    /// "stop" or "start", of one's own reminders, or "week"; and nothing else is changed then.
    mine: String,
    /// The hour of the weekly mail; "" for none.
    week_hour: String,
}

impl Typed {
    fn of(wishes: &Wishes) -> Self {
        let number = |part: Option<u32>| part.map(|part| part.to_string()).unwrap_or_default();
        let day = wishes.full_until;
        Self {
            from: wishes.from.to_string(),
            until: wishes.until.to_string(),
            weekdays: (0..7).filter(|day| wishes.weekdays[*day]).map(|day| day.to_string()).collect(),
            bank_holidays: wishes.bank_holidays,
            day: number(day.map(|day| day.day())),
            month: number(day.map(|day| day.month())),
            year: number(day.map(|day| day.year().unsigned_abs())),
            mine: String::new(),
            week_hour: String::new(),
        }
    }

    fn read(body: &[u8]) -> Self {
        let mut typed = Self::default();
        for (key, value) in form_urlencoded::parse(body) {
            let value = value.trim().to_owned();
            match key.as_ref() {
                "from" => typed.from = value,
                "until" => typed.until = value,
                "weekdays" => typed.weekdays.push(value),
                "bank_holidays" => typed.bank_holidays = !value.is_empty(),
                "full_until-day" => typed.day = value,
                "full_until-month" => typed.month = value,
                "full_until-year" => typed.year = value,
                "mine" => typed.mine = value,
                "week_hour" => typed.week_hour = value,
                _ => {}
            }
        }
        typed
    }

    fn wishes(&self) -> Result<Wishes, Invalid> {
        let hour = |field: &str, typed: &str| {
            let read = typed.parse::<u32>().ok().filter(|hour| *hour <= 24);
            read.ok_or_else(|| Invalid::one(field, "bad_hour", "Choose an hour from the list."))
        };
        let full_until = match date([&self.day, &self.month, &self.year]) {
            None => None,
            Some(day) => {
                let read = day.as_str().and_then(|day| day.parse().ok());
                Some(read.ok_or_else(|| Invalid::one("full_until", "bad_date", "Enter a real date."))?)
            }
        };
        let mut weekdays = [false; 7];
        for (day, wanted) in weekdays.iter_mut().enumerate() {
            *wanted = self.weekdays.contains(&day.to_string());
        }
        let (from, until) = (hour("from", &self.from)?, hour("until", &self.until)?);
        Ok(Wishes { from, until, weekdays, bank_holidays: self.bank_holidays, full_until })
    }
}

pub async fn page(
    app: Data<Arc<App>>,
    visitor: Visitor,
    id: Path<String>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let service = telling::updatable(&app, &visitor, &id)?;
    let wishes = {
        let id = service.id.clone();
        app.db.read(move |c| reminders::wishes(c, &id)).await?
    };
    let own = match request.query_string() {
        SAVED => context! { notice => context! { text => "Saved." } },
        _ => context! {},
    };
    form_page(&app, &visitor, &service, &Typed::of(&wishes), &[], (StatusCode::OK, own)).await
}

pub async fn submit(
    app: Data<Arc<App>>,
    visitor: Visitor,
    id: Path<String>,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    let service = telling::updatable(&app, &visitor, &id)?;
    let typed = Typed::read(&body);
    let done = match (typed.mine.as_str(), person(&visitor)) {
        ("stop", Some(person)) => change_wishes::stop(&app.db, &app.clock, person).await,
        ("start", Some(person)) => change_wishes::start(&app.db, person).await,
        ("week", Some(person)) => {
            // What is no hour is none of the list.
            let hour = (!typed.week_hour.is_empty()).then(|| typed.week_hour.parse().unwrap_or(u32::MAX));
            change_wishes::week(&app.db, person, hour).await
        }
        _ => {
            let today = app.config.timezone.day(app.clock.now());
            match typed.wishes() {
                Err(invalid) => Err(invalid.into()),
                Ok(wishes) => {
                    let actor = visitor.actor.clone();
                    change_wishes::of_service(&app.db, &app.clock, actor, service.id.clone(), (wishes, today)).await
                }
            }
        }
    };
    match done {
        Ok(()) => see_other(&format!("/update/{}/reminders?{SAVED}", service.id)),
        Err(Refused::Invalid(invalid)) => {
            let text = |detail: &str| detail.trim_end_matches('.').to_owned();
            let errors: Vec<FieldError> =
                invalid.mistakes().iter().map(|wrong| FieldError::new(&*wrong.pointer, text(&wrong.detail))).collect();
            form_page(&app, &visitor, &service, &typed, &errors, (StatusCode::UNPROCESSABLE_ENTITY, context! {})).await
        }
        Err(other) => Err(other.into()),
    }
}

fn person(visitor: &Visitor) -> Option<PersonId> {
    visitor.signed_in.as_ref().map(|signed_in| signed_in.person.id.clone())
}

async fn form_page(
    app: &App,
    visitor: &Visitor,
    service: &Arc<CareService>,
    typed: &Typed,
    errors: &[FieldError],
    (status, said): (StatusCode, Value),
) -> Result<HttpResponse, Problem> {
    let moment = app.moment();
    let rules = Rules::of(moment.limits);
    let (all, of, who) = (app.board.current().matching(&Filter::default(), &moment), service.clone(), person(visitor));
    let usual = app.config.digest_hour;
    let (wrong_at, rate, own) = app
        .db
        .read(move |c| {
            let known = Known::read(c, &all)?;
            let own = match who {
                Some(who) => Some((reminders::is_stopped(c, &who)?, week_letters::of_person(c, &who)?.0)),
                None => None,
            };
            Ok::<_, Problem>((known.wrong_at(&of, &rules), known.rate(&of), own))
        })
        .await?;
    let hours = |first: u32, last: u32| -> Vec<(String, String)> {
        (first..=last).map(|hour| (hour.to_string(), hour_words(hour))).collect()
    };
    let week_hour = own.map(|(_, wish)| match wish.stopped {
        true => String::new(),
        false => wish.hour.unwrap_or(usual).to_string(),
    });
    let weekdays: Vec<(String, &str)> = (0..7).map(|day| (day.to_string(), WEEKDAYS[day])).collect();
    let own = context! {
        id => service.id.as_str(),
        name => service.facts.name.as_str(),
        form => Value::from(Serde(typed)),
        errors => Value::from(Serde(&errors)),
        first_hours => Value::from(Serde(&hours(0, 23))),
        last_hours => Value::from(Serde(&hours(1, 24))),
        weekdays => Value::from(Serde(&weekdays)),
        every => format!("{:.0}", (1.0 / rate).max(1.0)),
        wrong_at => wrong_at.map(|at| at.to_string()),
        is_wrong => wrong_at.is_none_or(|at| at <= moment.now),
        stopped => own.map(|(stopped, _)| stopped),
        week_hour => week_hour,
        ..said
    };
    page_with(status, app, visitor, "reminders.html", own)
}

/// `9am`, `12pm`, `midnight`
fn hour_words(hour: u32) -> String {
    match hour {
        0 | 24 => "midnight".to_owned(),
        1..12 => format!("{hour}am"),
        12 => "12pm".to_owned(),
        _ => format!("{}pm", hour - 12),
    }
}
