//! One JSON object of a body being read: its words, dates and text, every mistake with its pointer.
//! What the keys mean is said by who reads: `reading.rs` for capacity, `enquiry.rs` for enquiries.

use chrono::NaiveDate;
use serde_json::{Map, Value};

use crate::domain::invalid::{Invalid, Mistakes};

/// One JSON object being read, with where it stands in the body.
pub(super) struct Object<'a> {
    pub(super) map: &'a Map<String, Value>,
    pub(super) at: String,
    pub(super) mistakes: &'a mut Mistakes,
}

impl<'a> Object<'a> {
    pub(super) fn of(value: &'a Value, at: &str, mistakes: &'a mut Mistakes) -> Result<Self, Invalid> {
        match value {
            Value::Object(map) => Ok(Self { map, at: at.to_owned(), mistakes }),
            _ => Err(Invalid::one(at, "not_an_object", "This must be a JSON object: { \"name\": value }.")),
        }
    }

    pub(super) fn wrong(&mut self, key: &str, code: &'static str, detail: impl Into<String>) {
        self.mistakes.add(format!("{}/{}", self.at, escaped(key)), code, detail);
    }

    /// A key that is there and not null.
    pub(super) fn get(&self, key: &str) -> Option<&'a Value> {
        self.map.get(key).filter(|value| !value.is_null())
    }

    pub(super) fn only(&mut self, known: &[&str]) {
        for key in self.map.keys().filter(|key| !known.contains(&key.as_str())) {
            self.wrong(key, "unknown_key", format!("{key:?} is not known here. Known are {}.", known.join(", ")));
        }
    }

    pub(super) fn word<T>(&mut self, key: &str, parse: fn(&str) -> Option<T>, choices: fn() -> String) -> Option<T> {
        let value = self.get(key)?;
        let word = value.as_str().and_then(parse);
        if word.is_none() {
            self.wrong(key, "unknown_word", format!("{key:?} must be one of {}.", choices()));
        }
        word
    }

    pub(super) fn needed_word<T>(
        &mut self,
        key: &str,
        parse: fn(&str) -> Option<T>,
        choices: fn() -> String,
    ) -> Option<T> {
        if self.get(key).is_none() {
            self.wrong(key, "required", format!("Say {key:?}: one of {}.", choices()));
        }
        self.word(key, parse, choices)
    }

    pub(super) fn yes_or_no(&mut self, key: &str) -> bool {
        let Some(value) = self.get(key) else { return false };
        value.as_bool().unwrap_or_else(|| {
            self.wrong(key, "not_true_or_false", format!("{} must be true or false.", capital(&spoken(key))));
            false
        })
    }

    pub(super) fn date(&mut self, key: &str) -> Option<NaiveDate> {
        let value = self.get(key)?;
        let date = value.as_str().and_then(|text| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok());
        if date.is_none() {
            self.wrong(key, "not_a_date", format!("{} must be a real date such as 2026-11-30.", capital(&spoken(key))));
        }
        date
    }
}

/// A key inside a JSON pointer (RFC 6901).
fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// A key as a page says it: `earliest_admission` is "earliest admission".
pub(super) fn spoken(key: &str) -> String {
    key.replace('_', " ")
}

pub(super) fn capital(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
