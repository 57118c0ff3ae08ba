//! The demonstration: a county that does not exist, with a year behind it and updates that keep
//! coming through the same acts as anybody's. Nothing outside this folder knows that data is fictional.

mod county;
mod dice;
mod figures;
mod history;
pub mod keeps_changing;
mod land;
pub mod people;
pub mod practice;
mod voices;

use crate::base::stamp::Stamp;
use crate::ops::Refused;
use crate::store::conn::Conn;
use crate::store::{Db, boundaries, changes, places, settings};

pub use county::{County, Habit};

/// The same seed makes the same county, so that a second start knows its services again.
const SEED: u64 = 1948;
/// The row of `settings` that marks the data as a demonstration.
const MARK: &str = "demonstration";

/// What was found when the demonstration began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing: the county was made.
    Nothing,
    /// The county of an earlier start, which goes on.
    County,
    /// Somebody's own data, which were left alone.
    OwnData,
}

/// Makes the county where there is nothing yet: all of it, or nothing if it is interrupted.
pub fn prepare(db: &Db, now: Stamp) -> Result<Found, Refused> {
    db.write_now(move |c| {
        if settings::get(c, MARK)?.is_some() {
            return Ok(Found::County);
        }
        if changes::last_seq(c)? > 0 || places::count(c)? > 0 {
            return Ok(Found::OwnData);
        }
        make(c, now)?;
        Ok(Found::Nothing)
    })
}

fn make(c: &mut Conn, now: Stamp) -> Result<(), Refused> {
    let county = County::new(now);
    for district in &county.districts {
        places::put(c, district)?;
    }
    for outline in land::outlines() {
        boundaries::put(c, &outline)?;
    }
    history::write(c, &county, now)?;
    voices::write(c, &county, now)?;
    Ok(settings::put(c, MARK, &SEED.to_string())?)
}
