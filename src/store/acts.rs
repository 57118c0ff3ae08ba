//! Acts that wait for the write lane, and how they run inside its transaction: each in a savepoint of its own, so
//! that all of it happens or nothing; those that only tell capacity, and come one after another, together.
//! When a transaction begins and ends is decided in `lane.rs`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::slice;
use std::time::Instant;

use diesel::connection::SimpleConnection;
use tracing::warn;

use crate::base::clock::stopwatch;
use crate::domain::care_service::CareServiceId;
use crate::store::Error;
use crate::store::conn::Conn;
use crate::store::tellings::{Tellings, together};

/// Something to be written, and somebody who waits for the answer.
pub(super) trait Act: Send {
    /// Whether it was done. Fails where the transaction itself cannot go on, and with it the whole batch.
    fn run(&mut self, conn: &mut Conn, is_alone: bool) -> Result<bool, Error>;
    /// The service whose capacity it tells, if it does nothing else.
    fn tells_of(&self) -> Option<&CareServiceId>;
    /// Tells it among others; whether it did.
    fn tell(&mut self, tellings: &mut Tellings) -> bool;
    /// Called when the commit's fate is known, and never before.
    fn answer(self: Box<Self>, committed: Result<(), Error>);
    /// When it began to wait.
    fn queued(&self) -> Instant;
}

pub(super) type Any<T, E> = Box<dyn FnOnce(&mut Conn) -> Result<T, E> + Send>;
pub(super) type Telling<T, E> = Box<dyn Fn(&mut Tellings) -> Result<T, E> + Send>;

/// What is to be done.
pub(super) enum Deed<T, E> {
    Any(Option<Any<T, E>>),
    /// The capacity of one service is told, and nothing else happens. It may be run a second time,
    /// where what was written with the first was undone.
    Telling(CareServiceId, Telling<T, E>),
}

pub(super) struct Waiting<T, E, R> {
    deed: Deed<T, E>,
    outcome: Option<Result<T, E>>,
    reply: R,
    queued: Instant,
}

impl<T, E, R> Waiting<T, E, R> {
    pub(super) fn new(deed: Deed<T, E>, reply: R) -> Self {
        Self { deed, outcome: None, reply, queued: stopwatch() }
    }

    fn keep(&mut self, outcome: Result<T, E>) -> bool {
        let is_done = outcome.is_ok();
        self.outcome = Some(outcome);
        is_done
    }
}

impl<T, E, R> Act for Waiting<T, E, R>
where
    T: Send,
    E: From<Error> + Send,
    R: FnOnce(Result<T, E>) + Send,
{
    fn run(&mut self, conn: &mut Conn, is_alone: bool) -> Result<bool, Error> {
        let outcome = match &mut self.deed {
            Deed::Any(act) => {
                let Some(act) = act.take() else { return Ok(false) };
                let needs_savepoint = !is_alone || conn.needs_savepoints();
                if needs_savepoint { in_savepoint(conn, act)? } else { caught(|| act(conn)) }
            }
            // It writes at its end or not at all, so a failure before cannot pass for a telling.
            Deed::Telling(id, tell) => {
                let tell = |conn: &mut Conn| together(conn, slice::from_ref(id), tell);
                if is_alone { caught(|| tell(conn)) } else { in_savepoint(conn, tell)? }
            }
        };
        Ok(self.keep(outcome))
    }

    fn tells_of(&self) -> Option<&CareServiceId> {
        match &self.deed {
            Deed::Any(_) => None,
            Deed::Telling(id, _) => Some(id),
        }
    }

    fn tell(&mut self, tellings: &mut Tellings) -> bool {
        let Deed::Telling(_, tell) = &self.deed else { return false };
        let outcome = caught(|| tell(tellings));
        self.keep(outcome)
    }

    fn answer(self: Box<Self>, committed: Result<(), Error>) {
        let outcome = match (committed, self.outcome) {
            (Err(error), _) => Err(E::from(error)),
            (Ok(()), Some(outcome)) => outcome,
            (Ok(()), None) => Err(E::from(Error::Unavailable("the act was not run".to_owned()))),
        };
        (self.reply)(outcome);
    }

    fn queued(&self) -> Instant {
        self.queued
    }
}

/// Runs a batch in the transaction that is open; whether any of it was done.
pub(super) fn run_all(conn: &mut Conn, batch: &mut [Box<dyn Act>]) -> Result<bool, Error> {
    let is_alone = batch.len() == 1;
    let parts = batch.chunk_by_mut(|one, next| one.tells_of().is_some() && next.tells_of().is_some());
    parts.into_iter().try_fold(false, |any, acts| {
        let done = if acts.len() > 1 { tell_all(conn, acts)? } else { run_each(conn, acts, is_alone)? };
        Ok(any || done)
    })
}

fn run_each(conn: &mut Conn, acts: &mut [Box<dyn Act>], is_alone: bool) -> Result<bool, Error> {
    acts.iter_mut().try_fold(false, |any, act| Ok(act.run(conn, is_alone)? || any))
}

/// Tells them together; where that fails, each by itself, so that the one at fault fails alone.
fn tell_all(conn: &mut Conn, acts: &mut [Box<dyn Act>]) -> Result<bool, Error> {
    let ids: Vec<CareServiceId> = acts.iter().filter_map(|act| act.tells_of().cloned()).collect();
    let told = in_savepoint(conn, |conn| {
        together(conn, &ids, |tellings| {
            acts.iter_mut().try_fold(false, |any, act| {
                let before = tellings.count();
                let done = act.tell(tellings);
                let is_half_done = !done && tellings.count() > before;
                if is_half_done { Err(Error::Broken("a telling failed half done".to_owned())) } else { Ok(any || done) }
            })
        })
    })?;
    told.or_else(|error| {
        warn!(tellings = acts.len(), "written one by one, since together they failed: {error}");
        run_each(conn, acts, false)
    })
}

/// Runs an act; one that panics has failed like another.
fn caught<T, E: From<Error>>(act: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    catch_unwind(AssertUnwindSafe(act))
        .unwrap_or_else(|_| Err(E::from(Error::Broken("an act panicked; it was undone".to_owned()))))
}

/// Runs an act so that all of it happens or nothing. The outer error is that of a
/// transaction that is gone: a full disk or a lost connection ends it whole.
fn in_savepoint<T, E: From<Error>>(
    conn: &mut Conn,
    act: impl FnOnce(&mut Conn) -> Result<T, E>,
) -> Result<Result<T, E>, Error> {
    conn.batch_execute("SAVEPOINT act")?;
    let outcome = caught(|| act(conn));
    let end =
        if outcome.is_ok() { "RELEASE SAVEPOINT act" } else { "ROLLBACK TO SAVEPOINT act; RELEASE SAVEPOINT act" };
    conn.batch_execute(end)?;
    Ok(outcome)
}
