//! What a digest says: counts, what is new and what is full since the one before, and for staff
//! what nobody has confirmed. It reads one state of the board; whether one is due is not decided here.

use std::sync::Arc;

use serde::Serialize;

use crate::base::text;
use crate::board::Snapshot;
use crate::domain::alert::Alert;
use crate::domain::care_service::CareService;
use crate::domain::digest::{Cadence, Counted};
use crate::domain::filter::Filter;
use crate::domain::freshness::Moment;
use crate::domain::words::{Freshness, GuideKind};
use crate::notify::figures::{Entry, Figures};
use crate::notify::letter::{Author, Handles, Sender, Words};
use crate::store::digests::Before;

/// A list longer than this is read on the page.
const MOST_ENTRIES: usize = 25;

/// Which digest is wanted.
pub struct Wanted<'a> {
    pub alert: &'a Alert,
    pub filter: &'a Filter,
    pub cadence: Cadence,
    pub before: Option<&'a Before>,
    /// Whether its reader is staff, and so is told what nobody has confirmed.
    pub staff: bool,
    pub moment: Moment,
    /// How large a guide for the filter is, in bytes, where that is known. Asked only if there is
    /// something to say.
    pub size: &'a dyn Fn(GuideKind) -> Option<usize>,
}

/// A digest: what it counted, and its words if there is anything to say.
pub struct Digest {
    pub counted: Counted,
    pub words: Option<Words>,
}

/// Writes the digest of one state of the board.
pub fn write(author: Author, snapshot: &Snapshot, wanted: &Wanted) -> Result<Digest, String> {
    let state = State::of(snapshot, wanted);
    let words = if state.says_something(wanted) {
        Some(author.letters.write("digest", &content(author, &state, wanted))?)
    } else {
        None
    };
    Ok(Digest { counted: state.counted, words })
}

struct State {
    counted: Counted,
    figures: Figures,
    fresh: Vec<Arc<CareService>>,
    full: Vec<Arc<CareService>>,
    unconfirmed: Vec<Arc<CareService>>,
}

impl State {
    fn of(snapshot: &Snapshot, wanted: &Wanted) -> Self {
        let filter = with_vacancies(wanted.filter);
        let (mut counted, mut figures, mut fresh) = (Counted::default(), Figures::default(), Vec::new());
        let before = wanted.before.map(|before| &before.counted.vacant);
        for service in snapshot.matching(&filter, &wanted.moment) {
            let own = Figures::of(&service, &filter);
            figures.add(&own);
            counted.vacant.insert(service.id.clone(), own.vacant());
            if before.is_none_or(|before| !before.contains_key(&service.id)) {
                fresh.push(service);
            }
        }
        (counted.places, counted.hours) = (figures.places(), figures.hours);
        let gone = before.into_iter().flatten().filter(|(id, _)| !counted.vacant.contains_key(id));
        let full = gone.filter_map(|(id, _)| snapshot.get(id).cloned()).collect();
        let unconfirmed = if wanted.staff { unconfirmed(snapshot, wanted) } else { Vec::new() };
        Self { counted, figures, fresh, full, unconfirmed }
    }

    fn says_something(&self, wanted: &Wanted) -> bool {
        let changed = wanted.before.is_some_and(|before| before.counted != self.counted);
        wanted.alert.heartbeat
            || changed
            || !(self.fresh.is_empty() && self.full.is_empty() && self.unconfirmed.is_empty())
    }
}

/// The filter of what has at least one vacancy.
fn with_vacancies(filter: &Filter) -> Filter {
    Filter { vacant: Some(filter.vacant.unwrap_or(1).max(1)), ..filter.clone() }
}

/// Services that the filter means, whatever their figures, longest unconfirmed first, never last.
fn unconfirmed(snapshot: &Snapshot, wanted: &Wanted) -> Vec<Arc<CareService>> {
    let facts = Filter {
        bed_type: Vec::new(),
        stay: Vec::new(),
        gender: Vec::new(),
        funding: Vec::new(),
        max_fee: None,
        vacant: None,
        fresh: None,
        by: None,
        ..wanted.filter.clone()
    };
    let mut found = snapshot.matching(&facts, &wanted.moment);
    found.retain(|service| match service.capacity.freshness(&wanted.moment) {
        Freshness::Fresh | Freshness::Ageing => false,
        Freshness::Stale | Freshness::Never => true,
    });
    found.sort_by_key(|service| (service.capacity.confirmed_at.is_none(), service.capacity.confirmed_at));
    found
}

#[derive(Serialize)]
struct Content {
    #[serde(flatten)]
    sender: Sender,
    #[serde(flatten)]
    handles: Handles,
    headline: String,
    name: String,
    cadence: &'static str,
    words: String,
    period: String,
    services: Count,
    places: Option<Count>,
    by_type: Vec<Row>,
    hours: Option<Count>,
    parts: Vec<Part>,
    list: String,
    guides: Vec<Guide>,
}

/// A number, and how it differs from the last time.
#[derive(Serialize)]
struct Count {
    label: String,
    number: String,
    change: String,
    line: String,
}

#[derive(Serialize)]
struct Row {
    label: &'static str,
    number: String,
}

