//! Becoming somebody: a claim on a listed service from the button to the first sign-in, inviting and
//! removing colleagues, leaving and handing over, and that no service loses its last manager unnoticed.

use berth::domain::authority::AuthorityCode;
use berth::domain::care_service::CareServiceId;
use berth::domain::person::Target;
use berth::domain::words::Role;
use chrono::Duration;
use reqwest::{Client, StatusCode};
use tokio::test;

use crate::support::homes::{add, care_home};
use crate::support::html::{Page, get, post, press};
use crate::support::server::{Server, stranger};
use crate::support::{BEGIN, Home, stamp};

const CLAIM: &str = "/services/1-1/claim";
const PEOPLE: &str = "/services/1-1/people";
const DEPUTY: &str = "deputy@example.org";

fn of_service(id: &str) -> Vec<Target> {
    vec![Target::Service(CareServiceId::from_text(id))]
}

/// Alder House and Beech House, and an administrator of their authority.
async fn begin() -> (Home, Server, Client) {
    let home = Home::on_sqlite();
    add(&home.db(), stamp(BEGIN), vec![care_home("1-1", "Alder House"), care_home("1-2", "Beech House")]);
    let server = Server::start(&home);
    let hampshire = Target::Authority(AuthorityCode::parse("E10000014").unwrap());
    let admin = server.browser("admin@example.org", Role::Admin, vec![hampshire]).await;
    (home, server, admin)
}

/// Fills in the form as the deputy; the answer.
async fn claim(server: &Server, browser: &Client) -> Page {
    let form = get(browser, &server.at(CLAIM)).await;
    press(browser, server, &form, CLAIM, &[("email", DEPUTY), ("words", "I am the deputy manager")]).await
}

/// The same, with the address confirmed.
async fn confirmed_claim(server: &Server) {
    let browser = stranger();
    assert!(claim(server, &browser).await.says("Check your email"));
    let link = server.mailed(DEPUTY, "/claims/").await;
    assert!(get(&browser, &link).await.says("Somebody asked with deputy@example.org"));
    assert!(post(&browser, &link, &Vec::new()).await.says("Your address is confirmed"));
}

#[test(flavor = "multi_thread")]
async fn a_claim_on_a_service_without_managers_is_decided_by_the_authority_beside_the_registers_facts() {
    let (_home, server, admin) = begin().await;
    let page = get(&stranger(), &server.at("/services/1-1")).await;
    assert!(page.links().contains(&CLAIM.to_owned()) && page.says("Manage this service"));
    let browser = stranger();
    claim(&server, &browser).await;
    let link = server.mailed(DEPUTY, "/claims/").await;
    get(&browser, &link).await;
    assert!(
        get(&admin, &server.at("/admin/claims")).await.says("There are none"),
        "looking at the link changes nothing"
    );
    post(&browser, &link, &Vec::new()).await;
    let told = server.mailed("admin@example.org", PEOPLE).await;
    assert!(get(&admin, &told).await.says("I am the deputy manager"));

    let list = get(&admin, &server.at("/admin/claims")).await;
    for words in ["deputy@example.org asks for Alder House", "Phone 01632 960001", "SO23 8UJ", "Run by Example Care"] {
        assert!(list.says(words), "{words}: {}", list.text());
    }
    let approve = list.actions().into_iter().find(|action| action.ends_with("/approve")).unwrap();
    let done = press(&admin, &server, &list, &approve, &[]).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/admin/claims?done=yes"));
    assert!(get(&admin, &server.at("/admin/claims")).await.says("There are none"));
    let again = press(&admin, &server, &list, &approve, &[]).await;
    assert_eq!(again.status, StatusCode::GONE, "a claim is decided once");

    let link = server.mailed(DEPUTY, "/sign-in/").await;
    assert_eq!(post(&browser, &link, &Vec::new()).await.status, StatusCode::SEE_OTHER);
    assert_eq!(get(&browser, &server.at("/update/1-1")).await.status, StatusCode::OK);
    assert_eq!(get(&browser, &server.at("/update/1-2")).await.status, StatusCode::FORBIDDEN);
}

#[test(flavor = "multi_thread")]
async fn where_there_are_managers_they_are_asked_and_a_refusal_is_mailed() {
    let (_home, server, _admin) = begin().await;
    let manager = server.browser("m@example.org", Role::Manager, of_service("1-1")).await;
    let other = server.browser("other@example.org", Role::Manager, of_service("1-2")).await;
    confirmed_claim(&server).await;
    let page = get(&manager, &server.mailed("m@example.org", PEOPLE).await).await;
    assert!(page.says("deputy@example.org") && page.says("I am the deputy manager"), "{}", page.text());
    assert!(server.mails("admin@example.org").is_empty(), "the managers decide");
    let refuse = page.actions().into_iter().find(|action| action.ends_with("/refuse")).unwrap();
    let foreign = press(&other, &server, &page, &refuse, &[]).await;
    assert_ne!(foreign.status, StatusCode::SEE_OTHER, "who manages another service decides nothing here");
    let done = press(&manager, &server, &page, &refuse, &[]).await;
    assert_eq!(done.location(), "/services/1-1/people?done=decided");
    server.mailed(DEPUTY, "/services/1-1").await;
    assert!(!get(&manager, &server.at(PEOPLE)).await.says(DEPUTY));
}

