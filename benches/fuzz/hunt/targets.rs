//! What is hunted: each parser of what strangers send or upload, and what it promises besides not to
//! panic. The answer says in what way it took the input, so that the hunt knows something new.

use std::collections::HashMap;

use berth::base::stamp::Stamp;
use berth::domain::alert::AlertAsked;
use berth::domain::capacity::{Adjustment, BedLine, Capacity, CapacityUpdate, Line};
use berth::domain::care_service::{CareService, CareServiceId};
use berth::domain::enquiry::{NewAnswer, NewEnquiry};
use berth::domain::filter_text::Asked;
use berth::domain::invalid::Invalid;
use berth::domain::outline;
use berth::domain::personal;
use berth::domain::place::{Place, Point, Postcode};
use berth::domain::room;
use berth::domain::words::{EnquiryKind, Kind};
use berth::guide::texts::Texts;
use berth::import::capacity::CapacityFile;
use berth::import::source::Source;
use berth::import::{boundaries, cqc, postcodes};
use berth::live::protocol::{After, ClientMessage};
use chrono::NaiveDate;
use serde_json::Value;

use crate::hunt::frames;
use crate::trial::home;

pub struct Target {
    pub name: &'static str,
    /// Words that mean something to it.
    pub words: &'static [&'static str],
    pub bear: fn(&[u8]) -> String,
}

pub const ALL: [Target; 10] = [
    Target {
        name: "register",
        words: &["Location ID", "Care homes beds", "1-1000000001", "29/05/2026", "05/29/2026", "Overall", "Y", "|"],
        bear: register,
    },
    Target {
        name: "postcodes",
        words: &["postcode", "lat", "lon", "SO23 8UJ", "SO23", "99.999999", "-1.5"],
        bear: postcode_file,
    },
    Target {
        name: "capacity",
        words: &["id", "bed_type", "general_nursing", "maximum", "occupied", "reserved_until", "closed", "1-0", "yes"],
        bear: capacity_file,
    },
    Target {
        name: "filter",
        words: &["near=SO23", "within=5", "vacant=1", "bed_type=", "id=1-0&", "%C3", "q=", "&&", "by=2026-12-01"],
        bear: filter,
    },
    Target {
        name: "body",
        words: &[
            "\"lines\":[",
            "\"maximum\":9999",
            "\"rooms\":[{\"name\":\"a\"}]",
            "\"accepting\":-1",
            "\"need\":{",
            "\"quiet\":{\"from\":21,\"until\":7}",
        ],
        bear: body,
    },
    Target {
        name: "message",
        words: &["\"type\":\"filter\"", "\"query\":\"\"", "e.1", ".", "9223372036854775807"],
        bear: message,
    },
    Target {
        name: "frames",
        words: &["{\"type\":\"filter\",\"query\":\"vacant=1\"}", "\0\0\0\0", "\u{1}\0", "\u{fffd}"],
        bear: frames::bear,
    },
    Target {
        name: "guide",
        words: &["# ", "{{", "}}", "{{include ", "[a](b)", "```", "<b>", "| a | b |", "![", "***"],
        bear: guide,
    },
    Target {
        name: "boundaries",
        words: &["\"coordinates\":[[[", "E10000014", "MultiPolygon", "1e308"],
        bear: boundary_file,
    },
    Target {
        name: "words",
        words: &["SO23 8UJ", "943 476 5919", "50.9,-1.3", "Mr ", "1938-02-01", "\u{fe0f}"],
        bear: words,
    },
];

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 22).expect("a day")
}

/// In what way something was refused: where and how, but not in which words.
fn refused(invalid: &Invalid) -> String {
    invalid.mistakes().iter().map(|mistake| mistake.code).collect::<Vec<_>>().join(" ")
}

fn words_of(input: &[u8]) -> String {
    String::from_utf8_lossy(input).into_owned()
}

/// Every row is taken, passed over or rejected with its line.
fn register(input: &[u8]) -> String {
    let source = Source::of_bytes("file.csv", input.to_vec());
    let reading = match source.and_then(|source| cqc::read(source, &cqc::Wanted::default(), |_| {})) {
        Ok(reading) => reading,
        Err(refusal) => return format!("{:?}", std::mem::discriminant(&refusal.why)),
    };
    assert!(reading.rejects.len() as u64 + reading.out_of_scope <= reading.rows_read, "more rows than there are");
    let faults = reading.rejects.iter().map(|reject| format!("{:?}", std::mem::discriminant(&reject.fault)));
    let mut faults: Vec<_> = faults.collect();
    faults.sort();
    faults.dedup();
    format!("{} {} {faults:?}", reading.entries.len().min(9), reading.out_of_scope.min(3))
}

fn postcode_file(input: &[u8]) -> String {
    let mut reading = postcodes::Reading::default();
    let read =
        Source::of_bytes("file.csv", input.to_vec()).and_then(|source| postcodes::read(source, &mut reading, |_| {}));
    let what = read.map_err(|refusal| std::mem::discriminant(&refusal.why));
    format!("{what:?} {} {} {}", reading.districts.len().min(9), reading.nowhere.min(3), reading.rejects.len().min(9))
}

/// Whatever is taken adds up.
fn add_up(lines: &[Line]) {
    for line in lines.iter().filter_map(Line::bed) {
        let sum = |line: &BedLine| u32::from(line.occupied) + u32::from(line.reserved) + u32::from(line.accepting);
        assert!(sum(line) <= u32::from(line.maximum), "{line:?} does not add up");
    }
}

