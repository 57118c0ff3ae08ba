//! Sessions: listed with their devices, ended from the list, new at every sign-in; and what goes wrong with
//! them: clocks that jump, cookies refused, forged secrets, a second tab, a form left open too long.

use std::time::Duration as Span;

use berth::domain::actor::Actor;
use berth::domain::care_service::CareServiceId;
use berth::domain::person::Target;
use berth::domain::words::{Role, Scope};
use berth::ops::create_token;
use berth::store::tokens;
use chrono::Duration;
use reqwest::header::{COOKIE, REFERER, USER_AGENT};
use reqwest::{Client, StatusCode};
use tokio::test;
use tokio::time::timeout;

use crate::support::homes::{add, care_home, confirmed, nursing};
use crate::support::html::{Fields, Page, ask, get, post, press, set, value};
use crate::support::server::{Server, stranger};
use crate::support::watcher::Watcher;
use crate::support::{BEGIN, Home, stamp};

const EMAIL: &str = "m@example.org";
const PHONE: &str = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36";

fn begin(home: &Home) -> Server {
    let mut alder = care_home("1-1", "Alder House");
    alder.capacity = confirmed(stamp(BEGIN), vec![nursing(10, 7, 2)]);
    add(&home.db(), stamp(BEGIN), vec![alder]);
    Server::start(home)
}

async fn invite(server: &Server) -> String {
    server.invite(EMAIL, Role::Manager, vec![Target::Service(CareServiceId::from_text("1-1"))]).await
}

async fn browser(server: &Server) -> Client {
    server.shared_browser(EMAIL, Role::Manager, vec![Target::Service(CareServiceId::from_text("1-1"))]).await
}

async fn account(server: &Server, browser: &Client) -> Page {
    get(browser, &server.at("/account")).await
}

async fn is_signed_in(server: &Server, browser: &Client) -> bool {
    account(server, browser).await.status == StatusCode::OK
}

/// The session cookie of an answer, as a browser sends it back.
fn cookie(page: &Page) -> String {
    page.headers["Set-Cookie"].to_str().unwrap().split(';').next().unwrap().to_owned()
}

/// The buttons of the list that end one session.
fn ends(page: &Page) -> Vec<String> {
    let one = |path: &String| path.starts_with("/account/sessions/") && !path.contains("/others/");
    page.actions().into_iter().filter(one).collect()
}

