//! Mail: nothing is lost to a crash or a dead server, nothing is sent twice but what was under way,
//! and who must not be written to is not.

use berth::domain::person::EmailAddress;
use berth::domain::words::Role;
use berth::jobs::runner::{Became, Step};
use berth::ops::sign_in;
use berth::store::{Error, jobs, stopped};
use chrono::Duration;
use serde_json::{Value, json};

use crate::support::homes::nursing;
use crate::support::mailbox::Mail;
use crate::support::office::Office;
use crate::support::smtp::{Mood, Smtp};
use crate::support::{self, Home};

fn at_once(email: &str) -> Value {
    json!({ "name": "Now", "query": "vacant=1", "channels": ["mail"], "email": email })
}

/// A home that has just got a vacancy, and nobody told yet.
async fn vacancy(office: &Office, id: &str, name: &str) {
    office.home(id, name).await;
    office.tell(id, vec![nursing(40, 38, 2)]).await;
    office.follow().await;
}

async fn smtp_office(home: &Home) -> (Smtp, Office) {
    let smtp = Smtp::start().await;
    let office = Office::open_with(home, &[("BERTH_MAIL_URL", &smtp.url())]);
    (smtp, office)
}

fn one(steps: Vec<Step>) -> Became {
    assert_eq!(steps.len(), 1, "{steps:?}");
    steps.into_iter().next().unwrap().became
}

fn waits(home: &Home, steps: Vec<Step>) -> Duration {
    match one(steps) {
        Became::Waits(until) => until.since(home.clock.now()),
        other => panic!("{other:?}"),
    }
}

fn message_ids(smtp: &Smtp) -> Vec<String> {
    let mail = |taken: &support::smtp::Taken| Mail::parse(&taken.message).header("Message-ID").to_owned();
    smtp.taken().iter().map(mail).collect()
}

