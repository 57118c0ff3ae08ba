//! Enquiries on pages and by links: staff ask, managers hear of it and answer by one press, both see
//! it at once. What answers do to places is in `enquiries.rs`.

use berth::domain::care_service::{CareService, CareServiceId};
use berth::domain::change::ChangeKind;
use berth::domain::person::Target;
use berth::domain::words::{CareType, Kind, Role, Scope, Source};
use berth::ops::end_holds;
use berth::store::{changes, services};
use chrono::Duration;
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use tokio::test;

use crate::support::homes::{add, care_home, confirmed, nursing, tell};
use crate::support::html::{Fields, Page, get, post, press, set};
use crate::support::manager::stored;
use crate::support::push_service::PushService;
use crate::support::server::{Server, stranger};
use crate::support::{BEGIN, Home, stamp};

const STAFF: &str = "social.worker@example.org";
const ALDER: &str = "alder@example.org";
const NEW: &str = "/enquiries/new?service=1-1&service=1-2";

/// Two homes with one free place each, who manages the first, and two social workers.
struct Scene {
    server: Server,
    staff: Client,
    other: Client,
    manager: Client,
}

async fn begin(home: &Home) -> Scene {
    begin_with(home, &[]).await
}

async fn begin_with(home: &Home, own: &[(&str, &str)]) -> Scene {
    let mut homes = vec![care_home("1-1", "Alder House"), care_home("1-2", "Beech House")];
    for home in &mut homes {
        home.capacity = confirmed(stamp(BEGIN), vec![nursing(10, 9, 1)]);
    }
    let mut agency = care_home("1-3", "Cedar Care");
    (agency.facts.kind, agency.facts.care_types) = (Kind::HomeCare, vec![CareType::HomeCare]);
    homes.push(agency);
    add(&home.db(), stamp(BEGIN), homes);
    let server = Server::start_with(home, own);
    let own = vec![Target::Service(CareServiceId::from_text("1-1"))];
    Scene {
        staff: server.browser(STAFF, Role::Staff, vec![Target::All]).await,
        other: server.browser("other.worker@example.org", Role::Staff, vec![Target::All]).await,
        manager: server.browser(ALDER, Role::Manager, own).await,
        server,
    }
}

/// The form as somebody fills it in.
fn filled(page: &Page, kind: &str) -> Fields {
    let mut fields = page.form("/enquiries");
    for (name, value) in [
        ("kind", kind),
        ("bed_type", "general_nursing"),
        ("start-day", "30"),
        ("start-month", "nov"),
        ("start-year", "2026"),
        ("funding", "local_authority"),
        ("case_reference", "LAS-204417"),
    ] {
        set(&mut fields, name, value);
    }
    fields.push(("needs".to_owned(), "hoist".to_owned()));
    fields
}

impl Scene {
    /// Asks by the page; the path of the enquiry.
    async fn ask(&self, who: &Client, kind: &str) -> String {
        let page = get(who, &self.server.at(NEW)).await;
        let sent = post(who, &self.server.at("/enquiries"), &filled(&page, kind)).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
        sent.location().split('?').next().unwrap().to_owned()
    }

    async fn see(&self, who: &Client, path: &str) -> Page {
        get(who, &self.server.at(path)).await
    }

    /// The social worker, signed in anew: their sessions do not outlive a night.
    async fn staff_again(&self) -> Client {
        self.server.browser(STAFF, Role::Staff, vec![Target::All]).await
    }

    /// The link that was mailed to the manager of the first home for the enquiry just made.
    async fn link(&self) -> String {
        self.server.mailed(ALDER, "/answer/").await
    }

    /// Presses a button of the page behind a link, in a browser that nobody is signed in with.
    async fn tap(&self, link: &str, answer: &str) -> Page {
        let browser = stranger();
        let mut fields = get(&browser, link).await.form("");
        set(&mut fields, "answer", answer);
        post(&browser, link, &fields).await
    }
}

/// The service leaves the register.
fn leave(home: &Home, id: &str) {
    let id = CareServiceId::from_text(id);
    let left = home.db().write_now(move |c| {
        let before = services::get(c, &id)?;
        let after = CareService { left_at: Some(stamp(BEGIN)), ..before.service.clone() };
        changes::record_after(c, &before, &after, stamp(BEGIN), ChangeKind::ServiceLeft, "test")
    });
    left.unwrap();
}

