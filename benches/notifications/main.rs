//! How fast notifications are: rows for a change that a thousand alerts wait for, notifications handed to
//! a push service, digests built and handed to a mail server, and what one change costs beside 50,000
//! alerts. It measures and prints, it judges nothing.
//!
//!     script/bench notifications [-- ALERTS DIGESTS INDEXED]

#[path = "../england/mod.rs"]
mod england;
mod servers;

use std::sync::Arc;
use std::time::{Duration, Instant};

use berth::app::App;
use berth::base::clock::Clock;
use berth::config::Config;
use berth::domain::actor::Actor;
use berth::domain::alert::AlertAsked;
use berth::domain::capacity::{BedLine, Capacity, CapacityUpdate, Line};
use berth::domain::care_service::{CareService, CareServiceId};
use berth::domain::change::ChangeKind;
use berth::domain::digest::Cadence;
use berth::domain::words::{AdmissionStatus, BedType, Gender, Kind, Source, Stay};
use berth::jobs::follow_alerts::Follower;
use berth::jobs::{digest, runner, schedule};
use berth::live::follow;
use berth::ops::subscribe_device::{self, Subscription};
use berth::ops::update_capacity::{self, Telling};
use berth::ops::{Condition, make_alert};
use berth::store::changes::{self, Record};
use berth::store::jobs;
use berth::store::{Db, Error};
use serde_json::{Value, json};

use crate::england::Dice;
use crate::servers::Sink;

/// The browser of RFC 8291's example: its key is good, and nobody reads what it is sent.
const P256DH: &str = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";
/// A county: a twentieth of England.
const SERVICES: usize = england::SERVICES / 20;
/// So many alerts are made at the same time.
const TOGETHER: usize = 64;

fn main() {
    let numbers: Vec<usize> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let (alerts, digests, indexed) = match numbers.as_slice() {
        [alerts, digests, indexed] => (*alerts, *digests, *indexed),
        _ => (1000, 5000, 50_000),
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        at_once(alerts).await;
        of_a_day(digests).await;
        beside_many(indexed).await;
    });
}

/// A deployment with services, and servers that take all it sends.
struct Office {
    app: Arc<App>,
    sink: Sink,
    _folder: tempfile::TempDir,
    _following: follow::Following,
}

impl Office {
    async fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let sink = Sink::start().await;
        let settings = [
            ("BERTH_DATA_DIR", folder.path().display().to_string()),
            ("BERTH_MAIL_URL", format!("smtp://{}", sink.mail)),
            ("BERTH_MAIL_PACE", "1000000".to_owned()),
            ("BERTH_PUSH_ALLOW_PRIVATE", "true".to_owned()),
        ];
        let settings: Vec<(String, String)> =
            settings.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let config = Config::from_sources(&[], &settings, None).expect("good settings");
        let (app, _) = App::open(config, Clock::default(), false).expect("it opens");
        let following = follow::start(&app.db, &app.board, &app.live.hub).expect("the log is followed");
        let last = fill(&app.db);
        app.board.reach(last).await;
        Self { app, sink, _folder: folder, _following: following }
    }

    /// So many alerts, of as many people.
    async fn alerts(&self, count: usize, alert: impl Fn(usize) -> Value) {
        for begin in (0..count).step_by(TOGETHER) {
            let made = (begin..count.min(begin + TOGETHER)).map(|number| {
                let asked = AlertAsked::parse_new(&alert(number)).expect("a good alert");
                make_alert::run(&self.app.db, &self.app.clock, Actor::system("bench"), asked, 7)
            });
            for made in futures_util::future::join_all(made).await {
                made.expect("it is made");
            }
        }
    }

    /// New figures of the first home; the `seq` of the change.
    async fn tell(&self, accepting: u16) -> i64 {
        let line = BedLine {
            bed_type: BedType::GeneralNursing,
            stay: Stay::Permanent,
            maximum: 40,
            occupied: 30,
            reserved: 10 - accepting,
            reserved_until: None,
            accepting,
            gender: Gender::Any,
            funding: Vec::new(),
            weekly_fee: None,
            earliest_admission: None,
            reason: None,
            note: None,
        };
        let telling = Telling {
            actor: Actor::system("bench"),
            id: CareServiceId::from_text("1-0"),
            source: Source::Form,
            condition: Condition::default(),
        };
        let update = CapacityUpdate::of(AdmissionStatus::Open, vec![Line::Bed(line)]);
        let told = update_capacity::run(&self.app.db, &self.app.clock, telling, update).await.expect("it is told");
        self.app.board.reach(told.seq).await;
        told.seq
    }

    async fn waiting(&self) -> i64 {
        self.app.db.read(jobs::counts).await.expect("it is counted").0
    }
}

