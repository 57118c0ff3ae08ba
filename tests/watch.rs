//! `berth watch` against a real server: what it prints, and that it goes on where it was.

use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::support::homes::{add, care_home, confirmed, nursing, tell};
use crate::support::server::Server;
use crate::support::{BEGIN, Home, stamp};

fn berth(home: &Home, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_berth"));
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("BERTH_")) {
        command.env_remove(name);
    }
    command.arg("watch").args(arguments).current_dir(home.folder.path()).kill_on_drop(true);
    command
}

fn begin(home: &Home) -> Server {
    let mut open = care_home("1-1", "Alder House");
    open.capacity = confirmed(stamp(BEGIN), vec![nursing(40, 30, 1)]);
    add(&home.db(), stamp(BEGIN), vec![open]);
    Server::start(home)
}

struct Watching {
    _child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Watching {
    fn start(home: &Home, arguments: &[&str]) -> Self {
        let mut child = berth(home, arguments).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { _child: child, lines }
    }

    async fn line(&mut self) -> String {
        timeout(Duration::from_secs(60), self.lines.next_line()).await.expect("nothing comes").unwrap().unwrap()
    }

    async fn message(&mut self, kind: &str) -> Value {
        let message: Value = serde_json::from_str(&self.line().await).unwrap();
        assert_eq!(message["type"], kind, "{message}");
        message
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_printed_as_they_come_and_none_is_missed_over_a_break() {
    let home = Home::on_sqlite();
    let server = begin(&home);
    let mut watching = Watching::start(&home, &[&server.url, "--json", "--filter", "vacant=1"]);
    let hello = watching.message("hello").await;
    watching.message("snapshot").await;
    let first = tell(&server.app.db, "1-1", 2);
    assert_eq!(watching.message("change").await["seq"], first);

    // Everyone is sent away; meanwhile things happen.
    let hub = &server.app.live.hub;
    hub.replace(hello["epoch"].as_str().unwrap(), hub.seq());
    let (second, third) = (tell(&server.app.db, "1-1", 3), tell(&server.app.db, "1-1", 0));
    watching.message("hello").await;
    assert_eq!(watching.message("change").await["seq"], second);
    assert_eq!(watching.message("gone").await["seq"], third);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_terminal_and_json_a_line_says_what_happened() {
    let home = Home::on_sqlite();
    let server = begin(&home);
    let mut watching = Watching::start(&home, &[&server.url]);
    assert_eq!(watching.line().await, "1 service matches now");
    tell(&server.app.db, "1-1", 2);
    assert_eq!(watching.line().await, "9:30am  2 vacancies  Alder House, Winchester  (capacity updated, 1-1)");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_watched_ends_with_one_sentence() {
    let home = Home::on_sqlite();
    let server = begin(&home);
    for (arguments, code, said) in [
        (vec![server.url.as_str(), "--filter", "bedtype=x"], 2, "bedtype"),
        (vec![server.url.as_str(), "--filter", "near=ZZ9"], 1, "ZZ9"),
        (vec![server.url.as_str(), "--token", "berth_wrong"], 1, "token"),
        (vec!["ftp://127.0.0.1"], 2, "ftp"),
        (vec!["http://127.0.0.1:1"], 1, "cannot watch"),
    ] {
        let output = timeout(Duration::from_secs(60), berth(&home, &arguments).output()).await.unwrap().unwrap();
        let sentence = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), sentence.trim_end().lines().count()), (Some(code), 1), "{sentence}");
        assert!(sentence.contains(said), "{sentence}");
    }
}
