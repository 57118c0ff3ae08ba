//! What a home told staff on the phone: staff of its authority enter it, marked as such, and nobody
//! else, and its managers see who did.

use berth::domain::authority::AuthorityCode;
use berth::domain::person::Target;
use berth::domain::words::{Role, Source};
use berth::store::changes;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::test;

use crate::support::Home;
use crate::support::html::{get, post, set};
use crate::support::manager::{FORM, bed, begin, stored};
use crate::support::server::{Server, stranger};

const PHONE: &str = "/services/1-1/told-by-phone";
const CONFIRM: &str = "/services/1-1/told-by-phone/confirm";

async fn of_authority(server: &Server, email: &str, role: Role, code: &str) -> reqwest::Client {
    server.browser(email, role, vec![Target::Authority(AuthorityCode::parse(code).unwrap())]).await
}

#[test(flavor = "multi_thread")]
async fn staff_enter_what_a_home_said_and_everybody_concerned_sees_how_it_came() {
    for home in Home::on_each() {
        let (server, manager) = begin(&home).await;
        let staff = of_authority(&server, "staff@example.org", Role::Staff, "E10000014").await;
        assert!(get(&staff, &server.at("/services/1-1")).await.links().contains(&PHONE.to_owned()));
        let page = get(&staff, &server.at(PHONE)).await;
        assert!(page.says("Told by phone") && page.says("its managers see who entered it"), "{}", page.text());
        let mut fields = page.form(PHONE);
        set(&mut fields, "lines-0-occupied", "8");
        set(&mut fields, "lines-0-accepting", "1");
        let sent = post(&staff, &server.at(PHONE), &fields).await;
        assert_eq!((sent.status, sent.location()), (StatusCode::SEE_OTHER, "/services/1-1?published=2"));
        let result = get(&staff, &server.at(sent.location())).await;
        assert!(
            result.says("Published.") && result.says("told by phone and entered by staff of Hampshire"),
            "{}",
            result.text()
        );
        assert!(!get(&stranger(), &server.at("/services/1-1")).await.says("by phone"));
        let capacity = stored(&home, "1-1");
        assert_eq!((bed(&capacity, 0), capacity.source), ((10, 8, 1, 1), Some(Source::Phone)));
        assert_eq!(capacity.confirmed_by.as_deref(), Some("staff of Hampshire"));
        let last = home.db().read_now(|c| changes::after(c, 0, 100)).unwrap().pop().unwrap();
        assert_eq!(last.actor, "staff of Hampshire");
        let own = get(&manager, &server.at(FORM)).await;
        assert!(own.says("You told these figures by phone, and staff of Hampshire entered them"), "{}", own.text());
        assert!(get(&staff, &server.at("/board")).await.says("by phone"));

        let confirm = get(&staff, &server.at(PHONE)).await.form(CONFIRM);
        let sent = post(&staff, &server.at(CONFIRM), &confirm).await;
        assert_eq!((sent.status, sent.location()), (StatusCode::SEE_OTHER, "/services/1-1?confirmed=3"));
        assert_eq!(stored(&home, "1-1").source, Some(Source::Phone));
        // The home itself puts it right, and the mark is gone.
        let fields = get(&manager, &server.at(FORM)).await.form(FORM);
        assert_eq!(post(&manager, &server.at(FORM), &fields).await.status, StatusCode::SEE_OTHER);
        assert!(!get(&staff, &server.at("/board")).await.says("by phone"));
        let late = post(&staff, &server.at(PHONE), &{
            let mut late = page.form(PHONE);
            set(&mut late, "lines-0-accepting", "0");
            set(&mut late, "lines-0-reserved", "3");
            late
        })
        .await;
        assert_eq!(late.status, StatusCode::PRECONDITION_FAILED, "newer figures are shown beside theirs");
    }
}

#[test(flavor = "multi_thread")]
async fn nobody_else_enters_what_was_told_by_phone_and_staff_tell_nothing_otherwise() {
    let home = Home::on_sqlite();
    let (server, manager) = begin(&home).await;
    let elsewhere = of_authority(&server, "far@example.org", Role::Staff, "E06000045").await;
    let staff = of_authority(&server, "staff@example.org", Role::Staff, "E10000014").await;
    for (who, name) in [(&elsewhere, "staff of another authority"), (&manager, "a manager")] {
        assert_eq!(get(who, &server.at(PHONE)).await.status, StatusCode::FORBIDDEN, "{name}");
        assert_eq!(post(who, &server.at(PHONE), &[].into()).await.status, StatusCode::FORBIDDEN, "{name}");
        assert_eq!(post(who, &server.at(CONFIRM), &[].into()).await.status, StatusCode::FORBIDDEN, "{name}");
        assert!(!get(who, &server.at("/services/1-1")).await.links().contains(&PHONE.to_owned()), "{name}");
    }
    assert_eq!(get(&stranger(), &server.at(PHONE)).await.location(), "/sign-in?next=%2Fservices%2F1-1%2Ftold-by-phone");
    assert_eq!(get(&staff, &server.at(FORM)).await.status, StatusCode::FORBIDDEN);
    let body: Value = json!({ "lines": [] });
    let put = staff.put(server.at("/api/v1/services/1-1/capacity")).header("If-Match", "*").json(&body);
    assert_eq!(put.send().await.unwrap().status(), StatusCode::FORBIDDEN);
    assert_eq!(get(&staff, &server.at("/services/1-9/told-by-phone")).await.status, StatusCode::NOT_FOUND);
    let admin = of_authority(&server, "admin@example.org", Role::Admin, "E10000014").await;
    let confirm = get(&admin, &server.at(PHONE)).await.form(CONFIRM);
    assert_eq!(post(&admin, &server.at(CONFIRM), &confirm).await.status, StatusCode::SEE_OTHER);
    assert_eq!(stored(&home, "1-1").confirmed_by.as_deref(), Some("admin of Hampshire"));
}
