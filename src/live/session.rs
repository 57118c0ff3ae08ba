//! One watcher's stream as a state machine: what comes in, what is to be done. It has no socket, no
//! clock, no database and waits for nothing; `watch.rs` does what it says.
//!
//! A watcher is a place in the log (`at`): every change up to it was sent or did not match. All it
//! ever does is to move that place forward without leaving one out. The join rule: it is registered
//! and the log's end is read in one step (`Joined::mark`), so that from the mark on the hub keeps
//! what matches; up to the mark it reads what is written; then it goes on with what the hub kept.

use std::collections::HashMap;
use std::sync::Arc;

use crate::base::stamp::Stamp;
use crate::domain::care_service::CareServiceId;
use crate::live::entry::{Entry, Interest, Sent, Verdict};
use crate::live::protocol::{After, ClientMessage, Ending};
use crate::live::snapshot::Snapshot;

/// So far may a live watcher fall behind before it is told to come again: one register of all of
/// England read at once is less, and a watcher that cannot take that will not catch up.
pub const MOST_BEHIND: i64 = 65_536;

/// Registered with the hub, which keeps from `mark` on everything that matches `interest`.
#[derive(Clone, Debug)]
pub struct Joined {
    pub interest: Arc<Interest>,
    pub mark: i64,
}

/// Where a stream is asked to begin.
#[derive(Clone, Debug)]
pub struct Opening {
    pub epoch: Arc<str>,
    pub after: Option<After>,
    /// The end of the log as the database has it; the hub's mark may be a moment behind.
    pub last: i64,
}

#[derive(Debug)]
pub enum Input {
    Opened(Opening),
    /// What matches now.
    Snapshot(Arc<Snapshot>),
    /// Entries of the log from the one asked for on, at least one if it is still there.
    Replayed(Vec<Arc<Entry>>),
    /// The hub kept something since it was last asked.
    Woken,
    /// The hub's answer to `Output::Take`.
    Taken(Taken),
    /// Nothing was said for the time of a heartbeat.
    Quiet,
    /// The client said something.
    Said(String),
    /// A new filter was read, and the watcher registered for it.
    Found(Joined),
    /// A new filter could not be read: why.
    NotFound(String),
    Ended(Ending),
}

/// What the hub has kept for a watcher.
#[derive(Debug)]
pub enum Taken {
    /// Everything that matches, up to and with `upto`.
    All { kept: Vec<(Arc<Entry>, Sent)>, upto: i64 },
    /// It could not keep so much; what came after `floor` it still has.
    Missed { floor: i64 },
}

#[derive(Debug)]
pub enum Output {
    Say(Say),
    /// Take from the hub what it kept after this place.
    Take {
        after: i64,
    },
    /// Read entries of the log after this place.
    Replay {
        after: i64,
    },
    /// Find what matches now.
    Snapshot,
    /// Read this filter and register for it.
    Find(String),
    End(Ending),
}

#[derive(Clone, Debug)]
pub enum Say {
    Hello { epoch: Arc<str>, seq: i64 },
    Reset,
    Part { snapshot: Arc<Snapshot>, part: usize },
    Entry(Arc<Entry>, Sent),
    Heartbeat { seq: i64 },
}

impl Say {
    /// When that happened which it says, if it came after this place of the log.
    pub fn at(&self, mark: i64) -> Option<Stamp> {
        match self {
            Self::Entry(entry, _) => (entry.seq() > mark).then_some(entry.change().at),
            Self::Hello { .. } | Self::Reset | Self::Part { .. } | Self::Heartbeat { .. } => None,
        }
    }
}

#[derive(Debug)]
pub struct Session {
    interest: Arc<Interest>,
    at: i64,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// Registered at the mark, nothing said yet.
    Opening {
        mark: i64,
    },
    /// Waits for a snapshot, which must hold everything up to the mark.
    Snapshot {
        mark: i64,
    },
    /// Reads what is written, up to the mark.
    Replay(Box<Replay>),
    /// Goes on with what the hub keeps. `quiet` if a heartbeat is due unless something else is said.
    Live {
        quiet: bool,
    },
    Over,
}

