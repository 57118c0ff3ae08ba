//! Mails and notifies who is asked, and who was answered, if that is still news when it is sent. What
//! is said is written in `notify/`.

use std::sync::Arc;

use anyhow::anyhow;

use crate::app::App;
use crate::jobs::{Ending, Job, mail, push};
use crate::notify::enquiry_letter;
use crate::ops::enquiry_news::{EnquiryMail, EnquiryPush, Found, MAIL_JOB, PUSH_JOB};
use crate::store::jobs::Claimed;
use crate::store::{Error, devices, stopped};

impl Job for EnquiryMail {
    const NAME: &'static str = MAIL_JOB;

    async fn run(&self, app: &Arc<App>, claimed: &Claimed) -> anyhow::Result<Ending> {
        let news = self.0.clone();
        let found = app.db.read(move |c| {
            let Some(found) = Found::read(c, &news)? else { return Ok(None) };
            // An address that takes no mail is told by devices and pages.
            let is_stopped = stopped::get(c, &found.person.email)?.is_some();
            Ok::<_, Error>(Some(found).filter(|_| !is_stopped))
        });
        let Some(found) = found.await? else { return Ok(Ending::DONE) };
        let words = enquiry_letter::write(app.author(), &found, self.0.what).map_err(|e| anyhow!(e))?;
        Ok(mail::send(app, &mail::letter(claimed, &found.person.email, words, None)).await)
    }
}

impl Job for EnquiryPush {
    const NAME: &'static str = PUSH_JOB;

    async fn run(&self, app: &Arc<App>, _: &Claimed) -> anyhow::Result<Ending> {
        let job = self.clone();
        let found = app.db.read(move |c| {
            let Some(device) = devices::get(c, &job.device)? else { return Ok(None) };
            let found = Found::read(c, &job.news)?;
            // A browser that somebody else has signed in with since is theirs.
            let is_theirs = device.person.as_ref() == Some(&job.news.person);
            Ok::<_, Error>(found.filter(|_| is_theirs).map(|found| (found, device)))
        });
        let Some((found, device)) = found.await? else { return Ok(Ending::DONE) };
        let notice = enquiry_letter::notice(app.author(), &found, self.news.what);
        push::send_once(app, device, &notice).await
    }
}
