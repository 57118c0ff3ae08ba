//! The land of the demonstration: four authorities, their towns, postcode districts and postcodes.
//! None of them exists. What stands on the land is in `county.rs`.

use crate::demo::dice::Dice;
use crate::domain::authority::{Authority, AuthorityCode};
use crate::domain::outline::Outline;
use crate::domain::place::Point;
use crate::store::places::District;

/// Codes in the range of real ones, but of no authority: the Office for National Statistics counts
/// from 001 and is far from 99001.
const AUTHORITIES: [(&str, &str); 4] =
    [("E10099001", "Wessmere"), ("E06099001", "Portwick"), ("E06099002", "Southmere"), ("E06099003", "Isle of Wend")];

pub struct Town {
    pub name: &'static str,
    authority: usize,
    /// Its districts are `WX` and these numbers. No real postcode begins with WX.
    districts: std::ops::RangeInclusive<u32>,
    middle: Point,
    /// How much of the county's care is here.
    pub weight: u32,
}

const fn town(
    name: &'static str,
    authority: usize,
    districts: std::ops::RangeInclusive<u32>,
    lat: f64,
    lon: f64,
    weight: u32,
) -> Town {
    Town { name, authority, districts, middle: Point { lat, lon }, weight }
}

/// The county lies in open water, in the English Channel south of Devon, so that no dot of it ever
/// falls on somebody's real house: a south coast of some 40 miles, an estuary with a city on each
/// side, an island off it.
pub const TOWNS: [Town; 24] = [
    town("Portwick", 1, 1..=6, 49.705, -3.060, 34),
    town("Southmere", 2, 7..=12, 49.745, -3.585, 38),
    town("Harrowmere", 0, 13..=14, 49.890, -3.330, 16),
    town("Quillbridge", 0, 15..=16, 49.835, -3.470, 14),
    town("Larkhampton", 0, 17..=17, 49.965, -3.510, 8),
    town("Marlscombe", 0, 18..=18, 49.925, -3.115, 7),
    town("Pellbourne", 0, 19..=19, 49.815, -3.205, 8),
    town("Ottermouth", 0, 20..=20, 49.715, -3.330, 9),
    town("Thornley Abbas", 0, 21..=21, 49.905, -3.620, 5),
    town("Ambleford", 0, 22..=22, 49.850, -3.720, 6),
    town("Fennacombe", 0, 23..=23, 49.975, -3.270, 4),
    town("Saltmere Regis", 0, 24..=24, 49.725, -3.780, 7),
    town("Tarrowford", 0, 25..=25, 49.785, -2.945, 6),
    town("Castle Brack", 0, 26..=26, 49.945, -2.960, 4),
    town("Holmebury", 0, 27..=28, 49.790, -3.380, 9),
    town("Dunstoke", 0, 29..=29, 49.865, -3.045, 5),
    town("Great Yarrow", 0, 30..=30, 50.005, -3.400, 3),
    town("Kingsmarle", 0, 31..=32, 49.770, -3.120, 9),
    town("Birchampton", 0, 33..=33, 49.930, -3.790, 4),
    town("Swanleigh Cross", 0, 34..=34, 49.880, -3.205, 4),
    town("Wendport", 3, 35..=36, 49.610, -3.300, 12),
    town("Ryme Bay", 3, 37..=38, 49.575, -3.230, 8),
    town("Brightsand", 3, 39..=39, 49.565, -3.340, 5),
    town("Totlea", 3, 40..=40, 49.585, -3.420, 3),
];

/// The line around each authority, in their order: latitude and longitude of each corner.
const LINES: [&[(f64, f64)]; 4] = [
    &[
        (50.045, -3.86),
        (50.06, -3.40),
        (50.035, -2.99),
        (49.95, -2.87),
        (49.80, -2.85),
        (49.73, -2.89),
        (49.69, -2.96),
        (49.645, -3.05),
        (49.65, -3.12),
        (49.70, -3.17),
        (49.71, -3.25),
        (49.675, -3.30),
        (49.68, -3.37),
        (49.72, -3.42),
        (49.79, -3.45),
        (49.75, -3.49),
        (49.70, -3.53),
        (49.69, -3.62),
        (49.71, -3.70),
        (49.68, -3.79),
        (49.73, -3.88),
        (49.86, -3.90),
    ],
    &[(49.75, -3.145), (49.76, -3.00), (49.69, -2.96), (49.645, -3.05), (49.65, -3.12), (49.70, -3.17)],
    &[(49.80, -3.66), (49.805, -3.52), (49.75, -3.49), (49.70, -3.53), (49.69, -3.62), (49.72, -3.67)],
    &[
        (49.61, -3.48),
        (49.635, -3.37),
        (49.65, -3.29),
        (49.61, -3.18),
        (49.565, -3.16),
        (49.525, -3.27),
        (49.52, -3.38),
        (49.55, -3.47),
    ],
];

