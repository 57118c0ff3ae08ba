//! The pages of reminders: the link that says "nothing has changed", the one that stops them, the
//! page on which managers choose, and the authority's list of late services.

use berth::domain::actor::Actor;
use berth::domain::authority::AuthorityCode;
use berth::domain::care_service::{CareService, CareServiceId};
use berth::domain::change::ChangeKind;
use berth::domain::person::Target;
use berth::domain::words::{Role, Source};
use berth::jobs::remind;
use berth::ops::remove_person;
use berth::store::{changes, people, reminders, services};
use chrono::Duration;
use reqwest::{Client, Method, StatusCode};
use tokio::test;

use crate::support::homes::tell;
use crate::support::html::{get, post, set, value};
use crate::support::manager::{begin, stored};
use crate::support::server::{Server, stranger};
use crate::support::{Home, mailbox};

const PAGE: &str = "/update/1-1/reminders";

/// The letter that the manager gets on the next working day at which figures are probably wrong.
async fn reminded(home: &Home) -> (Server, Client, mailbox::Mail) {
    let (server, manager) = begin(home).await;
    home.clock.advance(Duration::days(4));
    let mut hint = server.app.db.hint();
    remind::round(&server.app).await.unwrap();
    let folder = home.path("mail");
    let is_reminder = |mail: &mailbox::Mail| mail.text.contains("/confirm/");
    loop {
        if let Some(mail) = mailbox::read(&folder).into_iter().find(is_reminder) {
            return (server, manager, mail);
        }
        hint.changed().await.unwrap();
    }
}

fn link(mail: &mailbox::Mail, part: &str) -> String {
    mail.text.split_whitespace().find(|word| word.contains(part)).unwrap().to_owned()
}

#[test(flavor = "multi_thread")]
async fn opening_the_link_changes_nothing_and_its_one_button_confirms_without_signing_in() {
    for home in Home::on_each() {
        let (server, _, mail) = reminded(&home).await;
        let link = link(&mail, "/confirm/");
        assert_eq!(stranger().request(Method::HEAD, &link).send().await.unwrap().status(), StatusCode::OK);
        let page = get(&stranger(), &link).await;
        assert!(page.says("Are these figures still right?") && page.says("occupied 7, reserved 1, accepting 2"));
        assert_eq!(page.html.matches("<button type=\"submit\"").count(), 1, "one button");
        assert_eq!(page.headers["Referrer-Policy"], "same-origin", "the link is told to no other site");
        assert_eq!(stored(&home, "1-1").version, 1, "nothing was confirmed");

        let done = post(&stranger(), &link, &Vec::new()).await;
        assert_eq!(done.status, StatusCode::OK);
        assert!(done.says("Confirmed Alder House"), "{}", done.text());
        let capacity = stored(&home, "1-1");
        assert_eq!((capacity.version, capacity.confirmed_at), (2, Some(home.clock.now())));
        assert_eq!((capacity.source, capacity.confirmed_by.as_deref()), (Some(Source::Mail), Some("manager")));

        for _ in 0..3 {
            assert!(post(&stranger(), &link, &Vec::new()).await.says("Confirmed Alder House"));
        }
        assert_eq!(stored(&home, "1-1").version, 2, "pressed again it does no more");
        home.clock.advance(Duration::days(3));
        post(&stranger(), &link, &Vec::new()).await;
        assert_eq!(stored(&home, "1-1").confirmed_at, Some(home.clock.now()), "still good for the same figures");
        drop(server);
    }
}

#[test(flavor = "multi_thread")]
async fn figures_that_changed_since_the_letter_are_shown_and_not_confirmed() {
    let home = Home::on_sqlite();
    let (server, _, mail) = reminded(&home).await;
    home.clock.advance(Duration::hours(1));
    let seq = server.app.db.write(|c| {
        let id = CareServiceId::from_text("1-1");
        let before = services::get(c, &id)?;
        let mut after = before.service.clone();
        after.capacity.version += 1;
        after.capacity.lines = vec![crate::support::homes::nursing(10, 9, 1)];
        let now = after.capacity.confirmed_at.unwrap().plus(Duration::days(4) + Duration::hours(1));
        (after.capacity.confirmed_at, after.capacity.changed_at) = (Some(now), Some(now));
        changes::record_after(c, &before, &after, now, ChangeKind::CapacityUpdated, "manager")
    });
    server.app.board.reach(seq.await.unwrap()).await;
    let link = link(&mail, "/confirm/");
    let page = get(&stranger(), &link).await;
    assert!(page.says("The figures have changed since we wrote to you"), "{}", page.text());
    assert!(page.says("occupied 9, reserved 0, accepting 1") && page.actions().iter().all(|to| to == "/sign-out"));
    let sent = post(&stranger(), &link, &Vec::new()).await;
    assert_eq!(sent.status, StatusCode::PRECONDITION_FAILED);
    assert_eq!(stored(&home, "1-1").version, 2, "what nobody has seen is not confirmed");
}

