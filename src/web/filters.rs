//! Filters and functions of the templates: words, times, money, addresses of assets.
//! `web/README.md` lists them for who writes templates.

use minijinja::{Environment, Error, ErrorKind, Value, context};

use crate::base::clock::Clock;
use crate::base::local::{self, Zone};
use crate::base::stamp::Stamp;
use crate::base::text;
use crate::domain::choices::{FEES, MILES, VACANCIES};
use crate::domain::state::State;
use crate::domain::words::{
    AdmissionStatus, AlertChannel, Band, BedType, CareType, Deed, EnquiryKind, Freshness, Funding, Gender, GuideKind,
    Kind, Rating, Reason, Role, Scope, SignInWay, Source, Stay, TimeOfDay, Wrong,
};
use crate::web::assets;

/// A vocabulary by its name: every word with its label.
fn vocabulary(name: &str) -> Option<Vec<(&'static str, &'static str)>> {
    macro_rules! all {
        ($($key:literal => $type:ident),+ $(,)?) => {
            match name {
                $($key => Some($type::ALL.iter().map(|word| (word.word(), word.label())).collect()),)+
                _ => None,
            }
        };
    }
    all! {
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
}

pub(super) fn add(environment: &mut Environment<'static>, clock: Clock, zone: Zone) {
    environment.add_function("asset", |name: &str| {
        let path = assets::path(name).ok_or_else(|| wrong(format!("the web build has no {name:?}")))?;
        Ok::<_, Error>(Value::from_safe_string(format!("/{path}")))
    });
    environment.add_function("choices", |name: &str| {
        let pairs = numbers(name).or_else(|| {
            let words = vocabulary(name)?.into_iter();
            Some(words.map(|(word, label)| [word.to_owned(), label.to_owned()]).collect())
        });
        let pairs = pairs.ok_or_else(|| wrong(format!("there is no vocabulary {name:?}")))?;
        Ok::<_, Error>(pairs.into_iter().map(|pair| Value::from(pair.to_vec())).collect::<Value>())
    });
    environment.add_filter("words", |word: &str, name: &str| {
        let words = vocabulary(name).ok_or_else(|| wrong(format!("there is no vocabulary {name:?}")))?;
        let found = words.into_iter().find(|(known, _)| *known == word);
        found.map(|(_, label)| label).ok_or_else(|| wrong(format!("{word:?} is no word of {name:?}")))
    });
    let now = clock.clone();
    environment.add_filter("state", move |capacity: &Value| state(capacity, now.now()));
    let now = clock.clone();
    environment.add_filter("age", move |at: &str| Ok::<_, Error>(local::age(now.now(), stamp(at)?)));
    environment.add_filter("lasting", move |at: &str| Ok::<_, Error>(local::lasting(clock.now(), stamp(at)?)));
    environment.add_filter("when", move |at: &str| Ok::<_, Error>(zone.when(stamp(at)?)));
    environment.add_filter("time", move |at: &str| Ok::<_, Error>(zone.time(stamp(at)?)));
    environment.add_filter("day", |day: &str| {
        let day = day.parse().map_err(|_| wrong(format!("{day:?} is not a date")))?;
        Ok::<_, Error>(local::day_words(day))
    });
    environment.add_filter("money", money);
    environment.add_filter("grouped", |number: u64| text::grouped(number));
    environment.add_filter("miles", |miles: f64| {
        let shown = format!("{miles:.1}");
        format!("{shown} {}", if shown == "1.0" { "mile" } else { "miles" })
    });
}

/// What a form offers for a key that takes a number: each with its words.
fn numbers(name: &str) -> Option<Vec<[String; 2]>> {
    let all = |numbers: &[u32], words: fn(u64) -> String| {
        numbers.iter().map(|number| [number.to_string(), words(u64::from(*number))]).collect()
    };
    match name {
        "within" => Some(all(&MILES, |miles| format!("Within {}", text::count(miles, "mile", "miles")))),
        "vacant" => Some(all(&VACANCIES, |places| format!("At least {}", text::count(places, "vacancy", "vacancies")))),
        "max_fee" => Some(all(&FEES, |pence| format!("Up to {}", money(pence)))),
        _ => None,
    }
}

/// The traffic light of a capacity as JSON: `look` is its colour's name, `text` its words.
fn state(capacity: &Value, now: Stamp) -> Result<Value, Error> {
    let word = |key: &str| capacity.get_attr(key).map(|value| value.as_str().unwrap_or_default().to_owned());
    let status = AdmissionStatus::parse(&word("status")?).ok_or_else(|| wrong("a capacity has a status".to_owned()))?;
    let freshness = Freshness::parse(&word("freshness")?).ok_or_else(|| wrong("figures have an age".to_owned()))?;
    let vacant = u64::try_from(capacity.get_attr("vacant")?)?;
    let confirmed = Stamp::parse(&word("confirmed_at")?);
    let found = State::of(status, vacant, freshness);
    let text = found.words(&confirmed.map_or_else(String::new, |at| local::lasting(now, at)));
    Ok(context! { look => found.look(), text => text })
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
