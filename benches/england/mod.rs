//! A register as large as England's, made up: the same in every run. It measures nothing.

use berth::base::stamp::Stamp;
use berth::domain::authority;
use berth::domain::capacity::{BedLine, Capacity, HoursLine, Line, WeeklyFee};
use berth::domain::care_service::{
    Address, CareService, CareServiceId, Facts, Location, OverallRating, Provider, ProviderId,
};
use berth::domain::place::Point;
use berth::domain::words::{
    AdmissionStatus, Band, BedType, CareType, Funding, Gender, Kind, Rating, Source, Stay, TimeOfDay,
};

/// About as many as the register of England has.
pub const SERVICES: usize = 23_000;
/// Where many people live, and so where many services are.
const TOWNS: [(&str, f64, f64); 12] = [
    ("London", 51.51, -0.12),
    ("Birmingham", 52.48, -1.90),
    ("Manchester", 53.48, -2.24),
    ("Leeds", 53.80, -1.55),
    ("Liverpool", 53.41, -2.98),
    ("Bristol", 51.45, -2.59),
    ("Newcastle upon Tyne", 54.97, -1.61),
    ("Nottingham", 52.95, -1.15),
    ("Southampton", 50.91, -1.40),
    ("Plymouth", 50.37, -4.14),
    ("Norwich", 52.63, 1.30),
    ("Winchester", 51.06, -1.31),
];
const FIRST: [&str; 20] = [
    "Oak",
    "St Mary's",
    "Ashley",
    "The Willows",
    "Manor",
    "Park",
    "Rose",
    "Orchard",
    "Victoria",
    "Abbey",
    "Elm",
    "Hill",
    "River",
    "Sunny",
    "Queen's",
    "Kingsley",
    "Cedar",
    "Beech",
    "Holly",
    "Meadow",
];
const SECOND: [&str; 10] =
    ["House", "Lodge", "Court", "View", "Grange", "Hall", "Nursing Home", "Care Home", "Homecare", "Residential Home"];

/// The moment at which everything here is told.
pub fn now() -> Stamp {
    Stamp::parse("2026-11-22T09:30:00Z").expect("a time")
}

/// The same numbers in every run.
pub struct Dice(pub u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^ (mixed >> 29)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).expect("below a usize")
    }

    fn one_in(&mut self, chance: usize) -> bool {
        self.below(chance) == 0
    }

    fn of<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.below(values.len())]
    }

    /// From -1 to 1, more often near 0.
    fn around(&mut self) -> f64 {
        (self.below(2_001) as f64 / 1_000.0 - 1.0) * (self.below(1_000) as f64 / 1_000.0)
    }
}

pub fn service(number: usize, dice: &mut Dice) -> CareService {
    let kind = if dice.below(10) < 6 { Kind::CareHome } else { Kind::HomeCare };
    CareService {
        id: CareServiceId::from_text(format!("1-{number}")),
        facts: facts(kind, dice),
        capacity: capacity(kind, dice),
        left_at: None,
    }
}

fn facts(kind: Kind, dice: &mut Dice) -> Facts {
    let (town, lat, lon) = dice.of(&TOWNS);
    let spread = if dice.one_in(3) { 1.5 } else { 0.3 };
    let point = Point { lat: lat + spread * dice.around(), lon: lon + spread * dice.around() };
    let authorities: Vec<_> = authority::all().collect();
    let provider = dice.below(9_000);
    let care_types = match kind {
        Kind::CareHome => vec![dice.of(&[CareType::Residential, CareType::Nursing])],
        Kind::HomeCare => vec![dice.of(&[CareType::HomeCare, CareType::SupportedLiving, CareType::ExtraCare])],
    };
    Facts {
        kind,
        name: format!("{} {} {}", dice.of(&FIRST), dice.of(&SECOND), dice.of(&["", "", "Limited", "(North)"])),
        provider: Some(Provider {
            id: Some(ProviderId::from_text(format!("1-P{provider}"))),
            name: format!("{} Care Group {provider} Limited", dice.of(&FIRST)),
        }),
        authority: authorities[dice.below(authorities.len())].clone(),
        address: Address {
            lines: vec![format!("{} High Street", dice.below(200) + 1)],
            town: Some(town.to_owned()),
            postcode: Some("SO23 8UJ".to_owned()),
        },
        location: Some(Location { point, approximate: false }),
        phone: Some("01962 000000".to_owned()),
        website: Some("www.example.org".to_owned()),
        care_types,
        bands: (0..3).map(|_| dice.of(Band::ALL)).collect(),
        beds: Some(40),
        rating: Some(OverallRating { overall: dice.of(Rating::ALL), published_on: None, url: None }),
    }
}

pub fn capacity(kind: Kind, dice: &mut Dice) -> Capacity {
    let lines = match kind {
        Kind::CareHome => (0..1 + dice.below(4)).map(|_| bed_line(dice)).collect(),
        Kind::HomeCare => (0..dice.below(20)).map(|_| hours_line(dice)).collect(),
    };
    let hours = i64::try_from(dice.below(24 * 14)).expect("two weeks");
    let confirmed_at = (!dice.one_in(20)).then(|| now().minus(chrono::Duration::hours(hours)));
    Capacity {
        version: 1,
        status: if dice.one_in(20) { AdmissionStatus::Closed } else { AdmissionStatus::Open },
        lines,
        confirmed_at,
        changed_at: confirmed_at,
        source: Some(Source::Form),
        confirmed_by: Some("manager".to_owned()),
        ..Capacity::default()
    }
}

fn bed_line(dice: &mut Dice) -> Line {
    let accepting = if dice.one_in(3) { u16::try_from(1 + dice.below(4)).expect("small") } else { 0 };
    Line::Bed(BedLine {
        bed_type: dice.of(BedType::ALL),
        stay: if dice.one_in(4) { dice.of(Stay::ALL) } else { Stay::Permanent },
        maximum: 20,
        occupied: 12,
        reserved: 0,
        reserved_until: None,
        accepting,
        gender: if dice.one_in(4) { dice.of(Gender::ALL) } else { Gender::Any },
        funding: vec![Funding::SelfFunded, dice.of(Funding::ALL)],
        weekly_fee: Some(WeeklyFee {
            from: Some(80_000 + 100 * u32::try_from(dice.below(900)).expect("small")),
            to: None,
        }),
        earliest_admission: None,
        reason: None,
        note: None,
    })
}

fn hours_line(dice: &mut Dice) -> Line {
    Line::Hours(HoursLine {
        area: format!("SO{}", dice.below(40)),
        time_of_day: dice.of(TimeOfDay::ALL),
        hours_available: u16::try_from(dice.below(30)).expect("small"),
        double_handed: false,
        earliest_start: None,
        note: None,
    })
}
