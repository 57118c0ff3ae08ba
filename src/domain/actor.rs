//! Who acts, and what they may: the rights of roles and tokens, decided in one place.
//! Whether somebody is signed in is found out elsewhere.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::domain::authority::AuthorityCode;
use crate::domain::care_service::{CareService, CareServiceId, ProviderId};
use crate::domain::person::{Grant, PersonId, Target, TokenId};
use crate::domain::view::View;
use crate::domain::words::{Role, Scope};

/// Everybody and everything that can ask for something.
#[derive(Clone, Debug, PartialEq)]
pub struct Actor {
    pub who: Who,
    rights: Rights,
    /// In what capacity, for the log: "manager", "token Rota". Never a person's name.
    pub label: String,
    /// From where they act, for the audit.
    pub whence: Whence,
}

/// From where somebody acts, as far as that is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Whence {
    pub address: Option<IpAddr>,
    /// Which session, by a mark that opens nothing.
    pub session: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    /// Nobody we know: the public.
    Public,
    Person(PersonId),
    Token(TokenId),
    /// The service itself: imports, the command line, jobs.
    System,
}

impl Who {
    /// One text for tables: `person:ID`, `token:ID`, `system`, `public`.
    pub fn text(&self) -> String {
        match self {
            Self::Public => "public".to_owned(),
            Self::Person(id) => format!("person:{id}"),
            Self::Token(id) => format!("token:{id}"),
            Self::System => "system".to_owned(),
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once(':') {
            Some(("person", id)) => Some(Self::Person(PersonId::from_text(id))),
            Some(("token", id)) => Some(Self::Token(TokenId::from_text(id))),
            Some(_) => None,
            None => [Self::Public, Self::System].into_iter().find(|who| who.text() == text),
        }
    }
}

/// For which services a right holds.
#[derive(Clone, Debug, Default, PartialEq)]
struct Reach {
    all: bool,
    services: BTreeSet<CareServiceId>,
    providers: BTreeSet<ProviderId>,
    authorities: BTreeSet<AuthorityCode>,
}

impl Reach {
    fn add(&mut self, target: &Target) {
        match target {
            Target::All => self.all = true,
            Target::Service(id) => {
                self.services.insert(id.clone());
            }
            Target::Provider(id) => {
                self.providers.insert(id.clone());
            }
            Target::Authority(code) => {
                self.authorities.insert(code.clone());
            }
        }
    }

    fn holds(&self, service: &CareService) -> bool {
        let provider = service.facts.provider.as_ref().and_then(|provider| provider.id.as_ref());
        self.all
            || self.services.contains(&service.id)
            || self.authorities.contains(&service.facts.authority.code)
            || provider.is_some_and(|id| self.providers.contains(id))
    }

