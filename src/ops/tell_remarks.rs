//! Tells the administrators of an authority what readers say is wrong with its listings: at once, but
//! only once a day, and the next day from the hour of the digests. What the mail says is in `notify/`.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::local::Zone;
use crate::base::stamp::Stamp;
use crate::domain::authority::AuthorityCode;
use crate::domain::care_service::{CareService, CareServiceId};
use crate::domain::remark::{self, Remark};
use crate::ops::people_mail::{self, Named, News, Remarked};
use crate::ops::{Refused, keepers};
use crate::store::conn::Conn;
use crate::store::{Db, remarks, services};

/// Makes the mails that are due, in one transaction with the mark that they are made.
pub async fn run(db: &Db, zone: Zone, now: Stamp, hour: u32) -> Result<(), Refused> {
    let nothing_new = db.read(|c| Ok::<_, Refused>(remarks::untold(c)?.is_empty())).await?;
    if nothing_new || zone.hour(now) < hour {
        return Ok(());
    }
    db.write(move |c| {
        let told = told_today(c, zone, now)?;
        for (code, new) in by_authority(c, now)? {
            if !told.contains(&code) {
                tell(c, now, &code, new)?;
            }
        }
        Ok(())
    })
    .await
}

type New = BTreeMap<CareServiceId, (CareService, Vec<Remark>)>;

/// The authorities that have had their mail of this local day.
fn told_today(c: &mut Conn, zone: Zone, now: Stamp) -> Result<BTreeSet<AuthorityCode>, Refused> {
    let begin = zone.moment(zone.day(now), 0);
    let mut told = BTreeSet::new();
    for id in remarks::told_since(c, begin)? {
        told.insert(services::get(c, &id)?.service.facts.authority.code);
    }
    Ok(told)
}

/// What stands and was not told. What figures have answered meanwhile, and what was said of a service
/// that has left, is settled without a word.
fn by_authority(c: &mut Conn, now: Stamp) -> Result<BTreeMap<AuthorityCode, New>, Refused> {
    let mut found: BTreeMap<AuthorityCode, New> = BTreeMap::new();
    for remark in remarks::untold(c)? {
        let service = services::get(c, &remark.service)?.service;
        if !remark.stands(&service.capacity) || service.left_at.is_some() {
            remarks::set_settled(c, &remark.id, now)?;
            continue;
        }
        let of_authority = found.entry(service.facts.authority.code.clone()).or_default();
        of_authority.entry(service.id.clone()).or_insert_with(|| (service, Vec::new())).1.push(remark);
    }
    Ok(found)
}

fn tell(c: &mut Conn, now: Stamp, code: &AuthorityCode, new: New) -> Result<(), Refused> {
    let mut services = Vec::new();
    for (service, remarks) in new.into_values() {
        for remark in &remarks {
            remarks::set_told(c, &remark.id, now)?;
        }
        services.push(Remarked { service: Named::of(&service), wrong: remark::counts(&remarks) });
    }
    for person in keepers::administrators(c, code)? {
        people_mail::enqueue(c, now, &person.email, News::Remarks { services: services.clone() })?;
    }
    Ok(())
}
