//! Registers and postcodes as people have them come in: every layout, complementing each other,
//! twice without a trace, and with bad rows that cost only themselves.

use std::path::{Path, PathBuf};

use berth::domain::care_service::{CareService, CareServiceId, Facts};
use berth::domain::change::ChangeKind;
use berth::domain::words::{Band, CareType, Kind, Rating};
use berth::store::{changes, services};
use chrono::NaiveDate;

use crate::support::Home;
use crate::support::command::{Ran, berth};

const LAYOUTS: [&str; 6] = ["directory.csv", "search.csv", "filters.csv", "locations.csv", "ratings.csv", "api.csv"];
const OAK: &str = "1-1000000001";
const ELM: &str = "1-1000000002";

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/import").join(name);
    path.display().to_string()
}

fn import(home: &Home, words: &[&str]) -> Ran {
    berth(home, &[&["import", "cqc", "--json"], words].concat())
}

/// The figures of a summary, in this order.
fn figures<const N: usize>(ran: &Ran, names: [&str; N]) -> [u64; N] {
    let summary = ran.summary();
    names.map(|name| summary[name].as_u64().unwrap_or_else(|| panic!("{name} in {summary}")))
}

const IN_SERVICES: [&str; 4] = ["added", "changed", "unchanged", "left"];
const IN_ROWS: [&str; 3] = ["rows_read", "out_of_scope", "rejected"];

fn service(home: &Home, id: &str) -> CareService {
    home.db().read_now(|c| services::get(c, &CareServiceId::from_text(id))).unwrap().service
}

fn facts(home: &Home, id: &str) -> Facts {
    service(home, id).facts
}

fn count(home: &Home) -> usize {
    home.db().read_now(services::all).unwrap().len()
}

fn last_seq(home: &Home) -> i64 {
    home.db().read_now(changes::last_seq).unwrap()
}

/// Writes a file into the home and names it.
fn file(home: &Home, name: &str, content: impl AsRef<[u8]>) -> String {
    let path: PathBuf = home.path(name);
    std::fs::write(&path, content).unwrap();
    path.display().to_string()
}

const HEADINGS: &str = "Location ID,Location Name,Care home?,Location Primary Inspection Category,\
    Location Local Authority,Location Postal Code,Care homes beds,Location Latest Overall Rating,Publication Date";

fn home_row(id: &str, name: &str) -> String {
    format!("{id},{name},Y,Residential social care,Hampshire,ZZ1 1AA,20,Good,29/05/2026")
}

fn register(rows: &[String]) -> String {
    format!("{HEADINGS}\n{}\n", rows.join("\n"))
}

