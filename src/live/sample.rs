//! Made-up services and changes for the tests of the live stream.

use std::sync::Arc;

use chrono::Duration;

use crate::base::stamp::Stamp;
use crate::domain::authority::{Authority, AuthorityCode};
use crate::domain::capacity::{BedLine, Capacity, Line};
use crate::domain::care_service::{Address, CareService, CareServiceId, Facts};
use crate::domain::change::{Change, ChangeKind};
use crate::domain::filter::Filter;
use crate::domain::filter_text::Asked;
use crate::domain::view::View;
use crate::domain::words::{AdmissionStatus, BedType, Gender, Kind, Stay};
use crate::live::entry::{Interest, Viewer};

pub fn start() -> Stamp {
    Stamp::parse("2026-11-22T09:00:00Z").unwrap()
}

pub fn id(number: usize) -> CareServiceId {
    CareServiceId::from_text(format!("1-{number}"))
}

/// A care home with so many places accepting.
pub fn service(number: usize, authority: &str, accepting: u16, confirmed_at: Stamp) -> CareService {
    let line = BedLine {
        bed_type: BedType::GeneralNursing,
        stay: Stay::Permanent,
        maximum: 40,
        occupied: 30,
        reserved: 0,
        reserved_until: None,
        accepting,
        gender: Gender::Any,
        funding: Vec::new(),
        weekly_fee: None,
        earliest_admission: None,
        reason: None,
        note: None,
    };
    let authority = Authority { code: AuthorityCode::parse(authority).unwrap(), name: "Somewhere".to_owned() };
    let capacity = Capacity {
        version: 1,
        status: AdmissionStatus::Open,
        lines: vec![Line::Bed(line)],
        confirmed_at: Some(confirmed_at),
        changed_at: Some(confirmed_at),
        source: None,
        confirmed_by: Some("manager".to_owned()),
        ..Capacity::default()
    };
    let facts = Facts {
        kind: Kind::CareHome,
        name: format!("Home {number}"),
        provider: None,
        authority,
        address: Address::default(),
        location: None,
        phone: None,
        website: None,
        care_types: Vec::new(),
        bands: Vec::new(),
        beds: Some(40),
        rating: None,
    };
    CareService { id: id(number), facts, capacity, left_at: None }
}

pub fn change(seq: i64, at: Stamp, kind: ChangeKind, previous_seq: i64, service: CareService) -> Change {
    Change { seq, at, kind, previous_seq, actor: "manager".to_owned(), service }
}

pub fn later(hours: i64) -> Stamp {
    start().plus(Duration::hours(hours))
}

pub fn filter(query: &str) -> Filter {
    Asked::parse(query, &[]).unwrap().located(None).unwrap()
}

pub fn interest(query: &str) -> Interest {
    Interest { filter: filter(query), viewer: Viewer::Everyone(View::Public) }
}

/// One of many updates of one service that was added by the first of them.
pub fn update(seq: i64) -> Arc<Change> {
    let service = service(1, "E10000014", 1, later(seq));
    Arc::new(change(seq, later(seq), ChangeKind::CapacityUpdated, seq - 1, service))
}
