//! The page on which administrators write down a figure of the guides: its value, its period and where
//! they read it. What is printed on which day is decided in `guide/facts.rs`.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use chrono::{Datelike, NaiveDate};
use minijinja::context;
use minijinja::value::{Serde, Value};
use serde::Serialize;
use url::form_urlencoded;

use crate::app::App;
use crate::domain::guide_text::{Area, Edit};
use crate::guide::edited::FIGURES;
use crate::guide::facts::{Confidence, Fact, Unit, Value as Known};
use crate::guide::texts::Texts;
use crate::http::admin::administrator;
use crate::http::admin::guides::{Asked, address, of_area, texts_in};
use crate::http::page::{FieldError, page_with, see_other};
use crate::http::problem::Problem;
use crate::http::telling::today;
use crate::http::update::typed::date;
use crate::http::visitor::Visitor;
use crate::ops::{Refused, edit_guide};

/// A figure is a number, a phone number or a few words.
const LONGEST_VALUE: usize = 60;
const LONGEST_SOURCE: usize = 400;

/// How sure somebody can be, in words.
const SURE: [(Confidence, &str); 4] = [
    (Confidence::Official, "I read it in law, or on a page of the body that sets it"),
    (Confidence::Announced, "I read it in that body's announcement"),
    (Confidence::Secondary, "I read it elsewhere, in places that agree"),
    (Confidence::Verify, "I am not sure: do not print it"),
];

/// The form as it was typed.
#[derive(Default, Serialize)]
struct Typed {
    value: String,
    from: [String; 3],
    until: [String; 3],
    confidence: String,
    source: String,
}

impl Typed {
    fn of(fact: &Fact) -> Self {
        let day = |day: Option<NaiveDate>| {
            day.map_or_else(Default::default, |day| {
                [day.day().to_string(), day.month().to_string(), day.year().to_string()]
            })
        };
        Self {
            value: match &fact.value {
                Known::Number(number) => number.to_string(),
                Known::Text(words) => words.clone(),
                Known::Unknown(()) => String::new(),
            },
            from: day(fact.from),
            until: day(fact.until),
            confidence: word(fact.confidence),
            source: fact.source.clone(),
        }
    }

    fn read(body: &[u8]) -> Self {
        let mut typed = Self::default();
        for (key, value) in form_urlencoded::parse(body) {
            let value = value.trim().to_owned();
            match key.as_ref() {
                "value" => typed.value = value,
                "from-day" => typed.from[0] = value,
                "from-month" => typed.from[1] = value,
                "from-year" => typed.from[2] = value,
                "until-day" => typed.until[0] = value,
                "until-month" => typed.until[1] = value,
                "until-year" => typed.until[2] = value,
                "confidence" => typed.confidence = value,
                "source" => typed.source = value,
                _ => {}
            }
        }
        typed
    }

    /// The fact as it is now known, or every mistake.
    fn parse(&self, fact: &Fact, today: NaiveDate) -> Result<Fact, Vec<FieldError>> {
        let mut errors = Vec::new();
        let value = value(&self.value, fact.unit).unwrap_or_else(|text| {
            errors.push(FieldError::new("value", text));
            Known::Unknown(())
        });
        let mut day = |field: &str, typed: &[String; 3]| {
            let day = date([&typed[0], &typed[1], &typed[2]])?.as_str().map(str::parse);
            let day = day.and_then(Result::ok);
            if day.is_none() {
                errors.push(FieldError::new(field, "Enter a real date"));
            }
            day
        };
        let (from, until) = (day("from", &self.from), day("until", &self.until));
        if let (Some(from), Some(until)) = (from, until)
            && from > until
        {
            errors.push(FieldError::new("until", "The last day must not be before the first"));
        }
        let confidence = SURE.iter().map(|(sure, _)| *sure).find(|sure| word(*sure) == self.confidence);
        if confidence.is_none() {
            errors.push(FieldError::new("confidence", "Choose how sure you are"));
        }
        if self.source.is_empty() || self.source.chars().count() > LONGEST_SOURCE {
            errors.push(FieldError::new("source", "Enter where you read it, such as the address of the page"));
        }
        match confidence.filter(|_| errors.is_empty()) {
            Some(confidence) => {
                let source = self.source.clone();
                Ok(Fact { value, from, until, confidence, source, read_on: today, ..fact.clone() })
            }
            None => Err(errors),
        }
    }
}

