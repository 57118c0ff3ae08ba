//! Under which name each id stands on the board, so that a service is found by its id.
//! It grows only: what left the register is still known.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use crate::board::block::{Listed, Naming};
use crate::domain::care_service::CareServiceId;

/// So many parts that a new name copies a hundred entries, not all of them.
const PARTS: usize = 256;

#[derive(Clone, Debug)]
pub(super) struct Namings(Vec<Arc<HashMap<CareServiceId, Arc<Naming>>>>);

impl Default for Namings {
    fn default() -> Self {
        Self(vec![Arc::default(); PARTS])
    }
}

impl Namings {
    pub fn get(&self, id: &CareServiceId) -> Option<&Naming> {
        self.0[part(id)].get(id).map(Arc::as_ref)
    }

    pub fn put(&mut self, listed: &Listed) {
        let id = &listed.service.id;
        Arc::make_mut(&mut self.0[part(id)]).insert(id.clone(), listed.naming.clone());
    }
}

fn part(id: &CareServiceId) -> usize {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish() as usize % PARTS
}
