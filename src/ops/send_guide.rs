//! Sends somebody a guide: enqueues the letter that carries a few words and the links. Nothing of it is
//! kept once it is sent.

use chrono::Duration;
use serde::{Deserialize, Serialize};

use crate::base::clock::Clock;
use crate::domain::actor::Actor;
use crate::domain::audit::Did;
use crate::domain::guide_note::Note;
use crate::domain::invalid::Invalid;
use crate::domain::person::EmailAddress;
use crate::domain::words::{Deed, GuideKind};
use crate::ops::make_alert::ASKED_FOR_LANE;
use crate::ops::{Refused, audit};
use crate::store::jobs::{self, NewJob};
use crate::store::{Db, Error, stopped};

/// The job that sends it.
pub const JOB: &str = "guide_mail";
/// What could not be sent in a day is not wanted any more, and forgotten.
pub const GOOD_FOR: Duration = Duration::days(1);

/// A guide of what a filter finds, to one reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuideMail {
    pub to: EmailAddress,
    pub kind: GuideKind,
    pub query: String,
    pub note: String,
    /// Sent by somebody who is signed in, and not by a stranger.
    pub is_known: bool,
}

/// What is to be sent, and to whom.
#[derive(Clone, Debug)]
pub struct Sending {
    pub to: EmailAddress,
    pub kind: GuideKind,
    pub query: String,
    pub note: Note,
}

pub async fn run(db: &Db, clock: &Clock, actor: Actor, sending: Sending) -> Result<(), Refused> {
    let clock = clock.clone();
    db.write(move |c| {
        let Sending { to, kind, query, note } = sending;
        if stopped::get(c, &to)?.is_some() {
            let detail = "Mail to this address was refused. Check it, or give them the link yourself.";
            return Err(Invalid::one("email", "stopped", detail).into());
        }
        let now = clock.now();
        let mail = GuideMail { to, kind, query, note: note.text().to_owned(), is_known: actor.is_signed_in() };
        let payload = serde_json::to_string(&mail).map_err(|e| Error::Broken(e.to_string()))?;
        jobs::enqueue(c, &NewJob { name: JOB, payload, lane: ASKED_FOR_LANE, order: None, run_at: now }, now)?;
        audit::record(c, now, &actor, Did::new(Deed::GuideSent).saying(kind.word()))
    })
    .await
}
