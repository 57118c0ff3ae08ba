//! Takes one of one's own passkeys away: it signs nobody in any more. Sessions that it began stay;
//! they end on their own list.

use crate::base::clock::Clock;
use crate::domain::actor::Actor;
use crate::domain::person::PasskeyId;
use crate::domain::words::Deed;
use crate::ops::Refused;
use crate::ops::account::{self, own};
use crate::ops::sign_in_session::is_fresh;
use crate::store::sign_in::Session;
use crate::store::{Db, passkeys};

pub async fn run(db: &Db, clock: &Clock, actor: Actor, session: Session, id: PasskeyId) -> Result<(), Refused> {
    let now = clock.now();
    db.write(move |c| {
        if passkeys::get(c, &id)?.person != own(&actor)? {
            return Err(Refused::NotFound);
        }
        if !is_fresh(&session, now) {
            return Err(Refused::SignInAgain);
        }
        passkeys::remove(c, &id)?;
        account::record(c, now, &actor, Deed::PasskeyRemoved, String::new())
    })
    .await
}
