//! How fast the board is with every care service of England: building, searching, applying changes.
//! It measures and prints, it judges nothing. Run it with `cargo bench --bench search`.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use berth::base::stamp::Stamp;
use berth::board::{Board, Page};
use berth::domain::authority;
use berth::domain::capacity::{BedLine, Capacity, HoursLine, Line, WeeklyFee};
use berth::domain::care_service::{
    Address, CareService, CareServiceId, Facts, Location, OverallRating, Provider, ProviderId,
};
use berth::domain::change::{Change, ChangeKind};
use berth::domain::filter::Filter;
use berth::domain::filter_text::Asked;
use berth::domain::freshness::Moment;
use berth::domain::place::{Place, Point};
use berth::domain::words::{
    AdmissionStatus, Band, BedType, CareType, Funding, Gender, Kind, Rating, Source, Stay, TimeOfDay,
};

/// About as many as the register of England has.
const SERVICES: usize = 23_000;
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

fn main() {
    let mut dice = Dice(2026);
    let before = resident_bytes();
    let services: Vec<CareService> = (0..SERVICES).map(|number| service(number, &mut dice)).collect();
    let made = resident_bytes();
    let started = Instant::now();
    let board = Board::new(services, 0);
    let built = started.elapsed();
    let after = resident_bytes();
    println!("services                      {SERVICES:>12}");
    println!("build                         {:>12}", shown(built));
    println!("memory a service, itself      {:>10} B", (made - before) / SERVICES);
    println!("memory a service, the board's {:>10} B", after.saturating_sub(made) / SERVICES);
    searches(&board);
    facets(&board);
    changes(&board, &mut dice);
}

fn searches(board: &Board) {
    println!("\n{:<62} {:>7} {:>10} {:>10} {:>10}", "search, 20 a page", "found", "p50", "p99", "longest");
    for (what, query) in [
        ("everything", ""),
        ("near a town", "near=51.06,-1.31"),
        ("near a city", "near=51.51,-0.12"),
        ("near a city, dementia nursing, vacant", "near=51.51,-0.12&bed_type=dementia_nursing&vacant=1"),
        ("one authority, care homes", "authority=E10000014&kind=care_home"),
        (
            "four authorities, vacant",
            "authority=E10000014&authority=E06000044&authority=E06000045&authority=E06000046&vacant=1",
        ),
        ("words", "q=st+mary+winch"),
        ("one letter", "q=h"),
        ("bed type, vacant, fresh", "bed_type=general_nursing&vacant=1&fresh=fresh"),
        (
            "everything of a line",
            "bed_type=general_residential&bed_type=dementia_residential&stay=respite&gender=female\
            &funding=local_authority&max_fee=120000&by=2026-11-30&vacant=2",
        ),
        ("a line, by date", "by=2026-11-30"),
        ("band and rating", "band=dementia&rating=good"),
        ("a provider", "provider=1-P77"),
        ("one id", "id=1-1234"),
        ("near, all England", "near=52.5,-1.5&within=500"),
        ("near, all England, words, lines", "near=52.5,-1.5&within=500&q=h&stay=permanent&gender=male&vacant=1"),
    ] {
        let filter = filter(query);
        let snapshot = board.current();
        let page = Page { limit: 20, cursor: None };
        let total = snapshot.search(&filter, &moment(), &page).total;
        let times = timed(2_000, || drop(black_box(snapshot.search(&filter, &moment(), &page))));
        row(what, total, &times);
    }
    let (snapshot, filter) = (board.current(), filter(""));
    let times = timed(50, || drop(black_box(snapshot.matching(&filter, &moment()))));
    row("everything, all of it in order", SERVICES, &times);
}

fn facets(board: &Board) {
    println!("\n{:<62} {:>7} {:>10} {:>10} {:>10}", "counts beside the choices", "", "p50", "p99", "longest");
    let snapshot = board.current();
    for (what, query) in [
        ("everything", ""),
        ("near a city, dementia nursing, vacant", "near=51.51,-0.12&bed_type=dementia_nursing&vacant=1"),
        ("care homes of an authority, vacant", "kind=care_home&authority=E10000014&vacant=1"),
        ("all vacant", "vacant=1"),
    ] {
        let filter = filter(query);
        row(what, 0, &timed(300, || drop(black_box(snapshot.facets(&filter, &moment())))));
    }
    row("every authority", 0, &timed(300, || drop(black_box(snapshot.authorities()))));
}

