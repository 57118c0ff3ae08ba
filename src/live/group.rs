//! Watchers with one and the same interest: each change is matched once for all of them and kept
//! until the slowest has taken it. Which groups there are, the hub knows.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU8, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Poll;

use chrono::Duration;
use futures_util::task::AtomicWaker;

use crate::base::stamp::Stamp;
use crate::live::entry::{Entry, Interest, Sent};
use crate::live::session::Taken;
use crate::live::snapshot::Snapshot;

/// The freshness of a figure may be so far behind in a snapshot that is shared.
const SNAPSHOT_SECONDS: i64 = 10;

/// Why a watcher is woken, as bits, so that many reasons are one wake-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signals(u8);

impl Signals {
    pub const NONE: Self = Self(0);
    /// Something was kept.
    pub const KEPT: Self = Self(1);
    /// Nothing was said for the time of a heartbeat.
    pub const QUIET: Self = Self(2);
    pub const SIGNED_OUT: Self = Self(4);
    pub const GOING_AWAY: Self = Self(8);

    pub const fn holds(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// What hub and group know of one watcher: small, since there are many.
#[derive(Debug)]
pub struct Watcher {
    signals: AtomicU8,
    waker: AtomicWaker,
    /// What is kept for it begins after this place.
    taken: AtomicI64,
    /// When it last said something, in ticks of the hub.
    said: AtomicU32,
    /// Its index among the watchers of its group.
    pub(super) index: AtomicUsize,
    left: AtomicBool,
    /// By which sign-in it watches, if any.
    pass: Option<Pass>,
}

/// Names the sign-in by which somebody watches; whoever gave it can say whether it still holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pass(pub Arc<str>);

impl Watcher {
    pub(super) fn new(mark: i64, tick: u32, pass: Option<Pass>) -> Self {
        Self {
            signals: AtomicU8::new(0),
            waker: AtomicWaker::new(),
            taken: AtomicI64::new(mark),
            said: AtomicU32::new(tick),
            index: AtomicUsize::new(0),
            left: AtomicBool::new(false),
            pass,
        }
    }

    pub fn signal(&self, signals: Signals) {
        if self.signals.fetch_or(signals.0, Ordering::AcqRel) & signals.0 != signals.0 {
            self.waker.wake();
        }
    }

    /// Waits until there is a reason to wake. May be given up and asked again: no reason is lost.
    pub async fn signalled(&self) -> Signals {
        poll_fn(|cx| {
            self.waker.register(cx.waker());
            match self.signals.swap(0, Ordering::AcqRel) {
                0 => Poll::Pending,
                signals => Poll::Ready(Signals(signals)),
            }
        })
        .await
    }

    pub fn pass(&self) -> Option<&Pass> {
        self.pass.as_ref()
    }

    pub(super) fn say(&self, tick: u32) {
        self.said.store(tick, Ordering::Relaxed);
    }

    pub(super) fn said(&self) -> u32 {
        self.said.load(Ordering::Relaxed)
    }

    pub(super) fn leave(&self) {
        self.left.store(true, Ordering::Relaxed);
    }

    pub(super) fn has_left(&self) -> bool {
        self.left.load(Ordering::Relaxed)
    }

    pub(super) fn needs_after(&self, place: i64) {
        self.taken.store(place, Ordering::Relaxed);
    }
}

#[derive(Debug)]
pub struct Group {
    pub(super) number: u64,
    pub interest: Arc<Interest>,
    /// The interest's filter in its canonical form.
    pub(super) query: Arc<str>,
    most_kept: usize,
    kept: Mutex<Kept>,
    /// The last snapshot, while somebody is still being sent it.
    snapshot: Mutex<Weak<Snapshot>>,
}

#[derive(Debug)]
struct Kept {
    /// Everything that matches after this place is here.
    floor: i64,
    entries: VecDeque<(Arc<Entry>, Sent)>,
}

impl Group {
    /// Keeps what comes after `mark`, and of that the newest `most_kept`.
    pub(super) fn new(number: u64, interest: Interest, query: Arc<str>, mark: i64, most_kept: usize) -> Self {
        let kept = Mutex::new(Kept { floor: mark, entries: VecDeque::new() });
        Self { number, interest: Arc::new(interest), query, most_kept, kept, snapshot: Mutex::default() }
    }

    /// Keeps an entry that matches. Called in the order of the log.
    pub(super) fn keep(&self, entry: &Arc<Entry>, sent: Sent) {
        let mut kept = self.kept();
        if kept.entries.len() >= self.most_kept {
            kept.forget_first();
        }
        kept.entries.push_back((Arc::clone(entry), sent));
    }

    /// Wakes all of them, after forgetting what all have taken.
    pub(super) fn wake(&self, watchers: &[Arc<Watcher>]) {
        self.forget_taken(watchers);
        for watcher in watchers {
            watcher.signal(Signals::KEPT);
        }
    }

    pub(super) fn forget_taken(&self, watchers: &[Arc<Watcher>]) {
        let slowest = watchers.iter().map(|watcher| watcher.taken.load(Ordering::Relaxed)).min();
        self.kept().forget_to(slowest.unwrap_or(i64::MAX));
    }

    /// What was kept after a place. `end` is the end of the log as the hub had it before this call.
    pub(super) fn take(&self, after: i64, end: i64) -> Taken {
        let kept = self.kept();
        if after < kept.floor {
            return Taken::Missed { floor: kept.floor };
        }
        let from = kept.entries.partition_point(|(entry, _)| entry.seq() <= after);
        let taken: Vec<_> = kept.entries.range(from..).cloned().collect();
        // Entries are kept in the order of the log, so up to the last of them nothing is missing.
        let last = taken.last().map_or(after, |(entry, _)| entry.seq());
        Taken::All { kept: taken, upto: last.max(end).max(after) }
    }

    /// What matches now, shared by those who ask at nearly the same time.
    pub(super) fn snapshot(&self, seq: i64, now: Stamp, make: impl FnOnce() -> Snapshot) -> Arc<Snapshot> {
        let mut last = self.snapshot.lock().unwrap_or_else(PoisonError::into_inner);
        let good = |snapshot: &Arc<Snapshot>| {
            snapshot.seq == seq && now.since(snapshot.moment.now) < Duration::seconds(SNAPSHOT_SECONDS)
        };
        last.upgrade().filter(good).unwrap_or_else(|| {
            let made = Arc::new(make());
            *last = Arc::downgrade(&made);
            made
        })
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn forget_first(&mut self) {
        if let Some((entry, _)) = self.entries.pop_front() {
            self.floor = entry.seq();
        }
    }

    fn forget_to(&mut self, place: i64) {
        while self.entries.front().is_some_and(|(entry, _)| entry.seq() <= place) {
            self.forget_first();
        }
        if self.entries.len() * 4 < self.entries.capacity() {
            self.entries.shrink_to(self.entries.len() * 2);
        }
    }
}
