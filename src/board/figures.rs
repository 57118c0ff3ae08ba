//! What the services of a block can take, as columns, masks and packed lines for searching.
//! The rule it follows is `Filter::matches`; here it is only laid out to be fast.

use std::ops::Range;

use chrono::{Datelike, Duration};

use crate::board::block::{MOST, Mask, each};
use crate::domain::capacity::{Capacity, Line};
use crate::domain::filter::Filter;
use crate::domain::freshness::Moment;
use crate::domain::words::{AdmissionStatus, BedType, Freshness, Funding, Gender, Stay};

#[derive(Clone, Debug)]
pub(super) struct FigureColumns {
    /// For each trait, the services with a line that has it.
    lists: [Mask; TRAITS],
    /// For each trait, those not closed that have it on a line that accepts.
    accepts: [Mask; TRAITS],
    /// When last confirmed, in microseconds since 1970.
    confirmed: [i64; MOST],
    /// Places, or hours a week, accepting now.
    pub places: [u32; MOST],
    /// The lines of the first service, then those of the second, and so on.
    lines: Vec<Packed>,
    /// Where the lines of each service end.
    ends: [u32; MOST],
}

const NEVER: i64 = i64::MIN;

impl FigureColumns {
    pub fn new<'a>(capacities: impl Iterator<Item = &'a Capacity>) -> Self {
        let mut columns = Self {
            lists: [0; TRAITS],
            accepts: [0; TRAITS],
            confirmed: [NEVER; MOST],
            places: [0; MOST],
            lines: Vec::new(),
            ends: [0; MOST],
        };
        for (at, capacity) in capacities.enumerate() {
            columns.set(at, capacity);
        }
        columns
    }

    pub fn set(&mut self, at: usize, capacity: &Capacity) {
        let lines = Packed::all(&capacity.lines);
        let traits_of = |traits: u32, line: &Packed| traits | line.traits;
        let lists = lines.iter().fold(0, traits_of);
        let open = capacity.status != AdmissionStatus::Closed;
        let accepts = lines.iter().filter(|line| open && line.accepting > 0).fold(0, traits_of);
        for bit in 0..TRAITS {
            put(&mut self.lists[bit], at, lists >> bit & 1 == 1);
            put(&mut self.accepts[bit], at, accepts >> bit & 1 == 1);
        }
        self.confirmed[at] = capacity.confirmed_at.map_or(NEVER, |stamp| stamp.utc().timestamp_micros());
        self.places[at] = capacity.vacant();
        self.set_lines(at, lines);
    }

    fn set_lines(&mut self, at: usize, lines: Vec<Packed>) {
        let place = self.place(at);
        let count = |lines: usize| u32::try_from(lines).expect("64 services have fewer than 4 billion lines");
        let (before, after) = (count(place.len()), count(lines.len()));
        self.lines.splice(place, lines);
        for end in &mut self.ends[at..] {
            *end = *end - before + after;
        }
    }

    /// Where the lines of a service are.
    fn place(&self, at: usize) -> Range<usize> {
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        start as usize..self.ends[at] as usize
    }

    /// Those of `mask` that meet what is asked of lines.
    pub fn meeting(&self, mask: Mask, asked: &AskedOfLines) -> Mask {
        match asked.settled {
            Settled::Nothing => mask,
            Settled::ByMasks => mask & self.candidates(asked),
            Settled::ByLines => {
                let candidates = mask & self.candidates(asked);
                each(candidates).fold(0, |met, at| met | Mask::from(self.meets(at, asked)) << at)
            }
        }
    }

    /// No service outside them can meet what is asked.
    fn candidates(&self, asked: &AskedOfLines) -> Mask {
        let masks = if asked.accepting || asked.wanted > 0 { &self.accepts } else { &self.lists };
        let any = |traits: u32| each(traits.into()).fold(0, |mask, bit| mask | masks[bit]);
        asked.traits.iter().fold(Mask::MAX, |mask, group| mask & any(*group))
    }

    fn meets(&self, at: usize, asked: &AskedOfLines) -> bool {
        let mut met = self.lines[self.place(at)].iter().filter(|line| line.meets(asked));
        if asked.wanted > 0 {
            return met.map(|line| line.accepting).sum::<u32>() >= asked.wanted;
        }
        met.next().is_some()
    }

    pub fn freshness(&self, at: usize, limits: &Limits) -> Freshness {
        match self.confirmed[at] {
            NEVER => Freshness::Never,
            at if at > limits.fresh_after => Freshness::Fresh,
            at if at > limits.ageing_after => Freshness::Ageing,
            _ => Freshness::Stale,
        }
    }

    /// Those of `mask` that are at least so fresh.
    pub fn at_least(&self, mask: Mask, least: Freshness, limits: &Limits) -> Mask {
        each(mask).filter(|at| self.freshness(*at, limits) <= least).fold(0, |met, at| met | 1 << at)
    }
}

fn put(mask: &mut Mask, at: usize, holds: bool) {
    *mask = *mask & !(1 << at) | Mask::from(holds) << at;
}

/// After which microsecond a figure must be confirmed to be fresh, or ageing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    fresh_after: i64,
    ageing_after: i64,
}

impl Limits {
    pub fn at(moment: &Moment) -> Self {
        let now = moment.now.utc().timestamp_micros();
        let after = |under: Duration| match under.num_microseconds() {
            Some(under) if under > 0 => now.saturating_sub(under),
            Some(_) => i64::MAX,
            None => NEVER,
        };
        Self { fresh_after: after(moment.limits.fresh_under), ageing_after: after(moment.limits.ageing_under) }
    }
}