fn accepting(home: &Home) -> u16 {
    stored(home, "1-1").beds().next().unwrap().accepting
}

#[test(flavor = "multi_thread")]
async fn a_manager_hears_of_a_hold_by_mail_and_keeps_the_place_by_one_tap_without_signing_in() {
    for home in Home::on_each() {
        let scene = begin(&home).await;
        let path = scene.ask(&scene.staff, "hold").await;
        let page = scene.see(&scene.staff, &format!("{path}?done=asked")).await;
        assert!(page.says("Asked.") && page.says("0 of 2 services answered"), "{}", page.text());
        assert!(page.says("Not answered for less than a minute") && page.says("LAS-204417"), "{}", page.text());

        let link = scene.link().await;
        let mail = scene.server.mails(ALDER).pop().unwrap();
        assert_eq!(mail.header("Subject"), "Berth: Alder House: please keep one place");
        for said in [STAFF, "General nursing, permanent", "from 30 November 2026", "needs: hoist"] {
            assert!(mail.text.contains(said) && mail.html.contains(said), "{said} in {}", mail.text);
        }
        home.clock.advance(Duration::hours(3));
        let scanner = stranger();
        for _ in 0..2 {
            assert_eq!(scanner.head(&link).send().await.unwrap().status(), 200);
            let opened = get(&scanner, &link).await;
            assert_eq!(
                (opened.status, opened.headers["Referrer-Policy"].to_str().unwrap()),
                (StatusCode::OK, "same-origin")
            );
            assert!(opened.says("Yes, keep one place") && opened.says("Phone me"), "{}", opened.text());
        }
        assert_eq!(accepting(&home), 1, "opening it changes nothing");
        assert!(scene.see(&scene.staff, &path).await.says("Not answered for 3 hours"));

        let done = scene.tap(&link, "yes").await;
        assert!(done.status == StatusCode::OK && done.says("Thank you."), "{}", done.text());
        let until = "12:30pm, 24 November 2026";
        assert!(done.says(&format!("Kept until {until}")), "{}", done.text());
        assert_eq!(accepting(&home), 0);
        assert_eq!(stored(&home, "1-1").source, Some(Source::Mail));
        assert!(scene.see(&scene.staff, &path).await.says(&format!("Kept until {until}")));

        let told = scene.server.mailed(STAFF, "/enquiries/").await;
        assert!(told.ends_with(&path), "{told}");
        let mail = scene.server.mails(STAFF).pop().unwrap();
        assert_eq!(mail.header("Subject"), format!("Berth: Alder House: yes, one place is kept until {until}"));
        assert!(mail.text.contains("LAS-204417"));
    }
}

#[test(flavor = "multi_thread")]
async fn a_signed_in_manager_answers_from_the_list_of_their_services_and_gives_the_place_back() {
    for home in Home::on_each() {
        let scene = begin(&home).await;
        let path = scene.ask(&scene.staff, "hold").await;
        let list = scene.see(&scene.manager, "/update").await;
        assert!(list.says("Alder House: please keep one place") && !list.says("Beech House"), "{}", list.text());
        let action = format!("{path}/answers/1-1");
        let sent = press(&scene.manager, &scene.server, &list, &action, &[("answer", "yes")]).await;
        assert_eq!((sent.status, sent.location()), (StatusCode::SEE_OTHER, format!("{path}?done=answered").as_str()));
        assert_eq!((accepting(&home), stored(&home, "1-1").source), (0, Some(Source::Form)));
        let list = scene.see(&scene.manager, "/update").await;
        assert!(list.says("Give the place back"), "{}", list.text());

        let sent = press(&scene.manager, &scene.server, &list, &action, &[("answer", "no")]).await;
        assert_eq!((sent.status, accepting(&home)), (StatusCode::SEE_OTHER, 1));
        assert!(scene.see(&scene.staff, &path).await.says("Kept no longer"));
        assert!(!scene.see(&scene.manager, "/update").await.says("please keep one place"), "it is over");
        assert!(scene.see(&scene.manager, "/enquiries").await.says("Kept no longer"));

        let page = scene.see(&scene.manager, &path).await;
        let sent = press(&scene.manager, &scene.server, &page, &action, &[("answer", "call")]).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER);
        assert!(scene.see(&scene.staff, "/enquiries").await.says("1 of 2 services answered"));
        let page = scene.see(&scene.staff, &path).await;
        assert!(page.says("Please phone") && page.says("01632 960001"), "{}", page.text());
        assert!(!page.actions().contains(&action), "staff answer for nobody");
    }
}

