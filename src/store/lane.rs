//! The write lane: one thread that owns the one writing connection. It takes every act that waits,
//! runs them all inside one transaction, commits once, then answers them all. How one act stays
//! apart from another is in `acts.rs`; what an act does is not its business.

use std::sync::{Arc, mpsc};
use std::thread;

use diesel::connection::SimpleConnection;
use tokio::sync::watch;
use tracing::{error, warn};

use crate::base::clock::stopwatch;
use crate::store::Error;
use crate::store::acts::{self, Act, Deed, Waiting};
use crate::store::conn::{Conn, DatabaseUrl};
use crate::store::figures::Figures;

/// So many acts share one commit at the most, so that nobody waits long behind a crowd.
const MOST_ACTS_TOGETHER: usize = 512;

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
    pub fn push<T, E>(&self, deed: Deed<T, E>, reply: impl FnOnce(Result<T, E>) + Send + 'static)
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        if self.acts.send(Box::new(Waiting::new(deed, reply))).is_err() {
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
        let run = acts::run_all(conn, batch);
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
