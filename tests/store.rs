//! The store on both databases: durable acts, a log without holes, leases.

use std::collections::BTreeSet;
use std::sync::Arc;

use berth::domain::change::ChangeKind;
use berth::store::changes::{self, Record};
use berth::store::jobs::{self, NewJob};
use berth::store::{Error, services};
use chrono::Duration;
use diesel::connection::SimpleConnection;

use crate::support::homes::{add, care_home};
use crate::support::{BEGIN, Home, stamp};

#[test]
fn a_service_survives_being_stored() {
    for home in Home::on_each() {
        let db = home.db();
        let service = care_home("1-1", "Fictional “House” – № 1");
        let seq = add(&db, stamp(BEGIN), vec![service.clone()]);
        let stored = db.read_now(|c| services::get(c, &service.id)).unwrap();
        assert_eq!((stored.service, stored.last_seq), (service, seq));
    }
}

#[test]
fn the_log_has_no_holes_whoever_writes_and_whatever_fails() {
    for home in Home::on_each() {
        let db = home.db();
        let other = home.db();
        let threads: Vec<_> = (0..8)
            .map(|thread| {
                let db = if thread % 2 == 0 { db.clone() } else { other.clone() };
                std::thread::spawn(move || {
                    for round in 0..20 {
                        let service = care_home(&format!("1-{thread}-{round}"), "A home");
                        let fails = round % 5 == 0;
                        let wrote = db.write_now(move |c| {
                            let record = Record {
                                at: stamp(BEGIN),
                                kind: ChangeKind::ServiceAdded,
                                actor: "test",
                                service: &service,
                                previous_seq: 0,
                            };
                            changes::record(c, &record)?;
                            if fails { Err(Error::Conflict) } else { Ok(()) }
                        });
                        assert_eq!(wrote.is_err(), fails);
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        let found = db.read_now(|c| changes::after(c, 0, 1000)).unwrap();
        let seqs: Vec<i64> = found.iter().map(|change| change.seq).collect();
        assert_eq!(seqs, (1..=8 * 16).collect::<Vec<_>>());
        assert_eq!(db.read_now(changes::missing).unwrap(), 0);
        let ids: BTreeSet<&str> = found.iter().map(|change| change.service.id.as_str()).collect();
        assert_eq!(ids.len(), 8 * 16);
    }
}

#[test]
fn an_act_that_panics_is_undone_and_the_next_goes_on() {
    for home in Home::on_each() {
        let db = home.db();
        let broken = db.write_now(|c| -> Result<(), Error> {
            changes::set_cursor(c, "reader", 7)?;
            panic!("on purpose");
        });
        assert!(matches!(broken, Err(Error::Broken(_))), "{broken:?}");
        assert_eq!(db.read_now(|c| changes::cursor(c, "reader")).unwrap(), 0);
        db.write_now(|c| changes::set_cursor(c, "reader", 8)).unwrap();
        assert_eq!(db.read_now(|c| changes::cursor(c, "reader")).unwrap(), 8);
    }
}

#[test]
fn an_act_that_passes_over_a_failure_is_kept_whole_or_refused() {
    for home in Home::on_each() {
        let db = home.db();
        let done = db.write_now(move |c| {
            changes::set_cursor(c, "reader", 7)?;
            // A second stream is a failure in the database, which PostgreSQL does not forgive in the same transaction.
            let failed = c.batch_execute("INSERT INTO stream (id, last_seq, epoch) VALUES (1, 0, 'another')");
            assert!(failed.is_err());
            Ok::<_, Error>(())
        });
        let kept = db.read_now(|c| changes::cursor(c, "reader")).unwrap();
        assert_eq!(kept, if done.is_ok() { 7 } else { 0 }, "{done:?}");
    }
}

#[test]
fn the_epoch_is_made_once_and_stays() {
    for home in Home::on_each() {
        let first = home.db().read_now(changes::stream).unwrap();
        let again = home.db().read_now(changes::stream).unwrap();
        assert_eq!(first, again);
        assert!(!first.epoch.is_empty() && !first.epoch.contains('.'));
        assert_eq!((first.last_seq, first.oldest_seq), (0, 1));
    }
}

#[test]
fn of_many_workers_one_gets_each_job_and_a_dead_workers_job_comes_back() {
    for home in Home::on_each() {
        let now = stamp(BEGIN);
        let db = Arc::new(home.db());
        for number in 0..20 {
            db.write_now(move |c| {
                let job = NewJob { name: "test", payload: number.to_string(), lane: "a", order: None, run_at: now };
                jobs::enqueue(c, &job, now)
            })
            .unwrap();
        }
        let threads: Vec<_> = [home.db(), home.db(), home.db()]
            .into_iter()
            .map(|db| {
                std::thread::spawn(move || {
                    let mut got = Vec::new();
                    while let Some(job) = db.write_now(move |c| jobs::claim(c, "a", now, Duration::minutes(1))).unwrap()
                    {
                        got.push(job.payload);
                    }
                    got
                })
            })
            .collect();
        let mut got: Vec<String> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
        got.sort_by_key(|number| number.parse::<u32>().unwrap());
        assert_eq!(got, (0..20).map(|number| number.to_string()).collect::<Vec<_>>());

        let later = now.plus(Duration::minutes(2));
        let again = db.write_now(move |c| jobs::claim(c, "a", later, Duration::minutes(1))).unwrap().unwrap();
        assert_eq!(again.attempts, 2);
        db.write_now(move |c| jobs::give_up(c, &again, later, "on purpose")).unwrap();
        assert_eq!(db.read_now(jobs::counts).unwrap(), (19, 1));
    }
}
