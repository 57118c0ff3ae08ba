//! An app without its server: what tests of mail and alerts step through by hand.

use std::sync::Arc;

use berth::app::App;
use berth::board::Board;
use berth::domain::actor::Actor;
use berth::domain::alert::{Alert, AlertAsked};
use berth::domain::capacity::{CapacityUpdate, Line};
use berth::domain::care_service::CareServiceId;
use berth::domain::words::{AdmissionStatus, Source};
use berth::jobs::follow_alerts::Follower;
use berth::jobs::runner::{self, Step};
use berth::live::follow::{self, Following};
use berth::ops::update_capacity::{self, Telling};
use berth::ops::{Condition, make_alert};
use serde_json::Value;

use crate::support::mailbox::{self, Mail};
use crate::support::{Home, homes};

pub struct Office {
    pub app: Arc<App>,
    folder: std::path::PathBuf,
    _following: Following,
}

impl Office {
    pub fn open(home: &Home) -> Self {
        Self::open_with(home, &[])
    }

    /// Another one on the same home is another node on the same data.
    pub fn open_with(home: &Home, own: &[(&str, &str)]) -> Self {
        let app = App::open(home.config_with(own), home.clock.clone(), false).unwrap().0;
        let following = follow::start(&app.db, &app.board, &app.live.hub).unwrap();
        Self { app, folder: home.path("mail"), _following: following }
    }

    /// Puts a care home on the register, with no figures.
    pub async fn home(&self, id: &str, name: &str) {
        let seq = homes::add(&self.app.db, self.app.clock.now(), vec![homes::care_home(id, name)]);
        self.board().reach(seq).await;
    }

    /// Tells the figures of a home, and waits until the board has them.
    pub async fn tell(&self, id: &str, lines: Vec<Line>) -> i64 {
        let telling = Telling {
            actor: Actor::system("test"),
            id: CareServiceId::from_text(id),
            source: Source::Form,
            condition: Condition::default(),
        };
        let update = CapacityUpdate::of(AdmissionStatus::Open, lines);
        let told = update_capacity::run(&self.app.db, &self.app.clock, telling, update).await.unwrap();
        self.board().reach(told.seq).await;
        told.seq
    }

    /// An alert as `berth alert create` makes it: confirmed.
    pub async fn alert(&self, body: Value) -> Alert {
        let asked = AlertAsked::parse_new(&body).unwrap();
        make_alert::run(&self.app.db, &self.app.clock, Actor::system("test"), asked, 7).await.unwrap()
    }

    /// Lets the alerts catch up with the log.
    pub async fn follow(&self) {
        let mut follower = Follower::default();
        while follower.step(&self.app).await.unwrap() {}
    }

    /// Does every job that is due.
    pub async fn work(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        while let Some(step) = runner::step(&self.app).await.unwrap() {
            steps.push(step);
        }
        steps
    }

    /// Every mail in the file mailbox.
    pub fn mails(&self) -> Vec<Mail> {
        mailbox::read(&self.folder)
    }

    fn board(&self) -> &Board {
        &self.app.board
    }
}
