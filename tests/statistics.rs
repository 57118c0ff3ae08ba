//! Statistics: days counted once from the log, and kept when its entries are gone.

use berth::domain::person::Target;
use berth::domain::words::Role;
use berth::ops::count_days;
use berth::store::changes;
use chrono::Duration;
use diesel::connection::SimpleConnection;
use serde_json::{Value, json};

use crate::support::homes::{add, care_home, confirmed, nursing};
use crate::support::server::{Server, stranger};
use crate::support::{BEGIN, Home, stamp};

/// Two homes of Hampshire that began three days ago, and what one of them told since.
async fn begin(home: &Home) -> Server {
    let then = stamp(BEGIN).minus(Duration::days(3));
    let mut homes = vec![care_home("1-1", "Alder House"), care_home("1-2", "Beech House")];
    homes[0].capacity = confirmed(then, vec![nursing(10, 9, 1)]);
    add(&home.db(), then, homes);
    home.clock.advance(Duration::days(-1));
    let server = Server::start(home);
    let manager = server.browser("manager@example.org", Role::Admin, vec![Target::Authority(hampshire())]).await;
    let taken = json!({ "bed_type": "general_nursing", "accepting": -1 });
    let adjust = manager.post(server.at("/api/v1/services/1-1/capacity/adjust")).json(&taken).send().await.unwrap();
    assert_eq!(adjust.status(), 200);
    home.clock.advance(Duration::days(1));
    server
}

fn hampshire() -> berth::domain::authority::AuthorityCode {
    berth::domain::authority::AuthorityCode::parse("E10000014").unwrap()
}

async fn read(server: &Server, query: &str) -> Value {
    let answer = stranger().get(server.at(&format!("/api/v1/statistics{query}"))).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_day_since_the_log_began_is_told() {
    for home in Home::on_each() {
        let server = begin(&home).await;
        let told = read(&server, "?authority=E10000014").await;
        assert_eq!((&told["from"], &told["to"]), (&json!("2026-10-26"), &json!("2026-11-22")));
        let days: Vec<(&str, u64, u64)> = told["days"]
            .as_array()
            .unwrap()
            .iter()
            .map(|day| {
                let vacancies = day["vacancies"]["general_nursing"].as_u64().unwrap();
                (day["day"].as_str().unwrap(), vacancies, day["updates"].as_u64().unwrap())
            })
            .collect();
        assert_eq!(days, [("2026-11-19", 1, 0), ("2026-11-20", 1, 0), ("2026-11-21", 0, 1), ("2026-11-22", 0, 0)]);
        assert_eq!(told["days"][0]["care_homes"], 2);
        assert!(told["days"][0].get("occupancy").is_none(), "one home's occupancy is not for the public");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn days_that_were_counted_stay_when_the_log_has_forgotten_them() {
    for home in Home::on_each() {
        let server = begin(&home).await;
        let before = read(&server, "?to=2026-11-21").await;
        let (zone, moment) = (server.app.config.timezone, server.app.moment());
        assert_eq!(count_days::run(&server.app.db, zone, moment).await, Ok(0), "they are counted once");
        let last = server.app.db.read(changes::last_seq).await.unwrap();
        let mut conn = server.app.db.url().connect().unwrap();
        conn.batch_execute(&format!("DELETE FROM changes WHERE seq < {last}")).unwrap();
        assert_eq!(read(&server, "?to=2026-11-21").await, before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_asked_for_is_named() {
    let home = Home::on_sqlite();
    let server = begin(&home).await;
    for (query, pointer) in [
        ("?authority=E10000099", "authority"),
        ("?authority=Hampshire", "authority"),
        ("?from=yesterday", "from"),
        ("?from=2026-11-22&to=2026-11-21", "from"),
        ("?to=2027-01-01", "from"),
        ("?from=2020-01-01", "from"),
        ("?form=2026-11-01", "form"),
    ] {
        let refused = stranger().get(server.at(&format!("/api/v1/statistics{query}"))).send().await.unwrap();
        assert_eq!(refused.status(), 400, "{query}");
        let refused: Value = refused.json().await.unwrap();
        assert_eq!(refused["errors"][0]["pointer"], pointer, "{query}");
    }
}