#[derive(Debug)]
struct Replay {
    mark: i64,
    /// Of the services met in this replay, whether the watcher has them now. Where the log does not
    /// say how a service was before, this does, for all but its first entry.
    has: HashMap<CareServiceId, bool>,
}

impl Session {
    pub fn new(joined: Joined) -> Self {
        Self { interest: joined.interest, at: 0, stage: Stage::Opening { mark: joined.mark } }
    }

    pub fn interest(&self) -> &Interest {
        &self.interest
    }

    pub fn on_input(&mut self, input: Input) -> Vec<Output> {
        match (input, &mut self.stage) {
            (_, Stage::Over) => Vec::new(),
            (Input::Ended(ending), _) => self.end(ending),
            (Input::Said(text), _) => self.hear(&text),
            (Input::Found(joined), _) => {
                self.interest = joined.interest;
                self.stage = Stage::Snapshot { mark: joined.mark };
                vec![Output::Snapshot]
            }
            (Input::NotFound(why), _) => self.end(Ending::NotAllowed(why)),
            (Input::Opened(opening), Stage::Opening { mark }) => {
                let mark = *mark;
                self.open(opening, mark)
            }
            (Input::Snapshot(snapshot), Stage::Snapshot { mark }) => {
                let mark = *mark;
                self.begin(&snapshot, mark)
            }
            (Input::Replayed(entries), Stage::Replay(_)) => self.replay(entries),
            (Input::Taken(taken), Stage::Live { .. }) => self.take(taken),
            (Input::Woken, Stage::Live { .. }) => vec![Output::Take { after: self.at }],
            (Input::Quiet, Stage::Live { quiet }) => {
                *quiet = true;
                vec![Output::Take { after: self.at }]
            }
            // Whoever is still being brought up to the mark looks at what was kept when it is there.
            (Input::Woken | Input::Quiet, Stage::Opening { .. } | Stage::Snapshot { .. } | Stage::Replay(_)) => {
                Vec::new()
            }
            // Answers to questions of a stage that is over.
            (Input::Opened(_) | Input::Snapshot(_) | Input::Replayed(_) | Input::Taken(_), _) => Vec::new(),
        }
    }

    fn open(&mut self, opening: Opening, mark: i64) -> Vec<Output> {
        let seq = mark.max(opening.last);
        let hello = Output::Say(Say::Hello { epoch: Arc::clone(&opening.epoch), seq });
        let Some(after) = opening.after else {
            self.stage = Stage::Snapshot { mark };
            return vec![hello, Output::Snapshot];
        };
        let other_epoch = after.epoch.is_some_and(|epoch| *epoch != *opening.epoch);
        if other_epoch || after.seq > seq {
            self.stage = Stage::Snapshot { mark };
            return vec![hello, Output::Say(Say::Reset), Output::Snapshot];
        }
        self.at = after.seq;
        [hello].into_iter().chain(self.go_on(mark)).collect()
    }

    fn begin(&mut self, snapshot: &Arc<Snapshot>, mark: i64) -> Vec<Output> {
        self.at = snapshot.seq;
        let part = |part| Output::Say(Say::Part { snapshot: Arc::clone(snapshot), part });
        let mut outputs: Vec<Output> = (0..snapshot.parts()).map(part).collect();
        outputs.extend(self.go_on(mark));
        outputs
    }

    /// Reads what is written up to the mark, then takes what the hub kept since.
    fn go_on(&mut self, mark: i64) -> Option<Output> {
        if self.at < mark {
            match &mut self.stage {
                Stage::Replay(replay) => replay.mark = mark,
                Stage::Opening { .. } | Stage::Snapshot { .. } | Stage::Live { .. } | Stage::Over => {
                    self.stage = Stage::Replay(Box::new(Replay { mark, has: HashMap::new() }));
                }
            }
            return Some(Output::Replay { after: self.at });
        }
        self.stage = Stage::Live { quiet: false };
        Some(Output::Take { after: self.at })
    }

