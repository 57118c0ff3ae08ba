//! Where changes meet watchers: the newest entries of the log, who watches what, and when somebody
//! is due a heartbeat. It reads no database and writes to no socket.

use std::collections::{HashSet, VecDeque};
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::base::stamp::Stamp;
use crate::domain::care_service::{CareService, CareServiceId};
use crate::domain::change::Change;
use crate::domain::freshness::FreshnessLimits;
use crate::live::entry::{Before, Entry, Interest};
use crate::live::group::{Group, Pass, Signals, Watcher};
use crate::live::groups::Groups;
use crate::live::protocol::HEARTBEAT_SECONDS;
use crate::live::session::{Joined, Taken};
use crate::live::snapshot::Snapshot;
use crate::live::wheel::Wheel;

/// How much the hub holds in memory.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// Of the log, for whoever resumes.
    pub recent: usize,
    /// Of what matches, for the slowest of each group.
    pub kept: usize,
}

impl Default for Room {
    /// Seven minutes at ten changes a second; half a minute, since whoever needs more reads it from
    /// the recent entries or from the log, and so costs nobody else anything.
    fn default() -> Self {
        Self { recent: 4096, kept: 256 }
    }
}

/// So many entries are read by a watcher at a time, so that replays of many take turns.
pub const MOST_AT_ONCE: usize = 256;
/// Entries are published in such portions, so that whoever joins during a large import waits briefly.
const PORTION: usize = 32;

pub struct Hub {
    limits: FreshnessLimits,
    room: Room,
    inner: Mutex<Inner>,
    /// The last entry published.
    end: AtomicI64,
    /// Seconds since the start.
    tick: AtomicU32,
    watching: AtomicUsize,
}

struct Inner {
    epoch: Arc<str>,
    recent: VecDeque<Arc<Entry>>,
    groups: Groups,
    wheel: Wheel,
    closed: bool,
}

/// How much is going on, for the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Census {
    pub watchers: usize,
    pub groups: usize,
    pub seq: i64,
}

impl Hub {
    /// A hub at the end of a log. `recent` are its newest entries, oldest first.
    pub fn new(epoch: &str, seq: i64, recent: Vec<Change>, limits: FreshnessLimits, room: Room) -> Self {
        let mut inner = Inner {
            epoch: epoch.into(),
            recent: VecDeque::new(),
            groups: Groups::new(room.kept),
            wheel: Wheel::default(),
            closed: false,
        };
        // A log with a hole, or one that ends elsewhere, is better read again than remembered.
        let whole = recent.last().is_some_and(|last| last.seq == seq)
            && recent.windows(2).all(|pair| pair[0].seq + 1 == pair[1].seq);
        for change in recent.into_iter().filter(|_| whole) {
            let change = Arc::new(change);
            let before = inner.before(&change, || Before::Unknown);
            inner.remember(&Arc::new(Entry::new(change, before, limits)), room);
        }
        Self {
            limits,
            room,
            inner: Mutex::new(inner),
            end: AtomicI64::new(seq),
            tick: AtomicU32::new(0),
            watching: AtomicUsize::new(0),
        }
    }

    pub fn epoch(&self) -> Arc<str> {
        Arc::clone(&self.inner().epoch)
    }

    pub fn limits(&self) -> FreshnessLimits {
        self.limits
    }

    /// The last entry published.
    pub fn seq(&self) -> i64 {
        self.end.load(Ordering::Acquire)
    }

    pub fn census(&self) -> Census {
        let groups = self.inner().groups.count();
        Census { watchers: self.watching.load(Ordering::Relaxed), groups, seq: self.seq() }
    }

