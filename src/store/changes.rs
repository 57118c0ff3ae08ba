//! The log: entries with a `seq` that has no holes and follows commit order, the stream's epoch,
//! and how far each reader has come. Who reads, and what for, is not its business.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::base::stamp::Stamp;
use crate::domain::care_service::{CareService, CareServiceId};
use crate::domain::change::{Change, ChangeKind};
use crate::store::Error;
use crate::store::conn::{Conn, insert_all, on_each};
use crate::store::fixed::fixed;
use crate::store::schema::{care_services, changes, cursors, last_states, stream};
use crate::store::services::{self, ServiceRow, Stored, from_json, to_json};

/// There is one stream, and its row has this id.
const THE_STREAM: i32 = 1;

/// Where the log stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    /// Random; another one means that the data was restored from a backup.
    pub epoch: String,
    pub last_seq: i64,
    /// The first entry still kept; `last_seq + 1` if none is.
    pub oldest_seq: i64,
}

/// What to write down.
pub struct Record<'a> {
    pub at: Stamp,
    pub kind: ChangeKind,
    pub actor: &'a str,
    /// The service just after.
    pub service: &'a CareService,
    /// The last entry of that service, 0 if there was none.
    pub previous_seq: i64,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = changes)]
pub(super) struct ChangeRow {
    pub(super) seq: i64,
    at: NaiveDateTime,
    kind: String,
    service_id: String,
    previous_seq: i64,
    actor: String,
    state: String,
}

impl ChangeRow {
    pub(super) fn of(record: &Record, seq: i64) -> Result<Self, Error> {
        Ok(Self {
            seq,
            at: record.at.naive(),
            kind: record.kind.word().to_owned(),
            service_id: record.service.id.as_str().to_owned(),
            previous_seq: record.previous_seq,
            actor: record.actor.to_owned(),
            state: to_json(record.service)?,
        })
    }

    pub(super) fn service(&self) -> Result<CareService, Error> {
        from_json("changes.state", &self.state)
    }

    fn read(self) -> Result<Change, Error> {
        let service = self.service()?;
        Ok(Change {
            seq: self.seq,
            at: Stamp::from_naive(self.at),
            kind: ChangeKind::parse(&self.kind)
                .ok_or_else(|| Error::Broken(format!("unknown kind of change {:?}", self.kind)))?,
            previous_seq: self.previous_seq,
            actor: self.actor,
            service,
        })
    }
}

/// Writes a service and its entry of the log, in one. With `record_after` and `Tellings::tell` the only way to change a service.
pub fn record(c: &mut Conn, record: &Record) -> Result<i64, Error> {
    let seq = append(c, record)?;
    ServiceRow::of(record.service, seq)?.put(c)?;
    Ok(seq)
}

fn append(c: &mut Conn, record: &Record) -> Result<i64, Error> {
    let next = diesel::update(stream::table.find(THE_STREAM)).set(stream::last_seq.eq(stream::last_seq + 1));
    let seq: i64 = on_each!(c, c => fixed(next.returning(stream::last_seq)).get_result(c))?;
    let row = ChangeRow::of(record, seq)?;
    on_each!(c, c => diesel::insert_into(changes::table).values(&row).execute(c))?;
    Ok(seq)
}

/// Appends entries that follow the last one, in their order.
pub(super) fn add_all(c: &mut Conn, rows: &[ChangeRow]) -> Result<(), Error> {
    let Some(last) = rows.last() else { return Ok(()) };
    let moved = diesel::update(stream::table.find(THE_STREAM)).set(stream::last_seq.eq(last.seq));
    let _: i64 = on_each!(c, c => fixed(moved.returning(stream::last_seq)).get_result(c))?;
    Ok(insert_all!(c, changes::table, rows)?)
}

/// The same for a service that is stored already: of one whose facts stay, the capacity alone is written.
pub fn record_after(
    c: &mut Conn,
    before: &Stored,
    after: &CareService,
    at: Stamp,
    kind: ChangeKind,
    actor: &str,
) -> Result<i64, Error> {
    let entry = Record { at, kind, actor, service: after, previous_seq: before.last_seq };
    if (&before.service.facts, before.service.left_at) != (&after.facts, after.left_at) {
        return record(c, &entry);
    }
    let seq = append(c, &entry)?;
    services::put_capacity(c, after, seq)?;
    Ok(seq)
}