fn word(confidence: Confidence) -> String {
    serde_json::to_value(confidence).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

/// A value of this unit as people type it; blank is not known.
fn value(typed: &str, unit: Unit) -> Result<Known, &'static str> {
    if typed.is_empty() {
        return Ok(Known::Unknown(()));
    }
    if unit == Unit::Phone {
        let is_phone = typed.len() <= LONGEST_VALUE && typed.chars().all(|c| c.is_ascii_digit() || " +()-".contains(c));
        return if is_phone { Ok(Known::Text(typed.to_owned())) } else { Err("Enter a phone number") };
    }
    let plain: String = typed.chars().filter(|c| !c.is_whitespace() && !",£".contains(*c)).collect();
    let number = plain.parse::<f64>().ok().filter(|number| (0.0..10_000_000.0).contains(number));
    number.map(Known::Number).ok_or("Enter a number, such as 267.68, or leave it empty if nobody knows it")
}

pub async fn page(app: Data<Arc<App>>, visitor: Visitor, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let visitor = administrator(visitor)?;
    let asked = Asked::read(request.query_string().as_bytes());
    let area = asked.area(&app, &visitor.actor)?;
    let (texts, _) = texts_in(&app, visitor.actor.clone(), &area).await?;
    let fact = known(&texts, &asked.name)?;
    show(&app, &visitor, (&area, &fact), StatusCode::OK, &Typed::of(&fact), context! {}).await
}

pub async fn save(app: Data<Arc<App>>, visitor: Visitor, body: Bytes) -> Result<HttpResponse, Problem> {
    let visitor = administrator(visitor)?;
    let asked = Asked::read(&body);
    let area = asked.area(&app, &visitor.actor)?;
    let (texts, _) = texts_in(&app, visitor.actor.clone(), &area).await?;
    let fact = known(&texts, &asked.name)?;
    let typed = Typed::read(&body);
    let words = match (asked.is_shipped(), typed.parse(&fact, today(&app))) {
        (true, _) => None,
        (false, Ok(fact)) => Some(serde_json::to_string(&fact).map_err(|error| Problem::broken(&error))?),
        (false, Err(errors)) => {
            let own = context! { errors => Value::from(Serde(&errors)) };
            return show(&app, &visitor, (&area, &fact), StatusCode::UNPROCESSABLE_ENTITY, &typed, own).await;
        }
    };
    let edit = Edit { area: area.clone(), name: name(&fact), based_on: asked.based_on(), words };
    match edit_guide::run(&app.db, &app.clock, visitor.actor.clone(), edit).await {
        Ok(_) => see_other(&address("", &area, "")),
        Err(Refused::Stale(_)) => {
            let (texts, _) = texts_in(&app, visitor.actor.clone(), &area).await?;
            let theirs = known(&texts, &asked.name)?;
            let shown = texts.facts().figure(&theirs.key, today(&app)).map(|figure| figure.full);
            let own = context! { theirs => shown.unwrap_or_else(|| "not known".to_owned()) };
            show(&app, &visitor, (&area, &theirs), StatusCode::CONFLICT, &typed, own).await
        }
        Err(other) => Err(other.into()),
    }
}

fn known(texts: &Texts, key: &str) -> Result<Fact, Problem> {
    texts.facts().get(key).cloned().ok_or_else(Problem::not_found)
}

fn name(fact: &Fact) -> String {
    format!("{FIGURES}{}", fact.key)
}

async fn show(
    app: &Data<Arc<App>>,
    visitor: &Visitor,
    (area, fact): (&Area, &Fact),
    status: StatusCode,
    typed: &Typed,
    own: Value,
) -> Result<HttpResponse, Problem> {
    let versions = edit_guide::history(&app.db, visitor.actor.clone(), area.clone(), name(fact)).await?;
    let last = versions.first();
    let shown = versions.iter().map(|saved| {
        let fact = saved.words.as_deref().and_then(|words| serde_json::from_str::<Fact>(words).ok());
        context! {
            at => saved.made_at.to_string(),
            by => saved.made_by.as_str(),
            value => fact.map(|fact| Typed::of(&fact).value),
        }
    });
    let choices: Vec<(String, &str)> = SURE.iter().map(|(sure, text)| (word(*sure), *text)).collect();
    let always = context! {
        name => fact.key.as_str(),
        what => fact.what.as_str(),
        is_phone => fact.unit == Unit::Phone,
        is_money => matches!(fact.unit, Unit::Pounds | Unit::PoundsAWeek),
        why => fact.overdue(today(app)).map(|overdue| overdue.why),
        form => Value::from(Serde(typed)),
        sure => Value::from(Serde(&choices)),
        based_on => last.map_or(0, |last| last.version),
        is_edited => last.is_some_and(|last| last.words.is_some()),
        versions => shown.collect::<Vec<_>>(),
        errors => Vec::<Value>::new(),
        ..of_area(app, &visitor.actor, area)
    };
    page_with(status, app, visitor, "admin_guide_figure.html", context! { ..own, ..always })
}
