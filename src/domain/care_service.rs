//! A care service: one registered place of care with what is known of it and what it can take.
//! Residents are never here, nor are names of registered managers.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::base::stamp::Stamp;
use crate::base::text;
use crate::domain::authority::Authority;
use crate::domain::capacity::Capacity;
use crate::domain::place::{self, Point};
use crate::domain::words::{Band, CareType, Kind, Rating};

crate::typed_id! {
    /// The CQC Location ID (`1-1000587219`) where there is one.
    CareServiceId
}

crate::typed_id! {
    /// The CQC Provider ID (`1-101918801`) where there is one.
    ProviderId
}

/// What the whole system knows of one care service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CareService {
    pub id: CareServiceId,
    #[serde(flatten)]
    pub facts: Facts,
    pub capacity: Capacity,
    /// When it left the register; it stays known, since old entries of the log name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_at: Option<Stamp>,
}

/// What a register says of a service: everything but its capacity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    pub kind: Kind,
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<Provider>,
    pub authority: Authority,
    #[serde(default)]
    pub address: Address,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub care_types: Vec<CareType>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bands: Vec<Band>,
    /// Registered beds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beds: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<OverallRating>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ProviderId>,
    pub name: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub town: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postcode: Option<String>,
}

impl Address {
    /// The postcode district, `SO23`, if the postcode has the shape of one.
    pub fn district(&self) -> Option<String> {
        self.postcode.as_deref().and_then(place::district_of)
    }
}

/// Where a service stands. `approximate` marks the middle of its postcode or district.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Location {
    #[serde(flatten)]
    pub point: Point,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub approximate: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverallRating {
    pub overall: Rating,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_on: Option<NaiveDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl CareService {
    /// The name as it is sorted and compared.
    pub fn folded_name(&self) -> String {
        text::fold(&self.facts.name)
    }

    /// The words by which it is found: of its name, its town and its provider.
    pub fn search_words(&self) -> Vec<String> {
        let town = self.facts.address.town.as_deref().unwrap_or_default();
        let provider = self.facts.provider.as_ref().map_or("", |provider| &provider.name);
        text::search_words(&format!("{} {town} {provider}", self.facts.name))
    }

    /// A warning, not a refusal: the lines add up to more than the registered beds.
    pub fn above_registered_beds(&self) -> Option<(u32, u32)> {
        let beds = self.facts.beds.filter(|beds| *beds > 0)?;
        let maximum = self.capacity.maximum();
        (maximum > beds).then_some((maximum, beds))
    }
}
