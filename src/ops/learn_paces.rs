//! Learns from the log how fast the figures of each service change. What a telling teaches is
//! decided in `domain/pace.rs`.

use std::collections::HashMap;

use crate::domain::care_service::{CareService, CareServiceId};
use crate::domain::pace::Pace;
use crate::ops::Refused;
use crate::store::conn::Conn;
use crate::store::{Db, changes, reminders};

/// How far this reader of the log has come.
const CURSOR: &str = "paces";
/// Entries of the log in memory at once.
const ENTRIES_AT_ONCE: i64 = 500;
const SECONDS_A_DAY: f64 = 86_400.0;

/// After how many days a service told, and whether its figures had changed.
struct Telling {
    service: CareServiceId,
    days: f64,
    changed: bool,
}

/// Reads the log from where it was left to its end.
pub async fn run(db: &Db) -> Result<(), Refused> {
    loop {
        let (from, to, tellings) = db.read(next).await?;
        if to == from {
            return Ok(());
        }
        db.write(move |c| {
            // Another node may have learnt the same meanwhile.
            if changes::cursor(c, CURSOR)? == from {
                learn(c, &tellings)?;
                changes::set_cursor(c, CURSOR, to)?;
            }
            Ok::<_, Refused>(())
        })
        .await?;
    }
}

fn next(c: &mut Conn) -> Result<(i64, i64, Vec<Telling>), Refused> {
    let from = changes::cursor(c, CURSOR)?;
    let entries = changes::after(c, from, ENTRIES_AT_ONCE)?;
    let to = entries.last().map_or(from, |last| last.seq);
    let mut tellings = Vec::new();
    for change in &entries {
        let before = changes::before(c, change)?;
        tellings.extend(before.and_then(|before| telling(&before, &change.service)));
    }
    Ok((from, to, tellings))
}

/// Something was told if the figures are confirmed later than before; the first time there is
/// nothing to compare with.
fn telling(before: &CareService, after: &CareService) -> Option<Telling> {
    let (was, is) = (&before.capacity, &after.capacity);
    let (earlier, later) = (was.confirmed_at?, is.confirmed_at?);
    let days = later.since(earlier).as_seconds_f64() / SECONDS_A_DAY;
    let changed = (was.status, &was.lines) != (is.status, &is.lines);
    (later > earlier).then(|| Telling { service: after.id.clone(), days, changed })
}

fn learn(c: &mut Conn, tellings: &[Telling]) -> Result<(), Refused> {
    let known = reminders::paces(c)?;
    let mut learnt: HashMap<&CareServiceId, Pace> = HashMap::new();
    for telling in tellings {
        let before = || known.get(&telling.service).copied().unwrap_or_default();
        let pace = learnt.entry(&telling.service).or_insert_with(before);
        *pace = pace.told(telling.days, telling.changed);
    }
    for (service, pace) in learnt {
        reminders::put_pace(c, service, pace)?;
    }
    Ok(())
}
