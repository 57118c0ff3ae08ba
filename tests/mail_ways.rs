//! The ways that mail goes out, each against a real server that checks the rules: TLS with a
//! certificate, DKIM, GOV.UK Notify, the pace of a domain, bounces; and what administrators see of it.

use std::io::Write;
use std::process::{Command, Stdio};

use berth::domain::authority::AuthorityCode;
use berth::domain::person::Target;
use berth::domain::words::Role;
use berth::jobs::runner::Became;
use berth::store::{jobs, stopped};
use chrono::Duration;
use serde_json::{Value, json};

use crate::support::homes::{add, care_home, confirmed, nursing};
use crate::support::html;
use crate::support::notify_api::{NotifyApi, TEMPLATE};
use crate::support::office::Office;
use crate::support::server::{Server, stranger};
use crate::support::smtp::{CERTIFICATE, Smtp, Tls};
use crate::support::{BEGIN, Home, stamp};

fn at_once(email: &str) -> Value {
    json!({ "name": "Now", "query": "vacant=1", "channels": ["mail"], "email": email })
}

/// One mail to Ana, as far as it gets.
async fn one_mail(office: &Office) -> Became {
    office.alert(at_once("ana@example.org")).await;
    office.home("1-1", "Rose House").await;
    office.tell("1-1", vec![nursing(40, 38, 2)]).await;
    office.follow().await;
    office.work().await.remove(0).became
}

