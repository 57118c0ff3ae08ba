//! What every job that sends a mail shares: an address that a mail server refused for good is
//! stopped, and opened again by a mail that its owner asked for and that got through.

use crate::app::App;
use crate::base::stamp::Stamp;
use crate::domain::person::EmailAddress;
use crate::jobs::{Act, Ending};
use crate::notify::letter::{Letter, List, Words};
use crate::store::jobs::Claimed;
use crate::store::stopped;

/// A letter of this job: the same `Message-ID` and date however often it is tried.
pub fn letter(claimed: &Claimed, to: &EmailAddress, words: Words, list: Option<List>) -> Letter {
    Letter { to: to.clone(), words, id: claimed.id.to_string(), date: claimed.made_at, list }
}

/// Sends what comes by itself.
pub async fn send(app: &App, letter: &Letter) -> Ending {
    let now = app.clock.now();
    let outcome = app.mailer.send(letter, now).await;
    let to = letter.to.clone();
    Ending::of(outcome, |why| stop(to, why.to_owned(), now))
}

/// Sends what its reader waits for.
pub async fn send_as_asked(app: &App, letter: &Letter) -> Ending {
    match send(app, letter).await {
        Ending::Done(_) => {
            let to = letter.to.clone();
            Ending::Done(Some(Box::new(move |c| stopped::clear(c, &to).map(drop))))
        }
        other @ (Ending::Later { .. } | Ending::NotYet { .. } | Ending::GivenUp { .. }) => other,
    }
}

fn stop(to: EmailAddress, why: String, now: Stamp) -> Act {
    Box::new(move |c| stopped::stop(c, &to, &why, now))
}
