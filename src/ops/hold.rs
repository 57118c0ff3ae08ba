//! A place that is kept moves from accepting to reserved, and back: through the log, like every
//! other change of figures. For whom and how long is in the acts of enquiries.

use std::slice;

use crate::base::stamp::Stamp;
use crate::domain::actor::Actor;
use crate::domain::capacity::Capacity;
use crate::domain::care_service::CareServiceId;
use crate::domain::change::ChangeKind;
use crate::domain::enquiry::Need;
use crate::domain::invalid::Invalid;
use crate::domain::words::Source;
use crate::ops::tell::{Telling, tell};
use crate::ops::{Condition, Refused};
use crate::store::conn::Conn;
use crate::store::tellings::together;
use crate::store::{changes, services};

/// Keeps a place, told by the service itself.
pub fn keep(
    c: &mut Conn,
    now: Stamp,
    (actor, source): (&Actor, Source),
    id: &CareServiceId,
    need: &Need,
) -> Result<(), Refused> {
    let telling = Telling { actor: actor.clone(), id: id.clone(), source, condition: Condition::default() };
    together(c, slice::from_ref(id), |tellings| {
        tell(tellings, now, &telling, ChangeKind::CapacityUpdated, |service| {
            let before = &service.capacity;
            let lines = need.kept(before).map_err(|why| Invalid::one("/answer", "no_place", why))?;
            Ok(Capacity { lines, changed_at: Some(now), ..before.clone() })
        })
    })?;
    Ok(())
}

/// Gives a place back, if it is still reserved. Nobody looked at the other figures, so they are
/// confirmed no later than before.
pub fn give_back(c: &mut Conn, now: Stamp, label: &str, id: &CareServiceId, need: &Need) -> Result<(), Refused> {
    let stored = services::get(c, id)?;
    if stored.service.left_at.is_some() {
        return Ok(());
    }
    let before = &stored.service.capacity;
    let Some(lines) = need.given_back(before) else { return Ok(()) };
    let mut service = stored.service.clone();
    service.capacity = Capacity { version: before.version + 1, lines, changed_at: Some(now), ..before.clone() };
    changes::record_after(c, &stored, &service, now, ChangeKind::CapacityUpdated, label)?;
    Ok(())
}
