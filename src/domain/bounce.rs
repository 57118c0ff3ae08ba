//! Bounces as mail services report them: our own words, or the delivery receipts of GOV.UK Notify.
//! What becomes of an address is decided in `ops`.

use serde_json::Value;

use crate::base::text;
use crate::domain::invalid::{Invalid, Mistakes};
use crate::domain::person::EmailAddress;

/// A reason is shown to administrators; a mail server's whole letter is not.
const LONGEST_REASON: usize = 300;

/// An address that takes no mail, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounce {
    pub email: EmailAddress,
    pub reason: String,
}

impl Bounce {
    /// Reads one report: `{ "email", "kind": "permanent"|"temporary", "reason" }`, or Notify's `{ "to",
    /// "status", … }`. `None` where it is about no permanent failure.
    pub fn parse(body: &Value) -> Result<Option<Self>, Invalid> {
        let said = |key: &str| body.get(key).and_then(Value::as_str);
        let mut mistakes = Mistakes::default();
        let (key, is_permanent, reason) = match (said("kind"), said("status")) {
            (Some(kind @ ("permanent" | "temporary")), _) => {
                ("email", kind == "permanent", said("reason").unwrap_or("reported as undeliverable"))
            }
            (None, Some(status)) => ("to", status == "permanent-failure", "GOV.UK Notify: permanent failure"),
            (Some(_) | None, _) => {
                mistakes.add("/kind", "bad_kind", "\"kind\" must be permanent or temporary.");
                ("email", false, "")
            }
        };
        let email = said(key).and_then(EmailAddress::parse);
        if email.is_none() {
            mistakes.add(format!("/{key}"), "bad_email", format!("{key:?} must be the address that was written to."));
        }
        let reason = text::tidy(reason).chars().take(LONGEST_REASON).collect();
        mistakes.or(email.filter(|_| is_permanent).map(|email| Self { email, reason }))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_permanent_failures_are_bounces() {
        let bounce = |body: Value| Bounce::parse(&body).map(|found| found.map(|found| found.email.to_string()));
        let ana = Ok(Some("ana@example.org".to_owned()));
        assert_eq!(bounce(json!({ "email": "ana@example.org", "kind": "permanent", "reason": "550" })), ana);
        assert_eq!(bounce(json!({ "email": "ana@example.org", "kind": "temporary" })), Ok(None));
        let receipt = |status: &str| json!({ "id": "1", "to": "ana@example.org", "status": status, "notification_type": "email" });
        assert_eq!(bounce(receipt("permanent-failure")), ana);
        assert_eq!(bounce(receipt("delivered")), Ok(None));
        for wrong in
            [json!({}), json!({ "email": "ana@example.org" }), json!({ "email": "x\r\ny", "kind": "permanent" })]
        {
            assert!(Bounce::parse(&wrong).is_err(), "{wrong}");
        }
    }
}
