//! The filter as a form on a page: what was typed is shown again, mistakes stand beside their
//! fields, what is asked for can be taken away one by one. What matches is the board's business.

use std::sync::Arc;

use minijinja::context;
use minijinja::value::{Serde, Value};
use serde::Serialize;
use url::form_urlencoded;

use crate::app::App;
use crate::board::{Page, Snapshot};
use crate::domain::care_service::CareService;
use crate::domain::filter::Filter;
use crate::domain::filter_text::{KEYS, USUAL_MILES, is_single};
use crate::domain::freshness::Moment;
use crate::domain::invalid::Mistake;
use crate::domain::view::ServiceJson;
use crate::http::beside::{self, Offer};
use crate::http::filtering;
use crate::http::page::FieldError;
use crate::http::problem::Problem;
use crate::http::visitor::Visitor;

/// The key by which a page of results is asked for.
const PAGE: &str = "page";
/// Keys that no field of the form shows: their mistakes stand in the summary only.
const WITHOUT_FIELD: [&str; 2] = ["provider", "id"];

/// What a page's form asks for.
pub struct Asked {
    typed: Vec<(String, String)>,
    pub number: usize,
    pub filter: Result<Filter, Vec<FieldError>>,
    /// Places that may be meant, where what was typed is none that is known.
    offers: Vec<Offer>,
}

/// Which part of a long list a page shows; `url` ends where the number of a page goes.
#[derive(Debug, Serialize)]
pub struct Part {
    pub number: usize,
    pub of: usize,
    pub url: String,
}

/// Reads the query of a page; keys in `others` belong to the page itself.
pub async fn read(app: &App, query: &str, others: &[&str]) -> Result<Asked, Problem> {
    let typed: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let number = typed.iter().find(|(key, value)| key == PAGE && !value.trim().is_empty());
    let number = number.map_or(Some(1), |(_, text)| text.trim().parse::<usize>().ok().filter(|number| *number > 0));
    let found = filtering::from_form(app, query, &[others, &[PAGE]].concat()).await?;
    let mut errors = Vec::new();
    if number.is_none() {
        errors.push(FieldError::new("", "The number of a page is a whole number from 1"));
    }
    let mut offers = Vec::new();
    let filter = match found {
        Ok(filter) if errors.is_empty() => Ok(filter),
        Ok(_) => Err(errors),
        Err(invalid) => {
            errors.extend(invalid.mistakes().iter().map(beside_field));
            let nowhere = invalid.mistakes().iter().any(|mistake| mistake.pointer == "near");
            let typed = typed.iter().find(|(key, _)| key == "near").filter(|_| nowhere);
            if let Some((_, place)) = typed {
                offers = beside::places_meant(app, place).await?;
            }
            Err(errors)
        }
    };
    Ok(Asked { typed, number: number.unwrap_or(1), filter, offers })
}

/// A mistake in the filter, in words for who sees a form and not a query.
fn beside_field(mistake: &Mistake) -> FieldError {
    let key = mistake.pointer.as_str();
    let has_field = KEYS.contains(&key) && !WITHOUT_FIELD.contains(&key);
    let text = match (key, mistake.code) {
        ("near", "bad_value") => "Enter a postcode, such as SO23 8UJ, or a postcode district, such as SO23",
        ("by", "bad_value") => "Enter a real date",
        ("max_fee", "bad_value") => "Choose a weekly fee from the list",
        ("within", "bad_value") => "Choose a distance from the list",
        ("vacant", "bad_value") => "Choose a number of vacancies from the list",
        _ => mistake.detail.trim_end_matches('.'),
    };
    FieldError::new(if has_field { key } else { "" }, text)
}

impl Asked {
    /// What the form and the chosen filters show; `path` is the page itself.
    pub fn context(&self, snapshot: &Snapshot, path: &str) -> Value {
        let authorities: Vec<(String, String)> = snapshot
            .authorities()
            .into_iter()
            .map(|counts| (counts.authority.code.to_string(), counts.authority.name))
            .collect();
        let (filter, errors) = match &self.filter {
            Ok(filter) => (filter.clone(), Vec::new()),
            Err(errors) => (Filter::default(), errors.clone()),
        };
        context! {
            filter => self.shown(),
            errors => Value::from(Serde(&errors)),
            offers => beside::offered(&self.offers, &self.typed, path),
            chosen => Value::from(Serde(&chosen(&filter, path))),
            authorities => Value::from(Serde(&authorities)),
            words => filter.words(),
            query => filter.query(),
            ordered_by => if filter.near.is_some() { "distance" } else { "freshness" },
        }
    }

    /// What stands under a key of the page's own, if anything does.
    pub fn own(&self, key: &str) -> Option<&str> {
        let all = self.typed.iter().filter(|(typed, value)| typed == key && !value.trim().is_empty());
        all.map(|(_, value)| value.as_str()).next_back()
    }

    /// Whether the form had any of the filter's fields, filled or blank.
    pub fn is_typed(&self) -> bool {
        self.typed.iter().any(|(key, _)| KEYS.contains(&key.as_str()))
    }

