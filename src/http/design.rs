//! The gallery: every part of our pages in each of its states, drawn by the same macros with data of the
//! demonstration, so that it cannot drift from them. Served in a demonstration only.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use chrono::Duration;
use minijinja::context;
use minijinja::value::{Serde, Value};

use crate::app::App;
use crate::base::stamp::Stamp;
use crate::domain::actor::Actor;
use crate::domain::capacity::{BedLine, Capacity, HoursLine, Line};
use crate::domain::care_service::CareService;
use crate::domain::freshness::Moment;
use crate::domain::words::{AdmissionStatus, Freshness, Kind, Source};
use crate::http::filter_form::json;
use crate::http::page::page;
use crate::http::problem::Problem;
use crate::http::visitor::Visitor;

/// The pages of the gallery, named as the files of `web/pages/parts` that they show.
const SHEETS: [(&str, &str, &str); 7] = [
    ("page", "design/page.html", "Around a page: notices, warnings, ways on"),
    ("service", "design/service.html", "A care service: card, row, figures"),
    ("form", "design/form.html", "Fields of forms, with and without mistakes"),
    ("update", "design/update.html", "The forms of who keeps figures"),
    ("filter", "design/filter.html", "Finding, the map and alerts"),
    ("enquiry", "design/enquiry.html", "Enquiries, claims and signing in"),
    ("admin", "design/admin.html", "The lists of administrators"),
];

pub async fn index(app: Data<Arc<App>>, visitor: Visitor) -> Result<HttpResponse, Problem> {
    if !app.demo {
        return Err(Problem::not_found());
    }
    page(
        &app,
        &visitor,
        "design/index.html",
        context! { sheets => Value::from(Serde(&SHEETS.map(|(name, _, title)| (name, title)))) },
    )
}

pub async fn sheet(app: Data<Arc<App>>, visitor: Visitor, name: Path<String>) -> Result<HttpResponse, Problem> {
    let known = SHEETS.iter().find(|(known, _, _)| *known == name.as_str()).filter(|_| app.demo);
    let (name, template, title) = known.ok_or_else(Problem::not_found)?;
    let now = app.clock.now();
    let own = context! {
        sheet => *name,
        title => *title,
        samples => samples(&app).ok_or_else(Problem::not_found)?,
        now => now.to_string(),
        yesterday => now.minus(Duration::hours(20)).to_string(),
        last_month => now.minus(Duration::days(30)).to_string(),
        soon => now.plus(Duration::hours(48)).to_string(),
    };
    page(&app, &visitor, template, own)
}

/// Two services of the demonstration in every state they can be in.
fn samples(app: &App) -> Option<Value> {
    let (board, moment) = (app.board.current(), app.moment());
    let first = |kind: Kind| {
        let suits = |service: &&Arc<CareService>| {
            let capacity = &service.capacity;
            service.facts.kind == kind
                && service.facts.phone.is_some()
                && capacity.vacant() > 1
                && capacity.lines.len() > 1
        };
        board.all().find(suits).cloned()
    };
    let (home, agency) = (first(Kind::CareHome)?, first(Kind::HomeCare)?);
    let everybody = Visitor::public();
    let staff = Visitor { actor: Actor::system("gallery"), ..Visitor::public() };
    let shown = |service: CareService, visitor: &Visitor| json(&Arc::new(service), visitor, &moment, None);
    let states: Vec<Value> = states(&home, &moment)
        .into_iter()
        .map(|(name, service)| context! { name => name, service => shown(service, &everybody) })
        .collect();
    let mut by_phone = CareService::clone(&home);
    by_phone.capacity.source = Some(Source::Phone);
    by_phone.capacity.confirmed_by = Some("staff of Wessex".to_owned());
    Some(context! {
        states => states,
        home => shown(CareService::clone(&home), &everybody),
        agency => shown(CareService::clone(&agency), &everybody),
        near => json(&home, &everybody, &moment, Some(3.4)),
        long => shown(long(&home), &everybody),
        private => shown(CareService::clone(&home), &staff),
        by_phone => shown(by_phone, &staff),
    })
}

/// Every traffic light, and figures of every age.
fn states(home: &CareService, moment: &Moment) -> Vec<(&'static str, CareService)> {
    let with = |alter: &dyn Fn(&mut Capacity)| {
        let mut service = home.clone();
        (service.capacity.status, service.capacity.closed_until) = (AdmissionStatus::Open, None);
        service.capacity.confirmed_at = Some(moment.now.minus(Duration::minutes(5)));
        alter(&mut service.capacity);
        service
    };
    let aged = |age: Freshness| Some(at_age(moment, age));
    vec![
        ("Vacancies, confirmed just now", with(&|_| {})),
        ("Vacancies, figures ageing", with(&|capacity| capacity.confirmed_at = aged(Freshness::Ageing))),
        ("Full", with(&|capacity| capacity.lines.iter_mut().for_each(fill))),
        ("On request", with(&|capacity| capacity.status = AdmissionStatus::OnRequest)),
        ("Closed to admissions", with(&|capacity| capacity.status = AdmissionStatus::Closed)),
        ("Not confirmed for long", with(&|capacity| capacity.confirmed_at = aged(Freshness::Stale))),
        ("Never told", with(&|capacity| *capacity = Capacity::default())),
    ]
}

/// A time at which figures of this age were confirmed.
fn at_age(moment: &Moment, age: Freshness) -> Stamp {
    let limits = moment.limits;
    moment.now.minus(match age {
        Freshness::Fresh => Duration::zero(),
        Freshness::Ageing => limits.fresh_under + Duration::hours(1),
        Freshness::Stale | Freshness::Never => limits.ageing_under + Duration::days(2),
    })
}

/// With nothing free.
fn fill(line: &mut Line) {
    match line {
        Line::Bed(BedLine { occupied, accepting, .. }) => {
            *occupied += *accepting;
            *accepting = 0;
        }
        Line::Hours(HoursLine { hours_available, .. }) => *hours_available = 0,
    }
}

/// As long as names and addresses get, and with as little else as a register may hold.
fn long(home: &CareService) -> CareService {
    let mut service = home.clone();
    service.facts.name = "The Llanfairpwllgwyngyll and Saint Bartholomew-on-the-Hill Residential Nursing Home for \
                          Retired Lighthouse Keepers and Their Dependants"
        .to_owned();
    service.facts.phone = None;
    service.facts.rating = None;
    service.facts.location = None;
    service.facts.care_types.clear();
    service
}
