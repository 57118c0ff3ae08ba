//! A data folder made for a measurement, and a token that may write to it.
//! What is served from it is a process of its own.

use std::path::Path;

use berth::base::clock::Clock;
use berth::domain::actor::Actor;
use berth::domain::capacity::Capacity;
use berth::domain::care_service::{CareService, CareServiceId};
use berth::domain::change::ChangeKind;
use berth::domain::person::Target;
use berth::domain::words::{Kind, Scope};
use berth::ops::create_token::{self, NewToken};
use berth::store::changes::{self, Record};
use berth::store::conn::DatabaseUrl;
use berth::store::{Db, Error, services};
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use tempfile::TempDir;

use crate::england::{self, Dice};

/// The log is filled by so many entries at a time.
const TOGETHER: usize = 10_000;

pub struct Place {
    folder: TempDir,
    pub url: String,
    pub token: String,
}

impl Place {
    /// So many care homes, never confirmed.
    pub async fn with_homes(count: usize) -> Self {
        Self::on_sqlite(Self::homes(count)).await
    }

    /// The same in a database of its own on the cluster that `script/bench` starts.
    pub async fn with_homes_on_postgres(count: usize) -> Option<Self> {
        let cluster = std::env::var("TEST_POSTGRES_URL").ok()?;
        let folder = tempfile::tempdir().expect("a folder");
        let own = folder.path().file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
        let name = format!("bench_{}", own.replace(|letter: char| !letter.is_ascii_alphanumeric(), ""));
        let mut server = PgConnection::establish(&cluster).expect("the cluster answers");
        let made = server.batch_execute(&format!("CREATE DATABASE {name}"));
        made.expect("a database is made");
        let mut url = url::Url::parse(&cluster).expect("an address");
        url.set_path(&name);
        Some(Self::with(folder, url.to_string(), Self::homes(count)).await)
    }

    fn homes(count: usize) -> Vec<CareService> {
        let mut dice = Dice(2026);
        let homes = (0..).map(|number| england::service(number, &mut dice)).filter(|s| s.facts.kind == Kind::CareHome);
        let homes = homes.take(count).enumerate().map(|(number, mut home)| {
            home.id = CareServiceId::from_text(format!("1-{number}"));
            home.capacity = Capacity::default();
            home
        });
        homes.collect()
    }

    /// As many services as England has.
    pub async fn with_england() -> Self {
        let mut dice = Dice(2026);
        Self::on_sqlite((0..england::SERVICES).map(|number| england::service(number, &mut dice)).collect()).await
    }

    async fn on_sqlite(all: Vec<CareService>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite:{}", folder.path().join("berth.db").display());
        Self::with(folder, url, all).await
    }

    async fn with(folder: TempDir, url: String, all: Vec<CareService>) -> Self {
        let place = Self { folder, url, token: String::new() };
        let (db, clock) = (place.db(), Clock::default());
        let now = clock.now();
        let put = db.write_now(move |c| {
            for service in &all {
                let record =
                    Record { at: now, kind: ChangeKind::ServiceAdded, actor: "bench", service, previous_seq: 0 };
                changes::record(c, &record)?;
            }
            Ok::<_, Error>(())
        });
        put.expect("the services are written");
        let new = NewToken {
            name: "bench".to_owned(),
            scopes: vec![Scope::CapacityWrite],
            targets: vec![Target::All],
            expires_at: None,
        };
        let (_, token) = create_token::run(&db, &clock, Actor::system("bench"), new).await.expect("a token");
        Self { token: token.reveal().to_owned(), ..place }
    }

    /// Makes the log so much longer, home after home confirmed again.
    pub fn lengthen_log(&self, entries: usize) {
        let db = self.db();
        for begin in (0..entries).step_by(TOGETHER) {
            let confirm = db.write_now(move |c| {
                let now = Clock::default().now();
                for number in begin..begin + TOGETHER.min(entries - begin) {
                    let id = format!("1-{}", number % england::SERVICES);
                    let before = services::get(c, &CareServiceId::from_text(id))?;
                    let mut after = before.service.clone();
                    after.capacity.confirmed_at = Some(now);
                    after.capacity.version += 1;
                    changes::record_after(c, &before, &after, now, ChangeKind::CapacityConfirmed, "bench")?;
                }
                Ok::<_, Error>(())
            });
            confirm.expect("the log is written");
        }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn db(&self) -> Db {
        Db::open(&DatabaseUrl::parse(&self.url).expect("an address")).expect("a database").0
    }
}
