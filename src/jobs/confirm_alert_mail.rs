//! Asks an address whether its owner wants an alert. The alert waits until they say so.

use std::sync::Arc;

use anyhow::anyhow;

use crate::app::App;
use crate::domain::alert::AlertState;
use crate::jobs::{Ending, Job, mail};
use crate::ops::Refused;
use crate::ops::make_alert::{CONFIRM_JOB, ConfirmAlertMail};
use crate::store::jobs::Claimed;
use crate::store::{Error, alerts, places};

impl Job for ConfirmAlertMail {
    const NAME: &'static str = CONFIRM_JOB;

    async fn run(&self, app: &Arc<App>, claimed: &Claimed) -> anyhow::Result<Ending> {
        let id = self.alert.clone();
        let found = app.db.read(move |c| {
            let alert = match alerts::get(c, &id) {
                Err(Error::NotFound) => return Ok(None),
                other => other?,
            };
            let filter = places::of_query::<Refused>(c, &alert.query)?;
            Ok::<_, Refused>(Some((alert, filter)))
        });
        let Some((alert, filter)) = found.await? else { return Ok(Ending::DONE) };
        let (AlertState::Asked, Some(email)) = (alert.state, &alert.email) else { return Ok(Ending::DONE) };
        let words = app.author().confirmation(&alert, &filter.words()).map_err(|e| anyhow!(e))?;
        Ok(mail::send_as_asked(app, &mail::letter(claimed, email, words, None)).await)
    }
}