    fn replay(&mut self, entries: Vec<Arc<Entry>>) -> Vec<Output> {
        let Stage::Replay(replay) = &mut self.stage else { return Vec::new() };
        let mark = replay.mark;
        let whole = entries.first().is_some_and(|first| first.seq() == self.at + 1)
            && entries.windows(2).all(|pair| pair[0].seq() + 1 == pair[1].seq());
        if !whole {
            // The log no longer reaches back so far.
            self.stage = Stage::Snapshot { mark };
            return vec![Output::Say(Say::Reset), Output::Snapshot];
        }
        let mut outputs = Vec::new();
        for entry in entries {
            self.at = entry.seq();
            let sent = replay.sent(&entry, &self.interest);
            outputs.extend(sent.map(|sent| Output::Say(Say::Entry(entry, sent))));
        }
        outputs.extend(self.go_on(mark));
        outputs
    }

    fn take(&mut self, taken: Taken) -> Vec<Output> {
        let Stage::Live { quiet } = &mut self.stage else { return Vec::new() };
        match taken {
            Taken::Missed { floor } if floor - self.at > MOST_BEHIND => self.end(Ending::TooSlow),
            Taken::Missed { floor } => self.go_on(floor).into_iter().collect(),
            Taken::All { kept, upto } => {
                let due = std::mem::take(quiet);
                let mut outputs = Vec::with_capacity(kept.len());
                for (entry, sent) in kept.into_iter().filter(|(entry, _)| entry.seq() > self.at) {
                    outputs.push(Output::Say(Say::Entry(entry, sent)));
                }
                self.at = self.at.max(upto);
                if due && outputs.is_empty() {
                    outputs.push(Output::Say(Say::Heartbeat { seq: self.at }));
                }
                outputs
            }
        }
    }

    fn hear(&mut self, text: &str) -> Vec<Output> {
        match serde_json::from_str(text) {
            Ok(ClientMessage::Filter { query }) => vec![Output::Find(query)],
            Err(_) => self.end(Ending::NotAllowed("a client says {\"type\":\"filter\",\"query\":\"…\"}".to_owned())),
        }
    }

    fn end(&mut self, ending: Ending) -> Vec<Output> {
        self.stage = Stage::Over;
        vec![Output::End(ending)]
    }
}

