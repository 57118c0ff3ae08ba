//! The audit over HTTP: who did what from where, for whom it is to read, as a file, and for how long;
//! and that nothing secret is in it.

use berth::domain::authority::AuthorityCode;
use berth::domain::care_service::CareServiceId;
use berth::domain::person::Target;
use berth::domain::words::{Role, Scope};
use berth::jobs::housekeeping;
use berth::store::audit::{self, Search};
use chrono::Duration;
use reqwest::StatusCode;
use tokio::test;

use crate::support::homes::{add, authority, care_home, confirmed, nursing};
use crate::support::html::get;
use crate::support::server::Server;
use crate::support::{BEGIN, Home, stamp};

/// Alder House in Hampshire, Beech House in Portsmouth; each has a manager who has confirmed its figures.
async fn begin(home: &Home) -> Server {
    let mut alder = care_home("1-1", "Alder House");
    alder.capacity = confirmed(stamp(BEGIN), vec![nursing(10, 8, 1)]);
    let mut beech = care_home("1-2", "Beech House");
    beech.facts.authority = authority("E06000044", "Portsmouth");
    beech.capacity = alder.capacity.clone();
    add(&home.db(), stamp(BEGIN), vec![alder, beech]);
    let server = Server::start_with(home, &[("BERTH_CLIENT_ADDRESS_HEADER", "X-Forwarded-For")]);
    for (email, id) in [("alder@example.org", "1-1"), ("beech@example.org", "1-2")] {
        let manager = server.browser(email, Role::Manager, vec![of_service(id)]).await;
        let confirm = manager.post(server.at(&format!("/api/v1/services/{id}/capacity/confirm")));
        let answer = confirm.header("X-Forwarded-For", "10.9.9.9, 192.0.2.7").send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
    }
    server
}

fn of_service(id: &str) -> Target {
    Target::Service(CareServiceId::from_text(id))
}

async fn admin(server: &Server) -> reqwest::Client {
    let hampshire = Target::Authority(AuthorityCode::parse("E10000014").unwrap());
    server.browser("admin@example.org", Role::Admin, vec![hampshire]).await
}

#[test(flavor = "multi_thread")]
async fn an_administrator_reads_who_did_what_from_where_in_their_authority_and_no_other() {
    for home in Home::on_each() {
        let server = begin(&home).await;
        let admin = admin(&server).await;
        let page = get(&admin, &server.at("/admin/audit")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(
            page.says("alder@example.org as manager Said that nothing has changed Alder House version 2 192.0.2.7"),
            "{}",
            page.text()
        );
        assert!(page.says("alder@example.org as manager Signed in"), "{}", page.text());
        assert!(!page.says("beech@example.org") && !page.says("Beech House"), "{}", page.text());
        let operator = server.browser("op@example.org", Role::Operator, Vec::new()).await;
        let all = get(&operator, &server.at("/admin/audit")).await;
        assert!(all.says("Beech House") && all.says("op@example.org as operator Signed in"), "{}", all.text());
        let manager = server.browser("m@example.org", Role::Manager, vec![of_service("1-1")]).await;
        assert_eq!(get(&manager, &server.at("/admin/audit")).await.status, StatusCode::FORBIDDEN);
        assert_eq!(get(&manager, &server.at("/admin/audit.csv")).await.status, StatusCode::FORBIDDEN);
    }
}

#[test(flavor = "multi_thread")]
async fn entries_are_found_by_day_person_and_service() {
    for home in Home::on_each() {
        let server = begin(&home).await;
        let operator = server.browser("op@example.org", Role::Operator, Vec::new()).await;
        for (query, alder, beech) in [
            ("service=1-2", false, true),
            ("person=ALDER@example.org", true, false),
            ("day=2026-11-22", true, true),
            ("day=2026-11-21", false, false),
            ("day=2026-11-22&person=beech@example.org&service=1-1", false, false),
            ("person=nobody@example.org", false, false),
        ] {
            let page = get(&operator, &server.at(&format!("/admin/audit?{query}"))).await;
            assert_eq!(page.status, StatusCode::OK, "{query}");
            assert_eq!(
                (page.says("Alder House"), page.says("Beech House")),
                (alder, beech),
                "{query}: {}",
                page.text()
            );
        }
        let wrong = get(&operator, &server.at("/admin/audit?day=yesterday&person=somebody")).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.error_at("day").contains("2026-11-22") && wrong.error_at("person").contains("email address"));
    }
}

#[test(flavor = "multi_thread")]
async fn the_audit_is_taken_away_as_a_file_without_formulas_and_that_is_written_down() {
    let home = Home::on_sqlite();
    let server = begin(&home).await;
    // An address may begin like a formula; a spreadsheet must not take it for one.
    server.browser("=1+2@example.org", Role::Manager, vec![of_service("1-1")]).await;
    let admin = admin(&server).await;
    let answer = admin.get(server.at("/admin/audit.csv")).send().await.unwrap();
    assert_eq!(answer.headers()["Content-Type"], "text/csv; charset=utf-8");
    assert_eq!(answer.headers()["Cache-Control"], "no-store");
    let text = answer.text().await.unwrap();
    let head = "at,who,as,address,session,deed,person,service_id,detail,entry";
    assert_eq!(text.lines().next(), Some(head));
    assert!(
        text.contains("alder@example.org,manager,192.0.2.7,") && text.contains(",figures_confirmed,,1-1,version 2,")
    );
    assert!(text.contains(",'=1+2@example.org,") && !text.contains(",=1+2@"), "{text}");
    assert!(!text.contains("1-2,"), "{text}");
    let page = get(&admin, &server.at("/admin/audit")).await;
    assert!(page.says("admin@example.org as admin Took the audit away as a file"), "{}", page.text());
}

#[test(flavor = "multi_thread")]
async fn no_secret_and_no_address_is_in_the_rows_of_the_audit() {
    let home = Home::on_sqlite();
    let server = begin(&home).await;
    let link = server.invite("new@example.org", Role::Manager, vec![of_service("1-1")]).await;
    let token = server.token(&[Scope::CapacityWrite], vec![of_service("1-1")]).await;
    let entries = server.app.db.read(|c| audit::newest(c, None, &Search::default(), 1000)).await.unwrap();
    assert!(entries.len() > 6, "{entries:?}");
    let text = format!("{entries:?}");
    for secret in [link.rsplit('/').next().unwrap(), &token, "@"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[test(flavor = "multi_thread")]
async fn the_audit_is_kept_as_long_as_the_setting_says() {
    for home in Home::on_each() {
        let server = begin(&home).await;
        let count = |server: &Server| {
            let app = server.app.clone();
            async move { app.db.read(|c| audit::newest(c, None, &Search::default(), 1000)).await.unwrap().len() }
        };
        let all = count(&server).await;
        assert!(all > 4);
        home.clock.advance(Duration::days(396) - Duration::minutes(1));
        housekeeping::round(&server.app).await.unwrap();
        assert_eq!(count(&server).await, all);
        home.clock.advance(Duration::minutes(2));
        housekeeping::round(&server.app).await.unwrap();
        assert_eq!(count(&server).await, 0);
    }
}
