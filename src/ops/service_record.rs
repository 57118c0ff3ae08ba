//! What a service's managers get back for keeping its figures true: how it was met, how it compares,
//! and the history of what was told. It changes nothing.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{Days, Duration, NaiveDate};

use crate::base::local::Zone;
use crate::base::stamp::Stamp;
use crate::domain::actor::Actor;
use crate::domain::capacity::Capacity;
use crate::domain::care_service::{CareService, CareServiceId};
use crate::domain::change::{Change, ChangeKind};
use crate::domain::difference;
use crate::domain::interest::{self, DAYS, Interest, median};
use crate::domain::words::Source;
use crate::ops::Refused;
use crate::store::conn::Conn;
use crate::store::{Db, changes, enquiries, interest as met, services};

/// Entries on the page; older ones are in the log as long as it is kept.
const MOST_ENTRIES: usize = 20;
/// Entries that are looked at for the chart: more than this in four weeks no home tells.
const MOST_LOOKED_AT: i64 = 500;

/// All of it.
pub struct Record {
    pub service: CareService,
    pub interest: Interest,
    pub enquiries: u64,
    pub like: Like,
    pub history: Vec<Entry>,
    pub days: Vec<Day>,
}

/// The middle values of the others of its kind in its authority; `None` where there are too few.
pub struct Like {
    pub services: usize,
    pub found: Option<u64>,
    pub seen: Option<u64>,
    /// How old their figures are, in hours; never told counts as older than any.
    pub age_hours: Option<u64>,
}

/// One entry of the history, newest first.
pub struct Entry {
    pub at: Stamp,
    /// In what capacity somebody did it, never a person's name.
    pub actor: String,
    pub source: Option<Source>,
    pub words: Vec<String>,
}

/// How the figures stood when a local day ended, or stand now; `None` where nothing was told.
pub struct Day {
    pub day: NaiveDate,
    pub vacant: Option<u32>,
    pub occupied: Option<u32>,
}

/// The record of a service, for who may update it. `all` are the services of the register.
pub async fn look(
    db: &Db,
    (zone, now): (Zone, Stamp),
    actor: Actor,
    id: CareServiceId,
    all: Vec<Arc<CareService>>,
) -> Result<Record, Refused> {
    db.read(move |c| {
        let service = services::get(c, &id)?.service;
        if service.left_at.is_some() {
            return Err(Refused::NotFound);
        }
        if !actor.may_update(&service) {
            return Err(Refused::NotAllowed);
        }
        let first = interest::first_day(zone.day(now));
        let met = met::since(c, first)?;
        let entries = changes::of_service(c, &id, MOST_LOOKED_AT)?;
        Ok(Record {
            interest: met.get(&id).copied().unwrap_or_default(),
            enquiries: enquiries::count_since(c, &id, zone.moment(first, 0))?,
            like: like(&service, &all, &met, now),
            history: history(c, &entries)?,
            days: days(c, &service, &entries, (zone, now))?,
            service,
        })
    })
    .await
}

fn like(service: &CareService, all: &[Arc<CareService>], met: &HashMap<CareServiceId, Interest>, now: Stamp) -> Like {
    let is_like = |other: &&Arc<CareService>| {
        let (one, other_facts) = (&service.facts, &other.facts);
        other.id != service.id && other_facts.kind == one.kind && other_facts.authority.code == one.authority.code
    };
    let others: Vec<&Arc<CareService>> = all.iter().filter(is_like).collect();
    let of = |number: &dyn Fn(&CareService) -> u64| median(others.iter().map(|other| number(other)).collect());
    let interest = |other: &CareService| met.get(&other.id).copied().unwrap_or_default();
    let age = |other: &CareService| match other.capacity.confirmed_at {
        Some(at) => now.since(at).num_hours().unsigned_abs(),
        None => u64::MAX,
    };
    Like {
        services: others.len(),
        found: of(&|other| interest(other).found),
        seen: of(&|other| interest(other).seen),
        age_hours: of(&age).filter(|hours| *hours < u64::MAX),
    }
}

/// Each entry with what it changed. `entries` are newest first, so the next is the one before it.
fn history(c: &mut Conn, entries: &[Change]) -> Result<Vec<Entry>, Refused> {
    let mut history = Vec::new();
    for (index, change) in entries.iter().take(MOST_ENTRIES).enumerate() {
        let before = match entries.get(index + 1) {
            Some(previous) => Some(previous.service.capacity.clone()),
            None => changes::before(c, change)?.map(|service| service.capacity),
        };
        let is_told = match change.kind {
            ChangeKind::CapacityUpdated | ChangeKind::CapacityConfirmed => change.service.capacity.source,
            ChangeKind::ServiceUpdated | ChangeKind::ServiceAdded | ChangeKind::ServiceLeft => None,
        };
        history.push(Entry {
            at: change.at,
            actor: change.actor.clone(),
            source: is_told,
            words: words(change, &before.unwrap_or_default()),
        });
    }
    Ok(history)
}

fn words(change: &Change, before: &Capacity) -> Vec<String> {
    let said = |words: &str| vec![words.to_owned()];
    match change.kind {
        ChangeKind::CapacityConfirmed => said("Nothing had changed"),
        ChangeKind::ServiceUpdated => said("The register's entry changed"),
        ChangeKind::ServiceAdded => said("Listed"),
        ChangeKind::ServiceLeft => said("Left the register"),
        ChangeKind::CapacityUpdated => {
            let changed = difference::in_words(before, &change.service.capacity);
            if changed.is_empty() { said("Published again, with the same figures") } else { changed }
        }
    }
}

/// The figures at the end of each of the last days.
fn days(c: &mut Conn, service: &CareService, entries: &[Change], at: (Zone, Stamp)) -> Result<Vec<Day>, Refused> {
    let (zone, now) = at;
    let today = zone.day(now);
    let earlier = match entries.last() {
        Some(oldest) => changes::before(c, oldest)?.map(|before| before.capacity),
        // The log has forgotten all of it, so nothing has changed since.
        None => Some(service.capacity.clone()),
    };
    let figures = |until: Stamp| -> Option<&Capacity> {
        let entry = entries.iter().find(|change| change.at < until);
        entry
            .map(|change| &change.service.capacity)
            .or(earlier.as_ref())
            .filter(|capacity| capacity.confirmed_at.is_some_and(|told_at| told_at < until))
    };
    let day = |offset: u64| {
        let day = interest::first_day(today) + Days::new(offset);
        let until = zone.moment(day + Days::new(1), 0).min(now.plus(Duration::microseconds(1)));
        let capacity = figures(until);
        let occupied = |capacity: &Capacity| capacity.beds().map(|bed| u32::from(bed.occupied)).sum();
        Day { day, vacant: capacity.map(Capacity::vacant), occupied: capacity.map(occupied) }
    };
    Ok((0..DAYS).map(day).collect())
}
