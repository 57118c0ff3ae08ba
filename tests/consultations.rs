//! A consultation from the administrator's form over the public's answers without names to what was
//! heard: it opens and ends by its days, and its answers are its council's alone.

use berth::domain::authority::AuthorityCode;
use berth::domain::person::Target;
use berth::domain::words::Role;
use berth::jobs::housekeeping;
use chrono::Duration;
use reqwest::{Client, StatusCode};
use tokio::test;

use crate::support::Home;
use crate::support::homes::{add, care_home};
use crate::support::html::{Fields, Page, ask, get, post, press, set};
use crate::support::server::{Server, stranger};
use crate::support::{BEGIN, stamp};

const NEW: &str = "/admin/consultations/new";
const QUESTIONS: &str = "Where do you look for care? | Online | By phone\nWhat is missing?";

fn of(code: &str) -> Vec<Target> {
    vec![Target::Authority(AuthorityCode::parse(code).unwrap())]
}

async fn begin(home: &Home) -> (Server, Client) {
    add(&home.db(), stamp(BEGIN), vec![care_home("1-1", "Alder House")]);
    let server = Server::start(home);
    let admin = server.browser("admin@example.org", Role::Admin, of("E10000014")).await;
    (server, admin)
}

/// Opens one that runs from the 20th of November to the 1st of December; its address for the public.
async fn open(server: &Server, admin: &Client, heard: &str) -> String {
    let form = get(admin, &server.at(NEW)).await;
    let typed = [
        ("authority", "E10000014"),
        ("title", "What should our guides say?"),
        ("about", "We make **guides**.\n\n- to homes\n- to care at home"),
        ("questions", QUESTIONS),
        ("opens_on", "2026-11-20"),
        ("ends_on", "2026-12-01"),
        ("heard", heard),
        ("act", "save"),
    ];
    let saved = press(admin, server, &form, NEW, &typed).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    saved.location().replace("/admin", "").replace("?saved=yes", "")
}

/// What the form of a consultation would send, with these answers.
fn answers(page: &Page, path: &str, own: &[(&str, &str)]) -> Fields {
    let mut fields = page.form(path);
    for (name, value) in own {
        set(&mut fields, name, value);
    }
    fields
}

#[test(flavor = "multi_thread")]
async fn the_public_answers_without_a_name_and_its_council_reads_exports_and_says_what_it_heard() {
    for home in Home::on_each() {
        let (server, admin) = begin(&home).await;
        let path = open(&server, &admin, "").await;
        let reader = stranger();
        assert!(get(&reader, &server.at("/")).await.links().contains(&path), "the first page leads there");
        assert!(get(&reader, &server.at("/consultations")).await.links().contains(&path));
        let page = get(&reader, &server.at(&path)).await;
        assert!(
            page.html.contains("<strong>guides</strong>") && page.html.contains("<li>to homes</li>"),
            "{}",
            page.html
        );
        let first = answers(&page, &path, &[("question-0", "Online"), ("question-1", "=Prices, \"plainly\"")]);
        for _ in 0..2 {
            let sent = post(&reader, &server.at(&path), &first).await;
            assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
        }
        let page = get(&reader, &server.at(&path)).await;
        post(&reader, &server.at(&path), &answers(&page, &path, &[("question-0", "By phone")])).await;

        let own = format!("/admin{path}");
        let read = get(&admin, &server.at(&format!("{own}/answers"))).await;
        assert!(read.says("2 answers") && read.says("Online 1 50 %") && read.says("=Prices"), "{}", read.text());
        let file = ask(admin.get(server.at(&format!("{own}/answers.csv")))).await;
        let rows: Vec<&str> = file.html.lines().collect();
        assert_eq!(rows[0], "day,Where do you look for care?,What is missing?");
        assert!(rows.contains(&"2026-11-22,Online,\"'=Prices, \"\"plainly\"\"\""), "guarded: {rows:?}");
        assert_eq!(rows.len(), 3);
        assert!(get(&admin, &server.at("/admin/audit")).await.says("Took the answers to a consultation away"));

        let form = get(&admin, &server.at(&own)).await;
        let mut fields = form.form(&own);
        for (name, value) in [("about", "We make guides."), ("questions", "Another question?"), ("act", "save")] {
            set(&mut fields, name, value);
        }
        let changed = post(&admin, &server.at(&own), &fields).await;
        assert!(changed.error_at("questions").contains("answered"), "{:?}", changed.summary());
        set(&mut fields, "questions", QUESTIONS);
        set(&mut fields, "heard", "Most of you look **online**.");
        assert_eq!(post(&admin, &server.at(&own), &fields).await.status, StatusCode::SEE_OTHER);
        let again = post(&admin, &server.at(&own), &fields).await;
        assert!(again.says("Somebody saved other words meanwhile"), "{}", again.text());
        let heard = get(&reader, &server.at(&path)).await;
        assert!(heard.says("What we heard") && heard.html.contains("<strong>online</strong>"));
        let other = server.browser("other@example.org", Role::Admin, of("E06000044")).await;
        for forbidden in [own.clone(), format!("{own}/answers"), format!("{own}/answers.csv")] {
            assert_eq!(get(&other, &server.at(&forbidden)).await.status, StatusCode::FORBIDDEN, "{forbidden}");
        }
    }
}

