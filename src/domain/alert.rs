//! Alerts: a saved filter that notifies someone, and what somebody may ask of one.
//! Finding what matches and sending are elsewhere.

use chrono::Duration;
use serde_json::{Map, Value};

use crate::base::local::Zone;
use crate::base::stamp::Stamp;
use crate::base::text;
use crate::domain::filter_text::Asked;
use crate::domain::invalid::{Invalid, Mistakes};
use crate::domain::person::{EmailAddress, PersonId};
use crate::domain::words::AlertChannel;

crate::typed_id! {
    /// A saved alert.
    AlertId
}

crate::typed_id! {
    /// A browser that takes notifications.
    DeviceId
}

/// A name fits in the subject of a mail.
pub const LONGEST_NAME: usize = 100;

/// Whether an alert notifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AlertState {
    /// Waits for its address to be confirmed.
    Asked,
    Active,
    Ended,
}

impl AlertState {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Active => "active",
            Self::Ended => "ended",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        [Self::Asked, Self::Active, Self::Ended].into_iter().find(|state| state.word() == word)
    }
}

/// A filter that notifies.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    pub id: AlertId,
    /// The signed-in person it belongs to, if any; its mails go to their address.
    pub person: Option<PersonId>,
    /// Where its mails go, if it belongs to nobody who signs in.
    pub email: Option<EmailAddress>,
    pub name: String,
    /// The filter as a query string, in its canonical form.
    pub query: String,
    pub channels: Vec<AlertChannel>,
    pub state: AlertState,
    /// The local hour at which its digests go, 0 to 23.
    pub hour: u32,
    /// When messages sent at once wait.
    pub quiet: Option<QuietHours>,
    /// Nothing is said of what happens before then.
    pub paused_until: Option<Stamp>,
    pub made_at: Stamp,
    /// Since when it notifies as it now is: what happened before is not told.
    pub active_at: Option<Stamp>,
    /// Tells of each further place at a service that matches already, too.
    pub further: bool,
    /// Goes on until somebody is placed: every message asks, and an answer ends it.
    pub until_placed: bool,
    /// Its digests come also when there is nothing to say.
    pub heartbeat: bool,
}

impl Alert {
    pub fn has(&self, channel: AlertChannel) -> bool {
        self.channels.contains(&channel)
    }

    pub fn is_paused(&self, now: Stamp) -> bool {
        self.paused_until.is_some_and(|until| now < until)
    }

    /// Whether it tells of what happens at this moment.
    pub fn tells_of(&self, at: Stamp) -> bool {
        self.state == AlertState::Active && self.active_at.is_some_and(|since| since <= at) && !self.is_paused(at)
    }
}

/// From one local hour until another, over midnight if need be. The two differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    pub from: u32,
    pub until: u32,
}

impl QuietHours {
    /// When a message of this moment may go: at once, or when the quiet hours end.
    pub fn end_after(self, now: Stamp, zone: Zone) -> Stamp {
        let hour = zone.hour(now);
        let quiet = if self.from < self.until {
            (self.from..self.until).contains(&hour)
        } else {
            hour >= self.from || hour < self.until
        };
        if !quiet {
            return now;
        }
        let today = zone.day(now);
        let day = if hour < self.until { today } else { today + Duration::days(1) };
        zone.moment(day, self.until)
    }
}

/// What is asked of an alert, new or not: what is `None` is not asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AlertAsked {
    pub name: Option<String>,
    pub filter: Option<Asked>,
    pub channels: Option<Vec<AlertChannel>>,
    pub email: Option<EmailAddress>,
    pub hour: Option<u32>,
    /// `Some(None)`: no quiet hours any more.
    pub quiet: Option<Option<QuietHours>>,
    pub paused_until: Option<Option<Stamp>>,
    pub further: Option<bool>,
    pub until_placed: Option<bool>,
    pub heartbeat: Option<bool>,
    /// The endpoint that the browser of somebody who is not signed in subscribed with.
    pub push_endpoint: Option<String>,
}

