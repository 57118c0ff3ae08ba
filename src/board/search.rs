//! Finding: which services match a filter, in which order, and one page of them.
//! What a filter means is `Filter::matches`; here the same is read from masks and columns.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use crate::base::text::{self, Ways};
use crate::board::block::{Block, MOST, Mask, each};
use crate::board::cursor::{After, Cursor};
use crate::board::facts::{Frame, provider_hash};
use crate::board::figures::{AskedOfLines, Limits};
use crate::board::snapshot::{Position, Snapshot};
use crate::domain::care_service::{CareService, CareServiceId};
use crate::domain::filter::Filter;
use crate::domain::freshness::Moment;
use crate::domain::words::Freshness;

/// How much of what is found is wanted, and from where.
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

impl Snapshot {
    /// One page of the services that match, and how many there are in all.
    pub fn search(&self, filter: &Filter, moment: &Moment, page: &Page) -> Found {
        let matches = self.matches(filter, moment);
        let total = count(&matches.masks);
        // One more than wanted says whether there is another page.
        let wanted = page.limit.saturating_add(1);
        let mut keys = match &matches.miles {
            Some(miles) => self.nearest(miles, wanted, page.cursor.as_ref()),
            None => self.freshest(&matches.masks, wanted, page.cursor.as_ref(), moment),
        };
        let more = keys.len() > page.limit;
        keys.truncate(page.limit);
        let next = keys.last().filter(|_| more).map(|(after, position)| {
            let (name, id) = self.at(*position).key();
            Cursor::new(filter, *after, name, id)
        });
        let shown = keys.iter().map(|(after, position)| (self.at(*position).service.clone(), after.miles()));
        Found { total, services: shown.collect(), next }
    }

    /// How many services match.
    pub fn count(&self, filter: &Filter, moment: &Moment) -> usize {
        count(&self.matches(filter, moment).masks)
    }

    /// Every service that matches, in order.
    pub fn matching(&self, filter: &Filter, moment: &Moment) -> Vec<Arc<CareService>> {
        let matches = self.matches(filter, moment);
        let positions = match matches.miles {
            Some(mut miles) => {
                miles.sort_unstable_by(by_miles);
                miles.into_iter().map(|(_, position)| position).collect()
            }
            None => self.by_freshness(&matches.masks, moment),
        };
        positions.into_iter().map(|position| self.at(position).service.clone()).collect()
    }

    /// The services that match, in no order yet.
    pub(super) fn matches(&self, filter: &Filter, moment: &Moment) -> Matches {
        let mut matches = self.matches_but_lines(filter, moment);
        let lines = AskedOfLines::new(filter);
        for (mask, block) in matches.masks.iter_mut().zip(&self.blocks) {
            *mask = block.figures.meeting(*mask, &lines);
        }
        matches.keep_within(self, filter);
        matches
    }

    /// The services that match whatever is asked of lines; how far they are is not looked at but
    /// roughly.
    pub(super) fn matches_but_lines(&self, filter: &Filter, moment: &Moment) -> Matches {
        let asked = Asked::new(self, filter, moment);
        let masks = self.blocks.iter().enumerate().map(|(number, block)| asked.matching(number, block));
        Matches { masks: masks.collect(), miles: None }
    }

    /// The first `wanted` by distance, after the cursor.
    fn nearest(&self, miles: &[(f64, Position)], wanted: usize, cursor: Option<&Cursor>) -> Vec<(After, Position)> {
        let mut rest = match cursor.map(|cursor| (cursor, cursor.after)) {
            Some((cursor, After::Miles(last))) => {
                let start = self.place_after(cursor);
                let is_after = |(miles, at): &&(f64, Position)| match miles.total_cmp(&last) {
                    Ordering::Less => false,
                    Ordering::Equal => *at >= start,
                    Ordering::Greater => true,
                };
                miles.iter().filter(is_after).copied().collect()
            }
            Some((_, After::Freshness { .. })) | None => miles.to_vec(),
        };
        if rest.len() > wanted {
            rest.select_nth_unstable_by(wanted, by_miles);
            rest.truncate(wanted);
        }
        rest.sort_unstable_by(by_miles);
        rest.into_iter().map(|(miles, position)| (After::Miles(miles), position)).collect()
    }

    /// The first `wanted` by freshness and name, after the cursor. Freshness is as it was when the
    /// first page was made.
    fn freshest(
        &self,
        masks: &[Mask],
        wanted: usize,
        cursor: Option<&Cursor>,
        moment: &Moment,
    ) -> Vec<(After, Position)> {
        let (first, start, at) = match cursor.map(|cursor| (cursor, cursor.after)) {
            Some((cursor, After::Freshness { of, at })) => (of, self.place_after(cursor), at),
            Some((_, After::Miles(_))) | None => (Freshness::Fresh, 0, moment.now),
        };
        let limits = Limits::at(&Moment { now: at, ..*moment });
        let mut keys = Vec::new();
        for of in Freshness::ALL.iter().copied().filter(|of| *of >= first) {
            let start = if of == first { start } else { 0 };
            let positions =
                self.positions(masks, start).filter(|(block, at, _)| block.figures.freshness(*at, &limits) == of);
            let left = wanted - keys.len();
            keys.extend(positions.take(left).map(|(_, _, position)| (After::Freshness { of, at }, position)));
            if keys.len() == wanted {
                break;
            }
        }
        keys
    }

    pub(super) fn by_freshness(&self, masks: &[Mask], moment: &Moment) -> Vec<Position> {
        let limits = Limits::at(moment);
        let mut groups: [Vec<Position>; Freshness::ALL.len()] = Default::default();
        for (block, at, position) in self.positions(masks, 0) {
            groups[block.figures.freshness(at, &limits) as usize].push(position);
        }
        groups.concat()
    }