#[derive(Serialize)]
struct Part {
    title: String,
    entries: Vec<Entry>,
    more: usize,
}

#[derive(Serialize)]
struct Guide {
    label: &'static str,
    /// `PDF, 0.4 MB`
    file: String,
    url: String,
}

fn content(author: Author, state: &State, wanted: &Wanted) -> Content {
    let config = author.config;
    let before = wanted.before.map(|before| &before.counted);
    let services = |counted: &Counted| u32::try_from(counted.vacant.len()).unwrap_or(u32::MAX);
    let count = |label: &str, of: &dyn Fn(&Counted) -> u32| Count::new(label, of(&state.counted), before.map(of));
    let had = |of: fn(&Counted) -> u32| of(&state.counted) > 0 || before.is_some_and(|before| of(before) > 0);
    let page = if wanted.staff { "board" } else { "search" };
    let as_of = config.timezone.when(wanted.moment.now);
    Content {
        sender: author.sender(),
        handles: author.handles(wanted.alert),
        headline: headline(state, wanted.before.is_none()),
        name: wanted.alert.name.clone(),
        cadence: wanted.cadence.word(),
        words: wanted.filter.words(),
        period: match wanted.before {
            Some(before) => format!("from {} to {as_of}", config.timezone.when(before.made_at)),
            None => format!("as of {as_of}"),
        },
        services: count("Services with vacancies", &services),
        places: had(|counted| counted.places).then(|| count("Places accepting now", &|counted| counted.places)),
        by_type: state
            .figures
            .by_type
            .iter()
            .map(|(bed_type, places)| Row { label: bed_type.label(), number: text::grouped((*places).into()) })
            .collect(),
        hours: had(|counted| counted.hours).then(|| count("Hours of care at home a week", &|counted| counted.hours)),
        parts: parts(author, state, wanted),
        list: config.link(&format!("{page}?{}", wanted.filter.query())),
        guides: guides(author, wanted),
    }
}

fn headline(state: &State, first: bool) -> String {
    let number = |services: &[Arc<CareService>]| u64::try_from(services.len()).unwrap_or(u64::MAX);
    let all = || {
        let vacant = u64::try_from(state.counted.vacant.len()).unwrap_or(u64::MAX);
        text::count(vacant, "service with vacancies", "services with vacancies")
    };
    match (first, state.fresh.is_empty(), state.full.is_empty()) {
        (false, false, _) => {
            text::count(number(&state.fresh), "service with new vacancies", "services with new vacancies")
        }
        (false, true, false) => format!("{} now full", text::count(number(&state.full), "service", "services")),
        (true, ..) | (false, true, true) => all(),
    }
}

fn parts(author: Author, state: &State, wanted: &Wanted) -> Vec<Part> {
    let filter = with_vacancies(wanted.filter);
    let days = text::count(author.config.ageing_days.unsigned_abs(), "day", "days");
    let part = |title: String, services: &[Arc<CareService>]| {
        let entry = |service: &Arc<CareService>| {
            let url = author.config.link(&format!("services/{}", service.id));
            Entry::of(service, &filter, url, Some(wanted.moment.now), author.config.timezone)
        };
        Part {
            title,
            entries: services.iter().take(MOST_ENTRIES).map(entry).collect(),
            more: services.len().saturating_sub(MOST_ENTRIES),
        }
    };
    let fresh = if wanted.before.is_some() { "New vacancies" } else { "Vacancies" };
    let mut parts = vec![
        part(fresh.to_owned(), &state.fresh),
        part("No vacancy any more".to_owned(), &state.full),
        part(format!("Not confirmed for {days}"), &state.unconfirmed),
    ];
    parts.retain(|part| !part.entries.is_empty());
    parts
}

/// The weekly guides of what the filter is about.
fn guides(author: Author, wanted: &Wanted) -> Vec<Guide> {
    let about = |guide: &&GuideKind| wanted.filter.kind.is_empty() || wanted.filter.kind.contains(&guide.lists());
    let guide = |guide: &GuideKind| Guide {
        label: guide.label(),
        file: match (wanted.size)(*guide) {
            Some(bytes) => format!("PDF, {}", text::megabytes(bytes)),
            None => "PDF".to_owned(),
        },
        url: author.config.link(&format!("guides/{}.pdf?{}", guide.word(), wanted.filter.query())),
    };
    match wanted.cadence {
        Cadence::Daily => Vec::new(),
        Cadence::Weekly => GuideKind::ALL.iter().filter(about).map(guide).collect(),
    }
}

impl Count {
    fn new(label: &str, now: u32, before: Option<u32>) -> Self {
        let change = match before {
            None => String::new(),
            Some(before) if now > before => format!("{} more than last time", text::grouped((now - before).into())),
            Some(before) if now < before => format!("{} fewer than last time", text::grouped((before - now).into())),
            Some(_) => "as last time".to_owned(),
        };
        let number = text::grouped(now.into());
        let line =
            if change.is_empty() { format!("{label}: {number}") } else { format!("{label}: {number} ({change})") };
        Self { label: label.to_owned(), number, change, line }
    }
}
