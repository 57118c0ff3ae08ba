//! The whole model of capacity: what can be told is stored, logged and shown to whom it is for, and
//! what was said to last until a day ends by itself after it, once, whoever was away at midnight.

use berth::app::App;
use berth::domain::capacity::{Capacity, Line};
use berth::domain::care_service::CareServiceId;
use berth::domain::change::{Change, ChangeKind};
use berth::domain::person::Target;
use berth::domain::words::{AdmissionStatus, Scope, Source};
use berth::jobs::lapse;
use berth::store::{changes, services};
use chrono::Duration;
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;

use crate::support::homes::{add, care_home, confirmed, nursing};
use crate::support::manager::stored;
use crate::support::server::Server;
use crate::support::{BEGIN, Home, stamp};

const CAPACITY: &str = "/api/v1/services/1-1/capacity";

/// Alder House with ten nursing beds: seven occupied, one reserved, two accepting.
fn alder(home: &Home) {
    let mut alder = care_home("1-1", "Alder House");
    alder.capacity = confirmed(stamp(BEGIN), vec![nursing(10, 7, 2)]);
    add(&home.db(), stamp(BEGIN), vec![alder]);
}

fn whole() -> Value {
    json!({
        "status": "closed",
        "closed_until": "2026-11-30",
        "lines": [{
            "bed_type": "dementia_nursing", "stay": "respite", "maximum": 10, "occupied": 5, "reserved": 2,
            "reserved_until": "2026-11-25", "accepting": 2, "not_admittable": 1, "reason": "refurbishment",
            "gender": "female", "funding": ["self", "nhs_continuing"], "weekly_fee": { "from": 120_000, "to": 140_000 },
            "earliest_admission": "2026-12-01", "note": "Garden side",
        }],
        "rooms": [
            { "name": "Room 12", "bed_type": "dementia_nursing", "floor": 0, "en_suite": true, "wheelchair": true,
              "hoist": true, "couples": true, "pets": true, "free_from": "2026-12-01" },
            { "name": "Room 13" },
        ],
    })
}

async fn put(server: &Server, token: &str, body: &Value) -> Response {
    let request = Client::new().put(server.at(CAPACITY)).bearer_auth(token).header("If-Match", "*");
    request.json(body).send().await.unwrap()
}

async fn seen(server: &Server, token: Option<&str>) -> Value {
    let request = Client::new().get(server.at("/api/v1/services/1-1"));
    let request = match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    };
    request.send().await.unwrap().json::<Value>().await.unwrap()["capacity"].take()
}

