//! Local time as people read and write it: "9:30am, 22 November 2026", days and weeks of a zone.
//! It never asks what time it is.

use chrono::{DateTime, Datelike, Duration, LocalResult, NaiveDate, NaiveTime, TimeZone, Timelike};
use chrono_tz::Tz;

use crate::base::stamp::Stamp;
use crate::base::text;

/// The time zone of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Zone(Tz);

impl Zone {
    /// Reads an IANA name such as `Europe/London`.
    pub fn parse(name: &str) -> Option<Self> {
        name.parse().ok().map(Self)
    }

    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The local calendar day of a moment.
    pub fn day(self, stamp: Stamp) -> NaiveDate {
        self.at(stamp).date_naive()
    }

    /// The hour of the local day, 0 to 23.
    pub fn hour(self, stamp: Stamp) -> u32 {
        self.at(stamp).hour()
    }

    /// The moment of a local day and hour. In the hour that spring skips, the first moment after
    /// it; in the hour that autumn repeats, the first of the two.
    pub fn moment(self, day: NaiveDate, hour: u32) -> Stamp {
        let time = NaiveTime::from_hms_opt(hour.min(23), 0, 0).unwrap_or(NaiveTime::MIN);
        let local = day.and_time(time);
        let found = match self.0.from_local_datetime(&local) {
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.to_utc(),
            LocalResult::None => match self.0.from_local_datetime(&(local + Duration::hours(1))) {
                LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.to_utc(),
                LocalResult::None => local.and_utc(),
            },
        };
        Stamp::new(found)
    }

    /// `9:30am`
    pub fn time(self, stamp: Stamp) -> String {
        let (time, is_afternoon) = self.half_day(stamp);
        format!("{time}{}", if is_afternoon { "pm" } else { "am" })
    }

    /// `9:30`, and whether it is in the afternoon.
    pub fn half_day(self, stamp: Stamp) -> (String, bool) {
        let at = self.at(stamp);
        let (is_afternoon, hour) = at.hour12();
        let time = match at.minute() {
            0 => hour.to_string(),
            minute => format!("{hour}:{minute:02}"),
        };
        (time, is_afternoon)
    }

    /// `9:30am, 22 November 2026`
    pub fn when(self, stamp: Stamp) -> String {
        format!("{}, {}", self.time(stamp), day_words(self.day(stamp)))
    }

    fn at(self, stamp: Stamp) -> DateTime<Tz> {
        stamp.utc().with_timezone(&self.0)
    }
}

/// `22 November 2026`
pub fn day_words(day: NaiveDate) -> String {
    format!("{} {}", day.day(), day.format("%B %Y"))
}

/// `2026-W47`: the ISO week that a day belongs to.
pub fn week_name(day: NaiveDate) -> String {
    let week = day.iso_week();
    format!("{}-W{:02}", week.year(), week.week())
}

/// How long ago, in words: `less than a minute ago`, `3 hours ago`, `9 days ago`.
pub fn age(now: Stamp, then: Stamp) -> String {
    format!("{} ago", lasting(now, then))
}

/// How long since then, in words: `less than a minute`, `3 hours`, `9 days`.
pub fn lasting(now: Stamp, then: Stamp) -> String {
    match Span::between(now, then) {
        Span::Moment => "less than a minute".to_owned(),
        Span::Minutes(minutes) => text::count(minutes, "minute", "minutes"),
        Span::Hours(hours) => text::count(hours, "hour", "hours"),
        Span::Days(days) => text::count(days, "day", "days"),
    }
}

/// A time that has passed, in its largest whole unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// Less than a minute.
    Moment,
    Minutes(u64),
    Hours(u64),
    Days(u64),
}

impl Span {
    pub fn between(now: Stamp, then: Stamp) -> Self {
        let span = now.since(then);
        match (span.num_days(), span.num_hours(), span.num_minutes()) {
            (0, 0, 0) => Self::Moment,
            (0, 0, minutes) => Self::Minutes(minutes.unsigned_abs()),
            (0, hours, _) => Self::Hours(hours.unsigned_abs()),
            (days, _, _) => Self::Days(days.unsigned_abs()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn london() -> Zone {
        Zone::parse("Europe/London").unwrap()
    }

    #[test]
    fn times_are_written_as_the_design_system_says() {
        assert_eq!(london().when(Stamp::parse("2026-07-01T08:30:00Z").unwrap()), "9:30am, 1 July 2026");
        assert_eq!(london().time(Stamp::parse("2026-12-01T12:00:00Z").unwrap()), "12pm");
    }

    #[test]
    fn the_hours_of_both_clock_changes_have_one_moment() {
        let spring = NaiveDate::from_ymd_opt(2026, 3, 29).unwrap();
        assert_eq!(london().moment(spring, 1).to_string(), "2026-03-29T01:00:00Z");
        let autumn = NaiveDate::from_ymd_opt(2026, 10, 25).unwrap();
        assert_eq!(london().moment(autumn, 1).to_string(), "2026-10-25T00:00:00Z");
        assert_eq!(london().moment(autumn, 7).to_string(), "2026-10-25T07:00:00Z");
    }

    #[test]
    fn ages_are_said_in_the_largest_whole_unit() {
        let then = Stamp::parse("2026-11-22T09:30:00Z").unwrap();
        for (span, words) in [
            (Duration::seconds(59), "less than a minute ago"),
            (Duration::minutes(1), "1 minute ago"),
            (Duration::hours(23), "23 hours ago"),
            (Duration::days(9), "9 days ago"),
        ] {
            assert_eq!(age(then.plus(span), then), words);
        }
    }
}
