//! The signed links of letters to who keeps services: one says that nothing has changed at a service,
//! for who holds it, signed in or not; others stop such letters for a person. No table holds them.

use chrono::{DateTime, Duration};

use crate::base::secret::Signer;
use crate::base::stamp::Stamp;
use crate::domain::care_service::CareServiceId;
use crate::domain::person::PersonId;
use crate::ops::Refused;

/// A fortnight's leave: who comes back from it finds a newer mail, and older figures are not to be
/// confirmed from memory.
pub const GOOD_FOR: Duration = Duration::days(14);

const NOTHING_CHANGED: &str = "nothing has changed";

/// What a link stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stops {
    Reminders,
    Week,
}

impl Stops {
    const fn purpose(self) -> &'static str {
        match self {
            Self::Reminders => "stop reminders",
            Self::Week => "stop weekly mails",
        }
    }
}

/// Proof that a person was asked about the figures of a service as they were in this version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedAbout {
    pub service: CareServiceId,
    pub person: PersonId,
    pub version: i64,
    /// When the letter was written, to the second.
    pub at: Stamp,
}

impl AskedAbout {
    /// The last part of the link's address.
    pub fn token(&self, signer: &Signer) -> String {
        let content = format!("{}.{}.{}.{}", self.service, self.person, self.version, self.at.utc().timestamp());
        format!("{content}.{}", signer.sign(NOTHING_CHANGED, &content))
    }

    /// Reads it. A link that is not ours leads nowhere.
    pub fn read(signer: &Signer, token: &str) -> Result<Self, Refused> {
        let (content, signature) = token.rsplit_once('.').ok_or(Refused::NotFound)?;
        if !signer.holds(NOTHING_CHANGED, content, signature) {
            return Err(Refused::NotFound);
        }
        let mut parts = content.rsplitn(4, '.');
        let mut next = || parts.next().ok_or(Refused::NotFound);
        let (at, version, person, service) = (next()?, next()?, next()?, next()?);
        let at = at.parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0)).ok_or(Refused::NotFound)?;
        Ok(Self {
            service: CareServiceId::from_text(service),
            person: PersonId::from_text(person),
            version: version.parse().map_err(|_| Refused::NotFound)?,
            at: Stamp::new(at),
        })
    }
}

/// The last part of the address that stops such letters for a person.
pub fn stop_token(signer: &Signer, stops: Stops, person: &PersonId) -> String {
    format!("{person}.{}", signer.sign(stops.purpose(), person.as_str()))
}

pub fn read_stop(signer: &Signer, stops: Stops, token: &str) -> Result<PersonId, Refused> {
    let (person, signature) = token.rsplit_once('.').ok_or(Refused::NotFound)?;
    if signer.holds(stops.purpose(), person, signature) {
        Ok(PersonId::from_text(person))
    } else {
        Err(Refused::NotFound)
    }
}

#[cfg(test)]
mod tests {
    use crate::base::secret::Secret;

    use super::*;

    #[test]
    fn a_link_is_read_as_it_was_signed_and_not_otherwise() {
        let signer = Signer::new(Secret::fresh());
        let asked = AskedAbout {
            service: CareServiceId::from_text("1-1.2"),
            person: PersonId::from_text("p-1"),
            version: 12,
            at: Stamp::parse("2026-11-23T09:00:00Z").unwrap(),
        };
        let token = asked.token(&signer);
        assert_eq!(AskedAbout::read(&signer, &token), Ok(asked));
        for wrong in ["", "a.b", &token.replace(".12.", ".13."), &token[..token.len() - 1]] {
            assert_eq!(AskedAbout::read(&signer, wrong), Err(Refused::NotFound), "{wrong}");
        }
        let person = PersonId::from_text("p-1");
        let stop = stop_token(&signer, Stops::Reminders, &person);
        assert_eq!(read_stop(&signer, Stops::Reminders, &stop), Ok(person));
        assert_eq!(read_stop(&signer, Stops::Week, &stop), Err(Refused::NotFound));
        assert_eq!(AskedAbout::read(&signer, &stop), Err(Refused::NotFound));
        assert_eq!(read_stop(&signer, Stops::Reminders, &token), Err(Refused::NotFound));
    }
}
