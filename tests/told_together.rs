//! Tellings that wait while the lane is busy are written together, and it cannot be seen from outside: each is
//! answered, refused or undone as if it had come alone.

use std::pin::Pin;
use std::sync::mpsc;
use std::thread;

use berth::domain::actor::{Actor, Who};
use berth::domain::audit::{AuditId, Did, Entry};
use berth::domain::capacity::CapacityUpdate;
use berth::domain::care_service::CareServiceId;
use berth::domain::change::{Change, ChangeKind};
use berth::domain::person::{Grant, PersonId, Target};
use berth::domain::words::{AdmissionStatus, Deed, Role, Source};
use berth::ops::update_capacity::{self, Telling};
use berth::ops::{Condition, Refused, Told, confirm_capacity};
use berth::store::audit::{self, Search};
use berth::store::changes::{self, Record};
use berth::store::tellings::Tellings;
use berth::store::{Db, Error, services};
use futures_util::future::join_all;
use futures_util::poll;
use tokio::test;

use crate::support::homes::{add, care_home, nursing};
use crate::support::{BEGIN, Home, stamp};

type Waiting<T, E> = Pin<Box<dyn Future<Output = Result<T, E>>>>;

/// Lets all of these wait in this order behind an act that does not end before; their outcomes.
async fn together<T, E>(db: &Db, mut tellings: Vec<Waiting<T, E>>) -> Vec<Result<T, E>> {
    let ((begun, begins), (end, ends)) = (mpsc::channel(), mpsc::channel());
    let busy = db.clone();
    let busy = thread::spawn(move || {
        busy.write_now(move |_| {
            begun.send(()).unwrap();
            ends.recv().unwrap();
            Ok::<_, Error>(())
        })
    });
    begins.recv().unwrap();
    for telling in &mut tellings {
        assert!(poll!(telling.as_mut()).is_pending());
    }
    end.send(()).unwrap();
    busy.join().unwrap().unwrap();
    join_all(tellings).await
}

fn id(number: u32) -> CareServiceId {
    CareServiceId::from_text(format!("1-{number}"))
}

/// A home with three services on each database.
fn begin() -> Vec<(Home, Db)> {
    let with_services = |home: Home| {
        let db = home.db();
        let services = ["Alder", "Beech", "Cedar"].iter().zip(1..);
        add(&db, stamp(BEGIN), services.map(|(name, number)| care_home(&format!("1-{number}"), name)).collect());
        (home, db)
    };
    Home::on_each().into_iter().map(with_services).collect()
}

fn manager_of(number: u32) -> Actor {
    let grant = Grant { role: Role::Manager, target: Target::Service(id(number)) };
    Actor::person(PersonId::from_text("p1"), &[grant])
}

fn update((home, db): &(Home, Db), actor: Actor, number: u32, condition: Condition) -> Waiting<Told, Refused> {
    let (db, clock) = (db.clone(), home.clock.clone());
    let telling = Telling { actor, id: id(number), source: Source::Form, condition };
    let update = CapacityUpdate::of(AdmissionStatus::Open, vec![nursing(10, 7, 2)]);
    Box::pin(async move { update_capacity::run(&db, &clock, telling, update).await })
}

fn confirm((home, db): &(Home, Db), number: u32) -> Waiting<Told, Refused> {
    let (db, clock) = (db.clone(), home.clock.clone());
    let telling =
        Telling { actor: manager_of(number), id: id(number), source: Source::Mail, condition: Condition::default() };
    Box::pin(async move { confirm_capacity::run(&db, &clock, telling).await })
}

fn keyed(key: &str) -> Condition {
    Condition { version: None, idempotency_key: Some(key.to_owned()), request: "figures".to_owned() }
}

/// Behind the three entries by which the services came.
fn log(db: &Db) -> Vec<Change> {
    db.read_now(|c| changes::after(c, 3, 100)).unwrap()
}

