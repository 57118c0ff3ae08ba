//! The API of care services and capacity, as programs use it.

use berth::domain::person::Target;
use berth::domain::words::Scope;
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};

use crate::support::homes::{add, care_home, confirmed, nursing};
use crate::support::server::{Server, stranger};
use crate::support::{BEGIN, Home, stamp};

/// A server with three homes, and a token that may write for the first.
async fn begin(home: &Home) -> (Server, Client, String) {
    let mut open = care_home("1-1", "Alder House");
    open.capacity = confirmed(stamp(BEGIN), vec![nursing(10, 8, 1)]);
    add(&home.db(), stamp(BEGIN), vec![open, care_home("1-2", "Beech House"), care_home("1-3", "Cedar House")]);
    let server = Server::start(home);
    let target = Target::Service(berth::domain::care_service::CareServiceId::from_text("1-1"));
    let token = server.token(&[Scope::CapacityWrite], vec![target]).await;
    (server, stranger(), token)
}

fn line(maximum: u32, occupied: u32, reserved: u32, accepting: u32) -> Value {
    json!({ "bed_type": "general_nursing", "maximum": maximum, "occupied": occupied, "reserved": reserved, "accepting": accepting })
}

async fn put(client: &Client, server: &Server, id: &str, token: &str, version: &str, body: &Value) -> Response {
    let address = server.at(&format!("/api/v1/services/{id}/capacity"));
    client.put(address).bearer_auth(token).header("If-Match", version).json(body).send().await.unwrap()
}

