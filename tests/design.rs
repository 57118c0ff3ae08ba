//! The gallery shows every part of the pages, drawn by the parts themselves, and only in a demonstration.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::StatusCode;
use tokio::test;

use crate::demo::county;
use crate::support::html::get;
use crate::support::server::{Server, stranger};

/// The files of a folder of pages, by name.
fn files(folder: &str) -> BTreeMap<String, String> {
    let root = format!("{}/web/pages/{folder}", env!("CARGO_MANIFEST_DIR"));
    let read = |path: std::path::PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, std::fs::read_to_string(path).unwrap())
    };
    let paths = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
    paths.filter(|path| path.is_file()).map(read).collect()
}

/// The name that follows each of these words.
fn names<'a>(text: &'a str, words: &str) -> Vec<&'a str> {
    text.split(words).skip(1).map(|rest| rest.split(['(', '"']).next().unwrap()).collect()
}

/// Whether a macro of this name is called in a text.
fn calls(text: &str, name: &str) -> bool {
    let call = format!("{name}(");
    text.match_indices(&call).any(|(at, _)| {
        let before = &text[..at];
        !before.ends_with(|c: char| c.is_alphanumeric() || c == '_') && !before.ends_with("macro ")
    })
}

/// What is on the gallery: what its pages call and include, and what these parts call themselves.
fn unseen(parts: &BTreeMap<String, String>, gallery: &str) -> Vec<String> {
    let mut bodies: Vec<(String, &str)> = Vec::new();
    for (file, text) in parts {
        let macros = text.split("{% macro ").skip(1);
        bodies.extend(macros.map(|body| (body.split('(').next().unwrap().to_owned(), body)));
        if !text.contains("{% macro ") {
            bodies.push((file.clone(), text));
        }
    }
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut texts = vec![gallery];
    while let Some(text) = texts.pop() {
        for (name, body) in &bodies {
            let is_shown = calls(text, name) || text.contains(&format!("include \"parts/{name}\""));
            if is_shown && seen.insert(name.clone()) {
                texts.push(body);
            }
        }
    }
    bodies.into_iter().map(|(name, _)| name).filter(|name| !seen.contains(name)).collect()
}

#[std::prelude::v1::test]
fn every_part_of_the_pages_is_on_the_gallery() {
    let parts = files("parts");
    let layout = files("").remove("layout.html").unwrap();
    let gallery: String = files("design").into_values().chain([layout]).collect();
    assert_eq!(unseen(&parts, &gallery), Vec::<String>::new());
    let mut more = parts;
    more.insert("new.html".to_owned(), "{% macro new_part(x) %}{{ x }}{% endmacro %}".to_owned());
    assert_eq!(unseen(&more, &gallery), ["new_part"], "a part that is forgotten is noticed");
}

#[test(flavor = "multi_thread")]
async fn the_gallery_is_whole_in_a_demonstration_and_nowhere_else() {
    let home = county();
    let own = Server::start(&home);
    for path in ["/design", "/design/form"] {
        assert_eq!(get(&stranger(), &own.at(path)).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let demo = Server::start_demonstration(&home);
    let index = get(&stranger(), &demo.at("/design")).await;
    let sheets: Vec<String> = index.links().into_iter().filter(|link| link.starts_with("/design/")).collect();
    assert!(sheets.len() > 6, "{sheets:?}");
    for sheet in sheets.iter().filter(|link| !link.ends_with("nothing-here")) {
        let page = get(&stranger(), &demo.at(sheet)).await;
        assert_eq!(page.status, StatusCode::OK, "{sheet}: {}", page.text());
        assert_eq!(page.html.matches("<h1").count(), 1, "{sheet}");
        let ids = names(&page.html, " id=\"");
        let each: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), each.len(), "{sheet}: an id stands twice");
    }
    let services = get(&stranger(), &demo.at("/design/service")).await;
    for words in ["Vacancies", "Full", "On request", "Closed to admissions", "Not confirmed for", "Not told yet"] {
        assert!(services.says(words), "{words}: {}", services.text());
    }
}
