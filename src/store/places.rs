//! Where postcodes and postcode districts lie: one row per district, a line per postcode.
//! It only keeps and finds; files are read by `import/postcodes.rs`.

use diesel::prelude::*;

use crate::domain::authority;
use crate::domain::filter::Filter;
use crate::domain::filter_text::Asked;
use crate::domain::invalid::Invalid;
use crate::domain::place::{Place, Point, Postcode};
use crate::store::conn::Conn;
use crate::store::schema::postcode_districts;
use crate::store::services;
use crate::store::{Db, Error};

/// A district with its middle and its postcodes: a line each, `8UJ 51.06321 -1.30812`.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = postcode_districts)]
pub struct District {
    pub district: String,
    pub lat: f64,
    pub lon: f64,
    pub units: String,
}

/// Where a place lies, if it is known.
pub fn locate(c: &mut Conn, place: &Place) -> Result<Option<Point>, Error> {
    match place {
        Place::Point(point) => Ok(Some(*point)),
        Place::District(district) => Ok(get(c, district)?.map(|found| found.middle())),
        Place::Postcode(postcode) => Ok(get(c, postcode.district())?.and_then(|found| found.find(postcode))),
    }
}

impl District {
    pub fn middle(&self) -> Point {
        Point { lat: self.lat, lon: self.lon }
    }

    /// Where one of its postcodes lies.
    pub fn find(&self, postcode: &Postcode) -> Option<Point> {
        let line = self.units.lines().find_map(|line| line.strip_prefix(postcode.unit())?.strip_prefix(' '))?;
        let (lat, lon) = line.split_once(' ')?;
        Point::parse(lat.parse().ok()?, lon.parse().ok()?)
    }
}

/// The filter with its place looked up and its authorities known, or the sentence that names
/// what nobody knows.
pub fn resolve<E>(c: &mut Conn, asked: Asked) -> Result<Filter, E>
where
    E: From<Error> + From<Invalid>,
{
    for code in asked.authorities() {
        if authority::by_code(code).is_none() && !services::has_authority(c, code.as_str())? {
            let detail = format!("We do not know an authority with the code {code}.");
            return Err(Invalid::one("authority", "unknown_authority", detail).into());
        }
    }
    let point = asked.place().map(|place| locate(c, place)).transpose()?.flatten();
    Ok(asked.located(point)?)
}

/// The same off the async threads, and without a look at the database if there is nothing to look up.
pub async fn find<E>(db: &Db, asked: Asked) -> Result<Filter, E>
where
    E: From<Error> + From<Invalid> + Send + 'static,
{
    if asked.place().is_none() && asked.authorities().is_empty() {
        return Ok(asked.located(None)?);
    }
    db.read(move |c| resolve(c, asked)).await
}

/// The filter of a query that was kept, such as an alert's.
pub fn of_query<E>(c: &mut Conn, query: &str) -> Result<Filter, E>
where
    E: From<Error> + From<Invalid>,
{
    resolve(c, Asked::parse(query, &[])?)
}

pub fn get(c: &mut Conn, district: &str) -> Result<Option<District>, Error> {
    Ok(postcode_districts::table.find(district).select(District::as_select()).first(c).optional()?)
}

/// Every district, for imports that look up thousands of postcodes.
pub fn all(c: &mut Conn) -> Result<Vec<District>, Error> {
    Ok(postcode_districts::table.select(District::as_select()).load(c)?)
}

pub fn count(c: &mut Conn) -> Result<i64, Error> {
    Ok(postcode_districts::table.count().get_result(c)?)
}

pub fn put(c: &mut Conn, district: &District) -> Result<(), Error> {
    if diesel::update(postcode_districts::table.find(&district.district)).set(district).execute(c)? == 0 {
        diesel::insert_into(postcode_districts::table).values(district).execute(c)?;
    }
    Ok(())
}
