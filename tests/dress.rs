//! A deployment in its own colour and with its own logo: every page, icon, mail and guide wears them,
//! and what cannot be worn stops the start with a sentence.

use berth::app::App;
use berth::domain::words::Role;
use berth::guide::html::style_source;
use reqwest::StatusCode;
use serde_json::Value;
use tokio::test;

use crate::support::Home;
use crate::support::html::{get, post};
use crate::support::server::{Server, stranger};

const COLOUR: &str = "#5a1f6e";
const LOGO: &str =
    r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 50"><path d="M0 0h200v50z" fill="#fff"/></svg>"##;

/// The address that follows these words on a page.
fn after<'a>(html: &'a str, words: &str) -> &'a str {
    let start = html.find(words).unwrap_or_else(|| panic!("no {words}")) + words.len();
    html[start..].split('"').next().unwrap()
}

#[test(flavor = "multi_thread")]
async fn colour_and_logo_are_on_every_page_in_the_manifest_in_mails_and_on_guides() {
    let home = Home::on_sqlite();
    let file = home.path("logo.svg");
    std::fs::write(&file, LOGO).unwrap();
    let own = [
        ("BERTH_SITE_COLOUR", COLOUR),
        ("BERTH_SITE_LOGO", file.to_str().unwrap()),
        ("BERTH_SITE_NAME", "Places in Example"),
        ("BERTH_RUN_BY", "Example County Council"),
    ];
    let server = Server::start_with(&home, &own);
    let page = get(&stranger(), &server.at("/")).await;
    assert_eq!(after(&page.html, "name=\"theme-color\" content=\""), COLOUR);
    assert!(!page.html.contains(" style=\"") && !page.html.contains("<style"), "the policy forbids inline styles");
    assert!(
        page.html.contains("alt=\"Example County Council\" width=\"160\" height=\"40\""),
        "the shape is known before"
    );
    let file = async |path: &str| {
        let answer = stranger().get(server.at(path)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        assert!(answer.headers()["Cache-Control"].to_str().unwrap().contains("immutable"), "{path}");
        (answer.headers()["Content-Type"].to_str().unwrap().to_owned(), answer.bytes().await.unwrap())
    };
    let style = format!("/assets/dress-{}", after(&page.html, "href=\"/assets/dress-"));
    let (kind, style) = file(&style).await;
    let style = String::from_utf8(style.to_vec()).unwrap();
    assert!(kind.starts_with("text/css") && style.contains(&format!("--berth-header:{COLOUR}")), "{kind} {style}");
    assert!(style.contains("prefers-color-scheme:dark"), "{style}");
    let (kind, logo) = file(&format!("/assets/logo-{}", after(&page.html, "src=\"/assets/logo-"))).await;
    assert_eq!((kind.as_str(), &logo[..]), ("image/svg+xml", LOGO.as_bytes()));
    let (kind, icon) = file(after(&page.html, "rel=\"icon\" type=\"image/svg+xml\" href=\"")).await;
    assert!(kind == "image/svg+xml" && String::from_utf8_lossy(&icon).contains(COLOUR));
    let (_, manifest) = file(after(&page.html, "rel=\"manifest\" href=\"")).await;
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    assert_eq!((&manifest["theme_color"], &manifest["short_name"]), (&COLOUR.into(), &"Places in Example".into()));
    for icon in manifest["icons"].as_array().unwrap() {
        let path = format!("/assets/{}", icon["src"].as_str().unwrap());
        assert!(server.app.dress.file(path.trim_start_matches('/')).is_some(), "{path} is in the usual colour");
        file(&path).await;
    }
    let (kind, touch) = file(after(&page.html, "rel=\"apple-touch-icon\" href=\"")).await;
    assert!(kind == "image/png" && touch.starts_with(b"\x89PNG"));

    server.invite("s@example.org", Role::Staff, Vec::new()).await;
    post(&stranger(), &server.at("/sign-in"), &vec![("email".to_owned(), "s@example.org".to_owned())]).await;
    server.mailed_link("s@example.org").await;
    let mail = server.mails("s@example.org").remove(0);
    assert!(mail.html.contains(COLOUR) && mail.text.contains("Places in Example"), "{}", mail.html);
    let guide = get(&stranger(), &server.at("/guides/residential.html")).await;
    assert!(guide.html.contains(&format!("--brand: {COLOUR};")) && !guide.html.contains("#0b4a5f"));
    let source = style_source(server.app.config.site_colour);
    assert!(guide.headers["Content-Security-Policy"].to_str().unwrap().contains(&source), "its own style may show");
}

#[test(flavor = "multi_thread")]
async fn without_a_colour_nothing_more_is_sent_and_a_name_alone_reaches_the_home_screen() {
    let home = Home::on_sqlite();
    let server = Server::start_with(&home, &[("BERTH_SITE_NAME", "Places")]);
    let page = get(&stranger(), &server.at("/")).await;
    assert!(!page.html.contains("/assets/dress-") && !page.html.contains("/assets/logo-"));
    let manifest = get(&stranger(), &server.at(after(&page.html, "rel=\"manifest\" href=\""))).await;
    let manifest: Value = serde_json::from_str(&manifest.html).unwrap();
    assert_eq!(manifest["name"], "Places: care vacancies");
    for icon in manifest["icons"].as_array().unwrap() {
        let path = format!("/assets/{}", icon["src"].as_str().unwrap());
        assert_eq!(get(&stranger(), &server.at(&path)).await.status, StatusCode::OK, "{path}");
    }
}

#[std::prelude::v1::test]
fn a_logo_that_could_act_stops_the_start_with_a_sentence() {
    let home = Home::on_sqlite();
    let file = home.path("logo.svg");
    std::fs::write(&file, LOGO.replace("<path", "<script>alert(1)</script><path")).unwrap();
    let config = home.config_with(&[("BERTH_SITE_LOGO", file.to_str().unwrap())]);
    let refused = App::open(config, home.clock.clone(), false).err().unwrap().to_string();
    assert!(refused.contains("BERTH_SITE_LOGO") && refused.contains("a script"), "{refused}");
}
