//! A mail server on the loopback: it speaks enough SMTP for a client, keeps what it is given, and
//! misbehaves as a test asks; in the clear or with a certificate of its own.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// The server's certificate, which nobody trusts who is not told to.
pub const CERTIFICATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tls/cert.pem");

/// When it speaks TLS.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    Never,
    /// When it is asked to, and nothing before.
    Offered,
    Wrapped,
}

/// What the server does with the next mail; without one it takes it.
#[derive(Clone, Debug)]
pub enum Mood {
    Take,
    /// Says this to the sender's address.
    AtSender(&'static str),
    /// Says this to the reader's address.
    AtReader(&'static str),
    /// Says this when it has the whole message.
    AtEnd(&'static str),
    /// Takes the message, keeps it, and is gone before it says so.
    TakeAndVanish,
    /// Takes the message, and says so only when `let_go` is called.
    TakeAndHold,
    /// Closes the connection at once.
    Close,
}

/// A message as it came.
#[derive(Clone, Debug)]
pub struct Taken {
    pub from: String,
    pub to: String,
    pub message: String,
}

#[derive(Default)]
struct Inside {
    moods: VecDeque<Mood>,
    taken: Vec<Taken>,
    connections: usize,
    /// Verbs that came in the clear.
    clear: Vec<String>,
}

pub struct Smtp {
    pub address: SocketAddr,
    inside: Arc<Mutex<Inside>>,
    changed: watch::Receiver<usize>,
    go: watch::Sender<bool>,
}

impl Smtp {
    /// Listens until the test's runtime ends.
    pub async fn start() -> Self {
        Self::start_with(Tls::Never).await
    }

    pub async fn start_with(tls: Tls) -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap(), tls).await
    }

    /// On a port that a test knows before.
    pub async fn start_at(address: SocketAddr, tls: Tls) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let inside = Arc::new(Mutex::new(Inside::default()));
        let (change, changed) = watch::channel(0);
        let (kept, go) = (inside.clone(), watch::Sender::new(false));
        let gone_on = go.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                kept.lock().unwrap().connections += 1;
                tokio::spawn(converse(stream, tls, kept.clone(), (change.clone(), gone_on.clone())));
            }
        });
        Self { address, inside, changed, go }
    }

    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// What to do with the next mails, one after the other.
    pub fn next(&self, moods: impl IntoIterator<Item = Mood>) {
        self.inside.lock().unwrap().moods.extend(moods);
    }

    pub fn taken(&self) -> Vec<Taken> {
        self.inside.lock().unwrap().taken.clone()
    }

    /// Everything that was said in the clear, verb by verb.
    pub fn said_in_the_clear(&self) -> Vec<String> {
        self.inside.lock().unwrap().clear.clone()
    }

    /// Answers to all that was held back.
    pub fn let_go(&self) {
        self.go.send_replace(true);
    }

    pub fn connections(&self) -> usize {
        self.inside.lock().unwrap().connections
    }

    /// Waits until so many mails were taken.
    pub async fn wait_for(&self, count: usize) -> Vec<Taken> {
        self.changed.clone().wait_for(|taken| *taken >= count).await.unwrap();
        self.taken()
    }
}

/// Where it is said how many mails were taken, and whether those that are held back may go.
type Signs = (watch::Sender<usize>, watch::Sender<bool>);

async fn converse(stream: TcpStream, tls: Tls, inside: Arc<Mutex<Inside>>, signs: Signs) {
    // A client that leaves in the middle ends the conversation, and nothing else.
    drop(secure(stream, tls, &inside, &signs).await);
}

async fn secure(mut stream: TcpStream, tls: Tls, inside: &Mutex<Inside>, signs: &Signs) -> Result<(), std::io::Error> {
    const GREETING: &[u8] = b"220 test\r\n";
    let is_wrapped = tls == Tls::Wrapped;
    if !is_wrapped {
        stream.write_all(GREETING).await?;
        match serve(stream, tls, inside, signs).await? {
            Some(asked) => stream = asked,
            None => return Ok(()),
        }
    }
    let key = CERTIFICATE.replace("cert.pem", "key.pem");
    let certificate = CertificateDer::from_pem_file(CERTIFICATE).unwrap();
    let config = ServerConfig::builder().with_no_client_auth();
    let config = config.with_single_cert(vec![certificate], PrivateKeyDer::from_pem_file(key).unwrap()).unwrap();
    let mut stream = TlsAcceptor::from(Arc::new(config)).accept(stream).await?;
    if is_wrapped {
        stream.write_all(GREETING).await?;
    }
    serve(stream, Tls::Wrapped, inside, signs).await.map(drop)
}

/// Speaks until the end, or until TLS is asked for: then the stream.
async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    tls: Tls,
    inside: &Mutex<Inside>,
    signs: &Signs,
) -> Result<Option<S>, std::io::Error> {
    let mut lines = BufReader::new(stream).lines();
    let (mut mood, mut from, mut to) = (Mood::Take, String::new(), String::new());
    while let Some(line) = lines.next_line().await? {
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_uppercase();
        if tls != Tls::Wrapped {
            inside.lock().unwrap().clear.push(verb.clone());
        }
        let answer = match verb.as_str() {
            "EHLO" if tls == Tls::Offered => "250-test\r\n250 STARTTLS",
            "EHLO" if tls == Tls::Wrapped => "250-test\r\n250 AUTH PLAIN",
            "EHLO" => "250-test\r\n250 8BITMIME",
            "AUTH" => "235 welcome",
            "STARTTLS" => {
                lines.get_mut().write_all(b"220 go on\r\n").await?;
                return Ok(Some(lines.into_inner().into_inner()));
            }
            "MAIL" => {
                mood = inside.lock().unwrap().moods.pop_front().unwrap_or(Mood::Take);
                from = address(&line);
                match mood {
                    Mood::AtSender(answer) => answer,
                    Mood::Close => return Ok(None),
                    _ => "250 ok",
                }
            }
            "RCPT" => {
                to = address(&line);
                if let Mood::AtReader(answer) = mood { answer } else { "250 ok" }
            }
            "DATA" => {
                lines.get_mut().write_all(b"354 go on\r\n").await?;
                let mut message = String::new();
                while let Some(line) = lines.next_line().await? {
                    if line == "." {
                        break;
                    }
                    message.push_str(line.strip_prefix('.').unwrap_or(&line));
                    message.push('\n');
                }
                if let Mood::AtEnd(answer) = mood {
                    answer
                } else {
                    let count = {
                        let mut inside = inside.lock().unwrap();
                        inside.taken.push(Taken { from: from.clone(), to: to.clone(), message });
                        inside.taken.len()
                    };
                    signs.0.send_replace(count);
                    if matches!(mood, Mood::TakeAndVanish) {
                        return Ok(None);
                    }
                    if matches!(mood, Mood::TakeAndHold) {
                        drop(signs.1.subscribe().wait_for(|go| *go).await);
                    }
                    "250 taken"
                }
            }
            "QUIT" => {
                lines.get_mut().write_all(b"221 bye\r\n").await?;
                return Ok(None);
            }
            _ => "250 ok",
        };
        lines.get_mut().write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
    Ok(None)
}

fn address(line: &str) -> String {
    line.split(['<', '>']).nth(1).unwrap_or_default().to_owned()
}
