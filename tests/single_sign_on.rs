//! A council's single sign-on, against a real OpenID provider: who comes with a claim gets its roles, and
//! loses them with it; a provider that is down or lies, and a browser that did not ask, sign nobody in.

use std::net::TcpListener;

use berth::base::clock::Clock;
use berth::domain::authority::AuthorityCode;
use berth::domain::person::{EmailAddress, Target};
use berth::domain::words::Role;
use berth::store::people;
use chrono::Duration;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::test;

use crate::support::Home;
use crate::support::html::{Fields, Page, get, post, set};
use crate::support::provider::{CLIENT_ID, CLIENT_SECRET, Provider};
use crate::support::server::{Server, stranger};

const EMAIL: &str = "s@example.org";

struct Place {
    home: Home,
    server: Server,
    provider: Provider,
}

impl Place {
    /// On the machine's own time, by which the provider signs; `None` where there is no provider.
    async fn open(home: Home, own: &[(&str, &str)]) -> Option<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let provider = Provider::start(&format!("{url}/sign-in/sso/back")).await?;
        let mut settings = vec![
            ("BERTH_OIDC_ISSUER", provider.issuer.as_str()),
            ("BERTH_OIDC_CLIENT_ID", CLIENT_ID),
            ("BERTH_OIDC_CLIENT_SECRET", CLIENT_SECRET),
            ("BERTH_OIDC_ROLE_CLAIM", "roles"),
        ];
        settings.extend(own);
        let home = Home { clock: Clock::set_at(Clock::System.now()), ..home };
        let server = Server::start_on(&home, listener, url, &settings);
        Some(Self { home, server, provider })
    }

    /// Goes to the provider and as far back as it sends the browser; the address it comes back with.
    async fn go(&self, browser: &Client) -> String {
        let mut at = self.server.at("/sign-in/sso?next=%2Faccount");
        loop {
            let page = get(browser, &at).await;
            assert_eq!(page.status, StatusCode::SEE_OTHER, "{at}: {}", page.html);
            at = url::Url::parse(&at).unwrap().join(page.location()).unwrap().to_string();
            if at.starts_with(&self.server.at("/sign-in/sso/back")) {
                return at;
            }
        }
    }

    /// Signs a new browser in as far as it goes.
    async fn sign_in(&self, who: &Value, lie: &str) -> (Page, Client) {
        self.provider.tell(who, lie).await;
        let browser = stranger();
        let back = self.go(&browser).await;
        (get(&browser, &back).await, browser)
    }

    async fn is_signed_in(&self, browser: &Client) -> bool {
        get(browser, &self.server.at("/account")).await.status == StatusCode::OK
    }

    /// What this address was granted.
    async fn grants(&self, email: &str) -> Vec<String> {
        let email = EmailAddress::parse(email).unwrap();
        let person = self.server.app.db.read(move |c| people::by_email(c, &email)).await.unwrap();
        let grants = person.map(|person| person.grants).unwrap_or_default();
        grants.iter().map(|grant| format!("{} {}", grant.role, grant.target.text())).collect()
    }
}

fn somebody(roles: Value) -> Value {
    json!({ "sub": "u-1", "email": EMAIL, "email_verified": true, "roles": roles })
}

#[test(flavor = "multi_thread")]
async fn a_claim_gives_its_roles_and_takes_them_away_on_both_databases() {
    for home in Home::on_each() {
        let Some(place) = Place::open(home, &[]).await else { return };
        let (back, browser) = place.sign_in(&somebody(json!(["staff:E10000014", "Everyone"])), "").await;
        assert_eq!((back.status, back.location()), (StatusCode::SEE_OTHER, "/account"), "{}", back.text());
        assert_eq!(place.grants(EMAIL).await, ["staff authority:E10000014"]);
        let page = get(&browser, &place.server.at("/account")).await;
        assert!(page.says("Your council's sign-on") && page.says(EMAIL), "{}", page.text());

        let hampshire = Target::Authority(AuthorityCode::parse("E10000014").unwrap());
        place.server.invite(EMAIL, Role::Admin, vec![hampshire]).await;
        place.sign_in(&somebody(json!("admin:E10000014 staff:E06000044")), "").await;
        let both = ["admin authority:E10000014", "staff authority:E06000044"];
        assert_eq!(place.grants(EMAIL).await, both, "what they claim now, and what was given by hand");
        let (back, _) = place.sign_in(&somebody(json!([])), "").await;
        assert_eq!(back.status, StatusCode::SEE_OTHER);
        assert_eq!(place.grants(EMAIL).await, ["admin authority:E10000014"], "what was given by hand stays");
    }
}

