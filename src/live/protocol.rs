//! The messages of the live stream as types and as bytes, for websockets and server-sent events.
//! Who gets which message is decided elsewhere; `docs/LIVE.md` says it for other programmers.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use crate::base::stamp::Stamp;
use crate::domain::care_service::CareServiceId;
use crate::domain::change::{Change, ChangeKind};
use crate::domain::freshness::{FreshnessLimits, Moment};
use crate::domain::view::{ServiceJson, View};

/// A stream that has said nothing for so long says that it is alive. Proxies cut a connection that
/// is silent for a minute, pages say "Not live" after 45 seconds: one lost heartbeat is one too many.
pub const HEARTBEAT_SECONDS: u32 = 25;
/// Half a megabyte or so at a time: a reader shows the first part while the next is on its way.
pub const MOST_IN_A_PART: usize = 500;
/// A filter of 500 ids fits three times over; more is not a filter.
pub const LONGEST_CLIENT_MESSAGE: usize = 64 * 1024;

/// What the server says, one message a frame.
#[derive(Debug, Serialize)]
#[expect(clippy::large_enum_variant, reason = "made, encoded and dropped at once, never kept")]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage<'a> {
    Hello { epoch: &'a str, seq: i64, heartbeat_seconds: u32 },
    Reset,
    Snapshot { seq: i64, services: Vec<ServiceJson<'a>>, more: bool },
    Change { seq: i64, at: Stamp, kind: &'static str, service: ServiceJson<'a> },
    Gone { seq: i64, id: &'a CareServiceId },
    Heartbeat { seq: i64 },
}

/// An entry of the log as this view shows it, with the state and the freshness of its own time. A
/// service that left the register is `gone`, whoever looks.
pub fn entry(change: &Change, view: View, limits: FreshnessLimits) -> ServerMessage<'_> {
    let moment = Moment { now: change.at, limits };
    match change.kind {
        ChangeKind::ServiceLeft => gone(change),
        ChangeKind::CapacityUpdated
        | ChangeKind::CapacityConfirmed
        | ChangeKind::ServiceUpdated
        | ChangeKind::ServiceAdded => ServerMessage::Change {
            seq: change.seq,
            at: change.at,
            kind: change.kind.word(),
            service: ServiceJson::new(&change.service, view, &moment),
        },
    }
}

/// The service of this change no longer matches.
pub fn gone(change: &Change) -> ServerMessage<'_> {
    ServerMessage::Gone { seq: change.seq, id: &change.service.id }
}

/// What a client may say.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientMessage {
    Filter { query: String },
}

/// Where a client wants to go on: `SEQ`, or `EPOCH.SEQ`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct After {
    pub epoch: Option<String>,
    pub seq: i64,
}

impl After {
    pub fn parse(text: &str) -> Option<Self> {
        let (epoch, seq) = match text.rsplit_once('.') {
            Some((epoch, seq)) if !epoch.is_empty() => (Some(epoch.to_owned()), seq),
            Some(_) => return None,
            None => (None, text),
        };
        let seq = seq.parse().ok().filter(|_| seq.bytes().all(|b| b.is_ascii_digit()))?;
        Some(Self { epoch, seq })
    }
}

/// Why the server ends a stream, and the close code of a websocket that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The server stops, or its data was replaced: come again, and go on.
    GoingAway,
    /// A filter nobody can read, or something a client may not say.
    NotAllowed(String),
    TooSlow,
    SignedOut,
}

impl Ending {
    pub const fn code(&self) -> u16 {
        match self {
            Self::GoingAway => 1001,
            Self::NotAllowed(_) => 1008,
            Self::TooSlow => 1013,
            Self::SignedOut => 4401,
        }
    }

    /// At most 123 bytes, as RFC 6455 wants.
    pub fn reason(&self) -> &str {
        match self {
            Self::GoingAway => "going away",
            Self::NotAllowed(why) => &why[..why.floor_char_boundary(123)],
            Self::TooSlow => "too slow: connect again to go on",
            Self::SignedOut => "signed out",
        }
    }
}

