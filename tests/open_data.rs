//! Open data: Open Referral UK, FHIR and CSV show what the public sees, and no more.

use std::collections::BTreeSet;

use berth::domain::person::Target;
use berth::domain::words::{Band, Kind, Role, TimeOfDay};
use reqwest::Client;
use serde_json::Value;

use crate::support::homes::{add, care_home, confirmed, nursing};
use crate::support::server::{Server, stranger};
use crate::support::{BEGIN, Home, stamp};

/// Three homes, one of them closed, and an agency.
fn begin(home: &Home) -> Server {
    let mut open = care_home("1-1", "Alder House");
    open.capacity = confirmed(stamp(BEGIN), vec![nursing(10, 7, 2)]);
    open.facts.bands = vec![Band::Dementia];
    let mut closed = care_home("1-2", "Beech House");
    closed.capacity = confirmed(stamp(BEGIN), vec![nursing(10, 7, 2)]);
    closed.capacity.status = berth::domain::words::AdmissionStatus::Closed;
    let mut agency = care_home("1-4", "Doorstep Care");
    agency.facts.kind = Kind::HomeCare;
    agency.capacity = confirmed(stamp(BEGIN), vec![hours("SO23", 12), hours("SO22", 0)]);
    add(&home.db(), stamp(BEGIN), vec![open, closed, care_home("1-3", "Cedar House"), agency]);
    Server::start(home)
}

fn hours(area: &str, hours_available: u16) -> berth::domain::capacity::Line {
    berth::domain::capacity::Line::Hours(berth::domain::capacity::HoursLine {
        area: area.to_owned(),
        time_of_day: TimeOfDay::Morning,
        hours_available,
        double_handed: false,
        earliest_start: None,
        note: None,
    })
}

