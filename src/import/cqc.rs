//! Reads a file of the Care Quality Commission's register into entries, whatever its layout.
//! Registered managers' names are in no column that is looked at. Nothing is written down here.

use std::collections::{BTreeSet, HashMap};

use crate::base::text;
use crate::domain::authority::{self, Authority, AuthorityCode};
use crate::domain::care_service::{Address, CareServiceId, Facts, Location, OverallRating, Provider, ProviderId};
use crate::domain::place::{Point, Postcode};
use crate::domain::register::RegisterEntry;
use crate::domain::words::{Band, CareType, Kind};
use crate::import::cqc_columns::{Columns, Layout, WANTED};
use crate::import::cqc_text::{self, Service};
use crate::import::dates::{DateEvidence, DateOrder, WrittenDate};
use crate::import::refusal::{Fault, Refusal, Reject};
use crate::import::source::Source;
use crate::import::table::{Fields, Table};

const COMMUNITY_CARE: &str = "communitybasedadultsocialcareservices";
const RESIDENTIAL_CARE: &str = "residentialsocialcare";
/// Longer than any name, street or town of the register; longer ones are slips of a file.
const LONGEST_TEXT: usize = 300;
const LONGEST_ID: usize = 40;
/// As many beds as the rest of the service can count.
const MOST_BEDS: u32 = 9999;
/// Great Britain and Northern Ireland; 0,0 and other placeholders lie elsewhere.
const LATITUDES: std::ops::RangeInclusive<f64> = 49.0..=61.5;
const LONGITUDES: std::ops::RangeInclusive<f64> = -9.0..=2.5;
/// A progress bar needs no more.
const ROWS_BETWEEN_GLANCES: u64 = 500;

/// What is wanted of a file.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Only services of these authorities; of all if empty.
    pub authorities: BTreeSet<AuthorityCode>,
    /// Instead of what the file itself tells.
    pub date_order: Option<DateOrder>,
}

/// What one or several files say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// In the order of the rows. A service may have several.
    pub entries: Vec<RegisterEntry>,
    pub rejects: Vec<Reject>,
    /// Rows below the headings.
    pub rows_read: u64,
    /// Rows about other registered locations, `elsewhere` among them.
    pub out_of_scope: u64,
    /// Rows about services of authorities that were not wanted.
    pub elsewhere: u64,
}

impl Reading {
    pub fn join(&mut self, mut other: Self) {
        self.entries.append(&mut other.entries);
        self.rejects.append(&mut other.rejects);
        self.rows_read += other.rows_read;
        self.out_of_scope += other.out_of_scope;
        self.elsewhere += other.elsewhere;
    }
}

/// Reads a whole file, or refuses it whole. `glance` hears how many bytes of it have been read.
pub fn read(source: Source, wanted: &Wanted, mut glance: impl FnMut(u64)) -> Result<Reading, Refusal> {
    let file = source.name().to_owned();
    let (mut table, columns) = Table::open(source, WANTED, Columns::recognise)?;
    let mut reader = Reader { columns, wanted, authorities: HashMap::new() };
    let mut evidence = DateEvidence::default();
    let mut reading = Reading::default();
    let mut undated = Vec::new();
    while let Some(row) = table.next_row()? {
        reading.rows_read += 1;
        if reading.rows_read.is_multiple_of(ROWS_BETWEEN_GLANCES) {
            glance(table.source().bytes_read());
        }
        let mut reject = |id, fault| reading.rejects.push(Reject { file: file.clone(), line: row.line, id, fault });
        let fields = match row.fields {
            Ok(fields) => fields,
            Err(fault) => {
                reject(None, fault);
                continue;
            }
        };
        for column in &reader.columns.dates {
            evidence.look_at(row.line, fields.get(*column));
        }
        match reader.entry(&fields) {
            Ok(Found::Service(entry, published)) => undated.push((row.line, *entry, published)),
            Ok(Found::Elsewhere) => {
                reading.elsewhere += 1;
                reading.out_of_scope += 1;
            }
            Ok(Found::OutOfScope) => reading.out_of_scope += 1,
            Err(fault) => reject(fields.told(reader.columns.id).map(str::to_owned), fault),
        }
    }
    let order = evidence.decide(wanted.date_order).map_err(|why| table.source().refuse(why))?;
    for (line, mut entry, published) in undated {
        match dated(&mut entry, published, order) {
            Ok(()) => reading.entries.push(entry),
            Err(fault) => {
                let id = Some(entry.id.as_str().to_owned());
                reading.rejects.push(Reject { file: file.clone(), line, id, fault });
            }
        }
    }
    reading.rejects.sort_by_key(|reject| reject.line);
    Ok(reading)
}

/// Gives the rating its day, now that the order of day and month is known.
fn dated(entry: &mut RegisterEntry, published: Option<WrittenDate>, order: DateOrder) -> Result<(), Fault> {
    let Some((rating, written)) = entry.told.rating.as_mut().zip(published) else { return Ok(()) };
    let day = written.in_order(order).ok_or_else(|| Fault::Wrong {
        what: "publication date",
        text: written.to_string(),
        right: "a real day in the order of this file's dates",
    })?;
    rating.published_on = Some(day);
    Ok(())
}

