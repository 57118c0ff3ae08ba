//! Who keeps a service's figures, who decides about its people, and who is told when nobody is left.
//! Rights are asked for by the acts themselves.

use std::collections::BTreeMap;

use crate::base::stamp::Stamp;
use crate::domain::authority::AuthorityCode;
use crate::domain::care_service::CareService;
use crate::domain::person::{Grant, Person, Target};
use crate::domain::words::Role;
use crate::ops::Refused;
use crate::ops::people_mail::{self, Named, News};
use crate::store::conn::Conn;
use crate::store::{Error, people, services};

/// The rights by which somebody manages this service.
pub(super) fn managing(service: &CareService) -> Vec<Grant> {
    let provider = service.facts.provider.as_ref().and_then(|provider| provider.id.clone());
    let group = provider.map(|id| Grant { role: Role::GroupManager, target: Target::Provider(id) });
    let own = Grant { role: Role::Manager, target: Target::Service(service.id.clone()) };
    [Some(own), group].into_iter().flatten().collect()
}

/// The managers of a service, those of its provider included; each once.
pub(super) fn managers(c: &mut Conn, service: &CareService) -> Result<Vec<Person>, Refused> {
    let mut found: Vec<Person> = Vec::new();
    for Grant { role, target } in managing(service) {
        for person in people::holding(c, role, &target)? {
            if !found.iter().any(|known| known.id == person.id) {
                found.push(person);
            }
        }
    }
    Ok(found)
}

/// Who looks after an authority: its administrators; operators where it has none.
pub(super) fn administrators(c: &mut Conn, code: &AuthorityCode) -> Result<Vec<Person>, Refused> {
    let found = people::holding(c, Role::Admin, &Target::Authority(code.clone()))?;
    if found.is_empty() { Ok(people::holding(c, Role::Operator, &Target::All)?) } else { Ok(found) }
}

/// Who is asked about a claim: the managers there are, else the authority.
pub(super) fn who_decides(c: &mut Conn, service: &CareService) -> Result<Vec<Person>, Refused> {
    let found = managers(c, service)?;
    if found.is_empty() { administrators(c, &service.facts.authority.code) } else { Ok(found) }
}

/// The services among these rights that are still listed: the one, or all of the provider's.
pub(super) fn services_of(c: &mut Conn, grants: &[Grant]) -> Result<Vec<CareService>, Refused> {
    let mut found = Vec::new();
    for grant in grants.iter().filter(|grant| matches!(grant.role, Role::Manager | Role::GroupManager)) {
        match &grant.target {
            Target::Service(id) => match services::get(c, id) {
                Ok(stored) => found.push(stored.service),
                Err(Error::NotFound) => {}
                Err(other) => return Err(other.into()),
            },
            Target::Provider(id) => {
                found.extend(services::of_provider(c, id)?.into_iter().map(|stored| stored.service))
            }
            Target::All | Target::Authority(_) => {}
        }
    }
    found.retain(|service| service.left_at.is_none());
    Ok(found)
}

/// Those of these services that have no manager.
pub(super) fn without_manager(c: &mut Conn, of: Vec<CareService>) -> Result<Vec<CareService>, Refused> {
    let mut left = Vec::new();
    for service in of {
        if managers(c, &service)?.is_empty() {
            left.push(service);
        }
    }
    Ok(left)
}

/// Tells each authority which of its services have lost their last manager.
pub(super) fn tell_authorities(c: &mut Conn, now: Stamp, left: &[CareService]) -> Result<(), Refused> {
    let mut by_authority: BTreeMap<AuthorityCode, Vec<Named>> = BTreeMap::new();
    for service in left {
        by_authority.entry(service.facts.authority.code.clone()).or_default().push(Named::of(service));
    }
    for (code, services) in by_authority {
        for person in administrators(c, &code)? {
            people_mail::enqueue(c, now, &person.email, News::NobodyLeft { services: services.clone() })?;
        }
    }
    Ok(())
}
