//! The pages of alerts, as a family uses them: ask, confirm by mail, change, stop by one click.

use berth::domain::person::Target;
use berth::domain::words::Role;
use berth::jobs::runner;
use reqwest::{Client, Response};

use crate::support::Home;
use crate::support::html::{get, value};
use crate::support::server::{Server, stranger};

async fn text(answer: Response) -> String {
    answer.text().await.unwrap()
}

/// The first address in the newest mail that goes to this path, without the server's own part.
fn link(home: &Home, path: &str) -> String {
    let mut mails: Vec<_> = std::fs::read_dir(home.path("mail")).unwrap().map(|file| file.unwrap().path()).collect();
    mails.sort();
    let mail = std::fs::read_to_string(mails.last().unwrap()).unwrap().replace("=\r\n", "").replace("=3D", "=");
    let at = mail.find(path).unwrap_or_else(|| panic!("{path} in {mail}"));
    mail[at..].chars().take_while(|c| !c.is_whitespace() && !"<>\"".contains(*c)).collect()
}

async fn ask(server: &Server, client: &Client) -> Response {
    let form = [
        ("name", "Nursing near us"),
        ("kind", "care_home"),
        ("near", ""),
        ("channels", "daily"),
        ("email", "family@example.org"),
    ];
    client.post(server.at("/alerts")).form(&form).send().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guide_leads_to_its_weekly_email_with_its_filter_and_staff_to_that_of_late_services() {
    let home = Home::on_sqlite();
    let server = Server::start(&home);
    let guide = get(&stranger(), &server.at("/guides/residential?vacant=1")).await;
    let links = guide.links();
    let link = links.iter().find(|link| link.starts_with("/alerts?")).unwrap_or_else(|| panic!("{links:?}"));
    let page = get(&stranger(), &server.at(&link.replace("&amp;", "&"))).await;
    let form = page.form("/alerts");
    assert_eq!((value(&form, "name"), value(&form, "channels")), ("Weekly guide", "weekly"));
    assert_eq!((value(&form, "vacant"), value(&form, "hour")), ("1", "7"));
    assert!(!page.says("late services"));
    let staff = server.browser("sam@example.gov.uk", Role::Staff, vec![Target::All]).await;
    assert!(get(&staff, &server.at("/alerts")).await.says("late services of an authority"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_family_asks_confirms_changes_and_stops_without_signing_in() {
    for home in Home::on_each() {
        let server = Server::start(&home);
        let client = stranger();
        let asked = ask(&server, &client).await;
        assert_eq!(asked.status().as_u16(), 303);
        let page =
            text(client.get(server.at(asked.headers()["Location"].to_str().unwrap())).send().await.unwrap()).await;
        assert!(page.contains("Check your email"), "{page}");

        runner::drain(&server.app, berth::ops::make_alert::ASKED_FOR_LANE).await.unwrap();
        let confirm = server.at(&link(&home, "/alerts/confirm/"));
        for _ in 0..2 {
            assert!(text(client.get(&confirm).send().await.unwrap()).await.contains("Start this alert"));
        }
        assert!(text(client.post(&confirm).send().await.unwrap()).await.contains("has started"));
        assert!(text(client.get(&confirm).send().await.unwrap()).await.contains("has started"));

        let token = confirm.rsplit('/').next().unwrap();
        let id = berth::domain::alert::AlertId::from_text(token.split('.').next().unwrap());
        let purpose = berth::ops::alert_link::Purpose::Manage;
        let manage = berth::ops::alert_link::token(&server.app.signer, purpose, &id);
        let change = server.at(&format!("/alerts/manage/{manage}"));
        let changed = client.post(&change).form(&[("name", "Renamed"), ("channels", "weekly")]).send().await.unwrap();
        assert!(text(changed).await.contains("Your alert is changed"));
        let wrong = client.post(&change).form(&[("name", ""), ("channels", "weekly")]).send().await.unwrap();
        assert_eq!(wrong.status().as_u16(), 422);

        let stop = server.at(&format!("/unsubscribe/{manage}"));
        assert!(text(client.get(&stop).send().await.unwrap()).await.contains("Stop “Renamed”"));
        let click =
            client.post(&stop).header("Origin", "https://mail.example").form(&[("List-Unsubscribe", "One-Click")]);
        assert_eq!(click.send().await.unwrap().status().as_u16(), 200);
        assert!(text(client.get(&stop).send().await.unwrap()).await.contains("sends you nothing more"));
        let forged = server.at(&format!("/unsubscribe/{token}"));
        assert_eq!(client.post(forged).send().await.unwrap().status().as_u16(), 404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_stand_beside_their_fields_and_what_was_typed_stays() {
    let home = Home::on_sqlite();
    let server = Server::start(&home);
    let form = [("name", ""), ("q", "Alder"), ("email", "nobody")];
    let answer = stranger().post(server.at("/alerts")).form(&form).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 422);
    let page = text(answer).await;
    for wanted in ["There is a problem", "href=\"#name\"", "value=\"Alder\"", "value=\"nobody\""] {
        assert!(page.contains(wanted), "{wanted} in {page}");
    }
}
