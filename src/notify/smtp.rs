//! SMTP: a few connections kept open, each command's answer known by its step, so that what is the
//! reader's address's fault and what is our own set-up's are never confused.

use std::net::IpAddr;
use std::time::Duration;

use futures_util::future::BoxFuture;
use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use tokio::sync::Mutex;

use crate::notify::Outcome;
use crate::notify::email::{Carrier, Post};

/// From connecting to the last answer. Past it the server counts as away.
const PATIENCE: Duration = Duration::from_secs(30);
/// More open connections than mails are sent at once serve nobody.
const MOST_IDLE: usize = 8;

/// A mail server, and connections to it that wait for the next mail.
pub struct Smtp {
    host: String,
    port: u16,
    tls: Tls,
    roots: Vec<Certificate>,
    credentials: Option<Credentials>,
    idle: Mutex<Vec<AsyncSmtpConnection>>,
}

/// When the connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tls {
    /// From the first byte (`smtps://`).
    Wrapped,
    /// By STARTTLS, or nothing is sent.
    Required,
    /// By STARTTLS where the server offers it.
    Offered,
    Never,
}

impl Smtp {
    /// Reads `smtp://` or `smtps://` with user, password, host, port, `?tls=` and `?ca=`.
    pub fn parse(url: &str) -> Result<Self, String> {
        let bad = |what: &str| format!("BERTH_MAIL_URL: {what}");
        let url = url::Url::parse(url).map_err(|_| bad("it is not an address such as smtp://mail.example.org:587"))?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| bad("it names no host"))?.to_owned();
        let decoded = |text: &str| {
            let pair = format!("x={}", text.replace('+', "%2B"));
            url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, text)| text.into_owned()).unwrap_or_default()
        };
        let credentials = url.password().map(|password| Credentials::new(decoded(url.username()), decoded(password)));
        let (mut asked, mut roots) = (None, Vec::new());
        for (key, value) in url.query_pairs() {
            match key.as_ref() {
                "tls" => asked = Some(value.into_owned()),
                "ca" => roots.push(root(&value).map_err(|why| bad(&why))?),
                _ => return Err(bad("after \"?\" it may say tls=required, offered or none, and ca=FILE")),
            }
        }
        let is_local = is_loopback(&host);
        let tls = match (url.scheme(), asked.as_deref()) {
            ("smtps", None) => Tls::Wrapped,
            ("smtp", Some("required")) => Tls::Required,
            ("smtp", Some("offered")) => Tls::Offered,
            ("smtp", Some("none")) if credentials.is_none() || is_local => Tls::Never,
            ("smtp", Some("none")) => {
                return Err(bad("it would send the password in the clear; use smtps:// or tls=required"));
            }
            ("smtp", None) if is_local => Tls::Never,
            ("smtp", None) => {
                if credentials.is_some() {
                    Tls::Required
                } else {
                    Tls::Offered
                }
            }
            _ => return Err(bad("tls must be required, offered or none, and is for smtp:// only")),
        };
        let usual = match (tls, credentials.is_some()) {
            (Tls::Wrapped, _) => 465,
            (Tls::Required, _) | (_, true) => 587,
            (Tls::Offered | Tls::Never, false) => 25,
        };
        let port = url.port().unwrap_or(usual);
        Ok(Self { host, port, tls, roots, credentials, idle: Mutex::default() })
    }

    /// Hands over one message for one reader.
    async fn send(&self, from: Address, to: Address, message: &[u8]) -> Outcome {
        match tokio::time::timeout(PATIENCE, self.hand_over(from, to, message)).await {
            Ok(Ok(())) => Outcome::Sent,
            Ok(Err(outcome)) => outcome,
            Err(_) => Outcome::later(format!("the mail server {} did not answer in time", self.host)),
        }
    }

    async fn hand_over(&self, from: Address, to: Address, message: &[u8]) -> Result<(), Outcome> {
        let mut connection = self.connection().await.map_err(|e| ours("cannot reach the mail server", &e))?;
        if let Err(error) = connection.command(Mail::new(Some(from), Vec::new())).await {
            leave(connection);
            return Err(ours("the mail server refuses our sender", &error));
        }
        let mut given = connection.command(Rcpt::new(to, Vec::new())).await;
        if given.is_ok() {
            given = connection.command(Data).await;
        }
        if given.is_ok() {
            given = connection.message(message).await;
        }
        if let Err(error) = given {
            leave(connection);
            return Err(refused(&error));
        }
        let mut idle = self.idle.lock().await;
        if idle.len() < MOST_IDLE {
            idle.push(connection);
        }
        Ok(())
    }

    /// One that is still open, or a new one.
    async fn connection(&self) -> Result<AsyncSmtpConnection, Error> {
        loop {
            let kept = self.idle.lock().await.pop();
            match kept {
                Some(mut connection) => {
                    if connection.test_connected().await {
                        return Ok(connection);
                    }
                }
                None => return self.connect().await,
            }
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Error> {
        let us = ClientId::default();
        let wrapped = if self.tls == Tls::Wrapped { Some(self.tls_parameters()?) } else { None };
        let server = (self.host.trim_matches(['[', ']']), self.port);
        let mut connection = AsyncSmtpConnection::connect_tokio1(server, Some(PATIENCE), &us, wrapped, None).await?;
        let upgrade = match self.tls {
            Tls::Required => true,
            Tls::Offered => connection.can_starttls(),
            Tls::Wrapped | Tls::Never => false,
        };
        if upgrade {
            connection.starttls(self.tls_parameters()?, &us).await?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(&[Mechanism::Plain, Mechanism::Login], credentials).await?;
        }
        Ok(connection)
    }

    fn tls_parameters(&self) -> Result<TlsParameters, Error> {
        let parameters = TlsParameters::builder(self.host.clone());
        self.roots.iter().cloned().fold(parameters, |all, root| all.add_root_certificate(root)).build_rustls()
    }
}

impl Carrier for Smtp {
    fn carry<'a>(&'a self, post: &'a Post) -> BoxFuture<'a, Outcome> {
        Box::pin(self.send(post.from.clone(), post.to.clone(), &post.message))
    }
}

/// Says goodbye, without making the answer wait for it.
fn leave(mut connection: AsyncSmtpConnection) {
    drop(tokio::spawn(async move { drop(tokio::time::timeout(PATIENCE, connection.abort()).await) }));
}

fn root(path: &str) -> Result<Certificate, String> {
    let pem = std::fs::read(path).map_err(|e| format!("cannot read the certificate {path}: {e}"))?;
    Certificate::from_pem(&pem).map_err(|_| format!("{path} is not a certificate in PEM"))
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// What goes wrong before a reader is named is never the reader's fault.
fn ours(what: &str, error: &Error) -> Outcome {
    Outcome::later(format!("{what}: {error}"))
}

/// A refusal after the reader was named. Only what is about the address itself ends it: a full
/// mailbox empties, and a refusal of our server or our text is mended by people.
fn refused(error: &Error) -> Outcome {
    let why = error.to_string();
    let Some(code) = error.status().filter(|_| error.is_permanent()).map(u16::from) else {
        return Outcome::later(why);
    };
    if is_about_the_address(code, enhanced(&why)) { Outcome::gone(why) } else { Outcome::later(why) }
}

/// Codes of RFC 5321, and where there is one the enhanced code of RFC 3463: subject 1 is the
/// address, 2 the mailbox (2.2 full, 2.3 too small for this), all others are system, network, protocol,
/// content and policy.
fn is_about_the_address(code: u16, enhanced: Option<(u16, u16)>) -> bool {
    match enhanced {
        Some((1, detail)) => !matches!(detail, 7 | 8),
        Some((2, detail)) => !matches!(detail, 2 | 3),
        Some((0, _)) | None => !matches!(code, 500..=504 | 521 | 523 | 530..=538 | 552),
        Some(_) => false,
    }
}

/// Subject and detail of an enhanced code (`5.1.1`) in an answer.
fn enhanced(why: &str) -> Option<(u16, u16)> {
    why.split([' ', '\n', ':', '(']).find_map(|word| {
        let mut parts = word.split('.');
        let (class, subject, detail) = (parts.next()?, parts.next()?, parts.next()?);
        let whole = class == "5" && parts.next().is_none();
        whole.then_some(())?;
        Some((subject.parse().ok()?, detail.parse().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_about_the_address_stops_it() {
        for (code, why, about) in [
            (550, "no such user", true),
            (550, "5.1.1 no such user", true),
            (550, "5.2.1 mailbox disabled", true),
            (554, "no", true),
            (552, "5.2.2 mailbox full", false),
            (552, "too much mail", false),
            (550, "5.7.1 policy", false),
            (554, "5.7.1 Relay access denied", false),
            (530, "authenticate first", false),
            (553, "5.1.8 bad sender's system", false),
            (503, "bad sequence", false),
        ] {
            assert_eq!(
                is_about_the_address(code, enhanced(&format!("permanent error ({code}): {why}"))),
                about,
                "{why}"
            );
        }
    }

    #[test]
    fn a_password_never_travels_in_the_clear() {
        let tls = |url: &str| Smtp::parse(url).map(|smtp| (smtp.tls, smtp.port)).unwrap();
        assert_eq!(tls("smtps://u:p@mail.example.org"), (Tls::Wrapped, 465));
        assert_eq!(tls("smtp://u:p@mail.example.org"), (Tls::Required, 587));
        assert_eq!(tls("smtp://mail.example.org"), (Tls::Offered, 25));
        assert_eq!(tls("smtp://mail.example.org?tls=required"), (Tls::Required, 587));
        assert_eq!(tls("smtp://mail.example.org:2525?tls=none"), (Tls::Never, 2525));
        assert_eq!(tls("smtp://u:p@127.0.0.1:1025"), (Tls::Never, 1025));
        assert_eq!(tls("smtp://[::1]:1025"), (Tls::Never, 1025));
        assert!(Smtp::parse("smtp://u:p@mail.example.org?tls=none").is_err());
    }
}
