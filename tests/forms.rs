//! What a browser may be made to send: forms without their session's token, from other sites, of an
//! earlier sign-in, too large, too often, by the wrong method; and the headers that every answer has.

use berth::domain::authority::AuthorityCode;
use berth::domain::care_service::CareServiceId;
use berth::domain::person::Target;
use berth::domain::words::{Role, Scope};
use reqwest::{Client, Method, StatusCode};
use serde_json::Value;
use tokio::test;

use crate::support::Home;
use crate::support::html::{Fields, Page, ask, get, post, press, set, value};
use crate::support::manager::{CONFIRM, FORM, begin, form, send, stored};
use crate::support::server::{Server, stranger};

const TOKEN: &str = "form_token";

fn of_alder() -> Vec<Target> {
    vec![Target::Service(CareServiceId::from_text("1-1"))]
}

#[test(flavor = "multi_thread")]
async fn a_form_without_the_token_of_its_session_does_nothing() {
    let home = Home::on_sqlite();
    let (server, manager) = begin(&home).await;
    let other = server.browser("other@example.org", Role::Manager, of_alder()).await;
    let own = form(&server, &manager).await;
    let own_token = value(&own, TOKEN).to_owned();
    let of_other = value(&form(&server, &other).await, TOKEN).to_owned();
    assert!(own_token.len() > 40 && own_token != of_other, "each session has its own");
    let mut nearly = own_token.clone();
    nearly.replace_range(..1, if own_token.starts_with('A') { "B" } else { "A" });
    for forged in ["", "x", &of_other, &nearly] {
        let mut fields = own.clone();
        set(&mut fields, TOKEN, forged);
        let refused = send(&server, &manager, &fields).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{forged:?}");
        let confirm: Fields = vec![(TOKEN.to_owned(), forged.to_owned())];
        for path in ["/sign-out", "/services/1-1/people/leave", "/alerts"] {
            let refused = post(&manager, &server.at(path), &confirm).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path} {forged:?}");
            assert!(refused.says("Nothing was done") || refused.says("Send it again"), "{path}: {}", refused.text());
        }
    }
    assert_eq!(stored(&home, "1-1").version, 1);
    assert_eq!(send(&server, &manager, &own).await.status, StatusCode::SEE_OTHER, "and with its token it does");
}

/// The forms of a page that are sent by POST, and how many of them carry a token.
fn posting(page: &Page) -> (usize, usize) {
    let forms: Vec<&str> = page.html.split("<form").skip(1).filter(|form| form.contains("method=\"post\"")).collect();
    let with_token = forms.iter().filter(|form| form.split("</form>").next().unwrap().contains("name=\"form_token\""));
    (forms.len(), with_token.count())
}

#[test(flavor = "multi_thread")]
async fn every_form_of_a_signed_in_page_carries_the_token() {
    let home = Home::on_sqlite();
    let (server, _) = begin(&home).await;
    let hampshire = Target::Authority(AuthorityCode::parse("E10000014").unwrap());
    let admin = server.browser("admin@example.org", Role::Admin, vec![hampshire]).await;
    server.token(&[Scope::CapacityWrite], of_alder()).await;
    server.invite("new@example.org", Role::Manager, of_alder()).await;
    let mut forms = 0;
    for path in [
        "/",
        "/update",
        FORM,
        "/alerts",
        "/services/1-1/people",
        "/services/1-1/claim",
        "/admin",
        "/admin/people",
        "/admin/invitations",
        "/admin/tokens",
        "/sign-in",
        "/account",
    ] {
        let page = get(&admin, &server.at(path)).await;
        let (all, with_token) = posting(&page);
        assert_eq!(all, with_token, "{path}");
        forms += all;
    }
    assert!(forms > 20, "{forms} forms");
    let public = get(&stranger(), &server.at("/alerts")).await;
    assert!(!public.html.contains(TOKEN), "a stranger has no session to protect");
}

#[test(flavor = "multi_thread")]
async fn a_form_of_an_earlier_sign_in_is_kept_and_sent_by_one_press_more() {
    let home = Home::on_sqlite();
    let (server, manager) = begin(&home).await;
    let mut fields = form(&server, &manager).await;
    set(&mut fields, "lines-0-occupied", "5");
    set(&mut fields, "lines-0-accepting", "4");
    // A second tab signs in anew meanwhile; the form stays open in the first.
    let link = server.invite("m@example.org", Role::Manager, of_alder()).await;
    post(&manager, &link, &Fields::new()).await;
    let kept = send(&server, &manager, &fields).await;
    assert_eq!(kept.status, StatusCode::FORBIDDEN);
    assert!(kept.says("What you typed is still here"), "{}", kept.text());
    assert_eq!(value(&kept.form(FORM), "lines-0-occupied"), "5");
    let sent = press(&manager, &server, &kept, FORM, &[]).await;
    assert_eq!((sent.status, sent.location()), (StatusCode::SEE_OTHER, "/services/1-1?published=2"));
}

