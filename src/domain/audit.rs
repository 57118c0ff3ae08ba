//! Entries of the audit: who did what to what, when and from where. People are in it by their ids
//! alone; no secret, link or letter ever is. Who may read which entry is decided in `ops`.

use std::collections::BTreeSet;

use crate::base::stamp::Stamp;
use crate::domain::actor::{Actor, Who};
use crate::domain::authority::AuthorityCode;
use crate::domain::care_service::{CareService, CareServiceId};
use crate::domain::person::{PersonId, Target};
use crate::domain::words::Deed;

crate::typed_id! {
    /// An entry of the audit.
    AuditId
}

/// What an act says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Did {
    pub deed: Deed,
    /// Whom it was done to, if it was a person.
    pub person: Option<PersonId>,
    pub service: Option<CareServiceId>,
    /// Whose business it is.
    pub authorities: BTreeSet<AuthorityCode>,
    /// What else there is to say: a role, an id, a version.
    pub detail: String,
}

impl Did {
    pub fn new(deed: Deed) -> Self {
        Self { deed, person: None, service: None, authorities: BTreeSet::new(), detail: String::new() }
    }

    /// Something done to a service, which is its authority's business.
    pub fn on(deed: Deed, service: &CareService) -> Self {
        let authorities = BTreeSet::from([service.facts.authority.code.clone()]);
        Self { service: Some(service.id.clone()), authorities, ..Self::new(deed) }
    }

    pub fn to(self, person: &PersonId) -> Self {
        Self { person: Some(person.clone()), ..self }
    }

    pub fn saying(self, detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), ..self }
    }

    /// The business of these authorities, too.
    pub fn concerning(mut self, authorities: impl IntoIterator<Item = AuthorityCode>) -> Self {
        self.authorities.extend(authorities);
        self
    }

    /// About what a right is for; a provider's is the business of all its authorities, which the
    /// store knows.
    pub fn about(mut self, target: &Target) -> Self {
        match target {
            Target::Service(id) => self.service = Some(id.clone()),
            Target::Authority(code) => {
                self.authorities.insert(code.clone());
            }
            Target::All | Target::Provider(_) => {}
        }
        self
    }
}

/// An entry, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub id: AuditId,
    pub at: Stamp,
    /// `person:ID`, `token:ID`, `system` or `public`.
    pub actor: String,
    /// In what capacity: "manager", "token Rota", "command line".
    pub label: String,
    pub address: Option<String>,
    pub session: Option<String>,
    pub did: Did,
}

impl Entry {
    pub fn new(at: Stamp, actor: &Actor, did: Did) -> Self {
        Self {
            id: AuditId::fresh(at),
            at,
            actor: actor.who.text(),
            label: actor.label.clone(),
            address: actor.whence.address.map(|address| address.to_string()),
            session: actor.whence.session.clone(),
            did,
        }
    }

    /// The person who acted, if it was one.
    pub fn actor_person(&self) -> Option<PersonId> {
        match Who::parse(&self.actor)? {
            Who::Person(id) => Some(id),
            Who::Public | Who::Token(_) | Who::System => None,
        }
    }
}
