//! The national return: the four numbers a bed type that the Capacity Tracker asks every care home
//! of England for, once a month, and when. Source: the formal notice under section 277A of the Health
//! and Social Care Act 2012, as updated on 26 April 2024. Nothing is sent from here.

use std::collections::BTreeMap;

use chrono::{Datelike, Months, NaiveDate};
use serde::Serialize;

use crate::domain::bank_holidays::working_day_from;
use crate::domain::capacity::Capacity;
use crate::domain::words::BedType;

/// The window opens at the start of this day of each month,
const OPENS: u32 = 8;
/// and closes at the end of this one, or of the next working day.
const CLOSES: u32 = 14;

/// The four numbers of one bed type, over all stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Four {
    pub maximum: u32,
    pub occupied: u32,
    pub reserved: u32,
    pub accepting: u32,
}

/// What a home copies into the return.
pub fn figures(capacity: &Capacity) -> BTreeMap<BedType, Four> {
    let mut all: BTreeMap<BedType, Four> = BTreeMap::new();
    for line in capacity.beds() {
        let four = all.entry(line.bed_type).or_default();
        four.maximum += u32::from(line.maximum);
        four.occupied += u32::from(line.occupied);
        four.reserved += u32::from(line.reserved);
        four.accepting += u32::from(line.accepting);
    }
    all
}

/// The days on which the return is taken, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub opens: NaiveDate,
    pub closes: NaiveDate,
}

impl Window {
    /// The one that is open on this day, or opens next.
    pub fn on(today: NaiveDate) -> Self {
        let this = Self::of_month(today);
        if today <= this.closes { this } else { Self::of_month(today + Months::new(1)) }
    }

    pub fn is_open(&self, today: NaiveDate) -> bool {
        (self.opens..=self.closes).contains(&today)
    }

    fn of_month(day: NaiveDate) -> Self {
        let at = |number| day.with_day(number).unwrap_or(day);
        Self { opens: at(OPENS), closes: working_day_from(at(CLOSES)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_window_is_from_the_8th_to_the_14th_or_the_working_day_after() {
        for (today, opens, closes, is_open) in [
            ("2026-12-01", "2026-12-08", "2026-12-14", false),
            ("2026-12-08", "2026-12-08", "2026-12-14", true),
            ("2026-12-14", "2026-12-08", "2026-12-14", true),
            ("2026-12-15", "2027-01-08", "2027-01-14", false),
            // The 14th is a Saturday; and Good Friday in 2028, with Easter after it.
            ("2026-11-16", "2026-11-08", "2026-11-16", true),
            ("2028-04-18", "2028-04-08", "2028-04-18", true),
            ("2028-04-19", "2028-05-08", "2028-05-15", false),
            ("2027-01-31", "2027-02-08", "2027-02-15", false),
        ] {
            let window = Window::on(day(today));
            assert_eq!(window, Window { opens: day(opens), closes: day(closes) }, "{today}");
            assert_eq!(window.is_open(day(today)), is_open, "{today}");
        }
    }
}
