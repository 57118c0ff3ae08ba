//! The manager's form without scripts and against slips: buttons that change one number and publish
//! nothing, sentences that say where to look, warnings before anything is published.

use berth::domain::care_service::CareServiceId;
use berth::domain::change::ChangeKind;
use berth::domain::words::AdmissionStatus;
use berth::store::{changes, services};
use reqwest::StatusCode;
use tokio::test;

use crate::support::homes::{add, care_home, confirmed, nursing};
use crate::support::html::{Fields, get, post, set, value};
use crate::support::manager::{CONFIRM, FORM, bed, begin, form, manager, send, stored};
use crate::support::server::{Server, stranger};
use crate::support::{BEGIN, Home, stamp};

/// The form with one more field: the button that sends it.
fn pressed(fields: &Fields, name: &str, of: &str) -> Fields {
    let mut fields = fields.clone();
    fields.push((name.to_owned(), of.to_owned()));
    fields
}

#[test(flavor = "multi_thread")]
async fn minus_and_plus_change_one_number_keep_the_rest_and_publish_nothing() {
    let home = Home::on_sqlite();
    let (server, manager) = begin(&home).await;
    let page = get(&manager, &server.at(FORM)).await;
    let html = page.html.replace("&#x2f;", "/");
    for name in ["less", "more"] {
        for key in ["maximum", "occupied", "reserved", "accepting"] {
            let button = format!("name=\"{name}\" value=\"lines-0-{key}\" formaction=\"{FORM}#lines-0-{key}\"");
            assert!(html.contains(&button), "{button}");
        }
    }
    let mut fields = page.form(FORM);
    set(&mut fields, "lines-0-note", " Garden  side ");
    set(&mut fields, "lines-0-maximum", "ten");
    let after = send(&server, &manager, &pressed(&fields, "less", "lines-0-accepting")).await;
    assert_eq!(after.status, StatusCode::OK);
    let again = after.form(FORM);
    for (name, typed) in [("accepting", "1"), ("note", " Garden  side "), ("maximum", "ten"), ("occupied", "7")] {
        assert_eq!(value(&again, &format!("lines-0-{name}")), typed, "{name}");
    }
    let refused = send(&server, &manager, &pressed(&again, "more", "lines-0-maximum")).await;
    assert!(refused.error_at("lines-0-maximum").contains("no whole number"), "{:?}", refused.summary());
    for rubbish in ["lines-9-accepting", "lines--", "nothing"] {
        assert_ne!(
            send(&server, &manager, &pressed(&form(&server, &manager).await, "less", rubbish)).await.status,
            500
        );
    }
    assert_eq!(stored(&home, "1-1").version, 1, "what is no button of the form publishes nothing either");
    let taken = send(&server, &manager, &pressed(&form(&server, &manager).await, "taken", "lines-0")).await.form(FORM);
    assert_eq!((value(&taken, "lines-0-accepting"), value(&taken, "lines-0-occupied")), ("1", "8"));
    let freed = send(&server, &manager, &pressed(&taken, "freed", "lines-0")).await.form(FORM);
    assert_eq!((value(&freed, "lines-0-accepting"), value(&freed, "lines-0-occupied")), ("2", "7"));

    let sent = send(&server, &manager, &taken).await;
    assert_eq!((sent.status, sent.location()), (StatusCode::SEE_OTHER, "/services/1-1?published=2"));
    assert_eq!(bed(&stored(&home, "1-1"), 0), (10, 8, 1, 1), "one bed taken: one press, and one to publish");
}

#[test(flavor = "multi_thread")]
async fn the_first_button_confirms_and_enter_in_a_field_publishes() {
    let home = Home::on_sqlite();
    let (server, manager) = begin(&home).await;
    let page = get(&manager, &server.at(FORM)).await;
    let html = page.html.replace("&#x2f;", "/");
    let main = &html[html.find("<main").unwrap()..];
    let buttons: Vec<&str> =
        main.split("<button").skip(1).map(|rest| rest.split("</button>").next().unwrap()).collect();
    assert!(buttons[0].contains("Nothing has changed"), "{}", buttons[0]);
    let of_form = main.split(&format!("action=\"{FORM}\"")).nth(1).unwrap();
    let first = of_form.split("<button").nth(1).unwrap().split("</button>").next().unwrap();
    assert!(first.contains("Publish vacancies") && !first.contains("name="), "a browser presses it on Enter: {first}");
}

