//! Languages: the catalogue holds what pages, mails and code say; a page is in the language that its reader chose, and what
//! is English in it is marked so.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use berth::base::texts::{Message, agrees, agrees_as_form, languages};
use berth::domain::words::Role;
use berth::notify::letter;
use berth::web::catalogue;
use polib::catalog::Catalog;
use polib::message::Message as Entry;
use polib::metadata::CatalogMetadata;
use polib::po_file;
use reqwest::StatusCode;
use tokio::test;

use crate::support::homes::{add, care_home, confirmed, nursing};
use crate::support::html::{Page, get};
use crate::support::server::{Server, stranger};
use crate::support::{BEGIN, Home, stamp};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("web/texts")
}

/// As a file that programs for translators open.
fn as_template(all: &BTreeMap<Message, Vec<String>>) -> String {
    let mut metadata = CatalogMetadata::new();
    metadata.project_id_version = "Berth".to_owned();
    metadata.mime_version = "1.0".to_owned();
    metadata.content_type = "text/plain; charset=UTF-8".to_owned();
    metadata.content_transfer_encoding = "8bit".to_owned();
    let mut file = Catalog::new(metadata);
    file.preheader = vec![
        "Every text of Berth in English. Made by script/texts: never edit it.".to_owned(),
        "docs/how-to/languages.md says how to translate it.".to_owned(),
    ];
    let mut name = Entry::build_singular();
    name.with_msgctxt("language".to_owned()).with_msgid("English".to_owned());
    name.with_extracted_comments("What its speakers call the language of this file: Cymraeg, polski.".to_owned());
    file.append_or_update(name.done());
    for (message, places) in all {
        let source = places.join(" ");
        file.append_or_update(match &message.plural {
            None => Entry::build_singular().with_msgid(message.id.clone()).with_source(source).done(),
            Some(many) => Entry::build_plural()
                .with_msgid(message.id.clone())
                .with_msgid_plural(many.clone())
                .with_msgstr_plural(vec![String::new(), String::new()])
                .with_source(source)
                .done(),
        });
    }
    let mut written = std::io::BufWriter::new(Vec::new());
    po_file::write(&file, &mut written).unwrap();
    String::from_utf8(written.into_inner().unwrap()).unwrap()
}

#[test]
async fn the_catalogue_holds_what_pages_mails_and_code_say() {
    let all = catalogue::all(letter::sources());
    let has = |id: &str| all.keys().any(|message| message.id == id);
    for id in [
        "Skip to main content",
        "Run by {run_by}.",
        "Respite",
        "November",
        "Postcode or district",
        "{site}: your link to sign in",
    ] {
        assert!(has(id), "{id}");
    }
    let twice = |message: &&Message| {
        message.plural.is_some() && all.contains_key(&Message { plural: None, ..(*message).clone() })
    };
    assert_eq!(all.keys().find(twice), None, "gettext knows a text once, alone or as a plural");
    let now = as_template(&all);
    let path = folder().join("berth.pot");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, &now).unwrap();
        all_of_each_language(&all);
    }
    let then = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        then == now,
        "the texts have changed: run script/texts, and commit web/texts/berth.pot with what you changed"
    );
}

/// For who runs `script/texts`: how far each language is, and what in its file no page says any more.
fn all_of_each_language(all: &BTreeMap<Message, Vec<String>>) {
    for (code, file) in translations() {
        let known = |id: &str| all.keys().any(|message| message.id == id);
        let translated = file.messages().filter(|message| message.is_translated()).count();
        println!("{code}: {translated} of {} texts", all.len());
        for message in file.messages().filter(|message| message.msgctxt().is_none() && !known(message.msgid())) {
            println!("{code}: no page says any more: {}", message.msgid());
        }
    }
}

fn translations() -> Vec<(String, Catalog)> {
    let codes = languages().into_iter().filter(|code| code != "en");
    codes.map(|code| (code.clone(), po_file::parse(&folder().join(format!("{code}.po"))).unwrap())).collect()
}

