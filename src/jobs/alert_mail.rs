//! Mails what has just come to match an alert: one mail for what was found together.

use std::sync::Arc;

use anyhow::anyhow;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::base::stamp::Stamp;
use crate::domain::actor::Actor;
use crate::domain::alert::{Alert, AlertId, AlertState};
use crate::domain::care_service::CareServiceId;
use crate::domain::change::{Change, ChangeKind};
use crate::domain::filter::Filter;
use crate::jobs::{Ending, Job, mail};
use crate::notify::alert_letter::{self, News};
use crate::ops::Refused;
use crate::store::alerts::Reader;
use crate::store::conn::Conn;
use crate::store::jobs::Claimed;
use crate::store::{Error, alerts, changes, places, services, stopped};

/// The lane of mails sent at once.
pub const LANE: &str = "alert-mail";

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AlertMail {
    pub alert: AlertId,
    pub matches: Vec<Match>,
}

/// A change after which a service matched.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Match {
    pub seq: i64,
    pub service: CareServiceId,
}

/// All that is told, read in one state of the data. `None` if nobody is to be told any more.
pub struct Told {
    pub alert: Alert,
    pub filter: Filter,
    pub changes: Vec<Change>,
    pub reader: Option<Reader>,
    pub is_stopped: bool,
}

impl Told {
    pub fn read(c: &mut Conn, id: &AlertId, matches: &[Match], at: Stamp) -> Result<Option<Self>, Refused> {
        let alert = match alerts::get(c, id) {
            Err(Error::NotFound) => return Ok(None),
            other => other?,
        };
        if alert.state != AlertState::Active {
            return Ok(None);
        }
        let changes = matches.iter().map(|found| change(c, found, at)).collect::<Result<_, _>>()?;
        let filter = places::of_query::<Refused>(c, &alert.query)?;
        let reader = alerts::reader(c, &alert)?;
        let is_stopped = match &reader {
            Some(reader) => stopped::get(c, &reader.email)?.is_some(),
            None => false,
        };
        Ok(Some(Self { alert, filter, changes, reader, is_stopped }))
    }

    pub fn news(&self) -> News<'_> {
        self.news_of(&self.changes)
    }

    /// News of other changes than those it was read with.
    pub fn news_of<'a>(&'a self, changes: &'a [Change]) -> News<'a> {
        let person = self.reader.as_ref().and_then(|reader| reader.person.as_ref());
        let staff = person.is_some_and(|person| Actor::person(person.id.clone(), &person.grants).is_staff());
        News { alert: &self.alert, filter: &self.filter, changes, staff }
    }
}

/// The change, or where the log keeps it no longer the service as it is.
fn change(c: &mut Conn, found: &Match, at: Stamp) -> Result<Change, Error> {
    if let Some(change) = changes::get(c, found.seq)? {
        return Ok(change);
    }
    let service = services::get(c, &found.service)?.service;
    let kind = ChangeKind::CapacityUpdated;
    Ok(Change { seq: found.seq, at, kind, previous_seq: 0, actor: String::new(), service })
}

impl Job for AlertMail {
    const NAME: &'static str = "alert_mail";

    async fn run(&self, app: &Arc<App>, claimed: &Claimed) -> anyhow::Result<Ending> {
        let (id, matches, made_at) = (self.alert.clone(), self.matches.clone(), claimed.made_at);
        let Some(told) = app.db.read(move |c| Told::read(c, &id, &matches, made_at)).await? else {
            return Ok(Ending::DONE);
        };
        let Some(reader) = told.reader.as_ref().filter(|_| !told.is_stopped) else { return Ok(Ending::DONE) };
        let author = app.author();
        let words = alert_letter::write(author, &told.news(), &app.board.current());
        let words = words.map_err(|e| anyhow!(e))?;
        let letter = mail::letter(claimed, &reader.email, words, Some(author.list(&told.alert.id)));
        Ok(mail::send(app, &letter).await)
    }
}
