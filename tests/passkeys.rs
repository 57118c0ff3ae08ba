//! Passkeys: one is added to one's own account and signs in once per challenge; whatever is forged, copied,
//! late or somebody else's does not; and who has rights over others needs one, once they have one.

use berth::domain::care_service::CareServiceId;
use berth::domain::person::Target;
use berth::domain::words::Role;
use chrono::Duration;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::test;

use crate::support::authenticator::Authenticator;
use crate::support::homes::{add, care_home};
use crate::support::html::{Fields, Page, get, post, set};
use crate::support::server::{Server, stranger};
use crate::support::{BEGIN, Home, stamp};

const EMAIL: &str = "m@example.org";

/// A server with one home, and a browser of its manager.
async fn begin(home: &Home) -> (Server, Client) {
    add(&home.db(), stamp(BEGIN), vec![care_home("1-1", "Alder House")]);
    let server = Server::start_on_localhost(home);
    let browser = server.browser(EMAIL, Role::Manager, of_alder_house()).await;
    (server, browser)
}

fn of_alder_house() -> Vec<Target> {
    vec![Target::Service(CareServiceId::from_text("1-1"))]
}

/// Sends it as the page's script does, with the token of the session's forms.
async fn send(server: &Server, browser: &Client, path: &str, content: &Value) -> (StatusCode, Value) {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut fields: Fields =
        content.as_object().unwrap().iter().map(|(key, value)| (key.clone(), text(value))).collect();
    fields.extend(form_token(server, browser).await);
    let page = post(browser, &server.at(path), &fields).await;
    (page.status, serde_json::from_str(&page.html).unwrap_or_default())
}

/// What every form of this browser's session carries.
async fn form_token(server: &Server, browser: &Client) -> Option<(String, String)> {
    let page = get(browser, &server.at("/privacy")).await;
    let html = page.html.split("name=\"form_token\" value=\"").nth(1)?;
    Some(("form_token".to_owned(), html.split('"').next()?.to_owned()))
}

async fn asked(server: &Server, browser: &Client, path: &str) -> Value {
    let (status, asked) = send(server, browser, path, &json!({})).await;
    assert_eq!(status, StatusCode::OK, "{asked}");
    asked
}

/// Adds a new passkey to the account of this browser.
async fn add_passkey(server: &Server, browser: &Client, name: &str) -> Authenticator {
    let mut phone = Authenticator::new(&server.url);
    let asked = asked(server, browser, "/account/passkeys/begin").await;
    let answer = phone.create(&asked["options"]);
    let content = json!({ "ceremony": asked["ceremony"], "answer": answer, "name": name });
    let (status, told) = send(server, browser, "/account/passkeys", &content).await;
    assert_eq!(status, StatusCode::CREATED, "{told}");
    phone
}

/// Signs this browser in, with what the authenticator makes of the question.
async fn sign_in(server: &Server, browser: &Client, answer: impl FnOnce(&Value) -> Value) -> (StatusCode, Value) {
    let asked = asked(server, browser, "/sign-in/passkey/begin").await;
    let content = json!({ "ceremony": asked["ceremony"], "answer": answer(&asked["options"]), "next": "/update/1-1" });
    send(server, browser, "/sign-in/passkey", &content).await
}

async fn account(server: &Server, browser: &Client) -> Page {
    get(browser, &server.at("/account")).await
}

async fn is_signed_in(server: &Server, browser: &Client) -> bool {
    account(server, browser).await.status == StatusCode::OK
}

#[test(flavor = "multi_thread")]
async fn a_passkey_signs_in_without_an_address_on_both_databases() {
    for home in Home::on_each() {
        let (server, browser) = begin(&home).await;
        let mut phone = add_passkey(&server, &browser, " My  phone ").await;
        assert!(account(&server, &browser).await.says("My phone Added"));
        for _ in 0..2 {
            let other = stranger();
            let (status, told) = sign_in(&server, &other, |options| phone.get(options)).await;
            assert_eq!((status, told["onward"].as_str()), (StatusCode::OK, Some("/update/1-1")), "{told}");
            let page = account(&server, &other).await;
            assert!(page.says("A passkey, ") && page.says("Last used"), "{}", page.text());
        }
        assert_eq!(get(&browser, &server.at("/update/1-1")).await.status, StatusCode::OK);
    }
}

