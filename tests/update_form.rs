//! The manager's form: what is typed is published, or refused with every mistake and shown again.

use berth::domain::capacity::{HoursLine, Line};
use berth::domain::care_service::CareService;
use berth::domain::person::Target;
use berth::domain::words::{CareType, Kind, Reason, Role, Source, TimeOfDay};
use chrono::Duration;
use reqwest::{Client, StatusCode};
use tokio::test;

use crate::support::homes::{add, care_home, confirmed};
use crate::support::html::{get, post, set, value};
use crate::support::manager::{CONFIRM, FORM, bed, begin, form, send, stored};
use crate::support::server::{Server, stranger};
use crate::support::{BEGIN, Home, stamp};

#[test(flavor = "multi_thread")]
async fn publishing_leads_straight_to_the_result_which_everybody_sees() {
    for home in Home::on_each() {
        let (server, manager) = begin(&home).await;
        let page = get(&manager, &server.at(FORM)).await;
        assert_eq!((page.status, page.headers["Cache-Control"].to_str().unwrap()), (StatusCode::OK, "no-store"));
        for label in ["Maximum", "Occupied", "Reserved", "Accepting"] {
            let key = label.to_lowercase();
            assert!(page.html.contains(&format!("for=\"lines-0-{key}\">{label}</label>")), "{label}");
        }
        let mut fields = page.form(FORM);
        set(&mut fields, "lines-0-occupied", " 5 ");
        set(&mut fields, "lines-0-accepting", "4");
        home.clock.advance(Duration::hours(2));
        let sent = send(&server, &manager, &fields).await;
        assert_eq!(
            (sent.status, sent.location()),
            (StatusCode::SEE_OTHER, "/services/1-1?published=2"),
            "{}",
            sent.text()
        );

        let result = get(&manager, &server.at(sent.location())).await;
        assert!(result.html.contains("govuk-notification-banner--success\" role=\"alert\""));
        assert!(result.says("Published.") && result.says("4 vacancies, confirmed less than a minute ago"));
        assert!(get(&stranger(), &server.at("/services/1-1")).await.says("4 vacancies"));
        assert!(!get(&stranger(), &server.at(sent.location())).await.says("Published."));
        let capacity = stored(&home, "1-1");
        assert_eq!((capacity.version, bed(&capacity, 0)), (2, (10, 5, 1, 4)));
        assert_eq!((capacity.source, capacity.confirmed_by.as_deref()), (Some(Source::Form), Some("manager")));

        home.clock.advance(Duration::hours(1));
        assert!(!get(&manager, &server.at(sent.location())).await.says("Published."), "long ago is no news");
    }
}

#[test(flavor = "multi_thread")]
async fn a_home_that_never_told_begins_with_an_empty_line_and_adds_more_without_scripts() {
    let home = Home::on_sqlite();
    let (server, manager) = begin(&home).await;
    let address = server.at("/update/1-2");
    let page = get(&manager, &address).await;
    assert!(!page.says("Nothing has changed"), "there is nothing yet that could be confirmed");
    let mut fields = page.form("/update/1-2");
    for (key, typed) in
        [("bed_type", "dementia_nursing"), ("maximum", "1,200"), ("occupied", "1 000"), ("reserved", "0")]
    {
        set(&mut fields, &format!("lines-0-{key}"), typed);
    }
    let mut more = fields.clone();
    set(&mut more, "add", "line");
    let page = post(&manager, &address, &more).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(stored(&home, "1-2").version, 0, "one more line is asked for, nothing else");
    let mut fields = page.form("/update/1-2");
    assert_eq!(value(&fields, "lines-0-maximum"), "1,200", "what was typed stays");
    set(&mut fields, "lines-0-accepting", "200");
    for (key, typed) in [("bed_type", "general_nursing"), ("stay", "respite"), ("maximum", "3"), ("occupied", "1")] {
        set(&mut fields, &format!("lines-1-{key}"), typed);
    }
    for (key, typed) in [("reserved", "0"), ("accepting", "1"), ("reason", "staffing")] {
        set(&mut fields, &format!("lines-1-{key}"), typed);
    }
    let sent = post(&manager, &address, &fields).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{:?}", sent.summary());
    let capacity = stored(&home, "1-2");
    assert_eq!((bed(&capacity, 0), bed(&capacity, 1)), ((1200, 1000, 0, 200), (3, 1, 0, 1)));
    assert_eq!(capacity.beds().nth(1).unwrap().reason, Some(Reason::Staffing));
}

