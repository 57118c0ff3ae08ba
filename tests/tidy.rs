//! The rules of the house that a machine can check, read from the files themselves: each rule, and a bad example that
//! shows it can say no. What the lints in `Cargo.toml` already refuse is not repeated here.

mod floors;
pub mod source;
mod web;

use source::{Source, tracked};

/// Hard end of the rule "about 400 lines": beyond it, a file holds more than one thing.
const MOST_LINES: usize = 450;

/// Libraries and acts with one door: the words that name them, and where they may stand.
const DOORS: [(&[&str], &[&str], &str); 11] = [
    (&["diesel", "diesel_migrations"], &["src/store/"], "SQL lives in store/"),
    (
        &["actix_web", "actix_http", "actix_server", "actix_service", "actix_codec", "actix_rt"],
        &["src/http/", "src/live/socket.rs"],
        "requests live in http/",
    ),
    (&["lettre"], &["src/notify/email.rs", "src/notify/smtp.rs"], "mail is written in one file and sent in one"),
    (&["typst", "typst_pdf"], &["src/guide/pdf.rs"], "typesetting is called in one file"),
    (&["env::var", "env::vars", "env::var_os"], &["src/config.rs", "src/config/"], "settings are read in one place"),
    (
        &["opentelemetry", "opentelemetry_otlp", "opentelemetry_sdk", "opentelemetry_http", "tracing_opentelemetry"],
        &["src/base/traces.rs"],
        "traces are sent from one file",
    ),
    (
        &["Utc::now", "Local::now", "SystemTime::now", "Instant::now"],
        &["src/base/clock.rs"],
        "a test must be able to set the clock",
    ),
    (&["webauthn_rs"], &["src/identity/passkey.rs"], "passkeys are asked and checked in one file"),
    (&["openidconnect"], &["src/identity/oidc.rs"], "single sign-on is asked and checked in one file"),
    (&["polib"], &["src/base/texts/mod.rs"], "the files of languages are read in one file"),
    (&["getrandom"], &["src/base/secret.rs"], "randomness comes from one file"),
];

fn doors(file: &Source) -> Vec<String> {
    let mut wrong = Vec::new();
    for (words, places, why) in DOORS {
        if !file.path.starts_with("src/") || places.iter().any(|place| file.path.starts_with(place)) {
            continue;
        }
        for word in words.iter().filter(|word| file.names(word)) {
            wrong.push(format!("{}: {word} belongs in {}, since {why}", file.path, places.join(" and ")));
        }
    }
    wrong
}

fn header(file: &Source) -> Vec<String> {
    let right = file.text.starts_with("//! ");
    (!right)
        .then(|| format!("{}: begin with `//!`: what this file is, and what it leaves out", file.path))
        .into_iter()
        .collect()
}

fn length(file: &Source) -> Vec<String> {
    let lines = file.text.lines().count();
    let wrong = lines > MOST_LINES;
    wrong.then(|| format!("{}: {lines} lines; {MOST_LINES} is the most", file.path)).into_iter().collect()
}

/// A test is named by the sentence it proves.
fn test_names(file: &Source) -> Vec<String> {
    let bad =
        |name: &str| name.split('_').count() < 3 || name.starts_with("test_") || name.contains(char::is_uppercase);
    let wrong = file.tests().into_iter().filter(|name| bad(name));
    wrong.map(|name| format!("{}: {name:?} is no sentence", file.path)).collect()
}

/// A test waits for what it is about, never for a while.
fn waits_on_conditions(file: &Source) -> Vec<String> {
    let mine = if file.path.starts_with("tests/") { file.code.as_str() } else { file.test_code() };
    let wrong = ["sleep(", "waitForTimeout", "setTimeout"].into_iter().filter(|word| mine.contains(word));
    wrong.map(|word| format!("{}: {word} in a test: wait on a condition", file.path)).collect()
}

/// Nothing of one machine or of unfinished work in what everybody gets.
fn no_leftovers(file: &Source) -> Vec<String> {
    // Put together here, so that this file does not name them itself.
    let words = [
        concat!("/ho", "me/"),
        concat!("/ro", "ot/"),
        concat!("/wo", "rk/"),
        concat!("/Us", "ers/"),
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("\"resolved\": \"ht", "tp"),
    ];
    let wrong = words.into_iter().filter(|word| file.text.contains(word));
    wrong.map(|word| format!("{}: {word} does not belong in a file that everybody gets", file.path)).collect()
}

/// Each migration is a folder `YYYY-MM-DD-HHMMSS_verb_thing` that can be done and undone.
fn migrations(paths: &[String]) -> Vec<String> {
    let mut folders: Vec<&str> = paths
        .iter()
        .filter_map(|path| path.strip_prefix("migrations/")?.split_once('/'))
        .map(|(folder, _)| folder)
        .collect();
    folders.dedup();
    let mut wrong = Vec::new();
    for folder in folders {
        let shape: String = folder.chars().take(18).map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        if shape != "0000-00-00-000000_" || folder.split('_').count() < 3 {
            wrong.push(format!("migrations/{folder}: name it YYYY-MM-DD-HHMMSS_verb_thing"));
        }
        for half in ["up.sql", "down.sql"] {
            if !paths.iter().any(|path| *path == format!("migrations/{folder}/{half}")) {
                wrong.push(format!("migrations/{folder}: {half} is missing"));
            }
        }
    }
    wrong
}