#[test]
fn every_layout_of_the_register_tells_the_same_home() {
    for layout in LAYOUTS {
        let home = Home::on_sqlite();
        let ran = import(&home, &[&fixture(layout)]);
        assert_eq!(figures(&ran, IN_SERVICES), [2, 0, 0, 0], "{layout}");
        let [rows_read, out_of_scope, rejected] = figures(&ran, IN_ROWS);
        let in_scope = if layout == "ratings.csv" { 4 } else { 2 };
        assert_eq!((rows_read - out_of_scope, rejected), (in_scope, 0), "{layout}");
        let oak = facts(&home, OAK);
        assert_eq!((oak.kind, oak.name.as_str()), (Kind::CareHome, "Oak House Nursing Home"), "{layout}");
        assert_eq!(oak.authority.code.as_str(), "E10000014", "{layout}");
        if layout != "locations.csv" {
            assert_eq!(oak.address.lines, ["The Lodge", "14 Field Road"], "{layout}");
            assert_eq!(oak.address.town.as_deref(), Some("Oakton"), "{layout}");
            assert_eq!(oak.address.postcode.as_deref(), Some("ZZ1 1AA"), "{layout}");
        }
        if layout != "api.csv" {
            let provider = oak.provider.unwrap();
            assert_eq!(provider.id.unwrap().as_str(), "1-2000000001", "{layout}");
            assert_eq!(provider.name, "Oak Care Limited", "{layout}");
        }
        if layout != "ratings.csv" {
            assert_eq!(oak.phone.as_deref(), Some("01632960001"), "{layout}");
            assert!(oak.website.unwrap().ends_with("://www.oakhouse.example"), "{layout}");
            assert_eq!(oak.care_types, [CareType::Residential, CareType::Nursing], "{layout}");
            assert_eq!(oak.bands, [Band::OlderPeople, Band::Dementia], "{layout}");
        }
        if ["filters.csv", "locations.csv", "api.csv"].contains(&layout) {
            assert_eq!(oak.beds, Some(40), "{layout}");
        }
        if !["directory.csv", "search.csv"].contains(&layout) {
            let rating = oak.rating.unwrap();
            let day = NaiveDate::from_ymd_opt(2026, 5, 29);
            assert_eq!((rating.overall, rating.published_on), (Rating::Good, day), "{layout}");
        }
        if ["filters.csv", "ratings.csv", "api.csv"].contains(&layout) {
            let location = oak.location.unwrap();
            assert_eq!((location.point.lat, location.point.lon, location.approximate), (51.1, -1.2, false), "{layout}");
        }
        let elm = facts(&home, ELM);
        assert_eq!((elm.kind, elm.beds, elm.rating), (Kind::HomeCare, None, None), "{layout}");
        let listed = if layout == "ratings.csv" {
            vec![CareType::HomeCare]
        } else {
            vec![CareType::HomeCare, CareType::SupportedLiving]
        };
        assert_eq!(elm.care_types, listed, "{layout}");
    }
}

#[test]
fn files_complement_each_other_and_the_second_run_leaves_no_trace() {
    for home in Home::on_each() {
        let files = LAYOUTS.map(fixture);
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        assert_eq!(figures(&import(&home, &files), IN_SERVICES), [2, 0, 0, 0]);
        let (oak, seq) = (facts(&home, OAK), last_seq(&home));
        assert_eq!((oak.beds, oak.phone.is_some(), oak.bands.len(), seq), (Some(40), true, 2, 2));
        assert_eq!(oak.rating.as_ref().unwrap().url.as_deref(), Some("http://www.cqc.org.uk/location/1-1000000001"));
        assert_eq!(figures(&import(&home, &files), IN_SERVICES), [0, 0, 2, 0]);
        for name in LAYOUTS {
            let [added, _, _, left] = figures(&import(&home, &[&fixture(name)]), IN_SERVICES);
            assert_eq!((added, left), (0, 0), "{name}");
            assert_eq!(facts(&home, OAK).rating, oak.rating, "{name}");
            let before = last_seq(&home);
            assert_eq!(figures(&import(&home, &[&fixture(name)]), IN_SERVICES), [0, 0, 2, 0], "{name}");
            assert_eq!(last_seq(&home), before, "{name}");
        }
    }
}

#[test]
fn names_of_registered_managers_are_nowhere_in_the_data() {
    let home = Home::on_sqlite();
    import(&home, &[&fixture("filters.csv"), &fixture("locations.csv"), "--rejects", "rejects.csv"]);
    assert_eq!(count(&home), 2);
    for name in ["berth.db", "rejects.csv"] {
        let content = std::fs::read(home.path(name)).unwrap();
        assert!(!content.windows(11).any(|part| part == b"Managerson,"), "a manager's name was kept");
    }
}

#[test]
fn a_dry_run_says_what_would_change_and_changes_nothing() {
    let home = Home::on_sqlite();
    let ran = import(&home, &[&fixture("locations.csv"), "--dry-run"]);
    assert_eq!(figures(&ran, IN_SERVICES), [2, 0, 0, 0]);
    assert_eq!(ran.summary()["dry_run"], true);
    assert_eq!((count(&home), last_seq(&home)), (0, 0));
}