/// The entries after `seq`, oldest first.
pub fn after(c: &mut Conn, seq: i64, limit: i64) -> Result<Vec<Change>, Error> {
    let next = changes::table.filter(changes::seq.gt(seq)).order(changes::seq).limit(limit);
    let rows: Vec<ChangeRow> = on_each!(c, c => next.select(ChangeRow::as_select()).load(c))?;
    rows.into_iter().map(ChangeRow::read).collect()
}

/// The `seq` of the first entry from this moment on; the one to come if there is none yet. Looked up
/// by halving, since the log is in the order of time.
pub fn first_since(c: &mut Conn, at: Stamp) -> Result<i64, Error> {
    let here = stream(c)?;
    let (mut low, mut high) = (here.oldest_seq, here.last_seq + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        let then: NaiveDateTime = changes::table.find(middle).select(changes::at).first(c)?;
        if then < at.naive() { low = middle + 1 } else { high = middle }
    }
    Ok(low)
}

/// The first entry of each service from this `seq` on.
pub fn first_of_each(c: &mut Conn, seq: i64) -> Result<Vec<Change>, Error> {
    let firsts: Vec<Option<i64>> = changes::table
        .filter(changes::seq.ge(seq))
        .group_by(changes::service_id)
        .select(diesel::dsl::min(changes::seq))
        .load(c)?;
    let mut found = Vec::with_capacity(firsts.len());
    for first in firsts.into_iter().flatten() {
        found.extend(get(c, first)?);
    }
    Ok(found)
}

/// The newest entries of one service, newest first.
pub fn of_service(c: &mut Conn, id: &CareServiceId, limit: i64) -> Result<Vec<Change>, Error> {
    let rows: Vec<ChangeRow> = changes::table
        .filter(changes::service_id.eq(id.as_str()))
        .order(changes::seq.desc())
        .limit(limit)
        .select(ChangeRow::as_select())
        .load(c)?;
    rows.into_iter().map(ChangeRow::read).collect()
}

/// The entries of one service from this `seq` on, oldest first.
pub fn of_service_from(c: &mut Conn, id: &CareServiceId, seq: i64) -> Result<Vec<Change>, Error> {
    let rows: Vec<ChangeRow> = changes::table
        .filter(changes::service_id.eq(id.as_str()))
        .filter(changes::seq.ge(seq))
        .order(changes::seq)
        .select(ChangeRow::as_select())
        .load(c)?;
    rows.into_iter().map(ChangeRow::read).collect()
}

/// One entry, if it is still kept.
pub fn get(c: &mut Conn, seq: i64) -> Result<Option<Change>, Error> {
    let row: QueryResult<ChangeRow> =
        on_each!(c, c => changes::table.find(seq).select(ChangeRow::as_select()).first(c));
    row.optional()?.map(ChangeRow::read).transpose()
}

pub fn last_seq(c: &mut Conn) -> Result<i64, Error> {
    Ok(stream::table.find(THE_STREAM).select(stream::last_seq).first(c)?)
}

/// Epoch and last `seq`: the cheap part of `stream`, for who looks often.
pub fn end(c: &mut Conn) -> Result<(String, i64), Error> {
    Ok(on_each!(c, c => stream::table.find(THE_STREAM).select((stream::epoch, stream::last_seq)).first(c))?)
}

pub fn stream(c: &mut Conn) -> Result<Stream, Error> {
    let (epoch, last_seq) = end(c)?;
    let oldest: Option<i64> = changes::table.select(diesel::dsl::min(changes::seq)).first(c)?;
    Ok(Stream { epoch, last_seq, oldest_seq: oldest.unwrap_or(last_seq + 1) })
}

/// When the oldest entry that is kept was written.
pub fn oldest_at(c: &mut Conn) -> Result<Option<Stamp>, Error> {
    let oldest: Option<NaiveDateTime> = changes::table.order(changes::seq).select(changes::at).first(c).optional()?;
    Ok(oldest.map(Stamp::from_naive))
}

