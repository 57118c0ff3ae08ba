//! Journeys through the pages in a real browser, against the real server. Each is a script beside this file; here is
//! what it starts from. What a page says in detail is tested where its handler is.

mod every_page;

use std::process::Stdio;
use std::time::Duration;

use berth::domain::authority::AuthorityCode;
use berth::domain::care_service::CareServiceId;
use berth::domain::person::Target;
use berth::domain::words::{Role, Scope};
use berth::jobs::remind;
use chrono::Duration as Span;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::demo::county;
use crate::support::Home;
use crate::support::push_service::PushService;
use crate::support::server::Server;

/// The longest journey, which is the crawl, takes a tenth of it on an idle machine.
const PATIENCE: Duration = Duration::from_secs(1200);

/// The largest council of the demonstration.
const AUTHORITY: &str = "E10099001";

/// The county of the demonstration, served, with nothing in it that moves by itself.
struct Place {
    home: Home,
    server: Server,
}

impl Place {
    fn open() -> Self {
        Self::open_with(&[])
    }

    fn open_with(own: &[(&str, &str)]) -> Self {
        let home = county();
        let server = Server::start_with(&home, own);
        Self { home, server }
    }

    /// The folder of mails, there before the first one comes.
    fn mail(&self) -> std::path::PathBuf {
        let mail = self.home.path("mail");
        std::fs::create_dir_all(&mail).unwrap();
        mail
    }

    /// Under the one name that browsers trust without https, so that they know passkeys.
    fn open_on_localhost() -> Self {
        let home = county();
        let server = Server::start_on_localhost(&home);
        Self { home, server }
    }

    /// The link for the manager of this home.
    async fn manager(&self, home: &Value) -> String {
        let target = Target::Service(CareServiceId::from_text(home["id"].as_str().unwrap()));
        self.server.invite("manager@example.org", Role::Manager, vec![target]).await
    }

    async fn staff(&self) -> String {
        self.server.invite("staff@example.org", Role::Staff, self.authority()).await
    }

    fn authority(&self) -> Vec<Target> {
        vec![Target::Authority(AuthorityCode::parse(AUTHORITY).unwrap())]
    }

    /// A Monday eight days on: who keeps this home is reminded, and the others near by have confirmed.
    async fn a_week_later(&self, home: &Value) {
        self.home.clock.advance(Span::days(8));
        // The server's own round may have been there before.
        remind::round(&self.server.app).await.unwrap();
        let token = self.server.token(&[Scope::CapacityWrite], vec![Target::All]).await;
        let client = reqwest::Client::new();
        let near = self.server.at("/api/v1/services?near=WX1&kind=care_home&vacant=1&limit=100");
        let near: Value = client.get(near).send().await.unwrap().json().await.unwrap();
        for one in near["services"].as_array().unwrap().iter().filter(|one| one["id"] != home["id"]) {
            let confirm = format!("/api/v1/services/{}/capacity/confirm", one["id"].as_str().unwrap());
            let answer = client.post(self.server.at(&confirm)).bearer_auth(&token).send().await.unwrap();
            assert!(answer.status().is_success(), "{confirm}: {}", answer.status());
        }
    }

    /// A care home whose first line has this many places accepting, as `{ id, bed_type }`.
    async fn care_home(&self, suits: impl Fn(u64, u64) -> bool) -> Value {
        let token = self.server.token(&[Scope::StaffRead], vec![Target::All]).await;
        let client = reqwest::Client::new();
        let address = self.server.at("/api/v1/services?kind=care_home&fresh=fresh&limit=100");
        let all: Value = client.get(address).bearer_auth(token).send().await.unwrap().json().await.unwrap();
        let found = all["services"].as_array().unwrap().iter().find(|service| {
            let capacity = &service["capacity"];
            let line = &capacity["lines"][0];
            capacity["status"] == "open"
                && line["stay"] == "permanent"
                && line["occupied"].as_u64().is_some_and(|occupied| occupied > 1)
                && suits(capacity["vacant"].as_u64().unwrap(), line["accepting"].as_u64().unwrap())
        });
        let found = found.expect("the county has such a home");
        json!({ "id": found["id"], "bed_type": found["capacity"]["lines"][0]["bed_type"] })
    }

