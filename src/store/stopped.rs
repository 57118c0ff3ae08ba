//! Addresses that a mail server refused for good: nothing is sent to them by itself until a mail
//! that its owner asked for gets through.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::base::stamp::Stamp;
use crate::domain::person::EmailAddress;
use crate::store::Error;
use crate::store::conn::Conn;
use crate::store::schema::stopped_addresses;

/// An address, why it was stopped, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    pub email: String,
    pub reason: String,
    pub at: Stamp,
}

pub fn stop(c: &mut Conn, email: &EmailAddress, reason: &str, now: Stamp) -> Result<(), Error> {
    clear(c, email)?;
    let row = (
        stopped_addresses::email.eq(email.as_str()),
        stopped_addresses::reason.eq(reason),
        stopped_addresses::made_at.eq(now.naive()),
    );
    diesel::insert_into(stopped_addresses::table).values(row).execute(c)?;
    Ok(())
}

pub fn clear(c: &mut Conn, email: &EmailAddress) -> Result<usize, Error> {
    Ok(diesel::delete(stopped_addresses::table.find(email.as_str())).execute(c)?)
}

pub fn get(c: &mut Conn, email: &EmailAddress) -> Result<Option<Stopped>, Error> {
    let found = stopped_addresses::table.find(email.as_str()).select(COLUMNS).first(c).optional()?;
    Ok(found.map(read))
}

/// Every stopped address, newest first.
pub fn all(c: &mut Conn) -> Result<Vec<Stopped>, Error> {
    let rows: Vec<Row> = stopped_addresses::table.order(stopped_addresses::made_at.desc()).select(COLUMNS).load(c)?;
    Ok(rows.into_iter().map(read).collect())
}

type Row = (String, String, NaiveDateTime);

const COLUMNS: (stopped_addresses::email, stopped_addresses::reason, stopped_addresses::made_at) =
    (stopped_addresses::email, stopped_addresses::reason, stopped_addresses::made_at);

fn read((email, reason, at): Row) -> Stopped {
    Stopped { email, reason, at: Stamp::from_naive(at) }
}
