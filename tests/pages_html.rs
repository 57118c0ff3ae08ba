//! The pages as people read them: what each promises, to whom, and how it refuses.

use berth::domain::authority::AuthorityCode;
use berth::domain::care_service::{CareService, CareServiceId};
use berth::domain::change::ChangeKind;
use berth::domain::person::Target;
use berth::domain::words::{AdmissionStatus, Role};
use berth::store::changes::{self, Record};
use berth::store::{Error, services};
use reqwest::StatusCode;
use tokio::test;

use crate::support::homes::{add, care_home, confirmed, nursing};
use crate::support::html::{ask, get};
use crate::support::server::{Server, stranger};
use crate::support::{BEGIN, Home, stamp};

fn staff_of_hampshire() -> Vec<Target> {
    vec![Target::Authority(AuthorityCode::parse("E10000014").unwrap())]
}

fn of(id: &str) -> Vec<Target> {
    vec![Target::Service(CareServiceId::from_text(id))]
}

/// Alder House has two vacancies, Beech House is full, Cedar House never told.
fn three_homes() -> Vec<CareService> {
    let mut alder = care_home("1-1", "Alder House");
    alder.capacity = confirmed(stamp(BEGIN), vec![nursing(10, 7, 2)]);
    let mut beech = care_home("1-2", "Beech House");
    beech.capacity = confirmed(stamp(BEGIN), vec![nursing(8, 8, 0)]);
    vec![alder, beech, care_home("1-3", "Cedar House")]
}

fn serve(services: Vec<CareService>) -> (Home, Server) {
    let home = Home::on_sqlite();
    add(&home.db(), stamp(BEGIN), services);
    let server = Server::start(&home);
    (home, server)
}

#[test(flavor = "multi_thread")]
async fn the_first_page_says_what_is_free_and_leads_on() {
    let (_home, server) = serve(three_homes());
    let page = get(&stranger(), &server.at("/")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.says("2 beds are free today among 3 care services ; 2 of them confirmed"), "{}", page.text());
    for link in ["/update", "/board", "/guides", "/alerts", "/sign-in", "/accessibility", "/privacy", "/cookies"] {
        assert!(page.links().iter().any(|href| href == link), "{link}");
    }
    assert_eq!(page.headers["Cache-Control"], "no-cache");
}

#[test(flavor = "multi_thread")]
async fn a_search_counts_orders_and_links_what_it_finds() {
    let (_home, server) = serve(three_homes());
    let page = get(&stranger(), &server.at("/search?q=&near=&within=10&vacant=")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.says("3 care services") && page.says("Those confirmed in the last 24 hours first"));
    let links: Vec<_> = page.links().into_iter().filter(|href| href.starts_with("/services/")).collect();
    assert_eq!(links, ["/services/1-1", "/services/1-2", "/services/1-3"]);
    for words in ["Vacancies 2 vacancies Confirmed less than a minute ago", "Full Confirmed", "Not told yet"] {
        assert!(page.says(words), "{words}");
    }
    let none = get(&stranger(), &server.at("/search?vacant=5")).await;
    assert!(none.says("There are no care services, with 5 vacancies or more"), "{}", none.text());
}

#[test(flavor = "multi_thread")]
async fn each_chosen_filter_can_be_taken_away() {
    let (_home, server) = serve(three_homes());
    let page = get(&stranger(), &server.at("/search?kind=care_home&vacant=1&q=alder")).await;
    assert!(page.says("1 care service"));
    let links = page.links();
    for href in ["/search?kind=care_home&vacant=1", "/search?q=alder&vacant=1", "/search?q=alder&kind=care_home"] {
        assert!(links.iter().any(|link| link == href), "{href} in {links:?}");
    }
    let fields = page.form("/search");
    assert!(fields.contains(&("q".to_owned(), "alder".to_owned())));
    assert!(fields.contains(&("kind".to_owned(), "care_home".to_owned())));
}

