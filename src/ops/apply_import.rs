//! What registers tell, written down: services added, changed and, where the register is whole, left.
//! Each transaction takes so few services that a running server's updates get in between.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::base::clock::Clock;
use crate::base::stamp::Stamp;
use crate::domain::authority::AuthorityCode;
use crate::domain::capacity::Capacity;
use crate::domain::care_service::{CareService, CareServiceId};
use crate::domain::change::ChangeKind;
use crate::domain::place::{self, Point, Postcode};
use crate::domain::register::{RegisterEntry, Step, step};
use crate::ops::Refused;
use crate::store::changes::{self, Record};
use crate::store::conn::Conn;
use crate::store::services::Stored;
use crate::store::{Db, Error, places, services};

pub(super) const SERVICES_AT_ONCE: usize = 1_000;
/// Who it was, in the log.
pub(super) const ACTOR: &str = "import";

/// What the files say.
#[derive(Clone, Debug, Default)]
pub struct Register {
    /// In the order of files and rows. A service may have several.
    pub entries: Vec<RegisterEntry>,
    /// `None`: what is absent stays.
    pub complete: Option<Complete>,
}

/// The files are the whole register of these authorities: what is absent from it has left.
#[derive(Clone, Debug, Default)]
pub struct Complete {
    pub authorities: BTreeSet<AuthorityCode>,
    /// Services that stay though their rows could not be read.
    pub spared: HashSet<CareServiceId>,
}

/// In services.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub added: usize,
    pub changed: usize,
    pub unchanged: usize,
    pub left: usize,
}

/// What is to be done, worked out from what is known now.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    pub tally: Tally,
    /// The rows about each service that is not as they say.
    different: Vec<Vec<RegisterEntry>>,
    leaving: Vec<CareServiceId>,
    points: Arc<HashMap<String, Point>>,
}

impl Plan {
    /// How many services will be written.
    pub fn size(&self) -> usize {
        self.different.len() + self.leaving.len()
    }
}

/// Compares with what is known, and writes nothing.
pub async fn plan(db: &Db, register: Register) -> Result<Plan, Refused> {
    db.read(move |c| {
        let known: HashMap<CareServiceId, CareService> =
            services::all(c)?.into_iter().map(|stored| (stored.service.id.clone(), stored.service)).collect();
        let mut plan = Plan { leaving: leaving(&register, &known), ..Plan::default() };
        plan.points = Arc::new(points(c, postcodes(&register.entries, &known))?);
        for rows in by_service(register.entries) {
            let Some(step) = rows.first().and_then(|row| step(&rows, known.get(&row.id), &locate(&plan.points))) else {
                continue;
            };
            match step {
                Step::Add(_) => plan.tally.added += 1,
                Step::Change(_) => plan.tally.changed += 1,
                Step::Keep => plan.tally.unchanged += 1,
            }
            if step != Step::Keep {
                plan.different.push(rows);
            }
        }
        plan.tally.left = plan.leaving.len();
        Ok(plan)
    })
    .await
}

/// Does what was planned, as things are by then. `glance` hears how many services are done.
pub async fn run(db: &Db, clock: &Clock, plan: Plan, mut glance: impl FnMut(usize)) -> Result<Tally, Refused> {
    let mut tally = Tally { unchanged: plan.tally.unchanged, ..Tally::default() };
    let mut done = 0;
    let mut different = plan.different.into_iter();
    loop {
        let part: Vec<Vec<RegisterEntry>> = different.by_ref().take(SERVICES_AT_ONCE).collect();
        if part.is_empty() {
            break;
        }
        done += part.len();
        let (points, now) = (plan.points.clone(), clock.now());
        let part = db.write::<_, Refused>(move |c| put(c, now, &part, &points)).await?;
        tally.added += part.added;
        tally.changed += part.changed;
        tally.unchanged += part.unchanged;
        glance(done);
    }
    for part in plan.leaving.chunks(SERVICES_AT_ONCE) {
        done += part.len();
        let (part, now) = (part.to_vec(), clock.now());
        tally.left += db.write::<_, Refused>(move |c| leave(c, now, &part)).await?;
        glance(done);
    }
    Ok(tally)
}

