//! Letters: what a mail says, written from the templates in `web/mail` in text and HTML alike.
//! How it travels is in `email.rs`.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, escape_formatter};
use rust_embed::RustEmbed;
use serde::{Deserialize, Serialize};

use crate::base::colour::Colour;
use crate::base::secret::Signer;
use crate::base::stamp::Stamp;
use crate::base::text;
use crate::base::texts::Texts;
use crate::config::Config;
use crate::domain::alert::{Alert, AlertId};
use crate::domain::person::EmailAddress;
use crate::ops::alert_link::{self, Purpose};

#[derive(RustEmbed)]
#[folder = "web/mail"]
struct Templates;

/// A mail, ready to be sent: the same text and the same `id` however often it is tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Letter {
    pub to: EmailAddress,
    pub words: Words,
    /// The left half of the `Message-ID`.
    pub id: String,
    pub date: Stamp,
    /// For letters that come again: how their reader stops them.
    pub list: Option<List>,
}

/// What a letter says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    pub subject: String,
    pub text: String,
    pub html: String,
}

/// The list a letter belongs to, for `List-Id` and `List-Unsubscribe`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct List {
    pub id: String,
    /// Answers the one-click POST of RFC 8058.
    pub unsubscribe: String,
}

/// Every template by its name, as it is written.
pub fn sources() -> impl Iterator<Item = (String, String)> {
    let file = |name: &str| Templates::get(name).map(|file| String::from_utf8_lossy(&file.data).into_owned());
    Templates::iter().filter_map(move |name| Some((name.to_string(), file(&name)?)))
}

/// The templates, read once.
pub struct Letters(Environment<'static>);

impl Letters {
    /// Reads the templates that are in the binary, in this language as far as it has them.
    pub fn new(texts: &Texts) -> Result<Self, String> {
        let mut environment = Environment::new();
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        environment.set_syntax(syntax.map_err(|e| format!("the syntax of mails: {e:#}"))?);
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|name| match name.ends_with(".html") {
            true => AutoEscape::Html,
            false => AutoEscape::None,
        });
        environment.set_formatter(|out, state, value| match (state.auto_escape(), value.as_str()) {
            (AutoEscape::Html, Some(text)) if !value.is_safe() => Ok(out.write_str(&escaped(text))?),
            _ => escape_formatter(out, state, value),
        });
        for (name, source) in sources() {
            let source = texts.translate(&source, name.ends_with(".html"), true);
            environment
                .add_template_owned(name.clone(), source)
                .map_err(|e| format!("the mail template {name}: {e:#}"))?;
        }
        Ok(Self(environment))
    }

    /// Writes the letter of this name.
    pub fn write(&self, name: &str, content: &impl Serialize) -> Result<Words, String> {
        let content = Value::from(Serde(content));
        let part = |part: &str| {
            let template = self.0.get_template(&format!("{name}/{part}"));
            template.and_then(|template| template.render(content.clone())).map_err(|e| format!("{name}/{part}: {e:#}"))
        };
        Ok(Words {
            subject: text::tidy(&part("subject.txt")?),
            text: tidy_lines(&part("body.txt")?),
            html: ascii(&part("body.html")?),
        })
    }
}

/// Who writes letters: the templates, with what every letter says and where its links lead.
#[derive(Clone, Copy)]
pub struct Author<'a> {
    pub letters: &'a Letters,
    pub config: &'a Config,
    pub signer: &'a Signer,
}

/// What every letter says of who sends it.
#[derive(Clone, Debug, Serialize)]
pub struct Sender {
    site: String,
    home: String,
    run_by: String,
    help_email: String,
    help_phone: String,
    colour: Colour,
    colour_on_dark: Colour,
}

/// Of links and buttons in mails, where a deployment has no colour of its own.
const USUAL_COLOUR: Colour = Colour::rgb(0x0b, 0x53, 0x94);
/// Behind mails that are read in the dark, as in `web/mail/layout.html`.
const DARK: Colour = Colour::rgb(0x16, 0x19, 0x1c);
/// Mails are read on small screens in bad light: more than what is needed at least.
const EASILY_READ: f64 = 7.0;

/// How the reader of an alert changes and stops it: links that need no sign-in.
#[derive(Clone, Debug, Serialize)]
pub struct Handles {
    pub change: String,
    pub stop: String,
    /// Whether to ask if somebody is placed.
    pub until_placed: bool,
}

