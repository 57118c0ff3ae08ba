//! The board against an oracle that knows only `Filter::matches` and how to sort.
//! What a filter means is not proved here; that is the business of `domain/filter.rs`.

mod by_example;

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{Duration, NaiveDate};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::base::stamp::Stamp;
use crate::board::{Board, Cursor, Page, Snapshot};
use crate::domain::authority::{Authority, AuthorityCode};
use crate::domain::capacity::{BedLine, Capacity, HoursLine, Line, WeeklyFee};
use crate::domain::care_service::{
    Address, CareService, CareServiceId, Facts, Location, OverallRating, Provider, ProviderId,
};
use crate::domain::change::{Change, ChangeKind};
use crate::domain::choices::{FEES, MILES, VACANCIES};
use crate::domain::filter::{Filter, Near};
use crate::domain::freshness::Moment;
use crate::domain::place::{Place, Point};
use crate::domain::words::{
    AdmissionStatus, Band, BedType, CareType, Freshness, Funding, Gender, Kind, Rating, Stay, TimeOfDay,
};

const NAMES: [&str; 8] =
    ["Oak House", "oak house!", "St. Mary’s", "Élan Court", "O'Brien Lodge", "Stow-on-the-Wold Care", "#1", "The Oaks"];
const TOWNS: [&str; 3] = ["Winchester", "Bishop's Waltham", "Stow"];
const SEARCHES: [&str; 9] = ["oak", "h", "o'b", "st mary", "stow wold", "winch care", "elan", "bishops w", "zz"];
const AUTHORITIES: [(&str, &str); 3] =
    [("E10000014", "Hampshire"), ("E06000044", "Portsmouth"), ("E06000046", "Isle of Wight")];

fn now() -> Stamp {
    Stamp::parse("2026-11-22T09:30:00Z").unwrap()
}

fn day(offset: i64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 22).unwrap() + Duration::days(offset)
}

fn some<T: Clone + std::fmt::Debug + 'static>(values: &'static [T], most: usize) -> impl Strategy<Value = Vec<T>> {
    subsequence(values, 0..=most.min(values.len()))
}

/// Few points, so that distances tie; one across the date line, one at a pole.
fn point() -> impl Strategy<Value = Point> {
    let near = (0..6i32, 0..6i32)
        .prop_map(|(lat, lon)| Point { lat: 51.0 + f64::from(lat) / 20.0, lon: -1.3 + f64::from(lon) / 20.0 });
    let far = select(&[(0.0, 179.98), (0.02, -179.98), (89.99, 0.0), (89.98, 180.0), (-33.9, 151.2)][..])
        .prop_map(|(lat, lon)| Point { lat, lon });
    prop_oneof![9 => near, 1 => far]
}

fn bed_line() -> impl Strategy<Value = Line> {
    let kind = (select(&BedType::ALL[..3]), select(&Stay::ALL[..2]), select(Gender::ALL), some(&Funding::ALL[..3], 2));
    let fee = of((of(1..4u32), 4..6u32)
        .prop_map(|(from, to)| WeeklyFee { from: from.map(|f| f * 40_000), to: Some(to * 40_000) }));
    (kind, 0..4u16, fee, of(-2..4i64)).prop_map(
        |((bed_type, stay, gender, funding), accepting, weekly_fee, earliest)| {
            Line::Bed(BedLine {
                bed_type,
                stay,
                maximum: 10,
                occupied: 5,
                reserved: 0,
                reserved_until: None,
                accepting,
                gender,
                funding,
                weekly_fee,
                earliest_admission: earliest.map(day),
                reason: None,
                note: None,
            })
        },
    )
}

fn hours_line() -> impl Strategy<Value = Line> {
    (select(TimeOfDay::ALL), 0..4u16, of(-2..4i64)).prop_map(|(time_of_day, hours_available, earliest)| {
        Line::Hours(HoursLine {
            area: "SO23".to_owned(),
            time_of_day,
            hours_available,
            double_handed: false,
            earliest_start: earliest.map(day),
            note: None,
        })
    })
}

