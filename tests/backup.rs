//! A copy of the data that is made under load, and data that come back from it: everything acknowledged
//! before is in it, watchers start afresh, and what was sent since is not sent again.

use std::sync::Arc;

use berth::domain::actor::Actor;
use berth::domain::care_service::CareServiceId;
use berth::domain::person::{EmailAddress, Target};
use berth::domain::words::Role;
use berth::jobs::{remind, schedule};
use berth::ops::invite::{self, Invitation};
use chrono::Duration;
use serde_json::json;

use crate::support::Home;
use crate::support::command::berth;
use crate::support::homes::nursing;
use crate::support::office::Office;
use crate::trial::node::Node;
use crate::trial::report::log;
use crate::trial::writer::write;
use crate::trial::{Data, Stage};

/// A home whose files are those of a trial.
fn home_of(data: Data) -> Home {
    Home { folder: data.folder, database_url: data.url, clock: crate::support::clock() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_made_while_many_write_holds_all_that_was_acknowledged_before() {
    let data = Data::sqlite();
    let token = data.fill(4).await;
    let mut node = Node::start(&data.folder, &data.url);
    let (address, home) = (node.address.clone(), home_of(data));
    let stage = Stage::new(std::slice::from_ref(&node), token);
    let writers: Vec<_> = (0..4).map(|writer| tokio::spawn(write(Arc::clone(&stage), writer))).collect();
    stage.more(40).await;
    let before = *stage.answers.borrow();
    let file = home.path("copy.db").display().to_string();
    let copied = berth(&home, &["backup", &file]);
    assert_eq!(copied.code, 0, "{copied:?}");
    stage.more(40).await;
    stage.over.send_replace(true);
    let mut acknowledged = Vec::new();
    for writer in writers {
        acknowledged.extend(writer.await.unwrap());
    }
    let whole = log(&stage).await.len();
    let epoch = epoch(&address).await;
    node.end();

    let restored = berth(&home, &["restore", &file]);
    assert_eq!(restored.code, 0, "{restored:?}");
    let checked = berth(&home, &["check"]);
    assert!(checked.code == 0 && checked.stdout.contains("log: entries 1 to"), "{checked:?}");
    node.start_again(&home.folder, &home.database_url);
    let log = log(&stage).await;
    let kept = acknowledged.iter().filter(|(mark, _)| log.iter().any(|entry| entry.note == *mark)).count();
    // The copy is of one moment after it was asked for, so nothing of before is missing.
    assert!(kept as u64 >= before && log.len() <= whole, "{kept} of {} kept, {before} before", acknowledged.len());
    for (mark, seq) in &acknowledged {
        let found: Vec<i64> = log.iter().filter(|entry| entry.note == *mark).map(|entry| entry.seq).collect();
        assert!(found.is_empty() || found == [*seq], "{mark}: {found:?}");
    }
    assert_ne!(self::epoch(&address).await, epoch, "watchers start afresh");
}

/// The epoch of the stream, as it greets.
async fn epoch(address: &str) -> String {
    let mut answer = reqwest::get(format!("http://{address}/live/events?id=1-0")).await.unwrap();
    let mut said = String::new();
    loop {
        if let Some((_, rest)) = said.split_once("\"epoch\":\"")
            && let Some((epoch, _)) = rest.split_once('"')
        {
            return epoch.to_owned();
        }
        said.push_str(std::str::from_utf8(&answer.chunk().await.unwrap().expect("a greeting")).unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_after_the_backup_is_not_sent_again_from_restored_data() {
    let home = Home::on_sqlite();
    let now = berth::base::clock::Clock::System.now();
    home.clock.advance(now.since(home.clock.now()));
    let office = Office::open(&home);
    office.home("1-1", "Rose House").await;
    let email = EmailAddress::parse("mia@example.org").unwrap();
    let targets = vec![Target::Service(CareServiceId::from_text("1-1"))];
    let invitation = Invitation { email, role: Role::Manager, targets };
    invite::run(&office.app.db, &office.app.clock, Actor::system("test"), invitation).await.unwrap();
    let hour = office.app.config.timezone.hour(home.clock.now());
    let alert = |name: &str, channel: &str| json!({ "name": name, "query": "vacant=1", "channels": [channel], "email": "ana@example.org", "hour": hour });
    home.clock.advance(-Duration::days(2));
    for channel in ["mail", "daily"] {
        office.alert(alert(channel, channel)).await;
    }
    home.clock.advance(Duration::days(2));
    office.tell("1-1", vec![nursing(40, 38, 2)]).await;
    let file = home.path("copy.db").display().to_string();
    let copied = berth(&home, &["backup", &file]);
    assert_eq!(copied.code, 0, "{copied:?}");

    let all = async |office: &Office| {
        office.follow().await;
        schedule::round(&office.app).await.unwrap();
        remind::round(&office.app).await.unwrap();
        office.work().await;
        office.mails().len()
    };
    let sent = all(&office).await;
    assert!(sent >= 2, "the alert and the digest: {sent}");
    drop(office);
    let restored = berth(&home, &["restore", &file]);
    assert_eq!(restored.code, 0, "{restored:?}");
    home.clock.advance(Duration::seconds(30));
    let office = Office::open(&home);
    assert_eq!(all(&office).await, sent, "nothing of before is sent again");
    office.tell("1-1", vec![nursing(40, 37, 3)]).await;
    home.clock.advance(Duration::days(1));
    assert!(all(&office).await > sent, "the next day's digest comes as ever");
}