#[test]
async fn each_is_decided_on_what_those_before_it_left() {
    for place in begin() {
        let db = &place.1;
        let told = together(
            db,
            vec![
                update(&place, manager_of(1), 1, Condition::default()),
                update(&place, manager_of(1), 2, Condition::default()),
                update(&place, manager_of(1), 1, Condition::version(0)),
                confirm(&place, 1),
                update(&place, manager_of(2), 2, keyed("k")),
                confirm(&place, 2),
                update(&place, manager_of(9), 9, Condition::default()),
                update(&place, manager_of(2), 2, keyed("k")),
            ],
        )
        .await;
        let seen: Vec<_> =
            told.iter().map(|told| told.as_ref().map(|told| (told.seq, told.service.capacity.version))).collect();
        assert_eq!(
            seen,
            [
                Ok((4, 1)),
                Err(&Refused::NotAllowed),
                Err(&Refused::Stale(1)),
                Ok((5, 2)),
                Ok((6, 1)),
                Ok((7, 2)),
                Err(&Refused::NotFound),
                Ok((6, 1)),
            ]
        );
        let entries: Vec<_> = log(db)
            .into_iter()
            .map(|change| (change.seq, change.service.id, change.previous_seq, change.kind))
            .collect();
        let (updated, confirmed) = (ChangeKind::CapacityUpdated, ChangeKind::CapacityConfirmed);
        assert_eq!(
            entries,
            [(4, id(1), 1, updated), (5, id(1), 4, confirmed), (6, id(2), 2, updated), (7, id(2), 6, confirmed)]
        );
        for (number, last) in [(1, &told[3]), (2, &told[5])] {
            let stored = db.read_now(move |c| services::get(c, &id(number))).unwrap();
            let last = last.as_ref().unwrap();
            assert_eq!((&stored.service, stored.last_seq), (&last.service, last.seq));
        }
        let authority = care_home("1-1", "Alder").facts.authority.code;
        let deeds = db.read_now(move |c| audit::newest(c, Some(&authority), &Search::default(), 100)).unwrap();
        let mut deeds: Vec<_> =
            deeds.into_iter().map(|entry| (entry.did.service, entry.did.deed, entry.did.detail)).collect();
        deeds.sort_by_key(|(service, _, detail)| (service.clone(), detail.clone()));
        let (published, looked) = (Deed::FiguresPublished, Deed::FiguresConfirmed);
        let of = |number, deed, version: &str| (Some(id(number)), deed, format!("version {version}"));
        assert_eq!(deeds, [of(1, published, "1"), of(1, looked, "2"), of(2, published, "1"), of(2, looked, "2")]);
        // The next one goes on where these ended, and a repetition is known afterwards too.
        assert_eq!(update(&place, manager_of(2), 2, keyed("k")).await.unwrap().seq, 6);
        assert_eq!(confirm(&place, 3).await.unwrap().seq, 8);
        assert_eq!(db.read_now(changes::missing).unwrap(), 0);
    }
}

/// Tells of a service as it is, and then does something else.
fn tell_and((_, db): &(Home, Db), number: u32, then: fn(&mut Tellings) -> Result<(), Error>) -> Waiting<i64, Error> {
    let db = db.clone();
    Box::pin(async move {
        db.tell_capacity(id(number), move |tellings| {
            let stored = tellings.service(&id(number))?;
            let (at, kind) = (stamp(BEGIN), ChangeKind::CapacityConfirmed);
            let record = Record { at, kind, actor: "test", service: &stored.service, previous_seq: stored.last_seq };
            let seq = tellings.tell(&record)?;
            then(tellings).map(|()| seq)
        })
        .await
    })
}

/// Beside the first and the third, which are told, the second fails in this way.
async fn fails_alone(then: fn(&mut Tellings) -> Result<(), Error>, why: fn(&Error) -> bool) {
    for place in begin() {
        let good = |_: &mut Tellings| Ok(());
        let tellings = vec![tell_and(&place, 1, good), tell_and(&place, 2, then), tell_and(&place, 3, good)];
        let told = together(&place.1, tellings).await;
        assert_eq!((&told[0], &told[2]), (&Ok(4), &Ok(5)), "{told:?}");
        assert!(told[1].as_ref().is_err_and(why), "{told:?}");
        let ids: Vec<_> = log(&place.1).into_iter().map(|change| change.service.id).collect();
        assert_eq!(ids, [id(1), id(3)]);
    }
}

#[test]
async fn one_that_fails_half_done_fails_alone() {
    fails_alone(|_| Err(Error::Conflict), |error| *error == Error::Conflict).await;
}

#[test]
async fn one_that_panics_fails_alone() {
    fails_alone(|_| panic!("on purpose"), |error| matches!(error, Error::Broken(_))).await;
}

#[test]
async fn one_that_the_database_refuses_fails_alone() {
    let twice = |tellings: &mut Tellings| {
        let entry = Entry {
            id: AuditId::from_text("the same"),
            ..Entry::new(stamp(BEGIN), &Actor::system("test"), Did::new(Deed::FiguresConfirmed))
        };
        assert_eq!(entry.actor, Who::System.text());
        tellings.audit(entry.clone());
        tellings.audit(entry);
        Ok(())
    };
    fails_alone(twice, |error| *error == Error::Conflict).await;
}
