//! A mail server and a push service that take everything at once and only count.

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

pub struct Sink {
    pub mail: String,
    push: String,
    /// Notifications and mails taken.
    taken: watch::Sender<(usize, usize)>,
}

impl Sink {
    pub async fn start() -> Self {
        let taken = watch::Sender::new((0, 0));
        let (mail, push) = (listener().await, listener().await);
        let address = |listener: &TcpListener| listener.local_addr().expect("it is bound").to_string();
        let sink = Self { mail: address(&mail), push: address(&push), taken: taken.clone() };
        let count = taken.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = mail.accept().await {
                tokio::spawn(take_mail(stream, count.clone()));
            }
        });
        tokio::spawn(async move {
            while let Ok((stream, _)) = push.accept().await {
                tokio::spawn(take_push(stream, taken.clone()));
            }
        });
        sink
    }

    pub fn endpoint(&self, number: usize) -> String {
        format!("http://{}/push/{number}", self.push)
    }

    /// Waits until so many of each were taken.
    pub async fn took(&self, pushes: usize, mails: usize) {
        let mut taken = self.taken.subscribe();
        let all = taken.wait_for(|taken| taken.0 >= pushes && taken.1 >= mails).await;
        all.expect("it counts as long as it lives");
    }
}

async fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.expect("a free port")
}

/// As much of SMTP as a client of ours speaks.
async fn take_mail(stream: TcpStream, taken: watch::Sender<(usize, usize)>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 here\r\n").await.ok()?;
    let (mut line, mut in_data) = (String::new(), false);
    loop {
        line.clear();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let answer = match (in_data, line.split([' ', '\r']).next().unwrap_or_default()) {
            (true, ".") => {
                in_data = false;
                taken.send_modify(|taken| taken.1 += 1);
                "250 taken\r\n"
            }
            (true, _) => continue,
            (false, "DATA") => {
                in_data = true;
                "354 go on\r\n"
            }
            (false, "QUIT") => "221 bye\r\n",
            (false, _) => "250 yes\r\n",
        };
        stream.write_all(answer.as_bytes()).await.ok()?;
    }
}

/// Requests with a body of a known length, one after the other.
async fn take_push(stream: TcpStream, taken: watch::Sender<(usize, usize)>) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    loop {
        line.clear();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let lower = line.to_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        } else if lower == "\r\n" {
            stream.read_exact(&mut vec![0; length]).await.ok()?;
            taken.send_modify(|taken| taken.0 += 1);
            stream.write_all(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n").await.ok()?;
        }
    }
}
