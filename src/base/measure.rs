//! Counts and durations that many threads add to at once, and what they came to. What is counted, and
//! how it is told, is not its business.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Only ever grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    pub fn one(&self) {
        self.add(1);
    }

    /// What it was before.
    pub fn add(&self, more: u64) -> u64 {
        self.0.fetch_add(more, Ordering::Relaxed)
    }

    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Counters by two words, for what happens seldom: adding takes a lock.
#[derive(Debug, Default)]
pub struct Counters(Mutex<BTreeMap<(String, &'static str), u64>>);

impl Counters {
    pub fn one(&self, of: &str, how: &'static str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry((of.to_owned(), how)).or_default() += 1;
    }

    pub fn read(&self) -> BTreeMap<(String, &'static str), u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Values by how large they are. `bounds` rise; the last count is of what is above them all.
#[derive(Debug)]
pub struct Histogram {
    bounds: &'static [f64],
    counts: Box<[AtomicU64]>,
    /// In millionths: whole numbers can be added by many at once.
    sum: AtomicU64,
}

impl Histogram {
    pub fn new(bounds: &'static [f64]) -> Self {
        Self { bounds, counts: (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect(), sum: AtomicU64::new(0) }
    }

    pub fn seconds(&self, took: Duration) {
        self.take(took.as_secs_f64());
    }

    /// `value` is not negative.
    pub fn take(&self, value: f64) {
        self.counts[place(self.bounds, value)].fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add((value * 1e6) as u64, Ordering::Relaxed);
    }

    pub fn read(&self) -> Spread {
        let counts = self.counts.iter().map(|count| count.load(Ordering::Relaxed)).collect();
        Spread { bounds: self.bounds, counts, sum: self.sum.load(Ordering::Relaxed) as f64 / 1e6 }
    }
}

/// What a histogram holds at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Spread {
    bounds: &'static [f64],
    counts: Vec<u64>,
    pub sum: f64,
}

impl Spread {
    pub fn new(bounds: &'static [f64]) -> Self {
        Self { bounds, counts: vec![0; bounds.len() + 1], sum: 0.0 }
    }

    pub fn take(&mut self, value: f64) {
        self.counts[place(self.bounds, value)] += 1;
        self.sum += value;
    }

    /// How many values are at most each bound.
    pub fn up_to(&self) -> impl Iterator<Item = (f64, u64)> {
        self.bounds.iter().zip(&self.counts).scan(0, |sum, (bound, count)| {
            *sum += count;
            Some((*bound, *sum))
        })
    }

    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }
}

fn place(bounds: &[f64], value: f64) -> usize {
    bounds.partition_point(|bound| *bound < value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_counts_up_to_its_bound_and_all_above() {
        let histogram = Histogram::new(&[0.5, 1.0, 2.0]);
        for value in [0.1, 0.5, 0.6, 2.0, 7.0] {
            histogram.take(value);
        }
        let read = histogram.read();
        assert_eq!(read.up_to().collect::<Vec<_>>(), [(0.5, 2), (1.0, 3), (2.0, 4)]);
        assert_eq!((read.count(), read.sum), (5, 10.2));
        let mut spread = Spread::new(&[0.5, 1.0, 2.0]);
        for value in [0.1, 0.5, 0.6, 2.0, 7.0] {
            spread.take(value);
        }
        assert_eq!(spread.up_to().collect::<Vec<_>>(), read.up_to().collect::<Vec<_>>());
    }

    #[test]
    fn threads_that_count_at_once_lose_nothing() {
        let (histogram, counter, counters) = (Histogram::new(&[1.0]), Counter::default(), Counters::default());
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..1000 {
                        histogram.seconds(Duration::from_millis(1));
                        counter.one();
                        counters.one("mail", "done");
                    }
                });
            }
        });
        assert_eq!((histogram.read().count(), histogram.read().sum, counter.get()), (4000, 4.0, 4000));
        assert_eq!(counters.read(), BTreeMap::from([(("mail".to_owned(), "done"), 4000)]));
    }
}
