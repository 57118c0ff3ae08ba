//! Adds a passkey to one's own account. That its authenticator made it for us was found out before,
//! in `identity/passkey.rs`.

use crate::base::clock::Clock;
use crate::base::text;
use crate::domain::actor::Actor;
use crate::domain::invalid::Invalid;
use crate::domain::person::PasskeyId;
use crate::domain::words::{Deed, SignInWay};
use crate::ops::Refused;
use crate::ops::account::{self, own};
use crate::ops::sign_in_session::is_fresh;
use crate::store::passkeys::Passkey;
use crate::store::sign_in::Session;
use crate::store::{Db, Error, passkeys, sign_in};

/// A person has a few devices and a spare key; more than this is a fault or a flood.
const MOST: usize = 20;
/// A name must fit on one line of a phone.
const LONGEST_NAME: usize = 60;

/// A passkey as its authenticator made it.
#[derive(Clone, Debug)]
pub struct NewPasskey {
    pub id: PasskeyId,
    pub credential: String,
    pub name: String,
}

/// Adds it; the session that added it counts from now on as begun with it.
pub async fn run(db: &Db, clock: &Clock, actor: Actor, session: Session, new: NewPasskey) -> Result<(), Refused> {
    let now = clock.now();
    db.write(move |c| {
        let person = own(&actor)?;
        if !is_fresh(&session, now) {
            return Err(Refused::SignInAgain);
        }
        if passkeys::of_person(c, &person)?.len() >= MOST {
            let detail = "You have 20 passkeys. Remove one that you no longer use.";
            return Err(Invalid::one("name", "too_many", detail).into());
        }
        let name = name(&new.name)?;
        let passkey = Passkey { id: new.id, person, name, credential: new.credential, made_at: now, used_at: None };
        match passkeys::add(c, &passkey) {
            Err(Error::Conflict) => {
                let detail = "This device is registered already.";
                Err(Invalid::one("name", "known", detail).into())
            }
            other => other.map_err(Refused::from),
        }?;
        sign_in::strengthen_session(c, &session.hash, SignInWay::Passkey)?;
        account::record(c, now, &actor, Deed::PasskeyAdded, String::new())
    })
    .await
}

/// What they call it.
pub(super) fn name(typed: &str) -> Result<String, Invalid> {
    let name = text::tidy(typed);
    match name.chars().count() {
        0 => Err(Invalid::one("name", "required", "Enter a name for the passkey")),
        1..=LONGEST_NAME => Ok(name),
        _ => Err(Invalid::one("name", "too_long", "The name must be 60 characters or fewer")),
    }
}
