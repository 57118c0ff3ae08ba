//! The guides to residential care and to care at home: one `Guide`, made from the data and the
//! texts, that HTML, PDF, large print and plain text draw. It finds no services and asks no clock.

pub mod asked;
pub mod chapters;
pub mod easy_read;
pub mod edited;
mod editing;
pub mod entry;
pub mod facts;
pub mod html;
pub mod index;
pub mod listing;
pub mod map;
#[cfg(feature = "pdf")]
pub mod pdf;
pub mod plain;
mod qr;
pub mod shelf;
pub mod texts;
pub mod typst;
pub mod volumes;
pub mod workshop;

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::NaiveDate;
use serde::Serialize;

use crate::base::colour::Colour;
use crate::base::local::{Zone, day_words};
use crate::base::stamp::Stamp;
use crate::base::text;
use crate::domain::care_service::CareService;
use crate::domain::filter::Filter;
use crate::domain::freshness::Moment;
use crate::domain::outline::Outline;
use crate::domain::words::GuideKind;
use crate::guide::chapters::Chapter;
use crate::guide::facts::Figure;
use crate::guide::index::Index;
use crate::guide::listing::Area;
use crate::guide::map::Map;
use crate::guide::texts::{Names, Texts};

/// More council areas than this are counted on the cover, not named.
const MOST_AREAS_NAMED: usize = 6;

/// What a guide is to be made of.
pub struct Order<'a> {
    pub kind: GuideKind,
    /// In any order; those of the other kind and those that the filter leaves out are passed over.
    pub services: &'a [Arc<CareService>],
    pub filter: &'a Filter,
    pub moment: Moment,
    pub zone: Zone,
    /// What the service calls itself.
    pub site: &'a str,
    /// Of the cover and the headings, if the deployment has one of its own.
    pub colour: Option<Colour>,
    /// Whom to phone for help, or for another format.
    pub help_phone: Option<&'a str>,
    /// Where the same list is live, if this deployment can be reached.
    pub live_url: Option<&'a str>,
    /// A sentence that belongs on the cover, such as that the data are a demonstration's.
    pub notice: Option<&'a str>,
    /// A few words to the one reader for whom it is made.
    pub note: Option<&'a str>,
    /// Of council areas, for the map.
    pub outlines: &'a [Outline],
    pub texts: &'a Texts,
}

/// A guide, whole and in words. Every format draws exactly this.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Guide {
    pub kind: GuideKind,
    pub title: String,
    /// Short sentences and places for pictures instead of the chapters and the listing.
    pub is_easy_read: bool,
    /// `Care homes in Hampshire, Portsmouth and Southampton`
    pub scope: String,
    pub site: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub colour: Option<Colour>,
    pub notice: Option<String>,
    /// The words to its one reader, a paragraph each.
    pub note: Vec<String>,
    pub made_at: Stamp,
    /// `9:30am, 22 November 2026`
    pub made_when: String,
    /// `22 November 2026`
    pub made_on: String,
    /// How many are listed and how many have vacancies, or that there are none.
    pub summary: String,
    /// Whom to ask for formats that are not made here.
    pub other_formats: String,
    pub live: Option<Live>,
    pub chapters: Vec<Chapter>,
    /// The heads of the two columns of a checklist.
    pub compared: [String; 2],
    pub map: Option<Map>,
    pub areas: Vec<Area>,
    pub figures: Vec<Figure>,
    pub index: Index,
}

/// Where the live list is, as an address and as a code for a phone's camera.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Live {
    pub url: String,
    pub qr: Option<String>,
}

/// Makes the guide, or says what is wrong with its texts.
pub fn build(order: &Order) -> Result<Guide, String> {
    let mut services: Vec<Arc<CareService>> = order
        .services
        .iter()
        .filter(|service| service.facts.kind == order.kind.lists() && order.filter.matches(service, &order.moment))
        .cloned()
        .collect();
    listing::sort(&mut services);
    let today = order.zone.day(order.moment.now);
    let names = names(order.site, order.help_phone, today);
    let wording = order.texts.wording(order.kind, today, &names)?;
    let areas = listing::areas(&services, &order.moment, order.zone);
    Ok(Guide {
        kind: order.kind,
        title: order.kind.label().to_owned(),
        is_easy_read: false,
        scope: scope(order, &areas),
        site: order.site.to_owned(),
        colour: order.colour,
        notice: order.notice.map(str::to_owned),
        note: order.note.map(paragraphs).unwrap_or_default(),
        made_at: order.moment.now,
        made_when: order.zone.when(order.moment.now),
        made_on: day_words(today),
        summary: summary(order.kind, &areas),
        other_formats: match order.help_phone {
            Some(phone) => format!("For audio, Easy Read or another language, phone {phone}."),
            None => "Ask your council for audio, Easy Read or another language.".to_owned(),
        },
        live: order.live_url.map(|url| Live { url: url.to_owned(), qr: qr::svg(url) }),
        chapters: wording.chapters,
        compared: compared(order.kind).map(str::to_owned),
        map: map::map(&services, order.outlines),
        index: Index::new(&areas, &services),
        areas,
        figures: wording.figures,
    })
}

/// What somebody typed, by its lines.
fn paragraphs(note: &str) -> Vec<String> {
    note.lines().map(text::tidy).filter(|line| !line.is_empty()).collect()
}

/// What the chapters may name besides figures.
fn names(site: &str, help_phone: Option<&str>, today: NaiveDate) -> Names<'static> {
    let on_help_phone = help_phone.map(|phone| format!(" on {phone}")).unwrap_or_default();
    Names::from([("site", site.to_owned()), ("made_on", day_words(today)), ("on_help_phone", on_help_phone)])
}

/// What the guide lists: the filter in words, or the council areas that it covers.
fn scope(order: &Order, areas: &[Area]) -> String {
    let mut filter = order.filter.clone();
    if filter.care_type.is_empty() && filter.kind.is_empty() {
        filter.kind = vec![order.kind.lists()];
    }
    let mut words = filter.words();
    if *order.filter == Filter::default() && !areas.is_empty() {
        let names: BTreeSet<String> = areas.iter().map(|area| area.name.clone()).collect();
        let names: Vec<String> = names.into_iter().collect();
        words += &match names.len() {
            count if count > MOST_AREAS_NAMED => format!(" in {count} council areas"),
            _ => format!(" in {}", text::list(&names, "and")),
        };
    }
    let first: String = words.chars().take(1).flat_map(char::to_uppercase).collect();
    first + words.chars().skip(1).collect::<String>().as_str()
}

fn summary(kind: GuideKind, areas: &[Area]) -> String {
    let (one, many) = match kind {
        GuideKind::Residential => ("care home", "care homes"),
        GuideKind::HomeCare => ("agency", "agencies"),
    };
    let entries = || listing::listed(areas).map(|(_, entry)| entry);
    let vacant = entries().filter(|entry| entry.vacancies.is_some).count() as u64;
    match (entries().count() as u64, vacant) {
        (0, _) => format!("No {many} match what was asked for."),
        (all, 0) => format!("{} listed. None of them told us of vacancies.", text::count(all, one, many)),
        (all, vacant) => {
            let had = if vacant == 1 { "had" } else { "of them had" };
            format!("{} listed; {} {had} vacancies.", text::count(all, one, many), text::grouped(vacant))
        }
    }
}

fn compared(kind: GuideKind) -> [&'static str; 2] {
    match kind {
        GuideKind::Residential => ["Home 1", "Home 2"],
        GuideKind::HomeCare => ["Agency 1", "Agency 2"],
    }
}