#[test(flavor = "multi_thread")]
async fn the_question_asks_for_a_passkey_that_needs_its_owner_and_tells_no_addresses() {
    let home = Home::on_sqlite();
    let (server, browser) = begin(&home).await;
    add_passkey(&server, &browser, "").await;
    let adding = &asked(&server, &browser, "/account/passkeys/begin").await["options"];
    assert_eq!(adding["rp"]["id"], "localhost");
    let selection = &adding["authenticatorSelection"];
    assert_eq!((&selection["userVerification"], &selection["residentKey"]), (&json!("required"), &json!("required")));
    assert_eq!(adding["excludeCredentials"].as_array().unwrap().len(), 1, "the device that has one says so");
    let using = &asked(&server, &stranger(), "/sign-in/passkey/begin").await["options"];
    assert_eq!((&using["userVerification"], &using["allowCredentials"]), (&json!("required"), &json!([])));
}

#[test(flavor = "multi_thread")]
async fn an_answer_counts_once_and_for_ten_minutes_whichever_way_the_clock_jumps() {
    let home = Home::on_sqlite();
    let (server, browser) = begin(&home).await;
    let mut phone = add_passkey(&server, &browser, "").await;
    let first = asked(&server, &browser, "/sign-in/passkey/begin").await;
    let content = json!({ "ceremony": first["ceremony"], "answer": phone.get(&first["options"]) });
    assert_eq!(send(&server, &stranger(), "/sign-in/passkey", &content).await.0, StatusCode::OK);
    assert_eq!(send(&server, &stranger(), "/sign-in/passkey", &content).await.0, StatusCode::GONE, "replayed");
    for jump in [Duration::minutes(10), Duration::minutes(-10)] {
        let other = stranger();
        let asked = asked(&server, &other, "/sign-in/passkey/begin").await;
        let content = json!({ "ceremony": asked["ceremony"], "answer": phone.get(&asked["options"]) });
        home.clock.advance(jump);
        assert_eq!(send(&server, &other, "/sign-in/passkey", &content).await.0, StatusCode::GONE, "{jump}");
        home.clock.advance(-jump);
    }
    let adding = asked(&server, &browser, "/account/passkeys/begin").await;
    let mixed = json!({ "ceremony": adding["ceremony"], "answer": phone.get(&adding["options"]) });
    let (status, _) = send(&server, &stranger(), "/sign-in/passkey", &mixed).await;
    assert_eq!(status, StatusCode::GONE, "a question of another kind");
}

#[test(flavor = "multi_thread")]
async fn whatever_is_forged_copied_or_from_elsewhere_signs_nobody_in() {
    let home = Home::on_sqlite();
    let (server, browser) = begin(&home).await;
    let phone = add_passkey(&server, &browser, "").await;
    let other_browser = server.browser("n@example.org", Role::Staff, Vec::new()).await;
    let others = add_passkey(&server, &other_browser, "").await;
    let next = Authenticator { counter: 2, ..phone.clone() };
    let cheats = [
        ("another key", Authenticator { key: Authenticator::new("").key, ..next.clone() }),
        ("another site", Authenticator { origin: "http://localhost.example".to_owned(), ..next.clone() }),
        ("another name", Authenticator { rp_id: "example.org".to_owned(), ..next.clone() }),
        ("nobody was asked", Authenticator { verifies: false, ..next.clone() }),
        ("a copy, which counts behind", phone.clone()),
        ("for another person", Authenticator { user: others.user.clone(), ..next.clone() }),
        ("registered nowhere", Authenticator { id: vec![7; 16], ..next.clone() }),
    ];
    for (what, cheat) in cheats {
        let thief = stranger();
        let (status, told) = sign_in(&server, &thief, |options| cheat.get_at_same_count(options)).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{what}: {told}");
        assert!(!is_signed_in(&server, &thief).await, "{what}");
    }
    for nonsense in [json!({}), json!({ "id": 7 }), json!(null)] {
        let (status, _) = sign_in(&server, &stranger(), |_| nonsense.clone()).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{nonsense}");
    }
    let (status, told) = sign_in(&server, &stranger(), |options| next.get_at_same_count(options)).await;
    assert_eq!(status, StatusCode::OK, "the right one still does: {told}");
}

