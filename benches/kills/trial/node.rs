//! A server as its operator has it: a process of its own on an address that stays the same. What it is
//! asked is elsewhere.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

pub struct Node {
    child: Child,
    pub address: String,
    own: Vec<(String, String)>,
}

impl Node {
    /// What it says on standard error, in its folder.
    pub const ERRORS: &str = "errors.log";

    pub fn start(folder: &TempDir, url: &str) -> Self {
        Self::start_with(folder, url, &[])
    }

    /// With variables of the environment of its own.
    pub fn start_with(folder: &TempDir, url: &str, own: &[(&str, &str)]) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let own: Vec<_> = own.iter().map(owned).collect();
        let address = free.to_string();
        Self { child: spawn(folder, url, &address, &own), address, own }
    }

    /// As `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill().expect("the process is ours to kill");
        self.child.wait().expect("it is our child");
    }

    /// As a service manager does: it finishes what it does, and ends well.
    pub fn end(&mut self) {
        self.signal(Signal::TERM);
        let ended = self.child.wait().expect("it is our child");
        assert!(ended.success(), "it was told to end, and ended badly: {ended}");
    }

    /// It does nothing any more, with whatever it holds in its hands, until `go_on`.
    pub fn pause(&self) {
        self.signal(Signal::STOP);
    }

    pub fn go_on(&self) {
        self.signal(Signal::CONT);
    }

    pub fn start_again(&mut self, folder: &TempDir, url: &str) {
        self.child = spawn(folder, url, &self.address, &self.own);
    }

    fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id()).expect("a process id");
        kill_process(Pid::from_raw(id).expect("a process id"), signal).expect("the process is there");
    }
}

/// Starts it, and waits until it serves.
fn spawn(folder: &TempDir, url: &str, address: &str, own: &[(String, String)]) -> Child {
    let errors = OpenOptions::new().create(true).append(true).open(folder.path().join(Node::ERRORS));
    let errors = errors.expect("its errors can be kept");
    let mut child = Command::new(env!("CARGO_BIN_EXE_berth"))
        .args(["serve", "--log-level", "error", "--listen", address])
        .env("BERTH_DATA_DIR", folder.path())
        .env("BERTH_DATABASE_URL", url)
        .envs(own.iter().map(|(name, value)| (name, value)))
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(errors)
        .spawn()
        .expect("the program starts");
    let lines = BufReader::new(child.stdout.take().expect("its output is ours")).lines();
    let said = lines.map_while(Result::ok).find(|line| line.contains("Berth is at"));
    assert!(said.is_some(), "the server ended before it was ready");
    child
}

impl Drop for Node {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
