//! Chance that can be thrown again: the same seed gives the same throws.
//! Nothing secret comes from here; that is the business of `base/secret.rs`.

use std::ops::Range;

/// SplitMix64, by Sebastiano Vigna (public domain): small, even, and good enough to invent a county.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number of the range, which must hold one.
    pub fn number(&mut self, range: Range<u32>) -> u32 {
        let width = u64::from(range.end - range.start);
        // The remainder is below the width, which came from a u32.
        range.start + u32::try_from(self.throw() % width).unwrap_or(0)
    }

    /// The same for places and beds.
    pub fn few(&mut self, range: Range<u16>) -> u16 {
        let number = self.number(u32::from(range.start)..u32::from(range.end));
        u16::try_from(number).unwrap_or(range.start)
    }

    pub fn seconds(&mut self, range: Range<i64>) -> chrono::Duration {
        let width = range.end.abs_diff(range.start).max(1);
        let part = i64::try_from(self.throw() % width).unwrap_or(0);
        chrono::Duration::seconds(range.start + part)
    }

    pub fn chance(&mut self, percent: u32) -> bool {
        self.number(0..100) < percent
    }

    /// One of several, which must be at least one.
    pub fn pick<'a, T>(&mut self, several: &'a [T]) -> &'a T {
        let index = self.throw() % (several.len() as u64);
        &several[usize::try_from(index).unwrap_or(0)]
    }

    /// One of several, each with its weight.
    pub fn weighted<T: Copy>(&mut self, several: &[(u32, T)]) -> T {
        let mut left = self.number(0..several.iter().map(|(weight, _)| weight).sum());
        for (weight, one) in several {
            match left.checked_sub(*weight) {
                Some(rest) => left = rest,
                None => return *one,
            }
        }
        several[several.len() - 1].1
    }

    /// From -1 to 1, most often near 0.
    pub fn around_zero(&mut self) -> f64 {
        (0..3).map(|_| f64::from(self.number(0..2001)) / 1000.0 - 1.0).sum::<f64>() / 3.0
    }
}
