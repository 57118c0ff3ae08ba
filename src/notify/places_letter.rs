//! A few services for somebody who was told of them: as a letter, and as a text message. Which they are,
//! and to whom it goes, is not decided here.

use std::sync::Arc;

use serde::Serialize;

use crate::base::text;
use crate::domain::care_service::CareService;
use crate::domain::freshness::Moment;
use crate::notify::letter::{Author, Sender, Words};
use crate::notify::place::{Place, standing};

#[derive(Serialize)]
struct Content {
    #[serde(flatten)]
    sender: Sender,
    count: String,
    services: Vec<Place>,
    compare: String,
}

/// Where these services stand side by side.
fn compare(author: Author, services: &[Arc<CareService>]) -> String {
    let ids: Vec<String> = services.iter().map(|service| format!("id={}", service.id)).collect();
    author.config.link(&format!("shortlist?{}", ids.join("&")))
}

pub fn write(author: Author, services: &[Arc<CareService>], moment: &Moment) -> Result<Words, String> {
    let content = Content {
        sender: author.sender(),
        count: text::count(services.len() as u64, "care service", "care services"),
        services: services.iter().map(|service| Place::of(author, service, moment)).collect(),
        compare: compare(author, services),
    };
    author.letters.write("places", &content)
}

/// `Alder House, Winchester: 2 vacancies, confirmed 3 hours ago. 01632 960001`, a line each, and where more is.
pub fn text(author: Author, services: &[Arc<CareService>], moment: &Moment) -> String {
    let line = |service: &Arc<CareService>| {
        let facts = &service.facts;
        let town = facts.address.town.as_ref().map(|town| format!(", {town}")).unwrap_or_default();
        let phone = facts.phone.as_ref().map(|phone| format!(". {phone}")).unwrap_or_default();
        format!("{}{town}: {}{phone}", facts.name, standing(service, moment))
    };
    let lines: Vec<String> = services.iter().map(line).collect();
    format!("{}\n{}", lines.join("\n"), compare(author, services))
}
