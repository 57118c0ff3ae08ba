//! The administrators' pages: whom they see, whom they may invite and remove, and whom not.

use std::time::Duration;

use berth::domain::authority::AuthorityCode;
use berth::domain::care_service::CareServiceId;
use berth::domain::person::Target;
use berth::domain::words::{Role, Scope};
use berth::store::jobs::{self, NewJob};
use reqwest::StatusCode;
use tokio::test;

use crate::support::homes::{add, authority, care_home};
use crate::support::html::{Fields, Page, get, post, press, set};
use crate::support::server::{Server, stranger};
use crate::support::{BEGIN, Home, stamp};

const HAMPSHIRE: &str = "E10000014";
const PORTSMOUTH: &str = "E06000044";

fn of_authority(code: &str) -> Target {
    Target::Authority(AuthorityCode::parse(code).unwrap())
}

fn of_service(id: &str) -> Target {
    Target::Service(CareServiceId::from_text(id))
}

/// Alder House in Hampshire, Beech House in Portsmouth, an administrator of Hampshire.
async fn begin() -> (Home, Server, reqwest::Client) {
    let home = Home::on_sqlite();
    let mut beech = care_home("1-2", "Beech House");
    beech.facts.authority = authority(PORTSMOUTH, "Portsmouth");
    add(&home.db(), stamp(BEGIN), vec![care_home("1-1", "Alder House"), beech]);
    let server = Server::start(&home);
    let admin = server.browser("admin@example.org", Role::Admin, vec![of_authority(HAMPSHIRE)]).await;
    (home, server, admin)
}

async fn invite(server: &Server, browser: &reqwest::Client, typed: &[(&str, &str)]) -> Page {
    let mut fields = get(browser, &server.at("/admin")).await.form("/admin/invitations");
    for (name, value) in typed {
        set(&mut fields, name, value);
    }
    post(browser, &server.at("/admin/invitations"), &fields).await
}

fn shown_link(page: &Page) -> String {
    let start = page.html.find("<code class=\"berth-link\">").unwrap() + "<code class=\"berth-link\">".len();
    page.html[start..].split('<').next().unwrap().replace("&#x2f;", "/")
}

#[test(flavor = "multi_thread")]
async fn an_invitation_by_form_gives_a_link_that_signs_in_once() {
    let (_home, server, admin) = begin().await;
    let page =
        invite(&server, &admin, &[("email", "New@example.org"), ("role", "manager"), ("services", " 1-1, ")]).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.says("new@example.org is invited."), "{}", page.text());
    let waiting = get(&admin, &server.at("/admin/invitations")).await;
    assert!(waiting.says("new@example.org Manager of a service (Alder House)"), "{}", waiting.text());
    assert!(waiting.says("9:30am, 29 November 2026"));
    let browser = stranger();
    assert_eq!(post(&browser, &shown_link(&page), &Fields::new()).await.status, StatusCode::SEE_OTHER);
    assert_eq!(get(&browser, &server.at("/update/1-1")).await.status, StatusCode::OK);
    assert_eq!(get(&browser, &server.at("/update/1-2")).await.status, StatusCode::FORBIDDEN);
    assert!(!get(&admin, &server.at("/admin/invitations")).await.says("new@example.org"), "it is used");
    assert!(get(&admin, &server.at("/admin/people")).await.says("new@example.org Manager of a service (Alder House)"));
}

#[test(flavor = "multi_thread")]
async fn mistakes_in_an_invitation_stand_beside_their_fields() {
    let (_home, server, admin) = begin().await;
    for (typed, field, words) in [
        (vec![("email", "nobody"), ("services", "1-1")], "email", "Enter an email address"),
        (vec![("email", "a@b.org"), ("services", "1-9")], "services", "no service with the register number 1-9"),
        (vec![("email", "a@b.org"), ("services", "")], "services", "at least one service"),
        (vec![("email", "a@b.org"), ("role", "admin")], "authorities", "at least one council area"),
        (vec![("email", "a@b.org"), ("role", "king")], "role", "Choose a role"),
    ] {
        let page = invite(&server, &admin, &typed).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed:?}");
        assert!(page.error_at(field).contains(words), "{typed:?}: {:?}", page.summary());
        assert_eq!(page.form("/admin/invitations").iter().find(|(name, _)| name == "email").unwrap().1, typed[0].1);
    }
    assert!(!get(&admin, &server.at("/admin/people")).await.says("a@b.org"));
}