#[test]
fn only_the_wanted_authorities_come_in_however_they_are_listed() {
    let path = fixture("filters.csv");
    let lists: [&[&str]; 4] = [
        &["--authority", "E10000014", &path],
        &[&path, "--authority", "E10000014", "E06000046"],
        &["--authority", "E10000014,E06000046", &path],
        &["--authority", "E10000014", "--authority", "E06000046", &path],
    ];
    for words in lists {
        let home = Home::on_sqlite();
        let ran = import(&home, words);
        assert_eq!(figures(&ran, IN_SERVICES), [1, 0, 0, 0], "{words:?}");
        assert_eq!(figures(&ran, ["rows_read", "out_of_scope", "other_authorities"]), [3, 2, 1], "{words:?}");
    }
    let home = Home::on_sqlite();
    for words in [&[path.as_str(), "--authority", "E99999999"][..], &["--authority", "Hampshire", &path], &[]] {
        assert_eq!(import(&home, words).code, 2, "{words:?}");
    }
}

#[test]
fn bad_rows_are_reported_with_line_and_reason_and_cost_only_themselves() {
    let home = Home::on_sqlite();
    let rows = [
        home_row("1-101", "Ash House"),
        "1-102,Cut off".to_owned(),
        home_row("", "Nameless"),
        home_row("1-103", " "),
        home_row("1-104", "Narnian House").replace("Hampshire", "Narnia"),
        home_row("1-105", "Beech House").replace(",20,", ",twenty,"),
        home_row("1-106", "Cedar House").replace("29/05/2026", "31/02/2026"),
        "x".repeat(5 << 20),
        home_row("1-107", "\"Open House"),
        home_row("1-108", "Yew House"),
        home_row("not an id", "Holly House"),
    ];
    let path = file(&home, "broken.csv", register(&rows));
    let ran = import(&home, &[&path, "--rejects", "rejects.csv"]);
    assert_eq!(figures(&ran, IN_ROWS), [11, 0, 9]);
    assert_eq!(figures(&ran, IN_SERVICES), [2, 0, 0, 0]);
    assert_eq!((facts(&home, "1-101").name, facts(&home, "1-108").name), ("Ash House".into(), "Yew House".into()));
    let mut rejects = csv::Reader::from_path(home.path("rejects.csv")).unwrap();
    let listed: Vec<(String, u64, String, String)> = rejects.deserialize().map(Result::unwrap).collect();
    for (at, (line, id, reason)) in [
        (3, "", "2 columns"),
        (4, "", "location id"),
        (5, "1-103", "no name"),
        (6, "1-104", "Narnia"),
        (7, "1-105", "twenty"),
        (8, "1-106", "31/2/2026"),
        (9, "", "longer than"),
        (10, "", "quotation mark"),
        (12, "not an id", "1-1000587219"),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!((&listed[at].0, listed[at].1, listed[at].2.as_str()), (&path, line, id));
        assert!(listed[at].3.contains(reason), "{} in {:?}", reason, listed[at]);
        assert!(ran.stderr.contains(&format!("line {line}: ")), "{}", ran.stderr);
    }
}

#[test]
fn a_file_that_cannot_be_trusted_is_refused_whole_and_nothing_of_the_others_is_half_done() {
    let home = Home::on_sqlite();
    let good = file(&home, "good.csv", register(&[home_row("1-101", "Ash House")]));
    let rows: Vec<String> = (0..2000).map(|id| home_row(&format!("1-{}", id * 7919), "A house")).collect();
    let archive = zstd::encode_all(register(&rows).as_bytes(), 1).unwrap();
    let no_id = HEADINGS.replace("Location ID", "Reference");
    for (name, content, sentence) in [
        ("cut.csv.zst", archive[..archive.len() / 2].to_vec(), "is cut off"),
        ("empty.csv", Vec::new(), "is empty"),
        ("columns.csv", format!("{no_id}\n{}\n", home_row("1-102", "Elm")).into_bytes(), "\"Location ID\""),
        ("letter.csv", b"Dear Sir or Madam,\n".to_vec(), "headings of a CQC register"),
        ("sheet.xlsx", b"PK\x03\x04 and so on".to_vec(), "save the sheet as CSV"),
    ] {
        let bad = file(&home, name, content);
        let ran = import(&home, &[&good, &bad]);
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{name}");
        assert!(ran.stderr.contains(&bad) && ran.stderr.contains(sentence), "{name}: {}", ran.stderr);
        assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    }
    assert_eq!(import(&home, &[&good, "no-such-file.csv"]).code, 1);
    assert_eq!(import(&home, &[&good, "--rejects", "no/such/folder.csv"]).code, 1);
    assert_eq!(import(&home, &[&good, "--rejects", "good.csv"]).code, 2);
    assert!(std::fs::read_to_string(&good).unwrap().contains("Ash House"));
    assert_eq!(count(&home), 0);
}

