//! The weekly mail to who keeps services: what it tells, when it comes, how it is stopped, and that no
//! week comes twice.

use berth::domain::actor::Actor;
use berth::domain::care_service::CareServiceId;
use berth::domain::enquiry::NewEnquiry;
use berth::domain::interest::Interest;
use berth::domain::person::{EmailAddress, Target};
use berth::domain::words::Role;
use berth::jobs::{schedule, week};
use berth::ops::invite::{self, Invitation};
use berth::ops::{ask, change_wishes};
use berth::store::{Error, interest, people, week_letters};
use chrono::{Duration, NaiveDate};
use reqwest::StatusCode;
use serde_json::json;

use crate::support::homes::nursing;
use crate::support::html::{get, post, press, value};
use crate::support::manager;
use crate::support::office::Office;
use crate::support::server::stranger;
use crate::support::{Home, stamp};

/// A Monday, and an hour before the usual one.
const MONDAY: &str = "2026-11-23T06:00:00Z";

/// Mia keeps Rose House and Elm Court.
async fn open(home: &Home) -> Office {
    let office = Office::open(home);
    for (id, name) in [("1-1", "Rose House"), ("1-2", "Elm Court"), ("1-3", "Ash Lodge")] {
        office.home(id, name).await;
    }
    let homes = ["1-1", "1-2"].map(|id| Target::Service(CareServiceId::from_text(id))).to_vec();
    let email = EmailAddress::parse("mia@example.org").unwrap();
    let invitation = Invitation { email, role: Role::Manager, targets: homes };
    invite::run(&office.app.db, &office.app.clock, Actor::system("test"), invitation).await.unwrap();
    office.work().await;
    office
}

/// So often people met a service on a day.
async fn met(office: &Office, id: &str, day: &str, found: u64, seen: u64) {
    let (id, day): (_, NaiveDate) = (CareServiceId::from_text(id), day.parse().unwrap());
    let more = Interest { found, seen, seen_full: 0 };
    office.app.db.write(move |c| interest::add(c, day, &id, more)).await.unwrap();
}