#[test(flavor = "multi_thread")]
async fn a_long_list_has_numbered_pages() {
    let homes = (1..=45).map(|n| care_home(&format!("1-{n}"), &format!("House {n:02}"))).collect();
    let (_home, server) = serve(homes);
    let third = get(&stranger(), &server.at("/search?kind=care_home&page=3")).await;
    assert!(third.title().starts_with("Find care (page 3 of 3)"), "{}", third.title());
    assert!(third.says("45 care services") && third.says("House 45") && !third.says("House 40"));
    assert!(third.links().iter().any(|href| href == "/search?kind=care_home&page=2"));
    let past = get(&stranger(), &server.at("/search?kind=care_home&page=9")).await;
    assert!(past.title().contains("(page 3 of 3)"));
}

#[test(flavor = "multi_thread")]
async fn a_mistake_in_the_filter_stands_beside_its_field_and_what_was_typed_stays() {
    let (_home, server) = serve(three_homes());
    let page = get(&stranger(), &server.at("/search?near=Nowhere&q=Alder&by=2026-02-31&colour=red")).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.title().starts_with("Error: "), "{}", page.title());
    let near = "Enter a postcode, such as SO23 8UJ, or a postcode district, such as SO23";
    assert_eq!(page.error_at("near"), near);
    assert_eq!(page.error_at("by"), "Enter a real date");
    let summary = page.summary();
    assert!(summary.contains(&("near".to_owned(), near.to_owned())), "{summary:?}");
    assert!(summary.iter().any(|(field, text)| field.is_empty() && text.contains("\"colour\"")), "{summary:?}");
    let fields = page.form("/search");
    for (name, typed) in [("near", "Nowhere"), ("q", "Alder"), ("by", "2026-02-31")] {
        assert!(fields.contains(&(name.to_owned(), typed.to_owned())), "{name} in {fields:?}");
    }
    for wrong in ["page=0", "page=x", "near=SO99", "vacant=-1", "Q=x"] {
        let status = get(&stranger(), &server.at(&format!("/search?{wrong}"))).await.status;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{wrong}");
    }
}

#[test(flavor = "multi_thread")]
async fn a_service_shows_the_public_what_is_free_and_staff_the_rest() {
    let (_home, server) = serve(three_homes());
    let public = get(&stranger(), &server.at("/services/1-1")).await;
    assert_eq!((public.status, public.headers["Cache-Control"].to_str().unwrap()), (StatusCode::OK, "no-cache"));
    assert!(public.says("2 vacancies, confirmed less than a minute ago"), "{}", public.text());
    assert!(public.says("Example Care") && public.says("01632 960001") && public.says("SO23 8UJ"));
    assert!(!public.says("Occupied") && !public.says("Update these figures"));

    let staff = server.browser("s@example.org", Role::Staff, staff_of_hampshire()).await;
    let seen = get(&staff, &server.at("/services/1-1")).await;
    assert_eq!(seen.headers["Cache-Control"], "no-store");
    assert!(seen.says("Occupied Reserved Not admittable Maximum") && !seen.says("Update these figures"));

    let manager = server.browser("m@example.org", Role::Manager, of("1-1")).await;
    let own = get(&manager, &server.at("/services/1-1")).await;
    assert!(own.says("Occupied") && own.says("Update these figures"));
    let other = get(&manager, &server.at("/services/1-2")).await;
    assert!(!other.says("Occupied") && !other.says("Update these figures"));
}