/// Just before, at and after each limit of freshness; in the future too.
fn confirmed_at() -> impl Strategy<Value = Option<Stamp>> {
    let limits = [-3600, 0, 60, 86_399, 86_400, 86_401, 7 * 86_400 - 1, 7 * 86_400, 20 * 86_400];
    of(select(limits.to_vec()).prop_map(|seconds| now().minus(Duration::seconds(seconds))))
}

fn capacity() -> impl Strategy<Value = Capacity> {
    let lines = vec(prop_oneof![3 => bed_line(), 1 => hours_line()], 0..4);
    (select(AdmissionStatus::ALL), lines, confirmed_at()).prop_map(|(status, lines, confirmed_at)| Capacity {
        status,
        lines,
        confirmed_at,
        ..Capacity::default()
    })
}

fn facts() -> impl Strategy<Value = Facts> {
    let names = (select(&NAMES[..]), of(select(&TOWNS[..])), of((of(0..4u32), select(&["Oak Care Ltd", "Wold"][..]))));
    let lists = (some(CareType::ALL, 3), some(&Band::ALL[..4], 3), of(select(Rating::ALL)));
    (names, select(&AUTHORITIES[..]), of(point()), select(Kind::ALL), lists).prop_map(
        |((name, town, provider), (code, authority), point, kind, (care_types, bands, rating))| Facts {
            kind,
            name: name.to_owned(),
            provider: provider.map(|(id, name)| Provider {
                id: id.map(|id| ProviderId::from_text(format!("1-P{id}"))),
                name: name.to_owned(),
            }),
            authority: Authority { code: AuthorityCode::parse(code).unwrap(), name: authority.to_owned() },
            address: Address { town: town.map(str::to_owned), ..Address::default() },
            location: point.map(|point| Location { point, approximate: false }),
            phone: None,
            website: None,
            care_types,
            bands,
            beds: None,
            rating: rating.map(|overall| OverallRating { overall, published_on: None, url: None }),
        },
    )
}

fn service_of(id: impl Strategy<Value = u32>) -> impl Strategy<Value = CareService> {
    (id, facts(), capacity(), prop_oneof![9 => Just(None), 1 => Just(Some(now()))]).prop_map(
        |(id, facts, capacity, left_at)| CareService {
            id: CareServiceId::from_text(format!("1-{id}")),
            facts,
            capacity,
            left_at,
        },
    )
}

#[derive(Clone, Debug)]
enum Event {
    Told(u32, Capacity),
    Replaced(Box<CareService>),
    Left(u32),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (0..200u32, capacity()).prop_map(|(id, capacity)| Event::Told(id, capacity)),
        2 => service_of(0..250u32).prop_map(|service| Event::Replaced(Box::new(service))),
        1 => (0..200u32).prop_map(Event::Left),
    ]
}

fn near() -> impl Strategy<Value = Near> {
    (point(), select(&[0.1, 3.0, 10.0, 500.0, 20_000.0][..])).prop_map(|(point, within)| Near {
        place: Place::Point(point),
        point,
        within,
    })
}

