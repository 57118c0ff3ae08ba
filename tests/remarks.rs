//! What readers say is wrong with a listing: from the form without a name to the council's list and
//! mail, the managers' page, and how it is settled.

use berth::domain::authority::AuthorityCode;
use berth::domain::care_service::CareServiceId;
use berth::domain::person::Target;
use berth::domain::remark::NewRemark;
use berth::domain::words::{Role, Wrong};
use berth::jobs::housekeeping;
use berth::ops::{Refused, remark, tell_remarks};
use berth::store::audit::{self, Search};
use berth::store::remarks;
use chrono::Duration;
use reqwest::{Client, StatusCode};
use tokio::test;

use crate::support::homes::{add, care_home, confirmed, nursing};
use crate::support::html::{Page, get, post, press, value};
use crate::support::server::{Server, stranger};
use crate::support::{BEGIN, Home, stamp};

const WRONG: &str = "/services/1-1/wrong";
const LIST: &str = "/admin/remarks";
const ADMIN: &str = "admin@example.org";

fn hampshire() -> Vec<Target> {
    vec![Target::Authority(AuthorityCode::parse("E10000014").unwrap())]
}

/// Alder House, confirmed, and Beech House; an administrator of their authority.
async fn begin(home: &Home) -> (Server, Client) {
    let mut alder = care_home("1-1", "Alder House");
    alder.capacity = confirmed(stamp(BEGIN), vec![nursing(10, 7, 2)]);
    add(&home.db(), stamp(BEGIN), vec![alder, care_home("1-2", "Beech House")]);
    home.clock.advance(Duration::minutes(1));
    let server = Server::start(home);
    let admin = server.browser(ADMIN, Role::Admin, hampshire()).await;
    (server, admin)
}

/// Opens the form as a stranger and sends it with these ticks and words.
async fn say(server: &Server, path: &str, wrong: &[&str], words: &str) -> Page {
    let browser = stranger();
    let page = get(&browser, &server.at(path)).await;
    let mut fields = page.form(path);
    fields.extend(wrong.iter().map(|word| ("wrong".to_owned(), (*word).to_owned())));
    fields.push(("words".to_owned(), words.to_owned()));
    post(&browser, &server.at(path), &fields).await
}

async fn tell(server: &Server) {
    let app = &server.app;
    let hour = app.config.digest_hour;
    tell_remarks::run(&app.db, app.config.timezone, app.clock.now(), hour).await.unwrap();
}

/// Waits until the administrator has had so many mails.
async fn mailed(server: &Server, count: usize) -> Vec<crate::support::mailbox::Mail> {
    let mut hint = server.app.db.hint();
    let waited = tokio::time::timeout(std::time::Duration::from_secs(20), async {
        while server.mails(ADMIN).len() < count {
            hint.changed().await.unwrap();
        }
    });
    waited.await.unwrap();
    server.mails(ADMIN)
}

#[test(flavor = "multi_thread")]
async fn a_stranger_says_what_is_wrong_the_council_reads_it_and_settles_it_with_a_word() {
    for home in Home::on_each() {
        let (server, admin) = begin(&home).await;
        let listing = get(&stranger(), &server.at("/services/1-1")).await;
        assert!(listing.links().contains(&WRONG.to_owned()), "{}", listing.text());
        let sent = say(&server, WRONG, &["fee", "contact"], "The phone is 01632 960999 now").await;
        assert_eq!((sent.status, sent.location()), (StatusCode::SEE_OTHER, "/services/1-1/wrong?done=yes"));
        assert!(get(&stranger(), &server.at(sent.location())).await.says("Thank you"));

        let front = get(&admin, &server.at("/admin")).await;
        assert!(front.links().contains(&LIST.to_owned()), "{}", front.text());
        let list = get(&admin, &server.at(LIST)).await;
        for words in ["Alder House", "The fee is wrong", "01632 960999", "Phone 01632 960001"] {
            assert!(list.says(words), "{words}: {}", list.text());
        }
        assert_eq!(list.text().matches("01632 960999").count(), 1, "said once, whatever was ticked");
        let settle = "/admin/remarks/1-1/settle";
        let empty = press(&admin, &server, &list, settle, &[("answer", " ")]).await;
        assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(empty.error_at("answer-1-1").contains("what you did"), "{:?}", empty.summary());
        home.clock.advance(Duration::minutes(1));
        say(&server, WRONG, &["closed"], "").await;
        let done = press(&admin, &server, &list, settle, &[("answer", "Phoned them: both put right")]).await;
        assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/admin/remarks?done=yes"));
        let list = get(&admin, &server.at(LIST)).await;
        assert!(!list.says("The fee is wrong") && list.says("It has closed"), "what came later was not seen");
        assert!(list.says("Phoned them: both put right"), "{}", list.text());
        let entries = server.app.db.read(|c| audit::newest(c, None, &Search::default(), 100)).await.unwrap();
        let said: Vec<&str> = entries.iter().map(|entry| entry.did.detail.as_str()).collect();
        assert!(said.contains(&"Phoned them: both put right"), "{said:?}");
    }
}

