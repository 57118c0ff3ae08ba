//! What may come in after the handshake of a websocket, given to a real server: it answers in whole frames of its own,
//! ends the connection with the other side, panics over nothing and goes on for others.

use std::cell::RefCell;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use serde_json::Value;
use tokio::runtime::Runtime;

use crate::trial::Data;
use crate::trial::node::Node;

/// Far longer than the server takes to end a connection.
const PATIENCE: Duration = Duration::from_secs(30);
const HANDSHAKE: &[u8] = b"GET /live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

struct Server {
    node: Node,
    data: Data,
}

thread_local! {
    /// It ends with the thread that hunts.
    static SERVER: RefCell<Option<Server>> = const { RefCell::new(None) };
}

impl Server {
    fn start() -> Self {
        let data = Data::sqlite();
        Runtime::new().expect("a runtime").block_on(data.fill(2));
        Self { node: Node::start(&data.folder, &data.url), data }
    }

    /// Everything that is answered until the connection is over.
    fn answer(&self, input: &[u8]) -> Vec<u8> {
        let mut connection = TcpStream::connect(&self.node.address).expect("the server takes connections");
        connection.set_read_timeout(Some(PATIENCE)).expect("it can be set");
        // The server may end before it has read all, and says why.
        let sent = connection.write_all(&[HANDSHAKE, input].concat());
        drop(sent.and_then(|()| connection.shutdown(Shutdown::Write)));
        let mut answer = Vec::new();
        match connection.read_to_end(&mut answer) {
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {}
            Err(error) => panic!("the connection does not end: {error}"),
        }
        let said = std::fs::read_to_string(self.data.folder.path().join(Node::ERRORS)).expect("its errors are kept");
        assert!(!said.contains("panicked"), "{said}");
        answer
    }
}

pub fn bear(input: &[u8]) -> String {
    let answer = SERVER.with_borrow_mut(|server| server.get_or_insert_with(Server::start).answer(input));
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("the handshake is answered");
    let (head, mut frames) = answer.split_at(end + 4);
    assert!(head.starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(head));
    let mut ways = Vec::new();
    while !frames.is_empty() {
        let (opcode, content, rest) = frame(frames).expect("whole frames");
        ways.push(match opcode {
            1 => {
                let message: Value = serde_json::from_slice(content).expect("messages are JSON");
                message["type"].as_str().expect("every message has a type").to_owned()
            }
            8 => {
                assert!(rest.is_empty(), "something after the end");
                content.get(..2).map_or_else(String::new, |code| u16::from_be_bytes([code[0], code[1]]).to_string())
            }
            9 | 10 => opcode.to_string(),
            other => panic!("a frame of kind {other}"),
        });
        frames = rest;
    }
    ways.dedup();
    ways.join(" ")
}

/// The first frame as a server sends it, in one piece and without a mask, and what follows it.
fn frame(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let opcode = bytes.first()?.checked_sub(0x80)?;
    let (start, length) = match *bytes.get(1)? {
        126 => (4, usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?))),
        127 => (10, usize::try_from(u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)).ok()?),
        short @ 0..126 => (2, usize::from(short)),
        _ => return None,
    };
    let (content, rest) = bytes.get(start..)?.split_at_checked(length)?;
    Some((opcode, content, rest))
}
