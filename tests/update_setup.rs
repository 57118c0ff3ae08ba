//! What a service says once: its lines, and single rooms if it wants to list them.

use berth::domain::capacity::Line;
use berth::domain::care_service::CareServiceId;
use berth::domain::person::Target;
use berth::domain::words::{BedType, CareType, Kind, Role, Stay};
use chrono::Duration;
use reqwest::StatusCode;
use tokio::test;

use crate::support::Home;
use crate::support::homes::{add, care_home};
use crate::support::html::{get, post, set, value};
use crate::support::manager::{FORM, bed, begin, stored};
use crate::support::server::{Server, stranger};
use crate::support::{BEGIN, stamp};

#[test(flavor = "multi_thread")]
async fn a_home_names_its_beds_once_and_then_fills_in_numbers() {
    let home = Home::on_sqlite();
    let (server, manager) = begin(&home).await;
    let (setup, form) = ("/update/1-2/beds", "/update/1-2");
    let page = get(&manager, &server.at(setup)).await;
    let mut fields = page.form(setup);
    let at = |bed_type: BedType| BedType::ALL.iter().position(|known| *known == bed_type).unwrap();
    let nothing = post(&manager, &server.at(setup), &fields).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY, "somebody must say something");
    set(&mut fields, &format!("lines-{}-maximum", at(BedType::DementiaNursing)), "12");
    set(&mut fields, "lines-10-maximum", "2");
    let unknown = post(&manager, &server.at(setup), &fields).await;
    assert!(unknown.error_at("lines-10-bed_type").contains("Choose a bed type"), "{:?}", unknown.summary());
    set(&mut fields, "lines-10-bed_type", "dementia_nursing");
    set(&mut fields, "lines-10-stay", "respite");
    let next = post(&manager, &server.at(setup), &fields).await;
    assert_eq!(next.status, StatusCode::OK);
    assert!(next.says("Nothing is published yet.") && next.says("Dementia nursing, respite"), "{}", next.text());
    assert_eq!(stored(&home, "1-2").version, 0);

    let mut fields = next.form(form);
    assert_eq!((value(&fields, "lines-0-maximum"), value(&fields, "lines-0-occupied")), ("12", ""));
    for (line, occupied, accepting) in [(0, "10", "2"), (1, "1", "1")] {
        set(&mut fields, &format!("lines-{line}-occupied"), occupied);
        set(&mut fields, &format!("lines-{line}-accepting"), accepting);
    }
    let sent = post(&manager, &server.at(form), &fields).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{:?}", sent.summary());
    let capacity = stored(&home, "1-2");
    assert_eq!((bed(&capacity, 0), bed(&capacity, 1)), ((12, 10, 0, 2), (2, 1, 0, 1)));
    assert_eq!(capacity.beds().map(|line| line.stay).collect::<Vec<_>>(), [Stay::Permanent, Stay::Respite]);

    // Again: what was told goes along, and a line can be taken away.
    let mut fields = get(&manager, &server.at(setup)).await.form(setup);
    set(&mut fields, "lines-0-weekly_fee-from", "1,250");
    set(&mut fields, "lines-1-remove", "yes");
    let next = post(&manager, &server.at(setup), &fields).await;
    let fields = next.form(form);
    assert_eq!(value(&fields, "lines-0-accepting"), "2");
    assert_eq!(post(&manager, &server.at(form), &fields).await.status, StatusCode::SEE_OTHER);
    let capacity = stored(&home, "1-2");
    let fee = capacity.beds().next().unwrap().weekly_fee.unwrap();
    assert_eq!((capacity.lines.len(), fee.from, bed(&capacity, 0)), (1, Some(125_000), (12, 10, 0, 2)));
}

