//! The door to people's mailboxes and devices: what a message says, and carrying it there.
//! Nothing here writes to the database or decides who is told; a failure far away is an answer.

pub mod alert_letter;
pub mod digest;
mod email;
pub mod enquiry_letter;
mod figures;
mod govuk;
pub mod guide_letter;
pub mod letter;
mod mailbox;
mod pace;
pub mod people_letter;
mod place;
pub mod places_letter;
pub mod postbag;
mod private_address;
pub mod push;
pub mod reminder;
mod smtp;
mod text;
pub mod week_letter;

use std::time::Duration;

pub use email::Mailer;
pub use letter::{Letter, Letters};
pub use push::Pusher;
pub use text::Texter;

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The other side has it.
    Sent,
    /// Not now. `wait` is what the other side asked for, if it did.
    Later { wait: Option<Duration>, why: String },
    /// Its domain gets no more just now; nothing has gone wrong.
    Paced { wait: Duration },
    /// This message never, another one perhaps.
    Refused { why: String },
    /// Never anything: the address or the device is there no more.
    Gone { why: String },
}

impl Outcome {
    fn later(why: impl Into<String>) -> Self {
        Self::Later { wait: None, why: why.into() }
    }

    fn gone(why: impl Into<String>) -> Self {
        Self::Gone { why: why.into() }
    }
}
