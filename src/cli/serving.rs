//! Who serves from a data folder: servers hold it together, a restore needs it alone.
//! Other verbs work beside a server and do not ask.

use std::fs::{File, TryLockError};

use anyhow::{Context as _, anyhow};

use crate::base::disk;
use crate::config::Config;

/// Held until it is dropped, or the process ends in whatever way.
pub struct Serving(#[expect(dead_code, reason = "the lock lives as long as the open file")] File);

impl Serving {
    /// For a server, beside others.
    pub fn together(config: &Config) -> anyhow::Result<Self> {
        let file = open(config)?;
        file.try_lock_shared().map_err(|e| refused(e, "a restore is under way: wait until it is done"))?;
        Ok(Self(file))
    }

    /// For a restore.
    pub fn alone(config: &Config) -> anyhow::Result<Self> {
        let file = open(config)?;
        file.try_lock().map_err(|e| refused(e, "the server is running on this data: stop it first"))?;
        Ok(Self(file))
    }
}

fn open(config: &Config) -> anyhow::Result<File> {
    let folder = &config.data_dir;
    disk::make_folder(folder).with_context(|| format!("cannot make the data folder {}", folder.display()))?;
    let path = folder.join("serving.lock");
    let opened = File::options().create(true).truncate(false).write(true).open(&path);
    opened.with_context(|| format!("cannot write in the data folder: {}", path.display()))
}

fn refused(error: TryLockError, sentence: &'static str) -> anyhow::Error {
    match error {
        TryLockError::WouldBlock => anyhow!(sentence),
        TryLockError::Error(e) => anyhow!("cannot lock the data folder: {e}"),
    }
}