    /// The services of the masks from a position on, in the order of names.
    fn positions(&self, masks: &[Mask], start: Position) -> impl Iterator<Item = (&Block, usize, Position)> {
        let first = start / MOST;
        let blocks = self.blocks.iter().zip(masks).enumerate().skip(first);
        blocks.flat_map(move |(number, (block, mask))| {
            let rest = if number == first { Mask::MAX << (start % MOST) } else { Mask::MAX };
            each(mask & rest).map(move |at| (&**block, at, number * MOST + at))
        })
    }

    /// The first position after the service that a cursor names, which need not be there any more.
    fn place_after(&self, cursor: &Cursor) -> Position {
        let place = self.place((&cursor.name, &cursor.id));
        let there = self.blocks.get(place / MOST).and_then(|block| block.listed.get(place % MOST));
        let same = there.is_some_and(|listed| listed.key() == (cursor.name.as_str(), &cursor.id));
        place + usize::from(same)
    }
}

fn by_miles(one: &(f64, Position), other: &(f64, Position)) -> Ordering {
    one.0.total_cmp(&other.0).then(one.1.cmp(&other.1))
}

pub(super) fn count(masks: &[Mask]) -> usize {
    masks.iter().map(|mask| mask.count_ones() as usize).sum()
}

/// The services found: one mask a block, and their miles if a place was asked for.
pub(super) struct Matches {
    pub masks: Vec<Mask>,
    pub miles: Option<Vec<(f64, Position)>>,
}

impl Matches {
    /// Keeps those inside the circle, and their miles.
    pub fn keep_within(&mut self, snapshot: &Snapshot, filter: &Filter) {
        let Some(near) = &filter.near else { return };
        let mut found = Vec::new();
        for (number, (block, mask)) in snapshot.blocks.iter().zip(&mut self.masks).enumerate() {
            for at in each(*mask) {
                let miles = near.point.miles_to(block.facts.point(at));
                if miles <= near.within {
                    found.push((miles, number * MOST + at));
                } else {
                    *mask &= !(1 << at);
                }
            }
        }
        self.miles = Some(found);
    }
}

/// A filter, looked up once for all blocks: numbers and masks instead of words. Lines are asked
/// apart, and the circle is only framed.
struct Asked<'a> {
    filter: &'a Filter,
    ids: Option<HashMap<usize, Mask>>,
    authorities: Vec<u16>,
    providers: Vec<u64>,
    words: Vec<Ways>,
    frame: Option<Frame>,
    limits: Limits,
}

impl<'a> Asked<'a> {
    fn new(snapshot: &Snapshot, filter: &'a Filter, moment: &Moment) -> Self {
        Self {
            filter,
            ids: (!filter.id.is_empty()).then(|| masks_of_ids(snapshot, &filter.id)),
            authorities: filter.authority.iter().filter_map(|code| snapshot.authorities.known(code)).collect(),
            providers: filter.provider.iter().map(provider_hash).collect(),
            words: filter.q.as_deref().map(text::asked_words).unwrap_or_default(),
            frame: filter.near.as_ref().map(|near| Frame::around(near.point, near.within)),
            limits: Limits::at(moment),
        }
    }

    fn matching(&self, number: usize, block: &Block) -> Mask {
        let mut mask = self.listed(number, block);
        if mask != 0
            && let Some(frame) = &self.frame
        {
            mask &= block.facts.inside(frame);
        }
        if mask != 0 && !self.words.is_empty() {
            mask &= block.facts.words.meeting(&self.words);
        }
        if let Some(least) = self.filter.fresh {
            mask = block.figures.at_least(mask, least, &self.limits);
        }
        mask
    }

    /// By what the register says of them.
    fn listed(&self, number: usize, block: &Block) -> Mask {
        let (filter, facts) = (self.filter, &block.facts);
        let mut mask = facts.on_register
            & any(&facts.kind, &filter.kind, |kind| kind as usize)
            & any(&facts.care_type, &filter.care_type, |care| care as usize)
            & any(&facts.band, &filter.band, |band| band as usize);
        if let Some(least) = filter.rating {
            mask &= facts.rated_at_least(least);
        }
        if let Some(ids) = &self.ids {
            mask &= ids.get(&number).copied().unwrap_or(0);
        }
        if mask != 0 && !filter.authority.is_empty() {
            mask &= facts.of_authorities(&self.authorities);
        }
        if mask != 0 && !filter.provider.is_empty() {
            mask &= facts.of_providers(&self.providers);
            mask = each(mask).filter(|at| self.is_of_provider(block, *at)).fold(0, |mask, at| mask | 1 << at);
        }
        mask
    }

    fn is_of_provider(&self, block: &Block, at: usize) -> bool {
        let provider = block.listed[at].service.facts.provider.as_ref().and_then(|provider| provider.id.as_ref());
        provider.is_some_and(|id| self.filter.provider.contains(id))
    }
}

/// The services with any of the values asked for; all, if none is.
fn any<T: Copy>(masks: &[Mask], asked: &[T], number: fn(T) -> usize) -> Mask {
    if asked.is_empty() {
        return Mask::MAX;
    }
    asked.iter().fold(0, |mask, value| mask | masks[number(*value)])
}

fn masks_of_ids(snapshot: &Snapshot, ids: &[CareServiceId]) -> HashMap<usize, Mask> {
    let mut masks = HashMap::new();
    for position in ids.iter().filter_map(|id| snapshot.position_of(id)) {
        *masks.entry(position / MOST).or_insert(0) |= 1 << (position % MOST);
    }
    masks
}
