//! When a filter finds nothing: what finds something once the least is given up, best first.
//! It finds nothing itself; who asks counts.

use std::cmp::Reverse;

use crate::domain::choices::MILES;
use crate::domain::filter::{Filter, Near};

/// More pairs than these are no advice.
const MOST_PAIRS: usize = 3;

/// A filter that asks for less, and how many services that finds.
#[derive(Clone, Debug, PartialEq)]
pub struct Relaxed {
    /// The keys that are given up, all values of each; none if only the distance grows.
    pub without: Vec<&'static str>,
    /// Miles, if the distance grows.
    pub within: Option<f64>,
    pub filter: Filter,
    pub found: usize,
}

struct Part {
    key: &'static str,
    give_up: fn(&mut Filter),
}

/// Everything a filter can ask for. The distance goes with the place.
const PARTS: [Part; 17] = [
    Part { key: "q", give_up: |filter| filter.q = None },
    Part { key: "near", give_up: |filter| filter.near = None },
    Part { key: "authority", give_up: |filter| filter.authority.clear() },
    Part { key: "kind", give_up: |filter| filter.kind.clear() },
    Part { key: "care_type", give_up: |filter| filter.care_type.clear() },
    Part { key: "bed_type", give_up: |filter| filter.bed_type.clear() },
    Part { key: "stay", give_up: |filter| filter.stay.clear() },
    Part { key: "band", give_up: |filter| filter.band.clear() },
    Part { key: "gender", give_up: |filter| filter.gender.clear() },
    Part { key: "funding", give_up: |filter| filter.funding.clear() },
    Part { key: "max_fee", give_up: |filter| filter.max_fee = None },
    Part { key: "rating", give_up: |filter| filter.rating = None },
    Part { key: "vacant", give_up: |filter| filter.vacant = None },
    Part { key: "fresh", give_up: |filter| filter.fresh = None },
    Part { key: "by", give_up: |filter| filter.by = None },
    Part { key: "provider", give_up: |filter| filter.provider.clear() },
    Part { key: "id", give_up: |filter| filter.id.clear() },
];

/// Each single thing that can be given up so that something is found, the one that finds most first;
/// a distance that grows takes the place of giving up the place. Where nothing alone helps, the best
/// pairs. Empty if nothing helps at all.
pub fn relaxed(filter: &Filter, count: impl Fn(&Filter) -> usize) -> Vec<Relaxed> {
    let find = |without: Vec<&'static str>, within: Option<f64>, filter: Filter| {
        let found = count(&filter);
        (found > 0).then_some(Relaxed { without, within, filter, found })
    };
    let go_farther = |keys: Vec<&'static str>, filter: &Filter| {
        let mut longer = farther(filter).into_iter();
        longer.find_map(|near| find(keys.clone(), Some(near.within), Filter { near: Some(near), ..filter.clone() }))
    };
    let asked: Vec<&Part> = PARTS.iter().filter(|part| without(filter, &[part]) != *filter).collect();
    let is_place = |part: &Part| part.key == "near";
    let answer = |parts: &[&Part]| find(parts.iter().map(|part| part.key).collect(), None, without(filter, parts));
    let alone = go_farther(Vec::new(), filter);
    let mut all: Vec<Relaxed> =
        asked.iter().filter(|part| !is_place(part) || alone.is_none()).filter_map(|part| answer(&[part])).collect();
    all.extend(alone);
    if all.is_empty() {
        let others = asked.iter().filter(|part| !is_place(part));
        all = others.filter_map(|part| go_farther(vec![part.key], &without(filter, &[part]))).collect();
        let far = !all.is_empty();
        let pairs =
            asked.iter().enumerate().flat_map(|(at, one)| asked[at + 1..].iter().map(move |other| [*one, *other]));
        all.extend(
            pairs.filter(|pair| !(far && pair.iter().any(|part| is_place(part)))).filter_map(|pair| answer(&pair)),
        );
        all.sort_by_key(|relaxed| Reverse(relaxed.found));
        all.truncate(MOST_PAIRS);
    }
    all.sort_by_key(|relaxed| Reverse(relaxed.found));
    all
}

fn without(filter: &Filter, parts: &[&Part]) -> Filter {
    let mut less = filter.clone();
    parts.iter().for_each(|part| (part.give_up)(&mut less));
    less
}

/// The same place with each longer distance that a form offers.
fn farther(filter: &Filter) -> Vec<Near> {
    let Some(near) = &filter.near else { return Vec::new() };
    let longer = MILES.iter().map(|miles| f64::from(*miles)).filter(|miles| *miles > near.within);
    longer.map(|within| Near { within, ..near.clone() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::filter_text::Asked;
    use crate::domain::place::Point;

    fn filter(query: &str) -> Filter {
        Asked::parse(query, &[]).unwrap().located(Some(Point { lat: 51.06, lon: -1.31 })).unwrap()
    }

    fn keys(relaxed: &[Relaxed]) -> Vec<(Vec<&'static str>, usize)> {
        relaxed.iter().map(|relaxed| (relaxed.without.clone(), relaxed.found)).collect()
    }

    #[test]
    fn what_finds_most_when_given_up_stands_first_and_what_finds_nothing_is_not_said() {
        let asked = filter("kind=care_home&rating=outstanding&max_fee=80000");
        let found = relaxed(&asked, |less| match (less.rating, less.max_fee) {
            (None, Some(_)) => 3,
            (Some(_), None) => 12,
            (None, None) => 40,
            (Some(_), Some(_)) => 0,
        });
        assert_eq!(keys(&found), [(vec!["max_fee"], 12), (vec!["rating"], 3)]);
        assert_eq!(found[0].filter.query(), "kind=care_home&rating=outstanding");
    }

    #[test]
    fn a_longer_way_is_offered_before_the_place_is_given_up() {
        let asked = filter("near=SO23&within=5&vacant=1");
        let found = relaxed(&asked, |less| match &less.near {
            Some(near) if near.within >= 20.0 => 2,
            Some(_) => 0,
            None => 900,
        });
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].within, found[0].without.is_empty()), (Some(20.0), true));
        let nowhere_near = relaxed(&asked, |less| if less.near.is_none() { 900 } else { 0 });
        assert_eq!(keys(&nowhere_near), [(vec!["near"], 900)]);
    }

    #[test]
    fn pairs_are_tried_only_where_nothing_alone_helps() {
        let asked = filter("kind=care_home&rating=outstanding&max_fee=80000&gender=male");
        let found = relaxed(&asked, |less| usize::from(less.rating.is_none() && less.max_fee.is_none()) * 7);
        assert_eq!(keys(&found), [(vec!["max_fee", "rating"], 7)]);
        assert_eq!(relaxed(&asked, |_| 0), []);
    }

    #[test]
    fn a_longer_way_and_one_thing_given_up_come_before_giving_up_the_place() {
        let asked = filter("near=SO23&within=5&vacant=1&rating=good");
        let found = relaxed(&asked, |less| match &less.near {
            Some(near) if near.within >= 20.0 && less.rating.is_none() => 2,
            Some(_) => 0,
            None => usize::from(less.rating.is_none()) * 900,
        });
        assert_eq!((keys(&found), found[0].within), (vec![(vec!["rating"], 2)], Some(20.0)));
    }

    #[test]
    fn every_key_of_the_filter_can_be_given_up() {
        use crate::domain::filter_text::KEYS;
        let known: Vec<&str> = PARTS.iter().map(|part| part.key).collect();
        assert_eq!(known, KEYS.iter().copied().filter(|key| *key != "within").collect::<Vec<_>>());
    }
}
