//! Staff ask services whether they can take somebody, or to keep a place; and who may see what was
//! asked. What a service says is in `answer_enquiry.rs`.

use crate::base::clock::Clock;
use crate::domain::actor::Actor;
use crate::domain::audit::Did;
use crate::domain::enquiry::{Enquiry, EnquiryId, NewEnquiry};
use crate::domain::invalid::Mistakes;
use crate::domain::person::{EmailAddress, PersonId};
use crate::domain::words::{Deed, Kind};
use crate::ops::tell::account;
use crate::ops::{Refused, audit, enquiry_news};
use crate::store::conn::Conn;
use crate::store::{Db, Error, changes, enquiries, people, services};

/// An enquiry as somebody may see it.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// With those of the asked services that they may see.
    pub enquiry: Enquiry,
    /// Where the asker is written to, if a person asked.
    pub contact: Option<EmailAddress>,
    /// The last entry of the log by then: a place that was moved is told by it, or earlier.
    pub seq: i64,
}

pub async fn run(db: &Db, clock: &Clock, actor: Actor, new: NewEnquiry) -> Result<Seen, Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        if !actor.is_staff() {
            return Err(Refused::NotAllowed);
        }
        can_be_asked(c, &new)?;
        let now = clock.now();
        let id = enquiries::add(c, &new, &account(&actor), now)?;
        for service in &new.services {
            let service = services::get(c, service)?.service;
            audit::record(c, now, &actor, Did::on(Deed::EnquiryAsked, &service).saying(id.as_str()))?;
            enquiry_news::tell_service(c, now, &id, &service)?;
        }
        seen_by(c, &actor, &id)
    })
    .await
}

/// An enquiry, for who may see it: staff all of it, a manager what their own services were asked.
pub async fn see(db: &Db, actor: Actor, id: EnquiryId) -> Result<Seen, Refused> {
    db.read(move |c| seen_by(c, &actor, &id)).await
}

pub(super) fn seen_by(c: &mut Conn, actor: &Actor, id: &EnquiryId) -> Result<Seen, Refused> {
    let mut enquiry = enquiries::get(c, id)?;
    if !actor.is_staff() {
        let mut own = Vec::new();
        for asked in enquiry.asked {
            if actor.may_update(&services::get(c, &asked.service)?.service) {
                own.push(asked);
            }
        }
        enquiry.asked = own;
    }
    if enquiry.asked.is_empty() {
        return Err(Refused::NotFound);
    }
    let person = enquiry.asked_by.strip_prefix("person:").map(PersonId::from_text);
    let contact = match person.map(|id| people::get(c, &id)) {
        Some(Ok(person)) => Some(person.email),
        // Somebody who is known no longer can no longer be written to.
        None | Some(Err(Error::NotFound)) => None,
        Some(Err(other)) => return Err(other.into()),
    };
    Ok(Seen { enquiry, contact, seq: changes::last_seq(c)? })
}

/// Only a care home has places to ask for.
fn can_be_asked(c: &mut Conn, new: &NewEnquiry) -> Result<(), Refused> {
    let mut mistakes = Mistakes::default();
    for id in &new.services {
        match services::get(c, id) {
            Ok(stored) if stored.service.left_at.is_none() => {
                if stored.service.facts.kind != Kind::CareHome {
                    mistakes.add("/services", "wrong_kind", format!("{id} gives care at home and has no beds."));
                }
            }
            Ok(_) | Err(Error::NotFound) => {
                mistakes.add("/services", "unknown_service", format!("There is no service with the id {id}."));
            }
            Err(other) => return Err(other.into()),
        }
    }
    Ok(mistakes.or(())?)
}