/// A line in sixteen bytes. Lines of one service that no filter can tell apart are one, with the
/// sum of what they accept.
#[derive(Clone, Copy, Debug)]
struct Packed {
    /// Bed type, stay, whom it suits and funding: one bit each, four groups, each with a bit of
    /// its own that says "nothing asked".
    traits: u32,
    /// Least pence a week.
    fee: u32,
    /// Days since the year 0 until which nobody can come.
    earliest: i32,
    accepting: u32,
}

const NO_FEE: u32 = u32::MAX;
const AT_ONCE: i32 = i32::MIN;

/// The bits that every line has, one for each group: what is asked for when nothing is asked.
const BED_ASKED: u32 = 1 << 10;
const STAY_ASKED: u32 = 1 << 16;
const GENDER_ASKED: u32 = 1 << 20;
const FUNDING_ASKED: u32 = 1 << 27;
const NOTHING_ASKED: u32 = BED_ASKED | STAY_ASKED | GENDER_ASKED | FUNDING_ASKED;
/// As many bits as all of them are.
const TRAITS: usize = 28;

fn bed_bit(bed: BedType) -> u32 {
    1 << bed as u32
}

fn stay_bit(stay: Stay) -> u32 {
    1 << (11 + stay as u32)
}

fn gender_bit(gender: Gender) -> u32 {
    1 << (17 + gender as u32)
}

fn funding_bit(funding: Funding) -> u32 {
    1 << (21 + funding as u32)
}

impl Packed {
    fn all(lines: &[Line]) -> Vec<Self> {
        let mut packed: Vec<Self> = Vec::with_capacity(lines.len());
        for line in lines.iter().map(Self::new) {
            let same = |one: &&mut Self| (one.traits, one.fee, one.earliest) == (line.traits, line.fee, line.earliest);
            match packed.iter_mut().find(same) {
                Some(one) => one.accepting += line.accepting,
                None => packed.push(line),
            }
        }
        packed
    }

    fn new(line: &Line) -> Self {
        match line {
            Line::Bed(line) => {
                let suits = match line.gender {
                    Gender::Any => Gender::ALL,
                    Gender::Female => &[Gender::Female][..],
                    Gender::Male => &[Gender::Male][..],
                };
                let suits = suits.iter().fold(0, |bits, gender| bits | gender_bit(*gender));
                let funding = line.funding.iter().fold(0, |bits, funding| bits | funding_bit(*funding));
                Self {
                    traits: NOTHING_ASKED | bed_bit(line.bed_type) | stay_bit(line.stay) | suits | funding,
                    fee: line.weekly_fee.and_then(|fee| fee.least()).map_or(NO_FEE, |fee| fee.min(NO_FEE - 1)),
                    earliest: line.earliest_admission.map_or(AT_ONCE, |day| day.num_days_from_ce()),
                    accepting: line.accepting.into(),
                }
            }
            Line::Hours(line) => Self {
                traits: NOTHING_ASKED,
                fee: NO_FEE,
                earliest: line.earliest_start.map_or(AT_ONCE, |day| day.num_days_from_ce()),
                accepting: line.hours_available.into(),
            },
        }
    }

    fn meets(&self, asked: &AskedOfLines) -> bool {
        asked.traits.iter().all(|group| self.traits & group != 0)
            && self.fee <= asked.fee
            && self.earliest <= asked.by
            && (!asked.accepting || self.accepting > 0)
    }
}

/// The part of a filter that must hold for one and the same line.
#[derive(Clone, Debug)]
pub(super) struct AskedOfLines {
    /// What is asked in each group of traits; a line must have a bit of each.
    traits: [u32; 4],
    fee: u32,
    by: i32,
    /// Whether the line itself must be accepting.
    accepting: bool,
    /// Vacancies in sum; 0 asks for none.
    wanted: u32,
    settled: Settled,
}

/// By what it is settled who meets it.
#[derive(Clone, Copy, Debug)]
enum Settled {
    /// Nothing is asked: everybody does.
    Nothing,
    /// One line with one trait, or one vacancy of it: the masks know.
    ByMasks,
    /// Only the lines themselves know.
    ByLines,
}

impl AskedOfLines {
    pub fn new(filter: &Filter) -> Self {
        fn bits<T: Copy>(values: &[T], bit: fn(T) -> u32, nothing_asked: u32) -> u32 {
            if values.is_empty() { nothing_asked } else { values.iter().fold(0, |bits, value| bits | bit(*value)) }
        }
        let traits = [
            bits(&filter.bed_type, bed_bit, BED_ASKED),
            bits(&filter.stay, stay_bit, STAY_ASKED),
            bits(&filter.gender, gender_bit, GENDER_ASKED),
            bits(&filter.funding, funding_bit, FUNDING_ASKED),
        ];
        let groups = traits.iter().filter(|group| *group & NOTHING_ASKED == 0).count();
        let wanted = filter.vacant.unwrap_or(0);
        Self {
            traits,
            fee: filter.max_fee.map_or(NO_FEE, |fee| fee.min(NO_FEE - 1)),
            by: filter.by.map_or(i32::MAX, |by| by.num_days_from_ce()),
            accepting: filter.by.is_some(),
            wanted,
            settled: match (groups, wanted) {
                _ if filter.max_fee.is_some() || filter.by.is_some() => Settled::ByLines,
                (0, 0) => Settled::Nothing,
                (0 | 1, 0 | 1) => Settled::ByMasks,
                (_, _) => Settled::ByLines,
            },
        }
    }
}
