//! People and what they were granted. How they sign in is in `sign_in.rs`.

use diesel::prelude::*;

use crate::base::stamp::Stamp;
use crate::domain::person::{EmailAddress, Grant, Person, PersonId, Target};
use crate::domain::words::Role;
use crate::store::Error;
use crate::store::conn::Conn;
use crate::store::schema::{grants, people};

pub fn get(c: &mut Conn, id: &PersonId) -> Result<Person, Error> {
    let email: String = people::table.find(id.as_str()).select(people::email).first(c)?;
    read(c, id.clone(), &email)
}

pub fn by_email(c: &mut Conn, email: &EmailAddress) -> Result<Option<Person>, Error> {
    let found: Option<String> =
        people::table.filter(people::email.eq(email.as_str())).select(people::id).first(c).optional()?;
    found.map(|id| read(c, PersonId::from_text(id), email.as_str())).transpose()
}

/// Everyone, by address.
pub fn all(c: &mut Conn) -> Result<Vec<Person>, Error> {
    let rows: Vec<(String, String)> = people::table.order(people::email).select((people::id, people::email)).load(c)?;
    rows.into_iter().map(|(id, email)| read(c, PersonId::from_text(id), &email)).collect()
}

/// The people who hold a role for exactly this target.
pub fn holding(c: &mut Conn, role: Role, target: &Target) -> Result<Vec<Person>, Error> {
    let ids: Vec<String> = grants::table
        .filter(grants::role.eq(role.word()).and(grants::target.eq(target.text())))
        .order(grants::person_id)
        .select(grants::person_id)
        .load(c)?;
    ids.into_iter().map(|id| get(c, &PersonId::from_text(id))).collect()
}

pub fn add(c: &mut Conn, email: &EmailAddress, now: Stamp) -> Result<PersonId, Error> {
    let id = PersonId::fresh(now);
    let row = (people::id.eq(id.as_str()), people::email.eq(email.as_str()), people::made_at.eq(now.naive()));
    diesel::insert_into(people::table).values(row).execute(c)?;
    Ok(id)
}

/// Grants a role, once.
pub fn grant(c: &mut Conn, id: &PersonId, grant: &Grant, now: Stamp) -> Result<(), Error> {
    let key = (id.as_str(), grant.role.word(), grant.target.text());
    let found: Option<String> =
        grants::table.find((key.0, key.1, &key.2)).select(grants::person_id).first(c).optional()?;
    if found.is_some() {
        // Given by hand now: it stays when the claim goes.
        diesel::update(grants::table.find((key.0, key.1, &key.2))).set(grants::by_claim.eq(false)).execute(c)?;
    } else {
        let row = (
            grants::person_id.eq(key.0),
            grants::role.eq(key.1),
            grants::target.eq(&key.2),
            grants::made_at.eq(now.naive()),
            grants::by_claim.eq(false),
        );
        diesel::insert_into(grants::table).values(row).execute(c)?;
    }
    Ok(())
}

pub fn revoke(c: &mut Conn, id: &PersonId, grant: &Grant) -> Result<usize, Error> {
    let key = (id.as_str(), grant.role.word(), grant.target.text());
    Ok(diesel::delete(grants::table.find(key)).execute(c)?)
}

fn read(c: &mut Conn, id: PersonId, email: &str) -> Result<Person, Error> {
    let rows: Vec<(String, String)> = grants::table
        .filter(grants::person_id.eq(id.as_str()))
        .order((grants::role, grants::target))
        .select((grants::role, grants::target))
        .load(c)?;
    let grant =
        |(role, target): (String, String)| Some(Grant { role: Role::parse(&role)?, target: Target::parse(&target)? });
    let grants: Option<Vec<Grant>> = rows.into_iter().map(grant).collect();
    Ok(Person {
        grants: grants.ok_or_else(|| Error::Broken(format!("a grant of person {id} cannot be read")))?,
        email: EmailAddress::parse(email)
            .ok_or_else(|| Error::Broken(format!("the address of person {id} cannot be read")))?,
        id,
    })
}
