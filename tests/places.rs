//! Shortlists and the contact centre's desk: services side by side, kept as far as they should be, and
//! sent without anything remembered of to whom.

use berth::domain::care_service::CareServiceId;
use berth::domain::person::Target;
use berth::domain::words::{CareType, Kind, Role};
use berth::store::jobs;
use chrono::Duration;
use reqwest::{Client, StatusCode};
use tokio::test;

use crate::support::homes::{add, care_home, confirmed, nursing};
use crate::support::html::{Page, get, post, press};
use crate::support::server::{Server, stranger};
use crate::support::{BEGIN, Home, stamp};

const STAFF: &str = "social.worker@example.org";

/// Twelve homes, the first two with places, and an agency.
fn begin(home: &Home) -> Server {
    begin_with(home, &[])
}

fn begin_with(home: &Home, own: &[(&str, &str)]) -> Server {
    let mut homes: Vec<_> =
        (1..=12).map(|number| care_home(&format!("1-{number}"), &format!("Home {number:02}"))).collect();
    homes[0].facts.beds = Some(25);
    for (home, free) in homes.iter_mut().zip([2, 1]) {
        home.capacity = confirmed(stamp(BEGIN), vec![nursing(10, 5, free)]);
    }
    let mut agency = care_home("1-20", "Cedar Care");
    (agency.facts.kind, agency.facts.care_types) = (Kind::HomeCare, vec![CareType::HomeCare]);
    homes.push(agency);
    add(&home.db(), stamp(BEGIN), homes);
    Server::start_with(home, own)
}

async fn staff(server: &Server) -> Client {
    server.browser(STAFF, Role::Staff, vec![Target::All]).await
}

/// Presses the button of a service's page.
async fn choose(server: &Server, browser: &Client, id: &str) -> Page {
    let page = get(browser, &server.at(&format!("/services/{id}"))).await;
    press(browser, server, &page, "/shortlist", &[("add", id)]).await
}

#[test(flavor = "multi_thread")]
async fn anybody_compares_services_and_what_differs_is_marked() {
    let home = Home::on_sqlite();
    let server = begin(&home);
    let reader = stranger();
    assert!(get(&reader, &server.at("/shortlist")).await.says("compare up to ten"));
    for id in ["1-2", "1-1", "1-20"] {
        let chosen = choose(&server, &reader, id).await;
        assert_eq!((chosen.status, chosen.location()), (StatusCode::SEE_OTHER, "/shortlist"));
    }
    let cookie = choose(&server, &reader, "1-1").await.headers["Set-Cookie"].to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && !cookie.contains("Max-Age"), "{cookie}");
    assert!(get(&reader, &server.at("/cookies")).await.says("berth-shortlist"), "it is declared");
    let page = get(&reader, &server.at("/shortlist")).await;
    let text = page.text();
    assert!(text.contains("Home 02 Home 01 Cedar Care"), "as they were chosen, each once: {text}");
    assert!(page.says("Registered beds differs 40 25 40") && page.says("Run by Example Care"), "{text}");
    assert!(page.says("1 general nursing, permanent 2 general nursing, permanent –"), "{text}");
    let links = page.links();
    for link in ["/guides/residential.pdf?id=1-2&id=1-1", "/guides/home-care.pdf?id=1-20"] {
        assert!(links.contains(&link.to_owned()), "{link} in {links:?}");
    }
    assert!(!page.says("have a place kept") && !page.says("Case reference"), "that is for staff");
    let sent = links.iter().find(|link| link.contains("/shortlist?id=")).unwrap();
    let other = get(&stranger(), sent).await;
    assert!(
        other.says("Services side by side")
            && other.says("Home 01")
            && !other.actions().contains(&"/shortlist".to_owned())
    );

    press(&reader, &server, &page, "/shortlist", &[("remove", "1-2")]).await;
    let page = get(&reader, &server.at("/shortlist")).await;
    assert!(!page.says("Home 02") && page.says("Shortlist (2)"), "{}", page.text());
    let search = get(&reader, &server.at("/search?q=Home+01")).await;
    assert!(search.says("Remove from shortlist : Home 01"), "{}", search.text());
    press(&reader, &server, &page, "/shortlist", &[("clear", "yes")]).await;
    assert!(get(&reader, &server.at("/shortlist")).await.says("compare up to ten"));
}