async fn body(response: Response) -> Value {
    response.json().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_answers_with_what_is_stored_and_shows_at_once() {
    for home in Home::on_each() {
        let (server, client, token) = begin(&home).await;
        let answer = put(&client, &server, "1-1", &token, "\"1\"", &json!({ "lines": [line(10, 7, 1, 2)] })).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()["ETag"], "\"2\"");
        let told = body(answer).await;
        assert_eq!((&told["version"], &told["seq"]), (&json!(2), &json!(4)));
        assert_eq!(told["service"]["capacity"]["vacant"], 2);
        assert_eq!(told["service"]["capacity"]["lines"][0]["occupied"], 7);

        let seen = client.get(server.at("/api/v1/services/1-1")).send().await.unwrap();
        assert_eq!(seen.headers()["ETag"], "\"2\"");
        let seen = body(seen).await;
        assert_eq!(seen["capacity"]["vacant"], 2);
        assert_eq!(seen["capacity"]["freshness"], "fresh");
        for private in ["occupied", "reserved", "not_admittable", "reason", "source", "confirmed_by"] {
            assert!(seen["capacity"]["lines"][0].get(private).is_none(), "the public sees {private}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_says_why_and_changes_nothing() {
    for home in Home::on_each() {
        let (server, client, token) = begin(&home).await;
        let good = json!({ "lines": [line(10, 7, 1, 2)] });
        let address = server.at("/api/v1/services/1-1/capacity");
        let status = |answer: Response| answer.status().as_u16();

        assert_eq!(status(client.put(&address).header("If-Match", "*").json(&good).send().await.unwrap()), 401);
        assert_eq!(status(put(&client, &server, "1-1", "berth_wrong", "*", &good).await), 401);
        assert_eq!(status(put(&client, &server, "1-2", &token, "*", &good).await), 403);
        assert_eq!(status(put(&client, &server, "1-9", &token, "*", &good).await), 404);
        assert_eq!(status(client.put(&address).bearer_auth(&token).json(&good).send().await.unwrap()), 428);
        let broken = client.put(&address).bearer_auth(&token).header("If-Match", "*").body("{").send().await.unwrap();
        assert_eq!(status(broken), 400);
        let stale = put(&client, &server, "1-1", &token, "\"0\"", &good).await;
        assert_eq!((stale.status().as_u16(), stale.headers()["ETag"].to_str().unwrap()), (412, "\"1\""));

        let wrong = json!({ "status": "ajar", "lines": [line(10, 9, 1, 2), { "bed_type": "hammock" }] });
        let refused = put(&client, &server, "1-1", &token, "*", &wrong).await;
        assert_eq!(refused.headers()["Content-Type"], "application/problem+json");
        assert_eq!(refused.status().as_u16(), 422);
        let problem = body(refused).await;
        let pointers: Vec<&str> =
            problem["errors"].as_array().unwrap().iter().map(|e| e["pointer"].as_str().unwrap()).collect();
        for pointer in ["/status", "/lines/0/maximum", "/lines/1/bed_type", "/lines/1/maximum", "/lines/1/accepting"] {
            assert!(pointers.contains(&pointer), "{pointer} in {pointers:?}");
        }
        let seen = body(client.get(server.at("/api/v1/services/1-1")).send().await.unwrap()).await;
        assert_eq!(seen["capacity"]["version"], 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_is_done_once_and_answered_alike() {
    for home in Home::on_each() {
        let (server, client, token) = begin(&home).await;
        let address = server.at("/api/v1/services/1-1/capacity");
        let send = |accepting: u32| {
            let body = json!({ "lines": [line(10, 7, 3 - accepting, accepting)] });
            let request = client.put(&address).bearer_auth(&token).header("If-Match", "\"1\"");
            request.header("Idempotency-Key", "k1").json(&body).send()
        };
        let first = body(send(2).await.unwrap()).await;
        let again = send(2).await.unwrap();
        assert_eq!(again.status(), StatusCode::OK);
        assert_eq!(body(again).await, first);
        assert_eq!(send(1).await.unwrap().status().as_u16(), 422);

        home.clock.advance(chrono::Duration::hours(25));
        assert_eq!(send(2).await.unwrap().status().as_u16(), 412);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bed_and_nothing_changed_are_told_in_one_call() {
    for home in Home::on_each() {
        let (server, client, token) = begin(&home).await;
        let post = |path: &str, body: Value| client.post(server.at(path)).bearer_auth(&token).json(&body).send();
        let adjust = "/api/v1/services/1-1/capacity/adjust";
        let taken = body(post(adjust, json!({ "bed_type": "general_nursing", "accepting": -1 })).await.unwrap()).await;
        let line = &taken["service"]["capacity"]["lines"][0];
        assert_eq!((&line["occupied"], &line["accepting"], &taken["version"]), (&json!(9), &json!(0), &json!(2)));
        let none_left = post(adjust, json!({ "bed_type": "general_nursing", "accepting": -1 })).await.unwrap();
        assert_eq!(none_left.status().as_u16(), 422);

        home.clock.advance(chrono::Duration::hours(30));
        let before = body(client.get(server.at("/api/v1/services/1-1")).send().await.unwrap()).await;
        assert_eq!(before["capacity"]["freshness"], "ageing");
        let confirmed = body(post("/api/v1/services/1-1/capacity/confirm", json!({})).await.unwrap()).await;
        let capacity = &confirmed["service"]["capacity"];
        assert_eq!((&capacity["version"], &capacity["freshness"]), (&json!(3), &json!("fresh")));
        assert_eq!(capacity["changed_at"], before["capacity"]["changed_at"]);
        assert_ne!(capacity["confirmed_at"], before["capacity"]["confirmed_at"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_a_list_is_walked_by_its_cursor() {
    for home in Home::on_each() {
        let (server, client, _) = begin(&home).await;
        let mut names = Vec::new();
        let mut cursor = String::new();
        loop {
            let page =
                body(client.get(server.at(&format!("/api/v1/services?limit=1{cursor}"))).send().await.unwrap()).await;
            assert_eq!((&page["total"], &page["seq"]), (&json!(3), &json!(3)));
            names.extend(
                page["services"].as_array().unwrap().iter().map(|service| service["name"].as_str().unwrap().to_owned()),
            );
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(names, ["Alder House", "Beech House", "Cedar House"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_makes_no_sense_is_named() {
    let (server, client, _) = begin(&Home::on_sqlite()).await;
    for (query, pointer) in [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("cursor=xyz", "cursor"),
        ("colour=red", "colour"),
        ("bed_type=hammock", "bed_type"),
        ("near=ZZ99", "near"),
        ("authority=E99999999", "authority"),
    ] {
        let refused = client.get(server.at(&format!("/api/v1/services?{query}"))).send().await.unwrap();
        assert_eq!(refused.status().as_u16(), 400, "{query}");
        assert_eq!(body(refused).await["errors"][0]["pointer"], pointer, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_read_in_pages_with_the_state_of_each_time() {
    for home in Home::on_each() {
        let (server, client, token) = begin(&home).await;
        put(&client, &server, "1-1", &token, "*", &json!({ "lines": [line(10, 7, 1, 2)] })).await;
        put(&client, &server, "1-1", &token, "*", &json!({ "lines": [line(10, 8, 1, 1)] })).await;
        let read = |query: &str| client.get(server.at(&format!("/api/v1/changes?{query}"))).send();
        let first = body(read("after=3&limit=1").await.unwrap()).await;
        assert_eq!((&first["next_after"], &first["changes"][0]["kind"]), (&json!(4), &json!("capacity_updated")));
        assert_eq!(first["changes"][0]["service"]["capacity"]["vacant"], 2);
        assert!(first["changes"][0]["service"]["capacity"]["lines"][0].get("occupied").is_none());
        let rest = body(read("after=4").await.unwrap()).await;
        assert_eq!((&rest["next_after"], &rest["changes"][0]["service"]["capacity"]["vacant"]), (&json!(5), &json!(1)));
        assert_eq!(body(read("after=5").await.unwrap()).await, json!({ "changes": [], "next_after": 5 }));
        assert_eq!(read("after=-1").await.unwrap().status().as_u16(), 400);
        assert_eq!(read("since=1").await.unwrap().status().as_u16(), 400);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn health_and_metrics_answer() {
    let (server, client, _) = begin(&Home::on_sqlite()).await;
    for path in ["/livez", "/readyz"] {
        assert_eq!(client.get(server.at(path)).send().await.unwrap().status(), StatusCode::OK, "{path}");
    }
    let metrics = client.get(server.at("/metrics")).send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains("berth_services{freshness=\"fresh\"} 1"), "{metrics}");
    assert!(metrics.contains("berth_services{freshness=\"never\"} 2"), "{metrics}");
}
