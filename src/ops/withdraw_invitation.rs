//! Ends an invitation that nobody has used. The roles that came with it stay.

use crate::base::clock::Clock;
use crate::domain::actor::Actor;
use crate::domain::audit::Did;
use crate::domain::words::Deed;
use crate::ops::{Refused, audit, reach};
use crate::store::{Db, people, sign_in};

/// `hash` is that of the link, by which administrators know it.
pub async fn run(db: &Db, clock: &Clock, actor: Actor, hash: String) -> Result<(), Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        let invitation = sign_in::invitation(c, &hash)?.ok_or(Refused::NotFound)?;
        let person = people::get(c, &invitation.person)?;
        if reach::administered(c, &actor, &person.grants)?.is_empty() {
            return Err(Refused::NotFound);
        }
        sign_in::end_invitation(c, &hash)?;
        let concerned = audit::concerned_by(c, &person.grants)?;
        let did = Did::new(Deed::InvitationWithdrawn).to(&person.id).concerning(concerned);
        audit::record(c, clock.now(), &actor, did)
    })
    .await
}
