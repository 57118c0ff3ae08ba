//! GOV.UK Notify, which councils may use free of charge, as the way that letters go out: one call of
//! its API for each, with the subject and the text as the personalisation of one template. It sends
//! no HTML of ours: Notify makes its own.

use std::time::Duration;

use futures_util::future::BoxFuture;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Client, StatusCode, redirect};
use serde::{Deserialize, Serialize};
use url::Url;
use web_push_native::jwt_simple::algorithms::{HS256Key, MACLike};
use web_push_native::jwt_simple::claims::Claims;
use web_push_native::jwt_simple::prelude::Duration as ClaimSpan;

use crate::base::secret::Secret;
use crate::base::tls;
use crate::notify::email::{Carrier, Post};
use crate::notify::{Outcome, push};

const API: &str = "https://api.notifications.service.gov.uk";
const PATIENCE: Duration = Duration::from_secs(30);
/// Two UUIDs stand at the end of a key: the service, and its secret.
const UUID: usize = 36;

pub struct Notify {
    client: Client,
    address: Url,
    template: String,
    service: String,
    secret: HS256Key,
}

#[derive(Serialize)]
struct Email<'a> {
    email_address: &'a str,
    template_id: &'a str,
    personalisation: Personalisation<'a>,
    reference: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    one_click_unsubscribe_url: Option<&'a str>,
}

#[derive(Serialize)]
struct Personalisation<'a> {
    subject: &'a str,
    body: &'a str,
}

/// `{ "errors": [{ "error": "BadRequestError", "message": "…" }] }`
#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default)]
    errors: Vec<Fault>,
}

#[derive(Deserialize)]
struct Fault {
    error: String,
    message: String,
}

impl Notify {
    /// Reads `notify:TEMPLATE`, and `?api=` for a stand-in, with the key of the API.
    pub fn parse(url: &str, key: Option<&Secret>) -> Result<Self, String> {
        let bad = |what: &str| format!("BERTH_MAIL_URL: {what}");
        let url = Url::parse(url).map_err(|_| bad("it is not an address such as notify:TEMPLATE-ID"))?;
        let template = url.path().trim_matches('/').to_owned();
        if template.is_empty() {
            return Err(bad("after notify: comes the id of the template"));
        }
        let asked = url.query_pairs().find(|(key, _)| key == "api").map(|(_, api)| api.into_owned());
        let api = asked.unwrap_or_else(|| API.to_owned());
        let address = Url::parse(&api).and_then(|api| api.join("/v2/notifications/email"));
        let address = address.map_err(|_| bad("api= is not an address"))?;
        let key = key.ok_or("BERTH_MAIL_NOTIFY_KEY: GOV.UK Notify needs the key of its API")?.reveal();
        let parts = key.len().checked_sub(2 * UUID + 1).and_then(|start| key.get(start..));
        let parts = parts.and_then(|parts| Some((parts.get(..UUID)?, parts.get(UUID..=UUID)?, parts.get(UUID + 1..)?)));
        let Some((service, "-", secret)) = parts else {
            return Err("BERTH_MAIL_NOTIFY_KEY is not a key of GOV.UK Notify: NAME-SERVICE-SECRET".to_owned());
        };
        tls::choose();
        let client = Client::builder().timeout(PATIENCE).redirect(redirect::Policy::none()).build();
        Ok(Self {
            client: client.map_err(|e| format!("GOV.UK Notify cannot be reached: {}", push::words(&e)))?,
            address,
            template,
            service: service.to_owned(),
            secret: HS256Key::from_bytes(secret.as_bytes()),
        })
    }

    /// Who calls, as of now: Notify refuses a token older than 30 seconds, by its own clock, so this
    /// one goes by the machine's.
    fn token(&self) -> Result<String, String> {
        let claims = Claims::create(ClaimSpan::from_secs(30)).with_issuer(&self.service);
        self.secret.authenticate(claims).map_err(|e| format!("cannot sign for GOV.UK Notify: {e}"))
    }

