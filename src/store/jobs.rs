//! The job table: work to be done later, claimed with a lease so that no transaction is open while
//! it is done, and a dead worker's work comes back. What the work is, `jobs/` knows.

use std::collections::BTreeMap;

use chrono::{Duration, NaiveDateTime};
use diesel::dsl::{count_star, exists, not};
use diesel::prelude::*;

use crate::base::stamp::Stamp;
use crate::store::Error;
use crate::store::conn::Conn;
use crate::store::schema::{jobs, jobs_done};

crate::typed_id! {
    /// A job.
    JobId
}

/// Work to be put into the table.
#[derive(Clone, Debug)]
pub struct NewJob<'a> {
    pub name: &'a str,
    /// JSON.
    pub payload: String,
    /// Jobs of one lane do not wait for those of another: a dead channel delays nobody else.
    pub lane: &'a str,
    /// Jobs with the same key are done one at a time, in the order of the number.
    pub order: Option<(String, i64)>,
    pub run_at: Stamp,
}

/// Work that has been claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    pub id: JobId,
    pub name: String,
    pub payload: String,
    pub lane: String,
    pub made_at: Stamp,
    /// How often it was begun, this time included.
    pub attempts: u32,
}

/// A row for the operators' page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub id: JobId,
    pub name: String,
    pub lane: String,
    pub run_at: Stamp,
    pub attempts: u32,
    pub given_up: bool,
    pub last_error: Option<String>,
}

diesel::alias!(jobs as earlier_jobs: EarlierJobs);

/// Jobs that may be begun: not given up, nobody's lease on them, none before them in their order.
#[diesel::dsl::auto_type(no_type_alias)]
fn free(now: NaiveDateTime) -> _ {
    let earlier = earlier_jobs
        .filter(earlier_jobs.field(jobs::order_key).eq(jobs::order_key))
        .filter(earlier_jobs.field(jobs::order_seq).lt(jobs::order_seq))
        .filter(earlier_jobs.field(jobs::given_up_at).is_null());
    jobs::table
        .filter(jobs::given_up_at.is_null())
        .filter(jobs::leased_until.is_null().or(jobs::leased_until.lt(now)))
        .filter(not(exists(earlier)))
}

/// Its time has come; or the clock that made it was ahead and has been put right.
#[diesel::dsl::auto_type(no_type_alias)]
fn is_due(now: NaiveDateTime) -> _ {
    jobs::run_at.le(now).or(jobs::made_at.gt(now))
}

pub fn enqueue(c: &mut Conn, job: &NewJob, now: Stamp) -> Result<JobId, Error> {
    let id = JobId::fresh(now);
    let order = job.order.as_ref();
    let row = (
        jobs::id.eq(id.as_str()),
        jobs::name.eq(job.name),
        jobs::payload.eq(&job.payload),
        jobs::lane.eq(job.lane),
        jobs::order_key.eq(order.map(|(key, _)| key.as_str())),
        jobs::order_seq.eq(order.map(|(_, seq)| *seq)),
        jobs::run_at.eq(job.run_at.naive()),
        jobs::made_at.eq(now.naive()),
        jobs::attempts.eq(0),
    );
    diesel::insert_into(jobs::table).values(row).execute(c)?;
    Ok(id)
}

/// Claims the job of a lane that has waited longest, until the lease ends. Writers take turns, so
/// of two who claim at once each gets another job.
pub fn claim(c: &mut Conn, lane: &str, now: Stamp, lease: Duration) -> Result<Option<Claimed>, Error> {
    type Row = (String, String, String, String, NaiveDateTime, i32);
    let due = free(now.naive())
        .filter(jobs::lane.eq(lane))
        .filter(is_due(now.naive()))
        .order((jobs::run_at, jobs::id))
        .select(jobs::id)
        .first::<String>(c)
        .optional()?;
    let Some(id) = due else { return Ok(None) };
    let row: Option<Row> = diesel::update(jobs::table.find(&id))
        .set((jobs::leased_until.eq(now.plus(lease).naive()), jobs::attempts.eq(jobs::attempts + 1)))
        .returning((jobs::id, jobs::name, jobs::payload, jobs::lane, jobs::made_at, jobs::attempts))
        .get_result(c)
        .optional()?;
    Ok(row.map(|(id, name, payload, lane, made_at, attempts)| Claimed {
        id: JobId::from_text(id),
        name,
        payload,
        lane,
        made_at: Stamp::from_naive(made_at),
        attempts: attempts.unsigned_abs(),
    }))
}

/// The lanes that have something to claim. Looks at few rows, however many wait.
pub fn lanes_due(c: &mut Conn, now: Stamp) -> Result<Vec<String>, Error> {
    let mut due = Vec::new();
    let mut last = String::new();
    loop {
        let next = jobs::table.filter(jobs::lane.gt(&last)).order(jobs::lane).select(jobs::lane);
        let Some(lane) = next.first::<String>(c).optional()? else { return Ok(due) };
        let first = free(now.naive()).filter(jobs::lane.eq(&lane)).filter(is_due(now.naive()));
        if first.order((jobs::run_at, jobs::id)).select(jobs::id).first::<String>(c).optional()?.is_some() {
            due.push(lane.clone());
        }
        last = lane;
    }
}

