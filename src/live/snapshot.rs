//! Everything that matches at one moment, in parts, each encoded when it is first sent and shared
//! by all who ask for the same. What matches is found by the board.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use crate::domain::care_service::CareService;
use crate::domain::freshness::Moment;
use crate::domain::view::ServiceJson;
use crate::live::entry::Viewer;
use crate::live::protocol::{MOST_IN_A_PART, ServerMessage, Wire};

pub struct Snapshot {
    /// The last change it holds.
    pub seq: i64,
    pub moment: Moment,
    services: Vec<Arc<CareService>>,
    encoded: [Vec<OnceLock<Bytes>>; 2],
}

impl Snapshot {
    pub fn new(seq: i64, moment: Moment, services: Vec<Arc<CareService>>) -> Self {
        let parts = services.len().div_ceil(MOST_IN_A_PART).max(1);
        let empty = || (0..parts).map(|_| OnceLock::new()).collect();
        Self { seq, moment, services, encoded: [empty(), empty()] }
    }

    /// At least one: an empty snapshot is said too.
    pub fn parts(&self) -> usize {
        self.encoded[0].len()
    }

    /// The services of a part as this viewer sees them. All who share a snapshot share the viewer.
    pub fn frame(&self, part: usize, viewer: &Viewer, wire: Wire) -> Bytes {
        let of_wire = match wire {
            Wire::Socket => 0,
            Wire::Events => 1,
        };
        self.encoded[of_wire][part].get_or_init(|| self.encode(part, viewer, wire)).clone()
    }

    fn encode(&self, part: usize, viewer: &Viewer, wire: Wire) -> Bytes {
        let more = part + 1 < self.parts();
        let services = self.services.chunks(MOST_IN_A_PART).nth(part).unwrap_or_default();
        let services = services.iter().map(|service| ServiceJson::new(service, viewer.view(service), &self.moment));
        let message = ServerMessage::Snapshot { seq: self.seq, services: services.collect(), more };
        // Who has only some of the parts has no place to go on from.
        wire.frame(&message, (!more).then_some(self.seq))
    }
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot").field("seq", &self.seq).field("services", &self.services.len()).finish()
    }
}
