//! When a service is asked whether its figures still hold: once they are probably wrong, at the
//! hours its managers chose, at most once a day, ever more seldom and ever higher up if nobody
//! answers. How fast figures change is in `pace.rs`; what a letter says is not decided here.

use chrono::{Datelike, Days, Duration, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::base::local::Zone;
use crate::base::stamp::Stamp;
use crate::domain::bank_holidays::is_bank_holiday;
use crate::domain::care_service::CareService;
use crate::domain::freshness::FreshnessLimits;
use crate::domain::invalid::{Invalid, Mistakes};
use crate::domain::pace::{Pace, Prior};
use crate::domain::words::AdmissionStatus;

/// "Probably wrong": more likely than not.
pub const PROBABLY: f64 = 0.5;
/// So many come on days after each other; then who has not answered is asked more seldom. The
/// simulation says what that costs (`docs/explanation/reminders.md`).
const DAILY: u32 = 5;
/// From the reminder after so many that nobody answered, the group's managers are asked too.
const BEFORE_THE_GROUP: u32 = 2;
/// After so many that nobody answered, a service is on its authority's list of late ones.
const BEFORE_LATE: u32 = 3;
/// "Full until" is a promise for some weeks; further ahead nobody knows.
pub const LONGEST_FULL: Days = Days::new(92);
/// The days of a week, in its order.
pub const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const SECONDS_A_DAY: f64 = 86_400.0;

/// When a service may be reminded, as its managers chose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wishes {
    /// The first hour of the local day, and the hour at which the day is over.
    pub from: u32,
    pub until: u32,
    /// From Monday on.
    pub weekdays: [bool; 7],
    pub bank_holidays: bool,
    /// No place is free before this day; none is asked about until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub full_until: Option<NaiveDate>,
}

impl Default for Wishes {
    fn default() -> Self {
        let weekdays = [true, true, true, true, true, false, false];
        Self { from: 9, until: 17, weekdays, bank_holidays: false, full_until: None }
    }
}

impl Wishes {
    /// Wishes that make sense on this day, or every reason why they do not.
    pub fn checked(self, service: &CareService, today: NaiveDate) -> Result<Self, Invalid> {
        let mut mistakes = Mistakes::default();
        if self.from >= self.until || self.until > 24 {
            mistakes.add("until", "bad_hours", "The last hour must be after the first.");
        }
        if self.weekdays == [false; 7] {
            mistakes.add("weekdays", "no_day", "Choose at least one day. To get no reminders, stop them instead.");
        }
        if let Some(day) = self.full_until {
            if day <= today {
                mistakes.add("full_until", "past", "“Full until” must be a day after today.");
            } else if day > today + LONGEST_FULL {
                mistakes.add("full_until", "too_far", "“Full until” can be three months ahead at the most.");
            } else if service.capacity.vacant() > 0 {
                let why = "Your figures say that there are vacancies. Update them first, or leave “Full until” blank.";
                mistakes.add("full_until", "not_full", why);
            }
        }
        mistakes.or(self)
    }

    /// Whether this is a moment at which the managers want to be asked.
    pub fn allow(&self, zone: Zone, at: Stamp) -> bool {
        let (day, hour) = (zone.day(at), zone.hour(at));
        let weekday = usize::try_from(day.weekday().num_days_from_monday()).unwrap_or(0);
        (self.from..self.until).contains(&hour)
            && self.weekdays[weekday]
            && (self.bank_holidays || !is_bank_holiday(day))
    }

    /// When the hours of this moment's day are over.
    pub fn end_of_day(&self, zone: Zone, at: Stamp) -> Stamp {
        let day = zone.day(at);
        if self.until < 24 { zone.moment(day, self.until) } else { zone.moment(day + Days::new(1), 0) }
    }

    /// Until when a full service is to be left in peace; `None` as soon as it has a vacancy.
    pub fn full(&self, service: &CareService, today: NaiveDate) -> Option<NaiveDate> {
        self.full_until.filter(|day| *day > today && service.capacity.vacant() == 0)
    }

    /// `Monday to Friday`, `Monday, Wednesday`.
    pub fn days_words(&self) -> String {
        let chosen: Vec<usize> = (0..7).filter(|day| self.weekdays[*day]).collect();
        let name = |day: &usize| WEEKDAYS[*day];
        match (chosen.first(), chosen.last()) {
            (Some(first), Some(last)) if chosen.len() > 2 && last - first + 1 == chosen.len() => {
                format!("{} to {}", name(first), name(last))
            }
            _ => chosen.iter().map(name).collect::<Vec<_>>().join(", "),
        }
    }
}

/// How sure to be before asking, and between which ages of the figures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rules {
    pub threshold: f64,
    /// Younger figures are up to date, whatever is probable.
    pub soonest: Duration,
    /// Older ones are asked about, however quiet the home.
    pub latest: Duration,
}

impl Rules {
    /// Never while figures are fresh, and a day before everybody reads that they are not confirmed.
    pub fn of(limits: FreshnessLimits) -> Self {
        let latest = (limits.ageing_under - Duration::days(1)).max(limits.fresh_under);
        Self { threshold: PROBABLY, soonest: limits.fresh_under, latest }
    }

