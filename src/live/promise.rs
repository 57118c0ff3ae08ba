//! The promise of the live stream, tried on the real session and hub with made-up commits, cuts,
//! lags and resumes in every order: each watcher gets each change that matches once and in order,
//! and has in the end exactly what matches.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::Duration;
use futures_util::FutureExt;
use proptest::prelude::*;

use crate::domain::care_service::{CareService, CareServiceId};
use crate::domain::change::{Change, ChangeKind};
use crate::domain::freshness::{FreshnessLimits, Moment};
use crate::live::entry::{Before, Entry, Sent};
use crate::live::group::Signals;
use crate::live::hub::{Hub, Room, Seat};
use crate::live::protocol::{After, Ending};
use crate::live::sample;
use crate::live::session::{Input, Opening, Output, Say, Session};
use crate::live::snapshot::Snapshot;

const QUERIES: [&str; 5] = ["", "vacant=1", "fresh=fresh", "authority=E10000014&vacant=2", "id=1-0&id=1-2&vacant=1"];
const AUTHORITIES: [&str; 2] = ["E10000014", "E06000044"];
const SERVICES: usize = 4;
const WATCHERS: usize = 3;
/// So many entries of the log a replay reads at a time.
const PAGE: usize = 3;

#[derive(Clone, Debug)]
enum Act {
    Commit {
        service: usize,
        accepting: u16,
        authority: usize,
        kind: usize,
    },
    /// The follower reads the log and brings the board up to date, then tells the hub.
    Apply,
    Publish,
    /// Whoever something was published for is woken, perhaps for many publications at once.
    Wake,
    Connect {
        watcher: usize,
        query: usize,
    },
    Resume {
        watcher: usize,
        with_epoch: bool,
    },
    Step {
        watcher: usize,
        times: usize,
    },
    Filter {
        watcher: usize,
        query: usize,
    },
    Prune {
        keep: usize,
    },
    Beat,
}

fn act() -> impl Strategy<Value = Act> {
    let watcher = 0..WATCHERS;
    prop_oneof![
        6 => (0..SERVICES, 0..4_u16, 0..2_usize, 0..8_usize)
            .prop_map(|(service, accepting, authority, kind)| Act::Commit { service, accepting, authority, kind }),
        3 => Just(Act::Apply),
        3 => Just(Act::Publish),
        2 => Just(Act::Wake),
        2 => (watcher.clone(), 0..QUERIES.len()).prop_map(|(watcher, query)| Act::Connect { watcher, query }),
        3 => (watcher.clone(), any::<bool>()).prop_map(|(watcher, with_epoch)| Act::Resume { watcher, with_epoch }),
        8 => (watcher.clone(), 1..6_usize).prop_map(|(watcher, times)| Act::Step { watcher, times }),
        1 => (watcher, 0..QUERIES.len()).prop_map(|(watcher, query)| Act::Filter { watcher, query }),
        1 => (0..6_usize).prop_map(|keep| Act::Prune { keep }),
        1 => Just(Act::Beat),
    ]
}

/// The database, the board and the hub.
struct World {
    log: Vec<Arc<Change>>,
    oldest: i64,
    board: BTreeMap<CareServiceId, Arc<CareService>>,
    board_before: BTreeMap<CareServiceId, Arc<CareService>>,
    board_seq: i64,
    hub: Arc<Hub>,
}

/// One client with its connection, if it has one.
struct Client {
    line: Option<Line>,
    query: &'static str,
    /// The last place it may go on from.
    place: Option<i64>,
    /// Since its last snapshot: where that stood, what it holds, what it got.
    from: i64,
    has: BTreeSet<CareServiceId>,
    got: Vec<i64>,
    /// A `gone` for what it never had may come: it resumed, or read the log.
    replayed: bool,
}

struct Line {
    seat: Seat,
    session: Session,
    todo: VecDeque<Output>,
}

impl World {
    fn new() -> Self {
        let hub = Hub::new("one", 0, Vec::new(), FreshnessLimits::default(), Room { recent: 6, kept: 2 });
        Self {
            log: Vec::new(),
            oldest: 1,
            board: BTreeMap::new(),
            board_before: BTreeMap::new(),
            board_seq: 0,
            hub: Arc::new(hub),
        }
    }

