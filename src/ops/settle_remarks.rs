//! An administrator has seen to what readers said is wrong with a listing, and says in a few words what
//! was done. What was said of figures settles itself when they are told again (`domain/remark.rs`).

use crate::base::clock::Clock;
use crate::domain::actor::Actor;
use crate::domain::audit::Did;
use crate::domain::remark::Settling;
use crate::domain::words::Deed;
use crate::ops::{Refused, audit};
use crate::store::{Db, remarks, services};

/// Pressed twice, it is done once.
pub async fn run(db: &Db, clock: &Clock, actor: Actor, settling: Settling) -> Result<(), Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        let now = clock.now();
        let service = services::get(c, &settling.service)?.service;
        if !actor.may_administer_service(&service) {
            return Err(Refused::NotAllowed);
        }
        if remarks::settle(c, &service.id, settling.until, &settling.answer, now)? > 0 {
            audit::record(c, now, &actor, Did::on(Deed::RemarksSettled, &service).saying(settling.answer))?;
        }
        Ok(())
    })
    .await
}
