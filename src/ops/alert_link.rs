//! The signed links of an alert's mails: whoever holds one may confirm, change or end that alert,
//! signed in or not. No table holds them; they end with the alert.

use crate::base::secret::Signer;
use crate::domain::actor::{Actor, Who};
use crate::domain::alert::{Alert, AlertId};
use crate::ops::Refused;

/// What a link lets its holder do; a link for one thing is no good for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Start the alert: only the mail that asks for it holds this one.
    Confirm,
    /// Change or end it.
    Manage,
}

impl Purpose {
    const fn word(self) -> &'static str {
        match self {
            Self::Confirm => "confirm alert",
            Self::Manage => "manage alert",
        }
    }
}

/// The last part of a link's address: the alert and the proof.
pub fn token(signer: &Signer, purpose: Purpose, alert: &AlertId) -> String {
    format!("{alert}.{}", signer.sign(purpose.word(), alert.as_str()))
}

/// Proof that somebody holds a link of this alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    alert: AlertId,
}

impl Held {
    /// Reads the last part of a link's address. A link that is not ours leads nowhere.
    pub fn read(signer: &Signer, purpose: Purpose, token: &str) -> Result<Self, Refused> {
        let (alert, signature) = token.rsplit_once('.').ok_or(Refused::NotFound)?;
        if !signer.holds(purpose.word(), alert, signature) {
            return Err(Refused::NotFound);
        }
        Ok(Self { alert: AlertId::from_text(alert) })
    }

    pub fn alert(&self) -> &AlertId {
        &self.alert
    }
}

/// By what right somebody handles an alert.
#[derive(Clone, Debug)]
pub enum By {
    Actor(Box<Actor>),
    Link(Held),
}

impl From<Actor> for By {
    fn from(actor: Actor) -> Self {
        Self::Actor(Box::new(actor))
    }
}

impl By {
    /// Who it is, for the audit: whoever holds a link is the public.
    pub(super) fn actor(&self) -> Actor {
        match self {
            Self::Actor(actor) => (**actor).clone(),
            Self::Link(_) => Actor::public(),
        }
    }

    /// Whose alert it is not may not know of it either.
    pub(super) fn check(&self, alert: &Alert) -> Result<(), Refused> {
        let may = match self {
            Self::Link(held) => held.alert == alert.id,
            Self::Actor(actor) => match &actor.who {
                Who::Person(id) => alert.person.as_ref() == Some(id),
                Who::System => true,
                Who::Public | Who::Token(_) => false,
            },
        };
        if may { Ok(()) } else { Err(Refused::NotFound) }
    }
}

#[cfg(test)]
mod tests {
    use crate::base::secret::Secret;

    use super::*;

    #[test]
    fn a_link_opens_its_own_alert_for_its_own_purpose_only() {
        let signer = Signer::new(Secret::fresh());
        let alert = AlertId::from_text("a-1");
        let link = token(&signer, Purpose::Manage, &alert);
        assert_eq!(Held::read(&signer, Purpose::Manage, &link).unwrap().alert(), &alert);
        assert_eq!(Held::read(&signer, Purpose::Confirm, &link), Err(Refused::NotFound));
        for wrong in ["", "a-1", &link.replace("a-1", "a-2"), &link[..link.len() - 1]] {
            assert_eq!(Held::read(&signer, Purpose::Manage, wrong), Err(Refused::NotFound), "{wrong}");
        }
    }
}
