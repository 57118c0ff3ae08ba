//! Many watchers and a steady stream of changes: how late the last watcher sees each, what a
//! delivery and a watcher cost, and whether anything was lost, doubled or out of order.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::millis;
use crate::place::Place;
use crate::process::Process;
use crate::table::{self, Row};
use crate::updates::{put, seq_of};
use crate::wire::{self, Connection};

/// So many handshakes are under way at a time: what a listening socket queues without refusing.
const HANDSHAKES: usize = 256;
/// After the last change, watchers get this long to see it.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Clone, Copy)]
pub struct Load {
    pub what: &'static str,
    pub watchers: usize,
    pub changes_a_second: u32,
    pub seconds: u32,
    pub homes: usize,
    /// Each watches one home of all, instead of all of them.
    pub of_one_home: bool,
}

struct Seen {
    begun: Instant,
    /// When the last watcher saw each change, in nanoseconds since `begun`.
    last: Vec<AtomicU64>,
    deliveries: AtomicUsize,
    wrong: AtomicUsize,
    /// Watchers that have their snapshot.
    ready: AtomicUsize,
}

pub struct Measured {
    pub connected_in: Duration,
    pub bytes_a_watcher: f64,
    pub deliveries: usize,
    /// Lost, doubled or out of order.
    pub wrong: usize,
    /// Processor time of the server, in seconds.
    pub cpu: f64,
    pub last_p50: Duration,
    pub last_p99: Duration,
    /// How long the changes took to send, beside how long they should have.
    pub pace: f64,
}

