//! The page that pays back: how a service was met, how it compares, its history and chart, and the
//! numbers for the national return. What is counted and compared is decided below.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use minijinja::context;
use minijinja::value::{Serde, Value};

use crate::app::App;
use crate::base::text;
use crate::domain::care_service::CareServiceId;
use crate::domain::filter::Filter;
use crate::domain::interest::{DAYS, calls_saved};
use crate::domain::national_return::{Window, figures};
use crate::domain::words::Kind;
use crate::http::page::page;
use crate::http::problem::Problem;
use crate::http::telling;
use crate::http::visitor::Visitor;
use crate::ops::service_record::{self, Day, Entry, Record};

/// The chart's size, in the units of its own drawing.
const WIDTH: u32 = 560;
const HEIGHT: u32 = 140;

pub async fn show(app: Data<Arc<App>>, visitor: Visitor, id: Path<String>) -> Result<HttpResponse, Problem> {
    let id: CareServiceId = telling::updatable(&app, &visitor, &id)?.id.clone();
    let moment = app.moment();
    let all = app.board.current().matching(&Filter::default(), &moment);
    let at = (app.config.timezone, moment.now);
    let record = service_record::look(&app.db, at, visitor.actor.clone(), id, all).await?;
    let service = &record.service;
    let age = service.capacity.confirmed_at.map(|at| moment.now.since(at).num_hours().unsigned_abs());
    let own = context! {
        id => service.id.as_str(),
        name => service.facts.name.as_str(),
        is_home => service.facts.kind == Kind::CareHome,
        authority => service.facts.authority.name.as_str(),
        days => DAYS,
        met => context! {
            found => record.interest.found,
            seen => record.interest.seen,
            enquiries => record.enquiries,
            calls_saved => calls_saved(record.interest, record.enquiries),
            age => age.map(lasting),
        },
        like => context! {
            services => record.like.services,
            found => record.like.found,
            seen => record.like.seen,
            age => record.like.age_hours.map(lasting),
        },
        history => record.history.iter().map(entry).collect::<Vec<_>>(),
        chart => chart(&record),
        national => national(&app, &record),
    };
    page(&app, &visitor, "record.html", own)
}

/// Hours in words.
fn lasting(hours: u64) -> String {
    match hours {
        0 => "less than an hour".to_owned(),
        1..48 => text::count(hours, "hour", "hours"),
        _ => text::count(hours / 24, "day", "days"),
    }
}

fn entry(entry: &Entry) -> Value {
    context! {
        at => entry.at.to_string(),
        actor => entry.actor.as_str(),
        source => entry.source.map(|source| source.label()),
        words => Value::from(Serde(&entry.words)),
    }
}

/// Vacancies day by day as one stepped line, and the same as rows of a table.
fn chart(record: &Record) -> Value {
    let days = &record.days;
    let most = days.iter().filter_map(|day| day.vacant).max().unwrap_or(0).max(1);
    let step = WIDTH / u32::try_from(days.len()).unwrap_or(u32::MAX).max(1);
    let mut path = String::new();
    let mut is_drawn = false;
    for (number, day) in (0..).zip(days) {
        if let Some(vacant) = day.vacant {
            let (x, y) = (number * step, HEIGHT - vacant * HEIGHT / most);
            path.push_str(&if is_drawn { format!("V{y}H{}", x + step) } else { format!("M{x} {y}H{}", x + step) });
        }
        is_drawn = day.vacant.is_some();
    }
    let row = |day: &Day| {
        context! { day => day.day.to_string(), vacant => day.vacant, occupied => day.occupied }
    };
    context! {
        path => path,
        most => most,
        width => WIDTH,
        height => HEIGHT,
        rows => days.iter().rev().map(row).collect::<Vec<_>>(),
    }
}

fn national(app: &App, record: &Record) -> Value {
    let today = app.config.timezone.day(app.clock.now());
    let window = Window::on(today);
    let rows: Vec<Value> = figures(&record.service.capacity)
        .into_iter()
        .map(|(bed_type, four)| context! { bed_type => bed_type.label(), four => Value::from(Serde(&four)) })
        .collect();
    context! {
        rows => rows,
        opens => window.opens.to_string(),
        closes => window.closes.to_string(),
        is_open => window.is_open(today),
    }
}
