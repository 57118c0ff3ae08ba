//! Does the jobs: claims one, does it with no transaction open, and writes down how it ended. And
//! keeps doing so, lane beside lane, with the rounds that write new jobs, until it is told to stop.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::Duration as Span;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tracing::{error, info, warn};

use crate::app::App;
use crate::base::secret;
use crate::base::stamp::Stamp;
use crate::jobs::follow_alerts::Follower;
use crate::jobs::{Ending, TABLE, housekeeping, keep_guides, lapse, remind, schedule};
use crate::ops::{count_interest, end_holds, tell_remarks};
use crate::store::Error;
use crate::store::jobs::{self, Claimed};

/// Whoever claims a job has so long for it; then it counts as dead and the job comes back.
const LEASE: Span = Span::minutes(2);
/// A job is cut off before its lease ends, so that no two do it at once.
const PATIENCE: Duration = Duration::from_secs(100);
/// The first retry comes within this, each later one within twice the one before.
const FIRST_WAIT: u64 = 60;
const LONGEST_WAIT: u64 = 3600;
/// What could not be done in three days is given up, and that is said.
const GIVE_UP_AFTER: Span = Span::days(3);
/// So many jobs of one lane are done at once.
const AT_ONCE: usize = 4;
/// A lost hint, or another process on the same data, costs so much.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// After a hint, others are let come too: nobody sees that they were told so much later.
const GATHER: Duration = Duration::from_millis(100);
const SCHEDULE_EVERY: Duration = Duration::from_secs(20);
/// What a process that dies loses of its counts is no more than this.
const COUNTS_EVERY: Duration = Duration::from_secs(30);
const HOLDS_EVERY: Duration = Duration::from_secs(5);
const HOUSEKEEPING_EVERY: Duration = Duration::from_secs(600);

/// What became of one job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub name: String,
    pub became: Became,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Became {
    Done,
    /// To be tried again then.
    Waits(Stamp),
    GivenUp,
}

impl Became {
    const fn word(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Waits(_) => "put_off",
            Self::GivenUp => "given_up",
        }
    }
}

/// Does one job that is due, of whatever lane. `None` if none is.
pub async fn step(app: &Arc<App>) -> Result<Option<Step>, Error> {
    let now = app.clock.now();
    for lane in app.db.read(move |c| jobs::lanes_due(c, now)).await? {
        if let Some(step) = step_in(app, &lane).await? {
            return Ok(Some(step));
        }
    }
    Ok(None)
}

/// Does one job that is due in this lane.
pub async fn step_in(app: &Arc<App>, lane: &str) -> Result<Option<Step>, Error> {
    let (now, asked) = (app.clock.now(), lane.to_owned());
    let Some(claimed) = app.db.write(move |c| jobs::claim(c, &asked, now, LEASE)).await? else { return Ok(None) };
    let ending = perform(app, &claimed).await;
    let became = finish(app, &claimed, ending).await?;
    app.work_ended.one(&claimed.name, became.word());
    Ok(Some(Step { became, name: claimed.name }))
}

/// Does the work in a task of its own, so that neither a panic nor a hang of it is ours.
async fn perform(app: &Arc<App>, claimed: &Claimed) -> Ending {
    let Some((_, perform)) = TABLE.iter().find(|(name, _)| *name == claimed.name) else {
        return Ending::given_up(format!("there is no job called {:?} in this release", claimed.name));
    };
    let later = |why: String| Ending::Later { wait: None, why };
    let (app, work) = (app.clone(), claimed.clone());
    let task = tokio::spawn(async move { timeout(PATIENCE, perform(&app, &work)).await });
    match task.await {
        Ok(Ok(Ok(ending))) => ending,
        Ok(Ok(Err(error))) => later(format!("{error:#}")),
        Ok(Err(_)) => later("it took too long and was cut off".to_owned()),
        Err(e) => later(format!("it failed: {e}")),
    }
}

