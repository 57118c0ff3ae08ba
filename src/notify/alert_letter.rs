//! What a message sent at once says: which services have just come to match an alert.
//! Which those are was found from the log; nothing is looked for here.

use std::sync::Arc;

use serde::Serialize;

use crate::base::text;
use crate::board::Snapshot;
use crate::domain::alert::Alert;
use crate::domain::care_service::CareService;
use crate::domain::change::Change;
use crate::domain::filter::Filter;
use crate::notify::figures::{Entry, Figures};
use crate::notify::letter::{Author, Handles, Sender, Words};
use crate::notify::push::Notice;

/// A list longer than this is read on the page.
const MOST_ENTRIES: usize = 25;

/// What an alert has to tell: each change after which a service matched, oldest first.
pub struct News<'a> {
    pub alert: &'a Alert,
    pub filter: &'a Filter,
    pub changes: &'a [Change],
    pub staff: bool,
}

/// The mail that tells it, and how things stand by now where they have changed again.
pub fn write(author: Author, news: &News, snapshot: &Snapshot) -> Result<Words, String> {
    #[derive(Serialize)]
    struct Content {
        #[serde(flatten)]
        sender: Sender,
        #[serde(flatten)]
        handles: Handles,
        headline: String,
        name: String,
        words: String,
        entries: Vec<Entry>,
        more: usize,
        list: String,
    }
    let entries = news.changes.iter().take(MOST_ENTRIES).map(|change| entry(author, news, change, snapshot));
    let content = Content {
        sender: author.sender(),
        handles: author.handles(news.alert),
        headline: headline(news),
        name: news.alert.name.clone(),
        words: news.filter.words(),
        entries: entries.collect(),
        more: news.changes.len().saturating_sub(MOST_ENTRIES),
        list: list(author, news),
    };
    author.letters.write("alert", &content)
}

/// The notification that tells it.
pub fn notice(author: Author, news: &News) -> Notice {
    let zone = author.config.timezone;
    let lines = news.changes.iter().take(3).map(|change| {
        let figures = Figures::of(&change.service, news.filter).words();
        format!("{}, {}", figures.unwrap_or_else(|| news.filter.words()), zone.time(change.at))
    });
    let url = match news.changes {
        [change] => author.config.link(&format!("services/{}", change.service.id)),
        _ => list(author, news),
    };
    Notice {
        title: match news.changes {
            [change] => change.service.facts.name.clone(),
            _ => headline(news),
        },
        body: format!("{}\n{}", lines.collect::<Vec<_>>().join("\n"), news.alert.name),
        url,
        tag: Notice::tag(news.alert.id.as_str()),
        silent: false,
    }
}

/// The notification that takes the place of one whose services have all ceased to match.
pub fn taken_back(author: Author, news: &News) -> Notice {
    let title = match news.changes {
        [change] => format!("{} no longer matches", change.service.facts.name),
        changes => {
            let many = u64::try_from(changes.len()).unwrap_or(u64::MAX);
            text::count(many, "service no longer matches", "services no longer match")
        }
    };
    let body = format!("What you were told of is gone again.\n{}", news.alert.name);
    Notice { title, body, url: list(author, news), tag: Notice::tag(news.alert.id.as_str()), silent: true }
}

/// The notification that somebody asks for, to see that they arrive.
pub fn test_notice(author: Author) -> Notice {
    Notice {
        title: format!("{} reaches this device", author.config.site_name),
        body: "This is the test you asked for. Alerts look like this.".to_owned(),
        url: author.config.link("alerts"),
        tag: "berth-test".to_owned(),
        silent: false,
    }
}

fn headline(news: &News) -> String {
    match news.changes {
        [change] => {
            let name = &change.service.facts.name;
            match Figures::of(&change.service, news.filter).words() {
                Some(figures) => format!("{figures} at {name}"),
                None => format!("{name} now matches"),
            }
        }
        changes => {
            text::count(u64::try_from(changes.len()).unwrap_or(u64::MAX), "service now matches", "services now match")
        }
    }
}

/// The service as it came to match, and what it has become since.
fn entry(author: Author, news: &News, change: &Change, snapshot: &Snapshot) -> Entry {
    let config = author.config;
    let url = config.link(&format!("services/{}", change.service.id));
    let entry = |service: &CareService| Entry::of(service, news.filter, url.clone(), None, config.timezone);
    let then = entry(&change.service);
    let is_newer =
        |now: &&Arc<CareService>| now.capacity.version > change.service.capacity.version || now.left_at.is_some();
    let now = snapshot.get(&change.service.id).filter(is_newer).map(|now| entry(now).state);
    Entry { since: now.filter(|now| *now != then.state), ..then }
}

fn list(author: Author, news: &News) -> String {
    let page = if news.staff { "board" } else { "search" };
    author.config.link(&format!("{page}?{}", news.filter.query()))
}
