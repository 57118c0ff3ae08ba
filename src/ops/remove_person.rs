//! Takes a person's rights away, as far as who acts may: their roles, their sessions and the
//! invitations that they have not used. Their address stays, since the log of sign-ins names it.

use crate::base::clock::Clock;
use crate::domain::actor::{Actor, Who};
use crate::domain::invalid::Invalid;
use crate::domain::person::PersonId;
use crate::domain::words::Deed;
use crate::ops::people_mail::Named;
use crate::ops::{Refused, audit, keepers, reach};
use crate::store::{Db, people, sign_in};

/// The services that have no manager any more; their authorities are told.
pub async fn run(db: &Db, clock: &Clock, actor: Actor, id: PersonId) -> Result<Vec<Named>, Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        let person = people::get(c, &id)?;
        let grants = reach::administered(c, &actor, &person.grants)?;
        if grants.is_empty() {
            // Whom they do not administer they need not know.
            return Err(Refused::NotFound);
        }
        if actor.who == Who::Person(id.clone()) {
            let detail = "You cannot take your own rights away. Ask another administrator.";
            return Err(Invalid::one("", "yourself", detail).into());
        }
        let now = clock.now();
        for grant in &grants {
            people::revoke(c, &id, grant)?;
            audit::record_role(c, now, &actor, Deed::RoleTaken, (&id, grant))?;
        }
        let theirs = keepers::services_of(c, &grants)?;
        let left = keepers::without_manager(c, theirs)?;
        keepers::tell_authorities(c, now, &left)?;
        sign_in::end_invitations_of(c, &id)?;
        // What they may still do, they sign in for again.
        sign_in::end_sessions_of(c, &id)?;
        Ok(left.iter().map(Named::of).collect())
    })
    .await
}