#[test]
fn the_order_of_day_and_month_is_the_files_own_or_somebody_says_it() {
    let home = Home::on_sqlite();
    let published = |id: &str| facts(&home, id).rating.unwrap().published_on.unwrap().to_string();
    let dated = |id: &str, date: &str| home_row(id, "A house").replace("29/05/2026", date);
    let american = [dated("1-101", "1/2/2025 12:00:00 AM"), dated("1-102", "2020-05-06"), dated("1-103", "05/29/2026")];
    import(&home, &[&file(&home, "american.csv", register(&american))]);
    assert_eq!(["1-101", "1-102", "1-103"].map(published), ["2025-01-02", "2020-05-06", "2026-05-29"]);
    // A row that is out of scope tells as well.
    let british = [dated("1-104", "01/02/2025"), dated("1-105", "13/02/2025").replace(",Y,", ",N,")];
    import(&home, &[&file(&home, "british.csv", register(&british))]);
    assert_eq!(published("1-104"), "2025-02-01");
    let either = file(&home, "either.csv", register(&[dated("1-106", "01/02/2025")]));
    let refused = import(&home, &[&either]);
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("--date-order") && refused.stderr.contains("01/02/2025"), "{}", refused.stderr);
    assert_eq!(import(&home, &[&either, "--date-order", "mdy"]).code, 0);
    assert_eq!(published("1-106"), "2025-01-02");
    assert_eq!(import(&home, &[&either, "--date-order", "ymd"]).code, 2);
}

#[test]
fn services_leave_only_by_a_register_that_is_declared_complete_and_can_come_back() {
    for home in Home::on_each() {
        let southampton = home_row("1-201", "Quay House").replace("Hampshire", "Southampton");
        let all = [home_row("1-101", "Ash House"), home_row("1-102", "Elm House"), southampton];
        import(&home, &[&file(&home, "all.csv", register(&all))]);
        let fewer = file(&home, "fewer.csv", register(&all[..1]));
        assert_eq!(figures(&import(&home, &[&fewer]), IN_SERVICES), [0, 0, 1, 0]);
        let unclear = file(&home, "unclear.csv", register(&[all[0].clone(), "cut off".to_owned()]));
        let ran = import(&home, &[&unclear, "--complete"]);
        assert_eq!(figures(&ran, IN_SERVICES), [0, 0, 1, 0]);
        assert!(ran.stderr.contains("nobody is marked as having left"), "{}", ran.stderr);
        let broken = file(&home, "broken.csv", register(&[all[0].clone(), all[1].replace(",20,", ",twenty,")]));
        assert_eq!(figures(&import(&home, &[&broken, "--complete"]), IN_SERVICES), [0, 0, 1, 0]);
        assert_eq!(figures(&import(&home, &[&fewer, "--complete", "--dry-run"]), IN_SERVICES), [0, 0, 1, 1]);
        assert_eq!(figures(&import(&home, &[&fewer, "--complete"]), IN_SERVICES), [0, 0, 1, 1]);
        assert_eq!(figures(&import(&home, &[&fewer, "--complete"]), IN_SERVICES), [0, 0, 1, 0]);
        assert!(service(&home, "1-102").left_at.is_some() && service(&home, "1-201").left_at.is_none());
        let back = import(&home, &[&file(&home, "all.csv", register(&all))]);
        assert_eq!(figures(&back, IN_SERVICES), [1, 0, 2, 0]);
        assert_eq!(service(&home, "1-102").left_at, None);
        let log = home.db().read_now(|c| changes::after(c, 3, 10)).unwrap();
        let kinds: Vec<(ChangeKind, &str)> = log.iter().map(|entry| (entry.kind, entry.service.id.as_str())).collect();
        assert_eq!(kinds, [(ChangeKind::ServiceLeft, "1-102"), (ChangeKind::ServiceAdded, "1-102")]);
    }
}