#[test(flavor = "multi_thread")]
async fn of_two_holds_for_the_last_place_one_is_kept_and_the_other_is_told_why_not() {
    for home in Home::on_each() {
        let scene = begin(&home).await;
        scene.ask(&scene.staff, "hold").await;
        let first = scene.link().await;
        let second_path = scene.ask(&scene.other, "hold").await;
        let second = scene.link().await;
        let (one, two) = tokio::join!(scene.tap(&first, "yes"), scene.tap(&second, "yes"));
        let mut statuses = [one.status.as_u16(), two.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 422], "{} / {}", one.text(), two.text());
        let (refused, link, won) = if one.status == 422 { (one, &first, &second) } else { (two, &second, &first) };
        let (_, said) = refused.summary().remove(0);
        assert!(said.contains("no place of that bed type and stay is accepting"), "{said}");
        let capacity = stored(&home, "1-1");
        assert_eq!(capacity.beds().map(|bed| (bed.accepting, bed.reserved)).next(), Some((0, 1)));

        let again = scene.tap(won, "yes").await;
        assert_eq!((again.status, accepting(&home)), (StatusCode::OK, 0), "said twice, kept once");
        assert_eq!(stored(&home, "1-1").beds().next().unwrap().reserved, 1);
        assert_eq!(scene.tap(link, "no").await.status, StatusCode::OK);
        assert!(scene.see(&scene.staff, &second_path).await.status.is_success());
    }
}

#[test(flavor = "multi_thread")]
async fn an_answer_after_the_time_keeps_a_place_again_only_if_there_is_one() {
    for home in Home::on_each() {
        let scene = begin(&home).await;
        let path = scene.ask(&scene.staff, "hold").await;
        let link = scene.link().await;
        scene.tap(&link, "yes").await;
        home.clock.advance(Duration::hours(49));
        end_holds::lapse(&scene.server.app.db, &scene.server.app.clock).await.unwrap();
        assert_eq!(accepting(&home), 1, "it frees itself");
        assert!(scene.see(&scene.staff_again().await, &path).await.says("Was kept until 9:30am, 24 November 2026"));

        assert_eq!(scene.tap(&link, "yes").await.status, StatusCode::OK);
        assert_eq!(accepting(&home), 0);
        home.clock.advance(Duration::hours(49));
        end_holds::lapse(&scene.server.app.db, &scene.server.app.clock).await.unwrap();
        tell(&home.db(), "1-1", 0);
        assert_eq!(scene.tap(&link, "yes").await.status, StatusCode::UNPROCESSABLE_ENTITY);

        let late = get(&stranger(), &link).await.form("");
        let until = &late.iter().find(|(name, _)| name == "until").unwrap().1;
        home.clock.advance(Duration::hours(49));
        let sent = [("answer".to_owned(), "yes".to_owned()), ("until".to_owned(), until.clone())];
        let refused = post(&stranger(), &link, &sent.to_vec()).await;
        assert!(refused.says("Choose a time that is still to come"), "{}", refused.text());
    }
}

#[test(flavor = "multi_thread")]
async fn a_link_opens_nothing_once_it_is_over() {
    for home in Home::on_each() {
        let scene = begin(&home).await;
        let path = scene.ask(&scene.staff, "ask").await;
        let link = scene.link().await;
        let withdraw = format!("{path}/withdraw");
        let page = scene.see(&scene.staff, &path).await;
        assert!(!scene.see(&scene.other, &path).await.actions().contains(&withdraw), "a colleague asked it");
        press(&scene.staff, &scene.server, &page, &withdraw, &[]).await;
        let over = get(&stranger(), &link).await;
        assert!(over.status == StatusCode::GONE && over.says("It was withdrawn"), "{}", over.text());
        let sent = post(&stranger(), &link, &vec![("answer".to_owned(), "yes".to_owned())]).await;
        assert_eq!(sent.status, StatusCode::GONE);

        scene.ask(&scene.staff, "ask").await;
        let link = scene.link().await;
        assert_eq!(
            get(&stranger(), &link.replace("1-1.", "1-2.")).await.status,
            StatusCode::NOT_FOUND,
            "not signed so"
        );
        scene.ask(&scene.staff, "ask").await;
        let removed = scene.link().await;
        let admin = scene.server.browser("op@example.org", Role::Operator, vec![Target::All]).await;
        let people = get(&admin, &scene.server.at("/services/1-1/people")).await;
        let remove = people.actions().into_iter().find(|action| action.ends_with("/remove")).unwrap();
        let asked = press(&admin, &scene.server, &people, &remove, &[]).await;
        if asked.status != StatusCode::SEE_OTHER {
            assert_eq!(press(&admin, &scene.server, &asked, &remove, &[]).await.status, StatusCode::SEE_OTHER);
        }
        assert_eq!(
            get(&stranger(), &removed).await.status,
            StatusCode::FORBIDDEN,
            "who was removed answers for nobody"
        );
    }
}

