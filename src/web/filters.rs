//! Filters and functions of the templates: words, times, money, addresses of assets.
//! `web/README.md` lists them for who writes templates.

use std::sync::Arc;

use chrono::{Datelike, NaiveDate};
use minijinja::value::Kwargs;
use minijinja::{Environment, Error, ErrorKind, Value, context};

use crate::base::clock::Clock;
use crate::base::local::{Span, Zone};
use crate::base::stamp::Stamp;
use crate::base::text;
use crate::base::texts::{Plural, Texts};
use crate::domain::choices::{FEES, MILES, VACANCIES};
use crate::domain::state::State;
use crate::domain::words::{
    AdmissionStatus, AlertChannel, Band, BedType, CareType, Deed, EnquiryKind, Freshness, Funding, Gender, GuideKind,
    Kind, Rating, Reason, Role, Scope, SignInWay, Source, Stay, TimeOfDay, Wrong,
};
use crate::web::dress::Dress;
use crate::web::{assets, said};

/// As which number a broken one such as 2.5 takes its plural: large and round, the last form in most languages.
const NOT_WHOLE: u64 = 100_000;

macro_rules! vocabularies {
    ($($key:literal => $type:ident),+ $(,)?) => {
        /// The names of all of them.
        const VOCABULARIES: &[&str] = &[$($key),+];

        /// A vocabulary by its name: every word with its label.
        fn vocabulary(name: &str) -> Option<Vec<(&'static str, &'static str)>> {
            match name {
                $($key => Some($type::ALL.iter().map(|word| (word.word(), word.label())).collect()),)+
                _ => None,
            }
        }
    };
}

vocabularies! {
    "kind" => Kind,
    "care_type" => CareType,
    "bed_type" => BedType,
    "stay" => Stay,
    "reason" => Reason,
    "status" => AdmissionStatus,
    "gender" => Gender,
    "funding" => Funding,
    "band" => Band,
    "rating" => Rating,
    "time_of_day" => TimeOfDay,
    "source" => Source,
    "freshness" => Freshness,
    "role" => Role,
    "scope" => Scope,
    "channel" => AlertChannel,
    "guide" => GuideKind,
    "deed" => Deed,
    "enquiry_kind" => EnquiryKind,
    "way" => SignInWay,
    "wrong" => Wrong,
}

/// Every vocabulary's labels, for the catalogue.
pub fn labels() -> Vec<&'static str> {
    VOCABULARIES.iter().filter_map(|name| vocabulary(name)).flatten().map(|(_, label)| label).collect()
}

/// All of them, saying what they say in the language of these texts.
pub(super) fn add(environment: &mut Environment<'static>, clock: &Clock, zone: Zone, texts: &Arc<Texts>) {
    add_assets(environment, |name| assets::path(name).map(str::to_owned));
    environment.add_filter("money", money);
    environment.add_filter("grouped", |number: u64| text::grouped(number));
    add_words(environment, texts);
    let says = Says { texts: texts.clone(), zone, clock: clock.clone() };
    says.add_times(environment);
}

/// Puts the files of a dress in place of those that were built.
pub(super) fn wear(environment: &mut Environment<'static>, dress: &Arc<Dress>) {
    let dress = dress.clone();
    add_assets(environment, move |name| dress.path(name).map(str::to_owned));
}

fn add_assets(environment: &mut Environment<'static>, path: impl Fn(&str) -> Option<String> + Send + Sync + 'static) {
    environment.add_function("asset", move |name: &str| {
        let path = path(name).ok_or_else(|| wrong(format!("the web build has no {name:?}")))?;
        Ok::<_, Error>(Value::from_safe_string(format!("/{path}")))
    });
}

/// Vocabularies, and texts with numbers in them.
fn add_words(environment: &mut Environment<'static>, texts: &Arc<Texts>) {
    let own = texts.clone();
    environment.add_function("choices", move |name: &str| {
        let pairs = numbers(name, &own).or_else(|| {
            let words = vocabulary(name)?.into_iter();
            Some(words.map(|(word, label)| [word.to_owned(), own.say(label).to_owned()]).collect())
        });
        let pairs = pairs.ok_or_else(|| wrong(format!("there is no vocabulary {name:?}")))?;
        Ok::<_, Error>(pairs.into_iter().map(|pair| Value::from(pair.to_vec())).collect::<Value>())
    });
    let own = texts.clone();
    environment.add_filter("words", move |word: &str, name: &str| {
        let words = vocabulary(name).ok_or_else(|| wrong(format!("there is no vocabulary {name:?}")))?;
        let found = words.into_iter().find(|(known, _)| *known == word);
        let label = found.map(|(_, label)| own.say(label).to_owned());
        label.ok_or_else(|| wrong(format!("{word:?} is no word of {name:?}")))
    });
    let own = texts.clone();
    environment.add_filter("say", move |english: &str| own.say(english).to_owned());
    let own = texts.clone();
    environment.add_function("plural", move |number: &Value, one: &str, many: &str| {
        let shown = number.to_string();
        match u64::try_from(number.clone()).ok().or_else(|| shown.parse().ok()) {
            Some(whole) => own.count(whole, one, many),
            None => own.count_as(NOT_WHOLE, &shown, one, many),
        }
    });
    environment.add_function("fill", |said: &str, values: Kwargs| {
        let mut said = said.to_owned();
        for name in values.args() {
            said = said.replace(&format!("{{{name}}}"), &values.get::<Value>(name)?.to_string());
        }
        Ok::<_, Error>(said)
    });
    let own = texts.clone();
    environment.add_filter("miles", move |miles: f64| {
        let shown = format!("{miles:.1}");
        let number = if shown == "1.0" { 1 } else { NOT_WHOLE };
        own.count_as(number, &shown, said::MILES.0, said::MILES.1)
    });
}

