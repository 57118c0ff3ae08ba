//! How fast the board is with every care service of England: building, searching, applying changes.
//! It measures and prints, it judges nothing. Run it with `cargo bench --bench search`.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use berth::board::{Board, Page};
use berth::domain::care_service::{CareService, CareServiceId};
use berth::domain::change::{Change, ChangeKind};
use berth::domain::filter::Filter;
use berth::domain::filter_text::Asked;
use berth::domain::freshness::Moment;
use berth::domain::place::Place;
use berth::domain::relax;

use england::{Dice, SERVICES, capacity, now, service};

mod england;

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
    for (what, query) in [
        (
            "what to give up: nothing alone helps",
            "q=zzz&near=51.51,-0.12&rating=outstanding&vacant=9999&kind=care_home",
        ),
        (
            "what to give up: one of five",
            "near=51.51,-0.12&within=3&bed_type=transitional&max_fee=1&rating=good&vacant=1",
        ),
    ] {
        let filter = filter(query);
        let find = || relax::relaxed(&filter, |less| snapshot.count(less, &moment()));
        row(what, find().len(), &timed(100, || drop(black_box(find()))));
    }
    let near = filter("near=51.51,-0.12&vacant=1");
    let unplaced = || snapshot.matching_but_for_place(&near, &moment());
    row("who matches but for a place that nobody knows", unplaced().len(), &timed(300, || drop(black_box(unplaced()))));
    let towns = || snapshot.towns_named("Winchester", &moment());
    row("the towns of a name", towns().len(), &timed(300, || drop(black_box(towns()))));
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

fn moment() -> Moment {
    Moment::at(now())
}

/// Resident memory, as Linux tells it; 0 elsewhere.
fn resident_bytes() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or(0) * 4096
}
