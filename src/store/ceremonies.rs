//! What began here and is finished elsewhere: a passkey's challenge, a way through a council's
//! sign-on. How long one may take is decided in `ops`.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::base::stamp::Stamp;
use crate::store::Error;
use crate::store::conn::Conn;
use crate::store::schema::ceremonies;

/// A ceremony as stored, under the hash of the secret that takes it up again.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = ceremonies)]
pub struct CeremonyRow {
    pub hash: String,
    pub kind: String,
    /// Who alone may take it up again: a person or a browser.
    pub bound_to: String,
    pub state: String,
    pub made_at: NaiveDateTime,
}

pub fn add(c: &mut Conn, row: &CeremonyRow) -> Result<(), Error> {
    diesel::insert_into(ceremonies::table).values(row).execute(c)?;
    Ok(())
}

/// Takes it out: nobody finds it a second time.
pub fn take(c: &mut Conn, hash: &str) -> Result<Option<CeremonyRow>, Error> {
    let found = ceremonies::table.find(hash).select(CeremonyRow::as_select()).first(c).optional()?;
    diesel::delete(ceremonies::table.find(hash)).execute(c)?;
    Ok(found)
}

/// Forgets those that were begun before then.
pub fn prune(c: &mut Conn, before: Stamp) -> Result<(), Error> {
    diesel::delete(ceremonies::table.filter(ceremonies::made_at.lt(before.naive()))).execute(c)?;
    Ok(())
}
