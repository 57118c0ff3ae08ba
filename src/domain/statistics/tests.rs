//! Days of examples, and the fold against an oracle that looks every day up in the whole log.
//! Reading the log for it is not tried here.

use std::collections::HashMap;

use chrono::{Duration, NaiveDate};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;

use crate::base::local::Zone;
use crate::base::stamp::Stamp;
use crate::domain::care_service::CareService;
use crate::domain::change::{Change, ChangeKind};
use crate::domain::freshness::FreshnessLimits;
use crate::domain::statistics::{DayJson, DayOfAuthority, Span, Statistics, gone_back};
use crate::domain::view::View;
use crate::domain::words::{AdmissionStatus, BedType, Freshness};

fn london() -> Zone {
    Zone::parse("Europe/London").unwrap()
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn stamp(text: &str) -> Stamp {
    Stamp::parse(text).unwrap()
}

fn span(from: &str, until: &str) -> Span {
    Span { zone: london(), limits: FreshnessLimits::default(), from: date(from), until: stamp(until) }
}

/// A home of twenty beds, twelve of them occupied.
fn home(id: u32, accepting: u16, confirmed_at: Option<Stamp>) -> CareService {
    let code = if id.is_multiple_of(2) { "E10000014" } else { "E06000044" };
    let line = json!({ "bed_type": "general_nursing", "stay": "permanent",
        "maximum": 20, "occupied": 12, "reserved": 0, "accepting": accepting });
    let mut service: CareService = serde_json::from_value(json!({
        "id": format!("1-{id}"), "kind": "care_home", "name": "Oak House",
        "authority": { "code": code, "name": code },
        "capacity": { "version": 1, "status": "open", "lines": [line] },
    }))
    .unwrap();
    service.capacity.confirmed_at = confirmed_at;
    service
}

fn change(seq: i64, at: Stamp, kind: ChangeKind, previous_seq: i64, service: CareService) -> Change {
    Change { seq, at, kind, previous_seq, actor: "test".to_owned(), service }
}

fn told(seq: i64, at: &str, accepting: u16) -> Change {
    let at = stamp(at);
    change(seq, at, ChangeKind::CapacityUpdated, seq - 1, home(2, accepting, Some(at)))
}

fn fold(span: Span, services: Vec<CareService>, changes: &[Change]) -> Vec<DayOfAuthority> {
    let mut statistics = Statistics::new(span, services);
    changes.iter().for_each(|change| statistics.take(change));
    statistics.finish()
}

/// Day, updates, vacancies and how many figures are fresh, of each row.
fn brief(rows: &[DayOfAuthority]) -> Vec<(String, u32, u32, u32)> {
    let vacancies = |row: &DayOfAuthority| row.stood.vacancies.values().sum();
    let fresh = |row: &DayOfAuthority| row.stood.confirmed.get(&Freshness::Fresh).copied().unwrap_or(0);
    rows.iter().map(|row| (row.day.to_string(), row.came.updates, vacancies(row), fresh(row))).collect()
}

#[test]
fn a_day_lasts_23_hours_in_spring_and_25_in_autumn() {
    let spring =
        [told(1, "2026-03-28T23:30:00Z", 1), told(2, "2026-03-29T22:30:00Z", 2), told(3, "2026-03-29T23:30:00Z", 3)];
    let rows = fold(span("2026-03-28", "2026-03-31T12:00:00Z"), Vec::new(), &spring);
    assert_eq!(
        brief(&rows),
        [
            ("2026-03-28".to_owned(), 1, 1, 1),
            ("2026-03-29".to_owned(), 1, 2, 1),
            ("2026-03-30".to_owned(), 1, 3, 1),
            ("2026-03-31".to_owned(), 0, 3, 0),
        ]
    );
    let ends: Vec<String> = rows.iter().map(|row| row.until.to_string()).collect();
    assert_eq!(ends, ["2026-03-29T00:00:00Z", "2026-03-29T23:00:00Z", "2026-03-30T23:00:00Z", "2026-03-31T12:00:00Z"]);

    let autumn =
        [told(1, "2026-10-24T22:59:59Z", 1), told(2, "2026-10-24T23:00:00Z", 2), told(3, "2026-10-25T23:59:59Z", 3)];
    let rows = fold(span("2026-10-24", "2026-10-26T00:00:00Z"), Vec::new(), &autumn);
    assert_eq!(brief(&rows), [("2026-10-24".to_owned(), 1, 1, 1), ("2026-10-25".to_owned(), 2, 3, 1)]);
}

#[test]
fn figures_grow_old_on_days_without_a_change() {
    let confirmed = stamp("2026-06-01T11:00:00Z");
    let rows =
        fold(span("2026-06-01", "2026-06-08T23:00:00Z"), vec![home(2, 1, Some(confirmed)), home(4, 0, None)], &[]);
    let ages = |row: &DayOfAuthority| row.stood.confirmed.keys().copied().collect::<Vec<_>>();
    let ages: Vec<_> = rows.iter().map(ages).collect();
    let (fresh, ageing, stale, never) = (Freshness::Fresh, Freshness::Ageing, Freshness::Stale, Freshness::Never);
    assert_eq!(ages[0], [fresh, never]);
    assert!(ages[1..7].iter().all(|ages| *ages == [ageing, never]), "{ages:?}");
    assert_eq!(ages[7], [stale, never]);
    assert_eq!(rows[0].stood.confirmed_share(fresh), 0.5);
    let mean_age = |row: &DayOfAuthority| DayJson::new(row, View::Public).mean_age_hours.unwrap();
    assert_eq!(mean_age(&rows[1]) - mean_age(&rows[0]), 24.0, "who never told has no age");
}

#[test]
fn a_clock_that_jumps_neither_reopens_a_day_nor_skips_any() {
    let changes =
        [told(1, "2026-06-02T10:00:00Z", 1), told(2, "2026-06-01T10:00:00Z", 2), told(3, "2031-01-01T10:00:00Z", 3)];
    let rows = fold(span("2026-06-01", "2026-06-03T12:00:00Z"), vec![home(2, 0, None)], &changes);
    let days: Vec<_> = brief(&rows).into_iter().map(|(day, updates, vacancies, _)| (day, updates, vacancies)).collect();
    let day = |day: &str, updates, vacancies| (format!("2026-06-0{day}"), updates, vacancies);
    assert_eq!(days, [day("1", 0, 0), day("2", 2, 2), day("3", 1, 3)]);
}

#[test]
fn closed_homes_have_no_vacancies_and_few_homes_no_public_occupancy() {
    let mut homes: Vec<_> = (1..=4).map(|id| home(2 * id, 1, None)).collect();
    homes[0].capacity.status = AdmissionStatus::Closed;
    let rows = |homes: &[CareService]| fold(span("2026-06-01", "2026-06-01T12:00:00Z"), homes.to_vec(), &[]);
    let four = rows(&homes);
    assert_eq!((four[0].stood.with_vacancies, four[0].stood.vacancies[&BedType::GeneralNursing]), (3, 3));
    assert_eq!(DayJson::new(&four[0], View::Staff).occupancy, Some(0.6));
    assert_eq!(DayJson::new(&four[0], View::Public).occupancy, None);
    homes.push(home(10, 0, None));
    assert_eq!(DayJson::new(&rows(&homes)[0], View::Public).occupancy, Some(0.6));
    let stored = serde_json::to_string(&four[0]).unwrap();
    assert_eq!(serde_json::from_str::<DayOfAuthority>(&stored).unwrap(), four[0]);
}

/// Entries of five homes over some ten days about a clock change; the clock jumps back at times.
fn log(from: Stamp) -> impl Strategy<Value = Vec<Change>> {
    let entry = (0..5u32, -30..700i64, 0..4usize, 0..4u16);
    vec(entry, 0..60).prop_map(move |entries| {
        let (mut at, mut last, mut changes) = (from, HashMap::new(), Vec::new());
        for (seq, (id, minutes, kind, accepting)) in (1..).zip(entries) {
            at = at.plus(Duration::minutes(minutes));
            let mut service = home(id, accepting, Some(at));
            let known = last.insert(id, seq);
            let kind = match (known, kind) {
                (None, _) => ChangeKind::ServiceAdded,
                (Some(_), 0) => ChangeKind::ServiceLeft,
                (Some(_), 1) => ChangeKind::CapacityConfirmed,
                (Some(_), _) => ChangeKind::CapacityUpdated,
            };
            service.left_at = (kind == ChangeKind::ServiceLeft).then_some(at);
            changes.push(change(seq, at, kind, known.unwrap_or(0), service));
        }
        changes
    })
}

/// The last state of each service.
fn latest<'a>(changes: impl Iterator<Item = &'a Change>) -> Vec<CareService> {
    let states: HashMap<_, _> = changes.map(|change| (change.service.id.clone(), change.service.clone())).collect();
    states.into_values().collect()
}

