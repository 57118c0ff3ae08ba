//! One state of the board: every care service in the order of names, in blocks that neighbouring
//! states share. How it is searched is in `search.rs`, how it is counted in `counts.rs`.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::NaiveDate;

use crate::board::block::{Block, Listed, MOST};
use crate::board::facts::Authorities;
use crate::board::namings::Namings;
use crate::domain::care_service::{CareService, CareServiceId};
use crate::domain::change::{Change, ChangeKind};

/// It never changes. The next state is another snapshot, with a new block only where something
/// changed.
#[derive(Clone, Debug)]
pub struct Snapshot {
    seq: i64,
    pub(super) blocks: Vec<Arc<Block>>,
    /// By its name a service is found in the blocks.
    namings: Arc<Namings>,
    pub(super) authorities: Arc<Authorities>,
}

/// Where a service stands: the number of its block times 64, plus its place there. In the order of
/// names.
pub(super) type Position = usize;

/// What changes in one block: the places that become free, the services that come in.
#[derive(Default)]
struct Edit {
    leaving: Vec<usize>,
    coming: Vec<Arc<Listed>>,
}

impl Snapshot {
    pub(super) fn new(services: Vec<CareService>, seq: i64) -> Self {
        let mut listed: Vec<_> = services.into_iter().map(|service| Arc::new(Listed::new(service))).collect();
        listed.sort_unstable_by(|one, other| one.key().cmp(&other.key()));
        let mut namings = Namings::default();
        listed.iter().for_each(|listed| namings.put(listed));
        let mut authorities = Authorities::default();
        let blocks = Block::pack(listed, &mut authorities);
        Self { seq, blocks, namings: Arc::new(namings), authorities: Arc::new(authorities) }
    }

    /// The state after these changes, those already known passed over.
    pub(super) fn after(&self, changes: &[Arc<Change>]) -> Self {
        let mut next = self.clone();
        let mut latest = HashMap::new();
        for change in changes.iter().filter(|change| change.seq > self.seq) {
            next.seq = next.seq.max(change.seq);
            latest.insert(&change.service.id, change);
        }
        let mut edits: BTreeMap<usize, Edit> = BTreeMap::new();
        for change in latest.into_values() {
            next.take(state_after(change), &mut edits);
        }
        next.edit(edits);
        next
    }

    /// Takes new figures at once, and notes what needs a block made anew.
    fn take(&mut self, service: CareService, edits: &mut BTreeMap<usize, Edit>) {
        if let Some(position) = self.position_of(&service.id) {
            let (block, at) = (position / MOST, position % MOST);
            let before = &self.blocks[block].listed[at].service;
            if before.facts == service.facts && before.left_at == service.left_at {
                return Arc::make_mut(&mut self.blocks[block]).tell(at, service);
            }
            edits.entry(block).or_default().leaving.push(at);
        }
        let listed = Arc::new(Listed::new(service));
        let block = self.place(listed.key()) / MOST;
        let last = self.blocks.len().saturating_sub(1);
        edits.entry(block.min(last)).or_default().coming.push(listed);
    }

    /// Makes the blocks anew in which services come, go or have other facts.
    fn edit(&mut self, mut edits: BTreeMap<usize, Edit>) {
        if edits.is_empty() {
            return;
        }
        let namings = Arc::make_mut(&mut self.namings);
        for listed in edits.values().flat_map(|edit| &edit.coming) {
            namings.put(listed);
        }
        let authorities = Arc::make_mut(&mut self.authorities);
        let before = std::mem::take(&mut self.blocks);
        for number in 0..before.len().max(1) {
            let block = before.get(number);
            match edits.remove(&number) {
                None => self.blocks.extend(block.cloned()),
                Some(edit) => {
                    let known = block.map_or(&[][..], |block| &block.listed);
                    self.blocks.extend(Block::pack(edit.done(known), authorities));
                }
            }
        }
    }

    /// The last change that this state holds.
    pub fn seq(&self) -> i64 {
        self.seq
    }

    /// A service by its id, one that left the register too.
    pub fn get(&self, id: &CareServiceId) -> Option<&Arc<CareService>> {
        self.position_of(id).map(|position| &self.at(position).service)
    }

    /// Every service on the register, in the order of names.
    pub fn all(&self) -> impl Iterator<Item = &Arc<CareService>> {
        let listed = self.blocks.iter().flat_map(|block| &block.listed).map(|listed| &listed.service);
        listed.filter(|service| service.left_at.is_none())
    }

    /// The services of which something has lasted until before `today`, a local day.
    pub fn lapsing(&self, today: NaiveDate) -> Vec<CareServiceId> {
        self.all().filter(|service| service.capacity.is_lapsing(today)).map(|service| service.id.clone()).collect()
    }

    /// How many services are on the register.
    pub fn len(&self) -> usize {
        self.blocks.iter().map(|block| block.facts.on_register.count_ones() as usize).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn at(&self, position: Position) -> &Arc<Listed> {
        &self.blocks[position / MOST].listed[position % MOST]
    }

    pub(super) fn position_of(&self, id: &CareServiceId) -> Option<Position> {
        let naming = self.namings.get(id)?;
        Some(self.place((&naming.folded, id)))
    }

    /// The first position whose key is not below this one.
    pub(super) fn place(&self, key: (&str, &CareServiceId)) -> Position {
        let below = |listed: &Arc<Listed>| listed.key() < key;
        let number = self.blocks.partition_point(|block| block.listed.last().is_some_and(below));
        let at = self.blocks.get(number).map_or(0, |block| block.listed.partition_point(below));
        number * MOST + at
    }
}

/// The service just after a change. One that left says so itself, whatever the log held of it.
fn state_after(change: &Change) -> CareService {
    let mut service = change.service.clone();
    match change.kind {
        ChangeKind::ServiceLeft => {
            service.left_at.get_or_insert(change.at);
        }
        ChangeKind::CapacityUpdated
        | ChangeKind::CapacityConfirmed
        | ChangeKind::ServiceUpdated
        | ChangeKind::ServiceAdded => {}
    }
    service
}

impl Edit {
    /// What the block lists afterwards, sorted.
    fn done(self, known: &[Arc<Listed>]) -> Vec<Arc<Listed>> {
        let stays = known.iter().enumerate().filter(|(at, _)| !self.leaving.contains(at));
        let mut listed: Vec<_> = stays.map(|(_, listed)| listed.clone()).chain(self.coming).collect();
        listed.sort_by(|one, other| one.key().cmp(&other.key()));
        listed
    }
}
