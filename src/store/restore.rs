//! Puts a copy of the data in place of what there is, on SQLite, and begins afresh after a restore.
//! That nobody serves meanwhile is for the caller to see to.

use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;

use crate::base::disk;
use crate::base::secret::Secret;
use crate::base::stamp::Stamp;
use crate::store::conn::{Conn, DatabaseUrl};
use crate::store::{Error, alerts, changes, jobs, migrate, settings};

/// The setting that says when.
const RESTORED_AT: &str = "restored_at";

/// What restored data needs: a new epoch for the watchers, and no mail of the past sent again. What the
/// log holds was told, and what was due by now was sent, as far as anybody knows.
pub fn begin_afresh(c: &mut Conn, now: Stamp) -> Result<(), Error> {
    changes::renew_epoch(c, &new_epoch())?;
    let last = changes::last_seq(c)?;
    changes::set_cursor(c, alerts::CURSOR, last)?;
    settings::put(c, RESTORED_AT, &now.to_string())?;
    jobs::give_up_all(c, now, "the data was restored from a backup, so this may have been done before")
}

/// When the data last came back from a backup, if they ever did.
pub fn restored_at(c: &mut Conn) -> Result<Option<Stamp>, Error> {
    Ok(settings::get(c, RESTORED_AT)?.as_deref().and_then(Stamp::parse))
}

/// A name for the stream that no other stream ever had.
pub(super) fn new_epoch() -> String {
    Secret::fresh().hash().chars().filter(char::is_ascii_alphanumeric).take(12).collect()
}

/// Replaces the data in `target` by the backup, brought up to date. Where the copy of what was
/// there before is. Killed on the way, it leaves the old data or the new, whole.
pub fn replace(target: &Path, backup: &Path, now: Stamp) -> Result<Option<PathBuf>, Error> {
    let new = disk::beside(target, ".restoring");
    disk::remove(&new).map_err(|e| cannot("make room for the backup", &e))?;
    std::fs::copy(backup, &new).map_err(|e| cannot("copy the backup beside the data", &e))?;
    prepare(&new, now)?;
    let kept = target.exists().then(|| disk::beside(target, ".before-restore"));
    if let Some(kept) = &kept {
        let mut conn = DatabaseUrl::Sqlite(target.to_owned()).connect()?;
        // Closing folds the write-ahead log into the copy and into the file itself.
        conn.copy_to(kept).transpose()?;
    }
    for end in ["-wal", "-shm"] {
        disk::remove(&disk::beside(target, end)).map_err(|e| cannot("remove the log of the old data", &e))?;
    }
    // The new data must never be found beside the log of the old.
    disk::sync_names_beside(target).map_err(|e| cannot("put the folder on disk", &e))?;
    disk::give_name(&new, target).map_err(|e| cannot("put the backup in place", &e))?;
    Ok(kept)
}

/// Makes one file of the copy, with the schema of today.
fn prepare(file: &Path, now: Stamp) -> Result<(), Error> {
    let url = DatabaseUrl::Sqlite(file.to_owned());
    let mut conn = url.connect()?;
    migrate::run(&url, &mut conn)?;
    conn.begin_writing()?;
    begin_afresh(&mut conn, now)?;
    conn.batch_execute("COMMIT")?;
    conn.batch_execute("PRAGMA journal_mode = DELETE")?;
    Ok(())
}

fn cannot(what: &str, why: &std::io::Error) -> Error {
    Error::Unavailable(format!("cannot {what}: {why}"))
}
