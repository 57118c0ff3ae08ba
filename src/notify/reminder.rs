//! What a reminder says: who asks and why, the figures as they stand with their age, and for each
//! service a link that says "nothing has changed" and one to the form. Who is asked is not decided here.

use serde::Serialize;

use crate::base::local;
use crate::base::stamp::Stamp;
use crate::base::text;
use crate::domain::capacity::Line;
use crate::domain::care_service::CareService;
use crate::domain::person::{Person, PersonId};
use crate::domain::reminder::Unanswered;
use crate::domain::words::AdmissionStatus;
use crate::notify::letter::{Author, List, Sender, Words};
use crate::ops::reminder_link::{self, AskedAbout, GOOD_FOR, Stops};

/// A service to ask about.
pub struct Question {
    pub service: CareService,
    /// Changes a day, as far as is known.
    pub rate: f64,
    /// Whether they are asked about because of that, and not because they are old.
    pub is_probably_wrong: bool,
    /// The reminders so far, this one included.
    pub unanswered: Unanswered,
}

#[derive(Serialize)]
struct Content {
    #[serde(flatten)]
    sender: Sender,
    headline: String,
    /// The first words of the letter: of what the reader is asked, and as what.
    names: String,
    entries: Vec<Entry>,
    days: i64,
    all: String,
    stop: String,
}

#[derive(Serialize)]
struct Entry {
    name: String,
    /// `confirmed 9:14am, 22 November 2026 (3 days ago)`
    confirmed: String,
    /// Why now.
    why: String,
    figures: Vec<String>,
    /// Says that nothing has changed; "" where nothing was ever told.
    same: String,
    update: String,
}

/// Writes the letter of a person. There is at least one question.
pub fn write(author: Author, person: &Person, questions: &[Question], now: Stamp) -> Result<Words, String> {
    let names: Vec<String> = questions.iter().map(|question| question.service.facts.name.clone()).collect();
    let count = text::count(u64::try_from(names.len()).unwrap_or(u64::MAX), "service", "services");
    let content = Content {
        sender: author.sender(),
        headline: match names.as_slice() {
            [name] => format!("Are the figures of {name} still right?"),
            _ => format!("Are the figures of {count} still right?"),
        },
        names: text::list(&names, "and"),
        entries: questions.iter().map(|question| entry(author, person, question, now)).collect(),
        days: GOOD_FOR.num_days(),
        all: author.config.link("update"),
        stop: list(author, &person.id).unsubscribe,
    };
    author.letters.write("reminder", &content)
}

/// How the reminders of a person are stopped.
pub fn list(author: Author, person: &PersonId) -> List {
    let token = reminder_link::stop_token(author.signer, Stops::Reminders, person);
    List {
        id: format!("reminders-{person}"),
        unsubscribe: author.config.link(&format!("unsubscribe/reminders/{token}")),
    }
}

fn entry(author: Author, person: &Person, question: &Question, now: Stamp) -> Entry {
    let service = &question.service;
    let capacity = &service.capacity;
    let zone = author.config.timezone;
    let asked =
        AskedAbout { service: service.id.clone(), person: person.id.clone(), version: capacity.version, at: now };
    let token = asked.token(author.signer);
    let confirm = || author.config.link(&format!("confirm/{token}"));
    Entry {
        name: service.facts.name.clone(),
        confirmed: match capacity.confirmed_at {
            Some(at) => format!("confirmed {} ({})", zone.when(at), local::age(now, at)),
            None => "never told".to_owned(),
        },
        why: why(question),
        figures: figures(service),
        same: capacity.confirmed_at.map_or_else(String::new, |_| confirm()),
        update: author.config.link(&format!("update/{}", service.id)),
    }
}

fn why(question: &Question) -> String {
    if question.service.capacity.confirmed_at.is_none() {
        return "Nobody has told us yet what is free. Staff and families see “Not told yet”.".to_owned();
    }
    if question.unanswered.times > 1 {
        return format!("We have asked {} times since, and nobody has answered.", question.unanswered.times);
    }
    let every = match question.rate.recip() {
        days if days < 1.5 => "every day".to_owned(),
        days => format!("every {days:.0} days"),
    };
    if question.is_probably_wrong {
        return format!("They change about {every} here, so by now they are probably out of date.");
    }
    format!("They change about {every} here, but soon everybody reads that nobody has confirmed them.")
}

/// The figures, a line each: `General nursing, permanent: maximum 40, occupied 37, reserved 1, accepting 2`.
pub fn figures(service: &CareService) -> Vec<String> {
    let capacity = &service.capacity;
    let status = match capacity.status {
        AdmissionStatus::Open => None,
        AdmissionStatus::OnRequest => Some("Admissions on request".to_owned()),
        AdmissionStatus::Closed => Some("Closed to admissions".to_owned()),
    };
    let line = |line: &Line| match line {
        Line::Bed(bed) => {
            let lost = match bed.not_admittable() {
                0 => String::new(),
                lost => format!(", not admittable {lost}"),
            };
            format!(
                "{}, {}: maximum {}, occupied {}, reserved {}, accepting {}{lost}",
                bed.bed_type.label(),
                bed.stay.label().to_lowercase(),
                bed.maximum,
                bed.occupied,
                bed.reserved,
                bed.accepting
            )
        }
        Line::Hours(hours) => {
            let free = text::count(hours.hours_available.into(), "hour", "hours");
            format!("{}, {}: {free} free a week", hours.area, hours.time_of_day.label().to_lowercase())
        }
    };
    status.into_iter().chain(capacity.lines.iter().map(line)).collect()
}
