//! Ends sessions of one's own account: one of them, or all but the one that asks. Whoever watches the
//! live stream with an ended session is told within seconds.

use crate::base::clock::Clock;
use crate::domain::actor::Actor;
use crate::domain::words::Deed;
use crate::ops::Refused;
use crate::ops::account::{self, own};
use crate::store::conn::Conn;
use crate::store::sign_in::Session;
use crate::store::{Db, sign_in};

/// Ends one, named by its hash.
pub async fn one(db: &Db, clock: &Clock, actor: Actor, hash: String) -> Result<(), Refused> {
    end(db, clock, actor, move |session| session.hash == hash).await
}

/// Ends all but this one.
pub async fn others(db: &Db, clock: &Clock, actor: Actor, this: String) -> Result<(), Refused> {
    end(db, clock, actor, move |session| session.hash != this).await
}

/// Ends those of their own that are meant. One that ended meanwhile is as good.
async fn end(
    db: &Db,
    clock: &Clock,
    actor: Actor,
    is_meant: impl Fn(&Session) -> bool + Send + 'static,
) -> Result<(), Refused> {
    let now = clock.now();
    db.write(move |c: &mut Conn| {
        let person = own(&actor)?;
        for session in sign_in::sessions_of(c, &person)?.iter().filter(|session| is_meant(session)) {
            sign_in::end_session(c, &session.hash)?;
            account::record(c, now, &actor, Deed::SignedOut, format!("session {}", session.mark()))?;
        }
        Ok(())
    })
    .await
}