#[test]
fn services_are_put_on_the_map_by_their_postcode_then_their_district_unless_the_file_says_where() {
    for home in Home::on_each() {
        let location =
            |id: &str| facts(&home, id).location.map(|found| (found.point.lat, found.point.lon, found.approximate));
        let postcodes = |names: &[&str]| {
            let files: Vec<String> = names.iter().map(|name| fixture(name)).collect();
            let files: Vec<&str> = files.iter().map(String::as_str).collect();
            berth(&home, &[&["import", "postcodes", "--json"], files.as_slice()].concat())
        };
        import(&home, &[&fixture("search.csv")]);
        assert_eq!((location(OAK), location(ELM)), (None, None));
        let ran = postcodes(&["postcodes.csv", "districts.csv"]);
        assert_eq!(figures(&ran, ["rows_read", "rejected", "without_place", "postcodes"]), [7, 1, 1, 3]);
        assert_eq!(figures(&ran, ["added", "services_located"]), [2, 2]);
        assert!(ran.stderr.contains("postcodes.csv line 6: ") && ran.stderr.contains("not one"), "{}", ran.stderr);
        assert_eq!(location(OAK), Some((51.09, -1.19, true)));
        // ZZ2 2BB is not known: the middle of the district's postcodes.
        assert_eq!(location(ELM), Some((50.8, -1.3, true)));
        assert_eq!(figures(&import(&home, &[&fixture("search.csv")]), IN_SERVICES), [0, 0, 2, 0]);
        import(&home, &[&fixture("filters.csv")]);
        assert_eq!((location(OAK), location(ELM)), (Some((51.1, -1.2, false)), Some((50.9, -1.4, false))));
        import(&home, &[&fixture("search.csv")]);
        assert_eq!(location(OAK), Some((51.1, -1.2, false)));
        let again = postcodes(&["postcodes.csv", "districts.csv"]);
        assert_eq!(figures(&again, ["added", "changed", "unchanged", "services_located"]), [0, 0, 2, 0]);
    }
}

#[test]
fn services_and_the_log_go_out_as_csv_and_json() {
    let home = Home::on_sqlite();
    import(&home, &[&fixture("filters.csv")]);
    let csv = berth(&home, &["export", "services"]).stdout;
    assert!(csv.lines().any(|line| line.starts_with("1-1000000001,care_home,Oak House Nursing Home,")), "{csv}");
    assert_eq!(berth(&home, &["export", "services", "--format", "json", "--out", "services.json"]).code, 0);
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(home.path("services.json")).unwrap()).unwrap();
    assert_eq!((json[0]["id"].as_str(), json[0]["beds"].as_u64()), (Some(OAK), Some(40)));
    assert_eq!(json.as_array().unwrap().len(), 2);
    let log = berth(&home, &["export", "changes", "--format", "json"]).stdout;
    let log: serde_json::Value = serde_json::from_str(&log).unwrap();
    assert_eq!((log[1]["seq"].as_u64(), log[1]["kind"].as_str()), (Some(2), Some("service_added")));
    assert_eq!(berth(&home, &["export", "changes"]).stdout.lines().count(), 3);
    assert_eq!(berth(&home, &["export", "everything"]).code, 2);
}
