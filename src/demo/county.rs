//! The care services of the demonstration: three hundred of them, none of which exists.
//! What they can take is in `figures.rs`; their past is in `history.rs`.

use std::collections::HashSet;

use chrono::{Datelike, Days, NaiveDate};

use crate::base::stamp::Stamp;
use crate::demo::SEED;
use crate::demo::dice::Dice;
use crate::demo::figures::{self, Purpose};
use crate::demo::land::{self, TOWNS, Town};
use crate::domain::capacity::CapacityUpdate;
use crate::domain::care_service::{Address, CareServiceId, Facts, Location, OverallRating, Provider, ProviderId};
use crate::domain::place::Postcode;
use crate::domain::words::{Band, CareType, Kind, Rating};
use crate::store::places::District;

const CARE_HOMES: usize = 220;
const AGENCIES: usize = 80;

/// The numbers that Ofcom keeps free for drama: 01632 960000 to 960999.
const DRAMA: &str = "01632 960";

const BIRDS_AND_TREES: [&str; 36] = [
    "Samphire",
    "Marram",
    "Kittiwake",
    "Dunlin",
    "Curlew",
    "Turnstone",
    "Seathrift",
    "Mallow",
    "Medlar",
    "Bullace",
    "Spindle",
    "Hornbeam",
    "Teasel",
    "Lanternfield",
    "Saltings",
    "Millrace",
    "Kingcup",
    "Yarrow",
    "Tansy",
    "Sorrel",
    "Sedge",
    "Osier",
    "Withy",
    "Sallow",
    "Fieldfare",
    "Nuthatch",
    "Whinchat",
    "Plover",
    "Redshank",
    "Gannet",
    "Guillemot",
    "Cormorant",
    "Oystercatcher",
    "Russet",
    "Greengage",
    "Cloudberry",
];
const BUILDINGS: [&str; 9] = ["House", "Lodge", "Court", "Manor", "Grange", "Hall", "Gardens", "Croft", "Rise"];
const AGENCY_NAMES: [&str; 20] = [
    "Harbourlight Homecare",
    "Doorstep Care at Home",
    "Goodmorrow Homecare",
    "Threshold Care",
    "Kettle and Hearth",
    "Larkrise Home Support",
    "Evenhand Care",
    "Nearby Care",
    "Homeward Support",
    "Steady Hands",
    "Quiet Mornings",
    "Ninefold Care",
    "Ferryman Homecare",
    "Lamplight Home Care",
    "Firstlight Home Care",
    "Handrail Care",
    "Open Door Visits",
    "Daily Round Homecare",
    "Garden Gate Care",
    "Kingcup Care at Home",
];
/// Providers of several homes; the others run one each.
const GROUPS: [&str; 10] = [
    "Samphire Care Group",
    "Tidewater Homes",
    "Wessmere Care Trust",
    "Lanternlight Care",
    "Quillbridge Homes",
    "Saltings Healthcare",
    "Fourwinds Care Homes",
    "Kestrelmere Care",
    "Oakminster Charitable Homes",
    "Marram Care",
];
const STREETS: [&str; 14] = [
    "Harbour Road",
    "Church Lane",
    "Mill Lane",
    "Station Road",
    "Chapel Street",
    "Priory Road",
    "Orchard Close",
    "Shore Road",
    "Castle Street",
    "Beacon Hill",
    "Ferry Road",
    "Green Lane",
    "Market Street",
    "The Avenue",
];

/// How a service keeps its figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Habit {
    /// Most days.
    Daily,
    /// Once a week or so.
    Weekly,
    /// It used to. Its figures go stale, as some always do.
    Forgetful,
    /// It never has.
    Silent,
}

/// A service as it is invented, with its first figures.
pub struct Invented {
    pub id: CareServiceId,
    pub facts: Facts,
    pub habit: Habit,
    pub first: CapacityUpdate,
}

pub struct County {
    pub districts: Vec<District>,
    /// Care homes first.
    pub services: Vec<Invented>,
}

impl County {
    /// The county as it is on this day. The same services, whatever the day.
    pub fn new(now: Stamp) -> Self {
        let dice = &mut Dice::new(SEED);
        let districts = land::districts(dice);
        let mut maker = Maker { dice, districts: &districts, today: now.utc().date_naive(), names: HashSet::new() };
        let homes = (0..CARE_HOMES).map(|n| (Kind::CareHome, n));
        let agencies = (CARE_HOMES..CARE_HOMES + AGENCIES).map(|n| (Kind::HomeCare, n));
        let services = homes.chain(agencies).map(|(kind, n)| maker.service(kind, n)).collect();
        Self { districts, services }
    }

    /// The services of the manager whom a visitor signs in as: a nursing home and an agency, with
    /// figures some days old. They change only by the visitor's own hand.
    pub fn of_the_manager(&self) -> Vec<&Invented> {
        let mut weekly = self.services.iter().filter(|service| service.habit == Habit::Weekly);
        let nursing = weekly.clone().find(|service| service.facts.care_types.contains(&CareType::Nursing));
        let agency = weekly.find(|service| service.facts.kind == Kind::HomeCare);
        nursing.into_iter().chain(agency).collect()
    }