#[test]
async fn every_translation_keeps_the_placeholders_of_its_text() {
    let all = translations();
    assert!(all.iter().any(|(code, file)| code == "cy" && file.count() > 300));
    for (code, file) in all {
        let mut named = false;
        for message in file.messages().filter(|message| message.is_translated()) {
            let id = message.msgid();
            named |= message.msgctxt() == Some("language");
            assert!(!message.is_fuzzy(), "{code}: {id}: what is not sure is left out");
            match message.msgstr_plural() {
                Err(_) => assert!(agrees(id, message.msgstr().unwrap()), "{code}: {id}"),
                Ok(forms) => {
                    assert_eq!(forms.len(), file.metadata.plural_rules.nplurals, "{code}: {id}");
                    let many = message.msgid_plural().unwrap();
                    assert!(forms.iter().all(|form| agrees_as_form(many, form)), "{code}: {id}");
                }
            }
        }
        assert!(named, "{code}: says what its language is called");
    }
}

fn begin(settings: &[(&str, &str)]) -> (Home, Server) {
    let home = Home::on_sqlite();
    let mut alder = care_home("1-1", "Alder House");
    alder.capacity = confirmed(stamp(BEGIN), vec![nursing(10, 7, 2)]);
    add(&home.db(), stamp(BEGIN), vec![alder, care_home("1-2", "Beech House")]);
    let server = Server::start_with(&home, settings);
    (home, server)
}

const BOTH: [(&str, &str); 1] = [("BERTH_LANGUAGES", "en,cy")];

fn has(page: &Page, html: &str) -> bool {
    page.html.contains(html)
}

fn leads(page: &Page, address: &str) -> bool {
    page.links().iter().any(|link| link == address)
}

#[test(flavor = "multi_thread")]
async fn a_reader_chooses_welsh_in_the_header_and_it_stays() {
    let (_home, server) = begin(&BOTH);
    let reader = stranger();
    let first = get(&reader, &server.at("/search?vacant=1")).await;
    assert!(has(&first, "<html lang=\"en-GB\"") && !first.headers.contains_key("set-cookie"));
    assert!(leads(&first, "/search?vacant=1&lang=cy") && has(&first, " hreflang=\"cy\" lang=\"cy\">Cymraeg</a>"));
    let welsh = get(&reader, &server.at("/search?vacant=1&lang=cy")).await;
    assert_eq!(welsh.status, StatusCode::OK, "no handler is asked about the language");
    assert!(has(&welsh, "<html lang=\"cy\""), "{}", welsh.html);
    for words in [
        "Neidio i",
        "Canllawiau",
        "1 gwasanaeth gofal",
        "O leiaf 1 lle gwag",
        "Lleoedd gwag",
        "llai na munud yn ôl",
        "Hygyrchedd",
    ] {
        assert!(welsh.says(words), "{words} in {}", welsh.text());
    }
    assert!(welsh.says("2 nyrsio cyffredinol, parhaol"), "{}", welsh.text());
    assert!(leads(&welsh, "/search?vacant=1&lang=en") && has(&welsh, " hreflang=\"en-GB\" lang=\"en-GB\">English</a>"));
    let service = get(&reader, &server.at("/services/1-1")).await;
    assert!(service.says("2 le gwag") && service.says("am 9:30am, 22 Tachwedd 2026"), "{}", service.text());
    let back = get(&reader, &server.at("/services/1-1?lang=en")).await;
    assert!(has(&back, "<html lang=\"en-GB\"") && back.says("2 vacancies, confirmed less than a minute ago"));
    assert!(has(&get(&reader, &server.at("/guides")).await, "<html lang=\"en-GB\""));
}

#[test(flavor = "multi_thread")]
async fn what_is_english_on_a_welsh_page_is_marked_for_screen_readers() {
    let (_home, server) = begin(&BOTH);
    let none = get(&stranger(), &server.at("/search?q=nobody&lang=cy")).await;
    assert!(has(&none, "cyfateb i: <span lang=\"en-GB\">care services"), "{}", none.html);
    let wrong = get(&stranger(), &server.at("/search?near=Nowhere&lang=cy")).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert!(
        wrong.title().starts_with("Gwall: ") && has(&wrong, "<li lang=\"en-GB\"><a href=\"#near\">"),
        "{}",
        wrong.html
    );
    let privacy = get(&stranger(), &server.at("/privacy?lang=cy")).await;
    assert!(
        privacy.says("Preifatrwydd")
            && has(&privacy, "<p class=\"govuk-body\" lang=\"en-GB\">We keep nothing about you.")
    );
    // What nobody has translated by a half stays English as a whole within the Welsh frame.
    let sign_in = get(&stranger(), &server.at("/sign-in?lang=cy")).await;
    assert!(has(&sign_in, "<div class=\"govuk-width-container\" lang=\"en-GB\">"), "{}", sign_in.html);
    assert!(sign_in.says("Mewngofnodi") && sign_in.says("Email me a link") && !sign_in.says("Mae problem"));
    let nowhere = get(&stranger(), &server.at("/nowhere?lang=cy")).await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
    assert!(nowhere.says("Ni ddaethpwyd o hyd") && !has(&nowhere, "<div class=\"govuk-width-container\" lang"));
}

