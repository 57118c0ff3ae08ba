//! A consultation: what an authority asks the public for some weeks, and what the public answers. Who
//! answers is asked nowhere. Who may open one is said in `ops`.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::base::stamp::Stamp;
use crate::base::text;
use crate::domain::authority::AuthorityCode;
use crate::domain::invalid::{Invalid, Mistakes};
use crate::domain::personal;

crate::typed_id! {
    /// A consultation.
    ConsultationId
}

const LONGEST_TITLE: usize = 120;
/// Two pages; more is a document to be linked.
const LONGEST_WORDS: usize = 10_000;
/// More, and people leave before the end.
const MOST_QUESTIONS: usize = 12;
const MOST_CHOICES: usize = 10;
const LONGEST_QUESTION: usize = 200;
/// A page and a half of a letter.
const LONGEST_ANSWER: usize = 2000;
/// Between a question and its choices, as an administrator types them.
const BAR: char = '|';

/// A question: with choices, of which one is ticked, or answered in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    pub text: String,
    /// None for an answer in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
}

impl Question {
    /// A line of the form: `Where do you look for care? | Online | By phone`.
    pub fn line(&self) -> String {
        let parts: Vec<&str> = std::iter::once(&self.text).chain(&self.choices).map(String::as_str).collect();
        parts.join(" | ")
    }

    /// Reads a question a line.
    fn read_all(typed: &str, mistakes: &mut Mistakes) -> Vec<Self> {
        let mut questions: Vec<Self> = Vec::new();
        for line in typed.lines().map(text::tidy).filter(|line| !line.is_empty()) {
            let mut parts = line.split(BAR).map(text::tidy);
            let question = Self { text: parts.next().unwrap_or_default(), choices: parts.collect() };
            if let Some(why) = question.wrong() {
                mistakes.add("questions", "bad_value", format!("“{line}”: {why}"));
            }
            questions.push(question);
        }
        match questions.len() {
            0 => mistakes.add("questions", "required", "Ask at least one question, each on a line of its own"),
            count if count > MOST_QUESTIONS => {
                let detail = format!("Ask at most {MOST_QUESTIONS} questions; these are {count}");
                mistakes.add("questions", "too_many", detail);
            }
            _ => {}
        }
        questions
    }

    fn wrong(&self) -> Option<String> {
        let mut sorted = self.choices.clone();
        sorted.sort();
        sorted.dedup();
        if self.text.is_empty() {
            Some("write the question before the first bar".to_owned())
        } else if self.text.chars().count() > LONGEST_QUESTION {
            Some(format!("ask it in at most {LONGEST_QUESTION} characters"))
        } else if self.choices.iter().any(String::is_empty) {
            Some("there is nothing between two bars".to_owned())
        } else if self.choices.len() == 1 || self.choices.len() > MOST_CHOICES {
            Some(format!("give two to {MOST_CHOICES} choices, or none for an answer in words"))
        } else if sorted.len() != self.choices.len() {
            Some("a choice is there twice".to_owned())
        } else {
            None
        }
    }
}

/// A consultation as an administrator types it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Typed {
    pub title: String,
    pub about: String,
    pub questions: String,
    pub opens_on: String,
    pub ends_on: String,
    pub heard: String,
}

/// What a consultation says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    pub title: String,
    /// Markdown.
    pub about: String,
    pub questions: Vec<Question>,
    pub opens_on: NaiveDate,
    /// The last day on which it takes answers.
    pub ends_on: NaiveDate,
    /// What was heard, in Markdown, once it is over.
    pub heard: Option<String>,
}

