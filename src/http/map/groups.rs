//! Which services share a dot: each its own, or those of a postcode district, a town or a postcode area, as fine as a
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
    /// The letters of a postcode: `SO`.
    Area,
}

/// Services that share a dot.
#[derive(Clone, Debug)]
pub struct Group {
    /// Stands in the page's address: `SO23`, `Winchester, Hampshire`, `SO`.
    pub key: String,
    pub members: Vec<Arc<CareService>>,
}

impl Level {
    const ALL: [Level; 4] = [Level::Service, Level::District, Level::Town, Level::Area];

    /// What the dots of this level are.
    pub fn words(self) -> &'static str {
        match self {
            Self::Service => "care service",
            Self::District => "postcode district",
            Self::Town => "town",
            Self::Area => "postcode area",
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
            Self::Area => address.district().map_or_else(
                || authority.clone(),
                |district| district.chars().take_while(char::is_ascii_alphabetic).collect(),
            ),
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
    let mut made: Vec<_> = Level::ALL.into_iter().map(|level| (level, at(level))).collect();
    // One dot for many, opened, would be the same dot again.
    let tells = |(level, groups): &(Level, Vec<Group>)| groups.len() > 1 || *level == Level::Service;
    let finest = made.iter().position(|level| tells(level) && level.1.len() <= MOST_DOTS);
    let fewest = || (0..made.len()).filter(|at| tells(&made[*at])).min_by_key(|at| made[*at].1.len());
    let chosen = finest.or_else(fewest).unwrap_or(0);
    made.swap_remove(chosen)
}

/// Whether a service belongs to the group of this key, on whatever level that is.
pub fn belongs(service: &CareService, key: &str) -> bool {
    [Level::District, Level::Town, Level::Area].iter().any(|level| level.key(service) == key)
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn services(count: usize, place: impl Fn(usize) -> (String, String)) -> Vec<Arc<CareService>> {
        let service = |number: usize| {
            let (town, postcode) = place(number);
            let service = json!({
                "id": format!("1-{number}"), "kind": "care_home", "name": format!("Home {number}"),
                "authority": { "code": "E10000014", "name": "Hampshire" },
                "address": { "town": town, "postcode": postcode },
                "capacity": { "version": 0, "status": "open", "lines": [] },
            });
            Arc::new(serde_json::from_value(service).unwrap())
        };
        (0..count).map(service).collect()
    }

    fn keys(count: usize, place: impl Fn(usize) -> (String, String)) -> (Level, usize) {
        let services = services(count, place);
        let (level, groups) = group(&services);
        assert_eq!(groups.iter().map(|group| group.members.len()).sum::<usize>(), count, "nobody is lost");
        for one in groups.iter().filter(|_| level != Level::Service) {
            assert!(one.members.iter().all(|service| belongs(service, &one.key)));
            let opened: Vec<_> = services.iter().filter(|service| belongs(service, &one.key)).cloned().collect();
            let (inner, inside) = group(&opened);
            assert!(inside.len() > 1 || inner == Level::Service, "{} opens to itself", one.key);
        }
        (level, groups.len())
    }

    #[test]
    fn dots_are_as_fine_as_can_be_told_apart_and_each_opens_to_finer_ones() {
        let in_town = |towns: usize, districts: usize, areas: usize| {
            move |n: usize| {
                (format!("Town {}", n % towns), format!("{}{} 1AA", ["SO", "PO", "GU"][n % areas], n % districts + 1))
            }
        };
        assert_eq!(keys(30, in_town(9, 9, 1)), (Level::Service, 30));
        assert_eq!(keys(400, in_town(70, 35, 1)), (Level::District, 35));
        assert_eq!(keys(400, in_town(35, 70, 1)), (Level::Town, 35));
        assert_eq!(keys(900, in_town(77, 90, 3)), (Level::Area, 3));
        assert_eq!(keys(900, in_town(70, 90, 1)), (Level::Town, 70), "one area alone tells nothing");
        assert_eq!(keys(60, in_town(1, 1, 1)), (Level::Service, 60));
    }
}
