//! The live stream as websockets (RFC 6455) on the server's own port: handshake, frames in and out,
//! closing. Who may watch what is said by the floor above; what is sent, by `watch.rs`.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_codec::Framed;
use actix_http::body::{self, BodySize, BoxBody};
use actix_http::h1::{Codec, Message as HttpMessage};
use actix_http::header::{HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_VERSION, UPGRADE};
use actix_http::{ConnectionType, Request, Response, StatusCode};
use actix_rt::net::TcpStream;
use actix_service::{IntoServiceFactory, ServiceFactory, fn_service};
use bytes::{Buf, Bytes};
use futures_util::{FutureExt, SinkExt, StreamExt};
use tokio::io::AsyncWrite;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::create_response;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error as SocketError, Message, Utf8Bytes, http};
use tracing::debug;

use crate::live::group::Signals;
use crate::live::protocol::{Ending, LONGEST_CLIENT_MESSAGE, Wire};
use crate::live::watch::{Live, OpenSocket, Step, Wanted, Watch};

/// A watcher that takes nothing for so long cannot keep up; so long again is tried to tell it so.
const PATIENCE: Duration = Duration::from_secs(10);
/// Clients say little, and it is there for every one of them.
const READ_BUFFER: usize = 256;
/// So many frames go to the kernel in one call.
const MOST_SLICES: usize = 64;

type Socket = WebSocketStream<TcpStream>;
type Handshaking = Framed<TcpStream, Codec>;

/// Answers upgrades. `admit` says for every request what it is to watch, or how it is refused; no
/// middleware sees these requests, so it checks path, origin and sign-in too.
pub fn upgrade<A, F>(
    live: Arc<Live>,
    admit: A,
) -> impl ServiceFactory<(Request, Handshaking), Config = (), Response = (), Error = actix_http::Error, InitError = ()>
where
    A: Fn(Request) -> F + Clone + 'static,
    F: Future<Output = Result<Wanted, Response<BoxBody>>> + 'static,
{
    fn_service(move |(request, framed): (Request, Handshaking)| {
        let (live, admit) = (Arc::clone(&live), admit.clone());
        async move {
            // Who leaves during the handshake is nobody's fault.
            if let Err(error) = begin(live, admit, request, framed).await {
                debug!("a websocket did not come about: {error}");
            }
            Ok(())
        }
    })
    .into_factory()
}

async fn begin<A, F>(live: Arc<Live>, admit: A, request: Request, mut framed: Handshaking) -> io::Result<()>
where
    A: Fn(Request) -> F,
    F: Future<Output = Result<Wanted, Response<BoxBody>>>,
{
    let accepted = accept(&request);
    let admitted = admit(request).await.and_then(|wanted| Ok((wanted, accepted?)));
    let (wanted, accepted) = match admitted {
        Ok(admitted) => admitted,
        Err(refusal) => return refuse(framed, refusal).await,
    };
    let Ok(watch) = live.watch(wanted, Wire::Socket).await else {
        return refuse(framed, Response::new(StatusCode::SERVICE_UNAVAILABLE)).await;
    };
    framed.send(HttpMessage::Item((accepted, BodySize::None))).await.map_err(io::Error::other)?;
    let parts = framed.into_parts();
    parts.io.set_nodelay(true)?;
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_message_size(Some(LONGEST_CLIENT_MESSAGE))
        .max_frame_size(Some(LONGEST_CLIENT_MESSAGE));
    let socket = Socket::from_partially_read(parts.io, parts.read_buf.to_vec(), Role::Server, Some(config)).await;
    actix_rt::spawn(serve(Box::new(socket), Box::new(watch), live.open_socket()));
    Ok(())
}

