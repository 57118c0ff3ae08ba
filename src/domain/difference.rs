//! What changed from one telling to the next, in words for the history of a service.
//! It compares; what is stored and who may see it is decided elsewhere.

use crate::domain::capacity::{Capacity, Line};
use crate::domain::words::AdmissionStatus;

/// Each thing that changed, a sentence each; none if nothing did.
pub fn in_words(before: &Capacity, after: &Capacity) -> Vec<String> {
    let mut words = Vec::new();
    if before.status != after.status {
        words.push(format!("Now {}, was {}", status(after.status), status(before.status)));
    }
    for line in &after.lines {
        let said = match before.lines.iter().find(|old| key(old) == key(line)) {
            Some(old) => changed(old, line),
            None => Some(format!("new, {}", numbers(line))),
        };
        words.extend(said.map(|said| format!("{}: {said}", title(line))));
    }
    let gone = before.lines.iter().filter(|old| !after.lines.iter().any(|line| key(line) == key(old)));
    words.extend(gone.map(|old| format!("{}: taken away", title(old))));
    if before.rooms != after.rooms {
        words.push("Rooms".to_owned());
    }
    words
}

fn status(status: AdmissionStatus) -> &'static str {
    match status {
        AdmissionStatus::Open => "open",
        AdmissionStatus::OnRequest => "on request",
        AdmissionStatus::Closed => "closed to admissions",
    }
}

/// What tells a line from the others of its service.
fn key(line: &Line) -> (&'static str, &'static str, &str) {
    match line {
        Line::Bed(bed) => (bed.bed_type.word(), bed.stay.word(), ""),
        Line::Hours(hours) => ("", hours.time_of_day.word(), &hours.area),
    }
}

fn title(line: &Line) -> String {
    match line {
        Line::Bed(bed) => format!("{}, {}", bed.bed_type.label(), bed.stay.label().to_lowercase()),
        Line::Hours(hours) => format!("{}, {}", hours.area, hours.time_of_day.label().to_lowercase()),
    }
}

/// The numbers of a line, with their names.
fn named(line: &Line) -> Vec<(&'static str, u16)> {
    match line {
        Line::Bed(bed) => vec![
            ("maximum", bed.maximum),
            ("occupied", bed.occupied),
            ("reserved", bed.reserved),
            ("accepting", bed.accepting),
        ],
        Line::Hours(hours) => vec![("hours", hours.hours_available)],
    }
}

fn numbers(line: &Line) -> String {
    named(line).iter().map(|(name, number)| format!("{name} {number}")).collect::<Vec<_>>().join(", ")
}

fn changed(old: &Line, new: &Line) -> Option<String> {
    let (was, is) = (named(old), named(new));
    let moved = was.iter().zip(&is).filter(|((_, was), (_, is))| was != is);
    let moved: Vec<String> = moved.map(|((name, was), (_, is))| format!("{name} {was} to {is}")).collect();
    if moved.is_empty() {
        return (old != new).then(|| "other details".to_owned());
    }
    Some(moved.join(", "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn capacity(lines: serde_json::Value) -> Capacity {
        serde_json::from_value(json!({ "version": 1, "status": "open", "lines": lines })).unwrap()
    }

    fn nursing(occupied: u16, accepting: u16) -> serde_json::Value {
        json!({ "bed_type": "general_nursing", "stay": "permanent", "maximum": 10, "occupied": occupied,
            "reserved": 0, "accepting": accepting })
    }

    #[test]
    fn what_changed_is_said_in_words() {
        let hours = json!({ "area": "SO23", "time_of_day": "tea", "hours_available": 4 });
        let before = capacity(json!([nursing(8, 2), hours]));
        let mut after = capacity(json!([nursing(9, 1), { "bed_type": "transitional", "stay": "respite", "maximum": 2,
            "occupied": 0, "reserved": 1, "accepting": 1 }]));
        after.status = AdmissionStatus::OnRequest;
        assert_eq!(
            in_words(&before, &after),
            [
                "Now on request, was open",
                "General nursing, permanent: occupied 8 to 9, accepting 2 to 1",
                "Transitional, respite: new, maximum 2, occupied 0, reserved 1, accepting 1",
                "SO23, teatime: taken away",
            ]
        );
        assert_eq!(in_words(&before, &before), Vec::<String>::new());
        let mut noted = nursing(8, 2);
        noted["note"] = json!("Ground floor");
        let noted = in_words(&capacity(json!([nursing(8, 2)])), &capacity(json!([noted])));
        assert_eq!(noted, ["General nursing, permanent: other details"]);
    }
}
