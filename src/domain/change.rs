//! An entry of the log: what happened to which service, with its state just after.
//! The log is written by `store`, and only inside the transaction of the act itself.

use crate::base::stamp::Stamp;
use crate::domain::care_service::CareService;

/// What happened. `ServiceLeft` reaches watchers as `gone`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    CapacityUpdated,
    CapacityConfirmed,
    ServiceUpdated,
    ServiceAdded,
    ServiceLeft,
}

impl ChangeKind {
    pub const ALL: &[Self] =
        &[Self::CapacityUpdated, Self::CapacityConfirmed, Self::ServiceUpdated, Self::ServiceAdded, Self::ServiceLeft];

    pub const fn word(self) -> &'static str {
        match self {
            Self::CapacityUpdated => "capacity_updated",
            Self::CapacityConfirmed => "capacity_confirmed",
            Self::ServiceUpdated => "service_updated",
            Self::ServiceAdded => "service_added",
            Self::ServiceLeft => "service_left",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.word() == word)
    }
}

/// One entry. `seq` starts at 1, has no holes and grows in commit order.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub seq: i64,
    pub at: Stamp,
    pub kind: ChangeKind,
    /// The entry before this one for the same service; 0 if there is none.
    pub previous_seq: i64,
    /// In what capacity somebody did it, never a person's name.
    pub actor: String,
    /// The service just after.
    pub service: CareService,
}
