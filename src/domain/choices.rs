//! What forms offer for the keys of the filter that take a number: distances, vacancies, fees.
//! A filter may ask for any other number too; what it means is in `filter.rs`.

/// Miles in a straight line.
pub const MILES: [u32; 6] = [1, 3, 5, 10, 20, 40];
/// Places, at least.
pub const VACANCIES: [u32; 4] = [1, 2, 3, 5];
/// Pence a week, at most.
pub const FEES: [u32; 5] = [80_000, 100_000, 120_000, 150_000, 200_000];
