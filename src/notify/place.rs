//! A service as letters and text messages name it: where it is, what it has free, and how old that is.
//! Which services are named is not decided here.

use serde::Serialize;

use crate::base::local::age;
use crate::base::text;
use crate::domain::care_service::CareService;
use crate::domain::freshness::Moment;
use crate::domain::words::{AdmissionStatus, Freshness, Kind};
use crate::notify::letter::Author;

#[derive(Serialize)]
pub struct Place {
    name: String,
    town: String,
    /// Street, town and postcode.
    address: String,
    /// `2 vacancies, confirmed 3 hours ago`
    vacancies: String,
    phone: String,
    link: String,
}

impl Place {
    pub fn of(author: Author, service: &CareService, moment: &Moment) -> Self {
        let address = &service.facts.address;
        let parts = address.lines.iter().chain(&address.town).chain(&address.postcode).cloned();
        Self {
            name: service.facts.name.clone(),
            town: address.town.clone().unwrap_or_default(),
            address: parts.collect::<Vec<_>>().join(", "),
            vacancies: standing(service, moment),
            phone: service.facts.phone.clone().unwrap_or_default(),
            link: author.config.link(&format!("services/{}", service.id)),
        }
    }
}

/// What is free and how old that is: never one without the other.
pub fn standing(service: &CareService, moment: &Moment) -> String {
    let confirmed = service.capacity.confirmed_at.map(|at| format!(", confirmed {}", age(moment.now, at)));
    format!("{}{}", vacancies(service, moment), confirmed.unwrap_or_default())
}

/// What is free, in few words.
fn vacancies(service: &CareService, moment: &Moment) -> String {
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
