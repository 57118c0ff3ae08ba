//! What a service says to an enquiry, told from a mail or notification without signing in. The link
//! proves who was asked; whether they still may answer, and how things stand, is looked up anew.

use chrono::Duration;

use crate::base::clock::Clock;
use crate::base::secret::Signer;
use crate::base::stamp::Stamp;
use crate::domain::actor::{Actor, Whence};
use crate::domain::care_service::{CareService, CareServiceId};
use crate::domain::enquiry::{Asked, EnquiryId, NewAnswer};
use crate::domain::person::PersonId;
use crate::domain::words::Source;
use crate::ops::Refused;
use crate::ops::answer_enquiry::{self, Answering};
use crate::ops::ask::{Seen, seen_by};
use crate::store::conn::Conn;
use crate::store::{Db, Error, people, services};

/// For so long after it was asked.
pub const GOOD_FOR: Duration = Duration::days(14);

const ANSWER: &str = "answer an enquiry";

/// Proof that a person was asked for a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedOf {
    pub enquiry: EnquiryId,
    pub service: CareServiceId,
    pub person: PersonId,
}

impl AskedOf {
    /// The last part of the link's address.
    pub fn token(&self, signer: &Signer) -> String {
        let content = format!("{}.{}.{}", self.service, self.enquiry, self.person);
        format!("{content}.{}", signer.sign(ANSWER, &content))
    }

    /// Reads it. A link that is not ours leads nowhere.
    pub fn read(signer: &Signer, token: &str) -> Result<Self, Refused> {
        let (content, signature) = token.rsplit_once('.').ok_or(Refused::NotFound)?;
        if !signer.holds(ANSWER, content, signature) {
            return Err(Refused::NotFound);
        }
        let mut parts = content.rsplitn(3, '.');
        let mut next = || parts.next().ok_or(Refused::NotFound);
        let (person, enquiry, service) = (next()?, next()?, next()?);
        Ok(Self {
            enquiry: EnquiryId::from_text(enquiry),
            service: CareServiceId::from_text(service),
            person: PersonId::from_text(person),
        })
    }
}

/// What a link leads to.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// It can be answered, for the first time or anew.
    Open(Box<Standing>),
    /// It was withdrawn, or asked too long ago.
    Over(Box<Standing>),
    /// The person keeps this service's figures no more.
    NotTheirs,
    /// The service has left the register, then.
    Left(Box<CareService>, Stamp),
}

/// How the enquiry stands with the one service.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    pub seen: Seen,
    pub asked: Asked,
    pub service: CareService,
}

/// What the link leads to. Looking changes nothing.
pub async fn look(db: &Db, clock: &Clock, of: AskedOf) -> Result<Found, Refused> {
    let now = clock.now();
    db.read(move |c| Ok(find(c, now, &of)?.0)).await
}

/// Answers, if it can still be answered; how things stand then.
pub async fn run(db: &Db, clock: &Clock, of: AskedOf, whence: Whence, new: NewAnswer) -> Result<Found, Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        let now = clock.now();
        let (found, actor) = find(c, now, &of)?;
        let (Found::Open(_), Some(actor)) = (&found, actor) else { return Ok(found) };
        let actor = actor.acting_from(whence);
        let answering =
            Answering { actor, enquiry: of.enquiry.clone(), service: of.service.clone(), source: Source::Mail };
        answer_enquiry::act(c, now, &answering, &new)?;
        Ok(find(c, now, &of)?.0)
    })
    .await
}

fn find(c: &mut Conn, now: Stamp, of: &AskedOf) -> Result<(Found, Option<Actor>), Refused> {
    let service = services::get(c, &of.service)?.service;
    if let Some(left_at) = service.left_at {
        return Ok((Found::Left(Box::new(service), left_at), None));
    }
    let person = match people::get(c, &of.person) {
        Err(Error::NotFound) => return Ok((Found::NotTheirs, None)),
        other => other?,
    };
    let actor = Actor::person(person.id, &person.grants);
    if !actor.may_update(&service) {
        return Ok((Found::NotTheirs, None));
    }
    let seen = seen_by(c, &actor, &of.enquiry)?;
    let asked = seen.enquiry.asked.iter().find(|asked| asked.service == of.service).ok_or(Refused::NotFound)?.clone();
    let is_over = seen.enquiry.withdrawn_at.is_some() || now.since(seen.enquiry.made_at) >= GOOD_FOR;
    let standing = Box::new(Standing { seen, asked, service });
    Ok(if is_over { (Found::Over(standing), None) } else { (Found::Open(standing), Some(actor)) })
}

#[cfg(test)]
mod tests {
    use crate::base::secret::Secret;

    use super::*;

    #[test]
    fn a_link_is_read_as_it_was_signed_and_not_otherwise() {
        let signer = Signer::new(Secret::fresh());
        let of = AskedOf {
            enquiry: EnquiryId::from_text("e-1"),
            service: CareServiceId::from_text("1-1.2"),
            person: PersonId::from_text("p-1"),
        };
        let token = of.token(&signer);
        assert_eq!(AskedOf::read(&signer, &token), Ok(of));
        for wrong in ["", "a.b", &token.replace("p-1", "p-2"), &token[..token.len() - 1]] {
            assert_eq!(AskedOf::read(&signer, wrong), Err(Refused::NotFound), "{wrong}");
        }
    }
}
