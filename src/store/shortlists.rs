//! The shortlists that staff keep under a case reference. What a reference may be is decided in
//! `domain/`.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::base::stamp::Stamp;
use crate::domain::care_service::CareServiceId;
use crate::domain::person::PersonId;
use crate::store::Error;
use crate::store::conn::Conn;
use crate::store::schema::shortlists;
use crate::store::services::{from_json, to_json};

/// One of a person's lists.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    pub case: String,
    pub services: Vec<CareServiceId>,
    pub changed_at: Stamp,
}

/// Writes a list in place of the one of that case.
pub fn put(c: &mut Conn, person: &PersonId, kept: &Kept) -> Result<(), Error> {
    delete(c, person, &kept.case)?;
    let row = (
        shortlists::person_id.eq(person.as_str()),
        shortlists::case_reference.eq(&kept.case),
        shortlists::services.eq(to_json(&kept.services)?),
        shortlists::changed_at.eq(kept.changed_at.naive()),
    );
    diesel::insert_into(shortlists::table).values(row).execute(c)?;
    Ok(())
}

pub fn delete(c: &mut Conn, person: &PersonId, case: &str) -> Result<(), Error> {
    diesel::delete(shortlists::table.find((person.as_str(), case))).execute(c)?;
    Ok(())
}

/// A person's lists, the last changed first.
pub fn of_person(c: &mut Conn, person: &PersonId) -> Result<Vec<Kept>, Error> {
    let rows: Vec<(String, String, NaiveDateTime)> = shortlists::table
        .filter(shortlists::person_id.eq(person.as_str()))
        .order((shortlists::changed_at.desc(), shortlists::case_reference))
        .select((shortlists::case_reference, shortlists::services, shortlists::changed_at))
        .load(c)?;
    let read = |(case, services, changed_at): (String, String, NaiveDateTime)| {
        let services = from_json("shortlists.services", &services)?;
        Ok(Kept { case, services, changed_at: Stamp::from_naive(changed_at) })
    };
    rows.into_iter().map(read).collect()
}

/// Forgets those that nobody has changed since then.
pub fn prune(c: &mut Conn, before: Stamp) -> Result<usize, Error> {
    Ok(diesel::delete(shortlists::table.filter(shortlists::changed_at.lt(before.naive()))).execute(c)?)
}
