//! The people of one service, for its managers and its authority: who they are, inviting and removing
//! them, leaving, handing over. A service does not lose its last manager without being asked, nor
//! without its authority being told.

use crate::base::clock::Clock;
use crate::base::stamp::Stamp;
use crate::domain::actor::{Actor, Who};
use crate::domain::care_service::{CareService, CareServiceId};
use crate::domain::claim::Claim;
use crate::domain::invalid::Invalid;
use crate::domain::person::{EmailAddress, Grant, Person, PersonId, Target};
use crate::domain::words::{Deed, Role};
use crate::ops::people_mail::{self, Named, News};
use crate::ops::{Refused, audit, invite, keepers};
use crate::store::conn::Conn;
use crate::store::{Db, claims, people, services, sign_in};

/// Somebody who manages the service.
#[derive(Clone, Debug, PartialEq)]
pub struct Colleague {
    pub id: PersonId,
    pub email: EmailAddress,
    /// Manager of the service itself, or of its provider's.
    pub role: Role,
    pub seen_at: Option<Stamp>,
}

/// The people of a service, and who asks to be one of them.
#[derive(Clone, Debug, PartialEq)]
pub struct People {
    pub service: CareService,
    pub colleagues: Vec<Colleague>,
    pub claims: Vec<Claim>,
}

pub async fn look(db: &Db, actor: Actor, id: CareServiceId) -> Result<People, Refused> {
    db.read(move |c| {
        let service = chosen_by(c, &actor, &id)?;
        let mut colleagues = Vec::new();
        for person in keepers::managers(c, &service)? {
            let seen_at = sign_in::sessions_of(c, &person.id)?.iter().map(|session| session.seen_at).max();
            let role = if person.grants.contains(&own(&id)) { Role::Manager } else { Role::GroupManager };
            colleagues.push(Colleague { id: person.id, email: person.email, role, seen_at });
        }
        let claims = claims::waiting(c)?.into_iter().filter(|claim| claim.service == id).collect();
        Ok(People { service, colleagues, claims })
    })
    .await
}

/// Makes somebody a manager of the service, too. The link goes to them alone.
pub async fn invite(
    db: &Db,
    clock: &Clock,
    actor: Actor,
    id: CareServiceId,
    email: EmailAddress,
) -> Result<(), Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        let service = chosen_by(c, &actor, &id)?;
        welcome(c, &actor, &service, &email, clock.now())
    })
    .await
}

/// Takes the service out of somebody's hands. `sure` lets the last manager go, too.
pub async fn remove(
    db: &Db,
    clock: &Clock,
    actor: Actor,
    id: CareServiceId,
    person: PersonId,
    sure: bool,
) -> Result<(), Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        let service = chosen_by(c, &actor, &id)?;
        let deed = if actor.who == Who::Person(person.clone()) { Deed::RoleLeft } else { Deed::RoleTaken };
        take(c, &actor, &service, (&person, deed), sure, clock.now())
    })
    .await
}

/// Makes somebody else a manager, and goes.
pub async fn hand_over(
    db: &Db,
    clock: &Clock,
    actor: Actor,
    id: CareServiceId,
    email: EmailAddress,
) -> Result<(), Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        let now = clock.now();
        let service = chosen_by(c, &actor, &id)?;
        let Who::Person(own) = &actor.who else { return Err(Refused::NotAllowed) };
        if people::get(c, own)?.email == email {
            let detail = "Enter the address of the person who takes over, not your own";
            return Err(Invalid::one("email", "yourself", detail).into());
        }
        welcome(c, &actor, &service, &email, now)?;
        take(c, &actor, &service, (own, Deed::RoleLeft), false, now)
    })
    .await
}

fn own(id: &CareServiceId) -> Grant {
    Grant { role: Role::Manager, target: Target::Service(id.clone()) }
}

/// A listed service whose people are theirs to choose.
fn chosen_by(c: &mut Conn, actor: &Actor, id: &CareServiceId) -> Result<CareService, Refused> {
    let service = services::get(c, id)?.service;
    if service.left_at.is_some() {
        return Err(Refused::NotFound);
    }
    if actor.may_choose_people(&service) { Ok(service) } else { Err(Refused::NotAllowed) }
}

fn welcome(
    c: &mut Conn,
    actor: &Actor,
    service: &CareService,
    email: &EmailAddress,
    now: Stamp,
) -> Result<(), Refused> {
    let person = invite::grant_to(c, actor, email, [own(&service.id)], now)?;
    let link = invite::link_to_mail(c, actor, &person, now)?.map(|link| link.reveal().to_owned());
    people_mail::enqueue(c, now, email, News::Invited { role: Role::Manager, service: Some(Named::of(service)), link })
}

fn take(
    c: &mut Conn,
    actor: &Actor,
    service: &CareService,
    (id, deed): (&PersonId, Deed),
    sure: bool,
    now: Stamp,
) -> Result<(), Refused> {
    let grant = own(&service.id);
    if people::revoke(c, id, &grant)? == 0 {
        // A manager of the provider is its authorities' to remove, and anybody else is none at all.
        return Err(Refused::NotFound);
    }
    audit::record_role(c, now, actor, deed, (id, &grant))?;
    let left = keepers::without_manager(c, vec![service.clone()])?;
    if !left.is_empty() && !sure {
        return Err(Refused::LastManager);
    }
    keepers::tell_authorities(c, now, &left)?;
    let person = people::get(c, id)?;
    end_if_nothing_is_left(c, &person)
}

/// Who may do nothing more is signed out, and no open invitation signs them in again.
fn end_if_nothing_is_left(c: &mut Conn, person: &Person) -> Result<(), Refused> {
    if person.grants.is_empty() {
        sign_in::end_invitations_of(c, &person.id)?;
        sign_in::end_sessions_of(c, &person.id)?;
    }
    Ok(())
}