    /// When figures told at this moment are probably wrong.
    pub fn wrong_at(&self, told_at: Stamp, pace: Pace, prior: Prior) -> Stamp {
        let seconds = (pace.days_until(prior, self.threshold) * SECONDS_A_DAY).min(self.latest.as_seconds_f64());
        let after = Duration::seconds(seconds as i64);
        told_at.plus(after.clamp(self.soonest, self.latest))
    }
}

/// The reminders since the figures were last told, which nobody has answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unanswered {
    pub times: u32,
    pub last: Option<NaiveDate>,
}

impl Unanswered {
    /// Whether another may be sent on this day: each day for a working week, then every third day.
    pub fn allow(self, day: NaiveDate) -> bool {
        let wait = if self.times < DAILY { Days::new(1) } else { Days::new(3) };
        self.last.is_none_or(|last| day >= last + wait)
    }

    /// Whether the next one goes to the group's managers too.
    pub fn reaches_group(self) -> bool {
        self.times >= BEFORE_THE_GROUP
    }

    pub fn is_late(self) -> bool {
        self.times >= BEFORE_LATE
    }
}

/// It said until when it is closed, and that day has not passed.
fn is_closed_today(service: &CareService, today: NaiveDate) -> bool {
    let capacity = &service.capacity;
    capacity.status == AdmissionStatus::Closed && capacity.closed_until.is_some_and(|last| last >= today)
}

/// Whether a service is to be asked today: its figures will be wrong `by` then, or were never told
/// (`wrong_at` is `None`), nobody said that it is full or closed for longer, and it was not asked too often.
pub fn is_ripe(
    service: &CareService,
    wishes: &Wishes,
    unanswered: Unanswered,
    wrong_at: Option<Stamp>,
    (today, by): (NaiveDate, Stamp),
) -> bool {
    service.left_at.is_none()
        && wishes.full(service, today).is_none()
        && !is_closed_today(service, today)
        && unanswered.allow(today)
        && wrong_at.is_none_or(|wrong_at| wrong_at <= by)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn london() -> Zone {
        Zone::parse("Europe/London").unwrap()
    }

    fn at(text: &str) -> Stamp {
        Stamp::parse(text).unwrap()
    }

    #[test]
    fn working_hours_are_local_and_leave_out_weekends_and_bank_holidays() {
        let wishes = Wishes::default();
        for (moment, wanted) in [
            ("2026-11-23T08:59:00Z", false),
            ("2026-11-23T09:00:00Z", true),
            ("2026-11-23T16:59:00Z", true),
            ("2026-11-23T17:00:00Z", false),
            ("2026-11-22T10:00:00Z", false),
            ("2026-07-06T08:00:00Z", true),
            ("2026-12-25T10:00:00Z", false),
            ("2026-12-28T10:00:00Z", false),
        ] {
            assert_eq!(wishes.allow(london(), at(moment)), wanted, "{moment}");
        }
        let always = Wishes { from: 0, until: 24, weekdays: [true; 7], bank_holidays: true, full_until: None };
        assert!(always.allow(london(), at("2026-12-26T03:00:00Z")));
        assert_eq!(always.end_of_day(london(), at("2026-03-29T12:00:00Z")), at("2026-03-29T23:00:00Z"));
        assert_eq!(wishes.end_of_day(london(), at("2026-07-06T08:00:00Z")), at("2026-07-06T16:00:00Z"));
    }

    #[test]
    fn who_does_not_answer_is_asked_ever_more_seldom_and_higher_up() {
        let first: NaiveDate = "2026-11-02".parse().unwrap();
        let (mut unanswered, mut sent) = (Unanswered::default(), Vec::new());
        for offset in 0..20 {
            let day = first + Days::new(offset);
            if unanswered.allow(day) {
                sent.push((offset, unanswered.reaches_group(), unanswered.is_late()));
                unanswered = Unanswered { times: unanswered.times + 1, last: Some(day) };
            }
        }
        let days: Vec<u64> = sent.iter().map(|(offset, ..)| *offset).collect();
        assert_eq!(days, [0, 1, 2, 3, 4, 7, 10, 13, 16, 19]);
        let group: Vec<u64> = sent.iter().filter(|(_, group, _)| *group).map(|(offset, ..)| *offset).collect();
        assert_eq!((group[0], sent.iter().filter(|(.., late)| *late).count()), (2, 7));
    }

    #[test]
    fn figures_are_never_asked_about_while_fresh_nor_later_than_a_day_before_they_are_stale() {
        let rules = Rules::of(FreshnessLimits::default());
        let told = at("2026-11-23T09:00:00Z");
        let wrong_at = |changes, days| rules.wrong_at(told, Pace { changes, days }, Prior::default());
        assert_eq!(wrong_at(500.0, 100.0), told.plus(Duration::hours(24)));
        assert_eq!(wrong_at(0.0, 300.0), told.plus(Duration::days(6)));
        let between = wrong_at(30.0, 90.0);
        assert!(between > told.plus(Duration::days(2)) && between < told.plus(Duration::days(3)), "{between}");
    }

    #[test]
    fn days_are_said_as_people_say_them() {
        let of = |weekdays| Wishes { weekdays, ..Wishes::default() }.days_words();
        assert_eq!(Wishes::default().days_words(), "Monday to Friday");
        assert_eq!(of([true; 7]), "Monday to Sunday");
        assert_eq!(of([true, false, true, false, false, false, false]), "Monday, Wednesday");
        assert_eq!(of([false, false, false, false, false, true, true]), "Saturday, Sunday");
    }
}