    fn last(&self) -> i64 {
        self.log.last().map_or(0, |change| change.seq)
    }

    fn commit(&mut self, number: usize, accepting: u16, authority: usize, kind: usize) {
        let seq = self.last() + 1;
        let at = sample::later(seq * 10);
        let before = self.log.iter().rev().find(|change| change.service.id == sample::id(number));
        let mut service = sample::service(number, AUTHORITIES[authority], accepting, at);
        let kind = match (before, kind) {
            (None, _) => ChangeKind::ServiceAdded,
            (Some(before), 0 | 1) => {
                service.capacity = before.service.capacity.clone();
                ChangeKind::ServiceUpdated
            }
            (Some(_), 2) => {
                service.left_at = Some(at);
                ChangeKind::ServiceLeft
            }
            (Some(_), _) => ChangeKind::CapacityUpdated,
        };
        let previous_seq = before.map_or(0, |before| before.seq);
        self.log.push(Arc::new(sample::change(seq, at, kind, previous_seq, service)));
    }

    fn apply(&mut self) {
        if self.hub.seq() == self.board_seq {
            self.board_before = self.board.clone();
            for change in self.log.iter().filter(|change| change.seq > self.board_seq) {
                self.board.insert(change.service.id.clone(), Arc::new(change.service.clone()));
            }
            self.board_seq = self.last();
        }
    }

    fn publish(&mut self) {
        let news: Vec<_> = self.between(self.hub.seq(), self.board_seq).cloned().collect();
        self.hub.publish(&news, |id| self.board_before.get(id).cloned());
    }

    fn between(&self, after: i64, to: i64) -> impl Iterator<Item = &Arc<Change>> {
        self.log.iter().filter(move |change| change.seq > after && change.seq <= to)
    }

    fn page(&self, after: i64) -> Vec<Arc<Entry>> {
        if let Some(recent) = self.hub.recent(after) {
            return recent.into_iter().take(PAGE).collect();
        }
        let kept = self.between(after.max(self.oldest - 1), self.last());
        let before = |change: &Change| if change.previous_seq == 0 { Before::Nothing } else { Before::Unknown };
        let entry =
            |change: &Arc<Change>| Arc::new(Entry::new(Arc::clone(change), before(change), FreshnessLimits::default()));
        kept.take(PAGE).map(entry).collect()
    }

    fn snapshot(&self, query: &str) -> Arc<Snapshot> {
        let moment = Moment::at(self.moment());
        let filter = sample::filter(query);
        let services = self.board.values().filter(|service| filter.matches(service, &moment)).cloned().collect();
        Arc::new(Snapshot::new(self.board_seq, moment, services))
    }

    fn moment(&self) -> crate::base::stamp::Stamp {
        sample::later(self.last() * 10).plus(Duration::hours(5))
    }
}

impl Client {
    fn new() -> Self {
        Self { line: None, query: "", place: None, from: 0, has: BTreeSet::new(), got: Vec::new(), replayed: false }
    }

    fn connect(&mut self, world: &World, after: Option<After>) {
        self.line = None;
        let (seat, joined) = world.hub.join(sample::interest(self.query), None);
        let mut session = Session::new(joined);
        let opening = Opening { epoch: world.hub.epoch(), after, last: world.last() };
        let todo = session.on_input(Input::Opened(opening)).into();
        self.line = Some(Line { seat, session, todo });
    }

    /// Does one thing of what is to be done, or looks whether there is something new.
    fn step(&mut self, world: &World) -> bool {
        let Some(line) = &mut self.line else { return false };
        let Some(output) = line.todo.pop_front() else {
            let Some(signals) = line.seat.signalled().now_or_never() else { return false };
            if signals.holds(Signals::KEPT) {
                line.todo.extend(line.session.on_input(Input::Woken));
            }
            if signals.holds(Signals::QUIET) {
                line.todo.extend(line.session.on_input(Input::Quiet));
            }
            return true;
        };
        let input = match output {
            Output::Say(say) => {
                self.hear(world, say);
                return true;
            }
            Output::Take { after } => Input::Taken(line.seat.take(after)),
            Output::Replay { after } => {
                self.replayed = true;
                Input::Replayed(world.page(after))
            }
            Output::Snapshot => Input::Snapshot(world.snapshot(self.query)),
            Output::Find(query) => {
                self.query = QUERIES.into_iter().find(|known| *known == query).unwrap();
                Input::Found(line.seat.change_to(sample::interest(self.query)))
            }
            Output::End(ending) => {
                assert_eq!(ending, Ending::TooSlow);
                self.line = None;
                return true;
            }
        };
        line.todo.extend(line.session.on_input(input));
        true
    }

