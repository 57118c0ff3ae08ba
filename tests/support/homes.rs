//! Fictional care services, as tests need them.

use berth::base::stamp::Stamp;
use berth::domain::authority::{Authority, AuthorityCode};
use berth::domain::capacity::{BedLine, Capacity, Line};
use berth::domain::care_service::{Address, CareService, CareServiceId, Facts, Location, Provider, ProviderId};
use berth::domain::change::ChangeKind;
use berth::domain::place::Point;
use berth::domain::words::{AdmissionStatus, BedType, CareType, Gender, Kind, Stay};
use berth::store::changes::{self, Record};
use berth::store::{Db, Error, services};

use crate::support::{BEGIN, stamp};

/// A care home of this id and name in Hampshire, never confirmed.
pub fn care_home(id: &str, name: &str) -> CareService {
    CareService {
        id: CareServiceId::from_text(id),
        facts: Facts {
            kind: Kind::CareHome,
            name: name.to_owned(),
            provider: Some(Provider { id: Some(ProviderId::from_text("1-900")), name: "Example Care".to_owned() }),
            authority: authority("E10000014", "Hampshire"),
            address: Address {
                lines: vec!["1 Example Street".to_owned()],
                town: Some("Winchester".to_owned()),
                postcode: Some("SO23 8UJ".to_owned()),
            },
            location: Some(Location { point: Point { lat: 51.0632, lon: -1.308 }, approximate: false }),
            phone: Some("01632 960001".to_owned()),
            website: None,
            care_types: vec![CareType::Nursing],
            bands: Vec::new(),
            beds: Some(40),
            rating: None,
        },
        capacity: Capacity::default(),
        left_at: None,
    }
}

pub fn authority(code: &str, name: &str) -> Authority {
    Authority { code: AuthorityCode::parse(code).unwrap(), name: name.to_owned() }
}

/// A line of general nursing beds for good, nothing that cannot be offered.
pub fn nursing(maximum: u16, occupied: u16, accepting: u16) -> Line {
    bed(BedType::GeneralNursing, maximum, occupied, accepting)
}

/// The same of any type.
pub fn bed(bed_type: BedType, maximum: u16, occupied: u16, accepting: u16) -> Line {
    Line::Bed(BedLine {
        bed_type,
        stay: Stay::Permanent,
        maximum,
        occupied,
        reserved: maximum - occupied - accepting,
        reserved_until: None,
        accepting,
        gender: Gender::Any,
        funding: Vec::new(),
        weekly_fee: None,
        earliest_admission: None,
        reason: None,
        note: None,
    })
}

/// Figures confirmed at this time.
pub fn confirmed(at: Stamp, lines: Vec<Line>) -> Capacity {
    Capacity {
        version: 1,
        status: AdmissionStatus::Open,
        lines,
        confirmed_at: Some(at),
        changed_at: Some(at),
        source: None,
        confirmed_by: None,
        ..Capacity::default()
    }
}

/// Puts services on the register, each with its entry in the log; the last `seq`.
pub fn add(db: &Db, at: Stamp, services: Vec<CareService>) -> i64 {
    db.write_now(move |c| {
        let mut seq = 0;
        for service in &services {
            let record = Record { at, kind: ChangeKind::ServiceAdded, actor: "test", service, previous_seq: 0 };
            seq = changes::record(c, &record)?;
        }
        Ok::<_, Error>(seq)
    })
    .unwrap()
}

/// New figures with so many places accepting; the `seq` of the change.
pub fn tell(db: &Db, id: &str, accepting: u16) -> i64 {
    tell_often(db, id, accepting, 1)
}

/// The same so many times in one transaction; the last `seq`.
pub fn tell_often(db: &Db, id: &str, accepting: u16, times: usize) -> i64 {
    let id = CareServiceId::from_text(id);
    db.write_now(move |c| {
        let mut seq = 0;
        for _ in 0..times {
            let before = services::get(c, &id)?;
            let mut after = before.service.clone();
            after.capacity = confirmed(stamp(BEGIN), vec![nursing(40, 30, accepting)]);
            seq = changes::record_after(c, &before, &after, stamp(BEGIN), ChangeKind::CapacityUpdated, "test")?;
        }
        Ok::<_, Error>(seq)
    })
    .unwrap()
}
