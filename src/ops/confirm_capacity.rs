//! "Nothing has changed": the figures stay, and are as good as new.

use crate::base::clock::Clock;
use crate::base::stamp::Stamp;
use crate::domain::change::ChangeKind;
use crate::ops::Refused;
use crate::ops::tell::{Told, tell};
use crate::store::Db;
use crate::store::tellings::Tellings;

pub use crate::ops::tell::Telling;

pub async fn run(db: &Db, clock: &Clock, telling: Telling) -> Result<Told, Refused> {
    let clock = clock.clone();
    db.tell_capacity(telling.id.clone(), move |tellings| act(tellings, clock.now(), &telling)).await
}

/// With others, in a transaction that is open already.
pub fn act(tellings: &mut Tellings, now: Stamp, telling: &Telling) -> Result<Told, Refused> {
    tell(tellings, now, telling, ChangeKind::CapacityConfirmed, |service| Ok(service.capacity.clone()))
}
