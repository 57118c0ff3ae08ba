//! Enquiries: staff ask, services answer, and a place that is kept always comes back.

use berth::domain::care_service::CareServiceId;
use berth::domain::person::Target;
use berth::domain::words::{Role, Scope};
use berth::ops::end_holds;
use berth::store::changes;
use chrono::Duration;
use reqwest::{Client, Response};
use serde_json::{Value, json};

use crate::support::homes::{add, care_home, confirmed, nursing};
use crate::support::server::{Server, stranger};
use crate::support::{BEGIN, Home, stamp};

/// A server with two homes that each accept one person, a social worker, and a manager of each.
struct Scene {
    server: Server,
    staff: Client,
    manager: Client,
    other: Client,
}

async fn begin(home: &Home) -> Scene {
    let mut homes = vec![care_home("1-1", "Alder House"), care_home("1-2", "Beech House")];
    for home in &mut homes {
        home.capacity = confirmed(stamp(BEGIN).minus(Duration::days(2)), vec![nursing(10, 9, 1)]);
    }
    add(&home.db(), stamp(BEGIN), homes);
    let server = Server::start(home);
    let of = |id: &str| vec![Target::Service(CareServiceId::from_text(id))];
    Scene {
        staff: server.browser("social.worker@example.org", Role::Staff, vec![Target::All]).await,
        manager: server.browser("alder@example.org", Role::Manager, of("1-1")).await,
        other: server.browser("beech@example.org", Role::Manager, of("1-2")).await,
        server,
    }
}

fn enquiry(kind: &str) -> Value {
    json!({
        "kind": kind,
        "services": ["1-1", "1-2"],
        "need": { "bed_type": "general_nursing", "start": "2026-11-30", "funding": "local_authority", "needs": ["hoist"] },
        "case_reference": "LAS-204417",
    })
}

impl Scene {
    /// What the server does by itself every few seconds, too.
    async fn lapse(&self) {
        end_holds::lapse(&self.server.app.db, &self.server.app.clock).await.unwrap();
    }

    async fn post(&self, who: &Client, path: &str, body: &Value) -> Response {
        who.post(self.server.at(path)).json(body).send().await.unwrap()
    }

    async fn ask(&self, kind: &str) -> String {
        let made = self.post(&self.staff, "/api/v1/enquiries", &enquiry(kind)).await;
        assert_eq!(made.status(), 201);
        let address = made.headers()["Location"].to_str().unwrap().to_owned();
        let made: Value = made.json().await.unwrap();
        assert_eq!(address, format!("/api/v1/enquiries/{}", made["id"].as_str().unwrap()));
        address
    }

    async fn answer(&self, who: &Client, address: &str, service: &str, body: Value) -> Response {
        self.post(who, &format!("{address}/answers/{service}"), &body).await
    }

    async fn seen(&self, who: &Client, address: &str) -> Response {
        who.get(self.server.at(address)).send().await.unwrap()
    }

