//! Random filters over every rated service of England, against a matcher written here from the words of the vocabulary
//! alone: it shares no rule with `Filter` and the board. Where the register is not beside the project, it proves nothing.

use std::collections::BTreeSet;

use berth::base::stamp::Stamp;
use berth::board::Board;
use berth::domain::capacity::{BedLine, Capacity, HoursLine, Line, WeeklyFee};
use berth::domain::care_service::CareService;
use berth::domain::filter_text::Asked;
use berth::domain::freshness::Moment;
use berth::domain::place::Place;
use berth::domain::words::{AdmissionStatus, Band, BedType, CareType, Funding, Gender, Kind, Rating, Stay, TimeOfDay};
use chrono::{Duration, NaiveDate};

use crate::real_register::england;

/// So many filters, each over the whole of England.
const FILTERS: usize = 500;
const WORDS: [&str; 12] = [
    "st",
    "mary",
    "house",
    "care",
    "Barchester",
    "h",
    "manor lod",
    "the elms",
    "leeds",
    "O'B",
    "homecare",
    "bupa care",
];
const CITIES: [(f64, f64); 6] =
    [(51.51, -0.12), (53.48, -2.24), (50.91, -1.40), (51.0632, -1.308), (54.97, -1.61), (52.63, 1.30)];

/// The same numbers in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).unwrap()
    }

    fn one_in(&mut self, chance: usize) -> bool {
        self.below(chance) == 0
    }

    fn of<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.below(values.len())]
    }

    fn some<T: Copy>(&mut self, values: &[T], most: usize) -> Vec<T> {
        (0..=self.below(most)).map(|_| self.of(values)).collect()
    }
}

fn now() -> Stamp {
    Stamp::parse("2026-11-22T09:30:00Z").unwrap()
}

fn day(offset: usize) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 20).unwrap() + Duration::days(i64::try_from(offset).unwrap())
}

/// Figures for a register that holds none.
fn figures(kind: Kind, dice: &mut Dice) -> Capacity {
    let lines = (0..dice.below(4)).map(|_| line(kind, dice)).collect();
    let status =
        dice.of(&[AdmissionStatus::Open, AdmissionStatus::Open, AdmissionStatus::OnRequest, AdmissionStatus::Closed]);
    let hours = i64::try_from(dice.below(300)).unwrap();
    let confirmed_at = (!dice.one_in(6)).then(|| now().minus(Duration::hours(hours)));
    Capacity { status, lines, confirmed_at, ..Capacity::default() }
}

fn line(kind: Kind, dice: &mut Dice) -> Line {
    let earliest = dice.one_in(3).then(|| day(dice.below(9)));
    if kind == Kind::HomeCare {
        return Line::Hours(HoursLine {
            area: "SO23".to_owned(),
            time_of_day: TimeOfDay::Morning,
            hours_available: u16::try_from(dice.below(4)).unwrap(),
            double_handed: false,
            earliest_start: earliest,
            note: None,
        });
    }
    let pence = |dice: &mut Dice| u32::try_from(70_000 + 10_000 * dice.below(10)).unwrap();
    let weekly_fee = match dice.below(4) {
        0 => None,
        1 => Some(WeeklyFee { from: None, to: Some(pence(dice)) }),
        _ => Some(WeeklyFee { from: Some(pence(dice)), to: None }),
    };
    Line::Bed(BedLine {
        bed_type: dice.of(BedType::ALL),
        stay: dice.of(&Stay::ALL[..3]),
        maximum: 20,
        occupied: 5,
        reserved: 0,
        reserved_until: None,
        accepting: u16::try_from(dice.below(4)).unwrap(),
        gender: dice.of(Gender::ALL),
        funding: dice.some(Funding::ALL, 3),
        weekly_fee,
        earliest_admission: earliest,
        reason: None,
        note: None,
    })
}

