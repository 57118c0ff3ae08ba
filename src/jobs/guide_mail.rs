//! Mails somebody a guide that another, or they themselves, had sent. The address and the words are
//! forgotten with the job, also when it is given up.

use std::sync::Arc;

use anyhow::anyhow;

use crate::app::App;
use crate::jobs::{Act, Ending, Job, mail};
use crate::ops::Refused;
use crate::ops::send_guide::{self, GuideMail};
use crate::store::jobs::{self, Claimed};
use crate::store::places;

impl Job for GuideMail {
    const NAME: &'static str = send_guide::JOB;

    async fn run(&self, app: &Arc<App>, claimed: &Claimed) -> anyhow::Result<Ending> {
        if app.clock.now().since(claimed.made_at) >= send_guide::GOOD_FOR {
            return Ok(forgotten(claimed, "it could not be sent for a day".to_owned(), None));
        }
        let query = self.query.clone();
        let filter = app.db.read(move |c| places::of_query::<Refused>(c, &query)).await?;
        let words = app.author().guide(self, &filter, &app.board.current(), app.moment()).map_err(|e| anyhow!(e))?;
        // Its reader did not ask for it, perhaps: it opens no address that was stopped.
        Ok(match mail::send(app, &mail::letter(claimed, &self.to, words, None)).await {
            Ending::GivenUp { why, act } => forgotten(claimed, why, act),
            other @ (Ending::Done(_) | Ending::Later { .. } | Ending::NotYet { .. }) => other,
        })
    }
}

/// Given up, and nobody's address or words stay.
fn forgotten(claimed: &Claimed, why: String, act: Option<Act>) -> Ending {
    let id = claimed.id.clone();
    let forget: Act = Box::new(move |c| {
        act.map_or(Ok(()), |act| act(c))?;
        jobs::forget(c, &id)
    });
    Ending::GivenUp { why: format!("{why}; to whom and with what words is forgotten"), act: Some(forget) }
}
