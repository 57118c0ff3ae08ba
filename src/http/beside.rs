//! What a page of results says beside them: how many each choice would give, what to ask less of when nothing is found,
//! which places may be meant, and who matches but for a place that nobody knows. What matches is the board's business.

use minijinja::context;
use minijinja::value::{Serde, Value};
use serde::Serialize;
use url::form_urlencoded;

use crate::app::App;
use crate::base::text;
use crate::board::{Facets, Snapshot, Town};
use crate::domain::filter::Filter;
use crate::domain::filter_text::KEYS;
use crate::domain::freshness::Moment;
use crate::domain::place::Place;
use crate::domain::relax::{self, Relaxed};
use crate::http::filter_form::{address, json};
use crate::http::problem::Problem;
use crate::http::visitor::Visitor;
use crate::store::places;

/// More than these in one list without a distance nobody reads; the number of all of them is said.
const MOST_UNPLACED: usize = 20;
/// A town's name has fewer meanings than this in all of England.
const MOST_OFFERS: usize = 8;

/// Another place that may be meant: words for it, and what `near` would then be.
pub struct Offer {
    text: String,
    near: String,
}

/// What may be meant by a place that nobody knows: the district of a postcode, the towns of a name.
pub async fn places_meant(app: &App, typed: &str) -> Result<Vec<Offer>, Problem> {
    match Place::parse(typed) {
        Some(Place::Postcode(postcode)) => {
            let district = postcode.district().to_owned();
            let known = app.db.read(move |c| places::get(c, &district)).await?;
            let offer = |district: String| Offer { text: format!("The whole district {district}"), near: district };
            Ok(known.into_iter().map(|known| offer(known.district)).collect())
        }
        Some(Place::District(_) | Place::Point(_)) => Ok(Vec::new()),
        None => {
            let towns = app.board.current().towns_named(typed, &app.moment()).into_iter().take(MOST_OFFERS);
            let offer = |town: Town| {
                let district = town.district?;
                let services = text::count(town.services as u64, "care service", "care services");
                Some(Offer {
                    text: format!("{}, {} ({district}): {services}", town.name, town.authority.name),
                    near: district,
                })
            };
            Ok(towns.filter_map(offer).collect())
        }
    }
}

/// The same page with each place that may be meant.
pub fn offered(offers: &[Offer], typed: &[(String, String)], path: &str) -> Value {
    let href = |near: &str| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (key, value) in typed.iter().filter(|(key, value)| KEYS.contains(&key.as_str()) && !value.trim().is_empty())
        {
            query.append_pair(key, if key == "near" { near } else { value });
        }
        address(path, &query.finish())
    };
    offers.iter().map(|offer| context! { text => offer.text.as_str(), href => href(&offer.near) }).collect()
}

/// All of it, for a page that shows the results of a filter. `last` says whether its last results are shown.
pub fn results(
    snapshot: &Snapshot,
    visitor: &Visitor,
    filter: &Filter,
    moment: &Moment,
    (path, total, last): (&str, usize, bool),
) -> Value {
    let found = if total == 0 { relax::relaxed(filter, |less| snapshot.count(less, moment)) } else { Vec::new() };
    let unplaced = snapshot.matching_but_for_place(filter, moment);
    let shown = unplaced.iter().filter(|_| last).take(MOST_UNPLACED);
    context! {
        counts => counts(&snapshot.facets(filter, moment)),
        relaxed => found.iter().map(|relaxed| less(filter, relaxed, path)).collect::<Value>(),
        meanings => meanings(snapshot, filter, moment, path),
        unplaced => shown.map(|service| json(service, visitor, moment, None)).collect::<Value>(),
        unplaced_total => unplaced.len(),
    }
}

/// Key, value, number.
fn counts(facets: &Facets) -> Value {
    fn of<T: std::fmt::Display>(counted: &[(T, usize)]) -> Value {
        Value::from_pairs(counted.iter().map(|(choice, count)| (choice.to_string(), Value::from(*count))))
    }
    let authority: Vec<_> = facets.authority.iter().map(|(authority, count)| (&authority.code, *count)).collect();
    context! {
        authority => of(&authority),
        kind => of(&facets.kind),
        care_type => of(&facets.care_type),
        band => of(&facets.band),
        bed_type => of(&facets.bed_type),
        stay => of(&facets.stay),
        gender => of(&facets.gender),
        funding => of(&facets.funding),
        rating => of(&facets.rating),
        fresh => of(&facets.fresh),
        vacant => of(&facets.vacant),
        max_fee => of(&facets.max_fee),
        within => of(&facets.within),
    }
}

#[derive(Serialize)]
struct Dropped {
    key: &'static str,
    value: String,
}

/// One way of asking for less, as the page says it.
fn less(filter: &Filter, relaxed: &Relaxed, path: &str) -> Value {
    let pairs = filter.pairs().into_iter().filter(|(key, _)| relaxed.without.contains(key));
    let dropped: Vec<Dropped> = pairs.map(|(key, value)| Dropped { key, value }).collect();
    context! {
        dropped => Value::from(Serde(&dropped)),
        within => relaxed.within.map(|miles| miles.to_string()),
        count => relaxed.found,
        href => address(path, &relaxed.filter.query()),
    }
}

/// Where the name asked for is that of towns of several authorities: each with what it has.
fn meanings(snapshot: &Snapshot, filter: &Filter, moment: &Moment, path: &str) -> Value {
    let asks = filter.q.as_deref().filter(|_| filter.authority.is_empty());
    let towns = asks.map(|name| snapshot.towns_named(name, moment)).filter(|towns| towns.len() > 1).unwrap_or_default();
    let one = |town: Town| {
        let there = Filter { authority: vec![town.authority.code], ..filter.clone() };
        let count = snapshot.count(&there, moment);
        let services = text::count(count as u64, "care service", "care services");
        let text = format!("{}, {}: {services}", town.name, town.authority.name);
        (count > 0).then(|| context! { text => text, href => address(path, &there.query()) })
    };
    towns.into_iter().take(MOST_OFFERS).filter_map(one).collect()
}
