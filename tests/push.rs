//! Notifications, as a push service and a browser see them: what is in them, when they are replaced
//! and taken back, and what becomes of them when the service misbehaves.

use berth::domain::person::EmailAddress;
use berth::domain::words::Role;
use berth::jobs::runner::{Became, Step};
use berth::notify::push::Pusher;
use berth::ops::subscribe_device::{self, Subscription};
use berth::store::devices::{self, Device};
use berth::store::{Error, jobs, people};
use chrono::Duration;
use serde_json::{Value, json};

use crate::support::homes::nursing;
use crate::support::html;
use crate::support::office::Office;
use crate::support::push_service::PushService;
use crate::support::server::{Server, stranger};
use crate::support::{self, Home};

const PRIVATE: (&str, &str) = ("BERTH_PUSH_ALLOW_PRIVATE", "true");

/// A member of staff with an alert for nursing beds and one browser.
struct Desk {
    office: Office,
    service: PushService,
    browser: Value,
}

impl Desk {
    async fn open(home: &Home, own: Value) -> Option<Self> {
        let service = PushService::start(home).await?;
        let office = Office::open_with(home, &[PRIVATE]);
        support::invite(&office.app, "sam@example.gov.uk", Role::Staff).await;
        let browser = service.subscribe(office.app.pusher.public_key()).await;
        keep(&office, &browser).await;
        let mut alert = json!({ "name": "Nursing", "query": "vacant=1&bed_type=general_nursing", "channels": ["push"], "email": "sam@example.gov.uk" });
        alert.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
        office.alert(alert).await;
        for (id, name) in [("1-1", "Rose House"), ("1-2", "Elm Court")] {
            office.home(id, name).await;
        }
        Some(Self { office, service, browser })
    }

    /// So many places at a home, told and followed but not yet sent.
    async fn tell(&self, id: &str, accepting: u16) {
        self.office.tell(id, vec![nursing(40, 30, accepting)]).await;
        self.office.follow().await;
    }

    /// The same, and sent; the messages of the push service since the ones before.
    async fn told(&self, id: &str, accepting: u16) -> Vec<Value> {
        let before = self.service.taken(0).await.len();
        self.tell(id, accepting).await;
        self.office.work().await;
        self.service.taken(0).await.split_off(before)
    }

    async fn devices(&self) -> usize {
        let all = self.office.app.db.read(|c| {
            let sam = people::by_email(c, &EmailAddress::parse("sam@example.gov.uk").unwrap())?.unwrap();
            devices::of_person(c, &sam.id)
        });
        all.await.unwrap().len()
    }
}

/// Subscribes a browser for Sam, as the page does.
async fn keep(office: &Office, browser: &Value) {
    let text = |pointer: &str| browser.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    let sam = office.app.db.read(|c| people::by_email(c, &EmailAddress::parse("sam@example.gov.uk").unwrap()));
    let sam = sam.await.unwrap().unwrap();
    let subscription = Subscription {
        endpoint: text("/endpoint"),
        p256dh: text("/keys/p256dh"),
        auth: text("/keys/auth"),
        device: "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0".to_owned(),
    };
    let actor = berth::domain::actor::Actor::person(sam.id, &sam.grants);
    subscribe_device::run(&office.app.db, &office.app.clock, actor, subscription).await.unwrap();
}

