//! Pages for when something is missing or wrong: a fault of ours, no database, an address that is asked the wrong way, nobody
//! to ask, no cookies, a press of "back". What each page says besides is tested where its handler is.

use berth::store::conn::DatabaseUrl;
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use reqwest::{Client, StatusCode};
use tokio::test;

use crate::support::homes::{add, care_home};
use crate::support::html::{Page, ask, get, post, press};
use crate::support::manager::{FORM, begin, form, send, stored};
use crate::support::server::{Server, stranger};
use crate::support::{BEGIN, Home, log, stamp};

/// The database's own file, by another way in.
fn beside(home: &Home) -> SqliteConnection {
    SqliteConnection::establish(&home.path("berth.db").to_string_lossy()).unwrap()
}

/// A page of ours: with the way to everything else, and in one language.
fn is_whole(page: &Page) -> bool {
    page.html.trim_start().starts_with("<!DOCTYPE html>")
        && page.links().contains(&"/contact".to_owned())
        && page.says("Find care")
}

#[test(flavor = "multi_thread")]
async fn a_fault_of_ours_is_a_page_with_a_number_that_is_also_in_the_log() {
    log::errors();
    let home = Home::on_sqlite();
    add(&home.db(), stamp(BEGIN), vec![care_home("1-1", "Alder House")]);
    let server = Server::start_with(&home, &[("BERTH_HELP_EMAIL", "help@example.org")]);
    beside(&home).batch_execute("ALTER TABLE postcode_districts RENAME TO elsewhere").unwrap();
    let page = get(&stranger(), &server.at("/search?near=SO23")).await;
    assert_eq!(page.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(is_whole(&page) && page.title().starts_with("Sorry, there is a problem"), "{}", page.text());
    let number = page.text().split("so that we can find it: ").nth(1).unwrap()[..10].to_owned();
    assert!(
        page.links().contains(&format!("mailto:help@example.org?subject=Problem%20{number}")),
        "{:?}",
        page.links()
    );
    let logged = log::errors();
    let line = logged.lines().find(|line| line.contains(&number)).unwrap_or_else(|| panic!("{number} in {logged}"));
    assert!(line.contains("no such table"), "the log has the reason: {line}");
    assert!(!page.html.contains("no such table"), "and the page has not");
}

#[test(flavor = "multi_thread")]
async fn while_nothing_can_be_written_a_form_is_answered_by_a_page_that_says_so() {
    let home = Home::on_sqlite();
    let (server, manager) = begin(&home).await;
    let fields = form(&server, &manager).await;
    let mut other = DatabaseUrl::parse(&home.database_url).unwrap().connect().unwrap();
    other.begin_writing().unwrap();
    let page = send(&server, &manager, &fields).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.headers.contains_key("Retry-After") && is_whole(&page));
    assert!(page.says("You will be able to use it again in a few minutes"), "{}", page.text());
    drop(other);
    assert_eq!(send(&server, &manager, &fields).await.status, StatusCode::SEE_OTHER, "and then it goes on");
}

#[test(flavor = "multi_thread")]
async fn an_address_that_is_asked_the_wrong_way_says_so_in_a_sentence() {
    let home = Home::on_sqlite();
    let (server, manager) = begin(&home).await;
    let browser = stranger();
    for path in ["/sign-out", "/services/1-1/people/leave", "/alerts/x/delete", "/desk/send", "/update/1-1/confirm"] {
        let page = get(&browser, &server.at(path)).await;
        assert_eq!((page.status, is_whole(&page)), (StatusCode::METHOD_NOT_ALLOWED, true), "{path}");
        assert!(page.says("This address only takes what a form sends"), "{path}: {}", page.text());
        assert_eq!(page.headers["Allow"], "POST", "{path}");
    }
    for path in ["/search", "/guides", "/cookies"] {
        let page = post(&browser, &server.at(path), &Vec::new()).await;
        assert_eq!((page.status, is_whole(&page)), (StatusCode::METHOD_NOT_ALLOWED, true), "{path}");
        assert!(page.says("It can only be read"), "{path}: {}", page.text());
    }
    let large = ask(browser.post(server.at("/alerts")).form(&[("name", "x".repeat(1 << 20))])).await;
    assert_eq!((large.status, is_whole(&large)), (StatusCode::PAYLOAD_TOO_LARGE, true));
    assert!(large.says("That is too large"));
    let no_form = ask(browser.post(server.at("/alerts")).body("{")).await;
    assert!(no_form.status.is_client_error() && is_whole(&no_form), "{} {}", no_form.status, no_form.html);
    let garbled = get(&browser, &server.at("/services/%FF%FE")).await;
    assert!(garbled.status.is_client_error() && is_whole(&garbled), "{} {}", garbled.status, garbled.html);
    let mut fields = form(&server, &manager).await;
    fields.push(("lines-0-note".to_owned(), "x".repeat(1 << 20)));
    assert!(is_whole(&send(&server, &manager, &fields).await), "a large one of somebody signed in, too");
}

