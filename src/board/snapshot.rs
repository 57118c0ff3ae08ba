//! One state of the board: every care service in the order of names, and what is asked of it.
//! It never changes; the next state is another snapshot.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::base::text;
use crate::board::cursor::{After, Cursor};
use crate::domain::authority::Authority;
use crate::domain::care_service::{CareService, CareServiceId};
use crate::domain::change::{Change, ChangeKind};
use crate::domain::filter::Filter;
use crate::domain::freshness::Moment;
use crate::domain::words::{Band, BedType, CareType, Funding, Gender, Kind, Stay};

/// How much of the found services is wanted, and from where.
#[derive(Clone, Debug)]
pub struct Page {
    pub limit: usize,
    pub cursor: Option<Cursor>,
}

/// One page of what was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// All that match, on whatever page.
    pub total: usize,
    /// In order, each with its miles from the place asked for.
    pub services: Vec<(Arc<CareService>, Option<f64>)>,
    /// Where the next page begins, if there is one.
    pub next: Option<Cursor>,
}

/// How many services each choice would find, were it the only one chosen for its key and all other
/// keys as they are. Every choice is there, in the order of its vocabulary.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facets {
    /// Every authority of the board, in the order of names.
    pub authority: Vec<(Authority, usize)>,
    pub kind: Vec<(Kind, usize)>,
    pub care_type: Vec<(CareType, usize)>,
    pub band: Vec<(Band, usize)>,
    pub bed_type: Vec<(BedType, usize)>,
    pub stay: Vec<(Stay, usize)>,
    pub gender: Vec<(Gender, usize)>,
    pub funding: Vec<(Funding, usize)>,
}

/// An authority and what its services can take.
#[derive(Clone, Debug, PartialEq)]
pub struct AuthorityCounts {
    pub authority: Authority,
    pub care_homes: usize,
    pub home_care: usize,
    /// Services that have at least one vacancy, or hours available.
    pub with_vacancies: usize,
    /// Beds accepting admissions now, over all care homes.
    pub vacancies: u64,
    /// Hours a week available, over all home-care agencies.
    pub hours_available: u64,
}

#[derive(Debug)]
struct Listed {
    service: Arc<CareService>,
    name: String,
    words: Vec<String>,
}

#[derive(Debug)]
pub struct Snapshot {
    seq: i64,
    listed: Vec<Arc<Listed>>,
    place: HashMap<CareServiceId, usize>,
}

impl Snapshot {
    pub(super) fn new(services: Vec<CareService>, seq: i64) -> Self {
        Self::of(services.into_iter().map(Listed::new).map(Arc::new).collect(), seq)
    }

    fn of(mut listed: Vec<Arc<Listed>>, seq: i64) -> Self {
        listed.sort_by(|one, other| one.key().cmp(&other.key()));
        let place = listed.iter().enumerate().map(|(at, listed)| (listed.service.id.clone(), at)).collect();
        Self { seq, listed, place }
    }

    pub(super) fn after(&self, changes: &[Arc<Change>]) -> Self {
        let mut seq = self.seq;
        let mut latest = HashMap::new();
        for change in changes.iter().filter(|change| change.seq > self.seq) {
            seq = seq.max(change.seq);
            let mut service = change.service.clone();
            if change.kind == ChangeKind::ServiceLeft {
                service.left_at.get_or_insert(change.at);
            }
            latest.insert(service.id.clone(), service);
        }
        let mut listed: Vec<_> =
            self.listed.iter().filter(|listed| !latest.contains_key(&listed.service.id)).cloned().collect();
        listed.extend(latest.into_values().map(Listed::new).map(Arc::new));
        Self::of(listed, seq)
    }

    /// The last change that this state holds.
    pub fn seq(&self) -> i64 {
        self.seq
    }

    /// A service by its id, one that left the register too.
    pub fn get(&self, id: &CareServiceId) -> Option<&Arc<CareService>> {
        self.place.get(id).map(|at| &self.listed[*at].service)
    }

