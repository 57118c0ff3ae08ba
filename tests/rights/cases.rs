//! Who tries an act, and on what: for every try a new service that is theirs and one that is not, and
//! somebody in the role that a column of the table names.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use berth::app::App;
use berth::domain::actor::{Actor, Who};
use berth::domain::authority::AuthorityCode;
use berth::domain::care_service::{CareService, Provider, ProviderId};
use berth::domain::person::{EmailAddress, Grant, PersonId, Target, TokenId};
use berth::domain::words::{Role, Scope};
use berth::store::audit::Search;
use berth::store::{Error, audit, people};

use crate::support::homes::{add, authority, care_home, confirmed, nursing};
use crate::support::{BEGIN, Home, stamp};

/// Some deployment's data, and how many tries it has seen.
pub struct World {
    pub app: Arc<App>,
    tries: AtomicUsize,
}

impl World {
    pub fn new(home: &Home) -> Self {
        Self { app: home.app(), tries: AtomicUsize::new(0) }
    }

    /// What the audit says of somebody, oldest first.
    pub fn deeds_of(&self, actor: &Actor) -> Vec<String> {
        let entries = self.app.db.read_now(|c| audit::newest(c, None, &Search::default(), 100_000)).unwrap();
        let own = entries.into_iter().rev().filter(|entry| entry.actor == actor.who.text());
        own.map(|entry| entry.did.deed.word().to_owned()).collect()
    }
}

/// One try.
pub struct Case {
    pub number: usize,
    pub actor: Actor,
    /// The person in the database, if it is one.
    pub person: Option<PersonId>,
    /// What the act is tried on.
    pub service: CareService,
}

impl Case {
    /// As a column says: `manager: other` is a manager who tries it on a service of somebody else.
    pub async fn new(world: &World, column: &str) -> Self {
        let number = world.tries.fetch_add(1, Ordering::Relaxed);
        let own = service(number, "1", "E10000014", "Hampshire");
        let other = service(number, "2", "E06000044", "Portsmouth");
        add(&world.app.db, stamp(BEGIN), vec![own.clone(), other.clone()]);
        let (who, on) = column.rsplit_once(": ").unwrap_or((column, "own"));
        let rights = Rights::of(who, &own);
        let person = match &rights {
            Rights::Person(grant) => Some(make_person(world, number, grant.clone()).await),
            Rights::Public | Rights::Token(..) => None,
        };
        let actor = match (rights, &person) {
            (Rights::Person(grant), Some(id)) => Actor::person(id.clone(), &[grant]),
            (Rights::Token(scope, target), _) => {
                Actor::token(TokenId::fresh(stamp(BEGIN)), "test", &[scope], &[target])
            }
            (Rights::Public, _) | (Rights::Person(_), None) => Actor::public(),
        };
        let service = if on == "other" { other } else { own };
        Self { number, actor, person, service }
    }

    /// An address that nobody has yet.
    /// Who acts, if that is somebody who signs in.
    pub fn person(&self) -> Option<PersonId> {
        match &self.actor.who {
            Who::Person(id) => Some(id.clone()),
            Who::Public | Who::Token(_) | Who::System => None,
        }
    }

    pub fn email(&self, name: &str) -> EmailAddress {
        EmailAddress::parse(&format!("{name}{}@example.org", self.number)).unwrap()
    }

    pub fn of_service(&self) -> Target {
        Target::Service(self.service.id.clone())
    }

    pub fn of_authority(&self) -> Target {
        Target::Authority(self.service.facts.authority.code.clone())
    }

    pub fn of_provider(&self) -> Target {
        Target::Provider(provider(&self.service))
    }
}

enum Rights {
    Public,
    Person(Grant),
    Token(Scope, Target),
}

impl Rights {
    fn of(who: &str, own: &CareService) -> Self {
        let service = Target::Service(own.id.clone());
        let authority = Target::Authority(AuthorityCode::parse("E10000014").unwrap());
        let person = |role, target| Self::Person(Grant { role, target });
        match who {
            "public" => Self::Public,
            "manager" => person(Role::Manager, service),
            "group_manager" => person(Role::GroupManager, Target::Provider(provider(own))),
            "staff" => person(Role::Staff, Target::All),
            "admin" => person(Role::Admin, authority),
            "operator" => person(Role::Operator, Target::All),
            "capacity:write" => Self::Token(Scope::CapacityWrite, service),
            "staff:read" => Self::Token(Scope::StaffRead, authority),
            "admin token" => Self::Token(Scope::Admin, authority),
            other => panic!("nobody is {other:?}"),
        }
    }
}

async fn make_person(world: &World, number: usize, grant: Grant) -> PersonId {
    let email = EmailAddress::parse(&format!("actor{number}@example.org")).unwrap();
    let make = move |c: &mut berth::store::conn::Conn| {
        let id = people::add(c, &email, stamp(BEGIN))?;
        people::grant(c, &id, &grant, stamp(BEGIN))?;
        Ok::<_, Error>(id)
    };
    world.app.db.write(make).await.unwrap()
}

/// A care home with places, of a provider that runs nothing else.
fn service(number: usize, which: &str, code: &str, name: &str) -> CareService {
    let mut service = care_home(&format!("{which}-{number}"), "Alder House");
    service.facts.authority = authority(code, name);
    let id = ProviderId::from_text(format!("{which}-9{number}"));
    service.facts.provider = Some(Provider { id: Some(id), name: "Example Care".to_owned() });
    service.capacity = confirmed(stamp(BEGIN), vec![nursing(10, 7, 2)]);
    service
}

fn provider(service: &CareService) -> ProviderId {
    service.facts.provider.as_ref().and_then(|provider| provider.id.clone()).unwrap()
}
