//! The write lane: one thread that owns the one writing connection. It takes every act that waits,
//! runs each in its own savepoint inside one transaction, commits once, then answers them all. An act that
//! is alone needs none on SQLite, which copies every page that changes after one.
//! What an act does is not its business.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Instant;

use diesel::connection::SimpleConnection;
use tokio::sync::watch;
use tracing::{error, warn};

use crate::base::clock::stopwatch;
use crate::store::Error;
use crate::store::conn::{Conn, DatabaseUrl};
use crate::store::figures::Figures;

/// So many acts share one commit at the most, so that nobody waits long behind a crowd.
const MOST_ACTS_TOGETHER: usize = 512;

/// Something to be written, and somebody who waits for the answer.
trait Act: Send {
    /// Whether it was done. Fails where the transaction itself cannot go on, and with it the whole batch.
    fn run(&mut self, conn: &mut Conn, is_alone: bool) -> Result<bool, Error>;
    /// Called when the commit's fate is known, and never before.
    fn answer(self: Box<Self>, committed: Result<(), Error>);
    /// When it began to wait.
    fn queued(&self) -> Instant;
}

struct Waiting<T, E, F, R> {
    act: Option<F>,
    outcome: Option<Result<T, E>>,
    reply: R,
    queued: Instant,
}

impl<T, E, F, R> Act for Waiting<T, E, F, R>
where
    T: Send,
    E: From<Error> + Send,
    F: FnOnce(&mut Conn) -> Result<T, E> + Send,
    R: FnOnce(Result<T, E>) + Send,
{
    fn run(&mut self, conn: &mut Conn, is_alone: bool) -> Result<bool, Error> {
        let Some(act) = self.act.take() else { return Ok(false) };
        let outcome = if is_alone { caught(conn, act) } else { in_savepoint(conn, act)? };
        let is_done = outcome.is_ok();
        self.outcome = Some(outcome);
        Ok(is_done)
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

/// Runs an act; one that panics has failed like another.
fn caught<T, E: From<Error>>(conn: &mut Conn, act: impl FnOnce(&mut Conn) -> Result<T, E>) -> Result<T, E> {
    catch_unwind(AssertUnwindSafe(|| act(conn)))
        .unwrap_or_else(|_| Err(E::from(Error::Broken("an act panicked; it was undone".to_owned()))))
}

/// Runs an act so that all of it happens or nothing. The outer error is that of a
/// transaction that is gone: a full disk or a lost connection ends it whole.
fn in_savepoint<T, E: From<Error>>(
    conn: &mut Conn,
    act: impl FnOnce(&mut Conn) -> Result<T, E>,
) -> Result<Result<T, E>, Error> {
    conn.batch_execute("SAVEPOINT act")?;
    let outcome = caught(conn, act);
    let end =
        if outcome.is_ok() { "RELEASE SAVEPOINT act" } else { "ROLLBACK TO SAVEPOINT act; RELEASE SAVEPOINT act" };
    conn.batch_execute(end)?;
    Ok(outcome)
}

/// The way in. Cloned freely; the thread ends when the last clone is dropped and all is answered.
#[derive(Clone)]
pub struct Lane {
    acts: mpsc::Sender<Box<dyn Act>>,
}

impl Lane {
    /// Starts the thread. `hint` counts commits, so that readers of the log wake at once.
    pub fn start(url: DatabaseUrl, conn: Conn, hint: watch::Sender<u64>, figures: Arc<Figures>) -> Result<Self, Error> {
        let (acts, queue) = mpsc::channel();
        let mut writer = Writer { url, conn: Some(conn), hint, figures };
        thread::Builder::new()
            .name("write-lane".to_owned())
            .spawn(move || writer.run(&queue))
            .map_err(|e| Error::Broken(format!("cannot start the write lane: {e}")))?;
        Ok(Self { acts })
    }

    /// Queues an act. `reply` is called after the commit, or dropped if the lane has died.
    pub fn push<T, E>(
        &self,
        act: impl FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
        reply: impl FnOnce(Result<T, E>) + Send + 'static,
    ) where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let waiting = Waiting { act: Some(act), outcome: None, reply, queued: stopwatch() };
        if self.acts.send(Box::new(waiting)).is_err() {
            error!("the write lane has ended; nothing can be written until Berth is started again");
        }
    }
}

struct Writer {
    url: DatabaseUrl,
    conn: Option<Conn>,
    hint: watch::Sender<u64>,
    figures: Arc<Figures>,
}

impl Writer {
    fn run(&mut self, queue: &mpsc::Receiver<Box<dyn Act>>) {
        while let Ok(first) = queue.recv() {
            let mut batch = vec![first];
            batch.extend(queue.try_iter().take(MOST_ACTS_TOGETHER - 1));
            let begun = stopwatch();
            let committed = self.commit(&mut batch);
            self.figures.commit(begun.elapsed(), batch.len(), committed.is_ok());
            if let Err(error) = &committed {
                warn!(acts = batch.len(), "nothing of this batch was written: {error}");
            } else {
                self.hint.send_modify(|count| *count += 1);
            }
            let now = stopwatch();
            for act in batch {
                self.figures.waited(now - act.queued());
                act.answer(committed.clone());
            }
        }
    }

    fn commit(&mut self, batch: &mut [Box<dyn Act>]) -> Result<(), Error> {
        let conn = self.begin()?;
        let is_alone = batch.len() == 1 && !conn.needs_savepoints();
        let run: Result<bool, Error> = batch.iter_mut().try_fold(false, |any, act| Ok(act.run(conn, is_alone)? || any));
        let committed = run.and_then(|any| Ok(conn.batch_execute(if any { "COMMIT" } else { "ROLLBACK" })?));
        // Whatever the database calls it: no act of ours makes a transaction fail as a whole.
        let committed = committed.map_err(|error| Error::Unavailable(error.to_string()));
        if committed.is_err() {
            // A broken connection cannot even roll back: the next batch gets a new one.
            self.conn = None;
        }
        committed
    }

    /// The connection with a transaction open; a new connection once, if the old one is broken.
    fn begin(&mut self) -> Result<&mut Conn, Error> {
        let begun = self.conn.as_mut().is_some_and(|conn| conn.begin_writing().is_ok());
        if !begun {
            self.conn = None;
            let mut conn = self.url.connect()?;
            conn.begin_writing()?;
            self.conn = Some(conn);
        }
        self.conn.as_mut().ok_or_else(|| Error::Unavailable("there is no connection to write with".to_owned()))
    }
}
