//! A server under measurement, in a process of its own: started, asked what it costs, ended.
//! What is asked of it is elsewhere.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::place::Place;

/// Linux counts a process's time in hundredths of a second.
const TICKS: f64 = 100.0;

pub struct Process {
    child: Child,
    pub address: String,
    pub started_in: Duration,
}

impl Process {
    /// Berth itself, on the data of this place.
    pub fn berth(place: &Place) -> Self {
        let folder = place.folder();
        let mut command = Command::new(env!("CARGO_BIN_EXE_berth"));
        command.args(["serve", "--log-level", "error", "--listen"]).env("BERTH_DATA_DIR", folder).current_dir(folder);
        command.env("BERTH_DATABASE_URL", &place.url);
        Self::start(command, "Berth is at")
    }

    /// The least that a server could do: this program again, as `floor.rs`.
    pub fn floor(folder: &Path) -> Self {
        let mut command = Command::new(std::env::current_exe().expect("this program has a path"));
        command.arg("--floor").arg(folder.join("floor.log"));
        Self::start(command, "floor is at")
    }

    /// What others would build in an afternoon, as `peer/server.mjs`; `None` where `script/bench` has not installed it.
    pub fn peer(folder: &Path) -> Option<Self> {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/serving/peer/server.mjs");
        if !program.with_file_name("node_modules").exists() {
            println!("\nno peer: it is installed by script/bench");
            return None;
        }
        let mut command = Command::new("node");
        command.arg(program).arg(folder.join("peer.db"));
        Some(Self::start(command, "peer is at"))
    }

    /// Its last argument is the address, which it is told here.
    fn start(mut command: Command, ready: &str) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
        let address = free.to_string();
        let begun = Instant::now();
        let mut child = command.arg(&address).stdout(Stdio::piped()).spawn().expect("the program starts");
        let lines = BufReader::new(child.stdout.take().expect("its output is ours")).lines();
        let said = lines.map_while(Result::ok).find(|line| line.contains(ready));
        assert!(said.is_some(), "the server ended before it was ready");
        Self { child, address, started_in: begun.elapsed() }
    }

    /// Processor time used until now, user and system, in seconds.
    pub fn cpu_seconds(&self) -> f64 {
        let stat = self.proc("stat");
        let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
        let fields: Vec<&str> = after_name.split_whitespace().collect();
        let ticks = |index: usize| fields.get(index).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
        (ticks(11) + ticks(12)) / TICKS
    }

    /// Memory that is this process's own, in bytes.
    pub fn memory(&self) -> f64 {
        let rollup = self.proc("smaps_rollup");
        let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:")).unwrap_or("0 kB");
        line.split_whitespace().next().and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0) * 1024.0
    }

    fn proc(&self, file: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{file}", self.child.id())).unwrap_or_default()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
