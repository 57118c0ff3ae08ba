//! A care service that comes onto the register, with nothing told about its capacity yet.

use crate::base::stamp::Stamp;
use crate::domain::actor::Actor;
use crate::domain::capacity::Capacity;
use crate::domain::care_service::{CareService, CareServiceId, Facts};
use crate::domain::change::ChangeKind;
use crate::ops::Refused;
use crate::store::changes::{self, Record};
use crate::store::conn::Conn;
use crate::store::{Error, services};

/// In a transaction that is open already. An id that is known is a conflict.
pub fn act(c: &mut Conn, now: Stamp, actor: &Actor, id: &CareServiceId, facts: &Facts) -> Result<i64, Refused> {
    let service = CareService { id: id.clone(), facts: facts.clone(), capacity: Capacity::default(), left_at: None };
    if !actor.may_administer_service(&service) {
        return Err(Refused::NotAllowed);
    }
    match services::get(c, id) {
        Err(Error::NotFound) => {}
        Err(other) => return Err(other.into()),
        Ok(_) => return Err(Error::Conflict.into()),
    }
    let record =
        Record { at: now, kind: ChangeKind::ServiceAdded, actor: &actor.label, service: &service, previous_seq: 0 };
    Ok(changes::record(c, &record)?)
}
