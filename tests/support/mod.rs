//! What tests share: a home with its own data on either database, a clock they set, a real server.

pub mod authenticator;
pub mod collector;
pub mod command;
pub mod homes;
pub mod html;
pub mod log;
pub mod mailbox;
pub mod manager;
pub mod notify_api;
pub mod office;
pub mod process;
pub mod provider;
pub mod proxy;
pub mod push_service;
pub mod scrape;
pub mod server;
pub mod smtp;
pub mod watcher;

use std::path::PathBuf;
use std::sync::Arc;

use berth::app::App;
use berth::base::clock::Clock;
use berth::base::secret::{self, Secret};
use berth::base::stamp::Stamp;
use berth::config::Config;
use berth::domain::actor::Actor;
use berth::domain::person::{EmailAddress, Target};
use berth::domain::words::Role;
use berth::ops::invite::{self, Invitation};
use berth::store::Db;
use berth::store::conn::DatabaseUrl;
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use tempfile::TempDir;

/// When every test begins, unless it says otherwise: a Sunday morning.
pub const BEGIN: &str = "2026-11-22T09:30:00Z";

/// A data folder of its own, a database of its own, a clock that stands until it is moved.
pub struct Home {
    pub folder: TempDir,
    pub database_url: String,
    pub clock: Clock,
}

impl Home {
    pub fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database_url = format!("sqlite:{}", folder.path().join("berth.db").display());
        Self { folder, database_url, clock: clock() }
    }

    /// The same, with its clock at this time.
    pub fn on_sqlite_at(begin: &str) -> Self {
        Self { clock: Clock::set_at(stamp(begin)), ..Self::on_sqlite() }
    }

    /// `None`, said aloud, where no cluster was made for the tests; `script/test` makes one and
    /// then it must not be missing.
    pub fn on_postgres() -> Option<Self> {
        let Ok(cluster) = std::env::var("TEST_POSTGRES_URL") else {
            assert!(std::env::var("TEST_ALL").is_err(), "TEST_POSTGRES_URL must be set when all tests are to run");
            eprintln!("skipped on PostgreSQL: TEST_POSTGRES_URL is not set (script/test sets it)");
            return None;
        };
        let name = format!("t{}", secret::hash(&secret::bytes::<16>()).to_lowercase().replace(['-', '_'], "0"));
        PgConnection::establish(&cluster).unwrap().batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
        let mut url = url::Url::parse(&cluster).unwrap();
        url.set_path(&name);
        Some(Self { folder: tempfile::tempdir().unwrap(), database_url: url.to_string(), clock: clock() })
    }

    /// A home on each database there is.
    pub fn on_each() -> Vec<Self> {
        [Some(Self::on_sqlite()), Self::on_postgres()].into_iter().flatten().collect()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn config(&self) -> Config {
        self.config_with(&[])
    }

    /// The settings of this home, with some of the test's own.
    pub fn config_with(&self, own: &[(&str, &str)]) -> Config {
        let mut environment = vec![
            ("BERTH_DATA_DIR".to_owned(), self.folder.path().display().to_string()),
            ("BERTH_DATABASE_URL".to_owned(), self.database_url.clone()),
            ("BERTH_LISTEN".to_owned(), "127.0.0.1:0".to_owned()),
        ];
        environment.extend(own.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Config::from_sources(&[], &environment, None).unwrap()
    }

    pub fn db(&self) -> Db {
        Db::open(&DatabaseUrl::parse(&self.database_url).unwrap()).unwrap().0
    }

    pub fn app(&self) -> Arc<App> {
        App::open(self.config(), self.clock.clone(), false).unwrap().0
    }
}

/// Makes somebody known with a role for everything; their link.
pub async fn invite(app: &App, email: &str, role: Role) -> Secret {
    let invitation = Invitation { email: EmailAddress::parse(email).unwrap(), role, targets: vec![Target::All] };
    invite::run(&app.db, &app.clock, Actor::system("test"), invitation).await.unwrap().1
}

pub fn clock() -> Clock {
    Clock::set_at(stamp(BEGIN))
}

pub fn stamp(text: &str) -> Stamp {
    Stamp::parse(text).unwrap()
}