/// Writes down how a job ended, together with what its ending asks to be written.
async fn finish(app: &Arc<App>, claimed: &Claimed, ending: Ending) -> Result<Became, Error> {
    let (now, job) = (app.clock.now(), claimed.clone());
    let (id, name, attempts) = (&claimed.id, &claimed.name, claimed.attempts);
    let (wait, why) = match ending {
        Ending::Done(act) => {
            app.db.write(move |c| act.map_or(Ok(()), |act| act(c)).and_then(|()| jobs::done(c, &job, now))).await?;
            return Ok(Became::Done);
        }
        Ending::GivenUp { why, act } => {
            warn!(job.id = %id, attempts, "job {name} was given up: see the operators' page for the reason");
            app.db
                .write(move |c| act.map_or(Ok(()), |act| act(c)).and_then(|()| jobs::give_up(c, &job, now, &why)))
                .await?;
            return Ok(Became::GivenUp);
        }
        Ending::NotYet { wait } => {
            let run_at = now.plus(wait_before(attempts, Some(wait)));
            app.db.write(move |c| jobs::postpone(c, &job, run_at)).await?;
            return Ok(Became::Waits(run_at));
        }
        Ending::Later { wait, why } => (wait, why),
    };
    if now.since(claimed.made_at) >= GIVE_UP_AFTER {
        warn!(job.id = %id, attempts, "job {name} was given up after three days: see the operators' page for the reason");
        app.db.write(move |c| jobs::give_up(c, &job, now, &why)).await?;
        return Ok(Became::GivenUp);
    }
    let run_at = now.plus(wait_before(attempts, wait));
    info!(job.id = %id, attempts, "job {name} is to be tried again at {run_at}");
    app.db.write(move |c| jobs::retry(c, &job, run_at, &why)).await?;
    Ok(Became::Waits(run_at))
}

/// How long to wait: what was asked for, or twice as long each time up to an hour, less a part by
/// chance, so that many who failed together do not come back together.
fn wait_before(attempts: u32, asked: Option<Duration>) -> Span {
    if let Some(asked) = asked {
        return Span::from_std(asked).unwrap_or(GIVE_UP_AFTER).clamp(Span::seconds(1), GIVE_UP_AFTER);
    }
    let doubled = FIRST_WAIT.checked_shl(attempts.saturating_sub(1).min(10)).unwrap_or(LONGEST_WAIT);
    let longest = doubled.min(LONGEST_WAIT);
    let seconds = longest / 2 + secret::below(longest / 2 + 1);
    Span::seconds(i64::try_from(seconds).unwrap_or(3600))
}

/// Does everything that is due in a lane, and waits for what others are at. How much is left for
/// another time, and why.
pub async fn drain(app: &Arc<App>, lane: &'static str) -> Result<(i64, Option<String>), Error> {
    loop {
        while step_in(app, lane).await?.is_some() {}
        let now = app.clock.now();
        let (under_way, waiting, why) = app.db.read(move |c| jobs::left_in(c, lane, now)).await?;
        if under_way == 0 {
            return Ok((waiting, why));
        }
        sleep(LOOK_EVERY).await;
    }
}