#[test(flavor = "multi_thread")]
async fn a_wrong_method_is_told_which_are_right() {
    let home = Home::on_sqlite();
    let server = Server::start(&home);
    let described: Value = serde_json::from_str(include_str!("../web/openapi.json")).unwrap();
    let paths = described["paths"].as_object().unwrap();
    assert!(paths.len() > 10);
    for (path, operations) in paths {
        let mut right: Vec<String> = operations.as_object().unwrap().keys().map(|name| name.to_uppercase()).collect();
        right.sort();
        let all = ["GET", "POST", "PUT", "PATCH", "DELETE"];
        let wrong = all.into_iter().find(|method| !right.contains(&(*method).to_owned())).unwrap();
        let address = server.at(&format!("/api/v1{}", path.replace(['{', '}'], "")));
        let answer = stranger().request(Method::from_bytes(wrong.as_bytes()).unwrap(), address).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{wrong} {path}");
        assert_eq!(answer.headers()["Content-Type"], "application/problem+json");
        let allow = answer.headers()["Allow"].to_str().unwrap();
        let mut allowed: Vec<String> = allow.split(',').map(|method| method.trim().to_owned()).collect();
        allowed.sort();
        assert_eq!(allowed, right, "{path}");
    }
    let nothing = stranger().get(server.at("/api/v1/nothing")).send().await.unwrap();
    assert_eq!(nothing.status(), StatusCode::NOT_FOUND);
}

#[test(flavor = "multi_thread")]
async fn a_body_that_is_too_large_is_refused() {
    let home = Home::on_sqlite();
    let (server, manager) = begin(&home).await;
    let mut fields = form(&server, &manager).await;
    set(&mut fields, "lines-0-note", &"x".repeat(1 << 20));
    assert_eq!(send(&server, &manager, &fields).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let large = vec![b' '; (1 << 20) + 1];
    let answer = manager.post(server.at("/api/v1/alerts")).body(large).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(stored(&home, "1-1").version, 1);
}

#[test(flavor = "multi_thread")]
async fn strangers_of_one_address_are_slowed_down_and_programs_with_a_token_are_not() {
    let home = Home::on_sqlite();
    let (server, manager) = begin(&home).await;
    let client = stranger();
    let address = server.at("/api/v1/alerts");
    let mut tries = 0;
    let refused = loop {
        let answer = client.post(&address).body("{").send().await.unwrap();
        tries += 1;
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            break answer;
        }
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
        assert!(tries < 1100, "nobody is slowed down");
    };
    assert!(tries > 990 && refused.headers()["Retry-After"].to_str().unwrap().parse::<u32>().unwrap() >= 1);
    assert_eq!(refused.headers()["Content-Type"], "application/problem+json");
    let token = server.token(&[Scope::CapacityWrite], of_alder()).await;
    let confirm = client.post(server.at("/api/v1/services/1-1/capacity/confirm")).bearer_auth(token);
    assert_eq!(confirm.send().await.unwrap().status(), StatusCode::OK);
    let page = get(&manager, &server.at(FORM)).await;
    let confirmed = press(&manager, &server, &page, CONFIRM, &[]).await;
    assert_eq!(confirmed.status, StatusCode::SEE_OTHER, "people at the same address are counted by themselves");
}

#[test(flavor = "multi_thread")]
async fn behind_a_proxy_only_what_the_proxy_added_counts() {
    let home = Home::on_sqlite();
    let server = Server::start_with(&home, &[("BERTH_CLIENT_ADDRESS_HEADER", "X-Forwarded-For")]);
    let sign_in = |made_up: String, added: &'static str| {
        let request = Client::new().post(server.at("/sign-in")).form(&[("email", "nobody")]);
        // The client's own line, and another that the proxy adds behind it.
        ask(request.header("X-Forwarded-For", made_up).header("X-Forwarded-For", added))
    };
    for number in 0..50 {
        let page = sign_in(format!("10.0.0.{number}"), "198.51.100.1, 192.0.2.7").await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{number}");
    }
    let more = sign_in("10.0.1.1".to_owned(), "192.0.2.7").await;
    assert_eq!(more.status, StatusCode::TOO_MANY_REQUESTS, "another made-up address does not help");
    assert!(more.headers.contains_key("Retry-After"));
    assert_eq!(sign_in("192.0.2.7".to_owned(), "192.0.2.8").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    // Who asks the port itself, beside the proxy, is counted, too.
    for _ in 0..50 {
        ask(Client::new().post(server.at("/sign-in")).form(&[("email", "nobody")])).await;
    }
    let direct = ask(Client::new().post(server.at("/sign-in")).form(&[("email", "nobody")])).await;
    assert_eq!(direct.status, StatusCode::TOO_MANY_REQUESTS);
}

#[test(flavor = "multi_thread")]
async fn every_answer_tells_the_browser_to_be_careful() {
    let home = Home::on_sqlite();
    let plain = Server::start(&home);
    let secure = Server::start_with(&home, &[("BERTH_PUBLIC_URL", "https://places.example")]);
    for (server, is_https) in [(&plain, false), (&secure, true)] {
        for path in ["/", "/nothing", "/api/v1/services", "/api/v1/nothing", "/assets/none.js", "/livez"] {
            let headers = get(&stranger(), &server.at(path)).await.headers;
            let policy = headers["Content-Security-Policy"].to_str().unwrap();
            assert!(
                policy.contains("default-src 'self'")
                    && policy.contains("base-uri 'none'")
                    && policy.contains("frame-ancestors 'none'"),
                "{path}"
            );
            assert_eq!(headers["X-Content-Type-Options"], "nosniff", "{path}");
            assert_eq!(headers["Referrer-Policy"], "same-origin", "{path}");
            assert!(headers["Permissions-Policy"].to_str().unwrap().contains("camera=()"), "{path}");
            assert_eq!(headers.contains_key("Strict-Transport-Security"), is_https, "{path}");
        }
    }
}
