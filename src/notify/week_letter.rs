//! The weekly mail to who keeps services: how each was met in the week, how old its figures are and
//! what became of them. Who gets one, and when, is not decided here.

use serde::Serialize;

use crate::base::local;
use crate::base::stamp::Stamp;
use crate::base::text;
use crate::domain::person::PersonId;
use crate::notify::letter::{Author, List, Sender, Words};
use crate::ops::reminder_link::{self, Stops};
use crate::ops::service_week::Week;

/// A list longer than this is read on the page.
const MOST_ENTRIES: usize = 25;
/// So many of a service's changes are told.
const MOST_CHANGES: usize = 6;

#[derive(Serialize)]
struct Content {
    #[serde(flatten)]
    sender: Sender,
    headline: String,
    entries: Vec<Entry>,
    more: usize,
    all: String,
    stop: String,
}

#[derive(Serialize)]
struct Entry {
    name: String,
    met: Vec<String>,
    /// `confirmed 9:14am, 22 November 2026 (3 days ago)`
    figures: String,
    changes: Vec<String>,
    update: String,
    record: String,
}

/// Writes the letter of a person about these weeks, of which at least one says something.
pub fn write(author: Author, person: &PersonId, weeks: &[Week], now: Stamp) -> Result<Words, String> {
    let content = Content {
        sender: author.sender(),
        headline: headline(weeks),
        entries: weeks.iter().take(MOST_ENTRIES).map(|week| entry(author, week, now)).collect(),
        more: weeks.len().saturating_sub(MOST_ENTRIES),
        all: author.config.link("update"),
        stop: list(author, person).unsubscribe,
    };
    author.letters.write("week", &content)
}

/// How the weekly mails of a person are stopped.
pub fn list(author: Author, person: &PersonId) -> List {
    let token = reminder_link::stop_token(author.signer, Stops::Week, person);
    List { id: format!("week-{person}"), unsubscribe: author.config.link(&format!("unsubscribe/week/{token}")) }
}

fn headline(weeks: &[Week]) -> String {
    let found = weeks.iter().map(|week| week.met.found).sum();
    let whose = match weeks {
        [week] => week.service.facts.name.clone(),
        _ => format!("your {}", text::count(count(weeks.len()), "service", "services")),
    };
    match (found, weeks) {
        (0, _) => format!("last week at {whose}"),
        (_, [_]) => format!("{whose} was found {} last week", times(found)),
        _ => format!("{whose} were found {} last week", times(found)),
    }
}

fn entry(author: Author, week: &Week, now: Stamp) -> Entry {
    let (id, capacity) = (&week.service.id, &week.service.capacity);
    let met = [
        ("Found in searches", week.met.found, week.before.found),
        ("Its page opened", week.met.seen, week.before.seen),
        ("Asked by staff", week.met.asked, week.before.asked),
    ];
    let told = |(what, number, before)| format!("{what}: {} ({})", times(number), beside(number, before));
    let mut changes: Vec<String> = week.changes.iter().take(MOST_CHANGES).cloned().collect();
    match week.changes.len().saturating_sub(MOST_CHANGES) {
        0 => {}
        more => changes.push(format!("and {more} more")),
    }
    Entry {
        name: week.service.facts.name.clone(),
        met: met.map(told).to_vec(),
        figures: match capacity.confirmed_at {
            Some(at) => format!("confirmed {} ({})", author.config.timezone.when(at), local::age(now, at)),
            None => "never told".to_owned(),
        },
        changes,
        update: author.config.link(&format!("update/{id}")),
        record: author.config.link(&format!("update/{id}/record")),
    }
}

/// `once`, `12 times`
fn times(number: u64) -> String {
    match number {
        0 => "not once".to_owned(),
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        _ => format!("{} times", text::grouped(number)),
    }
}

fn beside(number: u64, before: u64) -> String {
    match number.cmp(&before) {
        std::cmp::Ordering::Greater => format!("{} more than the week before", text::grouped(number - before)),
        std::cmp::Ordering::Less => format!("{} fewer than the week before", text::grouped(before - number)),
        std::cmp::Ordering::Equal => "as the week before".to_owned(),
    }
}

fn count(many: usize) -> u64 {
    u64::try_from(many).unwrap_or(u64::MAX)
}
