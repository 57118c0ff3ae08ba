//! Reminders: who is asked about which figures, when, how often, and who after them, on both
//! databases; and what the letter says.

use std::collections::BTreeMap;

use berth::domain::actor::Actor;
use berth::domain::care_service::{CareServiceId, ProviderId};
use berth::domain::change::ChangeKind;
use berth::domain::pace::Pace;
use berth::domain::person::{EmailAddress, PersonId, Target};
use berth::domain::reminder::{Rules, Wishes};
use berth::domain::words::{AdmissionStatus, Role, Source};
use berth::jobs::remind;
use berth::ops::confirm_capacity::{self, Telling};
use berth::ops::invite::{self, Invitation};
use berth::ops::{Condition, change_wishes, late_services, learn_paces, remove_person};
use berth::store::{changes, reminders, services};
use chrono::Duration;

use crate::support::homes::nursing;
use crate::support::office::Office;
use crate::support::{Home, stamp};

const MONDAY: &str = "2026-11-23T08:00:00Z";

fn rose() -> CareServiceId {
    CareServiceId::from_text("1-1")
}

async fn known(office: &Office, email: &str, role: Role, target: Target) -> PersonId {
    let invitation = Invitation { email: EmailAddress::parse(email).unwrap(), role, targets: vec![target] };
    invite::run(&office.app.db, &office.app.clock, Actor::system("test"), invitation).await.unwrap().0
}

async fn manager(office: &Office, email: &str, id: &str) -> PersonId {
    known(office, email, Role::Manager, Target::Service(CareServiceId::from_text(id))).await
}

/// Rose House, which told its figures just now, and its manager.
async fn begin(office: &Office) -> PersonId {
    office.home("1-1", "Rose House").await;
    office.tell("1-1", vec![nursing(40, 37, 2)]).await;
    manager(office, "ana@example.org", "1-1").await
}

async fn confirm(office: &Office, id: &str) {
    let telling = Telling {
        actor: Actor::system("test"),
        id: CareServiceId::from_text(id),
        source: Source::Form,
        condition: Condition::default(),
    };
    let told = confirm_capacity::run(&office.app.db, &office.app.clock, telling).await.unwrap();
    office.app.board.reach(told.seq).await;
}

async fn wish(office: &Office, wishes: Wishes) {
    let today = office.app.config.timezone.day(office.app.clock.now());
    let (db, clock, actor) = (&office.app.db, &office.app.clock, Actor::system("test"));
    change_wishes::of_service(db, clock, actor, rose(), (wishes, today)).await.unwrap();
}

async fn round(office: &Office) {
    remind::round(&office.app).await.unwrap();
    office.work().await;
}

/// Goes round every hour until then; to whom a reminder went, and when.
async fn sent_until(office: &Office, home: &Home, until: &str) -> Vec<(String, String)> {
    let mut sent = Vec::new();
    while home.clock.now() < stamp(until) {
        let before = office.mails().len();
        round(office).await;
        let mut now: Vec<_> = office.mails().split_off(before);
        now.sort_by(|one, other| one.header("To").cmp(other.header("To")));
        let when = office.app.config.timezone.when(home.clock.now());
        sent.extend(now.iter().map(|mail| (mail.header("To").to_owned(), when.clone())));
        home.clock.advance(Duration::hours(1));
    }
    sent
}