    /// Every key of the filter as it was typed.
    fn shown(&self) -> Value {
        let values = |key: &'static str| {
            let all = self.typed.iter().filter(move |(typed, _)| typed == key);
            all.map(|(_, value)| value.as_str()).filter(|value| !value.trim().is_empty())
        };
        let shown = KEYS.iter().map(|key| {
            let value = if is_single(key) {
                Value::from(values(key).next_back().unwrap_or_default())
            } else {
                Value::from_iter(values(key))
            };
            (*key, value)
        });
        Value::from_pairs(shown)
    }
}

/// One thing that is asked for, and the page without it.
#[derive(Serialize)]
struct Chosen {
    key: &'static str,
    value: String,
    href: String,
}

/// The usual distance is part of the place; a place that is taken away takes its distance with it.
fn chosen(filter: &Filter, path: &str) -> Vec<Chosen> {
    let pairs = filter.pairs();
    let usual = USUAL_MILES.to_string();
    let mut all = Vec::new();
    for (at, (key, value)) in pairs.iter().enumerate().filter(|(_, (key, value))| *key != "within" || *value != usual) {
        let stays = |(other, (other_key, _)): &(usize, &(&str, String))| {
            *other != at && !(*key == "near" && *other_key == "within")
        };
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(pairs.iter().enumerate().filter(stays).map(|(_, pair)| pair));
        all.push(Chosen { key, value: value.clone(), href: address(path, &query.finish()) });
    }
    all
}

/// A path with its query, if there is one. The path may begin a query of its own.
pub fn address(path: &str, query: &str) -> String {
    match (query.is_empty(), path.contains('?')) {
        (true, _) => path.to_owned(),
        (false, true) => format!("{path}&{query}"),
        (false, false) => format!("{path}?{query}"),
    }
}

impl Part {
    /// The part `number` of so many things, or the last one there is.
    pub fn new(path: &str, query: &str, number: usize, total: usize, size: usize) -> Self {
        let of = total.div_ceil(size).max(1);
        let all = address(path, query);
        let url = format!("{all}{}", if all.contains('?') { '&' } else { '?' });
        Self { number: number.min(of), of, url }
    }

    /// How many things stand on the pages before.
    pub fn skipped(&self, size: usize) -> usize {
        (self.number - 1) * size
    }
}

/// One page of results: which services are on it, and what its template takes.
pub struct Results {
    pub shown: Vec<Arc<CareService>>,
    pub total: usize,
    /// Whether nothing comes after these.
    pub last: bool,
    pub context: Value,
}

/// The services of one page of results, as this visitor sees them.
pub fn results(
    snapshot: &Snapshot,
    visitor: &Visitor,
    filter: &Filter,
    moment: &Moment,
    (path, number, size): (&str, usize, usize),
) -> Results {
    let first = |limit: usize| snapshot.search(filter, moment, &Page { limit, cursor: None });
    let total = snapshot.count(filter, moment);
    let part = Part::new(path, &filter.query(), number, total, size);
    let found = first(part.number * size).services;
    let shown = || found.iter().skip(part.skipped(size));
    let services = shown().map(|(service, miles)| json(service, visitor, moment, *miles));
    let context =
        context! { services => Value::from_iter(services), total => total, page => Value::from(Serde(&part)) };
    Results {
        context,
        total,
        last: part.number == part.of,
        shown: shown().map(|(service, _)| service.clone()).collect(),
    }
}

/// A service as this visitor sees it, for a template.
pub fn json(service: &Arc<CareService>, visitor: &Visitor, moment: &Moment, miles: Option<f64>) -> Value {
    Value::from(Serde(&ServiceJson::new(service, visitor.actor.view(service), moment).at_distance(miles)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::filter_text;

    fn filter(query: &str) -> Filter {
        filter_text::Asked::parse(query, &[]).unwrap().located(None).unwrap()
    }

    #[test]
    fn each_thing_asked_for_can_be_taken_away_alone() {
        let chosen = chosen(&filter("kind=care_home&bed_type=general_nursing&bed_type=transitional"), "/search");
        let hrefs: Vec<_> = chosen.iter().map(|chosen| chosen.href.as_str()).collect();
        assert_eq!(
            hrefs,
            [
                "/search?bed_type=general_nursing&bed_type=transitional",
                "/search?kind=care_home&bed_type=transitional",
                "/search?kind=care_home&bed_type=general_nursing"
            ]
        );
    }

    #[test]
    fn a_place_takes_its_distance_with_it() {
        let asked = filter_text::Asked::parse("near=51,-1&within=5&vacant=1", &[]).unwrap();
        let filter = asked.located(Some(crate::domain::place::Point { lat: 51.0, lon: -1.0 })).unwrap();
        let chosen = chosen(&filter, "/board");
        assert_eq!((chosen[0].key, chosen[0].href.as_str()), ("near", "/board?vacant=1"));
        assert_eq!((chosen[1].key, chosen[1].href.as_str()), ("within", "/board?near=51%2C-1&vacant=1"));
    }

    #[test]
    fn a_page_past_the_last_is_the_last() {
        let part = Part::new("/search", "vacant=1", 99, 41, 20);
        assert_eq!((part.number, part.of, part.url.as_str(), part.skipped(20)), (3, 3, "/search?vacant=1&", 40));
        assert_eq!(Part::new("/search", "", 1, 0, 20).of, 1);
    }
}