async fn reason(office: &Office) -> String {
    let all = office.app.db.read(|c| jobs::all(c, 10)).await.unwrap();
    all.into_iter().find_map(|job| job.last_error).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_is_refused_for_now_is_tried_again_within_a_minute_and_is_the_same() {
    for home in Home::on_each() {
        let (smtp, office) = smtp_office(&home).await;
        office.alert(at_once("ana@example.org")).await;
        vacancy(&office, "1-1", "Rose House").await;
        smtp.next([Mood::AtReader("451 4.7.1 later"), Mood::AtEnd("452 full"), Mood::AtSender("421 busy")]);
        for most in [60, 120, 240] {
            let wait = waits(&home, office.work().await);
            assert!(wait <= Duration::seconds(most), "{wait}");
            assert!(office.work().await.is_empty(), "not before its time");
            home.clock.advance(wait);
        }
        assert_eq!(one(office.work().await), Became::Done);
        let taken = smtp.taken();
        assert_eq!(
            (taken.len(), taken[0].to.as_str(), taken[0].from.as_str()),
            (1, "ana@example.org", "berth@localhost")
        );
        let mail = Mail::parse(&taken[0].message);
        assert_eq!(mail.header("Date"), "Sun, 22 Nov 2026 09:30:00 +0000", "when it happened, not when it arrived");
        assert_eq!(mail.header("Subject"), "Berth: 2 general nursing places at Rose House - Now");
        assert!(office.work().await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_server_loses_nothing_for_three_days_and_then_it_is_said() {
    let home = Home::on_sqlite();
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let office = Office::open_with(&home, &[("BERTH_MAIL_URL", &format!("smtp://{nobody}"))]);
    office.alert(at_once("ana@example.org")).await;
    vacancy(&office, "1-1", "Rose House").await;
    let begin = home.clock.now();
    let mut last = begin;
    loop {
        match one(office.work().await) {
            Became::Waits(until) => {
                let wait = until.since(last);
                assert!(wait <= Duration::hours(1) && wait >= Duration::seconds(30), "{wait}");
                last = until;
                home.clock.advance(until.since(home.clock.now()));
            }
            Became::GivenUp => break,
            Became::Done => panic!("sent to nobody"),
        }
    }
    let tried_for = home.clock.now().since(begin);
    assert!(tried_for >= Duration::days(3) && tried_for < Duration::days(3) + Duration::hours(1), "{tried_for}");
    assert_eq!(office.app.db.read(jobs::counts).await.unwrap(), (0, 1));
    assert!(reason(&office).await.contains("cannot reach the mail server"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_repeats_that_mail_only_under_the_same_id() {
    let home = Home::on_sqlite();
    let (smtp, office) = smtp_office(&home).await;
    office.alert(at_once("ana@example.org")).await;
    vacancy(&office, "1-1", "Rose House").await;
    smtp.next([Mood::TakeAndVanish]);
    let wait = waits(&home, office.work().await);
    home.clock.advance(wait);
    assert_eq!(one(office.work().await), Became::Done);
    let ids = message_ids(&smtp);
    assert_eq!((ids.len(), &ids[0]), (2, &ids[1]));
    assert_eq!(smtp.taken()[0].message, smtp.taken()[1].message);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_dies_has_its_mail_sent_by_another_when_its_lease_ends() {
    for home in Home::on_each() {
        let (smtp, office) = smtp_office(&home).await;
        for email in ["ana@example.org", "ben@example.org", "cleo@example.org"] {
            office.alert(at_once(email)).await;
        }
        vacancy(&office, "1-1", "Rose House").await;
        let now = home.clock.now();
        let dead = office.app.db.write(move |c| jobs::claim(c, "alert-mail", now, Duration::minutes(2)));
        assert!(dead.await.unwrap().is_some(), "one is claimed, and its worker is never heard of again");
        assert_eq!(office.work().await.len(), 2);
        home.clock.advance(Duration::minutes(2));
        assert!(office.work().await.is_empty(), "the lease lasts");
        home.clock.advance(Duration::seconds(1));
        assert_eq!(one(office.work().await), Became::Done);
        let mut to: Vec<String> = smtp.taken().into_iter().map(|taken| taken.to).collect();
        to.sort();
        assert_eq!(to, ["ana@example.org", "ben@example.org", "cleo@example.org"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_refused_for_good_is_stopped_and_others_are_not() {
    let home = Home::on_sqlite();
    let (smtp, office) = smtp_office(&home).await;
    office.alert(at_once("ana@example.org")).await;
    vacancy(&office, "1-1", "Rose House").await;
    smtp.next([Mood::AtReader("550 5.1.1 no such user")]);
    assert_eq!(one(office.work().await), Became::GivenUp);
    let all = office.app.db.read(stopped::all).await.unwrap();
    assert_eq!((all.len(), all[0].email.as_str()), (1, "ana@example.org"));
    assert!(all[0].reason.contains("no such user"), "{}", all[0].reason);

    office.alert(at_once("ben@example.org")).await;
    vacancy(&office, "1-2", "Elm Court").await;
    office.work().await;
    let to: Vec<String> = smtp.taken().into_iter().map(|taken| taken.to).collect();
    assert_eq!(to, ["ben@example.org"], "nothing more goes to the stopped address");

    smtp.next([Mood::AtSender("550 5.7.1 we do not know you"), Mood::AtReader("554 5.7.1 relay access denied")]);
    vacancy(&office, "1-3", "Ash Lodge").await;
    for _ in 0..2 {
        let steps = office.work().await;
        let waiting = steps.iter().find(|step| matches!(step.became, Became::Waits(_)));
        assert!(waiting.is_some(), "what is wrong with us stops nobody: {steps:?}");
        home.clock.advance(Duration::minutes(2));
    }
    office.work().await;
    assert_eq!(smtp.taken().len(), 2);
    assert_eq!(office.app.db.read(stopped::all).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_address_is_opened_by_a_mail_that_its_owner_asks_for() {
    let home = Home::on_sqlite();
    let (smtp, office) = smtp_office(&home).await;
    let email = EmailAddress::parse("sam@example.gov.uk").unwrap();
    support::invite(&office.app, email.as_str(), Role::Staff).await;
    let (now, stops) = (home.clock.now(), email.clone());
    office.app.db.write(move |c| stopped::stop(c, &stops, "550", now)).await.unwrap();
    sign_in::ask(&office.app.db, &office.app.clock, email, "/board".to_owned(), false).await.unwrap();
    assert_eq!(one(office.work().await), Became::Done);
    assert_eq!(smtp.taken().len(), 1);
    assert!(office.app.db.read(stopped::all).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_kept_and_a_kept_one_that_died_is_replaced() {
    let home = Home::on_sqlite();
    let (smtp, office) = smtp_office(&home).await;
    for email in ["ana@example.org", "ben@example.org", "cleo@example.org"] {
        office.alert(at_once(email)).await;
    }
    vacancy(&office, "1-1", "Rose House").await;
    office.work().await;
    assert_eq!((smtp.taken().len(), smtp.connections()), (3, 1));
    smtp.next([Mood::Close]);
    vacancy(&office, "1-2", "Elm Court").await;
    office.work().await;
    home.clock.advance(Duration::minutes(1));
    office.work().await;
    assert_eq!((smtp.taken().len(), smtp.connections()), (6, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_that_waits_keeps_those_behind_it_in_order_and_delays_nobody_else() {
    for home in Home::on_each() {
        let (smtp, office) = smtp_office(&home).await;
        office.alert(at_once("ana@example.org")).await;
        vacancy(&office, "1-1", "Rose House").await;
        smtp.next([Mood::AtReader("451 later")]);
        office.work().await;
        office.alert(at_once("ben@example.org")).await;
        vacancy(&office, "1-2", "Elm Court").await;
        vacancy(&office, "1-3", "Ash Lodge").await;
        office.work().await;
        let told = |smtp: &Smtp, to: &str| -> Vec<String> {
            let about = |message: &str| Mail::parse(message).header("Subject").split(" at ").nth(1).unwrap().to_owned();
            smtp.taken().iter().filter(|taken| taken.to == to).map(|taken| about(&taken.message)).collect()
        };
        assert_eq!(told(&smtp, "ana@example.org"), [""; 0]);
        assert_eq!(told(&smtp, "ben@example.org"), ["Elm Court - Now", "Ash Lodge - Now"]);
        home.clock.advance(Duration::minutes(1));
        office.work().await;
        assert_eq!(told(&smtp, "ana@example.org"), ["Rose House - Now", "Elm Court - Now", "Ash Lodge - Now"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_link_is_mailed_to_who_is_known_and_not_when_it_is_too_old() {
    let home = Home::on_sqlite();
    let office = Office::open(&home);
    support::invite(&office.app, "sam@example.gov.uk", Role::Staff).await;
    let ask = |email: &str| {
        let email = EmailAddress::parse(email).unwrap();
        sign_in::ask(&office.app.db, &office.app.clock, email, "/board".to_owned(), false)
    };
    ask("sam@example.gov.uk").await.unwrap();
    ask("stranger@example.org").await.unwrap();
    office.work().await;
    let mails = office.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].header("To"), "sam@example.gov.uk");
    assert_eq!(mails[0].header("Subject"), "Berth: your link to sign in");
    assert_eq!(mails[0].header("List-Unsubscribe"), "");
    let link = mails[0].text.lines().find(|line| line.starts_with("http://")).unwrap();
    let token = link.rsplit("/sign-in/").next().unwrap();
    assert!(mails[0].html.contains(link) && token.len() == 43, "{link}: {}", mails[0].html);

    ask("sam@example.gov.uk").await.unwrap();
    home.clock.advance(Duration::minutes(10));
    assert_eq!(one(office.work().await), Became::GivenUp);
    assert_eq!(office.mails().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_of_a_release_that_is_gone_or_with_a_broken_payload_blocks_nobody() {
    let home = Home::on_sqlite();
    let office = Office::open(&home);
    let now = home.clock.now();
    for (name, payload) in [("paint_the_house", "{}"), ("alert_mail", "not JSON")] {
        let put = office.app.db.write(move |c| {
            let job = jobs::NewJob { name, payload: payload.to_owned(), lane: "alert-mail", order: None, run_at: now };
            jobs::enqueue(c, &job, now)
        });
        put.await.unwrap();
    }
    office.alert(at_once("ana@example.org")).await;
    vacancy(&office, "1-1", "Rose House").await;
    let steps = office.work().await;
    let ended: Vec<&Became> = steps.iter().map(|step| &step.became).collect();
    assert_eq!(steps.len(), 3);
    assert!(ended.contains(&&Became::GivenUp) && ended.contains(&&Became::Done), "{ended:?}");
    assert_eq!(office.mails().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_server_runs_mail_goes_out_by_itself() {
    let home = Home::on_sqlite();
    let smtp = Smtp::start().await;
    let office = Office::open_with(&home, &[("BERTH_MAIL_URL", &smtp.url())]);
    let mut working = berth::jobs::runner::start(&office.app);
    office.alert(at_once("ana@example.org")).await;
    office.home("1-1", "Rose House").await;
    office.tell("1-1", vec![nursing(40, 38, 2)]).await;
    smtp.wait_for(1).await;
    office.tell("1-1", vec![nursing(40, 40, 0)]).await;
    office.tell("1-1", vec![nursing(40, 39, 1)]).await;
    assert_eq!(smtp.wait_for(2).await.len(), 2);
    working.stop().await;
    let left: Result<(i64, i64), Error> = office.app.db.read(jobs::counts).await;
    assert_eq!(left.unwrap(), (0, 0));
}
