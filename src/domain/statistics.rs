//! How authorities stood and what came in, day by day: a fold over the entries of the log.
//! It reads no log and keeps no result; who does hands the entries in, in the order of `seq`.

use std::collections::{BTreeMap, HashMap};

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::base::local::Zone;
use crate::base::stamp::Stamp;
use crate::domain::authority::{Authority, AuthorityCode};
use crate::domain::capacity::Line;
use crate::domain::care_service::{CareService, CareServiceId};
use crate::domain::change::{Change, ChangeKind};
use crate::domain::freshness::{FreshnessLimits, Moment};
use crate::domain::view::View;
use crate::domain::words::{AdmissionStatus, BedType, Freshness, Kind};

/// Under so many homes that told their figures, occupancy would nearly tell that of one home, which
/// the public does not see.
pub const FEWEST_FOR_OCCUPANCY: u32 = 5;

/// One local day of one authority. Services of home care count hours, never beds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DayOfAuthority {
    pub day: NaiveDate,
    pub authority: Authority,
    /// The moment of the figures: the end of the day, or an earlier one while the day lasts.
    pub until: Stamp,
    pub stood: Standing,
    pub came: Came,
}

/// How the services of an authority stand at one moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    pub care_homes: u32,
    pub home_care: u32,
    /// Services with a vacancy, or hours available.
    pub with_vacancies: u32,
    /// Places accepting admissions, for each bed type that a home of the authority has.
    pub vacancies: BTreeMap<BedType, u32>,
    pub hours_available: u32,
    /// Homes that told at least one bed, and the sum of their lines.
    pub homes_told: u32,
    pub maximum: u32,
    pub occupied: u32,
    /// Services by the age of their figures.
    pub confirmed: BTreeMap<Freshness, u32>,
    /// Services that ever told, and the sum of the ages of their figures in whole hours; none on days
    /// counted before this was.
    #[serde(default)]
    pub told: u32,
    #[serde(default)]
    pub age_hours: u64,
}

/// What came in on one day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Came {
    pub updates: u32,
    pub confirmations: u32,
}

/// The days to look at, and by which rules.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    pub zone: Zone,
    pub limits: FreshnessLimits,
    /// The first local day.
    pub from: NaiveDate,
    /// No later than now. The day in which it lies comes last; its figures are those of this moment.
    pub until: Stamp,
}

impl Span {
    /// When a local day begins; 23, 24 or 25 hours later it ends.
    fn begin(&self, day: NaiveDate) -> Stamp {
        self.zone.moment(day, 0)
    }

    fn end(&self, day: NaiveDate) -> Stamp {
        self.begin(day.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX))
    }
}

/// The fold: begun with the services as they were at the start of the first day, fed with every
/// change since.
pub struct Statistics {
    span: Span,
    day: NaiveDate,
    services: HashMap<CareServiceId, CareService>,
    came: BTreeMap<AuthorityCode, (Authority, Came)>,
    days: Vec<DayOfAuthority>,
}

impl Statistics {
    pub fn new(span: Span, services: impl IntoIterator<Item = CareService>) -> Self {
        let services = services.into_iter().filter(|service| service.left_at.is_none());
        let services = services.map(|service| (service.id.clone(), service)).collect();
        Self { span, day: span.from, services, came: BTreeMap::new(), days: Vec::new() }
    }

    /// Takes the next entry of the log. The order of the log is the truth: an entry whose clock was
    /// behind counts in the day that is open, one whose clock was ahead no later than the last.
    pub fn take(&mut self, change: &Change) {
        let day = self.span.zone.day(change.at).min(self.span.zone.day(self.span.until));
        while self.day < day {
            self.close(self.span.end(self.day));
        }
        let service = &change.service;
        let authority = &service.facts.authority;
        let (_, came) = self.came.entry(authority.code.clone()).or_insert_with(|| (authority.clone(), Came::default()));
        match change.kind {
            ChangeKind::CapacityUpdated => came.updates += 1,
            ChangeKind::CapacityConfirmed => came.confirmations += 1,
            ChangeKind::ServiceUpdated | ChangeKind::ServiceAdded | ChangeKind::ServiceLeft => {}
        }
        if change.kind == ChangeKind::ServiceLeft || service.left_at.is_some() {
            self.services.remove(&service.id);
        } else {
            self.services.insert(service.id.clone(), service.clone());
        }
    }

    /// Every day and authority, in this order.
    pub fn finish(mut self) -> Vec<DayOfAuthority> {
        let until = self.span.until;
        while self.span.end(self.day) <= until {
            self.close(self.span.end(self.day));
        }
        if self.span.begin(self.day) < until {
            self.close(until);
        }
        self.days
    }

    /// Ends the open day with the figures as they are at `until`, and opens the next.
    fn close(&mut self, until: Stamp) {
        let moment = Moment { now: until, limits: self.span.limits };
        let mut rows: BTreeMap<AuthorityCode, DayOfAuthority> = BTreeMap::new();
        let day = self.day;
        let row = |authority: &Authority| DayOfAuthority {
            day,
            authority: authority.clone(),
            until,
            stood: Standing::default(),
            came: Came::default(),
        };
        for service in self.services.values() {
            let authority = &service.facts.authority;
            rows.entry(authority.code.clone()).or_insert_with(|| row(authority)).stood.add(service, &moment);
        }
        for (code, (authority, came)) in std::mem::take(&mut self.came) {
            rows.entry(code).or_insert_with(|| row(&authority)).came = came;
        }
        self.days.extend(rows.into_values());
        self.day = day.checked_add_days(Days::new(1)).unwrap_or(NaiveDate::MAX);
    }
}