/// Everything that works in the background, until it is stopped.
pub struct Working {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

/// Starts it, on the runtime of who calls.
pub fn start(app: &Arc<App>) -> Working {
    let (stop, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    tasks.spawn(work(app.clone(), stopped.clone()));
    tasks.spawn(follow(app.clone(), stopped.clone()));
    tasks.spawn(keep_schedule(app.clone(), stopped.clone()));
    tasks.spawn(give_back(app.clone(), stopped.clone()));
    tasks.spawn(keep_counts(app.clone(), stopped.clone()));
    tasks.spawn(keep_guides::keep(app.clone(), stopped.clone()));
    tasks.spawn(keep_house(app.clone(), stopped));
    Working { stop, tasks }
}

impl Working {
    /// Lets what is under way end, then returns.
    pub async fn stop(&mut self) {
        self.stop.send_replace(true);
        while self.tasks.join_next().await.is_some() {}
    }
}

/// Claims and does jobs in every lane that has some, a few at once in each.
async fn work(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut hint = app.db.hint();
    let mut workers: JoinSet<String> = JoinSet::new();
    let mut busy: HashMap<String, usize> = HashMap::new();
    while !*stop.borrow() {
        let now = app.clock.now();
        let lanes = app.db.read(move |c| jobs::lanes_due(c, now)).await.unwrap_or_else(|error: Error| {
            complain("the jobs could not be read", &error);
            Vec::new()
        });
        for lane in lanes {
            let workers_of_lane = busy.entry(lane.clone()).or_default();
            for _ in *workers_of_lane..AT_ONCE {
                workers.spawn(work_in(app.clone(), lane.clone(), stop.clone()));
                *workers_of_lane += 1;
            }
        }
        tokio::select! {
            _ = stop.changed() => {}
            () = hinted(&mut hint) => {}
            () = sleep(LOOK_EVERY) => {}
        }
        while let Some(ended) = workers.try_join_next() {
            leave(&mut busy, ended.unwrap_or_default());
        }
    }
    while workers.join_next().await.is_some() {}
}

/// Does the jobs of a lane one after the other, until none is due.
async fn work_in(app: Arc<App>, lane: String, stop: watch::Receiver<bool>) -> String {
    while !*stop.borrow() {
        match step_in(&app, &lane).await {
            Ok(Some(_)) => {}
            Ok(None) => break,
            Err(error) => {
                complain("a job could not be claimed or ended", &error);
                sleep(LOOK_EVERY).await;
            }
        }
    }
    lane
}

fn leave(busy: &mut HashMap<String, usize>, lane: String) {
    let left = busy.get(&lane).map_or(0, |workers| workers.saturating_sub(1));
    if left == 0 {
        busy.remove(&lane)
    } else {
        busy.insert(lane, left)
    };
}

/// Follows the log for the alerts, and now and then writes down how far it has come.
async fn follow(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut hint = app.db.hint();
    let mut follower = Follower::default();
    let mut write_down = tokio::time::interval(HOUSEKEEPING_EVERY);
    while !*stop.borrow() {
        match follower.step(&app).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => complain("the alerts could not be compared with the log", &error),
        }
        tokio::select! {
            _ = stop.changed() => {}
            () = hinted(&mut hint) => {}
            () = sleep(LOOK_EVERY) => {}
            _ = write_down.tick() => {
                if let Err(error) = follower.write_down(&app).await {
                    complain("how far the alerts have come could not be written", &error);
                }
            }
        }
    }
}

async fn keep_schedule(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut done_for = None;
    while !*stop.borrow() {
        let now = app.clock.now();
        let hour = (app.config.timezone.day(now), app.config.timezone.hour(now));
        if done_for != Some(hour) {
            if let Err(error) = remind::round(&app).await {
                complain("the reminders could not be made", &error);
            }
            match schedule::round(&app).await {
                Ok(true) => done_for = Some(hour),
                Ok(false) => {}
                Err(error) => complain("the digests could not be made", error.as_ref()),
            }
        }
        if let Err(error) = tell_remarks::run(&app.db, app.config.timezone, now, app.config.digest_hour).await {
            complain("what readers say is wrong could not be told", &error);
        }
        tokio::select! {
            _ = stop.changed() => {}
            () = sleep(SCHEDULE_EVERY) => {}
        }
    }
}

/// Gives back the places that were kept beyond their time, for an enquiry or by the service itself.
async fn give_back(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        if let Err(refused) = end_holds::lapse(&app.db, &app.clock).await {
            complain("places that were kept could not be given back", &refused);
        }
        if let Err(refused) = lapse::round(&app).await {
            complain("what had come to its end could not be undone", &refused);
        }
        tokio::select! {
            _ = stop.changed() => {}
            () = sleep(HOLDS_EVERY) => {}
        }
    }
}

/// Writes now and then, and at the end, how often people have met services.
async fn keep_counts(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    loop {
        let is_last = *stop.borrow();
        if let Err(refused) = count_interest::run(&app.db, &app.interest).await {
            complain("how often services were met could not be written", &refused);
        }
        if is_last {
            return;
        }
        tokio::select! {
            _ = stop.changed() => {}
            () = sleep(COUNTS_EVERY) => {}
        }
    }
}

async fn keep_house(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        if let Err(error) = housekeeping::round(&app).await {
            complain("the housekeeping could not be done", &error);
        }
        tokio::select! {
            _ = stop.changed() => {}
            () = sleep(HOUSEKEEPING_EVERY) => {}
        }
    }
}

/// Returns a moment after something was committed here.
async fn hinted(hint: &mut watch::Receiver<u64>) {
    if hint.changed().await.is_err() {
        // The database is closing: nothing will be hinted any more.
        std::future::pending::<()>().await;
    }
    sleep(GATHER).await;
}

fn complain(what: &str, error: &dyn std::error::Error) {
    error!("{what}, and will be tried again: {error}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_from_a_minute_to_an_hour_and_asked_ones_are_kept() {
        for _ in 0..100 {
            for (attempts, most) in [(1, 60), (2, 120), (3, 240), (6, 1920), (7, 3600), (1000, 3600)] {
                let wait = wait_before(attempts, None).num_seconds();
                assert!((most / 2..=most).contains(&wait), "{attempts}: {wait}");
            }
        }
        assert_eq!(wait_before(1, Some(Duration::from_secs(7200))), Span::hours(2));
        assert_eq!(wait_before(1, Some(Duration::ZERO)), Span::seconds(1));
        assert_eq!(wait_before(1, Some(Duration::MAX)), GIVE_UP_AFTER);
    }
}
