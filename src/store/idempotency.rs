//! Answers already given to requests that carry a key, so that a repetition changes nothing.
//! What counts as the same request is decided by who asks.

use chrono::Duration;
use diesel::prelude::*;

use crate::base::stamp::Stamp;
use crate::store::Error;
use crate::store::conn::Conn;
use crate::store::schema::idempotency_keys;

/// For so long a repetition gets the same answer.
pub const HONOURED_HOURS: i64 = 24;

/// An answer given before.
pub struct Given {
    pub request_hash: String,
    pub answer: String,
}

pub fn get(c: &mut Conn, actor: &str, key: &str, now: Stamp) -> Result<Option<Given>, Error> {
    let oldest = now.minus(Duration::hours(HONOURED_HOURS)).naive();
    let found: Option<(String, String)> = idempotency_keys::table
        .find((actor, key))
        .filter(idempotency_keys::made_at.gt(oldest))
        .select((idempotency_keys::request_hash, idempotency_keys::answer))
        .first(c)
        .optional()?;
    Ok(found.map(|(request_hash, answer)| Given { request_hash, answer }))
}

pub fn put(c: &mut Conn, actor: &str, key: &str, given: &Given, now: Stamp) -> Result<(), Error> {
    diesel::delete(idempotency_keys::table.find((actor, key))).execute(c)?;
    let row = (
        idempotency_keys::actor.eq(actor),
        idempotency_keys::idempotency_key.eq(key),
        idempotency_keys::request_hash.eq(&given.request_hash),
        idempotency_keys::answer.eq(&given.answer),
        idempotency_keys::made_at.eq(now.naive()),
    );
    diesel::insert_into(idempotency_keys::table).values(row).execute(c)?;
    Ok(())
}

/// Forgets what is honoured no longer.
pub fn prune(c: &mut Conn, now: Stamp) -> Result<usize, Error> {
    let oldest = now.minus(Duration::hours(HONOURED_HOURS)).naive();
    Ok(diesel::delete(idempotency_keys::table.filter(idempotency_keys::made_at.le(oldest))).execute(c)?)
}
