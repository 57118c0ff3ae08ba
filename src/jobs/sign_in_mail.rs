//! Mails the link that signs somebody in. Whether there is anybody to mail was decided before.

use std::sync::Arc;

use anyhow::anyhow;

use crate::app::App;
use crate::jobs::{Ending, Job, mail};
use crate::ops::sign_in::{self, SignInMail};
use crate::store::jobs::Claimed;

impl Job for SignInMail {
    const NAME: &'static str = sign_in::MAIL_JOB;

    async fn run(&self, app: &Arc<App>, claimed: &Claimed) -> anyhow::Result<Ending> {
        if app.clock.now().since(claimed.made_at) >= sign_in::GOOD_FOR {
            return Ok(Ending::given_up("the link was too old by the time it could be sent"));
        }
        let minutes = sign_in::GOOD_FOR.num_minutes();
        let words = app.author().sign_in(&self.link, minutes).map_err(|e| anyhow!(e))?;
        Ok(mail::send_as_asked(app, &mail::letter(claimed, &self.email, words, None)).await)
    }
}
