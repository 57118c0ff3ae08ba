//! The results of a search as a map: what the template draws, in units of the drawing. A plain picture of links from
//! the server: it needs no script, no tiles and nobody else's machine. What matches is the board's business.

mod dots;
mod groups;

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::context;
use minijinja::value::Value;
use url::form_urlencoded;

use crate::base::local;
use crate::base::text;
use crate::board::Snapshot;
use crate::domain::care_service::CareService;
use crate::domain::filter::{Filter, Near};
use crate::domain::freshness::Moment;
use crate::domain::outline::Outline;
use crate::domain::place::Point;
use crate::domain::plan::{MILES_A_DEGREE, Plan, WIDTH};
use crate::domain::state::State;
use crate::domain::words::Kind;
use crate::http::filter_form::{address, json};
use crate::http::visitor::Visitor;

use dots::Dot;
use groups::{Group, Level, MOST_DOTS};

/// More than these below a map nobody reads: a dot opens to fewer.
const MOST_LISTED: usize = 100;
/// Half the length of the cross at the place asked for, in units, with some air.
const CROSS: f64 = 6.0;

/// The key of the page's own by which a dot is opened.
pub const AT: &str = "at";

/// The map of the services that match, or of those of the dot `at`; `path` is the page as a map.
pub fn context(
    snapshot: &Snapshot,
    visitor: &Visitor,
    filter: &Filter,
    moment: &Moment,
    outlines: &[Outline],
    (path, at): (&str, Option<&str>),
) -> Value {
    let all = snapshot.matching(filter, moment);
    let here = |service: &&Arc<CareService>| at.is_none_or(|key| groups::belongs(service, key));
    let (placed, unplaced): (Vec<_>, Vec<_>) =
        all.iter().filter(here).cloned().partition(|service| service.facts.location.is_some());
    let page = address(path, &filter.query());
    let whole = at.map(|key| context! { name => key, href => page.as_str() });
    let listed = placed.len() + unplaced.len() <= if at.is_some() { MOST_LISTED } else { MOST_DOTS };
    let shown = placed.iter().chain(&unplaced).filter(|_| listed);
    let services = shown.map(|service| json(service, visitor, moment, filter.distance(service)));
    let drawing = draw(&placed, filter.near.as_ref().filter(|_| at.is_none()), moment, outlines, &page);
    context! {
        map => drawing,
        map_at => whole,
        map_services => services.collect::<Value>(),
        map_unplaced => unplaced.len(),
    }
}

/// Nothing to draw, if nobody has a place.
fn draw(
    placed: &[Arc<CareService>],
    near: Option<&Near>,
    moment: &Moment,
    outlines: &[Outline],
    page: &str,
) -> Option<Value> {
    let points = placed.iter().filter_map(|service| service.facts.location).map(|location| location.point);
    let plan = Plan::around(points.chain(near.into_iter().flat_map(edges)))?;
    let (level, groups) = groups::group(placed);
    let mut dots: Vec<Dot> = groups.iter().filter_map(|group| place(group, &plan)).collect();
    let cross = near.map(|near| plan.at(near.point)).map(|(x, y)| Dot { x, y, r: CROSS });
    dots::apart(&mut dots, cross, plan.height);
    let mut taken = Vec::new();
    let named = names(level, &groups, &dots);
    let links = groups.iter().zip(&dots).zip(&named).map(|((group, dot), name)| {
        let place = name.as_deref().and_then(|name| dots::name_below(dot, name, &dots, &mut taken, plan.height));
        link(level, group, dot, name.as_deref().zip(place), moment, page)
    });
    let circle = near.map(|near| {
        let (x, y) = plan.at(near.point);
        context! { x => fine(x), y => fine(y), r => fine(near.within * plan.units_a_mile()), name => near.place.text(), within => miles(near.within) }
    });
    let bar = plan.bar_miles();
    let seen: Vec<&Outline> = outlines.iter().filter(|outline| is_seen(outline, &plan)).collect();
    let mut sources: Vec<String> = seen.iter().map(|outline| outline.source.clone()).collect();
    sources.sort_unstable();
    sources.dedup();
    Some(context! {
        links => links.collect::<Value>(),
        width => WIDTH,
        height => fine(plan.height),
        land => seen.iter().map(|outline| path(outline, &plan)).collect::<Value>(),
        circle => circle,
        bar => context! { length => fine(bar * plan.units_a_mile()), miles => miles(bar) },
        each => level.words(),
        is_grouped => level != Level::Service,
        total => placed.len(),
        sources => sources,
    })
}

/// North, south, east and west of a circle on the ground.
fn edges(near: &Near) -> [Point; 4] {
    let Point { lat, lon } = near.point;
    let (up, side) = (near.within / MILES_A_DEGREE, near.within / MILES_A_DEGREE / lat.to_radians().cos().max(0.01));
    [(lat + up, lon), (lat - up, lon), (lat, lon + side), (lat, lon - side)].map(|(lat, lon)| Point { lat, lon })
}

fn place(group: &Group, plan: &Plan) -> Option<Dot> {
    let (x, y) = plan.at(group.middle()?);
    Some(Dot { x, y, r: dots::radius(group.members.len()) })
}

