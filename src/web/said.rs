//! What code says on pages besides the vocabularies: every text that a filter writes, in English, as the catalogue has it.
//! It deliberately holds no text of one page alone; those stand in its template.

use crate::base::texts::Plural;

pub const MOMENT: &str = "less than a minute";
pub const MOMENT_AGO: &str = "less than a minute ago";
pub const MINUTES: Plural = Plural("{n} minute", "{n} minutes");
pub const MINUTES_AGO: Plural = Plural("{n} minute ago", "{n} minutes ago");
pub const HOURS: Plural = Plural("{n} hour", "{n} hours");
pub const HOURS_AGO: Plural = Plural("{n} hour ago", "{n} hours ago");
pub const DAYS: Plural = Plural("{n} day", "{n} days");
pub const DAYS_AGO: Plural = Plural("{n} day ago", "{n} days ago");

pub const MILES: Plural = Plural("{n} mile", "{n} miles");
pub const WITHIN: Plural = Plural("Within {n} mile", "Within {n} miles");
pub const AT_LEAST: Plural = Plural("At least {n} vacancy", "At least {n} vacancies");
pub const UP_TO: &str = "Up to {money}";

pub const MORNING: &str = "{time}am";
pub const AFTERNOON: &str = "{time}pm";
pub const DAY: &str = "{day} {month} {year}";
pub const WHEN: &str = "{time}, {day}";
pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The traffic light; `domain/state.rs` says the same.
pub const STATES: [&str; 6] =
    ["Vacancies", "On request", "Full", "Closed to admissions", "Not confirmed for {time}", "Not told yet"];

/// Labels that a page is given and says with the filter `say`.
pub const LABELS: [&str; 10] = [
    "PDF to print",
    "PDF in large print",
    "Plain text",
    "Easy Read",
    "List",
    "Table",
    "Map",
    "postcode district",
    "town",
    "postcode area",
];

/// Everything here, for the catalogue.
pub fn all() -> (Vec<&'static str>, Vec<Plural>) {
    let alone = [MOMENT, MOMENT_AGO, UP_TO, MORNING, AFTERNOON, DAY, WHEN];
    let sentences = alone.into_iter().chain(MONTHS).chain(STATES).chain(LABELS).collect();
    let plurals = [MINUTES, MINUTES_AGO, HOURS, HOURS_AGO, DAYS, DAYS_AGO, MILES, WITHIN, AT_LEAST];
    (sentences, plurals.to_vec())
}
