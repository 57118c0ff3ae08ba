//! Counting: how many services each choice of a search form would find, and what each authority has.
//! It finds nothing by itself; `search.rs` does.

use std::borrow::Cow;

use crate::base::text;
use crate::board::block::{Mask, each};
use crate::board::facts::FactColumns;
use crate::board::figures::{AskedOfLines, Limits};
use crate::board::search::count;
use crate::board::snapshot::Snapshot;
use crate::domain::authority::Authority;
use crate::domain::choices::{FEES, MILES, VACANCIES};
use crate::domain::filter::{Filter, Near};
use crate::domain::freshness::Moment;
use crate::domain::words::{Band, BedType, CareType, Freshness, Funding, Gender, Kind, Rating, Stay};

/// How many services each choice would find, were it the only one chosen for its key and all other
/// keys as they are. Every choice is there, in the order of its vocabulary.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facets {
    /// Every authority that has a service on the register, in the order of names.
    pub authority: Vec<(Authority, usize)>,
    pub kind: Vec<(Kind, usize)>,
    pub care_type: Vec<(CareType, usize)>,
    pub band: Vec<(Band, usize)>,
    pub bed_type: Vec<(BedType, usize)>,
    pub stay: Vec<(Stay, usize)>,
    pub gender: Vec<(Gender, usize)>,
    pub funding: Vec<(Funding, usize)>,
    /// At least this good.
    pub rating: Vec<(Rating, usize)>,
    /// At least this fresh: those that can be asked for.
    pub fresh: Vec<(Freshness, usize)>,
    /// At least so many vacancies.
    pub vacant: Vec<(u32, usize)>,
    /// At most so many pence a week.
    pub max_fee: Vec<(u32, usize)>,
    /// Within so many miles; empty where no place is asked for.
    pub within: Vec<(u32, usize)>,
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

impl Snapshot {
    /// The counts beside the choices of a search form.
    pub fn facets(&self, filter: &Filter, moment: &Moment) -> Facets {
        let all = self.matches(filter, moment).masks;
        let without = |is_asked: bool, clear: fn(&mut Filter)| {
            if !is_asked {
                return Cow::Borrowed(&all);
            }
            let mut filter = filter.clone();
            clear(&mut filter);
            Cow::Owned(self.matches(&filter, moment).masks)
        };
        let authority = without(!filter.authority.is_empty(), |filter| filter.authority.clear());
        let kind = without(!filter.kind.is_empty(), |filter| filter.kind.clear());
        let care = without(!filter.care_type.is_empty(), |filter| filter.care_type.clear());
        let band = without(!filter.band.is_empty(), |filter| filter.band.clear());
        let rating = without(filter.rating.is_some(), |filter| filter.rating = None);
        let fresh = without(filter.fresh.is_some(), |filter| filter.fresh = None);

        let mut places = self.matches_but_lines(filter, moment);
        places.keep_within(self, filter);
        let lines = |choose: &dyn Fn(&mut Filter)| self.count_lines(&places.masks, filter, choose);
        Facets {
            authority: self.count_authorities(&authority),
            kind: self.count_facts(&kind, Kind::ALL, |facts, kind| facts.kind[kind as usize]),
            care_type: self.count_facts(&care, CareType::ALL, |facts, care| facts.care_type[care as usize]),
            band: self.count_facts(&band, Band::ALL, |facts, band| facts.band[band as usize]),
            bed_type: BedType::ALL.iter().map(|bed| (*bed, lines(&|f| f.bed_type = vec![*bed]))).collect(),
            stay: Stay::ALL.iter().map(|stay| (*stay, lines(&|f| f.stay = vec![*stay]))).collect(),
            gender: Gender::ALL.iter().map(|gender| (*gender, lines(&|f| f.gender = vec![*gender]))).collect(),
            funding: Funding::ALL.iter().map(|funding| (*funding, lines(&|f| f.funding = vec![*funding]))).collect(),
            rating: self.count_facts(&rating, Rating::ALL, FactColumns::rated_at_least),
            fresh: self.count_fresh(&fresh, moment),
            vacant: VACANCIES.iter().map(|places| (*places, lines(&|f| f.vacant = Some(*places)))).collect(),
            max_fee: FEES.iter().map(|fee| (*fee, lines(&|f| f.max_fee = Some(*fee)))).collect(),
            within: self.count_within(filter, moment),
        }
    }