/// Services without figures; the last `seq`.
fn fill(db: &Db) -> i64 {
    let mut dice = Dice(2026);
    let homes =
        (0..).map(|number| england::service(number, &mut dice)).filter(|home| home.facts.kind == Kind::CareHome);
    let all: Vec<_> = (0..SERVICES)
        .zip(homes)
        .map(|(number, home)| CareService {
            id: CareServiceId::from_text(format!("1-{number}")),
            capacity: Capacity::default(),
            ..home
        })
        .collect();
    let put = db.write_now(move |c| {
        let now = Clock::default().now();
        let mut last = 0;
        for service in &all {
            let kind = ChangeKind::ServiceAdded;
            last = changes::record(c, &Record { at: now, kind, actor: "bench", service, previous_seq: 0 })?;
        }
        Ok::<_, Error>(last)
    });
    put.expect("the services are written")
}

/// Alerts that one change brings to match: half by mail, half by notification.
async fn at_once(count: usize) {
    let office = Office::open().await;
    let app = &office.app;
    for number in 0..count / 2 {
        let subscription = Subscription {
            endpoint: office.sink.endpoint(number),
            p256dh: P256DH.to_owned(),
            auth: AUTH.to_owned(),
            device: "Bench".to_owned(),
        };
        subscribe_device::run(&app.db, &app.clock, Actor::public(), subscription).await.expect("it subscribes");
    }
    let (half, sink) = (count / 2, &office.sink);
    office
        .alerts(count, |number| {
            let mut alert = json!({
                "name": "At once", "query": "vacant=1&id=1-0", "email": format!("reader{number}@example.org"),
                "channels": [if number < half { "push" } else { "mail" }],
            });
            if number < half {
                alert["push_endpoint"] = json!(sink.endpoint(number));
            }
            alert
        })
        .await;
    let mut follower = Follower::default();
    while follower.step(app).await.expect("the log is read") {}
    let before = memory();
    office.tell(3).await;
    let committed = Instant::now();
    while follower.step(app).await.expect("the log is read") {}
    let rows = office.waiting().await;
    println!("{rows} rows for one change that {count} alerts wait for: {}", shown(committed.elapsed()));
    let began = Instant::now();
    let mut working = runner::start(app);
    office.sink.took(half, 0).await;
    let pace = half as f64 / began.elapsed().as_secs_f64();
    println!("{half} notifications handed over at {pace:.0} a second, beside as many mails");
    office.sink.took(half, count - half).await;
    working.stop().await;
    println!("memory: {:.0} MB before, {:.0} MB after", before, memory());
}

async fn of_a_day(count: usize) {
    let office = Office::open().await;
    office.tell(3).await;
    office
        .alerts(count, |number| {
            json!({ "name": "Every day", "query": "vacant=1", "email": format!("reader{number}@example.org"),
                    "channels": ["daily"] })
        })
        .await;
    let (app, before, began) = (&office.app, memory(), Instant::now());
    let at = app.clock.now();
    let due = schedule::of_now(app, Cadence::Daily, at).await.expect("they are due");
    let made = schedule::make_all(app, due, at).await.expect("they are made").len();
    let built = began.elapsed();
    let workers: Vec<_> = (0..4)
        .map(|_| {
            let app = Arc::clone(app);
            tokio::spawn(async move { runner::drain(&app, digest::LANE).await.map(drop) })
        })
        .collect();
    for worker in workers {
        worker.await.expect("a worker ends").expect("all are sent");
    }
    office.sink.took(0, count).await;
    println!("{made} digests built in {}, handed over after {}", shown(built), shown(began.elapsed()));
    println!("memory: {before:.0} MB before, {:.0} MB after", memory());
}

async fn beside_many(count: usize) {
    let office = Office::open().await;
    office
        .alerts(count, |number| {
            let beds = ["general_nursing", "dementia_nursing", "general_residential", "dementia_residential"];
            let place = match number % 3 {
                0 => format!(
                    "near={:.2},{:.2}&within=5",
                    50.0 + (number % 500) as f64 / 100.0,
                    -4.0 + (number % 700) as f64 / 100.0
                ),
                1 => format!("id=1-{}", 1 + number % (SERVICES - 1)),
                _ => "authority=E10000014".to_owned(),
            };
            let query = format!("vacant=1&bed_type={}&{place}", beds[number % beds.len()]);
            json!({ "name": "One of many", "query": query, "email": format!("reader{number}@example.org"),
                    "channels": ["mail"] })
        })
        .await;
    let mut follower = Follower::default();
    let before = memory();
    let began = Instant::now();
    while follower.step(&office.app).await.expect("the log is read") {}
    println!("{count} alerts read and filed in {}, {:.0} MB", shown(began.elapsed()), memory() - before);
    let mut spent = Duration::ZERO;
    for number in 0..20 {
        office.tell(number % 2).await;
        let began = Instant::now();
        while follower.step(&office.app).await.expect("the log is read") {}
        spent += began.elapsed();
    }
    println!("one change beside them: {}", shown(spent / 20));
}

fn shown(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

/// What this process holds for itself, in megabytes.
fn memory() -> f64 {
    let rollup = std::fs::read_to_string("/proc/self/smaps_rollup").unwrap_or_default();
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kib| kib.parse::<f64>().ok()).unwrap_or_default() / 1024.0
}