    fn run_dry(&mut self, world: &World) {
        for _ in 0..10_000 {
            if !self.step(world) {
                return;
            }
        }
        panic!("it never comes to rest: {:?}", self.line.as_ref().map(|line| &line.session));
    }

    fn hear(&mut self, world: &World, say: Say) {
        match say {
            Say::Hello { epoch, .. } => assert_eq!(&*epoch, "one"),
            Say::Reset => {
                let place = self.place.expect("who asked for no place is not reset");
                assert!(place + 1 < world.oldest, "the log still reaches back to {place}");
            }
            Say::Part { snapshot, .. } => {
                let moment = snapshot.moment;
                let filter = sample::filter(self.query);
                let seen = world.between(0, snapshot.seq).map(|change| (change.service.id.clone(), change));
                let newest: HashMap<_, _> = seen.collect();
                let matching = newest.values().filter(|change| filter.matches(&change.service, &moment));
                self.has = matching.map(|change| change.service.id.clone()).collect();
                self.from = snapshot.seq;
                self.place = Some(snapshot.seq);
                self.got.clear();
                self.replayed = false;
            }
            Say::Entry(entry, Sent::Change(_)) => {
                assert!(Some(entry.seq()) > self.place, "a change comes in order");
                self.place = Some(entry.seq());
                self.has.insert(entry.change().service.id.clone());
                self.got.push(entry.seq());
            }
            Say::Entry(entry, Sent::Gone) => {
                assert!(Some(entry.seq()) > self.place, "gone comes in order");
                self.place = Some(entry.seq());
                let had = self.has.remove(&entry.change().service.id);
                // What the passing of time took away without a word may still go.
                assert!(had || self.replayed || self.query.contains("fresh"), "{} was never there", entry.seq());
            }
            Say::Heartbeat { seq } => {
                assert!(Some(seq) >= self.place, "a heartbeat is never behind");
                self.place = Some(seq);
            }
        }
        self.check(world);
    }

    /// Everything that matches from the snapshot to here has come, once and in order.
    fn check(&self, world: &World) {
        let filter = sample::filter(self.query);
        let own_time = |change: &Arc<Change>| filter.matches(&change.service, &Moment::at(change.at));
        let Some(place) = self.place else { return };
        let due: Vec<i64> = world.between(self.from, place).filter(|c| own_time(c)).map(|c| c.seq).collect();
        assert_eq!(self.got, due, "{:?} from {} to {place}", self.query, self.from);
    }

    /// After everything was said: it has what matches.
    fn check_end(&self, world: &World) {
        let filter = sample::filter(self.query);
        let newest: HashMap<_, _> = world.log.iter().map(|change| (change.service.id.clone(), change)).collect();
        let of = |at: &dyn Fn(&Change) -> Moment| -> BTreeSet<CareServiceId> {
            let matching = newest.values().filter(|change| filter.matches(&change.service, &at(change)));
            matching.map(|change| change.service.id.clone()).collect()
        };
        let then = of(&|change| Moment::at(change.at));
        let now = of(&|_| Moment::at(world.moment()));
        assert!(self.has.is_subset(&then) && self.has.is_superset(&now), "{:?} has {:?}", self.query, self.has);
        assert_eq!(self.place, Some(world.last()), "the last heartbeat stands at the end of the log");
    }
}

