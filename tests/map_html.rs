//! The results of a search as a table and as a map that the server draws, and how the boundaries come in.

use berth::domain::authority::AuthorityCode;
use berth::domain::care_service::CareService;
use berth::domain::outline::Outline;
use berth::domain::place::Point;
use berth::store::boundaries;
use reqwest::StatusCode;
use tokio::test;

use crate::support::command::berth;
use crate::support::homes::{add, care_home, confirmed, nursing};
use crate::support::html::{Page, get};
use crate::support::server::{Server, stranger};
use crate::support::{BEGIN, Home, stamp};

fn serve(services: Vec<CareService>) -> (Home, Server) {
    let home = Home::on_sqlite();
    let corners = [(50.8, -1.9), (51.4, -1.9), (51.4, -0.8), (50.8, -0.8)];
    let ring = corners.iter().map(|(lat, lon)| Point { lat: *lat, lon: *lon }).collect();
    let hampshire = Outline {
        code: AuthorityCode::parse("E10000014").unwrap(),
        name: "Hampshire".to_owned(),
        source: "Drawn by hand".to_owned(),
        rings: vec![ring],
    };
    home.db().write_now(move |c| boundaries::put(c, &hampshire)).unwrap();
    add(&home.db(), stamp(BEGIN), services);
    let server = Server::start(&home);
    (home, server)
}

/// A home in this town and district, with so many vacancies.
fn at(number: usize, town: &str, district: &str, vacancies: u16) -> CareService {
    let mut home = care_home(&format!("1-{number}"), &format!("House {number:03}"));
    home.facts.address.town = Some(town.to_owned());
    home.facts.address.postcode = Some(format!("{district} 1AA"));
    let point = &mut home.facts.location.as_mut().unwrap().point;
    point.lat += number as f64 / 1000.0;
    home.capacity = confirmed(stamp(BEGIN), vec![nursing(10, 10 - vacancies, vacancies)]);
    home
}

/// What each dot of the map is called, and where it leads.
fn dots(page: &Page) -> Vec<(String, String)> {
    let links = page.html.split("<a class=\"berth-map__link").skip(1);
    let attribute = |tag: &str, name: &str| {
        tag.split_once(&format!(" {name}=\""))
            .unwrap()
            .1
            .split('"')
            .next()
            .unwrap()
            .replace("&amp;", "&")
            .replace("&#x2f;", "/")
    };
    links.map(|tag| (attribute(tag, "aria-label"), attribute(tag, "href"))).collect()
}

#[test(flavor = "multi_thread")]
async fn few_services_are_a_dot_each_with_a_name_for_who_does_not_see_it_and_the_ground_behind() {
    let mut nowhere = at(4, "Winchester", "SO22", 1);
    nowhere.facts.location = None;
    let (_home, server) = serve(vec![at(1, "Winchester", "SO23", 2), at(2, "Winchester", "SO23", 0), nowhere]);
    let page = get(&stranger(), &server.at("/search?view=map&kind=care_home")).await;
    assert_eq!(page.status, StatusCode::OK);
    let named = |name: &str, href: &str| (name.to_owned(), href.to_owned());
    let wanted = [
        named("House 001, Winchester: 2 vacancies", "/services/1-1"),
        named("House 002, Winchester: Full, 0 vacancies", "/services/1-2"),
    ];
    assert_eq!(dots(&page), wanted);
    assert!(page.html.contains("class=\"berth-map__land\" d=\"M"), "the boundary is drawn");
    let names = page.html.matches(">SO23</text>").count();
    assert_eq!(names, 1, "the district is named once, below its southernmost");
    assert!(page.says("Drawn by hand."), "whose data it is: {}", page.text());
    assert!(page.says("1 of these is not on the map: place not known"), "{}", page.text());
    assert!(!page.html.contains("<script src=\"http"), "nothing is asked of anybody else");
}

#[test(flavor = "multi_thread")]
async fn many_services_share_dots_and_each_is_in_one_that_opens() {
    let mut all: Vec<_> = (0..60).map(|n| at(n, "Winchester", ["SO23", "SO22"][n % 2], u16::from(n < 10))).collect();
    all.extend((60..70).map(|n| at(n, "Romsey", "SO51", 0)));
    let (_home, server) = serve(all);
    let page = get(&stranger(), &server.at("/search?view=map")).await;
    let named: Vec<String> = dots(&page).into_iter().map(|(name, _)| name).collect();
    assert_eq!(
        named,
        [
            "SO22: 30 care services, 5 with vacancies",
            "SO23: 30 care services, 5 with vacancies",
            "SO51: 10 care services, none with vacancies"
        ]
    );
    let (_, href) = &dots(&page)[0];
    let nearer = get(&stranger(), &server.at(href.split('#').next().unwrap())).await;
    assert_eq!(dots(&nearer).len(), 30, "{href}");
    assert!(dots(&nearer).iter().all(|(name, _)| name.contains("Winchester")));
    assert_eq!(nearer.links().iter().filter(|href| href.starts_with("/services/")).count(), 60, "drawn, and listed");
    assert!(nearer.links().iter().any(|href| href == "/search?view=map"), "and back");
}

