//! Signs in whoever used a passkey. That the signature is right was found out before, against the
//! credential that is passed in: if that has changed meanwhile, somebody else was using it too.

use crate::base::clock::Clock;
use crate::base::secret::Secret;
use crate::domain::person::PasskeyId;
use crate::domain::words::SignInWay;
use crate::ops::Refused;
use crate::ops::sign_in_session::{NewSession, begin};
use crate::store::passkeys::Passkey;
use crate::store::{Db, passkeys};

/// The passkey of this id, to be compared with what the browser sent.
pub async fn find(db: &Db, id: PasskeyId) -> Result<Passkey, Refused> {
    db.read(move |c| Ok(passkeys::get(c, &id)?)).await
}

/// Writes down the new counter and begins a session.
pub async fn run(db: &Db, clock: &Clock, used: Passkey, after: String, new: NewSession) -> Result<Secret, Refused> {
    let now = clock.now();
    db.write(move |c| {
        let stored = passkeys::get(c, &used.id)?;
        if stored.credential != used.credential {
            return Err(Refused::Ended);
        }
        passkeys::see(c, &stored.id, &after, now)?;
        begin(c, &stored.person, SignInWay::Passkey, &new, now)
    })
    .await
}
