//! One bed freed or taken: the smallest update there is.

use crate::base::clock::Clock;
use crate::domain::capacity::{Adjustment, Capacity};
use crate::domain::change::ChangeKind;
use crate::domain::invalid::Invalid;
use crate::ops::Refused;
use crate::ops::tell::{Told, tell};
use crate::store::Db;

pub use crate::ops::tell::Telling;

pub async fn run(db: &Db, clock: &Clock, telling: Telling, adjustment: Adjustment) -> Result<Told, Refused> {
    let clock = clock.clone();
    db.tell_capacity(telling.id.clone(), move |tellings| {
        let now = clock.now();
        tell(tellings, now, &telling, ChangeKind::CapacityUpdated, |service| {
            let before = &service.capacity;
            let lines =
                adjustment.apply(&before.lines).map_err(|why| Invalid::one("/accepting", "cannot_adjust", why))?;
            Ok(Capacity { lines, changed_at: Some(now), ..before.clone() })
        })
    })
    .await
}