#[test(flavor = "multi_thread")]
async fn fees_dates_and_notes_are_read_as_people_type_them_and_shown_again() {
    let home = Home::on_sqlite();
    let (server, manager) = begin(&home).await;
    let mut fields = form(&server, &manager).await;
    for (name, typed) in [
        ("weekly_fee-from", "£1,250"),
        ("weekly_fee-to", "1350.50"),
        ("earliest_admission-day", "1"),
        ("earliest_admission-month", "jan"),
        ("earliest_admission-year", "2027"),
        ("note", "  Ground  floor “rooms” & a garden "),
        ("gender", "female"),
    ] {
        set(&mut fields, &format!("lines-0-{name}"), typed);
    }
    fields.extend(["self", "nhs_continuing"].map(|word| ("lines-0-funding".to_owned(), word.to_owned())));
    let sent = send(&server, &manager, &fields).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{:?}", sent.summary());
    let capacity = stored(&home, "1-1");
    let line = capacity.beds().next().unwrap();
    let fee = line.weekly_fee.unwrap();
    assert_eq!((fee.from, fee.to), (Some(125_000), Some(135_050)));
    assert_eq!(line.earliest_admission.unwrap().to_string(), "2027-01-01");
    assert_eq!(line.note.as_deref(), Some("Ground floor “rooms” & a garden"));

    let again = form(&server, &manager).await;
    for (name, shown) in [
        ("weekly_fee-from", "1250"),
        ("weekly_fee-to", "1350.50"),
        ("earliest_admission-day", "1"),
        ("earliest_admission-month", "1"),
        ("earliest_admission-year", "2027"),
        ("note", "Ground floor “rooms” & a garden"),
        ("gender", "female"),
    ] {
        assert_eq!(value(&again, &format!("lines-0-{name}")), shown, "{name}");
    }
    let funding: Vec<_> =
        again.iter().filter(|(name, _)| name == "lines-0-funding").map(|(_, word)| word.as_str()).collect();
    assert_eq!(funding, ["self", "nhs_continuing"]);
    let sent = send(&server, &manager, &again).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "what the form shows, it takes back: {:?}", sent.summary());
    assert_eq!(stored(&home, "1-1").lines, capacity.lines);
}

