//! What is held about a person is all there, goes when it is to go, and leaves the log and the audit
//! whole; and no table with a person in it is forgotten.

use std::collections::BTreeSet;

use berth::domain::actor::Actor;
use berth::domain::alert::AlertAsked;
use berth::domain::authority::AuthorityCode;
use berth::domain::person::{EmailAddress, Target};
use berth::domain::words::Role;
use berth::ops::held::About;
use berth::ops::make_alert;
use berth::store::audit::{self, Search};
use berth::store::held::{GO_WITH_THE_ADDRESS, GO_WITH_THE_PERSON, SEEN_TO};
use berth::store::{changes, people};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::test;

use crate::support::Home;
use crate::support::command::berth;
use crate::support::html::{get, press};
use crate::support::manager::{CONFIRM, FORM, begin};
use crate::support::server::Server;

const EMAIL: &str = "m@example.org";

/// A manager who has confirmed figures and has an alert; an administrator of their authority.
async fn used(home: &Home) -> (Server, reqwest::Client, reqwest::Client) {
    let (server, manager) = begin(home).await;
    let page = get(&manager, &server.at(FORM)).await;
    assert_eq!(press(&manager, &server, &page, CONFIRM, &[]).await.status, StatusCode::SEE_OTHER);
    let asked = json!({ "name": "Near home", "query": "kind=care_home", "channels": ["daily"], "email": EMAIL });
    let asked = AlertAsked::parse_new(&asked).unwrap();
    make_alert::run(&server.app.db, &server.app.clock, Actor::system("test"), asked, 7).await.unwrap();
    let hampshire = Target::Authority(AuthorityCode::parse("E10000014").unwrap());
    let admin = server.browser("admin@example.org", Role::Admin, vec![hampshire]).await;
    (server, manager, admin)
}

async fn person_page(server: &Server) -> String {
    let email = EmailAddress::parse(EMAIL).unwrap();
    let person = server.app.db.read(move |c| people::by_email(c, &email)).await.unwrap().unwrap();
    format!("/admin/people/{}", person.id)
}

#[test(flavor = "multi_thread")]
async fn what_is_held_about_a_person_is_shown_whole_and_as_a_file() {
    for home in Home::on_each() {
        let (server, manager, admin) = used(&home).await;
        let address = person_page(&server).await;
        assert!(get(&admin, &server.at("/admin/people")).await.links().contains(&address));
        let page = get(&admin, &server.at(&address)).await;
        assert!(page.says("for: service:1-1") && page.says("name: Near home"), "{}", page.text());
        let file: Value =
            admin.get(server.at(&format!("{address}/held.json"))).send().await.unwrap().json().await.unwrap();
        assert_eq!(file["email"], EMAIL);
        for (list, count) in [("roles", 2), ("sessions", 1), ("invitations", 1), ("alerts", 1), ("claims", 0)] {
            assert_eq!(file[list].as_array().unwrap().len(), count, "{list}: {file:#}");
        }
        let deeds: BTreeSet<&str> =
            file["audit"].as_array().unwrap().iter().map(|entry| entry["deed"].as_str().unwrap()).collect();
        assert!(deeds.contains("figures_confirmed") && deeds.contains("person_exported"), "{deeds:?}");
        assert_eq!(get(&manager, &server.at(&address)).await.status, StatusCode::FORBIDDEN);
    }
}