/// How many jobs of a lane somebody is at just now, and how many wait for another time, with the
/// last reason why.
pub fn left_in(c: &mut Conn, lane: &str, now: Stamp) -> Result<(i64, i64, Option<String>), Error> {
    let left = || jobs::table.filter(jobs::lane.eq(lane)).filter(jobs::given_up_at.is_null());
    // What waits its turn is under way too: nothing has gone wrong with it.
    let paced = jobs::attempts.eq(0).and(jobs::run_at.gt(now.naive()));
    let leased = jobs::leased_until.is_not_null().and(jobs::leased_until.ge(now.naive()));
    let leased: i64 = left().filter(leased).select(count_star()).first(c)?;
    let paced: i64 = left().filter(jobs::leased_until.is_null()).filter(paced).select(count_star()).first(c)?;
    let under_way = leased + paced;
    let all: i64 = left().select(count_star()).first(c)?;
    let why = left().filter(jobs::last_error.is_not_null()).order(jobs::run_at).select(jobs::last_error);
    Ok((under_way, all - under_way, why.first::<Option<String>>(c).optional()?.flatten()))
}

/// Whether work with this key waits or is under way.
pub fn is_waiting(c: &mut Conn, order_key: &str) -> Result<bool, Error> {
    let waiting = jobs::table.filter(jobs::order_key.eq(order_key)).filter(jobs::given_up_at.is_null());
    Ok(waiting.select(jobs::id).first::<String>(c).optional()?.is_some())
}

/// Done, and counted among what was done on this day.
pub fn done(c: &mut Conn, claimed: &Claimed, now: Stamp) -> Result<(), Error> {
    if diesel::delete(jobs::table.find(claimed.id.as_str())).execute(c)? == 0 {
        return Ok(());
    }
    let day = now.utc().date_naive().to_string();
    let today = jobs_done::table.find((&day, &claimed.name));
    if diesel::update(today).set(jobs_done::done.eq(jobs_done::done + 1)).execute(c)? == 0 {
        let row = (jobs_done::day.eq(&day), jobs_done::name.eq(&claimed.name), jobs_done::done.eq(1));
        diesel::insert_into(jobs_done::table).values(row).execute(c)?;
    }
    Ok(())
}

/// Not begun after all: its turn comes then. It counts as no try.
pub fn postpone(c: &mut Conn, claimed: &Claimed, run_at: Stamp) -> Result<(), Error> {
    let none: Option<NaiveDateTime> = None;
    diesel::update(jobs::table.find(claimed.id.as_str()))
        .filter(jobs::attempts.eq(attempts(claimed)))
        .set((jobs::run_at.eq(run_at.naive()), jobs::leased_until.eq(none), jobs::attempts.eq(jobs::attempts - 1)))
        .execute(c)?;
    Ok(())
}

/// Once more, later. Nothing happens if the lease was lost and somebody else has begun it again.
pub fn retry(c: &mut Conn, claimed: &Claimed, run_at: Stamp, why: &str) -> Result<(), Error> {
    let none: Option<NaiveDateTime> = None;
    diesel::update(jobs::table.find(claimed.id.as_str()))
        .filter(jobs::attempts.eq(attempts(claimed)))
        .set((jobs::run_at.eq(run_at.naive()), jobs::leased_until.eq(none), jobs::last_error.eq(why)))
        .execute(c)?;
    Ok(())
}

/// Not any more. The row stays, with the reason, for the operators' page.
pub fn give_up(c: &mut Conn, claimed: &Claimed, now: Stamp, why: &str) -> Result<(), Error> {
    diesel::update(jobs::table.find(claimed.id.as_str()))
        .filter(jobs::attempts.eq(attempts(claimed)))
        .set((jobs::given_up_at.eq(now.naive()), jobs::last_error.eq(why)))
        .execute(c)?;
    Ok(())
}

/// Forgets what is needed to do it: it is never done, and only its reason stays.
pub fn forget(c: &mut Conn, id: &JobId) -> Result<(), Error> {
    diesel::update(jobs::table.find(id.as_str())).set(jobs::payload.eq("{}")).execute(c)?;
    Ok(())
}

/// Gives up all that waits: after a restore nobody knows what was done since the backup.
pub fn give_up_all(c: &mut Conn, now: Stamp, why: &str) -> Result<(), Error> {
    diesel::update(jobs::table.filter(jobs::given_up_at.is_null()))
        .set((jobs::given_up_at.eq(now.naive()), jobs::last_error.eq(why)))
        .execute(c)?;
    Ok(())
}

