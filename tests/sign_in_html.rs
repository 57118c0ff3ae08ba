//! Signing in: a link signs in the browser that asked, any other types the code, an invitation works
//! once, and nothing that only looks at an address signs anybody in.

use std::net::{IpAddr, Ipv4Addr};

use berth::domain::care_service::CareServiceId;
use berth::domain::person::Target;
use berth::domain::words::Role;
use chrono::Duration;
use reqwest::{Client, StatusCode};
use tokio::test;

use crate::support::homes::{add, care_home};
use crate::support::html::{Fields, Page, ask, get, post, press, set};
use crate::support::server::{Server, stranger};
use crate::support::{BEGIN, Home, stamp};

const EMAIL: &str = "m@example.org";

/// A server with one home, whose manager has never signed in.
async fn begin() -> (Home, Server, String) {
    let home = Home::on_sqlite();
    add(&home.db(), stamp(BEGIN), vec![care_home("1-1", "Alder House")]);
    let server = Server::start(&home);
    let invitation = server.invite(EMAIL, Role::Manager, vec![Target::Service(CareServiceId::from_text("1-1"))]).await;
    (home, server, invitation)
}

/// Asks for a link; the answer shows the code.
async fn ask_link(server: &Server, browser: &Client, email: &str, next: &str) -> Page {
    let mut fields = get(browser, &server.at(&format!("/sign-in?next={next}"))).await.form("/sign-in");
    set(&mut fields, "email", email);
    post(browser, &server.at("/sign-in"), &fields).await
}

fn code(page: &Page) -> String {
    let start = page.html.find("berth-code\">").unwrap() + "berth-code\">".len();
    page.html[start..].chars().take_while(|c| *c != '<').filter(char::is_ascii_digit).collect()
}

fn typed(code: &str) -> Fields {
    vec![("code".to_owned(), code.to_owned())]
}

async fn is_signed_in(server: &Server, browser: &Client) -> bool {
    get(browser, &server.at("/update")).await.status == StatusCode::OK
}

#[test(flavor = "multi_thread")]
async fn the_link_signs_in_the_browser_that_asked_and_takes_it_back_once() {
    let (_home, server, _) = begin().await;
    let browser = stranger();
    let sent = ask_link(&server, &browser, " M@Example.org ", "/update/1-1").await;
    assert_eq!(sent.status, StatusCode::OK);
    assert!(sent.says("Check your email") && sent.says("within 10 minutes"));
    let link = server.mailed_link(EMAIL).await;
    assert!(!is_signed_in(&server, &browser).await);
    let opened = get(&browser, &link).await;
    assert_eq!((opened.status, opened.location()), (StatusCode::SEE_OTHER, "/update/1-1"));
    assert!(is_signed_in(&server, &browser).await);
    let cookie = opened.headers.get_all("Set-Cookie").iter().map(|value| value.to_str().unwrap()).collect::<String>();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && !cookie.contains("Secure"), "{cookie}");
    let again = get(&browser, &link).await;
    assert_eq!(again.status, StatusCode::GONE);
    assert!(again.says("This link no longer works"));
}

#[test(flavor = "multi_thread")]
async fn a_scanner_that_opens_links_and_posts_forms_signs_nobody_in() {
    let (_home, server, _) = begin().await;
    let browser = stranger();
    let sent = ask_link(&server, &browser, EMAIL, "").await;
    let link = server.mailed_link(EMAIL).await;
    let scanner = stranger();
    assert_eq!(ask(scanner.head(&link)).await.status, StatusCode::OK);
    let page = get(&scanner, &link).await;
    assert!(page.status == StatusCode::OK && page.says("Type the code to sign in"));
    assert_ne!(post(&scanner, &link, &typed("")).await.status, StatusCode::SEE_OTHER);
    assert_eq!(post(&scanner, &link, &Fields::new()).await.status, StatusCode::GONE, "it is no invitation");
    assert!(!is_signed_in(&server, &scanner).await);
    assert_eq!(ask(browser.head(&link)).await.status, StatusCode::OK, "HEAD uses up nothing");
    assert!(!is_signed_in(&server, &browser).await);

    let phone = stranger();
    get(&phone, &link).await;
    let spaced = format!(" {} {} ", &code(&sent)[..3], &code(&sent)[3..]);
    let done = post(&phone, &link, &typed(&spaced)).await;
    assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/start"));
    assert_eq!(get(&phone, &server.at("/start")).await.location(), "/update");
    assert!(is_signed_in(&server, &phone).await && !is_signed_in(&server, &browser).await);
}

