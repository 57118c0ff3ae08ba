//! Writers who repeat what was not answered, watchers who resume, and blows dealt meanwhile to servers
//! and database; in the end everything is held against the log, all of it from outside. It judges what
//! was acknowledged and delivered, not how fast.

pub mod cluster;
pub mod node;
pub mod report;
pub mod watcher;
pub mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use berth::base::clock::Clock;
use berth::base::secret;
use berth::base::tls;
use berth::domain::actor::Actor;
use berth::domain::authority::{Authority, AuthorityCode};
use berth::domain::capacity::Capacity;
use berth::domain::care_service::{Address, CareService, CareServiceId, Facts};
use berth::domain::change::ChangeKind;
use berth::domain::person::Target;
use berth::domain::words::{Kind, Scope};
use berth::ops::create_token::{self, NewToken};
use berth::store::changes::{self, Record};
use berth::store::conn::DatabaseUrl;
use berth::store::{Db, Error};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::trial::cluster::Cluster;
use crate::trial::node::Node;
pub use crate::trial::report::Report;

const WRITERS: usize = 6;
/// Between one blow and the next so many updates are acknowledged, and up to twice as many.
const ANSWERS: u64 = 20;
/// Everything, two homes that are now full and now not, and one of them by a filter of its own.
pub const WATCHED: [&str; 3] = ["", "vacant=1", "id=1-0&id=1-1&vacant=1"];
/// With servers that are started again within seconds, who waits for so long waits for ever.
const STUCK: Duration = Duration::from_secs(60);
/// Of each filter so many watchers.
const WATCHERS: usize = 3;

/// Where the data are, and how many servers stand before it.
pub struct Data {
    pub folder: TempDir,
    pub url: String,
    pub cluster: Option<Cluster>,
    nodes: usize,
}

impl Data {
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite:{}", folder.path().join("berth.db").display());
        Self { folder, url, cluster: None, nodes: 1 }
    }

    pub fn postgres(cluster: Cluster) -> Self {
        let url = cluster.url();
        Self { folder: tempfile::tempdir().expect("a folder"), url, cluster: Some(cluster), nodes: 2 }
    }

    /// Homes `1-0` and so on, and a token that may write to them.
    pub async fn fill(&self, homes: usize) -> String {
        tls::choose();
        let url = DatabaseUrl::parse(&self.url).expect("an address of a database");
        let (db, _) = Db::open(&url).expect("the database opens");
        let clock = Clock::default();
        let now = clock.now();
        let put = db.write_now(move |c| {
            for number in 0..homes {
                let service = &home(number);
                let kind = ChangeKind::ServiceAdded;
                changes::record(c, &Record { at: now, kind, actor: "trial", service, previous_seq: 0 })?;
            }
            Ok::<_, Error>(())
        });
        put.expect("the homes are written");
        let (name, scopes) = ("trial".to_owned(), vec![Scope::CapacityWrite]);
        let new = NewToken { name, scopes, targets: vec![Target::All], expires_at: None };
        let (_, token) = create_token::run(&db, &clock, Actor::system("trial"), new).await.expect("a token");
        token.reveal().to_owned()
    }
}

impl Data {
    /// A copy of the data as they are now, on SQLite.
    fn copy(&self) -> PathBuf {
        let (copy, url) = (self.folder.path().join("earlier.db"), DatabaseUrl::parse(&self.url));
        let copied = url.expect("an address of a database").connect().expect("it opens").copy_to(&copy);
        copied.expect("data in a file").expect("they are copied");
        copy
    }

    /// Puts them back, while nobody serves.
    fn put_back(&self, copy: &Path) {
        for name in ["berth.db-wal", "berth.db-shm"] {
            drop(std::fs::remove_file(self.folder.path().join(name)));
        }
        std::fs::rename(copy, self.folder.path().join("berth.db")).expect("they are put back");
    }
}

/// A care home without figures.
pub fn home(number: usize) -> CareService {
    CareService {
        id: CareServiceId::from_text(format!("1-{number}")),
        facts: Facts {
            kind: Kind::CareHome,
            name: format!("Example House {number}"),
            provider: None,
            authority: Authority {
                code: AuthorityCode::parse("E10000014").expect("a code"),
                name: "Hampshire".to_owned(),
            },
            address: Address { lines: Vec::new(), town: None, postcode: None },
            location: None,
            phone: None,
            website: None,
            care_types: Vec::new(),
            bands: Vec::new(),
            beds: Some(40),
            rating: None,
        },
        capacity: Capacity::default(),
        left_at: None,
    }
}

/// What writers and watchers share.
pub struct Stage {
    /// The addresses of the servers.
    pub addresses: Vec<String>,
    pub token: String,
    /// How many updates were acknowledged.
    pub answers: watch::Sender<u64>,
    /// Writers end once this is set, watchers once they have seen this entry of the log.
    pub end: watch::Sender<Option<i64>>,
    pub over: watch::Sender<bool>,
}