    async fn call(&self, post: &Post) -> Outcome {
        let letter = &post.letter;
        let email = Email {
            email_address: letter.to.as_str(),
            template_id: &self.template,
            personalisation: Personalisation { subject: &letter.words.subject, body: &letter.words.text },
            reference: &letter.id,
            one_click_unsubscribe_url: letter.list.as_ref().map(|list| list.unsubscribe.as_str()),
        };
        let (token, body) = match (self.token(), serde_json::to_string(&email)) {
            (Ok(token), Ok(body)) => (token, body),
            (Err(why), _) => return Outcome::later(why),
            (_, Err(why)) => return Outcome::later(format!("the letter cannot be written as JSON: {why}")),
        };
        let call = self.client.post(self.address.clone());
        let call = call.header(AUTHORIZATION, format!("Bearer {token}")).header(CONTENT_TYPE, "application/json");
        match call.body(body).send().await {
            Err(error) => Outcome::later(format!("GOV.UK Notify: {}", push::words(&error))),
            Ok(answer) => {
                let status = answer.status();
                outcome(status, &answer.bytes().await.unwrap_or_default())
            }
        }
    }
}

impl Carrier for Notify {
    fn carry<'a>(&'a self, post: &'a Post) -> BoxFuture<'a, Outcome> {
        Box::pin(self.call(post))
    }
}

/// Only what is said about the address ends it; our key, template and limits are mended by people.
fn outcome(status: StatusCode, body: &[u8]) -> Outcome {
    if status == StatusCode::CREATED {
        return Outcome::Sent;
    }
    let refusal: Refusal = serde_json::from_slice(body).unwrap_or_default();
    let said: Vec<String> = refusal.errors.iter().map(|fault| format!("{}: {}", fault.error, fault.message)).collect();
    let why = format!("GOV.UK Notify answered {}: {}", status.as_u16(), said.join("; "));
    let is_the_address = refusal.errors.iter().any(|fault| fault.message.contains("email_address"));
    if status == StatusCode::BAD_REQUEST && is_the_address { Outcome::gone(why) } else { Outcome::later(why) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_name_a_service_and_a_secret() {
        let (service, secret) = ("26785a09-ab16-4eb0-8407-a37497a57506", "3d844edf-8d35-48ac-975b-e847b4f122b0");
        let parse = |url: &str, key: &str| Notify::parse(url, Some(&Secret::from_text(key)));
        let notify = parse("notify:template", &format!("my-own-key-{service}-{secret}")).ok().unwrap();
        assert_eq!((notify.service.as_str(), notify.template.as_str()), (service, "template"));
        assert_eq!(notify.address.as_str(), "https://api.notifications.service.gov.uk/v2/notifications/email");
        for (url, key) in [("notify:", service), ("notify:t", service), ("notify:t", "é".repeat(80).as_str())] {
            let wrong = parse(url, key).err().unwrap();
            assert!(wrong.contains("BERTH_MAIL") && !wrong.contains(service), "{wrong}");
        }
        assert!(Notify::parse("notify:t", None).err().unwrap().contains("BERTH_MAIL_NOTIFY_KEY"));
    }

    #[test]
    fn only_what_is_about_the_address_ends_it() {
        let fault = |message: &str| format!(r#"{{"errors":[{{"error":"E","message":"{message}"}}]}}"#);
        let gone = |status, message: &str| {
            matches!(outcome(StatusCode::from_u16(status).unwrap(), fault(message).as_bytes()), Outcome::Gone { .. })
        };
        assert!(gone(400, "email_address Not a valid email address"));
        assert!(!gone(400, "Can't send to this recipient using a team-only API key"));
        assert!(!gone(403, "Invalid token: email_address"));
        assert!(!gone(429, "Exceeded rate limit"));
        assert_eq!(outcome(StatusCode::CREATED, b""), Outcome::Sent);
    }
}