/// What is to stand below each dot: its district, or its town without the authority that its neighbours share. Where each
/// service has a dot, the district once, below its southernmost.
fn names(level: Level, groups: &[Group], dots: &[Dot]) -> Vec<Option<String>> {
    if level != Level::Service {
        return groups.iter().map(|group| group.key.split(',').next().map(str::to_owned)).collect();
    }
    let district = |group: &Group| group.members.first().and_then(|service| service.facts.address.district());
    let mut lowest: BTreeMap<String, usize> = BTreeMap::new();
    for (at, group) in groups.iter().enumerate() {
        let Some(name) = district(group) else { continue };
        let known = lowest.entry(name).or_insert(at);
        if dots[at].y > dots[*known].y {
            *known = at;
        }
    }
    groups.iter().enumerate().map(|(at, group)| district(group).filter(|name| lowest.get(name) == Some(&at))).collect()
}

fn link(
    level: Level,
    group: &Group,
    dot: &Dot,
    below: Option<(&str, (f64, f64))>,
    moment: &Moment,
    page: &str,
) -> Value {
    let states: Vec<State> = group.members.iter().map(|service| state(service, moment)).collect();
    let best = states.iter().min().copied().unwrap_or(State::Never);
    let (href, name, mark) = match (level, group.members.as_slice()) {
        (Level::Service, [service]) => {
            (format!("/services/{}", service.id), said(service, best, moment), mark(service, best))
        }
        (Level::Service | Level::District | Level::Town | Level::Area, _) => {
            let query = form_urlencoded::Serializer::new(String::new()).append_pair(AT, &group.key).finish();
            let free = states.iter().filter(|state| **state == State::Vacancies).count() as u64;
            let count = group.members.len() as u64;
            let name = format!(
                "{}: {}, {} with vacancies",
                group.key,
                text::count(count, "care service", "care services"),
                if free == 0 { "none".to_owned() } else { text::grouped(free) }
            );
            (format!("{}#map", address(page, &query)), name, text::grouped(count))
        }
    };
    let label = below.map(|(text, (x, y))| context! { text => text, x => fine(x), y => fine(y) });
    context! {
        x => fine(dot.x), y => fine(dot.y), r => fine(dot.r), foot => fine(dot.y + 4.0),
        look => best.look(), href => href, name => name, mark => mark, label => label,
    }
}

fn state(service: &CareService, moment: &Moment) -> State {
    let capacity = &service.capacity;
    State::of(capacity.status, capacity.vacant().into(), capacity.freshness(moment))
}

/// A service in words, for who does not see the map.
fn said(service: &CareService, state: State, moment: &Moment) -> String {
    let lasting = service.capacity.confirmed_at.map_or_else(String::new, |at| local::lasting(moment.now, at));
    let vacant = u64::from(service.capacity.vacant());
    let places = match service.facts.kind {
        Kind::CareHome => text::count(vacant, "vacancy", "vacancies"),
        Kind::HomeCare => text::count(vacant, "hour a week", "hours a week"),
    };
    let words = state.words(&lasting);
    // What stands in the dot is part of its name: who speaks to their computer says what they see.
    let what = match state {
        State::Vacancies => places,
        State::Full => format!("{words}, {places}"),
        State::OnRequest | State::Closed | State::Stale | State::Never => words,
    };
    match &service.facts.address.town {
        Some(town) => format!("{}, {town}: {what}", service.facts.name),
        None => format!("{}: {what}", service.facts.name),
    }
}

/// What stands in the dot of one service, so that its colour is not alone. The legend says the same.
fn mark(service: &CareService, state: State) -> String {
    match state {
        State::Vacancies => service.capacity.vacant().to_string(),
        State::OnRequest => "?".to_owned(),
        State::Full => "0".to_owned(),
        State::Closed => "×".to_owned(),
        State::Stale | State::Never => "–".to_owned(),
    }
}

/// Whether any of it is within the drawing.
fn is_seen(outline: &Outline, plan: &Plan) -> bool {
    outline.rings.iter().any(|ring| {
        let places = ring.iter().map(|point| plan.at(*point));
        let frame = places.fold([f64::MAX, f64::MAX, f64::MIN, f64::MIN], |f, (x, y)| {
            [f[0].min(x), f[1].min(y), f[2].max(x), f[3].max(y)]
        });
        frame[0] < WIDTH && frame[2] > 0.0 && frame[1] < plan.height && frame[3] > 0.0
    })
}

fn path(outline: &Outline, plan: &Plan) -> Value {
    let mut line = String::new();
    for ring in &outline.rings {
        for (at, point) in ring.iter().enumerate() {
            let (x, y) = plan.at(*point);
            line += &format!("{}{:.1} {:.1}", if at == 0 { "M" } else { "L" }, x, y);
        }
        line.push('Z');
    }
    context! { d => line, name => outline.name.as_str() }
}

/// `1 mile`, `0.5 miles`.
fn miles(number: f64) -> String {
    format!("{number} {}", if number == 1.0 { "mile" } else { "miles" })
}

/// As fine as a screen shows.
fn fine(units: f64) -> f64 {
    (units * 10.0).round() / 10.0
}
