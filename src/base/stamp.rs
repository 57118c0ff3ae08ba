//! One moment in time: UTC, to the microsecond, so that both databases keep it whole.
//! It does not know what time it is now; `base/clock.rs` does.

use std::fmt;

use chrono::{DateTime, Duration, NaiveDateTime, SecondsFormat, SubsecRound, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A moment, written and read as RFC 3339 in UTC (`2026-11-22T09:30:00Z`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp(DateTime<Utc>);

impl Stamp {
    pub fn new(at: DateTime<Utc>) -> Self {
        Self(at.trunc_subsecs(6))
    }

    /// Reads RFC 3339 with any offset.
    pub fn parse(text: &str) -> Option<Self> {
        DateTime::parse_from_rfc3339(text.trim()).ok().map(|at| Self::new(at.with_timezone(&Utc)))
    }

    pub fn utc(self) -> DateTime<Utc> {
        self.0
    }

    pub fn naive(self) -> NaiveDateTime {
        self.0.naive_utc()
    }

    pub fn from_naive(at: NaiveDateTime) -> Self {
        Self::new(at.and_utc())
    }

    pub fn millis(self) -> i64 {
        self.0.timestamp_millis()
    }

    /// How long ago `earlier` was, never negative: a clock that jumped back reads as "just now".
    pub fn since(self, earlier: Stamp) -> Duration {
        (self.0 - earlier.0).max(Duration::zero())
    }

    /// How far apart two moments are, whichever was first: a limit by it holds for a clock that jumped
    /// either way.
    pub fn apart(self, other: Stamp) -> Duration {
        (self.0 - other.0).abs()
    }

    pub fn plus(self, span: Duration) -> Self {
        Self(self.0 + span)
    }

    pub fn minus(self, span: Duration) -> Self {
        Self(self.0 - span)
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Stamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("a time must be RFC 3339, such as 2026-11-22T09:30:00Z"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_survives_writing_and_reading() {
        let stamp = Stamp::parse("2026-11-22T10:30:00.123456+01:00").unwrap();
        assert_eq!(stamp.to_string(), "2026-11-22T09:30:00.123456Z");
        assert_eq!(Stamp::parse(&stamp.to_string()), Some(stamp));
        assert_eq!(Stamp::from_naive(stamp.naive()), stamp);
    }

    #[test]
    fn a_clock_that_jumped_back_reads_as_just_now() {
        let early = Stamp::parse("2026-11-22T09:00:00Z").unwrap();
        let late = early.plus(Duration::hours(1));
        assert_eq!(early.since(late), Duration::zero());
    }
}