fn put(
    c: &mut Conn,
    now: Stamp,
    part: &[Vec<RegisterEntry>],
    points: &HashMap<String, Point>,
) -> Result<Tally, Refused> {
    let mut tally = Tally::default();
    for rows in part {
        let Some(id) = rows.first().map(|row| &row.id) else { continue };
        let stored = get(c, id)?;
        let known = stored.as_ref().map(|stored| &stored.service);
        let (kind, facts) = match step(rows, known, &locate(points)) {
            Some(Step::Add(facts)) => (ChangeKind::ServiceAdded, facts),
            Some(Step::Change(facts)) => (ChangeKind::ServiceUpdated, facts),
            Some(Step::Keep) | None => {
                tally.unchanged += 1;
                continue;
            }
        };
        if kind == ChangeKind::ServiceAdded {
            tally.added += 1;
        } else {
            tally.changed += 1;
        }
        let capacity = known.map_or_else(Capacity::default, |known| known.capacity.clone());
        let service = CareService { id: id.clone(), facts, capacity, left_at: None };
        let previous_seq = stored.as_ref().map_or(0, |stored| stored.last_seq);
        changes::record(c, &Record { at: now, kind, actor: ACTOR, service: &service, previous_seq })?;
    }
    Ok(tally)
}

fn leave(c: &mut Conn, now: Stamp, part: &[CareServiceId]) -> Result<usize, Refused> {
    let mut left = 0;
    for id in part {
        let Some(before) = get(c, id)?.filter(|stored| stored.service.left_at.is_none()) else { continue };
        let after = CareService { left_at: Some(now), ..before.service.clone() };
        changes::record_after(c, &before, &after, now, ChangeKind::ServiceLeft, ACTOR)?;
        left += 1;
    }
    Ok(left)
}

fn get(c: &mut Conn, id: &CareServiceId) -> Result<Option<Stored>, Error> {
    match services::get(c, id) {
        Ok(stored) => Ok(Some(stored)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The rows of each service together, services in the order in which they come first.
fn by_service(entries: Vec<RegisterEntry>) -> Vec<Vec<RegisterEntry>> {
    let mut place: HashMap<CareServiceId, usize> = HashMap::new();
    let mut grouped: Vec<Vec<RegisterEntry>> = Vec::new();
    for entry in entries {
        let at = *place.entry(entry.id.clone()).or_insert_with(|| {
            grouped.push(Vec::new());
            grouped.len() - 1
        });
        grouped[at].push(entry);
    }
    grouped
}

/// Services of the register's authorities that no row names.
fn leaving(register: &Register, known: &HashMap<CareServiceId, CareService>) -> Vec<CareServiceId> {
    let Some(complete) = &register.complete else { return Vec::new() };
    let named: HashSet<&CareServiceId> = register.entries.iter().map(|entry| &entry.id).collect();
    let mut leaving: Vec<CareServiceId> = known
        .values()
        .filter(|service| service.left_at.is_none() && complete.authorities.contains(&service.facts.authority.code))
        .map(|service| &service.id)
        .filter(|id| !named.contains(id) && !complete.spared.contains(id))
        .cloned()
        .collect();
    leaving.sort();
    leaving
}

/// The postcodes that may have to be looked up: of rows without a point, and what was known before.
fn postcodes<'a>(
    entries: &'a [RegisterEntry],
    known: &'a HashMap<CareServiceId, CareService>,
) -> impl Iterator<Item = &'a str> {
    entries.iter().filter(|entry| entry.told.location.is_none()).flat_map(|entry| {
        let before = known.get(&entry.id).and_then(|service| service.facts.address.postcode.as_deref());
        entry.told.address.postcode.as_deref().into_iter().chain(before)
    })
}

/// Where postcodes lie: their own place, or the middle of their district.
pub(super) fn points<'a>(
    c: &mut Conn,
    postcodes: impl Iterator<Item = &'a str>,
) -> Result<HashMap<String, Point>, Error> {
    let mut wanted: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for text in postcodes {
        if let Some(district) = place::district_of(text) {
            wanted.entry(district).or_default().insert(text);
        }
    }
    let mut points = HashMap::new();
    for (name, texts) in wanted {
        let Some(district) = places::get(c, &name)? else { continue };
        for text in texts {
            let exact = Postcode::parse(text).and_then(|postcode| district.find(&postcode));
            points.insert(text.to_owned(), exact.unwrap_or_else(|| district.middle()));
        }
    }
    Ok(points)
}

fn locate(points: &HashMap<String, Point>) -> impl Fn(&str) -> Option<Point> + '_ {
    |postcode| points.get(postcode).copied()
}
