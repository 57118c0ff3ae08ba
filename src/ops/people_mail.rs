//! Letters about people's roles and what these ask of them, enqueued by the acts behind them. What a letter says is written
//! in `notify/`; that it is sent, in `jobs/`.

use serde::{Deserialize, Serialize};

use crate::base::stamp::Stamp;
use crate::domain::care_service::{CareService, CareServiceId};
use crate::domain::claim::ClaimId;
use crate::domain::person::EmailAddress;
use crate::domain::words::{Role, Wrong};
use crate::ops::Refused;
use crate::ops::make_alert::ASKED_FOR_LANE;
use crate::store::Error;
use crate::store::conn::Conn;
use crate::store::jobs::{self, NewJob};

/// The job that sends one.
pub const JOB: &str = "people_mail";

/// A letter to one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeopleMail {
    pub to: EmailAddress,
    pub news: News,
}

/// A service, as a letter names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    pub id: CareServiceId,
    pub name: String,
}

impl Named {
    pub fn of(service: &CareService) -> Self {
        Self { id: service.id.clone(), name: service.facts.name.clone() }
    }
}

/// A service of whose listing readers say that something is wrong: what, and how many of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remarked {
    pub service: Named,
    pub wrong: Vec<(Wrong, usize)>,
}

/// What there is to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum News {
    /// They have a role. The link signs in once; without one they sign in as they always do.
    Invited {
        role: Role,
        service: Option<Named>,
        link: Option<String>,
    },
    /// Somebody, perhaps they, wants to manage a service with this address.
    ConfirmClaim {
        service: Named,
        claim: ClaimId,
    },
    /// Somebody wants to manage a service of theirs.
    ClaimWaits {
        service: Named,
    },
    ClaimApproved {
        service: Named,
        link: Option<String>,
    },
    ClaimRefused {
        service: Named,
    },
    /// Services in their authority have nobody any more who keeps their figures.
    NobodyLeft {
        services: Vec<Named>,
    },
    /// Readers say that something is wrong with listings of their authority.
    Remarks {
        services: Vec<Remarked>,
    },
}

pub(super) fn enqueue(c: &mut Conn, now: Stamp, to: &EmailAddress, news: News) -> Result<(), Refused> {
    let mail = PeopleMail { to: to.clone(), news };
    let payload = serde_json::to_string(&mail).map_err(|e| Error::Broken(e.to_string()))?;
    jobs::enqueue(c, &NewJob { name: JOB, payload, lane: ASKED_FOR_LANE, order: None, run_at: now }, now)?;
    Ok(())
}
