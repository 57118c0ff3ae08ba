//! Counts how often people meet services: kept in memory, so that a search waits for no database,
//! and written in batches. What was not written when a process dies is lost: some seconds of counts.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::NaiveDate;

use crate::domain::care_service::CareServiceId;
use crate::domain::interest::Interest;
use crate::ops::Refused;
use crate::store::{Db, interest};

type Counts = HashMap<(NaiveDate, CareServiceId), Interest>;

/// What has been counted since it was last written.
#[derive(Default)]
pub struct Tally(Mutex<Counts>);

impl Tally {
    pub fn count<'a>(&self, day: NaiveDate, services: impl IntoIterator<Item = &'a CareServiceId>, one: Interest) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for service in services {
            let sum = counts.entry((day, service.clone())).or_default();
            *sum = sum.plus(one);
        }
    }

    fn take(&self) -> Counts {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What could not be written is kept for the next time.
    fn put_back(&self, counts: Counts) {
        for ((day, service), interest) in counts {
            self.count(day, [&service], interest);
        }
    }
}

/// Writes what has been counted; how many services that concerned.
pub async fn run(db: &Db, tally: &Tally) -> Result<usize, Refused> {
    let counts = tally.take();
    if counts.is_empty() {
        return Ok(0);
    }
    let batch = counts.clone();
    let written = db.write(move |c| {
        for ((day, service), more) in &batch {
            interest::add(c, *day, service, *more)?;
        }
        Ok::<_, Refused>(batch.len())
    });
    let written = written.await;
    if written.is_err() {
        tally.put_back(counts);
    }
    written
}