const KEYS: [&str; 11] = [
    "name",
    "query",
    "channels",
    "email",
    "hour",
    "quiet",
    "paused_until",
    "further",
    "until_placed",
    "heartbeat",
    "push_endpoint",
];

impl AlertAsked {
    /// Reads `{ "name", "query", "channels", "email"?, … }`; every key may be left out.
    pub fn parse(body: &Value) -> Result<Self, Invalid> {
        let Value::Object(map) = body else {
            return Err(Invalid::one("", "not_an_object", "This must be a JSON object: { \"name\": value }."));
        };
        let mut reader = Reader { map, mistakes: Mistakes::default() };
        for key in map.keys().filter(|key| !KEYS.contains(&key.as_str())) {
            let detail = format!("{key:?} is not known here. Known are {}.", KEYS.join(", "));
            reader.mistakes.add(format!("/{key}"), "unknown_key", detail);
        }
        let asked = Self {
            name: reader.name(),
            filter: reader.filter(),
            channels: reader.channels(),
            email: reader.email(),
            hour: reader.hour("hour"),
            quiet: reader.quiet(),
            paused_until: reader.paused_until(),
            further: reader.choice("further"),
            until_placed: reader.choice("until_placed"),
            heartbeat: reader.choice("heartbeat"),
            push_endpoint: reader.get("push_endpoint").and_then(Value::as_str).map(str::to_owned),
        };
        reader.mistakes.or(asked)
    }

    /// The same for a new alert, which needs a name, a filter and a channel.
    pub fn parse_new(body: &Value) -> Result<Self, Invalid> {
        let mut mistakes = Mistakes::default();
        for (key, sentence) in [
            ("name", "Give the alert a name."),
            ("query", "Say what to watch: a filter such as \"vacant=1&authority=E10000014\"."),
            ("channels", "Say how to tell you: push, mail, daily or weekly."),
        ] {
            if body.get(key).is_none_or(Value::is_null) {
                mistakes.add(format!("/{key}"), "required", sentence);
            }
        }
        match Self::parse(body) {
            Ok(asked) => mistakes.or(asked),
            Err(invalid) => {
                mistakes.take(invalid);
                mistakes.or(Self::default())
            }
        }
    }
}

struct Reader<'a> {
    map: &'a Map<String, Value>,
    mistakes: Mistakes,
}

impl<'a> Reader<'a> {
    fn get(&self, key: &str) -> Option<&'a Value> {
        self.map.get(key).filter(|value| !value.is_null())
    }

    fn wrong(&mut self, key: &str, code: &'static str, detail: impl Into<String>) {
        self.mistakes.add(format!("/{key}"), code, detail);
    }

    fn name(&mut self) -> Option<String> {
        let name = self.get("name")?.as_str().map(text::tidy).unwrap_or_default();
        if (1..=LONGEST_NAME).contains(&name.chars().count()) {
            return Some(name);
        }
        self.wrong("name", "bad_name", format!("Give the alert a name of 1 to {LONGEST_NAME} characters."));
        None
    }

    fn filter(&mut self) -> Option<Asked> {
        match Asked::parse(self.get("query")?.as_str().unwrap_or("query-must-be-text"), &[]) {
            Ok(asked) => Some(asked),
            Err(invalid) => {
                for mistake in invalid.mistakes() {
                    self.wrong("query", mistake.code, &mistake.detail);
                }
                None
            }
        }
    }

    fn channels(&mut self) -> Option<Vec<AlertChannel>> {
        let words = self.get("channels")?.as_array().map(Vec::as_slice).unwrap_or_default();
        let read: Option<Vec<_>> = words.iter().map(|word| AlertChannel::parse(word.as_str()?)).collect();
        let Some(mut channels) = read.filter(|channels| !channels.is_empty()) else {
            let detail = format!("\"channels\" must be a list of at least one of {}.", AlertChannel::choices());
            self.wrong("channels", "bad_channels", detail);
            return None;
        };
        channels.sort();
        channels.dedup();
        Some(channels)
    }

    fn email(&mut self) -> Option<EmailAddress> {
        let email = self.get("email")?.as_str().and_then(EmailAddress::parse);
        if email.is_none() {
            self.wrong("email", "bad_email", "Enter an email address in the right form, like name@example.com.");
        }
        email
    }

    fn hour(&mut self, key: &str) -> Option<u32> {
        let hour = as_hour(self.get(key)?);
        if hour.is_none() {
            self.wrong(key, "bad_hour", format!("{key:?} must be an hour of the day from 0 to 23."));
        }
        hour
    }

    fn choice(&mut self, key: &str) -> Option<bool> {
        let choice = self.get(key)?.as_bool();
        if choice.is_none() {
            self.wrong(key, "bad_choice", format!("{key:?} must be true or false."));
        }
        choice
    }

    fn quiet(&mut self) -> Option<Option<QuietHours>> {
        let value = self.map.get("quiet")?;
        if value.is_null() {
            return Some(None);
        }
        let hours = value.get("from").and_then(as_hour).zip(value.get("until").and_then(as_hour));
        match hours.filter(|(from, until)| from != until) {
            Some((from, until)) => Some(Some(QuietHours { from, until })),
            None => {
                let detail = "\"quiet\" must be two different hours of the day: { \"from\": 21, \"until\": 7 }.";
                self.wrong("quiet", "bad_quiet", detail);
                None
            }
        }
    }

    fn paused_until(&mut self) -> Option<Option<Stamp>> {
        let value = self.map.get("paused_until")?;
        if value.is_null() {
            return Some(None);
        }
        let until = value.as_str().and_then(Stamp::parse);
        if until.is_none() {
            self.wrong("paused_until", "bad_time", "\"paused_until\" must be a time such as 2026-12-24T00:00:00Z.");
        }
        until.map(Some)
    }
}

