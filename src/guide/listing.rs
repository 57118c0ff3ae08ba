//! The listing of a guide: services by council area, then town, then name, whatever order they
//! came in. It ranks nobody: the order is the alphabet's.

use std::sync::Arc;

use serde::Serialize;

use crate::base::local::Zone;
use crate::base::text;
use crate::domain::care_service::CareService;
use crate::domain::freshness::Moment;
use crate::guide::entry::Entry;

/// Services whose town the register does not say, listed last.
const NO_TOWN: &str = "Town not given";

/// One council area.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Area {
    pub name: String,
    pub anchor: String,
    /// `42 listed, 12 with vacancies`
    pub summary: String,
    pub towns: Vec<Town>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Town {
    pub name: String,
    pub anchor: String,
    pub is_known: bool,
    pub entries: Vec<Entry>,
}

/// Puts services into the order in which they are listed.
pub fn sort(services: &mut [Arc<CareService>]) {
    services.sort_by_cached_key(|service| {
        let town = town_of(service);
        (
            text::fold(&service.facts.authority.name),
            service.facts.authority.code.clone(),
            town.is_none(),
            town.as_deref().map(text::fold),
            service.folded_name(),
            service.id.clone(),
        )
    });
}

/// Services in their order, as areas of towns of entries.
pub fn areas(services: &[Arc<CareService>], moment: &Moment, zone: Zone) -> Vec<Area> {
    let mut areas = Vec::new();
    let mut ordinal = 0;
    for in_area in services.chunk_by(|a, b| a.facts.authority.code == b.facts.authority.code) {
        let code = in_area[0].facts.authority.code.as_str();
        let mut towns = Vec::new();
        for in_town in in_area.chunk_by(|a, b| same_town(a, b)) {
            let known = town_of(&in_town[0]);
            let anchor = format!("place-{code}-{}", towns.len() + 1);
            let entries = in_town.iter().map(|service| {
                ordinal += 1;
                Entry::new(service, ordinal, moment, zone)
            });
            let entries = entries.collect();
            let is_known = known.is_some();
            towns.push(Town { name: known.unwrap_or_else(|| NO_TOWN.to_owned()), anchor, is_known, entries });
        }
        areas.push(Area {
            name: in_area[0].facts.authority.name.clone(),
            anchor: format!("area-{code}"),
            summary: summary(&towns),
            towns,
        });
    }
    areas
}

/// Every entry with its town, in the order of the listing.
pub fn listed(areas: &[Area]) -> impl Iterator<Item = (&Town, &Entry)> {
    areas.iter().flat_map(|area| &area.towns).flat_map(|town| town.entries.iter().map(move |entry| (town, entry)))
}

fn summary(towns: &[Town]) -> String {
    let entries = || towns.iter().flat_map(|town| &town.entries);
    let vacant = entries().filter(|entry| entry.vacancies.is_some).count() as u64;
    let all = text::grouped(entries().count() as u64);
    match vacant {
        0 => format!("{all} listed, none with vacancies that we know of"),
        vacant => format!("{all} listed, {} with vacancies", text::grouped(vacant)),
    }
}

/// The town as it is printed: registers write some in capitals only.
fn town_of(service: &CareService) -> Option<String> {
    let town = text::tidy(service.facts.address.town.as_deref()?);
    let is_shouted = town.chars().any(char::is_alphabetic) && !town.chars().any(char::is_lowercase);
    let town = if is_shouted { capitalised(&town) } else { town };
    (!town.is_empty()).then_some(town)
}

fn capitalised(words: &str) -> String {
    let word = |word: &str| {
        let mut chars = word.chars();
        let first = chars.next().map(|c| c.to_uppercase().collect::<String>()).unwrap_or_default();
        first + &chars.as_str().to_lowercase()
    };
    words.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

fn same_town(a: &CareService, b: &CareService) -> bool {
    match (town_of(a), town_of(b)) {
        (Some(a), Some(b)) => text::fold(&a) == text::fold(&b),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}