    /// Runs `tests/pages/NAME.mjs` to its end; what it says is shown if it fails.
    async fn journey(&self, name: &str, mut told: Value) {
        let root = env!("CARGO_MANIFEST_DIR");
        if !std::path::Path::new(root).join("web/node_modules/playwright-core").exists() {
            assert!(
                std::env::var("TEST_ALL").is_err(),
                "script/setup --test must come first when all tests are to run"
            );
            eprintln!("skipped: no browser (script/test brings it)");
            return;
        }
        told["url"] = self.server.url.clone().into();
        let run = Command::new("node")
            .arg(format!("{root}/tests/pages/{name}.mjs"))
            .env("BERTH_JOURNEY", told.to_string())
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let done = tokio::time::timeout(PATIENCE, run).await.expect("the journey comes to its end").unwrap();
        let said = [done.stdout, done.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).join("\n");
        assert!(done.status.success(), "{name}:\n{said}");
        println!("{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_family_finds_care_with_scripts_and_without() {
    Place::open().journey("find_care", json!({ "district": "WX1" })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_publishes_figures_and_loses_nothing_typed() {
    let place = Place::open();
    let home = place.care_home(|_, accepting| accepting > 0).await;
    let manager = place.manager(&home).await;
    place.journey("update", json!({ "manager": manager, "id": home["id"] })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_five_main_journeys_are_made_by_keyboard_and_by_name_with_scripts_and_without() {
    let place = Place::open();
    let home = place.care_home(|_, accepting| accepting > 2).await;
    place.manager(&home).await;
    let mail = place.mail();
    place.a_week_later(&home).await;
    let managers = json!({ "with scripts": place.manager(&home).await, "without scripts": place.manager(&home).await });
    let staff = json!({ "with scripts": place.staff().await, "without scripts": place.staff().await });
    let told = json!({ "home": home, "managers": managers, "staff": staff, "mail": mail, "district": "WX1" });
    place.journey("five_journeys", told).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_pages_are_light_still_and_kept() {
    let place = Place::open();
    let home = place.care_home(|vacant, _| vacant > 0).await;
    let manager = place.manager(&home).await;
    place.journey("light", json!({ "manager": manager, "id": home["id"] })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_board_is_live_and_says_when_it_is_not() {
    let place = Place::open();
    let open = place.care_home(|_, accepting| accepting > 1).await;
    let full = place.care_home(|vacant, _| vacant == 0).await;
    let staff = place.staff().await;
    let token = place.server.token(&[Scope::CapacityWrite], vec![Target::All]).await;
    place.journey("board", json!({ "staff": staff, "token": token, "open": open, "full": full })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_share_one_connection_and_a_board_left_for_a_night_catches_up() {
    let place = Place::open();
    let open = place.care_home(|_, accepting| accepting > 1).await;
    let staff = place.staff().await;
    let night = place.server.invite("night@example.org", Role::Staff, place.authority()).await;
    let token = place.server.token(&[Scope::CapacityWrite], vec![Target::All]).await;
    place.journey("board_tabs", json!({ "staff": staff, "night": night, "token": token, "open": open })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_nursing_homes_with_a_dementia_bed_at_the_council_rate_are_six_clicks_away() {
    let place = Place::open();
    let staff = place.staff().await;
    place.journey("find_three", json!({ "staff": staff, "district": "WX1" })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_was_read_opens_without_a_connection() {
    let place = Place::open();
    let staff = place.staff().await;
    place.journey("offline", json!({ "staff": staff })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_signs_in_where_it_was_asked_for_and_elsewhere_with_its_code() {
    let place = Place::open();
    let home = place.care_home(|_, _| true).await;
    let manager = place.manager(&home).await;
    let mail = place.mail();
    place.journey("sign_in", json!({ "manager": manager, "email": "manager@example.org", "mail": mail })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_family_makes_an_alert_confirms_changes_and_stops_it() {
    let place = Place::open();
    let full = place.care_home(|vacant, _| vacant == 0).await;
    let token = place.server.token(&[Scope::CapacityWrite], vec![Target::All]).await;
    place.journey("alerts", json!({ "mail": place.mail(), "token": token, "full": full })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn notifications_are_asked_for_by_a_click_shown_replaced_and_taken_back() {
    let place = Place::open_with(&[("BERTH_PUSH_ALLOW_PRIVATE", "true")]);
    let Some(service) = PushService::start(&place.home).await else { return };
    let full = place.care_home(|vacant, _| vacant == 0).await;
    let token = place.server.token(&[Scope::CapacityWrite], vec![Target::All]).await;
    let subscription = service.subscribe(place.server.app.pusher.public_key()).await;
    let told = json!({ "staff": place.staff().await, "token": token, "full": full, "service": service.url, "subscription": subscription });
    place.journey("notifications", told).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_is_set_up_used_renamed_and_removed() {
    let place = Place::open_on_localhost();
    let home = place.care_home(|_, accepting| accepting > 0).await;
    let manager = place.manager(&home).await;
    place.journey("passkey", json!({ "manager": manager, "id": home["id"] })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_is_asked_for_in_one_browser_and_kept_in_another() {
    let place = Place::open();
    let home = place.care_home(|_, accepting| accepting > 0).await;
    let (staff, manager, mail) = (place.staff().await, place.manager(&home).await, place.mail());
    place.journey("hold", json!({ "staff": staff, "manager": manager, "mail": mail, "home": home })).await;
}
