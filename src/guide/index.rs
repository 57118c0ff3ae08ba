//! The index of a guide: by name, by place and by kind of care, each leading to where it is listed.
//! Page numbers are the printed format's own; here are the places that they are of.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::base::text;
use crate::domain::care_service::CareService;
use crate::domain::words::{Band, CareType};
use crate::guide::listing::{Area, listed};

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Index {
    pub names: Vec<Line>,
    pub places: Vec<Line>,
    pub care: Vec<Group>,
}

/// One line: what is looked for, a word to tell it from its namesakes, and where it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    pub text: String,
    pub beside: Option<String>,
    pub anchor: String,
}

/// Every service of one kind of care.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    pub title: String,
    pub lines: Vec<Line>,
}

impl Index {
    pub fn new(areas: &[Area], services: &[Arc<CareService>]) -> Self {
        let mut names: Vec<(String, Line)> = listed(areas)
            .map(|(town, entry)| {
                let beside = town.is_known.then(|| town.name.clone());
                (text::fold(&entry.name), Line { text: entry.name.clone(), beside, anchor: entry.anchor.clone() })
            })
            .collect();
        names.sort_by(|(one, a), (other, b)| (one, &a.beside, &a.anchor).cmp(&(other, &b.beside, &b.anchor)));
        let names: Vec<Line> = names.into_iter().map(|(_, line)| line).collect();
        Self { care: care(areas, services, &names), places: places(areas), names }
    }
}

fn places(areas: &[Area]) -> Vec<Line> {
    let towns = areas.iter().flat_map(|area| area.towns.iter().map(move |town| (area, town)));
    let mut lines: Vec<Line> = towns
        .filter(|(_, town)| town.is_known)
        .map(|(area, town)| Line {
            text: town.name.clone(),
            beside: Some(area.name.clone()),
            anchor: town.anchor.clone(),
        })
        .collect();
    lines.sort_by_cached_key(|line| (text::fold(&line.text), line.beside.clone()));
    lines
}

/// Groups by registration first, then by whom a service supports. `services` stand in the order of
/// the listing, as do the entries.
fn care(areas: &[Area], services: &[Arc<CareService>], names: &[Line]) -> Vec<Group> {
    let mut by_anchor: BTreeMap<&str, &CareService> = BTreeMap::new();
    for ((_, entry), service) in listed(areas).zip(services) {
        by_anchor.insert(&entry.anchor, service);
    }
    let having = |has: &dyn Fn(&CareService) -> bool| -> Vec<Line> {
        let has = |line: &&Line| by_anchor.get(line.anchor.as_str()).is_some_and(|service| has(service));
        names.iter().filter(has).cloned().collect()
    };
    let types = CareType::ALL.iter().map(|care| {
        (care.label().to_owned(), having(&|service: &CareService| service.facts.care_types.contains(care)))
    });
    let bands = Band::ALL.iter().map(|band| {
        (format!("For: {}", band.label()), having(&|service: &CareService| service.facts.bands.contains(band)))
    });
    types.chain(bands).filter(|(_, lines)| !lines.is_empty()).map(|(title, lines)| Group { title, lines }).collect()
}
