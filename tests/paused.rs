//! A node that really stands still, longer than its leases last, and clocks that are put forward and back
//! under running servers: what was in its hands is taken up by another, nothing else is sent twice, and it
//! goes on properly when it wakes. Leases in one process are in `store.rs` and `delivery.rs`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use berth::base::clock::Clock;
use berth::domain::actor::Actor;
use berth::domain::alert::AlertAsked;
use berth::ops::make_alert;
use berth::store::conn::DatabaseUrl;
use berth::store::{Db, jobs};
use serde_json::json;
use tokio::time::timeout;

use crate::support::mailbox::Mail;
use crate::support::smtp::{Mood, Smtp};
use crate::trial::cluster::Cluster;
use crate::trial::node::Node;
use crate::trial::report::log;
use crate::trial::writer::put;
use crate::trial::{Data, Stage};

const READERS: usize = 12;
/// Mails of one lane that a node has in its hands at the same time.
const AT_ONCE: usize = 4;
/// Longer than a lease.
const THREE_MINUTES: i64 = 180;
const A_DAY: i64 = 86_400;
/// What nobody waits for so long never comes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A library by which a process has the time that a file says.
fn moved_clock(folder: &Path) -> PathBuf {
    let library = folder.join("moved_clock.so");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/moved_clock.c");
    let made = Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).args([source, "-ldl"]).status();
    assert!(made.unwrap().success());
    library
}

/// Readers who are mailed at once when a place is free.
async fn readers(db: &Db) {
    for number in 0..READERS {
        let email = format!("reader{number}@example.org");
        let body = json!({ "name": "Nursing", "query": "vacant=1", "channels": ["mail"], "email": email });
        let asked = AlertAsked::parse_new(&body).unwrap();
        make_alert::run(db, &Clock::default(), Actor::system("test"), asked, 7).await.unwrap();
    }
}

async fn wait_for(smtp: &Smtp, count: usize) {
    let waited = timeout(PATIENCE, smtp.wait_for(count)).await;
    assert!(waited.is_ok(), "{} mails, not {count}", smtp.taken().len());
}

/// Waits until so much work is left.
async fn left(db: &Db, work: usize) {
    let wanted = (i64::try_from(work).unwrap(), 0);
    let rest = async {
        while db.read(jobs::counts).await.unwrap() != wanted {
            tokio::task::yield_now().await;
        }
    };
    let waited = timeout(PATIENCE, rest).await;
    assert!(waited.is_ok(), "work is left: {:?}, not {wanted:?}", db.read(jobs::counts).await.unwrap());
}

/// How often each reader was mailed each message.
fn copies(smtp: &Smtp) -> BTreeMap<(String, String), usize> {
    let mut copies = BTreeMap::new();
    for taken in smtp.taken() {
        let id = Mail::parse(&taken.message).header("Message-ID").to_owned();
        *copies.entry((taken.to, id)).or_insert(0) += 1;
    }
    copies
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_stands_still_longer_than_its_leases_is_replaced_and_goes_on_when_it_wakes() {
    let Some(cluster) = Cluster::start() else {
        assert!(std::env::var("TEST_ALL").is_err(), "PostgreSQL must be installed when all tests are to run");
        return;
    };
    let data = Data::postgres(cluster);
    let token = data.fill(1).await;
    let (db, _) = Db::open(&DatabaseUrl::parse(&data.url).unwrap()).unwrap();
    readers(&db).await;
    let smtp = Smtp::start().await;
    let (library, clock) = (moved_clock(data.folder.path()), data.folder.path().join("clock"));
    let mail = smtp.url();
    let own = [
        ("LD_PRELOAD", library.to_str().unwrap()),
        ("CLOCK_FILE", clock.to_str().unwrap()),
        ("BERTH_MAIL_URL", &mail),
        ("BERTH_MAIL_PACE", "1000000"),
    ];
    let first = Node::start_with(&data.folder, &data.url, &own);
    let stage = Stage::new(std::slice::from_ref(&first), token.clone());
    smtp.next((0..AT_ONCE).map(|_| Mood::TakeAndHold));
    put(&stage, 0, "one place", 1).await;
    wait_for(&smtp, AT_ONCE).await;
    first.pause();

    let mut second = Node::start_with(&data.folder, &data.url, &own);
    wait_for(&smtp, READERS).await;
    // What the other has in its hands is its own.
    left(&db, AT_ONCE).await;
    std::fs::write(&clock, THREE_MINUTES.to_string()).unwrap();
    wait_for(&smtp, READERS + AT_ONCE).await;
    left(&db, 0).await;

    smtp.let_go();
    first.go_on();
    second.kill();
    put(&stage, 0, "none", 0).await;
    put(&stage, 0, "a place again", 1).await;
    wait_for(&smtp, 2 * READERS + AT_ONCE).await;
    left(&db, 0).await;
    let copies = copies(&smtp);
    assert_eq!(copies.len(), 2 * READERS, "everybody has both");
    let doubled = copies.values().filter(|count| **count > 1).count();
    assert_eq!(
        (doubled, copies.values().sum::<usize>()),
        (AT_ONCE, 2 * READERS + AT_ONCE),
        "only what was in its hands"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_clock_is_put_forward_and_back_acknowledges_tells_and_mails_as_ever() {
    let data = Data::sqlite();
    let token = data.fill(1).await;
    let (db, _) = Db::open(&DatabaseUrl::parse(&data.url).unwrap()).unwrap();
    readers(&db).await;
    let smtp = Smtp::start().await;
    let (library, clock) = (moved_clock(data.folder.path()), data.folder.path().join("clock"));
    let mail = smtp.url();
    let own = [
        ("LD_PRELOAD", library.to_str().unwrap()),
        ("CLOCK_FILE", clock.to_str().unwrap()),
        ("BERTH_MAIL_URL", &mail),
        ("BERTH_MAIL_PACE", "1000000"),
    ];
    let node = Node::start_with(&data.folder, &data.url, &own);
    let stage = Stage::new(std::slice::from_ref(&node), token);
    let mut marks = Vec::new();
    for (round, seconds) in [0, A_DAY, 0].into_iter().enumerate() {
        std::fs::write(&clock, seconds.to_string()).unwrap();
        for accepting in [1, 0] {
            let mark = format!("{accepting} by a clock that is wrong by {seconds} s in round {round}");
            put(&stage, 0, &mark, accepting).await;
            marks.push(mark);
            if accepting == 1 {
                wait_for(&smtp, (round + 1) * READERS).await;
                left(&db, 0).await;
            }
        }
    }
    let log = log(&stage).await;
    let kept: Vec<&str> = log.iter().map(|entry| entry.note.as_str()).filter(|note| !note.is_empty()).collect();
    assert_eq!(kept, marks);
    assert!(log.iter().zip(1..).all(|(entry, seq)| entry.seq == seq), "the log has no holes");
    let copies = copies(&smtp);
    assert_eq!((copies.len(), copies.values().max()), (3 * READERS, Some(&1)), "each mail once");
}
