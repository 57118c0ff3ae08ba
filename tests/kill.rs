//! Killed at any moment, whoever serves and whatever the database: an acknowledged update is never lost,
//! a repeated one never doubled, and every watcher has each matching change once and in order. With
//! hundreds of blows it is `script/bench kills`.

use crate::trial::cluster::Cluster;
use crate::trial::{Blow, Data, run};

const BLOWS: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn one_server_that_is_killed_again_and_again_loses_and_doubles_nothing() {
    let data = Data::sqlite();
    let blows = Blow::by_chance(&data, BLOWS);
    let report = run(data, blows).await;
    println!("{report}");
    assert!(report.is_sound() && report.acknowledged > 100 && report.deliveries > 300, "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_and_their_database_that_are_killed_by_turns_lose_and_double_nothing() {
    let Some(cluster) = Cluster::start() else {
        assert!(std::env::var("TEST_ALL").is_err(), "PostgreSQL must be installed when all tests are to run");
        eprintln!("skipped: PostgreSQL is not installed (script/setup --test brings it)");
        return;
    };
    let data = Data::postgres(cluster);
    let blows = Blow::by_chance(&data, BLOWS);
    let report = run(data, blows).await;
    println!("{report}");
    assert!(report.is_sound() && report.acknowledged > 100 && report.deliveries > 300, "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn updates_that_were_really_taken_away_are_missed() {
    let report = run(Data::sqlite(), vec![Blow::Killed, Blow::Robbed, Blow::Killed]).await;
    println!("{report}");
    assert!(!report.is_sound() && report.lost() > 0, "{report}");
}