#[test(flavor = "multi_thread")]
async fn a_question_to_one_person_adds_nothing_to_another() {
    let home = Home::on_sqlite();
    let (server, browser) = begin(&home).await;
    let other = server.browser("n@example.org", Role::Staff, Vec::new()).await;
    let mut phone = Authenticator::new(&server.url);
    let asked = asked(&server, &browser, "/account/passkeys/begin").await;
    let content = json!({ "ceremony": asked["ceremony"], "answer": phone.create(&asked["options"]), "name": "x" });
    assert_eq!(send(&server, &other, "/account/passkeys", &content).await.0, StatusCode::GONE);
    assert!(account(&server, &other).await.says("You have none yet"));
    let (status, _) = send(&server, &stranger(), "/account/passkeys", &content).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[test(flavor = "multi_thread")]
async fn one_names_and_removes_ones_own_and_nobody_elses() {
    let home = Home::on_sqlite();
    let (server, browser) = begin(&home).await;
    let mut phone = add_passkey(&server, &browser, "Phone").await;
    let actions = account(&server, &browser).await.actions();
    let path = |end: &str| actions.iter().find(|path| path.ends_with(end)).unwrap().clone();
    let (rename, remove) = (path("/rename"), path("/remove"));
    let other = server.browser("n@example.org", Role::Staff, Vec::new()).await;
    let mut fields = account(&server, &browser).await.form(&rename);
    set(&mut fields, "name", "Office computer");
    let mut others_form = account(&server, &other).await.form("/sign-out");
    set(&mut others_form, "name", "Mine");
    for path in [&rename, &remove] {
        assert_eq!(post(&other, &server.at(path), &others_form).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(post(&browser, &server.at(&rename), &fields).await.location(), "/account");
    assert!(account(&server, &browser).await.says("Office computer Added"));
    set(&mut fields, "name", " ");
    let wrong = post(&browser, &server.at(&rename), &fields).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(wrong.summary()[0].1, "Enter a name for the passkey");
    assert_eq!(post(&browser, &server.at(&remove), &fields).await.location(), "/account");
    assert!(account(&server, &browser).await.says("You have none yet"));
    let (status, _) = sign_in(&server, &stranger(), |options| phone.get(options)).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "it is gone");
}

#[test(flavor = "multi_thread")]
async fn who_signed_in_long_ago_signs_in_again_before_changing_passkeys() {
    let home = Home::on_sqlite();
    let (server, browser) = begin(&home).await;
    add_passkey(&server, &browser, "Phone").await;
    let asked = asked(&server, &browser, "/account/passkeys/begin").await;
    let actions = account(&server, &browser).await.actions();
    let remove = actions.iter().find(|path| path.ends_with("/remove")).unwrap();
    home.clock.advance(Duration::minutes(30));
    let page = account(&server, &browser).await;
    assert!(page.says("sign in again") && !page.html.contains("data-berth-passkey") && !page.html.contains("/remove"));
    assert_eq!(send(&server, &browser, "/account/passkeys/begin", &json!({})).await.0, StatusCode::FORBIDDEN);
    let answer = Authenticator::new(&server.url).create(&asked["options"]);
    let content = json!({ "ceremony": asked["ceremony"], "answer": answer });
    assert_ne!(send(&server, &browser, "/account/passkeys", &content).await.0, StatusCode::CREATED);
    let sent_away = post(&browser, &server.at(remove), &page.form("/sign-out")).await;
    assert_eq!(sent_away.location(), "/sign-in?next=/account");
    assert!(account(&server, &browser).await.says("Phone Added"), "nothing has changed");
}

#[test(flavor = "multi_thread")]
async fn an_administrator_with_a_passkey_cannot_come_in_by_a_mailbox_alone() {
    for home in Home::on_each() {
        add(&home.db(), stamp(BEGIN), vec![care_home("1-1", "Alder House")]);
        let server = Server::start_on_localhost(&home);
        let admin = |email: &'static str| server.invite(email, Role::Operator, Vec::new());
        let first = stranger();
        post(&first, &admin(EMAIL).await, &Fields::new()).await;
        let (opened, by_link) = open_link(&server).await;
        assert_eq!(opened.status, StatusCode::SEE_OTHER, "without a passkey the link is what there is");
        assert_eq!(get(&by_link, &server.at("/admin")).await.status, StatusCode::OK);

        let mut phone = add_passkey(&server, &first, "Phone").await;
        assert_eq!(get(&first, &server.at("/admin")).await.status, StatusCode::OK, "it added the passkey itself");
        assert_eq!(get(&by_link, &server.at("/admin")).await.status, StatusCode::SEE_OTHER, "it came by mail alone");
        let (opened, by_link) = open_link(&server).await;
        assert_eq!(opened.status, StatusCode::FORBIDDEN);
        assert!(opened.says("Sign in with your passkey") && opened.says("new invitation"), "{}", opened.text());
        assert!(!is_signed_in(&server, &by_link).await);

        let (status, _) = sign_in(&server, &by_link, |options| phone.get(options)).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(get(&by_link, &server.at("/admin")).await.status, StatusCode::OK);
        let way_back = stranger();
        assert_eq!(post(&way_back, &admin(EMAIL).await, &Fields::new()).await.status, StatusCode::SEE_OTHER);
        assert_eq!(get(&way_back, &server.at("/admin")).await.status, StatusCode::OK, "the way back in");

        let (opened, _) = open_code(&server).await;
        assert_eq!(opened.status, StatusCode::FORBIDDEN, "nor with the code in another browser");
    }
}

/// Asks for a link and opens it in the same browser.
async fn open_link(server: &Server) -> (Page, Client) {
    let browser = stranger();
    ask_link(server, &browser).await;
    (get(&browser, &server.mailed_link(EMAIL).await).await, browser)
}

/// Asks in one browser and types the code in another.
async fn open_code(server: &Server) -> (Page, Client) {
    let sent = ask_link(server, &stranger()).await;
    let start = sent.html.find("berth-code\">").unwrap() + "berth-code\">".len();
    let code = sent.html[start..].split('<').next().unwrap().to_owned();
    let browser = stranger();
    let fields = vec![("code".to_owned(), code)];
    (post(&browser, &server.mailed_link(EMAIL).await, &fields).await, browser)
}

async fn ask_link(server: &Server, browser: &Client) -> Page {
    let mut fields = get(browser, &server.at("/sign-in")).await.form("/sign-in");
    set(&mut fields, "email", EMAIL);
    post(browser, &server.at("/sign-in"), &fields).await
}

#[test(flavor = "multi_thread")]
async fn a_passkey_is_offered_after_the_first_sign_in_and_only_where_browsers_know_them() {
    let home = Home::on_sqlite();
    let (server, browser) = begin(&home).await;
    let offer = get(&browser, &server.at("/start")).await;
    assert!(offer.says("Sign in faster next time") && offer.links().contains(&"/update".to_owned()));
    add_passkey(&server, &browser, "").await;
    assert_eq!(get(&browser, &server.at("/start")).await.location(), "/update", "they have one now");
    assert!(get(&stranger(), &server.at("/sign-in")).await.html.contains("data-berth-passkey=\"use\""));

    let home = Home::on_sqlite();
    let server = Server::start(&home);
    let browser = server.browser(EMAIL, Role::Staff, Vec::new()).await;
    assert_eq!(get(&browser, &server.at("/start")).await.location(), "/board");
    assert!(account(&server, &browser).await.says("Passkeys cannot be set up at this address"));
    assert!(!get(&stranger(), &server.at("/sign-in")).await.html.contains("data-berth-passkey"));
    assert_eq!(send(&server, &stranger(), "/sign-in/passkey/begin", &json!({})).await.0, StatusCode::NOT_FOUND);
}
