//! A block: up to 64 services that follow each other in the order of names, laid out by column.
//! One bit of a mask is one service. Which blocks there are, and their order, is the snapshot's.

use std::sync::Arc;

use crate::board::facts::{Authorities, FactColumns};
use crate::board::figures::FigureColumns;
use crate::domain::care_service::{CareService, CareServiceId};

/// One bit for each service of a block.
pub(super) type Mask = u64;

/// As many services as a mask has bits.
pub(super) const MOST: usize = 64;

/// The services of a mask, in order.
pub(super) fn each(mut mask: Mask) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let at = (mask != 0).then_some(mask.trailing_zeros() as usize)?;
        mask &= mask - 1;
        Some(at)
    })
}

/// The mask of the services for which `holds` is true.
pub(super) fn mask_of<T>(column: &[T; MOST], holds: impl Fn(&T) -> bool) -> Mask {
    column.iter().enumerate().fold(0, |mask, (at, value)| mask | Mask::from(holds(value)) << at)
}

/// A service with what a new figure does not change.
#[derive(Debug)]
pub(super) struct Listed {
    pub service: Arc<CareService>,
    pub naming: Arc<Naming>,
}

/// How a service is sorted and found by words.
#[derive(Debug)]
pub(super) struct Naming {
    pub folded: String,
    /// With a blank between them.
    pub words: String,
}

impl Listed {
    pub fn new(service: CareService) -> Self {
        let naming = Naming { folded: service.folded_name(), words: service.search_words().join(" ") };
        Self { service: Arc::new(service), naming: Arc::new(naming) }
    }

    /// By this the whole board is sorted; no two services share it.
    pub fn key(&self) -> (&str, &CareServiceId) {
        (&self.naming.folded, &self.service.id)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Block {
    pub listed: Vec<Arc<Listed>>,
    pub facts: Arc<FactColumns>,
    pub figures: FigureColumns,
}

impl Block {
    /// As few blocks as hold these sorted services, all about equally full.
    pub fn pack(listed: Vec<Arc<Listed>>, authorities: &mut Authorities) -> Vec<Arc<Self>> {
        let count = listed.len().div_ceil(MOST);
        let mut blocks = Vec::with_capacity(count);
        let mut rest = listed.as_slice();
        for left in (1..=count).rev() {
            let (these, those) = rest.split_at(rest.len().div_ceil(left));
            blocks.push(Arc::new(Self::of(these.to_vec(), authorities)));
            rest = those;
        }
        blocks
    }

    fn of(listed: Vec<Arc<Listed>>, authorities: &mut Authorities) -> Self {
        let facts = Arc::new(FactColumns::new(&listed, authorities));
        let figures = FigureColumns::new(listed.iter().map(|listed| &listed.service.capacity));
        Self { listed, facts, figures }
    }

    /// New figures of one service whose facts are as they were.
    pub fn tell(&mut self, at: usize, service: CareService) {
        self.figures.set(at, &service.capacity);
        self.listed[at] = Arc::new(Listed { service: Arc::new(service), naming: self.listed[at].naming.clone() });
    }
}