    /// How many services are on the register.
    pub fn len(&self) -> usize {
        self.listed.iter().filter(|listed| listed.service.left_at.is_none()).count()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One page of the services that match.
    pub fn search(&self, filter: &Filter, moment: &Moment, page: &Page) -> Found {
        let at = match page.cursor.as_ref().map(|cursor| cursor.after) {
            Some(After::Freshness { at, .. }) => at,
            Some(After::Miles(_)) | None => moment.now,
        };
        let order = Moment { now: at, ..*moment };
        let all = self.ordered(filter, moment, &order);
        let total = all.len();
        let rest = all.into_iter().filter(|(first, listed)| {
            page.cursor.as_ref().is_none_or(|cursor| {
                let key = (cursor.name.as_str(), &cursor.id);
                compare(first, &cursor.after).then_with(|| listed.key().cmp(&key)) == Ordering::Greater
            })
        });
        let mut shown: Vec<_> = rest.take(page.limit + 1).collect();
        let more = shown.len() > page.limit;
        shown.truncate(page.limit);
        let next = shown.last().filter(|_| more);
        Found {
            total,
            next: next.map(|(first, listed)| Cursor::new(filter, *first, &listed.name, &listed.service.id)),
            services: shown.iter().map(|(first, listed)| (listed.service.clone(), miles(first))).collect(),
        }
    }

    /// Every service that matches, in order.
    pub fn matching(&self, filter: &Filter, moment: &Moment) -> Vec<Arc<CareService>> {
        self.ordered(filter, moment, moment).into_iter().map(|(_, listed)| listed.service.clone()).collect()
    }

    /// The counts beside the choices of a search form.
    pub fn facets(&self, filter: &Filter, moment: &Moment) -> Facets {
        let count = |filter: Filter| self.listed.iter().filter(|listed| listed.matches(&filter, moment)).count();
        let each = |choose: &dyn Fn(&mut Filter)| {
            let mut filter = filter.clone();
            choose(&mut filter);
            count(filter)
        };
        let authorities = self.authorities().into_iter().map(|counts| counts.authority);
        Facets {
            authority: authorities.map(|a| (a.clone(), each(&|f| f.authority = vec![a.code.clone()]))).collect(),
            kind: Kind::ALL.iter().map(|c| (*c, each(&|f| f.kind = vec![*c]))).collect(),
            care_type: CareType::ALL.iter().map(|c| (*c, each(&|f| f.care_type = vec![*c]))).collect(),
            band: Band::ALL.iter().map(|c| (*c, each(&|f| f.band = vec![*c]))).collect(),
            bed_type: BedType::ALL.iter().map(|c| (*c, each(&|f| f.bed_type = vec![*c]))).collect(),
            stay: Stay::ALL.iter().map(|c| (*c, each(&|f| f.stay = vec![*c]))).collect(),
            gender: Gender::ALL.iter().map(|c| (*c, each(&|f| f.gender = vec![*c]))).collect(),
            funding: Funding::ALL.iter().map(|c| (*c, each(&|f| f.funding = vec![*c]))).collect(),
        }
    }

    /// Every authority that has a service on the register, in the order of names.
    pub fn authorities(&self) -> Vec<AuthorityCounts> {
        let mut counts: BTreeMap<(String, Authority), AuthorityCounts> = BTreeMap::new();
        for service in self.listed.iter().map(|listed| &listed.service).filter(|service| service.left_at.is_none()) {
            let authority = &service.facts.authority;
            let count =
                counts.entry((text::fold(&authority.name), authority.clone())).or_insert_with(|| AuthorityCounts {
                    authority: authority.clone(),
                    care_homes: 0,
                    home_care: 0,
                    with_vacancies: 0,
                    vacancies: 0,
                    hours_available: 0,
                });
            let vacant = service.capacity.vacant();
            count.with_vacancies += usize::from(vacant > 0);
            match service.facts.kind {
                Kind::CareHome => {
                    count.care_homes += 1;
                    count.vacancies += u64::from(vacant);
                }
                Kind::HomeCare => {
                    count.home_care += 1;
                    count.hours_available += u64::from(vacant);
                }
            }
        }
        counts.into_values().collect()
    }

    fn ordered(&self, filter: &Filter, moment: &Moment, order: &Moment) -> Vec<(After, &Arc<Listed>)> {
        let first = |listed: &Listed| match filter.distance(&listed.service) {
            Some(miles) => After::Miles(miles),
            None => After::Freshness { of: listed.service.capacity.freshness(order), at: order.now },
        };
        let found = self.listed.iter().filter(|listed| listed.matches(filter, moment));
        let mut found: Vec<_> = found.map(|listed| (first(listed), listed)).collect();
        found.sort_by(|one, other| compare(&one.0, &other.0));
        found
    }
}

fn compare(one: &After, other: &After) -> Ordering {
    match (one, other) {
        (After::Miles(one), After::Miles(other)) => one.total_cmp(other),
        (After::Freshness { of: one, .. }, After::Freshness { of: other, .. }) => one.cmp(other),
        (After::Miles(_), After::Freshness { .. }) => Ordering::Less,
        (After::Freshness { .. }, After::Miles(_)) => Ordering::Greater,
    }
}

fn miles(after: &After) -> Option<f64> {
    match after {
        After::Miles(miles) => Some(*miles),
        After::Freshness { .. } => None,
    }
}

impl Listed {
    fn new(service: CareService) -> Self {
        Self { name: service.folded_name(), words: service.search_words(), service: Arc::new(service) }
    }

    fn key(&self) -> (&str, &CareServiceId) {
        (&self.name, &self.service.id)
    }

    fn matches(&self, filter: &Filter, moment: &Moment) -> bool {
        filter.matches_but_words(&self.service, moment)
            && filter.q.as_deref().is_none_or(|q| text::every_word_begins(q, &self.words))
    }
}
