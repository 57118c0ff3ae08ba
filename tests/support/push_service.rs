//! A push service on the loopback, which decrypts what it is sent and checks who signed it: Node with
//! an implementation of its own (`push_service.mjs`). Here is how a test speaks with it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use reqwest::Client;
use serde_json::{Value, json};

use crate::support::Home;

/// What has not come by then does not come.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct PushService {
    process: Child,
    pub url: String,
    client: Client,
}

impl PushService {
    /// `None`, said aloud, where the web's packages are not installed; `script/test` installs them.
    pub async fn start(home: &Home) -> Option<Self> {
        let root = env!("CARGO_MANIFEST_DIR");
        if !std::path::Path::new(root).join("web/node_modules/http_ece").exists() {
            assert!(
                std::env::var("TEST_ALL").is_err(),
                "script/setup --test must come first when all tests are to run"
            );
            eprintln!("skipped: no push service (script/test brings it)");
            return None;
        }
        let mut process = Command::new("node")
            .arg(format!("{root}/tests/support/push_service.mjs"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut port = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut port).unwrap();
        let service = Self {
            process,
            url: format!("http://127.0.0.1:{}", port.trim()),
            client: Client::builder().timeout(PATIENCE).build().unwrap(),
        };
        service.set_clock(home).await;
        Some(service)
    }

    /// A browser that subscribes with this key of the application: its `PushSubscription`.
    pub async fn subscribe(&self, key: &str) -> Value {
        self.post("subscribe", &json!({ "key": key })).await
    }

    /// What it does with the next messages: `{ "status", "headers", "late", "hang" }`, all optional.
    pub async fn next(&self, moods: Value) {
        self.post("moods", &moods).await;
    }

    /// Answers what it was late with.
    pub async fn release(&self) {
        self.post("release", &json!({})).await;
    }

    /// Its clock is that of the test.
    pub async fn set_clock(&self, home: &Home) {
        self.post("now", &json!(home.clock.now().utc().timestamp())).await;
    }

    /// Everything it was sent, once that is so many messages.
    pub async fn taken(&self, count: usize) -> Vec<Value> {
        self.get(&format!("taken/{count}")).await
    }

    /// What a browser finds when it comes online.
    pub async fn mailbox(&self, subscription: &Value) -> Vec<Value> {
        let endpoint = subscription["endpoint"].as_str().unwrap();
        self.get(&format!("mailbox/{}", endpoint.rsplit('/').next().unwrap())).await
    }

    async fn get(&self, path: &str) -> Vec<Value> {
        self.client.get(format!("{}/{path}", self.url)).send().await.unwrap().json().await.unwrap()
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        self.client.post(format!("{}/{path}", self.url)).json(body).send().await.unwrap().json().await.unwrap()
    }
}

impl Drop for PushService {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
