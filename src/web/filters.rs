//! Filters and functions of the templates: words, times, money, addresses of assets.
//! `web/README.md` lists them for who writes templates.

use minijinja::{Environment, Error, ErrorKind, Value};

use crate::base::clock::Clock;
use crate::base::local::{self, Zone};
use crate::base::stamp::Stamp;
use crate::base::text;
use crate::domain::words::{
    AdmissionStatus, AlertChannel, Band, BedType, CareType, Deed, Freshness, Funding, Gender, GuideKind, Kind, Rating,
    Reason, Role, Scope, SignInWay, Source, Stay, TimeOfDay,
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
        "way" => SignInWay,
    }
}

pub(super) fn add(environment: &mut Environment<'static>, clock: Clock, zone: Zone) {
    environment.add_function("asset", |name: &str| {
        let path = assets::path(name).ok_or_else(|| wrong(format!("the web build has no {name:?}")))?;
        Ok::<_, Error>(Value::from_safe_string(format!("/{path}")))
    });
    environment.add_function("choices", |name: &str| {
        let words = vocabulary(name).ok_or_else(|| wrong(format!("there is no vocabulary {name:?}")))?;
        let pair = |(word, label): (&'static str, &'static str)| Value::from(vec![word, label]);
        Ok::<_, Error>(Value::from(words.into_iter().map(pair).collect::<Vec<_>>()))
    });
    environment.add_filter("words", |word: &str, name: &str| {
        let words = vocabulary(name).ok_or_else(|| wrong(format!("there is no vocabulary {name:?}")))?;
        let found = words.into_iter().find(|(known, _)| *known == word);
        found.map(|(_, label)| label).ok_or_else(|| wrong(format!("{word:?} is no word of {name:?}")))
    });
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
