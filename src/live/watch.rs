//! Does what a session says, for websockets and server-sent events alike: takes from the hub, reads
//! the log and the board, and hands out frames in as few portions as can be. It has no socket.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;
use tracing::warn;

use crate::base::clock::Clock;
use crate::board::Board;
use crate::domain::actor::Actor;
use crate::domain::change::Change;
use crate::domain::filter::Filter;
use crate::domain::filter_text::Asked;
use crate::domain::freshness::{FreshnessLimits, Moment};
use crate::live::entry::{Before, Entry, Interest, Viewer};
use crate::live::figures::Figures;
use crate::live::group::{Pass, Signals};
use crate::live::hub::{Hub, MOST_AT_ONCE, Room, Seat};
use crate::live::protocol::{After, Ending, HEARTBEAT_SECONDS, ServerMessage, Wire};
use crate::live::session::{Input, Opening, Output, Say, Session};
use crate::live::snapshot::Snapshot;
use crate::ops::Refused;
use crate::store::{Db, Error, changes, places};

/// Frames are joined into portions of about this size: a socket's write costs the kernel the same
/// whether short or long, and no watcher holds more than this at a time.
const PORTION: usize = 64 * 1024;

/// So many watchers read the log at a time. The others wait their turn, so that the follower and
/// the pages always find a free connection.
const MOST_READERS: usize = 4;

/// The live stream of this process.
pub struct Live {
    pub hub: Arc<Hub>,
    db: Db,
    board: Arc<Board>,
    clock: Clock,
    readers: Semaphore,
    pub figures: Figures,
    /// How many websockets there are.
    sockets: watch::Sender<usize>,
    closed: AtomicBool,
}

/// Who wants to watch what, and from where on.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub actor: Actor,
    /// By which sign-in, if any.
    pub pass: Option<Pass>,
    pub filter: Filter,
    pub after: Option<After>,
}

impl Live {
    /// Stands where the board does, in this epoch, with the newest entries of the log at hand.
    pub fn open(
        db: &Db,
        board: &Arc<Board>,
        clock: &Clock,
        epoch: &str,
        limits: FreshnessLimits,
    ) -> Result<Arc<Self>, Error> {
        let seq = board.current().seq();
        let room = Room::default();
        let far = i64::try_from(room.recent).unwrap_or(i64::MAX);
        let mut recent = db.read_now(|c| changes::after(c, (seq - far).max(0), far))?;
        recent.retain(|change| change.seq <= seq);
        let hub = Arc::new(Hub::new(epoch, seq, recent, limits, room));
        Ok(Arc::new(Self {
            hub,
            db: db.clone(),
            board: Arc::clone(board),
            clock: clock.clone(),
            readers: Semaphore::new(MOST_READERS),
            figures: Figures::default(),
            sockets: watch::Sender::new(0),
            closed: AtomicBool::new(false),
        }))
    }

    /// Begins to watch.
    pub async fn watch(self: &Arc<Self>, wanted: Wanted, wire: Wire) -> Result<Watch, Error> {
        let Wanted { actor, pass, filter, after } = wanted;
        let interest = Interest { filter, viewer: Viewer::of(actor) };
        let (seat, joined) = self.hub.join(interest, pass);
        let mark = joined.mark;
        let mut session = Session::new(joined);
        // Somebody may know of a change before the hub does: who made it, for one.
        let ahead = after.as_ref().is_some_and(|after| after.seq > mark);
        let last = if ahead { self.db.read(changes::last_seq).await? } else { mark };
        self.figures.begun(wire, after.is_some());
        let opening = Opening { epoch: self.hub.epoch(), after, last };
        let todo = session.on_input(Input::Opened(opening)).into();
        Ok(Watch { live: Arc::clone(self), session, seat, wire, todo, mark })
    }

    /// Counts a websocket until what this gives is dropped.
    pub fn open_socket(self: &Arc<Self>) -> OpenSocket {
        self.sockets.send_modify(|count| *count += 1);
        OpenSocket(Arc::clone(self))
    }

    pub fn sockets(&self) -> usize {
        *self.sockets.borrow()
    }

    /// Whether the server stops: streams of others end too, then.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// Ends all streams, and waits for the websockets to be closed, but not for ever.
    pub async fn close(&self, patience: Duration) {
        self.closed.store(true, Ordering::Relaxed);
        self.hub.close();
        let mut sockets = self.sockets.subscribe();
        // Who is still there when the patience ends is cut with the server.
        drop(timeout(patience, sockets.wait_for(|count| *count == 0)).await);
    }

    fn moment(&self) -> Moment {
        Moment { now: self.clock.now(), limits: self.hub.limits() }
    }

    /// The next entries after a place, from memory or from the log; none if it no longer holds them.
    async fn entries(&self, after: i64) -> Result<Vec<Arc<Entry>>, Error> {
        if let Some(recent) = self.hub.recent(after) {
            return Ok(recent);
        }
        let limits = self.hub.limits();
        let page = i64::try_from(MOST_AT_ONCE).unwrap_or(i64::MAX);
        // An error would mean that the semaphore was closed, which it never is.
        let _turn = self.readers.acquire().await;
        let changes = self.db.read(move |c| changes::after(c, after, page)).await?;
        let before = |change: &Change| if change.previous_seq == 0 { Before::Nothing } else { Before::Unknown };
        let entry = |change: Change| {
            let before = before(&change);
            Arc::new(Entry::new(Arc::new(change), before, limits))
        };
        Ok(changes.into_iter().map(entry).collect())
    }

