//! What an administrator may act on, target by target, with the services looked up as they are.
//! What a right means is decided in `domain/actor.rs`.

use crate::domain::actor::Actor;
use crate::domain::invalid::Invalid;
use crate::domain::person::{Grant, Target};
use crate::domain::words::Role;
use crate::ops::Refused;
use crate::store::conn::Conn;
use crate::store::services;

/// Whether they may give and take rights for this target. A target that is not there is a mistake.
pub(super) fn may_administer(c: &mut Conn, actor: &Actor, target: &Target) -> Result<bool, Refused> {
    match target {
        Target::All | Target::Authority(_) => Ok(actor.may_administer(target)),
        Target::Service(id) => {
            let stored = services::get(c, id).map_err(|_| missing(id.as_str()))?;
            Ok(actor.may_administer_service(&stored.service))
        }
        Target::Provider(id) => {
            let owned = services::of_provider(c, id)?;
            if owned.is_empty() {
                return Err(missing(id.as_str()));
            }
            Ok(owned.iter().all(|stored| actor.may_administer_service(&stored.service)))
        }
    }
}

/// Those of these grants that they may take away.
pub(super) fn administered(c: &mut Conn, actor: &Actor, grants: &[Grant]) -> Result<Vec<Grant>, Refused> {
    let mut found = Vec::new();
    for grant in grants {
        let may = administers_all(c, actor, std::slice::from_ref(&grant.target))?;
        found.extend(may.then(|| grant.clone()));
    }
    Ok(found)
}

/// Whether this right is theirs to give: as an administrator, or as a manager to a colleague.
pub(super) fn may_give(c: &mut Conn, actor: &Actor, grant: &Grant) -> Result<bool, Refused> {
    if let (Role::Manager, Target::Service(id)) = (grant.role, &grant.target)
        && let Ok(stored) = services::get(c, id)
    {
        return Ok(actor.may_choose_people(&stored.service));
    }
    administers_all(c, actor, std::slice::from_ref(&grant.target))
}

/// Whether all of these given targets are theirs. One that has gone is left to who administers all.
pub(super) fn administers_all(c: &mut Conn, actor: &Actor, targets: &[Target]) -> Result<bool, Refused> {
    for target in targets {
        let may = match may_administer(c, actor, target) {
            Err(Refused::Invalid(_)) => actor.may_administer(&Target::All),
            other => other?,
        };
        if !may {
            return Ok(false);
        }
    }
    Ok(true)
}

fn missing(id: &str) -> Refused {
    Invalid::one("service", "unknown_service", format!("There is no service with the id {id}.")).into()
}
