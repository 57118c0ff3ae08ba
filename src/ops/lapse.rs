//! The end of a day undoes what was said to last until then: reserved places are accepting again, a
//! closed home re-opens. Who finds out which services that concerns is a job.

use crate::base::clock::Clock;
use crate::base::local::Zone;
use crate::domain::capacity::BedLine;
use crate::domain::care_service::CareServiceId;
use crate::domain::change::ChangeKind;
use crate::ops::Refused;
use crate::store::conn::Conn;
use crate::store::{Db, changes, enquiries, services};

/// Who it was, in the log.
const TIME: &str = "time";

/// Undoes it for those of these services where it is due, each in an act of its own; how many there
/// were. What is due is looked up where it is written, so of two nodes one does it.
pub async fn run(db: &Db, clock: &Clock, zone: Zone, ids: Vec<CareServiceId>) -> Result<usize, Refused> {
    let mut lapsed = 0;
    for id in ids {
        let clock = clock.clone();
        lapsed += usize::from(db.write(move |c| act(c, &clock, zone, &id)).await?);
    }
    Ok(lapsed)
}

/// Whether there was something to undo.
fn act(c: &mut Conn, clock: &Clock, zone: Zone, id: &CareServiceId) -> Result<bool, Refused> {
    let now = clock.now();
    let today = zone.day(now);
    let stored = services::get(c, id)?;
    if stored.service.left_at.is_some() || !stored.service.capacity.is_lapsing(today) {
        return Ok(false);
    }
    // A place that is kept for an enquiry has a time of its own, which `end_holds` watches.
    let held = enquiries::held_at(c, id)?;
    let kept = |line: &BedLine| {
        let count = held.iter().filter(|need| need.bed_type == line.bed_type && need.stay == line.stay).count();
        u16::try_from(count).unwrap_or(u16::MAX)
    };
    let mut service = stored.service.clone();
    service.capacity = stored.service.capacity.lapsed(today, now, kept);
    changes::record_after(c, &stored, &service, now, ChangeKind::CapacityUpdated, TIME)?;
    Ok(true)
}