#[test(flavor = "multi_thread")]
async fn the_eleventh_does_not_fit_and_a_forged_list_is_no_list() {
    let home = Home::on_sqlite();
    let server = begin(&home);
    let reader = stranger();
    for number in 1..=10 {
        choose(&server, &reader, &format!("1-{number}")).await;
    }
    let full = choose(&server, &reader, "1-11").await;
    assert_eq!(full.location(), "/shortlist?done=full");
    let page = get(&reader, &server.at(full.location())).await;
    assert!(page.says("holds ten services") && page.says("Home 10") && !page.says("Home 11"), "{}", page.text());
    let unknown = post(&reader, &server.at("/shortlist"), &vec![("add".to_owned(), "1-99".to_owned())]).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let forged = stranger().get(server.at("/shortlist")).header("Cookie", "berth-shortlist=.312d31.x");
    assert!(forged.send().await.unwrap().text().await.unwrap().contains("compare up to ten"));
    let away = reader.post(server.at("/shortlist")).header("Referer", "https://elsewhere.example/x");
    assert_eq!(away.form(&[("remove", "1-1")]).send().await.unwrap().headers()["Location"], "/shortlist");
}

#[test(flavor = "multi_thread")]
async fn staff_keep_a_list_under_a_case_that_is_no_name_and_find_it_elsewhere() {
    for home in Home::on_each() {
        let server = begin(&home);
        let worker = staff(&server).await;
        choose(&server, &worker, "1-1").await;
        choose(&server, &worker, "1-2").await;
        let page = get(&worker, &server.at("/shortlist")).await;
        assert!(page.links().contains(&"/enquiries/new?service=1-1&service=1-2".to_owned()));
        for personal in ["Ana Example", "943 476 5919", ""] {
            let refused = press(&worker, &server, &page, "/shortlist", &[("case_reference", personal)]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{personal}: {}", refused.text());
            assert!(!refused.error_at("case_reference").is_empty() && refused.says("Home 01"), "{}", refused.text());
        }
        let kept = press(&worker, &server, &page, "/shortlist", &[("case_reference", "LAS-204417")]).await;
        assert_eq!(kept.location(), "/shortlist?done=kept", "{}", kept.text());
        choose(&server, &worker, "1-3").await;

        let elsewhere = staff(&server).await;
        let list = get(&elsewhere, &server.at("/shortlist")).await;
        assert!(list.says("LAS-204417 3 services"), "{}", list.text());
        press(&elsewhere, &server, &list, "/shortlist", &[("open", "LAS-204417")]).await;
        let open = get(&elsewhere, &server.at("/shortlist")).await;
        assert!(open.says("Shortlist for case LAS-204417") && open.says("Home 03"), "{}", open.text());
        let other = server.browser("other@example.org", Role::Staff, vec![Target::All]).await;
        assert!(!get(&other, &server.at("/shortlist")).await.says("LAS-204417"), "a case is its worker's");
        let mut fields = get(&other, &server.at("/services/1-1")).await.form("/shortlist");
        fields.push(("open".to_owned(), "LAS-204417".to_owned()));
        let stolen = post(&other, &server.at("/shortlist"), &fields).await;
        assert_eq!(stolen.status, StatusCode::NOT_FOUND);

        press(&elsewhere, &server, &open, "/shortlist", &[("forget", "LAS-204417")]).await;
        assert!(!get(&staff(&server).await, &server.at("/shortlist")).await.says("LAS-204417"));
    }
}

/// Whether any row of such work is left, waiting or given up: it alone holds to whom.
async fn is_held(server: &Server) -> bool {
    let rows = server.app.db.read(|c| jobs::all(c, 1000)).await.unwrap();
    rows.iter().any(|row| row.name.starts_with("places_"))
}

async fn until_forgotten(server: &Server) {
    let mut hint = server.app.db.hint();
    let waited = async {
        while is_held(server).await {
            hint.changed().await.unwrap();
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), waited).await.expect("it is forgotten");
}

#[test(flavor = "multi_thread")]
async fn a_shortlist_goes_by_mail_and_the_address_goes_with_it() {
    for home in Home::on_each() {
        let server = begin(&home);
        let reader = stranger();
        choose(&server, &reader, "1-1").await;
        choose(&server, &reader, "1-20").await;
        let page = get(&reader, &server.at("/shortlist")).await;
        let refused = press(&reader, &server, &page, "/shortlist/mail", &[("email", "nobody")]).await;
        assert!(refused.error_at("email").starts_with("Enter an email address"), "{}", refused.text());
        let sent = press(&reader, &server, &page, "/shortlist/mail", &[("email", "daughter@example.net")]).await;
        assert_eq!(sent.location(), "/shortlist?done=sent", "{}", sent.text());
        let link = server.mailed("daughter@example.net", "/shortlist?").await;
        assert!(link.ends_with("/shortlist?id=1-1&id=1-20"), "{link}");
        let mail = server.mails("daughter@example.net").pop().unwrap();
        for said in ["Home 01", "2 vacancies, confirmed less than a minute ago", "01632 960001", "Cedar Care"] {
            assert!(mail.text.contains(said) || mail.text.contains(&said.to_uppercase()), "{said}: {}", mail.text);
        }
        until_forgotten(&server).await;
    }
}

#[test(flavor = "multi_thread")]
async fn the_desk_reads_out_three_services_and_texts_them_to_a_number_that_is_forgotten() {
    for home in Home::on_each() {
        let server = begin(&home);
        let worker = staff(&server).await;
        let empty = get(&worker, &server.at("/desk")).await;
        assert!(empty.says("What does the caller need?") && !empty.says("Read out"), "{}", empty.text());
        let asked = get(&worker, &server.at("/desk?near=51.06%2C-1.3&bed_type=general_nursing&vacant=1")).await;
        assert!(asked.says("Read out") && asked.says("Home 01 01632 960001"), "{}", asked.text());
        let all = get(&worker, &server.at("/desk?near=51.06%2C-1.3")).await;
        assert!(all.says("the nearest 3 of 13"), "{}", all.text());
        let wrong = get(&worker, &server.at("/desk?near=nowhere")).await;
        assert!(wrong.status == StatusCode::BAD_REQUEST && !wrong.error_at("near").is_empty(), "{}", wrong.text());
        assert!(get(&worker, &server.at("/desk?q=nobody")).await.says("There are no"));

        let refused = press(&worker, &server, &asked, "/desk/send", &[("to", "12345")]).await;
        assert!(refused.error_at("to").starts_with("Enter an email address or a mobile"), "{}", refused.text());
        assert!(refused.says("Home 01"), "what was found stands still");
        let sent = press(&worker, &server, &refused, "/desk/send", &[("to", "07700 900123")]).await;
        assert!(
            sent.location().starts_with("/desk?") && sent.location().ends_with("&done=sent"),
            "{}",
            sent.location()
        );
        assert!(get(&worker, &server.at(sent.location())).await.says("On its way."));
        until_forgotten(&server).await;
        let texts: Vec<_> = std::fs::read_dir(home.path("texts")).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(texts.len(), 1);
        let text = std::fs::read_to_string(&texts[0]).unwrap();
        assert!(text.starts_with("To: +447700900123\n\nHome 01, Winchester: 2 vacancies, confirmed"), "{text}");
        assert!(text.contains(&server.at("/shortlist?id=1-1&id=1-2")), "{text}");

        press(&worker, &server, &asked, "/desk/send", &[("to", "caller@example.net")]).await;
        server.mailed("caller@example.net", "/shortlist?").await;
        until_forgotten(&server).await;
        let manager = server
            .browser("m@example.org", Role::Manager, vec![Target::Service(CareServiceId::from_text("1-1"))])
            .await;
        assert_eq!(get(&manager, &server.at("/desk")).await.status, StatusCode::FORBIDDEN);
        assert_eq!(get(&stranger(), &server.at("/desk")).await.status, StatusCode::SEE_OTHER);
    }
}

#[test(flavor = "multi_thread")]
async fn a_number_is_forgotten_too_where_the_gateway_is_away_for_half_a_day() {
    let home = Home::on_sqlite();
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = begin_with(&home, &[("BERTH_TEXT_URL", &format!("http://{nobody}/messages"))]);
    let worker = staff(&server).await;
    let asked = get(&worker, &server.at("/desk?bed_type=general_nursing")).await;
    press(&worker, &server, &asked, "/desk/send", &[("to", "07700 900123")]).await;
    let mut hint = server.app.db.hint();
    let tried = async {
        loop {
            let rows = server.app.db.read(|c| jobs::all(c, 10)).await.unwrap();
            if rows.iter().any(|row| row.last_error.as_ref().is_some_and(|why| why.contains("gateway"))) {
                return;
            }
            hint.changed().await.unwrap();
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), tried).await.expect("it is tried");
    assert!(is_held(&server).await, "it is tried again");
    home.clock.advance(Duration::hours(13));
    until_forgotten(&server).await;
}
