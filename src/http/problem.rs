//! The one place where refusals become a status and words: problem+json (RFC 9457) for programs,
//! a page for people. Nothing is decided here.

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, ETAG, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use tracing::error;

use crate::base::secret;
use crate::base::text;
use crate::domain::invalid::{Invalid, Mistake};
use crate::guide::workshop::Trouble;
use crate::ops::Refused;
use crate::store::Error;

/// A refusal as it is answered.
#[derive(Clone, Debug, Serialize)]
pub struct Problem {
    #[serde(rename = "type", serialize_with = "about_blank")]
    kind: (),
    pub title: &'static str,
    #[serde(serialize_with = "number")]
    pub status: StatusCode,
    pub detail: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Mistake>,
    /// Also in the log, beside the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_id: Option<String>,
    /// The version that is current, where another was expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    #[serde(skip)]
    pub retry_after: Option<u32>,
}

/// No kind of ours has a page that explains it more than its title does.
fn about_blank<S: serde::Serializer>(_: &(), serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str("about:blank")
}

fn number<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

/// The title of a refusal for want of a right; its page says whom to ask.
pub const NOT_ALLOWED: &str = "Not allowed";

impl Problem {
    pub fn new(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind: (),
            title,
            status,
            detail: detail.into(),
            errors: Vec::new(),
            error_id: None,
            version: None,
            retry_after: None,
        }
    }

    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not found", "There is nothing at this address, or it is not for you to see.")
    }

    pub fn not_signed_in() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Not signed in", "Sign in, or send a good bearer token.")
    }

    pub fn not_allowed() -> Self {
        Self::new(StatusCode::FORBIDDEN, NOT_ALLOWED, "You are signed in, but this is not yours to see or do.")
    }

    /// What was sent makes no sense as it stands: a bad query, malformed JSON.
    pub fn bad_request(invalid: &Invalid) -> Self {
        let errors = invalid.mistakes().to_vec();
        Self { errors, ..Self::new(StatusCode::BAD_REQUEST, "Bad request", invalid.to_string()) }
    }

    /// It makes sense, but is wrong.
    pub fn unprocessable(invalid: &Invalid) -> Self {
        let errors = invalid.mistakes().to_vec();
        Self { errors, ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "There is a problem", invalid.to_string()) }
    }

    pub fn too_many(retry_after: u32) -> Self {
        let detail = "Too many requests. Wait a while, then try again.";
        Self { retry_after: Some(retry_after), ..Self::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests", detail) }
    }

    fn unavailable() -> Self {
        let detail = "The service cannot do this just now. Nothing was changed. Try again in a few seconds.";
        Self { retry_after: Some(5), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "Not available just now", detail) }
    }

    /// The server is about to stop: others are to be asked.
    pub fn leaving() -> Self {
        let detail = "This server is about to stop. Ask another.";
        Self { retry_after: Some(5), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "About to stop", detail) }
    }

    /// A fault of ours: the reason goes to the log, its id to who asked.
    pub fn broken(why: &dyn std::fmt::Display) -> Self {
        let id = secret::hash(&secret::bytes::<16>())[..10].to_owned();
        error!(error_id = id, "a request failed: {why}");
        let detail = format!("Something went wrong on our side. If you report it, give this number: {id}.");
        Self { error_id: Some(id), ..Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong", detail) }
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::NotFound => Self::not_found(),
            Refused::NotAllowed => Self::not_allowed(),
            Refused::Stale(version) => Self {
                version: Some(version),
                ..Self::new(
                    StatusCode::PRECONDITION_FAILED,
                    "The figures have changed",
                    format!(
                        "Somebody has changed the figures since you read them; they are now at version {version}. Read them again."
                    ),
                )
            },
            Refused::KeyReused => {
                let detail = "This Idempotency-Key was used for another request in the last 24 hours. Use a new one.";
                Self::unprocessable(&Invalid::one("Idempotency-Key", "key_reused", detail))
            }
            Refused::Invalid(invalid) => Self::unprocessable(&invalid),
            Refused::Ended => Self::new(
                StatusCode::GONE,
                "This link has ended",
                "The link has been used or is too old. Ask for a new one.",
            ),
            Refused::WrongCode(left) => {
                let detail = format!("That code is wrong. You can try {left} more times.");
                Self::unprocessable(&Invalid::one("code", "wrong_code", detail))
            }
            Refused::LastManager => Self::new(
                StatusCode::CONFLICT,
                "The last manager",
                "Nobody else manages that service. Say that you are sure, or invite somebody first.",
            ),
            Refused::LinkNotEnough => Self::new(
                StatusCode::FORBIDDEN,
                "A link is not enough",
                "You have rights over others: sign in with your passkey or your council's sign-on.",
            ),
            Refused::SignInAgain => Self::new(
                StatusCode::FORBIDDEN,
                "Sign in again",
                "You signed in a while ago. Sign in again, then change how you sign in.",
            ),
            Refused::TooMany => Self::too_many(900),
            Refused::Store(error) => error.into(),
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::not_found(),
            Error::Conflict => Self::new(StatusCode::CONFLICT, "Conflict", "Somebody else was first. Look again."),
            Error::Unavailable(why) => {
                error!("the database could not do it: {why}");
                Self::unavailable()
            }
            Error::Broken(why) => Self::broken(&why),
        }
    }
}

impl From<Trouble> for Problem {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Busy => {
                let detail = "Many people are asking for guides just now. Try again in a minute.";
                let title = "Not available just now";
                Self { retry_after: Some(60), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, title, detail) }
            }
            Trouble::TooLong(count) => {
                let detail = format!(
                    "This PDF would list {} services, which is too long for one file. Choose a council area or a place first.",
                    text::grouped(count as u64)
                );
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Too long for one file", detail)
            }
            Trouble::Broken(why) => Self::broken(&why),
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    /// The answer for programs. The pages' middleware finds the problem in the extensions and
    /// answers people with a page instead.
    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut answer = HttpResponse::build(self.status);
        answer.insert_header((CONTENT_TYPE, "application/problem+json"));
        if let Some(seconds) = self.retry_after {
            answer.insert_header((RETRY_AFTER, seconds));
        }
        if let Some(version) = self.version {
            answer.insert_header((ETAG, format!("\"{version}\"")));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            answer.insert_header((WWW_AUTHENTICATE, "Bearer"));
        }
        let body = serde_json::to_string(self).unwrap_or_else(|_| "{}".to_owned());
        let mut answer = answer.body(body);
        answer.extensions_mut().insert(self.clone());
        answer
    }
}
