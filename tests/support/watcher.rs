//! A websocket client as tests need it: it says what comes, one message at a time.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::support::server::Server;

/// Far longer than anything takes here; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Watcher(WebSocketStream<TcpStream>);

/// How the server answered instead of opening a websocket.
pub struct Refusal {
    pub status: u16,
    pub content_type: String,
    pub body: Value,
}

impl Watcher {
    /// Watches what `query` says, as the public.
    pub async fn open(server: &Server, query: &str) -> Self {
        Self::open_with(server, query, &[]).await.unwrap_or_else(|refusal| panic!("{}", refusal.body))
    }

    pub async fn open_with(server: &Server, query: &str, headers: &[(&str, &str)]) -> Result<Self, Refusal> {
        Self::open_at(server, &format!("/live?{query}"), headers).await
    }

    pub async fn open_at(server: &Server, path: &str, headers: &[(&str, &str)]) -> Result<Self, Refusal> {
        let address = server.url.strip_prefix("http://").unwrap();
        let mut request = format!("ws://{address}{path}").into_client_request().unwrap();
        for (name, value) in headers {
            let name = name.parse::<tokio_tungstenite::tungstenite::http::HeaderName>().unwrap();
            request.headers_mut().insert(name, HeaderValue::from_str(value).unwrap());
        }
        let socket = TcpSocket::new_v4().unwrap();
        // Small, so that a watcher who stops reading is noticed soon.
        socket.set_recv_buffer_size(16 * 1024).unwrap();
        let stream = socket.connect(address.parse().unwrap()).await.unwrap();
        match tokio_tungstenite::client_async(request, stream).await {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(Error::Http(answer)) => {
                let content_type = answer.headers().get("content-type").map_or("", |value| value.to_str().unwrap());
                let body = answer.body().as_deref().and_then(|body| serde_json::from_slice(body).ok());
                Err(Refusal {
                    status: answer.status().as_u16(),
                    content_type: content_type.to_owned(),
                    body: body.unwrap_or_default(),
                })
            }
            Err(other) => panic!("{other}"),
        }
    }

    /// The next message.
    pub async fn next(&mut self) -> Value {
        match self.raw().await {
            Some(Ok(Message::Text(text))) => serde_json::from_str(&text).unwrap(),
            other => panic!("no message but {other:?}"),
        }
    }

    /// The next message, which must be of this type.
    pub async fn expect(&mut self, kind: &str) -> Value {
        let message = self.next().await;
        assert_eq!(message["type"], kind, "{message}");
        message
    }

    /// Reads hello and snapshot; where they stand, as `EPOCH.SEQ`.
    pub async fn begin(&mut self) -> String {
        let hello = self.expect("hello").await;
        let snapshot = self.expect("snapshot").await;
        format!("{}.{}", hello["epoch"].as_str().unwrap(), snapshot["seq"])
    }

    pub async fn say(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.unwrap();
    }

    pub async fn send(&mut self, message: Message) {
        self.0.send(message).await.unwrap();
    }

    /// The code with which the server closes, after whatever it still says.
    pub async fn closed(&mut self) -> u16 {
        loop {
            match self.raw().await {
                Some(Ok(Message::Close(Some(frame)))) => {
                    // Reading on answers the close.
                    while let Some(Ok(_)) = self.raw().await {}
                    return frame.code.into();
                }
                Some(Ok(Message::Text(_))) => {}
                other => panic!("not closed but {other:?}"),
            }
        }
    }

    pub async fn raw(&mut self) -> Option<Result<Message, Error>> {
        timeout(PATIENCE, self.0.next()).await.expect("nothing comes")
    }
}