impl Replay {
    fn sent(&mut self, entry: &Entry, interest: &Interest) -> Option<Sent> {
        let id = &entry.change().service.id;
        let sent = match entry.judge(interest) {
            Verdict::Change(view) => Some(Sent::Change(view)),
            Verdict::Gone | Verdict::PerhapsGone => (self.has.get(id) != Some(&false)).then_some(Sent::Gone),
            Verdict::Nothing => None,
        };
        self.has.insert(id.clone(), matches!(sent, Some(Sent::Change(_))));
        sent
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::freshness::FreshnessLimits;
    use crate::live::entry::Before;
    use crate::live::sample;

    const MARK: i64 = 10;

    fn opened(after: Option<&str>, last: i64) -> (Session, Vec<String>) {
        let mut session = Session::new(Joined { interest: Arc::new(sample::interest("")), mark: MARK });
        let after = after.map(|text| After::parse(text).unwrap());
        let outputs = session.on_input(Input::Opened(Opening { epoch: "now".into(), after, last }));
        (session, said(&outputs))
    }

    fn said(outputs: &[Output]) -> Vec<String> {
        let word = |output: &Output| match output {
            Output::Say(Say::Hello { seq, .. }) => format!("hello {seq}"),
            Output::Say(Say::Reset) => "reset".to_owned(),
            Output::Say(Say::Part { .. }) => "part".to_owned(),
            Output::Say(Say::Entry(entry, _)) => format!("entry {}", entry.seq()),
            Output::Say(Say::Heartbeat { seq }) => format!("heartbeat {seq}"),
            Output::Take { after } => format!("take after {after}"),
            Output::Replay { after } => format!("replay after {after}"),
            Output::Snapshot => "snapshot".to_owned(),
            Output::Find(query) => format!("find {query}"),
            Output::End(ending) => format!("end {}", ending.code()),
        };
        outputs.iter().map(word).collect()
    }

    fn entries(seqs: &[i64]) -> Input {
        let entry = |seq: &i64| Arc::new(Entry::new(sample::update(*seq), Before::Unknown, FreshnessLimits::default()));
        Input::Replayed(seqs.iter().map(entry).collect())
    }

    #[test]
    fn a_stream_begins_where_it_was_asked_to() {
        for (after, last, begins) in [
            (None, 10, vec!["hello 10", "snapshot"]),
            (Some("7"), 10, vec!["hello 10", "replay after 7"]),
            (Some("now.7"), 10, vec!["hello 10", "replay after 7"]),
            (Some("10"), 10, vec!["hello 10", "take after 10"]),
            (Some("then.7"), 10, vec!["hello 10", "reset", "snapshot"]),
            (Some("11"), 10, vec!["hello 10", "reset", "snapshot"]),
            // Written, though the hub has not heard of it yet.
            (Some("11"), 12, vec!["hello 12", "take after 11"]),
        ] {
            assert_eq!(opened(after, last).1, begins, "{after:?}");
        }
    }

    #[test]
    fn a_log_that_no_longer_reaches_back_means_reset() {
        for page in [vec![], vec![9, 10], vec![8, 10]] {
            let (mut session, _) = opened(Some("7"), 10);
            assert_eq!(said(&session.on_input(entries(&page))), ["reset", "snapshot"], "{page:?}");
        }
        let (mut session, _) = opened(Some("7"), 10);
        assert_eq!(said(&session.on_input(entries(&[8, 9]))), ["entry 8", "entry 9", "replay after 9"]);
        assert_eq!(said(&session.on_input(entries(&[10, 11]))), ["entry 10", "entry 11", "take after 11"]);
    }

    #[test]
    fn who_falls_behind_reads_the_log_and_who_falls_far_behind_is_ended() {
        let (mut session, _) = opened(Some("10"), 10);
        let missed = |floor| Input::Taken(Taken::Missed { floor });
        assert_eq!(said(&session.on_input(missed(500))), ["replay after 10"]);
        let (mut session, _) = opened(Some("10"), 10);
        assert_eq!(said(&session.on_input(missed(MOST_BEHIND + 10))), ["replay after 10"]);
        let (mut session, _) = opened(Some("10"), 10);
        assert_eq!(said(&session.on_input(missed(MOST_BEHIND + 11))), ["end 1013"]);
        assert_eq!(said(&session.on_input(Input::Woken)), Vec::<String>::new());
    }

    #[test]
    fn a_heartbeat_stands_where_the_watcher_does_and_comes_only_into_silence() {
        let (mut session, _) = opened(Some("10"), 10);
        assert_eq!(said(&session.on_input(Input::Quiet)), ["take after 10"]);
        let nothing = Taken::All { kept: Vec::new(), upto: 42 };
        assert_eq!(said(&session.on_input(Input::Taken(nothing))), ["heartbeat 42"]);
        session.on_input(Input::Quiet);
        let entry = Arc::new(Entry::new(sample::update(43), Before::Unknown, FreshnessLimits::default()));
        let kept = Taken::All { kept: vec![(entry, Sent::Gone)], upto: 43 };
        assert_eq!(said(&session.on_input(Input::Taken(kept))), ["entry 43"]);
    }

    #[test]
    fn a_client_changes_its_filter_or_is_ended() {
        let (mut session, _) = opened(Some("10"), 10);
        let filter = Input::Said(r#"{"type":"filter","query":"vacant=1"}"#.to_owned());
        assert_eq!(said(&session.on_input(filter)), ["find vacant=1"]);
        let found = Joined { interest: Arc::new(sample::interest("vacant=1")), mark: 11 };
        assert_eq!(said(&session.on_input(Input::Found(found))), ["snapshot"]);
        assert_eq!(said(&session.on_input(Input::NotFound("no such key".to_owned()))), ["end 1008"]);
        let (mut session, _) = opened(None, 10);
        assert_eq!(said(&session.on_input(Input::Said("hello?".to_owned()))), ["end 1008"]);
    }
}
