//! The program as its operator starts it: a process of its own with its own environment, what it says kept
//! in a file.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::trial::Data;

pub struct Process {
    child: Child,
    pub url: String,
    log: PathBuf,
}

impl Process {
    /// Starts it on these data, and waits until it serves.
    pub fn start(data: &Data, own: &[(&str, &str)]) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let log = data.folder.path().join(format!("log-{}", free.port()));
        let mut child = Command::new(env!("CARGO_BIN_EXE_berth"))
            .args(["serve", "--listen", &free.to_string()])
            .env_clear()
            .env("BERTH_DATA_DIR", data.folder.path())
            .env("BERTH_DATABASE_URL", &data.url)
            .envs(own.iter().copied())
            .current_dir(data.folder.path())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let said = lines.any(|line| line.contains("Berth is at"));
        let process = Self { child, url: format!("http://{free}"), log };
        assert!(said, "the server ended before it was ready: {}", process.said());
        process
    }

    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// Everything it has told its log.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// The same, each line read as JSON.
    pub fn told(&self) -> Vec<Value> {
        let read = |line: &str| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}"));
        self.said().lines().map(read).collect()
    }

    /// As a service manager does.
    pub fn ask_to_end(&self) {
        let id = i32::try_from(self.child.id()).unwrap();
        kill_process(Pid::from_raw(id).unwrap(), Signal::TERM).unwrap();
    }

    pub fn ended(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