#[test(flavor = "multi_thread")]
async fn it_opens_and_ends_by_its_days_or_when_it_is_ended_and_answers_are_forgotten_in_time() {
    for home in Home::on_each() {
        let (server, admin) = begin(&home).await;
        let path = open(&server, &admin, "").await;
        let reader = stranger();
        let page = get(&reader, &server.at(&path)).await;
        let fields = answers(&page, &path, &[("question-0", "Online")]);
        assert_eq!(post(&reader, &server.at(&path), &fields).await.status, StatusCode::SEE_OTHER);
        // The end of the 1st of December, and a minute after.
        home.clock.advance(Duration::days(9) + Duration::hours(14) + Duration::minutes(29));
        assert!(get(&reader, &server.at(&path)).await.actions().contains(&path), "the last minute of the last day");
        home.clock.advance(Duration::minutes(2));
        let over = get(&reader, &server.at(&path)).await;
        assert!(!over.actions().contains(&path) && over.says("This ended on 1 December 2026"), "{}", over.text());
        assert_eq!(post(&reader, &server.at(&path), &fields).await.status, StatusCode::GONE);
        assert!(!get(&reader, &server.at("/")).await.links().contains(&path));
        home.clock.advance(Duration::days(366));
        housekeeping::round(&server.app).await.unwrap();
        let admin = server.browser("later@example.org", Role::Admin, of("E10000014")).await;
        let left = get(&admin, &server.at(&format!("/admin{path}/answers"))).await;
        assert!(left.says("0 answers"), "{}", left.text());
        assert_eq!(get(&reader, &server.at(&path)).await.status, StatusCode::OK, "the page stays");
    }
}

#[test(flavor = "multi_thread")]
async fn mistakes_are_said_beside_their_fields_and_an_early_end_is_one_press() {
    let home = Home::on_sqlite();
    let (server, admin) = begin(&home).await;
    let form = get(&admin, &server.at(NEW)).await;
    let typed =
        [("authority", "E10000014"), ("title", "T"), ("about", "A"), ("questions", "Only one? | Yes"), ("act", "save")];
    let wrong = press(&admin, &server, &form, NEW, &typed).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.error_at("questions").contains("two to 10 choices"), "{:?}", wrong.summary());
    let mut tried: Vec<(&str, &str)> = typed.to_vec();
    tried[3] = ("questions", "What is missing?");
    tried[4] = ("act", "preview");
    assert!(press(&admin, &server, &form, NEW, &tried).await.says("This is not saved yet"));
    assert!(get(&admin, &server.at("/admin/consultations")).await.says("There are none"));

    let path = open(&server, &admin, "").await;
    let reader = stranger();
    let page = get(&reader, &server.at(&path)).await;
    let named = answers(&page, &path, &[("question-1", "Mrs Example was so kind")]);
    let named = post(&reader, &server.at(&path), &named).await;
    assert!(named.error_at("question-1").contains("the name of a person"), "{:?}", named.summary());
    let checked = answers(&named, &path, &[("question-1", "Mrs Example was so kind"), ("personal_ok", "yes")]);
    assert_eq!(post(&reader, &server.at(&path), &checked).await.status, StatusCode::SEE_OTHER);
    let empty = post(&reader, &server.at(&path), &page.form(&path)).await;
    assert!(empty.error_at("question-0").contains("at least one"), "{:?}", empty.summary());

    let own = format!("/admin{path}");
    let form = get(&admin, &server.at(&own)).await;
    let ended = press(&admin, &server, &form, &format!("{own}/close"), &[]).await;
    assert_eq!(ended.location(), format!("{own}?closed=yes"));
    assert!(get(&reader, &server.at(&path)).await.says("This ended on 22 November 2026"));
    for hidden in ["/consultations/none", "/admin/consultations/none"] {
        let browser = if hidden.starts_with("/admin") { &admin } else { &reader };
        assert_eq!(get(browser, &server.at(hidden)).await.status, StatusCode::NOT_FOUND, "{hidden}");
    }
}