fn capacity_file(input: &[u8]) -> String {
    let known: HashMap<CareServiceId, CareService> = (0..3).map(|number| (home(number).id, home(number))).collect();
    let file = match Source::of_bytes("file.csv", input.to_vec()).and_then(|source| CapacityFile::read(source, None)) {
        Ok(file) => file,
        Err(refusal) => return format!("{:?}", std::mem::discriminant(&refusal.why)),
    };
    let plan = file.plan(&known, today());
    plan.updates.iter().for_each(|planned| add_up(&planned.update.lines));
    let columns: Vec<_> = plan.mistakes.iter().map(|mistake| mistake.column.clone()).collect();
    format!("{} {} {columns:?}", plan.updates.len(), plan.unchanged.len())
}

/// What a filter writes of itself is the same filter.
fn filter(input: &[u8]) -> String {
    let query = words_of(input);
    drop(Asked::parse_form(&query, &[]));
    let asked = match Asked::parse(&query, &["limit"]) {
        Ok(asked) => asked,
        Err(invalid) => return refused(&invalid),
    };
    let point = Point::parse(51.0, -1.3);
    let filter = asked.located(point).expect("its place is found");
    let again = Asked::parse(&filter.query(), &[]).map(|asked| asked.located(point));
    assert_eq!(again, Ok(Ok(filter.clone())), "it is not read as it is written");
    assert!(!filter.words().is_empty(), "it cannot be said");
    filter.pairs().iter().map(|(key, _)| *key).collect::<Vec<_>>().join(" ")
}

fn body(input: &[u8]) -> String {
    let Ok(body) = serde_json::from_slice::<Value>(input) else { return "no JSON".to_owned() };
    let now = Stamp::parse("2026-11-22T09:30:00Z").expect("a time");
    let mut ways = Vec::new();
    for kind in [Kind::CareHome, Kind::HomeCare] {
        ways.push(match CapacityUpdate::parse(kind, &body).and_then(|update| update.on(today())) {
            Ok(update) => {
                add_up(&update.lines);
                let after = update.upon(&Capacity::default(), now);
                let stored = serde_json::to_value(&after).expect("it can be stored");
                assert_eq!(serde_json::from_value::<Capacity>(stored).expect("it can be read"), after);
                format!("{} lines, {}", after.lines.len().min(4), after.looks_personal().len().min(2))
            }
            Err(invalid) => refused(&invalid),
        });
    }
    let mut other = |read: Result<(), Invalid>| ways.push(read.err().as_ref().map(refused).unwrap_or_default());
    other(Adjustment::parse(&body).map(drop));
    other(NewEnquiry::parse(&body, today()).map(drop));
    other(NewAnswer::parse(&body, EnquiryKind::Hold, now).map(drop));
    other(AlertAsked::parse_new(&body).map(drop));
    other(room::parse(&body).map(drop));
    ways.join("; ")
}

fn message(input: &[u8]) -> String {
    let text = words_of(input);
    let after = After::parse(&text);
    if let Some(after) = &after {
        assert!(after.seq >= 0, "a place before the first");
    }
    let query =
        serde_json::from_str::<ClientMessage>(&text).map(|ClientMessage::Filter { query }| filter(query.as_bytes()));
    format!("{} {:?}", after.is_some(), query.map_err(|error| error.classify()))
}

/// What an administrator may write in place of a chapter.
fn guide(input: &[u8]) -> String {
    let words = words_of(input);
    thread_local! {
        static TEXTS: Texts = Texts::embedded().expect("the shipped texts can be read");
    }
    TEXTS.with(|texts| {
        let names = [("site", "Berth".to_owned()), ("made_on", "today".to_owned()), ("on_help_phone", String::new())];
        let name = texts.names().find(|name| name.ends_with(".md")).expect("there are chapters").to_owned();
        match texts.tried(&name, &words, today(), &names.into_iter().collect()) {
            Ok(chapter) => {
                let shape = format!("{:?}", chapter.map(|(chapter, _)| chapter));
                // Which kinds of parts it has, not what they say.
                let mut parts: Vec<&str> = shape.split(|c: char| !c.is_alphabetic()).collect();
                parts.retain(|part| part.starts_with(char::is_uppercase) && part.len() < 12);
                parts.dedup();
                parts.truncate(12);
                parts.join(" ")
            }
            Err(why) => why.chars().filter(|c| c.is_alphabetic() || *c == ' ').take(90).collect(),
        }
    })
}

fn boundary_file(input: &[u8]) -> String {
    match boundaries::read(&words_of(input), "ONS") {
        Ok(reading) => {
            for outline in &reading.outlines {
                assert!(!outline::read_rings(&outline.rings_text()).is_empty(), "an outline is lost when it is stored");
            }
            format!("{} {}", reading.outlines.len(), reading.out_of_scope)
        }
        Err(why) => why.chars().filter(|c| !c.is_ascii_digit()).take(30).collect(),
    }
}

/// Short words that people type.
fn words(input: &[u8]) -> String {
    let text = words_of(input);
    let place = Place::parse(&text);
    if let Some(place) = &place {
        assert_eq!(Place::parse(&place.text()).as_ref(), Some(place), "a place is not read as it is written");
    }
    drop(Postcode::parse(&text));
    drop(outline::read_rings(&text));
    let note = personal::in_note(&text);
    format!("{:?} {note:?} {}", place.map(|place| std::mem::discriminant(&place)), personal::looks_like_a_name(&text))
}
