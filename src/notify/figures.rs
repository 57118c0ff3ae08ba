//! What a service can take, in the words of a letter: only the lines that a filter asks for.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::base::local::{self, Zone};
use crate::base::stamp::Stamp;
use crate::base::text;
use crate::domain::capacity::Line;
use crate::domain::care_service::CareService;
use crate::domain::filter::Filter;
use crate::domain::words::{AdmissionStatus, BedType};

/// Places and hours that accept somebody now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    pub by_type: BTreeMap<BedType, u32>,
    /// Hours of care at home a week.
    pub hours: u32,
}

impl Figures {
    /// Those of one service that meet the filter.
    pub fn of(service: &CareService, filter: &Filter) -> Self {
        let mut figures = Self::default();
        for line in filter.accepting_lines(service) {
            match line {
                Line::Bed(bed) => *figures.by_type.entry(bed.bed_type).or_default() += u32::from(bed.accepting),
                Line::Hours(hours) => figures.hours += u32::from(hours.hours_available),
            }
        }
        figures
    }

    pub fn add(&mut self, other: &Self) {
        for (bed_type, places) in &other.by_type {
            *self.by_type.entry(*bed_type).or_default() += places;
        }
        self.hours += other.hours;
    }

    pub fn places(&self) -> u32 {
        self.by_type.values().sum()
    }

    /// Places and hours together: more than 0 where there is a vacancy.
    pub fn vacant(&self) -> u32 {
        self.places() + self.hours
    }

    /// `3 places (2 general nursing, 1 dementia nursing)`, `12 hours a week`, or nothing.
    pub fn words(&self) -> Option<String> {
        let types: Vec<String> = self
            .by_type
            .iter()
            .map(|(bed_type, places)| format!("{places} {}", bed_type.label().to_lowercase()))
            .collect();
        let places = match types.as_slice() {
            [] => None,
            [_] => {
                let bed_type = self.by_type.keys().next().map_or("", |bed_type| bed_type.label()).to_lowercase();
                let (one, many) = (format!("{bed_type} place"), format!("{bed_type} places"));
                Some(text::count(self.places().into(), &one, &many))
            }
            _ => Some(format!("{} ({})", text::count(self.places().into(), "place", "places"), types.join(", "))),
        };
        let hours = (self.hours > 0).then(|| text::count(self.hours.into(), "hour a week", "hours a week"));
        let both: Vec<String> = places.into_iter().chain(hours).collect();
        (!both.is_empty()).then(|| both.join(" and "))
    }
}

/// A service as a letter shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    pub name: String,
    pub town: String,
    pub phone: String,
    pub url: String,
    /// What it can take, or why it takes nobody.
    pub state: String,
    /// `confirmed 9:14am, 22 November 2026 (3 hours ago)`
    pub confirmed: String,
    /// What it has become since, in a letter that tells what was.
    pub since: Option<String>,
}

impl Entry {
    /// With the age of its figures as of `now`, or without one in a letter that may arrive late.
    pub fn of(service: &CareService, filter: &Filter, url: String, now: Option<Stamp>, zone: Zone) -> Self {
        let facts = &service.facts;
        Self {
            name: facts.name.clone(),
            town: facts.address.town.clone().unwrap_or_default(),
            phone: facts.phone.clone().unwrap_or_default(),
            url,
            state: state(service, filter),
            confirmed: confirmed(service, now, zone),
            since: None,
        }
    }
}

fn state(service: &CareService, filter: &Filter) -> String {
    if service.left_at.is_some() {
        return "no longer on the register".to_owned();
    }
    if service.capacity.status == AdmissionStatus::Closed {
        return "closed to admissions".to_owned();
    }
    Figures::of(service, filter).words().unwrap_or_else(|| "full".to_owned())
}

fn confirmed(service: &CareService, now: Option<Stamp>, zone: Zone) -> String {
    let Some(at) = service.capacity.confirmed_at else { return "never confirmed".to_owned() };
    match now {
        Some(now) => format!("confirmed {} ({})", zone.when(at), local::age(now, at)),
        None => format!("confirmed {}", zone.when(at)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_said_shortly() {
        let words =
            |types: &[(BedType, u32)], hours| Figures { by_type: types.iter().copied().collect(), hours }.words();
        assert_eq!(words(&[], 0), None);
        assert_eq!(words(&[(BedType::GeneralNursing, 1)], 0).unwrap(), "1 general nursing place");
        assert_eq!(
            words(&[(BedType::GeneralNursing, 2), (BedType::DementiaNursing, 1)], 0).unwrap(),
            "3 places (2 general nursing, 1 dementia nursing)"
        );
        assert_eq!(words(&[], 12).unwrap(), "12 hours a week");
    }
}
