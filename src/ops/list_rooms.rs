//! The single rooms that a home lists. It says nothing of the figures, which are confirmed no later
//! than before.

use crate::base::clock::Clock;
use crate::domain::capacity::Capacity;
use crate::domain::change::ChangeKind;
use crate::domain::invalid::Invalid;
use crate::domain::room::Room;
use crate::domain::words::Kind;
use crate::ops::Refused;
use crate::ops::tell::{Told, amend};
use crate::store::Db;

pub use crate::ops::tell::Telling;

pub async fn run(db: &Db, clock: &Clock, telling: Telling, rooms: Vec<Room>) -> Result<Told, Refused> {
    let clock = clock.clone();
    db.tell_capacity(telling.id.clone(), move |tellings| {
        if tellings.service(&telling.id)?.service.facts.kind != Kind::CareHome {
            return Err(Invalid::one("/rooms", "wrong_kind", "A home-care agency has no rooms.").into());
        }
        let now = clock.now();
        amend(tellings, now, &telling, ChangeKind::CapacityUpdated, |service, _| {
            Ok(Capacity { rooms: rooms.clone(), changed_at: Some(now), ..service.capacity.clone() })
        })
    })
    .await
}
