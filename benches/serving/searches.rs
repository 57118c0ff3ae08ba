//! Searches over HTTP with as many services as England has, and how soon a server with a long log
//! is ready.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use tokio::time::{MissedTickBehavior, interval};

use crate::millis;
use crate::place::Place;
use crate::process::Process;
use crate::wire::Connection;

const CONNECTIONS: usize = 16;
const LASTING: Duration = Duration::from_secs(8);
/// A steady number of searches, under which the longest are looked at.
const STEADY: u32 = 500;
const ENTRIES: usize = 1_000_000;

/// What people look for.
const QUERIES: [&str; 6] = [
    "near=51.06,-1.31&kind=care_home&vacant=1",
    "near=51.51,-0.12&bed_type=dementia_nursing",
    "authority=E10000014&kind=home_care",
    "q=oak+court",
    "vacant=1&fresh=fresh",
    "near=53.48,-2.24&within=5&rating=good",
];

pub async fn measure() {
    let place = Place::with_england().await;
    let process = Process::berth(&place);
    let searching: Vec<_> = (0..CONNECTIONS)
        .map(|number| {
            let address = process.address.clone();
            tokio::spawn(async move {
                let mut connection = Connection::to(&address).await.expect("the server answers");
                let (began, mut count) = (Instant::now(), 0);
                while began.elapsed() < LASTING {
                    search(&mut connection, number + count).await;
                    count += 1;
                }
                count
            })
        })
        .collect();
    let mut count = 0;
    for searcher in searching {
        count += searcher.await.expect("a searcher ends");
    }
    println!("\nsearches of England, {CONNECTIONS} connections: {:.0} a second", count as f64 / LASTING.as_secs_f64());
    let mut times = steady(&process).await;
    times.sort_unstable();
    let at = |percent: usize| format!("{:.1} ms", millis(times[(times.len() * percent / 100).min(times.len() - 1)]));
    println!("at {STEADY} a second: p50 {}, p99 {}, longest {}", at(50), at(99), at(100));
    println!("memory with England loaded: {:.0} MB", process.memory() / 1e6);
}

/// How long each search takes from when it was due, so that waiting behind another counts.
async fn steady(process: &Process) -> Vec<Duration> {
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        let connection = Connection::to(&process.address).await.expect("the server answers");
        connections.push(Arc::new(Mutex::new(connection)));
    }
    let mut pace = interval(Duration::from_secs(1) / STEADY);
    pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let (began, mut searching) = (Instant::now(), Vec::new());
    while began.elapsed() < LASTING {
        let due = pace.tick().await;
        let number = searching.len();
        let connection = Arc::clone(&connections[number % CONNECTIONS]);
        searching.push(tokio::spawn(async move {
            search(&mut *connection.lock().await, number).await;
            due.elapsed()
        }));
    }
    let mut times = Vec::new();
    for search in searching {
        times.push(search.await.expect("a search ends"));
    }
    times
}

async fn search(connection: &mut Connection, number: usize) {
    let query = QUERIES[number % QUERIES.len()];
    let request = format!("GET /api/v1/services?{query} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    connection.write(request.as_bytes()).await.expect("the server takes a request");
    let (status, answer) = connection.answer().await.expect("the server answers");
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
}

/// Ready with England and a log of a million changes.
pub async fn start() {
    let place = Place::with_england().await;
    let short = Process::berth(&place).started_in;
    place.lengthen_log(ENTRIES);
    let long = Process::berth(&place);
    println!(
        "\nready with England: {:.1} ms; with {ENTRIES} changes more in the log: {:.1} ms",
        millis(short),
        millis(long.started_in)
    );
}
