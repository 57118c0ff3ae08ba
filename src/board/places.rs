//! Places by name: which towns are called so, and which services nobody knows a place for.
//! Where postcodes lie is data of the store, not of the board.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use crate::base::text;
use crate::board::block::each;
use crate::board::snapshot::Snapshot;
use crate::domain::authority::Authority;
use crate::domain::care_service::CareService;
use crate::domain::filter::Filter;
use crate::domain::freshness::Moment;

/// A town of one authority, as the addresses of its services tell.
#[derive(Clone, Debug, PartialEq)]
pub struct Town {
    pub name: String,
    pub authority: Authority,
    /// The postcode district in which most of its services stand, `PO30`.
    pub district: Option<String>,
    pub services: usize,
}

impl Snapshot {
    /// The towns of this name, one for each authority that has one, that with most services first.
    pub fn towns_named(&self, name: &str, moment: &Moment) -> Vec<Town> {
        let wanted = text::fold(name);
        if wanted.is_empty() {
            return Vec::new();
        }
        let asked = Filter { q: Some(name.to_owned()), ..Filter::default() };
        let mut towns: BTreeMap<Authority, (String, usize, BTreeMap<String, usize>)> = BTreeMap::new();
        for service in self.matching(&asked, moment) {
            let address = &service.facts.address;
            let Some(town) = address.town.as_deref().filter(|town| text::fold(town) == wanted) else { continue };
            let known =
                towns.entry(service.facts.authority.clone()).or_insert_with(|| (town.to_owned(), 0, BTreeMap::new()));
            known.1 += 1;
            if let Some(district) = address.district() {
                *known.2.entry(district).or_default() += 1;
            }
        }
        let mut towns: Vec<Town> = towns
            .into_iter()
            .map(|(authority, (name, services, districts))| {
                let district =
                    districts.into_iter().rev().max_by_key(|(_, count)| *count).map(|(district, _)| district);
                Town { name, authority, district, services }
            })
            .collect();
        towns.sort_by(|one, other| other.services.cmp(&one.services).then_with(|| one.authority.cmp(&other.authority)));
        towns
    }

    /// The services that would match but that nobody knows how far they are, of the authorities that
    /// have anybody within the distance. In the order of freshness and names.
    pub fn matching_but_for_place(&self, filter: &Filter, moment: &Moment) -> Vec<Arc<CareService>> {
        let Some(near) = &filter.near else { return Vec::new() };
        let around = self.matches(&Filter { near: Some(near.clone()), ..Filter::default() }, moment).masks;
        let here = self.blocks.iter().zip(&around);
        let authorities: HashSet<u16> =
            here.flat_map(|(block, mask)| each(*mask).map(|at| block.facts.authority[at])).collect();
        let mut masks = self.matches(&Filter { near: None, ..filter.clone() }, moment).masks;
        for (mask, block) in masks.iter_mut().zip(&self.blocks) {
            let unplaced = *mask & block.facts.unplaced();
            *mask = each(unplaced)
                .filter(|at| authorities.contains(&block.facts.authority[*at]))
                .fold(0, |mask, at| mask | 1 << at);
        }
        self.by_freshness(&masks, moment).into_iter().map(|position| self.at(position).service.clone()).collect()
    }
}
