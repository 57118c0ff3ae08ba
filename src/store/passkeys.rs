//! The passkeys of people: public keys only, each with the counter it last signed with.
//! What stands in a credential is for `identity/passkey.rs` to read.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::base::stamp::Stamp;
use crate::domain::person::{PasskeyId, PersonId};
use crate::store::Error;
use crate::store::conn::Conn;
use crate::store::schema::passkeys;

/// A passkey as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    pub id: PasskeyId,
    pub person: PersonId,
    pub name: String,
    pub credential: String,
    pub made_at: Stamp,
    pub used_at: Option<Stamp>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = passkeys)]
#[diesel(treat_none_as_default_value = false)]
struct Row {
    id: String,
    person_id: String,
    name: String,
    credential: String,
    made_at: NaiveDateTime,
    used_at: Option<NaiveDateTime>,
}

impl Row {
    fn read(self) -> Passkey {
        Passkey {
            id: PasskeyId::from_text(self.id),
            person: PersonId::from_text(self.person_id),
            name: self.name,
            credential: self.credential,
            made_at: Stamp::from_naive(self.made_at),
            used_at: self.used_at.map(Stamp::from_naive),
        }
    }
}

pub fn get(c: &mut Conn, id: &PasskeyId) -> Result<Passkey, Error> {
    let row: Row = passkeys::table.find(id.as_str()).select(Row::as_select()).first(c)?;
    Ok(row.read())
}

/// Those of a person, oldest first.
pub fn of_person(c: &mut Conn, person: &PersonId) -> Result<Vec<Passkey>, Error> {
    let theirs = passkeys::table.filter(passkeys::person_id.eq(person.as_str()));
    let rows: Vec<Row> = theirs.order(passkeys::made_at).select(Row::as_select()).load(c)?;
    Ok(rows.into_iter().map(Row::read).collect())
}

/// An authenticator that somebody has registered already is a conflict.
pub fn add(c: &mut Conn, passkey: &Passkey) -> Result<(), Error> {
    let row = Row {
        id: passkey.id.as_str().to_owned(),
        person_id: passkey.person.as_str().to_owned(),
        name: passkey.name.clone(),
        credential: passkey.credential.clone(),
        made_at: passkey.made_at.naive(),
        used_at: None,
    };
    diesel::insert_into(passkeys::table).values(row).execute(c)?;
    Ok(())
}

/// Writes down that it signed, and with what counter.
pub fn see(c: &mut Conn, id: &PasskeyId, credential: &str, now: Stamp) -> Result<(), Error> {
    let now = (passkeys::credential.eq(credential), passkeys::used_at.eq(now.naive()));
    diesel::update(passkeys::table.find(id.as_str())).set(now).execute(c)?;
    Ok(())
}

pub fn rename(c: &mut Conn, id: &PasskeyId, name: &str) -> Result<(), Error> {
    diesel::update(passkeys::table.find(id.as_str())).set(passkeys::name.eq(name)).execute(c)?;
    Ok(())
}

pub fn remove(c: &mut Conn, id: &PasskeyId) -> Result<(), Error> {
    diesel::delete(passkeys::table.find(id.as_str())).execute(c)?;
    Ok(())
}