pub async fn measure(process: &Process, token: &str, load: Load, has_snapshots: bool) -> Measured {
    let count = (load.changes_a_second * load.seconds) as usize;
    let seen = Arc::new(Seen {
        begun: Instant::now(),
        last: (0..=count).map(|_| AtomicU64::new(0)).collect(),
        deliveries: AtomicUsize::new(0),
        wrong: AtomicUsize::new(0),
        ready: AtomicUsize::new(0),
    });
    // Whatever a process takes at its first change is not the watchers'.
    let mut writer = Connection::to(&process.address).await.expect("the server answers");
    let base = put(&mut writer, token, 0, 0).await;
    let before = process.memory();
    let began = Instant::now();
    let handshakes = Arc::new(Semaphore::new(HANDSHAKES));
    let watching: Vec<_> = (0..load.watchers)
        .map(|number| {
            let (address, seen, handshakes) = (process.address.clone(), Arc::clone(&seen), Arc::clone(&handshakes));
            tokio::spawn(watch(address, number, load, has_snapshots, base, seen, handshakes))
        })
        .collect();
    while seen.ready.load(Ordering::Relaxed) < load.watchers {
        tokio::task::yield_now().await;
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let connected_in = began.elapsed();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let bytes_a_watcher = (process.memory() - before) / load.watchers as f64;

    let cpu = process.cpu_seconds();
    let (sent, took) = send(&mut writer, token, load, base, &seen).await;
    let expected = if load.of_one_home { load.watchers * count / load.homes } else { load.watchers * count };
    let all = async {
        while seen.deliveries.load(Ordering::Relaxed) < expected {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let whole = timeout(PATIENCE, all).await.is_ok();
    let cpu = process.cpu_seconds() - cpu;
    for watcher in watching {
        watcher.abort();
    }
    let deliveries = seen.deliveries.load(Ordering::Relaxed);
    let missing = if whole { deliveries - expected } else { expected - deliveries };
    let mut late: Vec<u64> =
        (1..=count).map(|n| seen.last[n].load(Ordering::Relaxed).saturating_sub(sent[n])).collect();
    late.sort_unstable();
    Measured {
        connected_in,
        bytes_a_watcher,
        deliveries,
        wrong: seen.wrong.load(Ordering::Relaxed) + missing,
        cpu,
        last_p50: Duration::from_nanos(late[count / 2]),
        last_p99: Duration::from_nanos(late[count * 99 / 100]),
        pace: took.as_secs_f64() / f64::from(load.seconds),
    }
}

/// Sends changes at their pace; when each was begun.
async fn send(writer: &mut Connection, token: &str, load: Load, base: u64, seen: &Seen) -> (Vec<u64>, Duration) {
    let mut pace = interval(Duration::from_secs(1) / load.changes_a_second);
    pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let began = Instant::now();
    let mut sent = vec![0; seen.last.len()];
    for (number, begun) in sent.iter_mut().enumerate().skip(1) {
        pace.tick().await;
        *begun = nanos(seen.begun);
        let seq = put(writer, token, number % load.homes, number).await;
        assert_eq!(seq, base + number as u64, "somebody else writes");
    }
    (sent, began.elapsed())
}

async fn watch(
    address: String,
    number: usize,
    load: Load,
    has_snapshots: bool,
    base: u64,
    seen: Arc<Seen>,
    handshakes: Arc<Semaphore>,
) -> Option<()> {
    let turn = handshakes.acquire().await.ok()?;
    let mut connection = Connection::to(&address).await?;
    let home = number % load.homes;
    let path = if load.of_one_home { format!("/live?id=1-{home}") } else { "/live".to_owned() };
    connection.write(wire::upgrade(&path).as_bytes()).await?;
    connection.answer().await?;
    while has_snapshots && !contains(&connection.frame().await?, b"\"type\":\"snapshot\"") {}
    drop(turn);
    seen.ready.fetch_add(1, Ordering::Relaxed);
    let step = if load.of_one_home { load.homes } else { 1 } as u64;
    // Change number n is of home n modulo the homes.
    let first = if !load.of_one_home {
        1
    } else if home == 0 {
        load.homes
    } else {
        home
    };
    let mut next = base + first as u64;
    loop {
        let frame = connection.frame().await?;
        if !contains(&frame, b"\"type\":\"change\"") {
            continue;
        }
        let seq = seq_of(&frame);
        if seq != next {
            seen.wrong.fetch_add(1, Ordering::Relaxed);
        }
        next = seq + step;
        let index = usize::try_from(seq - base).unwrap_or(0).min(seen.last.len() - 1);
        seen.last[index].fetch_max(nanos(seen.begun), Ordering::Relaxed);
        seen.deliveries.fetch_add(1, Ordering::Relaxed);
    }
}

fn contains(frame: &[u8], part: &[u8]) -> bool {
    frame.windows(part.len()).take(64).any(|window| window == part)
}

fn nanos(begun: Instant) -> u64 {
    u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// Berth, the floor and the peer under the same load, one after the other.
pub async fn beside_the_floor(load: Load) {
    let place = Place::with_homes(load.homes).await;
    let floor = measure(&Process::floor(place.folder()), &place.token, load, false).await;
    let berth = measure(&Process::berth(&place), &place.token, load, true).await;
    let mut columns = vec![("berth", berth), ("floor", floor)];
    if let Some(peer) = Process::peer(place.folder()) {
        columns.push(("peer", measure(&peer, &place.token, load, false).await));
    }
    print(load.what, &columns);
}

/// Watchers of one home each beside as many who watch everything, and beside so few of these that a change has no
/// more deliveries. Each update costs something though nobody watches, and of a few deliveries that is a large part.
pub async fn filtered(load: Load) {
    let place = Place::with_homes(load.homes).await;
    let berth = Process::berth(&place);
    let of_all = Load { of_one_home: false, ..load };
    let few = measure(&berth, &place.token, Load { watchers: load.watchers / load.homes, ..of_all }, true).await;
    let filtered = measure(&berth, &place.token, load, true).await;
    let all = measure(&berth, &place.token, of_all, true).await;
    let nobody = measure(&berth, &place.token, Load { watchers: 0, ..load }, true).await;
    print(load.what, &[("filtered", filtered), ("few of all", few), ("all of all", all)]);
    let updates = f64::from(load.changes_a_second * load.seconds);
    println!("an update that nobody watches: {:.0} µs", nobody.cpu * 1e6 / updates);
}

fn print(what: &str, columns: &[(&str, Measured)]) {
    let rows: [Row<Measured>; 8] = [
        ("connected, each with its snapshot", "ms", &|m| millis(m.connected_in)),
        ("memory an idle watcher", "KiB", &|m| m.bytes_a_watcher / 1024.0),
        ("processor time a delivery", "µs", &|m| m.cpu * 1e6 / m.deliveries.max(1) as f64),
        ("last watcher, p50", "ms", &|m| millis(m.last_p50)),
        ("last watcher, p99", "ms", &|m| millis(m.last_p99)),
        ("pace (1 is as asked)", "", &|m| m.pace),
        ("deliveries", "", &|m| m.deliveries as f64),
        ("lost, doubled, out of order", "", &|m| m.wrong as f64),
    ];
    table::print(what, columns, &rows);
}
