//! Invites a person to a role: makes them known, grants it, and gives a link that works once.
//! Sending the link is left to who asked.

use chrono::Duration;

use crate::base::clock::Clock;
use crate::base::secret::Secret;
use crate::domain::actor::Actor;
use crate::domain::invalid::Invalid;
use crate::domain::person::{EmailAddress, Grant, PersonId, Target};
use crate::domain::words::Role;
use crate::ops::{Refused, reach};
use crate::store::{Db, people, sign_in};

/// An invitation is good for a week.
pub const GOOD_FOR: Duration = Duration::days(7);

/// Whom, and to what.
#[derive(Clone, Debug)]
pub struct Invitation {
    pub email: EmailAddress,
    pub role: Role,
    pub targets: Vec<Target>,
}

pub async fn run(db: &Db, clock: &Clock, actor: Actor, invitation: Invitation) -> Result<(PersonId, Secret), Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        let targets = targets(&invitation)?;
        for target in &targets {
            if !reach::may_administer(c, &actor, target)? {
                return Err(Refused::NotAllowed);
            }
        }
        let now = clock.now();
        let person = match people::by_email(c, &invitation.email)? {
            Some(person) => person.id,
            None => people::add(c, &invitation.email, now)?,
        };
        for target in targets {
            people::grant(c, &person, &Grant { role: invitation.role, target }, now)?;
        }
        let link = Secret::fresh();
        sign_in::add_invitation(c, &link.hash(), &person, now)?;
        Ok((person, link))
    })
    .await
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