impl Author<'_> {
    pub fn sender(&self) -> Sender {
        let config = self.config;
        let colour = config.site_colour.unwrap_or(USUAL_COLOUR);
        Sender {
            colour,
            colour_on_dark: colour.lightened_on(DARK, EASILY_READ),
            site: config.site_name.clone(),
            home: config.link(""),
            run_by: config.run_by.clone(),
            help_email: config.help_email.clone(),
            help_phone: config.help_phone.clone(),
        }
    }

    pub fn handles(&self, alert: &Alert) -> Handles {
        let token = alert_link::token(self.signer, Purpose::Manage, &alert.id);
        Handles {
            change: self.config.link(&format!("alerts/manage/{token}")),
            stop: self.stop_link(&alert.id),
            until_placed: alert.until_placed,
        }
    }

    pub fn list(&self, alert: &AlertId) -> List {
        List { id: alert.to_string(), unsubscribe: self.stop_link(alert) }
    }

    fn stop_link(&self, alert: &AlertId) -> String {
        self.config.link(&format!("unsubscribe/{}", alert_link::token(self.signer, Purpose::Manage, alert)))
    }

    pub fn confirm_link(&self, alert: &AlertId) -> String {
        self.config.link(&format!("alerts/confirm/{}", alert_link::token(self.signer, Purpose::Confirm, alert)))
    }

    /// Asks an address whether its owner wants the alert.
    pub fn confirmation(&self, alert: &Alert, words: &str) -> Result<Words, String> {
        #[derive(Serialize)]
        struct Confirmation<'a> {
            #[serde(flatten)]
            sender: Sender,
            name: &'a str,
            words: &'a str,
            link: String,
        }
        let link = self.confirm_link(&alert.id);
        self.letters.write("confirm_alert", &Confirmation { sender: self.sender(), name: &alert.name, words, link })
    }

    /// The link that signs somebody in.
    pub fn sign_in(&self, token: &str, minutes: i64) -> Result<Words, String> {
        #[derive(Serialize)]
        struct SignIn {
            #[serde(flatten)]
            sender: Sender,
            link: String,
            minutes: i64,
        }
        let link = self.config.link(&format!("sign-in/{token}"));
        self.letters.write("sign_in", &SignIn { sender: self.sender(), link, minutes })
    }
}

/// No blanks at the ends of lines, never more than one empty line, one line break at the end.
fn tidy_lines(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    for line in text.lines().map(str::trim_end) {
        if !(line.is_empty() && (tidy.is_empty() || tidy.ends_with("\n\n"))) {
            tidy.push_str(line);
            tidy.push('\n');
        }
    }
    tidy.truncate(tidy.trim_end().len());
    tidy.push('\n');
    tidy
}

/// As HTML needs it and no more: a link stays readable.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// HTML with every other character as a reference, so that it travels as it is written.
fn ascii(html: &str) -> String {
    let mut ascii = String::with_capacity(html.len());
    for c in html.chars() {
        if c.is_ascii() { ascii.push(c) } else { ascii.push_str(&format!("&#{};", u32::from(c))) }
    }
    ascii
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_tidied_and_html_travels_as_it_is_written() {
        assert_eq!(tidy_lines("\n\na  \n\n\n\nb\n\n"), "a\n\nb\n");
        assert_eq!(ascii("<p>£5 – Zoë"), "<p>&#163;5 &#8211; Zo&#235;");
    }

    #[test]
    fn html_is_escaped_and_text_is_not() {
        let letters = Letters::new(&Texts::english()).unwrap();
        let content = serde_json::json!({
            "site": "Berth", "home": "https://x.example", "name": "<b>&", "words": "care homes",
            "link": "https://x.example/c/1", "run_by": "", "help_email": "", "help_phone": "",
            "colour": "#0b5394", "colour_on_dark": "#8cc4ff",
        });
        let words = letters.write("confirm_alert", &content).unwrap();
        assert!(words.text.contains("<b>&") && words.html.contains("&lt;b&gt;&amp;"), "{words:?}");
        assert!(words.html.contains("href=\"https://x.example/c/1\""), "{words:?}");
        assert!(letters.write("confirm_alert", &serde_json::json!({ "site": "Berth" })).is_err());
    }
}