fn to_ana(times: &[&str]) -> Vec<(String, String)> {
    times.iter().map(|time| ("ana@example.org".to_owned(), (*time).to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_is_asked_once_figures_are_probably_wrong_and_not_before() {
    for home in Home::on_each() {
        let office = Office::open(&home);
        begin(&office).await;
        // Of a home of which nothing is known: after 3.9 days, and then at the first hour of the day.
        assert_eq!(sent_until(&office, &home, "2026-11-26T23:00:00Z").await, to_ana(&["9:30am, 26 November 2026"]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_letter_says_who_asks_why_and_how_the_figures_stand_now() {
    let home = Home::on_sqlite_at(MONDAY);
    let office = Office::open(&home);
    begin(&office).await;
    sent_until(&office, &home, "2026-11-27T18:00:00Z").await;
    let mail = office.mails().remove(0);
    assert_eq!(mail.header("Subject"), "Berth: Are the figures of Rose House still right?");
    let first = mail.text.lines().next().unwrap();
    assert_eq!(first, "Berth asks you because you keep the figures of Rose House: are they still right?");
    for said in [
        "Figures confirmed 8am, 23 November 2026 (4 days ago):\n  General nursing, permanent: maximum 40, occupied 37, reserved 1, accepting 2\n",
        "They change about every 5 days here, so by now they are probably out of date.\n",
        "Nothing has changed (one press, no sign-in):\nhttp://127.0.0.1:0/confirm/1-1.",
        "Something has changed, update:\nhttp://127.0.0.1:0/update/1-1\n",
        "work for 14 days",
    ] {
        assert!(mail.text.contains(said), "{said:?} is not in\n{}", mail.text);
    }
    for said in ["accepting 2</li>", ">Nothing has changed</a>", "(4 days ago)", "/update/1-1\""] {
        assert!(mail.html.contains(said), "{said:?} is not in\n{}", mail.html);
    }
    assert!(mail.header("List-Unsubscribe").starts_with("<http://127.0.0.1:0/unsubscribe/reminders/"));
    assert_eq!(mail.header("List-Unsubscribe-Post"), "List-Unsubscribe=One-Click");
    assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_that_only_confirms_is_asked_before_its_figures_look_old_and_told_that_it_is_for_that() {
    let home = Home::on_sqlite_at(MONDAY);
    let office = Office::open(&home);
    begin(&office).await;
    for _ in 0..30 {
        home.clock.advance(Duration::days(1));
        confirm(&office, "1-1").await;
    }
    assert_eq!(sent_until(&office, &home, "2026-12-29T12:00:00Z").await, to_ana(&["9am, 29 December 2026"]));
    let text = office.mails().remove(0).text;
    assert!(text.contains("but soon everybody reads that nobody has confirmed them."), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_that_go_round_together_and_again_ask_once() {
    for home in Home::on_each() {
        let (one, other) = (Office::open(&home), Office::open(&home));
        begin(&one).await;
        manager(&one, "ben@example.org", "1-1").await;
        home.clock.advance(Duration::days(4));
        let (first, second) = tokio::join!(remind::round(&one.app), remind::round(&other.app));
        assert_eq!(first.unwrap() + second.unwrap(), 2, "each of the two managers once");
        assert_eq!(remind::round(&other.app).await.unwrap(), 0);
        other.work().await;
        home.clock.advance(Duration::hours(3));
        assert_eq!(remind::round(&one.app).await.unwrap(), 0, "not again on this day");
        assert_eq!(one.mails().len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_answer_is_asked_more_seldom_then_the_group_then_it_is_late() {
    let home = Home::on_sqlite_at("2026-11-02T08:00:00Z");
    let office = Office::open(&home);
    begin(&office).await;
    known(&office, "group@example.org", Role::GroupManager, Target::Provider(ProviderId::from_text("1-900"))).await;
    let days: BTreeMap<String, Vec<String>> = sent_until(&office, &home, "2026-11-27T18:00:00Z")
        .await
        .into_iter()
        .fold(BTreeMap::new(), |mut all, (to, at)| {
            all.entry(to).or_insert_with(Vec::new).push(at.trim_start_matches("9am, ").replace(" November 2026", ""));
            all
        });
    // From Friday the 6th (wrong since 6am) each working day for a week, then every third day.
    assert_eq!(days["ana@example.org"], ["6", "9", "10", "11", "12", "16", "19", "23", "26"]);
    assert_eq!(days["group@example.org"], ["10", "11", "12", "16", "19", "23", "26"]);
    assert_eq!(late(&office).await, [("1-1".to_owned(), 9, true)]);
    assert!(office.mails()[2].text.contains("We have asked 3 times since, and nobody has answered."));
    confirm(&office, "1-1").await;
    assert_eq!(late(&office).await, []);
}

async fn late(office: &Office) -> Vec<(String, u32, bool)> {
    let moment = office.app.moment();
    let all = office.app.board.current().matching(&Default::default(), &moment);
    let late = late_services::run(&office.app.db, Rules::of(moment.limits), moment.now, all.clone(), all).await;
    late.unwrap().into_iter().map(|late| (late.service.id.to_string(), late.reminders, late.can_be_asked)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_asked_at_once_where_a_home_has_no_manager_and_a_home_without_either_is_late() {
    let home = Home::on_sqlite_at(MONDAY);
    let office = Office::open(&home);
    office.home("1-1", "Rose House").await;
    office.tell("1-1", vec![nursing(40, 37, 2)]).await;
    assert_eq!(late(&office).await, [], "its figures are fresh");
    home.clock.advance(Duration::days(4));
    assert_eq!(late(&office).await, [("1-1".to_owned(), 0, false)]);
    known(&office, "group@example.org", Role::GroupManager, Target::Provider(ProviderId::from_text("1-900"))).await;
    home.clock.advance(Duration::hours(2));
    round(&office).await;
    assert_eq!(office.mails().len(), 1);
    assert_eq!(late(&office).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_that_is_up_to_date_is_not_asked_even_if_it_told_just_before_the_mail_went() {
    for home in Home::on_each() {
        let office = Office::open(&home);
        begin(&office).await;
        home.clock.advance(Duration::days(4));
        assert_eq!(remind::round(&office.app).await.unwrap(), 1);
        home.clock.advance(Duration::minutes(1));
        confirm(&office, "1-1").await;
        office.work().await;
        assert_eq!(office.mails().len(), 0);
        assert_eq!(sent_until(&office, &home, "2026-11-28T00:00:00Z").await, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_gets_one_letter_a_day_for_all_that_is_due_on_it() {
    let home = Home::on_sqlite_at(MONDAY);
    let office = Office::open(&home);
    let ana = begin(&office).await;
    home.clock.advance(Duration::hours(4));
    office.home("1-2", "Elm Court").await;
    office.tell("1-2", vec![nursing(30, 30, 0)]).await;
    assert_eq!(ana, manager(&office, "ana@example.org", "1-2").await);
    let sent = sent_until(&office, &home, "2026-11-27T23:00:00Z").await;
    assert_eq!(sent, to_ana(&["9am, 27 November 2026"]));
    let mail = office.mails().remove(0);
    assert_eq!(mail.header("Subject"), "Berth: Are the figures of 2 services still right?");
    assert!(mail.text.contains("/confirm/1-1.") && mail.text.contains("/confirm/1-2."), "{}", mail.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn chosen_hours_weekends_and_bank_holidays_are_kept() {
    // Wrong by Christmas Day: the next working day is the 29th, since the 28th is a substitute day.
    for (wishes, when) in [
        (Wishes::default(), "9am, 29 December 2026"),
        (Wishes { from: 14, until: 16, ..Wishes::default() }, "2pm, 29 December 2026"),
        (Wishes { bank_holidays: true, ..Wishes::default() }, "11am, 25 December 2026"),
        (Wishes { weekdays: [true; 7], ..Wishes::default() }, "9am, 26 December 2026"),
    ] {
        let home = Home::on_sqlite_at("2026-12-21T12:00:00Z");
        let office = Office::open(&home);
        begin(&office).await;
        wish(&office, wishes).await;
        assert_eq!(sent_until(&office, &home, "2026-12-30T00:00:00Z").await.first(), to_ana(&[when]).first());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_that_is_full_until_a_day_is_left_in_peace_until_then() {
    let home = Home::on_sqlite_at(MONDAY);
    let office = Office::open(&home);
    begin(&office).await;
    office.tell("1-1", vec![nursing(40, 40, 0)]).await;
    wish(&office, Wishes { full_until: Some("2026-12-09".parse().unwrap()), ..Wishes::default() }).await;
    let sent = sent_until(&office, &home, "2026-12-09T12:00:00Z").await;
    assert_eq!(sent, to_ana(&["9am, 9 December 2026"]));
    // Who then tells of a vacancy is not full any more, whatever was said before.
    wish(&office, Wishes { full_until: Some("2026-12-31".parse().unwrap()), ..Wishes::default() }).await;
    office.tell("1-1", vec![nursing(40, 39, 1)]).await;
    assert!(!sent_until(&office, &home, "2026-12-20T12:00:00Z").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_that_is_closed_until_a_day_is_left_in_peace_as_long() {
    let home = Home::on_sqlite_at(MONDAY);
    let office = Office::open(&home);
    begin(&office).await;
    let seq = office.app.db.write(|c| {
        let before = services::get(c, &rose())?;
        let mut after = before.service.clone();
        after.capacity.status = AdmissionStatus::Closed;
        after.capacity.closed_until = Some("2026-12-01".parse().unwrap());
        changes::record_after(c, &before, &after, stamp(MONDAY), ChangeKind::CapacityUpdated, "test")
    });
    office.app.board.reach(seq.await.unwrap()).await;
    assert_eq!(sent_until(&office, &home, "2026-12-02T12:00:00Z").await, to_ana(&["9am, 2 December 2026"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stopped_their_reminders_or_lost_the_right_gets_none_and_colleagues_do() {
    let home = Home::on_sqlite_at(MONDAY);
    let office = Office::open(&home);
    let ana = begin(&office).await;
    manager(&office, "ben@example.org", "1-1").await;
    change_wishes::stop(&office.app.db, &office.app.clock, ana.clone()).await.unwrap();
    change_wishes::stop(&office.app.db, &office.app.clock, ana.clone()).await.unwrap();
    home.clock.advance(Duration::days(4) + Duration::hours(2));
    round(&office).await;
    assert_eq!(office.mails().iter().map(|mail| mail.header("To").to_owned()).collect::<Vec<_>>(), ["ben@example.org"]);
    change_wishes::start(&office.app.db, ana.clone()).await.unwrap();
    home.clock.advance(Duration::days(3));
    assert_eq!(remind::round(&office.app).await.unwrap(), 2);
    remove_person::run(&office.app.db, &office.app.clock, Actor::system("test"), ana).await.unwrap();
    office.work().await;
    assert_eq!(office.mails().len(), 2, "a letter under way to who lost the right is not sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_that_never_told_is_asked_for_its_figures() {
    let home = Home::on_sqlite_at(MONDAY);
    let office = Office::open(&home);
    office.home("1-1", "Rose House").await;
    manager(&office, "ana@example.org", "1-1").await;
    home.clock.advance(Duration::hours(2));
    round(&office).await;
    let mail = office.mails().remove(0);
    assert!(
        mail.text.contains("Nobody has told us yet what is free.") && !mail.text.contains("/confirm/"),
        "{}",
        mail.text
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_home_tells_is_learnt_once_however_many_nodes_read_the_log() {
    for home in Home::on_each() {
        let (one, other) = (Office::open(&home), Office::open(&home));
        begin(&one).await;
        for day in 0..20_u16 {
            home.clock.advance(Duration::days(1));
            one.tell("1-1", vec![nursing(40, 30, 1 + day % 3)]).await;
        }
        let (first, second) = tokio::join!(learn_paces::run(&one.app.db), learn_paces::run(&other.app.db));
        first.and(second).unwrap();
        let pace = one.app.db.read(reminders::paces).await.unwrap()[&rose()];
        let learnt_once = (0..20).fold(Pace::default(), |pace, _| pace.told(1.0, true));
        assert_eq!(pace, learnt_once);
        manager(&one, "ana@example.org", "1-1").await;
        // Told on Saturday the 12th; a home of this pace is asked after a day, on the next working day.
        let sent = sent_until(&one, &home, "2026-12-14T18:00:00Z").await;
        assert_eq!(sent, to_ana(&["9:30am, 14 December 2026"]));
    }
}