#[test(flavor = "multi_thread")]
async fn search_engines_are_told_of_each_language_that_a_page_is_in() {
    let (_home, server) = begin(&BOTH);
    let welsh = get(&stranger(), &server.at("/services/1-1?lang=cy")).await;
    let (plain, own) = (server.at("/services/1-1"), server.at("/services/1-1?lang=cy"));
    for link in [
        format!("<link rel=\"canonical\" href=\"{own}\">"),
        format!("<link rel=\"alternate\" hreflang=\"en-GB\" href=\"{plain}\">"),
        format!("<link rel=\"alternate\" hreflang=\"cy\" href=\"{own}\">"),
        "content=\"cy_GB\"".to_owned(),
    ] {
        assert!(has(&welsh, &link), "{link} in {}", welsh.html);
    }
    assert!(get(&stranger(), &server.at("/robots.txt")).await.html.contains("\nAllow: /search?lang=\n"));
    let guide = get(&stranger(), &server.at("/guides/residential?lang=cy")).await;
    let canonical = format!("<link rel=\"canonical\" href=\"{}\">", server.at("/guides/residential"));
    assert!(has(&guide, &canonical) && !has(&guide, "hreflang=\"cy\" href=\"http"), "its content is English");
}

#[test(flavor = "multi_thread")]
async fn staff_have_their_pages_in_english_within_the_frame_that_they_chose() {
    let (_home, server) = begin(&BOTH);
    let staff = server.browser("s@example.org", Role::Operator, Vec::new()).await;
    let board = get(&staff, &server.at("/board?lang=cy")).await;
    assert_eq!(board.status, StatusCode::OK);
    assert!(board.says("Bwrdd byw") && board.says("Vacancies") && !board.says("Lleoedd gwag 2"), "{}", board.text());
    assert!(has(&board, "<div class=\"govuk-width-container\" lang=\"en-GB\">"));
    for path in ["/admin", "/account", "/alerts", "/enquiries", "/shortlist", "/update"] {
        assert!(has(&get(&staff, &server.at(path)).await, "<html lang=\"cy\""), "{path}");
    }
}

#[test(flavor = "multi_thread")]
async fn without_the_setting_there_is_one_language_and_nothing_to_choose() {
    let (_home, server) = begin(&[]);
    let page = get(&stranger(), &server.at("/?lang=cy")).await;
    assert!(has(&page, "<html lang=\"en-GB\"") && !page.headers.contains_key("set-cookie"));
    assert!(!has(&page, "berth-languages") && !has(&page, "hreflang") && !has(&page, "lang=\"cy\""), "{}", page.html);
    let search = get(&stranger(), &server.at("/search?lang=cy")).await;
    assert_eq!(search.status, StatusCode::BAD_REQUEST, "a key that nobody knows");
}

#[test(flavor = "multi_thread")]
async fn the_usual_language_is_the_first_and_one_that_is_not_there_is_refused() {
    let (_home, server) = begin(&[("BERTH_LANGUAGES", "cy,en")]);
    assert!(get(&stranger(), &server.at("/")).await.says("Chwilio am leoedd gwag"));
    let english = get(&stranger(), &server.at("/?lang=en")).await;
    assert!(english.says("Search vacancies"));
    let canonical = format!("<link rel=\"canonical\" href=\"{}\">", server.at("/?lang=en"));
    assert!(has(&english, &canonical), "{}", english.html);
    let cookie = english.headers["set-cookie"].to_str().unwrap();
    assert!(
        cookie.starts_with("berth-language=en; ") && cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    assert!(get(&stranger(), &server.at("/cookies?lang=en")).await.says("berth-language"));
    let unknown = get(&stranger(), &server.at("/search?lang=xx")).await;
    assert_eq!(unknown.status, StatusCode::BAD_REQUEST);
    assert!(!unknown.headers.contains_key("set-cookie"));
}