    fn snapshot(&self, interest: &Interest) -> Snapshot {
        let board = self.board.current();
        let moment = self.moment();
        Snapshot::new(board.seq(), moment, board.matching(&interest.filter, &moment))
    }
}

async fn find(db: &Db, query: &str) -> Result<Filter, Refused> {
    places::find(db, Asked::parse(query, &[])?).await
}

/// A websocket that is open; see `Live::open_socket`.
pub struct OpenSocket(Arc<Live>);

impl Drop for OpenSocket {
    fn drop(&mut self) {
        self.0.sockets.send_modify(|count| *count -= 1);
    }
}

/// What a watcher's wire does next.
#[derive(Debug)]
pub enum Step {
    /// Write these, all of them at once.
    Write(Vec<Bytes>),
    End(Ending),
}

/// One watcher, on whichever wire.
pub struct Watch {
    live: Arc<Live>,
    session: Session,
    seat: Seat,
    wire: Wire,
    todo: VecDeque<Output>,
    /// What was written up to here is not late when it is said: it came before the watcher.
    mark: i64,
}

impl Watch {
    /// Waits until there is something to do. May be given up and asked again: nothing is lost.
    pub async fn signalled(&self) -> Signals {
        self.seat.signalled().await
    }

    /// Takes up why it was woken.
    pub fn wake(&mut self, signals: Signals) {
        if signals.holds(Signals::GOING_AWAY) {
            return self.tell(Input::Ended(Ending::GoingAway));
        }
        if signals.holds(Signals::SIGNED_OUT) {
            return self.tell(Input::Ended(Ending::SignedOut));
        }
        if signals.holds(Signals::QUIET) {
            self.tell(Input::Quiet);
        } else if signals.holds(Signals::KEPT) {
            self.tell(Input::Woken);
        }
    }

    /// It takes nothing any more, and is cut.
    pub fn cut(&self) {
        self.live.figures.ended(&Ending::TooSlow);
    }

    /// Takes up what a client said.
    pub fn hear(&mut self, text: &str) {
        self.tell(Input::Said(text.to_owned()));
    }

    /// What is to be written next; `None` when all is done until something happens. Not to be given
    /// up half way.
    pub async fn step(&mut self) -> Option<Step> {
        let mut frames = Vec::new();
        let mut size = 0;
        let mut newest = None;
        while size < PORTION {
            match self.todo.pop_front() {
                Some(Output::Say(say)) => {
                    newest = say.at(self.mark).or(newest);
                    let frame = self.frame(&say);
                    size += frame.len();
                    frames.push(frame);
                }
                Some(Output::Take { after }) => {
                    let taken = self.seat.take(after);
                    self.tell(Input::Taken(taken));
                }
                // What is slow waits until what is ready was written.
                Some(slow) if !frames.is_empty() => {
                    self.todo.push_front(slow);
                    break;
                }
                Some(Output::End(ending)) => {
                    self.live.figures.ended(&ending);
                    return Some(Step::End(ending));
                }
                // Rare, and large: no idle watcher keeps room for it.
                Some(slow) => Box::pin(self.look_up(slow)).await,
                None => break,
            }
        }
        if frames.is_empty() {
            self.todo = VecDeque::new();
            return None;
        }
        self.seat.said();
        self.live.figures.said(frames.len(), || Some(self.live.clock.now().since(newest?)));
        Some(Step::Write(frames))
    }

    async fn look_up(&mut self, output: Output) {
        let input = match output {
            Output::Replay { after } => match self.live.entries(after).await {
                Ok(entries) => Input::Replayed(entries),
                Err(error) => self.cannot(&error),
            },
            Output::Snapshot => {
                let moment = self.live.moment();
                let make = || self.live.snapshot(self.session.interest());
                Input::Snapshot(self.seat.snapshot(self.live.board.current().seq(), moment.now, make))
            }
            Output::Find(query) => match find(&self.live.db, &query).await {
                Ok(filter) => {
                    let viewer = self.session.interest().viewer.clone();
                    let joined = self.seat.change_to(Interest { filter, viewer });
                    self.mark = joined.mark;
                    Input::Found(joined)
                }
                Err(Refused::Invalid(invalid)) => Input::NotFound(invalid.to_string()),
                Err(other) => self.cannot(&other),
            },
            Output::Say(_) | Output::Take { .. } | Output::End(_) => return,
        };
        self.tell(input);
    }

    /// Without the database a watcher is sent away; it comes again and goes on where it was.
    fn cannot(&self, why: &dyn std::fmt::Display) -> Input {
        warn!("a watcher was sent away: {why}");
        Input::Ended(Ending::GoingAway)
    }

    fn tell(&mut self, input: Input) {
        self.todo.extend(self.session.on_input(input));
    }

    fn frame(&self, say: &Say) -> Bytes {
        match say {
            Say::Entry(entry, sent) => entry.frame(*sent, self.wire),
            Say::Part { snapshot, part } => snapshot.frame(*part, &self.session.interest().viewer, self.wire),
            // Where the log ends is no place to go on from: what came before is not said yet.
            Say::Hello { epoch, seq } => {
                let hello = ServerMessage::Hello { epoch, seq: *seq, heartbeat_seconds: HEARTBEAT_SECONDS };
                self.wire.frame(&hello, None)
            }
            Say::Reset => {
                self.live.figures.reset();
                self.wire.frame(&ServerMessage::Reset, None)
            }
            Say::Heartbeat { seq } => self.wire.frame(&ServerMessage::Heartbeat { seq: *seq }, Some(*seq)),
        }
    }
}