/// Times as one language says them.
#[derive(Clone)]
struct Says {
    texts: Arc<Texts>,
    zone: Zone,
    clock: Clock,
}

impl Says {
    fn add_times(&self, environment: &mut Environment<'static>) {
        let says = self.clone();
        environment.add_filter("state", move |capacity: &Value| says.state(capacity));
        let says = self.clone();
        environment.add_filter("age", move |at: &str| Ok::<_, Error>(says.age(stamp(at)?)));
        let says = self.clone();
        environment.add_filter("lasting", move |at: &str| Ok::<_, Error>(says.lasting(stamp(at)?)));
        let says = self.clone();
        environment.add_filter("when", move |at: &str| {
            let at = stamp(at)?;
            let (time, day) = (says.time(at), says.day(says.zone.day(at)));
            Ok::<_, Error>(says.texts.fill(said::WHEN, &[("time", &time), ("day", &day)]))
        });
        let says = self.clone();
        environment.add_filter("time", move |at: &str| Ok::<_, Error>(says.time(stamp(at)?)));
        let says = self.clone();
        environment.add_filter("day", move |day: &str| {
            let day = day.parse().map_err(|_| wrong(format!("{day:?} is not a date")))?;
            Ok::<_, Error>(says.day(day))
        });
    }

    /// The traffic light of a capacity as JSON: `look` is its colour's name, `text` its words.
    fn state(&self, capacity: &Value) -> Result<Value, Error> {
        let word = |key: &str| capacity.get_attr(key).map(|value| value.as_str().unwrap_or_default().to_owned());
        let status =
            AdmissionStatus::parse(&word("status")?).ok_or_else(|| wrong("a capacity has a status".to_owned()))?;
        let freshness = Freshness::parse(&word("freshness")?).ok_or_else(|| wrong("figures have an age".to_owned()))?;
        let vacant = u64::try_from(capacity.get_attr("vacant")?)?;
        let confirmed = Stamp::parse(&word("confirmed_at")?);
        let found = State::of(status, vacant, freshness);
        let time = confirmed.map_or_else(String::new, |at| self.lasting(at));
        let text = self.texts.fill(&found.words("{time}"), &[("time", &time)]);
        Ok(context! { look => found.look(), text => text })
    }

    fn age(&self, then: Stamp) -> String {
        match Span::between(self.clock.now(), then) {
            Span::Moment => self.texts.say(said::MOMENT_AGO).to_owned(),
            Span::Minutes(minutes) => self.count(minutes, said::MINUTES_AGO),
            Span::Hours(hours) => self.count(hours, said::HOURS_AGO),
            Span::Days(days) => self.count(days, said::DAYS_AGO),
        }
    }

    fn lasting(&self, then: Stamp) -> String {
        match Span::between(self.clock.now(), then) {
            Span::Moment => self.texts.say(said::MOMENT).to_owned(),
            Span::Minutes(minutes) => self.count(minutes, said::MINUTES),
            Span::Hours(hours) => self.count(hours, said::HOURS),
            Span::Days(days) => self.count(days, said::DAYS),
        }
    }

    fn time(&self, at: Stamp) -> String {
        let (time, is_afternoon) = self.zone.half_day(at);
        self.texts.fill(if is_afternoon { said::AFTERNOON } else { said::MORNING }, &[("time", &time)])
    }

    fn day(&self, day: NaiveDate) -> String {
        let month = self.texts.say(said::MONTHS[day.month0() as usize]);
        let (number, year) = (day.day().to_string(), day.year().to_string());
        self.texts.fill(said::DAY, &[("day", &number), ("month", month), ("year", &year)])
    }

    fn count(&self, number: u64, plural: Plural) -> String {
        self.texts.count(number, plural.0, plural.1)
    }
}

/// What a form offers for a key that takes a number: each with its words.
fn numbers(name: &str, texts: &Texts) -> Option<Vec<[String; 2]>> {
    let all = |numbers: &[u32], plural: Plural| {
        let words = |number: u32| texts.count(number.into(), plural.0, plural.1);
        numbers.iter().map(|number| [number.to_string(), words(*number)]).collect()
    };
    let up_to = |pence: &u32| [pence.to_string(), texts.fill(said::UP_TO, &[("money", &money((*pence).into()))])];
    match name {
        "within" => Some(all(&MILES, said::WITHIN)),
        "vacant" => Some(all(&VACANCIES, said::AT_LEAST)),
        "max_fee" => Some(FEES.iter().map(up_to).collect()),
        _ => None,
    }
}

/// `£1,250`, or `£1,250.50`.
fn money(pence: u64) -> String {
    match pence % 100 {
        0 => format!("£{}", text::grouped(pence / 100)),
        rest => format!("£{}.{rest:02}", text::grouped(pence / 100)),
    }
}

fn stamp(text: &str) -> Result<Stamp, Error> {
    Stamp::parse(text).ok_or_else(|| wrong(format!("{text:?} is not a time")))
}

fn wrong(why: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_written_in_pounds() {
        assert_eq!(money(125_000), "£1,250");
        assert_eq!(money(125_050), "£1,250.50");
    }

    #[test]
    fn every_vocabulary_has_its_words() {
        assert_eq!(vocabulary("bed_type").unwrap().len(), 10);
        assert!(vocabulary("colour").is_none());
    }
}
