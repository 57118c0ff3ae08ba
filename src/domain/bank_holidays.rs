//! The bank holidays of England and Wales, and what follows from them: working days.
//! Dated facts: from 2026 to 2028, as https://www.gov.uk/bank-holidays lists them. `berth check`
//! says in time when they run out; nothing here guesses a day beyond.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use chrono::{Datelike, NaiveDate, Weekday};

/// A day and its name a line, by date.
const TABLE: &str = include_str!("bank_holidays.csv");

static DAYS: LazyLock<BTreeSet<NaiveDate>> =
    LazyLock::new(|| TABLE.lines().filter_map(|line| line.split_once(',')?.0.parse().ok()).collect());

pub fn is_bank_holiday(day: NaiveDate) -> bool {
    DAYS.contains(&day)
}

/// The last day of the last year that the table holds.
pub fn known_until() -> NaiveDate {
    DAYS.last().and_then(|last| NaiveDate::from_ymd_opt(last.year(), 12, 31)).unwrap_or(NaiveDate::MIN)
}

/// Monday to Friday, and no bank holiday.
pub fn is_working_day(day: NaiveDate) -> bool {
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && !is_bank_holiday(day)
}

/// This day, or the first working day after it.
pub fn working_day_from(day: NaiveDate) -> NaiveDate {
    day.iter_days().find(|day| is_working_day(*day)).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn every_year_of_the_table_has_its_eight_days_and_none_is_on_a_weekend() {
        assert_eq!(DAYS.len(), TABLE.lines().count(), "a line of the table cannot be read");
        for year in 2026..=known_until().year() {
            assert_eq!(DAYS.iter().filter(|day| day.year() == year).count(), 8, "{year}");
        }
        assert!(DAYS.iter().all(|day| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)));
        assert_eq!(known_until(), day("2028-12-31"));
    }

    #[test]
    fn the_working_day_after_christmas_comes_after_the_substitute_days() {
        assert_eq!(working_day_from(day("2027-12-25")), day("2027-12-29"));
        assert_eq!(working_day_from(day("2026-12-28")), day("2026-12-29"));
        assert_eq!(working_day_from(day("2026-11-23")), day("2026-11-23"));
    }
}