#[test(flavor = "multi_thread")]
async fn an_erased_person_is_gone_and_what_they_did_stays_without_a_name() {
    for home in Home::on_each() {
        let (server, manager, admin) = used(&home).await;
        let address = person_page(&server).await;
        let entries = || server.app.db.read(|c| audit::newest(c, None, &Search::default(), 1000));
        let log = || server.app.db.read(|c| changes::after(c, 0, 1000));
        let (before, log_before) = (entries().await.unwrap(), log().await.unwrap());
        let page = get(&admin, &server.at(&address)).await;
        let done = press(&admin, &server, &page, &format!("{address}/erase"), &[]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
        let list = get(&admin, &server.at(done.location())).await;
        assert!(list.says("Erased.") && list.says("Alder House has no manager any more"), "{}", list.text());
        assert!(!list.says(EMAIL));
        assert_eq!(get(&manager, &server.at("/update")).await.status, StatusCode::SEE_OTHER, "signed out");

        let after = entries().await.unwrap();
        assert!(after.len() > before.len(), "nothing of the audit went");
        let number = address.rsplit('/').next().unwrap();
        let theirs: Vec<_> = after.iter().filter(|entry| entry.actor.ends_with(number)).collect();
        assert!(!theirs.is_empty() && theirs.iter().all(|entry| entry.address.is_none() && entry.session.is_none()));
        assert_eq!(log().await.unwrap(), log_before, "the log is as it was");
        let audit = get(&admin, &server.at("/admin/audit?service=1-1")).await;
        assert!(audit.says("manager Said that nothing has changed") && !audit.says(EMAIL), "{}", audit.text());

        let about = About::Address(EmailAddress::parse(EMAIL).unwrap());
        let system = Actor::system("test");
        let held = berth::ops::held::export(&server.app.db, &server.app.clock, system, about).await.unwrap();
        assert_eq!(held["alerts"].as_array().unwrap().len() + held["letters_waiting"].as_u64().unwrap() as usize, 0);
        assert!(held.get("id").is_none());
    }
}

#[test(flavor = "multi_thread")]
async fn nobody_erases_who_may_more_than_is_theirs_to_give_nor_themselves() {
    let home = Home::on_sqlite();
    let (server, _, admin) = used(&home).await;
    server.invite(EMAIL, Role::Operator, Vec::new()).await;
    let address = person_page(&server).await;
    assert_eq!(get(&admin, &server.at(&address)).await.status, StatusCode::NOT_FOUND);
    let operator = server.browser(EMAIL, Role::Operator, Vec::new()).await;
    let page = get(&operator, &server.at(&address)).await;
    let refused = press(&operator, &server, &page, &format!("{address}/erase"), &[]).await;
    assert!(refused.says("You cannot erase yourself"), "{}", refused.text());
}

#[test(flavor = "multi_thread")]
async fn the_command_line_shows_and_erases_a_person_and_an_address() {
    let home = Home::on_sqlite();
    let (server, _, _) = used(&home).await;
    let shown = berth(&home, &["person", "export", EMAIL]);
    let held: Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!((&held["email"], held["roles"].as_array().unwrap().len()), (&json!(EMAIL), 2));
    let erased = berth(&home, &["person", "erase", EMAIL]);
    assert!(erased.stdout.contains("Alder House (1-1) has no manager any more"), "{}", erased.stdout);
    assert!(erased.stdout.contains("m@example.org is erased"), "{}", erased.stdout);
    assert_eq!(berth(&home, &["person", "erase", "nobody"]).code, 2);
    drop(server);
}

/// Every table of the schema with a column of a person or an address, by that column.
fn tables_with(column: &str) -> BTreeSet<String> {
    let schema = concat!(include_str!("../src/store/schema.rs"), include_str!("../src/store/schema_voices.rs"));
    let tables = schema.split("diesel::table! {").skip(1).map(|table| table.trim_start());
    let with = tables.filter(|table| table.split("\n}").next().unwrap().contains(&format!("{column} ->")));
    with.map(|table| table.split(' ').next().unwrap().to_owned()).collect()
}

#[test]
async fn no_table_with_a_person_in_it_is_forgotten_by_erasure() {
    let seen_to: BTreeSet<String> = SEEN_TO.iter().map(|name| (*name).to_owned()).collect();
    for (column, lists) in [("person_id", GO_WITH_THE_PERSON), ("email", GO_WITH_THE_ADDRESS)] {
        let known: BTreeSet<String> = lists.iter().map(|name| (*name).to_owned()).collect();
        let found = tables_with(column);
        assert!(found.len() > 3, "the schema was not read: {found:?}");
        assert!(found.difference(&known).all(|table| seen_to.contains(table)), "{column}: {found:?}, not {known:?}");
        assert_eq!(known.difference(&found).count(), 0, "{column}: gone from the schema");
    }
    let record = include_str!("../docs/reference/data-protection.md");
    for table in GO_WITH_THE_PERSON.iter().chain(GO_WITH_THE_ADDRESS).chain(SEEN_TO) {
        assert!(record.contains(&format!("`{table}`")), "the record of processing says nothing of {table}");
    }
}