    fn is_empty(&self) -> bool {
        !self.all && self.services.is_empty() && self.providers.is_empty() && self.authorities.is_empty()
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Rights {
    update: Reach,
    /// To write down what a service said on the phone.
    report: Reach,
    see: Reach,
    /// Whose services' people they choose: managers their own, administrators their authority's.
    people: Reach,
    administer: Reach,
    operate: bool,
    staff: bool,
}

impl Actor {
    pub fn public() -> Self {
        let label = "public".to_owned();
        Self { who: Who::Public, rights: Rights::default(), label, whence: Whence::default() }
    }

    /// The machine's own hand: the command line and jobs.
    pub fn system(label: impl Into<String>) -> Self {
        let everything = Reach { all: true, ..Reach::default() };
        let rights = Rights {
            update: everything.clone(),
            report: everything.clone(),
            see: everything.clone(),
            people: everything.clone(),
            administer: everything,
            operate: true,
            staff: true,
        };
        Self { who: Who::System, rights, label: label.into(), whence: Whence::default() }
    }

    /// The same, acting from there.
    pub fn acting_from(self, whence: Whence) -> Self {
        Self { whence, ..self }
    }

    pub fn person(id: PersonId, grants: &[Grant]) -> Self {
        let mut rights = Rights::default();
        for grant in grants {
            match grant.role {
                Role::Manager | Role::GroupManager => {
                    rights.update.add(&grant.target);
                    rights.see.add(&grant.target);
                    rights.people.add(&grant.target);
                }
                Role::Staff => {
                    rights.staff = true;
                    rights.see.all = true;
                    rights.report.add(&grant.target);
                }
                Role::Admin => {
                    rights.staff = true;
                    rights.see.all = true;
                    rights.update.add(&grant.target);
                    rights.people.add(&grant.target);
                    rights.report.add(&grant.target);
                    rights.administer.add(&grant.target);
                }
                Role::Operator => {
                    rights.staff = true;
                    rights.operate = true;
                    rights.see.all = true;
                    rights.update.all = true;
                    rights.people.all = true;
                    rights.report.all = true;
                    rights.administer.all = true;
                }
            }
        }
        let label = grants.iter().map(|grant| grant.role).max().map_or("person", Role::word);
        Self { who: Who::Person(id), rights, label: label.to_owned(), whence: Whence::default() }
    }

    pub fn token(id: TokenId, name: &str, scopes: &[Scope], targets: &[Target]) -> Self {
        let mut rights = Rights::default();
        for scope in scopes {
            for target in targets {
                match scope {
                    Scope::CapacityWrite => {
                        rights.update.add(target);
                        rights.see.add(target);
                    }
                    Scope::StaffRead => {
                        rights.staff = true;
                        rights.see.all = true;
                    }
                    Scope::Admin => {
                        rights.staff = true;
                        rights.see.all = true;
                        rights.update.add(target);
                        rights.people.add(target);
                        rights.administer.add(target);
                    }
                }
            }
        }
        Self { who: Who::Token(id), rights, label: format!("token {name}"), whence: Whence::default() }
    }

    pub fn is_signed_in(&self) -> bool {
        self.who != Who::Public
    }

    /// May update, adjust and confirm the capacity of this service.
    pub fn may_update(&self, service: &CareService) -> bool {
        self.rights.update.holds(service)
    }

    /// May write down what this service says on the phone: staff of its authority, marked as such.
    pub fn may_report(&self, service: &CareService) -> bool {
        self.rights.report.holds(service)
    }

    /// In what capacity they write down what this service said: "staff of Hampshire".
    pub fn label_of_report(&self, service: &CareService) -> String {
        if self.rights.report.all {
            return self.label.clone();
        }
        format!("{} of {}", self.label, service.facts.authority.name)
    }

    /// May update at least something, so that the update pages have a meaning.
    pub fn may_update_some(&self) -> bool {
        !self.rights.update.is_empty()
    }

    /// May use what is for staff: the board, enquiries.
    pub fn is_staff(&self) -> bool {
        self.rights.staff
    }

    /// May see, invite and remove the managers of this service.
    pub fn may_choose_people(&self, service: &CareService) -> bool {
        self.rights.people.holds(service)
    }

    /// May invite and revoke for this target.
    pub fn may_administer(&self, target: &Target) -> bool {
        let reach = &self.rights.administer;
        match target {
            Target::All => reach.all,
            Target::Authority(code) => reach.all || reach.authorities.contains(code),
            Target::Service(_) | Target::Provider(_) => reach.all,
        }
    }

    /// May change the people and the facts of this service.
    pub fn may_administer_service(&self, service: &CareService) -> bool {
        self.rights.administer.holds(service)
    }

    /// May read the audit, at least that of some authority.
    pub fn may_read_audit(&self) -> bool {
        self.rights.operate || !self.rights.administer.authorities.is_empty()
    }

    pub fn may_administer_some(&self) -> bool {
        !self.rights.administer.is_empty()
    }

    /// Who they are and all that they may, in one text that differs when either does.
    pub fn rights_text(&self) -> String {
        format!("{:?} {:?}", self.who, self.rights)
    }

    /// The authorities that they administer, each by itself.
    pub fn administered_authorities(&self) -> BTreeSet<AuthorityCode> {
        self.rights.administer.authorities.clone()
    }

    pub fn is_operator(&self) -> bool {
        self.rights.operate
    }

    /// How much of this service they see.
    pub fn view(&self, service: &CareService) -> View {
        if self.rights.see.holds(service) { View::Staff } else { View::Public }
    }

    /// The one view for all services, if it does not depend on the service.
    pub fn uniform_view(&self) -> Option<View> {
        match (&self.rights.see.all, self.rights.see.is_empty()) {
            (true, _) => Some(View::Staff),
            (false, true) => Some(View::Public),
            (false, false) => None,
        }
    }
}
