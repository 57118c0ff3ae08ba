//! What everybody, and what staff, will see of the figures as they are typed just now.
//! It judges nothing: what adds up and what does not is said when it is published.

use serde::Serialize;

use crate::base::text;
use crate::domain::words::{AdmissionStatus, Kind};
use crate::http::update::form::{TypedForm, TypedLine};
use crate::http::update::typed::number;

/// Two lines of text at the end of the form. scripts/parts/preview.ts says the same while somebody types.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Preview {
    pub everybody: String,
    /// Nothing for home care: everybody sees all of it.
    pub staff: String,
}

impl Preview {
    pub fn of(form: &TypedForm, kind: Kind) -> Self {
        let sum = |key: &str| -> u64 { form.lines.iter().filter(|line| line.counts()).map(|line| at(line, key)).sum() };
        let closed = form.status == AdmissionStatus::Closed.word();
        let everybody = match kind {
            _ if closed => "Closed to admissions".to_owned(),
            Kind::CareHome => text::count(sum("accepting"), "vacancy", "vacancies"),
            Kind::HomeCare => text::count(sum("hours_available"), "hour a week", "hours a week"),
        };
        let staff = match kind {
            Kind::CareHome => {
                let [maximum, occupied, reserved, accepting] =
                    ["maximum", "occupied", "reserved", "accepting"].map(sum);
                let left = maximum.saturating_sub(occupied + reserved + accepting);
                format!("{occupied} occupied, {reserved} reserved, {left} not admittable")
            }
            Kind::HomeCare => String::new(),
        };
        Self { everybody, staff }
    }
}

fn at(line: &TypedLine, key: &str) -> u64 {
    number(line.text(key)).as_u64().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_counts_what_is_typed_and_a_closed_home_has_no_vacancy() {
        let body = "status=open&lines-0-maximum=10&lines-0-occupied=7&lines-0-reserved=1&lines-0-accepting=1\
            &lines-1-maximum=4&lines-1-occupied=4&lines-1-accepting=x&lines-2-maximum=9&lines-2-remove=yes&lines-2-accepting=3";
        let mut form = TypedForm::read(body.as_bytes());
        let preview = Preview::of(&form, Kind::CareHome);
        assert_eq!(preview.everybody, "1 vacancy");
        assert_eq!(preview.staff, "11 occupied, 1 reserved, 1 not admittable");
        form.status = "closed".to_owned();
        assert_eq!(Preview::of(&form, Kind::CareHome).everybody, "Closed to admissions");
    }
}