#[test(flavor = "multi_thread")]
async fn a_service_that_left_says_so_and_one_that_never_was_is_not_found() {
    let (home, server) = serve(three_homes());
    let seq = home
        .db()
        .write_now(|c| {
            let stored = services::get(c, &CareServiceId::from_text("1-3"))?;
            let gone = CareService { left_at: Some(stamp(BEGIN)), ..stored.service };
            let record = Record {
                at: stamp(BEGIN),
                kind: ChangeKind::ServiceLeft,
                actor: "test",
                service: &gone,
                previous_seq: stored.last_seq,
            };
            changes::record(c, &record)
        })
        .map_err(|e: Error| e)
        .unwrap();
    server.app.board.reach(seq).await;
    let left = get(&stranger(), &server.at("/services/1-3")).await;
    assert_eq!(left.status, StatusCode::GONE);
    assert!(left.says("Cedar House has left the register") && left.says("22 November 2026"));
    let never = get(&stranger(), &server.at("/services/1-9")).await;
    assert_eq!(never.status, StatusCode::NOT_FOUND);
    assert!(never.says("Page not found"));
    assert!(!get(&stranger(), &server.at("/search")).await.says("Cedar House"));
}

#[test(flavor = "multi_thread")]
async fn the_way_back_leads_to_the_list_with_its_filter_and_nowhere_else() {
    let (_home, server) = serve(three_homes());
    let back = async |referer: &str| {
        let page = ask(stranger().get(server.at("/services/1-1")).header("Referer", referer)).await;
        let at = page.html.find("govuk-back-link").unwrap();
        let start = page.html[..at].rfind("href=\"").unwrap() + "href=\"".len();
        page.html[start..at].split('"').next().unwrap().replace("&#x2f;", "/").replace("&amp;", "&")
    };
    assert_eq!(back(&server.at("/search?vacant=1&page=2")).await, "/search?vacant=1&page=2");
    assert_eq!(back("https://elsewhere.example/search?vacant=1").await, "/search");
    assert_eq!(back(&server.at("/sign-in")).await, "/search");
}

#[test(flavor = "multi_thread")]
async fn the_board_is_whole_without_scripts() {
    let (_home, server) = serve(three_homes());
    let staff = server.browser("s@example.org", Role::Staff, Vec::new()).await;
    let page = get(&staff, &server.at("/board")).await;
    assert_eq!((page.status, page.headers["Cache-Control"].to_str().unwrap()), (StatusCode::OK, "no-store"));
    assert!(
        page.says("Alder House Winchester Add to shortlist : Alder House Vacancies 2 less than a minute ago"),
        "{}",
        page.text()
    );
    assert!(page.says(": Beech House Full 0") && page.says(": Cedar House Not told yet –"));
    for id in ["1-1", "1-2", "1-3"] {
        assert!(page.links().contains(&format!("/services/{id}")), "{id}");
        assert!(page.html.contains(&format!("data-id=\"{id}\"")), "{id}");
    }
    let after = format!("data-after=\"{}.{}\"", server.app.epoch, server.app.board.current().seq());
    assert!(page.html.contains(&after), "{after}");
    let filtered = get(&staff, &server.at("/board?vacant=1")).await;
    assert!(filtered.says("Alder House") && !filtered.says("Beech House"));
    assert!(filtered.html.contains("data-query=\"vacant=1\""));
    let wrong = get(&staff, &server.at("/board?near=Nowhere")).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert!(wrong.error_at("near").starts_with("Enter a postcode"));
}

#[test(flavor = "multi_thread")]
async fn a_closed_home_has_no_vacancy_anywhere() {
    let mut homes = three_homes();
    homes[0].capacity.status = AdmissionStatus::Closed;
    let (_home, server) = serve(homes);
    assert!(get(&stranger(), &server.at("/")).await.says("0 beds are free today"));
    assert!(get(&stranger(), &server.at("/services/1-1")).await.says("Closed to admissions"));
    assert!(!get(&stranger(), &server.at("/search?vacant=1")).await.says("Alder House"));
}

