//! The register and the postcodes as they really are, where the folder with them is beside the project.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use berth::domain::place::Postcode;
use berth::domain::words::Kind;
use berth::import::cqc::{self, Wanted};
use berth::import::source::Source;
use berth::store::{changes, services};

use crate::support::Home;
use crate::support::command::{Ran, berth};

const FOUR: &str = "E10000014,E06000044,E06000045,E06000046";

/// The files of these names. `None`, said aloud, where they are not.
fn real<const N: usize>(names: [&str; N]) -> Option<[String; N]> {
    let folder: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    if !folder.is_dir() {
        eprintln!("skipped: the real data is not in {}", folder.display());
        return None;
    }
    Some(names.map(|name| folder.join(name).display().to_string()))
}

fn import(home: &Home, words: &[&str]) -> Ran {
    berth(home, &[&["import", "cqc", "--json"], words].concat())
}

fn figures<const N: usize>(ran: &Ran, names: [&str; N]) -> [u64; N] {
    let summary = ran.summary();
    names.map(|name| summary[name].as_u64().unwrap())
}

const FIGURES: [&str; 7] = ["rows_read", "out_of_scope", "rejected", "added", "changed", "unchanged", "left"];

fn counts(home: &Home) -> (usize, usize) {
    let all = home.db().read_now(services::all).unwrap();
    let of = |kind| all.iter().filter(|stored| stored.service.facts.kind == kind).count();
    (of(Kind::CareHome), of(Kind::HomeCare))
}

#[test]
fn our_four_authorities_have_the_same_649_care_homes_in_their_own_file_and_in_englands() {
    let Some([ours, england]) = real(["cqc/ratings_hiow_2021-02.csv", "cqc/ratings_england_2021-02.csv.gz"]) else {
        return;
    };
    let home = Home::on_sqlite();
    assert_eq!(figures(&import(&home, &[&ours]), FIGURES), [2294, 1341, 0, 952, 0, 0, 0]);
    assert_eq!(counts(&home), (649, 303));
    assert_eq!(figures(&import(&home, &[&ours]), FIGURES), [2294, 1341, 0, 0, 0, 952, 0]);
    let ran = import(&home, &[&england, "--authority", FOUR]);
    assert_eq!(figures(&ran, FIGURES), [74_184, 74_184 - 953, 0, 0, 0, 952, 0]);
    assert_eq!(home.db().read_now(changes::last_seq).unwrap(), 952);
    let from_england = Home::on_sqlite();
    import(&from_england, &[&england, "--authority", FOUR]);
    assert_eq!(counts(&from_england), (649, 303));
}

#[test]
fn the_whole_of_england_is_read_and_its_dirt_is_gone() {
    let Some([england]) = real(["cqc/ratings_england_2021-02.csv.gz"]) else { return };
    let source = Source::open(Path::new(&england)).unwrap();
    let reading = cqc::read(source, &Wanted::default(), |_| {}).unwrap();
    assert_eq!((reading.rows_read, reading.out_of_scope, reading.rejects), (74_184, 51_060, Vec::new()));
    let ids = |kind| {
        let entries = reading.entries.iter().filter(|entry| entry.told.kind == kind);
        entries.map(|entry| entry.id.as_str()).collect::<HashSet<_>>().len()
    };
    assert_eq!((ids(Kind::CareHome), ids(Kind::HomeCare)), (14_840, 8_268));
    let told = || reading.entries.iter().map(|entry| &entry.told);
    for facts in told() {
        assert_eq!(facts.name, facts.name.trim());
        let postcode = facts.address.postcode.as_deref().unwrap();
        assert_eq!(Postcode::parse(postcode).unwrap().to_string(), postcode);
        assert!(facts.provider.as_ref().is_some_and(|provider| provider.name != "-"));
    }
    assert_eq!(told().filter(|facts| facts.location.is_none()).count(), 95);
    assert!(told().filter_map(|facts| facts.rating.as_ref()).all(|rating| rating.published_on.is_some()));
}

#[test]
fn every_real_layout_comes_in_without_a_rejected_row() {
    let names = [
        "cqc/directory_2025-08_sample.csv",
        "cqc/directory_hiow_2025-08.csv",
        "cqc/locations_with_beds_2025-08_sample.csv",
        "cqc/locations_with_beds_hiow_2025-08.csv",
        "cqc/api_care_homes_devon_somerset_2021.csv.gz",
    ];
    let Some(files) = real(names) else { return };
    let home = Home::on_sqlite();
    for (file, (rows, out_of_scope)) in files.iter().zip([(500, 350), (23, 17), (999, 8), (37, 0), (728, 0)]) {
        let once = figures(&import(&home, &[file]), FIGURES);
        assert_eq!(once[..3], [rows, out_of_scope, 0], "{file}");
        let again = figures(&import(&home, &[file]), FIGURES);
        assert_eq!((again[3], again[4], again[5]), (0, 0, once[3] + once[4] + once[5]), "{file}");
    }
    let beds: u32 = home
        .db()
        .read_now(services::all)
        .unwrap()
        .iter()
        .filter_map(|stored| {
            let facts = &stored.service.facts;
            let is_of_the_api = ["E10000008", "E10000027", "E06000026", "E06000027", "E06000066"]
                .contains(&facts.authority.code.as_str());
            facts.beds.filter(|_| is_of_the_api)
        })
        .sum();
    assert!(beds >= 19_124, "{beds}");
}

#[test]
fn the_postcodes_of_our_area_come_in_whole() {
    let Some([ours, register]) = real(["postcodes/hiow_latlon.csv.gz", "cqc/ratings_hiow_2021-02.csv"]) else {
        return;
    };
    let home = Home::on_sqlite();
    import(&home, &[&register]);
    let ran = berth(&home, &["import", "postcodes", "--json", &ours]);
    assert_eq!(figures(&ran, ["rows_read", "rejected", "postcodes"]), [55_259, 0, 55_259]);
    let unplaced = |home: &Home| {
        let all = home.db().read_now(services::all).unwrap();
        all.iter().filter(|stored| stored.service.facts.location.is_none()).count()
    };
    assert_eq!(unplaced(&home), 0);
}
