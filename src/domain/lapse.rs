//! What the end of a local day undoes by itself: reservations and closures whose last day is over.
//! It only works out the figures; writing them down, and when to look, are done elsewhere.

use chrono::NaiveDate;

use crate::base::stamp::Stamp;
use crate::domain::capacity::{BedLine, Capacity, Line};
use crate::domain::words::{AdmissionStatus, Source};

impl Capacity {
    /// Whether something of it has lasted until before `today`, a local day.
    pub fn is_lapsing(&self, today: NaiveDate) -> bool {
        self.reopens(today) || self.beds().any(|line| ends(line, today))
    }

    /// The figures after it, one version on: reserved places are accepting, a closed home is as it
    /// was before. `kept` says how many places of a line an enquiry keeps, for a time of its own.
    /// Nobody has looked at the other figures, so they are confirmed no later than before.
    pub fn lapsed(&self, today: NaiveDate, now: Stamp, kept: impl Fn(&BedLine) -> u16) -> Self {
        let mut after = self.clone();
        if self.reopens(today) {
            after.status = self.reopens_as.unwrap_or(AdmissionStatus::Open);
            (after.closed_until, after.reopens_as) = (None, None);
        }
        for line in &mut after.lines {
            match line {
                Line::Bed(line) if ends(line, today) => {
                    let stays = kept(line).min(line.reserved);
                    line.accepting += line.reserved - stays;
                    (line.reserved, line.reserved_until) = (stays, None);
                }
                Line::Bed(_) | Line::Hours(_) => {}
            }
        }
        Self { version: self.version + 1, changed_at: Some(now), source: Some(Source::Lapsed), ..after }
    }

    fn reopens(&self, today: NaiveDate) -> bool {
        self.status == AdmissionStatus::Closed && self.closed_until.is_some_and(|last| last < today)
    }
}

fn ends(line: &BedLine, today: NaiveDate) -> bool {
    line.reserved_until.is_some_and(|last| last < today)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, day).unwrap()
    }

    proptest! {
        #[test]
        fn whatever_lapses_no_place_is_lost_or_made(
            numbers in prop::collection::vec((0_u16..50, 0_u16..50, 0_u16..50, 0_u16..50, 20_u32..28), 1..5),
            kept in 0_u16..60,
            today in 20_u32..28,
        ) {
            let lines: Vec<_> = numbers.iter().map(|(occupied, reserved, accepting, left, until)| json!({
                "bed_type": "general_nursing", "stay": "permanent", "maximum": occupied + reserved + accepting + left,
                "occupied": occupied, "reserved": reserved, "accepting": accepting, "reserved_until": day(*until),
            })).collect();
            let before: Capacity = serde_json::from_value(json!({ "version": 1, "status": "open", "lines": lines })).unwrap();
            let now = Stamp::parse("2026-11-30T00:00:00Z").unwrap();
            let after = before.lapsed(day(today), now, |_| kept);
            for (old, new) in before.beds().zip(after.beds()) {
                prop_assert_eq!(
                    (old.maximum, old.occupied, old.not_admittable(), old.reserved + old.accepting),
                    (new.maximum, new.occupied, new.not_admittable(), new.reserved + new.accepting)
                );
                let over = old.reserved_until.is_some_and(|last| last < day(today));
                prop_assert_eq!(new.reserved, if over { kept.min(old.reserved) } else { old.reserved });
            }
            prop_assert!(!after.is_lapsing(day(today)), "it is done once");
        }
    }
}
