//! A remark: what a reader says is wrong with a listing, by ticks and in a few words. Who they are is
//! asked nowhere and kept nowhere. Who may settle one is said in `ops`.

use crate::base::stamp::Stamp;
use crate::base::text;
use crate::domain::capacity::Capacity;
use crate::domain::care_service::CareServiceId;
use crate::domain::invalid::{Invalid, Mistakes};
use crate::domain::personal;
use crate::domain::words::Wrong;

crate::typed_id! {
    /// A remark.
    RemarkId
}

/// As long as the note of a line: what needs more is for the phone.
const LONGEST_WORDS: usize = 255;

/// What somebody sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRemark {
    pub service: CareServiceId,
    /// At least one, each once.
    pub wrong: Vec<Wrong>,
    pub words: Option<String>,
    /// Of the form that was sent: sent twice, it counts once.
    pub form: String,
}

impl NewRemark {
    /// Reads the form, or says every mistake in it. `checked`: they have looked, and the words name nobody.
    pub fn parse(
        service: CareServiceId,
        ticked: &[String],
        words: &str,
        checked: bool,
        form: String,
    ) -> Result<Self, Invalid> {
        let mut mistakes = Mistakes::default();
        let wrong: Vec<Wrong> =
            Wrong::ALL.iter().copied().filter(|wrong| ticked.iter().any(|word| word == wrong.word())).collect();
        let words = text::tidy(words);
        if wrong.is_empty() {
            mistakes.add("wrong", "required", "Tick what is wrong");
        }
        if wrong == [Wrong::Other] && words.is_empty() {
            mistakes.add("words", "required", "Say in a few words what is wrong");
        }
        let count = words.chars().count();
        if count > LONGEST_WORDS {
            let detail = format!("Say it in at most {LONGEST_WORDS} characters; this has {count}");
            mistakes.add("words", "too_long", detail);
        }
        if let Some(what) = personal::in_note(&words).filter(|_| !checked) {
            let detail = format!("This seems to hold {what}. Leave it out, or tick below that it names nobody");
            mistakes.add("words", PERSONAL, detail);
        }
        mistakes.or(Self { service, wrong, words: Some(words).filter(|words| !words.is_empty()), form })
    }
}

/// The code of words that look as if they named somebody.
pub const PERSONAL: &str = "personal";

/// One thing that one reader said is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    pub id: RemarkId,
    pub service: CareServiceId,
    pub wrong: Wrong,
    pub words: Option<String>,
    pub made_at: Stamp,
}

impl Remark {
    /// Whether it still stands: what is said of figures is answered by figures that were told since.
    pub fn stands(&self, capacity: &Capacity) -> bool {
        self.wrong != Wrong::Vacancies || capacity.confirmed_at.is_none_or(|at| at <= self.made_at)
    }
}

/// How many say each thing, in the order of the vocabulary.
pub fn counts<'a>(remarks: impl IntoIterator<Item = &'a Remark>) -> Vec<(Wrong, usize)> {
    let mut counts: Vec<(Wrong, usize)> = Wrong::ALL.iter().map(|wrong| (*wrong, 0)).collect();
    for remark in remarks {
        if let Some((_, count)) = counts.iter_mut().find(|(wrong, _)| *wrong == remark.wrong) {
            *count += 1;
        }
    }
    counts.retain(|(_, count)| *count > 0);
    counts
}

/// How somebody settled what was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settling {
    pub service: CareServiceId,
    /// What came later than they looked is not settled unseen.
    pub until: Stamp,
    pub answer: String,
}

impl Settling {
    pub fn parse(service: CareServiceId, until: &str, answer: &str) -> Result<Self, Invalid> {
        let mut mistakes = Mistakes::default();
        let answer = text::tidy(answer);
        let field = format!("answer-{service}");
        match answer.chars().count() {
            0 => mistakes.add(field, "required", "Say in a few words what you did"),
            count if count > LONGEST_WORDS => {
                let detail = format!("Say it in at most {LONGEST_WORDS} characters; this has {count}");
                mistakes.add(field, "too_long", detail);
            }
            _ => {}
        }
        match Stamp::parse(until) {
            Some(until) => mistakes.or(Self { service, until, answer }),
            None => Err(mistakes.into_invalid("", "bad_time", "Open the page again")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(ticked: &[&str], words: &str, checked: bool) -> Result<NewRemark, Vec<(String, &'static str)>> {
        let ticked: Vec<String> = ticked.iter().map(|word| (*word).to_owned()).collect();
        let read = NewRemark::parse(CareServiceId::from_text("1-1"), &ticked, words, checked, String::new());
        read.map_err(|invalid| invalid.mistakes().iter().map(|one| (one.pointer.clone(), one.code)).collect())
    }

    #[test]
    fn something_must_be_ticked_and_what_else_there_is_must_be_said() {
        assert_eq!(parse(&["fee", "vacancies", "fee"], " ", false).unwrap().wrong, [Wrong::Vacancies, Wrong::Fee]);
        assert_eq!(parse(&[], "", false).unwrap_err(), [("wrong".to_owned(), "required")]);
        assert_eq!(parse(&["other"], "", false).unwrap_err(), [("words".to_owned(), "required")]);
        assert_eq!(parse(&["fee"], &"x".repeat(256), false).unwrap_err(), [("words".to_owned(), "too_long")]);
        assert_eq!(parse(&["other"], "  The  lift ", false).unwrap().words.as_deref(), Some("The lift"));
    }

    #[test]
    fn words_that_seem_to_name_somebody_are_taken_once_they_were_looked_at_again() {
        let words = "They told Mrs Example that room 4 is gone";
        assert_eq!(parse(&["vacancies"], words, false).unwrap_err(), [("words".to_owned(), PERSONAL)]);
        assert!(parse(&["vacancies"], words, true).is_ok());
    }

    #[test]
    fn figures_that_were_told_since_answer_what_was_said_of_figures_and_of_nothing_else() {
        let at = |text: &str| Stamp::parse(text).unwrap();
        let remark = |wrong| Remark {
            id: RemarkId::from_text("1"),
            service: CareServiceId::from_text("1-1"),
            wrong,
            words: None,
            made_at: at("2026-11-22T09:30:00Z"),
        };
        let told = |confirmed_at| Capacity { confirmed_at, ..Capacity::default() };
        let (before, after) = (at("2026-11-22T09:29:59Z"), at("2026-11-22T09:30:01Z"));
        for (wrong, confirmed_at, stands) in [
            (Wrong::Vacancies, None, true),
            (Wrong::Vacancies, Some(before), true),
            (Wrong::Vacancies, Some(after), false),
            (Wrong::Fee, Some(after), true),
        ] {
            assert_eq!(remark(wrong).stands(&told(confirmed_at)), stands, "{wrong:?} {confirmed_at:?}");
        }
    }
}
