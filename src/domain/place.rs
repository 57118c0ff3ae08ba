//! Places on the ground: points, distances, postcodes and postcode districts.
//! Where a postcode lies is data; it is looked up elsewhere.

use serde::{Deserialize, Serialize};

const EARTH_RADIUS_MILES: f64 = 3958.7613;

/// Degrees of latitude and longitude (WGS 84).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    pub lat: f64,
    pub lon: f64,
}

impl Point {
    pub fn parse(lat: f64, lon: f64) -> Option<Self> {
        ((-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon)).then_some(Self { lat, lon })
    }

    /// Miles in a straight line, over a sphere.
    pub fn miles_to(self, other: Point) -> f64 {
        let (lat1, lat2) = (self.lat.to_radians(), other.lat.to_radians());
        let half = |degrees: f64| (degrees.to_radians() / 2.0).sin().powi(2);
        let a = half(other.lat - self.lat) + lat1.cos() * lat2.cos() * half(other.lon - self.lon);
        2.0 * EARTH_RADIUS_MILES * a.sqrt().min(1.0).asin()
    }
}

/// A place somebody names: a full postcode (`SO23 8UJ`), a district (`SO23`) or a point.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    Postcode(Postcode),
    District(String),
    Point(Point),
}

impl Place {
    /// Reads what people type, in any case and spacing. `None` if it looks like none of the three.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some((lat, lon)) = text.split_once(',') {
            return Point::parse(lat.trim().parse().ok()?, lon.trim().parse().ok()?).map(Self::Point);
        }
        if let Some(postcode) = Postcode::parse(text) {
            return Some(Self::Postcode(postcode));
        }
        let district = joined(text);
        is_district(&district).then_some(Self::District(district))
    }

    /// As written on a page or in a canonical query.
    pub fn text(&self) -> String {
        match self {
            Self::Postcode(postcode) => postcode.to_string(),
            Self::District(district) => district.clone(),
            Self::Point(point) => format!("{},{}", point.lat, point.lon),
        }
    }
}

/// A full postcode of Great Britain by its shape; whether it exists is for a look-up to say.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Postcode {
    district: String,
    unit: String,
}

impl Postcode {
    /// Reads `so238uj`, `SO23  8UJ`, `SO23 8UJ`.
    pub fn parse(text: &str) -> Option<Self> {
        let all = joined(text);
        let (district, unit) = all.split_at_checked(all.len().checked_sub(3)?)?;
        let mut inward = unit.bytes();
        let right = inward.next()?.is_ascii_digit() && inward.all(|b| b.is_ascii_uppercase());
        (right && is_district(district)).then(|| Self { district: district.to_owned(), unit: unit.to_owned() })
    }

    /// `SO23`
    pub fn district(&self) -> &str {
        &self.district
    }

    /// `8UJ`
    pub fn unit(&self) -> &str {
        &self.unit
    }
}

impl std::fmt::Display for Postcode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.district, self.unit)
    }
}

/// The district of a postcode as it is written in a register, however it is spaced.
pub fn district_of(text: &str) -> Option<String> {
    Postcode::parse(text).map(|postcode| postcode.district)
}

/// Whether this is shaped like the first half of a postcode: `SO23`, `W1U`, `M1`, `EC1A`.
pub fn is_district(text: &str) -> bool {
    let bytes = text.as_bytes();
    let letters = bytes.iter().take_while(|b| b.is_ascii_uppercase()).count();
    let digits = bytes[letters..].iter().take_while(|b| b.is_ascii_digit()).count();
    match &bytes[letters + digits..] {
        [] => (1..=2).contains(&letters) && (1..=2).contains(&digits),
        [last] => (1..=2).contains(&letters) && digits == 1 && last.is_ascii_uppercase(),
        _ => false,
    }
}

fn joined(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postcodes_are_read_in_any_spacing_and_case() {
        for text in ["SO23 8UJ", "so238uj", " So23   8uJ "] {
            assert_eq!(Place::parse(text).unwrap().text(), "SO23 8UJ", "{text}");
        }
        assert_eq!(Postcode::parse("W1U  2AU").unwrap().district(), "W1U");
        assert_eq!(Place::parse("so23"), Some(Place::District("SO23".into())));
        assert_eq!(Place::parse("51.06, -1.31"), Some(Place::Point(Point { lat: 51.06, lon: -1.31 })));
        for text in ["", "Winchester", "SO23 8U", "123", "91,0", "S", "SO233 8UJ", "é1"] {
            assert_eq!(Place::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_distance_is_in_miles() {
        let winchester = Point { lat: 51.0632, lon: -1.308 };
        let southampton = Point { lat: 50.9097, lon: -1.4044 };
        let miles = winchester.miles_to(southampton);
        assert!((11.0..11.6).contains(&miles), "{miles}");
        assert_eq!(winchester.miles_to(winchester), 0.0);
    }
}
