//! The floors of the house: a file imports from lower floors only, and neighbours on one floor never import each other.
//! What stands on which floor is written in `docs/ARCHITECTURE.md`, and here for the machine.

use super::source::Source;

/// Lowest first. A name is a folder or a file directly in `src/`.
const FLOORS: [&[&str]; 10] = [
    &["base"],
    &["domain"],
    // Settings hold values of the domain: how long a figure is fresh.
    &["config"],
    &["store"],
    &["ops", "board"],
    &["notify", "live", "guide", "feed", "import", "identity", "web"],
    &["app"],
    &["jobs", "demo"],
    &["http"],
    // One verb serves: the command line starts what people and programs come in by.
    &["cli"],
];

fn floor(name: &str) -> Option<usize> {
    FLOORS.iter().position(|names| names.contains(&name))
}

pub fn floors(file: &Source) -> Vec<String> {
    let Some(path) = file.path.strip_prefix("src/") else { return Vec::new() };
    let own = path.split('/').next().unwrap_or_default().trim_end_matches(".rs");
    // The two roots: they name everything and are imported by nothing.
    if ["lib", "main"].contains(&own) {
        return Vec::new();
    }
    let Some(here) = floor(own) else {
        return vec![format!("{}: {own:?} stands on no floor: give it one in tests/tidy/floors.rs", file.path)];
    };
    let mut wrong = Vec::new();
    for name in imported(&file.code) {
        match floor(&name) {
            _ if name == own => {}
            None => wrong.push(format!("{}: crate::{name} stands on no floor", file.path)),
            Some(there) if there > here => {
                wrong.push(format!("{}: {name} stands on a higher floor than {own}", file.path))
            }
            Some(there) if there == here => wrong.push(format!("{}: {name} is a neighbour of {own}", file.path)),
            Some(_) => {}
        }
    }
    wrong.sort();
    wrong.dedup();
    wrong
}

/// The first names of all `crate::…` paths, also of `crate::{a, b::c}`. A macro of the crate (`crate::name!`) is no floor.
fn imported(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        let heads = match rest.strip_prefix('{') {
            Some(group) => first_names(group),
            None => vec![rest],
        };
        for head in heads {
            let end = head.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(head.len());
            if end > 0 && !head[end..].starts_with('!') {
                names.push(head[..end].to_owned());
            }
        }
    }
    names
}

/// What stands at the outermost level of a group, up to its closing brace.
fn first_names(group: &str) -> Vec<&str> {
    let (mut depth, mut begins, mut names) = (0, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                names.push(group[begins..at].trim());
                return names;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                names.push(group[begins..at].trim());
                begins = at + 1;
            }
            _ => {}
        }
    }
    names
}

#[test]
fn a_wrong_import_is_seen_however_it_is_written() {
    let wrong = |path: &str, code: &str| floors(&Source::new(path, code)).len();
    assert_eq!(wrong("src/store/jobs.rs", "use crate::ops::invite;"), 1);
    assert_eq!(wrong("src/ops/invite.rs", "use crate::{store::Db, board::{self, Page}, domain};"), 1);
    assert_eq!(wrong("src/live/hub.rs", "fn f() { crate::notify::send() }"), 1);
    assert_eq!(wrong("src/base/id.rs", "use crate::config::Config;"), 1);
    assert_eq!(wrong("src/app.rs", "use crate::http;"), 1);
    assert_eq!(wrong("src/domain/x.rs", "use crate::util::x;"), 1);
    assert_eq!(wrong("src/misc/x.rs", ""), 1);
}

#[test]
fn a_right_import_is_left_alone() {
    let wrong = |path: &str, code: &str| floors(&Source::new(path, code)).len();
    assert_eq!(wrong("src/http/page.rs", "use crate::{app::App, http::problem, base};"), 0);
    assert_eq!(wrong("src/config.rs", "use crate::domain::freshness;"), 0);
    assert_eq!(wrong("src/domain/x.rs", "crate::typed_id! { X } // use crate::store;"), 0);
    assert_eq!(wrong("tests/x.rs", "use crate::support;"), 0);
}