#[test(flavor = "multi_thread")]
async fn a_link_that_is_good_for_nothing_more_says_so_and_shows_the_way_on() {
    let home = Home::on_sqlite();
    let (server, _, mail) = reminded(&home).await;
    let link = link(&mail, "/confirm/");
    for forged in [link.replace("/confirm/1-1.", "/confirm/1-2."), format!("{link}x"), server.at("/confirm/1-1")] {
        assert_eq!(get(&stranger(), &forged).await.status, StatusCode::NOT_FOUND, "{forged}");
    }
    home.clock.advance(Duration::days(14));
    for page in [get(&stranger(), &link).await, post(&stranger(), &link, &Vec::new()).await] {
        assert_eq!(page.status, StatusCode::GONE);
        assert!(page.says("This link is too old") && page.links().contains(&"/update/1-1".to_owned()));
    }
    home.clock.advance(-Duration::days(13));
    let ana = server.app.db.read(people::all).await.unwrap().remove(0);
    remove_person::run(&server.app.db, &server.app.clock, Actor::system("test"), ana.id).await.unwrap();
    let lost = post(&stranger(), &link, &Vec::new()).await;
    assert_eq!(lost.status, StatusCode::FORBIDDEN);
    assert!(lost.says("These figures are not yours any more"), "{}", lost.text());
    server
        .app
        .db
        .write(|c| {
            let id = CareServiceId::from_text("1-1");
            let before = services::get(c, &id)?;
            let now = before.service.capacity.confirmed_at.unwrap();
            let after = CareService { left_at: Some(now), ..before.service.clone() };
            changes::record_after(c, &before, &after, now, ChangeKind::ServiceLeft, "test")
        })
        .await
        .unwrap();
    let left = get(&stranger(), &link).await;
    assert_eq!(left.status, StatusCode::GONE);
    assert!(left.says("Alder House has left the register"));
    assert_eq!(stored(&home, "1-1").version, 1);
}

#[test(flavor = "multi_thread")]
async fn one_click_stops_the_reminders_of_a_person_and_leaves_their_sign_in() {
    let home = Home::on_sqlite();
    let (server, manager, mail) = reminded(&home).await;
    let link = mail.header("List-Unsubscribe").split(['<', '>']).nth(1).unwrap().to_owned();
    let person = server.app.db.read(people::all).await.unwrap().remove(0).id;
    let stopped = async || server.app.db.read(reminders::stopped).await.unwrap().contains(&person);
    let page = get(&stranger(), &link).await;
    assert!(page.says("Stop reminders") && !stopped().await, "opening it changes nothing");
    let other_site = stranger().post(&link).header("Origin", "https://mail.example").body("List-Unsubscribe=One-Click");
    assert_eq!(other_site.send().await.unwrap().status(), StatusCode::OK);
    assert!(stopped().await);
    let page = get(&manager, &server.at(PAGE)).await;
    assert!(page.says("You have stopped them"), "{}", page.text());
    let mut fields = page.form("/sign-out");
    set(&mut fields, "mine", "start");
    let sent = post(&manager, &server.at(PAGE), &fields).await;
    assert_eq!((sent.status, stopped().await), (StatusCode::SEE_OTHER, false));
    assert_eq!(get(&stranger(), &format!("{link}x")).await.status, StatusCode::NOT_FOUND);
}

#[test(flavor = "multi_thread")]
async fn managers_choose_when_they_are_asked_and_staff_see_until_when_a_home_is_full() {
    let home = Home::on_sqlite();
    let (server, manager) = begin(&home).await;
    let page = get(&manager, &server.at(PAGE)).await;
    assert!(page.says("we ask after 7:52am, 26 November 2026"), "{}", page.text());
    let mut fields = page.form("");
    assert_eq!((value(&fields, "from"), value(&fields, "until")), ("9", "17"));
    for (name, typed) in
        [("from", "20"), ("full_until-day", "1"), ("full_until-month", "Dec"), ("full_until-year", "26")]
    {
        set(&mut fields, name, typed);
    }
    let wrong = post(&manager, &server.at(PAGE), &fields).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(wrong.error_at("until"), "The last hour must be after the first");
    assert!(wrong.error_at("full_until").starts_with("Your figures say that there are vacancies"));
    assert_eq!(value(&wrong.form(""), "full_until-month"), "Dec", "what was typed is kept");

    let seq = tell(&home.db(), "1-1", 0);
    server.app.board.reach(seq).await;
    set(&mut fields, "from", "14");
    let saved = post(&manager, &server.at(PAGE), &fields).await;
    assert_eq!(saved.location(), "/update/1-1/reminders?saved=yes", "{}", saved.text());
    let again = get(&manager, &server.at(saved.location())).await;
    assert!(again.says("Saved.") && value(&again.form(""), "from") == "14");

    let staff = server.browser("sam@example.gov.uk", Role::Staff, vec![Target::All]).await;
    assert!(
        get(&staff, &server.at("/services/1-1")).await.says("It has told us that it is full until 1 December 2026")
    );
    assert!(!get(&stranger(), &server.at("/services/1-1")).await.says("full until"));
    assert_eq!(get(&staff, &server.at(PAGE)).await.status, StatusCode::FORBIDDEN);
    assert_eq!(get(&stranger(), &server.at(PAGE)).await.status, StatusCode::SEE_OTHER);
}

#[test(flavor = "multi_thread")]
async fn administrators_see_which_services_are_late_and_whom_to_phone() {
    let home = Home::on_sqlite();
    let (server, _) = begin(&home).await;
    let hampshire = Target::Authority(AuthorityCode::parse("E10000014").unwrap());
    let admin = server.browser("head@example.gov.uk", Role::Admin, vec![hampshire]).await;
    let page = get(&admin, &server.at("/admin/late")).await;
    assert!(page.says("Cedar House") && page.says("Nobody to ask: invite a manager"), "{}", page.text());
    assert!(!page.says("Alder House"), "its figures are fresh");
    assert!(page.says("01632 960001"));
    assert!(get(&admin, &server.at("/admin")).await.says("Late services 1"));
}