#[test(flavor = "multi_thread")]
async fn twelve_wrong_codes_end_the_link() {
    let (_home, server, _) = begin().await;
    let browser = stranger();
    let right = code(&ask_link(&server, &browser, EMAIL, "").await);
    let link = server.mailed_link(EMAIL).await;
    let wrong = if right == "000000" { "000001" } else { "000000" };
    let other = stranger();
    for left in (1..12).rev() {
        let page = post(&other, &link, &typed(wrong)).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.error_at("code").contains(&format!("try {left} more times")), "{}", page.error_at("code"));
    }
    assert_eq!(post(&other, &link, &typed(wrong)).await.status, StatusCode::GONE);
    assert_eq!(post(&other, &link, &typed(&right)).await.status, StatusCode::GONE);
    assert_eq!(get(&browser, &link).await.status, StatusCode::GONE, "also where it was asked for");
    assert!(!is_signed_in(&server, &other).await && !is_signed_in(&server, &browser).await);
}

#[test(flavor = "multi_thread")]
async fn a_link_works_for_ten_minutes() {
    let (home, server, _) = begin().await;
    let (early, late) = (stranger(), stranger());
    ask_link(&server, &early, EMAIL, "").await;
    let first = server.mailed_link(EMAIL).await;
    home.clock.advance(Duration::minutes(10) - Duration::seconds(1));
    assert_eq!(get(&early, &first).await.status, StatusCode::SEE_OTHER);
    let right = code(&ask_link(&server, &late, "n@example.org", "").await);
    server.invite("n@example.org", Role::Staff, Vec::new()).await;
    assert_eq!(right.len(), 6, "who is unknown sees the same page");
    let right = code(&ask_link(&server, &late, "n@example.org", "").await);
    let second = server.mailed_link("n@example.org").await;
    home.clock.advance(Duration::minutes(10));
    assert_eq!(get(&late, &second).await.status, StatusCode::GONE);
    assert_eq!(post(&late, &second, &typed(&right)).await.status, StatusCode::GONE);
}

#[test(flavor = "multi_thread")]
async fn an_invitation_works_once_for_seven_days_in_any_browser() {
    let (home, server, link) = begin().await;
    home.clock.advance(Duration::days(7) - Duration::seconds(1));
    for _ in 0..2 {
        assert_eq!(ask(stranger().head(&link)).await.status, StatusCode::OK);
        let page = get(&stranger(), &link).await;
        assert!(page.status == StatusCode::OK && page.says("Sign in as m@example.org"));
    }
    let browser = stranger();
    get(&browser, &link).await;
    assert!(!is_signed_in(&server, &browser).await, "a plain GET changes nothing");
    assert_eq!(post(&browser, &link, &Fields::new()).await.status, StatusCode::SEE_OTHER);
    assert!(is_signed_in(&server, &browser).await);
    assert_eq!(post(&stranger(), &link, &Fields::new()).await.status, StatusCode::GONE);
    assert_eq!(get(&stranger(), &link).await.status, StatusCode::GONE);

    let late = server.invite("n@example.org", Role::Staff, Vec::new()).await;
    home.clock.advance(Duration::days(7));
    assert_eq!(get(&stranger(), &late).await.status, StatusCode::GONE);
    assert_eq!(post(&stranger(), &late, &Fields::new()).await.status, StatusCode::GONE);
}

