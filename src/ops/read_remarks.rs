//! How many say that something is wrong with a listing, for staff and who keeps its figures: numbers
//! alone. The words are for the administrators of its authority (`administer.rs`).

use crate::domain::actor::Actor;
use crate::domain::care_service::CareServiceId;
use crate::domain::remark::{self, Remark};
use crate::domain::view::View;
use crate::domain::words::Wrong;
use crate::ops::Refused;
use crate::store::{Db, remarks, services};

pub async fn look(db: &Db, actor: Actor, id: CareServiceId) -> Result<Vec<(Wrong, usize)>, Refused> {
    db.read(move |c| {
        let service = services::get(c, &id)?.service;
        if actor.view(&service) != View::Staff {
            return Err(Refused::NotAllowed);
        }
        let mut standing: Vec<Remark> = remarks::unsettled_of(c, &id)?;
        standing.retain(|remark| remark.stands(&service.capacity));
        Ok(remark::counts(&standing))
    })
    .await
}
