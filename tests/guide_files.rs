//! The guides as files, made by the command line and by the workshop that pages use too: once for
//! however many ask, and whole or not at all.

use std::os::unix::fs::FileTypeExt as _;
use std::process::{Command, Output};
use std::sync::Arc;

use berth::app::App;
use berth::domain::change::{Change, ChangeKind};
use berth::domain::filter::Filter;
use berth::domain::words::GuideKind;
use berth::guide::workshop::{Asked, File, Format, Trouble};
use chrono::Duration;

use crate::support::homes::{add, care_home, confirmed, nursing};
use crate::support::{Home, stamp};

/// A home on SQLite with three care homes, one of which told us of two vacancies.
pub fn with_homes() -> Home {
    let home = Home::on_sqlite();
    let at = stamp("2026-11-22T08:15:00Z");
    let mut told = care_home("1-1", "Brook House");
    told.capacity = confirmed(at, vec![nursing(40, 38, 2)]);
    add(&home.db(), at, vec![told, care_home("1-2", "Abbey Lodge"), care_home("1-3", "Yew Tree")]);
    home
}

fn berth(home: &Home, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_berth"));
    command.current_dir(home.folder.path()).env("BERTH_DATA_DIR", home.folder.path());
    command.env("BERTH_DATABASE_URL", &home.database_url).args(arguments).output().unwrap()
}

fn build(home: &Home, arguments: &[&str]) -> Output {
    berth(home, &[&["guide", "build"], arguments].concat())
}

fn make(app: &App, kind: GuideKind, format: Format) -> Arc<File> {
    app.guides.make(Asked { kind, format, filter: Filter::default() }, &app.board.current(), app.moment()).unwrap()
}

#[test]
fn a_guide_is_built_in_the_format_that_is_named_or_that_the_file_is_named_after() {
    let home = with_homes();
    for (file, more, begins) in [
        ("a.pdf", &[][..], &b"%PDF-1."[..]),
        ("a.large-print.pdf", &[], b"%PDF-1."),
        ("a.html", &[], b"<!DOCTYPE html>"),
        ("b.dat", &["--format", "html"], b"<!DOCTYPE html>"),
        ("a.txt", &["--format", "text"], b"\nGuide to residential care"),
    ] {
        let done = build(&home, &[&["residential", "--out", file], more].concat());
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let said = String::from_utf8(done.stdout).unwrap();
        assert_eq!(said, format!("wrote {file}: 3 care homes listed; 1 had vacancies.\n"));
        assert!(std::fs::read(home.path(file)).unwrap().starts_with(begins), "{file}");
    }
    let sizes = ["a.pdf", "a.large-print.pdf"].map(|file| std::fs::metadata(home.path(file)).unwrap().len());
    assert_ne!(sizes[0], sizes[1]);
}

#[test]
fn a_filter_chooses_what_is_listed_and_a_wrong_one_is_named() {
    let home = with_homes();
    assert!(build(&home, &["residential", "--out", "g.txt", "--filter", "vacant=1"]).status.success());
    let text = std::fs::read_to_string(home.path("g.txt")).unwrap();
    assert!(text.contains("Brook House") && !text.contains("Abbey Lodge"));
    for (arguments, named) in [
        (&["residential", "--out", "x", "--filter", "bedtype=x"][..], "bedtype"),
        (&["residential", "--out", "x", "--filter", "near=SO99+9ZZ"], "SO99 9ZZ"),
        (&["nursing", "--out", "x"], "nursing"),
        (&["residential", "--out", "x", "--format", "docx"], "docx"),
    ] {
        let done = build(&home, arguments);
        assert_eq!(done.status.code(), Some(2), "{arguments:?}");
        assert!(String::from_utf8_lossy(&done.stderr).contains(named), "{arguments:?}");
        assert!(!home.path("x").exists());
    }
}

#[test]
fn a_file_that_cannot_be_written_is_said_and_what_was_there_stays() {
    let home = with_homes();
    std::fs::create_dir(home.path("folder")).unwrap();
    for out in ["/dev/full", "nowhere/g.html", "folder"] {
        let done = build(&home, &["residential", "--out", out, "--format", "html"]);
        assert_eq!(done.status.code(), Some(1), "{out}");
        let said = String::from_utf8(done.stderr).unwrap();
        assert!(
            said.starts_with(&format!("berth: cannot write {out}: ")) && said.trim().lines().count() == 1,
            "{said}"
        );
    }
    assert!(std::fs::metadata("/dev/full").unwrap().file_type().is_char_device());
    let left = std::fs::read_dir(home.folder.path())
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok());
    assert_eq!(left.filter(|name| name.ends_with(".part")).count(), 0);
}