/// Makes the one row of the stream, if there is none yet.
pub(super) fn begin_stream(c: &mut Conn, epoch: &str) -> Result<(), Error> {
    let found: Option<i32> = stream::table.find(THE_STREAM).select(stream::id).first(c).optional()?;
    if found.is_none() {
        let row = (stream::id.eq(THE_STREAM), stream::last_seq.eq(0_i64), stream::epoch.eq(epoch));
        diesel::insert_into(stream::table).values(row).execute(c)?;
    }
    Ok(())
}

/// A new epoch, after the data came back from a backup: every watcher starts afresh.
pub fn renew_epoch(c: &mut Conn, epoch: &str) -> Result<(), Error> {
    diesel::update(stream::table.find(THE_STREAM)).set(stream::epoch.eq(epoch)).execute(c)?;
    Ok(())
}

/// The service as it was before this change, also when the entry that said so is kept no longer.
pub fn before(c: &mut Conn, change: &Change) -> Result<Option<CareService>, Error> {
    if change.previous_seq == 0 {
        return Ok(None);
    }
    if let Some(previous) = get(c, change.previous_seq)? {
        return Ok(Some(previous.service));
    }
    let kept: Option<String> = last_states::table
        .find(change.service.id.as_str())
        .filter(last_states::seq.eq(change.previous_seq))
        .select(last_states::state)
        .first(c)
        .optional()?;
    kept.map(|state| from_json("last_states.state", &state)).transpose()
}

/// Forgets the oldest entries: those both from before `keep_after` and below `keep_from`, and none
/// above `up_to`; at most `most` in one act, so that no writer waits long. What is left has no
/// holes. Returns how many went.
pub fn prune(c: &mut Conn, keep_after: Stamp, keep_from: i64, up_to: i64, most: i64) -> Result<usize, Error> {
    let oldest: Vec<(i64, NaiveDateTime)> =
        changes::table.order(changes::seq).limit(most).select((changes::seq, changes::at)).load(c)?;
    let is_old = |(seq, at): &(i64, NaiveDateTime)| *seq <= up_to && *seq < keep_from && *at < keep_after.naive();
    let old = oldest.into_iter().take_while(is_old);
    let Some((last, _)) = old.last() else { return Ok(0) };
    keep_last_states(c, last)?;
    Ok(diesel::delete(changes::table.filter(changes::seq.le(last))).execute(c)?)
}

/// Before the entries up to `last` go: what the services looked like that have no newer one.
fn keep_last_states(c: &mut Conn, last: i64) -> Result<(), Error> {
    let states: Vec<(String, i64, String)> = changes::table
        .inner_join(care_services::table.on(care_services::last_seq.eq(changes::seq)))
        .filter(changes::seq.le(last))
        .select((changes::service_id, changes::seq, changes::state))
        .load(c)?;
    for (id, seq, state) in states {
        diesel::delete(last_states::table.find(&id)).execute(c)?;
        let row = (last_states::service_id.eq(id), last_states::seq.eq(seq), last_states::state.eq(state));
        diesel::insert_into(last_states::table).values(row).execute(c)?;
    }
    Ok(())
}

/// How many entries between the oldest and the newest are not there. Anything but 0 is a fault.
pub fn missing(c: &mut Conn) -> Result<i64, Error> {
    let here = stream(c)?;
    let count: i64 = changes::table.count().get_result(c)?;
    Ok(here.last_seq + 1 - here.oldest_seq - count)
}

/// How far a reader has come; 0 if it never began.
pub fn cursor(c: &mut Conn, name: &str) -> Result<i64, Error> {
    Ok(cursors::table.find(name).select(cursors::seq).first(c).optional()?.unwrap_or(0))
}

pub fn set_cursor(c: &mut Conn, name: &str, seq: i64) -> Result<(), Error> {
    if diesel::update(cursors::table.find(name)).set(cursors::seq.eq(seq)).execute(c)? == 0 {
        diesel::insert_into(cursors::table).values((cursors::name.eq(name), cursors::seq.eq(seq))).execute(c)?;
    }
    Ok(())
}
