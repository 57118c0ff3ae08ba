//! Mail: a letter as an RFC 5322 message, signed where there is a key, and handed to whoever carries it.
//! The only files that know lettre are this one and `smtp.rs`. When to send again is not decided here.

use futures_util::future::BoxFuture;
use lettre::message::dkim::{
    DkimCanonicalization, DkimCanonicalizationType, DkimConfig, DkimSigningAlgorithm, DkimSigningKey,
};
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};

use crate::base::stamp::Stamp;
use crate::config::{Config, Dkim};
use crate::domain::person::EmailAddress;
use crate::notify::Outcome;
use crate::notify::govuk::Notify;
use crate::notify::letter::Letter;
use crate::notify::mailbox::Folder;
use crate::notify::pace::Pace;
use crate::notify::smtp::Smtp;

/// Sends letters the way the setting says.
pub struct Mailer {
    from: Mailbox,
    dkim: Option<DkimConfig>,
    /// A folder of files needs none.
    pace: Option<Pace>,
    carrier: Box<dyn Carrier>,
}

/// A way that letters go out.
pub trait Carrier: Send + Sync {
    fn carry<'a>(&'a self, post: &'a Post) -> BoxFuture<'a, Outcome>;
}

/// A letter, ready to travel.
pub struct Post {
    pub letter: Letter,
    pub from: Address,
    pub to: Address,
    /// As RFC 5322 writes it.
    pub message: Vec<u8>,
}

impl Mailer {
    /// Reads the settings; the sentence for a bad one names it.
    pub fn new(config: &Config) -> Result<Self, String> {
        let from: Mailbox = config.mail_from.parse().map_err(|_| {
            format!(
                "BERTH_MAIL_FROM must be an address such as \"Berth <berth@example.gov.uk>\", not {:?}",
                config.mail_from
            )
        })?;
        let (url, paced) = (&config.mail_url, Some(Pace::new(config.mail.pace)));
        let (carrier, pace): (Box<dyn Carrier>, _) = match url.split_once(':') {
            Some(("file", path)) if !path.is_empty() => (Box::new(Folder::new(path)), None),
            Some(("smtp" | "smtps", _)) => (Box::new(Smtp::parse(url)?), paced),
            Some(("notify", _)) => (Box::new(Notify::parse(url, config.mail.notify_key.as_ref())?), paced),
            Some(_) | None => {
                return Err("BERTH_MAIL_URL must be file:FOLDER, smtp://HOST, smtps://USER:PASSWORD@HOST or \
                            notify:TEMPLATE"
                    .to_owned());
            }
        };
        let dkim = config.mail.dkim.as_ref().map(|dkim| signing(dkim, from.email.domain())).transpose()?;
        Ok(Self { from, dkim, pace, carrier })
    }

    /// Brings a letter as far as we can. `Sent` means: on disk, or taken by the mail server.
    pub async fn send(&self, letter: &Letter, now: Stamp) -> Outcome {
        let (to, message) = match self.message(letter) {
            Ok(made) => made,
            Err(why) => return Outcome::gone(why),
        };
        if let Some(wait) = self.pace.as_ref().and_then(|pace| pace.turn(to.domain(), now)) {
            return Outcome::Paced { wait };
        }
        self.carrier.carry(&Post { letter: letter.clone(), from: self.from.email.clone(), to, message }).await
    }

    /// The message as it travels: every time the same for the same letter, but for the time of a signature.
    fn message(&self, letter: &Letter) -> Result<(Address, Vec<u8>), String> {
        let to = address(&letter.to)?;
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to.clone()))
            .subject(letter.words.subject.clone())
            .date(letter.date.utc().into())
            .message_id(Some(format!("<{}@{}>", letter.id, self.from.email.domain())))
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .raw_header(header("X-Auto-Response-Suppress", "OOF, AutoReply"));
        if let Some(list) = &letter.list {
            let by_mail = format!("mailto:{}?subject=Unsubscribe%20{}", self.from.email, list.id);
            message = message
                .raw_header(header("List-Id", &format!("<{}.alerts.{}>", list.id, self.from.email.domain())))
                .raw_header(header("List-Unsubscribe", &format!("<{}>, <{by_mail}>", list.unsubscribe)))
                .raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
        }
        let part = |kind: ContentType, content: &str| SinglePart::builder().header(kind).body(body(content));
        let both = MultiPart::alternative()
            .boundary(format!("berth-{}", letter.id))
            .singlepart(part(ContentType::TEXT_PLAIN, &letter.words.text))
            .singlepart(part(ContentType::TEXT_HTML, &letter.words.html));
        let mut message = message.multipart(both).map_err(|e| format!("the message cannot be put together: {e}"))?;
        if let Some(dkim) = &self.dkim {
            message.sign(dkim);
        }
        Ok((to, message.formatted()))
    }
}

