//! Promises of the board that one example proves.
//! What must hold after any changes is proved beside it, against an oracle.

use std::sync::Arc;

use super::{ids, now};
use crate::board::{Board, Cursor, Page, Snapshot};
use crate::domain::authority::{Authority, AuthorityCode};
use crate::domain::capacity::Capacity;
use crate::domain::care_service::{Address, CareService, CareServiceId, Facts};
use crate::domain::change::{Change, ChangeKind};
use crate::domain::filter::Filter;
use crate::domain::freshness::Moment;
use crate::domain::words::Kind;

fn plain(id: u32) -> CareService {
    let facts = Facts {
        kind: Kind::CareHome,
        name: format!("Home {id}"),
        provider: None,
        authority: Authority { code: AuthorityCode::parse("E10000014").unwrap(), name: "Hampshire".to_owned() },
        address: Address::default(),
        location: None,
        phone: None,
        website: None,
        care_types: Vec::new(),
        bands: Vec::new(),
        beds: None,
        rating: None,
    };
    let id = CareServiceId::from_text(format!("1-{id}"));
    CareService { id, facts, capacity: Capacity::default(), left_at: None }
}

fn change(seq: i64, kind: ChangeKind, service: CareService) -> Arc<Change> {
    Arc::new(Change { seq, at: now(), kind, previous_seq: 0, actor: "test".to_owned(), service })
}

#[test]
fn changes_already_known_are_passed_over_and_a_snapshot_held_stays_as_it_was() {
    let board = Board::new(vec![plain(1), plain(2)], 5);
    let held = board.current();
    let renamed = |id: u32, name: &str| {
        let mut service = plain(id);
        service.facts.name = name.to_owned();
        service
    };
    let too_old = change(5, ChangeKind::ServiceUpdated, renamed(1, "Too old"));
    let new = change(6, ChangeKind::ServiceUpdated, renamed(2, "New"));
    let name = |snapshot: &Snapshot, id: u32| snapshot.get(&plain(id).id).unwrap().facts.name.clone();
    board.apply(std::slice::from_ref(&too_old));
    assert!(Arc::ptr_eq(&board.current(), &held));
    board.apply(&[too_old, new]);
    let after = board.current();
    assert_eq!((after.seq(), held.seq()), (6, 5));
    assert_eq!((name(&after, 1), name(&after, 2)), ("Home 1".to_owned(), "New".to_owned()));
    assert_eq!(name(&held, 2), "Home 2");
}

#[test]
fn a_service_that_left_matches_nothing_more_but_is_still_known_by_its_id() {
    let board = Board::new(vec![plain(1), plain(2)], 0);
    board.apply(&[change(1, ChangeKind::ServiceLeft, plain(1))]);
    let snapshot = board.current();
    assert_eq!(ids(&snapshot.matching(&Filter::default(), &Moment::at(now()))), [plain(2).id]);
    assert_eq!(snapshot.len(), 1);
    assert_eq!(snapshot.get(&plain(1).id).unwrap().left_at, Some(now()));
}

#[test]
fn a_cursor_that_no_page_of_this_filter_gave_is_refused() {
    let board = Board::new((0..9).map(plain).collect(), 0);
    let homes = Filter { kind: vec![Kind::CareHome], ..Filter::default() };
    let found = board.current().search(&homes, &Moment::at(now()), &Page { limit: 2, cursor: None });
    let text = found.next.unwrap().to_string();
    assert!(Cursor::parse(&text, &homes).is_some());
    assert_eq!(Cursor::parse(&text, &Filter::default()), None, "of another filter");
    for at in 0..text.len() {
        let forged: String =
            text.char_indices().map(|(i, c)| if i == at { if c == 'A' { 'B' } else { 'A' } } else { c }).collect();
        assert_eq!(Cursor::parse(&forged, &homes), None, "{forged}");
    }
    for wrong in ["", "A", "2", "bm90IGEgY3Vyc29y", "%00", "é", &"A".repeat(100_000)] {
        assert_eq!(Cursor::parse(wrong, &homes), None, "{wrong}");
    }
}

#[test]
fn a_town_that_several_authorities_have_is_told_apart_and_a_home_called_like_a_town_is_no_town() {
    let at = |id: u32, code: &str, authority: &str, town: &str, postcode: &str| {
        let mut service = plain(id);
        service.facts.authority = Authority { code: AuthorityCode::parse(code).unwrap(), name: authority.to_owned() };
        service.facts.address =
            Address { town: Some(town.to_owned()), postcode: Some(postcode.to_owned()), ..Address::default() };
        service
    };
    let mut manor = plain(9);
    manor.facts.name = "Newport Manor".to_owned();
    let board = Board::new(
        vec![
            at(1, "E06000051", "Shropshire", "NEWPORT", "TF10 7AA"),
            at(2, "E06000046", "Isle of Wight", "Newport", "PO30 1AA"),
            at(3, "E06000046", "Isle of Wight", "Newport", "PO30 1AB"),
            at(4, "E06000046", "Isle of Wight", "Newport", "PO31 1AB"),
            at(5, "E06000046", "Isle of Wight", "Newport Pagnell", "PO32 1AB"),
            manor,
        ],
        0,
    );
    let towns = board.current().towns_named(" newport", &Moment::at(now()));
    let said: Vec<_> =
        towns.iter().map(|town| (town.authority.name.as_str(), town.district.as_deref(), town.services)).collect();
    assert_eq!(said, [("Isle of Wight", Some("PO30"), 3), ("Shropshire", Some("TF10"), 1)]);
    assert_eq!(board.current().towns_named("Manor", &Moment::at(now())), []);
    assert_eq!(board.current().towns_named(" ", &Moment::at(now())), []);
}
