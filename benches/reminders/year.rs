//! One year under one policy, hour by hour, with the very rules of the service: `Pace`, `Rules`,
//! `Unanswered` and `Wishes`. What homes do is in `homes.rs`.

use chrono::{Duration, NaiveDate};

use berth::base::local::Zone;
use berth::base::stamp::Stamp;
use berth::domain::bank_holidays::is_working_day;
use berth::domain::pace::{Pace, Prior};
use berth::domain::reminder::{Rules, Unanswered, Wishes};

use crate::homes::{Chance, Home};

/// Before the year that counts, so that every policy starts from its own habits.
pub const WARM_UP_DAYS: u32 = 60;
const DAYS: u32 = 365 + WARM_UP_DAYS;
/// Not confirmed for so long, as everybody reads it.
const STALE_HOURS: u32 = 7 * 24;
/// Who answers a mail does so some hours later; the mean.
const ANSWER_HOURS: f64 = 4.0;

#[derive(Clone, Copy)]
pub enum Policy {
    None,
    /// At nine, to everybody, on every so many-th working day; 2.5 is the second, the fifth, the seventh…
    Every(f64),
    Thinking(Rules),
}

/// What is true of each hour, looked up once.
pub struct Calendar(Vec<Hour>);

struct Hour {
    at: Stamp,
    day: NaiveDate,
    /// Whether a manager who chose nothing may be asked.
    allowed: bool,
    /// The first such hour of its day, and the number of the working day.
    opens: Option<u32>,
}

impl Calendar {
    pub fn new() -> Self {
        let zone = Zone::parse("Europe/London").expect("London is a zone");
        let begin = zone.moment(NaiveDate::from_ymd_opt(2026, 1, 1).expect("a date"), 0);
        let wishes = Wishes::default();
        let (mut hours, mut working_days): (Vec<Hour>, u32) = (Vec::new(), 0);
        for hour in 0..DAYS * 24 {
            let at = begin.plus(Duration::hours(hour.into()));
            let day = zone.day(at);
            let opens = is_working_day(day) && zone.hour(at) == wishes.from;
            working_days += u32::from(opens);
            let allowed = wishes.allow(zone, at);
            hours.push(Hour { at, day, allowed, opens: opens.then_some(working_days) });
        }
        Self(hours)
    }

    pub fn hours(&self) -> u32 {
        DAYS * 24
    }
}

/// What a policy came to.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub mails_a_week: f64,
    /// The part of the mails about figures that were right.
    pub needless: f64,
    pub mean_age_days: f64,
    /// The parts of the hours in which a home's figures were not what was true, and were old.
    pub wrong: f64,
    pub stale: f64,
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let percent = |part: f64| format!("{:.1} %", part * 100.0);
        write!(
            f,
            "{:.2} | {} | {:.2} days | {} | {}",
            self.mails_a_week,
            percent(self.needless),
            self.mean_age_days,
            percent(self.wrong),
            percent(self.stale)
        )
    }
}

/// A home as the service knows it, and as it is.
struct Known<'a> {
    home: &'a Home,
    chance: Chance,
    pace: Pace,
    unanswered: Unanswered,
    wrong_at: Stamp,
    told: u32,
    /// How far its changes and its unasked tellings have gone.
    next_change: usize,
    next_unasked: usize,
    /// The hour of the last change, and of the answer that is on its way.
    changed: Option<u32>,
    answer: Option<u32>,
}

#[derive(Default)]
struct Sums {
    hours: f64,
    age: f64,
    wrong: f64,
    stale: f64,
    mails: f64,
    needless: f64,
}

pub fn run(calendar: &Calendar, homes: &[Home], policy: Policy) -> Outcome {
    let mut all: Vec<Known> = homes.iter().map(|home| Known::new(home, calendar.0[0].at)).collect();
    let (mut prior, mut sums) = (Prior::default(), Sums::default());
    for (number, hour) in (0..).zip(&calendar.0) {
        if number % 24 == 0 {
            prior = Prior::of(all.iter().map(|known| known.pace));
        }
        let counts = number >= WARM_UP_DAYS * 24;
        for known in &mut all {
            known.live(number, calendar, policy, prior);
            if counts {
                known.look(number, &mut sums);
            }
            if known.is_asked(hour, policy) {
                known.ask(number, hour.day);
                if counts {
                    sums.mails += 1.0;
                    sums.needless += f64::from(u8::from(!known.is_wrong()));
                }
            }
        }
    }
    let home_hours = sums.hours;
    Outcome {
        mails_a_week: sums.mails / home_hours * 168.0,
        needless: sums.needless / sums.mails.max(1.0),
        mean_age_days: sums.age / home_hours / 24.0,
        wrong: sums.wrong / home_hours,
        stale: sums.stale / home_hours,
    }
}

impl<'a> Known<'a> {
    fn new(home: &'a Home, begin: Stamp) -> Self {
        Self {
            home,
            chance: Chance(home.seed),
            pace: Pace::default(),
            unanswered: Unanswered::default(),
            wrong_at: begin,
            told: 0,
            next_change: 0,
            next_unasked: 0,
            changed: None,
            answer: None,
        }
    }

    /// What happens in this hour by itself: changes, then tellings.
    fn live(&mut self, hour: u32, calendar: &Calendar, policy: Policy, prior: Prior) {
        while self.home.changes.get(self.next_change).is_some_and(|at| *at <= hour) {
            self.changed = Some(self.home.changes[self.next_change]);
            self.next_change += 1;
        }
        let mut tells = self.answer.is_some_and(|at| at <= hour);
        while self.home.unasked.get(self.next_unasked).is_some_and(|at| *at <= hour) {
            self.next_unasked += 1;
            tells = true;
        }
        if tells {
            let days = f64::from(hour - self.told) / 24.0;
            self.pace = self.pace.told(days, self.is_wrong());
            if let Policy::Thinking(rules) = policy {
                self.wrong_at = rules.wrong_at(calendar.0[hour as usize].at, self.pace, prior);
            }
            (self.told, self.changed, self.answer, self.unanswered) = (hour, None, None, Unanswered::default());
        }
    }

    fn is_wrong(&self) -> bool {
        self.changed.is_some()
    }

    fn look(&self, hour: u32, sums: &mut Sums) {
        let age = hour - self.told;
        sums.hours += 1.0;
        sums.age += f64::from(age);
        sums.wrong += f64::from(u8::from(self.is_wrong()));
        sums.stale += f64::from(u8::from(age >= STALE_HOURS));
    }

    fn is_asked(&self, hour: &Hour, policy: Policy) -> bool {
        match policy {
            Policy::None => false,
            Policy::Every(days) => hour.opens.is_some_and(|number| {
                let rounds = |number: u32| (f64::from(number) / days).floor();
                rounds(number) > rounds(number - 1)
            }),
            Policy::Thinking(_) => hour.allowed && self.wrong_at <= hour.at && self.unanswered.allow(hour.day),
        }
    }

    fn ask(&mut self, hour: u32, day: NaiveDate) {
        self.unanswered = Unanswered { times: self.unanswered.times + 1, last: Some(day) };
        if self.chance.part() < self.home.answers {
            let answer = hour + 1 + self.chance.waiting(ANSWER_HOURS) as u32;
            self.answer = Some(self.answer.map_or(answer, |before| before.min(answer)));
        }
    }
}
