//! The board with every rated service of England, against `Filter::matches` and sorting.
//! Where the folder of real registers is not beside the project, it says so and proves nothing.

use std::path::Path;
use std::sync::Arc;

use berth::base::stamp::Stamp;
use berth::board::{Board, Cursor, Page, Snapshot};
use berth::domain::capacity::Capacity;
use berth::domain::care_service::{CareService, CareServiceId};
use berth::domain::change::{Change, ChangeKind};
use berth::domain::filter::Filter;
use berth::domain::filter_text::Asked;
use berth::domain::freshness::Moment;
use berth::domain::place::Place;
use berth::domain::register::{self, Step};
use berth::import::cqc::{self, Wanted};
use berth::import::source::Source;
use serde_json::json;

const REGISTER: &str = "../shared/data/cqc/ratings_england_2021-02.csv.gz";

const QUERIES: [&str; 9] = [
    "",
    "near=50.91,-1.40",
    "near=51.51,-0.12&within=25&kind=care_home&rating=good",
    "authority=E10000014&authority=E06000046&kind=home_care",
    "q=st+mary%27s&kind=care_home",
    "q=barchester&near=52.5,-1.5&within=500",
    "bed_type=dementia_nursing&vacant=2&fresh=ageing",
    "bed_type=general_nursing&stay=respite&by=2026-11-30&max_fee=110000",
    "kind=care_home&near=53.48,-2.24&within=3&vacant=1&gender=female",
];

fn now() -> Stamp {
    Stamp::parse("2026-11-22T09:30:00Z").unwrap()
}

#[test]
fn with_the_register_of_england_the_board_finds_what_the_filter_matches() {
    let Some(mut services) = england() else { return };
    for (number, service) in services.iter_mut().enumerate() {
        service.capacity = made_up(number);
    }
    let board = Board::new(services.clone(), 0);
    let mut changes = Vec::new();
    for (seq, number) in (1..).zip((0..services.len()).step_by(17)) {
        let service = &mut services[number];
        service.capacity = made_up(number + 5);
        if number.is_multiple_of(3) {
            service.facts.name = format!("The {}", service.facts.name);
        }
        let (at, actor, service) = (now(), "test".to_owned(), service.clone());
        changes.push(Arc::new(Change { seq, at, kind: ChangeKind::ServiceUpdated, previous_seq: 0, actor, service }));
    }
    changes.chunks(100).for_each(|changes| board.apply(changes));
    assert_same(&board.current(), &services);
}

/// Every rated service of England, in the order of ids, none of which has told anything; `None` where the register is
/// not beside the project.
pub fn england() -> Option<Vec<CareService>> {
    let path = Path::new(REGISTER);
    if !path.exists() {
        eprintln!("skipped: {REGISTER} is not here");
        return None;
    }
    let reading = cqc::read(Source::open(path).unwrap(), &Wanted::default(), |_| ()).unwrap();
    let mut services: Vec<CareService> = Vec::new();
    for rows in reading.entries.chunk_by(|one, other| one.id == other.id) {
        let Some(Step::Add(facts)) = register::step(rows, None, &|_| None) else { panic!("new to us") };
        services.push(CareService { id: rows[0].id.clone(), facts, capacity: Capacity::default(), left_at: None });
    }
    services.sort_by(|one, other| one.id.cmp(&other.id));
    services.dedup_by(|one, other| one.id == other.id);
    assert!(services.len() > 20_000, "{} services", services.len());
    Some(services)
}

fn assert_same(board: &Snapshot, services: &[CareService]) {
    let moment = Moment::at(now());
    for query in QUERIES {
        let asked = Asked::parse(query, &[]).unwrap();
        let point = asked.place().and_then(|place| match place {
            Place::Point(point) => Some(*point),
            Place::Postcode(_) | Place::District(_) => None,
        });
        let filter = asked.located(point).unwrap();
        let expected = plainly(services, &filter, &moment);
        let found: Vec<_> = board.matching(&filter, &moment).iter().map(|service| service.id.clone()).collect();
        assert_eq!(found, expected, "{query}");
        assert_eq!(walked(board, &filter, &moment), expected, "{query}");
    }
}

fn plainly(services: &[CareService], filter: &Filter, moment: &Moment) -> Vec<CareServiceId> {
    let found = services.iter().filter(|service| filter.matches(service, moment));
    let mut keyed: Vec<_> = found
        .map(|service| {
            let age = filter.near.is_none().then(|| service.capacity.freshness(moment));
            (filter.distance(service).unwrap_or_default(), age, service.folded_name(), service.id.clone())
        })
        .collect();
    keyed.sort_by(|one, other| {
        one.0.total_cmp(&other.0).then_with(|| (one.1, &one.2, &one.3).cmp(&(other.1, &other.2, &other.3)))
    });
    keyed.into_iter().map(|(_, _, _, id)| id).collect()
}

fn walked(board: &Snapshot, filter: &Filter, moment: &Moment) -> Vec<CareServiceId> {
    let (mut met, mut cursor) = (Vec::new(), None);
    loop {
        let found = board.search(filter, moment, &Page { limit: 1_000, cursor });
        met.extend(found.services.iter().map(|(service, _)| service.id.clone()));
        let Some(next) = found.next else { return met };
        cursor = Some(Cursor::parse(&next.to_string(), filter).unwrap());
    }
}

/// The register holds no figures; these differ from service to service, the same in every run.
fn made_up(number: usize) -> Capacity {
    let stay = if number.is_multiple_of(4) { "respite" } else { "permanent" };
    let bed = ["general_nursing", "dementia_nursing", "general_residential"][number % 3];
    let gender = ["any", "any", "female", "male"][number / 3 % 4];
    let line = json!({ "bed_type": bed, "stay": stay, "gender": gender, "maximum": 20, "occupied": 10, "reserved": 0,
        "accepting": number % 5, "weekly_fee": { "from": 90_000 + 100 * (number % 400) } });
    let status = if number.is_multiple_of(11) { "closed" } else { "open" };
    let mut capacity: Capacity =
        serde_json::from_value(json!({ "version": 1, "status": status, "lines": [line] })).unwrap();
    let hours = i64::try_from(number % 300).unwrap();
    capacity.confirmed_at = (!number.is_multiple_of(9)).then(|| now().minus(chrono::Duration::hours(hours)));
    capacity
}