#[test(flavor = "multi_thread")]
async fn sessions_are_listed_with_their_devices_and_end_one_by_one_or_all_at_once() {
    for home in Home::on_each() {
        let server = begin(&home);
        let first = browser(&server).await;
        let phone = stranger();
        ask(phone.post(invite(&server).await).header(USER_AGENT, PHONE).form(&[("", "")])).await;
        let third = browser(&server).await;
        home.clock.advance(Duration::hours(2));
        assert!(is_signed_in(&server, &third).await);

        let page = account(&server, &third).await;
        assert!(page.says("An unknown browser This one"), "{}", page.text());
        assert!(page.says("Chrome on Android") && page.says("2 hours ago"), "{}", page.text());
        assert_eq!(ends(&page).len(), 2, "there is no such button for this one");
        let of_phone = page.html.split("Chrome on Android").nth(1).unwrap();
        let path = of_phone.split("action=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        assert_eq!(press(&third, &server, &page, &path, &[]).await.location(), "/account");
        assert!(!is_signed_in(&server, &phone).await && is_signed_in(&server, &first).await);

        let others = "/account/sessions/others/end";
        assert_eq!(press(&third, &server, &page, others, &[]).await.location(), "/account");
        assert!(!is_signed_in(&server, &first).await && is_signed_in(&server, &third).await);
    }
}

#[test(flavor = "multi_thread")]
async fn nobody_ends_the_session_of_another_and_programs_have_no_account() {
    let home = Home::on_sqlite();
    let server = begin(&home);
    let (one, two) = (browser(&server).await, browser(&server).await);
    let path = ends(&account(&server, &one).await).remove(0);
    let other = server.browser("n@example.org", Role::Operator, Vec::new()).await;
    let token = account(&server, &other).await.form("/sign-out");
    for path in [path.as_str(), "/account/sessions/others/end"] {
        assert_eq!(post(&other, &server.at(path), &token).await.status, StatusCode::SEE_OTHER, "{path}");
    }
    assert!(is_signed_in(&server, &one).await && is_signed_in(&server, &two).await);
    assert_eq!(account(&server, &stranger()).await.location(), "/sign-in?next=%2Faccount");
    let token = server.token(Scope::ALL, vec![Target::All]).await;
    let page = ask(stranger().get(server.at("/account")).bearer_auth(token)).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
}

#[test(flavor = "multi_thread")]
async fn the_live_stream_of_a_session_that_was_ended_from_the_list_is_told_so() {
    let home = Home::on_sqlite();
    let server = begin(&home);
    let signed_in = post(&stranger(), &invite(&server).await, &Fields::new()).await;
    let cookie = cookie(&signed_in);
    let headers = [("Cookie", cookie.as_str()), ("Origin", server.url.as_str())];
    let mut watching = Watcher::open_with(&server, "", &headers).await.ok().unwrap();
    watching.begin().await;
    let other = browser(&server).await;
    let page = account(&server, &other).await;
    press(&other, &server, &page, &ends(&page)[0], &[]).await;
    assert_eq!(timeout(Span::from_secs(5), watching.closed()).await.expect("within five seconds"), 4401);
}

#[test(flavor = "multi_thread")]
async fn signing_in_again_gives_a_new_secret_and_ends_the_old_one() {
    let home = Home::on_sqlite();
    let server = begin(&home);
    let browser = stranger();
    let first = cookie(&post(&browser, &invite(&server).await, &Fields::new()).await);
    let second = cookie(&post(&browser, &invite(&server).await, &Fields::new()).await);
    assert_ne!(first, second);
    let as_first = ask(stranger().get(server.at("/account")).header(COOKIE, &first)).await;
    assert_eq!(as_first.status, StatusCode::SEE_OTHER);
    let page = account(&server, &browser).await;
    assert!(page.status == StatusCode::OK && ends(&page).is_empty(), "one browser, one session");
}

#[test(flavor = "multi_thread")]
async fn a_clock_that_jumps_lengthens_nothing() {
    let home = Home::on_sqlite();
    let server = begin(&home);
    let manager = browser(&server).await;
    home.clock.advance(Duration::hours(-11));
    assert!(is_signed_in(&server, &manager).await, "a small correction signs nobody out");
    home.clock.advance(Duration::hours(-13));
    assert!(!is_signed_in(&server, &manager).await, "a session from tomorrow is none");
    home.clock.advance(Duration::hours(24));
    let (asking, late) = (stranger(), invite(&server).await);
    ask_link(&server, &asking, "").await;
    let link = server.mailed_link(EMAIL).await;
    home.clock.advance(Duration::days(-7));
    assert_eq!(get(&asking, &link).await.status, StatusCode::GONE);
    assert_eq!(post(&stranger(), &late, &Fields::new()).await.status, StatusCode::GONE);
    home.clock.advance(Duration::days(7));
    assert_eq!(get(&asking, &link).await.status, StatusCode::SEE_OTHER);
}

#[test(flavor = "multi_thread")]
async fn a_browser_that_keeps_no_cookies_is_told_so() {
    let home = Home::on_sqlite();
    let server = begin(&home);
    let forgetful = Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let link = invite(&server).await;
    let done = post(&forgetful, &link, &Fields::new()).await;
    let sent_away = ask(forgetful.get(server.at(done.location())).header(REFERER, &link)).await;
    assert_eq!(sent_away.location(), "/sign-in?next=%2Fstart");
    let page = ask(forgetful.get(server.at(sent_away.location())).header(REFERER, &link)).await;
    assert!(page.says("Your browser keeps no cookies"), "{}", page.text());
    let plain = ask(forgetful.get(server.at("/sign-in?next=%2Fupdate"))).await;
    assert!(plain.says("Email address"), "who merely has none yet may sign in");
    let again = ask(forgetful.get(server.at("/sign-in")).header(REFERER, &link)).await;
    assert!(again.says("Email address"), "so may who asks for another link");
}

#[test(flavor = "multi_thread")]
async fn secrets_that_are_made_up_or_of_another_kind_open_nothing() {
    let home = Home::on_sqlite();
    let server = begin(&home);
    let link = invite(&server).await;
    let secret = link.rsplit('/').next().unwrap().to_owned();
    let mut forged = secret.clone().into_bytes();
    forged[5] = if forged[5] == b'A' { b'B' } else { b'A' };
    let forged = String::from_utf8(forged).unwrap();
    for made_up in [forged.as_str(), &secret[..42], "", "'", "%00", &"x".repeat(5000)] {
        let path = server.at(&format!("/sign-in/{made_up}"));
        assert_ne!(post(&stranger(), &path, &Fields::new()).await.status, StatusCode::SEE_OTHER, "{made_up:?}");
    }
    let token = server.token(Scope::ALL, vec![Target::All]).await;
    for of_another_kind in [secret.as_str(), token.as_str(), ""] {
        let header = format!("berth={of_another_kind}");
        let page = ask(stranger().get(server.at("/account")).header(COOKIE, header)).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{of_another_kind:?}");
    }
    assert_eq!(post(&stranger(), &link, &Fields::new()).await.status, StatusCode::SEE_OTHER, "the link itself is good");
}

/// Asks for a link; the code that the page shows.
async fn ask_link(server: &Server, browser: &Client, next: &str) -> (Page, String) {
    let mut fields = get(browser, &server.at(&format!("/sign-in?next={next}"))).await.form("/sign-in");
    set(&mut fields, "email", EMAIL);
    let sent = post(browser, &server.at("/sign-in"), &fields).await;
    let start = sent.html.find("berth-code\">").unwrap() + "berth-code\">".len();
    let code = sent.html[start..].split('<').next().unwrap().to_owned();
    (sent, code)
}

#[test(flavor = "multi_thread")]
async fn a_second_tab_that_asks_too_leaves_both_links_usable() {
    let home = Home::on_sqlite();
    let server = begin(&home);
    invite(&server).await;
    let browser = stranger();
    let (_, first_code) = ask_link(&server, &browser, "").await;
    let first = server.mailed_link(EMAIL).await;
    ask_link(&server, &browser, "").await;
    let second = server.mailed_link(EMAIL).await;
    assert_eq!(get(&browser, &second).await.status, StatusCode::SEE_OTHER, "the tab that asked last");
    let page = get(&browser, &first).await;
    assert!(page.says("Type the code to sign in"), "{}", page.text());
    let done = post(&browser, &first, &vec![("code".to_owned(), first_code)]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    let ends = ends(&account(&server, &browser).await);
    assert!(ends.is_empty(), "both tabs are one browser and one session");
}

#[test(flavor = "multi_thread")]
async fn what_was_typed_into_an_open_form_survives_signing_in_again_in_another_tab() {
    const FORM: &str = "/update/1-1";
    let home = Home::on_sqlite();
    let server = begin(&home);
    let manager = browser(&server).await;
    let mut typed = get(&manager, &server.at(FORM)).await.form(FORM);
    set(&mut typed, "lines-0-note", "Garden rooms & a £5 “deposit”");
    home.clock.advance(Duration::hours(13));
    let asked = post(&manager, &server.at(FORM), &typed).await;
    assert_eq!(asked.status, StatusCode::UNAUTHORIZED);
    typed.retain(|(name, _)| name != "form_token");
    assert_eq!(asked.form(FORM), typed, "it stands in the page that asks to sign in");

    post(&manager, &invite(&server).await, &Fields::new()).await;
    let once_more = post(&manager, &server.at(FORM), &asked.form(FORM)).await;
    let sent = press(&manager, &server, &once_more, FORM, &[]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
    let shown = get(&manager, &server.at(FORM)).await.form(FORM);
    assert_eq!(value(&shown, "lines-0-note"), "Garden rooms & a £5 “deposit”");
}

#[test(flavor = "multi_thread")]
async fn a_token_that_another_node_revokes_is_soon_refused_here() {
    for home in Home::on_each() {
        let server = begin(&home);
        let token = server.token(&[Scope::CapacityWrite], vec![Target::All]).await;
        let address = server.at("/api/v1/services/1-1/capacity/confirm");
        let confirm = async || stranger().post(&address).bearer_auth(&token).send().await.unwrap().status();
        assert_eq!((confirm().await, confirm().await), (StatusCode::OK, StatusCode::OK));
        let other = home.app();
        let id = other.db.read(tokens::all).await.unwrap()[0].id.clone();
        create_token::revoke(&other.db, &other.clock, Actor::system("test"), id).await.unwrap();
        let refused = async { while confirm().await != StatusCode::UNAUTHORIZED {} };
        timeout(Span::from_secs(20), refused).await.expect("it is refused");
    }
}
