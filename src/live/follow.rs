//! Tails the log and hands what it finds to the board, then to the hub: the one reader of the log
//! on behalf of everything in memory. It decides nothing about who gets what.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::runtime;
use tokio::sync::watch;
use tokio::time::{sleep_until, timeout_at};
use tracing::{info, warn};

use crate::base::clock::stopwatch;
use crate::board::Board;
use crate::domain::care_service::CareService;
use crate::domain::change::Change;
use crate::live::hub::Hub;
use crate::store::{Db, Error, changes, services};

/// Other processes write to the same log without a hint; nobody sees a delay this short.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// So many entries are read at a time.
const PAGE: i64 = 500;
/// After a round of writing to watchers comes a pause about as long as the round took: under load
/// that joins what changed meanwhile into one write each, of which the kernel's cost is the same.
const PAUSE_A_WATCHER: Duration = Duration::from_micros(10);
/// Nobody sees that a change came so much later.
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

/// What a look at the log found.
enum Found {
    /// The next entries, and whether there may be more.
    Next { changes: Vec<Change>, more: bool },
    /// The data was replaced, or the log no longer holds the next entry: everything as it is now.
    Replaced { epoch: String, services: Vec<CareService>, seq: i64 },
}

struct Follower {
    db: Db,
    board: Arc<Board>,
    hub: Arc<Hub>,
    epoch: String,
    /// The last look failed, and this was said.
    failing: bool,
    /// Nobody is woken before this.
    rested: Instant,
}

/// The thread that follows. It ends when this is dropped.
pub struct Following {
    stop: Option<watch::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Starts to follow from where board and hub stand.
pub fn start(db: &Db, board: &Arc<Board>, hub: &Arc<Hub>) -> std::io::Result<Following> {
    let (stop, mut stopped) = watch::channel(());
    let mut follower = Follower {
        db: db.clone(),
        board: Arc::clone(board),
        hub: Arc::clone(hub),
        epoch: hub.epoch().to_string(),
        failing: false,
        rested: stopwatch(),
    };
    let clock = runtime::Builder::new_current_thread().enable_time().build()?;
    let thread = std::thread::Builder::new().name("follow-log".to_owned()).spawn(move || {
        clock.block_on(async {
            let mut hint = follower.db.hint();
            while stopped.has_changed().is_ok() {
                follower.step();
                let next = follower.wake().unwrap_or_else(|| stopwatch() + LOOK_EVERY).into();
                tokio::select! {
                    _ = stopped.changed() => {}
                    // A lane that has ended gives no more hints: then only the time tells.
                    hinted = timeout_at(next, hint.changed()) => if matches!(hinted, Ok(Err(_))) {
                        sleep_until(next).await;
                    },
                }
            }
        });
    })?;
    Ok(Following { stop: Some(stop), thread: Some(thread) })
}

impl Drop for Following {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has said so itself.
            drop(thread.join());
        }
    }
}

impl Follower {
    /// Takes all that is new. What cannot be read now is read at the next look: nothing is skipped.
    fn step(&mut self) {
        loop {
            match self.look() {
                Ok(Found::Next { changes, more }) => {
                    self.said_well();
                    self.take(changes);
                    if !more {
                        return;
                    }
                    self.wake();
                }
                Ok(Found::Replaced { epoch, services, seq }) => {
                    info!(seq, "the data was replaced: every watcher starts afresh");
                    self.board.replace(services, seq);
                    self.hub.replace(&epoch, seq);
                    self.epoch = epoch;
                }
                Err(error) => return self.said_ill(&error),
            }
        }
    }

    fn look(&self) -> Result<Found, Error> {
        let (seq, known) = (self.hub.seq(), self.epoch.clone());
        self.db.read_now(|c| {
            let (epoch, last) = changes::end(c)?;
            let next = if epoch == known { changes::after(c, seq, PAGE)? } else { Vec::new() };
            let whole = next.first().map_or(last == seq, |first| first.seq == seq + 1);
            if epoch == known && whole {
                return Ok(Found::Next { more: next.len() as i64 == PAGE, changes: next });
            }
            let services = services::all(c)?.into_iter().map(|stored| stored.service).collect();
            Ok(Found::Replaced { epoch, services, seq: last })
        })
    }

    fn take(&self, changes: Vec<Change>) {
        let changes: Vec<Arc<Change>> = changes.into_iter().map(Arc::new).collect();
        let before = self.board.current();
        self.board.apply(&changes);
        self.hub.publish(&changes, |id| before.get(id).cloned());
    }

    /// Wakes those for whom there is something, or says when that may be done.
    fn wake(&mut self) -> Option<Instant> {
        let now = stopwatch();
        if now < self.rested {
            return Some(self.rested);
        }
        let woken = u32::try_from(self.hub.wake()).unwrap_or(u32::MAX);
        self.rested = now + PAUSE_A_WATCHER.saturating_mul(woken).min(LONGEST_PAUSE);
        None
    }

    fn said_ill(&mut self, error: &Error) {
        if !std::mem::replace(&mut self.failing, true) {
            warn!("cannot read the log, so nothing new is shown until it can be read again: {error}");
        }
    }

    fn said_well(&mut self) {
        if std::mem::take(&mut self.failing) {
            info!("the log can be read again");
        }
    }
}