/// How messages travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wire {
    Socket,
    Events,
}

impl Wire {
    pub const ALL: [Self; 2] = [Self::Socket, Self::Events];

    /// The message as it goes to the network. `resume` is the place from which a reader who got it
    /// can go on; server-sent events carry it as their id.
    pub fn frame(self, message: &ServerMessage, resume: Option<i64>) -> Bytes {
        match self {
            Self::Socket => socket_frame(message),
            Self::Events => event(message, resume),
        }
    }
}

/// A whole unmasked text frame of RFC 6455: the same bytes serve every socket.
fn socket_frame(message: &ServerMessage) -> Bytes {
    let mut json = Vec::new();
    write_json(&mut json, message);
    let frame = Frame::message(json, OpCode::Data(Data::Text), true);
    let mut bytes = Vec::with_capacity(frame.len());
    frame.format(&mut bytes).expect("a vector takes what is written to it");
    Bytes::from(bytes)
}

fn event(message: &ServerMessage, resume: Option<i64>) -> Bytes {
    let mut event = resume.map_or_else(Vec::new, |seq| format!("id: {seq}\n").into_bytes());
    event.extend_from_slice(b"data: ");
    write_json(&mut event, message);
    event.extend_from_slice(b"\n\n");
    event.shrink_to_fit();
    Bytes::from(event)
}

fn write_json(into: &mut Vec<u8>, message: &ServerMessage) {
    serde_json::to_writer(into, message).expect("our own messages have text keys and go to memory");
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEARTBEAT: ServerMessage = ServerMessage::Heartbeat { seq: 7 };

    #[test]
    fn a_place_to_go_on_is_a_seq_with_or_without_an_epoch() {
        assert_eq!(After::parse("42"), Some(After { epoch: None, seq: 42 }));
        assert_eq!(After::parse("a.b.42"), Some(After { epoch: Some("a.b".to_owned()), seq: 42 }));
        for wrong in ["", "x", "-1", "+1", ".5", "e.", "e.-5", "1e3", "99999999999999999999"] {
            assert_eq!(After::parse(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_frame_is_read_back_by_a_websocket_whatever_its_length() {
        use tokio_tungstenite::tungstenite::protocol::{Role, WebSocket};
        for length in [0_usize, 60, 125, 126, 40_000, 70_000] {
            let epoch = "e".repeat(length);
            let hello = ServerMessage::Hello { epoch: &epoch, seq: 1, heartbeat_seconds: HEARTBEAT_SECONDS };
            let frame = Wire::Socket.frame(&hello, None);
            let mut socket = WebSocket::from_raw_socket(std::io::Cursor::new(frame.to_vec()), Role::Client, None);
            let text = socket.read().unwrap().into_text().unwrap();
            assert_eq!(text.as_str(), serde_json::to_string(&hello).unwrap());
        }
    }

    #[test]
    fn an_event_carries_the_place_to_go_on_as_its_id() {
        let with = Wire::Events.frame(&HEARTBEAT, Some(7));
        assert_eq!(&with[..], b"id: 7\ndata: {\"type\":\"heartbeat\",\"seq\":7}\n\n");
        let without = Wire::Events.frame(&ServerMessage::Reset, None);
        assert_eq!(&without[..], b"data: {\"type\":\"reset\"}\n\n");
    }

    #[test]
    fn a_client_says_its_filter_and_nothing_else() {
        let said = |text| serde_json::from_str::<ClientMessage>(text).ok();
        let filter = ClientMessage::Filter { query: "kind=care_home".to_owned() };
        assert_eq!(said(r#"{"type":"filter","query":"kind=care_home"}"#), Some(filter));
        for wrong in ["", "{}", r#"{"type":"filter"}"#, r#"{"type":"subscribe","query":""}"#] {
            assert_eq!(said(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_long_reason_is_cut_between_characters() {
        let ending = Ending::NotAllowed("é".repeat(100));
        assert_eq!(ending.reason().len(), 122);
    }
}
