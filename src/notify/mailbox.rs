//! The file mailbox: one RFC 5322 message a file, for trials and for tests.
//! It never deletes anything; who reads the folder does.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use futures_util::future::BoxFuture;

use crate::base::disk;
use crate::notify::Outcome;
use crate::notify::email::{Carrier, Post};

/// A folder of `.eml` files.
pub struct Folder(PathBuf);

impl Folder {
    /// The folder of a `file:` URL, made on the first mail.
    pub fn new(path: &str) -> Self {
        Self(PathBuf::from(path.strip_prefix("//").unwrap_or(path)))
    }

    /// Puts a message into the folder. The same letter again takes its own place again.
    async fn put(&self, post: &Post) -> Outcome {
        let (letter, message) = (&post.letter, post.message.clone());
        let name = format!("{}-{}.eml", letter.date.utc().format("%Y%m%dT%H%M%SZ"), letter.id);
        let folder = self.0.clone();
        match put(folder, name, message).await {
            Ok(()) => Outcome::Sent,
            Err(e) => Outcome::later(format!("cannot write to the mailbox {}: {e}", self.0.display())),
        }
    }
}

impl Carrier for Folder {
    fn carry<'a>(&'a self, post: &'a Post) -> BoxFuture<'a, Outcome> {
        Box::pin(self.put(post))
    }
}

/// Puts a file into a folder, made if it is not there, away from the threads that answer.
pub async fn put(folder: PathBuf, name: String, message: Vec<u8>) -> io::Result<()> {
    let put = tokio::task::spawn_blocking(move || write(&folder, &name, &message)).await;
    put.unwrap_or_else(|e| Err(io::Error::other(e)))
}

/// Whole or not at all: written beside, put on disk, then given its name.
fn write(folder: &Path, name: &str, message: &[u8]) -> io::Result<()> {
    disk::make_folder(folder)?;
    let unfinished = folder.join(format!(".{name}.unfinished"));
    std::fs::File::create(&unfinished)?.write_all(message)?;
    disk::give_name(&unfinished, &folder.join(name))
}
