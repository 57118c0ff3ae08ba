//! Which digests were made: at most one for an alert and a local day or week, whoever asks again,
//! with what it counted. What a digest says is not its business.

use std::collections::HashSet;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::base::stamp::Stamp;
use crate::domain::alert::AlertId;
use crate::domain::digest::{Cadence, Counted, Period};
use crate::store::Error;
use crate::store::conn::Conn;
use crate::store::schema::digests_made;
use crate::store::services::{from_json, to_json};

/// The digest before: when it was made, and what it counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Before {
    pub made_at: Stamp,
    pub counted: Counted,
}

pub fn is_made(c: &mut Conn, alert: &AlertId, period: Period) -> Result<bool, Error> {
    let row = digests_made::table.find((alert.as_str(), period.text()));
    Ok(row.select(digests_made::up_to_seq).first::<i64>(c).optional()?.is_some())
}

/// How many are kept.
pub fn count(c: &mut Conn) -> Result<i64, Error> {
    Ok(digests_made::table.count().get_result(c)?)
}

/// The alerts whose digest for this period, or a later one, was made.
pub fn made_since(c: &mut Conn, period: Period) -> Result<HashSet<AlertId>, Error> {
    let since = digests_made::table
        .filter(digests_made::period.like(format!("{} %", period.cadence.word())))
        .filter(digests_made::period.ge(period.text()));
    let rows: Vec<String> = since.select(digests_made::alert_id).load(c)?;
    Ok(rows.into_iter().map(AlertId::from_text).collect())
}

/// The last digest of this alert and cadence for a period before this one.
pub fn before(c: &mut Conn, alert: &AlertId, period: Period) -> Result<Option<Before>, Error> {
    let found: Option<(NaiveDateTime, String)> = digests_made::table
        .filter(digests_made::alert_id.eq(alert.as_str()))
        .filter(digests_made::period.like(format!("{} %", period.cadence.word())))
        .filter(digests_made::period.lt(period.text()))
        .order(digests_made::period.desc())
        .select((digests_made::made_at, digests_made::counted))
        .first(c)
        .optional()?;
    let read = |(made_at, counted): (NaiveDateTime, String)| {
        let counted = from_json("digests_made.counted", &counted)?;
        Ok(Before { made_at: Stamp::from_naive(made_at), counted })
    };
    found.map(read).transpose()
}

/// Writes down that the digest is made. `Conflict` if it was made before.
pub fn add(
    c: &mut Conn,
    alert: &AlertId,
    period: Period,
    up_to_seq: i64,
    counted: &Counted,
    now: Stamp,
) -> Result<(), Error> {
    if is_made(c, alert, period)? {
        return Err(Error::Conflict);
    }
    let row = (
        digests_made::alert_id.eq(alert.as_str()),
        digests_made::period.eq(period.text()),
        digests_made::up_to_seq.eq(up_to_seq),
        digests_made::counted.eq(to_json(counted)?),
        digests_made::made_at.eq(now.naive()),
    );
    diesel::insert_into(digests_made::table).values(row).execute(c)?;
    Ok(())
}

/// Forgets digests made before then that a newer one of the same alert and cadence has replaced.
pub fn prune(c: &mut Conn, before: Stamp) -> Result<usize, Error> {
    let mut gone = 0;
    for cadence in Cadence::ALL {
        let like = format!("{} %", cadence.word());
        let newest: Vec<(String, Option<String>)> = digests_made::table
            .filter(digests_made::period.like(&like))
            .group_by(digests_made::alert_id)
            .having(diesel::dsl::min(digests_made::made_at).lt(before.naive()))
            .select((digests_made::alert_id, diesel::dsl::max(digests_made::period)))
            .load(c)?;
        for (alert, period) in newest {
            let old = digests_made::table
                .filter(digests_made::alert_id.eq(alert))
                .filter(digests_made::period.like(&like))
                .filter(digests_made::period.lt(period.unwrap_or_default()))
                .filter(digests_made::made_at.lt(before.naive()));
            gone += diesel::delete(old).execute(c)?;
        }
    }
    Ok(gone)
}
