//! A guide for one reader: made at once, sent within seconds, by anybody, with words that nobody keeps.

use berth::domain::words::Role;
use berth::jobs::runner::{self, Became};
use berth::store::jobs::{self, NewJob};
use chrono::Duration;
use reqwest::{Client, StatusCode};
use serde_json::json;
use tokio::test;

use crate::guide_files::with_homes;
use crate::support::Home;
use crate::support::html::{Page, get, press};
use crate::support::server::{Server, stranger};

const PAGE: &str = "/guides/residential";
const FORM: &str = "/guides/residential/for-you";

async fn send(server: &Server, browser: &Client, query: &str, typed: &[(&str, &str)]) -> Page {
    let page = get(browser, &server.at(&format!("{PAGE}?{query}"))).await;
    press(browser, server, &page, FORM, typed).await
}

/// Waits until no row of any job is there.
async fn nothing_is_left(server: &Server) {
    let mut hint = server.app.db.hint();
    let gone = async {
        while !server.app.db.read(|c| jobs::all(c, 10)).await.unwrap().is_empty() {
            hint.changed().await.unwrap();
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), gone).await.expect("the letter and its address stayed");
}

#[test(flavor = "multi_thread")]
async fn a_guide_of_a_shortlist_is_made_at_once_with_words_on_its_first_page_that_nobody_keeps() {
    let home = with_homes();
    let server = Server::start(&home);
    let words = "Dear Ann,\nboth are near <b>you</b>. #panic()";
    for format in ["html", "pdf", "large-print-pdf"] {
        let typed = [("note", words), ("format", format), ("act", "file")];
        let answer = stranger().post(server.at(FORM)).form(&[("query", "id=1-1&id=1-3"), typed[0], typed[1], typed[2]]);
        let answer = answer.send().await.unwrap();
        assert_eq!(
            (answer.status(), answer.headers()["cache-control"].to_str().unwrap()),
            (StatusCode::OK, "no-store")
        );
        let bytes = answer.bytes().await.unwrap();
        if format == "html" {
            let page = String::from_utf8(bytes.to_vec()).unwrap();
            assert!(page.contains("<p dir=\"auto\">Dear Ann,</p>") && page.contains("near &lt;b&gt;you&lt;/b&gt;."));
            assert!(page.contains("Brook House") && page.contains("Yew Tree") && !page.contains("Abbey Lodge"));
        } else {
            assert!(bytes.starts_with(b"%PDF-1."), "{format}");
        }
    }
    let page = get(&stranger(), &server.at(&format!("{PAGE}?id=1-1&id=1-3"))).await;
    assert!(page.links().contains(&server.at(&format!("{PAGE}?id=1-1&id=1-3"))), "the same as a link");
    let plain = reqwest::get(server.at("/guides/residential.html?id=1-1&id=1-3")).await.unwrap();
    assert!(!plain.text().await.unwrap().contains("Dear Ann"));
}

#[test(flavor = "multi_thread")]
async fn anybody_has_a_guide_sent_and_nothing_of_it_stays() {
    let home = with_homes();
    let server = Server::start(&home);
    let typed = [("email", "ann@example.org"), ("note", "Ring me <first>."), ("act", "mail")];
    let done = send(&server, &stranger(), "vacant=1", &typed).await;
    assert_eq!(done.location(), "/guides/residential?vacant=1&sent=yes");
    assert!(get(&stranger(), &server.at(done.location())).await.says("Sent. It should be there within a minute."));
    let link = server.mailed("ann@example.org", "/guides/residential.pdf").await;
    assert_eq!(link, server.at("/guides/residential.pdf?vacant=1"));
    let mail = server.mails("ann@example.org").pop().unwrap();
    assert_eq!(mail.header("Subject"), "Berth: Guide to residential care");
    for words in [
        "We do not know who it was.",
        "> Ring me <first>.",
        "- Brook House, Winchester: 2 vacancies, confirmed ",
        " ago. Phone 01632 960001",
    ] {
        assert!(mail.text.contains(words), "{words}: {}", mail.text);
    }
    assert!(mail.html.contains("Ring me &lt;first&gt;.") && !mail.text.contains("Abbey Lodge"));
    nothing_is_left(&server).await;
    let staff = server.browser("s@example.org", Role::Staff, vec![berth::domain::person::Target::All]).await;
    let typed = [("email", "bob@example.org"), ("note", "See https://x.example"), ("act", "mail")];
    assert_eq!(send(&server, &staff, "", &typed).await.status, StatusCode::SEE_OTHER);
    server.mailed("bob@example.org", "/guides/residential.html").await;
    let mail = server.mails("bob@example.org").pop().unwrap();
    assert!(
        mail.text.contains("Somebody at Berth sends you this guide.") && mail.text.contains("> See https://x.example")
    );
}

#[test(flavor = "multi_thread")]
async fn mistakes_are_said_beside_their_fields_and_too_many_mails_are_refused() {
    let home = with_homes();
    let server = Server::start(&home);
    for (typed, field, why) in [
        ([("email", "nobody"), ("note", "")], "email", "Enter an email address"),
        ([("email", "a@b.example"), ("note", "Click evil.example")], "note", "no web or email addresses"),
        ([("email", "a@b.example"), ("note", &"x".repeat(601))], "note", "at most 600 characters"),
    ] {
        let page = send(&server, &stranger(), "", &[&typed[..], &[("act", "mail")]].concat()).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.error_at(field).contains(why), "{:?}", page.summary());
        assert!(page.html.contains(typed[0].1), "what was typed is kept");
    }
    let to = |email: &'static str| [("email", email), ("act", "mail")];
    for _ in 0..5 {
        assert_eq!(send(&server, &stranger(), "", &to("one@example.org")).await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(send(&server, &stranger(), "", &to("one@example.org")).await.status, StatusCode::TOO_MANY_REQUESTS);
    for _ in 0..4 {
        assert_eq!(send(&server, &stranger(), "", &to("two@example.org")).await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(send(&server, &stranger(), "", &to("six@example.org")).await.status, StatusCode::TOO_MANY_REQUESTS);
    let wrong = stranger().post(server.at(FORM)).form(&[("query", "vacancies=1")]).send().await.unwrap();
    assert_eq!(wrong.status(), StatusCode::BAD_REQUEST);
}

#[test(flavor = "multi_thread")]
async fn what_could_not_be_sent_for_a_day_is_forgotten() {
    for home in Home::on_each() {
        let app = home.app();
        let payload =
            json!({ "to": "ann@example.org", "kind": "residential", "query": "", "note": "Dear", "is_known": false });
        let now = home.clock.now();
        let job = move |c: &mut berth::store::conn::Conn| {
            let new =
                NewJob { name: "guide_mail", payload: payload.to_string(), lane: "sign-in", order: None, run_at: now };
            jobs::enqueue(c, &new, now)
        };
        app.db.write(job).await.unwrap();
        home.clock.advance(Duration::days(1));
        assert_eq!(runner::step(&app).await.unwrap().unwrap().became, Became::GivenUp);
        let (left, held) = app
            .db
            .read(|c| {
                let email = berth::domain::person::EmailAddress::parse("ann@example.org").unwrap();
                let whom = berth::store::held::Whom { person: None, email };
                Ok::<_, berth::store::Error>((jobs::all(c, 10)?, berth::store::held::all(c, &whom)?))
            })
            .await
            .unwrap();
        assert!(left[0].given_up && left[0].last_error.as_ref().unwrap().contains("is forgotten"), "{left:?}");
        assert_eq!(held["letters_waiting"], 0);
    }
}
