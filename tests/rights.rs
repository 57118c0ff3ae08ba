//! The table of rights in `docs/reference/rights.md` is what happens: every act as everybody, on both
//! databases; and whoever does something leaves an entry in the audit.

mod account;
mod acts;
mod cases;
mod voices;

use std::collections::BTreeSet;

use berth::ops::Refused;

use crate::rights::cases::{Case, World};
use crate::support::Home;

const TABLE: &str = include_str!("../docs/reference/rights.md");

/// A row of the table: an act, where it is in the code, what the audit says, and for whom what happens.
struct Row {
    act: &'static str,
    code: &'static str,
    audit: &'static str,
    expected: Vec<&'static str>,
}

fn cells(line: &'static str) -> Vec<&'static str> {
    line.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`')).collect()
}

/// The columns of people and tokens, and the rows.
fn table() -> (Vec<&'static str>, Vec<Row>) {
    let mut lines = TABLE.lines().filter(|line| line.starts_with('|'));
    let columns = cells(lines.next().unwrap()).split_off(3);
    let rows = lines.skip(1).map(|line| {
        let cells = cells(line);
        Row { act: cells[0], code: cells[1], audit: cells[2], expected: cells[3..].to_vec() }
    });
    (columns, rows.collect())
}

fn outcome(done: Result<(), Refused>) -> String {
    match done {
        Ok(()) => "yes".to_owned(),
        Err(Refused::NotAllowed) => "no".to_owned(),
        Err(Refused::NotFound) => "hidden".to_owned(),
        Err(other) => format!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_act_is_allowed_to_whom_the_table_says_and_leaves_its_entry() {
    let (columns, rows) = table();
    assert_eq!(columns.len(), 14);
    for home in Home::on_each() {
        let world = World::new(&home);
        let mut wrong = Vec::new();
        for row in &rows {
            assert_eq!(row.expected.len(), columns.len(), "{}", row.act);
            for (column, expected) in columns.iter().zip(&row.expected) {
                let case = Case::new(&world, column).await;
                let before = world.deeds_of(&case.actor);
                let done = outcome(acts::perform(&world, &case, row.act).await);
                let after = world.deeds_of(&case.actor);
                if done != *expected {
                    wrong.push(format!("{:?} as {column}: {done}, not {expected}", row.act));
                }
                // The public leaves no trail, and acts that change nothing leave none either.
                let leaves = *expected == "yes" && *column != "public" && row.audit != "–";
                let added = &after[before.len()..];
                if leaves != added.contains(&row.audit.to_owned()) || (!leaves && !added.is_empty()) {
                    wrong.push(format!("{:?} as {column}: the audit says {added:?}", row.act));
                }
            }
        }
        assert!(wrong.is_empty(), "on {}:\n{}", home.database_url, wrong.join("\n"));
    }
}

/// The acts somebody can do: public functions of `src/ops` that are handed who asks.
fn acts_in_code() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir("src/ops").unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let file = path.file_stem().unwrap().to_str().unwrap().to_owned();
        for piece in text.split("pub async fn ").skip(1) {
            let (name, rest) = piece.split_once('(').unwrap();
            let parameters = rest.split("->").next().unwrap();
            if ["Actor", "Telling", "Answering", ": By"].iter().any(|kind| parameters.contains(kind)) {
                found.insert(format!("{file}::{name}"));
            }
        }
    }
    found
}

#[test]
fn every_act_in_the_code_stands_in_the_table_of_rights() {
    let in_code = acts_in_code();
    assert!(in_code.len() > 15, "the acts were not found: {in_code:?}");
    let in_table: BTreeSet<String> =
        table().1.iter().map(|row| row.code.to_owned()).filter(|code| !code.starts_with("Actor::")).collect();
    assert_eq!(in_code, in_table);
}