impl Stage {
    pub fn new(nodes: &[Node], token: String) -> Arc<Self> {
        Self::at(nodes.iter().map(|node| node.address.clone()).collect(), token)
    }

    /// Before servers at these addresses.
    pub fn at(addresses: Vec<String>, token: String) -> Arc<Self> {
        Arc::new(Self {
            addresses,
            token,
            answers: watch::Sender::new(0),
            end: watch::Sender::new(None),
            over: watch::Sender::new(false),
        })
    }

    /// Waits until so many more updates are acknowledged.
    pub async fn more(&self, count: u64) {
        let mut answers = self.answers.subscribe();
        let enough = *answers.borrow() + count;
        let more = answers.wait_for(|count| *count >= enough);
        timeout(STUCK, more).await.expect("something is acknowledged within a minute").expect("writers go on");
    }

    pub fn address(&self, turn: usize) -> &str {
        &self.addresses[turn % self.addresses.len()]
    }
}

/// Before trying again what did not succeed.
pub async fn pause() {
    tokio::time::sleep(Duration::from_millis(25)).await;
}

/// What is done to a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Blow {
    /// `kill -9` to a server.
    Killed,
    /// SIGTERM to a server: it ends by itself.
    Ended,
    /// SIGSTOP to one of several servers, and SIGCONT when the others have gone on.
    Paused,
    /// `kill -9` to the database.
    DatabaseKilled,
    /// `kill -9` to a server on SQLite, and its data are put back to what they were some updates ago: a
    /// loss, which the report must not miss. Never dealt by chance.
    Robbed,
}

impl Blow {
    /// So many for these data.
    pub fn by_chance(data: &Data, count: usize) -> Vec<Self> {
        let one = |_| match secret::below(10) {
            0 | 1 => Self::Ended,
            2..=4 if data.cluster.is_some() => Self::DatabaseKilled,
            5 if data.nodes > 1 => Self::Paused,
            _ => Self::Killed,
        };
        (0..count).map(one).collect()
    }
}

/// Deals these blows to the servers by turns, then waits until everybody has all, and compares.
pub async fn run(mut data: Data, blows: Vec<Blow>) -> Report {
    let token = data.fill(WRITERS).await;
    let mut nodes: Vec<Node> = (0..data.nodes).map(|_| Node::start(&data.folder, &data.url)).collect();
    let stage = Stage::new(&nodes, token);
    let watchers: Vec<_> = WATCHED
        .into_iter()
        .flat_map(|query| (0..WATCHERS).map(move |turn| (query, turn)))
        .map(|(query, turn)| tokio::spawn(watcher::watch(Arc::clone(&stage), query, turn)))
        .collect();
    let writers: Vec<_> = (0..WRITERS).map(|writer| tokio::spawn(writer::write(Arc::clone(&stage), writer))).collect();

    for (number, blow) in blows.iter().enumerate() {
        stage.more(ANSWERS + secret::below(ANSWERS)).await;
        let count = nodes.len();
        let node = &mut nodes[number % count];
        match (blow, &mut data.cluster) {
            (Blow::Killed, _) => {
                node.kill();
                node.start_again(&data.folder, &data.url);
            }
            (Blow::Ended, _) => {
                node.end();
                node.start_again(&data.folder, &data.url);
            }
            (Blow::Paused, _) => {
                node.pause();
                stage.more(ANSWERS).await;
                node.go_on();
            }
            (Blow::DatabaseKilled, Some(cluster)) => {
                cluster.kill();
                cluster.go_on();
            }
            (Blow::DatabaseKilled, None) => {}
            (Blow::Robbed, _) => {
                let earlier = data.copy();
                stage.more(ANSWERS).await;
                node.kill();
                data.put_back(&earlier);
                node.start_again(&data.folder, &data.url);
            }
        }
    }

    stage.over.send_replace(true);
    let mut acknowledged = Vec::new();
    for writer in writers {
        acknowledged.extend(writer.await.expect("a writer ends"));
    }
    // One more, which every filter matches, so that everybody can know they have all.
    let last = writer::put(&stage, 0, "the end", 1).await;
    stage.end.send_replace(Some(last));
    acknowledged.push(("the end".to_owned(), last));
    let mut seen = Vec::new();
    for watcher in watchers {
        let ended = timeout(STUCK, watcher).await.expect("every watcher sees the end within a minute");
        seen.push(ended.expect("a watcher ends"));
    }
    let shown = timeout(STUCK, report::shown(&stage, "the end")).await.expect("the end is shown within a minute");
    let log = report::log(&stage).await;
    Report::of(blows, &acknowledged, &seen, &shown, &log)
}
