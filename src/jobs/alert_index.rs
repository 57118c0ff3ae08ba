//! Every alert that is told at once, filed by where and what it watches, so that one change is
//! compared with few of them however many there are. The filter itself has the last word.

use std::collections::HashMap;
use std::sync::Arc;

use crate::base::text;
use crate::domain::alert::{Alert, AlertId, AlertState};
use crate::domain::authority::AuthorityCode;
use crate::domain::care_service::{CareService, CareServiceId, ProviderId};
use crate::domain::change::Change;
use crate::domain::filter::{Filter, Near};
use crate::domain::freshness::Moment;
use crate::domain::place::Point;
use crate::domain::words::{AlertChannel, BedType};

/// Cells of the grid to a degree: about 7 miles by 4 in England.
const CELLS_TO_A_DEGREE: f64 = 10.0;
const MILES_TO_A_DEGREE: f64 = 69.0;
/// A circle that covers more cells is filed by something else.
const MOST_CELLS: usize = 600;

/// An alert and its filter, its place looked up.
#[derive(Clone, Debug)]
pub struct Watch {
    pub alert: Alert,
    pub filter: Filter,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Where {
    Anywhere,
    Service(CareServiceId),
    Provider(ProviderId),
    Authority(AuthorityCode),
    Cell(i32, i32),
}

type Key = (Where, Option<BedType>);

#[derive(Default)]
pub struct AlertIndex {
    files: HashMap<Key, Vec<Arc<Watch>>>,
    filed: HashMap<AlertId, (Arc<Watch>, Vec<Key>)>,
}

impl AlertIndex {
    pub fn is_empty(&self) -> bool {
        self.filed.is_empty()
    }

    /// Files an alert as it now is, in place of what it was.
    pub fn put(&mut self, watch: Watch) {
        self.remove(&watch.alert.id);
        let at_once = watch.alert.has(AlertChannel::Push) || watch.alert.has(AlertChannel::Mail);
        if watch.alert.state != AlertState::Active || !at_once {
            return;
        }
        let (keys, watch) = (keys(&watch.filter), Arc::new(watch));
        for key in &keys {
            self.files.entry(key.clone()).or_default().push(watch.clone());
        }
        self.filed.insert(watch.alert.id.clone(), (watch, keys));
    }

    pub fn remove(&mut self, id: &AlertId) {
        let Some((_, keys)) = self.filed.remove(id) else { return };
        for key in keys {
            if let Some(file) = self.files.get_mut(&key) {
                file.retain(|watch| watch.alert.id != *id);
                if file.is_empty() {
                    self.files.remove(&key);
                }
            }
        }
    }

    /// An alert as it now is, if it tells at once.
    pub fn get(&self, id: &AlertId) -> Option<&Watch> {
        self.filed.get(id).map(|(watch, _)| &**watch)
    }

    /// The alerts that this change has brought to match: they did not before, or they want to know of
    /// each further place and there is one; and they tell of that time.
    pub fn brought_to_match(&self, before: Option<&CareService>, change: &Change, moment: &Moment) -> Vec<Arc<Watch>> {
        let words = change.service.search_words();
        let words_before = before.map(CareService::search_words).unwrap_or_default();
        let matches = |filter: &Filter, service: &CareService, words: &[String]| {
            filter.matches_but_words(service, moment)
                && filter.q.as_deref().is_none_or(|q| text::every_word_begins(q, words))
        };
        let mut found: Vec<Arc<Watch>> = self
            .near_to(&change.service)
            .filter(|watch| {
                watch.alert.tells_of(change.at)
                    && matches(&watch.filter, &change.service, &words)
                    && !before.is_some_and(|before| {
                        let has_more = || watch.filter.accepting(&change.service) > watch.filter.accepting(before);
                        matches(&watch.filter, before, &words_before) && !(watch.alert.further && has_more())
                    })
            })
            .cloned()
            .collect();
        found.sort_by(|one, other| one.alert.id.cmp(&other.alert.id));
        found.dedup_by(|one, other| one.alert.id == other.alert.id);
        found
    }

    /// All that could match a service: a few files out of many.
    fn near_to<'a>(&'a self, service: &CareService) -> impl Iterator<Item = &'a Arc<Watch>> + use<'a> {
        let facts = &service.facts;
        let mut places =
            vec![Where::Anywhere, Where::Service(service.id.clone()), Where::Authority(facts.authority.code.clone())];
        let provider = facts.provider.as_ref().and_then(|provider| provider.id.clone());
        places.extend(provider.map(Where::Provider));
        places.extend(facts.location.map(|location| cell(location.point)));
        let mut beds: Vec<Option<BedType>> = service.capacity.beds().map(|bed| Some(bed.bed_type)).collect();
        beds.push(None);
        beds.sort();
        beds.dedup();
        let keys =
            places.into_iter().flat_map(move |place| beds.clone().into_iter().map(move |bed| (place.clone(), bed)));
        keys.filter_map(|key| self.files.get(&key)).flatten()
    }
}

/// The files of a filter: by the narrowest place it names, and by its bed types.
fn keys(filter: &Filter) -> Vec<Key> {
    let places: Vec<Where> = if !filter.id.is_empty() {
        filter.id.iter().cloned().map(Where::Service).collect()
    } else if !filter.provider.is_empty() {
        filter.provider.iter().cloned().map(Where::Provider).collect()
    } else if let Some(cells) = filter.near.as_ref().and_then(cells) {
        cells
    } else if !filter.authority.is_empty() {
        filter.authority.iter().cloned().map(Where::Authority).collect()
    } else {
        vec![Where::Anywhere]
    };
    let beds: Vec<Option<BedType>> =
        if filter.bed_type.is_empty() { vec![None] } else { filter.bed_type.iter().copied().map(Some).collect() };
    places.into_iter().flat_map(|place| beds.iter().map(move |bed| (place.clone(), *bed))).collect()
}

#[expect(clippy::cast_possible_truncation, reason = "degrees are small")]
fn along(degrees: f64) -> i32 {
    (degrees * CELLS_TO_A_DEGREE).floor() as i32
}

fn cell(point: Point) -> Where {
    Where::Cell(along(point.lat), along(point.lon))
}

/// Every cell that the circle may touch, if they are not too many.
fn cells(near: &Near) -> Option<Vec<Where>> {
    let north = near.within / MILES_TO_A_DEGREE * 1.01;
    let widest = (near.point.lat.abs() + north).min(89.0).to_radians().cos();
    let east = north / widest;
    let range = |middle: f64, reach: f64| along(middle - reach)..=along(middle + reach);
    let (rows, columns) = (range(near.point.lat, north), range(near.point.lon, east));
    let many = rows.clone().count().saturating_mul(columns.clone().count());
    (many <= MOST_CELLS)
        .then(|| rows.flat_map(|row| columns.clone().map(move |column| Where::Cell(row, column))).collect())
}
