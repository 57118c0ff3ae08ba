//! A real OpenID provider in a process of its own (`tests/provider.mjs`), which says of people what a test
//! tells it, the truth or not.

use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

pub const CLIENT_ID: &str = "berth";
pub const CLIENT_SECRET: &str = "a secret of the tests";

/// A provider that runs until it is dropped.
pub struct Provider {
    pub issuer: String,
    process: Child,
    /// Kept open, so that it may go on talking.
    _said: Lines<BufReader<ChildStdout>>,
}

impl Provider {
    /// `None`, said aloud, where its package is not installed; `script/test` installs it, and then it must
    /// not be missing.
    pub async fn start(redirect: &str) -> Option<Self> {
        let root = env!("CARGO_MANIFEST_DIR");
        if !std::path::Path::new(root).join("web/node_modules/oidc-provider").exists() {
            assert!(
                std::env::var("TEST_ALL").is_err(),
                "script/setup --test must come first when all tests are to run"
            );
            eprintln!("skipped: no OpenID provider (script/test brings it)");
            return None;
        }
        let told = json!({ "redirect": redirect, "client": { "id": CLIENT_ID, "secret": CLIENT_SECRET } });
        let mut process = Command::new("node")
            .arg(format!("{root}/tests/provider.mjs"))
            .env("OIDC_PROVIDER", told.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let issuer = loop {
            let line = lines.next_line().await.unwrap().expect("the provider says where it is");
            if line.starts_with("http://") {
                break line;
            }
        };
        Some(Self { issuer, process, _said: lines })
    }

    /// Whom it signs in from now on, and how it lies, if not "".
    pub async fn tell(&self, who: &Value, lie: &str) {
        let told = json!({ "who": who, "lie": lie });
        let answer = reqwest::Client::new().post(format!("{}/told", self.issuer)).json(&told).send().await.unwrap();
        assert!(answer.status().is_success());
    }

    pub async fn stop(&mut self) {
        self.process.kill().await.unwrap();
    }
}