/// Once more, at once, also after it was given up; not while somebody is at it.
pub fn run_now(c: &mut Conn, id: &JobId, now: Stamp) -> Result<(), Error> {
    let none: Option<NaiveDateTime> = None;
    let row = jobs::table.find(id.as_str());
    let found = diesel::update(row)
        .filter(jobs::given_up_at.is_not_null().or(jobs::leased_until.is_null()))
        .set((jobs::run_at.eq(now.naive()), jobs::leased_until.eq(none), jobs::given_up_at.eq(none)))
        .execute(c)?;
    if found == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Forgets what was given up before then.
pub fn prune(c: &mut Conn, before: Stamp) -> Result<usize, Error> {
    let day = before.utc().date_naive().to_string();
    diesel::delete(jobs_done::table.filter(jobs_done::day.lt(day))).execute(c)?;
    Ok(diesel::delete(jobs::table.filter(jobs::given_up_at.lt(before.naive()))).execute(c)?)
}

fn attempts(claimed: &Claimed) -> i32 {
    i32::try_from(claimed.attempts).unwrap_or(i32::MAX)
}

/// The jobs that wait, run or were given up, newest first.
pub fn all(c: &mut Conn, limit: i64) -> Result<Vec<Waiting>, Error> {
    type Row = (String, String, String, NaiveDateTime, i32, Option<NaiveDateTime>, Option<String>);
    let columns = (jobs::id, jobs::name, jobs::lane, jobs::run_at, jobs::attempts, jobs::given_up_at, jobs::last_error);
    let rows: Vec<Row> = jobs::table.order(jobs::made_at.desc()).limit(limit).select(columns).load(c)?;
    let read = |(id, name, lane, run_at, attempts, given_up_at, last_error): Row| Waiting {
        id: JobId::from_text(id),
        name,
        lane,
        run_at: Stamp::from_naive(run_at),
        attempts: attempts.unsigned_abs(),
        given_up: given_up_at.is_some(),
        last_error,
    };
    Ok(rows.into_iter().map(read).collect())
}

/// How many wait, and how many were given up.
pub fn counts(c: &mut Conn) -> Result<(i64, i64), Error> {
    let waiting = jobs::table.filter(jobs::given_up_at.is_null()).select(count_star()).first(c)?;
    let given_up = jobs::table.filter(jobs::given_up_at.is_not_null()).select(count_star()).first(c)?;
    Ok((waiting, given_up))
}

/// What a lane holds just now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LaneCounts {
    pub lane: String,
    pub waiting: i64,
    /// Of these, how many have failed at least once.
    pub failing: i64,
    pub given_up: i64,
    /// When the oldest that waits was made.
    pub oldest: Option<Stamp>,
}

/// Every lane with something in it, by name.
pub fn lanes(c: &mut Conn) -> Result<Vec<LaneCounts>, Error> {
    let waiting: Vec<(String, i64, Option<NaiveDateTime>)> = jobs::table
        .filter(jobs::given_up_at.is_null())
        .group_by(jobs::lane)
        .select((jobs::lane, count_star(), diesel::dsl::min(jobs::made_at)))
        .load(c)?;
    let failing: Vec<(String, i64)> = jobs::table
        .filter(jobs::given_up_at.is_null())
        .filter(jobs::last_error.is_not_null())
        .group_by(jobs::lane)
        .select((jobs::lane, count_star()))
        .load(c)?;
    let given_up: Vec<(String, i64)> = jobs::table
        .filter(jobs::given_up_at.is_not_null())
        .group_by(jobs::lane)
        .select((jobs::lane, count_star()))
        .load(c)?;
    let mut lanes: BTreeMap<String, LaneCounts> = BTreeMap::new();
    let mut of = |lane: String, tell: &dyn Fn(&mut LaneCounts)| {
        tell(lanes.entry(lane.clone()).or_insert_with(|| LaneCounts { lane, ..LaneCounts::default() }));
    };
    for (lane, count, oldest) in waiting {
        of(lane, &|counts| (counts.waiting, counts.oldest) = (count, oldest.map(Stamp::from_naive)));
    }
    for (lane, count) in failing {
        of(lane, &|counts| counts.failing = count);
    }
    for (lane, count) in given_up {
        of(lane, &|counts| counts.given_up = count);
    }
    Ok(lanes.into_values().collect())
}

/// Who is at what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leases {
    pub held: i64,
    /// Begun by somebody who has not said how it ended in the time of the lease.
    pub ended: i64,
}

pub fn leases(c: &mut Conn, now: Stamp) -> Result<Leases, Error> {
    let leased = || jobs::table.filter(jobs::given_up_at.is_null()).filter(jobs::leased_until.is_not_null());
    let held = leased().filter(jobs::leased_until.ge(now.naive())).select(count_star()).first(c)?;
    let ended = leased().filter(jobs::leased_until.lt(now.naive())).select(count_star()).first(c)?;
    Ok(Leases { held, ended })
}

/// How much of each kind of work was done since this day, by name.
pub fn done_since(c: &mut Conn, since: Stamp) -> Result<BTreeMap<String, i64>, Error> {
    let day = since.utc().date_naive().to_string();
    let rows: Vec<(String, i64)> =
        jobs_done::table.filter(jobs_done::day.ge(day)).select((jobs_done::name, jobs_done::done)).load(c)?;
    let mut sums = BTreeMap::new();
    for (name, done) in rows {
        *sums.entry(name).or_insert(0) += done;
    }
    Ok(sums)
}