async fn read(client: &Client, server: &Server, path: &str) -> (u16, Value) {
    let answer = client.get(server.at(path)).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn good(server: &Server, path: &str) -> Value {
    let (status, body) = read(&stranger(), server, path).await;
    assert_eq!(status, 200, "{path}");
    body
}

/// Every key anywhere in it.
fn keys(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| {
            found.insert(key.clone());
            keys(value, found);
        }),
        Value::Array(items) => items.iter().for_each(|item| keys(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn open_referral_tells_services_with_their_capacities() {
    let home = Home::on_sqlite();
    let server = begin(&home);
    let about = good(&server, "/oruk/").await;
    assert_eq!(about["version"], "HSDS-UK-3.0");

    let page = good(&server, "/oruk/services").await;
    assert_eq!((&page["total_items"], &page["total_pages"], &page["empty"]), (&4.into(), &1.into(), &false.into()));
    let first = &page["contents"][0];
    let id = first["id"].as_str().unwrap();
    assert_eq!(id.len(), 36);
    for needed in ["name", "status", "url", "description"] {
        assert!(first[needed].is_string(), "{needed}");
    }
    let capacity = &first["capacities"][0];
    assert_eq!(
        (&capacity["available"], &capacity["maximum"], &capacity["unit"]["name"]),
        (&2.into(), &10.into(), &"Bed".into())
    );
    assert_eq!(capacity["updated"], BEGIN);
    assert_eq!(page["contents"][1]["capacities"][0]["available"], 0, "a closed home has nothing available");
    assert_eq!(page["contents"][2]["capacities"].as_array().unwrap().len(), 0, "what was never told is not made up");

    let full = good(&server, &format!("/oruk/services/{id}")).await;
    assert_eq!(full["service_at_locations"][0]["location"]["addresses"][0]["postal_code"], "SO23 8UJ");
    assert_eq!(full, good(&server, "/oruk/services/1-1").await);
    let agency = good(&server, "/oruk/services/1-4").await;
    assert_eq!(agency["service_areas"][0]["name"], "SO22");
    assert_eq!(agency["capacities"][0]["unit"]["name"], "Hour a week");
}

#[tokio::test(flavor = "multi_thread")]
async fn open_referral_is_paged_and_searched_as_the_standard_says() {
    let home = Home::on_sqlite();
    let server = begin(&home);
    let mut seen = Vec::new();
    for number in 1..=4 {
        let page = good(&server, &format!("/oruk/services?page={number}&per_page=1")).await;
        assert_eq!((&page["total_pages"], &page["page_number"], &page["size"]), (&4.into(), &number.into(), &1.into()));
        assert_eq!((&page["first_page"], &page["last_page"]), (&(number == 1).into(), &(number == 4).into()));
        seen.push(page["contents"][0]["name"].as_str().unwrap().to_owned());
    }
    assert_eq!(seen, ["Alder House", "Beech House", "Cedar House", "Doorstep Care"]);
    let beyond = good(&server, "/oruk/services?page=9").await;
    assert_eq!((&beyond["empty"], &beyond["last_page"]), (&true.into(), &true.into()));
    assert_eq!(good(&server, "/oruk/services?search=ced").await["total_items"], 1);

    let terms = good(&server, "/oruk/taxonomy_terms?per_page=500").await;
    let dementia = terms["contents"].as_array().unwrap().iter().find(|term| term["code"] == "dementia").unwrap();
    let term = dementia["id"].as_str().unwrap();
    assert_eq!(good(&server, &format!("/oruk/services?taxonomy_term_id={term}")).await["total_items"], 1);
    assert_eq!(&good(&server, &format!("/oruk/taxonomy_terms/{term}")).await, dementia);
    let taxonomy = good(&server, "/oruk/taxonomies").await["contents"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(good(&server, &format!("/oruk/taxonomies/{taxonomy}")).await["name"], "Care types");
    let place = good(&server, "/oruk/service_at_locations").await["contents"][0].clone();
    let place_id = place["id"].as_str().unwrap();
    assert_eq!(good(&server, &format!("/oruk/service_at_locations/{place_id}")).await, place);

    for (path, status) in [
        ("/oruk/services?page=0", 400),
        ("/oruk/services?per_page=501", 400),
        ("/oruk/services?pages=1", 400),
        ("/oruk/services/none", 404),
        ("/oruk/taxonomies/none", 404),
    ] {
        assert_eq!(read(&stranger(), &server, path).await.0, status, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fhir_reads_and_searches_locations_and_services() {
    let home = Home::on_sqlite();
    let server = begin(&home);
    let statement = good(&server, "/fhir/metadata").await;
    assert_eq!(
        (&statement["resourceType"], &statement["fhirVersion"]),
        (&"CapabilityStatement".into(), &"4.0.1".into())
    );

    let location = good(&server, "/fhir/Location/1-1").await;
    assert_eq!((&location["resourceType"], &location["id"]), (&"Location".into(), &"1-1".into()));
    assert_eq!(location["address"]["postalCode"], "SO23 8UJ");
    let service = good(&server, "/fhir/HealthcareService/1-1").await;
    assert_eq!(service["location"][0]["reference"], "Location/1-1");
    let parts = service["extension"][0]["extension"].as_array().unwrap();
    assert!(parts.iter().any(|part| part["url"] == "accepting" && part["valueUnsignedInt"] == 2), "{parts:?}");

    let bundle = good(&server, "/fhir/HealthcareService?_count=3").await;
    assert_eq!((&bundle["type"], &bundle["total"]), (&"searchset".into(), &4.into()));
    assert_eq!(bundle["entry"].as_array().unwrap().len(), 3);
    let next = bundle["link"].as_array().unwrap().iter().find(|link| link["relation"] == "next").unwrap();
    let next = next["url"].as_str().unwrap().strip_prefix(&server.url).unwrap().to_owned();
    assert_eq!(good(&server, &next).await["entry"][0]["resource"]["id"], "1-4");
    assert_eq!(good(&server, "/fhir/Location?name=ald").await["total"], 1);
    assert_eq!(good(&server, "/fhir/Location?_id=1-1,1-2").await["total"], 2);
    let none = good(&server, "/fhir/Location?name=none").await;
    assert!(none["total"] == 0 && none.get("entry").is_none());

    for (path, status) in [("/fhir/Location/none", 404), ("/fhir/Patient", 404), ("/fhir/Location?colour=red", 400)] {
        let (found, outcome) = read(&stranger(), &server, path).await;
        assert_eq!((found, &outcome["resourceType"]), (status, &"OperationOutcome".into()), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn csv_files_take_the_filter_of_every_search() {
    let home = Home::on_sqlite();
    let server = begin(&home);
    let read = async |path: &str| stranger().get(server.at(path)).send().await.unwrap();
    let services = read("/data/services.csv?kind=home_care").await;
    assert_eq!(services.headers()["Content-Type"], "text/csv; charset=utf-8");
    let services = services.text().await.unwrap();
    assert_eq!(services.lines().count(), 2);
    assert!(services.lines().nth(1).unwrap().starts_with("1-4,home_care,Doorstep Care,"));
    let capacity = read("/data/capacity.csv").await.text().await.unwrap();
    assert_eq!(capacity.lines().filter(|line| line.starts_with("1-1,")).count(), 1);
    assert_eq!(read("/data/services.csv?colour=red").await.status(), 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn open_data_is_the_same_for_everybody_and_has_no_private_figures() {
    let home = Home::on_sqlite();
    let server = begin(&home);
    let staff = server.browser("staff@example.org", Role::Staff, vec![Target::All]).await;
    let mut found = BTreeSet::new();
    for path in ["/oruk/services?full=true", "/oruk/service_at_locations", "/fhir/Location", "/fhir/HealthcareService"]
    {
        let (_, public) = read(&stranger(), &server, path).await;
        assert_eq!(read(&staff, &server, path).await.1, public, "{path}");
        keys(&public, &mut found);
    }
    for path in ["/data/services.csv", "/data/capacity.csv"] {
        let text = async |client: &Client| client.get(server.at(path)).send().await.unwrap().text().await.unwrap();
        let public = text(&stranger()).await;
        assert_eq!(text(&staff).await, public, "{path}");
        found.extend(public.lines().next().unwrap().split(',').map(str::to_owned));
    }
    for private in ["occupied", "reserved", "not_admittable", "reason", "source", "confirmed_by"] {
        assert!(!found.contains(private), "the public sees {private}");
    }
}
