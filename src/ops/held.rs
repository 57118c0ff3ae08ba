//! What is held about a person: handed out to who asks for it on their behalf, and erased. What is held
//! where is known in `store/held.rs`.

use serde_json::Value;

use crate::base::clock::Clock;
use crate::domain::actor::{Actor, Who};
use crate::domain::audit::Did;
use crate::domain::invalid::Invalid;
use crate::domain::person::{EmailAddress, Grant, PersonId};
use crate::domain::words::Deed;
use crate::ops::people_mail::Named;
use crate::ops::{Refused, audit, keepers, reach};
use crate::store::conn::Conn;
use crate::store::held::{self, Whom};
use crate::store::{Db, people};

/// Whom it is about, as somebody names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    Person(PersonId),
    /// Also one that only asked for alerts.
    Address(EmailAddress),
}

/// All of it, as JSON by heading. That somebody looked is written down.
pub async fn export(db: &Db, clock: &Clock, actor: Actor, about: About) -> Result<Value, Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        let (whom, grants) = find(c, &actor, about)?;
        let all = held::all(c, &whom)?;
        written_down(c, &clock, &actor, Deed::PersonExported, (&whom, &grants))?;
        Ok(all)
    })
    .await
}

/// Takes all of it away. The services that have no manager any more; their authorities are told.
pub async fn erase(db: &Db, clock: &Clock, actor: Actor, about: About) -> Result<Vec<Named>, Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        let (whom, grants) = find(c, &actor, about)?;
        if whom.person.clone().is_some_and(|id| actor.who == Who::Person(id)) {
            return Err(Invalid::one("", "yourself", "You cannot erase yourself. Ask another administrator.").into());
        }
        let services = keepers::services_of(c, &grants)?;
        written_down(c, &clock, &actor, Deed::PersonErased, (&whom, &grants))?;
        held::erase(c, &whom)?;
        let left = keepers::without_manager(c, services)?;
        keepers::tell_authorities(c, clock.now(), &left)?;
        Ok(left.iter().map(Named::of).collect())
    })
    .await
}

/// Who it is, for who administers all that they may; whom they do not they need not know.
fn find(c: &mut Conn, actor: &Actor, about: About) -> Result<(Whom, Vec<Grant>), Refused> {
    let person = match &about {
        About::Person(id) => Some(people::get(c, id)?),
        About::Address(email) => people::by_email(c, email)?,
    };
    let (whom, grants) = match (person, about) {
        (Some(person), _) => (Whom { person: Some(person.id), email: person.email }, person.grants),
        (None, About::Address(email)) => (Whom { person: None, email }, Vec::new()),
        (None, About::Person(_)) => return Err(Refused::NotFound),
    };
    let all_theirs = !grants.is_empty() && reach::administered(c, actor, &grants)?.len() == grants.len();
    if all_theirs || actor.is_operator() { Ok((whom, grants)) } else { Err(Refused::NotFound) }
}

fn written_down(
    c: &mut Conn,
    clock: &Clock,
    actor: &Actor,
    deed: Deed,
    (whom, grants): (&Whom, &[Grant]),
) -> Result<(), Refused> {
    let concerned = audit::concerned_by(c, grants)?;
    let did = Did::new(deed).concerning(concerned);
    let did = match &whom.person {
        Some(person) => did.to(person),
        None => did.saying("somebody without a role"),
    };
    audit::record(c, clock.now(), actor, did)
}
