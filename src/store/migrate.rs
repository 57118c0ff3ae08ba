//! Brings the schema up to date: embedded migrations, after a copy of the file on SQLite.
//! It never goes back; a restore from the copy does.

use std::path::PathBuf;

use diesel::connection::SimpleConnection;
use diesel::migration::MigrationSource;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use tracing::info;

use crate::base::disk;
use crate::store::conn::{Conn, DatabaseUrl};
use crate::store::{Error, Opened, changes, restore};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// Runs what is pending and makes the one row of `stream` on first start.
pub fn run(url: &DatabaseUrl, conn: &mut Conn) -> Result<Opened, Error> {
    conn.lock_schema()?;
    let opened = run_alone(url, conn);
    // Another node waits at this lock to start.
    conn.unlock_schema()?;
    opened
}

fn run_alone(url: &DatabaseUrl, conn: &mut Conn) -> Result<Opened, Error> {
    let pending = pending(conn)?;
    let mut opened = Opened::default();
    if !pending.is_empty() {
        opened.copy = copy_first(url, conn, &pending[0])?;
        conn.run_pending_migrations(MIGRATIONS)
            .map_err(|e| Error::Broken(format!("cannot bring the schema up to date: {e}")))?;
        info!(migrations = pending.len(), "the schema is up to date");
        opened.migrations_run = pending;
    }
    conn.batch_execute("BEGIN")?;
    let begun = changes::begin_stream(conn, &restore::new_epoch());
    conn.batch_execute(if begun.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    begun.map(|()| opened)
}

fn pending(conn: &mut Conn) -> Result<Vec<String>, Error> {
    let pending = MigrationHarness::<<Conn as diesel::Connection>::Backend>::pending_migrations(conn, MIGRATIONS)
        .map_err(|e| Error::Broken(format!("cannot read which migrations have run: {e}")))?;
    Ok(pending.iter().map(|migration| migration.name().to_string()).collect())
}

/// A copy beside the file, unless it holds nothing yet.
fn copy_first(url: &DatabaseUrl, conn: &mut Conn, next: &str) -> Result<Option<PathBuf>, Error> {
    let DatabaseUrl::Sqlite(path) = url else { return Ok(None) };
    let total =
        MigrationSource::<<Conn as diesel::Connection>::Backend>::migrations(&MIGRATIONS).map_or(0, |all| all.len());
    if pending(conn)?.len() == total {
        return Ok(None);
    }
    let copy = disk::beside(path, &format!(".before-{next}"));
    if copy.exists() {
        return Ok(Some(copy));
    }
    match conn.copy_to(&copy) {
        Some(Err(e)) => Err(Error::Unavailable(format!("cannot copy the database to {} first: {e}", copy.display()))),
        Some(Ok(())) => Ok(Some(copy)),
        None => Ok(None),
    }
}
