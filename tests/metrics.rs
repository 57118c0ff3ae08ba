//! The figures of `/metrics`: that they are true, that Prometheus can read them, that all are documented,
//! and that nobody can make them grow without end.

use std::collections::{BTreeMap, BTreeSet};

use berth::domain::care_service::CareServiceId;
use berth::domain::person::Target;
use berth::domain::words::Scope;
use chrono::Duration;
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use serde_json::json;

use crate::support::homes::{add, authority, care_home, confirmed, nursing, tell_often};
use crate::support::scrape::Scrape;
use crate::support::server::{Server, stranger};
use crate::support::watcher::Watcher;
use crate::support::{BEGIN, Home, stamp};

/// One of each age and one that never told, in two authorities.
fn fill(home: &Home) {
    let told = |id: &str, hours: i64| {
        let mut service = care_home(id, &format!("House {id}"));
        service.capacity = confirmed(stamp(BEGIN).minus(Duration::hours(hours)), vec![nursing(10, 8, 1)]);
        service
    };
    let mut elsewhere = told("1-3", 24 * 20);
    elsewhere.facts.authority = authority("E06000044", "Portsmouth");
    add(&home.db(), stamp(BEGIN), vec![told("1-1", 2), told("1-2", 30), elsewhere, care_home("1-4", "House 1-4")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_say_how_fresh_live_and_written_everything_is() {
    for home in Home::on_each() {
        fill(&home);
        let server = Server::start(&home);
        let target = vec![Target::Service(CareServiceId::from_text("1-1"))];
        let token = server.token(&[Scope::CapacityWrite], target).await;
        let mut watcher = Watcher::open(&server, "").await;
        watcher.begin().await;
        let address = server.at("/api/v1/services/1-1/capacity/confirm");
        for _ in 0..3 {
            assert_eq!(stranger().post(&address).bearer_auth(&token).send().await.unwrap().status(), 200);
            watcher.expect("change").await;
        }
        assert_eq!(stranger().get(server.at("/services/1-99")).send().await.unwrap().status(), 404);
        let Some(told) = Scrape::of(&server).await else { return };

        for (freshness, count) in [("fresh", 1.0), ("ageing", 1.0), ("stale", 1.0), ("never", 1.0)] {
            assert_eq!(told.value("berth_services", &[("freshness", freshness)]), count, "{freshness}");
        }
        let portsmouth = [("authority", "E06000044"), ("name", "Portsmouth"), ("freshness", "stale")];
        assert_eq!(told.value("berth_authority_services", &portsmouth), 1.0);
        let within = |authority: &str, seconds: &str| {
            told.value("berth_figures_age_seconds_bucket", &[("authority", authority), ("le", seconds)])
        };
        assert_eq!(
            (within("E10000014", "3600"), within("E10000014", "86400")),
            (1.0, 1.0),
            "one was confirmed just now"
        );
        assert_eq!((within("E10000014", "259200"), within("E06000044", "1209600")), (2.0, 0.0));
        assert_eq!((within("E06000044", "2592000"), within("E06000044", "+Inf")), (1.0, 1.0));

        for metric in ["berth_log_seq", "berth_board_seq", "berth_live_seq", "berth_log_entries"] {
            assert_eq!(told.value(metric, &[]), 7.0, "{metric}");
        }
        assert_eq!(told.value("berth_watchers", &[]), 1.0);
        assert_eq!(told.value("berth_streams", &[("transport", "websocket")]), 1.0);
        assert_eq!(told.value("berth_streams_begun_total", &[("transport", "websocket"), ("from", "now")]), 1.0);
        assert_eq!(told.value("berth_live_messages_total", &[]), 5.0, "hello, snapshot and three changes");

        let route = "/api/v1/services/{id}/capacity/confirm";
        let asked = [("route", route), ("method", "POST"), ("status", "2xx")];
        assert_eq!(told.value("berth_http_requests_total", &asked), 3.0);
        assert_eq!(told.value("berth_http_request_seconds_count", &[("route", route)]), 3.0);
        assert_eq!(told.value("berth_http_requests_total", &[("route", "/services/{id}"), ("status", "4xx")]), 1.0);
        assert_eq!(told.value("berth_http_requests_in_progress", &[]), 1.0, "this one");

        let commits = told.value("berth_commits_total", &[("outcome", "committed")]);
        assert!(commits >= 3.0, "{commits}");
        assert_eq!(told.value("berth_commits_total", &[("outcome", "failed")]), 0.0);
        assert_eq!(told.value("berth_commit_seconds_count", &[]), commits);
        assert_eq!(told.value("berth_commit_acts_sum", &[]), told.value("berth_write_seconds_count", &[]));
        assert_eq!(told.sum("berth_database_up", &[]), 1.0);
        assert!(told.value("berth_database_bytes", &[]) > 10_000.0);
        assert_eq!(told.value("process_start_time_seconds", &[]), stamp(BEGIN).millis() as f64 / 1000.0);
        assert!(told.value("process_resident_memory_bytes", &[]) > 1e6);
        assert!(told.value("process_cpu_seconds_total", &[]) > 0.0);
        assert!(told.value("process_open_fds", &[]) < told.value("process_max_fds", &[]));
        assert!(told.value("berth_data_free_bytes", &[]) > 0.0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_say_how_streams_begin_how_late_they_are_and_why_they_end() {
    let home = Home::on_sqlite();
    fill(&home);
    let server = Server::start(&home);
    let mut watcher = Watcher::open(&server, "").await;
    let place = watcher.begin().await;
    home.clock.advance(Duration::seconds(2));
    let last = tell_often(&server.app.db, "1-1", 2, 40);
    while watcher.expect("change").await["seq"] != last {}
    // What somebody was told an hour later because they came an hour later was not late.
    home.clock.advance(Duration::hours(1));
    let mut resumed = Watcher::open(&server, &format!("after={place}")).await;
    resumed.expect("hello").await;
    while resumed.expect("change").await["seq"] != last {}
    let mut lost = Watcher::open(&server, "after=other.2").await;
    lost.expect("hello").await;
    lost.expect("reset").await;
    lost.say("{}").await;
    assert_eq!(lost.closed().await, 1008);
    let Some(told) = Scrape::of(&server).await else { return };

    let begun = |from: &str| told.value("berth_streams_begun_total", &[("transport", "websocket"), ("from", from)]);
    assert_eq!((begun("now"), begun("place")), (1.0, 2.0));
    assert_eq!(told.value("berth_streams_reset_total", &[]), 1.0);
    assert_eq!(told.value("berth_streams_ended_total", &[("reason", "not_allowed")]), 1.0);
    let timed = told.value("berth_live_lag_seconds_count", &[]);
    assert!((1.0..=3.0).contains(&timed), "one of sixteen messages, and no replayed one: {timed}");
    assert_eq!(told.value("berth_live_lag_seconds_sum", &[]), 2.0 * timed, "the changes were two seconds old");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_makes_the_figures_grow_without_end_or_hold_what_an_address_says() {
    let home = Home::on_sqlite();
    fill(&home);
    let server = Server::start(&home);
    for number in 0..40 {
        for path in
            ["/services/secret-{}", "/secret-{}", "/sign-in/secret-{}", "/api/v1/secret/{}", "/search?q=secret-{}"]
        {
            stranger().get(server.at(&path.replace("{}", &number.to_string()))).send().await.unwrap();
        }
        let odd = reqwest::Method::from_bytes(format!("SECRET{number}").as_bytes()).unwrap();
        stranger().request(odd, server.at("/search")).send().await.unwrap();
    }
    let Some(told) = Scrape::of(&server).await else { return };
    assert!(!told.text.to_lowercase().contains("secret"), "{}", told.text);
    let routes: BTreeSet<_> =
        told.samples("berth_http_requests_total", &[]).map(|sample| &sample.labels["route"]).collect();
    assert!(routes.len() < 10, "{routes:?}");
    assert_eq!(told.value("berth_http_requests_total", &[("route", "/services/{id}")]), 40.0);
    assert_eq!(told.sum("berth_http_requests_total", &[("method", "other")]), 40.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn prometheus_reads_every_figure_and_each_is_documented() {
    let home = Home::on_sqlite();
    fill(&home);
    let server = Server::start(&home);
    let Some(told) = Scrape::of(&server).await else { return };
    let mut seen = BTreeSet::new();
    for family in &told.families {
        assert!(!family.about.is_empty(), "{}", family.name);
        for sample in &family.samples {
            assert!(seen.insert((&sample.name, &sample.labels)), "twice: {sample:?}");
            assert!(sample.value() >= 0.0, "{sample:?}");
        }
        if family.kind == "histogram" {
            rises(&told, &family.name);
        }
    }
    let told: BTreeMap<String, &str> =
        told.families.iter().map(|family| (family.asked_for(), family.kind.as_str())).collect();
    let text = std::fs::read_to_string("docs/reference/metrics.md").unwrap();
    let documented: BTreeMap<String, &str> = text.lines().filter_map(row).collect();
    assert_eq!(told, documented);
}

/// The name and the type of a row of the table.
fn row(line: &str) -> Option<(String, &str)> {
    let cells: Vec<&str> = line.strip_prefix("| `")?.split('|').map(str::trim).collect();
    let name = cells[0].trim_end_matches('`').split('{').next()?;
    assert!(cells.len() >= 5, "name, type, of what, labels, when it is bad: {line}");
    Some((name.trim_end_matches('`').to_owned(), cells[1]))
}

/// Each bound holds at least what the one below it holds, and the last all.
fn rises(told: &Scrape, name: &str) {
    let mut by_labels: BTreeMap<_, Vec<f64>> = BTreeMap::new();
    for sample in told.samples(&format!("{name}_bucket"), &[]) {
        let mut labels = sample.labels.clone();
        labels.remove("le");
        by_labels.entry(labels).or_default().push(sample.value());
    }
    for (labels, counts) in by_labels {
        assert!(counts.is_sorted(), "{name} {labels:?} {counts:?}");
        let labels: Vec<(&str, &str)> = labels.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(told.value(&format!("{name}_count"), &labels), *counts.last().unwrap(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_are_told_while_the_database_is_away() {
    let Some(home) = Home::on_postgres() else { return };
    fill(&home);
    let server = Server::start(&home);
    let (cluster, name) = home.database_url.rsplit_once('/').unwrap();
    let mut admin = PgConnection::establish(&format!("{cluster}/postgres")).unwrap();
    admin.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).unwrap();
    let Some(told) = Scrape::of(&server).await else { return };
    assert_eq!(told.value("berth_database_up", &[("database", "postgresql")]), 0.0);
    assert_eq!(told.value("berth_services", &[("freshness", "fresh")]), 1.0);
    assert_eq!(told.samples("berth_log_seq", &[]).count(), 0, "what nobody knows is not told");
    assert_eq!(stranger().get(server.at("/readyz")).send().await.unwrap().status(), 503);
    let put = stranger().post(server.at("/api/v1/services/1-1/capacity/confirm")).json(&json!({}));
    assert_eq!(put.send().await.unwrap().status(), 401, "it answers");
}