    /// The provider of most care homes, for the group manager.
    pub fn largest_group(&self) -> Option<ProviderId> {
        let providers = || self.services.iter().filter_map(|service| service.facts.provider.as_ref()?.id.clone());
        let homes = |id: &ProviderId| providers().filter(|other| other == id).count();
        providers().max_by_key(|id| (homes(id), id.clone()))
    }
}

struct Maker<'a> {
    dice: &'a mut Dice,
    districts: &'a [District],
    today: NaiveDate,
    names: HashSet<String>,
}

impl Maker<'_> {
    fn service(&mut self, kind: Kind, n: usize) -> Invented {
        let weights: Vec<(u32, &Town)> = TOWNS.iter().map(|town| (town.weight, town)).collect();
        let town = self.dice.weighted(&weights);
        let care = self.care(kind);
        let name = self.name(kind, town, care);
        let (address, location) = self.address(town);
        let registered = (kind == Kind::CareHome).then(|| self.beds(care));
        let first = match registered {
            Some(beds) => figures::first_beds(care, beds, self.today, self.dice),
            None => figures::first_hours(&self.areas(town), self.today, self.dice),
        };
        let habit =
            self.dice.weighted(&[(62, Habit::Daily), (20, Habit::Weekly), (13, Habit::Forgetful), (5, Habit::Silent)]);
        let facts = Facts {
            kind,
            provider: Some(self.provider(kind, n, &name)),
            name,
            authority: town.authority(),
            address,
            location: Some(location),
            phone: Some(format!("{DRAMA}{n:03}")),
            website: None,
            care_types: vec![care.care_type()],
            bands: care.bands(),
            beds: registered.map(u32::from),
            rating: self.rating(),
        };
        Invented { id: CareServiceId::from_text(format!("D-{:04}", n + 1)), facts, habit, first }
    }

    fn care(&mut self, kind: Kind) -> Purpose {
        let weights: &[(u32, Purpose)] = match kind {
            Kind::CareHome => &[
                (88, Purpose::OlderResidential),
                (66, Purpose::OlderNursing),
                (38, Purpose::LearningDisability),
                (14, Purpose::MentalHealth),
                (8, Purpose::PhysicalDisability),
                (6, Purpose::Transitional),
            ],
            Kind::HomeCare => &[(68, Purpose::Visits), (6, Purpose::ExtraCare), (6, Purpose::SupportedLiving)],
        };
        self.dice.weighted(weights)
    }

    fn name(&mut self, kind: Kind, town: &Town, care: Purpose) -> String {
        loop {
            let name = match kind {
                Kind::CareHome => {
                    let plain = format!("{} {}", self.dice.pick(&BIRDS_AND_TREES), self.dice.pick(&BUILDINGS));
                    if care == Purpose::OlderNursing && self.dice.chance(40) {
                        format!("{plain} Nursing Home")
                    } else if care == Purpose::OlderResidential && self.dice.chance(25) {
                        format!("{plain} Residential Home")
                    } else {
                        plain
                    }
                }
                Kind::HomeCare => format!("{} ({})", self.dice.pick(&AGENCY_NAMES), town.name),
            };
            // Two homes of one name would be two dots that nobody can tell apart.
            let first_words: String = name.split(' ').take(2).collect::<Vec<_>>().join(" ");
            let key = if kind == Kind::CareHome { first_words } else { name.clone() };
            if self.names.insert(key) {
                return name;
            }
        }
    }

    fn provider(&mut self, kind: Kind, n: usize, name: &str) -> Provider {
        if kind == Kind::CareHome && self.dice.chance(45) {
            let group = self.dice.number(0..GROUPS.len() as u32);
            let id = ProviderId::from_text(format!("DP-{:03}", group + 1));
            return Provider { id: Some(id), name: GROUPS[group as usize].to_owned() };
        }
        let own = name.split(" (").next().unwrap_or(name);
        Provider { id: Some(ProviderId::from_text(format!("DP-{:03}", n + 101))), name: format!("{own} Limited") }
    }

    fn address(&mut self, town: &Town) -> (Address, Location) {
        let number = *self.dice.pick(&town.numbers());
        let name = format!("WX{number}");
        let district = self.districts.iter().find(|district| district.district == name);
        let district = district.expect("the land has every district of its towns");
        let lines: Vec<&str> = district.units.lines().collect();
        let unit = self.dice.pick(&lines).split(' ').next().unwrap_or_default();
        let postcode = Postcode::parse(&format!("{name} {unit}")).expect("the land's postcodes have the shape of one");
        let point = district.find(&postcode).unwrap_or(district.middle());
        let street = format!("{} {}", self.dice.number(1..140), self.dice.pick(&STREETS));
        let address =
            Address { lines: vec![street], town: Some(town.name.to_owned()), postcode: Some(postcode.to_string()) };
        (address, Location { point, approximate: false })
    }

    /// The districts that an agency visits: those of its town and some others.
    fn areas(&mut self, town: &Town) -> Vec<String> {
        let mut numbers: Vec<u32> = town.numbers();
        for _ in 0..3 {
            numbers.push(self.dice.number(1..41));
        }
        numbers.sort_unstable();
        numbers.dedup();
        numbers.truncate(5);
        numbers.into_iter().map(|number| format!("WX{number}")).collect()
    }

    fn beds(&mut self, care: Purpose) -> u16 {
        match care {
            Purpose::OlderResidential => self.dice.few(14..61),
            Purpose::OlderNursing => self.dice.few(28..91),
            Purpose::LearningDisability | Purpose::MentalHealth => self.dice.few(5..13),
            Purpose::PhysicalDisability | Purpose::Transitional => self.dice.few(8..25),
            Purpose::Visits | Purpose::ExtraCare | Purpose::SupportedLiving => 0,
        }
    }

    fn rating(&mut self) -> Option<OverallRating> {
        let overall = self.dice.weighted(&[
            (5, Some(Rating::Outstanding)),
            (73, Some(Rating::Good)),
            (15, Some(Rating::RequiresImprovement)),
            (1, Some(Rating::Inadequate)),
            (6, None),
        ])?;
        let days = u64::from(self.dice.number(40..1800));
        let published_on = self.today.checked_sub_days(Days::new(days)).filter(|day| day.year() > 2000);
        Some(OverallRating { overall, published_on, url: None })
    }
}