#[test(flavor = "multi_thread")]
async fn a_sum_that_is_wrong_says_which_number_to_look_at() {
    let home = Home::on_sqlite();
    let (server, manager) = begin(&home).await;
    let fields = form(&server, &manager).await;
    let said = async |typed: &[(&str, &str)]| {
        let mut fields = fields.clone();
        typed.iter().for_each(|(key, number)| set(&mut fields, &format!("lines-0-{key}"), number));
        send(&server, &manager, &fields).await.error_at("lines-0-maximum")
    };
    for (typed, words) in [
        (&[("accepting", "4")][..], "add up to 12, more than the maximum of 10. Look at accepting: it was 2"),
        (&[("maximum", "8")][..], "Look at maximum: it was 10, and it is the only one of the four that you changed"),
        (
            &[("occupied", "8"), ("accepting", "3")][..],
            "Look at occupied and accepting: these are the ones you changed",
        ),
    ] {
        let found = said(typed).await;
        assert!(found.contains(words), "{words} in {found}");
    }
    set(&mut fields.clone(), "lines-0-accepting", "9");
    let fresh =
        [("bed_type", "transitional"), ("maximum", "5"), ("occupied", "3"), ("reserved", "1"), ("accepting", "2")];
    let mut fields = send(&server, &manager, &pressed(&fields, "add", "line")).await.form(FORM);
    fresh.iter().for_each(|(key, typed)| set(&mut fields, &format!("lines-1-{key}"), typed));
    let found = send(&server, &manager, &fields).await.error_at("lines-1-maximum");
    assert!(found.ends_with("Look at accepting: with the other three as they are, 1 is the most it can be"), "{found}");
}

#[test(flavor = "multi_thread")]
async fn the_page_says_what_others_will_see_and_warns_before_anything_is_published() {
    let home = Home::on_sqlite();
    let (server, manager) = begin(&home).await;
    let page = get(&manager, &server.at(FORM)).await;
    assert!(page.says("Everybody will see 2 vacancies , confirmed just now."), "{}", page.text());
    assert!(page.says("staff will also see 7 occupied, 1 reserved, 0 not admittable"), "{}", page.text());
    let mut fields = page.form(FORM);
    set(&mut fields, "lines-0-maximum", "50");
    set(&mut fields, "lines-0-accepting", "41");
    let after = send(&server, &manager, &pressed(&fields, "more", "lines-0-accepting")).await;
    assert!(after.says("Everybody will see 42 vacancies"), "{}", after.text());
    assert!(after.says("The maximum adds up to 50, more than the 40 registered beds"), "{}", after.text());
    set(&mut fields, "status", "closed");
    let after = send(&server, &manager, &pressed(&fields, "more", "lines-0-accepting")).await;
    assert!(after.says("Everybody will see Closed to admissions"));
}

fn date(fields: &mut Fields, name: &str, [day, month, year]: [&str; 3]) {
    for (part, typed) in [("day", day), ("month", month), ("year", year)] {
        set(fields, &format!("{name}-{part}"), typed);
    }
}

