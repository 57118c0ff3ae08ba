//! Gives one of one's own passkeys another name. It says nothing of what the passkey may do.

use crate::domain::actor::Actor;
use crate::domain::person::PasskeyId;
use crate::ops::Refused;
use crate::ops::account::own;
use crate::ops::add_passkey::name;
use crate::store::{Db, passkeys};

pub async fn run(db: &Db, actor: Actor, id: PasskeyId, typed: String) -> Result<(), Refused> {
    db.write(move |c| {
        if passkeys::get(c, &id)?.person != own(&actor)? {
            return Err(Refused::NotFound);
        }
        Ok(passkeys::rename(c, &id, &name(&typed)?)?)
    })
    .await
}
