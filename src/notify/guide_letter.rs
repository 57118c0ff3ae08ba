//! The letter that brings a guide: the words of who sends it, what is free just now, and where the guide
//! is. The guide itself is not attached: it is made when it is opened, with the vacancies of that moment.

use serde::Serialize;

use crate::base::text;
use crate::board::Snapshot;
use crate::domain::care_service::CareService;
use crate::domain::filter::Filter;
use crate::domain::freshness::Moment;
use crate::domain::words::{AdmissionStatus, Freshness, GuideKind, Kind};
use crate::notify::letter::{Author, Sender, Words};
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
    services: Vec<Line>,
    /// "and 12 more", or nothing.
    more: String,
    page: String,
    pdf: String,
    large_print: String,
}

#[derive(Serialize)]
struct Line {
    name: String,
    town: String,
    vacancies: String,
    phone: String,
    link: String,
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
            services: services.iter().take(MOST_NAMED).map(|service| self.line(service, &moment)).collect(),
            more: if more > 0 { format!("and {} more", text::grouped(more)) } else { String::new() },
            page: address(".html"),
            pdf: address(".pdf"),
            large_print: address(".large-print.pdf"),
        };
        self.letters.write("guide", &content)
    }

    fn line(&self, service: &CareService, moment: &Moment) -> Line {
        Line {
            name: service.facts.name.clone(),
            town: service.facts.address.town.clone().unwrap_or_default(),
            vacancies: vacancies(service, moment),
            phone: service.facts.phone.clone().unwrap_or_default(),
            link: self.config.link(&format!("services/{}", service.id)),
        }
    }
}

/// What is free, in few words.
pub(super) fn vacancies(service: &CareService, moment: &Moment) -> String {
    let capacity = &service.capacity;
    let vacant = u64::from(capacity.vacant());
    match (capacity.freshness(moment), capacity.status, vacant) {
        (Freshness::Never, ..) => "vacancies not known".to_owned(),
        (Freshness::Fresh | Freshness::Ageing | Freshness::Stale, AdmissionStatus::Closed, _) => {
            "not taking new people".to_owned()
        }
        (
            Freshness::Fresh | Freshness::Ageing | Freshness::Stale,
            AdmissionStatus::Open | AdmissionStatus::OnRequest,
            _,
        ) => match service.facts.kind {
            Kind::CareHome => text::count(vacant, "vacancy", "vacancies"),
            Kind::HomeCare => format!("{} free a week", text::count(vacant, "hour", "hours")),
        },
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
