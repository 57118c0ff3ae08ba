//! The letter that brings a guide: the words of who sends it, what is free just now, and where the guide
//! is. The guide itself is not attached: it is made when it is opened, with the vacancies of that moment.

use serde::Serialize;

use crate::base::text;
use crate::board::Snapshot;
use crate::domain::filter::Filter;
use crate::domain::freshness::Moment;
use crate::domain::words::GuideKind;
use crate::notify::letter::{Author, Sender, Words};
use crate::notify::place::Place;
use crate::ops::send_guide::GuideMail;

/// A letter is read on a phone: so many services are named, the others counted.
const MOST_NAMED: usize = 10;

#[derive(Serialize)]
struct Content {
    #[serde(flatten)]
    sender: Sender,
    title: &'static str,
    is_known: bool,
    note: Vec<String>,
    services: Vec<Place>,
    /// "and 12 more", or nothing.
    more: String,
    page: String,
    pdf: String,
    large_print: String,
}

impl Author<'_> {
    pub fn guide(&self, mail: &GuideMail, filter: &Filter, board: &Snapshot, moment: Moment) -> Result<Words, String> {
        let of_kind = Filter { kind: vec![mail.kind.lists()], ..filter.clone() };
        let services = board.matching(&of_kind, &moment);
        let more = services.len().saturating_sub(MOST_NAMED) as u64;
        let address = |ending: &str| {
            let path = format!("guides/{}{ending}", mail.kind);
            let link = self.config.link(&path);
            if mail.query.is_empty() { link } else { format!("{link}?{}", mail.query) }
        };
        let content = Content {
            sender: self.sender(),
            title: mail.kind.label(),
            is_known: mail.is_known,
            note: mail.note.lines().map(str::to_owned).collect(),
            services: services.iter().take(MOST_NAMED).map(|service| Place::of(*self, service, &moment)).collect(),
            more: if more > 0 { format!("and {} more", text::grouped(more)) } else { String::new() },
            page: address(".html"),
            pdf: address(".pdf"),
            large_print: address(".large-print.pdf"),
        };
        self.letters.write("guide", &content)
    }
}

/// What a preview of the letter shows.
pub fn sample(kind: GuideKind) -> GuideMail {
    GuideMail {
        to: crate::domain::person::EmailAddress::parse("reader@example.org").expect("it is an address"),
        kind,
        query: String::new(),
        note: "As we said on the phone: these are near your sister.".to_owned(),
        is_known: true,
    }
}
