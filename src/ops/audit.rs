//! The audit: the one function by which every act writes down that it was done, in its own
//! transaction; and reading what was written, for who may. What is worth an entry each act knows.

use std::collections::BTreeSet;

use crate::base::clock::Clock;
use crate::base::stamp::Stamp;
use crate::domain::actor::{Actor, Who};
use crate::domain::audit::{Did, Entry};
use crate::domain::authority::AuthorityCode;
use crate::domain::person::{EmailAddress, Grant, PersonId, Target};
use crate::domain::words::Deed;
use crate::ops::Refused;
use crate::store::audit::{self, Search};
use crate::store::conn::Conn;
use crate::store::tellings::Tellings;
use crate::store::{Db, Error, people, services};

/// The most rows that one file holds: more than a year of a county, and still opened by a spreadsheet.
pub const MOST_ROWS: i64 = 100_000;

/// Writes down what somebody did. The public is not written down: who searches or asks for an alert
/// without signing in leaves no trail.
pub(super) fn record(c: &mut Conn, now: Stamp, actor: &Actor, did: Did) -> Result<(), Refused> {
    entry(now, actor, did).map_or(Ok(()), |entry| Ok(audit::add(c, entry)?))
}

/// The same with the tellings it belongs to.
pub(super) fn record_with(tellings: &mut Tellings, now: Stamp, actor: &Actor, did: Did) {
    if let Some(entry) = entry(now, actor, did) {
        tellings.audit(entry);
    }
}

fn entry(now: Stamp, actor: &Actor, did: Did) -> Option<Entry> {
    (actor.who != Who::Public).then(|| Entry::new(now, actor, did))
}

/// Whose business a right is: the authorities in which it holds. That of all is the operators'.
pub(super) fn concerned(c: &mut Conn, target: &Target) -> Result<BTreeSet<AuthorityCode>, Refused> {
    let code = |service: &crate::domain::care_service::CareService| service.facts.authority.code.clone();
    Ok(match target {
        Target::All => BTreeSet::new(),
        Target::Authority(code) => BTreeSet::from([code.clone()]),
        Target::Service(id) => match services::get(c, id) {
            Ok(stored) => BTreeSet::from([code(&stored.service)]),
            Err(Error::NotFound) => BTreeSet::new(),
            Err(other) => return Err(other.into()),
        },
        Target::Provider(id) => services::of_provider(c, id)?.iter().map(|stored| code(&stored.service)).collect(),
    })
}

/// That a role was given or taken: an entry for the authorities in which it holds.
pub(super) fn record_role(
    c: &mut Conn,
    now: Stamp,
    actor: &Actor,
    deed: Deed,
    (person, grant): (&PersonId, &Grant),
) -> Result<(), Refused> {
    let concerned = concerned(c, &grant.target)?;
    let detail = format!("{} of {}", grant.role, grant.target.text());
    record(c, now, actor, Did::new(deed).to(person).about(&grant.target).concerning(concerned).saying(detail))
}

/// The same for everything that somebody holds: their signing in, say, is the business of all their
/// authorities.
pub(super) fn concerned_by(c: &mut Conn, grants: &[Grant]) -> Result<BTreeSet<AuthorityCode>, Refused> {
    let mut all = BTreeSet::new();
    for grant in grants {
        all.extend(concerned(c, &grant.target)?);
    }
    Ok(all)
}

/// What is looked for, as somebody asks for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    pub search: Search,
    /// By them or about them.
    pub email: Option<EmailAddress>,
    /// The most rows.
    pub most: i64,
}

/// An entry with the addresses of those in it who are known still.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub entry: Entry,
    pub actor_email: Option<EmailAddress>,
    pub person_email: Option<EmailAddress>,
}

/// The newest entries that are somebody's to read: of their own authorities, or all.
pub async fn look(db: &Db, actor: Actor, wanted: Wanted) -> Result<Vec<Shown>, Refused> {
    db.read(move |c| read(c, &actor, wanted)).await
}

/// The same to be taken away as a file, which is written down.
pub async fn take_away(db: &Db, clock: &Clock, actor: Actor, wanted: Wanted) -> Result<Vec<Shown>, Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        let found = read(c, &actor, wanted)?;
        let concerned = actor.administered_authorities();
        let did = Did::new(Deed::AuditRead).concerning(concerned).saying(format!("{} rows", found.len()));
        record(c, clock.now(), &actor, did)?;
        Ok(found)
    })
    .await
}

fn read(c: &mut Conn, actor: &Actor, wanted: Wanted) -> Result<Vec<Shown>, Refused> {
    if !actor.may_read_audit() {
        return Err(Refused::NotAllowed);
    }
    let authorities = actor.administered_authorities();
    let mut search = wanted.search;
    if let Some(email) = &wanted.email {
        // Whether somebody is known at all is not every administrator's to find out.
        let Some(person) = people::by_email(c, email)? else { return Ok(Vec::new()) };
        search.person = Some(person.id);
    }
    let most = wanted.most.min(MOST_ROWS);
    let mut found = Vec::new();
    if actor.is_operator() {
        found = audit::newest(c, None, &search, most)?;
    } else {
        for code in &authorities {
            found.extend(audit::newest(c, Some(code), &search, most)?);
        }
        found.sort_by(|one, other| (other.at, &other.id).cmp(&(one.at, &one.id)));
        found.dedup_by(|one, other| one.id == other.id);
        found.truncate(usize::try_from(most).unwrap_or(0));
    }
    let mut names = Names::default();
    let shown = found.into_iter().map(|entry| {
        let actor_email = entry.actor_person().map(|id| names.of(c, &id)).transpose()?.flatten();
        let person_email = entry.did.person.as_ref().map(|id| names.of(c, id)).transpose()?.flatten();
        Ok(Shown { entry, actor_email, person_email })
    });
    shown.collect()
}

/// Addresses, looked up once each.
#[derive(Default)]
struct Names(std::collections::HashMap<PersonId, Option<EmailAddress>>);

impl Names {
    fn of(&mut self, c: &mut Conn, id: &PersonId) -> Result<Option<EmailAddress>, Refused> {
        if let Some(known) = self.0.get(id) {
            return Ok(known.clone());
        }
        let found = match people::get(c, id) {
            Ok(person) => Some(person.email),
            Err(Error::NotFound) => None,
            Err(other) => return Err(other.into()),
        };
        self.0.insert(id.clone(), found.clone());
        Ok(found)
    }
}