    /// Registers a watcher and reads the end of the log, in one step.
    pub fn join(self: &Arc<Self>, interest: Interest, pass: Option<Pass>) -> (Seat, Joined) {
        let tick = self.tick.load(Ordering::Relaxed);
        let mut inner = self.inner();
        let mark = self.seq();
        let watcher = Arc::new(Watcher::new(mark, tick, pass));
        let group = inner.groups.join(interest, mark, &watcher);
        inner.wheel.put(&watcher, tick + HEARTBEAT_SECONDS);
        if inner.closed {
            watcher.signal(Signals::GOING_AWAY);
        }
        self.watching.fetch_add(1, Ordering::Relaxed);
        let joined = Joined { interest: Arc::clone(&group.interest), mark };
        (Seat { hub: Arc::clone(self), group, watcher }, joined)
    }

    /// Publishes the next entries of the log; whoever they concern finds them when next woken. `was`
    /// says how a service was before all of them.
    pub fn publish(&self, changes: &[Arc<Change>], was: impl Fn(&CareServiceId) -> Option<Arc<CareService>>) {
        let among = |seq: i64| changes.get(usize::try_from(seq - changes.first()?.seq).ok()?);
        for portion in changes.chunks(PORTION) {
            let mut inner = self.inner();
            for change in portion {
                let before = match among(change.previous_seq) {
                    Some(before) => Before::Change(Arc::clone(before)),
                    // What the board does not know had left before.
                    None => inner.before(change, || was(&change.service.id).map_or(Before::Nothing, Before::State)),
                };
                let entry = Arc::new(Entry::new(Arc::clone(change), before, self.limits));
                inner.remember(&entry, self.room);
                inner.groups.keep(&entry);
            }
            if let Some(last) = portion.last() {
                self.end.store(last.seq, Ordering::Release);
            }
        }
    }

    /// Wakes whoever something was published for since the last time; how many.
    pub fn wake(&self) -> usize {
        self.inner().groups.wake()
    }

    /// The entries after a place, if they are recent enough to be remembered.
    pub fn recent(&self, after: i64) -> Option<Vec<Arc<Entry>>> {
        let inner = self.inner();
        let first = inner.recent.front()?.seq();
        let skip = usize::try_from(after + 1 - first).ok().filter(|skip| *skip < inner.recent.len())?;
        Some(inner.recent.iter().skip(skip).take(MOST_AT_ONCE).cloned().collect())
    }

    /// Called once a second: whoever said nothing for the time of a heartbeat is woken.
    pub fn tick(&self) {
        let now = self.tick.fetch_add(1, Ordering::Relaxed) + 1;
        let mut inner = self.inner();
        inner.wheel.turn(now);
        if now.is_multiple_of(HEARTBEAT_SECONDS) {
            inner.groups.forget_taken();
        }
    }

    /// The sign-ins by which somebody watches now.
    pub fn passes(&self) -> HashSet<Pass> {
        self.inner().groups.watchers().filter_map(|watcher| watcher.pass()).cloned().collect()
    }

    /// Ends the streams of these sign-ins.
    pub fn sign_out(&self, ended: &HashSet<Pass>) {
        for watcher in self.inner().groups.watchers() {
            if watcher.pass().is_some_and(|pass| ended.contains(pass)) {
                watcher.signal(Signals::SIGNED_OUT);
            }
        }
    }

    /// Ends all streams, and those of whoever comes later: the server stops.
    pub fn close(&self) {
        let mut inner = self.inner();
        inner.closed = true;
        inner.send_all_away();
    }

