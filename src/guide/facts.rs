//! The figures that the guides print: each with its period, its source and how sure we are.
//! A figure that is not known to hold on the day is never given out; the wording of the texts
//! around it is not here.

use chrono::{Datelike, Duration, NaiveDate};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::base::local::day_words;
use crate::base::text;
use crate::guide::chapters::safe_href;

/// Sources are read again at least this often; after that `berth check` asks for it.
const READ_AGAIN_AFTER: Duration = Duration::days(365);
/// How long before its end a figure is announced as ending, so that the next one can be found.
const ENDS_SOON: Duration = Duration::days(45);

/// Every fact of the guides, as `facts.json` holds them.
#[derive(Clone, Debug, Deserialize)]
pub struct Facts {
    pub facts: Vec<Fact>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// What the texts call it: `fnc.standard`.
    pub key: String,
    /// What it is, for the table of figures: "NHS-funded nursing care, standard rate".
    pub what: String,
    pub value: Value,
    pub unit: Unit,
    /// The first day it holds, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<NaiveDate>,
    /// The last day it holds, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
    pub confidence: Confidence,
    /// Where it is published.
    pub source: String,
    /// When somebody last read the source.
    pub read_on: NaiveDate,
    /// Every council has its own: there is none for everywhere to look up.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_local: bool,
}

/// A number, a phone number or other short text, or nothing yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    Number(f64),
    Text(String),
    Unknown(()),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Pounds,
    PoundsAWeek,
    Weeks,
    Days,
    Months,
    Hours,
    Phone,
}

/// How a value was come by, surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Read in law or on a page of the body that sets it.
    Official,
    /// Read in that body's announcement.
    Announced,
    /// Read elsewhere, in places that agree.
    Secondary,
    /// Not confirmed: never printed.
    Verify,
}

/// A figure that holds, ready for a sentence, and for the table of figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    pub key: String,
    pub what: String,
    /// `£267.68`, `12`: the unit is left to the sentence.
    pub value: String,
    /// `£267.68 a week`, `12 weeks`.
    pub full: String,
    /// `from 1 April 2026 to 31 March 2027`.
    pub period: String,
    pub source: String,
    /// The source as a link, where it is one, and the site that it leads to.
    pub href: Option<String>,
    pub site: String,
}

/// Why a fact needs somebody's attention.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overdue {
    pub key: String,
    pub why: String,
    /// It is not printed, and the guide says where to ask instead.
    pub is_withheld: bool,
}

impl Facts {
    pub fn parse(json: &str) -> Result<Self, String> {
        let facts: Self = serde_json::from_str(json).map_err(|error| format!("The facts cannot be read: {error}."))?;
        let mut keys: Vec<&str> = facts.facts.iter().map(|fact| fact.key.as_str()).collect();
        keys.sort_unstable();
        match keys.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(format!("The facts hold {} twice.", pair[0])),
            None => Ok(facts),
        }
    }

    pub fn knows(&self, key: &str) -> bool {
        self.facts.iter().any(|fact| fact.key == key)
    }

    pub fn get(&self, key: &str) -> Option<&Fact> {
        self.facts.iter().find(|fact| fact.key == key)
    }

    /// Puts a fact in place of the one of its key; whether there was one.
    pub fn replace(&mut self, fact: Fact) -> bool {
        let place = self.facts.iter_mut().find(|known| known.key == fact.key);
        place.map(|place| *place = fact).is_some()
    }

    /// The figure of this key, if it is known to hold on that day.
    pub fn figure(&self, key: &str, day: NaiveDate) -> Option<Figure> {
        self.facts.iter().find(|fact| fact.key == key).and_then(|fact| fact.figure(day))
    }

    /// What somebody has to look up again, and what the guides leave out until then.
    pub fn overdue(&self, day: NaiveDate) -> Vec<Overdue> {
        self.facts.iter().filter_map(|fact| fact.overdue(day)).collect()
    }
}

impl Fact {
    pub fn figure(&self, day: NaiveDate) -> Option<Figure> {
        if self.withheld(day).is_some() {
            return None;
        }
        let value = match &self.value {
            Value::Number(number) => self.unit.number(*number),
            Value::Text(words) => words.clone(),
            Value::Unknown(()) => return None,
        };
        Some(Figure {
            key: self.key.clone(),
            what: self.what.clone(),
            full: format!("{value}{}", self.unit.after(&value)),
            value,
            period: self.period(),
            source: self.source.clone(),
            href: safe_href(&self.source),
            site: site(&self.source),
        })
    }

    /// Why it must not be printed on that day, if so.
    pub fn withheld(&self, day: NaiveDate) -> Option<String> {
        if self.value == Value::Unknown(()) {
            return Some("its value is not known".to_owned());
        }
        if self.confidence == Confidence::Verify {
            return Some("its value was never confirmed".to_owned());
        }
        if let Some(until) = self.until.filter(|until| *until < day) {
            return Some(format!("its period ended on {}", day_words(until)));
        }
        let from = self.from.filter(|from| *from > day)?;
        Some(format!("its period begins on {}", day_words(from)))
    }

    /// What there is to look up again, if anything.
    pub fn overdue(&self, day: NaiveDate) -> Option<Overdue> {
        if self.is_local && self.value == Value::Unknown(()) {
            return None;
        }
        let withheld = self.withheld(day);
        let ending = self.until.filter(|until| *until - day < ENDS_SOON);
        let why = match (&withheld, ending) {
            (Some(why), _) => why.clone(),
            (None, Some(until)) => format!("its period ends on {}", day_words(until)),
            (None, None) if day - self.read_on > READ_AGAIN_AFTER => {
                format!("its source was last read on {}", day_words(self.read_on))
            }
            (None, None) => return None,
        };
        let why = format!("{why}; look at {}", self.source);
        Some(Overdue { key: self.key.clone(), why, is_withheld: withheld.is_some() })
    }