/// The outlines of the four authorities.
pub fn outlines() -> Vec<Outline> {
    let outline = |((code, name), line): (&(&str, &str), &&[(f64, f64)])| Outline {
        code: AuthorityCode::parse(code).expect("the codes above are a letter and eight digits"),
        name: (*name).to_owned(),
        source: "Made up for the demonstration".to_owned(),
        rings: vec![line.iter().map(|(lat, lon)| Point { lat: *lat, lon: *lon }).collect()],
    };
    AUTHORITIES.iter().zip(&LINES).map(outline).collect()
}

/// The letters that the second half of a postcode may hold.
const LETTERS: &[u8] = b"ABDEFGHJLNPQRSTUWXYZ";
/// The postcodes of a district lie within some two miles of its middle.
const SPREAD: f64 = 0.028;
/// Districts of a city lie side by side.
const APART: f64 = 0.022;
const SECTORS: u32 = 4;
const UNITS_A_SECTOR: u32 = 22;

impl Town {
    pub fn authority(&self) -> Authority {
        let (code, name) = AUTHORITIES[self.authority];
        let code = AuthorityCode::parse(code).expect("the codes above are a letter and eight digits");
        Authority { code, name: name.to_owned() }
    }

    /// The numbers of its districts.
    pub fn numbers(&self) -> Vec<u32> {
        self.districts.clone().collect()
    }

    fn middle_of(&self, number: u32) -> Point {
        let count = f64::from(self.districts.end() - self.districts.start() + 1);
        if count < 2.0 {
            return self.middle;
        }
        let angle = f64::from(number - self.districts.start()) / count * std::f64::consts::TAU;
        Point {
            lat: fine(self.middle.lat + APART * angle.sin()),
            lon: fine(self.middle.lon + APART * 1.5 * angle.cos()),
        }
    }
}

/// Every district, in the order of the towns, with its postcodes.
pub fn districts(dice: &mut Dice) -> Vec<District> {
    let mut districts = Vec::new();
    for town in &TOWNS {
        for number in town.districts.clone() {
            let middle = town.middle_of(number);
            let units: String = postcodes(middle, dice)
                .into_iter()
                .map(|(unit, point)| format!("{unit} {:.5} {:.5}\n", point.lat, point.lon))
                .collect();
            districts.push(District { district: format!("WX{number}"), lat: middle.lat, lon: middle.lon, units });
        }
    }
    districts
}

fn postcodes(middle: Point, dice: &mut Dice) -> Vec<(String, Point)> {
    let mut postcodes = Vec::new();
    for sector in 1..=SECTORS {
        for unit in 0..UNITS_A_SECTOR {
            let letter = |n: u32| char::from(LETTERS[n as usize % LETTERS.len()]);
            let name = format!("{sector}{}{}", letter(unit / 4), letter(unit * 7 + sector));
            let lat = middle.lat + SPREAD * dice.around_zero();
            let lon = middle.lon + SPREAD * 1.5 * dice.around_zero();
            postcodes.push((name, Point { lat: fine(lat), lon: fine(lon) }));
        }
    }
    postcodes
}

fn fine(degrees: f64) -> f64 {
    (degrees * 1e5).round() / 1e5
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::domain::authority;
    use crate::domain::place::Postcode;

    #[test]
    fn no_authority_of_the_county_is_a_real_one() {
        for town in &TOWNS {
            let made_up = town.authority();
            assert_eq!(authority::by_code(&made_up.code), None, "{}", made_up.code);
            assert_eq!(authority::by_name(&made_up.name), None, "{}", made_up.name);
        }
    }

    #[test]
    fn every_postcode_has_the_shape_of_one_and_is_found_in_its_district() {
        let districts = districts(&mut Dice::new(1));
        assert_eq!(districts.len(), 40);
        for district in &districts {
            let units: HashSet<&str> = district.units.lines().map(|line| &line[..3]).collect();
            assert_eq!(units.len() as u32, SECTORS * UNITS_A_SECTOR, "{}", district.district);
            for unit in units {
                let postcode = Postcode::parse(&format!("{} {unit}", district.district)).unwrap();
                assert!(district.find(&postcode).unwrap().miles_to(district.middle()) < 3.0);
            }
        }
    }

    /// The centroids of real districts, where this machine has them.
    #[test]
    fn no_district_of_the_county_exists_in_great_britain() {
        let Ok(real) = std::fs::read_to_string("../shared/data/postcodes/outcode_centroids.csv") else {
            eprintln!("skipped: the list of real districts is not here");
            return;
        };
        for district in districts(&mut Dice::new(1)) {
            assert!(
                !real.lines().any(|line| line.split(',').next() == Some(&district.district)),
                "{}",
                district.district
            );
        }
    }
}