#[test(flavor = "multi_thread")]
async fn strangers_are_sent_to_sign_in_and_back_and_others_are_refused() {
    let (_home, server) = serve(three_homes());
    let doors = [
        ("/board?vacant=1", "/sign-in?next=%2Fboard%3Fvacant%3D1"),
        ("/update", "/sign-in?next=%2Fupdate"),
        ("/update/1-1", "/sign-in?next=%2Fupdate%2F1-1"),
        ("/update/1-9", "/sign-in?next=%2Fupdate%2F1-9"),
        ("/admin", "/sign-in?next=%2Fadmin"),
        ("/admin/people", "/sign-in?next=%2Fadmin%2Fpeople"),
    ];
    for (path, sign_in) in doors {
        let sent = get(&stranger(), &server.at(path)).await;
        assert_eq!((sent.status, sent.location()), (StatusCode::SEE_OTHER, sign_in), "{path}");
    }
    let staff = server.browser("s@example.org", Role::Staff, Vec::new()).await;
    let manager = server.browser("m@example.org", Role::Manager, of("1-1")).await;
    for (browser, path, status) in [
        (&staff, "/board", 200),
        (&staff, "/update", 403),
        (&staff, "/update/1-1", 403),
        (&staff, "/update/1-9", 404),
        (&staff, "/admin", 403),
        (&manager, "/board", 403),
        (&manager, "/update", 200),
        (&manager, "/update/1-1", 200),
        (&manager, "/update/1-2", 403),
        (&manager, "/admin", 403),
        (&manager, "/admin/people", 403),
    ] {
        let page = get(browser, &server.at(path)).await;
        assert_eq!(page.status.as_u16(), status, "{path}");
        assert_eq!(page.headers["Cache-Control"], "no-store", "{path}");
        assert!(page.says("Sign out"), "{path}");
    }
    assert!(get(&manager, &server.at("/board")).await.says("You cannot see this page"));
}

#[test(flavor = "multi_thread")]
async fn hostile_names_are_only_text() {
    const HOSTILE: &str = "<script>alert(1)</script>\"' onmouseover=x & Söhne {{ 7*7 }}";
    let mut home = care_home("1-1", HOSTILE);
    home.facts.provider.as_mut().unwrap().name = HOSTILE.to_owned();
    home.facts.address.town = Some(HOSTILE.to_owned());
    home.facts.phone = Some(HOSTILE.to_owned());
    home.capacity = confirmed(stamp(BEGIN), vec![nursing(10, 7, 2)]);
    let (_home, server) = serve(vec![home]);
    let operator = server.browser("o@example.org", Role::Operator, Vec::new()).await;
    let search = "/search?q=%3Cscript%3Ealert(1)%3C/script%3E";
    for path in ["/search", search, "/services/1-1", "/board", "/update", "/update/1-1", "/admin/services"] {
        let page = get(&operator, &server.at(path)).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(!page.html.contains("<script>alert"), "{path}");
        assert!(page.says("alert(1)") && !page.says("49"), "{path}");
        assert!(!page.html.contains("\"' onmouseover"), "{path}: a quote got out of its attribute");
    }
}

#[test(flavor = "multi_thread")]
async fn every_public_page_is_there_for_get_and_head_and_forbids_frames_and_inline_scripts() {
    let (_home, server) = serve(three_homes());
    for path in ["/", "/search", "/services/1-1", "/accessibility", "/privacy", "/cookies", "/sign-in"] {
        let page = get(&stranger(), &server.at(path)).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        let policy = page.headers["Content-Security-Policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(page.html.matches("<h1").count(), 1, "{path}");
        let inline = page.html.split("<script").skip(1).all(|tag| tag.starts_with(" type=\"module\" src=\"/assets/"));
        assert!(inline && !page.html.contains(" style=\"") && !page.html.contains(" onclick"), "{path}");
        if path != "/sign-in" {
            let head = ask(stranger().head(server.at(path))).await;
            assert_eq!((head.status, head.html.as_str()), (StatusCode::OK, ""), "{path}");
        }
    }
    let cookies = get(&stranger(), &server.at("/cookies")).await;
    assert!(cookies.says("berth Keeps you signed in") && cookies.says("berth-asked"), "{}", cookies.text());
}
