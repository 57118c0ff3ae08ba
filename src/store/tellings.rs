//! Tellings that are written together. Their services are looked up with one query; each telling is decided on what
//! those before it left; then all of them are written with one statement for each table, or none is.
//! Who may tell what is decided in `ops`.

use std::collections::HashMap;

use crate::base::stamp::Stamp;
use crate::domain::audit::Entry;
use crate::domain::care_service::{CareService, CareServiceId};
use crate::store::changes::{self, ChangeRow, Record};
use crate::store::conn::Conn;
use crate::store::idempotency::{self, Given};
use crate::store::services::{self, Stored};
use crate::store::{Error, audit};

pub struct Tellings<'c> {
    c: &'c mut Conn,
    services: HashMap<CareServiceId, Stored>,
    /// Where the log ended before them.
    begin: i64,
    entries: Vec<ChangeRow>,
    deeds: Vec<Entry>,
}

impl Tellings<'_> {
    /// The service as the tellings before left it.
    pub fn service(&mut self, id: &CareServiceId) -> Result<Stored, Error> {
        match self.services.get(id) {
            Some(stored) => Ok(stored.clone()),
            None => services::get(self.c, id),
        }
    }

    /// Tells the capacity of a service whose facts stay; its place in the log.
    pub fn tell(&mut self, record: &Record) -> Result<i64, Error> {
        let seq = self.begin + 1 + self.entries.len() as i64;
        self.entries.push(ChangeRow::of(record, seq)?);
        let stored = Stored { service: record.service.clone(), last_seq: seq };
        self.services.insert(stored.service.id.clone(), stored);
        Ok(seq)
    }

    /// Adds to the audit.
    pub fn audit(&mut self, entry: Entry) {
        self.deeds.push(entry);
    }

    /// The service as this entry of the log has it, if that is still kept.
    pub fn told(&mut self, seq: i64) -> Result<Option<CareService>, Error> {
        match self.entries.iter().find(|entry| entry.seq == seq) {
            Some(entry) => entry.service().map(Some),
            None => Ok(changes::get(self.c, seq)?.map(|change| change.service)),
        }
    }

    pub fn given(&mut self, actor: &str, key: &str, now: Stamp) -> Result<Option<Given>, Error> {
        idempotency::get(self.c, actor, key, now)
    }

    pub fn remember(&mut self, actor: &str, key: &str, given: &Given, now: Stamp) -> Result<(), Error> {
        idempotency::put(self.c, actor, key, given, now)
    }

    /// How many there are so far.
    pub(super) fn count(&self) -> usize {
        self.entries.len()
    }

    fn write(self) -> Result<(), Error> {
        if self.entries.is_empty() {
            return Ok(());
        }
        changes::add_all(self.c, &self.entries)?;
        let told = self.services.values().filter(|stored| stored.last_seq > self.begin);
        let told: Vec<_> = told.map(|stored| (&stored.service, stored.last_seq)).collect();
        services::put_capacities(self.c, &told)?;
        audit::add_all(self.c, self.deeds)
    }
}

/// Runs what tells of these services, and writes it. Within, nothing else writes to the log.
pub fn together<T, E: From<Error>>(
    c: &mut Conn,
    ids: &[CareServiceId],
    tell: impl FnOnce(&mut Tellings) -> Result<T, E>,
) -> Result<T, E> {
    // One alone is looked up when it is asked for, by a query that is prepared.
    let several = if ids.len() > 1 { services::get_all(c, ids)? } else { Vec::new() };
    let services = several.into_iter().map(|stored| (stored.service.id.clone(), stored)).collect();
    let begin = changes::last_seq(c)?;
    let mut tellings = Tellings { c, services, begin, entries: Vec::new(), deeds: Vec::new() };
    let told = tell(&mut tellings)?;
    tellings.write()?;
    Ok(told)
}
