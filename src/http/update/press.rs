//! The buttons of the form that publish nothing: one more, one less, a bed taken or freed, a line
//! added. Each changes what is typed and nothing else, so that the form works without scripts.

use crate::domain::capacity::LARGEST_NUMBER;
use crate::http::page::FieldError;
use crate::http::update::form::{TypedForm, TypedLine};
use crate::http::update::typed::number;

/// A button as it was sent, its line by the number in its name.
pub struct Pressed {
    name: String,
    line: Option<u32>,
    key: String,
}

/// The same, its line by its place in the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Press {
    AddLine,
    Less {
        line: usize,
        key: String,
    },
    More {
        line: usize,
        key: String,
    },
    Taken {
        line: usize,
    },
    Freed {
        line: usize,
    },
    /// A button that the form does not have: the form comes back as it was, and publishes nothing.
    Unknown,
}

impl Pressed {
    /// Reads `less=lines-0-accepting` and `taken=lines-0`.
    pub fn read(name: &str, value: &str) -> Self {
        let rest = value.strip_prefix("lines-").unwrap_or_default();
        let (line, key) = rest.split_once('-').unwrap_or((rest, ""));
        Self { name: name.to_owned(), line: line.parse().ok(), key: key.to_owned() }
    }

    /// `place` tells at which place of the form the line with a number stands.
    pub fn at(self, place: impl Fn(u32) -> Option<usize>) -> Press {
        match (self.name.as_str(), self.line.and_then(place)) {
            ("less", Some(line)) => Press::Less { line, key: self.key },
            ("more", Some(line)) => Press::More { line, key: self.key },
            ("taken", Some(line)) => Press::Taken { line },
            ("freed", Some(line)) => Press::Freed { line },
            _ => Press::Unknown,
        }
    }
}

impl Press {
    /// The form after it, with what could not be done beside its field.
    pub fn done(&self, form: TypedForm) -> (TypedForm, Vec<FieldError>) {
        let mut form = TypedForm { press: None, ..form };
        let (line, done) = match self {
            Self::Unknown => return (form, Vec::new()),
            Self::AddLine => return (form.with_empty_line(), Vec::new()),
            Self::Less { line, key } => (line, step(&mut form.lines[*line], key, -1)),
            Self::More { line, key } => (line, step(&mut form.lines[*line], key, 1)),
            Self::Taken { line } => (line, shift(&mut form.lines[*line], "accepting", "occupied")),
            Self::Freed { line } => (line, shift(&mut form.lines[*line], "occupied", "accepting")),
        };
        let error = |(key, text): (String, String)| FieldError::new(format!("lines-{line}-{key}"), text);
        (form, done.err().map(error).into_iter().collect())
    }
}

/// What could not be done: the field, and a sentence.
type Refusal = (String, String);

fn step(line: &mut TypedLine, key: &str, by: i64) -> Result<(), Refusal> {
    let typed = line.text(key);
    let before = if typed.is_empty() { Some(0) } else { number(typed).as_i64() };
    let Some(before) = before else {
        return Err((key.to_owned(), format!("{typed:?} is no whole number: type one")));
    };
    line.put(key, (before + by).clamp(0, LARGEST_NUMBER.into()).to_string());
    Ok(())
}

/// One bed from the one to the other, or neither changes.
fn shift(line: &mut TypedLine, from: &str, to: &str) -> Result<(), Refusal> {
    let at = |key: &str| number(line.text(key)).as_i64();
    match (at(from), at(to)) {
        (Some(1..), Some(_)) => step(line, from, -1).and_then(|()| step(line, to, 1)),
        (Some(_), Some(_)) => Err((from.to_owned(), format!("No bed of this line is {from}"))),
        (None, _) => Err((from.to_owned(), format!("Enter {from}, a whole number"))),
        (_, None) => Err((to.to_owned(), format!("Enter {to}, a whole number"))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn form(numbers: [u32; 3]) -> TypedForm {
        let [occupied, reserved, accepting] = numbers;
        let body = format!("lines-4-occupied={occupied}&lines-4-reserved={reserved}&lines-4-accepting={accepting}");
        TypedForm::read(body.as_bytes())
    }

    fn numbers(form: &TypedForm) -> [u32; 3] {
        ["occupied", "reserved", "accepting"].map(|key| form.lines[0].text(key).parse().unwrap())
    }

    #[test]
    fn a_step_stays_within_what_the_form_takes_and_leaves_other_text_alone() {
        let less = |typed: &str| {
            let form = TypedForm::read(format!("lines-7-reserved={typed}&less=lines-7-reserved").as_bytes());
            let (form, errors) = form.press.clone().unwrap().done(form);
            (form.lines[0].text("reserved").to_owned(), errors.len())
        };
        for (typed, after) in
            [("3", ("2", 0)), ("0", ("0", 0)), ("", ("0", 0)), ("1,000", ("999", 0)), ("two", ("two", 1))]
        {
            assert_eq!(less(typed), (after.0.to_owned(), after.1), "{typed:?}");
        }
    }

    proptest! {
        #[test]
        fn taking_and_freeing_move_one_bed_and_lose_none(
            start in prop::array::uniform3(0_u32..4),
            presses in prop::collection::vec(any::<bool>(), 0..12),
        ) {
            let mut form = form(start);
            for freed in presses {
                let before = numbers(&form);
                let press = if freed { Press::Freed { line: 0 } } else { Press::Taken { line: 0 } };
                let (after, errors) = press.done(form);
                let now = numbers(&after);
                prop_assert_eq!(before.iter().sum::<u32>(), now.iter().sum::<u32>());
                let can = before[if freed { 0 } else { 2 }] > 0;
                prop_assert_eq!((errors.is_empty(), before != now), (can, can));
                form = after;
            }
        }
    }
}
