//! A claim is approved or refused, by who chooses the people of its service; who asked is written to.

use crate::base::clock::Clock;
use crate::base::stamp::Stamp;
use crate::domain::actor::Actor;
use crate::domain::audit::Did;
use crate::domain::care_service::CareService;
use crate::domain::claim::{Claim, ClaimId, ClaimState};
use crate::domain::person::{Grant, Target};
use crate::domain::words::{Deed, Role};
use crate::ops::people_mail::{self, Named, News};
use crate::ops::{Refused, audit, invite};
use crate::store::conn::Conn;
use crate::store::{Db, claims, services};

/// They manage the service from now on, and are sent a link.
pub async fn approve(db: &Db, clock: &Clock, actor: Actor, id: ClaimId) -> Result<Claim, Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        let now = clock.now();
        let (claim, service) = decide(c, &actor, &id, ClaimState::Approved)?;
        let grant = Grant { role: Role::Manager, target: Target::Service(service.id.clone()) };
        let person = invite::grant_to(c, &actor, &claim.email, [grant], now)?;
        let link = invite::link_to_mail(c, &actor, &person, now)?.map(|link| link.reveal().to_owned());
        people_mail::enqueue(c, now, &claim.email, News::ClaimApproved { service: Named::of(&service), link })?;
        written_down(c, now, &actor, Did::on(Deed::ClaimApproved, &service).to(&person), claim)
    })
    .await
}

pub async fn refuse(db: &Db, clock: &Clock, actor: Actor, id: ClaimId) -> Result<Claim, Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        let now = clock.now();
        let (claim, service) = decide(c, &actor, &id, ClaimState::Refused)?;
        people_mail::enqueue(c, now, &claim.email, News::ClaimRefused { service: Named::of(&service) })?;
        written_down(c, now, &actor, Did::on(Deed::ClaimRefused, &service), claim)
    })
    .await
}

/// The claim as it is now decided. Who does not choose the service's people may not know of it.
fn decide(c: &mut Conn, actor: &Actor, id: &ClaimId, state: ClaimState) -> Result<(Claim, CareService), Refused> {
    let claim = claims::get(c, id)?;
    let service = services::get(c, &claim.service)?.service;
    if !actor.may_choose_people(&service) || claim.state == ClaimState::Asked {
        return Err(Refused::NotFound);
    }
    if claim.state != ClaimState::Waits {
        return Err(Refused::Ended);
    }
    claims::set_state(c, id, state)?;
    Ok((Claim { state, ..claim }, service))
}

fn written_down(c: &mut Conn, now: Stamp, actor: &Actor, did: Did, claim: Claim) -> Result<Claim, Refused> {
    audit::record(c, now, actor, did.saying(claim.id.as_str()))?;
    Ok(claim)
}
