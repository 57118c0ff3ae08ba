//! What the register says of the services of a block, as columns and masks for searching.
//! Figures are not here: a new figure leaves these columns as they are, and shared.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use crate::board::block::{Listed, MOST, Mask, mask_of};
use crate::board::words::Words;
use crate::domain::authority::{Authority, AuthorityCode};
use crate::domain::care_service::ProviderId;
use crate::domain::place::Point;
use crate::domain::words::{Band, CareType, Kind, Rating};

#[derive(Debug)]
pub(super) struct FactColumns {
    /// Not those that left.
    pub on_register: Mask,
    pub kind: [Mask; Kind::ALL.len()],
    pub care_type: [Mask; CareType::ALL.len()],
    pub band: [Mask; Band::ALL.len()],
    pub rating: [Mask; Rating::ALL.len()],
    /// Numbers of `Authorities`.
    pub authority: [u16; MOST],
    /// Hashes: equal ones are probably, different ones surely not the same.
    provider: [u64; MOST],
    /// Degrees; not a number where nobody knows.
    lat: [f64; MOST],
    lon: [f64; MOST],
    pub words: Words,
}

impl FactColumns {
    pub fn new(listed: &[Arc<Listed>], authorities: &mut Authorities) -> Self {
        let mut columns = Self {
            on_register: 0,
            kind: [0; Kind::ALL.len()],
            care_type: [0; CareType::ALL.len()],
            band: [0; Band::ALL.len()],
            rating: [0; Rating::ALL.len()],
            authority: [0; MOST],
            provider: [0; MOST],
            lat: [f64::NAN; MOST],
            lon: [f64::NAN; MOST],
            words: Words::new(listed.iter().map(|listed| listed.naming.words.as_str())),
        };
        for (at, listed) in listed.iter().enumerate() {
            columns.set(at, listed, authorities);
        }
        columns
    }

    fn set(&mut self, at: usize, listed: &Listed, authorities: &mut Authorities) {
        let (bit, facts) = (1 << at, &listed.service.facts);
        if listed.service.left_at.is_none() {
            self.on_register |= bit;
        }
        self.kind[facts.kind as usize] |= bit;
        for care in &facts.care_types {
            self.care_type[*care as usize] |= bit;
        }
        for band in &facts.bands {
            self.band[*band as usize] |= bit;
        }
        if let Some(rating) = &facts.rating {
            self.rating[rating.overall as usize] |= bit;
        }
        if let Some(location) = facts.location {
            (self.lat[at], self.lon[at]) = (location.point.lat, location.point.lon);
        }
        self.authority[at] = authorities.number(&facts.authority);
        self.provider[at] = facts.provider.as_ref().and_then(|provider| provider.id.as_ref()).map_or(0, provider_hash);
    }

    pub fn rated_at_least(&self, least: Rating) -> Mask {
        Rating::ALL
            .iter()
            .filter(|rating| **rating <= least)
            .fold(0, |mask, rating| mask | self.rating[*rating as usize])
    }

    pub fn of_authorities(&self, numbers: &[u16]) -> Mask {
        numbers.iter().fold(0, |mask, number| mask | mask_of(&self.authority, |authority| authority == number))
    }

    /// Those that may be of one of these providers; whether they are, their own facts say.
    pub fn of_providers(&self, hashes: &[u64]) -> Mask {
        hashes.iter().fold(0, |mask, hash| mask | mask_of(&self.provider, |provider| provider == hash))
    }

    pub fn inside(&self, frame: &Frame) -> Mask {
        let mut mask = 0;
        for (at, (lat, lon)) in self.lat.iter().zip(&self.lon).enumerate() {
            let inside = (*lat >= frame.south) & (*lat <= frame.north) & (*lon >= frame.west) & (*lon <= frame.east);
            mask |= Mask::from(inside) << at;
        }
        mask
    }

    /// Those whose place nobody knows.
    pub fn unplaced(&self) -> Mask {
        mask_of(&self.lat, |lat| lat.is_nan())
    }

    /// Only of a service that has a location.
    pub fn point(&self, at: usize) -> Point {
        Point { lat: self.lat[at], lon: self.lon[at] }
    }
}

pub(super) fn provider_hash(id: &ProviderId) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

/// The rectangle that holds a circle on the ground, so that most services need no trigonometry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    south: f64,
    north: f64,
    west: f64,
    east: f64,
}

/// More than the rounding of all that is reckoned, less than a yard: a service on the very edge is
/// never lost.
const SLACK_DEGREES: f64 = 1e-6;
/// A mile of latitude, rounded up. Source: a sphere of 3,958.7613 miles radius.
const DEGREES_A_MILE: f64 = 0.014_473_8;

impl Frame {
    pub fn around(point: Point, miles: f64) -> Self {
        let reach = miles * DEGREES_A_MILE + SLACK_DEGREES;
        let (south, north) = (point.lat - reach, point.lat + reach);
        let widest = reach.to_radians().sin() / point.lat.to_radians().cos();
        let wide = if south > -90.0 && north < 90.0 && widest < 1.0 {
            widest.asin().to_degrees() + SLACK_DEGREES
        } else {
            f64::INFINITY
        };
        let (west, east) = (point.lon - wide, point.lon + wide);
        if west < -180.0 || east > 180.0 {
            return Self { south, north, west: f64::NEG_INFINITY, east: f64::INFINITY };
        }
        Self { south, north, west, east }
    }
}

/// The authorities that services of the board name, numbered as they first came.
#[derive(Clone, Debug, Default)]
pub(super) struct Authorities(Vec<Authority>);

impl Authorities {
    pub fn known(&self, code: &AuthorityCode) -> Option<u16> {
        self.0.iter().position(|known| known.code == *code).and_then(|at| u16::try_from(at).ok())
    }

    pub fn all(&self) -> &[Authority] {
        &self.0
    }

    fn number(&mut self, authority: &Authority) -> u16 {
        match self.known(&authority.code) {
            Some(number) => {
                self.0[usize::from(number)].name.clone_from(&authority.name);
                number
            }
            None => {
                self.0.push(authority.clone());
                u16::try_from(self.0.len() - 1).expect("a country has fewer than 65,536 authorities")
            }
        }
    }
}
