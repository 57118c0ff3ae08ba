//! Killed at any moment, an acknowledged update is never lost and a repeated one never doubled.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use berth::domain::actor::Actor;
use berth::domain::capacity::Line;
use berth::domain::person::Target;
use berth::domain::words::Scope;
use berth::ops::create_token::{self, NewToken};
use berth::store::changes;
use serde_json::json;
use tokio::sync::watch;

use crate::support::homes::{add, care_home};
use crate::support::server::stranger;
use crate::support::{BEGIN, Home, stamp};

const WRITERS: usize = 4;
const KILLS: usize = 5;
/// Between one kill and the next.
const ANSWERS: usize = 40;

/// The binary, serving; killed at the latest when the test ends.
struct Process(Child);

impl Process {
    fn start(home: &Home, address: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_berth"))
            .args(["serve", "--listen", address, "--log-level", "error"])
            .env("BERTH_DATA_DIR", home.folder.path())
            .env("BERTH_DATABASE_URL", &home.database_url)
            .current_dir(home.folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap())
            .lines()
            .map_while(Result::ok)
            .find(|line| line.contains("Berth is at"));
        assert!(said.is_some(), "the server did not start");
        Self(child)
    }

    fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// Writes to its own home until told to stop; the mark of every acknowledged update with its `seq`.
async fn write(
    writer: usize,
    address: String,
    token: String,
    answers: watch::Sender<usize>,
    mut lives: watch::Receiver<usize>,
) -> HashMap<String, i64> {
    let mut acknowledged = HashMap::new();
    let client = stranger();
    for number in 0.. {
        let mark = format!("mark {writer}-{number}");
        let line = json!({ "bed_type": "general_nursing", "maximum": 9, "occupied": 8, "reserved": 0, "accepting": 1, "note": mark });
        loop {
            let life = *lives.borrow_and_update();
            if life > KILLS {
                return acknowledged;
            }
            let sent = client
                .put(format!("http://{address}/api/v1/services/1-{writer}/capacity"))
                .bearer_auth(&token)
                .header("If-Match", "*")
                .header("Idempotency-Key", &mark)
                .json(&json!({ "lines": [line] }))
                .send();
            let answer = async { sent.await?.error_for_status()?.json::<serde_json::Value>().await };
            match answer.await {
                Ok(answer) => {
                    acknowledged.insert(mark, answer["seq"].as_i64().unwrap());
                    answers.send_modify(|count| *count += 1);
                    break;
                }
                // It was cut off, and nobody knows whether it was done: ask again with the same key
                // once the next process serves.
                Err(_) if *lives.borrow() == life => drop(lives.changed().await),
                Err(_) => {}
            }
        }
    }
    acknowledged
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledged_update_survives_being_killed_and_is_never_doubled() {
    for home in Home::on_each() {
        let db = home.db();
        add(&db, stamp(BEGIN), (0..WRITERS).map(|writer| care_home(&format!("1-{writer}"), "A home")).collect());
        let new = NewToken {
            name: "test".to_owned(),
            scopes: vec![Scope::CapacityWrite],
            targets: vec![Target::All],
            expires_at: None,
        };
        let (_, token) = create_token::run(&db, &home.clock, Actor::system("test"), new).await.unwrap();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let (life, lives) = watch::channel(0);
        let answers = watch::Sender::new(0);
        let mut counted = answers.subscribe();
        let mut process = Process::start(&home, &address);
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let token = token.reveal().to_owned();
                tokio::spawn(write(writer, address.clone(), token, answers.clone(), lives.clone()))
            })
            .collect();
        for kill in 1..=KILLS {
            counted.wait_for(|count| *count >= kill * ANSWERS).await.unwrap();
            process.kill();
            process = Process::start(&home, &address);
            life.send_replace(kill);
        }
        life.send_replace(KILLS + 1);
        let mut acknowledged = HashMap::new();
        for writer in writers {
            acknowledged.extend(writer.await.unwrap());
        }
        drop(process);

        assert!(acknowledged.len() >= KILLS * ANSWERS);
        let log = db.read_now(|c| changes::after(c, 0, i64::MAX)).unwrap();
        let mut written: HashMap<String, Vec<i64>> = HashMap::new();
        for change in &log {
            if let [Line::Bed(line)] = change.service.capacity.lines.as_slice() {
                written.entry(line.note.clone().unwrap()).or_default().push(change.seq);
            }
        }
        for (mark, seq) in &acknowledged {
            assert_eq!(written.get(mark), Some(&vec![*seq]), "{mark}");
        }
        assert!(written.values().all(|seqs| seqs.len() == 1), "an update was doubled");
        assert_eq!(db.read_now(changes::missing).unwrap(), 0);
    }
}
