//! Two editors at once: what somebody typed beside what another has published meanwhile, with
//! nothing of either lost. Who wins is decided by the person who reads it.

use serde::Serialize;
use serde_json::Value;

use crate::base::local::day_words;
use crate::domain::care_service::CareService;
use crate::domain::words::Kind;
use crate::http::update::form::{TypedForm, TypedLine, label};

/// What is compared of a line: its key in JSON and its label on the form.
const FIELDS: [(&str, &str); 13] = [
    ("maximum", "Maximum"),
    ("occupied", "Occupied"),
    ("reserved", "Reserved"),
    ("reserved_until", "Reserved until"),
    ("accepting", "Accepting"),
    ("reason", "Why some places cannot be offered"),
    ("gender", "Places for"),
    ("funding", "Who pays"),
    ("weekly_fee", "Weekly fee"),
    ("earliest_admission", "Earliest admission"),
    ("hours_available", "Hours free a week"),
    ("double_handed", "Two carers at a time"),
    ("earliest_start", "Earliest start"),
];

/// One thing that differs, in words.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub what: String,
    pub typed: String,
    pub now: String,
}

impl Difference {
    fn new(what: impl Into<String>, typed: impl Into<String>, now: impl Into<String>) -> Self {
        Self { what: what.into(), typed: typed.into(), now: now.into() }
    }
}

/// Where what was typed differs from what stands now.
pub fn differences(typed: &TypedForm, service: &CareService) -> Vec<Difference> {
    let kind = service.facts.kind;
    let now = TypedForm::of(service);
    let mut all = Vec::new();
    if typed.status != now.status {
        all.push(Difference::new("Taking people now", label("status", &typed.status), label("status", &now.status)));
    }
    if typed.closed_until() != now.closed_until() {
        let [typed, now] =
            [typed, &now].map(|form| form.closed_until().map_or("nothing".to_owned(), |day| day_shown(&day)));
        all.push(Difference::new("Closed until", typed, now));
    }
    for line in typed.lines.iter().filter(|line| !line.is_empty()) {
        match (line.is_removed(), now.line_like(line)) {
            (true, Some(_)) => all.push(Difference::new(line.title(), "taken away", "still there")),
            (true, None) => {}
            (false, Some(other)) => all.extend(of_line(kind, line, other)),
            (false, None) => all.push(Difference::new(line.title(), summary(line, kind), "not there")),
        }
    }
    let others = now.lines.iter().filter(|line| !line.is_empty() && typed.line_like(line).is_none());
    all.extend(others.map(|line| Difference::new(line.title(), "not there", summary(line, kind))));
    all
}

/// What was typed, to be published on top of what stands now: its version, and the lines that
/// somebody else has added.
pub fn merged(typed: TypedForm, service: &CareService) -> TypedForm {
    let now = TypedForm::of(service);
    let (mut lines, empty): (Vec<_>, Vec<_>) = typed.lines.iter().cloned().partition(|line| !line.is_empty());
    lines.extend(now.lines.into_iter().filter(|line| !line.is_empty() && typed.line_like(line).is_none()));
    lines.extend(empty);
    TypedForm { version: now.version, lines, ..typed }
}

impl TypedForm {
    /// The line for the same thing.
    fn line_like(&self, line: &TypedLine) -> Option<&TypedLine> {
        self.lines.iter().find(|other| !other.is_empty() && other.key() == line.key())
    }
}

fn of_line(kind: Kind, typed: &TypedLine, now: &TypedLine) -> Vec<Difference> {
    let (one, other) = (typed.json(kind), now.json(kind));
    let fields = FIELDS.into_iter().chain([("note", "Note")]);
    let differ = fields.filter(|(key, _)| one.get(key) != other.get(key));
    differ
        .map(|(key, label)| {
            Difference::new(format!("{}: {label}", typed.title()), shown(key, &one, typed), shown(key, &other, now))
        })
        .collect()
}

/// The value of a field for a reader; what could not be read as it was typed.
fn shown(key: &str, json: &Value, line: &TypedLine) -> String {
    let Some(value) = json.get(key) else { return "nothing".to_owned() };
    match (key, value) {
        ("reason" | "gender", Value::String(word)) => label(key, word),
        ("funding", Value::Array(words)) if words.is_empty() => "nothing".to_owned(),
        ("funding", Value::Array(words)) => {
            words.iter().filter_map(Value::as_str).map(|word| label(key, word)).collect::<Vec<_>>().join(", ")
        }
        ("weekly_fee", _) => match (line.text("weekly_fee-from"), line.text("weekly_fee-to")) {
            (from, "") => format!("from £{from}"),
            ("", to) => format!("to £{to}"),
            (from, to) => format!("£{from} to £{to}"),
        },
        ("earliest_admission" | "earliest_start" | "reserved_until", Value::String(day)) => {
            day.parse().map_or_else(|_| line.date_parts(key).join(" "), day_words)
        }
        ("double_handed", Value::Bool(yes)) => if *yes { "yes" } else { "no" }.to_owned(),
        (_, Value::String(text)) => text.clone(),
        (_, other) => other.to_string(),
    }
}

fn day_shown(day: &Value) -> String {
    let text = day.as_str().unwrap_or_default();
    text.parse().map_or_else(|_| text.to_owned(), day_words)
}

/// A whole line in few words.
fn summary(line: &TypedLine, kind: Kind) -> String {
    match kind {
        Kind::CareHome => format!("maximum {}, accepting {}", line.text("maximum"), line.text("accepting")),
        Kind::HomeCare => format!("{} hours a week", line.text("hours_available")),
    }
}
