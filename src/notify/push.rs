//! Web push (RFC 8030, 8291, 8292): one encrypted message to one browser through its push service.
//! Which browsers, and when to try again, is not decided here.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, StatusCode, redirect};
use serde::Serialize;
use url::{Host, Url};
use web_push_native::jwt_simple::algorithms::{ECDSAP256KeyPairLike, ECDSAP256PublicKeyLike, ES256KeyPair};
use web_push_native::jwt_simple::claims::Claims;
use web_push_native::jwt_simple::prelude::Duration as ClaimSpan;
use web_push_native::{Auth, encrypt, p256};

use crate::base::secret;
use crate::base::stamp::Stamp;
use crate::base::tls;
use crate::config::Config;
use crate::notify::Outcome;
use crate::notify::private_address::is_public;

/// A push service that has not answered by then counts as away.
const PATIENCE: Duration = Duration::from_secs(10);
/// A vacancy an hour old is no news: the push service need keep it no longer.
const TTL_SECONDS: u32 = 3600;
/// Push services refuse signatures that are good for more than a day.
const SIGNATURE_SECONDS: i64 = 12 * 3600;
/// Push services need not take more than 4,096 bytes, encrypted.
const LARGEST_BODY: usize = 3800;
/// RFC 8030: at most so many characters of base64url.
const LONGEST_TOPIC: usize = 32;

/// Sends notifications, signed with the key of this deployment.
pub struct Pusher {
    key: ES256KeyPair,
    public_key: String,
    contact: String,
    allow_private: bool,
    /// A machine without certificates cannot push, but everything else.
    client: Result<Client, String>,
}

/// Where a browser is reached, in its own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub endpoint: String,
    pub p256dh: String,
    pub auth: String,
}

/// What the service worker shows. `tag` is also the topic: a newer message takes the older's place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notice {
    pub title: String,
    pub body: String,
    pub url: String,
    pub tag: String,
    /// Takes another's place without a sound.
    pub silent: bool,
}

impl Notice {
    /// The tag of an alert, as a push service takes it.
    pub fn tag(alert: &str) -> String {
        secret::hash(alert.as_bytes())[..LONGEST_TOPIC].to_owned()
    }
}

impl Pusher {
    /// A new secret key, to be kept for as long as browsers are subscribed.
    pub fn make_key() -> String {
        loop {
            let bytes = secret::bytes::<32>();
            // All but one in 2^32 are keys of the curve.
            if ES256KeyPair::from_bytes(&bytes).is_ok() {
                return URL_SAFE_NO_PAD.encode(bytes);
            }
        }
    }

    /// With the key that `make_key` made.
    pub fn new(config: &Config, key: &str) -> Result<Self, String> {
        let unreadable = "the key for notifications cannot be read: restore it from a backup";
        let bytes = URL_SAFE_NO_PAD.decode(key).map_err(|_| unreadable)?;
        let key = ES256KeyPair::from_bytes(&bytes).map_err(|_| unreadable)?;
        let public_key = URL_SAFE_NO_PAD.encode(key.public_key().public_key().to_bytes_uncompressed());
        Ok(Self {
            key,
            public_key,
            contact: contact(config)?,
            allow_private: config.push_allow_private,
            client: client(config.push_allow_private),
        })
    }

    /// What a browser needs to subscribe: the public key as base64url.
    pub fn public_key(&self) -> &str {
        &self.public_key
    }

