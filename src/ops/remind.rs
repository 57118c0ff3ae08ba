//! Finds the services whose managers are to be asked now, and writes down that they are: a row for
//! each service, local day and person, and a job for each letter, in one transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::base::local::Zone;
use crate::base::stamp::Stamp;
use crate::domain::care_service::{CareService, CareServiceId};
use crate::domain::pace::{Pace, Prior};
use crate::domain::person::{Person, PersonId};
use crate::domain::reminder::{PROBABLY, Rules, Unanswered, Wishes, is_ripe};
use crate::domain::words::{Kind, Role};
use crate::ops::Refused;
use crate::store::conn::Conn;
use crate::store::jobs::{self, NewJob};
use crate::store::reminders::Made;
use crate::store::{Db, Error, people, reminders, restore};

/// The job that mails a reminder; `jobs/` delivers it.
pub const MAIL_JOB: &str = "reminder";
/// The lane of reminders.
pub const LANE: &str = "reminder";

/// What the job needs to write the letter: it says how things stand when it is sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReminderMail {
    pub person: PersonId,
    pub services: BTreeSet<CareServiceId>,
}

/// What is known of every service's telling and reminding, read in one state of the data.
pub struct Known {
    paces: HashMap<CareServiceId, Pace>,
    priors: HashMap<Kind, Prior>,
    wishes: HashMap<CareServiceId, Wishes>,
    made: HashMap<CareServiceId, Vec<Made>>,
}

impl Known {
    /// `services` are those of the register, by which the usual pace of a kind is known.
    pub fn read(c: &mut Conn, services: &[Arc<CareService>]) -> Result<Self, Error> {
        let paces = reminders::paces(c)?;
        let of_kind = |kind: Kind| {
            let all = services.iter().filter(|service| service.facts.kind == kind);
            Prior::of(all.filter_map(|service| paces.get(&service.id).copied()))
        };
        let priors = Kind::ALL.iter().map(|kind| (*kind, of_kind(*kind))).collect();
        Ok(Self { priors, wishes: reminders::all_wishes(c)?, made: reminders::all(c)?, paces })
    }

    pub fn wishes(&self, service: &CareService) -> Wishes {
        self.wishes.get(&service.id).cloned().unwrap_or_default()
    }

    /// Changes a day, as far as is known.
    pub fn rate(&self, service: &CareService) -> f64 {
        self.pace(service).rate(self.prior(service))
    }

    /// Whether figures as old as these have more likely than not changed.
    pub fn is_probably_wrong(&self, service: &CareService, now: Stamp) -> bool {
        let days = |at| now.since(at).as_seconds_f64() / 86_400.0;
        let chance = |at| self.pace(service).chance_of_change(self.prior(service), days(at));
        service.capacity.confirmed_at.is_none_or(|at| chance(at) >= PROBABLY)
    }

    fn pace(&self, service: &CareService) -> Pace {
        self.paces.get(&service.id).copied().unwrap_or_default()
    }

    fn prior(&self, service: &CareService) -> Prior {
        self.priors.get(&service.facts.kind).copied().unwrap_or_default()
    }

    /// When the figures are probably wrong; `None` if they were never told.
    pub fn wrong_at(&self, service: &CareService, rules: &Rules) -> Option<Stamp> {
        let told_at = service.capacity.confirmed_at?;
        Some(rules.wrong_at(told_at, self.pace(service), self.prior(service)))
    }

    /// The reminders that nobody has answered: those since the figures were last told.
    pub fn unanswered(&self, service: &CareService) -> Unanswered {
        let told_at = service.capacity.confirmed_at;
        let since = |made: &&Made| told_at.is_none_or(|told_at| made.at > told_at);
        let days: BTreeSet<NaiveDate> =
            self.made.get(&service.id).into_iter().flatten().filter(since).map(|made| made.day).collect();
        Unanswered { times: u32::try_from(days.len()).unwrap_or(u32::MAX), last: days.last().copied() }
    }
}

/// Whom to ask about what.
type Plan = BTreeMap<PersonId, BTreeSet<CareServiceId>>;