    /// The data was replaced: all streams end, and whoever comes again is told by the new epoch.
    pub fn replace(&self, epoch: &str, seq: i64) {
        let mut inner = self.inner();
        inner.epoch = epoch.into();
        inner.recent.clear();
        self.end.store(seq, Ordering::Release);
        inner.send_all_away();
        // What they have kept is of other data; nobody who comes later may join them.
        inner.groups.clear();
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn remember(&mut self, entry: &Arc<Entry>, room: Room) {
        if self.recent.len() >= room.recent {
            self.recent.pop_front();
        }
        self.recent.push_back(Arc::clone(entry));
    }

    /// What was before a change, from the recent entries if they go back so far.
    fn before(&self, change: &Change, otherwise: impl FnOnce() -> Before) -> Before {
        let recent = || {
            let first = self.recent.front()?.seq();
            self.recent.get(usize::try_from(change.previous_seq - first).ok()?)
        };
        match recent() {
            _ if change.previous_seq == 0 => Before::Nothing,
            Some(entry) => Before::Change(Arc::clone(entry.change())),
            None => otherwise(),
        }
    }

    fn send_all_away(&self) {
        for watcher in self.groups.watchers() {
            watcher.signal(Signals::GOING_AWAY);
        }
    }
}

/// A watcher's place in the hub; dropping it leaves.
pub struct Seat {
    hub: Arc<Hub>,
    group: Arc<Group>,
    watcher: Arc<Watcher>,
}

impl Seat {
    /// Waits until there is a reason to wake; see `Watcher::signalled`.
    pub async fn signalled(&self) -> Signals {
        self.watcher.signalled().await
    }

    /// What was kept after a place.
    pub fn take(&self, after: i64) -> Taken {
        let taken = self.group.take(after, self.hub.seq());
        self.watcher.needs_after(match &taken {
            Taken::All { upto, .. } => *upto,
            Taken::Missed { floor } => *floor,
        });
        taken
    }

    /// What matches now, shared with those of the same interest who ask at nearly the same time.
    pub fn snapshot(&self, seq: i64, now: Stamp, make: impl FnOnce() -> Snapshot) -> Arc<Snapshot> {
        self.group.snapshot(seq, now, make)
    }

    /// Something was said just now.
    pub fn said(&self) {
        self.watcher.say(self.hub.tick.load(Ordering::Relaxed));
    }