fn one(steps: Vec<Step>) -> Became {
    assert_eq!(steps.len(), 1, "{steps:?}");
    steps.into_iter().next().unwrap().became
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_says_what_the_alert_found_and_only_its_browser_can_read_it() {
    for home in Home::on_each() {
        let Some(desk) = Desk::open(&home, json!({})).await else { return };
        let told = desk.told("1-1", 2).await;
        assert_eq!(told.len(), 1, "{told:?}");
        let message = &told[0];
        assert_eq!(message["wrong"], Value::Null);
        let payload = &message["payload"];
        assert_eq!(payload["title"], "Rose House");
        assert_eq!(payload["body"], "2 general nursing places, 9:30am\nNursing");
        assert!(payload["url"].as_str().unwrap().ends_with("/services/1-1"), "{payload}");
        assert_eq!(payload["silent"], false);
        assert_eq!((&message["ttl"], &message["urgency"]), (&json!(3600), &json!("high")));
        assert_eq!(message["topic"], payload["tag"]);
        assert_eq!(message["claims"]["sub"], "mailto:berth@localhost");
        assert!(desk.told("1-1", 3).await.is_empty(), "it matched before, and further places were not asked for");
        assert!(desk.told("1-2", 0).await.is_empty(), "it does not match");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_notification_takes_the_place_of_one_that_was_not_read_and_tells_all_that_stands() {
    let home = Home::on_sqlite();
    let Some(desk) = Desk::open(&home, json!({})).await else { return };
    desk.told("1-1", 2).await;
    home.clock.advance(Duration::minutes(10));
    let told = desk.told("1-2", 1).await;
    assert_eq!(told[0]["payload"]["title"], "2 services now match");
    assert_eq!(
        told[0]["payload"]["body"],
        "2 general nursing places, 9:30am\n1 general nursing place, 9:40am\nNursing"
    );
    let waiting = desk.service.mailbox(&desk.browser).await;
    assert_eq!(waiting.len(), 1, "one notification of this alert, not two: {waiting:?}");

    home.clock.advance(Duration::minutes(5));
    let told = desk.told("1-1", 0).await;
    assert_eq!((&told[0]["payload"]["title"], &told[0]["payload"]["silent"]), (&json!("Elm Court"), &json!(true)));
    assert_eq!(told[0]["urgency"], "normal");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_is_taken_back_when_the_place_is_gone_before_it_is_read() {
    for home in Home::on_each() {
        let Some(desk) = Desk::open(&home, json!({})).await else { return };
        let first = desk.told("1-1", 1).await;
        let second = desk.told("1-1", 0).await;
        assert_eq!(second.len(), 1);
        assert_eq!(second[0]["topic"], first[0]["topic"]);
        assert_eq!(second[0]["payload"]["title"], "Rose House no longer matches");
        assert_eq!(second[0]["payload"]["silent"], true);
        let waiting = desk.service.mailbox(&desk.browser).await;
        assert_eq!(waiting.len(), 1);
        assert_eq!(waiting[0]["payload"], second[0]["payload"]);
        assert_eq!(desk.told("1-1", 1).await[0]["payload"]["title"], "Rose House", "and back again is news");

        home.clock.advance(Duration::hours(2));
        assert!(desk.told("1-1", 0).await.is_empty(), "after an hour no push service keeps it, and nobody is told");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_is_gone_before_anything_was_sent_is_not_told_at_all() {
    let home = Home::on_sqlite();
    let Some(desk) = Desk::open(&home, json!({})).await else { return };
    desk.tell("1-1", 1).await;
    desk.office.tell("1-1", vec![nursing(40, 30, 0)]).await;
    assert_eq!(one(desk.office.work().await), Became::Done);
    assert!(desk.service.taken(0).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_goes_while_it_is_being_told_is_taken_back() {
    let home = Home::on_sqlite();
    let Some(desk) = Desk::open(&home, json!({})).await else { return };
    desk.service.next(json!([{ "late": true }])).await;
    desk.tell("1-1", 1).await;
    let change = async {
        desk.service.taken(1).await;
        desk.tell("1-1", 0).await;
        desk.service.release().await;
    };
    tokio::join!(desk.office.work(), change);
    desk.office.work().await;
    let titles: Vec<Value> = desk.service.taken(2).await.iter().map(|one| one["payload"]["title"].clone()).collect();
    assert_eq!(titles, ["Rose House", "Rose House no longer matches"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_further_place_is_told_to_who_asked_for_it() {
    let home = Home::on_sqlite();
    let Some(desk) = Desk::open(&home, json!({ "further": true })).await else { return };
    assert_eq!(desk.told("1-1", 1).await.len(), 1);
    assert_eq!(desk.told("1-1", 3).await[0]["payload"]["body"], "3 general nursing places, 9:30am\nNursing");
    assert!(desk.told("1-1", 2).await.is_empty(), "one less is no news");
    assert_eq!(desk.service.mailbox(&desk.browser).await.len(), 1);
}

/// What the service does, what becomes of the work, and whether the browser is still known.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_push_service_does_each_fault_has_its_end() {
    let home = Home::on_sqlite();
    let Some(desk) = Desk::open(&home, json!({})).await else { return };
    desk.service.next(json!([{ "late": true }])).await;
    desk.tell("1-1", 1).await;
    let release = async {
        desk.service.taken(1).await;
        desk.service.release().await;
    };
    let (steps, ()) = tokio::join!(desk.office.work(), release);
    assert_eq!(one(steps), Became::Done, "a late 201 is a 201");

    let hour = Duration::hours(1);
    for (mood, wait) in [
        (json!({ "status": 429, "headers": { "retry-after": "7200" } }), Some(hour * 2)),
        (json!({ "status": 429 }), None),
        (json!({ "status": 500 }), None),
        (json!({ "status": 503, "headers": { "retry-after": "120" } }), Some(Duration::minutes(2))),
        (json!({ "status": 307, "headers": { "location": "/subscribe" } }), None),
        (json!({ "hang": true }), None),
    ] {
        home.clock.advance(hour * 2);
        desk.service.set_clock(&home).await;
        desk.service.next(json!([mood])).await;
        desk.tell("1-1", 0).await;
        desk.tell("1-1", 1).await;
        let before = home.clock.now();
        let Became::Waits(until) = one(desk.office.work().await) else { panic!("{mood} is tried again") };
        match wait {
            Some(wait) => assert_eq!(until.since(before), wait, "{mood}"),
            None => assert!(until.since(before) <= Duration::minutes(1), "{mood}"),
        }
        home.clock.advance(until.since(before));
        desk.service.set_clock(&home).await;
        assert_eq!(one(desk.office.work().await), Became::Done, "{mood}");
    }
    for status in [400, 413] {
        home.clock.advance(hour * 2);
        desk.service.set_clock(&home).await;
        desk.service.next(json!([{ "status": status }])).await;
        desk.tell("1-1", 0).await;
        desk.tell("1-1", 1).await;
        assert_eq!(one(desk.office.work().await), Became::GivenUp, "{status}");
        assert_eq!(desk.devices().await, 1, "{status} is about the message, not the browser");
    }
    for status in [404, 410] {
        home.clock.advance(hour * 2);
        desk.service.set_clock(&home).await;
        keep(&desk.office, &desk.browser).await;
        desk.service.next(json!([{ "status": status }])).await;
        desk.tell("1-1", 0).await;
        desk.tell("1-1", 1).await;
        assert_eq!(one(desk.office.work().await), Became::GivenUp, "{status}");
        assert_eq!(desk.devices().await, 0, "{status}: the browser is forgotten");
    }
    let wrong: Vec<Value> = desk.service.taken(0).await.into_iter().filter(|one| one["wrong"] != Value::Null).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_service_that_is_away_delays_nobody_elses() {
    let home = Home::on_sqlite();
    let Some(desk) = Desk::open(&home, json!({})).await else { return };
    let dead = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut away = desk.browser.clone();
    away["endpoint"] = json!(format!("http://localhost:{}/push/x", dead.port()));
    keep(&desk.office, &away).await;
    assert_eq!(desk.told("1-1", 1).await.len(), 1);
    let waiting = desk.office.app.db.read(|c| jobs::all(c, 10)).await.unwrap();
    assert_eq!(waiting.len(), 1);
    assert!(waiting[0].last_error.as_deref().unwrap().contains("no connection"), "{waiting:?}");
    home.clock.advance(Duration::seconds(1));
    assert!(desk.told("1-2", 1).await[0]["payload"]["title"] == "2 services now match");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_address_is_refused_and_one_that_slipped_in_is_forgotten() {
    let home = Home::on_sqlite();
    let server = Server::start(&home);
    let key = Pusher::make_key();
    let pusher = Pusher::new(&home.config_with(&[PRIVATE]), &key).unwrap();
    let Some(service) = PushService::start(&home).await else { return };
    let browser = service.subscribe(pusher.public_key()).await;
    let api = server.at("/api/v1/push/subscriptions");
    let asked = stranger().post(&api).json(&browser).send().await.unwrap();
    assert_eq!(asked.status().as_u16(), 422);
    let problem: Value = asked.json().await.unwrap();
    assert_eq!(problem["errors"][0]["pointer"], "/endpoint");

    // As if the operator had allowed it before.
    let kept = home.clock.now();
    let text = |pointer: &str| browser.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    let device = Device {
        id: berth::domain::alert::DeviceId::fresh(kept),
        person: None,
        endpoint: text("/endpoint"),
        p256dh: text("/keys/p256dh"),
        auth: text("/keys/auth"),
        device: String::new(),
        made_at: kept,
        used_at: None,
    };
    let endpoint = device.endpoint.clone();
    server.app.db.write(move |c| devices::put(c, &device)).await.unwrap();
    let test = format!("{api}/test");
    let asked = stranger().post(&test).json(&json!({ "endpoint": endpoint })).send().await.unwrap();
    assert_eq!(asked.status().as_u16(), 204);
    let mut hint = server.app.db.hint();
    let gone = async {
        loop {
            let endpoint = endpoint.clone();
            let known: Result<_, Error> = server.app.db.read(move |c| devices::by_endpoint(c, &endpoint)).await;
            if known.unwrap().is_none() {
                break;
            }
            hint.changed().await.unwrap();
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), gone).await.unwrap();
    assert!(service.taken(0).await.is_empty(), "nothing was ever sent there");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_lists_ones_devices_tests_them_and_forgets_them() {
    let home = Home::on_sqlite();
    let Some(service) = PushService::start(&home).await else { return };
    let server = Server::start_with(&home, &[PRIVATE]);
    let sam = server.browser("sam@example.gov.uk", Role::Staff, vec![berth::domain::person::Target::All]).await;
    let other = server.browser("kim@example.gov.uk", Role::Staff, vec![berth::domain::person::Target::All]).await;
    let key: Value = sam.get(server.at("/api/v1/push/key")).send().await.unwrap().json().await.unwrap();
    let browser = service.subscribe(key["key"].as_str().unwrap()).await;
    let kept = sam
        .post(server.at("/api/v1/push/subscriptions"))
        .header("User-Agent", "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/142.0 Safari/537.36 Edg/142.0")
        .json(&browser);
    assert_eq!(kept.send().await.unwrap().status().as_u16(), 201);

    let page = html::get(&sam, &server.at("/alerts")).await;
    assert!(page.says("Edge on Windows") && page.says("No notification yet"), "{}", page.text());
    let action = |end: &str| page.actions().into_iter().find(|action| action.ends_with(end)).unwrap();
    let (test, remove) = (action("/test"), action("/remove"));
    let others = html::get(&other, &server.at("/alerts")).await;
    assert!(!others.says("Edge on Windows"));
    assert_eq!(html::post(&other, &server.at(&test), &others.form("/sign-out")).await.status.as_u16(), 404);
    assert_eq!(html::press(&sam, &server, &page, &test, &[]).await.location(), "/alerts?done=tested");
    let taken = service.taken(1).await;
    assert_eq!(taken[0]["payload"]["title"], "Berth reaches this device", "{taken:?}");
    assert_eq!(html::press(&sam, &server, &page, &remove, &[]).await.location(), "/alerts?done=removed");
    assert!(!html::get(&sam, &server.at("/alerts")).await.says("Edge on Windows"));
}
