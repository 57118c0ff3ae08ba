//! The filter as text: reading a query string (every mistake named), writing its one canonical
//! form, and saying it in words. Looking a place up is left to who holds the postcodes.

use chrono::NaiveDate;
use url::form_urlencoded;

use crate::base::local::day_words;
use crate::base::text;
use crate::domain::authority::{self, AuthorityCode};
use crate::domain::care_service::{CareServiceId, ProviderId};
use crate::domain::filter::{Filter, Near};
use crate::domain::invalid::{Invalid, Mistakes};
use crate::domain::place::{Place, Point};
use crate::domain::words::{Band, BedType, CareType, Freshness, Funding, Gender, Kind, Rating, Stay};

/// Around a place, unless something else is said.
pub const USUAL_MILES: f64 = 10.0;
/// Farther than England is long.
const MOST_MILES: f64 = 500.0;
/// A name, a town and a provider fit; a novel does not.
const LONGEST_Q: usize = 200;
/// A shortlist of ids fits many times over.
const MOST_VALUES: usize = 500;

/// Every key of the filter.
pub const KEYS: [&str; 18] = [
    "q",
    "near",
    "within",
    "authority",
    "kind",
    "care_type",
    "bed_type",
    "stay",
    "band",
    "gender",
    "funding",
    "max_fee",
    "rating",
    "vacant",
    "fresh",
    "by",
    "provider",
    "id",
];

/// A filter as asked for, its place not yet looked up.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    filter: Filter,
    near: Option<(Place, f64)>,
}

impl Asked {
    /// Reads a query string. Keys named in `others` belong to the caller and are passed over.
    pub fn parse(query: &str, others: &[&str]) -> Result<Self, Invalid> {
        let pairs: Vec<(String, String)> =
            form_urlencoded::parse(query.trim_start_matches('?').as_bytes()).into_owned().collect();
        Self::from_pairs(pairs.iter().filter(|(key, _)| !others.contains(&key.as_str())))
    }

    /// Reads what a form on a page sends: fields left blank are not asked for, nor is a distance
    /// without a place.
    pub fn parse_form(query: &str, others: &[&str]) -> Result<Self, Invalid> {
        let mut pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        pairs.retain(|(key, value)| !value.trim().is_empty() && !others.contains(&key.as_str()));
        if !pairs.iter().any(|(key, _)| key == "near") {
            pairs.retain(|(key, _)| key != "within");
        }
        Self::from_pairs(pairs.iter())
    }

    fn from_pairs<'a>(pairs: impl Iterator<Item = &'a (String, String)>) -> Result<Self, Invalid> {
        let mut reader = Reader::default();
        for (count, (key, value)) in pairs.enumerate() {
            if count == MOST_VALUES {
                reader.mistakes.add(key, "too_many", format!("A filter has at most {MOST_VALUES} values."));
                break;
            }
            reader.read(key, value.trim());
        }
        reader.finish()
    }

    /// The place to look up, if one is asked for.
    pub fn place(&self) -> Option<&Place> {
        self.near.as_ref().map(|(place, _)| place)
    }

    /// The authorities asked for, to be checked by who knows them.
    pub fn authorities(&self) -> &[AuthorityCode] {
        &self.filter.authority
    }

    /// The filter, with its place as it was found.
    pub fn located(self, point: Option<Point>) -> Result<Filter, Invalid> {
        let near = match (self.near, point) {
            (None, _) => None,
            (Some((place, within)), Some(point)) => Some(Near { place, point, within }),
            (Some((place, _)), None) => return Err(unknown_place(&place)),
        };
        Ok(Filter { near, ..self.filter })
    }
}

/// The sentence for a place that nobody knows.
fn unknown_place(place: &Place) -> Invalid {
    let detail = match place {
        Place::Postcode(postcode) => {
            format!(
                "We do not know the postcode {postcode}: it does not exist, or no longer does. Check it, or try its district, {}.",
                postcode.district()
            )
        }
        Place::District(district) => {
            format!("We do not know the postcode district {district}. Check it, or give a full postcode.")
        }
        Place::Point(_) => "That point is not a place we know.".to_owned(),
    };
    Invalid::one("near", "unknown_place", detail)
}

#[derive(Default)]
struct Reader {
    filter: Filter,
    near: Option<Place>,
    within: Option<f64>,
    seen: Vec<String>,
    mistakes: Mistakes,
}

