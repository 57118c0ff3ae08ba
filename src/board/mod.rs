//! What is true now, in memory: every care service, found in microseconds without a database.
//! It never reads or writes the log; who tails the log hands it the changes.

mod block;
mod counts;
mod cursor;
mod facts;
mod figures;
mod namings;
mod places;
mod search;
mod snapshot;
#[cfg(test)]
mod tests;
mod words;

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use tokio::sync::watch;

use crate::domain::care_service::CareService;
use crate::domain::change::Change;

pub use counts::{AuthorityCounts, Facets};
pub use cursor::Cursor;
pub use places::Town;
pub use search::{Found, Page};
pub use snapshot::Snapshot;

/// The state of the log up to one `seq`, always replaced whole: who holds a snapshot keeps it.
pub struct Board {
    current: RwLock<Arc<Snapshot>>,
    /// Held by the one who makes the next snapshot, so that readers wait for a pointer only.
    turn: Mutex<()>,
    reached: watch::Sender<i64>,
}

impl Board {
    /// The services as they were just after the change `seq` (0: before the first).
    pub fn new(services: Vec<CareService>, seq: i64) -> Self {
        Self {
            current: RwLock::new(Arc::new(Snapshot::new(services, seq))),
            turn: Mutex::new(()),
            reached: watch::Sender::new(seq),
        }
    }

    pub fn current(&self) -> Arc<Snapshot> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes changes in the order of their `seq`, all of them in one new snapshot. Those already
    /// known are passed over, so that reading a part of the log twice does no harm.
    pub fn apply(&self, changes: &[Arc<Change>]) {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.current();
        if changes.iter().all(|change| change.seq <= before.seq()) {
            return;
        }
        let after = Arc::new(before.after(changes));
        let seq = after.seq();
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = after;
        self.reached.send_replace(seq);
    }

    /// Takes the place of everything: the data was replaced, or more was missed than the log holds.
    pub fn replace(&self, services: Vec<CareService>, seq: i64) {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let after = Arc::new(Snapshot::new(services, seq));
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = after;
        self.reached.send_replace(seq);
    }

    /// Waits until the change `seq` is on the board, so that whoever was told of it finds it here.
    pub async fn reach(&self, seq: i64) {
        let mut reached = self.reached.subscribe();
        // The sender lives as long as the board, so this ends only when the change is here.
        drop(reached.wait_for(|here| *here >= seq).await);
    }
}