#[test(flavor = "multi_thread")]
async fn an_address_that_is_none_is_asked_for_again_and_an_unknown_one_gets_no_mail() {
    let (home, server, _) = begin().await;
    let browser = stranger();
    for wrong in ["", "m", "m@", "m@example.org\r\nBcc: n@example.org"] {
        let page = ask_link(&server, &browser, wrong, "").await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong:?}");
        assert!(page.error_at("email").starts_with("Enter an email address"));
        assert!(page.title().starts_with("Error: "));
    }
    let known = ask_link(&server, &browser, EMAIL, "").await;
    server.mailed_link(EMAIL).await;
    let unknown = ask_link(&server, &browser, "x@example.org", "").await;
    let alike = |page: &Page| page.text().replace(EMAIL, "").replace("x@example.org", "").replace(&spaced(page), "");
    assert_eq!(alike(&known), alike(&unknown));
    let now = home.clock.now();
    let waiting = home.db().read_now(|c| berth::store::jobs::lanes_due(c, now)).unwrap();
    assert!(!waiting.contains(&"sign-in".to_owned()), "nothing is to be mailed to whom nobody invited");
}

fn spaced(page: &Page) -> String {
    let code = code(page);
    format!("{} {}", &code[..3], &code[3..])
}

#[test(flavor = "multi_thread")]
async fn signing_out_is_a_form_on_every_page_and_ends_the_session() {
    let (_home, server, link) = begin().await;
    let browser = stranger();
    post(&browser, &link, &Fields::new()).await;
    for path in ["/", "/search", "/services/1-1", "/update", "/update/1-1", "/privacy", "/nothing"] {
        let page = get(&browser, &server.at(path)).await;
        assert!(page.html.contains("method=\"post\" action=\"/sign-out\""), "{path}");
        assert!(page.says("Sign out"), "{path}");
        assert_eq!(page.headers["Cache-Control"], "no-store", "{path}");
    }
    assert_eq!(get(&browser, &server.at("/sign-out")).await.status.as_u16() / 100, 4, "a link cannot sign out");
    assert!(is_signed_in(&server, &browser).await);
    let out = press(&browser, &server, &get(&browser, &server.at("/")).await, "/sign-out", &[]).await;
    assert_eq!((out.status, out.location()), (StatusCode::SEE_OTHER, "/"));
    assert!(!is_signed_in(&server, &browser).await);
    assert!(!get(&browser, &server.at("/")).await.says("Sign out"));
}

#[test(flavor = "multi_thread")]
async fn after_signing_in_nobody_is_sent_to_another_site() {
    let (_home, server, _) = begin().await;
    for next in ["//elsewhere.example", "https://elsewhere.example", "/\\elsewhere.example", "%0d%0aSet-Cookie:x", ""] {
        let browser = stranger();
        ask_link(&server, &browser, EMAIL, next).await;
        let opened = get(&browser, &server.mailed_link(EMAIL).await).await;
        assert_eq!((opened.status, opened.location()), (StatusCode::SEE_OTHER, "/start"), "{next}");
    }
}

#[test(flavor = "multi_thread")]
async fn on_https_the_cookies_are_bound_to_the_host() {
    let home = Home::on_sqlite();
    let server = Server::start_with(&home, &[("BERTH_PUBLIC_URL", "https://places.example.org")]);
    let link = server.invite(EMAIL, Role::Staff, Vec::new()).await;
    let done = post(&stranger(), &link, &Fields::new()).await;
    let cookie = done.headers["Set-Cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-berth=") && cookie.contains("Secure") && cookie.contains("Path=/"), "{cookie}");
    assert!(!cookie.contains("Domain"));
    assert!(done.headers["Strict-Transport-Security"].to_str().unwrap().contains("max-age"));
}

