//! "Nothing has changed", told from a mail without signing in. The link proves who was asked about
//! which figures; whether they still may, and whether those figures still stand, is looked up anew.

use std::slice;

use crate::base::clock::Clock;
use crate::base::stamp::Stamp;
use crate::domain::actor::Actor;
use crate::domain::care_service::CareService;
use crate::domain::words::Source;
use crate::ops::reminder_link::{AskedAbout, GOOD_FOR};
use crate::ops::tell::{Condition, Telling, Told};
use crate::ops::{Refused, confirm_capacity};
use crate::store::conn::Conn;
use crate::store::tellings::together;
use crate::store::{Db, Error, people, services};

/// What a link leads to.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// The figures stand as they did in the letter.
    Same(CareService),
    /// They have changed since; these are the present ones.
    Changed(CareService),
    /// The link is too old.
    TooOld(CareService),
    /// The person keeps this service's figures no more.
    NotTheirs,
    /// The service has left the register, then.
    Left(CareService, Stamp),
}

/// What the link leads to. Looking changes nothing.
pub async fn look(db: &Db, clock: &Clock, asked: AskedAbout) -> Result<Found, Refused> {
    let now = clock.now();
    db.read(move |c| Ok(find(c, now, &asked)?.0)).await
}

/// Confirms the figures if they stand as they did; otherwise what the link leads to instead. Told
/// again within a day, it answers as the first time.
pub async fn run(db: &Db, clock: &Clock, asked: AskedAbout) -> Result<Result<Told, Found>, Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        let now = clock.now();
        let (found, actor) = find(c, now, &asked)?;
        let (Found::Same(service), Some(actor)) = (&found, actor) else { return Ok(Err(found)) };
        let key = format!("mail {} {} {}", asked.version, asked.at, asked.service);
        let condition = Condition { version: None, idempotency_key: Some(key.clone()), request: key };
        let telling = Telling { actor, id: service.id.clone(), source: Source::Mail, condition };
        together(c, slice::from_ref(&telling.id), |tellings| confirm_capacity::act(tellings, now, &telling)).map(Ok)
    })
    .await
}

fn find(c: &mut Conn, now: Stamp, asked: &AskedAbout) -> Result<(Found, Option<Actor>), Refused> {
    let service = services::get(c, &asked.service)?.service;
    if let Some(left_at) = service.left_at {
        return Ok((Found::Left(service, left_at), None));
    }
    let person = match people::get(c, &asked.person) {
        Err(Error::NotFound) => return Ok((Found::NotTheirs, None)),
        other => other?,
    };
    let actor = Actor::person(person.id, &person.grants);
    if !actor.may_update(&service) {
        return Ok((Found::NotTheirs, None));
    }
    if now.since(asked.at) >= GOOD_FOR {
        return Ok((Found::TooOld(service), None));
    }
    let is_same = service.capacity.version == asked.version
        || service.capacity.changed_at.is_some_and(|changed_at| changed_at <= asked.at);
    Ok(if is_same { (Found::Same(service), Some(actor)) } else { (Found::Changed(service), None) })
}
