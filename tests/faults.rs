//! What fails under Berth: the disk, the database, a node that stops, watchers who do not read. Reads go
//! on, writes are answered 503, nothing is acknowledged that is not on disk, and all heals without a
//! restart. Each row of `docs/reference/faults.md` is a test here or beside it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use berth::store::conn::DatabaseUrl;
use reqwest::StatusCode;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio::time::timeout;

use crate::support::Home;
use crate::support::homes::{add, care_home, confirmed, nursing, tell};
use crate::support::server::{Server, stranger};
use crate::support::watcher::Watcher;
use crate::support::{BEGIN, stamp};
use crate::trial::cluster::Cluster;
use crate::trial::node::Node;
use crate::trial::report::log;
use crate::trial::writer::{put, try_put};
use crate::trial::{Blow, Data, Stage, run};

/// What a read may take while nothing can be written.
const SOON: Duration = Duration::from_secs(5);

/// The library that makes a disk fail.
fn failing_disk(folder: &Path) -> PathBuf {
    let library = folder.join("failing_disk.so");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/failing_disk.c");
    let made = Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).args([source, "-ldl"]).status();
    assert!(made.unwrap().success());
    library
}

async fn answers(stage: &Stage, path: &str) -> StatusCode {
    let asked = stranger().get(format!("http://{}{path}", stage.address(0))).send();
    timeout(SOON, asked).await.unwrap_or_else(|_| panic!("{path} is not answered")).unwrap().status()
}

/// Nothing can be written, and everything can be read.
async fn is_read_only(stage: &Stage, marks: [&str; 3]) {
    for mark in marks {
        let answer = try_put(stage, 0, 0, (mark, 1)).await.unwrap();
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE, "{}", answer.text().await.unwrap());
        assert!(answer.headers()["Retry-After"].to_str().unwrap().parse::<u32>().unwrap() > 0);
    }
    for path in ["/livez", "/", "/search?vacant=1", "/services/1-0", "/api/v1/services", "/api/v1/services/1-0"] {
        assert_eq!(answers(stage, path).await, StatusCode::OK, "{path}");
    }
}