fn changes(board: &Board, dice: &mut Dice) {
    println!(
        "\n{:<62} {:>7} {:>10} {:>10} {:>10}",
        "changes applied, the time of a batch", "each", "p50", "p99", "longest"
    );
    let mut seq = 0;
    for (what, count) in [("one update", 1), ("40 updates", 40), ("4,000 updates", 4_000)] {
        let mut make = |dice: &mut Dice| {
            seq += 1;
            let known = board.current();
            let id = CareServiceId::from_text(format!("1-{}", dice.below(SERVICES)));
            let mut service = CareService::clone(known.get(&id).expect("it is on the board"));
            service.capacity = capacity(service.facts.kind, dice);
            Arc::new(Change {
                seq,
                at: now(),
                kind: ChangeKind::CapacityUpdated,
                previous_seq: 0,
                actor: String::new(),
                service,
            })
        };
        batches(what, count, board, || (0..count).map(|_| make(dice)).collect());
    }
    for (what, count) in [("one service renamed", 1), ("1,000 services renamed", 1_000)] {
        let mut make = |dice: &mut Dice| {
            seq += 1;
            let number = dice.below(SERVICES);
            let mut service = service(number, dice);
            service.facts.name += " and Gardens";
            Arc::new(Change {
                seq,
                at: now(),
                kind: ChangeKind::ServiceUpdated,
                previous_seq: 0,
                actor: String::new(),
                service,
            })
        };
        batches(what, count, board, || (0..count).map(|_| make(dice)).collect());
    }
}

fn batches(what: &str, count: usize, board: &Board, mut make: impl FnMut() -> Vec<Arc<Change>>) {
    let times = (0..(20_000 / count).clamp(30, 1_000)).map(|_| {
        let changes = make();
        let started = Instant::now();
        board.apply(&changes);
        started.elapsed()
    });
    let mut times: Vec<Duration> = times.collect();
    times.sort();
    let each = times[times.len() / 2] / u32::try_from(count).expect("a small number");
    println!(
        "{what:<62} {:>7} {:>10} {:>10} {:>10}",
        shown(each),
        shown(times[times.len() / 2]),
        shown(times[times.len() * 99 / 100]),
        shown(times[times.len() - 1])
    );
}

fn timed(times: usize, mut act: impl FnMut()) -> Vec<Duration> {
    let mut durations: Vec<Duration> = (0..times)
        .map(|_| {
            let started = Instant::now();
            act();
            started.elapsed()
        })
        .collect();
    durations.sort();
    durations
}

fn row(what: &str, found: usize, times: &[Duration]) {
    let (middle, high, last) = (times[times.len() / 2], times[times.len() * 99 / 100], times[times.len() - 1]);
    println!("{what:<62} {found:>7} {:>10} {:>10} {:>10}", shown(middle), shown(high), shown(last));
}

fn shown(time: Duration) -> String {
    let micros = time.as_secs_f64() * 1e6;
    if micros < 10_000.0 { format!("{micros:.1} µs") } else { format!("{:.1} ms", micros / 1e3) }
}

fn filter(query: &str) -> Filter {
    let asked = Asked::parse(query, &[]).expect("the bench asks rightly");
    let point = asked.place().and_then(|place| match place {
        Place::Point(point) => Some(*point),
        Place::Postcode(_) | Place::District(_) => None,
    });
    asked.located(point).expect("the bench asks for points")
}

fn now() -> Stamp {
    Stamp::parse("2026-11-22T09:30:00Z").expect("a time")
}

fn moment() -> Moment {
    Moment::at(now())
}

/// Resident memory, as Linux tells it; 0 elsewhere.
fn resident_bytes() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or(0) * 4096
}

/// The same numbers in every run.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^ (mixed >> 29)
    }

    fn below(&mut self, bound: usize) -> usize {
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

fn service(number: usize, dice: &mut Dice) -> CareService {
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

fn capacity(kind: Kind, dice: &mut Dice) -> Capacity {
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