/// The answer to a handshake, by the library's own reading of RFC 6455.
fn accept(request: &Request) -> Result<Response<()>, Response<BoxBody>> {
    let mut copy = http::Request::builder().method(request.method().as_str()).uri("/");
    for (name, value) in &request.head().headers {
        copy = copy.header(name.as_str(), value.as_bytes());
    }
    let accepted = copy.body(()).ok().and_then(|copy| create_response(&copy).ok());
    let key = accepted.as_ref().and_then(|accepted| accepted.headers().get(SEC_WEBSOCKET_ACCEPT.as_str()));
    let key = key.and_then(|key| HeaderValue::from_bytes(key.as_bytes()).ok()).ok_or_else(|| {
        let mut refusal = Response::new(StatusCode::UPGRADE_REQUIRED);
        refusal.headers_mut().insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        refusal
    })?;
    let mut accepted = Response::with_body(StatusCode::SWITCHING_PROTOCOLS, ());
    accepted.head_mut().set_connection_type(ConnectionType::Upgrade);
    accepted.headers_mut().insert(UPGRADE, HeaderValue::from_static("websocket"));
    accepted.headers_mut().insert(SEC_WEBSOCKET_ACCEPT, key);
    Ok(accepted)
}

/// Answers as any request is answered, then ends the connection.
async fn refuse(mut framed: Handshaking, refusal: Response<BoxBody>) -> io::Result<()> {
    let mut head = Response::with_body(refusal.status(), ());
    *head.headers_mut() = refusal.headers().clone();
    let content =
        body::to_bytes(refusal.into_body()).await.map_err(|_| io::Error::other("a refusal without its words"))?;
    head.head_mut().set_connection_type(ConnectionType::Close);
    let size = BodySize::Sized(content.len() as u64);
    framed.feed(HttpMessage::Item((head, size))).await.map_err(io::Error::other)?;
    framed.send(HttpMessage::Chunk(Some(content))).await.map_err(io::Error::other)?;
    framed.close().await.map_err(io::Error::other)
}

/// One websocket from its handshake to its end. On the heap, since a future keeps room for each of
/// its arguments more than once.
async fn serve(mut socket: Box<Socket>, mut watch: Box<Watch>, _open: OpenSocket) {
    let ended = talk(&mut socket, &mut watch).await;
    if let Err(Lost::Slow(_)) = &ended {
        watch.cut();
    }
    // Whatever is still to be said to it, from here on nothing more is kept for it.
    drop(watch);
    match ended {
        Ok(farewell) => Box::pin(close(&mut socket, farewell)).await,
        Err(Lost::Slow(begun)) => Box::pin(tell_too_slow(&mut socket, begun)).await,
        Err(Lost::Connection) => {}
    }
}

/// A close code and a reason.
type Farewell = (u16, String);

/// Why nothing more can be said.
enum Lost {
    Connection,
    /// Nothing was taken for too long; of this a part may have been written.
    Slow(Outgoing),
}

/// Says and hears until there is a reason to end; `None` if it is the other side that ends.
async fn talk(socket: &mut Socket, watch: &mut Watch) -> Result<Option<Farewell>, Lost> {
    loop {
        while let Some(step) = watch.step().await {
            match step {
                Step::Write(frames) => write(socket, frames).await?,
                Step::End(ending) => return Ok(Some((ending.code(), ending.reason().to_owned()))),
            }
        }
        match next(socket, watch).await {
            Event::Woken(signals) => watch.wake(signals),
            Event::Said(text) => watch.hear(&text),
            Event::Passing => {}
            Event::Over(farewell) => return Ok(farewell),
        }
    }
}

enum Event {
    Woken(Signals),
    Said(Utf8Bytes),
    /// A ping, which is answered by itself, or a pong.
    Passing,
    Over(Option<Farewell>),
}

async fn next(socket: &mut Socket, watch: &Watch) -> Event {
    tokio::select! {
        biased;
        signals = watch.signalled() => Event::Woken(signals),
        message = socket.next() => match message {
            Some(Ok(Message::Text(text))) => Event::Said(text),
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Event::Passing,
            Some(Ok(Message::Binary(_))) => Event::Over(farewell(CloseCode::Unsupported, "text only")),
            Some(Ok(Message::Close(_))) | None => Event::Over(None),
            Some(Err(SocketError::Capacity(_))) => Event::Over(farewell(CloseCode::Size, "too long")),
            Some(Err(SocketError::Utf8(_))) => Event::Over(farewell(CloseCode::Invalid, "not UTF-8")),
            Some(Err(SocketError::Protocol(_))) => Event::Over(farewell(CloseCode::Protocol, "not RFC 6455")),
            Some(Err(_)) => Event::Over(None),
        },
    }
}

