//! `berth watch`: the live stream in a terminal. It connects, goes on where it was after every
//! break, and leaves what is shown to `watch_screen.rs`.

use std::time::Duration;

use anyhow::anyhow;
use futures_util::StreamExt;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::Response;
use tokio_tungstenite::tungstenite::http::header::AUTHORIZATION;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as SocketError, Message as Frame};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};
use url::Url;

use crate::base::clock::Clock;
use crate::base::secret::{self, Secret};
use crate::cli::watch_screen::{Message, Screen};
use crate::cli::{Context, WrongUsage};
use crate::config;
use crate::domain::filter_text::Asked;

/// The first wait after a break and the longest; each is shortened at random, so that many who lost
/// the same server do not come back all at once.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// To connect, and to say hello.
const PATIENCE: Duration = Duration::from_secs(15);
/// A heartbeat may be late by this much before the server counts as gone.
const GRACE: Duration = Duration::from_secs(15);
/// Five hundred agencies with five hundred lines each are in one message at the most.
const LONGEST_MESSAGE: usize = 128 << 20;

/// Shows live changes in the terminal
#[derive(clap::Args)]
pub struct Watch {
    /// Where Berth is, if not at the public URL of the settings
    url: Option<String>,
    /// Which services, as on the search page: 'vacant=1&near=SO23'
    #[arg(long, value_name = "QUERY", default_value = "")]
    filter: String,
    /// One message a line, as the server sends them
    #[arg(long)]
    json: bool,
    /// A bearer token, to see more than the public; also in BERTH_TOKEN, where no list of processes shows it
    #[arg(long)]
    token: Option<String>,
}

impl Watch {
    pub async fn run(self, context: Context) -> anyhow::Result<()> {
        let base = match &self.url {
            Some(url) => Url::parse(url)
                .map_err(|_| WrongUsage(format!("{url:?} is not an address such as https://places.example.gov.uk")))?,
            None => context.config.public_url.clone(),
        };
        Asked::parse(&self.filter, &[]).map_err(|invalid| WrongUsage(invalid.to_string()))?;
        let mut watching = Watching {
            address: address(base, &self.filter)?,
            token: self.token.map(Secret::from_text).or_else(config::watch_token),
            screen: Screen::new(self.json, context.config.timezone),
            clock: context.clock,
            epoch: None,
            seq: None,
            silence: PATIENCE,
        };
        tokio::select! {
            ended = watching.run() => ended,
            _ = tokio::signal::ctrl_c() => Ok(()),
        }
    }
}