proptest! {
    #[test]
    fn each_day_shows_what_came_on_it_and_how_it_ended(log in log(stamp("2026-03-27T21:00:00Z"))) {
        let span = span("2026-03-27", "2026-04-06T12:00:00Z");
        let rows = fold(span, Vec::new(), &log);
        let mut open = span.from;
        let days: Vec<NaiveDate> = log.iter().map(|change| {
            open = open.max(london().day(change.at).min(date("2026-04-06")));
            open
        }).collect();
        let dated = || log.iter().zip(&days);
        for day in span.from.iter_days().take_while(|day| *day <= date("2026-04-06")) {
            for code in ["E10000014", "E06000044"] {
                let row = rows.iter().find(|row| row.day == day && row.authority.code.as_str() == code);
                let here = |service: &CareService| service.facts.authority.code.as_str() == code;
                let came = |kind| dated().filter(|(change, on)| **on == day && change.kind == kind && here(&change.service)).count();
                let came = (came(ChangeKind::CapacityUpdated), came(ChangeKind::CapacityConfirmed));
                prop_assert_eq!(row.map_or((0, 0), |row| (row.came.updates as usize, row.came.confirmations as usize)), came);
                let stood = latest(dated().filter(|(_, on)| **on <= day).map(|(change, _)| change));
                let stood: Vec<_> = stood.into_iter().filter(|service| here(service) && service.left_at.is_none()).collect();
                prop_assert_eq!(row.map_or(0, |row| row.stood.care_homes as usize), stood.len());
                let vacancies: u32 = stood.iter().map(|service| service.capacity.vacant()).sum();
                prop_assert_eq!(row.map_or(0, |row| row.stood.vacancies.values().sum()), vacancies);
            }
        }
    }

    #[test]
    fn a_fold_begun_again_from_the_state_of_a_day_says_the_same(log in log(stamp("2026-10-23T21:00:00Z")), cut in 1..9i64) {
        let whole = fold(span("2026-10-23", "2026-11-02T12:00:00Z"), Vec::new(), &log);
        let begin = date("2026-10-23") + Duration::days(cut);
        let mut open = NaiveDate::MIN;
        let later = log.iter().position(|change| {
            open = open.max(london().day(change.at));
            open >= begin
        });
        let split = later.unwrap_or(log.len());
        let (before, since) = log.split_at(split);
        let earlier = before.iter().map(|change| (change.seq, change.service.clone())).collect();
        let start = gone_back(latest(log.iter()), since, &earlier);
        let rows = fold(Span { from: begin, ..span("2026-10-23", "2026-11-02T12:00:00Z") }, start, since);
        let expected: Vec<_> = whole.into_iter().filter(|row| row.day >= begin).collect();
        prop_assert_eq!(rows, expected);
    }
}