async fn last_error(office: &Office) -> String {
    office.app.db.read(|c| jobs::all(c, 10)).await.unwrap().remove(0).last_error.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_and_a_mail_travel_encrypted_whether_from_the_first_byte_or_by_starttls() {
    for (tls, scheme, clear) in
        [(Tls::Wrapped, "smtps", vec![]), (Tls::Offered, "smtp", vec!["EHLO".to_owned(), "STARTTLS".to_owned()])]
    {
        let home = Home::on_sqlite();
        let smtp = Smtp::start_with(tls).await;
        let port = smtp.address.port();
        let more = if tls == Tls::Offered { "&tls=required" } else { "" };
        let url = format!("{scheme}://berth:sesame@localhost:{port}?ca={CERTIFICATE}{more}");
        let office = Office::open_with(&home, &[("BERTH_MAIL_URL", &url)]);
        assert_eq!(one_mail(&office).await, Became::Done, "{scheme}");
        assert_eq!(smtp.taken().len(), 1);
        assert_eq!(smtp.said_in_the_clear(), clear, "{scheme}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_nobody_vouches_for_gets_nothing() {
    let home = Home::on_sqlite();
    let smtp = Smtp::start_with(Tls::Wrapped).await;
    let url = format!("smtps://berth:sesame@localhost:{}", smtp.address.port());
    let office = Office::open_with(&home, &[("BERTH_MAIL_URL", &url)]);
    assert!(matches!(one_mail(&office).await, Became::Waits(_)));
    assert!(smtp.taken().is_empty());
    assert!(last_error(&office).await.contains("cannot reach the mail server"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_starttls_gets_nothing_where_it_is_required() {
    let home = Home::on_sqlite();
    let smtp = Smtp::start().await;
    let url = format!("smtp://localhost:{}?tls=required", smtp.address.port());
    let office = Office::open_with(&home, &[("BERTH_MAIL_URL", &url)]);
    assert!(matches!(one_mail(&office).await, Became::Waits(_)));
    assert!(smtp.taken().is_empty());
}

fn node(words: &[&str], input: &str) -> (bool, String) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/dkim.mjs");
    let run = Command::new("node").arg(script).args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut run = run.unwrap();
    run.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let done = run.wait_with_output().unwrap();
    (done.status.success(), String::from_utf8(done.stdout).unwrap().trim().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mail_is_signed_so_that_others_can_check_it_and_the_list_headers_with_it() {
    let home = Home::on_sqlite();
    let smtp = Smtp::start().await;
    let key = home.path("dkim.pem");
    let (made, public) = node(&["key", key.to_str().unwrap()], "");
    assert!(made);
    let settings = [
        ("BERTH_MAIL_URL", smtp.url()),
        ("BERTH_MAIL_FROM", "Plätze <places@example.gov.uk>".to_owned()),
        ("BERTH_MAIL_DKIM_KEY", key.display().to_string()),
        ("BERTH_MAIL_DKIM_SELECTOR", "berth1".to_owned()),
    ];
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let office = Office::open_with(&home, &settings);
    assert_eq!(one_mail(&office).await, Became::Done);
    let message = smtp.taken().remove(0).message;
    let (right, said) = node(&["check", &public], &message);
    assert!(right, "{message}");
    assert!(said.starts_with("example.gov.uk berth1 from:to:subject:"), "{said}");
    assert!(said.contains("list-unsubscribe:list-unsubscribe-post"), "{said}");
    let (right, _) = node(&["check", &public], &message.replace("Rose House", "Role House"));
    assert!(!right, "a changed mail is seen");
}

async fn notify_office(home: &Home, api: &NotifyApi) -> Office {
    let url = format!("notify:{TEMPLATE}?api={}", api.url);
    Office::open_with(home, &[("BERTH_MAIL_URL", &url), ("BERTH_MAIL_NOTIFY_KEY", &NotifyApi::key())])
}

#[tokio::test(flavor = "multi_thread")]
async fn govuk_notify_is_called_as_its_documentation_says() {
    let home = Home::on_sqlite();
    let api = NotifyApi::start().await;
    let office = notify_office(&home, &api).await;
    assert_eq!(one_mail(&office).await, Became::Done);
    let taken = api.taken();
    assert_eq!(taken.len(), 1);
    let email = &taken[0];
    assert_eq!(email["email_address"], "ana@example.org");
    assert_eq!(email["personalisation"]["subject"], "Berth: 2 general nursing places at Rose House - Now");
    assert!(email["personalisation"]["body"].as_str().unwrap().contains("* Rose House, Winchester\n"), "{email}");
    assert!(email["one_click_unsubscribe_url"].as_str().unwrap().contains("/unsubscribe/"), "{email}");
    assert!(!email["reference"].as_str().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_govuk_notify_refuses_is_tried_again_but_an_address_it_does_not_take() {
    let home = Home::on_sqlite();
    let api = NotifyApi::start().await;
    let office = notify_office(&home, &api).await;
    api.next([
        (429, "Exceeded rate limit for key type LIVE of 3000 requests per 60 seconds"),
        (500, "Internal server error"),
    ]);
    let mut became = one_mail(&office).await;
    for _ in 0..2 {
        let Became::Waits(until) = became else { panic!("{became:?}") };
        home.clock.advance(until.since(home.clock.now()));
        became = office.work().await.remove(0).became;
    }
    assert_eq!(became, Became::Done);
    api.next([(400, "email_address Not a valid email address")]);
    office.tell("1-1", vec![nursing(40, 40, 0)]).await;
    office.tell("1-1", vec![nursing(40, 39, 1)]).await;
    office.follow().await;
    assert_eq!(office.work().await.remove(0).became, Became::GivenUp);
    assert_eq!(office.app.db.read(stopped::all).await.unwrap()[0].email, "ana@example.org");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_is_written_to_no_faster_than_its_pace_and_others_meanwhile() {
    let home = Home::on_sqlite();
    let smtp = Smtp::start().await;
    let office = Office::open_with(&home, &[("BERTH_MAIL_URL", &smtp.url()), ("BERTH_MAIL_PACE", "60")]);
    for number in 0..10 {
        office.alert(at_once(&format!("reader{number}@example.org"))).await;
    }
    office.alert(at_once("ana@example.com")).await;
    office.home("1-1", "Rose House").await;
    office.tell("1-1", vec![nursing(40, 38, 2)]).await;
    office.follow().await;
    let mut each_second = Vec::new();
    for _ in 0..12 {
        let before = smtp.taken().len();
        office.work().await;
        each_second.push(smtp.taken().len() - before);
        home.clock.advance(Duration::seconds(1));
    }
    assert_eq!(each_second[0], 3, "two at once for one domain, one for the other: {each_second:?}");
    assert!(each_second[1..].iter().all(|count| *count <= 2), "{each_second:?}");
    assert_eq!(each_second.iter().sum::<usize>(), 11, "{each_second:?}");
    assert_eq!(office.app.db.read(jobs::counts).await.unwrap(), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bounce_stops_an_address_and_only_who_knows_the_secret_reports_one() {
    let home = Home::on_sqlite();
    let server = Server::start_with(&home, &[("BERTH_MAIL_BOUNCE_SECRET", "sesame")]);
    let address = server.at("/mail/bounces");
    let report = json!({ "email": "ana@example.org", "kind": "permanent", "reason": "550 5.1.1 no such user" });
    let send = |token: &'static str, body: Value| stranger().post(&address).bearer_auth(token).json(&body).send();
    assert_eq!(send("guess", report.clone()).await.unwrap().status().as_u16(), 401);
    assert_eq!(stranger().post(&address).json(&report).send().await.unwrap().status().as_u16(), 401);
    assert_eq!(send("sesame", json!({ "email": "ana@example.org" })).await.unwrap().status().as_u16(), 422);
    assert!(server.app.db.read(stopped::all).await.unwrap().is_empty());
    for _ in 0..2 {
        assert_eq!(send("sesame", report.clone()).await.unwrap().status().as_u16(), 204);
    }
    let receipt =
        json!({ "id": "1", "to": "ben@example.org", "status": "temporary-failure", "notification_type": "email" });
    assert_eq!(send("sesame", receipt).await.unwrap().status().as_u16(), 204);
    let all = server.app.db.read(stopped::all).await.unwrap();
    assert_eq!((all.len(), all[0].reason.as_str()), (1, "550 5.1.1 no such user"));

    let operator = server.browser("op@example.org", Role::Operator, vec![Target::All]).await;
    let page = html::get(&operator, &server.at("/admin/stopped")).await;
    assert!(page.says("ana@example.org") && page.says("no such user"), "{}", page.text());
    let hampshire = vec![Target::Authority(AuthorityCode::parse("E10000014").unwrap())];
    let admin = server.browser("admin@example.org", Role::Admin, hampshire).await;
    let page = html::get(&admin, &server.at("/admin/stopped")).await;
    assert!(!page.says("ana@example.org"), "she is nobody of theirs: {}", page.text());

    let other = Home::on_sqlite();
    let without = Server::start(&other);
    let asked = stranger().post(without.at("/mail/bounces")).bearer_auth("").json(&report).send();
    assert_eq!(asked.await.unwrap().status().as_u16(), 404, "without a secret there is nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_see_every_mail_and_no_link_of_it_opens_anything() {
    let home = Home::on_sqlite();
    let mut rose = care_home("1-1", "Rose House");
    rose.capacity = confirmed(stamp(BEGIN), vec![nursing(40, 38, 2)]);
    add(&home.db(), stamp(BEGIN), vec![rose]);
    let server = Server::start(&home);
    let operator = server.browser("op@example.org", Role::Operator, vec![Target::All]).await;
    let list = html::get(&operator, &server.at("/admin/mail")).await;
    for folder in std::fs::read_dir("web/mail").unwrap().map(|entry| entry.unwrap()) {
        if !folder.file_type().unwrap().is_dir() {
            continue;
        }
        let path = format!("/admin/mail/{}", folder.file_name().to_str().unwrap());
        assert!(list.links().contains(&path), "{path} is not listed");
        let page = html::get(&operator, &server.at(&path)).await;
        assert_eq!(page.status.as_u16(), 200, "{path}: {}", page.text());
        let inside = html::get(&operator, &server.at(&format!("{path}/html"))).await;
        assert_eq!(inside.status.as_u16(), 200, "{path}");
        let policy = inside.headers["Content-Security-Policy"].to_str().unwrap();
        assert!(policy.contains("sandbox") && policy.contains("frame-ancestors 'self'"), "{policy}");
        let secret = |link: &&String| {
            ["/sign-in/", "/confirm/", "/alerts/manage/", "/unsubscribe/", "/claims/"]
                .iter()
                .any(|part| link.contains(part))
        };
        for link in inside.links().iter().filter(secret) {
            assert!(link.contains("preview"), "{path}: {link} is of somebody who is there");
        }
    }
    let alert = html::get(&operator, &server.at("/admin/mail/alert")).await;
    assert!(alert.says("Rose House") && alert.says("2 general nursing places"), "{}", alert.text());
    let staff = server.browser("sam@example.org", Role::Staff, vec![Target::All]).await;
    assert_eq!(html::get(&staff, &server.at("/admin/mail")).await.status.as_u16(), 403);
    assert_eq!(html::get(&operator, &server.at("/admin/mail/nothing")).await.status.as_u16(), 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_queued_sent_and_failing_is_on_the_operators_page_and_in_the_metrics() {
    let home = Home::on_sqlite();
    let smtp = Smtp::start().await;
    {
        let office = Office::open_with(&home, &[("BERTH_MAIL_URL", &smtp.url())]);
        assert_eq!(one_mail(&office).await, Became::Done);
        let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let dead = Office::open_with(&home, &[("BERTH_MAIL_URL", &format!("smtp://{nobody}"))]);
        dead.tell("1-1", vec![nursing(40, 40, 0)]).await;
        dead.tell("1-1", vec![nursing(40, 39, 1)]).await;
        dead.follow().await;
        dead.work().await;
    }
    let server = Server::start(&home);
    let operator = server.browser("op@example.org", Role::Operator, vec![Target::All]).await;
    let page = html::get(&operator, &server.at("/admin/jobs")).await;
    for said in ["Done in the last seven days: 1 alert mail", "alert-mail", "cannot reach the mail server"] {
        assert!(page.says(said), "{said}: {}", page.text());
    }
    let metrics = html::get(&stranger(), &server.at("/metrics")).await.html;
    for line in [
        "berth_lane_waiting{lane=\"alert-mail\"} 1",
        "berth_lane_failing{lane=\"alert-mail\"} 1",
        "berth_jobs_done_2d{job=\"alert_mail\"} 1",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line}\n{metrics}");
    }
}
