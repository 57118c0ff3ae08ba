//! A watcher: connects, and when it is cut off connects elsewhere and goes on where it was. It writes
//! down what comes; whether that is right, the report says.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use serde_json::Value;
use tokio::time::timeout;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::trial::report::figures;
use crate::trial::{Stage, pause};

/// Twice what a heartbeat takes.
const SILENCE: Duration = Duration::from_secs(50);

/// What one watcher was sent.
#[derive(Default)]
pub struct Seen {
    pub query: &'static str,
    /// Where its snapshot stood.
    pub from: i64,
    /// What came as a change: its place in the log, the service, and the mark of the update.
    pub changes: Vec<(i64, String, String)>,
    pub gone: Vec<i64>,
    pub connections: usize,
    /// How often it was sent away by 1001.
    pub sent_away: usize,
    /// What should not have come.
    pub wrong: Vec<String>,
    epoch: String,
    place: Option<i64>,
}

/// Watches until the end is known and seen.
pub async fn watch(stage: Arc<Stage>, query: &'static str, first: usize) -> Seen {
    let mut seen = Seen::of(query);
    let end = stage.end.subscribe();
    for turn in first.. {
        let after = seen.place.map(|place| format!("&after={}.{place}", seen.epoch)).unwrap_or_default();
        let url = format!("ws://{}/live?{query}{after}", stage.address(turn));
        if let Ok(Ok((mut socket, _))) = timeout(SILENCE, connect_async(&url)).await {
            seen.connections += 1;
            while let Ok(Some(Ok(message))) = timeout(SILENCE, socket.next()).await {
                match message {
                    Message::Text(text) => seen.take(&text),
                    Message::Close(why) => {
                        seen.sent_away += usize::from(why.is_some_and(|why| why.code == CloseCode::Away));
                        break;
                    }
                    Message::Ping(_) | Message::Pong(_) | Message::Binary(_) | Message::Frame(_) => {}
                }
                let last = *end.borrow();
                if last.is_some_and(|last| seen.place >= Some(last)) {
                    return seen;
                }
            }
        }
        pause().await;
    }
    seen
}

impl Seen {
    /// Nothing yet, by this filter.
    pub fn of(query: &'static str) -> Self {
        Self { query, ..Self::default() }
    }

    /// Reads a message as it came.
    pub fn take(&mut self, text: &str) {
        let message: Value = serde_json::from_str(text).unwrap_or_default();
        let seq = message["seq"].as_i64().unwrap_or_default();
        match message["type"].as_str().unwrap_or_default() {
            "hello" => {
                let epoch = message["epoch"].as_str().unwrap_or_default();
                if !self.epoch.is_empty() && self.epoch != epoch {
                    self.wrong.push(format!("the epoch changed to {epoch}"));
                }
                epoch.clone_into(&mut self.epoch);
                return;
            }
            "snapshot" => {
                // A first one that was cut off begins again.
                if self.place.is_some() {
                    self.wrong.push(format!("a snapshot at {seq}, though it resumed"));
                }
                if message["more"] == true {
                    return;
                }
                self.from = seq;
            }
            "change" | "gone" => {
                if self.place >= Some(seq) {
                    self.wrong.push(format!("{seq} after {:?}", self.place));
                }
                if message["type"] == "change" {
                    let (service, mark) = figures(&message["service"]);
                    self.changes.push((seq, service, mark));
                } else {
                    self.gone.push(seq);
                }
            }
            "heartbeat" => {}
            other => self.wrong.push(format!("{other:?} at {seq}")),
        }
        self.place = self.place.max(Some(seq));
    }
}
