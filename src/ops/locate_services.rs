//! Puts services on the map by their postcodes, once postcodes are known or known better.
//! Where a register said exactly where a service stands, it stays there.

use std::collections::HashMap;

use crate::base::clock::Clock;
use crate::base::stamp::Stamp;
use crate::domain::care_service::{CareService, CareServiceId};
use crate::domain::change::ChangeKind;
use crate::domain::place::Point;
use crate::domain::register::location_by_postcode;
use crate::ops::Refused;
use crate::ops::apply_import::{ACTOR, SERVICES_AT_ONCE, points};
use crate::store::conn::Conn;
use crate::store::{Db, changes, services};

/// How many services were put in another place than before.
pub async fn run(db: &Db, clock: &Clock) -> Result<usize, Refused> {
    let moved: Vec<(CareServiceId, String, Point)> = db.read(found).await?;
    let mut count = 0;
    for part in moved.chunks(SERVICES_AT_ONCE) {
        let (part, now) = (part.to_vec(), clock.now());
        count += db.write::<_, Refused>(move |c| put(c, now, &part)).await?;
    }
    Ok(count)
}

/// The services that would move, with the postcode that says so and where it lies.
fn found(c: &mut Conn) -> Result<Vec<(CareServiceId, String, Point)>, Refused> {
    let all: Vec<CareService> = services::all(c)?.into_iter().map(|stored| stored.service).collect();
    let unsure = |service: &&CareService| {
        service.left_at.is_none() && service.facts.location.is_none_or(|location| location.approximate)
    };
    let postcodes = all.iter().filter(unsure).filter_map(|service| service.facts.address.postcode.as_deref());
    let points: HashMap<String, Point> = points(c, postcodes)?;
    let moved = all.iter().filter(unsure).filter_map(|service| {
        let postcode = service.facts.address.postcode.clone()?;
        let after = location_by_postcode(&service.facts, &|text| points.get(text).copied());
        (after != service.facts.location).then_some((service.id.clone(), postcode, after?.point))
    });
    Ok(moved.collect())
}

fn put(c: &mut Conn, now: Stamp, part: &[(CareServiceId, String, Point)]) -> Result<usize, Refused> {
    let mut count = 0;
    for (id, postcode, point) in part {
        let before = services::get(c, id)?;
        let mut after = before.service.clone();
        after.facts.location = location_by_postcode(&after.facts, &|text| (text == postcode).then_some(*point));
        if after != before.service && after.left_at.is_none() {
            changes::record_after(c, &before, &after, now, ChangeKind::ServiceUpdated, ACTOR)?;
            count += 1;
        }
    }
    Ok(count)
}