#[test]
fn the_operator_changes_words_without_a_build_and_a_mistake_in_them_is_named() {
    let home = with_homes();
    std::fs::create_dir_all(home.path("guide/residential")).unwrap();
    std::fs::write(home.path("guide/residential/01-how-to-use.md"), "# Our own words\n\nPhone us.\n").unwrap();
    assert!(build(&home, &["residential", "--out", "g.html"]).status.success());
    assert!(std::fs::read_to_string(home.path("g.html")).unwrap().contains("1. Our own words"));
    std::fs::write(home.path("guide/residential/01-how-to-use.md"), "# Ours\n\nIt costs {{fcn|x}}.\n").unwrap();
    let done = build(&home, &["residential", "--out", "g.html"]);
    assert_eq!(done.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&done.stderr).contains("residential/01-how-to-use.md: {{fcn}}"));
    let advice = String::from_utf8(berth(&home, &["check"]).stdout).unwrap();
    assert!(advice.contains("advice: a guide cannot be made: In residential/01-how-to-use.md: {{fcn}}"), "{advice}");
    assert!(advice.contains("advice: the figure pea is left out of the guides: its value is not known; look at"));
}

#[test]
fn two_who_ask_at_once_get_one_guide_and_a_change_or_time_makes_a_new_one() {
    let home = with_homes();
    let app = home.app();
    let (one, other) = std::thread::scope(|scope| {
        let ask = || make(&app, GuideKind::Residential, Format::Html);
        let (one, other) = (scope.spawn(ask), scope.spawn(ask));
        (one.join().unwrap(), other.join().unwrap())
    });
    assert!(Arc::ptr_eq(&one, &other));
    assert!(!Arc::ptr_eq(&one, &make(&app, GuideKind::Residential, Format::Text)));
    home.clock.advance(Duration::minutes(4));
    assert!(Arc::ptr_eq(&one, &make(&app, GuideKind::Residential, Format::Html)));
    home.clock.advance(Duration::minutes(20));
    assert!(Arc::ptr_eq(&one, &make(&app, GuideKind::Residential, Format::Html)), "nothing in it has changed");
    home.clock.advance(Duration::minutes(36));
    let later = make(&app, GuideKind::Residential, Format::Html);
    assert!(!Arc::ptr_eq(&one, &later) && one.tag != later.tag);
    let (at, kind) = (home.clock.now(), ChangeKind::ServiceAdded);
    let service = care_home("1-4", "New House");
    let change = Change { seq: 4, at, kind, previous_seq: 0, actor: "test".to_owned(), service };
    app.board.apply(&[Arc::new(change)]);
    assert!(make(&app, GuideKind::Residential, Format::Html).summary.starts_with("4 care homes"));
}

#[test]
fn a_guide_that_somebody_asked_for_is_made_again_in_the_background_when_its_data_have_changed() {
    let home = with_homes();
    let app = home.app();
    let asked = Asked { kind: GuideKind::Residential, format: Format::Text, filter: Filter::default() };
    let refresh = || app.guides.refresh(&app.board.current(), app.moment()).unwrap();
    refresh();
    assert_eq!(app.guides.size(&asked), None, "nobody asked for one");
    let first = make(&app, GuideKind::Residential, Format::Text);
    refresh();
    assert!(Arc::ptr_eq(&first, &make(&app, GuideKind::Residential, Format::Text)), "nothing has changed");
    let (at, kind) = (home.clock.now(), ChangeKind::ServiceAdded);
    let service = care_home("1-4", "New House");
    let change = Change { seq: 4, at, kind, previous_seq: 0, actor: "test".to_owned(), service };
    app.board.apply(&[Arc::new(change)]);
    refresh();
    assert!(app.guides.size(&asked).unwrap() > first.bytes.len(), "it lies ready with the new home");
}

#[test]
fn what_is_too_long_for_one_pdf_comes_in_volumes_or_says_what_to_choose() {
    let home = Home::on_sqlite();
    let at = stamp("2026-11-22T08:15:00Z");
    let homes = (0..3001).map(|number| {
        let mut one = care_home(&format!("1-{number}"), "Alder House");
        if number > 2998 {
            one.facts.authority = crate::support::homes::authority("E06000044", "Portsmouth");
        }
        one
    });
    add(&home.db(), at, homes.collect());
    let app = home.app();
    let (board, moment) = (app.board.current(), app.moment());
    let of = |format| Asked { kind: GuideKind::Residential, format, filter: Filter::default() };
    assert_eq!(app.guides.make(of(Format::Pdf), &board, moment).unwrap_err(), Trouble::TooLong(3001));
    assert!(app.guides.make(of(Format::Text), &board, moment).is_ok());
    let volumes = app.guides.volumes(&of(Format::Pdf), &board, &moment);
    let names: Vec<&str> = volumes.iter().map(|volume| volume.name.as_str()).collect();
    assert_eq!(names, ["Hampshire", "Portsmouth"]);
    let last = app.guides.make_volume(&of(Format::Text), (&volumes[1], "Volume 2 of 2"), &board, moment).unwrap();
    let text = String::from_utf8(last.bytes).unwrap();
    assert_eq!(last.summary, "2 care homes listed. None of them told us of vacancies.");
    assert!(text.contains("Volume 2 of 2: Portsmouth. Each volume has every chapter"), "{text}");
}
