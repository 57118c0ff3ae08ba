//! The guides on the web: the pages about them, and the files as a browser gets them.

use std::process::Command;

use berth::domain::filter::Filter;
use berth::domain::words::GuideKind;
use berth::guide::html::style_source;
use berth::guide::workshop::{Asked, Format};
use reqwest::StatusCode;

use crate::guide_files::with_homes;
use crate::support::server::Server;

/// A path, what kind of file it gives, and how that begins.
const FILES: [(&str, &str, &[u8]); 4] = [
    ("/guides/residential.pdf", "application/pdf", b"%PDF-"),
    ("/guides/residential.large-print.pdf", "application/pdf", b"%PDF-"),
    ("/guides/residential.html", "text/html; charset=utf-8", b"<!DOCTYPE html>"),
    ("/guides/home-care.txt", "text/plain; charset=utf-8", b"\nGuide to care at home"),
];

/// A page as people see it: its template writes slashes of addresses as entities.
async fn page(server: &Server, path: &str) -> String {
    let answer = reqwest::get(server.at(path)).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{path}");
    answer.text().await.unwrap().replace("&#x2f;", "/")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_file_of_a_guide_is_served_and_known_again_by_its_tag() {
    let home = with_homes();
    let server = Server::start(&home);
    for (path, media_type, begins) in FILES {
        let answer = reqwest::get(server.at(path)).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        assert_eq!(answer.headers()["content-type"], media_type, "{path}");
        let tag = answer.headers()["etag"].to_str().unwrap().to_owned();
        assert!(answer.bytes().await.unwrap().starts_with(begins), "{path}");
        let again = reqwest::Client::new().get(server.at(path)).header("if-none-match", &tag).send().await.unwrap();
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{path}");
        assert_eq!(again.headers()["etag"].to_str().unwrap(), tag);
    }
    for path in ["/guides/residential.docx", "/guides/residential.pdfx", "/guides/nursing", "/guides/residential."] {
        assert_eq!(reqwest::get(server.at(path)).await.unwrap().status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_that_is_served_is_the_file_that_is_built_and_its_policy_allows_its_style_only() {
    let home = with_homes();
    let server = Server::start(&home);
    let answer = reqwest::get(server.at("/guides/residential.html")).await.unwrap();
    let policy = answer.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'self'; ") && policy.contains("frame-ancestors 'none'"));
    assert!(policy.contains(&format!("style-src {};", style_source(None))) && !policy.contains("unsafe"));
    let page = answer.text().await.unwrap();
    let asked = Asked { kind: GuideKind::Residential, format: Format::Html, filter: Filter::default() };
    let made = server.app.guides.make(asked, &server.app.board.current(), server.app.moment()).unwrap();
    assert!(page.as_bytes() == made.bytes);
    let mut berth = Command::new(env!("CARGO_BIN_EXE_berth"));
    berth
        .current_dir(home.folder.path())
        .env("BERTH_DATA_DIR", home.folder.path())
        .env("BERTH_PUBLIC_URL", &server.url);
    let out = home.path("g.html");
    let built = berth.args(["guide", "build", "residential", "--out"]).arg(&out).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let timeless = |page: &str| -> String {
        page.lines()
            .filter(|line| {
                !["made at", "Made at", "made_at", "name=\"date\"", " ago", "<title>", "made on"]
                    .iter()
                    .any(|time| line.contains(time))
            })
            .collect()
    };
    assert_eq!(timeless(&page), timeless(&std::fs::read_to_string(out).unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_in_the_address_chooses_what_is_listed_and_a_wrong_one_is_named() {
    let home = with_homes();
    let server = Server::start(&home);
    let text = reqwest::get(server.at("/guides/residential.txt?vacant=1")).await.unwrap().text().await.unwrap();
    assert!(text.contains("Brook House") && !text.contains("Abbey Lodge"));
    let page = page(&server, "/guides/residential?vacant=1").await;
    assert!(page.contains("1 care home listed; 1 had vacancies.") && page.contains("/guides/residential.pdf?vacant=1"));
    let wrong = reqwest::get(server.at("/guides/residential.pdf?vacancies=1")).await.unwrap();
    assert_eq!(wrong.status(), StatusCode::BAD_REQUEST);
    assert!(wrong.text().await.unwrap().contains("vacancies"));
    assert_eq!(reqwest::get(server.at("/guides/residential?near=zz")).await.unwrap().status(), StatusCode::BAD_REQUEST);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_about_the_guides_lead_to_every_format_and_chapter() {
    let home = with_homes();
    let server = Server::start(&home);
    let both = page(&server, "/guides").await;
    for link in ["/guides/residential", "/guides/home-care.html", "/guides/residential.large-print.pdf"] {
        assert!(both.contains(&format!("href=\"{link}\"")), "{link}");
    }
    let one = page(&server, "/guides/residential").await;
    assert!(one.contains("href=\"/guides/residential.html#chapter-8\">What it costs and who pays</a>"));
    assert!(one.contains("3 care homes listed; 1 had vacancies."));
}
