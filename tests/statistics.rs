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
async fn the_days_of_one_service_are_its_own_with_the_age_of_its_figures() {
    for home in Home::on_each() {
        let server = begin(&home).await;
        let told = read(&server, "?service=1-1").await;
        assert_eq!(told["service"], "1-1");
        let brief = |day: &Value| {
            let vacancies = day["vacancies"]["general_nursing"].as_u64().unwrap();
            let age = day["mean_age_hours"].as_f64().unwrap();
            (day["day"].as_str().unwrap().to_owned(), vacancies, age, day["updates"].as_u64().unwrap())
        };
        let days: Vec<_> = told["days"].as_array().unwrap().iter().map(brief).collect();
        // Told at 9:30 on the 19th and again on the 21st; a day ends at midnight, today is at 9:30.
        let expected = [
            ("2026-11-19", 1, 14.0, 0),
            ("2026-11-20", 1, 38.0, 0),
            ("2026-11-21", 0, 14.0, 1),
            ("2026-11-22", 0, 24.0, 0),
        ];
        assert_eq!(days, expected.map(|(day, vacancies, age, updates)| (day.to_owned(), vacancies, age, updates)));
        assert!(told["days"][0].get("occupancy").is_none(), "one home's occupancy is not for the public");
        let other = read(&server, "?service=1-2&from=2026-11-20&to=2026-11-21").await;
        let other = other["days"].as_array().unwrap();
        assert_eq!((other.len(), &other[0]["services"], other[0].get("mean_age_hours")), (2, &json!(1), None));
        let staff = server.browser("sam@example.gov.uk", Role::Staff, vec![Target::All]).await;
        let seen: Value =
            staff.get(server.at("/api/v1/statistics?service=1-1")).send().await.unwrap().json().await.unwrap();
        assert_eq!(seen["days"][0]["occupancy"], 0.9);
    }
}

/// A service that told on the evening before each clock change: the day of it has 23 or 25 hours.
#[tokio::test(flavor = "multi_thread")]
async fn the_days_of_a_service_are_local_over_both_clock_changes() {
    for (told_at, now, day, hours) in [
        ("2026-03-28T23:30:00Z", "2026-03-30T09:00:00Z", "2026-03-29", 23.0),
        ("2026-10-24T22:30:00Z", "2026-10-26T09:00:00Z", "2026-10-25", 25.0),
    ] {
        let home = Home::on_sqlite_at(now);
        let mut alder = care_home("1-1", "Alder House");
        alder.capacity = confirmed(stamp(told_at), vec![nursing(10, 9, 1)]);
        add(&home.db(), stamp(told_at), vec![alder]);
        let server = Server::start(&home);
        let told = read(&server, "?service=1-1").await;
        let ages: Vec<_> = told["days"].as_array().unwrap().iter().map(|day| &day["mean_age_hours"]).collect();
        assert_eq!(told["days"][1]["day"], day);
        // Half an hour before midnight, whole hours counted: 0, then those of the day.
        assert_eq!((ages[0], ages[1]), (&json!(0.0), &json!(hours)), "{told}");
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
        ("?service=1-99", "service"),
        ("?service=1-1&authority=E10000014", "service"),
    ] {
        let refused = stranger().get(server.at(&format!("/api/v1/statistics{query}"))).send().await.unwrap();
        assert_eq!(refused.status(), 400, "{query}");
        let refused: Value = refused.json().await.unwrap();
        assert_eq!(refused["errors"][0]["pointer"], pointer, "{query}");
    }
}
