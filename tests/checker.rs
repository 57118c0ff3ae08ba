//! The report of the kill trials is itself put to the proof: a history in which all is well is sound, and each single
//! thing that is wrong in it is found. Where a loss is real, `tests/kill.rs` has it noticed.

use serde_json::json;

use crate::trial::report::{Entry, Report};
use crate::trial::watcher::Seen;

const ALL: &str = "";
const VACANT: &str = "vacant=1";

fn entry(seq: i64, service: &str, note: &str, vacant: bool) -> Entry {
    Entry { seq, service: service.to_owned(), note: note.to_owned(), vacant, left: false }
}

fn change(seq: i64, service: &str, note: &str) -> String {
    let service = json!({ "id": service, "capacity": { "lines": [{ "note": note }] } });
    json!({ "type": "change", "seq": seq, "service": service }).to_string()
}

fn gone(seq: i64) -> String {
    json!({ "type": "gone", "seq": seq, "id": "1-0" }).to_string()
}

/// What servers have acknowledged, said and kept.
struct History {
    acknowledged: Vec<(String, i64)>,
    log: Vec<Entry>,
    shown: Vec<(String, String)>,
    /// What the watcher of everything and that of vacancies heard.
    heard: [Vec<String>; 2],
}

impl History {
    fn in_which_all_is_well() -> Self {
        let begin =
            [r#"{"type":"hello","epoch":"e","seq":0}"#, r#"{"type":"snapshot","seq":0,"services":[],"more":false}"#];
        let heard = |then: &[String]| begin.iter().map(|text| (*text).to_owned()).chain(then.to_vec()).collect();
        let marks = [("a", 1), ("b", 2), ("c", 3), ("d", 4), ("e", 5)];
        let pairs = [("1-0", "c"), ("1-1", "e"), ("1-2", "d")];
        Self {
            acknowledged: marks.map(|(mark, seq)| (mark.to_owned(), seq)).to_vec(),
            log: vec![
                entry(1, "1-0", "a", true),
                entry(2, "1-1", "b", false),
                entry(3, "1-0", "c", false),
                entry(4, "1-2", "d", true),
                entry(5, "1-1", "e", true),
            ],
            shown: pairs.map(|(service, mark)| (service.to_owned(), mark.to_owned())).to_vec(),
            heard: [
                heard(&[
                    change(1, "1-0", "a"),
                    change(2, "1-1", "b"),
                    change(3, "1-0", "c"),
                    change(4, "1-2", "d"),
                    change(5, "1-1", "e"),
                ]),
                heard(&[change(1, "1-0", "a"), gone(3), change(4, "1-2", "d"), change(5, "1-1", "e")]),
            ],
        }
    }

    fn report(&self) -> Report {
        let seen = [ALL, VACANT].into_iter().zip(&self.heard).map(|(query, heard)| {
            let mut seen = Seen::of(query);
            heard.iter().for_each(|text| seen.take(text));
            seen
        });
        Report::of(Vec::new(), &self.acknowledged, &seen.collect::<Vec<_>>(), &self.shown, &self.log)
    }
}

/// That this makes the history unsound.
fn is_found(what: &str, plant: impl FnOnce(&mut History)) {
    let mut history = History::in_which_all_is_well();
    plant(&mut history);
    let report = history.report();
    assert!(!report.is_sound(), "{what} is not found: {report}");
}

#[test]
fn a_history_in_which_all_is_well_is_sound() {
    let report = History::in_which_all_is_well().report();
    assert!(report.is_sound(), "{report}");
}

#[test]
fn an_acknowledged_update_that_is_lost_doubled_or_elsewhere_is_found() {
    is_found("a lost update", |history| history.acknowledged.push(("f".to_owned(), 5)));
    is_found("an update with another's mark", |history| history.log[2].note = "x".to_owned());
    is_found("an update at another place", |history| history.acknowledged[2].1 = 2);
    is_found("a doubled update", |history| {
        history.log.push(entry(6, "1-1", "e", true));
        history.heard.iter_mut().for_each(|heard| heard.push(change(6, "1-1", "e")));
    });
    is_found("a lost end of the log", |history| drop(history.log.pop()));
}

#[test]
fn a_log_with_a_hole_or_out_of_order_is_found() {
    is_found("a hole", |history| drop(history.log.remove(1)));
    is_found("an entry before another", |history| history.log.swap(1, 2));
    is_found("a number twice", |history| history.log[3].seq = 3);
}

#[test]
fn figures_that_are_not_those_of_the_log_are_found() {
    is_found("earlier figures", |history| history.shown[0].1 = "a".to_owned());
    is_found("a missing service", |history| drop(history.shown.pop()));
    is_found("a service that nobody added", |history| history.shown.push(("1-9".to_owned(), String::new())));
}

#[test]
fn each_delivery_that_is_missing_doubled_out_of_order_or_another_is_found() {
    for watcher in 0..2 {
        let count = History::in_which_all_is_well().heard[watcher].len();
        for place in 2..count {
            let what = |how: &str| format!("delivery {place} of watcher {watcher} {how}");
            is_found(&what("missing"), |history| drop(history.heard[watcher].remove(place)));
            is_found(&what("doubled"), |history| {
                let again = history.heard[watcher][place].clone();
                history.heard[watcher].insert(place, again);
            });
            is_found(&what("before the one before it"), |history| {
                if place > 2 {
                    history.heard[watcher].swap(place - 1, place);
                } else {
                    history.heard[watcher].swap(place, place + 1);
                }
            });
            is_found(&what("as something else"), |history| {
                let said = &mut history.heard[watcher][place];
                *said = if said.contains("gone") { change(3, "1-0", "c") } else { said.replace("1-", "2-") };
            });
        }
        is_found("a new beginning", |history| {
            let begin = history.heard[watcher][1].clone();
            history.heard[watcher].push(begin);
        });
        is_found("another stream", |history| {
            history.heard[watcher].push(r#"{"type":"hello","epoch":"other","seq":5}"#.to_owned());
        });
        is_found("a reset", |history| history.heard[watcher].push(r#"{"type":"reset"}"#.to_owned()));
    }
}