#[test(flavor = "multi_thread")]
async fn a_closure_and_a_reservation_have_their_last_days() {
    let home = Home::on_sqlite();
    let (server, manager) = begin(&home).await;
    let mut fields = form(&server, &manager).await;
    set(&mut fields, "status", "closed");
    date(&mut fields, "closed_until", ["1", "nov", "2026"]);
    date(&mut fields, "lines-0-reserved_until", ["31", "2", "2027"]);
    let refused = send(&server, &manager, &fields).await;
    assert!(refused.error_at("lines-0-reserved_until").contains("Reserved until must be a real date"));
    date(&mut fields, "lines-0-reserved_until", ["2", "12", "2026"]);
    let refused = send(&server, &manager, &fields).await;
    assert!(refused.error_at("closed_until").contains("must be today or later"), "{:?}", refused.summary());
    date(&mut fields, "closed_until", ["30", "Nov", "26"]);
    assert_eq!(send(&server, &manager, &fields).await.status, StatusCode::SEE_OTHER);
    let capacity = stored(&home, "1-1");
    assert_eq!(capacity.closed_until.unwrap().to_string(), "2026-11-30");
    assert_eq!(capacity.beds().next().unwrap().reserved_until.unwrap().to_string(), "2026-12-02");
    let public = get(&stranger(), &server.at("/services/1-1")).await;
    assert!(public.says("Closed until the end of 30 November 2026.") && !public.says("until 2 December"));
    assert!(get(&manager, &server.at("/services/1-1")).await.says("until 2 December 2026"));

    // Open again, and nothing reserved: the old dates stand in their fields and mean nothing.
    let mut fields = form(&server, &manager).await;
    assert_eq!(value(&fields, "closed_until-day"), "30");
    set(&mut fields, "status", "open");
    set(&mut fields, "lines-0-reserved", "0");
    set(&mut fields, "lines-0-accepting", "3");
    assert_eq!(send(&server, &manager, &fields).await.status, StatusCode::SEE_OTHER);
    let capacity = stored(&home, "1-1");
    let until = capacity.beds().next().unwrap().reserved_until;
    assert_eq!((capacity.status, capacity.closed_until, until), (AdmissionStatus::Open, None, None));
}

#[test(flavor = "multi_thread")]
async fn a_note_that_looks_personal_is_published_only_when_somebody_has_looked() {
    let home = Home::on_sqlite();
    let (server, manager) = begin(&home).await;
    let mut fields = form(&server, &manager).await;
    set(&mut fields, "lines-0-note", "Kept for Mrs Example, 943 476 5919");
    let asked = send(&server, &manager, &fields).await;
    assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY);
    let said = asked.error_at("lines-0-note");
    assert!(said.contains("looks like personal data: it seems to hold an NHS number"), "{said}");
    assert_eq!(stored(&home, "1-1").version, 1);
    let mut fields = asked.form(FORM);
    assert_eq!(value(&fields, "personal_ok"), "", "nobody has ticked it for them");
    set(&mut fields, "personal_ok", "yes");
    let sent = send(&server, &manager, &fields).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    assert!(get(&manager, &server.at(sent.location())).await.says("looks like personal data"));
    // What is published already is not asked about again.
    let mut fields = form(&server, &manager).await;
    set(&mut fields, "lines-0-occupied", "6");
    set(&mut fields, "lines-0-accepting", "3");
    assert_eq!(send(&server, &manager, &fields).await.status, StatusCode::SEE_OTHER);
}

#[test(flavor = "multi_thread")]
async fn a_home_that_left_the_register_says_so_to_its_manager() {
    let home = Home::on_sqlite();
    let mut alder = care_home("1-1", "Alder House");
    alder.capacity = confirmed(stamp(BEGIN), vec![nursing(10, 7, 2)]);
    add(&home.db(), stamp(BEGIN), vec![alder, care_home("1-2", "Beech House")]);
    home.db()
        .write_now(|c| {
            let before = services::get(c, &CareServiceId::from_text("1-1"))?;
            let mut after = before.service.clone();
            after.left_at = Some(stamp(BEGIN));
            changes::record_after(c, &before, &after, stamp(BEGIN), ChangeKind::ServiceLeft, "test")
        })
        .unwrap();
    let server = Server::start(&home);
    let manager = manager(&server, "m@example.org").await;
    for path in [FORM, "/update/1-1/beds", "/update/1-1/rooms"] {
        let page = get(&manager, &server.at(path)).await;
        assert_eq!(page.status, StatusCode::GONE, "{path}");
        assert!(page.says("Alder House has left the register"));
        let token = page.form("/sign-out");
        assert_eq!(post(&manager, &server.at(path), &token).await.status, StatusCode::GONE, "{path}");
        assert_eq!(post(&manager, &server.at(CONFIRM), &token).await.status, StatusCode::GONE);
    }
}
