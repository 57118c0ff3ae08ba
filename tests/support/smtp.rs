//! A mail server on the loopback: it speaks enough SMTP for a client, keeps what it is given, and
//! misbehaves as a test asks. No TLS.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

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
}

pub struct Smtp {
    pub address: SocketAddr,
    inside: Arc<Mutex<Inside>>,
    changed: watch::Receiver<usize>,
}

impl Smtp {
    /// Listens until the test's runtime ends.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let inside = Arc::new(Mutex::new(Inside::default()));
        let (change, changed) = watch::channel(0);
        let kept = inside.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                kept.lock().unwrap().connections += 1;
                tokio::spawn(converse(stream, kept.clone(), change.clone()));
            }
        });
        Self { address, inside, changed }
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

    pub fn connections(&self) -> usize {
        self.inside.lock().unwrap().connections
    }

    /// Waits until so many mails were taken.
    pub async fn wait_for(&self, count: usize) -> Vec<Taken> {
        self.changed.clone().wait_for(|taken| *taken >= count).await.unwrap();
        self.taken()
    }
}

async fn converse(stream: TcpStream, inside: Arc<Mutex<Inside>>, change: watch::Sender<usize>) {
    // A client that leaves in the middle ends the conversation, and nothing else.
    drop(serve(stream, &inside, &change).await);
}

async fn serve(stream: TcpStream, inside: &Mutex<Inside>, change: &watch::Sender<usize>) -> Result<(), std::io::Error> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let (mut mood, mut from, mut to) = (Mood::Take, String::new(), String::new());
    write.write_all(b"220 test\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_uppercase();
        let answer = match verb.as_str() {
            "EHLO" => "250-test\r\n250 8BITMIME",
            "MAIL" => {
                mood = inside.lock().unwrap().moods.pop_front().unwrap_or(Mood::Take);
                from = address(&line);
                match mood {
                    Mood::AtSender(answer) => answer,
                    Mood::Close => return Ok(()),
                    _ => "250 ok",
                }
            }
            "RCPT" => {
                to = address(&line);
                if let Mood::AtReader(answer) = mood { answer } else { "250 ok" }
            }
            "DATA" => {
                write.write_all(b"354 go on\r\n").await?;
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
                    change.send_replace(count);
                    if matches!(mood, Mood::TakeAndVanish) {
                        return Ok(());
                    }
                    "250 taken"
                }
            }
            "QUIT" => {
                write.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => "250 ok",
        };
        write.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
    Ok(())
}

fn address(line: &str) -> String {
    line.split(['<', '>']).nth(1).unwrap_or_default().to_owned()
}
