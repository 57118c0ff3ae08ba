//! When a service's managers want to be reminded, whether a person wants to be at all, and when they
//! want their weekly mail.
//! What wishes make sense is decided in `domain/reminder.rs`.

use chrono::NaiveDate;

use crate::base::clock::Clock;
use crate::domain::actor::Actor;
use crate::domain::audit::Did;
use crate::domain::care_service::CareServiceId;
use crate::domain::invalid::Invalid;
use crate::domain::person::PersonId;
use crate::domain::reminder::Wishes;
use crate::domain::words::Deed;
use crate::ops::{Refused, audit};
use crate::store::week_letters::{self, Wish};
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

/// The weekly mail at this local hour of Monday, or not at all; signed in.
pub async fn week(db: &Db, person: PersonId, hour: Option<u32>) -> Result<(), Refused> {
    if hour.is_some_and(|hour| hour > 23) {
        return Err(Invalid::one("week_hour", "bad_hour", "Choose an hour from the list.").into());
    }
    db.write(move |c| {
        let (wish, _) = week_letters::of_person(c, &person)?;
        // Who stops it and starts it again finds the hour of before.
        Ok(week_letters::choose(c, &person, Wish { hour: hour.or(wish.hour), stopped: hour.is_none() })?)
    })
    .await
}

/// No weekly mail for this person any more: by the link of one.
pub async fn stop_week(db: &Db, person: PersonId) -> Result<(), Refused> {
    db.write(move |c| {
        people::get(c, &person)?;
        let (wish, _) = week_letters::of_person(c, &person)?;
        Ok(week_letters::choose(c, &person, Wish { stopped: true, ..wish })?)
    })
    .await
}

/// Reminders for this person again.
pub async fn start(db: &Db, person: PersonId) -> Result<(), Refused> {
    db.write(move |c| Ok(reminders::start(c, &person)?)).await
}
