//! New figures for a care service. Whether they add up was proved before (`CapacityUpdate`).

use crate::base::clock::Clock;
use crate::base::stamp::Stamp;
use crate::domain::capacity::{CapacityUpdate, Line};
use crate::domain::change::ChangeKind;
use crate::domain::invalid::Invalid;
use crate::domain::words::Kind;
use crate::ops::tell::{Told, tell};
use crate::ops::{Refused, confirm_capacity};
use crate::store::Db;
use crate::store::tellings::{Tellings, together};

pub use crate::ops::tell::Telling;

pub async fn run(db: &Db, clock: &Clock, telling: Telling, update: CapacityUpdate) -> Result<Told, Refused> {
    let clock = clock.clone();
    db.tell_capacity(telling.id.clone(), move |tellings| act(tellings, clock.now(), &telling, update.clone())).await
}

/// The same for many services, and for others that nothing has changed: all of it or nothing.
pub async fn run_all(
    db: &Db,
    clock: &Clock,
    updated: Vec<(Telling, CapacityUpdate)>,
    confirmed: Vec<Telling>,
) -> Result<Vec<Told>, Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        let now = clock.now();
        let ids: Vec<_> = updated.iter().map(|(telling, _)| telling).chain(&confirmed).map(|t| t.id.clone()).collect();
        together(c, &ids, |tellings| {
            let mut told = Vec::with_capacity(ids.len());
            for (telling, update) in updated {
                told.push(act(tellings, now, &telling, update)?);
            }
            for telling in confirmed {
                told.push(confirm_capacity::act(tellings, now, &telling)?);
            }
            Ok(told)
        })
    })
    .await
}

/// With others, in a transaction that is open already.
pub fn act(tellings: &mut Tellings, now: Stamp, telling: &Telling, update: CapacityUpdate) -> Result<Told, Refused> {
    tell(tellings, now, telling, ChangeKind::CapacityUpdated, |service| {
        fits(service.facts.kind, &update)?;
        Ok(update.upon(&service.capacity, now))
    })
}

/// The lines are of the service's own kind, whatever the kind was when they were read.
fn fits(kind: Kind, update: &CapacityUpdate) -> Result<(), Refused> {
    let wrong = |line: &Line| match line {
        Line::Bed(_) => kind != Kind::CareHome,
        Line::Hours(_) => kind != Kind::HomeCare,
    };
    match update.lines.iter().position(wrong) {
        None => Ok(()),
        Some(index) => {
            let detail = "A care home has lines of beds, a home-care agency lines of hours.";
            Err(Invalid::one(format!("/lines/{index}"), "wrong_kind", detail).into())
        }
    }
}
