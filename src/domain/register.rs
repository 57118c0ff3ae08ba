//! A care service as a register tells it, and what that adds to what is known: absent never erases.
//! Which file says so, and how it is laid out, is the importer's business.

use crate::domain::care_service::{Address, CareService, CareServiceId, Facts, Location, OverallRating, Provider};
use crate::domain::place::Point;
use crate::domain::words::CareType;

/// One service in one row of a register.
#[derive(Clone, Debug, PartialEq)]
pub struct RegisterEntry {
    pub id: CareServiceId,
    /// What is empty or `None` here the row does not say. A location is one the row itself gives.
    pub told: Facts,
    /// What a register that lists no services suggests: taken only where nothing better is known.
    pub likely_care_types: Vec<CareType>,
}

/// What the rows about one service do to it.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// It was not known, or had left and is back.
    Add(Facts),
    Change(Facts),
    Keep,
}

/// What the rows about one service, in their order, make of what is known of it.
/// `locate` finds the middle of a postcode as it is written, or of its district.
pub fn step(
    rows: &[RegisterEntry],
    known: Option<&CareService>,
    locate: &impl Fn(&str) -> Option<Point>,
) -> Option<Step> {
    // First the rows among themselves, so that the same rows always come to the same.
    let mut told = rows.first()?.told.clone();
    for row in &rows[1..] {
        let before = told.location.filter(|_| !has_moved(&told, &row.told));
        told = Facts { location: row.told.location.or(before), ..over(&row.told, told) };
    }
    let mut facts = match known {
        None => Facts { location: told.location.or_else(|| middle_of(&told, locate)), ..told },
        Some(known) => {
            let (location, facts) = (location_over(&told, &known.facts, locate), over(&told, known.facts.clone()));
            Facts { location, ..facts }
        }
    };
    if facts.care_types.is_empty() {
        let likely = rows.iter().map(|row| &row.likely_care_types).find(|likely| !likely.is_empty());
        facts.care_types = likely.cloned().unwrap_or_default();
    }
    Some(match known {
        None => Step::Add(facts),
        Some(service) if service.left_at.is_some() => Step::Add(facts),
        Some(service) if service.facts == facts => Step::Keep,
        Some(_) => Step::Change(facts),
    })
}

/// Where a service stands as far as its postcode tells, unless that is known exactly.
pub fn location_by_postcode(facts: &Facts, locate: &impl Fn(&str) -> Option<Point>) -> Option<Location> {
    match facts.location {
        Some(exact) if !exact.approximate => Some(exact),
        other => middle_of(facts, locate).or(other),
    }
}

/// What is told replaces what is known, all but the location; what is not told stays.
fn over(told: &Facts, known: Facts) -> Facts {
    let or = |told: &Option<String>, known| told.clone().or(known);
    Facts {
        kind: told.kind,
        name: told.name.clone(),
        provider: provider_over(told.provider.clone(), known.provider),
        authority: told.authority.clone(),
        address: Address {
            lines: listed(&told.address.lines, known.address.lines),
            town: or(&told.address.town, known.address.town),
            postcode: or(&told.address.postcode, known.address.postcode),
        },
        location: known.location,
        phone: or(&told.phone, known.phone),
        website: or(&told.website, known.website),
        care_types: listed(&told.care_types, known.care_types),
        bands: listed(&told.bands, known.bands),
        beds: told.beds.or(known.beds),
        rating: rating_over(told.rating.clone(), known.rating),
    }
}

fn listed<T: Clone>(told: &[T], known: Vec<T>) -> Vec<T> {
    if told.is_empty() { known } else { told.to_vec() }
}

/// Exact beats approximate, unless the service has moved to another postcode since.
fn location_over(told: &Facts, known: &Facts, locate: &impl Fn(&str) -> Option<Point>) -> Option<Location> {
    match (told.location, known.location) {
        (Some(exact), _) => Some(exact),
        (None, Some(exact)) if !exact.approximate && !has_moved(known, told) => Some(exact),
        (None, before) => {
            let postcode = if told.address.postcode.is_some() { told } else { known };
            middle_of(postcode, locate).or(before)
        }
    }
}

fn has_moved(before: &Facts, after: &Facts) -> bool {
    let (before, after) = (&before.address.postcode, &after.address.postcode);
    before.is_some() && after.is_some() && before != after
}

fn middle_of(facts: &Facts, locate: &impl Fn(&str) -> Option<Point>) -> Option<Location> {
    let point = locate(facts.address.postcode.as_deref()?)?;
    Some(Location { point, approximate: true })
}

