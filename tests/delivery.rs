//! Delivery that survives: killed in the middle of a run of digests, a mail server that is down for
//! hours, a clock that jumps, two nodes. None is missed; only what was under way can come twice.

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};

use berth::base::clock::Clock;
use berth::domain::digest::Cadence;
use berth::jobs::runner::Became;
use berth::jobs::schedule;
use berth::store::{digests, jobs};
use chrono::Duration;
use serde_json::{Value, json};

use crate::support::homes::nursing;
use crate::support::mailbox::Mail;
use crate::support::office::Office;
use crate::support::smtp::{Smtp, Tls};
use crate::support::{Home, stamp};

const READERS: usize = 500;
/// After so many mails of the run each process is killed, the first ones before any.
const KILLED_AFTER: [usize; 6] = [1, 60, 140, 230, 320, 410];
/// Mails of one lane that are under way at the same time.
const AT_ONCE: usize = 4;

fn alert(number: usize, channel: &str) -> Value {
    json!({ "name": "Nursing", "query": "vacant=1", "channels": [channel], "email": format!("reader{number}@example.org") })
}

/// `berth digest send`, killed at the latest when the test ends.
struct Run(Child);

impl Run {
    fn start(home: &Home, smtp: &Smtp) -> Self {
        let run = Command::new(env!("CARGO_BIN_EXE_berth"))
            .args(["digest", "send", "--daily"])
            .env("BERTH_DATA_DIR", home.folder.path())
            .env("BERTH_DATABASE_URL", &home.database_url)
            .env("BERTH_LISTEN", "127.0.0.1:0")
            .env("BERTH_MAIL_URL", smtp.url())
            .env("BERTH_MAIL_PACE", "1000000")
            .current_dir(home.folder.path())
            .stdout(Stdio::null())
            .spawn();
        Self(run.unwrap())
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_again_and_again_a_run_of_digests_misses_nobody_and_doubles_only_what_was_under_way() {
    for home in Home::on_each() {
        let smtp = Smtp::start().await;
        let office = Office::open_with(&home, &[("BERTH_MAIL_URL", &smtp.url()), ("BERTH_MAIL_PACE", "1000000")]);
        office.home("1-1", "Rose House").await;
        office.tell("1-1", vec![nursing(40, 38, 2)]).await;
        for number in 0..READERS {
            office.alert(alert(number, "daily")).await;
        }
        // One process dies while the digests are made, the others while they are sent.
        let run = Run::start(&home, &smtp);
        while office.app.db.read(digests::count).await.unwrap() < 100 {
            tokio::task::yield_now().await;
        }
        drop(run);
        for taken in KILLED_AFTER {
            let run = Run::start(&home, &smtp);
            smtp.wait_for(taken).await;
            drop(run);
        }
        // The machine is started again a while later, when the leases of the dead have ended.
        let now = Clock::System.now().plus(Duration::minutes(5));
        home.clock.advance(now.since(home.clock.now()));
        let due = schedule::of_now(&office.app, Cadence::Daily, now).await.unwrap();
        schedule::make_all(&office.app, due, now).await.unwrap();
        office.work().await;

        let mut copies: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
        for taken in smtp.taken() {
            let id = Mail::parse(&taken.message).header("Message-ID").to_owned();
            copies.entry(taken.to).or_default().push((id, taken.message));
        }
        assert_eq!(copies.len(), READERS, "everybody has theirs");
        let doubled: Vec<_> = copies.values().filter(|mails| mails.len() > 1).collect();
        println!("{} killed runs, {} of {READERS} digests came twice", KILLED_AFTER.len() + 1, doubled.len());
        assert!(doubled.len() <= KILLED_AFTER.len() * AT_ONCE, "only what was under way: {}", doubled.len());
        assert!(doubled.iter().all(|mails| mails.iter().all(|mail| *mail == mails[0])), "and it is the same mail");
        assert_eq!(office.app.db.read(jobs::counts).await.unwrap(), (0, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_server_that_is_down_for_six_hours_gets_everything_within_an_hour_of_its_return() {
    let home = Home::on_sqlite();
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let office = Office::open_with(&home, &[("BERTH_MAIL_URL", &format!("smtp://{address}"))]);
    for number in 0..5 {
        office.alert(alert(number, "mail")).await;
    }
    office.home("1-1", "Rose House").await;
    office.tell("1-1", vec![nursing(40, 38, 2)]).await;
    office.follow().await;
    let begin = home.clock.now();
    let mut tries = 0;
    while home.clock.now().since(begin) < Duration::hours(6) {
        tries += office.work().await.len();
        home.clock.advance(Duration::minutes(10));
    }
    assert!((5 * 7..=5 * 16).contains(&tries), "it is asked less and less often: {tries}");
    let smtp = Smtp::start_at(address, Tls::Never).await;
    for _ in 0..6 {
        office.work().await;
        home.clock.advance(Duration::minutes(10));
    }
    office.work().await;
    assert_eq!(smtp.taken().len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_a_day_and_back_holds_nothing_up_and_sends_nothing_twice() {
    for home in Home::on_each() {
        let smtp = Smtp::start().await;
        let office = Office::open_with(&home, &[("BERTH_MAIL_URL", &smtp.url())]);
        office.alert(alert(0, "mail")).await;
        office.home("1-1", "Rose House").await;
        home.clock.advance(Duration::days(1));
        office.tell("1-1", vec![nursing(40, 38, 2)]).await;
        office.follow().await;
        home.clock.advance(-Duration::days(1));
        let steps = office.work().await;
        assert_eq!(steps.iter().map(|step| &step.became).collect::<Vec<_>>(), [&Became::Done], "not a day later");
        home.clock.advance(Duration::days(2));
        assert!(office.work().await.is_empty());
        assert_eq!(smtp.taken().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_send_each_mail_once() {
    for home in Home::on_each() {
        let smtp = Smtp::start().await;
        let own = [("BERTH_MAIL_URL", smtp.url())];
        let own: Vec<(&str, &str)> = own.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let nodes = [Office::open_with(&home, &own), Office::open_with(&home, &own)];
        for number in 0..40 {
            nodes[0].alert(alert(number, "mail")).await;
        }
        nodes[0].home("1-1", "Rose House").await;
        nodes[0].tell("1-1", vec![nursing(40, 38, 2)]).await;
        tokio::join!(nodes[0].follow(), nodes[1].follow());
        tokio::join!(nodes[0].work(), nodes[1].work());
        let mut to: Vec<String> = smtp.taken().into_iter().map(|taken| taken.to).collect();
        to.sort();
        to.dedup();
        assert_eq!((to.len(), smtp.taken().len()), (40, 40));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_in_quiet_hours_is_told_when_they_end_and_a_pause_swallows_it() {
    let home = Home::on_sqlite_at("2026-11-22T23:00:00Z");
    let office = Office::open(&home);
    let mut quiet = alert(0, "mail");
    quiet["quiet"] = json!({ "from": 21, "until": 7 });
    office.alert(quiet).await;
    let mut paused = alert(1, "mail");
    paused["paused_until"] = json!("2026-11-23T08:00:00Z");
    office.alert(paused).await;
    office.home("1-1", "Rose House").await;
    office.tell("1-1", vec![nursing(40, 38, 2)]).await;
    office.follow().await;
    assert!(office.work().await.is_empty());
    home.clock.advance(stamp("2026-11-23T07:00:00Z").since(home.clock.now()));
    office.work().await;
    let mails = office.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].header("To"), "reader0@example.org");
    home.clock.advance(Duration::hours(2));
    assert!(office.work().await.is_empty());
    office.tell("1-1", vec![nursing(40, 40, 0)]).await;
    office.tell("1-1", vec![nursing(40, 39, 1)]).await;
    office.follow().await;
    office.work().await;
    assert_eq!(office.mails().len(), 3, "afterwards both are told");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_heartbeat_comes_also_when_there_is_nothing_to_say() {
    let home = Home::on_sqlite();
    let office = Office::open(&home);
    let mut beating = alert(0, "daily");
    beating["heartbeat"] = json!(true);
    office.alert(beating).await;
    office.alert(alert(1, "daily")).await;
    office.home("1-1", "Rose House").await;
    let now = home.clock.now();
    let due = schedule::of_now(&office.app, Cadence::Daily, now).await.unwrap();
    schedule::make_all(&office.app, due, now).await.unwrap();
    office.work().await;
    let mails = office.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].header("To"), "reader0@example.org");
    assert_eq!(mails[0].header("Subject"), "Berth: 0 services with vacancies - Nursing (daily)");
}
