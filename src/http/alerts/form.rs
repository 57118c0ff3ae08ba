//! The fields of an alert besides its filter, as they are typed and as an alert fills them.
//! What they mean, and whether they are right, is decided in `domain/alert.rs`.

use chrono::Duration;
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use crate::base::stamp::Stamp;
use crate::domain::alert::Alert;
use crate::domain::invalid::{Invalid, Mistake};
use crate::http::forms;
use crate::http::page::FieldError;

/// Fields of the forms that are not of the filter.
pub const OWN: [&str; 11] = [
    "name",
    "email",
    "channels",
    "push_endpoint",
    "options",
    "hour",
    "quiet_from",
    "quiet_until",
    "pause",
    "done",
    forms::FIELD,
];
const OPTIONS: [&str; 3] = ["further", "until_placed", "heartbeat"];

/// What was typed besides the filter.
#[derive(Default, serde::Serialize)]
pub struct Typed {
    pub name: String,
    pub email: String,
    pub channels: Vec<String>,
    pub push_endpoint: String,
    options: Vec<String>,
    hour: String,
    quiet_from: String,
    quiet_until: String,
    pause: String,
}

impl Typed {
    /// A new form, filled with the name and the channels of a link that leads to it.
    pub fn of_address(query: &str, hour: u32) -> Self {
        let Self { name, channels, .. } = Self::read(query);
        Self { name, channels, hour: hour.to_string(), ..Self::default() }
    }

    pub fn read(body: &str) -> Self {
        let mut typed = Self::default();
        for (key, value) in form_urlencoded::parse(body.as_bytes()).into_owned() {
            match key.as_str() {
                "name" => typed.name = value,
                "email" => typed.email = value,
                "channels" => typed.channels.push(value),
                "push_endpoint" => typed.push_endpoint = value,
                "options" => typed.options.push(value),
                "hour" => typed.hour = value,
                "quiet_from" => typed.quiet_from = value,
                "quiet_until" => typed.quiet_until = value,
                "pause" => typed.pause = value,
                _ => {}
            }
        }
        typed
    }

    /// An alert as its form shows it.
    pub fn of(alert: &Alert) -> Self {
        let chosen = [alert.further, alert.until_placed, alert.heartbeat];
        let options = OPTIONS.into_iter().zip(chosen).filter(|(_, chosen)| *chosen);
        let hour = |hour: Option<u32>| hour.map(|hour| hour.to_string()).unwrap_or_default();
        Self {
            name: alert.name.clone(),
            channels: alert.channels.iter().map(|channel| channel.word().to_owned()).collect(),
            options: options.map(|(option, _)| option.to_owned()).collect(),
            hour: alert.hour.to_string(),
            quiet_from: hour(alert.quiet.map(|quiet| quiet.from)),
            quiet_until: hour(alert.quiet.map(|quiet| quiet.until)),
            ..Self::default()
        }
    }

    /// What the form asks for, in the words of the API. Without a query the filter stays as it is.
    pub fn asked(&self, query: Option<&str>, signed_in: bool, now: Stamp) -> Value {
        let some = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
        let mut asked = Map::new();
        let mut ask = |key: &str, value: Value| drop(asked.insert(key.to_owned(), value));
        ask("name", json!(self.name));
        if let Some(query) = query {
            ask("query", json!(query));
        }
        ask("channels", json!(self.channels));
        ask("email", json!(some(&self.email).filter(|_| !signed_in)));
        ask("push_endpoint", json!(some(&self.push_endpoint)));
        // A form without the hour is a shorter one, which leaves all of these as they are.
        if let Some(hour) = some(&self.hour) {
            ask("hour", number(&hour));
            for option in OPTIONS {
                ask(option, json!(self.options.iter().any(|chosen| chosen == option)));
            }
            let none = some(&self.quiet_from).is_none() && some(&self.quiet_until).is_none();
            let hours = json!({ "from": number(&self.quiet_from), "until": number(&self.quiet_until) });
            ask("quiet", if none { Value::Null } else { hours });
        }
        match self.pause.trim().parse::<i64>() {
            Ok(days) if days > 0 => ask("paused_until", json!(now.plus(Duration::days(days.min(366))).to_string())),
            Ok(_) => ask("paused_until", Value::Null),
            Err(_) => {}
        }
        Value::Object(asked)
    }
}

/// A number if it is one; whatever else it is, is refused as what it is.
fn number(text: &str) -> Value {
    text.trim().parse::<u64>().map_or_else(|_| json!(text), |number| json!(number))
}

/// Mistakes of an alert beside the fields of its form.
pub fn beside_fields(invalid: &Invalid) -> Vec<FieldError> {
    let shown = |mistake: &Mistake| {
        let field = mistake.pointer.trim_start_matches('/').split('/').next().unwrap_or_default();
        let (field, text) = match field {
            "name" | "email" | "channels" | "hour" => (field, mistake.detail.trim_end_matches('.')),
            "quiet" => ("quiet_from", "Choose two different hours for quiet hours, or none"),
            _ => ("", mistake.detail.trim_end_matches('.')),
        };
        let text = if mistake.code == "bad_channels" { "Choose at least one way to be told" } else { text };
        FieldError::new(field, text)
    };
    invalid.mistakes().iter().map(shown).collect()
}