    /// Every authority that has a service on the register, in the order of names.
    pub fn authorities(&self) -> Vec<AuthorityCounts> {
        let none = |authority: &Authority| AuthorityCounts {
            authority: authority.clone(),
            care_homes: 0,
            home_care: 0,
            with_vacancies: 0,
            vacancies: 0,
            hours_available: 0,
        };
        let mut counts: Vec<_> = self.authorities.all().iter().map(none).collect();
        for block in &self.blocks {
            let (facts, figures) = (&block.facts, &block.figures);
            for at in each(facts.on_register) {
                let count = &mut counts[usize::from(facts.authority[at])];
                let places = u64::from(figures.places[at]);
                count.with_vacancies += usize::from(places > 0);
                if facts.kind[Kind::CareHome as usize] >> at & 1 == 1 {
                    count.care_homes += 1;
                    count.vacancies += places;
                } else {
                    count.home_care += 1;
                    count.hours_available += places;
                }
            }
        }
        counts.retain(|count| count.care_homes + count.home_care > 0);
        counts.sort_by_cached_key(|count| text::fold(&count.authority.name));
        counts
    }

    fn count_authorities(&self, masks: &[Mask]) -> Vec<(Authority, usize)> {
        let mut counts = vec![0; self.authorities.all().len()];
        for (block, mask) in self.blocks.iter().zip(masks) {
            for at in each(*mask) {
                counts[usize::from(block.facts.authority[at])] += 1;
            }
        }
        let count =
            |authority: &Authority| self.authorities.known(&authority.code).map_or(0, |at| counts[usize::from(at)]);
        let authorities = self.authorities().into_iter().map(|counts| counts.authority);
        authorities.map(|authority| (authority.clone(), count(&authority))).collect()
    }

    fn count_facts<T: Copy>(&self, masks: &[Mask], choices: &[T], of: fn(&FactColumns, T) -> Mask) -> Vec<(T, usize)> {
        let count = |choice: T| {
            let blocks = self.blocks.iter().zip(masks);
            blocks.map(|(block, mask)| (mask & of(&block.facts, choice)).count_ones() as usize).sum()
        };
        choices.iter().map(|choice| (*choice, count(*choice))).collect()
    }

    fn count_fresh(&self, masks: &[Mask], moment: &Moment) -> Vec<(Freshness, usize)> {
        let limits = Limits::at(moment);
        let count = |least: Freshness| {
            let blocks = self.blocks.iter().zip(masks);
            blocks.map(|(block, mask)| block.figures.at_least(*mask, least, &limits).count_ones() as usize).sum()
        };
        [Freshness::Fresh, Freshness::Ageing].into_iter().map(|least| (least, count(least))).collect()
    }

    /// One search over the longest way answers for all of them.
    fn count_within(&self, filter: &Filter, moment: &Moment) -> Vec<(u32, usize)> {
        let (Some(near), Some(longest)) = (&filter.near, MILES.last()) else { return Vec::new() };
        let near = Near { within: f64::from(*longest), ..near.clone() };
        let found = self.matches(&Filter { near: Some(near), ..filter.clone() }, moment).miles.unwrap_or_default();
        let count = |within: u32| found.iter().filter(|(miles, _)| *miles <= f64::from(within)).count();
        MILES.iter().map(|within| (*within, count(*within))).collect()
    }

    fn count_lines(&self, masks: &[Mask], filter: &Filter, choose: &dyn Fn(&mut Filter)) -> usize {
        let mut filter = filter.clone();
        choose(&mut filter);
        let asked = AskedOfLines::new(&filter);
        let met: Vec<Mask> =
            self.blocks.iter().zip(masks).map(|(block, mask)| block.figures.meeting(*mask, &asked)).collect();
        count(&met)
    }
}
