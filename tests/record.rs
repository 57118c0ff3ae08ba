//! What managers get back for true figures: how their service was met, counted without saying by
//! whom, how it compares, its history, and the numbers of the national return.

use berth::domain::care_service::CareServiceId;
use berth::domain::interest::Interest;
use berth::domain::person::Target;
use berth::domain::words::{BedType, Role};
use berth::ops::count_interest;
use berth::store::{enquiries, interest};
use chrono::Duration;
use reqwest::{Client, Method, StatusCode};
use serde_json::json;
use tokio::test;

use crate::support::homes::{add, bed, care_home, confirmed, nursing};
use crate::support::html::{get, post, set};
use crate::support::manager::{self, CONFIRM, FORM, begin, form, send};
use crate::support::server::{Server, stranger};
use crate::support::{BEGIN, Home, stamp};

const PAGE: &str = "/update/1-1/record";

async fn counted(server: &Server) -> Interest {
    count_interest::run(&server.app.db, &server.app.interest).await.unwrap();
    let all = server.app.db.read(|c| interest::since(c, "2026-11-01".parse().unwrap())).await.unwrap();
    all.into_iter().find(|(id, _)| id.as_str() == "1-1").map(|(_, met)| met).unwrap_or_default()
}

async fn look(server: &Server, browser: &Client, path: &str) {
    assert_eq!(browser.get(server.at(path)).send().await.unwrap().status(), StatusCode::OK, "{path}");
}

#[test(flavor = "multi_thread")]
async fn what_people_meet_is_counted_by_service_and_day_and_its_own_managers_are_not() {
    for home in Home::on_each() {
        let (server, manager) = begin(&home).await;
        for path in ["/search?q=alder", "/search?q=beech", "/services/1-1", "/services/1-1", "/services/1-2"] {
            look(&server, &stranger(), path).await;
            look(&server, &manager, path).await;
        }
        stranger().request(Method::HEAD, server.at("/services/1-1")).send().await.unwrap();
        assert_eq!(counted(&server).await, Interest { found: 1, seen: 2, seen_full: 0 });
        let mut fields = form(&server, &manager).await;
        set(&mut fields, "lines-0-occupied", "9");
        set(&mut fields, "lines-0-accepting", "0");
        assert_eq!(send(&server, &manager, &fields).await.status, StatusCode::SEE_OTHER);
        look(&server, &stranger(), "/services/1-1").await;
        assert_eq!(counted(&server).await, Interest { found: 1, seen: 3, seen_full: 1 });
        home.clock.advance(Duration::days(8));
        look(&server, &stranger(), "/services/1-1").await;
        assert_eq!(counted(&server).await, Interest { found: 1, seen: 4, seen_full: 1 }, "old figures save no call");
    }
}

#[test(flavor = "multi_thread")]
async fn the_page_says_how_a_home_was_met_what_it_told_and_what_to_copy_into_the_national_return() {
    let home = Home::on_sqlite();
    let (server, manager) = begin(&home).await;
    look(&server, &stranger(), "/services/1-1").await;
    counted(&server).await;
    let need = json!({ "bed_type": "general_nursing", "start": "2026-11-30", "funding": "self", "needs": [] });
    let asked = json!({ "kind": "ask", "services": ["1-1"], "need": need });
    let staff = server.browser("sam@example.gov.uk", Role::Staff, vec![Target::All]).await;
    let sent = staff.post(server.at("/api/v1/enquiries")).json(&asked).send().await.unwrap();
    assert_eq!(sent.status(), StatusCode::CREATED);
    assert_eq!(get(&staff, &server.at(PAGE)).await.status, StatusCode::FORBIDDEN);
    assert_eq!(get(&stranger(), &server.at(PAGE)).await.status, StatusCode::SEE_OTHER);

    home.clock.advance(Duration::days(1));
    let confirm = get(&manager, &server.at(FORM)).await.form(CONFIRM);
    post(&manager, &server.at(CONFIRM), &confirm).await;
    home.clock.advance(Duration::days(1));
    let mut fields = form(&server, &manager).await;
    set(&mut fields, "lines-0-occupied", "8");
    set(&mut fields, "lines-0-accepting", "1");
    send(&server, &manager, &fields).await;

    let page = get(&manager, &server.at(PAGE)).await;
    for said in [
        "Found in searches 0 Page opened 1 Enquiries 1 Phone calls saved, about 1",
        "There are too few services of your kind in Hampshire to compare you with.",
        "The Capacity Tracker takes the next one from 8 December 2026 to the end of 14 December 2026.",
        "General nursing 10 8 1 1",
        "9:30am, 24 November 2026 , manager (the web form) General nursing, permanent: occupied 7 to 8, accepting 2 to 1",
        "9:30am, 23 November 2026 , manager (the web form) Nothing had changed",
        "9:30am, 22 November 2026 , test Listed",
        "24 November 2026 1 8 23 November 2026 2 7 22 November 2026 2 7 21 November 2026 – –",
    ] {
        assert!(page.says(said), "{said:?} is not in\n{}", page.text());
    }
    assert!(
        page.html.contains("<svg class=\"berth-chart\"")
            && page.html.contains("role=\"img\" aria-label=\"Vacancies over 28 days, at most 2.")
    );
    home.clock.advance(Duration::days(14));
    let manager = manager::manager(&server, "m@example.org").await;
    assert!(
        get(&manager, &server.at(PAGE))
            .await
            .says("Open today The Capacity Tracker takes it until the end of 14 December")
    );
    let id = CareServiceId::from_text("1-1");
    let later = home.clock.now();
    assert_eq!(server.app.db.read(move |c| enquiries::count_since(c, &id, later)).await, Ok(0));
}

#[test(flavor = "multi_thread")]
async fn a_home_is_compared_with_the_middle_one_of_its_kind_and_authority() {
    let home = Home::on_sqlite();
    let mut homes: Vec<_> =
        (0..7).map(|number| care_home(&format!("1-{number}"), &format!("House {number}"))).collect();
    for (days, home) in (0..).zip(&mut homes) {
        let lines = vec![nursing(10, 7, 2), bed(BedType::Transitional, 4, 1, 3)];
        home.capacity = confirmed(stamp(BEGIN).minus(Duration::days(days)), lines);
    }
    add(&home.db(), stamp(BEGIN), homes);
    let server = Server::start(&home);
    let manager = manager::manager(&server, "m@example.org").await;
    for number in [0, 2, 3, 4, 5, 5] {
        look(&server, &stranger(), &format!("/services/1-{number}")).await;
    }
    look(&server, &stranger(), "/search").await;
    counted(&server).await;
    let page = get(&manager, &server.at(PAGE)).await;
    let said = "Of 6 other services of your kind in Hampshire, the middle one was found 1 time and opened 1 time. \
                Its figures are 4 days old; yours are 24 hours old.";
    assert!(page.says(said), "{}", page.text());
    assert!(page.says("Transitional 4 1 0 3"));
}
