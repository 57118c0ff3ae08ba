//! Updates over HTTP, each answered when it is on disk: how many a second, how long each takes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::millis;
use crate::place::Place;
use crate::process::Process;
use crate::table::{self, Row};
use crate::wire::Connection;

const HOMES: usize = 256;
const LASTING: Duration = Duration::from_secs(8);

/// Publishes figures of one home and waits until they are on disk; their place in the log.
pub async fn put(writer: &mut Connection, token: &str, home: usize, mark: usize) -> u64 {
    let body = format!(
        "{{\"status\":\"open\",\"lines\":[{{\"bed_type\":\"general_nursing\",\"maximum\":40,\"occupied\":{},\
        \"reserved\":1,\"accepting\":{},\"note\":\"change {mark}\"}}]}}",
        39 - mark % 8,
        mark % 8
    );
    let request = format!(
        "PUT /api/v1/services/1-{home}/capacity HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
        If-Match: *\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    writer.write(request.as_bytes()).await.expect("the server takes a request");
    let (status, answer) = writer.answer().await.expect("the server answers");
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
    seq_of(&answer)
}

/// The number after the first `"seq":`.
pub fn seq_of(json: &[u8]) -> u64 {
    const KEY: &[u8] = b"\"seq\":";
    let start = json.windows(KEY.len()).position(|window| window == KEY).map_or(json.len(), |at| at + KEY.len());
    json[start..].iter().take_while(|byte| byte.is_ascii_digit()).fold(0, |n, digit| n * 10 + u64::from(digit - b'0'))
}

/// Berth, the floor and the peer with so many writers, each sending its next update when the last is answered.
pub async fn beside_the_floor(writers: usize) {
    let place = Place::with_homes(HOMES).await;
    let berth = measure(&Process::berth(&place), &place.token, writers).await;
    let floor = measure(&Process::floor(place.folder()), &place.token, writers).await;
    let mut columns = vec![("berth", berth), ("floor", floor)];
    if let Some(peer) = Process::peer(place.folder()) {
        columns.push(("peer", measure(&peer, &place.token, writers).await));
    }
    if let Some(berth) = on_postgres(writers).await {
        columns.push(("on PostgreSQL", berth));
    }
    let rows: [Row<Vec<Duration>>; 3] = [
        ("a second", "", &|times| times.len() as f64 / LASTING.as_secs_f64()),
        ("p50", "ms", &|times| millis(of(times, 50))),
        ("p99", "ms", &|times| millis(of(times, 99))),
    ];
    table::print(&format!("durable updates, {writers} writers"), &columns, &rows);
}

/// Berth on PostgreSQL, where `script/bench` has started one.
async fn on_postgres(writers: usize) -> Option<Vec<Duration>> {
    let Some(place) = Place::with_homes_on_postgres(HOMES).await else {
        println!("\nno PostgreSQL: TEST_POSTGRES_URL is not set");
        return None;
    };
    Some(measure(&Process::berth(&place), &place.token, writers).await)
}

/// The time within which so many in a hundred were done.
fn of(times: &[Duration], hundredth: usize) -> Duration {
    times[(times.len() * hundredth / 100).min(times.len() - 1)]
}

async fn measure(process: &Process, token: &str, writers: usize) -> Vec<Duration> {
    let over = Arc::new(AtomicBool::new(false));
    let writing: Vec<_> = (0..writers)
        .map(|number| {
            let (address, token, over) = (process.address.clone(), token.to_owned(), Arc::clone(&over));
            tokio::spawn(async move {
                let mut writer = Connection::to(&address).await.expect("the server answers");
                let mut times = Vec::new();
                while !over.load(Ordering::Relaxed) {
                    let began = Instant::now();
                    put(&mut writer, &token, number % HOMES, times.len()).await;
                    times.push(began.elapsed());
                }
                times
            })
        })
        .collect();
    tokio::time::sleep(LASTING).await;
    over.store(true, Ordering::Relaxed);
    let mut times = Vec::new();
    for writer in writing {
        times.extend(writer.await.expect("a writer ends"));
    }
    times.sort_unstable();
    times
}