fn filter() -> impl Strategy<Value = Filter> {
    let seldom = |chance| proptest::option::weighted(chance, Just(()));
    let lists = (
        (seldom(0.2), some(Kind::ALL, 2)),
        (seldom(0.2), some(CareType::ALL, 2)),
        (seldom(0.3), some(&BedType::ALL[..3], 2)),
        (seldom(0.3), some(&Stay::ALL[..2], 2)),
        (seldom(0.2), some(&Band::ALL[..4], 2)),
        (seldom(0.2), some(Gender::ALL, 2)),
        (seldom(0.2), some(&Funding::ALL[..3], 2)),
        (seldom(0.2), vec(select(&AUTHORITIES[..]), 1..3)),
        (seldom(0.1), vec(0..5u32, 1..3)),
        (seldom(0.1), vec(0..250u32, 1..80)),
    );
    let least = (of(select(Rating::ALL)), of(0..4u32), of(select(Freshness::ALL)), of(-2..4i64), of(1..6u32));
    let least = (seldom(0.5), least);
    let found = (proptest::option::weighted(0.3, select(&SEARCHES[..])), proptest::option::weighted(0.4, near()));
    (found, lists, least).prop_map(|((q, near), lists, least)| {
        let (kind, care, bed, stay, band, gender, funding, authority, provider, id) = lists;
        let (rating, vacant, fresh, by, fee) = least.0.map_or((None, None, None, None, None), |()| least.1);
        Filter {
            q: q.map(str::to_owned),
            near,
            authority: asked(authority).into_iter().filter_map(|(code, _)| AuthorityCode::parse(code)).collect(),
            kind: asked(kind),
            care_type: asked(care),
            bed_type: asked(bed),
            stay: asked(stay),
            band: asked(band),
            gender: asked(gender),
            funding: asked(funding),
            max_fee: fee.map(|fee| fee * 40_000),
            rating,
            vacant,
            fresh,
            by: by.map(day),
            provider: asked(provider).into_iter().map(|id| ProviderId::from_text(format!("1-P{id}"))).collect(),
            id: asked(id).into_iter().map(|id| CareServiceId::from_text(format!("1-{id}"))).collect(),
        }
    })
}

fn asked<T>((chosen, values): (Option<()>, Vec<T>)) -> Vec<T> {
    chosen.map(|()| values).unwrap_or_default()
}

/// Everything by the slow and plain way.
#[derive(Clone, Default)]
struct Oracle(BTreeMap<CareServiceId, CareService>);

impl Oracle {
    fn matching(&self, filter: &Filter, moment: &Moment) -> Vec<CareServiceId> {
        let mut found: Vec<&CareService> = self.0.values().filter(|service| filter.matches(service, moment)).collect();
        found.sort_by(|one, other| {
            let miles = |service| filter.distance(service).unwrap_or_default();
            let age = |service: &CareService| match filter.near {
                Some(_) => Freshness::Fresh,
                None => service.capacity.freshness(moment),
            };
            miles(one)
                .partial_cmp(&miles(other))
                .unwrap_or(Ordering::Equal)
                .then_with(|| age(one).cmp(&age(other)))
                .then_with(|| one.folded_name().cmp(&other.folded_name()))
                .then_with(|| one.id.cmp(&other.id))
        });
        found.into_iter().map(|service| service.id.clone()).collect()
    }

    fn count(&self, filter: Filter, moment: &Moment) -> usize {
        self.0.values().filter(|service| filter.matches(service, moment)).count()
    }

    /// The change that this event makes, if it can happen.
    fn take(&mut self, event: Event, seq: i64) -> Option<Arc<Change>> {
        let (kind, service) = match event {
            Event::Told(id, capacity) => {
                let known = self.0.get(&CareServiceId::from_text(format!("1-{id}")))?;
                (ChangeKind::CapacityUpdated, CareService { capacity, ..known.clone() })
            }
            Event::Replaced(service) => (ChangeKind::ServiceUpdated, *service),
            Event::Left(id) => {
                let known = self.0.get(&CareServiceId::from_text(format!("1-{id}")))?;
                (ChangeKind::ServiceLeft, CareService { left_at: Some(now()), ..known.clone() })
            }
        };
        self.0.insert(service.id.clone(), service.clone());
        Some(Arc::new(Change { seq, at: now(), kind, previous_seq: 0, actor: "test".to_owned(), service }))
    }
}

/// All pages one after the other, each cursor through its text, as a browser would.
fn walk(snapshot: &Snapshot, filter: &Filter, moment: &Moment, limit: usize) -> Vec<CareServiceId> {
    let mut met = Vec::new();
    let mut cursor = None;
    loop {
        let found = snapshot.search(filter, moment, &Page { limit, cursor });
        assert!(found.services.len() <= limit);
        for (service, miles) in &found.services {
            assert_eq!(*miles, filter.distance(service));
            met.push(service.id.clone());
        }
        let Some(next) = found.next else {
            assert_eq!(found.total, met.len());
            return met;
        };
        assert_eq!(found.services.len(), limit);
        cursor = Some(Cursor::parse(&next.to_string(), filter).expect("a page's own cursor is good"));
    }
}