enum Found {
    /// With the day its rating was published, as it is written.
    Service(Box<RegisterEntry>, Option<WrittenDate>),
    Elsewhere,
    OutOfScope,
}

struct Reader<'a> {
    columns: Columns,
    wanted: &'a Wanted,
    /// Names already looked up.
    authorities: HashMap<String, Option<Authority>>,
}

impl Reader<'_> {
    fn entry(&mut self, row: &Fields) -> Result<Found, Fault> {
        let services = self.services(row);
        let Some(kind) = self.kind(row, &services).filter(|_| self.is_registered(row)) else {
            return Ok(Found::OutOfScope);
        };
        let id = row.told(self.columns.id).ok_or(Fault::NoId)?;
        if id.len() > LONGEST_ID || !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(Fault::BadId(shortened(id)));
        }
        let authority = self.authority(row)?;
        if !self.wanted.authorities.is_empty() && !self.wanted.authorities.contains(&authority.code) {
            return Ok(Found::Elsewhere);
        }
        let (rating, published) = self.rating(row)?;
        let told = Facts {
            kind,
            name: line("name", row.told(self.columns.name))?.ok_or(Fault::NoName)?,
            provider: self.provider(row)?,
            address: self.address(row, &authority)?,
            authority,
            location: self.point(row)?.map(|point| Location { point, approximate: false }),
            phone: row.told(self.columns.phone).and_then(cqc_text::phone),
            website: row.told(self.columns.website).and_then(cqc_text::website),
            care_types: cqc_text::care_types(&services),
            bands: self.bands(row),
            beds: self.beds(row, kind)?,
            rating,
        };
        let likely_care_types = self.likely_care_types(row, kind);
        let entry = RegisterEntry { id: CareServiceId::from_text(id), told, likely_care_types };
        Ok(Found::Service(Box::new(entry), published))
    }

    fn services(&self, row: &Fields) -> Vec<Service> {
        let columns = &self.columns;
        let listed = row.told(columns.service_types).unwrap_or_default();
        let mut services = match columns.layout {
            Layout::ApiAnswers => cqc_text::python_values(listed, "name").filter_map(cqc_text::service).collect(),
            Layout::Ratings | Layout::Locations => cqc_text::services(listed),
        };
        services
            .extend(columns.service_flags.iter().filter(|(at, _)| is_yes(row.get(*at))).map(|(_, service)| *service));
        services
    }

    /// An agency whose services are not listed cares at home; whether a home nurses, nobody can tell.
    fn likely_care_types(&self, row: &Fields, kind: Kind) -> Vec<CareType> {
        let is_listed = row.told(self.columns.service_types).is_some() || !self.columns.service_flags.is_empty();
        match kind {
            Kind::HomeCare if !is_listed => vec![CareType::HomeCare],
            Kind::HomeCare | Kind::CareHome => Vec::new(),
        }
    }

    /// Care homes, and community based adult social care. `None`: other registered locations.
    fn kind(&self, row: &Fields, services: &[Service]) -> Option<Kind> {
        let category = self.category(row);
        let has_home = services.iter().any(|service| matches!(service, Service::CareHome(_)));
        let is_home = match row.told(self.columns.care_home) {
            Some(flag) => is_yes(flag),
            None => has_home || (services.is_empty() && category.as_deref() == Some(RESIDENTIAL_CARE)),
        };
        let is_community = match category.as_deref() {
            Some(category) => category == COMMUNITY_CARE,
            None => services.iter().any(|service| matches!(service, Service::Community(_))),
        };
        match (is_home, is_community) {
            (true, _) => Some(Kind::CareHome),
            (false, true) => Some(Kind::HomeCare),
            (false, false) => None,
        }
    }

    /// The primary inspection category. A location that is new has none yet.
    fn category(&self, row: &Fields) -> Option<String> {
        let told = row.told(self.columns.category)?;
        let category = match self.columns.layout {
            Layout::ApiAnswers => cqc_text::python_values(told, "name").next()?,
            Layout::Ratings | Layout::Locations => told,
        };
        Some(text::squash(category))
    }

    fn is_registered(&self, row: &Fields) -> bool {
        row.told(self.columns.ended).is_none()
            && row.told(self.columns.status).is_none_or(|status| text::squash(status) == "registered")
    }

    fn authority(&mut self, row: &Fields) -> Result<Authority, Fault> {
        let name = row.told(self.columns.authority).ok_or(Fault::NoAuthority)?;
        if !self.authorities.contains_key(name) {
            self.authorities.insert(name.to_owned(), authority::by_name(name));
        }
        let known = self.authorities.get(name).cloned().flatten();
        known.ok_or_else(|| Fault::UnknownAuthority(shortened(name)))
    }

    fn provider(&self, row: &Fields) -> Result<Option<Provider>, Fault> {
        let id = row.told(self.columns.provider_id).map(ProviderId::from_text);
        Ok(line("provider's name", row.told(self.columns.provider_name))?.map(|name| Provider { id, name }))
    }

    fn address(&self, row: &Fields, authority: &Authority) -> Result<Address, Fault> {
        let columns = &self.columns;
        let mut lines = Vec::new();
        for column in [columns.street, columns.line_2] {
            lines.extend(line("address", row.told(column))?);
        }
        let mut town = line("town", row.told(columns.town))?;
        if let Some(whole) = row.told(columns.address).filter(|_| lines.is_empty()) {
            let (apart, last) = cqc_text::address(&line("address", Some(whole))?.unwrap_or_default(), &authority.name);
            (lines, town) = (apart, town.or(last));
        }
        let postcode = line("postcode", row.told(columns.postcode))?;
        let postcode =
            postcode.map(|text| Postcode::parse(&text).map_or(text.to_uppercase(), |postcode| postcode.to_string()));
        Ok(Address { lines, town, postcode })
    }

    fn point(&self, row: &Fields) -> Result<Option<Point>, Fault> {
        let degrees = |column, what| match row.told(column) {
            None | Some("NA") => Ok(None),
            Some(text) => text.parse::<f64>().map(Some).map_err(|_| Fault::Wrong {
                what,
                text: shortened(text),
                right: "a number of degrees",
            }),
        };
        let lat = degrees(self.columns.lat, "latitude")?;
        let lon = degrees(self.columns.lon, "longitude")?;
        let here = lat.zip(lon).filter(|(lat, lon)| LATITUDES.contains(lat) && LONGITUDES.contains(lon));
        Ok(here.map(|(lat, lon)| Point { lat: rounded(lat), lon: rounded(lon) }))
    }

    fn bands(&self, row: &Fields) -> Vec<Band> {
        let columns = &self.columns;
        let listed = row.told(columns.bands).unwrap_or_default();
        let bands: BTreeSet<Band> = match columns.layout {
            Layout::ApiAnswers => cqc_text::python_values(listed, "name").filter_map(cqc_text::band).collect(),
            Layout::Ratings | Layout::Locations => cqc_text::bands(listed).into_iter().collect(),
        };
        let flagged = columns.band_flags.iter().filter(|(at, _)| is_yes(row.get(*at))).map(|(_, band)| *band);
        bands.into_iter().chain(flagged).collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn beds(&self, row: &Fields, kind: Kind) -> Result<Option<u32>, Fault> {
        let Some(told) = row.told(self.columns.beds).filter(|_| kind == Kind::CareHome) else { return Ok(None) };
        let whole = told.strip_suffix(".0").unwrap_or(told);
        let beds = whole.parse().ok().filter(|beds| *beds <= MOST_BEDS).ok_or_else(|| Fault::Wrong {
            what: "number of beds",
            text: shortened(told),
            right: "a whole number up to 9999",
        })?;
        Ok((beds > 0).then_some(beds))
    }

    /// The overall rating, and the day it was published as it is written.
    fn rating(&self, row: &Fields) -> Result<(Option<OverallRating>, Option<WrittenDate>), Fault> {
        let columns = &self.columns;
        let Some(told) = row.told(columns.rating) else { return Ok((None, None)) };
        let (rating, published, report) = match columns.layout {
            Layout::Ratings => {
                let is_overall = |column| row.told(column).is_some_and(|text| text::squash(text) == "overall");
                let rating = cqc_text::rating(told).filter(|_| is_overall(columns.domain) && is_overall(columns.group));
                (rating, row.told(columns.published), row.told(columns.report))
            }
            Layout::Locations => (cqc_text::rating(told), row.told(columns.published), None),
            Layout::ApiAnswers => {
                let overall = told.split_once("'overall':").map_or("", |(_, overall)| overall);
                let value = |key| cqc_text::python_values(overall, key).next();
                (value("rating").and_then(cqc_text::rating), value("reportDate"), None)
            }
        };
        let Some(overall) = rating else { return Ok((None, None)) };
        let published = published.map(written_date).transpose()?;
        let rating = OverallRating { overall, published_on: None, url: report.and_then(cqc_text::website) };
        Ok((Some(rating), published))
    }
}

fn written_date(text: &str) -> Result<WrittenDate, Fault> {
    WrittenDate::read(text).ok_or_else(|| Fault::Wrong {
        what: "publication date",
        text: shortened(text),
        right: "a date such as 2026-11-30",
    })
}

/// One line of tidy text, if there is any.
fn line(what: &'static str, told: Option<&str>) -> Result<Option<String>, Fault> {
    let Some(tidy) = told.map(text::tidy).filter(|tidy| !tidy.is_empty()) else { return Ok(None) };
    if tidy.chars().count() > LONGEST_TEXT {
        return Err(Fault::Wrong { what, text: shortened(&tidy), right: "at most 300 characters long" });
    }
    Ok(Some(tidy))
}

/// Enough of a text to be found again.
fn shortened(text: &str) -> String {
    const SHOWN: usize = 60;
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// To a tenth of a metre, as registers give it: the same number after every way of storing it.
fn rounded(degrees: f64) -> f64 {
    (degrees * 1e6).round() / 1e6
}

fn is_yes(flag: &str) -> bool {
    matches!(flag.to_ascii_lowercase().as_str(), "y" | "yes" | "true" | "1")
}
