//! Services side by side: a row for each thing to compare, and whether they differ in it. How free they
//! are, and how sure that is, stands above it, in the words of all pages.

use std::sync::Arc;

use serde::Serialize;

use crate::base::local::day_words;
use crate::base::text;
use crate::domain::capacity::Line;
use crate::domain::care_service::CareService;
use crate::domain::words::AdmissionStatus;

/// One thing to compare.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    pub label: &'static str,
    /// Of each service in turn; several things in one are several lines.
    pub cells: Vec<Vec<String>>,
    pub differs: bool,
}

type Cell = fn(&CareService) -> Vec<String>;

const ROWS: &[(&str, Cell)] = &[
    ("Kind of care", |service| match service.facts.care_types.as_slice() {
        [] => vec![service.facts.kind.label().to_owned()],
        types => types.iter().map(|care| care.label().to_owned()).collect(),
    }),
    ("Free now", free),
    ("Weekly fee", fees),
    ("Funding taken", |service| {
        sorted(service.capacity.beds().flat_map(|line| &line.funding).map(|funding| funding.label().to_owned()))
    }),
    ("CQC rating", |service| {
        let rating = service.facts.rating.as_ref();
        vec![rating.map_or("Not rated yet", |rating| rating.overall.label()).to_owned()]
    }),
    ("Supports", |service| service.facts.bands.iter().map(|band| band.label().to_owned()).collect()),
    ("Registered beds", |service| service.facts.beds.iter().map(u32::to_string).collect()),
    ("Where", |service| {
        let address = &service.facts.address;
        address.town.iter().chain(&address.postcode).cloned().collect()
    }),
    ("Run by", |service| service.facts.provider.iter().map(|provider| provider.name.clone()).collect()),
];

/// Every row in which at least one has something to say.
pub fn rows(services: &[Arc<CareService>]) -> Vec<Row> {
    let row = |(label, cell): &(&'static str, Cell)| {
        let cells: Vec<Vec<String>> = services.iter().map(|service| cell(service)).collect();
        let differs = cells.windows(2).any(|pair| pair[0] != pair[1]);
        Row { label, cells, differs }
    };
    ROWS.iter().map(row).filter(|row| row.cells.iter().any(|cell| !cell.is_empty())).collect()
}

fn free(service: &CareService) -> Vec<String> {
    if service.capacity.status == AdmissionStatus::Closed {
        return Vec::new();
    }
    let line = |line: &Line| match line {
        Line::Bed(bed) if bed.accepting > 0 => {
            let from = bed.earliest_admission.map(|day| format!(", from {}", day_words(day))).unwrap_or_default();
            let (what, stay) = (bed.bed_type.label().to_lowercase(), bed.stay.label().to_lowercase());
            Some(format!("{} {what}, {stay}{from}", bed.accepting))
        }
        Line::Hours(hours) if hours.hours_available > 0 => {
            let count = text::count(hours.hours_available.into(), "hour", "hours");
            Some(format!("{count} a week in {}, {}", hours.area, hours.time_of_day.label().to_lowercase()))
        }
        Line::Bed(_) | Line::Hours(_) => None,
    };
    service.capacity.lines.iter().filter_map(line).collect()
}

fn fees(service: &CareService) -> Vec<String> {
    let pounds = |pence: u32| format!("£{}", text::grouped(u64::from(pence / 100)));
    let fee = service.capacity.beds().filter_map(|line| {
        let fee = line.weekly_fee.as_ref()?;
        match (fee.from, fee.to) {
            (Some(from), Some(to)) if from != to => Some(format!("{} to {}", pounds(from), pounds(to))),
            (Some(from), _) => Some(format!("from {}", pounds(from))),
            (None, Some(to)) => Some(format!("up to {}", pounds(to))),
            (None, None) => None,
        }
    });
    sorted(fee)
}

fn sorted(all: impl Iterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = all.collect();
    all.sort();
    all.dedup();
    all
}
