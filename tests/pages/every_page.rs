//! The crawl of every page as each kind of person: the county with something in every list, so that there is no page that the
//! crawl finds empty for want of data. What is looked at on a page is in `audit.mjs`.

use berth::domain::authority::{Authority, AuthorityCode};
use berth::domain::care_service::{CareService, CareServiceId, Provider};
use berth::domain::person::Target;
use berth::domain::words::Role;
use serde_json::{Value, json};

use super::{AUTHORITY, Place};
use crate::demo::county;
use crate::support::homes::{add, care_home, confirmed, nursing};
use crate::support::html::{get, press};
use crate::support::server::{Server, stranger};
use crate::support::{BEGIN, stamp};

/// As long as names on the register get, in words and in one.
const LONG: &str = "The Reverend Sir Bartholomew Featherstonehaugh-Cholmondeley Memorial Residential and Nursing Home for \
                    Retired Seafarers and Their Widows (Wessmere and District)";
const ONE_WORD: &str = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch-Pendroppenrhyndeudraeth";
const LONG_ID: &str = "1-150";

fn with_a_long_name(id: &str, name: &str) -> CareService {
    let mut home = care_home(id, name);
    home.facts.authority = Authority { code: AuthorityCode::parse(AUTHORITY).unwrap(), name: "Wessmere".to_owned() };
    home.facts.provider = Some(Provider { id: None, name: format!("{name} Limited") });
    home.facts.address.town = Some(name.chars().take(58).collect());
    home.capacity = confirmed(stamp(BEGIN), vec![nursing(40, 35, 3)]);
    home
}

/// The demonstration, with names that are too long, and a question, a claim and an alert on their way; with links out of mails.
async fn scene() -> (Place, Vec<String>) {
    let home = county();
    add(&home.db(), stamp(BEGIN), vec![with_a_long_name(LONG_ID, LONG), with_a_long_name("1-151", ONE_WORD)]);
    let server = Server::start_demonstration(&home);
    let place = Place { home, server };
    let of_long = vec![Target::Service(CareServiceId::from_text(LONG_ID))];
    place.server.invite("manager@example.org", Role::Manager, of_long).await;
    place.mail();
    place.a_week_later(&json!({ "id": LONG_ID })).await;
    let server = &place.server;
    let mut links = vec![server.mailed("manager@example.org", "/confirm/").await];

    let asker = server.browser("asker@example.org", Role::Staff, place.authority()).await;
    let need = json!({ "bed_type": "general_nursing", "start": "2099-01-09", "funding": "self", "needs": ["hoist"] });
    // Twice of the same home: nothing on its page may mix them up.
    for case in ["LAS-204417", "LAS-204418"] {
        let question = json!({ "kind": "hold", "services": [LONG_ID], "need": need, "case_reference": case });
        let asked = asker.post(server.at("/api/v1/enquiries")).json(&question).send().await.unwrap();
        assert!(asked.status().is_success(), "{}", asked.text().await.unwrap());
    }
    links.push(server.mailed("manager@example.org", "/answer/").await);

    let browser = stranger();
    let claim = format!("/services/{LONG_ID}/claim");
    let form = get(&browser, &server.at(&claim)).await;
    press(&browser, server, &form, &claim, &[("email", "deputy@example.org"), ("words", "I am the deputy")]).await;
    let link = server.mailed("deputy@example.org", "/claims/").await;
    get(&browser, &link).await;
    links.push(link);

    let alerts = get(&browser, &server.at("/alerts")).await;
    let wishes = [("name", "For Gran"), ("channels", "mail"), ("email", "family@example.org")];
    press(&browser, server, &alerts, "/alerts", &wishes).await;
    links.push(server.mailed("family@example.org", "/alerts/confirm/").await);
    let sign_in = get(&browser, &server.at("/sign-in")).await;
    press(&stranger(), server, &sign_in, "/sign-in", &[("email", "asker@example.org")]).await;
    links.push(server.mailed("asker@example.org", "/sign-in/").await);
    (place, links)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_that_anybody_can_come_to_is_accessible_and_valid() {
    let (place, mut links) = scene().await;
    let common = [
        "/".to_owned(),
        "/services/1-0".to_owned(),
        format!("/services/{LONG_ID}"),
        "/services/1-151".to_owned(),
        "/search?q=seafarers".to_owned(),
        "/search?q=seafarers&view=table".to_owned(),
        "/search?q=nobodyiscalledthis".to_owned(),
        "/search?view=map&at=WX1".to_owned(),
        "/search?near=ZZ99+9ZZ".to_owned(),
        format!("/shortlist?id={LONG_ID}&id=1-151"),
        "/offline".to_owned(),
        "/guides/residential.html?near=WX1&within=1".to_owned(),
        "/guides/home-care.html?near=WX1&within=1".to_owned(),
    ];
    links.extend(common.iter().cloned());
    links.push("/sign-out".to_owned());
    let with =
        |own: &[&str]| common.iter().map(String::as_str).chain(own.iter().copied()).collect::<Vec<_>>().join("\n");
    let manager = place
        .server
        .invite("manager@example.org", Role::Manager, vec![Target::Service(CareServiceId::from_text(LONG_ID))])
        .await;
    let administrator = place.server.invite("administrator@example.org", Role::Admin, place.authority()).await;
    let operator = place.server.invite("operator@example.org", Role::Operator, vec![Target::All]).await;
    let person = |who: &str, link: &str, starts: String| -> Value {
        json!({ "who": who, "link": link, "starts": starts.lines().collect::<Vec<_>>() })
    };
    let people = [
        person("stranger", "", links.join("\n")),
        person("manager", &manager, with(&["/board"])),
        person("staff", &place.staff().await, with(&["/board?q=seafarers", "/desk?near=WX1", "/admin"])),
        person("administrator", &administrator, with(&["/board"])),
        person("operator", &operator, with(&[])),
    ];
    place.journey("every_page", json!({ "people": people })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_public_page_is_accessible_and_valid_in_welsh() {
    let place = Place::open_with(&[("BERTH_LANGUAGES", "en,cy")]);
    let home = place.care_home(|vacant, _| vacant > 0).await;
    let service = format!("/services/{}?lang=cy", home["id"].as_str().unwrap());
    let starts = [
        "/?lang=cy",
        "/search?lang=cy",
        "/search?near=WX1&vacant=1&lang=cy",
        "/search?q=nobodyiscalledthis&lang=cy",
        "/search?view=table&lang=cy",
        "/search?view=map&lang=cy",
        &service,
        "/guides?lang=cy",
        "/guides/residential?lang=cy",
        "/alerts?lang=cy",
        "/sign-in?lang=cy",
        "/consultations?lang=cy",
        "/contact?lang=cy",
        "/offline?lang=cy",
        "/accessibility?lang=cy",
        "/privacy?lang=cy",
        "/cookies?lang=cy",
        "/nowhere?lang=cy",
    ];
    let people = json!([{ "who": "in Welsh", "starts": starts, "only": true }]);
    place.journey("every_page", json!({ "people": people })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gallery_is_accessible_and_valid() {
    let home = county();
    let server = Server::start_demonstration(&home);
    let sheets = ["", "/page", "/service", "/form", "/update", "/filter", "/enquiry", "/admin"];
    let starts = sheets.map(|sheet| format!("/design{sheet}"));
    let people = json!([{ "who": "gallery", "starts": starts, "only": true }]);
    Place { home, server }.journey("every_page", json!({ "people": people })).await;
}