#[test(flavor = "multi_thread")]
async fn an_agency_names_its_districts_and_times_at_once() {
    let home = Home::on_sqlite();
    let mut agency = care_home("1-5", "Example Homecare");
    agency.facts.kind = Kind::HomeCare;
    agency.facts.care_types = vec![CareType::HomeCare];
    add(&home.db(), stamp(BEGIN), vec![agency]);
    let server = Server::start(&home);
    let target = vec![Target::Service(CareServiceId::from_text("1-5"))];
    let manager = server.browser("agency@example.org", Role::Manager, target).await;
    let (setup, form) = ("/update/1-5/beds", "/update/1-5");
    let mut fields = get(&manager, &server.at(setup)).await.form(setup);
    set(&mut fields, "areas", "so22, SO23 Winchester");
    let wrong = post(&manager, &server.at(setup), &fields).await;
    assert!(wrong.error_at("areas").contains("WINCHESTER is no postcode district"), "{:?}", wrong.summary());
    set(&mut fields, "areas", "so22, SO23 so22");
    assert!(post(&manager, &server.at(setup), &fields).await.error_at("times").contains("Choose at what times"));
    fields.extend(["morning", "night"].map(|time| ("times".to_owned(), time.to_owned())));
    let mut fields = post(&manager, &server.at(setup), &fields).await.form(form);
    for line in 0..4 {
        set(&mut fields, &format!("lines-{line}-hours_available"), &line.to_string());
    }
    let sent = post(&manager, &server.at(form), &fields).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{:?}", sent.summary());
    let capacity = stored(&home, "1-5");
    let told = capacity.lines.iter().map(|line| match line {
        Line::Hours(line) => (line.area.as_str(), line.time_of_day.word(), line.hours_available),
        Line::Bed(_) => panic!("no beds"),
    });
    let told: Vec<_> = told.collect();
    assert_eq!(told, [("SO22", "morning", 0), ("SO22", "night", 1), ("SO23", "morning", 2), ("SO23", "night", 3)]);
    assert_eq!(get(&manager, &server.at("/update/1-5/rooms")).await.status, StatusCode::NOT_FOUND);
}

#[test(flavor = "multi_thread")]
async fn a_home_lists_single_rooms_without_confirming_figures() {
    for home in Home::on_each() {
        let (server, manager) = begin(&home).await;
        let rooms = "/update/1-1/rooms";
        home.clock.advance(Duration::hours(30));
        let before = stored(&home, "1-1");
        let mut fields = get(&manager, &server.at(rooms)).await.form(rooms);
        for (key, typed) in [("name", " Room  12 "), ("floor", "first"), ("wheelchair", "yes"), ("free_from-day", "3")]
        {
            set(&mut fields, &format!("lines-0-{key}"), typed);
        }
        let wrong = post(&manager, &server.at(rooms), &fields).await;
        assert!(wrong.error_at("lines-0-floor").contains("whole number"), "{:?}", wrong.summary());
        assert!(wrong.error_at("lines-0-free_from").contains("must include a month and a year"));
        let mut fields = wrong.form(rooms);
        for (key, typed) in [("floor", "-1"), ("free_from-month", "dec"), ("free_from-year", "2026")] {
            set(&mut fields, &format!("lines-0-{key}"), typed);
        }
        set(&mut fields, "add", "line");
        let mut fields = post(&manager, &server.at(rooms), &fields).await.form(rooms);
        set(&mut fields, "lines-1-name", "Mrs Example's room");
        let personal = post(&manager, &server.at(rooms), &fields).await;
        assert!(personal.error_at("lines-1-name").contains("looks like personal data"), "{:?}", personal.summary());
        let mut fields = personal.form(rooms);
        set(&mut fields, "lines-1-name", "Garden suite");
        let sent = post(&manager, &server.at(rooms), &fields).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{:?}", sent.summary());
        let after = stored(&home, "1-1");
        assert_eq!((after.version, after.confirmed_at, &after.lines), (2, before.confirmed_at, &before.lines));
        assert_eq!((after.rooms.len(), after.rooms[0].floor, after.rooms[0].wheelchair), (2, Some(-1), true));
        let public = get(&stranger(), &server.at("/services/1-1")).await;
        assert!(
            public.says("Room 12 Free from 3 December 2026 Below ground Room for a wheelchair"),
            "{}",
            public.text()
        );
        assert!(public.says("Garden suite Free now"));
        let late = post(&manager, &server.at(rooms), &fields).await;
        assert_eq!(late.location(), sent.location(), "sent twice is done once");
        set(&mut fields, "lines-1-name", "Another");
        assert_eq!(post(&manager, &server.at(rooms), &fields).await.status, StatusCode::PRECONDITION_FAILED);
        // The form of figures takes none away.
        let figures = get(&manager, &server.at(FORM)).await.form(FORM);
        assert_eq!(post(&manager, &server.at(FORM), &figures).await.status, StatusCode::SEE_OTHER);
        assert_eq!(stored(&home, "1-1").rooms.len(), 2);
    }
}
