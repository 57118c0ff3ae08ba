//! The real binary, run as a person would on the data of a home.

use std::process::Command;

use serde_json::Value;

use crate::support::Home;

/// What a run of the binary came to.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// The last line of standard output, as JSON.
    pub fn summary(&self) -> Value {
        assert_eq!(self.code, 0, "{self:?}");
        serde_json::from_str(self.stdout.lines().last().unwrap()).unwrap()
    }
}

pub fn berth(home: &Home, words: &[&str]) -> Ran {
    let run = Command::new(env!("CARGO_BIN_EXE_berth"))
        .args(words)
        .env_clear()
        .env("BERTH_DATA_DIR", home.folder.path())
        .env("BERTH_DATABASE_URL", &home.database_url)
        .current_dir(home.folder.path())
        .output()
        .unwrap();
    Ran {
        code: run.status.code().unwrap(),
        stdout: String::from_utf8(run.stdout).unwrap(),
        stderr: String::from_utf8(run.stderr).unwrap(),
    }
}
