//! The search page and the board beyond their results: counts beside choices, what to give up when nothing is found,
//! places that may be meant, services whose place nobody knows.

use berth::domain::care_service::CareService;
use berth::domain::person::Target;
use berth::domain::words::Role;
use berth::store::places::{self, District};
use reqwest::StatusCode;
use tokio::test;

use crate::support::homes::{add, authority, care_home, confirmed, nursing};
use crate::support::html::{Page, get};
use crate::support::server::{Server, stranger};
use crate::support::{BEGIN, Home, stamp};

fn serve(services: Vec<CareService>) -> (Home, Server) {
    let home = Home::on_sqlite();
    let so23 =
        District { district: "SO23".to_owned(), lat: 51.06, lon: -1.31, units: "8UJ 51.06320 -1.30800\n".to_owned() };
    home.db().write_now(move |c| places::put(c, &so23)).unwrap();
    add(&home.db(), stamp(BEGIN), services);
    let server = Server::start(&home);
    (home, server)
}

/// Two with vacancies, one of them unplaced; one full; one in another authority's town of the same name.
fn homes() -> Vec<CareService> {
    let mut alder = care_home("1-1", "Alder House");
    alder.capacity = confirmed(stamp(BEGIN), vec![nursing(10, 7, 2)]);
    let mut beech = care_home("1-2", "Beech House");
    beech.capacity = confirmed(stamp(BEGIN), vec![nursing(8, 8, 0)]);
    let mut cedar = care_home("1-3", "Cedar House");
    cedar.capacity = confirmed(stamp(BEGIN), vec![nursing(8, 7, 1)]);
    cedar.facts.location = None;
    let mut dogwood = care_home("1-4", "Dogwood House");
    dogwood.facts.authority = authority("E06000046", "Isle of Wight");
    dogwood.facts.address.postcode = Some("PO30 1AA".to_owned());
    let point = &mut dogwood.facts.location.as_mut().unwrap().point;
    point.lat -= 0.36;
    vec![alder, beech, cedar, dogwood]
}

/// The number beside the choice of this id.
fn count(page: &Page, id: &str) -> usize {
    let (_, rest) = page.html.split_once(&format!("id=\"{id}-count\">")).unwrap_or_else(|| panic!("no count at {id}"));
    rest.split('<').next().unwrap().parse().unwrap()
}

#[test(flavor = "multi_thread")]
async fn beside_each_choice_stands_how_many_it_would_give_with_the_rest_as_it_is() {
    let (_home, server) = serve(homes());
    let all = get(&stranger(), &server.at("/search")).await;
    assert_eq!((count(&all, "kind-care_home"), count(&all, "kind-home_care")), (4, 0));
    assert_eq!((count(&all, "authority-E10000014"), count(&all, "authority-E06000046")), (3, 1));
    assert!(all.says("At least 1 vacancy (2)") && all.says("At least 2 vacancies (1)"), "{}", all.text());

    let vacant = get(&stranger(), &server.at("/search?vacant=1&bed_type=transitional")).await;
    assert_eq!(count(&vacant, "bed_type-general_nursing"), 2, "another choice of the same key takes its place");
    assert_eq!(count(&vacant, "kind-care_home"), 0, "the other keys stay as they are");

    let near = get(&stranger(), &server.at("/search?near=SO23&within=1")).await;
    assert!(near.says("Within 1 mile (2)") && near.says("Within 40 miles (3)"), "{}", near.text());
}

#[test(flavor = "multi_thread")]
async fn the_board_counts_as_the_search_does() {
    let (_home, server) = serve(homes());
    let staff = server.browser("s@example.org", Role::Staff, vec![Target::All]).await;
    let board = get(&staff, &server.at("/board?vacant=1")).await;
    assert_eq!((count(&board, "kind-care_home"), count(&board, "bed_type-general_nursing")), (2, 2));
    let none = get(&staff, &server.at("/board?vacant=1&rating=good")).await;
    assert!(none.links().iter().any(|href| href == "/board?vacant=1"), "{:?}", none.links());
}

