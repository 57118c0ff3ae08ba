//! Outlines of authorities, as a file tells them, beside those that are known.
//! An authority that the file does not name keeps the outline it has.

use crate::domain::outline::Outline;
use crate::ops::Refused;
use crate::store::Db;
use crate::store::boundaries::{self, Put};

/// In authorities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub added: usize,
    pub changed: usize,
    pub unchanged: usize,
}

pub async fn run(db: &Db, outlines: Vec<Outline>) -> Result<Tally, Refused> {
    db.write(move |c| {
        let mut tally = Tally::default();
        for outline in &outlines {
            match boundaries::put(c, outline)? {
                Put::Added => tally.added += 1,
                Put::Changed => tally.changed += 1,
                Put::Unchanged => tally.unchanged += 1,
            }
        }
        Ok(tally)
    })
    .await
}
