//! The audit's rows. They are added and, when they are old, forgotten; nothing changes one but the
//! erasure of a person, which takes away from where they acted. Who may read which is decided in `ops`.

use std::collections::BTreeSet;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::base::stamp::Stamp;
use crate::domain::actor::Who;
use crate::domain::audit::{AuditId, Did, Entry};
use crate::domain::authority::AuthorityCode;
use crate::domain::care_service::CareServiceId;
use crate::domain::person::PersonId;
use crate::domain::words::Deed;
use crate::store::Error;
use crate::store::conn::{Conn, insert_all};
use crate::store::schema::{audit, audit_authorities};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = audit)]
#[diesel(treat_none_as_default_value = false)]
struct AuditRow {
    id: String,
    at: NaiveDateTime,
    actor: String,
    label: String,
    address: Option<String>,
    session: Option<String>,
    deed: String,
    person_id: Option<String>,
    service_id: Option<String>,
    detail: String,
}

impl AuditRow {
    fn of(Entry { id, at, actor, label, address, session, did }: Entry) -> Self {
        Self {
            id: id.as_str().to_owned(),
            at: at.naive(),
            actor,
            label,
            address,
            session,
            deed: did.deed.word().to_owned(),
            person_id: did.person.map(|id| id.as_str().to_owned()),
            service_id: did.service.map(|id| id.as_str().to_owned()),
            detail: did.detail,
        }
    }

    /// Without its authorities, which only the writing and the choosing of rows need.
    fn read(self) -> Result<Entry, Error> {
        let deed =
            Deed::parse(&self.deed).ok_or_else(|| Error::Broken(format!("{:?} of the audit is no deed", self.deed)))?;
        Ok(Entry {
            id: AuditId::from_text(self.id),
            at: Stamp::from_naive(self.at),
            actor: self.actor,
            label: self.label,
            address: self.address,
            session: self.session,
            did: Did {
                deed,
                person: self.person_id.map(PersonId::from_text),
                service: self.service_id.map(CareServiceId::from_text),
                authorities: BTreeSet::new(),
                detail: self.detail,
            },
        })
    }
}

/// Which entries are looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    pub from: Option<Stamp>,
    /// The first moment that is too late.
    pub until: Option<Stamp>,
    /// By them or about them.
    pub person: Option<PersonId>,
    pub service: Option<CareServiceId>,
}

pub fn add(c: &mut Conn, entry: Entry) -> Result<(), Error> {
    add_all(c, vec![entry])
}

pub(super) fn add_all(c: &mut Conn, entries: Vec<Entry>) -> Result<(), Error> {
    let of = |entry: &Entry| {
        let codes = entry.did.authorities.iter();
        codes.map(|code| (code.as_str().to_owned(), entry.id.as_str().to_owned())).collect::<Vec<_>>()
    };
    let concerned: Vec<(String, String)> = entries.iter().flat_map(of).collect();
    let rows: Vec<AuditRow> = entries.into_iter().map(AuditRow::of).collect();
    insert_all!(c, audit::table, rows)?;
    let rows: Vec<_> = concerned
        .iter()
        .map(|(code, id)| (audit_authorities::authority_code.eq(code), audit_authorities::audit_id.eq(id)))
        .collect();
    Ok(insert_all!(c, audit_authorities::table, rows)?)
}

/// The newest entries that are looked for, newest first: of one authority, or of all.
pub fn newest(
    c: &mut Conn,
    authority: Option<&AuthorityCode>,
    search: &Search,
    limit: i64,
) -> Result<Vec<Entry>, Error> {
    let mut query = audit::table.select(AuditRow::as_select()).into_boxed();
    if let Some(code) = authority {
        let theirs = audit_authorities::table
            .filter(audit_authorities::authority_code.eq(code.as_str().to_owned()))
            .select(audit_authorities::audit_id);
        query = query.filter(audit::id.eq_any(theirs));
    }
    if let Some(from) = search.from {
        query = query.filter(audit::at.ge(from.naive()));
    }
    if let Some(until) = search.until {
        query = query.filter(audit::at.lt(until.naive()));
    }
    if let Some(person) = &search.person {
        let actor = Who::Person(person.clone()).text();
        query = query.filter(audit::actor.eq(actor).or(audit::person_id.eq(person.as_str().to_owned())));
    }
    if let Some(service) = &search.service {
        query = query.filter(audit::service_id.eq(service.as_str().to_owned()));
    }
    let rows: Vec<AuditRow> = query.order((audit::at.desc(), audit::id.desc())).limit(limit).load(c)?;
    rows.into_iter().map(AuditRow::read).collect()
}

/// Takes away from where a person acted; what they did stays.
pub fn forget_whence(c: &mut Conn, person: &PersonId) -> Result<(), Error> {
    let none: Option<String> = None;
    diesel::update(audit::table.filter(audit::actor.eq(Who::Person(person.clone()).text())))
        .set((audit::address.eq(none.clone()), audit::session.eq(none)))
        .execute(c)?;
    Ok(())
}

/// Forgets the oldest entries from before then, so many at the most in one act; how many went.
pub fn prune(c: &mut Conn, before: Stamp, most: i64) -> Result<usize, Error> {
    let old: Vec<String> = audit::table
        .filter(audit::at.lt(before.naive()))
        .order((audit::at, audit::id))
        .limit(most)
        .select(audit::id)
        .load(c)?;
    for id in &old {
        diesel::delete(audit_authorities::table.filter(audit_authorities::audit_id.eq(id))).execute(c)?;
        diesel::delete(audit::table.find(id)).execute(c)?;
    }
    Ok(old.len())
}