#[test(flavor = "multi_thread")]
async fn where_nothing_is_found_the_page_says_what_to_give_up_first() {
    let (_home, server) = serve(homes());
    let page = get(&stranger(), &server.at("/search?q=house&kind=home_care&vacant=1")).await;
    assert!(page.says("Without Care at home : 2 care services"), "{}", page.text());
    let pair = get(&stranger(), &server.at("/search?rating=good&vacant=5")).await;
    assert!(pair.says("Without Rated good or better, At least 5 vacancies : 4 care services"), "{}", pair.text());
    let far = get(&stranger(), &server.at("/search?near=50.9,-1.31&within=5&vacant=1")).await;
    assert!(far.says("Within 20 miles instead : 1 care service"), "{}", far.text());
    assert!(far.links().iter().any(|href| href == "/search?near=50.9%2C-1.31&within=20&vacant=1"), "{:?}", far.links());
    let best = get(&stranger(), &server.at("/search?vacant=2&fresh=fresh&authority=E06000046")).await;
    let text = best.text();
    let places = ["Without Isle of Wight : 1", "Without"].map(|words| text.find(words));
    assert!(places[0].is_some() && places[0] == places[1], "the best stands first: {text}");
}

#[test(flavor = "multi_thread")]
async fn a_postcode_that_does_not_exist_is_said_so_and_its_district_offered_with_the_rest_kept() {
    let (_home, server) = serve(homes());
    let page = get(&stranger(), &server.at("/search?near=so23+9zz&vacant=1&q=")).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(
        page.error_at("near").contains("SO23 9ZZ: it does not exist, or no longer does"),
        "{}",
        page.error_at("near")
    );
    assert!(page.links().iter().any(|href| href == "/search?near=SO23&vacant=1"), "{:?}", page.links());
    let elsewhere = get(&stranger(), &server.at("/search?near=PO99+9ZZ")).await;
    assert!(!elsewhere.says("Did you mean"), "a district that nobody knows is not offered");
}

#[test(flavor = "multi_thread")]
async fn a_name_of_several_places_offers_the_choice() {
    let (_home, server) = serve(homes());
    let typed = get(&stranger(), &server.at("/search?near=winchester&vacant=1")).await;
    assert_eq!(typed.status, StatusCode::BAD_REQUEST);
    assert!(typed.says("Winchester, Hampshire (SO23): 3 care services"), "{}", typed.text());
    assert!(typed.links().iter().any(|href| href == "/search?near=PO30&vacant=1"), "{:?}", typed.links());

    let named = get(&stranger(), &server.at("/search?q=Winchester")).await;
    assert!(
        named.says("4 care services") && named.says("Winchester, Isle of Wight: 1 care service"),
        "{}",
        named.text()
    );
    assert!(named.links().iter().any(|href| href == "/search?q=Winchester&authority=E10000014"), "{:?}", named.links());
    let one = get(&stranger(), &server.at("/search?q=Winchester&authority=E10000014")).await;
    assert!(!one.says("Did you mean"));
}

#[test(flavor = "multi_thread")]
async fn a_service_without_a_place_is_not_lost_from_a_list_by_distance() {
    let (_home, server) = serve(homes());
    let page = get(&stranger(), &server.at("/search?near=SO23&vacant=1")).await;
    assert!(page.says("1 care service ") && page.says("1 more would match"), "{}", page.text());
    let links: Vec<_> = page.links().into_iter().filter(|href| href.starts_with("/services/")).collect();
    assert_eq!(links, ["/services/1-1", "/services/1-3"], "after those with a distance");
    assert!(page.says("Place not known") && page.says("· place not known"), "{}", page.text());
    let far = get(&stranger(), &server.at("/search?near=54.9,-1.6&vacant=1")).await;
    assert!(!far.says("Place not known"), "nobody looks for it at the other end of England");
}

#[test(flavor = "multi_thread")]
async fn of_a_long_list_the_unplaced_are_on_the_last_page_and_every_page_says_so() {
    let mut services: Vec<_> = (10..55).map(|n| care_home(&format!("1-{n}"), &format!("House {n}"))).collect();
    services.extend(homes());
    let (_home, server) = serve(services);
    let first = get(&stranger(), &server.at("/search?near=SO23")).await;
    assert!(first.says("47 care services") && first.says("1 more would match"), "{}", first.text());
    assert!(!first.links().contains(&"/services/1-3".to_owned()));
    assert!(
        first.links().iter().any(|href| href == "/search?near=SO23&within=10&page=3#unplaced"),
        "{:?}",
        first.links()
    );
    let last = get(&stranger(), &server.at("/search?near=SO23&within=10&page=3")).await;
    assert!(last.links().contains(&"/services/1-3".to_owned()));
}
