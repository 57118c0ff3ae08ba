//! When somebody is due a heartbeat. It says so to a watcher, and writes to no socket.

use std::sync::Arc;

use crate::live::group::{Signals, Watcher};
use crate::live::protocol::HEARTBEAT_SECONDS;

/// One wheel for the heartbeats of all: each slot is a second and holds who is due in it.
#[derive(Default)]
pub struct Wheel {
    slots: [Vec<Arc<Watcher>>; HEARTBEAT_SECONDS as usize + 1],
}

impl Wheel {
    /// Wakes this watcher then, unless something was said to it meanwhile.
    pub fn put(&mut self, watcher: &Arc<Watcher>, due: u32) {
        let count = self.slots.len();
        self.slots[due as usize % count].push(Arc::clone(watcher));
    }

    /// A second has passed.
    pub fn turn(&mut self, now: u32) {
        let count = self.slots.len();
        for watcher in std::mem::take(&mut self.slots[now as usize % count]) {
            if watcher.has_left() {
                continue;
            }
            let due = watcher.said() + HEARTBEAT_SECONDS;
            if due <= now {
                watcher.signal(Signals::QUIET);
                self.put(&watcher, now + HEARTBEAT_SECONDS);
            } else {
                self.put(&watcher, due);
            }
        }
    }
}
