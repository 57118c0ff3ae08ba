//! The table of OWASP's requirements names tests that exist. Whether they prove enough is for a reader.

use std::collections::BTreeSet;

use crate::tidy::source::tracked;

const TABLE: &str = include_str!("../docs/reference/asvs.md");

/// The rows of all tables: which requirement, and what holds it.
fn rows() -> Vec<(&'static str, &'static str)> {
    let rows = TABLE.lines().filter(|line| line.starts_with("| ") && line.contains(|c: char| c.is_ascii_digit()));
    let cells = |line: &'static str| line.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>();
    rows.map(cells).map(|cells| (cells[0], cells[2])).collect()
}

#[test]
fn every_test_that_the_security_table_names_exists() {
    let files = tracked(|path| path.ends_with(".rs"));
    let known: BTreeSet<&str> = files.iter().flat_map(|file| file.tests()).collect();
    let rows = rows();
    assert!(rows.len() > 50, "the table was not read: {}", rows.len());
    let mut wrong = Vec::new();
    for (requirement, holds) in rows {
        let named: Vec<&str> = holds.split('`').skip(1).step_by(2).collect();
        wrong.extend(named.iter().filter(|name| !known.contains(*name)).map(|name| format!("{requirement}: {name}")));
        let without = ["by design", "the operator", "the controller"];
        if named.is_empty() && !without.contains(&holds) {
            wrong.push(format!("{requirement}: neither a test nor a reason: {holds:?}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