#[test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_claim_is_said_beside_its_fields_and_forged_links_lead_nowhere() {
    let (home, server, _admin) = begin().await;
    let browser = stranger();
    let form = get(&browser, &server.at(CLAIM)).await;
    let wrong = press(&browser, &server, &form, CLAIM, &[("email", "nobody"), ("words", " ")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.error_at("email").contains("right form") && wrong.error_at("words").contains("who you are"));
    let long = "x".repeat(501);
    let wrong = press(&browser, &server, &form, CLAIM, &[("email", "a@example.org"), ("words", &long)]).await;
    assert!(wrong.error_at("words").contains("500"), "{:?}", wrong.summary());
    assert_eq!(get(&browser, &server.at("/services/1-9/claim")).await.status, StatusCode::NOT_FOUND);

    claim(&server, &browser).await;
    let link = server.mailed(DEPUTY, "/claims/").await;
    let (claim_of, proof) = link.rsplit_once('.').unwrap();
    let another = format!("{}.{proof}", claim_of.trim_end_matches(char::is_alphanumeric));
    for forged in [another, format!("{link}x"), server.at("/claims/none")] {
        assert_eq!(post(&browser, &forged, &Vec::new()).await.status, StatusCode::NOT_FOUND, "{forged}");
    }
    home.clock.advance(Duration::days(7));
    assert_eq!(post(&browser, &link, &Vec::new()).await.status, StatusCode::GONE);
    for _ in 0..5 {
        assert_eq!(claim(&server, &browser).await.status, StatusCode::OK);
    }
    let many = claim(&server, &browser).await;
    assert_eq!(many.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(many.headers.contains_key("Retry-After"));
}

#[test(flavor = "multi_thread")]
async fn a_manager_invites_a_colleague_and_removes_them() {
    let (_home, server, _admin) = begin().await;
    let manager = server.browser("m@example.org", Role::Manager, of_service("1-1")).await;
    let other = server.browser("other@example.org", Role::Manager, of_service("1-2")).await;
    assert_eq!(get(&other, &server.at(PEOPLE)).await.status, StatusCode::FORBIDDEN);
    let stranger_at = get(&stranger(), &server.at(PEOPLE)).await;
    assert!(stranger_at.location().starts_with("/sign-in?"), "{}", stranger_at.location());

    let page = get(&manager, &server.at(PEOPLE)).await;
    assert!(page.says("m@example.org (you)"), "{}", page.text());
    let wrong = press(&manager, &server, &page, PEOPLE, &[("email", "nobody")]).await;
    assert!(wrong.error_at("email").contains("right form"));
    let done = press(&manager, &server, &page, PEOPLE, &[("email", DEPUTY)]).await;
    let page = get(&manager, &server.at(done.location())).await;
    assert!(page.says("Invited.") && page.says(DEPUTY) && !page.html.contains("/sign-in/"), "no link is shown");
    let colleague = stranger();
    let link = server.mailed(DEPUTY, "/sign-in/").await;
    post(&colleague, &link, &Vec::new()).await;
    assert_eq!(get(&colleague, &server.at("/update/1-1")).await.status, StatusCode::OK);

    let remove = page.actions().into_iter().find(|action| action.ends_with("/remove")).unwrap();
    let done = press(&manager, &server, &page, &remove, &[]).await;
    assert_eq!(done.location(), "/services/1-1/people?done=removed");
    assert_eq!(get(&colleague, &server.at("/update")).await.status, StatusCode::SEE_OTHER, "signed out");
}

#[test(flavor = "multi_thread")]
async fn the_last_manager_who_leaves_is_asked_and_the_authority_is_told() {
    let (_home, server, admin) = begin().await;
    let manager = server.browser("m@example.org", Role::Manager, of_service("1-1")).await;
    let leave = "/services/1-1/people/leave";
    let page = get(&manager, &server.at(PEOPLE)).await;
    let asked = press(&manager, &server, &page, leave, &[]).await;
    assert_eq!(asked.status, StatusCode::CONFLICT);
    assert!(asked.says("You are the last manager"), "{}", asked.text());
    assert_eq!(get(&manager, &server.at("/update/1-1")).await.status, StatusCode::OK, "nothing has happened");
    let done = press(&manager, &server, &asked, leave, &[]).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/services/1-1"));
    assert_eq!(get(&manager, &server.at("/update/1-1")).await.status, StatusCode::SEE_OTHER, "they are nobody now");
    let told = server.mailed("admin@example.org", PEOPLE).await;
    assert!(get(&admin, &told).await.says("Nobody manages it yet"));
    assert!(server.mails("admin@example.org")[0].header("Subject").contains("Alder House has no manager any more"));
    assert!(get(&admin, &server.at("/admin/audit")).await.says("Gave up a role"));
}

#[test(flavor = "multi_thread")]
async fn handing_over_leaves_the_service_with_its_new_manager_alone() {
    let (_home, server, _admin) = begin().await;
    let manager = server.browser("m@example.org", Role::Manager, of_service("1-1")).await;
    let hand_over = "/services/1-1/people/hand-over";
    let page = get(&manager, &server.at(PEOPLE)).await;
    let own = press(&manager, &server, &page, hand_over, &[("successor", "m@example.org")]).await;
    assert!(own.error_at("successor").contains("not your own"), "{:?}", own.summary());
    let done = press(&manager, &server, &page, hand_over, &[("successor", DEPUTY)]).await;
    assert_eq!(done.location(), "/services/1-1");
    let successor = stranger();
    post(&successor, &server.mailed(DEPUTY, "/sign-in/").await, &Vec::new()).await;
    let people = get(&successor, &server.at(PEOPLE)).await;
    assert!(people.says("deputy@example.org (you)") && !people.says("m@example.org"), "{}", people.text());
    assert!(server.mails("admin@example.org").is_empty(), "it has a manager");
}