#[test(flavor = "multi_thread")]
async fn every_mistake_is_listed_at_once_beside_its_field_and_nothing_is_published() {
    let home = Home::on_sqlite();
    let (server, manager) = begin(&home).await;
    let page = get(&manager, &server.at(FORM)).await;
    let mut more = page.form(FORM);
    set(&mut more, "add", "line");
    let mut fields = send(&server, &manager, &more).await.form(FORM);
    set(&mut fields, "add", "line");
    let mut fields = send(&server, &manager, &fields).await.form(FORM);
    let note = "x".repeat(256);
    for (name, typed) in [
        ("status", ""),
        ("lines-0-occupied", "9"),
        ("lines-0-weekly_fee-from", "1,300"),
        ("lines-0-weekly_fee-to", "900"),
        ("lines-0-note", note.as_str()),
        ("lines-1-bed_type", "general_nursing"),
        ("lines-1-maximum", "ten"),
        ("lines-1-occupied", "-1"),
        ("lines-1-reserved", ""),
        ("lines-1-accepting", "10000"),
        ("lines-1-weekly_fee-from", "about 900"),
        ("lines-1-earliest_admission-day", "31"),
        ("lines-1-earliest_admission-month", "feb"),
        ("lines-1-earliest_admission-year", "2027"),
        ("lines-2-maximum", "5"),
        ("lines-2-occupied", "1"),
        ("lines-2-reserved", "0"),
        ("lines-2-accepting", "1"),
        ("lines-2-earliest_admission-day", "3"),
    ] {
        set(&mut fields, name, typed);
    }
    let refused = send(&server, &manager, &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.title().starts_with("Error: "));
    let summary = refused.summary();
    for (field, words) in [
        ("status", "Choose whether you are taking people now"),
        ("lines-0-maximum", "add up to 12, more than the maximum of 10"),
        ("lines-0-weekly_fee-from", "must not be above"),
        ("lines-0-note", "The note has 256 characters; 255 is the most"),
        ("lines-1-maximum", "General nursing, permanent: Maximum must be a whole number from 0 to 9999"),
        ("lines-1-occupied", "Occupied must be a whole number"),
        ("lines-1-reserved", "Enter reserved"),
        ("lines-1-accepting", "Accepting must be a whole number"),
        ("lines-1-weekly_fee-from", "Enter the weekly fee in pounds"),
        ("lines-1-earliest_admission", "Earliest admission must be a real date"),
        ("lines-2-bed_type", "New line: Choose a bed type"),
        ("lines-2-reason", "3 places are neither occupied, reserved nor accepting. Say why"),
        ("lines-2-earliest_admission", "Earliest admission must include a month and a year"),
    ] {
        let found = summary.iter().find(|(at, _)| at == field);
        assert!(found.is_some_and(|(_, text)| text.contains(words)), "{field}: {found:?} in {summary:?}");
        assert!(refused.error_at(field).contains(words), "{field}: {:?}", refused.error_at(field));
        assert!(refused.html.contains(&format!("id=\"{field}\"")), "{field}: the summary must lead somewhere");
    }
    assert_eq!(summary.len(), 13, "{summary:?}");
    let kept = refused.form(FORM);
    for (name, typed) in
        [("lines-1-maximum", "ten"), ("lines-0-weekly_fee-to", "900"), ("lines-1-earliest_admission-month", "feb")]
    {
        assert_eq!(value(&kept, name), typed);
    }
    assert_eq!(stored(&home, "1-1").version, 1);
}

#[test(flavor = "multi_thread")]
async fn two_lines_for_the_same_thing_are_refused_and_one_can_be_taken_away() {
    let home = Home::on_sqlite();
    let (server, manager) = begin(&home).await;
    let mut fields = form(&server, &manager).await;
    set(&mut fields, "add", "line");
    let mut fields = send(&server, &manager, &fields).await.form(FORM);
    for (key, typed) in
        [("bed_type", "general_nursing"), ("maximum", "4"), ("occupied", "3"), ("reserved", "0"), ("accepting", "1")]
    {
        set(&mut fields, &format!("lines-1-{key}"), typed);
    }
    let refused = send(&server, &manager, &fields).await;
    assert!(refused.error_at("lines-1-bed_type").contains("line for the same thing above"), "{:?}", refused.summary());
    let mut fields = refused.form(FORM);
    set(&mut fields, "lines-0-remove", "yes");
    assert_eq!(send(&server, &manager, &fields).await.status, StatusCode::SEE_OTHER);
    let capacity = stored(&home, "1-1");
    assert_eq!((capacity.lines.len(), bed(&capacity, 0)), (1, (4, 3, 0, 1)));
}

#[test(flavor = "multi_thread")]
async fn nothing_has_changed_takes_one_press() {
    let home = Home::on_sqlite();
    let (server, manager) = begin(&home).await;
    home.clock.advance(Duration::days(9));
    let later = home.clock.now();
    let list = get(&manager, &server.at("/update")).await;
    assert!(list.says("Not confirmed for 9 days"), "{}", list.text());
    let first = list.html.find("Beech House").unwrap() < list.html.find("Alder House").unwrap();
    assert!(first && !list.says("Cedar House"), "the longest unconfirmed first, and only one's own");

    let sent = post(&manager, &server.at(CONFIRM), &list.form(CONFIRM)).await;
    assert_eq!((sent.status, sent.location()), (StatusCode::SEE_OTHER, "/update?confirmed=1-1"));
    let list = get(&manager, &server.at(sent.location())).await;
    assert!(list.says("Alder House: confirmed.") && list.html.contains("role=\"alert\""));
    let capacity = stored(&home, "1-1");
    assert_eq!((capacity.version, capacity.confirmed_at, capacity.changed_at), (2, Some(later), Some(stamp(BEGIN))));

    let page = get(&manager, &server.at(FORM)).await;
    let sent = post(&manager, &server.at(CONFIRM), &page.form(CONFIRM)).await;
    assert_eq!((sent.status, sent.location()), (StatusCode::SEE_OTHER, "/services/1-1?confirmed=3"));
    assert!(get(&manager, &server.at(sent.location())).await.says("Confirmed. Everybody sees"));
}

