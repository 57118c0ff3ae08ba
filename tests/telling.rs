//! What a server tells its operator: a log that programs read, and traces to a collector. Neither holds a
//! secret, an address or a search, and neither ever costs somebody an answer.

use std::collections::HashMap;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::support::collector::{Collector, text};
use crate::support::process::Process;
use crate::support::server::stranger;
use crate::trial::Data;

/// Sent at once instead of every five seconds.
const SOON: (&str, &str) = ("OTEL_BSP_SCHEDULE_DELAY", "50");
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

fn figures() -> Value {
    let line = json!({ "bed_type": "general_nursing", "maximum": 9, "occupied": 8, "reserved": 0, "accepting": 1 });
    json!({ "lines": [line] })
}

async fn put(client: &Client, server: &Process, token: &str) -> reqwest::Response {
    let put = client.put(server.at("/api/v1/services/1-0/capacity")).bearer_auth(token).header("If-Match", "*");
    put.header("traceparent", format!("00-{TRACE}-{CALLER}-01")).json(&figures()).send().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_tells_of_each_request_once_by_its_number_and_holds_nothing_secret() {
    let data = Data::sqlite();
    let token = data.fill(2).await;
    let server = Process::start(&data, &[("BERTH_LOG", "json"), ("BERTH_LOG_LEVEL", "trace")]);
    let client = stranger();
    let asked = [
        (Method::GET, "/search?q=zanzibar&near=SO23", "/search"),
        (Method::GET, "/sign-in/zanzibar-link", "/sign-in/{link}"),
        (Method::GET, "/unsubscribe/zanzibar", "/unsubscribe/{token}"),
        (Method::GET, "/answer/zanzibar", "/answer/{token}"),
        (Method::GET, "/zanzibar", "none"),
        (Method::GET, "/api/v1/services/zanzibar", "/api/v1/services/{id}"),
        (Method::GET, "/board?q=zanzibar", "/board"),
    ];
    let mut wanted = HashMap::new();
    for (method, path, route) in asked.clone() {
        let answer = client.request(method.clone(), server.at(path)).send().await.unwrap();
        let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
        let known = wanted.insert(id, (method.to_string(), route, answer.status().as_u16()));
        assert!(known.is_none(), "a number of its own for each");
    }
    let form = client.post(server.at("/sign-in")).form(&[("email", "zanzibar@example.org")]).send().await.unwrap();
    assert!(form.status().is_success() || form.status().is_redirection(), "{}", form.status());
    assert_eq!(put(&client, &server, &token).await.status(), 200);
    let named = client.get(server.at("/livez")).header("X-Request-Id", "proxy-7.x").send().await.unwrap();
    assert_eq!(named.headers()["x-request-id"], "proxy-7.x");
    let forged = client.get(server.at("/livez")).header("X-Request-Id", "zanzibar \"x\"").send().await.unwrap();
    assert_ne!(forged.headers()["x-request-id"], "zanzibar \"x\"");

    let told: Vec<Value> = server.told().into_iter().filter(|line| line["target"] == "berth::request").collect();
    assert_eq!(told.len(), asked.len() + 4, "{told:#?}");
    for (id, (method, route, status)) in &wanted {
        let lines: Vec<&Value> = told.iter().filter(|line| line["fields"]["id"] == **id).collect();
        assert_eq!(lines.len(), 1, "{id}");
        let fields = &lines[0]["fields"];
        assert_eq!(
            (&fields["method"], &fields["route"], &fields["status"]),
            (&json!(method), &json!(route), &json!(status))
        );
        assert!(fields["ms"].as_f64().is_some_and(|ms| ms > 0.0 && ms < 60_000.0), "{fields}");
    }
    let said = server.said();
    for secret in ["zanzibar", token.as_str(), "Bearer"] {
        assert!(!said.to_lowercase().contains(&secret.to_lowercase()), "{secret} is in the log:\n{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_for_people_tells_of_requests_only_where_that_is_wished() {
    let data = Data::sqlite();
    data.fill(1).await;
    for (own, told) in [(vec![], false), (vec![("BERTH_LOG_REQUESTS", "true")], true)] {
        let server = Process::start(&data, &own);
        assert_eq!(stranger().get(server.at("/search")).send().await.unwrap().status(), 200);
        assert_eq!(server.said().contains("GET /search 200"), told, "{}", server.said());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_gets_each_request_with_what_it_waited_for_in_the_trace_it_came_with() {
    let data = Data::sqlite();
    let token = data.fill(1).await;
    let mut collector = Collector::start();
    let server = Process::start(&data, &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url), SOON]);
    assert_eq!(put(&stranger(), &server, &token).await.status(), 200);
    let request = collector.span(|span| span.name == "PUT /api/v1/services/{id}/capacity");
    let hex = |id: &[u8]| id.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!((hex(&request.trace_id), hex(&request.parent_span_id)), (TRACE.to_owned(), CALLER.to_owned()));
    assert_eq!(request.kind, 2, "of a server");
    for (key, value) in [
        ("http.request.method", "PUT"),
        ("http.route", "/api/v1/services/{id}/capacity"),
        ("http.response.status_code", "200"),
    ] {
        assert_eq!(text(&request.attributes, key).as_deref(), Some(value), "{:?}", request.attributes);
    }
    let commit = collector.span(|span| span.name == "commit" && span.parent_span_id == request.span_id);
    assert_eq!(commit.trace_id, request.trace_id);
    assert!(commit.start_time_unix_nano >= request.start_time_unix_nano);
    assert!(commit.end_time_unix_nano > commit.start_time_unix_nano);
    assert!(commit.end_time_unix_nano <= request.end_time_unix_nano);

    // A trace of its own for who brings none, and nothing of what was asked.
    stranger().get(server.at("/search?q=zanzibar")).send().await.unwrap();
    let search = collector.span(|span| span.name == "GET /search");
    assert!(search.parent_span_id.is_empty() && search.trace_id != request.trace_id);
    assert!(!format!("{:?}", collector.spans()).contains("zanzibar"));
    assert!(!server.said().contains("GET /search"), "traces do not bring requests into a log for people");
    let alone = collector.spans().iter().filter(|span| span.name == "commit" && span.parent_span_id.is_empty());
    assert_eq!(alone.count(), 0, "work in the background makes no traces");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_or_never_answers_costs_nobody_anything() {
    let data = Data::sqlite();
    let token = data.fill(1).await;
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for address in [silent.local_addr().unwrap(), gone] {
        let collector = format!("http://{address}");
        let mut server = Process::start(&data, &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector), SOON]);
        let (client, begun) = (stranger(), Instant::now());
        for _ in 0..100 {
            assert_eq!(put(&client, &server, &token).await.status(), 200);
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
        let told = Instant::now();
        server.ask_to_end();
        assert!(server.ended().success());
        assert!(told.elapsed() < Duration::from_secs(15), "{:?}", told.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_an_unreadable_collector_does_not_start_and_says_why() {
    let home = crate::support::Home::on_sqlite();
    let ran = crate::support::command::berth(&home, &["config", "--otel-exporter-otlp-endpoint", "collector:4318"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("OTEL_EXPORTER_OTLP_ENDPOINT must be an address"), "{}", ran.stderr);
}
