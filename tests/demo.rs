//! The demonstration: a county with a past, people to sign in as, and updates that keep coming.

use std::collections::HashMap;
use std::sync::OnceLock;

use berth::app::App;
use berth::demo::keeps_changing::Changing;
use berth::demo::{self, Found};
use berth::domain::change::ChangeKind;
use berth::domain::filter_text::Asked;
use berth::domain::words::Freshness;
use berth::ops::Refused;
use berth::store::{changes, places, services};
use chrono::Duration;

use crate::support::homes::{add, care_home};
use crate::support::{BEGIN, Home, stamp};

/// A home that holds the county. It is made once, and then copied.
pub fn county() -> Home {
    static MADE: OnceLock<Home> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let home = Home::on_sqlite();
        assert_eq!(demo::prepare(&home.db(), stamp(BEGIN)), Ok(Found::Nothing));
        home
    });
    let home = Home::on_sqlite();
    made.db().url().connect().unwrap().copy_to(&home.path("berth.db")).unwrap().unwrap();
    home
}

#[test]
fn a_first_start_makes_a_county_with_a_year_behind_it_and_a_second_goes_on_with_it() {
    for home in Home::on_each() {
        let db = home.db();
        assert_eq!(demo::prepare(&db, stamp(BEGIN)), Ok(Found::Nothing));
        let (all, log, districts) = db
            .read_now(|c| Ok::<_, Refused>((services::all(c)?, changes::after(c, 0, 100_000)?, places::count(c)?)))
            .unwrap();
        assert_eq!((all.len(), districts), (300, 40));
        assert!(log.len() > 3_000, "{}", log.len());
        assert!(log.iter().enumerate().all(|(index, change)| change.seq == index as i64 + 1));
        assert!(log.is_sorted_by_key(|change| change.at), "the log is in the order of time");
        assert!(log[0].at < stamp(BEGIN).minus(Duration::days(360)) && log[log.len() - 1].at <= stamp(BEGIN));

        let last: HashMap<_, _> = log.iter().map(|change| (change.service.id.clone(), change)).collect();
        assert!(all.iter().all(|stored| last[&stored.service.id].service == stored.service));

        assert_eq!(demo::prepare(&db, stamp(BEGIN).plus(Duration::days(1))), Ok(Found::County));
        assert_eq!(db.read_now(changes::last_seq), Ok(log.len() as i64));
    }
}

#[test]
fn figures_of_every_age_and_vacancies_are_there_to_be_found() {
    let home = county();
    let app = home.app();
    let moment = app.moment();
    let snapshot = app.board.current();
    let count = |query: &str| {
        let asked = Asked::parse(query, &[]).unwrap();
        let filter = app.db.read_now(|c| places::resolve::<Refused>(c, asked)).unwrap();
        snapshot.matching(&filter, &moment)
    };
    for fresh in Freshness::ALL {
        assert!(count("").iter().any(|service| service.capacity.freshness(&moment) == *fresh), "{fresh}");
    }
    for query in [
        "authority=E10099001&kind=care_home&vacant=1",
        "authority=E06099003&kind=home_care&vacant=1",
        "near=WX13&within=5&care_type=nursing",
        "bed_type=dementia_nursing&funding=local_authority&max_fee=180000&vacant=1",
        "bed_type=learning_disability_residential&rating=good",
        "stay=discharge_to_assess&vacant=1&fresh=fresh",
        "q=samphire",
    ] {
        assert!(!count(query).is_empty(), "nothing matches {query}");
    }
}

#[test]
fn data_of_somebody_are_left_alone() {
    let home = Home::on_sqlite();
    let db = home.db();
    add(&db, stamp(BEGIN), vec![care_home("1-1", "Somebody's home")]);
    assert_eq!(demo::prepare(&db, stamp(BEGIN)), Ok(Found::OwnData));
    assert_eq!(db.read_now(changes::last_seq), Ok(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn updates_keep_coming_but_not_to_forgetful_homes_nor_to_the_visitors_own() {
    let home = county();
    let app = home.app();
    let before = app.db.read(changes::last_seq).await.unwrap();
    let mut changing = Changing::new(&app, 7);
    for _ in 0..300 {
        home.clock.advance(Duration::seconds(4));
        changing.step(&app).await.unwrap();
    }
    let (log, all) =
        app.db.read(move |c| Ok::<_, Refused>((changes::after(c, before, 1_000)?, services::all(c)?))).await.unwrap();
    assert_eq!(log.len(), 300);
    for kind in [ChangeKind::CapacityUpdated, ChangeKind::CapacityConfirmed] {
        assert!(log.iter().any(|change| change.kind == kind), "{kind:?}");
    }
    let old = |id: &str| {
        let stored = all.iter().find(|stored| stored.service.id.as_str() == id).unwrap();
        stored.service.capacity.freshness(&app.moment())
    };
    assert!(log.iter().all(|change| change.service.capacity.confirmed_at.is_some()));
    let stale = all.iter().filter(|stored| matches!(old(stored.service.id.as_str()), Freshness::Stale)).count();
    assert!(stale > 15, "{stale} stay stale");

    let people = demo::people::invite(&app).await.unwrap();
    let own = managed(&app).await;
    assert_eq!(own.len(), 2);
    assert!(log.iter().all(|change| !own.contains(&change.service.id.to_string())));
    assert_eq!(people.len(), 5);
}

/// The services of the person whom a visitor signs in as.
async fn managed(app: &App) -> Vec<String> {
    let person = app.db.read(|c| berth::store::people::by_email(c, &address("manager@example.org"))).await.unwrap();
    let target = |grant: &berth::domain::person::Grant| grant.target.text().strip_prefix("service:").map(str::to_owned);
    person.unwrap().grants.iter().filter_map(target).collect()
}

fn address(text: &str) -> berth::domain::person::EmailAddress {
    berth::domain::person::EmailAddress::parse(text).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_start_gives_new_links_to_the_same_people() {
    let home = county();
    let app = home.app();
    let first = demo::people::invite(&app).await.unwrap();
    let second = demo::people::invite(&app).await.unwrap();
    assert!(first.iter().zip(&second).all(|(first, second)| first.who == second.who && first.link != second.link));
    let known = app.db.read(berth::store::people::all).await.unwrap();
    assert_eq!(known.len(), 5);
}
