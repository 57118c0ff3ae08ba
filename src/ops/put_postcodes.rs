//! Postcodes and districts, as files tell them, added to those that are known.
//! What lies nowhere in the file stays where it is.

use std::collections::BTreeMap;

use crate::domain::place::Point;
use crate::ops::Refused;
use crate::store::Db;
use crate::store::places::{self, District};

/// A running server's updates get in between transactions of so many districts.
const DISTRICTS_AT_ONCE: usize = 200;

/// The second half of a postcode, `8UJ`.
pub type Unit = [u8; 3];

/// What a file says about one district.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Told {
    /// Where its middle is said to lie. The middle of its postcodes is better.
    pub middle: Option<Point>,
    pub units: BTreeMap<Unit, Point>,
}

/// In districts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub added: usize,
    pub changed: usize,
    pub unchanged: usize,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.added += other.added;
        self.changed += other.changed;
        self.unchanged += other.unchanged;
    }
}

/// Writes them down. `glance` hears how many districts are done.
pub async fn run(db: &Db, told: BTreeMap<String, Told>, mut glance: impl FnMut(usize)) -> Result<Tally, Refused> {
    let mut told = told.into_iter();
    let mut tally = Tally::default();
    let mut done = 0;
    loop {
        let part: Vec<(String, Told)> = told.by_ref().take(DISTRICTS_AT_ONCE).collect();
        if part.is_empty() {
            return Ok(tally);
        }
        done += part.len();
        tally.add(db.write::<_, Refused>(move |c| put(c, &part)).await?);
        glance(done);
    }
}

/// What `run` would do.
pub async fn plan(db: &Db, told: BTreeMap<String, Told>) -> Result<Tally, Refused> {
    db.read(move |c| {
        let mut tally = Tally::default();
        for (name, told) in &told {
            let known = places::get(c, name)?;
            after(&mut tally, name, known, told);
        }
        Ok(tally)
    })
    .await
}

fn put(c: &mut crate::store::conn::Conn, part: &[(String, Told)]) -> Result<Tally, Refused> {
    let mut tally = Tally::default();
    for (name, told) in part {
        let known = places::get(c, name)?;
        if let Some(district) = after(&mut tally, name, known, told) {
            places::put(c, &district)?;
        }
    }
    Ok(tally)
}

/// The district as it becomes, if that is anything new.
fn after(tally: &mut Tally, name: &str, known: Option<District>, told: &Told) -> Option<District> {
    let mut lines: BTreeMap<String, String> = BTreeMap::new();
    for line in known.iter().flat_map(|known| known.units.lines()) {
        if let Some((unit, place)) = line.split_once(' ') {
            lines.insert(unit.to_owned(), place.to_owned());
        }
    }
    for (unit, point) in &told.units {
        lines.insert(String::from_utf8_lossy(unit).into_owned(), format!("{:.5} {:.5}", point.lat, point.lon));
    }
    let middle = middle_of(&lines).or(told.middle).or(known.as_ref().map(District::middle))?;
    let units = lines.iter().map(|(unit, place)| format!("{unit} {place}\n")).collect();
    let district = District { district: name.to_owned(), lat: middle.lat, lon: middle.lon, units };
    let count = match &known {
        None => &mut tally.added,
        Some(known) if *known == district => &mut tally.unchanged,
        Some(_) => &mut tally.changed,
    };
    *count += 1;
    (known.as_ref() != Some(&district)).then_some(district)
}

/// The mean of its postcodes, as fine as they are.
fn middle_of(lines: &BTreeMap<String, String>) -> Option<Point> {
    let points = lines.values().filter_map(|place| {
        let (lat, lon) = place.split_once(' ')?;
        Some((lat.parse::<f64>().ok()?, lon.parse::<f64>().ok()?))
    });
    let (count, lat, lon) =
        points.fold((0.0, 0.0, 0.0), |(count, lat, lon), point| (count + 1.0, lat + point.0, lon + point.1));
    let fine = |sum: f64| (sum / count * 1e5).round() / 1e5;
    (count > 0.0).then(|| Point { lat: fine(lat), lon: fine(lon) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(units: &[(&Unit, f64, f64)]) -> Told {
        Told {
            middle: None,
            units: units.iter().map(|(unit, lat, lon)| (**unit, Point { lat: *lat, lon: *lon })).collect(),
        }
    }

    #[test]
    fn postcodes_are_added_to_those_that_are_known() {
        let mut tally = Tally::default();
        let first = after(&mut tally, "ZZ1", None, &told(&[(b"1AA", 51.0, -1.0)])).unwrap();
        let second = after(&mut tally, "ZZ1", Some(first), &told(&[(b"1AB", 51.2, -1.2)])).unwrap();
        assert_eq!(second.units, "1AA 51.00000 -1.00000\n1AB 51.20000 -1.20000\n");
        assert_eq!((second.lat, second.lon), (51.1, -1.1));
        let again = after(&mut tally, "ZZ1", Some(second), &told(&[(b"1AB", 51.2, -1.2)]));
        assert_eq!(again, None);
        assert_eq!(tally, Tally { added: 1, changed: 1, unchanged: 1 });
    }

    #[test]
    fn a_middle_that_is_told_serves_until_postcodes_are_known() {
        let mut tally = Tally::default();
        let middle = Told { middle: Some(Point { lat: 51.5, lon: -1.5 }), units: BTreeMap::new() };
        let first = after(&mut tally, "ZZ1", None, &middle).unwrap();
        assert_eq!((first.lat, first.units.as_str()), (51.5, ""));
        let second = after(&mut tally, "ZZ1", Some(first), &told(&[(b"1AA", 51.0, -1.0)])).unwrap();
        assert_eq!(second.lat, 51.0);
        assert_eq!(after(&mut tally, "ZZ1", Some(second), &middle), None);
    }
}