/// The websocket of a server's address.
fn address(mut base: Url, filter: &str) -> Result<Url, WrongUsage> {
    let scheme = match base.scheme() {
        "http" | "ws" => "ws",
        "https" | "wss" => "wss",
        other => return Err(WrongUsage(format!("{other}: is not http: or https:"))),
    };
    let set = base.set_scheme(scheme);
    set.map_err(|()| WrongUsage(format!("{base} is not the address of a server")))?;
    if !base.path().ends_with("/live") {
        base.set_path(&format!("{}/live", base.path().trim_end_matches('/')));
    }
    base.set_query((!filter.is_empty()).then_some(filter.trim_start_matches('?')));
    Ok(base)
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

struct Watching {
    address: Url,
    token: Option<Secret>,
    screen: Screen,
    clock: Clock,
    epoch: Option<String>,
    /// Everything up to here has come.
    seq: Option<i64>,
    /// Who says nothing for so long is gone.
    silence: Duration,
}

/// Why a connection ended.
enum Break {
    /// It may be better later.
    Passing(String),
    /// It will not be.
    Final(String),
    /// We cannot print any more.
    Output(std::io::Error),
}

impl Watching {
    async fn run(&mut self) -> anyhow::Result<()> {
        let mut breaks = 0;
        loop {
            let ended = match self.connect().await {
                Ok(socket) => self.listen(socket, &mut breaks).await,
                Err(ended) => ended,
            };
            match ended {
                Break::Output(error) => return Err(error.into()),
                Break::Final(why) => return Err(anyhow!("{why}")),
                // An address that never answered is rather mistyped.
                Break::Passing(why) if self.epoch.is_none() => {
                    return Err(anyhow!("cannot watch {}: {why}", self.address));
                }
                Break::Passing(why) => {
                    self.screen.not_live(&why, self.clock.now())?;
                    sleep(wait(breaks)).await;
                    breaks += 1;
                }
            }
        }
    }

    async fn connect(&self) -> Result<Socket, Break> {
        let mut address = self.address.clone();
        if let (Some(epoch), Some(seq)) = (&self.epoch, self.seq) {
            address.query_pairs_mut().append_pair("after", &format!("{epoch}.{seq}"));
        }
        let mut request = address.as_str().into_client_request().map_err(|error| Break::Final(error.to_string()))?;
        if let Some(token) = &self.token {
            let bearer = format!("Bearer {}", token.reveal()).parse();
            let bearer = bearer.map_err(|_| Break::Final("the token holds characters that no token has".to_owned()))?;
            request.headers_mut().insert(AUTHORIZATION, bearer);
        }
        let config =
            WebSocketConfig::default().max_message_size(Some(LONGEST_MESSAGE)).max_frame_size(Some(LONGEST_MESSAGE));
        match timeout(PATIENCE, connect_async_with_config(request, Some(config), true)).await {
            Err(_) => Err(Break::Passing("no answer".to_owned())),
            Ok(Ok((socket, _))) => Ok(socket),
            Ok(Err(SocketError::Http(answer))) => Err(refusal(&answer)),
            Ok(Err(error)) => Err(Break::Passing(error.to_string())),
        }
    }

    /// Shows what comes until the connection ends.
    async fn listen(&mut self, mut socket: Socket, breaks: &mut u32) -> Break {
        loop {
            match timeout(self.silence, socket.next()).await {
                Err(_) => return Break::Passing("the server says nothing".to_owned()),
                Ok(Some(Ok(Frame::Text(text)))) => {
                    let Ok(message) = serde_json::from_str(&text) else { continue };
                    *breaks = 0;
                    self.take(&message);
                    if let Err(error) = self.screen.show(&message, &text, self.clock.now()) {
                        return Break::Output(error);
                    }
                }
                Ok(Some(Ok(Frame::Close(Some(close))))) => {
                    let why = format!("{} ({})", close.reason, u16::from(close.code));
                    // Refused, or signed out: coming again would change nothing.
                    let is_final = matches!(u16::from(close.code), 1008 | 4401);
                    return if is_final { Break::Final(why) } else { Break::Passing(why) };
                }
                Ok(Some(Ok(_))) => {}
                Ok(Some(Err(error))) => return Break::Passing(error.to_string()),
                Ok(None) => return Break::Passing("the connection ended".to_owned()),
            }
        }
    }

    /// Remembers from where to go on.
    fn take(&mut self, message: &Message) {
        match message {
            Message::Hello { epoch, heartbeat_seconds } => {
                // In other data our place means nothing, even if the connection breaks before the reset.
                self.seq = self.seq.filter(|_| self.epoch.as_ref() == Some(epoch));
                self.epoch = Some(epoch.clone());
                self.silence = Duration::from_secs(*heartbeat_seconds) + GRACE;
            }
            Message::Reset | Message::Snapshot { more: true, .. } => self.seq = None,
            Message::Snapshot { seq, more: false, .. }
            | Message::Change { seq, .. }
            | Message::Gone { seq, .. }
            | Message::Heartbeat { seq } => self.seq = Some(*seq),
            Message::Unknown => {}
        }
    }
}

/// An answer instead of a websocket: its own words, if it has some.
fn refusal(answer: &Response<Option<Vec<u8>>>) -> Break {
    let body = answer.body().as_deref().and_then(|body| serde_json::from_slice::<serde_json::Value>(body).ok());
    let detail = body.and_then(|body| Some(body.get("detail")?.as_str()?.to_owned()));
    let why = detail.unwrap_or_else(|| format!("the server answers {}", answer.status()));
    if answer.status().is_client_error() && answer.status().as_u16() != 429 {
        Break::Final(why)
    } else {
        Break::Passing(why)
    }
}

/// Half of it is sure, half is chance.
fn wait(breaks: u32) -> Duration {
    let longest = FIRST_WAIT.saturating_mul(1 << breaks.min(5)).min(LONGEST_WAIT);
    let half = longest / 2;
    half + Duration::from_millis(secret::below(u64::try_from(half.as_millis()).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_websocket_of_an_address_is_found() {
        for (base, filter, wanted) in [
            ("http://127.0.0.1:8080", "", "ws://127.0.0.1:8080/live"),
            ("https://places.example.gov.uk/", "vacant=1", "wss://places.example.gov.uk/live?vacant=1"),
            ("wss://example.org/care/live", "q=a", "wss://example.org/care/live?q=a"),
        ] {
            assert_eq!(address(Url::parse(base).unwrap(), filter).unwrap().as_str(), wanted);
        }
        assert!(address(Url::parse("mailto:a@example.org").unwrap(), "").is_err());
    }

    #[test]
    fn waits_grow_to_half_a_minute_and_differ() {
        for (breaks, least, most) in [(0, 500, 1_000), (3, 4_000, 8_000), (40, 15_000, 30_000)] {
            let waited = wait(breaks).as_millis();
            assert!((least..most).contains(&waited), "{breaks}: {waited}");
        }
    }
}