#[test(flavor = "multi_thread")]
async fn one_address_is_slowed_down_but_twenty_people_behind_it_are_not() {
    let (_home, server, link) = begin().await;
    for person in 0..20 {
        let sent = ask_link(&server, &stranger(), &format!("p{person}@example.org"), "").await;
        assert_eq!(sent.status, StatusCode::OK, "person {person}");
        assert_ne!(post(&stranger(), &link, &typed("000000")).await.status, StatusCode::TOO_MANY_REQUESTS, "{person}");
    }
    let mut tries = 40;
    let refused = loop {
        let page = ask_link(&server, &stranger(), "guesser@example.org", "").await;
        tries += 1;
        if page.status == StatusCode::TOO_MANY_REQUESTS && page.headers.contains_key("Retry-After") {
            break page;
        }
        assert!(tries <= 100, "a hundred tries are enough");
    };
    assert!(refused.says("You have tried too often"), "{}", refused.text());
    let elsewhere = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
    let other = Client::builder().local_address(elsewhere).cookie_store(true).build().unwrap();
    assert_eq!(ask_link(&server, &other, "p1@example.org", "").await.status, StatusCode::OK);
}

#[test(flavor = "multi_thread")]
async fn a_session_ends_by_itself_when_it_is_not_used() {
    let (home, server, link) = begin().await;
    let own_phone = stranger();
    post(&own_phone, &link, &ticked()).await;
    let shared =
        server.shared_browser(EMAIL, Role::Manager, vec![Target::Service(CareServiceId::from_text("1-1"))]).await;
    let staff = stranger();
    post(&staff, &server.invite("s@example.org", Role::Staff, Vec::new()).await, &ticked()).await;
    home.clock.advance(Duration::hours(12) - Duration::seconds(1));
    assert!(is_signed_in(&server, &shared).await);
    assert_eq!(get(&staff, &server.at("/board")).await.status, StatusCode::OK);
    home.clock.advance(Duration::hours(12));
    assert!(!is_signed_in(&server, &shared).await, "nobody said that this device is a manager's own");
    assert_eq!(get(&staff, &server.at("/board")).await.status, StatusCode::SEE_OTHER, "staff may tick it in vain");
    home.clock.advance(Duration::days(29));
    assert!(is_signed_in(&server, &own_phone).await, "a manager's own phone stays signed in");
    home.clock.advance(Duration::days(30));
    assert!(!is_signed_in(&server, &own_phone).await);
}

fn ticked() -> Fields {
    vec![("trusted".to_owned(), "yes".to_owned())]
}

#[test(flavor = "multi_thread")]
async fn however_much_it_is_used_a_session_ends_in_the_end() {
    let (home, server, link) = begin().await;
    let own_phone = stranger();
    post(&own_phone, &link, &ticked()).await;
    for _ in 0..4 {
        home.clock.advance(Duration::days(20));
        assert!(is_signed_in(&server, &own_phone).await);
    }
    home.clock.advance(Duration::days(10));
    assert!(!is_signed_in(&server, &own_phone).await, "90 days for a manager's own phone");
    let staff = server.browser("s@example.org", Role::Staff, Vec::new()).await;
    for hours in (0..168).step_by(8) {
        assert_eq!(get(&staff, &server.at("/board")).await.status, StatusCode::OK, "after {hours} hours");
        home.clock.advance(Duration::hours(8));
    }
    assert_eq!(get(&staff, &server.at("/board")).await.status, StatusCode::SEE_OTHER, "7 days for everybody else");
}

#[test(flavor = "multi_thread")]
async fn the_tick_of_the_asking_page_counts_where_the_link_was_asked_for() {
    let (home, server, _) = begin().await;
    let (asking, other) = (stranger(), stranger());
    let ticked = [("email", EMAIL), ("trusted", "yes")];
    press(&asking, &server, &get(&asking, &server.at("/sign-in")).await, "/sign-in", &ticked).await;
    let link = server.mailed_link(EMAIL).await;
    assert_eq!(get(&asking, &link).await.status, StatusCode::SEE_OTHER);
    let sent_again = press(&asking, &server, &get(&asking, &server.at("/sign-in")).await, "/sign-in", &ticked).await;
    let second = server.mailed_link(EMAIL).await;
    assert_eq!(post(&other, &second, &typed(&code(&sent_again))).await.status, StatusCode::SEE_OTHER);
    home.clock.advance(Duration::days(20));
    assert!(is_signed_in(&server, &asking).await && !is_signed_in(&server, &other).await);
}
