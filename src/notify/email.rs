//! Mail: a letter as an RFC 5322 message, and the two ways it goes out, a folder of files or SMTP.
//! The only files that know lettre are this one and `smtp.rs`. When to send again is not decided here.

use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};

use crate::config::Config;
use crate::domain::person::EmailAddress;
use crate::notify::Outcome;
use crate::notify::letter::Letter;
use crate::notify::mailbox::Folder;
use crate::notify::smtp::Smtp;

/// Sends letters the way the setting says.
pub struct Mailer {
    from: Mailbox,
    way: Way,
}

enum Way {
    Folder(Folder),
    Smtp(Box<Smtp>),
}

impl Mailer {
    /// Reads the settings; the sentence for a bad one names it.
    pub fn new(config: &Config) -> Result<Self, String> {
        let from = config.mail_from.parse().map_err(|_| {
            format!(
                "BERTH_MAIL_FROM must be an address such as \"Berth <berth@example.gov.uk>\", not {:?}",
                config.mail_from
            )
        })?;
        let way = match config.mail_url.split_once(':') {
            Some(("file", path)) if !path.is_empty() => Way::Folder(Folder::new(path)),
            Some(("smtp" | "smtps", _)) => Way::Smtp(Box::new(Smtp::parse(&config.mail_url)?)),
            Some(_) | None => {
                return Err("BERTH_MAIL_URL must be file:FOLDER, smtp://HOST or smtps://USER:PASSWORD@HOST".to_owned());
            }
        };
        Ok(Self { from, way })
    }

    /// Brings a letter as far as we can. `Sent` means: on disk, or taken by the mail server.
    pub async fn send(&self, letter: &Letter) -> Outcome {
        let (to, message) = match self.message(letter) {
            Ok(made) => made,
            Err(why) => return Outcome::gone(why),
        };
        match &self.way {
            Way::Folder(folder) => folder.put(letter, message).await,
            Way::Smtp(smtp) => smtp.send(self.from.email.clone(), to, &message).await,
        }
    }

    /// The message as it travels: every time the same for the same letter.
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
        let message = message.multipart(both).map_err(|e| format!("the message cannot be put together: {e}"))?;
        Ok((to, message.formatted()))
    }
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
