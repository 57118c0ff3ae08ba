//! People and programs that sign in: their ids, addresses and what they were granted.
//! What a grant allows is decided in `actor.rs`.

use crate::base::text;
use crate::domain::authority::AuthorityCode;
use crate::domain::care_service::{CareService, CareServiceId, ProviderId};
use crate::domain::words::Role;

crate::typed_id! {
    /// A person who signs in.
    PersonId
}

crate::typed_id! {
    /// A bearer token of a program.
    TokenId
}

crate::typed_id! {
    /// A passkey, by the id that its authenticator gave it (base64url).
    PasskeyId
}

/// An email address: enough of its shape is checked to catch slips and to be safe in a header.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// The longest that SMTP carries (RFC 5321).
    const LONGEST: usize = 254;

    /// Reads what people type; the domain is folded to lower case, and so is the whole for comparison.
    pub fn parse(typed: &str) -> Option<Self> {
        let address = typed.trim();
        let (local, domain) = address.rsplit_once('@')?;
        let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"\"(),:;<>@[\\]".contains(c);
        let right = address.len() <= Self::LONGEST
            && !local.is_empty()
            && local.len() <= 64
            && local.chars().all(plain)
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..")
            && !domain.is_empty()
            && domain.split('.').all(|label| {
                !label.is_empty()
                    && !label.starts_with('-')
                    && !label.ends_with('-')
                    && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            });
        right.then(|| Self(address.to_lowercase()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// For what a role or a token holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    All,
    Service(CareServiceId),
    Provider(ProviderId),
    Authority(AuthorityCode),
}

impl Target {
    /// One text for the database: `all`, `service:1-1`, `provider:1-2`, `authority:E10000014`.
    pub fn text(&self) -> String {
        match self {
            Self::All => "all".to_owned(),
            Self::Service(id) => format!("service:{id}"),
            Self::Provider(id) => format!("provider:{id}"),
            Self::Authority(code) => format!("authority:{code}"),
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once(':') {
            None => (text == "all").then_some(Self::All),
            Some(("service", id)) => Some(Self::Service(CareServiceId::from_text(id))),
            Some(("provider", id)) => Some(Self::Provider(ProviderId::from_text(id))),
            Some(("authority", code)) => AuthorityCode::parse(code).map(Self::Authority),
            Some(_) => None,
        }
    }
}

impl Target {
    /// Whether this service is part of it.
    pub fn covers(&self, service: &CareService) -> bool {
        match self {
            Self::All => true,
            Self::Service(id) => service.id == *id,
            Self::Authority(code) => service.facts.authority.code == *code,
            Self::Provider(id) => service.facts.provider.as_ref().and_then(|provider| provider.id.as_ref()) == Some(id),
        }
    }
}

/// One role for one target.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    pub role: Role,
    pub target: Target,
}

/// A person as the sign-in pages and the administrators know them.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    pub id: PersonId,
    pub email: EmailAddress,
    pub grants: Vec<Grant>,
}

impl Person {
    /// A name for a page: the part of the address before the `@`.
    pub fn short_name(&self) -> String {
        text::tidy(self.email.as_str().split('@').next().unwrap_or_default())
    }

    /// Has rights over others, so that a mailbox alone is too little to prove who they are.
    pub fn administers(&self) -> bool {
        self.grants.iter().any(|grant| matches!(grant.role, Role::Admin | Role::Operator))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_typed_but_never_with_room_for_a_header() {
        assert_eq!(EmailAddress::parse(" Ana.Example@Example.ORG ").unwrap().as_str(), "ana.example@example.org");
        for wrong in ["", "a", "@b.c", "a@", "a b@c.d", "a@b..c", "a@b.c\r\nBcc: x@y.z", "a@-b.c", "a,b@c.d", ".a@b.c"]
        {
            assert_eq!(EmailAddress::parse(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_target_survives_its_text() {
        for text in ["all", "service:1-1", "provider:1-2", "authority:E10000014"] {
            assert_eq!(Target::parse(text).unwrap().text(), text);
        }
        assert_eq!(Target::parse("authority:Hampshire"), None);
    }
}
