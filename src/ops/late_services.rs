//! The services whose figures are probably wrong and whom nobody answers for: reminders went
//! unanswered, or there is nobody to remind. Who may look at which is decided by who asks.

use std::sync::Arc;

use crate::base::stamp::Stamp;
use crate::domain::care_service::CareService;
use crate::domain::reminder::Rules;
use crate::ops::Refused;
use crate::ops::remind::{Everybody, Known};
use crate::store::Db;

/// A late service.
#[derive(Clone, Debug, PartialEq)]
pub struct Late {
    pub service: Arc<CareService>,
    /// Reminders since its figures were told.
    pub reminders: u32,
    /// Whether anybody can be reminded at all.
    pub can_be_asked: bool,
}

/// Those of these services that are late, the longest unconfirmed first.
pub async fn run(
    db: &Db,
    rules: Rules,
    now: Stamp,
    all: Vec<Arc<CareService>>,
    of: Vec<Arc<CareService>>,
) -> Result<Vec<Late>, Refused> {
    db.read(move |c| {
        let (known, everybody) = (Known::read(c, &all)?, Everybody::read(c)?);
        let mut late: Vec<Late> = Vec::new();
        for service in of {
            let unanswered = known.unanswered(&service);
            let can_be_asked = everybody.can_be_asked(&service);
            let is_wrong = known.wrong_at(&service, &rules).is_none_or(|wrong_at| wrong_at <= now);
            if is_wrong && (unanswered.is_late() || !can_be_asked) {
                late.push(Late { service, reminders: unanswered.times, can_be_asked });
            }
        }
        late.sort_by_key(|late| late.service.capacity.confirmed_at);
        Ok(late)
    })
    .await
}