fn run(acts: Vec<Act>) {
    let mut world = World::new();
    let mut clients: Vec<Client> = (0..WATCHERS).map(|_| Client::new()).collect();
    for act in acts {
        match act {
            Act::Commit { service, accepting, authority, kind } => world.commit(service, accepting, authority, kind),
            Act::Apply => world.apply(),
            Act::Publish => world.publish(),
            Act::Wake => assert!(world.hub.wake() <= WATCHERS),
            Act::Connect { watcher, query } => {
                clients[watcher].query = QUERIES[query];
                clients[watcher].place = None;
                clients[watcher].connect(&world, None);
            }
            Act::Resume { watcher, with_epoch } => {
                let client = &mut clients[watcher];
                let epoch = with_epoch.then(|| "one".to_owned());
                // A filter that was asked for and not answered is asked for again, from nothing.
                let after = client.place.map(|seq| After { epoch, seq });
                client.replayed = true;
                client.connect(&world, after);
            }
            Act::Step { watcher, times } => {
                for _ in 0..times {
                    clients[watcher].step(&world);
                }
            }
            Act::Filter { watcher, query } => {
                let client = &mut clients[watcher];
                // A message is read when nothing is left to be said.
                while client.line.as_ref().is_some_and(|line| !line.todo.is_empty()) {
                    client.step(&world);
                }
                if let Some(line) = &mut client.line {
                    let text = format!("{{\"type\":\"filter\",\"query\":\"{}\"}}", QUERIES[query]);
                    line.todo.extend(line.session.on_input(Input::Said(text)));
                    client.place = None;
                    while client.place.is_none() {
                        client.step(&world);
                    }
                }
            }
            Act::Prune { keep } => {
                let keep = i64::try_from(keep).unwrap();
                world.oldest = world.oldest.max(world.hub.seq() + 1 - keep);
            }
            Act::Beat => (0..26).for_each(|_| world.hub.tick()),
        }
    }
    finish(&mut world, &mut clients);
}

fn finish(world: &mut World, clients: &mut [Client]) {
    world.apply();
    world.publish();
    world.apply();
    world.publish();
    world.hub.wake();
    for client in &mut *clients {
        if client.line.is_none() {
            client.connect(world, client.place.map(|seq| After { epoch: None, seq }));
            client.replayed = true;
        }
        client.run_dry(world);
    }
    (0..60).for_each(|_| world.hub.tick());
    for client in clients {
        client.run_dry(world);
        client.check_end(world);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(250) })]

    #[test]
    fn every_watcher_gets_every_matching_change_once_and_in_order(acts in prop::collection::vec(act(), 1..120)) {
        run(acts);
    }
}

/// A thread publishes while watchers join: each goes on from where the log stood, without a hole.
#[test]
fn joining_while_changes_are_published_misses_none() {
    const JOINS: usize = 200;
    let hub = Arc::new(Hub::new("one", 0, Vec::new(), FreshnessLimits::default(), Room { recent: 4096, kept: 256 }));
    let joined_all = Arc::new(AtomicBool::new(false));
    let publishing = {
        let (hub, joined_all) = (Arc::clone(&hub), Arc::clone(&joined_all));
        std::thread::spawn(move || {
            while !joined_all.load(Ordering::Relaxed) {
                hub.publish(&[sample::update(hub.seq() + 1)], |_| None);
            }
        })
    };
    for _ in 0..JOINS {
        let from = hub.seq();
        let (seat, joined) = hub.join(sample::interest("vacant=1"), None);
        let mut session = Session::new(joined);
        let opening = Opening { epoch: hub.epoch(), after: Some(After { epoch: None, seq: from }), last: from };
        let mut todo: VecDeque<Output> = session.on_input(Input::Opened(opening)).into();
        let mut got = from;
        while got < from + 2 {
            let input = match todo.pop_front() {
                None => Input::Woken,
                Some(Output::Take { after }) => Input::Taken(seat.take(after)),
                Some(Output::Replay { after }) => Input::Replayed(hub.recent(after).unwrap_or_default()),
                Some(Output::Say(Say::Entry(entry, _))) => {
                    got += 1;
                    assert_eq!(entry.seq(), got);
                    continue;
                }
                Some(Output::Say(Say::Hello { .. })) => continue,
                Some(other) => panic!("{other:?}"),
            };
            todo.extend(session.on_input(input));
        }
    }
    joined_all.store(true, Ordering::Relaxed);
    publishing.join().unwrap();
}
