//! The acts: one file each, one transaction each, with the rights of who acts checked inside it.
//! An act never sends anything: it writes rows, and others send.

pub mod account;
pub mod add_passkey;
pub mod add_service;
pub mod adjust_capacity;
pub mod administer;
pub mod alert_link;
pub mod answer_by_link;
pub mod answer_consultation;
pub mod answer_enquiry;
pub mod apply_import;
pub mod ask;
pub mod audit;
pub mod ceremony;
pub mod change_alert;
pub mod change_wishes;
pub mod claim;
pub mod claim_link;
pub mod colleagues;
pub mod confirm_by_link;
pub mod confirm_capacity;
pub mod count_days;
pub mod count_interest;
pub mod create_token;
pub mod decide_claim;
pub mod edit_consultation;
pub mod edit_guide;
pub mod end_holds;
pub mod end_session;
pub mod enquiry_news;
pub mod held;
mod hold;
pub mod invite;
pub mod keep_shortlist;
mod keepers;
pub mod lapse;
pub mod late_services;
pub mod learn_paces;
pub mod list_enquiries;
pub mod list_rooms;
pub mod locate_services;
pub mod make_alert;
pub mod people_mail;
pub mod put_boundaries;
pub mod put_postcodes;
mod reach;
pub mod read_consultation;
pub mod read_remarks;
pub mod remark;
pub mod remind;
pub mod reminder_link;
pub mod remove_passkey;
pub mod remove_person;
pub mod rename_passkey;
pub mod retry_job;
pub mod send_guide;
pub mod send_places;
pub mod service_record;
pub mod service_week;
pub mod settle_remarks;
pub mod sign_in;
pub mod sign_in_passkey;
pub mod sign_in_session;
pub mod sign_in_single;
pub mod subscribe_device;
pub mod take_bounce;
mod tell;
pub mod tell_remarks;
pub mod update_capacity;
pub mod withdraw_invitation;

use crate::domain::invalid::Invalid;
use crate::store::Error;

pub use tell::{Condition, Told};

/// Why an act was not done. Closed: only the boundary turns it into words.
#[derive(Clone, Debug, PartialEq)]
pub enum Refused {
    /// There is none, or they may not know of it.
    NotFound,
    /// They may know of it, but not do this.
    NotAllowed,
    /// The figures have changed since they were read; this is their version now.
    Stale(i64),
    /// The same idempotency key came with another request.
    KeyReused,
    Invalid(Invalid),
    /// A link or code that is wrong, used up or too old.
    Ended,
    /// A code that is wrong; so many tries are left.
    WrongCode(u32),
    /// It would leave a service without anybody who keeps its figures; who is sure says so.
    LastManager,
    /// A mailed link, where this person must use a passkey or their council's sign-on.
    LinkNotEnough,
    /// They must sign in again first, since it has been a while.
    SignInAgain,
    /// Too often; try again later.
    TooMany,
    Store(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::NotFound,
            other @ (Error::Conflict | Error::Unavailable(_) | Error::Broken(_)) => Self::Store(other),
        }
    }
}

impl From<Invalid> for Refused {
    fn from(invalid: Invalid) -> Self {
        Self::Invalid(invalid)
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotFound => f.write_str("there is no such thing, or it is not for you to know"),
            Self::NotAllowed => f.write_str("you may not do that"),
            Self::Stale(version) => write!(f, "the figures have changed since; they are now at version {version}"),
            Self::KeyReused => f.write_str("that idempotency key was used for another request"),
            Self::Invalid(invalid) => write!(f, "{invalid}"),
            Self::Ended => f.write_str("that link has been used or is too old; ask for a new one"),
            Self::WrongCode(left) => write!(f, "that code is wrong; {left} tries are left"),
            Self::LastManager => f.write_str("nobody else manages that service"),
            Self::LinkNotEnough => f.write_str("a mailed link is not enough for you here"),
            Self::SignInAgain => f.write_str("sign in again first"),
            Self::TooMany => f.write_str("too many tries; wait a quarter of an hour"),
            Self::Store(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for Refused {}