    /// Watches something else from now on: registers for it and reads the end of the log in one step.
    pub fn change_to(&mut self, interest: Interest) -> Joined {
        let mut inner = self.hub.inner();
        inner.groups.leave(&self.group, &self.watcher);
        let mark = self.hub.seq();
        self.group = inner.groups.join(interest, mark, &self.watcher);
        Joined { interest: Arc::clone(&self.group.interest), mark }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.watcher.leave();
        self.hub.inner().groups.leave(&self.group, &self.watcher);
        self.hub.watching.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;
    use crate::live::sample;

    fn hub() -> Arc<Hub> {
        Arc::new(Hub::new("one", 0, Vec::new(), FreshnessLimits::default(), Room { recent: 8, kept: 4 }))
    }

    fn kept(seat: &Seat, after: i64) -> Option<(Vec<i64>, i64)> {
        match seat.take(after) {
            Taken::All { kept, upto } => Some((kept.iter().map(|(entry, _)| entry.seq()).collect(), upto)),
            Taken::Missed { .. } => None,
        }
    }

    #[test]
    fn what_the_slowest_has_not_taken_is_kept_until_it_is_too_much() {
        let hub = hub();
        let (quick, _) = hub.join(sample::interest(""), None);
        let (slow, _) = hub.join(sample::interest(""), None);
        for seq in 1..=4 {
            hub.publish(&[sample::update(seq)], |_| None);
            assert_eq!(kept(&quick, seq - 1), Some((vec![seq], seq)));
        }
        assert_eq!(kept(&slow, 0), Some((vec![1, 2, 3, 4], 4)));
        for seq in 5..=9 {
            hub.publish(&[sample::update(seq)], |_| None);
        }
        assert_eq!(kept(&slow, 4), None);
        assert_eq!(kept(&slow, 5), Some((vec![6, 7, 8, 9], 9)));
    }

    #[test]
    fn a_place_moves_on_although_nothing_matches() {
        let hub = hub();
        let (seat, joined) = hub.join(sample::interest("id=1-2"), None);
        assert_eq!(joined.mark, 0);
        hub.publish(&[sample::update(1), sample::update(2)], |_| None);
        assert_eq!(hub.wake(), 0);
        assert_eq!(kept(&seat, 0), Some((vec![], 2)));
        assert!(seat.signalled().now_or_never().is_none(), "nobody is woken for nothing");
    }

    #[test]
    fn whoever_stays_is_woken_whoever_leaves() {
        let hub = hub();
        let mut seats: Vec<Seat> = (0..4).map(|_| hub.join(sample::interest(""), None).0).collect();
        drop(seats.remove(0));
        drop(seats.pop());
        hub.publish(&[sample::update(1)], |_| None);
        assert_eq!((hub.wake(), hub.wake()), (2, 0));
        for seat in &seats {
            assert!(seat.signalled().now_or_never().is_some());
        }
        assert_eq!(hub.census(), Census { watchers: 2, groups: 1, seq: 1 });
        seats.clear();
        assert_eq!(hub.census(), Census { watchers: 0, groups: 0, seq: 1 });
    }

    #[test]
    fn only_who_said_nothing_for_so_long_is_due_a_heartbeat() {
        let hub = hub();
        let (silent, _) = hub.join(sample::interest(""), None);
        let (busy, _) = hub.join(sample::interest(""), None);
        let mut beats = (0, 0);
        for second in 1..=4 * HEARTBEAT_SECONDS {
            if second % 10 == 0 {
                busy.said();
            }
            hub.tick();
            if silent.signalled().now_or_never() == Some(Signals::QUIET) {
                silent.said();
                beats.0 += 1;
            }
            beats.1 += u32::from(busy.signalled().now_or_never().is_some());
        }
        assert_eq!(beats, (4, 0));
    }

    #[test]
    fn a_sign_in_that_ended_ends_its_own_streams_only() {
        let hub = hub();
        let pass = |name: &str| Some(Pass(name.into()));
        let (one, _) = hub.join(sample::interest(""), pass("one"));
        let (two, _) = hub.join(sample::interest(""), pass("two"));
        let (public, _) = hub.join(sample::interest(""), None);
        assert_eq!(hub.passes().len(), 2);
        hub.sign_out(&HashSet::from([Pass("one".into())]));
        assert_eq!(one.signalled().now_or_never(), Some(Signals::SIGNED_OUT));
        assert_eq!(two.signalled().now_or_never(), None);
        assert_eq!(public.signalled().now_or_never(), None);
    }

    #[test]
    fn whoever_comes_after_the_data_was_replaced_meets_none_of_the_old() {
        let hub = hub();
        let (old, _) = hub.join(sample::interest(""), None);
        for seq in 1..=9 {
            hub.publish(&[sample::update(seq)], |_| None);
        }
        hub.replace("two", 3);
        let (new, joined) = hub.join(sample::interest(""), None);
        assert_eq!((joined.mark, &*hub.epoch()), (3, "two"));
        hub.publish(&[sample::update(4)], |_| None);
        assert_eq!(kept(&new, 3), Some((vec![4], 4)));
        assert!(old.signalled().now_or_never().is_some_and(|signals| signals.holds(Signals::GOING_AWAY)));
        drop((old, new));
        assert_eq!(hub.census(), Census { watchers: 0, groups: 0, seq: 4 });
    }

    #[test]
    fn a_group_that_grew_silent_keeps_nothing() {
        let hub = hub();
        let (seat, _) = hub.join(sample::interest(""), None);
        hub.publish(&[sample::update(1), sample::update(2)], |_| None);
        assert_eq!(kept(&seat, 0), Some((vec![1, 2], 2)));
        (0..HEARTBEAT_SECONDS).for_each(|_| hub.tick());
        assert_eq!(kept(&seat, 0), None);
    }

    #[test]
    fn a_hub_that_closes_sends_all_away_even_who_comes_later() {
        let hub = hub();
        let (here, _) = hub.join(sample::interest(""), None);
        hub.close();
        let (late, _) = hub.join(sample::interest(""), None);
        for seat in [here, late] {
            assert_eq!(seat.signalled().now_or_never(), Some(Signals::GOING_AWAY));
        }
    }
}
