//! Ends an invitation that nobody has used. The roles that came with it stay.

use crate::domain::actor::Actor;
use crate::ops::{Refused, reach};
use crate::store::{Db, people, sign_in};

/// `hash` is that of the link, by which administrators know it.
pub async fn run(db: &Db, actor: Actor, hash: String) -> Result<(), Refused> {
    db.write(move |c| {
        let invitation = sign_in::invitation(c, &hash)?.ok_or(Refused::NotFound)?;
        let person = people::get(c, &invitation.person)?;
        if reach::administered(c, &actor, &person.grants)?.is_empty() {
            return Err(Refused::NotFound);
        }
        Ok(sign_in::end_invitation(c, &hash)?)
    })
    .await
}
