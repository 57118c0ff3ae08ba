//! Digests: one for an alert and a local day or week, whoever asks and however the clocks change,
//! and what is in it.

use berth::domain::actor::Actor;
use berth::domain::digest::Cadence;
use berth::domain::words::{BedType, Role};
use berth::jobs::schedule;
use berth::ops::alert_link::By;
use berth::ops::change_alert;
use chrono::Duration;
use serde_json::json;

use crate::support::homes::{bed, nursing};
use crate::support::office::Office;
use crate::support::{Home, stamp};

/// Makes what is due of one cadence as `berth digest send` does, and sends it.
async fn send(office: &Office, cadence: Cadence) -> usize {
    let at = office.app.clock.now();
    let due = schedule::of_now(&office.app, cadence, at).await.unwrap();
    let made = schedule::make_all(&office.app, due, at).await.unwrap();
    office.work().await;
    made.len()
}

async fn round(office: &Office) {
    assert!(schedule::round(&office.app).await.unwrap());
    office.work().await;
}

fn weekly() -> serde_json::Value {
    json!({ "name": "Nursing", "query": "vacant=1&bed_type=general_nursing", "channels": ["weekly"], "email": "ana@example.org" })
}

fn daily() -> serde_json::Value {
    json!({ "name": "Every day", "query": "vacant=1", "channels": ["daily"], "email": "ana@example.org" })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_is_sent_once_a_week_however_often_and_by_whomever_it_is_asked_for() {
    for home in Home::on_each() {
        let (one, other) = (Office::open(&home), Office::open(&home));
        one.home("1-1", "Rose House").await;
        let seq = one.tell("1-1", vec![nursing(40, 38, 2)]).await;
        other.app.board.reach(seq).await;
        one.alert(weekly()).await;
        let (first, second) = tokio::join!(send(&one, Cadence::Weekly), send(&other, Cadence::Weekly));
        assert_eq!(first + second, 1);
        assert_eq!(send(&one, Cadence::Weekly).await, 0);
        home.clock.advance(Duration::hours(10));
        assert_eq!(send(&other, Cadence::Weekly).await, 0, "still the same Sunday");
        assert_eq!(one.mails().len(), 1);

        home.clock.advance(Duration::days(1));
        one.tell("1-1", vec![nursing(40, 37, 3)]).await;
        assert_eq!(send(&one, Cadence::Weekly).await, 1, "Monday begins another week");
        assert_eq!(one.mails().len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_says_what_is_new_what_is_full_and_how_the_counts_have_changed() {
    let home = Home::on_sqlite();
    let office = Office::open(&home);
    for (id, name) in [("1-1", "Rose House"), ("1-2", "Elm Court"), ("1-3", "Ash Lodge")] {
        office.home(id, name).await;
    }
    office.tell("1-1", vec![nursing(40, 38, 2)]).await;
    office.tell("1-2", vec![nursing(30, 30, 0)]).await;
    office.tell("1-3", vec![nursing(20, 19, 1), bed(BedType::DementiaNursing, 10, 6, 4)]).await;
    office.alert(weekly()).await;
    send(&office, Cadence::Weekly).await;
    let first = office.mails().remove(0);
    assert_eq!(first.header("To"), "ana@example.org");
    assert_eq!(first.header("Subject"), "Berth: 2 services with vacancies - Nursing (weekly)");
    for said in [
        "Services with vacancies: 2\n",
        "Places accepting now: 3\n  General nursing: 3\n",
        "as of 9:30am, 22 November 2026",
        "VACANCIES\n",
        "* Rose House, Winchester\n  2 general nursing places, confirmed 9:30am, 22 November 2026 (less than a minute ago)\n",
        "/services/1-3\n",
        "/search?bed_type=general_nursing&vacant=1\n",
        "This week's guide to residential care for this alert (PDF, 0.",
        " MB):\nhttp://127.0.0.1:0/guides/residential.pdf?bed_type=general_nursing&vacant=1\n",
        "Stop it: http://",
    ] {
        assert!(first.text.contains(said), "{said:?} is not in\n{}", first.text);
    }
    assert!(!first.text.contains("Elm Court") && !first.text.contains("dementia"), "{}", first.text);
    assert!(first.html.contains("Rose House") && !first.html.contains("<img"), "{}", first.html);

    home.clock.advance(Duration::days(1));
    office.tell("1-1", vec![nursing(40, 40, 0)]).await;
    office.tell("1-2", vec![nursing(30, 26, 4)]).await;
    send(&office, Cadence::Weekly).await;
    let second = office.mails().remove(1);
    assert_eq!(second.header("Subject"), "Berth: 1 service with new vacancies - Nursing (weekly)");
    for said in [
        "from 9:30am, 22 November 2026 to 9:30am, 23 November 2026",
        "Services with vacancies: 2 (as last time)\n",
        "Places accepting now: 5 (2 more than last time)\n",
        "NEW VACANCIES\n\n* Elm Court, Winchester\n  4 general nursing places, confirmed 9:30am, 23 November 2026 (less than a minute ago)\n",
        "NO VACANCY ANY MORE\n\n* Rose House, Winchester\n  full, confirmed 9:30am, 23 November 2026 (less than a minute ago)\n",
    ] {
        assert!(second.text.contains(said), "{said:?} is not in\n{}", second.text);
    }
    assert!(!second.text.contains("Ash Lodge"), "what has not changed is not said again\n{}", second.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_is_nothing_to_say_nothing_is_sent() {
    let home = Home::on_sqlite();
    let office = Office::open(&home);
    office.home("1-1", "Rose House").await;
    office.alert(daily()).await;
    assert_eq!(send(&office, Cadence::Daily).await, 0, "no vacancy anywhere");
    home.clock.advance(Duration::days(1));
    office.tell("1-1", vec![nursing(40, 38, 2)]).await;
    assert_eq!(send(&office, Cadence::Daily).await, 1);
    home.clock.advance(Duration::days(1));
    assert_eq!(send(&office, Cadence::Daily).await, 0, "nothing has changed");
    assert_eq!(office.mails().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_are_told_what_nobody_has_confirmed_for_a_week_and_the_public_is_not() {
    let home = Home::on_sqlite();
    let office = Office::open(&home);
    for (id, name) in [("1-1", "Rose House"), ("1-2", "Elm Court"), ("1-3", "Ash Lodge")] {
        office.home(id, name).await;
    }
    office.tell("1-1", vec![nursing(40, 38, 2)]).await;
    home.clock.advance(Duration::days(8));
    office.tell("1-2", vec![nursing(30, 29, 1)]).await;
    crate::support::invite(&office.app, "sam@example.gov.uk", Role::Staff).await;
    office.alert(weekly()).await;
    office
        .alert(json!({ "name": "Area", "query": "vacant=1", "channels": ["weekly"], "email": "sam@example.gov.uk" }))
        .await;
    send(&office, Cadence::Weekly).await;
    let mails = office.mails();
    let to = |address: &str| mails.iter().find(|mail| mail.header("To") == address).unwrap();
    let staff = &to("sam@example.gov.uk").text;
    let part = staff.split("NOT CONFIRMED FOR 7 DAYS\n").nth(1).unwrap_or_else(|| panic!("{staff}"));
    let (rose, ash) = (part.find("Rose House").unwrap(), part.find("Ash Lodge").unwrap());
    assert!(rose < ash && !part.contains("Elm Court"), "longest first, never last: {part}");
    assert!(
        part.contains("confirmed 9:30am, 22 November 2026 (8 days ago)") && part.contains("never confirmed"),
        "{part}"
    );
    assert!(staff.contains("/board?vacant=1\n"), "{staff}");
    assert!(!to("ana@example.org").text.contains("NOT CONFIRMED"));
}

/// Runs the scheduler every half hour; the local times at which a digest was sent.
async fn sent_at(office: &Office, home: &Home, until: &str) -> Vec<String> {
    let zone = office.app.config.timezone;
    let mut sent = Vec::new();
    // Always another number than the day before, so that there is something to say.
    let mut accepting = (1..=7).cycle();
    while home.clock.now() < stamp(until) {
        if sent.is_empty() || zone.hour(home.clock.now()).is_multiple_of(6) {
            office.tell("1-1", vec![nursing(40, 30, accepting.next().unwrap())]).await;
        }
        let before = office.mails().len();
        round(office).await;
        for _ in before..office.mails().len() {
            sent.push(zone.when(home.clock.now()));
        }
        home.clock.advance(Duration::minutes(30));
    }
    sent
}

#[tokio::test(flavor = "multi_thread")]
async fn digests_come_at_the_local_hour_once_a_day_over_both_clock_changes() {
    for (begin, until, days) in [
        ("2026-03-28T00:00:00Z", "2026-03-30T12:00:00Z", ["28 March", "29 March", "30 March"]),
        ("2026-10-24T00:00:00Z", "2026-10-26T12:00:00Z", ["24 October", "25 October", "26 October"]),
    ] {
        for (hour, said) in [(7, "7am"), (1, "1am"), (2, "2am")] {
            let home = Home::on_sqlite_at(begin);
            let office = Office::open(&home);
            office.home("1-1", "Rose House").await;
            let mut alert = daily();
            alert["hour"] = json!(hour);
            home.clock.advance(-Duration::hours(12));
            office.alert(alert).await;
            home.clock.advance(Duration::hours(12));
            let sent = sent_at(&office, &home, until).await;
            // In the night of 29 March there is no 1am in London: its digest comes with the next moment, 2am.
            let expected = days.map(|day| match (day, hour) {
                ("29 March", 1) => "2am, 29 March 2026".to_owned(),
                _ => format!("{said}, {day} 2026"),
            });
            assert_eq!(sent, expected, "hour {hour}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_was_away_at_the_hour_sends_late_once() {
    let home = Home::on_sqlite_at("2026-11-20T12:00:00Z");
    let office = Office::open(&home);
    office.home("1-1", "Rose House").await;
    office.tell("1-1", vec![nursing(40, 38, 2)]).await;
    office.alert(daily()).await;
    office.alert(weekly()).await;
    round(&office).await;
    assert_eq!(office.mails().len(), 0, "what was due before an alert began is not sent");
    home.clock.advance(Duration::days(5) + Duration::hours(3));
    round(&office).await;
    round(&office).await;
    let mut subjects: Vec<String> = office.mails().iter().map(|mail| mail.header("Subject").to_owned()).collect();
    subjects.sort();
    assert_eq!(
        subjects,
        ["Berth: 1 service with vacancies - Every day (daily)", "Berth: 1 service with vacancies - Nursing (weekly)"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_a_day_and_back_sends_no_day_twice() {
    let home = Home::on_sqlite_at("2026-11-23T06:00:00Z");
    let office = Office::open(&home);
    office.home("1-1", "Rose House").await;
    office.alert(daily()).await;
    let mut sent = Vec::new();
    for (hours, accepting) in [(2, 1), (24, 2), (-24, 3), (1, 4), (23, 5), (24, 6)] {
        home.clock.advance(Duration::hours(hours));
        office.tell("1-1", vec![nursing(40, 30, accepting)]).await;
        let before = office.mails().len();
        round(&office).await;
        sent.push(office.mails().len() - before);
    }
    assert_eq!(sent, [1, 1, 0, 0, 0, 1], "23rd, 24th, back on the 23rd, still, 24th again, 25th");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_that_ended_or_pauses_gets_no_digest_not_even_one_already_made() {
    let home = Home::on_sqlite();
    let office = Office::open(&home);
    office.home("1-1", "Rose House").await;
    office.tell("1-1", vec![nursing(40, 38, 2)]).await;
    let alert = office.alert(weekly()).await;
    let mut paused = weekly();
    paused["paused_until"] = json!("2026-12-01T00:00:00Z");
    office.alert(paused).await;
    let at = home.clock.now();
    let due = schedule::of_now(&office.app, Cadence::Weekly, at).await.unwrap();
    assert_eq!(schedule::make_all(&office.app, due, at).await.unwrap().len(), 1);
    change_alert::end(&office.app.db, &office.app.clock, By::from(Actor::system("test")), alert.id).await.unwrap();
    office.work().await;
    assert_eq!(office.mails().len(), 0);
}
