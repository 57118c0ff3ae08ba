//! A PostgreSQL of our own in a temporary folder, to be killed and started again. The machine's own
//! clusters are never touched.

use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use berth::store::conn::DatabaseUrl;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

pub struct Cluster {
    folder: TempDir,
    port: u16,
    program: PathBuf,
    server: Child,
}

impl Cluster {
    /// `None` where PostgreSQL is not installed.
    pub fn start() -> Option<Self> {
        let programs = programs()?;
        let folder = tempfile::tempdir().expect("a folder");
        if let Some((user, group)) = postgres() {
            chown(folder.path(), Some(user), Some(group)).expect("the folder is ours to give");
        }
        let data = folder.path().join("data");
        let made = command(&programs.join("initdb"), folder.path())
            .arg("-D")
            .arg(&data)
            .args(["-U", "berth", "-A", "trust", "--no-sync"])
            .stdout(Stdio::null())
            .status();
        assert!(made.expect("initdb runs").success(), "no cluster could be made");
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
        let (port, program) = (free.port(), programs.join("postgres"));
        let server = spawn(&program, folder.path(), port);
        let mut cluster = Self { folder, port, program, server };
        cluster.wait();
        Some(cluster)
    }

    pub fn url(&self) -> String {
        format!("postgres://berth@127.0.0.1:{}/postgres", self.port)
    }

    /// As `kill -9` of the server; its workers end when they notice.
    pub fn kill(&mut self) {
        self.server.kill().expect("the process is ours to kill");
        self.server.wait().expect("it is our child");
    }

    /// Starts it again, and waits until it has recovered.
    pub fn go_on(&mut self) {
        self.server = spawn(&self.program, self.folder.path(), self.port);
        self.wait();
    }

    fn wait(&mut self) {
        let url = DatabaseUrl::parse(&self.url()).expect("an address of a database");
        while url.connect().is_err() {
            // Workers of the one that was killed may still hold its memory: then it ends at once.
            if self.server.try_wait().expect("it is our child").is_some() {
                self.server = spawn(&self.program, self.folder.path(), self.port);
            }
            std::thread::sleep(Duration::from_millis(25));
        }
    }
}

fn spawn(program: &Path, folder: &Path, port: u16) -> Child {
    let settings =
        [format!("port={port}"), "listen_addresses=127.0.0.1".to_owned(), "unix_socket_directories=".to_owned()];
    command(program, folder)
        .arg("-D")
        .arg(folder.join("data"))
        .args(settings.iter().flat_map(|setting| ["-c", setting]))
        .stdout(Stdio::null())
        .spawn()
        .expect("PostgreSQL starts")
}

/// PostgreSQL refuses to run as root.
fn command(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).env("LC_ALL", "C").stdin(Stdio::null()).stderr(Stdio::null());
    if let Some((user, group)) = postgres() {
        command.uid(user).gid(group);
    }
    command
}

/// The user and group that PostgreSQL has on this machine, if we are root.
fn postgres() -> Option<(u32, u32)> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    let fields: Vec<&str> = users.lines().find(|line| line.starts_with("postgres:"))?.split(':').collect();
    Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
}

/// Where its programs are, the newest of several.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.filter_map(Result::ok);
    let folders = versions.map(|version| version.path().join("bin")).filter(|folder| folder.join("initdb").exists());
    folders.max_by_key(|folder| {
        let version = folder.parent().and_then(Path::file_name).and_then(|name| name.to_str());
        version.and_then(|version| version.parse::<u32>().ok())
    })
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let id = i32::try_from(self.server.id()).ok().and_then(Pid::from_raw);
        // Ends its workers too, without tidying up.
        if id.is_some_and(|id| kill_process(id, Signal::QUIT).is_ok()) {
            drop(self.server.wait());
        }
    }
}
