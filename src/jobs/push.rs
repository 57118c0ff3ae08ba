//! Notifies one browser of what has just come to match an alert. A browser that is there no more
//! is forgotten.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::domain::alert::{AlertId, DeviceId};
use crate::jobs::alert_mail::{Match, Told};
use crate::jobs::{Act, Ending, Job};
use crate::notify::alert_letter;
use crate::notify::push::Target;
use crate::ops::Refused;
use crate::store::devices::{self, Device};
use crate::store::jobs::Claimed;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Push {
    pub alert: AlertId,
    pub device: DeviceId,
    pub matches: Vec<Match>,
}

/// Each push service has its own lane: one that is away delays nobody else's notifications.
pub fn lane(device: &Device) -> String {
    let host = url::Url::parse(&device.endpoint).ok().and_then(|url| url.host_str().map(str::to_owned));
    format!("push {}", host.unwrap_or_default())
}

impl Job for Push {
    const NAME: &'static str = "push";

    async fn run(&self, app: &Arc<App>, claimed: &Claimed) -> anyhow::Result<Ending> {
        let (push, made_at) = (self.clone(), claimed.made_at);
        let found = app.db.read(move |c| {
            let told = Told::read(c, &push.alert, &push.matches, made_at)?;
            Ok::<_, Refused>(told.zip(devices::get(c, &push.device)?))
        });
        let Some((told, device)) = found.await? else { return Ok(Ending::DONE) };
        let notice = alert_letter::notice(app.author(), &told.news());
        let Device { id, endpoint, p256dh, auth, .. } = device;
        let outcome = app.pusher.send(&Target { endpoint, p256dh, auth }, &notice, app.clock.now()).await;
        Ok(Ending::of(outcome, |_| -> Act { Box::new(move |c| devices::delete(c, &id)) }))
    }
}