#[test(flavor = "multi_thread")]
async fn vacancies_said_to_be_wrong_are_shown_to_staff_and_managers_until_they_are_told_again() {
    for home in Home::on_each() {
        let (server, admin) = begin(&home).await;
        let manager = server.browser("m@example.org", Role::Manager, vec![of("1-1")]).await;
        let staff = server.browser("s@example.org", Role::Staff, hampshire()).await;
        say(&server, WRONG, &["vacancies"], "").await;
        say(&server, WRONG, &["vacancies", "fee"], "").await;
        const SAID: &str = "2 people said that the vacancies are wrong";
        assert!(!get(&stranger(), &server.at("/services/1-1")).await.says(SAID));
        assert!(get(&staff, &server.at("/services/1-1")).await.says(SAID));
        let form = get(&manager, &server.at("/update/1-1")).await;
        assert!(form.says("2 people said that your vacancies look wrong"), "{}", form.text());
        assert!(form.says("The fee is wrong"), "{}", form.text());
        home.clock.advance(Duration::minutes(1));
        let confirmed = press(&manager, &server, &form, "/update/1-1/confirm", &[]).await;
        assert_eq!(confirmed.status, StatusCode::SEE_OTHER);
        let form = get(&manager, &server.at("/update/1-1")).await;
        assert!(!form.says("vacancies look wrong") && form.says("The fee is wrong"), "{}", form.text());
        assert!(!get(&staff, &server.at("/services/1-1")).await.says("said that the vacancies"));
        assert!(!get(&admin, &server.at(LIST)).await.says("The vacancies are wrong"));
    }
}

#[test(flavor = "multi_thread")]
async fn administrators_are_mailed_at_once_but_only_once_a_day_and_never_what_was_answered() {
    for home in Home::on_each() {
        let (server, _admin) = begin(&home).await;
        say(&server, WRONG, &["fee"], "A secret: ask for Ann").await;
        tell(&server).await;
        let mail = mailed(&server, 1).await.remove(0);
        assert!(mail.text.contains("Alder House") && mail.text.contains(&server.at(LIST)), "{}", mail.text);
        assert!(!mail.text.contains("secret"), "words stay behind the sign-in: {}", mail.text);
        home.clock.advance(Duration::hours(1));
        say(&server, "/services/1-2/wrong", &["closed"], "").await;
        say(&server, WRONG, &["vacancies"], "").await;
        tell(&server).await;
        assert!(server.app.db.read(remarks::untold).await.unwrap().len() == 2, "their day has had its mail");
        // The figures are told again, and it is the next morning.
        home.clock.advance(Duration::minutes(1));
        let manager = server.browser("m@example.org", Role::Manager, vec![of("1-1")]).await;
        let form = get(&manager, &server.at("/update/1-1")).await;
        press(&manager, &server, &form, "/update/1-1/confirm", &[]).await;
        home.clock.advance(Duration::hours(17));
        tell(&server).await;
        assert_eq!(server.app.db.read(remarks::untold).await.unwrap().len(), 2, "before the hour of digests");
        home.clock.advance(Duration::hours(6));
        tell(&server).await;
        let mails = mailed(&server, 2).await;
        let second = mails.iter().find(|mail| mail.text.contains("Beech House")).unwrap();
        assert!(!second.text.contains("Alder House"), "{}", second.text);
        assert!(server.app.db.read(remarks::untold).await.unwrap().is_empty());
    }
}

#[test(flavor = "multi_thread")]
async fn mistakes_are_said_beside_their_fields_and_a_form_sent_twice_counts_once() {
    let home = Home::on_sqlite();
    let (server, admin) = begin(&home).await;
    let wrong = say(&server, WRONG, &[], "").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.error_at("wrong").contains("Tick") && wrong.title().starts_with("Error: "), "{:?}", wrong.summary());
    let named = say(&server, WRONG, &["vacancies"], "Mrs Example says room 4 is gone").await;
    assert!(named.error_at("words").contains("the name of a person"), "{:?}", named.summary());
    let browser = stranger();
    let mut fields = named.form(WRONG);
    fields.push(("words".to_owned(), "Mrs Example says room 4 is gone".to_owned()));
    fields.push(("personal_ok".to_owned(), "yes".to_owned()));
    assert_eq!(value(&fields, "wrong"), "vacancies", "what was ticked is kept");
    for _ in 0..2 {
        assert_eq!(post(&browser, &server.at(WRONG), &fields).await.status, StatusCode::SEE_OTHER);
    }
    let list = get(&admin, &server.at(LIST)).await;
    assert!(list.says("1 says: The vacancies are wrong"), "{}", list.text());
    assert_eq!(get(&browser, &server.at("/services/1-9/wrong")).await.status, StatusCode::NOT_FOUND);
}

#[test(flavor = "multi_thread")]
async fn one_network_and_one_service_take_only_so_many_and_nothing_is_kept_for_ever() {
    for home in Home::on_each() {
        let (server, _admin) = begin(&home).await;
        let browser = stranger();
        let fields = vec![("wrong".to_owned(), "fee".to_owned())];
        let mut sent = 0;
        let refused = loop {
            let answer = post(&browser, &server.at(WRONG), &fields).await;
            if answer.status != StatusCode::SEE_OTHER {
                break answer;
            }
            sent += 1;
        };
        assert_eq!((refused.status, sent), (StatusCode::TOO_MANY_REQUESTS, 20));
        assert!(refused.headers.contains_key("Retry-After"));
        let app = &server.app;
        let say = || {
            let service = CareServiceId::from_text("1-1");
            let new = NewRemark { service, wrong: vec![Wrong::Fee], words: None, form: String::new() };
            remark::run(&app.db, &app.clock, new)
        };
        for _ in sent..100 {
            say().await.unwrap();
        }
        assert_eq!(say().await, Err(Refused::TooMany));
        home.clock.advance(Duration::days(181));
        housekeeping::round(app).await.unwrap();
        assert!(app.db.read(remarks::unsettled).await.unwrap().is_empty());
    }
}

fn of(id: &str) -> Target {
    Target::Service(CareServiceId::from_text(id))
}