#[test(flavor = "multi_thread")]
async fn no_service_is_lost_between_dots_however_many_there_are() {
    let towns: Vec<_> = (0..130).map(|n| at(n, &format!("Town {}", n % 35), &format!("SO{}", n % 90 + 1), 1)).collect();
    let (_home, server) = serve(towns.clone());
    let page = get(&stranger(), &server.at("/search?view=map&vacant=1")).await;
    let counts = dots(&page).into_iter().map(|(name, _)| {
        let words: Vec<&str> = name.rsplit(": ").next().unwrap().split(' ').collect();
        words[0].parse::<usize>().unwrap()
    });
    let counts: Vec<usize> = counts.collect();
    assert_eq!((counts.len(), counts.iter().sum::<usize>()), (35, 130), "by town, since there are too many districts");

    let far: Vec<_> = (0..90)
        .map(|n| {
            let area = ["SO", "PO"][n % 2];
            at(n, &format!("Town {n}"), &format!("{area}{}", n + 1), 0)
        })
        .collect();
    let (_home, server) = serve(far);
    let named: Vec<String> =
        dots(&get(&stranger(), &server.at("/search?view=map")).await).into_iter().map(|dot| dot.0).collect();
    let half = |name: &str| format!("{name}: 45 care services, none with vacancies");
    assert_eq!(named, [half("PO"), half("SO")]);
}

#[test(flavor = "multi_thread")]
async fn list_table_and_map_are_one_address_with_the_whole_filter_in_each() {
    let (_home, server) = serve((0..45).map(|n| at(n, "Winchester", "SO23", 1)).collect());
    let table = get(&stranger(), &server.at("/search?view=table&near=51.06,-1.31&vacant=1")).await;
    let filter = "near=51.06%2C-1.31&within=10&vacant=1";
    for href in [
        format!("/search?{filter}"),
        format!("/search?view=map&{filter}"),
        format!("/search?view=table&{filter}&page=2"),
    ] {
        assert!(table.links().contains(&href), "{href} in {:?}", table.links());
    }
    assert!(table.links().contains(&"/search?view=table&vacant=1".to_owned()), "a filter taken away leaves the view");
    assert!(table.form("/search").contains(&("view".to_owned(), "table".to_owned())), "so does the form");
    assert!(table.says("Care service State Free CQC rating Confirmed"), "{}", table.text());
    let map = get(&stranger(), &server.at(&format!("/search?view=map&{filter}"))).await;
    assert!(
        map.html.contains("berth-map__circle") && map.says("The cross is 51.06,-1.31, the circle 10 miles around it"),
        "{}",
        map.text()
    );
    for wrong in ["view=globe", "view=Map"] {
        assert_eq!(
            get(&stranger(), &server.at(&format!("/search?{wrong}"))).await.status,
            StatusCode::BAD_REQUEST,
            "{wrong}"
        );
    }
    let gone = get(&stranger(), &server.at("/search?view=map&at=Atlantis")).await;
    assert!(gone.status == StatusCode::OK && gone.says("There is nothing to draw here"), "{}", gone.text());
}

#[test(flavor = "multi_thread")]
async fn a_council_brings_its_boundaries_in_by_a_file() {
    let square = r#"[[[[-1.9,50.8],[-0.8,50.8],[-0.8,51.4],[-1.9,51.4],[-1.9,50.8]]]]"#;
    let feature = |code: &str, name: &str| {
        format!(
            r#"{{"type":"Feature","properties":{{"CTYUA23CD":"{code}","CTYUA23NM":"{name}"}},"geometry":{{"type":"MultiPolygon","coordinates":{square}}}}}"#
        )
    };
    for home in Home::on_each() {
        let features = [feature("E10000014", "Hampshire"), feature("W06000015", "Cardiff")].join(",");
        let file = home.path("boundaries.geojson");
        std::fs::write(&file, format!(r#"{{"type":"FeatureCollection","features":[{features}]}}"#)).unwrap();
        let file = file.to_str().unwrap();
        for said in ["1 added, 0 changed, 0 unchanged; 1 out of scope", "0 added, 0 changed, 1 unchanged"] {
            let ran = berth(&home, &["import", "boundaries", file]);
            assert!(ran.code == 0 && ran.stdout.contains(said), "{ran:?}");
        }
        let known = home.db().read_now(boundaries::all).unwrap();
        assert_eq!((known.len(), known[0].name.as_str(), known[0].rings[0].len()), (1, "Hampshire", 4));
        std::fs::write(file, "{}").unwrap();
        let refused = berth(&home, &["import", "boundaries", file]);
        assert_eq!((refused.code, refused.stderr.trim_end().lines().count()), (1, 1), "{refused:?}");
        assert!(refused.stderr.contains("nothing was imported") && refused.stderr.contains("GeoJSON"), "{refused:?}");
    }
}