#[test(flavor = "multi_thread")]
async fn a_link_grows_old_and_a_service_leaves() {
    for home in Home::on_each() {
        let scene = begin(&home).await;
        scene.ask(&scene.staff, "hold").await;
        let link = scene.link().await;
        home.clock.advance(Duration::days(14));
        let old = get(&stranger(), &link).await;
        assert!(old.status == StatusCode::GONE && old.says("worked for 14 days"), "{}", old.text());
        home.clock.advance(Duration::days(-14));
        assert_eq!(get(&stranger(), &link).await.status, StatusCode::OK);
        leave(&home, "1-1");
        let sent = post(&stranger(), &link, &vec![("answer".to_owned(), "yes".to_owned())]).await;
        assert!(sent.status == StatusCode::GONE && sent.says("Alder House"), "{}", sent.text());
    }
}

#[test(flavor = "multi_thread")]
async fn the_form_says_every_mistake_and_nobody_is_named() {
    let home = Home::on_sqlite();
    let scene = begin(&home).await;
    let page = scene.see(&scene.staff, NEW).await;
    assert!(page.says("Alder House") && page.says("Never say for whom"), "{}", page.text());
    let blank = post(&scene.staff, &scene.server.at("/enquiries"), &page.form("/enquiries")).await;
    let fields: Vec<String> = blank.summary().into_iter().map(|(field, _)| field).collect();
    assert_eq!(
        (blank.status, fields),
        (StatusCode::UNPROCESSABLE_ENTITY, ["bed_type", "funding", "start"].map(str::to_owned).to_vec())
    );

    for (reference, what) in
        [("Ana Example", "a name"), ("943 476 5919", "an NHS number"), ("1/2/1938", "a date of birth")]
    {
        let mut fields = filled(&page, "ask");
        set(&mut fields, "case_reference", reference);
        let refused = post(&scene.staff, &scene.server.at("/enquiries"), &fields).await;
        assert!(refused.error_at("case_reference").contains(what), "{reference}: {}", refused.text());
        assert!(refused.html.contains("value=\"hoist\" checked"), "what was ticked stays ticked");
    }
    let mut fields = filled(&page, "ask");
    fields.retain(|(name, _)| name != "service");
    let refused = post(&scene.staff, &scene.server.at("/enquiries"), &fields).await;
    assert_eq!(refused.error_at("service"), "Choose one, two or three services");
    assert!(refused.says("Beech House"), "they can still be ticked");

    let service = scene.see(&scene.staff, "/services/1-1").await;
    assert!(service.links().contains(&"/enquiries/new?service=1-1".to_owned()));
    for (who, path) in
        [(&scene.staff, "/services/1-3"), (&scene.manager, "/services/1-1"), (&stranger(), "/services/1-1")]
    {
        assert!(!scene.see(who, path).await.says("have a place kept"), "{path}");
    }
    assert_eq!(scene.see(&scene.manager, NEW).await.status, StatusCode::FORBIDDEN);
    assert_eq!(scene.see(&scene.manager, "/enquiries").await.status, StatusCode::OK);
    assert_eq!(scene.see(&stranger(), "/enquiries").await.status, StatusCode::SEE_OTHER, "sign in first");
}

