//! A year of reminders to a thousand homes that do not exist: what the rules of `domain/reminder.rs`
//! bring against fixed reminders. It measures and prints; what it assumes is said in
//! `docs/explanation/reminders.md`, and nothing of it is about a real home.
//!
//!     cargo bench --bench reminders -- [--homes N] [--svg FILE]

mod homes;
mod plot;
mod year;

use std::io::Write as _;

use chrono::Duration;

use berth::domain::freshness::FreshnessLimits;
use berth::domain::reminder::{PROBABLY, Rules};

use crate::year::{Calendar, Outcome, Policy};

/// The same seed gives the same homes, the same changes and the same answers.
const SEED: u64 = 20_261_123;

fn main() -> std::io::Result<()> {
    let words: Vec<String> = std::env::args().collect();
    let after = |flag: &str| words.iter().position(|word| word == flag).and_then(|at| words.get(at + 1));
    let count = after("--homes").and_then(|count| count.parse().ok()).unwrap_or(1000);
    let calendar = Calendar::new();
    let homes = homes::invent(SEED, count, calendar.hours());
    let run = |policy: Policy| year::run(&calendar, &homes, policy);

    let usual = Rules::of(FreshnessLimits::default());
    let wide = |threshold: f64| Rules { threshold, latest: Duration::days(60), ..usual };
    let thinking = run(Policy::Thinking(usual));
    let (daily, weekly) = (run(Policy::Every(1.0)), run(Policy::Every(5.0)));
    let (threshold, as_weekly) = with_as_many(&weekly, |threshold| run(Policy::Thinking(wide(threshold))));
    let days = daily.mails_a_week / thinking.mails_a_week;
    let rows = [
        ("none".to_owned(), run(Policy::None)),
        ("fixed, every fifth working day".to_owned(), weekly),
        (format!("as many mails, when wrong with {:.0} %", threshold * 100.0), as_weekly),
        (format!("**Berth: when wrong with {:.0} %, or 6 days old**", PROBABLY * 100.0), thinking.clone()),
        (format!("as many mails, fixed, every {days:.2} working days"), run(Policy::Every(days))),
        ("fixed, every working day".to_owned(), daily),
        ("when a day old".to_owned(), run(Policy::Thinking(Rules { latest: usual.soonest, ..usual }))),
    ];

    let mut out = std::io::stdout().lock();
    writeln!(out, "{count} homes, a year after {} days of learning, seed {SEED}\n", year::WARM_UP_DAYS)?;
    writeln!(out, "| reminders | mails a home a week | needless | mean age | wrong | not confirmed for 7 days |")?;
    writeln!(out, "|---|---:|---:|---:|---:|---:|")?;
    for (name, outcome) in rows {
        writeln!(out, "| {name} | {outcome} |")?;
    }
    if let Some(file) = after("--svg") {
        let fixed = [1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0].map(|days| run(Policy::Every(days)));
        let thresholds = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8];
        let sweep = thresholds.map(|threshold| run(Policy::Thinking(wide(threshold))));
        std::fs::write(file, plot::svg(&fixed, &sweep, &thinking))?;
        writeln!(out, "\nwrote {file}")?;
    }
    Ok(())
}

/// The threshold at which the reminders are as many as those of `other`, found by halving.
fn with_as_many(other: &Outcome, run: impl Fn(f64) -> Outcome) -> (f64, Outcome) {
    let (mut low, mut high) = (0.05, 0.95);
    for _ in 0..8 {
        let middle = (low + high) / 2.0;
        if run(middle).mails_a_week > other.mails_a_week { low = middle } else { high = middle }
    }
    (high, run(high))
}
