//! How quickly services answer what staff ask them: the median of their first answers.
//! Which enquiries are looked at is decided by who hands them in.

use chrono::Duration;
use serde::{Serialize, Serializer};

use crate::base::text;

/// Older answers say little about how quickly somebody answers now.
pub const LOOK_BACK: Duration = Duration::days(90);

/// What was asked in a while, and how quickly it was answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AnswerTimes {
    pub asked: u64,
    pub answered: u64,
    #[serde(rename = "median_seconds", serialize_with = "seconds", skip_serializing_if = "Option::is_none")]
    pub median: Option<Duration>,
}

fn seconds<S: Serializer>(median: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    median.map(|median| median.num_seconds()).serialize(serializer)
}

impl AnswerTimes {
    /// Of everything that was asked: how long the first answer took, `None` where there is none.
    pub fn of(times: impl IntoIterator<Item = Option<Duration>>) -> Self {
        let mut asked = 0;
        let mut taken: Vec<Duration> = times.into_iter().inspect(|_| asked += 1).flatten().collect();
        taken.sort_unstable();
        let at = |index: usize| taken.get(index).copied();
        let half = taken.len() / 2;
        let median = match taken.len() % 2 {
            1 => at(half),
            _ => half.checked_sub(1).and_then(at).zip(at(half)).map(|(lower, upper)| (lower + upper) / 2),
        };
        Self { asked, answered: taken.len() as u64, median }
    }

    /// `2 hours (median of 14 answers)`; `None` if nobody has answered.
    pub fn words(&self) -> Option<String> {
        Some(format!("{} (median of {})", lasted(self.median?), text::count(self.answered, "answer", "answers")))
    }
}

/// `under a minute`, `12 minutes`, `3 hours`, `2 days`: rounded to what is spoken.
pub fn lasted(taken: Duration) -> String {
    let count = |number: i64, one, many| text::count(number.unsigned_abs(), one, many);
    match taken.num_minutes() {
        ..1 => "under a minute".to_owned(),
        minutes @ 1..90 => count(minutes, "minute", "minutes"),
        minutes @ 90..2880 => count((minutes + 30) / 60, "hour", "hours"),
        minutes => count((minutes + 720) / 1440, "day", "days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(all: &[i64]) -> Option<Duration> {
        AnswerTimes::of(all.iter().map(|minutes| Some(Duration::minutes(*minutes)))).median
    }

    #[test]
    fn the_median_is_the_middle_and_those_who_never_answered_are_counted_beside_it() {
        assert_eq!(minutes(&[]), None);
        assert_eq!(minutes(&[9, 1, 5]), Some(Duration::minutes(5)));
        assert_eq!(minutes(&[100, 2, 4, 1]), Some(Duration::minutes(3)));
        let times = AnswerTimes::of([None, Some(Duration::minutes(12)), None]);
        assert_eq!((times.asked, times.answered), (3, 1));
        assert_eq!(times.words().unwrap(), "12 minutes (median of 1 answer)");
        assert_eq!(AnswerTimes::of([None]).words(), None);
    }

    #[test]
    fn times_are_said_as_people_say_them() {
        for (minutes, said) in [
            (0, "under a minute"),
            (1, "1 minute"),
            (89, "89 minutes"),
            (90, "2 hours"),
            (2879, "48 hours"),
            (2880, "2 days"),
        ] {
            assert_eq!(lasted(Duration::minutes(minutes)), said);
        }
    }
}