fn log(home: &Home) -> Vec<Change> {
    home.db().read_now(|c| changes::after(c, 0, 1000)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_told_is_stored_logged_and_shown_to_whom_it_is_for() {
    for home in Home::on_each() {
        alder(&home);
        let server = Server::start(&home);
        let token = server.token(&[Scope::CapacityWrite], vec![Target::All]).await;
        let answer = put(&server, &token, &whole()).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let own = seen(&server, Some(&token)).await;
        for (pointer, value) in [
            ("/closed_until", json!("2026-11-30")),
            ("/vacant", json!(0)),
            ("/lines/0/reserved_until", json!("2026-11-25")),
            ("/lines/0/not_admittable", json!(1)),
            ("/rooms/0", whole()["rooms"][0].clone()),
            ("/rooms/1", json!({ "name": "Room 13" })),
        ] {
            assert_eq!(own.pointer(pointer), Some(&value), "{pointer} in {own:#}");
        }
        let public = seen(&server, None).await;
        assert_eq!((&public["closed_until"], &public["rooms"]), (&own["closed_until"], &own["rooms"]));
        assert!(public["lines"][0].get("reserved_until").is_none(), "it would say that something is reserved");
        let change = log(&home).pop().unwrap();
        assert_eq!(change.service.capacity, stored(&home, "1-1"), "the log holds all of it");

        let mut less = whole();
        less.as_object_mut().unwrap().remove("rooms");
        assert_eq!(put(&server, &token, &less).await.status(), StatusCode::OK);
        assert_eq!(stored(&home, "1-1").rooms.len(), 2, "who knows nothing of rooms takes none away");
        less["rooms"] = json!([]);
        assert_eq!(put(&server, &token, &less).await.status(), StatusCode::OK);
        assert!(stored(&home, "1-1").rooms.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_mistake_in_the_new_words_is_named() {
    let home = Home::on_sqlite();
    alder(&home);
    let server = Server::start(&home);
    let token = server.token(&[Scope::CapacityWrite], vec![Target::All]).await;
    let mut body = whole();
    body["status"] = "open".into();
    body["lines"][0]["reserved"] = 0.into();
    body["lines"][0]["not_admittable"] = 3.into();
    body["rooms"] = json!([
        { "name": "12", "floor": 99, "resident": "somebody" },
        { "name": " 12 ", "pets": "yes", "free_from": "soon" },
        { "floor": 1 },
    ]);
    let problem: Value = put(&server, &token, &body).await.json().await.unwrap();
    let errors = problem["errors"].as_array().unwrap();
    let codes: Vec<_> =
        errors.iter().map(|one| (one["pointer"].as_str().unwrap(), one["code"].as_str().unwrap())).collect();
    for wanted in [
        ("/closed_until", "not_closed"),
        ("/lines/0/reserved_until", "none_reserved"),
        ("/rooms/0/floor", "not_a_floor"),
        ("/rooms/0/resident", "unknown_key"),
        ("/rooms/1/name", "duplicate"),
        ("/rooms/1/pets", "not_true_or_false"),
        ("/rooms/1/free_from", "not_a_date"),
        ("/rooms/2/name", "required"),
    ] {
        assert!(codes.contains(&wanted), "{wanted:?} in {codes:?}");
    }
    assert_eq!(codes.len(), 8);

    home.clock.advance(Duration::days(9));
    let problem: Value = put(&server, &token, &whole()).await.json().await.unwrap();
    let late: Vec<_> = problem["errors"].as_array().unwrap().iter().map(|one| &one["pointer"]).collect();
    assert_eq!(late, ["/closed_until", "/lines/0/reserved_until"], "what is over already is refused");
    assert_eq!(stored(&home, "1-1").version, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_is_warned_of_a_note_that_looks_personal() {
    let home = Home::on_sqlite();
    alder(&home);
    let server = Server::start(&home);
    let token = server.token(&[Scope::CapacityWrite], vec![Target::All]).await;
    let line = json!({ "bed_type": "general_nursing", "maximum": 50, "occupied": 50, "reserved": 0, "accepting": 0 });
    let mut body = json!({ "lines": [line] });
    body["lines"][0]["note"] = "For Mrs Example".into();
    let answer: Value = put(&server, &token, &body).await.json().await.unwrap();
    let warnings: Vec<&str> = answer["warnings"].as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
    assert!(warnings[0].contains("more than the 40 registered beds"), "{warnings:?}");
    assert!(warnings[1].contains("looks like personal data: it seems to hold the name of a person"), "{warnings:?}");
    assert_eq!(answer["version"], 2, "a warning is no refusal");
}

#[test]
fn what_was_written_before_there_were_such_words_still_reads() {
    let old = json!({
        "version": 3, "status": "closed", "confirmed_at": "2026-11-22T09:30:00Z", "source": "form",
        "lines": [
            { "bed_type": "general_nursing", "stay": "permanent", "maximum": 4, "occupied": 2, "reserved": 1, "accepting": 1 },
            { "area": "SO23", "time_of_day": "morning", "hours_available": 3 },
        ],
    });
    let capacity: Capacity = serde_json::from_value(old.clone()).unwrap();
    assert_eq!((capacity.closed_until, capacity.reopens_as, capacity.rooms.len()), (None, None, 0));
    assert!(matches!(&capacity.lines[0], Line::Bed(line) if line.reserved_until.is_none()));
    assert_eq!(serde_json::to_value(&capacity).unwrap(), old, "and is written as it was");
}

/// Alder House closed until the 30th, two of its places reserved until the 25th.
async fn with_ends(home: &Home) {
    alder(home);
    let server = Server::start(home);
    let token = server.token(&[Scope::CapacityWrite], vec![Target::All]).await;
    let mut open = whole();
    open.as_object_mut().unwrap().remove("closed_until");
    open["status"] = "on_request".into();
    assert_eq!(put(&server, &token, &open).await.status(), StatusCode::OK);
    assert_eq!(put(&server, &token, &whole()).await.status(), StatusCode::OK);
}

/// Two nodes look at once, each with a board of its own; how many services they changed together.
async fn two_look(home: &Home) -> usize {
    let nodes: [Arc<App>; 2] = [home.app(), home.app()];
    let (one, other) = tokio::join!(lapse::round(&nodes[0]), lapse::round(&nodes[1]));
    one.unwrap() + other.unwrap()
}

fn line(capacity: &Capacity) -> (u16, u16, u16) {
    let line = capacity.beds().next().unwrap();
    (line.occupied, line.reserved, line.accepting)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_and_a_closure_end_by_themselves_once_though_nobody_was_there_at_midnight() {
    for home in Home::on_each() {
        with_ends(&home).await;
        let before = stored(&home, "1-1");
        assert_eq!((line(&before), before.reopens_as), ((5, 2, 2), Some(AdmissionStatus::OnRequest)));
        // The last second of the 25th, then the first of the 26th, with no server running.
        home.clock.advance(stamp("2026-11-25T23:59:59Z").since(home.clock.now()));
        assert_eq!(two_look(&home).await, 0);
        home.clock.advance(Duration::seconds(1));
        assert_eq!(two_look(&home).await, 1, "one of two nodes does it");
        let freed = stored(&home, "1-1");
        assert_eq!(
            (line(&freed), freed.status, freed.source),
            ((5, 0, 4), AdmissionStatus::Closed, Some(Source::Lapsed))
        );
        assert_eq!(
            (freed.version, freed.confirmed_at),
            (before.version + 1, before.confirmed_at),
            "nobody looked at them"
        );
        assert_eq!(freed.beds().next().unwrap().reserved_until, None);
        assert_eq!(two_look(&home).await, 0);

        // A server that comes back long after does the rest by itself.
        home.clock.advance(Duration::days(40));
        let server = Server::start(&home);
        let mut hint = server.app.db.hint();
        let waited = tokio::time::timeout(std::time::Duration::from_secs(30), async {
            while stored(&home, "1-1").status == AdmissionStatus::Closed {
                hint.changed().await.unwrap();
            }
        });
        waited.await.expect("it re-opens");
        let open = stored(&home, "1-1");
        assert_eq!((open.status, open.closed_until, open.reopens_as), (AdmissionStatus::OnRequest, None, None));
        let by_time = log(&home).into_iter().filter(|change| change.actor == "time");
        let kinds: Vec<_> = by_time.map(|change| (change.kind, change.service.capacity.version)).collect();
        assert_eq!(kinds, [(ChangeKind::CapacityUpdated, 4), (ChangeKind::CapacityUpdated, 5)]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_day_that_ends_is_the_local_one() {
    let home = Home::on_sqlite_at("2026-06-29T10:00:00Z");
    let mut alder = care_home("1-1", "Alder House");
    let mut told = nursing(10, 7, 2);
    if let Line::Bed(line) = &mut told {
        line.reserved_until = stamp("2026-06-30T00:00:00Z").utc().date_naive().into();
    }
    alder.capacity = confirmed(home.clock.now(), vec![told]);
    add(&home.db(), home.clock.now(), vec![alder]);
    home.clock.advance(stamp("2026-06-30T22:59:59Z").since(home.clock.now()));
    assert_eq!(two_look(&home).await, 0);
    home.clock.advance(Duration::seconds(1));
    assert_eq!(two_look(&home).await, 1, "in summer the day ends an hour before that of Greenwich");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_kept_for_an_enquiry_has_a_time_of_its_own() {
    let home = Home::on_sqlite();
    alder(&home);
    let server = Server::start(&home);
    let token = server.token(&[Scope::Admin], vec![Target::All]).await;
    let post = |path: String, body: Value| {
        let request = Client::new().post(server.at(&path)).bearer_auth(&token).json(&body);
        async move { request.send().await.unwrap() }
    };
    let need = json!({ "bed_type": "general_nursing", "start": "2026-12-10", "funding": "self", "needs": [] });
    let asked = json!({ "kind": "hold", "services": ["1-1"], "need": need });
    let made = post("/api/v1/enquiries".to_owned(), asked).await;
    let address = made.headers()["Location"].to_str().unwrap().to_owned();
    let until = json!({ "answer": "yes", "until": "2026-12-01T12:00:00Z" });
    assert_eq!(post(format!("{address}/answers/1-1"), until).await.status(), StatusCode::OK);
    let update = json!({ "lines": [{ "bed_type": "general_nursing", "maximum": 10, "occupied": 7, "reserved": 2,
        "reserved_until": "2026-11-22", "accepting": 1 }] });
    assert_eq!(put(&server, &token, &update).await.status(), StatusCode::OK);
    drop(server);
    home.clock.advance(Duration::days(1));
    assert_eq!(two_look(&home).await, 1);
    assert_eq!(line(&stored(&home, "1-1")), (7, 1, 2), "the home's own is free, the enquiry's is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_left_the_register_is_left_alone() {
    let home = Home::on_sqlite();
    with_ends(&home).await;
    let db = home.db();
    db.write_now(|c| {
        let before = services::get(c, &CareServiceId::from_text("1-1"))?;
        let mut after = before.service.clone();
        after.left_at = Some(stamp(BEGIN));
        changes::record_after(c, &before, &after, stamp(BEGIN), ChangeKind::ServiceLeft, "test")
    })
    .unwrap();
    home.clock.advance(Duration::days(40));
    assert_eq!(two_look(&home).await, 0);
}