#[test(flavor = "multi_thread")]
async fn who_loses_every_role_is_not_signed_in_and_their_open_pages_lose_it_too() {
    let Some(place) = Place::open(Home::on_sqlite(), &[]).await else { return };
    let (_, before) = place.sign_in(&somebody(json!(["staff"])), "").await;
    assert_eq!(get(&before, &place.server.at("/board")).await.status, StatusCode::OK);
    let (back, browser) = place.sign_in(&somebody(json!(["Everyone"])), "").await;
    assert_eq!(back.status, StatusCode::FORBIDDEN);
    assert!(back.says("has given you no role here"), "{}", back.text());
    assert!(!place.is_signed_in(&browser).await);
    assert_eq!(get(&before, &place.server.at("/board")).await.status, StatusCode::FORBIDDEN);
    assert!(place.grants(EMAIL).await.is_empty());
}

#[test(flavor = "multi_thread")]
async fn the_address_counts_only_if_the_provider_has_made_sure_of_it() {
    let Some(place) = Place::open(Home::on_sqlite(), &[]).await else { return };
    place.server.invite("boss@example.org", Role::Operator, Vec::new()).await;
    let claimed = |verified: Value| json!({ "sub": "u-2", "email": "boss@example.org", "email_verified": verified });
    for unsure in [json!(false), Value::Null] {
        let mut who = claimed(unsure.clone());
        if unsure.is_null() {
            who.as_object_mut().unwrap().remove("email_verified");
        }
        let (back, browser) = place.sign_in(&who, "").await;
        assert_eq!(back.status, StatusCode::FORBIDDEN, "{unsure}");
        assert!(!place.is_signed_in(&browser).await, "{unsure}");
    }
    let (_, browser) = place.sign_in(&claimed(json!(true)), "").await;
    assert!(place.is_signed_in(&browser).await);
    let other_address = json!({ "sub": "u-2", "email": "new@example.org", "email_verified": true });
    let (_, browser) = place.sign_in(&other_address, "").await;
    let page = get(&browser, &place.server.at("/account")).await;
    assert!(page.says("boss@example.org"), "known by who they are there, not by an address that changed");
}

#[test(flavor = "multi_thread")]
async fn a_provider_that_says_nothing_of_addresses_is_believed_where_the_setting_says_so() {
    let own = [("BERTH_OIDC_TRUST_EMAIL", "true"), ("BERTH_OIDC_ROLE_NAMES", "Brokerage team=staff:E10000014")];
    let Some(place) = Place::open(Home::on_sqlite(), &own).await else { return };
    let who = json!({ "sub": "u-3", "email": EMAIL, "roles": ["Brokerage team"] });
    let (back, _) = place.sign_in(&who, "").await;
    assert_eq!(back.status, StatusCode::SEE_OTHER, "{}", back.text());
    assert_eq!(place.grants(EMAIL).await, ["staff authority:E10000014"]);
    let denied =
        json!({ "sub": "u-4", "email": "n@example.org", "email_verified": false, "roles": ["Brokerage team"] });
    assert_eq!(place.sign_in(&denied, "").await.0.status, StatusCode::FORBIDDEN);
}

#[test(flavor = "multi_thread")]
async fn a_provider_that_lies_signs_nobody_in() {
    let Some(place) = Place::open(Home::on_sqlite(), &[]).await else { return };
    let who = somebody(json!(["staff"]));
    for lie in ["issuer", "nonce", "no nonce", "audience", "expired", "signature", "unsigned", "access token"] {
        let (back, browser) = place.sign_in(&who, lie).await;
        assert_eq!(back.status, StatusCode::FORBIDDEN, "{lie}: {}", back.text());
        assert!(back.says("could not be proved to be genuine"), "{lie}: {}", back.text());
        assert!(!place.is_signed_in(&browser).await, "{lie}");
        assert!(place.grants(EMAIL).await.is_empty(), "{lie}");
    }
    let (back, _) = place.sign_in(&who, "").await;
    assert_eq!(back.status, StatusCode::SEE_OTHER, "the truth still does");
    for jump in [Duration::hours(2), Duration::hours(-2)] {
        place.home.clock.advance(jump);
        assert_eq!(place.sign_in(&who, "").await.0.status, StatusCode::FORBIDDEN, "by a clock that is {jump} off");
        place.home.clock.advance(-jump);
    }
}