    fn period(&self) -> String {
        match (self.from, self.until) {
            (Some(from), Some(until)) if is_tax_year(from, until) => format!("{} to {}", from.year(), until.year()),
            (Some(from), Some(until)) => format!("{} to {}", day_words(from), day_words(until)),
            (Some(from), None) => format!("since {}", day_words(from)),
            (None, Some(until)) => format!("until {}", day_words(until)),
            (None, None) => format!("checked {}", day_words(self.read_on)),
        }
    }
}

/// `gov.uk` of `https://www.gov.uk/carers-allowance`.
fn site(source: &str) -> String {
    let host = Url::parse(source).ok().and_then(|url| url.host_str().map(str::to_owned));
    host.map_or_else(|| source.to_owned(), |host| host.trim_start_matches("www.").to_owned())
}

/// April to April, as benefits and charges run.
fn is_tax_year(from: NaiveDate, until: NaiveDate) -> bool {
    from.month() == 4 && until.month() <= 4 && until.year() == from.year() + 1
}

impl Unit {
    fn number(self, number: f64) -> String {
        match self {
            Self::Pounds | Self::PoundsAWeek => pounds((number * 100.0).round() as u64),
            Self::Weeks | Self::Days | Self::Months | Self::Hours | Self::Phone => text::grouped(number.round() as u64),
        }
    }

    fn after(self, value: &str) -> &'static str {
        match (self, value) {
            (Self::Pounds | Self::Phone, _) => "",
            (Self::PoundsAWeek, _) => " a week",
            (Self::Weeks, "1") => " week",
            (Self::Weeks, _) => " weeks",
            (Self::Days, "1") => " day",
            (Self::Days, _) => " days",
            (Self::Months, "1") => " month",
            (Self::Months, _) => " months",
            (Self::Hours, "1") => " hour",
            (Self::Hours, _) => " hours",
        }
    }
}

/// Pence as people write it: `£23,250`, `£267.68`.
pub fn pounds(pence: u64) -> String {
    match pence % 100 {
        0 => format!("£{}", text::grouped(pence / 100)),
        rest => format!("£{}.{rest:02}", text::grouped(pence / 100)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn facts(extra: &str) -> Facts {
        let json = format!(
            r#"{{"facts":[{{"key":"a","what":"A","value":267.68,"unit":"pounds_a_week","from":"2026-04-01",
            "until":"2027-03-31","confidence":"announced","source":"https://a.example","read_on":"2026-11-22"{extra}}}]}}"#
        );
        Facts::parse(&json).unwrap()
    }

    #[test]
    fn a_figure_is_given_out_in_its_period_only() {
        let facts = facts("");
        let figure = facts.figure("a", day("2027-03-31")).unwrap();
        assert_eq!(
            (figure.value.as_str(), figure.full.as_str(), figure.period.as_str()),
            ("£267.68", "£267.68 a week", "2026 to 2027")
        );
        assert_eq!(facts.figure("a", day("2027-04-01")), None);
        assert_eq!(facts.figure("a", day("2026-03-31")), None);
        assert_eq!(facts.figure("b", day("2026-11-22")), None);
    }

    #[test]
    fn an_unconfirmed_or_unknown_value_is_never_given_out() {
        let with = |from: &str, to: &str| {
            let json = serde_json::json!({"facts": [{"key": "a", "what": "A", "value": 1, "unit": "weeks",
                "confidence": "official", "source": "s", "read_on": "2026-11-22"}]});
            Facts::parse(&json.to_string().replace(from, to)).unwrap()
        };
        let today = day("2026-11-22");
        assert_eq!(with("x", "x").figure("a", today).unwrap().full, "1 week");
        assert_eq!(with("official", "verify").figure("a", today), None);
        assert_eq!(with(":1", ":null").figure("a", today), None);
        assert!(with(":1", ":null").overdue(today)[0].is_withheld);
    }

    #[test]
    fn what_ended_ends_soon_or_was_not_read_for_a_year_is_told() {
        let why = |on: &str| facts("").overdue(day(on)).first().map(|overdue| overdue.why.clone());
        assert_eq!(why("2026-11-22"), None);
        assert_eq!(why("2027-03-01").as_deref(), Some("its period ends on 31 March 2027; look at https://a.example"));
        assert_eq!(why("2027-04-01").as_deref(), Some("its period ended on 31 March 2027; look at https://a.example"));
        assert!(why("2026-01-01").is_some_and(|why| why.starts_with("its period begins on 1 April 2026")));
        let undated = facts("").facts.remove(0);
        let undated = Fact { from: None, until: None, ..undated };
        assert_eq!(undated.overdue(day("2027-11-22")), None);
        assert!(undated.overdue(day("2027-11-23")).is_some_and(|overdue| !overdue.is_withheld));
    }

    #[test]
    fn money_is_written_in_pounds_with_pence_where_there_are_any() {
        assert_eq!(pounds(2_325_000), "£23,250");
        assert_eq!(pounds(7_670), "£76.70");
        assert_eq!(pounds(5), "£0.05");
    }

    #[test]
    fn a_key_is_there_once() {
        let facts = r#"{"key":"a","what":"A","value":1,"unit":"weeks","confidence":"official","source":"s","read_on":"2026-11-22"}"#;
        assert!(Facts::parse(&format!(r#"{{"facts":[{facts},{facts}]}}"#)).is_err());
    }
}
