//! Signs in whom a council's sign-on vouches for, with the roles that it claims for them. That the
//! voucher is genuine was found out before, in `identity/oidc.rs`.

use crate::base::clock::Clock;
use crate::base::secret::Secret;
use crate::base::stamp::Stamp;
use crate::domain::actor::Actor;
use crate::domain::person::{EmailAddress, Grant, Person};
use crate::domain::words::{Deed, SignInWay};
use crate::ops::sign_in_session::{NewSession, begin};
use crate::ops::{Refused, audit};
use crate::store::conn::Conn;
use crate::store::{Db, identities, people};

/// What the sign-on says of somebody.
#[derive(Clone, Debug)]
pub struct Vouched {
    pub issuer: String,
    pub subject: String,
    /// An address that it has made sure of.
    pub email: Option<EmailAddress>,
    /// The roles it claims for them; those that it claimed before and no longer does go.
    pub grants: Vec<Grant>,
}

/// `NotAllowed` for somebody who then has no role here.
pub async fn run(db: &Db, clock: &Clock, vouched: Vouched, new: NewSession) -> Result<Secret, Refused> {
    let now = clock.now();
    let begun = db
        .write(move |c| {
            let Some(person) = known(c, &vouched, now)? else { return Ok(None) };
            identities::claim(c, &person.id, &vouched.grants, now)?;
            let after = people::get(c, &person.id)?;
            record(c, &person, &after, now)?;
            if after.grants.is_empty() {
                return Ok(None);
            }
            begin(c, &person.id, SignInWay::SingleSignOn, &new, now).map(Some)
        })
        .await?;
    // Roles that went had to be committed, so this is an answer inside and a refusal outside.
    begun.ok_or(Refused::NotAllowed)
}

/// Writes down what the claim gave and took.
fn record(c: &mut Conn, before: &Person, after: &Person, now: Stamp) -> Result<(), Refused> {
    let actor = Actor::system("single sign-on");
    for (deed, these, those) in [(Deed::RoleGiven, after, before), (Deed::RoleTaken, before, after)] {
        for grant in these.grants.iter().filter(|grant| !those.grants.contains(grant)) {
            audit::record_role(c, now, &actor, deed, (&after.id, grant))?;
        }
    }
    Ok(())
}

/// Known by their subject; the first time by their address, or new if a role is claimed for them.
fn known(c: &mut Conn, vouched: &Vouched, now: Stamp) -> Result<Option<Person>, Refused> {
    if let Some(person) = identities::person(c, &vouched.issuer, &vouched.subject)? {
        return Ok(Some(person));
    }
    let Some(email) = &vouched.email else { return Ok(None) };
    let person = match people::by_email(c, email)? {
        Some(person) => person,
        None if vouched.grants.is_empty() => return Ok(None),
        None => {
            let id = people::add(c, email, now)?;
            people::get(c, &id)?
        }
    };
    identities::add(c, &vouched.issuer, &vouched.subject, &person.id, now)?;
    Ok(Some(person))
}
