//! The files in `script/deploy` that operators take: that every figure they ask for is told by the server,
//! with the labels they ask by. That the tools which read them take them is held by `script/check-deploy`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::support::homes::{add, care_home};
use crate::support::scrape::Scrape;
use crate::support::server::{Server, stranger};
use crate::support::{BEGIN, Home, stamp};

/// What Prometheus itself adds.
const ADDED: [&str; 3] = ["instance", "job", "le"];

fn rules() -> String {
    std::fs::read_to_string("script/deploy/prometheus/berth.rules.yml").unwrap()
}

/// Every query of the dashboard, its annotations and choices included.
fn dashboard() -> Vec<String> {
    fn gather(value: &Value, into: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match value {
                        Value::String(text) if name == "expr" || name == "query" => into.push(text.clone()),
                        other => gather(other, into),
                    }
                }
            }
            Value::Array(values) => values.iter().for_each(|value| gather(value, into)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let text = std::fs::read_to_string("script/deploy/grafana/berth.json").unwrap();
    let mut queries = Vec::new();
    gather(&serde_json::from_str(&text).unwrap(), &mut queries);
    queries
}

/// The figures a query names, each with the labels it picks them by.
fn asked(query: &str) -> Vec<(String, Vec<String>)> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut asked = Vec::new();
    let mut rest = query;
    while let Some(at) = rest.find(|c: char| c.is_ascii_alphabetic()) {
        let word: String = rest[at..].chars().take_while(|c| is_word(*c)).collect();
        rest = &rest[at + word.len()..];
        if !word.starts_with("berth_") && !word.starts_with("process_") {
            continue;
        }
        let picked = rest.strip_prefix('{').and_then(|inner| inner.split_once('}')).map_or("", |(picked, _)| picked);
        let label = |pair: &str| pair.split(['=', '!']).next().unwrap().trim().to_owned();
        // A value in quotation marks may hold a comma or a bracket; ours hold none but `{name}`.
        let labels = picked.split(',').filter(|pair| pair.contains('=')).map(label).collect();
        asked.push((word, labels));
    }
    asked
}

#[tokio::test(flavor = "multi_thread")]
async fn alerts_and_dashboard_ask_for_nothing_that_the_server_does_not_tell() {
    let home = Home::on_sqlite();
    add(&home.db(), stamp(BEGIN), vec![care_home("1-1", "Alder House")]);
    let server = Server::start(&home);
    stranger().get(server.at("/livez")).send().await.unwrap();
    server.app.work_ended.one("digest", "done");
    let Some(told) = Scrape::of(&server).await else { return };
    let mut known: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for family in &told.families {
        known.entry(&family.name).or_default();
        for sample in &family.samples {
            known.entry(&sample.name).or_default().extend(sample.labels.keys().map(String::as_str));
        }
    }
    let (rules, dashboard) = (rules(), dashboard());
    let queries: Vec<&str> =
        rules.lines().filter(|line| !line.contains("summary:") && !line.trim_start().starts_with('#')).collect();
    let all: Vec<_> = queries.iter().copied().chain(dashboard.iter().map(String::as_str)).flat_map(asked).collect();
    assert!(all.len() > 50, "{}", all.len());
    for (name, labels) in all {
        let has = known.get(name.as_str()).unwrap_or_else(|| panic!("{name} is not told"));
        // What has no sample yet has no labels to compare with.
        let fits = |label: &String| has.is_empty() || has.contains(label.as_str()) || ADDED.contains(&label.as_str());
        assert!(labels.iter().all(fits), "{name} has {has:?}, not {labels:?}");
    }
}

#[test]
fn what_a_query_asks_for_is_found() {
    let query =
        "sum by (a) (rate(berth_x_total{status=\"5xx\",route!=\"/r\"}[5m])) > 0 and process_y / berth_z{q=~\"a|b\"}";
    let found: Vec<(String, Vec<String>)> = asked(query);
    let names: Vec<(&str, Vec<&str>)> =
        found.iter().map(|(name, labels)| (name.as_str(), labels.iter().map(String::as_str).collect())).collect();
    assert_eq!(names, [("berth_x_total", vec!["status", "route"]), ("process_y", vec![]), ("berth_z", vec!["q"])]);
}

#[test]
fn every_alert_says_what_to_do_and_is_in_the_documentation() {
    let (rules, text) = (rules(), std::fs::read_to_string("docs/how-to/monitor.md").unwrap());
    let alerts: Vec<&str> = rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert_eq!(alerts.len(), rules.matches("          action: ").count());
    assert_eq!(alerts.len(), rules.matches("          summary: ").count());
    let missing: Vec<&&str> = alerts.iter().filter(|alert| !text.contains(&format!("| `{alert}` |"))).collect();
    assert!(alerts.len() > 10 && missing.is_empty(), "{missing:?}");
}
