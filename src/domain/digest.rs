//! Digests: for which local day or week one is, when it is due, and what it counted.
//! How it reads is in `notify/`; whether one was made is in the database.

use std::collections::BTreeMap;

use chrono::{Datelike, Duration, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::base::local::{self, Zone};
use crate::base::stamp::Stamp;
use crate::domain::care_service::CareServiceId;
use crate::domain::words::AlertChannel;

/// How often a digest comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cadence {
    Daily,
    Weekly,
}

impl Cadence {
    pub const ALL: [Self; 2] = [Self::Daily, Self::Weekly];

    pub const fn channel(self) -> AlertChannel {
        match self {
            Self::Daily => AlertChannel::Daily,
            Self::Weekly => AlertChannel::Weekly,
        }
    }

    pub const fn word(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Weekly => "weekly",
        }
    }
}

/// The local day, or the local week from Monday on, that a digest is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    pub cadence: Cadence,
    first_day: NaiveDate,
}

impl Period {
    /// The period to which a local day belongs.
    pub fn of(cadence: Cadence, day: NaiveDate) -> Self {
        let first_day = match cadence {
            Cadence::Daily => day,
            Cadence::Weekly => day - Duration::days(day.weekday().num_days_from_monday().into()),
        };
        Self { cadence, first_day }
    }

    /// The period whose digest was the last to become due: at this hour of its first day.
    pub fn last_due(cadence: Cadence, now: Stamp, zone: Zone, hour: u32) -> Self {
        let this = Self::of(cadence, zone.day(now));
        if this.due_at(zone, hour) <= now { this } else { Self::of(cadence, this.first_day - Duration::days(1)) }
    }

    pub fn first_day(self) -> NaiveDate {
        self.first_day
    }

    pub fn due_at(self, zone: Zone, hour: u32) -> Stamp {
        zone.moment(self.first_day, hour)
    }

    /// `daily 2026-11-23` or `weekly 2026-W48`: sorts by time within a cadence.
    pub fn text(self) -> String {
        match self.cadence {
            Cadence::Daily => format!("daily {}", self.first_day),
            Cadence::Weekly => format!("weekly {}", local::week_name(self.first_day)),
        }
    }
}

/// What a digest counted: what the next one of the same alert compares with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Services with vacancies, and how many.
    pub vacant: BTreeMap<CareServiceId, u32>,
    /// Beds accepting, over all of them.
    pub places: u32,
    /// Hours of care at home a week, over all of them.
    pub hours: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn london() -> Zone {
        Zone::parse("Europe/London").unwrap()
    }

    fn last_due(cadence: Cadence, now: &str) -> String {
        Period::last_due(cadence, Stamp::parse(now).unwrap(), london(), 7).text()
    }

    #[test]
    fn a_digest_is_due_at_the_local_hour_on_both_sides_of_each_clock_change() {
        for (now, period) in [
            ("2026-03-28T06:59:59Z", "daily 2026-03-27"),
            ("2026-03-28T07:00:00Z", "daily 2026-03-28"),
            ("2026-03-29T05:59:59Z", "daily 2026-03-28"),
            ("2026-03-29T06:00:00Z", "daily 2026-03-29"),
            ("2026-10-24T06:00:00Z", "daily 2026-10-24"),
            ("2026-10-25T06:59:59Z", "daily 2026-10-24"),
            ("2026-10-25T07:00:00Z", "daily 2026-10-25"),
        ] {
            assert_eq!(last_due(Cadence::Daily, now), period, "{now}");
        }
    }

    #[test]
    fn a_week_begins_on_monday_at_the_hour() {
        for (now, period) in [
            ("2026-11-23T06:59:59Z", "weekly 2026-W47"),
            ("2026-11-23T07:00:00Z", "weekly 2026-W48"),
            ("2026-11-29T23:59:59Z", "weekly 2026-W48"),
            ("2027-01-03T12:00:00Z", "weekly 2026-W53"),
            ("2027-01-04T07:00:00Z", "weekly 2027-W01"),
        ] {
            assert_eq!(last_due(Cadence::Weekly, now), period, "{now}");
        }
    }

    #[test]
    fn an_hour_that_spring_skips_or_autumn_repeats_comes_once_a_day() {
        for (day, hour) in [("2026-03-29", 1), ("2026-10-25", 1)] {
            let day: NaiveDate = day.parse().unwrap();
            let period = Period::of(Cadence::Daily, day);
            let due = period.due_at(london(), hour);
            assert_eq!(london().day(due), day);
            let just_before = due.minus(Duration::seconds(1));
            assert_ne!(Period::last_due(Cadence::Daily, just_before, london(), hour), period);
            assert_eq!(Period::last_due(Cadence::Daily, due.plus(Duration::hours(1)), london(), hour), period);
        }
    }
}
