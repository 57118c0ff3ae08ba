//! Whether what is on a disk after a cut is whole, as Berth itself finds it when it starts. What should be
//! there, the scene knows.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

use berth::domain::capacity::Line;
use berth::domain::change::Change;
use berth::store::conn::DatabaseUrl;
use berth::store::{Db, Error, changes, services};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;

/// What a whole database holds.
pub struct Held {
    /// The note of each entry of the log, the first one's first.
    pub marks: Vec<Option<String>>,
    pub services: usize,
}

#[derive(QueryableByName)]
struct Integrity {
    #[diesel(sql_type = Text)]
    integrity_check: String,
}

/// Opens a file as a start of Berth does, and holds everything in it against the log.
pub fn whole(file: &Path) -> Result<Held, String> {
    is_sound(file)?;
    let (db, _) = Db::open(&DatabaseUrl::Sqlite(file.to_owned())).map_err(|e| format!("it does not open: {e}"))?;
    let look =
        db.read_now(|c| Ok::<_, Error>((changes::after(c, 0, i64::MAX)?, services::all(c)?, changes::last_seq(c)?)));
    let (log, services, last) = look.map_err(|e| format!("it cannot be read: {e}"))?;
    if !log.iter().map(|change| change.seq).eq(1..=last) {
        return Err(format!("the log is not 1 to {last}"));
    }
    let newest: HashMap<_, &Change> = log.iter().map(|change| (&change.service.id, change)).collect();
    for stored in &services {
        let said = newest.get(&stored.service.id).is_some_and(|change| change.service == stored.service);
        if !said {
            return Err(format!("service {} is not as the log says", stored.service.id));
        }
    }
    if newest.len() != services.len() {
        return Err(format!("{} services, and {} in the log", services.len(), newest.len()));
    }
    Ok(Held { marks: log.iter().map(mark).collect(), services: services.len() })
}

fn mark(change: &Change) -> Option<String> {
    match change.service.capacity.lines.first()? {
        Line::Bed(bed) => bed.note.clone(),
        Line::Hours(hours) => hours.note.clone(),
    }
}

/// What SQLite itself thinks of the file.
fn is_sound(file: &Path) -> Result<(), String> {
    let mut conn = SqliteConnection::establish(&file.to_string_lossy()).map_err(|e| format!("no database: {e}"))?;
    let found: Vec<Integrity> =
        sql_query("PRAGMA integrity_check").load(&mut conn).map_err(|e| format!("not to be examined: {e}"))?;
    let wrong: Vec<_> = found.into_iter().map(|found| found.integrity_check).filter(|found| found != "ok").collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join(", ")) }
}

/// What `berth check` says.
pub fn program(data: &Path) -> Result<(), String> {
    let ran = Command::new(env!("CARGO_BIN_EXE_berth")).arg("check").env_clear().env("BERTH_DATA_DIR", data).output();
    let ran = ran.expect("the program runs");
    if ran.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&ran.stderr).into_owned()) }
}