/// Each of these is in the log once.
async fn each_once(stage: &Stage, marks: &[&str]) {
    let log = log(stage).await;
    for mark in marks {
        assert_eq!(log.iter().filter(|entry| entry.note == *mark).count(), 1, "{mark}");
    }
    assert!(log.iter().zip(1..).all(|(entry, seq)| entry.seq == seq), "the log has no holes");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_full_read_only_or_cannot_sync_loses_nothing_and_heals_by_itself() {
    for how in ["f", "r", "s"] {
        let data = Data::sqlite();
        let token = data.fill(2).await;
        let (library, fault) = (failing_disk(data.folder.path()), data.folder.path().join("fault"));
        let own = [("LD_PRELOAD", library.to_str().unwrap()), ("FAULT_FILE", fault.to_str().unwrap())];
        let mut node = Node::start_with(&data.folder, &data.url, &own);
        let stage = Stage::new(std::slice::from_ref(&node), token);
        put(&stage, 0, "before", 1).await;
        std::fs::write(&fault, how).unwrap();
        is_read_only(&stage, ["one", "two", "three"]).await;
        std::fs::write(&fault, "").unwrap();
        // The same keys again, as a program does that was told to come back.
        for mark in ["one", "two", "three", "after"] {
            put(&stage, 0, mark, 1).await;
        }
        let all = ["before", "one", "two", "three", "after"];
        each_once(&stage, &all).await;
        // What a cut of the power would leave of it is on disk.
        node.kill();
        node.start_again(&data.folder, &data.url);
        each_once(&stage, &all).await;
        println!("{how}: 3 refused, 5 kept");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_gone_everything_is_read_and_nothing_acknowledged() {
    let Some(cluster) = Cluster::start() else {
        assert!(std::env::var("TEST_ALL").is_err(), "PostgreSQL must be installed when all tests are to run");
        return;
    };
    let mut data = Data::postgres(cluster);
    let token = data.fill(2).await;
    let node = Node::start(&data.folder, &data.url);
    let stage = Stage::new(std::slice::from_ref(&node), token);
    put(&stage, 0, "before", 1).await;
    data.cluster.as_mut().unwrap().kill();
    is_read_only(&stage, ["one", "two", "three"]).await;
    data.cluster.as_mut().unwrap().go_on();
    for mark in ["one", "two", "three", "after"] {
        put(&stage, 0, mark, 1).await;
    }
    each_once(&stage, &["before", "one", "two", "three", "after"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_stops_with_the_lock_of_all_writers_in_its_hands_loses_it() {
    let Some(home) = Home::on_postgres() else { return };
    add(&home.db(), stamp(BEGIN), vec![care_home("1-1", "Alder House")]);
    let server = Server::start(&home);
    // As a process that is stopped between one statement and the next.
    let mut stopped = DatabaseUrl::parse(&home.database_url).unwrap().connect().unwrap();
    stopped.begin_writing().unwrap();
    let db = server.app.db.clone();
    let wrote = tokio::task::spawn_blocking(move || tell(&db, "1-1", 2));
    let seq = timeout(Duration::from_secs(20), wrote).await.expect("the others go on").unwrap();
    assert!(seq > 1);
    assert!(stopped.begin_writing().is_err(), "its connection is gone, and whatever it was about to write");
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_are_restarted_or_stopped_by_turns_send_watchers_on_and_lose_nobody() {
    let Some(cluster) = Cluster::start() else { return };
    let blows = vec![Blow::Ended, Blow::Ended, Blow::Paused, Blow::Paused, Blow::Ended, Blow::Ended];
    let report = run(Data::postgres(cluster), blows).await;
    println!("{report}");
    assert!(report.is_sound() && report.sent_away >= 4, "{report}");
}

/// A connection on which nothing more is said or read.
async fn silent(address: &str, said: &str) -> tokio::net::TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(address.parse().unwrap()).await.unwrap();
    stream.write_all(said.as_bytes()).await.unwrap();
    stream
}

#[tokio::test(flavor = "multi_thread")]
async fn watchers_by_the_hundred_who_do_not_read_or_never_finish_asking_slow_nobody() {
    let home = Home::on_sqlite();
    let lines: Vec<_> = (0..10).map(|_| nursing(40, 30, 1)).collect();
    let many = (0..3_000).map(|number| {
        let mut home = care_home(&format!("2-{number}"), "Cedar House");
        home.capacity = confirmed(stamp(BEGIN), lines.clone());
        home
    });
    add(&home.db(), stamp(BEGIN), many.collect());
    let server = Server::start(&home);
    let address = server.url.strip_prefix("http://").unwrap().to_owned();
    let asked = format!(
        "GET /live HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    let mut reader = Watcher::open(&server, "id=2-1").await;
    reader.begin().await;
    let mut held = Vec::new();
    for number in 0..300 {
        // Every third never ends its question.
        let said = if number % 3 == 0 { &asked[..asked.len() / 2] } else { asked.as_str() };
        let mut stream = silent(&address, said).await;
        if number % 3 != 0 {
            let mut first = [0; 12];
            stream.read_exact(&mut first).await.unwrap();
            assert_eq!(&first, b"HTTP/1.1 101");
        }
        held.push(stream);
    }
    let told = Arc::new(server.app.db.clone());
    let live = &server.app.live;
    // Until all of them are sent away, whoever reads has each change within a second.
    while live.sockets() > 1 {
        let db = Arc::clone(&told);
        let seq = tokio::task::spawn_blocking(move || tell(&db, "2-1", 2)).await.unwrap();
        let change: Value = timeout(Duration::from_secs(2), reader.expect("change")).await.expect("nobody waits");
        assert_eq!(change["seq"], seq);
    }
    let asked = stranger().get(server.at("/api/v1/services?limit=1")).send().await.unwrap();
    assert_eq!(asked.status(), StatusCode::OK);
}