/// Asks now about what is to be asked now; how many letters that makes. `services` are those of the
/// register as the board has them.
pub async fn run(
    db: &Db,
    zone: Zone,
    rules: Rules,
    now: Stamp,
    services: Vec<Arc<CareService>>,
) -> Result<usize, Refused> {
    let plan = db.read(move |c| plan(c, zone, &rules, now, &services)).await?;
    if plan.is_empty() {
        return Ok(0);
    }
    let day = zone.day(now);
    db.write(move |c| write(c, plan, day, now)).await
}

fn plan(c: &mut Conn, zone: Zone, rules: &Rules, now: Stamp, services: &[Arc<CareService>]) -> Result<Plan, Error> {
    let known = Known::read(c, services)?;
    let today = zone.day(now);
    if restore::restored_at(c)?.is_some_and(|restored| zone.day(restored) == today) {
        // Who was asked today, before the data came back from a backup, nobody knows any more.
        return Ok(Plan::new());
    }
    let mut ripe: Vec<(&CareService, Unanswered, bool)> = Vec::new();
    for service in services {
        let wishes = known.wishes(service);
        if !wishes.allow(zone, now) {
            continue;
        }
        let (unanswered, wrong_at) = (known.unanswered(service), known.wrong_at(service, rules));
        let by = |by: Stamp| is_ripe(service, &wishes, unanswered, wrong_at, (today, by));
        // What comes due later today goes into the same letter, since there is one a day.
        if by(wishes.end_of_day(zone, now)) {
            ripe.push((service, unanswered, by(now)));
        }
    }
    if !ripe.iter().any(|(_, _, now)| *now) {
        return Ok(Plan::new());
    }
    let (asked_today, _) = reminders::on(c, today)?;
    let everybody = Everybody::read(c)?;
    let mut plan = Plan::new();
    for person in everybody.0.iter().filter(|person| !asked_today.contains(&person.id)) {
        let is_asked = |service: &CareService, unanswered| everybody.is_asked(person, service, unanswered);
        let own: Vec<_> = ripe.iter().filter(|(service, unanswered, _)| is_asked(service, *unanswered)).collect();
        if own.iter().any(|(_, _, now)| *now) {
            plan.insert(person.id.clone(), own.iter().map(|(service, ..)| service.id.clone()).collect());
        }
    }
    Ok(plan)
}

/// Everybody who may be asked: those who have not stopped their reminders.
pub struct Everybody(Vec<Person>);

impl Everybody {
    pub fn read(c: &mut Conn) -> Result<Self, Error> {
        let stopped = reminders::stopped(c)?;
        Ok(Self(people::all(c)?.into_iter().filter(|person| !stopped.contains(&person.id)).collect()))
    }

    /// Whether anybody can be asked about this service at all.
    pub fn can_be_asked(&self, service: &CareService) -> bool {
        self.0.iter().any(|person| holds(person, Role::Manager, service) || holds(person, Role::GroupManager, service))
    }

    /// Whether this person is one to ask: a manager of the service, and after a while, or where it
    /// has none, one of its group.
    fn is_asked(&self, person: &Person, service: &CareService, unanswered: Unanswered) -> bool {
        let of_group = || {
            holds(person, Role::GroupManager, service)
                && (unanswered.reaches_group() || !self.0.iter().any(|other| holds(other, Role::Manager, service)))
        };
        holds(person, Role::Manager, service) || of_group()
    }
}

fn holds(person: &Person, role: Role, service: &CareService) -> bool {
    person.grants.iter().any(|grant| grant.role == role && grant.target.covers(service))
}

/// What another node has asked about meanwhile is not asked about again.
fn write(c: &mut Conn, plan: Plan, day: NaiveDate, now: Stamp) -> Result<usize, Refused> {
    let (people, services): (HashSet<PersonId>, HashSet<CareServiceId>) = reminders::on(c, day)?;
    let mut letters = 0;
    for (person, mut about) in plan.into_iter().filter(|(person, _)| !people.contains(person)) {
        about.retain(|service| !services.contains(service));
        if about.is_empty() {
            continue;
        }
        for service in &about {
            reminders::add(c, service, day, &person, now)?;
        }
        let job = ReminderMail { person, services: about };
        let payload = serde_json::to_string(&job).map_err(|e| Error::Broken(format!("cannot write a job: {e}")))?;
        jobs::enqueue(c, &NewJob { name: MAIL_JOB, payload, lane: LANE, order: None, run_at: now }, now)?;
        letters += 1;
    }
    Ok(letters)
}
