//! How much this process has written and how long that took. What it wrote is not its business.

use std::time::Duration;

use crate::base::exposition::{Exposition, Kind};
use crate::base::measure::{Counter, Histogram};

/// From a disk that answers at once to a database that is away.
const SECONDS: &[f64] = &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];
/// The lane takes at most 512 together.
const TOGETHER: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

#[derive(Debug)]
pub struct Figures {
    committed: Counter,
    failed: Counter,
    together: Histogram,
    commit: Histogram,
    waited: Histogram,
}

impl Default for Figures {
    fn default() -> Self {
        Self {
            committed: Counter::default(),
            failed: Counter::default(),
            together: Histogram::new(TOGETHER),
            commit: Histogram::new(SECONDS),
            waited: Histogram::new(SECONDS),
        }
    }
}

impl Figures {
    /// A batch of so many acts was written, or could not be.
    pub fn commit(&self, took: Duration, acts: usize, done: bool) {
        let commits = if done { &self.committed } else { &self.failed };
        commits.one();
        self.together.take(acts as f64);
        self.commit.seconds(took);
    }

    /// An act was answered so long after it was queued.
    pub fn waited(&self, took: Duration) {
        self.waited.seconds(took);
    }

    pub fn tell(&self, all: &mut Exposition) {
        all.metric("berth_commits_total", Kind::Counter, "Transactions, by whether they reached the disk.")
            .counts(&[("outcome", "committed")], self.committed.get())
            .counts(&[("outcome", "failed")], self.failed.get());
        all.metric("berth_commit_acts", Kind::Histogram, "Acts that shared one transaction.")
            .spreads(&[], &self.together.read());
        all.metric("berth_commit_seconds", Kind::Histogram, "How long one transaction took, its commit included.")
            .spreads(&[], &self.commit.read());
        all.metric("berth_write_seconds", Kind::Histogram, "From an act to its answer, waiting for its turn included.")
            .spreads(&[], &self.waited.read());
    }
}
