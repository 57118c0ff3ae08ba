//! Two editors at once, two hundred times over, on two nodes of one database: of each pair that read
//! the same figures exactly one wins, the other is told, and the log holds the winners and nothing else.

use berth::domain::person::Target;
use berth::domain::words::Scope;
use berth::store::changes;
use futures_util::future::join_all;
use reqwest::{Client, StatusCode};
use serde_json::json;

use crate::support::homes::{add, care_home, confirmed, nursing};
use crate::support::server::Server;
use crate::support::{BEGIN, Home, stamp};

const SERVICES: u16 = 8;
const ROUNDS: u16 = 25;

/// Sends new figures to one node; whether they were taken.
async fn put(server: &Server, token: &str, id: &str, version: u16, accepting: u16) -> bool {
    let line = json!({ "bed_type": "general_nursing", "maximum": 100, "occupied": 100 - accepting, "reserved": 0, "accepting": accepting });
    let request = Client::new().put(server.at(&format!("/api/v1/services/{id}/capacity"))).bearer_auth(token);
    let answer = request.header("If-Match", format!("\"{version}\"")).json(&json!({ "lines": [line] })).send().await;
    match answer.unwrap().status() {
        StatusCode::OK => true,
        StatusCode::PRECONDITION_FAILED => false,
        other => panic!("{id} version {version}: {other}"),
    }
}

/// What won in each round, on one service: pairs that differ in what they say.
async fn winners(nodes: &[Server; 2], token: &str, id: &str) -> Vec<u32> {
    let mut winners = Vec::new();
    for round in 0..ROUNDS {
        let (version, one, other) = (round + 1, 2 * round, 2 * round + 1);
        let (first, second) =
            tokio::join!(put(&nodes[0], token, id, version, one), put(&nodes[1], token, id, version, other));
        assert!(first != second, "{id} version {version}: {first} and {second}, not one of the two");
        winners.push(if first { one } else { other }.into());
    }
    winners
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_hundred_pairs_of_edits_one_each_wins_and_the_log_holds_exactly_the_winners() {
    for home in Home::on_each() {
        let ids: Vec<String> = (0..SERVICES).map(|number| format!("1-{number}")).collect();
        let homes = ids.iter().map(|id| {
            let mut home = care_home(id, &format!("Home {id}"));
            home.capacity = confirmed(stamp(BEGIN), vec![nursing(100, 60, 40)]);
            home
        });
        let before = add(&home.db(), stamp(BEGIN), homes.collect());
        let nodes = [Server::start(&home), Server::start(&home)];
        let token = nodes[0].token(&[Scope::CapacityWrite], vec![Target::All]).await;
        let won = join_all(ids.iter().map(|id| winners(&nodes, &token, id))).await;
        let log = home.db().read_now(move |c| changes::after(c, before, 10_000)).unwrap();
        assert_eq!(log.len(), usize::from(SERVICES * ROUNDS), "on {}", home.database_url);
        for (id, won) in ids.iter().zip(won) {
            let of_service = log.iter().filter(|change| change.service.id.as_str() == id);
            let told: Vec<u32> = of_service.map(|change| change.service.capacity.vacant()).collect();
            assert_eq!(told, won, "{id} on {}", home.database_url);
        }
        assert_eq!(home.db().read_now(changes::missing).unwrap(), 0);
    }
}
