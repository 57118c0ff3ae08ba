//! What search engines find: the pages of services and guides, and nobody's own pages.

use berth::domain::words::Role;
use reqwest::StatusCode;
use tokio::test;

use crate::support::homes::{add, care_home};
use crate::support::html::get;
use crate::support::server::{Server, stranger};
use crate::support::{BEGIN, Home, stamp};

fn begin(home: &Home) -> Server {
    let mut left = care_home("1-2", "Beech House");
    left.left_at = Some(stamp(BEGIN));
    add(&home.db(), stamp(BEGIN), vec![care_home("1-1", "Alder & Ash House"), left]);
    Server::start(home)
}

#[test(flavor = "multi_thread")]
async fn the_sitemap_lists_every_service_on_the_register_and_robots_txt_names_it() {
    let home = Home::on_sqlite();
    let server = begin(&home);
    let robots = get(&stranger(), &server.at("/robots.txt")).await;
    assert!(robots.html.contains(&format!("Sitemap: {}", server.at("/sitemap.xml"))), "{}", robots.html);
    for path in ["/admin", "/update", "/board", "/sign-in", "/confirm/", "/search?"] {
        assert!(robots.html.lines().any(|line| line == format!("Disallow: {path}")), "{path}");
    }
    let map = get(&stranger(), &server.at("/sitemap.xml")).await;
    assert_eq!(map.headers["content-type"], "application/xml");
    let listed: Vec<&str> = map.html.split("<loc>").skip(1).map(|rest| rest.split("</loc>").next().unwrap()).collect();
    assert!(
        listed.contains(&server.at("/services/1-1").as_str())
            && listed.contains(&server.at("/guides/home-care").as_str())
    );
    assert!(!listed.contains(&server.at("/services/1-2").as_str()), "it has left the register");
    for address in listed {
        let page = get(&stranger(), address).await;
        assert_eq!(page.status, StatusCode::OK, "{address}");
        assert!(page.html.contains(&format!("<link rel=\"canonical\" href=\"{address}\">")), "{address}");
        assert!(!page.html.contains("noindex"), "{address}");
        assert!(!page.html.contains("name=\"description\" content=\"\""), "{address} says what it is");
    }
}

#[test(flavor = "multi_thread")]
async fn a_service_tells_engines_its_name_and_phone_and_ones_own_pages_ask_not_to_be_listed() {
    let home = Home::on_sqlite();
    let server = begin(&home);
    let page = get(&stranger(), &server.at("/services/1-1?published=3")).await;
    assert!(page.html.contains("<h1 class=\"govuk-heading-l\" itemprop=\"name\">Alder &amp; Ash House</h1>"));
    assert!(page.html.contains("property=\"og:title\" content=\"Alder &amp; Ash House\""), "{}", page.html);
    assert!(page.html.contains(&format!("rel=\"canonical\" href=\"{}\"", server.at("/services/1-1"))));
    let operator = server.browser("ana@example.org", Role::Operator, Vec::new()).await;
    for path in ["/admin", "/account", "/alerts", "/sign-in", "/services/1-2"] {
        assert!(get(&operator, &server.at(path)).await.html.contains("name=\"robots\" content=\"noindex\""), "{path}");
    }
}
