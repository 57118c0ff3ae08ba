//! Text messages: to a folder, one file a message, or to the gateway that the operator has. What they
//! say, and to whom, is not decided here.

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::future::BoxFuture;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, StatusCode, redirect};
use serde_json::json;
use url::Url;

use crate::config::Config;
use crate::domain::mobile::Mobile;
use crate::notify::{Outcome, mailbox};

/// A gateway that has not answered by then counts as away.
const PATIENCE: Duration = Duration::from_secs(20);

/// A way for text messages.
trait Carrier: Send + Sync {
    fn carry<'a>(&'a self, to: &'a Mobile, text: &'a str, id: &'a str) -> BoxFuture<'a, Outcome>;
}

/// Sends text messages by the way that the settings name.
pub struct Texter(Box<dyn Carrier>);

impl Texter {
    pub fn new(config: &Config) -> Result<Self, String> {
        if let Some(folder) = config.text_url.strip_prefix("file:") {
            return Ok(Self(Box::new(Folder(PathBuf::from(folder.strip_prefix("//").unwrap_or(folder))))));
        }
        let wrong = "BERTH_TEXT_URL must be file:FOLDER, or the https address of a gateway";
        let url = Url::parse(&config.text_url).ok().filter(|url| matches!(url.scheme(), "https" | "http"));
        let url = url.ok_or_else(|| wrong.to_owned())?;
        let client = Client::builder().timeout(PATIENCE).redirect(redirect::Policy::none()).build();
        let client = client.map_err(|e| format!("text messages cannot be sent: {e}"));
        Ok(Self(Box::new(Gateway { url, client })))
    }

    /// Hands over one message; the same `id` is the same message again.
    pub async fn send(&self, to: &Mobile, text: &str, id: &str) -> Outcome {
        self.0.carry(to, text, id).await
    }
}

/// A folder of `.txt` files: the number in the first line, the message below.
struct Folder(PathBuf);

impl Carrier for Folder {
    fn carry<'a>(&'a self, to: &'a Mobile, text: &'a str, id: &'a str) -> BoxFuture<'a, Outcome> {
        let (content, name) = (format!("To: {}\n\n{text}\n", to.as_str()), format!("{id}.txt"));
        Box::pin(async move {
            let folder: &Path = &self.0;
            match mailbox::put(folder.to_owned(), name, content.into_bytes()).await {
                Ok(()) => Outcome::Sent,
                Err(e) => Outcome::later(format!("cannot write text messages to {}: {e}", folder.display())),
            }
        })
    }
}

/// A gateway that takes `{ "id", "to", "text" }` as JSON; a user and password in its address are sent
/// along as it asks (basic authentication).
struct Gateway {
    url: Url,
    client: Result<Client, String>,
}

impl Carrier for Gateway {
    fn carry<'a>(&'a self, to: &'a Mobile, text: &'a str, id: &'a str) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let client = match &self.client {
                Ok(client) => client,
                Err(why) => return Outcome::later(why),
            };
            let body = json!({ "id": id, "to": to.as_str(), "text": text }).to_string();
            let request = client.post(self.url.clone()).header(CONTENT_TYPE, "application/json").body(body);
            match request.send().await.map(|answer| answer.status()) {
                Ok(status) if status.is_success() => Outcome::Sent,
                Ok(StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY) => {
                    Outcome::Refused { why: "the gateway does not take this message".to_owned() }
                }
                Ok(status) => Outcome::later(format!("the gateway answers {status}")),
                Err(error) => Outcome::later(format!("the gateway cannot be reached: {}", error.without_url())),
            }
        })
    }
}
