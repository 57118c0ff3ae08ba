//! Forgets what is good for nothing any more: old entries of the log, once their days are counted,
//! the audit, answers to repeated requests, sign-in links, alerts nobody confirmed, work given up long ago.

use std::sync::Arc;

use chrono::Duration;

use crate::app::App;
use crate::jobs::push;
use crate::ops::{Refused, ceremony, count_days, learn_paces};
use crate::store::{
    Error, alerts, audit, ceremonies, changes, claims, consultations, digests, idempotency, interest, jobs, notices,
    remarks, reminders, shortlists, sign_in,
};

/// Sessions live 90 days at the most, and nothing else of signing in is kept longer.
const SIGN_IN_DAYS: i64 = 90;
/// A mail that asks to confirm an alert or a claim is good for a week.
const ASKED_DAYS: i64 = 7;
/// Ended alerts, digests, reminders and given-up work can be looked at for so long.
const KEPT_DAYS: i64 = 60;
/// A case that nobody has looked for a place in for so long is done with.
const SHORTLIST_DAYS: i64 = 90;
/// What readers say is wrong and nobody settled for so long is settled by nobody any more.
const REMARK_DAYS: i64 = 180;
/// So long after its end a consultation's answers have been read; what was heard stays.
const ANSWER_DAYS: i64 = 365;
/// So many entries of the log or the audit go in one act, so that no writer waits for long.
const MOST_AT_ONCE: i64 = 2000;

/// Goes round once.
pub async fn round(app: &Arc<App>) -> Result<(), Refused> {
    let now = app.clock.now();
    let zone = app.config.timezone;
    let days_ago = move |days: i64| now.minus(Duration::days(days));
    app.db
        .write(move |c| {
            idempotency::prune(c, now)?;
            sign_in::prune(c, days_ago(SIGN_IN_DAYS))?;
            ceremonies::prune(c, now.minus(ceremony::GOOD_FOR))?;
            alerts::prune(c, days_ago(ASKED_DAYS), days_ago(KEPT_DAYS))?;
            claims::prune(c, days_ago(ASKED_DAYS), days_ago(KEPT_DAYS))?;
            consultations::prune(c, zone.day(days_ago(ANSWER_DAYS)))?;
            digests::prune(c, days_ago(KEPT_DAYS))?;
            jobs::prune(c, days_ago(KEPT_DAYS))?;
            remarks::prune(c, days_ago(KEPT_DAYS), days_ago(REMARK_DAYS))?;
            reminders::prune(c, days_ago(KEPT_DAYS))?;
            shortlists::prune(c, days_ago(SHORTLIST_DAYS))?;
            interest::prune(c, zone.day(days_ago(KEPT_DAYS)))?;
            notices::prune(c, now.minus(push::SHOWN_FOR))?;
            Ok::<_, Error>(())
        })
        .await?;
    prune_audit(app).await?;
    count_days::run(&app.db, app.config.timezone, app.moment()).await?;
    learn_paces::run(&app.db).await?;
    Ok(prune_log(app).await?)
}

/// Keeps the audit as long as the setting says.
async fn prune_audit(app: &Arc<App>) -> Result<(), Error> {
    let before = app.clock.now().minus(Duration::days(app.config.audit_days));
    while app.db.write(move |c| audit::prune(c, before, MOST_AT_ONCE)).await? > 0 {}
    Ok(())
}

/// Keeps the window in which a watcher can resume, in days and in entries, whichever is longer, and
/// what the alerts have not been compared with.
async fn prune_log(app: &Arc<App>) -> Result<(), Error> {
    let keep_after = app.clock.now().minus(Duration::days(app.config.resume_days));
    let most = app.config.resume_changes;
    loop {
        let pruned = app.db.write(move |c| {
            let read_by_all = changes::cursor(c, alerts::CURSOR)?;
            let keep_from = changes::last_seq(c)? - most + 1;
            changes::prune(c, keep_after, keep_from, read_by_all, MOST_AT_ONCE)
        });
        if pruned.await? < usize::try_from(MOST_AT_ONCE).unwrap_or(usize::MAX) {
            return Ok(());
        }
    }
}