#[test(flavor = "multi_thread")]
async fn nobody_gives_rights_that_are_not_theirs_to_give() {
    let (_home, server, admin) = begin().await;
    for typed in [
        vec![("role", "operator")],
        vec![("role", "staff")],
        vec![("role", "admin"), ("authorities", PORTSMOUTH)],
        vec![("role", "manager"), ("services", "1-2")],
        vec![("role", "group_manager"), ("services", "1-1")],
    ] {
        let page = invite(&server, &admin, &[vec![("email", "x@example.org")], typed.clone()].concat()).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{typed:?}");
        assert!(page.says("for your own council areas"), "{typed:?}");
    }
    let staff =
        invite(&server, &admin, &[("email", "s@example.org"), ("role", "staff"), ("authorities", HAMPSHIRE)]).await;
    assert_eq!(staff.status, StatusCode::OK, "{:?}", staff.summary());
    assert!(!get(&admin, &server.at("/admin/people")).await.says("x@example.org"));
    let front = get(&admin, &server.at("/admin")).await;
    assert!(!front.html.contains("value=\"operator\"") && front.says("Hampshire") && !front.says("Portsmouth"));
}

#[test(flavor = "multi_thread")]
async fn an_administrator_sees_their_own_people_services_and_tokens_only() {
    let (_home, server, admin) = begin().await;
    server.browser("in@example.org", Role::Manager, vec![of_service("1-1")]).await;
    server.browser("out@example.org", Role::Manager, vec![of_service("1-2")]).await;
    server.invite("asked@example.org", Role::Manager, vec![of_service("1-2")]).await;
    server.token(&[Scope::CapacityWrite], vec![of_service("1-2")]).await;
    let operator = server.browser("op@example.org", Role::Operator, Vec::new()).await;
    for (browser, sees_all) in [(&admin, false), (&operator, true)] {
        for (path, own, others) in [
            ("/admin/people", "in@example.org", "out@example.org"),
            ("/admin/services", "Alder House", "Beech House"),
            ("/admin/invitations", "Invitations", "asked@example.org"),
            ("/admin/tokens", "Tokens for programs", "test Update capacity Beech House"),
        ] {
            let page = get(browser, &server.at(path)).await;
            assert_eq!(page.status, StatusCode::OK, "{path}");
            assert!(page.says(own), "{path}");
            assert_eq!(page.says(others), sees_all, "{path}: {}", page.text());
        }
    }
    assert_eq!(get(&admin, &server.at("/admin/jobs")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(get(&operator, &server.at("/admin/jobs")).await.status, StatusCode::OK);
    assert_eq!(get(&operator, &server.at("/admin/nothing")).await.status, StatusCode::NOT_FOUND);
}

/// What a form of this session carries, for an address that the page has no form for.
fn token_of(page: &Page) -> Fields {
    page.form("/sign-out")
}

/// The forms of a list: where each row's button sends.
fn actions(page: &Page) -> Vec<String> {
    page.actions().into_iter().filter(|action| action.starts_with("/admin/")).collect()
}

#[test(flavor = "multi_thread")]
async fn a_person_who_is_removed_is_signed_out_and_may_do_nothing_more() {
    let (_home, server, admin) = begin().await;
    let manager = server.browser("m@example.org", Role::Manager, vec![of_service("1-1"), of_service("1-2")]).await;
    let other = server.browser("out@example.org", Role::Manager, vec![of_service("1-2")]).await;
    let operator = server.browser("op@example.org", Role::Operator, Vec::new()).await;
    let page = get(&admin, &server.at("/admin/people")).await;
    assert!(page.says("m@example.org Manager of a service (Alder House)") && !page.says("Beech House"));
    let [_, remove] = actions(&page).try_into().unwrap();
    let done = press(&admin, &server, &page, &remove, &[]).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/admin/people?done=yes&left=1-1"));
    let removed = get(&admin, &server.at(done.location())).await;
    assert!(removed.says("Removed.") && removed.says("Alder House has no manager any more"), "{}", removed.text());
    let told = server.mailed("admin@example.org", "/services/1-1/people").await;
    assert!(get(&admin, &told).await.says("Nobody manages it yet"));
    assert_eq!(get(&manager, &server.at("/update")).await.status, StatusCode::SEE_OTHER, "signed out");
    let left = get(&operator, &server.at("/admin/people")).await;
    assert!(left.says("m@example.org Manager of a service (Beech House)"), "what is another's to give stays");

    // The rows stand in the order of addresses; of m, of op, of out at the end.
    let [.., _, own, theirs] = actions(&left).try_into().map(|all: [String; 4]| all).unwrap();
    let foreign = post(&admin, &server.at(&theirs), &token_of(&page)).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    assert_eq!(get(&other, &server.at("/update/1-2")).await.status, StatusCode::OK);
    let refused = press(&operator, &server, &left, &own, &[]).await;
    assert!(refused.says("You cannot take your own rights away"), "{}", refused.text());
}

#[test(flavor = "multi_thread")]
async fn invitations_are_withdrawn_and_tokens_revoked() {
    let (_home, server, admin) = begin().await;
    let link = server.invite("new@example.org", Role::Manager, vec![of_service("1-1")]).await;
    let token = server.token(&[Scope::CapacityWrite], vec![of_service("1-1")]).await;
    let foreign = server.token(&[Scope::CapacityWrite], vec![of_service("1-2")]).await;
    let invitations = get(&admin, &server.at("/admin/invitations")).await;
    let [withdraw] = actions(&invitations).try_into().unwrap();
    assert_eq!(press(&admin, &server, &invitations, &withdraw, &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(get(&stranger(), &link).await.status, StatusCode::GONE);

    let address = server.at("/api/v1/services/1-1/capacity/confirm");
    let confirm = |token: String| stranger().post(&address).bearer_auth(token).send();
    // Twice: what was looked up for the second is remembered, until the token is revoked.
    assert_eq!(confirm(token.clone()).await.unwrap().status(), StatusCode::OK);
    assert_eq!(confirm(token.clone()).await.unwrap().status(), StatusCode::OK);
    let tokens = get(&admin, &server.at("/admin/tokens")).await;
    let [revoke] = actions(&tokens).try_into().unwrap();
    assert_eq!(press(&admin, &server, &tokens, &revoke, &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(confirm(token).await.unwrap().status(), StatusCode::UNAUTHORIZED);
    assert_eq!(confirm(foreign).await.unwrap().status(), StatusCode::FORBIDDEN, "the other token still is one");
}

#[test(flavor = "multi_thread")]
async fn work_that_was_given_up_can_be_tried_again_by_an_operator() {
    let (home, server, admin) = begin().await;
    let operator = server.browser("op@example.org", Role::Operator, Vec::new()).await;
    let now = home.clock.now();
    let new = NewJob { name: "no_such_work", payload: "{}".to_owned(), lane: "sample", order: None, run_at: now };
    let id = server.app.db.write(move |c| jobs::enqueue(c, &new, now)).await.unwrap();
    given_up(&server, 1).await;
    let page = get(&operator, &server.at("/admin/jobs")).await;
    assert!(page.says("no such work given up, tried 1 time there is no job called"), "{}", page.text());
    assert!(get(&operator, &server.at("/admin")).await.says("1 piece of work does not succeed"));
    let retry = format!("/admin/jobs/{id}/retry");
    assert_eq!(page.actions().last(), Some(&retry));
    let own = token_of(&get(&admin, &server.at("/admin")).await);
    let refused = post(&admin, &server.at(&retry), &own).await;
    assert!(refused.status == StatusCode::FORBIDDEN && refused.says("for people with another role"));
    assert_eq!(press(&operator, &server, &page, &retry, &[]).await.location(), "/admin/jobs?done=yes");
    given_up(&server, 2).await;
}

/// Waits until the only job has been begun so often, and given up.
async fn given_up(server: &Server, attempts: u32) {
    let mut hint = server.app.db.hint();
    let seen = async {
        while !server
            .app
            .db
            .read(|c| jobs::all(c, 9))
            .await
            .unwrap()
            .iter()
            .any(|job| job.given_up && job.attempts == attempts)
        {
            hint.changed().await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(20), seen).await.expect("the work is begun and given up");
}
