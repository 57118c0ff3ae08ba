//! What a signed-in person sees of their own account: where they are signed in, and their passkeys.
//! It changes nothing.

use crate::base::clock::Clock;
use crate::base::stamp::Stamp;
use crate::domain::actor::{Actor, Who};
use crate::domain::audit::Did;
use crate::domain::person::PersonId;
use crate::domain::words::Deed;
use crate::ops::sign_in_session::{Ways, holds, is_enough};
use crate::ops::{Refused, audit};
use crate::store::conn::Conn;
use crate::store::passkeys::Passkey;
use crate::store::sign_in::Session;
use crate::store::{Db, passkeys, people, sign_in};

/// Everything there is to see.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Account {
    /// Those that are still good, latest used first.
    pub sessions: Vec<Session>,
    /// Oldest first.
    pub passkeys: Vec<Passkey>,
}

pub async fn look(db: &Db, clock: &Clock, ways: Ways, actor: Actor) -> Result<Account, Refused> {
    let now = clock.now();
    db.read(move |c| {
        let person = people::get(c, &own(&actor)?)?;
        let mut sessions = Vec::new();
        for session in sign_in::sessions_of(c, &person.id)? {
            if holds(&session, &person, now) && is_enough(c, &person, session.way, ways)? {
                sessions.push(session);
            }
        }
        Ok(Account { sessions, passkeys: passkeys::of_person(c, &person.id)? })
    })
    .await
}

/// Whose account it is: a program has none.
pub(super) fn own(actor: &Actor) -> Result<PersonId, Refused> {
    match &actor.who {
        Who::Person(id) => Ok(id.clone()),
        Who::Public | Who::Token(_) | Who::System => Err(Refused::NotAllowed),
    }
}

/// Writes down what somebody did to their own account, which is the business of all their authorities.
pub(super) fn record(c: &mut Conn, now: Stamp, actor: &Actor, deed: Deed, detail: String) -> Result<(), Refused> {
    let person = own(actor)?;
    let grants = people::get(c, &person)?.grants;
    let concerned = audit::concerned_by(c, &grants)?;
    audit::record(c, now, actor, Did::new(deed).to(&person).concerning(concerned).saying(detail))
}