fn farewell(code: CloseCode, reason: &str) -> Option<Farewell> {
    Some((code.into(), reason.to_owned()))
}

/// Closes, or answers the other side's close, and waits a while for the connection to end.
async fn close(socket: &mut Socket, farewell: Option<Farewell>) {
    let closing = async {
        if let Some((code, reason)) = farewell {
            let frame = CloseFrame { code: code.into(), reason: reason.into() };
            socket.send(Message::Close(Some(frame))).await?;
        }
        while socket.next().await.transpose()?.is_some() {}
        Ok::<_, SocketError>(())
    };
    // Who does not answer is cut.
    drop(timeout(PATIENCE, closing).await);
}

/// A frame that was begun must end before the last one can be sent.
async fn tell_too_slow(socket: &mut Socket, mut begun: Outgoing) {
    let slow = Ending::TooSlow;
    if let Ok(Ok(())) = timeout(PATIENCE, begun.write(socket)).await {
        close(socket, farewell(slow.code().into(), slow.reason())).await;
    }
}

/// Writes frames in as few calls as can be.
async fn write(socket: &mut Socket, frames: Vec<Bytes>) -> Result<(), Lost> {
    let mut outgoing = Outgoing { frames: frames.into() };
    // Nearly always the kernel takes it all at once; only who is slow needs a timer.
    match outgoing.write(socket).now_or_never() {
        Some(Ok(())) => Ok(()),
        Some(Err(_)) => Err(Lost::Connection),
        None => Box::pin(write_patiently(socket, outgoing)).await,
    }
}

async fn write_patiently(socket: &mut Socket, mut outgoing: Outgoing) -> Result<(), Lost> {
    while !outgoing.frames.is_empty() {
        match timeout(PATIENCE, outgoing.write_some(socket)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Err(Lost::Connection),
            Err(_) => return Err(Lost::Slow(outgoing)),
        }
    }
    Ok(())
}

/// Frames on their way. They go straight to the connection, the same bytes for every socket, since
/// the library would copy each into a buffer that every socket then keeps.
struct Outgoing {
    frames: VecDeque<Bytes>,
}

impl Outgoing {
    async fn write(&mut self, socket: &mut Socket) -> Result<(), SocketError> {
        while !self.frames.is_empty() {
            self.write_some(socket).await?;
        }
        Ok(())
    }

    /// Writes what the kernel takes. May be given up and called again.
    async fn write_some(&mut self, socket: &mut Socket) -> Result<(), SocketError> {
        // The answer to a ping may be half written.
        socket.flush().await?;
        let written = poll_fn(|cx| self.poll_write(socket.get_mut(), cx)).await?;
        self.advance(written);
        Ok(())
    }

    fn poll_write(&self, connection: &mut TcpStream, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let connection = Pin::new(connection);
        if let (Some(only), 1) = (self.frames.front(), self.frames.len()) {
            // The kernel's cheaper call, for by far the most common case.
            return connection.poll_write(cx, only);
        }
        let mut slices = [IoSlice::new(&[]); MOST_SLICES];
        let mut count = 0;
        for (slice, frame) in slices.iter_mut().zip(&self.frames) {
            *slice = IoSlice::new(frame);
            count += 1;
        }
        connection.poll_write_vectored(cx, &slices[..count])
    }

    fn advance(&mut self, mut written: usize) {
        while let Some(frame) = self.frames.front_mut() {
            if written < frame.len() {
                frame.advance(written);
                return;
            }
            written -= frame.len();
            self.frames.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_took_is_not_written_again() {
        let frames = ["one", "two", "three"].map(|text: &'static str| Bytes::from_static(text.as_bytes()));
        let mut outgoing = Outgoing { frames: frames.into() };
        outgoing.advance(4);
        assert_eq!(outgoing.frames, ["wo", "three"]);
        outgoing.advance(0);
        outgoing.advance(2);
        assert_eq!(outgoing.frames, ["three"]);
        outgoing.advance(5);
        assert!(outgoing.frames.is_empty());
    }
}