#[test(flavor = "multi_thread")]
async fn every_page_leads_to_who_runs_it_as_far_as_the_operator_said() {
    let home = Home::on_sqlite();
    let own = [
        ("BERTH_RUN_BY", "Example County Council"),
        ("BERTH_HELP_EMAIL", "help@example.org"),
        ("BERTH_HELP_PHONE", "01632 960000"),
    ];
    let server = Server::start_with(&home, &own);
    assert!(get(&stranger(), &server.at("/")).await.links().contains(&"/contact".to_owned()));
    let page = get(&stranger(), &server.at("/contact")).await;
    assert!(page.says("is run by Example County Council") && page.says("Phone 01632 960000"), "{}", page.text());
    assert!(page.links().contains(&"mailto:help@example.org".to_owned()));
    let nobody = Home::on_sqlite();
    let server = Server::start(&nobody);
    let page = get(&stranger(), &server.at("/contact")).await;
    assert!(page.says("Contact your council's adult social care team"), "{}", page.text());
}

#[test(flavor = "multi_thread")]
async fn a_browser_that_looks_for_an_icon_finds_one() {
    let home = Home::on_sqlite();
    let server = Server::start(&home);
    let icon = ask(stranger().get(server.at("/favicon.ico"))).await;
    assert_eq!((icon.status, icon.headers["Content-Type"].to_str().unwrap()), (StatusCode::OK, "image/png"));
}

#[test(flavor = "multi_thread")]
async fn the_page_for_no_connection_is_the_same_for_everybody() {
    let home = Home::on_sqlite();
    let (server, manager) = begin(&home).await;
    let [theirs, anybodys] =
        [get(&manager, &server.at("/offline")).await, get(&stranger(), &server.at("/offline")).await];
    assert_eq!(theirs.html, anybodys.html);
    assert!(theirs.says("You are offline") && !theirs.says("Sign out"));
    assert_eq!(theirs.headers["Cache-Control"], "no-cache", "a browser may keep it");
}

/// A browser that keeps no cookie. What signing in says to it is in `sessions.rs`.
fn without_cookies() -> Client {
    Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

#[test(flavor = "multi_thread")]
async fn without_cookies_everything_public_works() {
    let home = Home::on_sqlite();
    add(&home.db(), stamp(BEGIN), vec![care_home("1-1", "Alder House")]);
    let server = Server::start(&home);
    let browser = without_cookies();
    for path in ["/", "/search?q=alder", "/services/1-1", "/guides/residential", "/alerts", "/contact"] {
        assert_eq!(get(&browser, &server.at(path)).await.status, StatusCode::OK, "{path}");
    }
    let alerts = get(&browser, &server.at("/alerts")).await;
    let told = [("name", "For Gran"), ("channels", "mail"), ("email", "family@example.org")];
    let made = press(&browser, &server, &alerts, "/alerts", &told).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text());
    assert!(get(&browser, &server.at(made.location())).await.says("Check your email"));
    server.mailed("family@example.org", "/alerts/confirm/").await;

    let service = get(&browser, &server.at("/services/1-1")).await;
    let kept = press(&browser, &server, &service, "/shortlist", &[("add", "1-1")]).await;
    let next = get(&browser, &server.at(kept.location())).await;
    assert!(next.status.is_success(), "{} {}", next.status, next.text());
}

#[test(flavor = "multi_thread")]
async fn a_form_that_comes_back_by_the_back_button_is_told_what_was_published_since() {
    let home = Home::on_sqlite();
    let (server, manager) = begin(&home).await;
    let before = get(&manager, &server.at(FORM)).await;
    assert_eq!(before.headers["Cache-Control"], "no-store", "a browser asks for it anew");
    let fields = before.form(FORM);
    assert_eq!(send(&server, &manager, &fields).await.status, StatusCode::SEE_OTHER);
    let version = stored(&home, "1-1").version;
    let again = get(&manager, &server.at(FORM)).await.form(FORM);
    assert_eq!(again.iter().find(|(name, _)| name == "version").unwrap().1, version.to_string());
}
