//! Work done later, from rows that were written before: the table of jobs, and the rounds that
//! write such rows by themselves. What a message says and how it travels is `notify`'s business.

mod alert_index;
mod alert_mail;
mod confirm_alert_mail;
pub mod digest;
mod enquiry;
pub mod follow_alerts;
mod guide_mail;
pub mod housekeeping;
mod keep_guides;
pub mod lapse;
mod mail;
mod people_mail;
mod places;
mod push;
pub mod remind;
pub mod runner;
pub mod schedule;
mod sign_in_mail;
pub mod week;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use futures_util::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::base::stamp::Stamp;
use crate::notify::Outcome;
use crate::ops::enquiry_news::{EnquiryMail, EnquiryPush};
use crate::ops::make_alert::ConfirmAlertMail;
use crate::ops::people_mail::PeopleMail;
use crate::ops::remind::ReminderMail;
use crate::ops::send_guide::GuideMail;
use crate::ops::send_places::{PlacesMail, PlacesText};
use crate::ops::sign_in::SignInMail;
use crate::ops::subscribe_device::PushTest;
use crate::store::Error;
use crate::store::conn::Conn;
use crate::store::jobs::{Claimed, NewJob};

/// Work that is a row: what is needed to do it, and how. Done at least once; doing it twice may
/// only repeat one message.
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    const NAME: &'static str;

    fn run(&self, app: &Arc<App>, claimed: &Claimed) -> impl Future<Output = anyhow::Result<Ending>> + Send;
}

/// Something to be written in the transaction that ends a job.
pub type Act = Box<dyn FnOnce(&mut Conn) -> Result<(), Error> + Send>;

/// How a job ended.
pub enum Ending {
    Done(Option<Act>),
    /// To be tried again, after what the other side asked for or by the usual steps.
    Later {
        wait: Option<Duration>,
        why: String,
    },
    /// It was not tried: its turn comes later.
    NotYet {
        wait: Duration,
    },
    /// Not to be tried again; the reason stays to be read.
    GivenUp {
        why: String,
        act: Option<Act>,
    },
}

impl Ending {
    const DONE: Self = Self::Done(None);

    fn given_up(why: impl Into<String>) -> Self {
        Self::GivenUp { why: why.into(), act: None }
    }

    /// The ending of a message, where `gone` is what to do about an address or device that is no more.
    fn of(outcome: Outcome, gone: impl FnOnce(&str) -> Act) -> Self {
        match outcome {
            Outcome::Sent => Self::DONE,
            Outcome::Later { wait, why } => Self::Later { wait, why },
            Outcome::Paced { wait } => Self::NotYet { wait },
            Outcome::Refused { why } => Self::given_up(why),
            Outcome::Gone { why } => Self::GivenUp { act: Some(gone(&why)), why },
        }
    }
}

type Perform = for<'a> fn(&'a Arc<App>, &'a Claimed) -> BoxFuture<'a, anyhow::Result<Ending>>;

/// Every job there is.
const TABLE: &[(&str, Perform)] = &[
    (SignInMail::NAME, perform::<SignInMail>),
    (ConfirmAlertMail::NAME, perform::<ConfirmAlertMail>),
    (alert_mail::AlertMail::NAME, perform::<alert_mail::AlertMail>),
    (GuideMail::NAME, perform::<GuideMail>),
    (PeopleMail::NAME, perform::<PeopleMail>),
    (push::Push::NAME, perform::<push::Push>),
    (PushTest::NAME, perform::<PushTest>),
    (digest::DigestMail::NAME, perform::<digest::DigestMail>),
    (ReminderMail::NAME, perform::<ReminderMail>),
    (EnquiryMail::NAME, perform::<EnquiryMail>),
    (EnquiryPush::NAME, perform::<EnquiryPush>),
    (PlacesMail::NAME, perform::<PlacesMail>),
    (PlacesText::NAME, perform::<PlacesText>),
    (week::WeekMail::NAME, perform::<week::WeekMail>),
];

fn perform<'a, J: Job>(app: &'a Arc<App>, claimed: &'a Claimed) -> BoxFuture<'a, anyhow::Result<Ending>> {
    Box::pin(async move {
        let job: J = serde_json::from_str(&claimed.payload).context("the payload cannot be read")?;
        job.run(app, claimed).await
    })
}

/// A row for this work.
fn row<'a, J: Job>(job: &J, lane: &'a str, order: Option<(String, i64)>, run_at: Stamp) -> Result<NewJob<'a>, Error> {
    let payload = serde_json::to_string(job).map_err(|e| Error::Broken(format!("cannot write a job: {e}")))?;
    Ok(NewJob { name: J::NAME, payload, lane, order, run_at })
}
