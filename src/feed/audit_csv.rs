//! The audit as CSV, for an officer's spreadsheet. Text that it would take for a formula is guarded.
//! Which entries somebody may take away is decided in `ops`.

use std::io::{self, Write};

use crate::feed::csv::guarded;
use crate::ops::audit::Shown;

const COLUMNS: [&str; 10] =
    ["at", "who", "as", "address", "session", "deed", "person", "service_id", "detail", "entry"];

/// Writes the entries, a row each.
pub fn write(out: impl Write, entries: &[Shown]) -> io::Result<()> {
    let mut out = csv::Writer::from_writer(out);
    out.write_record(COLUMNS)?;
    for shown in entries {
        let entry = &shown.entry;
        let who = shown.actor_email.as_ref().map_or(entry.actor.as_str(), |email| email.as_str());
        let id = entry.did.person.as_ref().map_or("", |id| id.as_str());
        let person = shown.person_email.as_ref().map_or(id, |email| email.as_str());
        out.write_record([
            entry.at.to_string().as_str(),
            &guarded(who),
            &guarded(&entry.label),
            entry.address.as_deref().unwrap_or_default(),
            &guarded(entry.session.as_deref().unwrap_or_default()),
            entry.did.deed.word(),
            &guarded(person),
            &guarded(entry.did.service.as_ref().map_or("", |id| id.as_str())),
            &guarded(&entry.did.detail),
            entry.id.as_str(),
        ])?;
    }
    out.flush()
}