/// What a round of the schedule sends.
async fn round(office: &Office) -> Vec<crate::support::mailbox::Mail> {
    let before = office.mails().len();
    assert!(schedule::round(&office.app).await.unwrap());
    office.work().await;
    office.mails().split_off(before)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_is_told_its_week_on_monday_at_the_hour_once_and_nothing_else() {
    for home in Home::on_each() {
        home.clock.advance(-Duration::days(4));
        let office = open(&home).await;
        office.tell("1-1", vec![nursing(40, 38, 2)]).await;
        met(&office, "1-1", "2026-11-15", 30, 9).await;
        met(&office, "1-1", "2026-11-16", 40, 3).await;
        met(&office, "1-1", "2026-11-22", 1, 0).await;
        met(&office, "1-1", "2026-11-23", 500, 500).await;
        let need = json!({ "bed_type": "general_nursing", "start": "2026-11-30", "funding": "self", "needs": [] });
        let new = json!({ "kind": "ask", "services": ["1-1"], "need": need });
        let new = NewEnquiry::parse(&new, "2026-11-18".parse().unwrap()).unwrap();
        ask::run(&office.app.db, &office.app.clock, Actor::system("test"), new).await.unwrap();
        // The question itself goes at once.
        office.work().await;
        home.clock.advance(stamp(MONDAY).since(home.clock.now()));
        assert!(round(&office).await.is_empty(), "not at six");
        home.clock.advance(Duration::hours(1));
        let mut mails = round(&office).await;
        assert_eq!(mails.len(), 1);
        let mail = mails.remove(0);
        assert_eq!(mail.header("To"), "mia@example.org");
        assert_eq!(mail.header("Subject"), "Berth: your 2 services were found 41 times last week");
        for said in [
            "ROSE HOUSE\n  Found in searches: 41 times (11 more than the week before)\n  Its page opened: 3 times (6 fewer than the week before)\n  Asked by staff: once (1 more than the week before)\n  Figures: confirmed 9:30am, 18 November 2026 (4 days ago)\n",
            "What changed:\n  General nursing, permanent: new",
            "ELM COURT\n  Found in searches: not once (as the week before)",
            "Figures: never told",
            "/update/1-1/record\n",
        ] {
            assert!(mail.text.contains(said), "{said:?} is not in\n{}", mail.text);
        }
        assert!(!mail.text.contains("Ash Lodge"), "it is not theirs: {}", mail.text);
        assert!(mail.header("List-Unsubscribe").contains("/unsubscribe/week/"), "{}", mail.text);

        let other = Office::open(&home);
        home.clock.advance(Duration::hours(3));
        assert!(round(&other).await.is_empty() && round(&office).await.is_empty(), "once a week");
        let due = week::of_now(&office.app, home.clock.now()).await.unwrap();
        assert!(due.is_empty(), "by hand neither: {due:?}");
        home.clock.advance(Duration::days(7));
        assert_eq!(round(&office).await.len(), 1, "the next week it comes again");
        home.clock.advance(Duration::days(7));
        assert!(round(&office).await.is_empty(), "nobody met them and nothing changed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_make_a_week_once_and_one_that_was_away_for_days_makes_none() {
    for home in Home::on_each() {
        home.clock.advance(stamp(MONDAY).since(home.clock.now()));
        let (one, other) = (open(&home).await, Office::open(&home));
        met(&one, "1-1", "2026-11-17", 4, 4).await;
        home.clock.advance(Duration::hours(2));
        let both = tokio::join!(schedule::round(&one.app), schedule::round(&other.app));
        assert!(both.0.unwrap() && both.1.unwrap());
        one.work().await;
        let told = |office: &Office| office.mails().iter().filter(|mail| mail.text.contains("ROSE HOUSE")).count();
        assert_eq!(told(&one), 1);
        met(&one, "1-1", "2026-11-24", 4, 4).await;
        home.clock.advance(Duration::days(9) + Duration::hours(1));
        round(&one).await;
        assert_eq!(told(&one), 1, "on Wednesday last week is old news");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_week_comes_at_the_chosen_local_hour_on_both_sides_of_each_clock_change() {
    for (begin, until, expected) in [
        ("2026-03-22T12:00:00Z", "2026-04-01T00:00:00Z", ["5am, 23 March 2026", "5am, 30 March 2026"]),
        ("2026-10-18T12:00:00Z", "2026-10-28T00:00:00Z", ["5am, 19 October 2026", "5am, 26 October 2026"]),
    ] {
        let home = Home::on_sqlite_at(begin);
        let office = open(&home).await;
        let mia = office.app.db.read(people::all).await.unwrap().remove(0).id;
        change_wishes::week(&office.app.db, mia, Some(5)).await.unwrap();
        let zone = office.app.config.timezone;
        let mut sent = Vec::new();
        while home.clock.now() < stamp(until) {
            met(&office, "1-1", &zone.day(home.clock.now()).to_string(), 1, 1).await;
            for _ in round(&office).await {
                sent.push(zone.when(home.clock.now()));
            }
            home.clock.advance(Duration::minutes(30));
        }
        assert_eq!(sent, expected, "{begin}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_stopped_by_one_press_without_a_sign_in_and_chosen_again_on_the_page() {
    let home = Home::on_sqlite();
    let (server, browser) = manager::begin(&home).await;
    let page = "/update/1-1/reminders";
    let shown = get(&browser, &server.at(page)).await;
    assert_eq!(value(&shown.form(page), "week_hour"), "7", "the usual hour");
    let wish = || async {
        let all = server.app.db.read(|c| Ok::<_, Error>((people::all(c)?, week_letters::all(c)?))).await.unwrap();
        all.1.get(&all.0[0].id).map(|(wish, _)| *wish)
    };
    let saved = press(&browser, &server, &shown, page, &[("mine", "week"), ("week_hour", "5")]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    assert_eq!(wish().await, Some(week_letters::Wish { hour: Some(5), stopped: false }));
    for wrong in ["24", "soon"] {
        let refused = press(&browser, &server, &shown, page, &[("mine", "week"), ("week_hour", wrong)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert_eq!(refused.error_at("week_hour"), "Choose an hour from the list");
    }

    home.clock.advance(stamp("2026-11-23T05:00:00Z").since(home.clock.now()));
    let id = CareServiceId::from_text("1-1");
    let more = Interest { found: 3, seen: 1, seen_full: 0 };
    let day: NaiveDate = "2026-11-17".parse().unwrap();
    server.app.db.write(move |c| interest::add(c, day, &id, more)).await.unwrap();
    let due = week::of_now(&server.app, home.clock.now()).await.unwrap();
    let drafts = week::drafts(&server.app, due, home.clock.now()).await.unwrap();
    let text = &drafts[0].words.text;
    let link = text.split_whitespace().find(|word| word.contains("/unsubscribe/week/")).unwrap().to_owned();
    let asked = get(&stranger(), &link).await;
    assert!(asked.says("Stop weekly emails"), "{}", asked.text());
    assert!(!wish().await.unwrap().stopped, "opening it changes nothing");
    let done = post(&stranger(), &link, &vec![("List-Unsubscribe".to_owned(), "One-Click".to_owned())]).await;
    assert!(done.status == StatusCode::OK && done.says("Weekly emails stopped"), "{}", done.text());
    assert_eq!(wish().await, Some(week_letters::Wish { hour: Some(5), stopped: true }));
    assert!(week::of_now(&server.app, home.clock.now()).await.unwrap().is_empty());
    let reminders = link.replace("/unsubscribe/week/", "/unsubscribe/reminders/");
    assert_eq!(get(&stranger(), &reminders).await.status, StatusCode::NOT_FOUND, "it stops nothing else");
    let again = press(&browser, &server, &shown, page, &[("mine", "week"), ("week_hour", "9")]).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    assert_eq!(wish().await, Some(week_letters::Wish { hour: Some(9), stopped: false }));
}
