//! Mails people what happened to their roles and claims. What a letter says is written in `notify/`.

use std::sync::Arc;

use anyhow::anyhow;

use crate::app::App;
use crate::jobs::{Ending, Job, mail};
use crate::ops::people_mail::{JOB, PeopleMail};
use crate::store::jobs::Claimed;

impl Job for PeopleMail {
    const NAME: &'static str = JOB;

    async fn run(&self, app: &Arc<App>, claimed: &Claimed) -> anyhow::Result<Ending> {
        let words = app.author().about_people(&self.news).map_err(|e| anyhow!(e))?;
        Ok(mail::send_as_asked(app, &mail::letter(claimed, &self.to, words, None)).await)
    }
}