    /// Whether a browser's words can be used at all; the sentence says what is wrong.
    pub async fn check(&self, target: &Target) -> Result<(), &'static str> {
        reader_keys(target)?;
        let url = self.endpoint(target)?;
        if let (Some(Host::Domain(name)), false) = (url.host(), self.allow_private)
            && let Ok(found) = tokio::net::lookup_host((name, 443)).await
        {
            public_only(found)?;
        }
        Ok(())
    }

    /// Hands one notice to the browser's push service.
    pub async fn send(&self, target: &Target, notice: &Notice, now: Stamp) -> Outcome {
        let client = match &self.client {
            Ok(client) => client,
            Err(why) => return Outcome::later(why),
        };
        let (url, body) = match self.endpoint(target).and_then(|url| Ok((url, sealed(target, notice)?))) {
            Ok(ready) => ready,
            Err(why) => return Outcome::gone(why),
        };
        let signature = match self.signature(&url, now) {
            Ok(signature) => signature,
            Err(why) => return Outcome::later(why),
        };
        let request = client
            .post(url)
            .header("TTL", TTL_SECONDS)
            .header("Urgency", if notice.silent { "normal" } else { "high" })
            .header("Topic", &notice.tag)
            .header("Authorization", signature)
            .header(CONTENT_ENCODING, "aes128gcm")
            .header(CONTENT_TYPE, "application/octet-stream")
            .body(body);
        match request.send().await {
            Ok(answer) => outcome(answer.status(), answer.headers(), now),
            Err(error) => Outcome::later(words(&error)),
        }
    }

    /// The endpoint's address, if this server may go there. Names are looked at when they are found.
    fn endpoint(&self, target: &Target) -> Result<Url, &'static str> {
        let url = Url::parse(&target.endpoint).map_err(|_| "the endpoint is not an address")?;
        if url.scheme() != "https" && !(self.allow_private && url.scheme() == "http") {
            return Err("the endpoint is not https");
        }
        let public = match url.host() {
            None => return Err("the endpoint names no host"),
            Some(Host::Domain(_)) => true,
            Some(Host::Ipv4(address)) => is_public(address.into()),
            Some(Host::Ipv6(address)) => is_public(address.into()),
        };
        if public || self.allow_private { Ok(url) } else { Err(PRIVATE) }
    }

    /// Says who sends (RFC 8292), to the push service of this endpoint only.
    fn signature(&self, url: &Url, now: Stamp) -> Result<String, String> {
        let seconds = |at: i64| ClaimSpan::from_secs(u64::try_from(at).unwrap_or(0));
        let mut claims = Claims::create(ClaimSpan::from_secs(0))
            .with_audience(url.origin().ascii_serialization())
            .with_subject(&self.contact);
        let at = now.utc().timestamp();
        claims.issued_at = Some(seconds(at));
        claims.expires_at = Some(seconds(at + SIGNATURE_SECONDS));
        claims.invalid_before = None;
        let token = self.key.sign(claims).map_err(|e| format!("cannot sign for the push service: {e}"))?;
        Ok(format!("vapid t={token}, k={}", self.public_key))
    }
}

const PRIVATE: &str = "the endpoint is on a private address";

/// Whom a push service may ask about our messages: the setting, or else where we are found.
fn contact(config: &Config) -> Result<String, String> {
    match &config.push_contact {
        Some(contact) if contact.starts_with("mailto:") || contact.starts_with("https://") => Ok(contact.clone()),
        Some(contact) => {
            Err(format!("BERTH_PUSH_CONTACT must begin with mailto: or https://, which {contact:?} does not"))
        }
        None if config.is_https() => Ok(config.public_url.to_string()),
        None => {
            let address = config.mail_from.rsplit('<').next().unwrap_or_default().trim_end_matches('>');
            Ok(format!("mailto:{address}"))
        }
    }
}

fn client(allow_private: bool) -> Result<Client, String> {
    tls::choose();
    let client = Client::builder().timeout(PATIENCE).redirect(redirect::Policy::none()).no_proxy();
    let client = if allow_private { client } else { client.dns_resolver(Arc::new(PublicOnly)) };
    client.build().map_err(|e| format!("notifications cannot be sent, install ca-certificates: {}", words(&e)))
}

/// Finds the addresses of a name, and keeps those of the open internet: what is connected to is
/// what was looked at, whatever the name says the next time.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Addrs = Box::new(public_only(found)?.into_iter());
            Ok(public)
        })
    }
}

fn public_only(found: impl Iterator<Item = SocketAddr>) -> Result<Vec<SocketAddr>, &'static str> {
    let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
    if public.is_empty() { Err(PRIVATE) } else { Ok(public) }
}

/// The notice, encrypted for one browser (RFC 8291).
fn sealed(target: &Target, notice: &Notice) -> Result<Vec<u8>, &'static str> {
    let (key, auth) = reader_keys(target)?;
    let mut notice = notice.clone();
    let body = loop {
        let body = serde_json::to_vec(&notice).map_err(|_| "the notice cannot be written")?;
        if body.len() <= LARGEST_BODY || notice.body.is_empty() {
            break body;
        }
        notice.body = notice.body.chars().take(notice.body.chars().count() / 2).collect();
    };
    encrypt(body, &key, &auth).map_err(|_| "the notice cannot be encrypted for this browser")
}

fn reader_keys(target: &Target) -> Result<(p256::PublicKey, Auth), &'static str> {
    let key = decoded(&target.p256dh).and_then(|bytes| p256::PublicKey::from_sec1_bytes(&bytes).ok());
    let auth = decoded(&target.auth).filter(|auth| auth.len() == 16);
    match (key, auth) {
        (Some(key), Some(auth)) => Ok((key, Auth::clone_from_slice(&auth))),
        (None, _) => Err("the key p256dh cannot be read"),
        (_, None) => Err("the key auth cannot be read"),
    }
}

