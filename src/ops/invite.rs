//! Invites a person to a role: makes them known, grants it, and gives a link that works once.
//! Sending the link is left to who asked, but for people whose other roles are not theirs to give.

use chrono::Duration;

use crate::base::clock::Clock;
use crate::base::secret::Secret;
use crate::base::stamp::Stamp;
use crate::domain::actor::Actor;
use crate::domain::invalid::Invalid;
use crate::domain::person::{EmailAddress, Grant, PersonId, Target};
use crate::domain::words::{Deed, Role};
use crate::ops::people_mail::{self, Named, News};
use crate::ops::{Refused, audit, reach};
use crate::store::conn::Conn;
use crate::store::{Db, people, services, sign_in};

/// An invitation is good for a week.
pub const GOOD_FOR: Duration = Duration::days(7);

/// Whom, and to what.
#[derive(Clone, Debug)]
pub struct Invitation {
    pub email: EmailAddress,
    pub role: Role,
    pub targets: Vec<Target>,
}

/// The link is good for all that the person may, so it is given only to who could give all of that.
pub async fn run(db: &Db, clock: &Clock, actor: Actor, invitation: Invitation) -> Result<(PersonId, Secret), Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        let now = clock.now();
        let person = give(c, &actor, &invitation, now)?;
        let link = link_for(c, &actor, &person, now)?.ok_or(Refused::NotAllowed)?;
        Ok((person, link))
    })
    .await
}

/// The same, where somebody who has other roles, too, is told by mail instead: `None`.
pub async fn or_mail(db: &Db, clock: &Clock, actor: Actor, invitation: Invitation) -> Result<Option<Secret>, Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        let now = clock.now();
        let person = give(c, &actor, &invitation, now)?;
        let link = link_for(c, &actor, &person, now)?;
        if link.is_none() {
            let service = match invitation.targets.first() {
                Some(Target::Service(id)) => Some(Named::of(&services::get(c, id)?.service)),
                Some(Target::All | Target::Provider(_) | Target::Authority(_)) | None => None,
            };
            let news = News::Invited { role: invitation.role, service, link: None };
            people_mail::enqueue(c, now, &invitation.email, news)?;
        }
        Ok(link)
    })
    .await
}

/// Makes them known and gives what the invitation says, as far as who invites may.
fn give(c: &mut Conn, actor: &Actor, invitation: &Invitation, now: Stamp) -> Result<PersonId, Refused> {
    let targets = targets(invitation)?;
    for target in &targets {
        if !reach::may_administer(c, actor, target)? {
            return Err(Refused::NotAllowed);
        }
    }
    let grants = targets.into_iter().map(|target| Grant { role: invitation.role, target });
    grant_to(c, actor, &invitation.email, grants, now)
}

/// Gives these roles to who has this address. Whether that may be was asked before.
pub(super) fn grant_to(
    c: &mut Conn,
    actor: &Actor,
    email: &EmailAddress,
    grants: impl IntoIterator<Item = Grant>,
    now: Stamp,
) -> Result<PersonId, Refused> {
    let person = match people::by_email(c, email)? {
        Some(person) => person.id,
        None => people::add(c, email, now)?,
    };
    for grant in grants {
        people::grant(c, &person, &grant, now)?;
        audit::record_role(c, now, actor, Deed::RoleGiven, (&person, &grant))?;
    }
    Ok(person)
}

/// A link that signs in as this person, or none where it would open more than is this actor's to give.
pub(super) fn link_for(c: &mut Conn, actor: &Actor, person: &PersonId, now: Stamp) -> Result<Option<Secret>, Refused> {
    for grant in people::get(c, person)?.grants {
        if !reach::may_give(c, actor, &grant)? {
            return Ok(None);
        }
    }
    let link = Secret::fresh();
    sign_in::add_invitation(c, &link.hash(), person, now)?;
    Ok(Some(link))
}

/// The same to be sent by mail: nobody who has rights over others gets in by their mailbox alone.
pub(super) fn link_to_mail(
    c: &mut Conn,
    actor: &Actor,
    person: &PersonId,
    now: Stamp,
) -> Result<Option<Secret>, Refused> {
    if people::get(c, person)?.administers() { Ok(None) } else { link_for(c, actor, person, now) }
}

/// For what each role is granted: a manager for services, an administrator for authorities.
fn targets(invitation: &Invitation) -> Result<Vec<Target>, Invalid> {
    let chosen = |right: fn(&Target) -> bool| {
        invitation.targets.iter().filter(|target| right(target)).cloned().collect::<Vec<_>>()
    };
    let (targets, sentence) = match invitation.role {
        Role::Manager => {
            (chosen(|t| matches!(t, Target::Service(_))), "A manager needs at least one service: --service ID.")
        }
        Role::GroupManager => (
            chosen(|t| matches!(t, Target::Provider(_))),
            "A group manager needs a service of the provider: --service ID.",
        ),
        Role::Admin => {
            (chosen(|t| matches!(t, Target::Authority(_))), "An administrator needs an authority: --authority CODE.")
        }
        Role::Staff => {
            let named = chosen(|t| matches!(t, Target::Authority(_)));
            (if named.is_empty() { vec![Target::All] } else { named }, "")
        }
        Role::Operator => (vec![Target::All], ""),
    };
    if targets.is_empty() {
        return Err(Invalid::one("target", "required", sentence));
    }
    Ok(targets)
}