impl Standing {
    fn add(&mut self, service: &CareService, moment: &Moment) {
        let capacity = &service.capacity;
        let vacant = capacity.vacant();
        self.with_vacancies += u32::from(vacant > 0);
        *self.confirmed.entry(capacity.freshness(moment)).or_default() += 1;
        if let Some(told_at) = capacity.confirmed_at {
            self.told += 1;
            self.age_hours += moment.now.since(told_at).num_hours().unsigned_abs();
        }
        match service.facts.kind {
            Kind::CareHome => self.care_homes += 1,
            Kind::HomeCare => self.home_care += 1,
        }
        let open = capacity.status != AdmissionStatus::Closed;
        for line in &capacity.lines {
            let accepting = if open { line.accepting() } else { 0 };
            match line {
                Line::Bed(bed) => {
                    *self.vacancies.entry(bed.bed_type).or_default() += accepting;
                    self.maximum += u32::from(bed.maximum);
                    self.occupied += u32::from(bed.occupied);
                }
                Line::Hours(_) => self.hours_available += accepting,
            }
        }
        self.homes_told += u32::from(capacity.maximum() > 0);
    }

    /// The part of the beds that is occupied, from 0 to 1; nobody told a bed, nobody knows.
    pub fn occupancy(&self) -> Option<f64> {
        (self.maximum > 0).then(|| f64::from(self.occupied) / f64::from(self.maximum))
    }

    /// The mean age of the figures of who ever told, in hours.
    pub fn mean_age_hours(&self) -> Option<f64> {
        (self.told > 0).then(|| self.age_hours as f64 / f64::from(self.told))
    }

    /// The part of the services whose figures have this age.
    pub fn confirmed_share(&self, freshness: Freshness) -> f64 {
        let services = self.care_homes + self.home_care;
        f64::from(self.confirmed.get(&freshness).copied().unwrap_or(0)) / f64::from(services.max(1))
    }
}

/// A day as JSON, in the view of who asks.
#[derive(Clone, Debug, Serialize)]
pub struct DayJson<'a> {
    pub day: NaiveDate,
    pub authority: &'a Authority,
    pub until: Stamp,
    pub services: u32,
    pub care_homes: u32,
    pub home_care: u32,
    pub with_vacancies: u32,
    pub vacancies: &'a BTreeMap<BedType, u32>,
    pub hours_available: u32,
    /// From 0 to 1, to a thousandth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occupancy: Option<f64>,
    /// Parts of the services, from 0 to 1, to a thousandth.
    pub confirmed_share: BTreeMap<Freshness, f64>,
    /// Of the figures of who ever told, to a tenth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mean_age_hours: Option<f64>,
    pub updates: u32,
    pub confirmations: u32,
}

impl<'a> DayJson<'a> {
    pub fn new(row: &'a DayOfAuthority, view: View) -> Self {
        let thousandths = |part: f64| (part * 1_000.0).round() / 1_000.0;
        let stood = &row.stood;
        let telling = match view {
            View::Staff => true,
            View::Public => stood.homes_told >= FEWEST_FOR_OCCUPANCY,
        };
        let share = |freshness: &Freshness| (*freshness, thousandths(stood.confirmed_share(*freshness)));
        Self {
            day: row.day,
            authority: &row.authority,
            until: row.until,
            services: stood.care_homes + stood.home_care,
            care_homes: stood.care_homes,
            home_care: stood.home_care,
            with_vacancies: stood.with_vacancies,
            vacancies: &stood.vacancies,
            hours_available: stood.hours_available,
            occupancy: stood.occupancy().filter(|_| telling).map(thousandths),
            confirmed_share: Freshness::ALL.iter().map(share).collect(),
            mean_age_hours: stood.mean_age_hours().map(|hours| (hours * 10.0).round() / 10.0),
            updates: row.came.updates,
            confirmations: row.came.confirmations,
        }
    }
}

/// The services as they were before the entries `since`, found by going back from what they are
/// now. `earlier` holds the entries that `since` names as previous; where one is not kept any more,
/// the oldest state known stands for it.
pub fn gone_back(
    now: impl IntoIterator<Item = CareService>,
    since: &[Change],
    earlier: &HashMap<i64, CareService>,
) -> Vec<CareService> {
    let mut first: HashMap<&CareServiceId, &Change> = HashMap::new();
    for change in since {
        first.entry(&change.service.id).or_insert(change);
    }
    let before = |service: CareService| match first.get(&service.id) {
        None => Some(service),
        Some(change) if change.previous_seq == 0 => None,
        Some(change) => Some(earlier.get(&change.previous_seq).unwrap_or(&change.service).clone()),
    };
    now.into_iter().filter_map(before).collect()
}

#[cfg(test)]
mod tests;
