//! The homes that do not exist: how often their figures change, who tells of it unasked, who answers.
//! It knows no reminder.

/// What is true of a home, whatever anybody does about it.
pub struct Home {
    /// The hours at which its figures change, in order.
    pub changes: Vec<u32>,
    /// The hours at which its manager tells unasked, in order.
    pub unasked: Vec<u32>,
    /// Of a hundred mails so many are answered.
    pub answers: f64,
    pub seed: u64,
}

/// Managers: how many of a hundred they are, what part of the mails they answer, what part of the
/// changes they tell unasked.
const MANAGERS: [(f64, f64, f64); 3] = [(0.55, 0.85, 0.40), (0.30, 0.50, 0.20), (0.15, 0.10, 0.05)];
/// Half of the homes change more often than once in so many days,
const MEDIAN_DAYS: f64 = 6.0;
/// and they differ: the logarithm of the rate has this standard deviation, so that a tenth of them
/// changes about every second day and a tenth about every third week.
const SPREAD: f64 = 0.9;
/// Who tells unasked does so some hours later; the mean.
const UNASKED_HOURS: f64 = 12.0;

pub fn invent(seed: u64, count: usize, hours: u32) -> Vec<Home> {
    (0..count).map(|number| home(seed ^ (number as u64).wrapping_mul(0x2545_f491_4f6c_dd1d), hours)).collect()
}

fn home(seed: u64, hours: u32) -> Home {
    let mut chance = Chance(seed);
    let rate = (chance.normal() * SPREAD).exp() / MEDIAN_DAYS / 24.0;
    let (answers, tells) = manager(chance.part());
    let (mut changes, mut unasked, mut at) = (Vec::new(), Vec::new(), 0.0);
    loop {
        at += chance.waiting(1.0 / rate);
        if at >= f64::from(hours) {
            unasked.sort_unstable();
            return Home { changes, unasked, answers, seed: chance.0 };
        }
        changes.push(at as u32);
        if chance.part() < tells {
            unasked.push((at + 1.0 + chance.waiting(UNASKED_HOURS)) as u32);
        }
    }
}

fn manager(which: f64) -> (f64, f64) {
    let mut sum = 0.0;
    for (part, answers, tells) in MANAGERS {
        sum += part;
        if which < sum {
            return (answers, tells);
        }
    }
    (0.0, 0.0)
}

/// SplitMix64, by Sebastiano Vigna (public domain).
pub struct Chance(pub u64);

impl Chance {
    /// From 0 to 1.
    pub fn part(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Exponential, with this mean.
    pub fn waiting(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.part()).ln()
    }

    /// Normal, by Box and Muller.
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.part()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.part()).cos()
    }
}