/// A register that names the provider without its id means the one that is known by that name.
fn provider_over(told: Option<Provider>, known: Option<Provider>) -> Option<Provider> {
    let Some(told) = told else { return known };
    let known_id = known.filter(|known| known.name == told.name).and_then(|known| known.id);
    Some(Provider { id: told.id.or(known_id), name: told.name })
}

/// A date belongs to its rating, and of two dates of one rating the later holds: some registers
/// give the day of registration instead. The address of the report stays until there is another.
fn rating_over(told: Option<OverallRating>, known: Option<OverallRating>) -> Option<OverallRating> {
    let Some(told) = told else { return known };
    let (known_date, known_url) = match known {
        Some(known) if known.overall == told.overall => (known.published_on, known.url),
        Some(known) => (None, known.url),
        None => (None, None),
    };
    Some(OverallRating {
        overall: told.overall,
        published_on: told.published_on.max(known_date),
        url: told.url.or(known_url),
    })
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use proptest::prelude::*;

    use super::*;
    use crate::base::stamp::Stamp;
    use crate::domain::authority;
    use crate::domain::capacity::Capacity;
    use crate::domain::care_service::ProviderId;
    use crate::domain::words::{Band, Kind, Rating};

    const OAK: Point = Point { lat: 51.0, lon: -1.0 };
    const MIDDLE: Point = Point { lat: 51.5, lon: -1.5 };

    fn row(told: Facts) -> RegisterEntry {
        RegisterEntry { id: CareServiceId::from_text("1-100"), told, likely_care_types: Vec::new() }
    }

    /// A row with no more than it must have.
    fn bare() -> Facts {
        Facts {
            kind: Kind::CareHome,
            name: "Oak House".into(),
            provider: None,
            authority: authority::by_name("Hampshire").unwrap(),
            address: Address::default(),
            location: None,
            phone: None,
            website: None,
            care_types: Vec::new(),
            bands: Vec::new(),
            beds: None,
            rating: None,
        }
    }

    fn full() -> Facts {
        Facts {
            provider: Some(Provider { id: Some(ProviderId::from_text("1-1")), name: "Oak Care".into() }),
            address: Address {
                lines: vec!["1 Oak Lane".into()],
                town: Some("Oakton".into()),
                postcode: Some("ZZ1 1AA".into()),
            },
            location: Some(Location { point: OAK, approximate: false }),
            phone: Some("01632960001".into()),
            website: Some("https://oak.example".into()),
            care_types: vec![CareType::Nursing],
            bands: vec![Band::Dementia],
            beds: Some(40),
            rating: Some(OverallRating {
                overall: Rating::Good,
                published_on: NaiveDate::from_ymd_opt(2020, 5, 6),
                url: Some("https://report.example".into()),
            }),
            ..bare()
        }
    }

    fn nowhere(_: &str) -> Option<Point> {
        None
    }

    fn middle(_: &str) -> Option<Point> {
        Some(MIDDLE)
    }

    fn service(facts: Facts) -> CareService {
        CareService { id: CareServiceId::from_text("1-100"), facts, capacity: Capacity::default(), left_at: None }
    }

    /// The facts after these rows, whether or not anything is new.
    fn after(rows: &[RegisterEntry], known: Option<Facts>, locate: &impl Fn(&str) -> Option<Point>) -> Facts {
        let known = known.map(service);
        match step(rows, known.as_ref(), locate).unwrap() {
            Step::Add(facts) | Step::Change(facts) => facts,
            Step::Keep => known.unwrap().facts,
        }
    }

    #[test]
    fn what_a_row_does_not_say_is_kept() {
        let renamed = row(Facts { name: "Oak Lodge".into(), ..bare() });
        assert_eq!(after(&[renamed], Some(full()), &middle), Facts { name: "Oak Lodge".into(), ..full() });
    }

    #[test]
    fn files_about_one_service_complement_each_other() {
        let places = row(Facts { address: full().address, location: full().location, ..bare() });
        let beds = row(Facts { beds: Some(40), care_types: vec![CareType::Nursing], ..bare() });
        let facts = after(&[places, beds], None, &nowhere);
        assert_eq!((facts.beds, facts.location, facts.address), (Some(40), full().location, full().address));
    }

    #[test]
    fn a_location_by_postcode_is_approximate_and_gives_way_to_an_exact_one_but_never_the_reverse() {
        let told = row(Facts { location: None, ..full() });
        let approximate = after(std::slice::from_ref(&told), None, &middle);
        assert_eq!(approximate.location, Some(Location { point: MIDDLE, approximate: true }));
        let exact = after(&[row(full())], Some(approximate.clone()), &middle);
        assert_eq!(exact.location, full().location);
        assert_eq!(after(std::slice::from_ref(&told), Some(exact.clone()), &middle).location, full().location);
        assert_eq!(location_by_postcode(&exact, &middle), full().location);
        assert_eq!(location_by_postcode(&approximate, &nowhere), approximate.location);
        assert_eq!(after(&[told], None, &nowhere).location, None);
    }

    #[test]
    fn a_service_that_moved_is_not_left_where_it_stood() {
        let address = Address { postcode: Some("ZZ9 9ZZ".into()), ..Address::default() };
        let moved = row(Facts { address, ..bare() });
        let there = Some(Location { point: MIDDLE, approximate: true });
        assert_eq!(after(std::slice::from_ref(&moved), Some(full()), &middle).location, there);
        assert_eq!(after(&[row(full()), moved.clone()], None, &middle).location, there);
        assert_eq!(after(&[moved], Some(full()), &nowhere).location, full().location);
    }

    #[test]
    fn a_guess_never_replaces_a_care_type_that_is_told() {
        let guess = RegisterEntry { likely_care_types: vec![CareType::HomeCare], ..row(bare()) };
        assert_eq!(after(std::slice::from_ref(&guess), None, &nowhere).care_types, [CareType::HomeCare]);
        assert_eq!(after(&[guess], Some(full()), &nowhere).care_types, [CareType::Nursing]);
    }

    #[test]
    fn of_two_dates_of_one_rating_the_later_holds_and_another_rating_brings_its_own() {
        let date = NaiveDate::from_ymd_opt(2011, 1, 1);
        let rated = |overall| {
            let rating = OverallRating { overall, published_on: date, url: None };
            after(&[row(Facts { rating: Some(rating), ..bare() })], Some(full()), &nowhere).rating.unwrap()
        };
        assert_eq!(rated(Rating::Good), full().rating.unwrap());
        let worse = rated(Rating::Inadequate);
        assert_eq!((worse.overall, worse.published_on), (Rating::Inadequate, date));
        assert_eq!(worse.url.as_deref(), Some("https://report.example"));
    }

    #[test]
    fn a_service_that_left_and_comes_back_is_added_again() {
        let mut known = service(full());
        assert_eq!(step(&[row(full())], Some(&known), &nowhere), Some(Step::Keep));
        known.left_at = Stamp::parse("2026-11-22T09:30:00Z");
        assert_eq!(step(&[row(full())], Some(&known), &nowhere), Some(Step::Add(full())));
    }

    /// Any mixture of what two full rows and a bare one say.
    fn any_row() -> impl Strategy<Value = RegisterEntry> {
        let other = Facts {
            kind: Kind::HomeCare,
            name: "Elm".into(),
            provider: Some(Provider { id: None, name: "Oak Care".into() }),
            address: Address {
                lines: vec!["2 Elm Way".into()],
                town: Some("Elmton".into()),
                postcode: Some("ZZ22 2BB".into()),
            },
            location: Some(Location { point: Point { lat: 52.0, lon: -2.0 }, approximate: false }),
            rating: Some(OverallRating { overall: Rating::Inadequate, published_on: None, url: None }),
            ..full()
        };
        let choices = [bare(), full(), other];
        (proptest::collection::vec(0..3_usize, 10), any::<bool>()).prop_map(move |(picks, is_likely)| {
            let pick = |at: usize| choices[picks[at]].clone();
            let told = Facts {
                kind: pick(0).kind,
                name: pick(0).name,
                provider: pick(1).provider,
                authority: bare().authority,
                address: Address {
                    lines: pick(2).address.lines,
                    town: pick(2).address.town,
                    postcode: pick(3).address.postcode,
                },
                location: pick(4).location,
                phone: pick(5).phone,
                website: pick(5).website,
                care_types: pick(6).care_types,
                bands: pick(7).bands,
                beds: pick(8).beds,
                rating: pick(9).rating,
            };
            let likely_care_types = if is_likely { vec![CareType::HomeCare] } else { Vec::new() };
            RegisterEntry { likely_care_types, ..row(told) }
        })
    }

    proptest! {
        #[test]
        fn the_same_files_change_nothing_the_second_time(
            before in proptest::collection::vec(any_row(), 0..3),
            rows in proptest::collection::vec(any_row(), 1..4),
            is_located in any::<bool>(),
        ) {
            let locate = |postcode: &str| is_located.then(|| Point { lat: 51.0, lon: -(postcode.len() as f64) });
            let mut known = None;
            for row in before {
                known = Some(after(&[row], known, &locate));
            }
            let once = service(after(&rows, known, &locate));
            prop_assert_eq!(step(&rows, Some(&once), &locate), Some(Step::Keep));
        }
    }
}
