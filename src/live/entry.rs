//! An entry of the log as the live stream holds it: judged against filters, encoded once for each
//! view and wire however many read it. It knows no watcher.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use crate::base::text;
use crate::domain::actor::Actor;
use crate::domain::care_service::CareService;
use crate::domain::change::{Change, ChangeKind};
use crate::domain::filter::Filter;
use crate::domain::freshness::{FreshnessLimits, Moment};
use crate::domain::view::View;
use crate::live::protocol::{self, Wire};

/// What somebody watches: which services, and how much of them they see.
#[derive(Clone, Debug, PartialEq)]
pub struct Interest {
    pub filter: Filter,
    pub viewer: Viewer,
}

/// How much is seen. Only where it depends on the service does it matter who looks.
#[derive(Clone, Debug, PartialEq)]
pub enum Viewer {
    Everyone(View),
    One(Box<Actor>),
}

impl Viewer {
    pub fn of(actor: Actor) -> Self {
        match actor.uniform_view() {
            Some(view) => Self::Everyone(view),
            None => Self::One(Box::new(actor)),
        }
    }

    pub fn view(&self, service: &CareService) -> View {
        match self {
            Self::Everyone(view) => *view,
            Self::One(actor) => actor.view(service),
        }
    }
}

/// What is known of a service just before a change to it.
#[derive(Clone, Debug)]
pub enum Before {
    /// It was not there.
    Nothing,
    /// The entry before this one.
    Change(Arc<Change>),
    /// How it was, though not since when.
    State(Arc<CareService>),
    Unknown,
}

/// What an entry is to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Change(View),
    /// It matched before and no longer does.
    Gone,
    /// It does not match; whether it did before is not known.
    PerhapsGone,
    Nothing,
}

/// A change or a `gone`, as it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    Change(View),
    Gone,
}

pub struct Entry {
    change: Arc<Change>,
    before: Before,
    limits: FreshnessLimits,
    words: OnceLock<Vec<String>>,
    words_before: OnceLock<Vec<String>>,
    encoded: [OnceLock<Bytes>; 6],
}

impl Entry {
    pub fn new(change: Arc<Change>, before: Before, limits: FreshnessLimits) -> Self {
        Self {
            change,
            before,
            limits,
            words: OnceLock::new(),
            words_before: OnceLock::new(),
            encoded: [const { OnceLock::new() }; 6],
        }
    }

    pub fn seq(&self) -> i64 {
        self.change.seq
    }

    pub fn change(&self) -> &Arc<Change> {
        &self.change
    }

    pub fn before(&self) -> Option<&CareService> {
        match &self.before {
            Before::Change(change) => Some(&change.service),
            Before::State(service) => Some(service),
            Before::Nothing | Before::Unknown => None,
        }
    }

    /// Each state is judged as it was at the time of its own change, so that live and replayed
    /// streams agree and the passing of time alone never makes a watcher miss a `gone`.
    pub fn judge(&self, interest: &Interest) -> Verdict {
        let filter = &interest.filter;
        if self.was_met(filter, &self.change, &self.words) {
            return Verdict::Change(interest.viewer.view(&self.change.service));
        }
        let matched = match &self.before {
            Before::Nothing => false,
            Before::Unknown => return Verdict::PerhapsGone,
            Before::Change(before) => self.was_met(filter, before, &self.words_before),
            // The freshest it can have been: a `gone` too many harms nobody, one too few does.
            Before::State(before) => {
                let then = before.capacity.confirmed_at.unwrap_or(self.change.at);
                self.matches(filter, before, Moment { now: then, limits: self.limits }, &self.words_before)
            }
        };
        if matched { Verdict::Gone } else { Verdict::Nothing }
    }

    /// The bytes for one wire, made by the first who asks.
    pub fn frame(&self, sent: Sent, wire: Wire) -> Bytes {
        let place = match sent {
            Sent::Change(View::Public) => 0,
            Sent::Change(View::Staff) => 1,
            Sent::Gone => 2,
        };
        let encode = || {
            let message = match sent {
                Sent::Change(view) => protocol::entry(&self.change, view, self.limits),
                Sent::Gone => protocol::gone(&self.change),
            };
            wire.frame(&message, Some(self.seq()))
        };
        let wires = Wire::ALL.len();
        let of_wire = match wire {
            Wire::Socket => 0,
            Wire::Events => 1,
        };
        self.encoded[place * wires + of_wire].get_or_init(encode).clone()
    }

    /// Whether the state after a change matched then.
    fn was_met(&self, filter: &Filter, change: &Change, words: &OnceLock<Vec<String>>) -> bool {
        let then = Moment { now: change.at, limits: self.limits };
        change.kind != ChangeKind::ServiceLeft && self.matches(filter, &change.service, then, words)
    }

    fn matches(&self, filter: &Filter, service: &CareService, at: Moment, words: &OnceLock<Vec<String>>) -> bool {
        filter.matches_but_words(service, &at)
            && filter
                .q
                .as_deref()
                .is_none_or(|q| text::every_word_begins(q, words.get_or_init(|| service.search_words())))
    }
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Entry").field("seq", &self.seq()).field("service", &self.change.service.id).finish()
    }
}
