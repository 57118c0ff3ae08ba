//! What is wrong with an update, beside the fields of the form and in its words.
//! Whether something is wrong was decided by `CapacityUpdate::parse`.

use crate::base::text;
use crate::domain::capacity::{BedLine, Capacity};
use crate::domain::invalid::{Invalid, Mistake};
use crate::http::page::FieldError;
use crate::http::update::form::{TypedForm, TypedLine};
use crate::http::update::typed::number;

/// What adds up, in the order of the form.
const NUMBERS: [&str; 4] = ["maximum", "occupied", "reserved", "accepting"];

/// Mistakes beside the fields of the form; the line is named where there are several. `before` is
/// what is published.
pub fn field_errors(
    invalid: &Invalid,
    form: &TypedForm,
    counted: &[(usize, &TypedLine)],
    before: &Capacity,
) -> Vec<FieldError> {
    let error = |mistake: &Mistake| {
        let mut parts = mistake.pointer.trim_start_matches('/').split('/');
        let (first, index, key) = (parts.next(), parts.next(), parts.next().unwrap_or_default());
        let line = index.and_then(|index| counted.get(index.parse::<usize>().ok()?));
        let (Some("lines"), Some((at, line))) = (first, line) else {
            return match first {
                Some("status") => FieldError::new("status", "Choose whether you are taking people now"),
                Some(key @ "closed_until") => FieldError::new(key, sentence(key, mistake, &form.head, before)),
                _ => FieldError::new("", mistake.detail.trim_end_matches('.')),
            };
        };
        let field = match (key, parts.next()) {
            ("", _) => return FieldError::new("", mistake.detail.trim_end_matches('.')),
            ("weekly_fee", end) => format!("lines-{at}-weekly_fee-{}", end.unwrap_or("from")),
            (key, _) => format!("lines-{at}-{key}"),
        };
        let text = sentence(key, mistake, line, before);
        let text = if counted.len() > 1 { format!("{}: {text}", line.title()) } else { text };
        FieldError { kind: mistake.code, ..FieldError::new(field, text) }
    };
    invalid.mistakes().iter().map(error).collect()
}

/// The mistake in the words of the form instead of those of a JSON body.
fn sentence(key: &str, mistake: &Mistake, line: &TypedLine, before: &Capacity) -> String {
    let detail = mistake.detail.trim_end_matches('.');
    match (key, mistake.code) {
        ("bed_type", "required" | "unknown_word") => "Choose a bed type".to_owned(),
        ("time_of_day", "required" | "unknown_word") => "Choose a time of day".to_owned(),
        ("area", "not_a_district") => "Enter a postcode district, such as SO23".to_owned(),
        ("reason", "required") => {
            let places = detail.split(" Say why").next().unwrap_or_default();
            format!("{places} Say why")
        }
        ("maximum", "does_not_add_up") => {
            let sums = detail.split(". Check").next().unwrap_or(detail);
            format!("{sums}. {}", where_to_look(line, published(line, before)))
        }
        ("weekly_fee", "not_pence") => "Enter the weekly fee in pounds, such as 1,250 or 1250.50".to_owned(),
        ("weekly_fee", "upside_down") => "The fee “from” must not be above the fee “to”".to_owned(),
        (key, "not_a_date") => not_a_date(key, line.date_parts(key)),
        _ => detail.to_owned(),
    }
}

/// The published line for the same thing.
fn published<'a>(line: &TypedLine, before: &'a Capacity) -> Option<&'a BedLine> {
    before.beds().find(|bed| (bed.bed_type.word(), bed.stay.word()) == (line.text("bed_type"), line.text("stay")))
}

/// Which of four numbers that do not add up to look at: the ones that were changed, or the last.
fn where_to_look(line: &TypedLine, before: Option<&BedLine>) -> String {
    let typed = |key: &str| number(line.text(key)).as_u64().unwrap_or(0);
    let was = |before: &BedLine| [before.maximum, before.occupied, before.reserved, before.accepting].map(u64::from);
    let changed: Vec<(&str, u64)> = before
        .map(was)
        .map_or(Vec::new(), |was| NUMBERS.into_iter().zip(was).filter(|(key, was)| typed(key) != *was).collect());
    match changed.as_slice() {
        [(key, was)] => format!("Look at {key}: it was {was}, and it is the only one of the four that you changed"),
        [_, _, ..] => {
            let names: Vec<String> = changed.iter().map(|(key, _)| (*key).to_owned()).collect();
            format!("Look at {}: these are the ones you changed", text::list(&names, "and"))
        }
        [] => match typed("maximum").checked_sub(typed("occupied") + typed("reserved")) {
            Some(most) => format!("Look at accepting: with the other three as they are, {most} is the most it can be"),
            None => "Look at maximum first: occupied and reserved alone are more".to_owned(),
        },
    }
}

pub fn not_a_date(key: &str, parts: [&str; 3]) -> String {
    let name = match key {
        "earliest_admission" => "Earliest admission",
        "earliest_start" => "Earliest start",
        "reserved_until" => "Reserved until",
        "free_from" => "Free from",
        _ => "Closed until",
    };
    let missing: Vec<String> = ["day", "month", "year"]
        .into_iter()
        .zip(parts)
        .filter(|(_, typed)| typed.is_empty())
        .map(|(part, _)| format!("a {part}"))
        .collect();
    if missing.is_empty() {
        return format!("{name} must be a real date, such as 27 jan 2027");
    }
    format!("{name} must include {}", text::list(&missing, "and"))
}