impl Purpose {
    fn care_type(self) -> CareType {
        match self {
            Self::OlderNursing => CareType::Nursing,
            Self::OlderResidential
            | Self::LearningDisability
            | Self::MentalHealth
            | Self::PhysicalDisability
            | Self::Transitional => CareType::Residential,
            Self::Visits => CareType::HomeCare,
            Self::ExtraCare => CareType::ExtraCare,
            Self::SupportedLiving => CareType::SupportedLiving,
        }
    }

    fn bands(self) -> Vec<Band> {
        match self {
            Self::OlderResidential | Self::OlderNursing => vec![Band::OlderPeople, Band::Dementia],
            Self::LearningDisability | Self::SupportedLiving => vec![Band::YoungerAdults, Band::LearningDisability],
            Self::MentalHealth => vec![Band::YoungerAdults, Band::MentalHealth],
            Self::PhysicalDisability => vec![Band::YoungerAdults, Band::PhysicalDisability],
            Self::Transitional => vec![Band::OlderPeople, Band::PhysicalDisability],
            Self::Visits => vec![Band::OlderPeople, Band::PhysicalDisability, Band::Dementia],
            Self::ExtraCare => vec![Band::OlderPeople],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn county() -> County {
        County::new(Stamp::parse("2026-11-22T09:30:00Z").unwrap())
    }

    #[test]
    fn three_hundred_services_stand_in_four_authorities() {
        let county = county();
        assert_eq!(county.services.len(), 300);
        let authorities: HashSet<&str> =
            county.services.iter().map(|service| service.facts.authority.code.as_str()).collect();
        assert_eq!(authorities.len(), 4);
        let ids: HashSet<&str> = county.services.iter().map(|service| service.id.as_str()).collect();
        let phones: HashSet<&str> =
            county.services.iter().filter_map(|service| service.facts.phone.as_deref()).collect();
        let names: HashSet<&str> = county.services.iter().map(|service| service.facts.name.as_str()).collect();
        assert_eq!((ids.len(), phones.len(), names.len()), (300, 300, 300));
        assert!(phones.iter().all(|phone| phone.starts_with("01632 960") && phone.len() == 12));
    }

    #[test]
    fn the_same_county_is_made_on_another_day() {
        let (one, other) = (county(), County::new(Stamp::parse("2027-03-01T00:00:00Z").unwrap()));
        for (one, other) in one.services.iter().zip(&other.services) {
            assert_eq!((&one.id, &one.facts.name, one.habit), (&other.id, &other.facts.name, other.habit));
        }
    }

    #[test]
    fn a_visitor_manages_a_nursing_home_and_an_agency_and_a_group_has_many_homes() {
        let county = county();
        let kinds: Vec<Kind> = county.of_the_manager().iter().map(|service| service.facts.kind).collect();
        assert_eq!(kinds, [Kind::CareHome, Kind::HomeCare]);
        assert!(county.of_the_manager().iter().all(|service| service.habit == Habit::Weekly), "they have figures");
        let group = county.largest_group().unwrap();
        let provider = |service: &&Invented| service.facts.provider.as_ref().unwrap().id.as_ref() == Some(&group);
        assert!(county.services.iter().filter(provider).count() >= 5);
    }
}