impl Reader {
    fn read(&mut self, key: &str, value: &str) {
        if !KEYS.contains(&key) {
            let detail = format!("{key:?} is not a key of the filter. Known are {}.", KEYS.join(", "));
            return self.mistakes.add(key, "unknown_key", detail);
        }
        if is_single(key) && self.seen.iter().any(|seen| seen == key) {
            return self.mistakes.add(key, "repeated", format!("{key:?} can be given once only."));
        }
        self.seen.push(key.to_owned());
        if let Err(wanted) = self.take(key, value) {
            let shown: String = value.chars().take(60).collect();
            self.mistakes.add(key, "bad_value", format!("{shown:?} is not a value for {key:?}. It must be {wanted}."));
        }
    }

    /// Takes one value, or says what it should have been.
    fn take(&mut self, key: &str, value: &str) -> Result<(), String> {
        let filter = &mut self.filter;
        match key {
            "q" if !value.is_empty() && value.chars().count() <= LONGEST_Q => filter.q = Some(text::tidy(value)),
            "q" => return Err(format!("one to {LONGEST_Q} characters")),
            "near" => {
                let wanted = || "a postcode (SO23 8UJ), a postcode district (SO23) or latitude,longitude".to_owned();
                self.near = Some(Place::parse(value).ok_or_else(wanted)?);
            }
            "within" => {
                let miles = value.parse::<f64>().ok().filter(|miles| *miles > 0.0 && *miles <= MOST_MILES);
                self.within = Some(miles.ok_or_else(|| format!("miles, more than 0 and at most {MOST_MILES}"))?);
            }
            "authority" => {
                let code = AuthorityCode::parse(value).ok_or("the code of an authority, such as E10000014")?;
                filter.authority.push(code);
            }
            "kind" => filter.kind.push(word(value, Kind::parse, Kind::choices)?),
            "care_type" => filter.care_type.push(word(value, CareType::parse, CareType::choices)?),
            "bed_type" => filter.bed_type.push(word(value, BedType::parse, BedType::choices)?),
            "stay" => filter.stay.push(word(value, Stay::parse, Stay::choices)?),
            "band" => filter.band.push(word(value, Band::parse, Band::choices)?),
            "gender" => filter.gender.push(word(value, Gender::parse, Gender::choices)?),
            "funding" => filter.funding.push(word(value, Funding::parse, Funding::choices)?),
            "max_fee" => {
                filter.max_fee = Some(value.parse().map_err(|_| "whole pence a week, such as 120000 for £1,200")?)
            }
            "rating" => filter.rating = Some(word(value, Rating::parse, Rating::choices)?),
            "vacant" => {
                let places = value.parse::<u32>().ok().filter(|places| *places <= 9999);
                filter.vacant = Some(places.ok_or("a whole number of places from 0 to 9999")?);
            }
            "fresh" => {
                let fresh =
                    Freshness::parse(value).filter(|fresh| matches!(fresh, Freshness::Fresh | Freshness::Ageing));
                filter.fresh = Some(fresh.ok_or("fresh or ageing")?);
            }
            "by" => {
                let day = NaiveDate::parse_from_str(value, "%Y-%m-%d");
                filter.by = Some(day.map_err(|_| "a date such as 2026-11-30")?);
            }
            "provider" if is_id(value) => filter.provider.push(ProviderId::from_text(value)),
            "id" if is_id(value) => filter.id.push(CareServiceId::from_text(value)),
            _ => return Err("an id such as 1-1000587219".to_owned()),
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Asked, Invalid> {
        if self.within.is_some() && !self.seen.iter().any(|key| key == "near") {
            self.mistakes.add(
                "within",
                "without_near",
                "\"within\" needs \"near\": say within how many miles of what.",
            );
        }
        let mut filter = self.filter;
        sorted(&mut filter.authority);
        sorted(&mut filter.kind);
        sorted(&mut filter.care_type);
        sorted(&mut filter.bed_type);
        sorted(&mut filter.stay);
        sorted(&mut filter.band);
        sorted(&mut filter.gender);
        sorted(&mut filter.funding);
        sorted(&mut filter.provider);
        sorted(&mut filter.id);
        let within = self.within.unwrap_or(USUAL_MILES);
        self.mistakes.or(Asked { filter, near: self.near.map(|place| (place, within)) })
    }
}

/// Whether a key may be given once only.
pub fn is_single(key: &str) -> bool {
    matches!(key, "q" | "near" | "within" | "max_fee" | "rating" | "vacant" | "fresh" | "by")
}

fn is_id(text: &str) -> bool {
    (1..=100).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

fn word<T>(value: &str, parse: fn(&str) -> Option<T>, choices: fn() -> String) -> Result<T, String> {
    parse(value).ok_or_else(|| format!("one of {}", choices()))
}

fn sorted<T: Ord>(values: &mut Vec<T>) {
    values.sort();
    values.dedup();
}

impl Filter {
    /// The one canonical query string: equal filters write the same.
    pub fn query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (key, value) in self.pairs() {
            query.append_pair(key, &value);
        }
        query.finish()
    }

    /// Key and value of everything that is asked, in the order of `KEYS`.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs: Vec<(&'static str, String)> = Vec::new();
        pairs.extend(self.q.clone().map(|q| ("q", q)));
        if let Some(near) = &self.near {
            pairs.push(("near", near.place.text()));
            pairs.push(("within", near.within.to_string()));
        }
        pairs.extend(self.authority.iter().map(|code| ("authority", code.to_string())));
        pairs.extend(self.kind.iter().map(|kind| ("kind", kind.to_string())));
        pairs.extend(self.care_type.iter().map(|care| ("care_type", care.to_string())));
        pairs.extend(self.bed_type.iter().map(|bed| ("bed_type", bed.to_string())));
        pairs.extend(self.stay.iter().map(|stay| ("stay", stay.to_string())));
        pairs.extend(self.band.iter().map(|band| ("band", band.to_string())));
        pairs.extend(self.gender.iter().map(|gender| ("gender", gender.to_string())));
        pairs.extend(self.funding.iter().map(|funding| ("funding", funding.to_string())));
        pairs.extend(self.max_fee.map(|fee| ("max_fee", fee.to_string())));
        pairs.extend(self.rating.map(|rating| ("rating", rating.to_string())));
        pairs.extend(self.vacant.map(|vacant| ("vacant", vacant.to_string())));
        pairs.extend(self.fresh.map(|fresh| ("fresh", fresh.to_string())));
        pairs.extend(self.by.map(|by| ("by", by.to_string())));
        pairs.extend(self.provider.iter().map(|id| ("provider", id.to_string())));
        pairs.extend(self.id.iter().map(|id| ("id", id.to_string())));
        pairs
    }

    /// The filter in words: "nursing homes with dementia nursing beds within 10 miles of SO23".
    pub fn words(&self) -> String {
        let mut words = self.what();
        if !self.bed_type.is_empty() {
            words += &format!(" with {} beds", lower_list(&self.bed_type, |bed| bed.label()));
        }
        if !self.stay.is_empty() {
            words += &format!(" for {} stays", lower_list(&self.stay, |stay| stay.label()));
        }
        if !self.gender.is_empty() {
            words += &format!(" for {}", lower_list(&self.gender, |gender| gender.label()));
        }
        if !self.band.is_empty() {
            words += &format!(" supporting {}", lower_list(&self.band, |band| band.label()));
        }
        if let Some(near) = &self.near {
            let miles = if near.within == 1.0 { "mile" } else { "miles" };
            words += &format!(" within {} {miles} of {}", near.within, near.place.text());
        }
        if !self.authority.is_empty() {
            let name =
                |code: &AuthorityCode| authority::by_code(code).map_or_else(|| code.to_string(), |found| found.name);
            words += &format!(" in {}", text::list(&self.authority.iter().map(name).collect::<Vec<_>>(), "or"));
        }
        words + &self.conditions()
    }

    fn what(&self) -> String {
        let care = |care: &CareType| match care {
            CareType::Residential => "residential homes",
            CareType::Nursing => "nursing homes",
            CareType::HomeCare => "home care agencies",
            CareType::ExtraCare => "extra care housing",
            CareType::SupportedLiving => "supported living services",
        };
        let kind = |kind: &Kind| match kind {
            Kind::CareHome => "care homes",
            Kind::HomeCare => "services giving care at home",
        };
        let mut names: Vec<String> = self.care_type.iter().map(care).map(str::to_owned).collect();
        if names.is_empty() {
            names = self.kind.iter().map(kind).map(str::to_owned).collect();
        }
        if names.is_empty() { "care services".to_owned() } else { text::list(&names, "or") }
    }

    fn conditions(&self) -> String {
        let mut conditions = Vec::new();
        conditions.extend(self.q.as_ref().map(|q| format!("named like “{q}”")));
        if !self.funding.is_empty() {
            conditions.push(format!("accepting {}", lower_list(&self.funding, |funding| funding.label())));
        }
        conditions.extend(
            self.max_fee
                .map(|fee| format!("from £{}.{:02} a week or less", text::grouped(u64::from(fee / 100)), fee % 100)),
        );
        conditions.extend(self.rating.map(|rating| format!("rated {} or better", rating.label().to_lowercase())));
        conditions.extend(
            self.vacant
                .filter(|n| *n > 0)
                .map(|n| format!("with {} or more", text::count(n.into(), "vacancy", "vacancies"))),
        );
        conditions.extend(self.fresh.map(|fresh| fresh.label().to_lowercase()));
        conditions.extend(self.by.map(|by| format!("able to admit by {}", day_words(by))));
        conditions.extend((!self.provider.is_empty()).then(|| {
            format!("run by {}", text::count(self.provider.len() as u64, "chosen provider", "chosen providers"))
        }));
        conditions.extend(
            (!self.id.is_empty())
                .then(|| format!("among {}", text::count(self.id.len() as u64, "chosen service", "chosen services"))),
        );
        conditions.iter().map(|condition| format!(", {condition}")).collect()
    }
}

/// Labels as a list inside a sentence; names of their own (NHS) keep their capitals.
fn lower_list<T>(values: &[T], label: impl Fn(&T) -> &'static str) -> String {
    let lower = |label: &'static str| {
        let mut chars = label.chars();
        match (chars.next(), chars.clone().next()) {
            (Some(first), Some(second)) if second.is_lowercase() => first.to_lowercase().chain(chars).collect(),
            _ => label.to_owned(),
        }
    };
    text::list(&values.iter().map(|value| lower(label(value))).collect::<Vec<String>>(), "or")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Result<Filter, Invalid> {
        Asked::parse(query, &["limit"])?.located(Some(Point { lat: 51.06, lon: -1.31 }))
    }