/// Base64 in any of the ways browsers have written it.
fn decoded(text: &str) -> Option<Vec<u8>> {
    [&URL_SAFE_NO_PAD, &URL_SAFE, &STANDARD_NO_PAD, &STANDARD].iter().find_map(|way| way.decode(text).ok())
}

fn outcome(status: StatusCode, headers: &HeaderMap, now: Stamp) -> Outcome {
    let why = format!("the push service answered {}", status.as_u16());
    match status {
        status if status.is_success() => Outcome::Sent,
        StatusCode::NOT_FOUND | StatusCode::GONE => Outcome::gone(why),
        StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE => Outcome::Refused { why },
        _ => Outcome::Later { wait: retry_after(headers, now), why },
    }
}

/// Seconds, or a date.
fn retry_after(headers: &HeaderMap, now: Stamp) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = chrono::DateTime::parse_from_rfc2822(value).ok()?;
    Some(Stamp::new(at.to_utc()).since(now).to_std().unwrap_or_default())
}

/// An error with its causes, and without the endpoint, which is a secret of the browser.
pub(super) fn words(error: &reqwest::Error) -> String {
    let mut words = if error.is_timeout() { "no answer in time".to_owned() } else { "no connection".to_owned() };
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        words = format!("{words}: {inner}");
        cause = inner.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pusher(own: &[(&str, &str)]) -> Pusher {
        let environment: Vec<_> = own.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Pusher::new(&Config::from_sources(&[], &environment, None).unwrap(), &Pusher::make_key()).unwrap()
    }

    fn target(endpoint: &str) -> Target {
        Target {
            endpoint: endpoint.to_owned(),
            p256dh: "BLn9b-VR0ca83knDNZ32dCHGyjJp-1riX9ZTN40MqV8K_LpQmLqxC_DoHvqvFXO_nGdAB4W9dogZb_sM-uV4JbY"
                .to_owned(),
            auth: "_ordMnz7uTCmrpBTeUV4Bw".to_owned(),
        }
    }

    #[test]
    fn an_endpoint_is_https_on_the_open_internet_unless_tests_may() {
        let strict = pusher(&[]);
        let lenient = pusher(&[("BERTH_PUSH_ALLOW_PRIVATE", "true")]);
        assert!(strict.endpoint(&target("https://push.example.net/x")).is_ok());
        for endpoint in
            ["http://push.example.net/x", "https://10.0.0.1/x", "https://2130706433/x", "https://[::1]/x", "x"]
        {
            assert!(strict.endpoint(&target(endpoint)).is_err(), "{endpoint}");
        }
        assert!(lenient.endpoint(&target("http://127.0.0.1:1/x")).is_ok());
        assert!(lenient.endpoint(&target("ftp://127.0.0.1/x")).is_err());
    }

    #[test]
    fn a_signature_names_the_origin_with_its_port_and_ends_within_a_day() {
        let pusher = pusher(&[("BERTH_PUSH_CONTACT", "mailto:ops@example.gov.uk")]);
        let now = Stamp::parse("2026-11-22T09:30:00Z").unwrap();
        let signature = pusher.signature(&Url::parse("https://push.example.net:8443/x").unwrap(), now).unwrap();
        let claims = signature.split(['=', ',']).nth(1).unwrap().split('.').nth(1).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
        assert_eq!(claims["aud"], "https://push.example.net:8443");
        assert_eq!(claims["sub"], "mailto:ops@example.gov.uk");
        assert_eq!(claims["exp"].as_i64().unwrap() - now.utc().timestamp(), SIGNATURE_SECONDS);
    }

    #[test]
    fn a_long_notice_is_cut_to_what_push_services_take() {
        let tag = Notice::tag("a-1");
        assert_eq!(tag.len(), LONGEST_TOPIC);
        let notice = Notice { title: "T".into(), body: "é".repeat(5000), url: "/search".into(), tag, silent: false };
        assert!(sealed(&target("https://push.example.net/x"), &notice).unwrap().len() <= 4096);
    }

    #[test]
    fn a_wait_is_read_in_seconds_and_as_a_date() {
        let now = Stamp::parse("2026-11-22T09:30:00Z").unwrap();
        for (value, seconds) in [("120", Some(120)), ("Sun, 22 Nov 2026 09:31:00 GMT", Some(60)), ("soon", None)] {
            let headers: HeaderMap = [(RETRY_AFTER, value.parse().unwrap())].into_iter().collect();
            assert_eq!(retry_after(&headers, now), seconds.map(Duration::from_secs), "{value}");
        }
    }
}
