//! Sends somebody a few services by mail or text message, with the figures as they are then. Whatever
//! becomes of it, the row goes, and the address with it.

use std::sync::Arc;

use anyhow::anyhow;
use chrono::Duration;
use tracing::warn;

use crate::app::App;
use crate::domain::care_service::{CareService, CareServiceId};
use crate::jobs::{Ending, Job, mail};
use crate::notify::{Outcome, places_letter};
use crate::ops::send_places::{MAIL_JOB, PlacesMail, PlacesText, TEXT_JOB};
use crate::store::jobs::Claimed;

/// The caller is long gone by then, and what was free is not.
const WORTH_SENDING: Duration = Duration::hours(12);

impl Job for PlacesMail {
    const NAME: &'static str = MAIL_JOB;

    async fn run(&self, app: &Arc<App>, claimed: &Claimed) -> anyhow::Result<Ending> {
        let words = places_letter::write(app.author(), &services(app, &self.services), &app.moment());
        let letter = mail::letter(claimed, &self.to, words.map_err(|e| anyhow!(e))?, None);
        Ok(forgetting(app, claimed, app.mailer.send(&letter, app.clock.now()).await))
    }
}

impl Job for PlacesText {
    const NAME: &'static str = TEXT_JOB;

    async fn run(&self, app: &Arc<App>, claimed: &Claimed) -> anyhow::Result<Ending> {
        let text = places_letter::text(app.author(), &services(app, &self.services), &app.moment());
        let outcome = app.texter.send(&self.to, &text, claimed.id.as_str()).await;
        Ok(forgetting(app, claimed, outcome))
    }
}

/// Those that are still on the register.
fn services(app: &App, ids: &[CareServiceId]) -> Vec<Arc<CareService>> {
    let snapshot = app.board.current();
    let listed = ids.iter().filter_map(|id| snapshot.get(id)).filter(|service| service.left_at.is_none());
    listed.cloned().collect()
}

/// What cannot be sent is not kept to be looked at, as other work is: it would keep the address.
fn forgetting(app: &App, claimed: &Claimed, outcome: Outcome) -> Ending {
    let is_late = app.clock.now().since(claimed.made_at) >= WORTH_SENDING;
    match outcome {
        Outcome::Sent => Ending::DONE,
        Outcome::Later { wait, why } if !is_late => Ending::Later { wait, why },
        Outcome::Paced { wait } if !is_late => Ending::NotYet { wait },
        Outcome::Later { .. } | Outcome::Paced { .. } | Outcome::Refused { .. } | Outcome::Gone { .. } => {
            warn!(job.id = %claimed.id, "a list of services could not be sent, and is forgotten");
            Ending::DONE
        }
    }
}
