//! A claim: somebody says that they manage a listed service. Who decides about it is said in `ops`.

use crate::base::stamp::Stamp;
use crate::base::text;
use crate::domain::care_service::CareServiceId;
use crate::domain::invalid::{Invalid, Mistakes};
use crate::domain::person::EmailAddress;

crate::typed_id! {
    /// A claim.
    ClaimId
}

/// A sentence or two; a longer letter is for the phone.
const LONGEST_WORDS: usize = 500;

/// What somebody says of themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewClaim {
    pub service: CareServiceId,
    pub email: EmailAddress,
    pub words: String,
}

impl NewClaim {
    /// Reads the form, or says every mistake in it.
    pub fn parse(service: CareServiceId, email: &str, words: &str) -> Result<Self, Invalid> {
        let mut mistakes = Mistakes::default();
        let address = EmailAddress::parse(email);
        if address.is_none() {
            mistakes.add("email", "bad_email", "Enter an email address in the right form, like name@example.org");
        }
        let words = text::tidy(words);
        match words.chars().count() {
            0 => mistakes.add("words", "required", "Say in a sentence who you are at this service"),
            count if count > LONGEST_WORDS => {
                let detail = format!("Say it in at most {LONGEST_WORDS} characters; this has {count}");
                mistakes.add("words", "too_long", detail);
            }
            _ => {}
        }
        match address {
            Some(email) => mistakes.or(Self { service, email, words }),
            None => Err(mistakes.into_invalid("email", "bad_email", "Enter an email address")),
        }
    }
}

/// Where a claim stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimState {
    /// Its address has not been confirmed.
    Asked,
    /// It waits for a decision.
    Waits,
    Approved,
    Refused,
}

impl ClaimState {
    const ALL: [Self; 4] = [Self::Asked, Self::Waits, Self::Approved, Self::Refused];

    pub const fn word(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Waits => "waits",
            Self::Approved => "approved",
            Self::Refused => "refused",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.word() == word)
    }
}

/// A claim as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    pub id: ClaimId,
    pub service: CareServiceId,
    pub email: EmailAddress,
    pub words: String,
    pub state: ClaimState,
    pub made_at: Stamp,
}