    /// Accepting and reserved places of a home's one line, and its version.
    async fn places(&self, id: &str) -> (u64, u64, i64) {
        let service = self.seen(&self.staff, &format!("/api/v1/services/{id}")).await.json::<Value>().await.unwrap();
        let line = &service["capacity"]["lines"][0];
        let number = |key: &str| line[key].as_u64().unwrap();
        (number("accepting"), number("reserved"), service["capacity"]["version"].as_i64().unwrap())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_ask_and_each_service_answers_for_itself() {
    for home in Home::on_each() {
        let scene = begin(&home).await;
        let address = scene.ask("ask").await;

        let answered = scene.answer(&scene.manager, &address, "1-1", json!({ "answer": "call" })).await;
        assert_eq!(answered.status(), 200);
        let own: Value = answered.json().await.unwrap();
        assert_eq!(own["contact"], "social.worker@example.org");
        assert_eq!(
            own["services"].as_array().unwrap().len(),
            1,
            "a manager sees only what their own service was asked"
        );

        let all: Value = scene.seen(&scene.staff, &address).await.json().await.unwrap();
        assert_eq!(all["services"][0]["answer"], "call");
        assert_eq!(all["services"][0]["name"], "Alder House");
        assert!(all["services"][1].get("answer").is_none());
        assert_eq!(all["need"]["stay"], "permanent");
        assert_eq!(scene.places("1-1").await, (1, 0, 1), "asking moves nothing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_yes_to_a_hold_keeps_a_place_until_its_time_and_then_gives_it_back() {
    for home in Home::on_each() {
        let scene = begin(&home).await;
        let address = scene.ask("hold").await;
        let until = stamp(BEGIN).plus(Duration::hours(6));
        let yes = json!({ "answer": "yes", "until": until });
        let held: Value = scene.answer(&scene.manager, &address, "1-1", yes.clone()).await.json().await.unwrap();
        assert_eq!((&held["services"][0]["hold"], &held["services"][0]["held_until"]), (&json!("held"), &json!(until)));
        assert_eq!(scene.places("1-1").await, (0, 1, 2));
        let again = scene.answer(&scene.manager, &address, "1-1", yes).await;
        assert_eq!((again.status().as_u16(), scene.places("1-1").await), (200, (0, 1, 2)), "said twice, kept once");

        home.clock.advance(Duration::hours(6) - Duration::seconds(1));
        scene.lapse().await;
        assert_eq!(scene.places("1-1").await, (0, 1, 2), "not before its time");
        home.clock.advance(Duration::seconds(1));
        scene.lapse().await;
        let seen: Value = scene.seen(&scene.staff, &address).await.json().await.unwrap();
        assert_eq!(seen["services"][0]["hold"], "lapsed");

        let log = scene.server.app.db.read(|c| changes::after(c, 2, 10)).await.unwrap();
        let told: Vec<_> = log
            .iter()
            .map(|change| {
                let line = change.service.capacity.beds().next().unwrap();
                (change.actor.as_str(), line.accepting, line.reserved, change.service.capacity.confirmed_at)
            })
            .collect();
        let then = Some(stamp(BEGIN));
        assert_eq!(told, [("manager", 0, 1, then), ("time", 1, 0, then)], "time confirms no figures");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_that_is_withdrawn_or_refused_after_all_gives_its_place_back() {
    for home in Home::on_each() {
        let scene = begin(&home).await;
        let address = scene.ask("hold").await;
        for (who, id) in [(&scene.manager, "1-1"), (&scene.other, "1-2")] {
            assert_eq!(scene.answer(who, &address, id, json!({ "answer": "yes" })).await.status(), 200);
            assert_eq!(scene.places(id).await, (0, 1, 2));
        }
        assert_eq!(scene.answer(&scene.manager, &address, "1-1", json!({ "answer": "no" })).await.status(), 200);
        assert_eq!(scene.places("1-1").await, (1, 0, 3));

        assert_eq!(scene.post(&scene.manager, &format!("{address}/withdraw"), &json!({})).await.status(), 403);
        let withdrawn = scene.post(&scene.staff, &format!("{address}/withdraw"), &json!({})).await;
        let withdrawn: Value = withdrawn.json().await.unwrap();
        assert_eq!(withdrawn["services"][1]["hold"], "withdrawn");
        assert_eq!(scene.places("1-2").await, (1, 0, 3));
        assert_eq!(scene.answer(&scene.other, &address, "1-2", json!({ "answer": "yes" })).await.status(), 422);
        home.clock.advance(Duration::days(30));
        scene.lapse().await;
        let last = scene.server.app.db.read(changes::last_seq).await.unwrap();
        assert_eq!(last, 6, "two homes, two places kept, two given back, and none of them twice");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_nobody_has_cannot_be_kept() {
    let home = Home::on_sqlite();
    let scene = begin(&home).await;
    let first = scene.ask("hold").await;
    let second = scene.ask("hold").await;
    assert_eq!(scene.answer(&scene.manager, &first, "1-1", json!({ "answer": "yes" })).await.status(), 200);
    let refused = scene.answer(&scene.manager, &second, "1-1", json!({ "answer": "yes" })).await;
    assert_eq!(refused.status(), 422);
    let refused: Value = refused.json().await.unwrap();
    assert_eq!(refused["errors"][0]["code"], "no_place");
    assert_eq!(scene.places("1-1").await, (0, 1, 2));
    let seen: Value = scene.seen(&scene.staff, &second).await.json().await.unwrap();
    assert!(seen["services"][0].get("answer").is_none(), "a refused answer is not written down");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_the_service_has_filled_meanwhile_is_not_given_back() {
    let home = Home::on_sqlite();
    let scene = begin(&home).await;
    let address = scene.ask("hold").await;
    let until = stamp(BEGIN).plus(Duration::hours(6));
    scene.answer(&scene.manager, &address, "1-1", json!({ "answer": "yes", "until": until })).await;
    let filled = json!({ "lines": [{ "bed_type": "general_nursing", "maximum": 10, "occupied": 10, "reserved": 0, "accepting": 0 }] });
    let put = scene.manager.put(scene.server.at("/api/v1/services/1-1/capacity")).header("If-Match", "*").json(&filled);
    assert_eq!(put.send().await.unwrap().status(), 200);
    home.clock.advance(Duration::hours(6));
    scene.lapse().await;
    assert_eq!(scene.places("1-1").await, (0, 0, 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_staff_ask_and_only_the_services_own_managers_answer() {
    let home = Home::on_sqlite();
    let scene = begin(&home).await;
    let mut one = enquiry("ask");
    one["services"] = json!(["1-1"]);
    assert_eq!(scene.post(&stranger(), "/api/v1/enquiries", &one).await.status(), 401);
    assert_eq!(scene.post(&scene.manager, "/api/v1/enquiries", &one).await.status(), 403);
    let made: Value = scene.post(&scene.staff, "/api/v1/enquiries", &one).await.json().await.unwrap();
    let address = format!("/api/v1/enquiries/{}", made["id"].as_str().unwrap());

    assert_eq!(scene.seen(&stranger(), &address).await.status(), 401);
    assert_eq!(scene.seen(&scene.other, &address).await.status(), 404, "not asked, so not theirs to know");
    assert_eq!(scene.seen(&scene.manager, &address).await.status(), 200);
    let yes = json!({ "answer": "yes" });
    assert_eq!(scene.answer(&scene.other, &address, "1-1", yes.clone()).await.status(), 404);
    assert_eq!(scene.answer(&scene.staff, &address, "1-1", yes.clone()).await.status(), 403);
    assert_eq!(scene.answer(&scene.manager, &address, "1-2", yes.clone()).await.status(), 404);
    assert_eq!(scene.answer(&scene.manager, "/api/v1/enquiries/none", "1-1", yes).await.status(), 404);

    let token = scene.server.token(&[Scope::CapacityWrite], vec![Target::All]).await;
    let by_token = stranger().post(scene.server.at("/api/v1/enquiries")).bearer_auth(token).json(&one);
    assert_eq!(by_token.send().await.unwrap().status(), 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_in_an_enquiry_are_listed_all_at_once() {
    let home = Home::on_sqlite();
    let scene = begin(&home).await;
    let wrong =
        json!({ "kind": "beg", "services": [], "need": { "start": "2020-01-01" }, "case_reference": "Ana Example" });
    let refused = scene.post(&scene.staff, "/api/v1/enquiries", &wrong).await;
    assert_eq!(
        (refused.status().as_u16(), refused.headers()["Content-Type"].to_str().unwrap()),
        (422, "application/problem+json")
    );
    let refused: Value = refused.json().await.unwrap();
    assert_eq!(refused["errors"].as_array().unwrap().len(), 6, "{refused}");

    let mut unknown = enquiry("ask");
    unknown["services"] = json!(["1-1", "1-9"]);
    let refused: Value = scene.post(&scene.staff, "/api/v1/enquiries", &unknown).await.json().await.unwrap();
    assert_eq!(refused["errors"][0]["code"], "unknown_service");
    let broken = scene.staff.post(scene.server.at("/api/v1/enquiries")).body("{").send().await.unwrap();
    assert_eq!(broken.status(), 400);
}