fn check(rule: fn(&Source) -> Vec<String>, files: &[Source]) {
    let wrong: Vec<String> = files.iter().flat_map(rule).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn rust() -> Vec<Source> {
    tracked(|path| path.ends_with(".rs"))
}

/// What a rule says of a made-up file.
fn said(rule: fn(&Source) -> Vec<String>, path: &str, text: &str) -> usize {
    rule(&Source::new(path, text)).len()
}

#[test]
fn floors_import_from_lower_floors_only() {
    check(floors::floors, &rust());
}

#[test]
fn each_library_comes_in_by_its_one_door() {
    check(doors, &rust());
    assert_eq!(said(doors, "src/ops/x.rs", "use diesel::prelude::*;"), 1);
    assert_eq!(said(doors, "src/live/hub.rs", "fn f() { actix_web::rt::spawn(g()) }"), 1);
    assert_eq!(said(doors, "src/domain/x.rs", "let now = chrono::Utc::now();"), 1);
    assert_eq!(said(doors, "src/jobs/x.rs", "std::env::var(\"X\")"), 1);
    assert_eq!(said(doors, "src/store/x.rs", "use diesel::prelude::*;"), 0);
    assert_eq!(said(doors, "src/guide/mod.rs", "use crate::guide::typst; // typst does it\nlet s = \"diesel\";"), 0);
}

#[test]
fn each_file_says_what_it_is() {
    check(header, &rust());
    assert_eq!(said(header, "src/x.rs", "use std::fmt;\n"), 1);
    assert_eq!(said(header, "src/x.rs", "//! A thing. It does no more.\n"), 0);
}

#[test]
fn no_file_is_too_long_to_read() {
    check(
        length,
        &tracked(|path| {
            [".rs", ".ts", ".mjs", ".scss", ".html"].iter().any(|end| path.ends_with(end))
                && !path.contains("snapshots")
        }),
    );
    assert_eq!(said(length, "src/x.rs", &"//! x\n".repeat(MOST_LINES + 1)), 1);
}

#[test]
fn every_test_is_named_by_what_it_proves() {
    check(test_names, &rust());
    assert_eq!(
        said(
            test_names,
            "src/x.rs",
            "#[test]\nfn parsing() {}\n#[tokio::test(flavor = \"x\")]\nasync fn test_the_parser() {}"
        ),
        2
    );
    assert_eq!(said(test_names, "src/x.rs", "#[test]\nfn a_blank_field_is_refused() {}\nfn helper() {}"), 0);
}

#[test]
fn no_test_waits_for_a_while() {
    check(waits_on_conditions, &tracked(|path| path.ends_with(".rs") || path.starts_with("tests/")));
    assert_eq!(said(waits_on_conditions, "tests/x.rs", "std::thread::sleep(second);"), 1);
    assert_eq!(
        said(waits_on_conditions, "src/x.rs", "fn f() {}\n#[cfg(test)]\nmod tests { fn g() { sleep(second) } }"),
        1
    );
    assert_eq!(
        said(waits_on_conditions, "src/x.rs", "async fn f() { sleep(second).await }\n#[cfg(test)]\nmod tests {}"),
        0
    );
}

#[test]
fn nothing_of_one_machine_is_left_behind() {
    check(no_leftovers, &tracked(|_| true));
    assert_eq!(said(no_leftovers, "README.md", concat!("see /ho", "me/ana/berth, TO", "DO")), 2);
    assert_eq!(said(no_leftovers, "package-lock.json", concat!("\"resolved\": \"ht", "tps://x\"")), 1);
}

#[test]
fn the_npm_of_debian_can_install_what_the_pages_need() {
    check(web::installable, &tracked(|path| path.starts_with("web/package") && path.ends_with(".json")));
    assert_eq!(said(web::installable, "web/package.json", r#"{"overrides": {"a": "1.0.0"}}"#), 1);
    assert_eq!(said(web::installable, "web/package-lock.json", r#""a": "latest""#), 1);
}

#[test]
fn every_migration_can_be_undone() {
    let paths: Vec<String> =
        tracked(|path| path.starts_with("migrations/")).into_iter().map(|file| file.path).collect();
    assert!(!paths.is_empty());
    assert_eq!(migrations(&paths), Vec::<String>::new());
    let bad = ["migrations/2026-11-23_things/up.sql".to_owned()];
    assert_eq!(migrations(&bad).len(), 2);
}

#[test]
fn templates_ask_only_for_files_that_are_built() {
    check(web::assets, &tracked(|path| path.starts_with("web/pages/")));
}

#[test]
fn every_form_of_the_pages_begins_with_its_token() {
    check(web::forms, &tracked(|path| path.starts_with("web/pages/")));
}

#[test]
fn every_template_of_a_page_or_a_mail_is_used() {
    let templates = tracked(|path| path.starts_with("web/pages/") || path.starts_with("web/mail/"));
    assert!(templates.len() > 40, "the templates were not found");
    let code =
        tracked(|path| path.starts_with("src/") || path.starts_with("web/pages/") || path.starts_with("web/mail/"));
    assert_eq!(web::unused(&templates, &code), Vec::<String>::new());
}