impl Content {
    /// Reads the form, or says every mistake in it.
    pub fn parse(typed: &Typed) -> Result<Self, Invalid> {
        let mut mistakes = Mistakes::default();
        let title = text::tidy(&typed.title);
        match title.chars().count() {
            0 => mistakes.add("title", "required", "Say what it is about"),
            count if count > LONGEST_TITLE => {
                mistakes.add("title", "too_long", format!("At most {LONGEST_TITLE} characters; this has {count}"));
            }
            _ => {}
        }
        let about = words(&typed.about, "about", &mut mistakes);
        if about.is_empty() {
            mistakes.add("about", "required", "Say in a few sentences what you want to know, and why");
        }
        let heard = words(&typed.heard, "heard", &mut mistakes);
        let questions = Question::read_all(&typed.questions, &mut mistakes);
        let mut day = |name: &str, typed: &str| {
            let day = typed.trim().parse::<NaiveDate>().ok();
            if day.is_none() {
                mistakes.add(name, "bad_date", "Enter a day such as 2026-12-01");
            }
            day
        };
        let (opens_on, ends_on) = (day("opens_on", &typed.opens_on), day("ends_on", &typed.ends_on));
        match opens_on.zip(ends_on) {
            Some((opens_on, ends_on)) => {
                if ends_on < opens_on {
                    mistakes.add("ends_on", "bad_date", "The last day cannot be before the first");
                }
                let heard = Some(heard).filter(|heard| !heard.is_empty());
                mistakes.or(Self { title, about, questions, opens_on, ends_on, heard })
            }
            None => Err(mistakes.into_invalid("opens_on", "bad_date", "Enter a day such as 2026-12-01")),
        }
    }

    /// As it stands in the form.
    pub fn typed(&self) -> Typed {
        Typed {
            title: self.title.clone(),
            about: self.about.clone(),
            questions: self.questions.iter().map(Question::line).collect::<Vec<_>>().join("\n"),
            opens_on: self.opens_on.to_string(),
            ends_on: self.ends_on.to_string(),
            heard: self.heard.clone().unwrap_or_default(),
        }
    }
}

/// Markdown with the line ends of files, without what belongs to guides alone.
fn words(typed: &str, field: &str, mistakes: &mut Mistakes) -> String {
    let words = typed.replace("\r\n", "\n").replace('\r', "\n").trim().to_owned();
    if words.chars().count() > LONGEST_WORDS {
        mistakes.add(
            field,
            "too_long",
            format!("At most {LONGEST_WORDS} characters: put the rest into a document and link it"),
        );
    }
    if words.contains("{{") || words.contains('\0') {
        mistakes.add(field, "bad_value", "Two curly brackets mean something in guides only: leave them out");
    }
    words
}

/// Where a consultation stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Ahead,
    Open,
    Over,
}

impl Phase {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ahead => "ahead",
            Self::Open => "open",
            Self::Over => "over",
        }
    }
}

/// A consultation as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consultation {
    pub id: ConsultationId,
    pub authority: AuthorityCode,
    /// Counts its changes, so that nobody overwrites what somebody else wrote meanwhile.
    pub version: i64,
    pub content: Content,
    /// When somebody ended it before its last day.
    pub closed_at: Option<Stamp>,
    pub made_at: Stamp,
}

impl Consultation {
    /// It opens and ends by itself, at the turn of the local day.
    pub fn phase(&self, today: NaiveDate) -> Phase {
        if self.closed_at.is_some() || today > self.content.ends_on {
            Phase::Over
        } else if today < self.content.opens_on {
            Phase::Ahead
        } else {
            Phase::Open
        }
    }
}

/// What one reader answered: a text for each question, empty where they left it out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAnswers {
    pub answers: Vec<String>,
    /// Of the form that was sent: sent twice, it counts once.
    pub form: String,
}

/// The field of a question, counted from 0.
pub fn field(number: usize) -> String {
    format!("question-{number}")
}

impl NewAnswers {
    /// Reads what was sent for each question. `checked`: they have looked, and their words name nobody.
    pub fn parse(
        questions: &[Question],
        sent: impl Fn(&str) -> String,
        checked: bool,
        form: String,
    ) -> Result<Self, Invalid> {
        let mut mistakes = Mistakes::default();
        let mut answers = Vec::with_capacity(questions.len());
        for (number, question) in questions.iter().enumerate() {
            let name = field(number);
            let answer = sent(&name).replace("\r\n", "\n").replace('\0', "").trim().to_owned();
            if !question.choices.is_empty() && !answer.is_empty() && !question.choices.contains(&answer) {
                mistakes.add(&name, "bad_value", "Choose one of these");
            }
            let count = answer.chars().count();
            if count > LONGEST_ANSWER {
                mistakes.add(&name, "too_long", format!("At most {LONGEST_ANSWER} characters; this has {count}"));
            }
            if let Some(what) = personal::in_note(&answer).filter(|_| !checked) {
                let detail = format!("This seems to hold {what}. Leave it out, or tick below that it names nobody");
                mistakes.add(&name, PERSONAL, detail);
            }
            answers.push(answer);
        }
        if answers.iter().all(String::is_empty) {
            mistakes.add(field(0), "required", "Answer at least one question");
        }
        mistakes.or(Self { answers, form })
    }
}