fn ids(services: &[Arc<CareService>]) -> Vec<CareServiceId> {
    services.iter().map(|service| service.id.clone()).collect()
}

fn assert_facets(snapshot: &Snapshot, oracle: &Oracle, filter: &Filter, moment: &Moment) {
    let facets = snapshot.facets(filter, moment);
    let with = |choose: &dyn Fn(&mut Filter)| {
        let mut filter = filter.clone();
        choose(&mut filter);
        oracle.count(filter, moment)
    };
    let on_register: BTreeSet<_> =
        oracle.0.values().filter(|s| s.left_at.is_none()).map(|s| s.facts.authority.clone()).collect();
    assert_eq!(facets.authority.iter().map(|(authority, _)| authority.clone()).collect::<BTreeSet<_>>(), on_register);
    assert!(facets.authority.is_sorted_by_key(|(authority, _)| authority.name.clone()));
    for (authority, count) in facets.authority {
        assert_eq!(count, with(&|f| f.authority = vec![authority.code.clone()]), "{authority:?}");
    }
    macro_rules! assert_counts {
        ($($key:ident $choices:ident),+) => {$(
            assert_eq!(facets.$key.iter().map(|(choice, _)| *choice).collect::<Vec<_>>(), $choices::ALL);
            for (choice, count) in facets.$key {
                assert_eq!(count, with(&|f| f.$key = vec![choice]), "{choice}");
            }
        )+};
    }
    macro_rules! assert_least {
        ($($key:ident $choices:expr),+) => {$({
            assert_eq!(choices_of(&facets.$key), $choices);
            for (choice, count) in facets.$key {
                assert_eq!(count, with(&|f| f.$key = Some(choice)), "{choice}");
            }
        })+};
    }
    assert_least!(rating Rating::ALL, fresh [Freshness::Fresh, Freshness::Ageing], vacant VACANCIES, max_fee FEES);
    assert_eq!(choices_of(&facets.within), if filter.near.is_some() { MILES.to_vec() } else { Vec::new() });
    for (miles, count) in facets.within {
        let within = |filter: &mut Filter| filter.near.iter_mut().for_each(|near| near.within = f64::from(miles));
        assert_eq!(count, with(&within), "{miles} miles");
    }
    assert_counts!(kind Kind, care_type CareType, band Band, bed_type BedType, stay Stay, gender Gender, funding Funding);
}

fn assert_unplaced(snapshot: &Snapshot, oracle: &Oracle, filter: &Filter, moment: &Moment) {
    let around = Filter { near: filter.near.clone(), ..Filter::default() };
    let near: BTreeSet<_> =
        oracle.matching(&around, moment).iter().map(|id| oracle.0[id].facts.authority.clone()).collect();
    let mut expected = oracle.matching(&Filter { near: None, ..filter.clone() }, moment);
    expected.retain(|id| oracle.0[id].facts.location.is_none() && near.contains(&oracle.0[id].facts.authority));
    if filter.near.is_none() {
        expected.clear();
    }
    assert_eq!(ids(&snapshot.matching_but_for_place(filter, moment)), expected);
}

fn choices_of<T: Copy>(counted: &[(T, usize)]) -> Vec<T> {
    counted.iter().map(|(choice, _)| *choice).collect()
}