fn as_hour(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|hour| u32::try_from(hour).ok()).filter(|hour| *hour <= 23)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_mistake_of_a_new_alert_is_listed() {
        let body = json!({ "name": " ", "query": "bedtype=x", "channels": ["sms"], "hour": 24, "shout": true });
        let invalid = AlertAsked::parse_new(&body).unwrap_err();
        let pointers: Vec<&str> = invalid.mistakes().iter().map(|mistake| mistake.pointer.as_str()).collect();
        assert_eq!(pointers, ["/shout", "/name", "/query", "/channels", "/hour"]);
        let missing = AlertAsked::parse_new(&json!({ "name": null })).unwrap_err();
        let pointers: Vec<&str> = missing.mistakes().iter().map(|mistake| mistake.pointer.as_str()).collect();
        assert_eq!(pointers, ["/name", "/query", "/channels"]);
    }

    #[test]
    fn what_is_left_out_is_not_asked() {
        let asked = AlertAsked::parse(&json!({ "quiet": null, "channels": ["weekly", "mail", "weekly"] })).unwrap();
        assert_eq!(asked.channels, Some(vec![AlertChannel::Mail, AlertChannel::Weekly]));
        assert_eq!((asked.name, asked.quiet, asked.paused_until), (None, Some(None), None));
    }

    #[test]
    fn quiet_hours_end_when_they_say_also_over_midnight_and_a_clock_change() {
        let zone = Zone::parse("Europe/London").unwrap();
        let night = QuietHours { from: 21, until: 7 };
        for (now, end) in [
            ("2026-11-22T20:59:59Z", "2026-11-22T20:59:59Z"),
            ("2026-11-22T21:00:00Z", "2026-11-23T07:00:00Z"),
            ("2026-11-23T06:59:59Z", "2026-11-23T07:00:00Z"),
            ("2026-11-23T07:00:00Z", "2026-11-23T07:00:00Z"),
            ("2026-03-28T22:00:00Z", "2026-03-29T06:00:00Z"),
            ("2026-10-24T22:00:00Z", "2026-10-25T07:00:00Z"),
        ] {
            assert_eq!(night.end_after(Stamp::parse(now).unwrap(), zone).to_string(), end, "{now}");
        }
        let lunch = QuietHours { from: 12, until: 14 };
        let noon = Stamp::parse("2026-11-22T12:30:00Z").unwrap();
        assert_eq!(lunch.end_after(noon, zone).to_string(), "2026-11-22T14:00:00Z");
    }
}