/// The code of words that look as if they named somebody.
pub const PERSONAL: &str = "personal";

/// What one reader answered, as it is kept: the day, not the time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answers {
    pub made_on: NaiveDate,
    pub answers: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed() -> Typed {
        Typed {
            title: "Guides".to_owned(),
            about: "We want to know.".to_owned(),
            questions: "Where do you look? | Online | By phone\n\nWhat is missing?".to_owned(),
            opens_on: "2026-12-01".to_owned(),
            ends_on: "2026-12-31".to_owned(),
            heard: String::new(),
        }
    }

    fn mistakes(typed: &Typed) -> Vec<String> {
        let invalid = Content::parse(typed).unwrap_err();
        invalid.mistakes().iter().map(|one| one.pointer.clone()).collect()
    }

    #[test]
    fn questions_are_lines_with_choices_behind_bars_and_stand_in_the_form_as_they_were() {
        let content = Content::parse(&typed()).unwrap();
        assert_eq!(content.questions[0].choices, ["Online", "By phone"]);
        assert!(content.questions[1].choices.is_empty());
        assert_eq!(Content::parse(&content.typed()).unwrap(), content);
    }

    #[test]
    fn every_mistake_of_the_form_is_said_at_its_field() {
        for (change, field) in [
            (Typed { title: " ".to_owned(), ..typed() }, "title"),
            (Typed { about: String::new(), ..typed() }, "about"),
            (Typed { about: "{{listings}}".to_owned(), ..typed() }, "about"),
            (Typed { questions: "\n".to_owned(), ..typed() }, "questions"),
            (Typed { questions: "Only one? | Yes".to_owned(), ..typed() }, "questions"),
            (Typed { questions: "Twice? | Yes | Yes".to_owned(), ..typed() }, "questions"),
            (Typed { questions: "Gap? | | Yes".to_owned(), ..typed() }, "questions"),
            (Typed { questions: "Q?\n".repeat(13), ..typed() }, "questions"),
            (Typed { opens_on: "soon".to_owned(), ..typed() }, "opens_on"),
            (Typed { ends_on: "2026-11-30".to_owned(), ..typed() }, "ends_on"),
        ] {
            assert_eq!(mistakes(&change), [field], "{change:?}");
        }
    }

    #[test]
    fn it_opens_and_ends_with_its_days_or_when_somebody_ends_it() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let at = Stamp::parse("2026-11-22T09:30:00Z").unwrap();
        let own = Consultation {
            id: ConsultationId::from_text("1"),
            authority: AuthorityCode::parse("E10000014").unwrap(),
            version: 1,
            content: Content::parse(&typed()).unwrap(),
            closed_at: None,
            made_at: at,
        };
        for (today, phase) in [
            ("2026-11-30", Phase::Ahead),
            ("2026-12-01", Phase::Open),
            ("2026-12-31", Phase::Open),
            ("2027-01-01", Phase::Over),
        ] {
            assert_eq!(own.phase(day(today)), phase, "{today}");
        }
        let closed = Consultation { closed_at: Some(at), ..own };
        assert_eq!(closed.phase(day("2026-12-02")), Phase::Over);
    }

    #[test]
    fn answers_are_of_the_choices_name_nobody_unseen_and_are_not_all_empty() {
        let questions = Content::parse(&typed()).unwrap().questions;
        let read = |first: &str, second: &str, checked| {
            let sent = |name: &str| if name == "question-0" { first.to_owned() } else { second.to_owned() };
            let read = NewAnswers::parse(&questions, sent, checked, String::new());
            read.map(|new| new.answers).map_err(|invalid| invalid.mistakes()[0].code)
        };
        assert_eq!(read("Online", " ", false), Ok(vec!["Online".to_owned(), String::new()]));
        assert_eq!(read("By post", "", false), Err("bad_value"));
        assert_eq!(read("", "", false), Err("required"));
        assert_eq!(read("", "Mrs Example was kind", false), Err(PERSONAL));
        assert!(read("", "Mrs Example was kind", true).is_ok());
        assert_eq!(read("", &"x".repeat(2001), false), Err("too_long"));
    }
}