    #[test]
    fn a_filter_survives_its_text_and_equal_filters_write_the_same() {
        let query = "q=St+Mary&near=so238uj&within=5&authority=E10000014&kind=care_home&care_type=nursing&bed_type=dementia_nursing\\
            &bed_type=general_nursing&stay=permanent&band=dementia&gender=female&funding=local_authority&max_fee=120000\\
            &rating=good&vacant=2&fresh=ageing&by=2026-12-01&provider=1-2&id=1-3&limit=5".replace("\\\n            ", "");
        let filter = parse(&query).unwrap();
        assert_eq!(parse(&filter.query()).unwrap(), filter);
        assert_eq!(
            parse("stay=respite&stay=permanent").unwrap().query(),
            parse("stay=permanent&stay=respite&stay=respite").unwrap().query()
        );
    }

    #[test]
    fn an_unknown_key_and_a_bad_value_are_named() {
        for (query, pointer, code) in [
            ("bedtype=general_nursing", "bedtype", "unknown_key"),
            ("Q=x", "Q", "unknown_key"),
            ("bed_type=General_Nursing", "bed_type", "bad_value"),
            ("near=Nowhere", "near", "bad_value"),
            ("near=", "near", "bad_value"),
            ("within=5", "within", "without_near"),
            ("near=SO23&within=-1", "within", "bad_value"),
            ("near=SO23&within=NaN", "within", "bad_value"),
            ("near=SO23&near=SO22", "near", "repeated"),
            ("fresh=stale", "fresh", "bad_value"),
            ("vacant=-1", "vacant", "bad_value"),
            ("by=2026-02-30", "by", "bad_value"),
            ("max_fee=12.50", "max_fee", "bad_value"),
            ("authority=Hampshire", "authority", "bad_value"),
        ] {
            let invalid = parse(query).unwrap_err();
            let mistake = &invalid.mistakes()[0];
            assert_eq!((mistake.pointer.as_str(), mistake.code), (pointer, code), "{query}");
        }
        assert_eq!(parse("kind=x&stay=y&z=1").unwrap_err().mistakes().len(), 3);
    }

    #[test]
    fn a_place_nobody_knows_offers_its_district() {
        let invalid = Asked::parse("near=SO23+9ZZ", &[]).unwrap().located(None).unwrap_err();
        assert!(invalid.to_string().contains("SO23 9ZZ") && invalid.to_string().contains("district, SO23"));
    }

    #[test]
    fn a_form_may_leave_fields_blank() {
        let filter = Asked::parse_form("q=&near=&within=10&kind=care_home", &[]).unwrap().located(None).unwrap();
        assert_eq!(filter.query(), "kind=care_home");
    }

    #[test]
    fn a_filter_is_said_in_words() {
        let filter = parse("care_type=nursing&bed_type=dementia_nursing&near=SO23").unwrap();
        assert_eq!(filter.words(), "nursing homes with dementia nursing beds within 10 miles of SO23");
        let filter = parse("kind=care_home&authority=E10000014&rating=good&vacant=1&funding=nhs_continuing").unwrap();
        assert_eq!(
            filter.words(),
            "care homes in Hampshire, accepting NHS continuing healthcare, rated good or better, with 1 vacancy or more"
        );
        assert_eq!(Filter::default().words(), "care services");
    }
}
