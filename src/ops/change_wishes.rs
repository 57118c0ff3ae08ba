//! When a service's managers want to be reminded, and whether a person wants to be at all.
//! What wishes make sense is decided in `domain/reminder.rs`.

use chrono::NaiveDate;

use crate::base::clock::Clock;
use crate::domain::actor::Actor;
use crate::domain::audit::Did;
use crate::domain::care_service::CareServiceId;
use crate::domain::person::PersonId;
use crate::domain::reminder::Wishes;
use crate::domain::words::Deed;
use crate::ops::{Refused, audit};
use crate::store::{Db, people, reminders, services};

/// Chooses for a service. `today` is the local day.
pub async fn of_service(
    db: &Db,
    clock: &Clock,
    actor: Actor,
    id: CareServiceId,
    (wishes, today): (Wishes, NaiveDate),
) -> Result<(), Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        let service = services::get(c, &id)?.service;
        if service.left_at.is_some() {
            return Err(Refused::NotFound);
        }
        if !actor.may_update(&service) {
            return Err(Refused::NotAllowed);
        }
        let wishes = wishes.checked(&service, today)?;
        reminders::put_wishes(c, &id, &wishes)?;
        audit::record(c, clock.now(), &actor, Did::on(Deed::RemindersChosen, &service))
    })
    .await
}

/// No reminders for this person any more: by the link of a mail, or signed in.
pub async fn stop(db: &Db, clock: &Clock, person: PersonId) -> Result<(), Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        people::get(c, &person)?;
        Ok(reminders::stop(c, &person, clock.now())?)
    })
    .await
}

/// Reminders for this person again.
pub async fn start(db: &Db, person: PersonId) -> Result<(), Refused> {
    db.write(move |c| Ok(reminders::start(c, &person)?)).await
}
