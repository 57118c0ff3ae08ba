//! One care service as an entry of a guide: every field in the words that readers see.
//! The same entry is drawn by every format; what is not known is left out or said to be unknown.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;
use url::Url;

use crate::base::local::{self, Zone, day_words};
use crate::base::text;
use crate::domain::capacity::{BedLine, Capacity, HoursLine, Line};
use crate::domain::care_service::{Address, CareService, OverallRating};
use crate::domain::freshness::Moment;
use crate::domain::words::{AdmissionStatus, Freshness, Gender, Kind, Stay};
use crate::guide::chapters::safe_href;
use crate::guide::facts::pounds;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// Where links lead; unique in the guide.
    pub anchor: String,
    /// As the register spells it.
    pub name: String,
    /// `Nursing home and residential home, 45 beds`
    pub what: String,
    pub run_by: Option<String>,
    pub address: Option<String>,
    pub phone: Option<Link>,
    pub website: Option<Link>,
    /// `Older people, dementia`
    pub supports: Option<String>,
    pub vacancies: Vacancies,
    pub rating: RatingWords,
    /// `From £1,200 a week`
    pub fee: Option<String>,
    pub id: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    pub text: String,
    pub href: Option<String>,
}

/// What a service can take, with the time at which it said so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Vacancies {
    /// Whether there is at least one.
    pub is_some: bool,
    /// `3 vacancies`, `No vacancies`, `Vacancies not known`
    pub headline: String,
    /// `at 9:30am, 22 November 2026`
    pub stamp: Option<String>,
    /// `Dementia nursing: 2 places, from £1,200 a week`
    pub lines: Vec<String>,
    /// How old the figure is and what to do about it.
    pub advice: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RatingWords {
    /// `Good`, `Not rated yet`
    pub overall: String,
    /// `report of 6 May 2020`
    pub report: Option<String>,
    pub href: Option<String>,
}

impl Entry {
    pub fn new(service: &CareService, ordinal: usize, moment: &Moment, zone: Zone) -> Self {
        let facts = &service.facts;
        Self {
            anchor: anchor(service, ordinal),
            name: facts.name.clone(),
            what: what(service),
            run_by: facts.provider.as_ref().map(|provider| provider.name.clone()),
            address: address(&facts.address),
            phone: facts.phone.as_deref().map(phone),
            website: facts.website.as_deref().map(website),
            supports: sentence_list(&facts.bands.iter().map(|band| band.label()).collect::<Vec<_>>()),
            vacancies: Vacancies::new(&service.capacity, facts.kind, moment, zone),
            rating: rating(facts.rating.as_ref()),
            fee: lowest_fee(&service.capacity).map(|pence| format!("From {} a week", pounds(pence.into()))),
            id: service.id.to_string(),
        }
    }
}

impl Vacancies {
    fn new(capacity: &Capacity, kind: Kind, moment: &Moment, zone: Zone) -> Self {
        let freshness = capacity.freshness(moment);
        let vacant = capacity.vacant();
        let is_told = freshness != Freshness::Never;
        let headline = match (is_told, capacity.status, vacant) {
            (false, ..) => "Vacancies not known".to_owned(),
            (true, AdmissionStatus::Closed, _) => "Not taking new people".to_owned(),
            (true, _, 0) => none_words(kind).to_owned(),
            (true, _, vacant) => some_words(kind, vacant),
        };
        let is_some = is_told && vacant > 0;
        Self {
            is_some,
            headline,
            stamp: capacity.confirmed_at.filter(|_| is_told).map(|at| format!("at {}", zone.when(at))),
            lines: if is_some { lines(capacity, zone.day(moment.now)) } else { Vec::new() },
            advice: advice(capacity, freshness, moment),
        }
    }
}

fn none_words(kind: Kind) -> &'static str {
    match kind {
        Kind::CareHome => "No vacancies",
        Kind::HomeCare => "No hours free",
    }
}

fn some_words(kind: Kind, vacant: u32) -> String {
    match kind {
        Kind::CareHome => text::count(vacant.into(), "vacancy", "vacancies"),
        Kind::HomeCare => format!("{} free a week", text::count(vacant.into(), "hour", "hours")),
    }
}

fn advice(capacity: &Capacity, freshness: Freshness, moment: &Moment) -> String {
    let age = || capacity.confirmed_at.map_or_else(String::new, |at| local::age(moment.now, at));
    let asked = match capacity.status {
        AdmissionStatus::OnRequest => " It decides on request.",
        AdmissionStatus::Open | AdmissionStatus::Closed => "",
    };
    match freshness {
        Freshness::Never => "It has not told us yet. Phone to ask.".to_owned(),
        Freshness::Fresh | Freshness::Ageing => format!("Confirmed {}.{asked} Phone to confirm.", age()),
        Freshness::Stale => format!("Last confirmed {}, so it may have changed.{asked} Phone to confirm.", age()),
    }
}

