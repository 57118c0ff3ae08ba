//! Which services share a dot: each its own, or those of a postcode district, a town or an authority, as fine as a
//! reader can still tell apart. Where a dot is drawn is not decided here.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::care_service::CareService;
use crate::domain::place::Point;

/// More dots than these lie on each other on a phone.
pub const MOST_DOTS: usize = 40;

/// What a dot stands for, the finest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Service,
    District,
    Town,
    Authority,
}

/// Services that share a dot.
#[derive(Clone, Debug)]
pub struct Group {
    /// Stands in the page's address: `SO23`, `Winchester, Hampshire`, `Hampshire`.
    pub key: String,
    pub members: Vec<Arc<CareService>>,
}

impl Level {
    const ALL: [Level; 4] = [Level::Service, Level::District, Level::Town, Level::Authority];

    /// What the dots of this level are.
    pub fn words(self) -> &'static str {
        match self {
            Self::Service => "care service",
            Self::District => "postcode district",
            Self::Town => "town",
            Self::Authority => "council area",
        }
    }

    fn key(self, service: &CareService) -> String {
        let (authority, address) = (&service.facts.authority.name, &service.facts.address);
        match self {
            Self::Service => service.id.to_string(),
            Self::District => address.district().unwrap_or_else(|| Self::Town.key(service)),
            Self::Town => {
                address.town.as_ref().map_or_else(|| authority.clone(), |town| format!("{town}, {authority}"))
            }
            Self::Authority => authority.clone(),
        }
    }
}

/// The services in as few groups as a map can show, in the order of keys.
pub fn group(services: &[Arc<CareService>]) -> (Level, Vec<Group>) {
    let at = |level: Level| {
        let mut groups: BTreeMap<String, Vec<Arc<CareService>>> = BTreeMap::new();
        for service in services {
            groups.entry(level.key(service)).or_default().push(service.clone());
        }
        groups.into_iter().map(|(key, members)| Group { key, members }).collect::<Vec<_>>()
    };
    let mut finest = Level::ALL.into_iter().map(|level| (level, at(level)));
    let fits = finest.find(|(_, groups)| groups.len() <= MOST_DOTS);
    fits.unwrap_or_else(|| (Level::Authority, at(Level::Authority)))
}

/// Whether a service belongs to the group of this key, on whatever level that is.
pub fn belongs(service: &CareService, key: &str) -> bool {
    [Level::District, Level::Town, Level::Authority].iter().any(|level| level.key(service) == key)
}

impl Group {
    /// The middle of its services.
    pub fn middle(&self) -> Option<Point> {
        let points = self.members.iter().filter_map(|service| service.facts.location).map(|location| location.point);
        let (count, lat, lon) =
            points.fold((0.0, 0.0, 0.0), |(n, lat, lon), point| (n + 1.0, lat + point.lat, lon + point.lon));
        (count > 0.0).then(|| Point { lat: lat / count, lon: lon / count })
    }
}
