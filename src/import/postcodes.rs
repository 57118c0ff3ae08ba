//! Reads files of postcodes, or of postcode districts, with where they lie.
//! Nothing is written down here.

use std::collections::BTreeMap;

use crate::domain::place::{self, Point, Postcode};
use crate::import::headings::Headings;
use crate::import::refusal::{Fault, Refusal, Reject};
use crate::import::source::Source;
use crate::import::table::{Fields, Recognised, Table};
use crate::ops::put_postcodes::{Told, Unit};

const WANTED: &str = "postcodes: postcode (or outcode), lat and lon";
/// A progress bar needs no more.
const ROWS_BETWEEN_GLANCES: u64 = 10_000;
/// Directories of postcodes put those that lie nowhere at 99.999999 north.
const NOWHERE: f64 = 90.0;

/// What one or several files say, by district.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    pub districts: BTreeMap<String, Told>,
    pub rows_read: u64,
    /// Rows that say of a postcode that nobody knows where it lies.
    pub nowhere: u64,
    pub rejects: Vec<Reject>,
}

enum Of {
    Postcodes(usize),
    Districts(usize),
}

struct Columns {
    of: Of,
    lat: usize,
    lon: usize,
}

/// Reads a file into `reading`. `glance` hears how many bytes of it have been read.
pub fn read(source: Source, reading: &mut Reading, mut glance: impl FnMut(u64)) -> Result<(), Refusal> {
    let file = source.name().to_owned();
    let (mut table, columns) = Table::open(source, WANTED, recognise)?;
    while let Some(row) = table.next_row()? {
        reading.rows_read += 1;
        if reading.rows_read.is_multiple_of(ROWS_BETWEEN_GLANCES) {
            glance(table.source().bytes_read());
        }
        let taken = row.fields.and_then(|fields| columns.take(&fields, reading));
        if let Err(fault) = taken {
            reading.rejects.push(Reject { file: file.clone(), line: row.line, id: None, fault });
        }
    }
    Ok(())
}

fn recognise(headings: &Headings) -> Recognised<Columns> {
    let postcodes = headings.find(&["postcode", "pcds", "pcd"]).map(Of::Postcodes);
    let of = postcodes.or_else(|| headings.find(&["outcode", "district", "postcodedistrict"]).map(Of::Districts));
    let lat = headings.find(&["lat", "latitude"]);
    let lon = headings.find(&["lon", "long", "longitude", "lng"]);
    match (of, lat, lon) {
        (Some(of), Some(lat), Some(lon)) => Recognised::Yes(Columns { of, lat, lon }),
        (None, Some(_), Some(_)) => Recognised::Lacks(vec!["postcode (or outcode)"]),
        (Some(_), None, Some(_)) => Recognised::Lacks(vec!["lat"]),
        (Some(_), Some(_), None) => Recognised::Lacks(vec!["lon"]),
        (_, None, None) | (None, None, Some(_)) | (None, Some(_), None) => Recognised::No,
    }
}

impl Columns {
    fn take(&self, row: &Fields, reading: &mut Reading) -> Result<(), Fault> {
        let (lat, lon) = (degrees("lat", row.get(self.lat))?, degrees("lon", row.get(self.lon))?);
        let point = match lat.zip(lon) {
            Some((lat, lon)) if lat < NOWHERE => {
                let place = format!("{lat},{lon}");
                Point::parse(lat, lon).ok_or(Fault::Wrong { what: "point", text: place, right: "on the Earth" })?
            }
            Some(_) | None => {
                reading.nowhere += 1;
                return Ok(());
            }
        };
        match self.of {
            Of::Postcodes(column) => {
                let text = row.get(column);
                let (district, unit) = postcode(text).ok_or_else(|| wrong("postcode", text, "one of Great Britain"))?;
                match reading.districts.get_mut(&district) {
                    Some(told) => told.units.insert(unit, point),
                    None => reading.districts.entry(district).or_default().units.insert(unit, point),
                };
            }
            Of::Districts(column) => {
                let district = row.get(column).to_uppercase();
                if !place::is_district(&district) {
                    return Err(wrong("district", &district, "a postcode district such as SO23"));
                }
                reading.districts.entry(district).or_default().middle = Some(point);
            }
        }
        Ok(())
    }
}

fn postcode(text: &str) -> Option<(String, Unit)> {
    let postcode = Postcode::parse(text)?;
    let unit = postcode.unit().as_bytes().try_into().ok()?;
    Some((postcode.district().to_owned(), unit))
}

/// `None` where nothing is said.
fn degrees(what: &'static str, text: &str) -> Result<Option<f64>, Fault> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| wrong(what, text, "a number of degrees"))
}

fn wrong(what: &'static str, text: &str, right: &'static str) -> Fault {
    Fault::Wrong { what, text: text.chars().take(60).collect(), right }
}