/// RFC 8058 asks for the two headers of a list to be signed.
const SIGNED: [&str; 9] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
];

/// Reads a key: RSA as PEM (PKCS #1), or the 32 bytes of Ed25519 as base64.
fn signing(dkim: &Dkim, own_domain: &str) -> Result<DkimConfig, String> {
    let bad = |why: String| format!("BERTH_MAIL_DKIM_KEY: {}: {why}", dkim.key_file.display());
    let text = std::fs::read_to_string(&dkim.key_file).map_err(|e| bad(e.to_string()))?;
    let kind = if text.contains("-----") { DkimSigningAlgorithm::Rsa } else { DkimSigningAlgorithm::Ed25519 };
    let key = DkimSigningKey::new(text.trim(), kind).map_err(|e| bad(e.to_string()))?;
    let domain = dkim.domain.clone().unwrap_or_else(|| own_domain.to_owned());
    let names = SIGNED.into_iter().map(HeaderName::new_from_ascii_str).collect();
    let relaxed = DkimCanonicalizationType::Relaxed;
    let how = DkimCanonicalization { header: relaxed, body: relaxed };
    Ok(DkimConfig::new(dkim.selector.clone(), domain, key, names, how))
}

/// As it is written, wherever mail carries it so; what is not ASCII, or too long for a line, encoded.
fn body(content: &str) -> Body {
    /// RFC 5322, without the line break.
    const LONGEST_LINE: usize = 998;
    if content.is_ascii() && content.lines().all(|line| line.len() <= LONGEST_LINE) {
        let lines = content.lines().flat_map(|line| [line, "\r\n"]).collect::<String>();
        return Body::dangerous_pre_encoded(lines.into_bytes(), ContentTransferEncoding::SevenBit);
    }
    Body::new(content.to_owned())
}

fn address(email: &EmailAddress) -> Result<Address, String> {
    email.as_str().parse().map_err(|_| "the address cannot be written in a mail".to_owned())
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

#[cfg(test)]
mod tests {
    use crate::base::stamp::Stamp;
    use crate::notify::letter::{List, Words};

    use super::*;

    fn mailer(own: &[(&str, &str)]) -> Result<Mailer, String> {
        let environment: Vec<_> = own.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Mailer::new(&Config::from_sources(&[], &environment, None).unwrap())
    }

    fn letter() -> Letter {
        Letter {
            to: EmailAddress::parse("ana@example.org").unwrap(),
            words: Words {
                subject: "Zoë’s house".to_owned(), text: "Text\n".to_owned(), html: "<p>Text".to_owned()
            },
            id: "0-1".to_owned(),
            date: Stamp::parse("2026-11-22T09:30:00Z").unwrap(),
            list: Some(List {
                id: "a-1".to_owned(),
                unsubscribe: "https://places.example/unsubscribe/a-1.x".to_owned(),
            }),
        }
    }

    #[test]
    fn a_letter_is_the_same_message_every_time_with_all_its_headers() {
        let mailer = mailer(&[("BERTH_MAIL_FROM", "Places <places@example.gov.uk>")]).unwrap();
        let (to, message) = mailer.message(&letter()).unwrap();
        assert_eq!((to, &message), (mailer.message(&letter()).unwrap().0, &mailer.message(&letter()).unwrap().1));
        let text = String::from_utf8(message).unwrap().replace("\r\n ", " ");
        for line in [
            "From: Places <places@example.gov.uk>",
            "To: ana@example.org",
            "Date: Sun, 22 Nov 2026 09:30:00 +0000",
            "Message-ID: <0-1@example.gov.uk>",
            "Auto-Submitted: auto-generated",
            "List-Id: <a-1.alerts.example.gov.uk>",
            "List-Unsubscribe: <https://places.example/unsubscribe/a-1.x>, <mailto:places@example.gov.uk?subject=Unsubscribe%20a-1>",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
            "MIME-Version: 1.0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
        assert!(text.contains("multipart/alternative") && text.contains("text/plain") && text.contains("text/html"));
    }

    #[test]
    fn a_bad_setting_is_named() {
        for (name, value) in [
            ("BERTH_MAIL_FROM", "nobody"),
            ("BERTH_MAIL_URL", "file:"),
            ("BERTH_MAIL_URL", "mail.example.org"),
            ("BERTH_MAIL_URL", "http://mail.example.org"),
            ("BERTH_MAIL_URL", "smtp://"),
            ("BERTH_MAIL_URL", "smtp://mail.example.org?tls=maybe"),
            ("BERTH_MAIL_URL", "smtp://user:secret@mail.example.org?tls=none"),
        ] {
            let wrong = mailer(&[(name, value)]).err().unwrap();
            assert!(wrong.contains(name) && !wrong.contains("secret"), "{value}: {wrong}");
        }
    }
}
