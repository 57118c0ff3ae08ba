//! The manager's form when others are at it too: sent twice, by two editors, after a session has
//! ended, by other people, from another site. Nothing that was typed is ever lost.

use reqwest::StatusCode;
use tokio::test;

use crate::support::Home;
use crate::support::html::{Fields, ask, get, post, press, set, value};
use crate::support::manager::{CONFIRM, FORM, bed, begin, form, manager, send, stored};

#[test(flavor = "multi_thread")]
async fn a_form_sent_twice_is_done_once() {
    let home = Home::on_sqlite();
    let (server, manager) = begin(&home).await;
    let page = get(&manager, &server.at(FORM)).await;
    let mut fields = page.form(FORM);
    set(&mut fields, "lines-0-accepting", "3");
    set(&mut fields, "lines-0-reserved", "0");
    let (one, other) = tokio::join!(send(&server, &manager, &fields), send(&server, &manager, &fields));
    for sent in [one, other, send(&server, &manager, &fields).await] {
        assert_eq!((sent.status, sent.location()), (StatusCode::SEE_OTHER, "/services/1-1?published=2"));
    }
    let confirm = get(&manager, &server.at(FORM)).await.form(CONFIRM);
    for _ in 0..2 {
        let sent = post(&manager, &server.at(CONFIRM), &confirm).await;
        assert_eq!(sent.location(), "/services/1-1?confirmed=3");
    }
    assert_eq!(stored(&home, "1-1").version, 3);
}

#[test(flavor = "multi_thread")]
async fn of_two_editors_the_second_sees_both_figures_and_loses_none() {
    let home = Home::on_sqlite();
    let (server, first) = begin(&home).await;
    let second = manager(&server, "other@example.org").await;
    let (mut ours, mut theirs) = (form(&server, &first).await, form(&server, &second).await);
    set(&mut theirs, "lines-0-occupied", "8");
    set(&mut theirs, "lines-0-accepting", "1");
    set(&mut theirs, "add", "line");
    let mut theirs = send(&server, &second, &theirs).await.form(FORM);
    for (key, typed) in
        [("bed_type", "transitional"), ("maximum", "2"), ("occupied", "0"), ("reserved", "0"), ("accepting", "2")]
    {
        set(&mut theirs, &format!("lines-1-{key}"), typed);
    }
    assert_eq!(send(&server, &second, &theirs).await.status, StatusCode::SEE_OTHER);

    set(&mut ours, "lines-0-occupied", "6");
    set(&mut ours, "lines-0-accepting", "3");
    set(&mut ours, "lines-0-note", "Ours");
    let stale = send(&server, &first, &ours).await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
    assert!(stale.says("Figures have been published since you opened this page"));
    for row in [
        "General nursing, permanent: Occupied 6 8",
        "General nursing, permanent: Accepting 3 1",
        "General nursing, permanent: Note Ours nothing",
        "Transitional, permanent not there maximum 2, accepting 2",
    ] {
        assert!(stale.says(row), "{row} in {}", stale.text());
    }
    assert_eq!(bed(&stored(&home, "1-1"), 0).3, 1, "nothing was published");

    let again = stale.form(FORM);
    assert_eq!((value(&again, "version"), value(&again, "lines-0-occupied")), ("2", "6"));
    assert_eq!(send(&server, &first, &again).await.status, StatusCode::SEE_OTHER);
    let capacity = stored(&home, "1-1");
    assert_eq!((bed(&capacity, 0), bed(&capacity, 1)), ((10, 6, 1, 3), (2, 0, 0, 2)), "the other's line stays");
}

#[test(flavor = "multi_thread")]
async fn figures_that_nobody_has_seen_are_not_confirmed() {
    let home = Home::on_sqlite();
    let (server, first) = begin(&home).await;
    let second = manager(&server, "other@example.org").await;
    let confirm = get(&first, &server.at(FORM)).await.form(CONFIRM);
    let mut theirs = form(&server, &second).await;
    set(&mut theirs, "lines-0-occupied", "8");
    set(&mut theirs, "lines-0-accepting", "1");
    send(&server, &second, &theirs).await;
    let stale = post(&first, &server.at(CONFIRM), &confirm).await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
    assert!(stale.says("The form below shows them"), "{}", stale.text());
    assert_eq!(value(&stale.form(FORM), "lines-0-occupied"), "8");
    assert_eq!(stored(&home, "1-1").version, 2);
}

#[test(flavor = "multi_thread")]
async fn what_was_typed_survives_the_end_of_a_session() {
    let home = Home::on_sqlite();
    let (server, manager) = begin(&home).await;
    let mut fields = form(&server, &manager).await;
    set(&mut fields, "lines-0-occupied", "5");
    set(&mut fields, "lines-0-accepting", "4");
    set(&mut fields, "lines-0-note", "Ça & là");
    press(&manager, &server, &get(&manager, &server.at(FORM)).await, "/sign-out", &[]).await;

    let asked = send(&server, &manager, &fields).await;
    assert_eq!(asked.status, StatusCode::UNAUTHORIZED);
    assert!(asked.says("What you typed is kept in this page"));
    let mut ask_link = asked.form("/sign-in");
    set(&mut ask_link, "email", "not an address");
    let again = post(&manager, &server.at("/sign-in"), &ask_link).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    let mut ask_link = again.form("/sign-in");
    set(&mut ask_link, "email", "m@example.org");
    let waiting = post(&manager, &server.at("/sign-in"), &ask_link).await;
    let typed = |fields: Fields| fields.into_iter().filter(|(name, _)| name != "form_token").collect::<Fields>();
    assert_eq!(typed(waiting.form(FORM)), typed(fields), "the page that waits holds what was typed");
    assert_eq!(send(&server, &manager, &waiting.form(FORM)).await.status, StatusCode::UNAUTHORIZED, "not before");

    let opened = get(&manager, &server.mailed_link("m@example.org").await).await;
    assert_eq!((opened.status, opened.location()), (StatusCode::SEE_OTHER, FORM));
    let sent = send(&server, &manager, &waiting.form(FORM)).await;
    assert_eq!((sent.status, sent.location()), (StatusCode::SEE_OTHER, "/services/1-1?published=2"));
    assert_eq!(bed(&stored(&home, "1-1"), 0), (10, 5, 1, 4));
}

#[test(flavor = "multi_thread")]
async fn nobody_else_and_no_other_site_can_send_the_form() {
    let home = Home::on_sqlite();
    let (server, manager) = begin(&home).await;
    let fields = form(&server, &manager).await;
    for (path, status) in [("/update/1-3", 403), ("/update/1-3/confirm", 403), ("/update/1-9", 404)] {
        assert_eq!(post(&manager, &server.at(path), &fields).await.status.as_u16(), status, "{path}");
    }
    for (name, from) in [("Origin", "https://elsewhere.example"), ("Sec-Fetch-Site", "cross-site"), ("Origin", "null")]
    {
        let foreign = ask(manager.post(server.at(FORM)).header(name, from).form(&fields)).await;
        assert_eq!(foreign.status, StatusCode::FORBIDDEN, "{name}: {from}");
    }
    let own = ask(manager.post(server.at(FORM)).header("Origin", &server.url).form(&fields)).await;
    assert_eq!(own.status, StatusCode::SEE_OTHER);
    assert_eq!((stored(&home, "1-1").version, stored(&home, "1-3").version), (2, 0));
}