#[test(flavor = "multi_thread")]
async fn a_provider_that_is_away_or_calls_itself_another_is_asked_again_later() {
    let Some(mut place) = Place::open(Home::on_sqlite(), &[]).await else { return };
    let who = somebody(json!(["staff"]));
    place.provider.tell(&who, "discovery").await;
    let page = get(&stranger(), &place.server.at("/sign-in/sso")).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN, "{}", page.text());
    let (back, browser) = place.sign_in(&who, "").await;
    assert_eq!(back.status, StatusCode::SEE_OTHER, "it is asked again, and no start had to wait for it");
    let back = place.go(&stranger()).await;
    place.provider.stop().await;
    assert_eq!(get(&stranger(), &back).await.status, StatusCode::FORBIDDEN, "another browser, whatever the provider");
    place.home.clock.advance(Duration::minutes(11));
    let away = get(&stranger(), &place.server.at("/sign-in/sso")).await;
    assert_eq!(away.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(away.says("does not answer"), "{}", away.text());
    assert!(place.is_signed_in(&browser).await, "who is signed in stays so");
}

#[test(flavor = "multi_thread")]
async fn only_the_browser_that_went_comes_back_once_and_in_time() {
    let Some(place) = Place::open(Home::on_sqlite(), &[]).await else { return };
    place.provider.tell(&somebody(json!(["staff"])), "").await;
    let (browser, victim) = (stranger(), stranger());
    let back = place.go(&browser).await;
    let other = get(&victim, &back).await;
    assert!(other.status == StatusCode::FORBIDDEN && other.says("did not keep the cookie"), "{}", other.text());
    place.go(&victim).await;
    let other = get(&victim, &back).await;
    assert_eq!(other.status, StatusCode::GONE, "what was begun in another browser");
    assert_eq!(get(&browser, &back).await.status, StatusCode::GONE, "and is used up by that");

    let (first_tab, second_tab) = (place.go(&browser).await, place.go(&browser).await);
    for tab in [&first_tab, &second_tab] {
        assert_eq!(get(&browser, tab).await.location(), "/account");
        assert_eq!(get(&browser, tab).await.status, StatusCode::GONE, "once");
    }
    let late = place.go(&browser).await;
    place.home.clock.advance(Duration::minutes(10));
    assert_eq!(get(&browser, &late).await.status, StatusCode::GONE);
    let forged = place.server.at("/sign-in/sso/back?code=x&state=y");
    assert_eq!(get(&browser, &forged).await.status, StatusCode::GONE);
    let refused = place.go(&browser).await.replace("code=", "error=access_denied&was=");
    let page = get(&browser, &refused).await;
    assert!(page.status == StatusCode::FORBIDDEN && page.says("you stopped on the way"), "{}", page.text());
    let elsewhere = format!("{}&iss=https%3A%2F%2Fsomebody.example", place.go(&browser).await.replace("iss=", "was="));
    assert_eq!(get(&browser, &elsewhere).await.status, StatusCode::FORBIDDEN, "mixed up with another provider");
}

#[test(flavor = "multi_thread")]
async fn where_there_is_a_sign_on_a_mailed_link_is_too_little_for_who_administers() {
    let Some(place) = Place::open(Home::on_sqlite(), &[]).await else { return };
    let invitation = place.server.invite(EMAIL, Role::Operator, Vec::new()).await;
    let browser = stranger();
    let mut fields = get(&browser, &place.server.at("/sign-in")).await.form("/sign-in");
    set(&mut fields, "email", EMAIL);
    post(&browser, &place.server.at("/sign-in"), &fields).await;
    let opened = get(&browser, &place.server.mailed_link(EMAIL).await).await;
    assert_eq!(opened.status, StatusCode::FORBIDDEN);
    assert!(opened.says("Sign in with your council account"), "{}", opened.text());
    assert!(!place.is_signed_in(&browser).await);
    let (_, browser) = place.sign_in(&somebody(json!([])), "").await;
    assert_eq!(get(&browser, &place.server.at("/admin")).await.status, StatusCode::OK);
    assert_eq!(post(&stranger(), &invitation, &Fields::new()).await.status, StatusCode::SEE_OTHER, "the way back in");
}

#[test(flavor = "multi_thread")]
async fn without_the_setting_there_is_no_sign_on() {
    let server = Server::start(&Home::on_sqlite());
    for path in ["/sign-in/sso", "/sign-in/sso/back?code=x&state=y"] {
        assert_eq!(get(&stranger(), &server.at(path)).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert!(!get(&stranger(), &server.at("/sign-in")).await.html.contains("/sign-in/sso"));
}
