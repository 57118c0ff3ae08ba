//! What the streams of this process come to: how they begin and end, what is said, and how late. Who
//! is told what is not its business.

use chrono::Duration;

use crate::base::exposition::{Exposition, Kind};
use crate::base::measure::{Counter, Histogram};
use crate::live::protocol::{Ending, Wire};

/// From what nobody sees to what everybody calls late.
const SECONDS: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
/// Of so many messages one is timed: the answer is the same, and it costs nothing.
const TIMED: u64 = 16;

#[derive(Debug)]
pub struct Figures {
    /// By transport; who begins with what is there now, then who resumes.
    begun: [[Counter; 2]; 2],
    resets: Counter,
    going_away: Counter,
    not_allowed: Counter,
    too_slow: Counter,
    signed_out: Counter,
    messages: Counter,
    late: Histogram,
}

impl Default for Figures {
    fn default() -> Self {
        Self {
            begun: Default::default(),
            resets: Counter::default(),
            going_away: Counter::default(),
            not_allowed: Counter::default(),
            too_slow: Counter::default(),
            signed_out: Counter::default(),
            messages: Counter::default(),
            late: Histogram::new(SECONDS),
        }
    }
}

impl Figures {
    pub fn begun(&self, wire: Wire, resumes: bool) {
        self.begun[usize::from(wire == Wire::Events)][usize::from(resumes)].one();
    }

    /// Somebody must begin afresh: the log does not go back so far, or the data came from a backup.
    pub fn reset(&self) {
        self.resets.one();
    }

    pub fn ended(&self, why: &Ending) {
        match why {
            Ending::GoingAway => self.going_away.one(),
            Ending::NotAllowed(_) => self.not_allowed.one(),
            Ending::TooSlow => self.too_slow.one(),
            Ending::SignedOut => self.signed_out.one(),
        }
    }

    /// So many messages are handed to a connection; `late` is asked now and then, how long after the
    /// change that is the newest of them.
    pub fn said(&self, messages: usize, late: impl FnOnce() -> Option<Duration>) {
        let before = self.messages.add(messages as u64);
        if before / TIMED == (before + messages as u64) / TIMED {
            return;
        }
        // Another node's clock may be a little ahead.
        if let Some(late) = late() {
            self.late.seconds(late.to_std().unwrap_or_default());
        }
    }

    pub fn tell(&self, all: &mut Exposition) {
        let about = "Streams begun, by transport; from what is there now, or after a place in the log.";
        let mut begun = all.metric("berth_streams_begun_total", Kind::Counter, about);
        for (transport, counts) in ["websocket", "events"].into_iter().zip(&self.begun) {
            for (from, count) in ["now", "place"].into_iter().zip(counts) {
                begun.counts(&[("transport", transport), ("from", from)], count.get());
            }
        }
        let about = "Streams that had to begin afresh instead of going on.";
        all.metric("berth_streams_reset_total", Kind::Counter, about).counts(&[], self.resets.get());
        all.metric("berth_streams_ended_total", Kind::Counter, "Streams that the server ended, by its reason.")
            .counts(&[("reason", "going_away")], self.going_away.get())
            .counts(&[("reason", "not_allowed")], self.not_allowed.get())
            .counts(&[("reason", "too_slow")], self.too_slow.get())
            .counts(&[("reason", "signed_out")], self.signed_out.get());
        all.metric("berth_live_messages_total", Kind::Counter, "Messages handed to connections, heartbeats included.")
            .counts(&[], self.messages.get());
        let about = "From a change to the moment it is handed to a connection, of one message in sixteen.";
        all.metric("berth_live_lag_seconds", Kind::Histogram, about).spreads(&[], &self.late.read());
    }
}