/// A question, in the words of an address.
#[derive(Default)]
struct Question(Vec<(&'static str, String)>);

impl Question {
    fn random(services: &[CareService], dice: &mut Dice) -> Self {
        let mut question = Self::default();
        let mut ask = |key: &'static str, values: Vec<String>| question.0.extend(values.into_iter().map(|v| (key, v)));
        let words = |values: Vec<&'static str>| values.into_iter().map(str::to_owned).collect::<Vec<_>>();
        if dice.one_in(4) {
            ask("q", words(vec![dice.of(&WORDS)]));
        }
        if dice.one_in(2) {
            let (lat, lon) = dice.of(&CITIES);
            ask("near", vec![format!("{lat},{lon}")]);
            ask("within", vec![dice.of(&["1", "3.5", "10", "40", "500"]).to_owned()]);
        }
        if dice.one_in(5) {
            let codes = (0..2).map(|_| services[dice.below(services.len())].facts.authority.code.to_string());
            ask("authority", codes.collect());
        }
        macro_rules! maybe {
            ($($key:literal $type:ident one in $chance:literal),+) => {$(
                if dice.one_in($chance) {
                    ask($key, words(dice.some($type::ALL, 2).into_iter().map(|word| word.word()).collect()));
                }
            )+};
        }
        maybe!("kind" Kind one in 4, "care_type" CareType one in 6, "bed_type" BedType one in 3, "stay" Stay one in 5,
            "band" Band one in 9, "gender" Gender one in 5, "funding" Funding one in 4);
        if dice.one_in(6) {
            ask("max_fee", vec![(70_000 + 10_000 * dice.below(9)).to_string()]);
        }
        if dice.one_in(5) {
            ask("rating", words(vec![dice.of(Rating::ALL).word()]));
        }
        if dice.one_in(3) {
            ask("vacant", vec![dice.below(5).to_string()]);
        }
        if dice.one_in(5) {
            ask("fresh", words(vec![dice.of(&["fresh", "ageing"])]));
        }
        if dice.one_in(5) {
            ask("by", vec![day(dice.below(9)).to_string()]);
        }
        if dice.one_in(20) {
            ask("id", (0..50).map(|_| services[dice.below(services.len())].id.to_string()).collect());
        }
        question
    }

    fn query(&self) -> String {
        let pairs = self
            .0
            .iter()
            .map(|(key, value)| format!("{key}={}", value.replace(' ', "+").replace('\'', "%27").replace(',', "%2C")));
        pairs.collect::<Vec<_>>().join("&")
    }

    fn all(&self, key: &str) -> Vec<&str> {
        self.0.iter().filter(|(known, _)| *known == key).map(|(_, value)| value.as_str()).collect()
    }

    fn one(&self, key: &str) -> Option<&str> {
        self.all(key).first().copied()
    }

    fn number(&self, key: &str) -> Option<u32> {
        self.one(key).map(|text| text.parse().unwrap())
    }

    fn lists(&self, key: &str, has: &[&str]) -> bool {
        let asked = self.all(key);
        asked.is_empty() || asked.iter().any(|value| has.contains(value))
    }

    /// The rules of the vocabulary, one after the other.
    fn is_met(&self, service: &CareService, words: &[String]) -> bool {
        let facts = &service.facts;
        let care: Vec<_> = facts.care_types.iter().map(|care| care.word()).collect();
        let bands: Vec<_> = facts.bands.iter().map(|band| band.word()).collect();
        let worst = self.one("rating").map(|word| Rating::ALL.iter().position(|rating| rating.word() == word).unwrap());
        let rated =
            facts.rating.as_ref().map(|rating| Rating::ALL.iter().position(|one| *one == rating.overall).unwrap());
        self.lists("id", &[service.id.as_str()])
            && self.lists("kind", &[facts.kind.word()])
            && self.lists("authority", &[facts.authority.code.as_str()])
            && self.lists("care_type", &care)
            && self.lists("band", &bands)
            && worst.is_none_or(|worst| rated.is_some_and(|rated| rated <= worst))
            && self.is_near(service)
            && self.is_fresh(service)
            && self.one("q").is_none_or(|q| says(q, words))
            && self.has_lines(service)
    }

    fn is_near(&self, service: &CareService) -> bool {
        let Some(near) = self.one("near") else { return true };
        let Some(miles) = miles(near, service) else { return false };
        miles <= self.one("within").unwrap().parse::<f64>().unwrap()
    }

    fn is_fresh(&self, service: &CareService) -> bool {
        let hours = match self.one("fresh") {
            None => return true,
            Some("fresh") => 24,
            Some(_) => 7 * 24,
        };
        service.capacity.confirmed_at.is_some_and(|at| now().since(at) < Duration::hours(hours))
    }

    fn has_lines(&self, service: &CareService) -> bool {
        let closed = service.capacity.status == AdmissionStatus::Closed;
        let asks =
            ["bed_type", "stay", "gender", "funding", "max_fee", "by"].iter().any(|key| !self.all(key).is_empty());
        let good: Vec<&Line> = service.capacity.lines.iter().filter(|line| self.suits(line, closed)).collect();
        let places: u32 = good.iter().map(|line| u32::from(places(line))).sum();
        match self.number("vacant") {
            Some(wanted) if wanted > 0 => !closed && places >= wanted,
            _ => !asks || !good.is_empty(),
        }
    }

    fn suits(&self, line: &Line, closed: bool) -> bool {
        let by = self.one("by").map(|text| text.parse::<NaiveDate>().unwrap());
        let earliest = match line {
            Line::Bed(bed) => bed.earliest_admission,
            Line::Hours(hours) => hours.earliest_start,
        };
        let in_time = by.is_none_or(|by| !closed && places(line) > 0 && earliest.is_none_or(|day| day <= by));
        in_time
            && match line {
                Line::Hours(_) => {
                    ["bed_type", "stay", "gender", "funding", "max_fee"].iter().all(|key| self.all(key).is_empty())
                }
                Line::Bed(bed) => {
                    let funding: Vec<_> = bed.funding.iter().map(|funding| funding.word()).collect();
                    let fee = bed.weekly_fee.and_then(|fee| fee.from.or(fee.to));
                    self.lists("bed_type", &[bed.bed_type.word()])
                        && self.lists("stay", &[bed.stay.word()])
                        && (bed.gender == Gender::Any || self.lists("gender", &[bed.gender.word()]))
                        && self.lists("funding", &funding)
                        && self.number("max_fee").is_none_or(|most| fee.is_some_and(|fee| fee <= most))
                }
            }
    }
}

fn places(line: &Line) -> u16 {
    match line {
        Line::Bed(bed) => bed.accepting,
        Line::Hours(hours) => hours.hours_available,
    }
}

/// By the chord between two points of the sphere.
fn miles(near: &str, service: &CareService) -> Option<f64> {
    let vector = |lat: f64, lon: f64| {
        let (lat, lon) = (lat.to_radians(), lon.to_radians());
        [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]
    };
    let (lat, lon) = near.split_once(',').unwrap();
    let here = vector(lat.parse().unwrap(), lon.parse().unwrap());
    let point = service.facts.location?.point;
    let there = vector(point.lat, point.lon);
    let chord = here.iter().zip(there).map(|(one, other)| (one - other).powi(2)).sum::<f64>().sqrt();
    Some(2.0 * 3958.7613 * (chord / 2.0).asin())
}

/// Small letters and digits of a text; of the accents that the register has, only the letter.
fn plain(text: &str) -> String {
    let letter = |c: char| match c {
        'à' | 'á' | 'â' | 'ä' | 'À' | 'Á' => 'a',
        'è' | 'é' | 'ê' | 'ë' | 'É' | 'È' => 'e',
        'ì' | 'í' | 'î' | 'ï' => 'i',
        'ò' | 'ó' | 'ô' | 'ö' => 'o',
        'ù' | 'ú' | 'û' | 'ü' => 'u',
        'ç' => 'c',
        'ñ' => 'n',
        other => other,
    };
    text.chars().map(letter).filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The words of a name, a town and a provider: as they stand, and their parts.
fn words_of(service: &CareService) -> Vec<String> {
    let facts = &service.facts;
    let provider = facts.provider.as_ref().map_or("", |provider| provider.name.as_str());
    let text = format!("{} {} {provider}", facts.name, facts.address.town.as_deref().unwrap_or_default());
    let is_apostrophe = |c: char| "'’‘`´ʼ".contains(c);
    let is_gap = |c: char| !c.is_alphanumeric() && !is_apostrophe(c);
    let mut words: Vec<String> = text.split_whitespace().map(plain).collect();
    words.extend(text.split(is_gap).map(plain));
    words.extend(text.split(|c| is_gap(c) || is_apostrophe(c)).map(plain));
    words
}

fn says(q: &str, words: &[String]) -> bool {
    q.split(' ').all(|word| {
        let begins = |start: &str| words.iter().any(|known| known.starts_with(&plain(start)));
        begins(word) || (word.contains('\'') && word.split('\'').all(begins))
    })
}

#[test]
fn over_all_of_england_random_filters_find_what_a_matcher_written_apart_finds() {
    let Some(mut services) = england() else { return };
    let mut dice = Dice(2026);
    for service in &mut services {
        service.capacity = figures(service.facts.kind, &mut dice);
    }
    let words: Vec<Vec<String>> = services.iter().map(words_of).collect();
    let (board, moment) = (Board::new(services.clone(), 0).current(), Moment::at(now()));
    let (mut found_in_all, mut with_matches) = (0, 0);
    for number in 0..FILTERS {
        let question = Question::random(&services, &mut dice);
        let query = question.query();
        let asked = Asked::parse(&query, &[]).unwrap();
        let point = asked.place().map(|place| match place {
            Place::Point(point) => *point,
            Place::Postcode(_) | Place::District(_) => panic!("only points are asked for"),
        });
        let found = board.matching(&asked.located(point).unwrap(), &moment);
        let ids: BTreeSet<&str> = found.iter().map(|service| service.id.as_str()).collect();
        let met = services.iter().zip(&words).filter(|(service, words)| question.is_met(service, words));
        let expected: BTreeSet<&str> = met.map(|(service, _)| service.id.as_str()).collect();
        let differs: Vec<_> = ids.symmetric_difference(&expected).take(5).collect();
        assert!(differs.is_empty() && ids.len() == found.len(), "filter {number}, {query}: {differs:?}");
        match question.one("near") {
            Some(near) => {
                assert!(found.is_sorted_by_key(|service| (miles(near, service).unwrap() * 1e6) as i64), "{query}")
            }
            None => assert!(found.is_sorted_by_key(|service| freshness(service)), "{query}"),
        }
        found_in_all += found.len();
        with_matches += usize::from(!found.is_empty());
    }
    println!(
        "{FILTERS} random filters over {} services: {found_in_all} matches, {with_matches} filters with any",
        services.len()
    );
    assert!(with_matches > FILTERS / 3, "filters that find nothing prove little: {with_matches}");
}

fn freshness(service: &CareService) -> usize {
    let age = service.capacity.confirmed_at.map(|at| now().since(at));
    let limits = [Duration::hours(24), Duration::days(7)];
    age.map_or(3, |age| limits.iter().filter(|limit| age >= **limit).count())
}

#[test]
fn the_matcher_of_this_test_can_say_no() {
    let words: Vec<String> = ["stmarys", "mary", "s", "stow"].map(str::to_owned).to_vec();
    assert!(says("st mar", &words) && says("Mary's", &words) && !says("ary", &words));
}