#[test(flavor = "multi_thread")]
async fn more_than_the_registered_beds_is_published_with_a_warning() {
    let home = Home::on_sqlite();
    let (server, manager) = begin(&home).await;
    let mut fields = form(&server, &manager).await;
    set(&mut fields, "lines-0-maximum", "50");
    set(&mut fields, "lines-0-accepting", "42");
    let sent = send(&server, &manager, &fields).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    let words = "The maximum adds up to 50, more than the 40 registered beds";
    for path in [sent.location(), FORM] {
        assert!(get(&manager, &server.at(path)).await.says(words), "{path}");
    }
    assert!(!get(&stranger(), &server.at("/services/1-1")).await.says(words));
}

#[test(flavor = "multi_thread")]
async fn an_agency_tells_hours_by_district_and_time_of_day() {
    let home = Home::on_sqlite();
    let mut agency = care_home("1-5", "Example Homecare");
    agency.facts.kind = Kind::HomeCare;
    agency.facts.care_types = vec![CareType::HomeCare];
    agency.facts.beds = None;
    let line = HoursLine {
        area: "SO23".to_owned(),
        time_of_day: TimeOfDay::Morning,
        hours_available: 12,
        double_handed: true,
        earliest_start: None,
        note: None,
    };
    agency.capacity = confirmed(stamp(BEGIN), vec![Line::Hours(line)]);
    let (server, manager) = agency_of(&home, agency).await;
    let address = server.at("/update/1-5");
    let mut fields = get(&manager, &address).await.form("/update/1-5");
    assert_eq!((value(&fields, "lines-0-hours_available"), value(&fields, "lines-0-double_handed")), ("12", "yes"));
    set(&mut fields, "lines-0-hours_available", "");
    set(&mut fields, "add", "line");
    let mut fields = post(&manager, &address, &fields).await.form("/update/1-5");
    for (key, typed) in
        [("area", "Winchester"), ("time_of_day", "night"), ("hours_available", "7"), ("earliest_start-day", "3")]
    {
        set(&mut fields, &format!("lines-1-{key}"), typed);
    }
    let refused = post(&manager, &address, &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.error_at("lines-0-hours_available").contains("Enter hours available"), "{:?}", refused.summary());
    assert!(refused.error_at("lines-1-area").ends_with("Enter a postcode district, such as SO23"));
    assert!(refused.error_at("lines-1-earliest_start").ends_with("Earliest start must include a month and a year"));
    let mut fields = refused.form("/update/1-5");
    for (name, typed) in [
        ("lines-0-hours_available", "10"),
        ("lines-1-area", "so22"),
        ("lines-1-earliest_start-month", "January"),
        ("lines-1-earliest_start-year", "2027"),
    ] {
        set(&mut fields, name, typed);
    }
    let sent = post(&manager, &address, &fields).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{:?}", sent.summary());
    let public = get(&stranger(), &server.at("/services/1-5")).await;
    assert!(
        public.says("17 hours a week, confirmed") && public.says("SO22 Night from 3 January 2027 7"),
        "{}",
        public.text()
    );
    assert!(public.says("SO23 Morning Two carers at a time 10"));
}

async fn agency_of(home: &Home, agency: CareService) -> (Server, Client) {
    let target = Target::Service(agency.id.clone());
    add(&home.db(), stamp(BEGIN), vec![agency]);
    let server = Server::start(home);
    let manager = server.browser("a@example.org", Role::Manager, vec![target]).await;
    (server, manager)
}
