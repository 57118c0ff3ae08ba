//! A year of the county, written to the log as its managers would have: through the acts, in the
//! order of time. What happens on a day is in `figures.rs`.

use chrono::Duration;

use crate::base::stamp::Stamp;
use crate::demo::county::{County, Habit, Invented};
use crate::demo::dice::Dice;
use crate::demo::{SEED, figures};
use crate::domain::actor::Actor;
use crate::domain::capacity::CapacityUpdate;
use crate::domain::care_service::CareServiceId;
use crate::domain::words::{Role, Source};
use crate::ops::update_capacity::Telling;
use crate::ops::{Condition, Refused, add_service, confirm_capacity, update_capacity};
use crate::store::conn::Conn;
use crate::store::tellings::together;

const A_YEAR: Duration = Duration::days(365);
const AN_HOUR: i64 = 3_600;
const A_DAY: i64 = 24 * AN_HOUR;

/// Something that a manager did.
struct Event<'a> {
    at: Stamp,
    service: &'a Invented,
    /// `None`: confirmed.
    told: Option<CapacityUpdate>,
    source: Source,
}

/// Writes it all, in the transaction that is open.
pub fn write(c: &mut Conn, county: &County, now: Stamp) -> Result<(), Refused> {
    let begin = now.minus(A_YEAR);
    let register = Actor::system("register");
    for service in &county.services {
        add_service::act(c, begin, &register, &service.id, &service.facts)?;
    }
    let ids: Vec<_> = county.services.iter().map(|service| service.id.clone()).collect();
    together(c, &ids, |tellings| {
        for event in events(county, begin, now) {
            let telling = telling(&event.service.id, event.source);
            match event.told {
                Some(update) => update_capacity::act(tellings, event.at, &telling, update)?,
                None => confirm_capacity::act(tellings, event.at, &telling)?,
            };
        }
        Ok(())
    })
}

/// A telling as if by the manager of this one service; nobody did it, so no audit names anybody.
pub fn telling(id: &CareServiceId, source: Source) -> Telling {
    let role = if source == Source::Phone { Role::Staff } else { Role::Manager };
    Telling { actor: Actor::system(role.word()), id: id.clone(), source, condition: Condition::default() }
}

/// Everything that was told, oldest first.
fn events(county: &County, begin: Stamp, now: Stamp) -> Vec<Event<'_>> {
    let mut dice = Dice::new(SEED + 1);
    let mut events: Vec<Event> =
        county.services.iter().flat_map(|service| of_service(service, begin, now, &mut dice)).collect();
    events.sort_by_key(|event| event.at);
    events
}

fn of_service<'a>(service: &'a Invented, begin: Stamp, now: Stamp, dice: &mut Dice) -> Vec<Event<'a>> {
    let mut figures = service.first.clone();
    let mut events = Vec::new();
    for at in times(service.habit, begin, now, dice) {
        let first = events.is_empty();
        let told = (first || dice.chance(55)).then(|| {
            if !first {
                figures = figures::next_day(&figures, at.utc().date_naive(), dice);
            }
            figures.clone()
        });
        let source = dice.weighted(&[(66, Source::Form), (16, Source::Mail), (15, Source::Api), (3, Source::Phone)]);
        events.push(Event { at, service, told, source });
    }
    events
}

/// When a service of this habit told its figures: every few weeks for most of the year, to keep the
/// log small, and as the habit is in the last days.
fn times(habit: Habit, begin: Stamp, now: Stamp, dice: &mut Dice) -> Vec<Stamp> {
    let last = match habit {
        Habit::Daily => now.minus(dice.seconds(0..20 * AN_HOUR)),
        Habit::Weekly => now.minus(dice.seconds(A_DAY..6 * A_DAY)),
        Habit::Forgetful => now.minus(dice.seconds(8 * A_DAY..70 * A_DAY)),
        Habit::Silent => return Vec::new(),
    };
    let close_days = match habit {
        Habit::Daily => 6,
        Habit::Weekly => 1,
        Habit::Forgetful | Habit::Silent => 0,
    };
    let mut times: Vec<Stamp> =
        (0..=close_days).rev().map(|day| last.minus(Duration::days(day) + dice.seconds(0..AN_HOUR))).collect();
    let until = times[0];
    let mut at = begin.plus(dice.seconds(AN_HOUR..20 * A_DAY));
    let mut early = Vec::new();
    while at < until {
        early.push(at);
        at = at.plus(dice.seconds(12 * A_DAY..34 * A_DAY));
    }
    early.append(&mut times);
    early
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::freshness::Moment;
    use crate::domain::words::Freshness;

    #[test]
    fn a_year_is_a_few_thousand_entries_that_end_in_figures_of_every_age() {
        let now = Stamp::parse("2026-11-22T09:30:00Z").unwrap();
        let county = County::new(now);
        let events = events(&county, now.minus(A_YEAR), now);
        assert!((3_000..8_000).contains(&events.len()), "{}", events.len());
        assert!(events.iter().all(|event| event.at <= now && event.at >= now.minus(A_YEAR)));
        let last = |service: &Invented| events.iter().rev().find(|event| event.service.id == service.id);
        let count = |fresh: Freshness| {
            let age = |service: &&Invented| Moment::at(now).freshness(last(service).map(|event| event.at)) == fresh;
            county.services.iter().filter(age).count()
        };
        assert!(count(Freshness::Fresh) > 120 && count(Freshness::Ageing) > 30);
        assert!(count(Freshness::Stale) > 15 && count(Freshness::Never) > 5);
    }
}
