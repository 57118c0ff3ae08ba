//! A week of a service for who keeps its figures: how often it was found, opened and asked, beside the
//! week before, and what became of its figures. It changes nothing and asks nobody's rights: who is
//! told was decided by who asks.

use std::collections::HashMap;

use chrono::{Duration, NaiveDate};

use crate::base::local::Zone;
use crate::base::stamp::Stamp;
use crate::domain::capacity::Capacity;
use crate::domain::care_service::{CareService, CareServiceId};
use crate::domain::difference;
use crate::domain::interest::Interest;
use crate::store::conn::Conn;
use crate::store::{Error, changes, enquiries, interest};

/// Entries that are looked at for what changed: more than this in two weeks no home tells.
const MOST_LOOKED_AT: i64 = 500;

/// How often a service was met in a week.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Met {
    pub found: u64,
    pub seen: u64,
    pub asked: u64,
}

/// The week of one service.
#[derive(Clone, Debug, PartialEq)]
pub struct Week {
    pub service: CareService,
    pub met: Met,
    pub before: Met,
    /// What its figures became in the week, a sentence each.
    pub changes: Vec<String>,
}

impl Week {
    /// Whether there is anything to tell of it.
    pub fn says_something(&self) -> bool {
        self.met != Met::default() || !self.changes.is_empty()
    }
}

/// The seven local days that ended with the one before `monday`, and the seven before them, with what
/// was counted of every service.
pub struct Counted {
    zone: Zone,
    monday: NaiveDate,
    met: HashMap<CareServiceId, Interest>,
    before: HashMap<CareServiceId, Interest>,
}

impl Counted {
    pub fn read(c: &mut Conn, zone: Zone, monday: NaiveDate) -> Result<Self, Error> {
        let (last, earlier) = (monday - Duration::days(7), monday - Duration::days(14));
        Ok(Self {
            zone,
            monday,
            met: interest::between(c, (last, monday))?,
            before: interest::between(c, (earlier, last))?,
        })
    }

    /// The week of a service as the board has it.
    pub fn of(&self, c: &mut Conn, service: &CareService) -> Result<Week, Error> {
        let at = |weeks: i64| self.zone.moment(self.monday - Duration::weeks(weeks), 0);
        let (earlier, begin, end) = (at(2), at(1), at(0));
        let met = |counts: &HashMap<CareServiceId, Interest>, asked: u64| {
            let counted = counts.get(&service.id).copied().unwrap_or_default();
            Met { found: counted.found, seen: counted.seen, asked }
        };
        let [before, after] = figures(c, service, [begin, end])?;
        Ok(Week {
            met: met(&self.met, enquiries::count_between(c, &service.id, (begin, end))?),
            before: met(&self.before, enquiries::count_between(c, &service.id, (earlier, begin))?),
            changes: difference::in_words(&before, &after),
            service: service.clone(),
        })
    }
}

/// The figures of a service as they stood at these moments.
fn figures(c: &mut Conn, service: &CareService, moments: [Stamp; 2]) -> Result<[Capacity; 2], Error> {
    let entries = changes::of_service(c, &service.id, MOST_LOOKED_AT)?;
    let oldest = match entries.last() {
        Some(oldest) => changes::before(c, oldest)?.map(|before| before.capacity),
        // The log has forgotten all of it, so nothing has changed since.
        None => Some(service.capacity.clone()),
    };
    Ok(moments.map(|moment| {
        let entry = entries.iter().find(|change| change.at < moment);
        entry.map(|change| change.service.capacity.clone()).or_else(|| oldest.clone()).unwrap_or_default()
    }))
}
