//! A care service as JSON, in the view of who asks: the one shape of API, stream, log and pages.
//! It decides what is shown, not to whom; `actor.rs` does that.

use serde::Serialize;

use crate::base::stamp::Stamp;
use crate::domain::authority::Authority;
use crate::domain::capacity::{BedLine, Capacity, HoursLine, Line, WeeklyFee};
use crate::domain::care_service::{Address, CareService, CareServiceId, Location, OverallRating, Provider};
use crate::domain::freshness::Moment;
use crate::domain::room::Room;
use crate::domain::words::{
    AdmissionStatus, Band, BedType, CareType, Freshness, Funding, Gender, Kind, Reason, Source, Stay,
};

/// How much is shown: what everyone may see, or the private figures too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum View {
    Public,
    Staff,
}

/// A service as JSON. Absent is left out, never a placeholder.
#[derive(Clone, Debug, Serialize)]
pub struct ServiceJson<'a> {
    pub id: &'a CareServiceId,
    pub kind: Kind,
    pub name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<&'a Provider>,
    pub authority: &'a Authority,
    pub address: &'a Address,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<&'a Location>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<&'a str>,
    pub care_types: &'a [CareType],
    pub bands: &'a [Band],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beds: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rating: Option<&'a OverallRating>,
    pub capacity: CapacityJson<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distance_miles: Option<f64>,
}

#[derive(Clone, Debug, Serialize)]
pub struct CapacityJson<'a> {
    pub version: i64,
    pub status: AdmissionStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_until: Option<chrono::NaiveDate>,
    pub vacant: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmed_at: Option<Stamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<Stamp>,
    pub freshness: Freshness,
    pub lines: Vec<LineJson<'a>>,
    #[serde(skip_serializing_if = "<[Room]>::is_empty")]
    pub rooms: &'a [Room],
}

#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum LineJson<'a> {
    Bed(BedLineJson<'a>),
    Hours(HoursLineJson<'a>),
}

#[derive(Clone, Debug, Serialize)]
pub struct BedLineJson<'a> {
    pub bed_type: BedType,
    pub stay: Stay,
    pub maximum: u16,
    pub accepting: u16,
    pub gender: Gender,
    #[serde(skip_serializing_if = "<[Funding]>::is_empty")]
    pub funding: &'a [Funding],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weekly_fee: Option<WeeklyFee>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub earliest_admission: Option<chrono::NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<&'a str>,
    #[serde(flatten)]
    pub private: Option<PrivateBedJson>,
    #[serde(flatten)]
    pub told: Option<ToldJson<'a>>,
}

/// What staff and the service's own managers see besides.
#[derive(Clone, Debug, Serialize)]
pub struct PrivateBedJson {
    pub occupied: u16,
    pub reserved: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reserved_until: Option<chrono::NaiveDate>,
    pub not_admittable: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

/// How the figures came, for staff and the service's own managers.
#[derive(Clone, Debug, Serialize)]
pub struct ToldJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmed_by: Option<&'a str>,
}

#[derive(Clone, Debug, Serialize)]
pub struct HoursLineJson<'a> {
    #[serde(flatten)]
    pub line: &'a HoursLine,
    #[serde(flatten)]
    pub told: Option<ToldJson<'a>>,
}

impl<'a> ServiceJson<'a> {
    pub fn new(service: &'a CareService, view: View, moment: &Moment) -> Self {
        let facts = &service.facts;
        Self {
            id: &service.id,
            kind: facts.kind,
            name: &facts.name,
            provider: facts.provider.as_ref(),
            authority: &facts.authority,
            address: &facts.address,
            location: facts.location.as_ref(),
            phone: facts.phone.as_deref(),
            website: facts.website.as_deref(),
            care_types: &facts.care_types,
            bands: &facts.bands,
            beds: facts.beds,
            rating: facts.rating.as_ref(),
            capacity: CapacityJson::new(&service.capacity, view, moment),
            distance_miles: None,
        }
    }

    /// With the distance asked for, to a hundredth of a mile.
    pub fn at_distance(mut self, miles: Option<f64>) -> Self {
        self.distance_miles = miles.map(|miles| (miles * 100.0).round() / 100.0);
        self
    }
}

impl<'a> CapacityJson<'a> {
    pub fn new(capacity: &'a Capacity, view: View, moment: &Moment) -> Self {
        let told = || match view {
            View::Public => None,
            View::Staff => Some(ToldJson { source: capacity.source, confirmed_by: capacity.confirmed_by.as_deref() }),
        };
        let line = |line: &'a Line| match line {
            Line::Bed(bed) => LineJson::Bed(bed_json(bed, view, told())),
            Line::Hours(hours) => LineJson::Hours(HoursLineJson { line: hours, told: told() }),
        };
        Self {
            version: capacity.version,
            status: capacity.status,
            closed_until: capacity.closed_until,
            vacant: capacity.vacant(),
            confirmed_at: capacity.confirmed_at,
            changed_at: capacity.changed_at,
            freshness: capacity.freshness(moment),
            lines: capacity.lines.iter().map(line).collect(),
            rooms: &capacity.rooms,
        }
    }
}

fn bed_json<'a>(line: &'a BedLine, view: View, told: Option<ToldJson<'a>>) -> BedLineJson<'a> {
    let private = PrivateBedJson {
        occupied: line.occupied,
        reserved: line.reserved,
        reserved_until: line.reserved_until,
        not_admittable: line.not_admittable(),
        reason: line.reason,
    };
    BedLineJson {
        bed_type: line.bed_type,
        stay: line.stay,
        maximum: line.maximum,
        accepting: line.accepting,
        gender: line.gender,
        funding: &line.funding,
        weekly_fee: line.weekly_fee,
        earliest_admission: line.earliest_admission,
        note: line.note.as_deref(),
        private: (view == View::Staff).then_some(private),
        told,
    }
}
