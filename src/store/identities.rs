//! Who people are at a council's sign-on, and the roles that came from there.
//! What a claim grants is decided in `domain/single_sign_on.rs`.

use diesel::prelude::*;

use crate::base::stamp::Stamp;
use crate::domain::person::{Grant, Person, PersonId};
use crate::store::conn::Conn;
use crate::store::schema::{grants, identities};
use crate::store::{Error, people};

/// The person whom this issuer knows by this subject.
pub fn person(c: &mut Conn, issuer: &str, subject: &str) -> Result<Option<Person>, Error> {
    let found: Option<String> =
        identities::table.find((issuer, subject)).select(identities::person_id).first(c).optional()?;
    found.map(|id| people::get(c, &PersonId::from_text(id))).transpose()
}

pub fn add(c: &mut Conn, issuer: &str, subject: &str, person: &PersonId, now: Stamp) -> Result<(), Error> {
    let row = (
        identities::issuer.eq(issuer),
        identities::subject.eq(subject),
        identities::person_id.eq(person.as_str()),
        identities::made_at.eq(now.naive()),
    );
    diesel::insert_into(identities::table).values(row).execute(c)?;
    Ok(())
}

/// The roles by claim are these from now on. What was given by hand stays as it is.
pub fn claim(c: &mut Conn, id: &PersonId, claimed: &[Grant], now: Stamp) -> Result<(), Error> {
    let by_claim = grants::table.filter(grants::person_id.eq(id.as_str()).and(grants::by_claim.eq(true)));
    diesel::delete(by_claim).execute(c)?;
    let by_hand = people::get(c, id)?.grants;
    for grant in claimed.iter().filter(|grant| !by_hand.contains(grant)) {
        let row = (
            grants::person_id.eq(id.as_str()),
            grants::role.eq(grant.role.word()),
            grants::target.eq(grant.target.text()),
            grants::made_at.eq(now.naive()),
            grants::by_claim.eq(true),
        );
        diesel::insert_into(grants::table).values(row).execute(c)?;
    }
    Ok(())
}