/// The lines that accept somebody: a line a bed type and stay, or a line a postcode district.
fn lines(capacity: &Capacity, today: NaiveDate) -> Vec<String> {
    let mut beds = Vec::new();
    let mut areas: BTreeMap<&str, Vec<&HoursLine>> = BTreeMap::new();
    for line in capacity.lines.iter().filter(|line| line.accepting() > 0) {
        match line {
            Line::Bed(line) => beds.push(bed_words(line, today)),
            Line::Hours(line) => areas.entry(&line.area).or_default().push(line),
        }
    }
    beds.extend(areas.into_iter().map(|(area, lines)| hours_words(area, &lines)));
    beds
}

fn bed_words(line: &BedLine, today: NaiveDate) -> String {
    let mut words = format!("{}: {}", line.bed_type.label(), text::count(line.accepting.into(), "place", "places"));
    if line.stay != Stay::Permanent {
        words += &format!(", {} stay", line.stay.label().to_lowercase());
    }
    match line.gender {
        Gender::Any => {}
        Gender::Female | Gender::Male => words += &format!(", {} only", line.gender.label().to_lowercase()),
    }
    if let Some(pence) = line.weekly_fee.and_then(|fee| fee.least()) {
        words += &format!(", from {} a week", pounds(pence.into()));
    }
    if let Some(day) = line.earliest_admission.filter(|day| *day > today) {
        words += &format!(", from {}", day_words(day));
    }
    words
}

/// `SO23: morning 6, teatime 4 hours a week`
fn hours_words(area: &str, lines: &[&HoursLine]) -> String {
    let mut times: Vec<(&str, u32)> = Vec::new();
    for line in lines {
        let label = line.time_of_day.label();
        match times.iter_mut().find(|(known, _)| *known == label) {
            Some((_, hours)) => *hours += u32::from(line.hours_available),
            None => times.push((label, line.hours_available.into())),
        }
    }
    let one = times.len() == 1 && times[0].1 == 1;
    let times: Vec<String> = times.iter().map(|(label, hours)| format!("{} {hours}", label.to_lowercase())).collect();
    format!("{area}: {} {} a week", times.join(", "), if one { "hour" } else { "hours" })
}

fn lowest_fee(capacity: &Capacity) -> Option<u32> {
    capacity.beds().filter_map(|line| line.weekly_fee?.least()).min()
}

fn what(service: &CareService) -> String {
    let types: Vec<&str> = service.facts.care_types.iter().map(|care| care.label()).collect();
    let types = sentence_list(&types).unwrap_or_else(|| service.facts.kind.label().to_owned());
    match service.facts.beds.filter(|beds| *beds > 0) {
        Some(beds) => format!("{types}, {}", text::count(beds.into(), "bed", "beds")),
        None => types,
    }
}

/// Labels as one line that begins with a capital: `Older people, dementia, NHS`.
fn sentence_list(labels: &[&str]) -> Option<String> {
    let (first, rest) = labels.split_first()?;
    let lower = |label: &&str| match label.chars().nth(1) {
        Some(second) if second.is_lowercase() => label[..1].to_lowercase() + &label[1..],
        _ => (*label).to_owned(),
    };
    let rest: Vec<String> = rest.iter().map(lower).collect();
    Some(std::iter::once((*first).to_owned()).chain(rest).collect::<Vec<_>>().join(", "))
}

fn address(address: &Address) -> Option<String> {
    let parts = address.lines.iter().chain(&address.town).chain(&address.postcode);
    let parts: Vec<&str> = parts.map(|part| part.trim()).filter(|part| !part.is_empty()).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn phone(number: &str) -> Link {
    let dialled: String = number.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    let is_number = dialled.len() >= 3 && number.chars().all(|c| c.is_ascii_digit() || " +()-.".contains(c));
    Link { text: number.to_owned(), href: is_number.then(|| format!("tel:{dialled}")) }
}

/// A register writes `www.example.org` as often as `https://www.example.org/`, and sometimes no
/// address at all: that is printed, not linked.
fn website(address: &str) -> Link {
    let address = address.trim();
    let whole = if address.contains("://") { address.to_owned() } else { format!("https://{address}") };
    let is_web =
        |url: &Url| matches!(url.scheme(), "http" | "https") && url.host_str().is_some_and(|h| h.contains('.'));
    let href = Url::parse(&whole).ok().filter(is_web).map(String::from);
    let shown = address.trim_start_matches("https://").trim_start_matches("http://").trim_end_matches('/');
    Link { text: shown.to_owned(), href }
}

fn rating(rating: Option<&OverallRating>) -> RatingWords {
    match rating {
        None => RatingWords { overall: "Not rated yet".to_owned(), report: None, href: None },
        Some(rating) => RatingWords {
            overall: rating.overall.label().to_owned(),
            report: rating.published_on.map(|day| format!("report of {}", day_words(day))),
            href: rating.url.as_deref().and_then(safe_href),
        },
    }
}

/// The register's id where it can stand in a link, so that a link to a web guide lasts.
fn anchor(service: &CareService, ordinal: usize) -> String {
    let id = service.id.as_str();
    let is_plain =
        !id.is_empty() && id.len() <= 100 && id.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    if is_plain { format!("service-{id}") } else { format!("entry-{ordinal}") }
}
