//! Alerts: a saved filter that notifies someone. Finding what matches and sending are elsewhere.

use crate::domain::person::{EmailAddress, PersonId};
use crate::domain::words::AlertChannel;

crate::typed_id! {
    /// A saved alert.
    AlertId
}

/// Whether an alert notifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AlertState {
    /// Waits for its address to be confirmed.
    Asked,
    Active,
    Ended,
}

impl AlertState {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Active => "active",
            Self::Ended => "ended",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        [Self::Asked, Self::Active, Self::Ended].into_iter().find(|state| state.word() == word)
    }
}

/// A filter that notifies.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    pub id: AlertId,
    /// The signed-in person it belongs to, if any.
    pub person: Option<PersonId>,
    /// Where its mails go.
    pub email: Option<EmailAddress>,
    pub name: String,
    /// The filter as a query string, in its canonical form.
    pub query: String,
    pub channels: Vec<AlertChannel>,
    pub state: AlertState,
    /// The local hour at which its digests go, 0 to 23.
    pub hour: u32,
}
