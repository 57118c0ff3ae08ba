//! What is wrong with an update, beside the fields of the form and in its words.
//! Whether something is wrong was decided by `CapacityUpdate::parse`.

use crate::base::text;
use crate::domain::invalid::{Invalid, Mistake};
use crate::http::page::FieldError;
use crate::http::update::form::TypedLine;

/// Mistakes beside the fields of the form; the line is named where there are several.
pub fn field_errors(invalid: &Invalid, counted: &[(usize, &TypedLine)]) -> Vec<FieldError> {
    let error = |mistake: &Mistake| {
        let mut parts = mistake.pointer.trim_start_matches('/').split('/');
        let (first, index, key) = (parts.next(), parts.next(), parts.next().unwrap_or_default());
        let line = index.and_then(|index| counted.get(index.parse::<usize>().ok()?));
        let (Some("lines"), Some((at, line))) = (first, line) else {
            return match first {
                Some("status") => FieldError::new("status", "Choose whether you are taking people now"),
                _ => FieldError::new("", mistake.detail.trim_end_matches('.')),
            };
        };
        let field = match (key, parts.next()) {
            ("", _) => return FieldError::new("", mistake.detail.trim_end_matches('.')),
            ("weekly_fee", end) => format!("lines-{at}-weekly_fee-{}", end.unwrap_or("from")),
            (key, _) => format!("lines-{at}-{key}"),
        };
        let text = sentence(key, mistake, line);
        FieldError::new(field, if counted.len() > 1 { format!("{}: {text}", line.title()) } else { text })
    };
    invalid.mistakes().iter().map(error).collect()
}

/// The mistake in the words of the form instead of those of a JSON body.
fn sentence(key: &str, mistake: &Mistake, line: &TypedLine) -> String {
    let detail = mistake.detail.trim_end_matches('.');
    match (key, mistake.code) {
        ("bed_type", "required" | "unknown_word") => "Choose a bed type".to_owned(),
        ("time_of_day", "required" | "unknown_word") => "Choose a time of day".to_owned(),
        ("area", "not_a_district") => "Enter a postcode district, such as SO23".to_owned(),
        ("reason", "required") => {
            let places = detail.split(" Say why").next().unwrap_or_default();
            format!("{places} Say why")
        }
        ("weekly_fee", "not_pence") => "Enter the weekly fee in pounds, such as 1,250 or 1250.50".to_owned(),
        ("weekly_fee", "upside_down") => "The fee “from” must not be above the fee “to”".to_owned(),
        (key, "not_a_date") => not_a_date(key, line.date_parts(key)),
        _ => detail.to_owned(),
    }
}

fn not_a_date(key: &str, parts: [&str; 3]) -> String {
    let name = if key == "earliest_admission" { "Earliest admission" } else { "Earliest start" };
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