fn assert_authorities(snapshot: &Snapshot, oracle: &Oracle) {
    for counts in snapshot.authorities() {
        let of = |kind: Kind| {
            oracle.0.values().filter(move |s| s.left_at.is_none() && s.facts.kind == kind).filter({
                let authority = counts.authority.clone();
                move |s| s.facts.authority == authority
            })
        };
        let vacant = |s: &CareService| u64::from(s.capacity.vacant());
        assert_eq!(counts.care_homes, of(Kind::CareHome).count());
        assert_eq!(counts.home_care, of(Kind::HomeCare).count());
        assert_eq!(counts.vacancies, of(Kind::CareHome).map(vacant).sum::<u64>());
        assert_eq!(counts.hours_available, of(Kind::HomeCare).map(vacant).sum::<u64>());
        let all = of(Kind::CareHome).chain(of(Kind::HomeCare));
        assert_eq!(counts.with_vacancies, all.filter(|s| vacant(s) > 0).count());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 80, max_shrink_iters: 2000, ..ProptestConfig::default() })]

    #[test]
    fn the_board_finds_what_the_filter_matches_and_in_order_after_any_changes(
        services in vec(service_of(0..200u32), 0..200),
        batches in vec(vec(event(), 1..60), 0..4),
        filters in vec((filter(), 1..40usize), 6),
    ) {
        let mut oracle = Oracle(services.into_iter().map(|service| (service.id.clone(), service)).collect());
        let board = Board::new(oracle.0.values().cloned().collect(), 0);
        let moment = Moment::at(now());
        let mut seq = 0;
        for batch in std::iter::once(Vec::new()).chain(batches) {
            let changes: Vec<_> = batch.into_iter().filter_map(|event| {
                let change = oracle.take(event, seq + 1)?;
                seq = change.seq;
                Some(change)
            }).collect();
            board.apply(&changes);
            let snapshot = board.current();
            prop_assert_eq!(snapshot.seq(), seq);
            prop_assert_eq!(snapshot.len(), oracle.0.values().filter(|service| service.left_at.is_none()).count());
            for service in oracle.0.values() {
                prop_assert_eq!(snapshot.get(&service.id).map(|found| &**found), Some(service));
            }
            for (filter, limit) in &filters {
                let expected = oracle.matching(filter, &moment);
                prop_assert_eq!(snapshot.count(filter, &moment), expected.len());
                prop_assert_eq!(&ids(&snapshot.matching(filter, &moment)), &expected);
                prop_assert_eq!(&walk(&snapshot, filter, &moment, *limit), &expected);
            }
            assert_unplaced(&snapshot, &oracle, &filters[1].0, &moment);
            assert_facets(&snapshot, &oracle, &filters[0].0, &moment);
            assert_authorities(&snapshot, &oracle);
        }
    }

    #[test]
    fn whoever_turns_pages_meets_each_unchanged_service_once_while_others_change_and_time_passes(
        services in vec(service_of(0..200u32), 1..200),
        batches in vec(vec(event(), 0..20), 40),
        (filter, limit) in (filter(), 5..40usize),
    ) {
        let mut oracle = Oracle(services.into_iter().map(|service| (service.id.clone(), service)).collect());
        let board = Board::new(oracle.0.values().cloned().collect(), 0);
        let filter = Filter { fresh: None, ..filter };
        let mut moment = Moment::at(now());
        let expected = oracle.matching(&filter, &moment);
        let (mut met, mut touched, mut cursor, mut seq) = (Vec::new(), BTreeSet::new(), None, 0);
        for batch in batches {
            let found = board.current().search(&filter, &moment, &Page { limit, cursor });
            met.extend(found.services.into_iter().map(|(service, _)| service.id.clone()));
            cursor = found.next;
            if cursor.is_none() {
                break;
            }
            moment.now = moment.now.plus(Duration::hours(9));
            let changes: Vec<_> = batch.into_iter().filter_map(|event| {
                seq += 1;
                oracle.take(event, seq)
            }).collect();
            touched.extend(changes.iter().map(|change| change.service.id.clone()));
            board.apply(&changes);
        }
        prop_assert!(cursor.is_none(), "the pages end");
        for id in expected {
            if !touched.contains(&id) {
                prop_assert_eq!(met.iter().filter(|one| **one == id).count(), 1, "{}", id);
            }
        }
    }
}
