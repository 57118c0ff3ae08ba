//! Counts the days that are over, from the log, and keeps the counts; and counts the day that lasts.
//! What is counted is decided in `domain/statistics.rs`.

use std::collections::HashMap;

use chrono::{Days, Duration, NaiveDate};

use crate::base::local::Zone;
use crate::domain::authority::AuthorityCode;
use crate::domain::care_service::{CareService, CareServiceId};
use crate::domain::freshness::Moment;
use crate::domain::statistics::{DayOfAuthority, Span, Statistics, gone_back};
use crate::ops::Refused;
use crate::store::conn::Conn;
use crate::store::{Db, changes, services, statistics};

/// Entries of the log in memory at once.
const ENTRIES_AT_ONCE: i64 = 500;

/// Counts every day that is over and has not been counted; how many rows that made. Done twice, it
/// makes the same rows.
pub async fn run(db: &Db, zone: Zone, moment: Moment) -> Result<usize, Refused> {
    let rows = db.read(move |c| finished(c, zone, &moment)).await?;
    if rows.is_empty() {
        return Ok(0);
    }
    db.write(move |c| {
        for row in &rows {
            statistics::put(c, row)?;
        }
        Ok(rows.len())
    })
    .await
}

/// The days from the first to the last: those counted before, and today as far as it has come.
pub async fn read(
    db: &Db,
    zone: Zone,
    moment: Moment,
    authority: Option<AuthorityCode>,
    (first, last): (NaiveDate, NaiveDate),
) -> Result<Vec<DayOfAuthority>, Refused> {
    run(db, zone, moment).await?;
    db.read(move |c| {
        let mut days = statistics::between(c, authority.as_ref(), first, last)?;
        let today = zone.day(moment.now);
        if (first..=last).contains(&today) {
            let span = Span { zone, limits: moment.limits, from: today, until: moment.now };
            let lasts = count(c, span)?;
            days.extend(
                lasts.into_iter().filter(|row| authority.as_ref().is_none_or(|code| row.authority.code == *code)),
            );
        }
        Ok(days)
    })
    .await
}

/// The days of one service from the first to the last, as far back as the log is kept; each as if the
/// service were an authority of its own.
pub async fn read_service(
    db: &Db,
    zone: Zone,
    moment: Moment,
    id: CareServiceId,
    (first, last): (NaiveDate, NaiveDate),
) -> Result<Vec<DayOfAuthority>, Refused> {
    db.read(move |c| {
        let now = services::get(c, &id)?.service;
        let oldest = changes::after(c, 0, 1)?.first().map_or(moment.now, |oldest| oldest.at);
        let from = first.max(zone.day(oldest));
        let until = zone.moment(last + Days::new(1), 0).min(moment.now);
        if from > zone.day(moment.now) || until <= zone.moment(from, 0) {
            return Ok(Vec::new());
        }
        let begin = changes::first_since(c, zone.moment(from, 0))?;
        let since = changes::of_service_from(c, &id, begin)?;
        let before = since.first().map(|change| changes::before(c, change)).transpose()?.flatten();
        let earlier = since.iter().map(|change| change.previous_seq).zip(before).collect();
        let standing = gone_back([now], &since, &earlier);
        let mut statistics = Statistics::new(Span { zone, limits: moment.limits, from, until }, standing);
        since.iter().for_each(|change| statistics.take(change));
        let mut days = statistics.finish();
        days.retain(|row| row.day <= last);
        Ok(days)
    })
    .await
}

fn finished(c: &mut Conn, zone: Zone, moment: &Moment) -> Result<Vec<DayOfAuthority>, Refused> {
    let from = match statistics::last_day(c)? {
        Some(day) => day.checked_add_days(Days::new(1)),
        None => changes::after(c, 0, 1)?.first().map(|oldest| zone.day(oldest.at)),
    };
    let today = zone.day(moment.now);
    match from.filter(|from| *from < today) {
        Some(from) => count(c, Span { zone, limits: moment.limits, from, until: zone.moment(today, 0) }),
        None => Ok(Vec::new()),
    }
}

fn count(c: &mut Conn, span: Span) -> Result<Vec<DayOfAuthority>, Refused> {
    let begin = changes::first_since(c, span.zone.moment(span.from, 0))?;
    let end = changes::first_since(c, span.until.plus(Duration::microseconds(1)))?;
    let mut statistics = Statistics::new(span, standing_at(c, begin)?);
    let mut next = begin;
    while next < end {
        for change in changes::after(c, next - 1, ENTRIES_AT_ONCE.min(end - next))? {
            next = change.seq + 1;
            statistics.take(&change);
        }
    }
    Ok(statistics.finish())
}

/// The services as they were just before this entry of the log.
fn standing_at(c: &mut Conn, seq: i64) -> Result<Vec<CareService>, Refused> {
    let since = changes::first_of_each(c, seq)?;
    let mut earlier = HashMap::new();
    for change in &since {
        if let Some(previous) = changes::before(c, change)? {
            earlier.insert(change.previous_seq, previous);
        }
    }
    let now = services::all(c)?.into_iter().map(|stored| stored.service);
    Ok(gone_back(now, &since, &earlier))
}