#[test(flavor = "multi_thread")]
async fn the_median_time_of_first_answers_is_said_of_a_service_and_of_its_authority() {
    for home in Home::on_each() {
        let scene = begin(&home).await;
        let mut all = vec![scene.see(&scene.staff, "/services/1-1").await.says("Answers in about")];
        for minutes in [10, 30, 300] {
            scene.ask(&scene.staff_again().await, "ask").await;
            let link = scene.link().await;
            home.clock.advance(Duration::minutes(minutes));
            scene.tap(&link, "call").await;
            home.clock.advance(Duration::hours(20));
            scene.tap(&link, "no").await;
        }
        let staff = scene.staff_again().await;
        all.push(scene.see(&staff, "/services/1-1").await.says("Answers in about 30 minutes (median of 3 answers)"));
        all.push(scene.see(&stranger(), "/services/1-1").await.says("Answers in about"));
        all.push(scene.see(&staff, "/enquiries").await.says("Hampshire 6 3 30 minutes"));
        assert_eq!(all, [false, true, false, true]);
        let address = scene.server.at("/api/v1/statistics?authority=E10000014");
        let told: Value = staff.get(&address).send().await.unwrap().json().await.unwrap();
        let expected = json!([{ "authority": "E10000014", "asked": 6, "answered": 3, "median_seconds": 1800 }]);
        assert_eq!(told["answers"], expected);
        let public: Value = stranger().get(&address).send().await.unwrap().json().await.unwrap();
        assert!(public.get("answers").is_none());
    }
}

/// The next thing that a stream of events says but for signs of life.
async fn event(stream: &mut Response) -> String {
    let found = async {
        loop {
            let part = String::from_utf8(stream.chunk().await.unwrap().expect("the stream goes on").to_vec()).unwrap();
            if let Some((_, mark)) = part.split_once("data: ").filter(|_| !part.contains("beat")) {
                return mark.trim().to_owned();
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), found).await.expect("an event comes")
}

#[test(flavor = "multi_thread")]
async fn an_open_page_is_told_of_an_answer_and_only_of_what_it_shows() {
    for home in Home::on_each() {
        let scene = begin(&home).await;
        let path = scene.ask(&scene.staff, "hold").await;
        let link = scene.link().await;
        let id = path.rsplit('/').next().unwrap();
        let page = scene.see(&scene.staff, &path).await;
        let mark = page.html.split("data-mark=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let address = scene.server.at(&format!("/enquiries/events?id={id}&mark={mark}"));
        let mut stream = scene.staff.get(&address).send().await.unwrap();
        let all = scene.server.at("/enquiries/events?mark=none");
        let mut list = scene.manager.get(&all).send().await.unwrap();
        let first = event(&mut list).await;

        scene.ask(&scene.other, "ask").await;
        let second = event(&mut list).await;
        assert_ne!(first, second, "the manager's list has one more");
        scene.tap(&link, "no").await;
        let after = event(&mut stream).await;
        assert_ne!(after, mark);
        let page = scene.see(&scene.staff, &path).await;
        assert!(page.html.contains(&format!("data-mark=\"{after}\"")), "the page as it is now, and no event between");

        let token = scene.server.token(&[Scope::StaffRead], vec![Target::All]).await;
        let by_program = Client::new().get(&address).bearer_auth(token).send().await.unwrap();
        assert_eq!(by_program.status(), 200);
        assert_eq!(stranger().get(&address).send().await.unwrap().status().as_u16(), 303, "sign in first");
        let none = scene.server.at("/enquiries/events?id=none");
        assert_eq!(scene.manager.get(&none).send().await.unwrap().status().as_u16(), 404);
    }
}

#[test(flavor = "multi_thread")]
async fn a_managers_device_is_notified_with_a_link_that_answers() {
    let home = Home::on_sqlite();
    let Some(service) = PushService::start(&home).await else { return };
    let scene = begin_with(&home, &[("BERTH_PUSH_ALLOW_PRIVATE", "true")]).await;
    for browser in [&scene.manager, &scene.staff] {
        let subscription = service.subscribe(scene.server.app.pusher.public_key()).await;
        let kept =
            browser.post(scene.server.at("/api/v1/push/subscriptions")).json(&subscription).send().await.unwrap();
        assert!(kept.status().is_success(), "{}", kept.status());
    }
    scene.ask(&scene.staff, "hold").await;
    let asked = service.taken(1).await.remove(0)["payload"].clone();
    assert_eq!(asked["title"], "Alder House: please keep one place");
    assert!(asked["body"].as_str().unwrap().starts_with("General nursing, permanent, from 30 November 2026."));
    let done = scene.tap(asked["url"].as_str().unwrap(), "yes").await;
    assert_eq!(done.status, StatusCode::OK);
    let answered = service.taken(2).await.remove(1)["payload"].clone();
    assert_eq!(answered["title"], "Alder House: yes, one place is kept until 9:30am, 24 November 2026");
}
