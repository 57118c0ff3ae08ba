//! Breaks input in every way that is easily thought of and feeds it to every parser of what strangers send:
//! `script/bench fuzz -- 120` hunts each of them for so many seconds, `-- 120 filter 7` one of them from the
//! seed 7. It ends with 1 and the input, if a parser could not bear one. A short hunt is a test
//! (`tests/fuzz.rs`); what was found once stays in `tests/fixtures/fuzz`.

#[path = "../chance.rs"]
mod chance;
mod hunt;
#[allow(dead_code, reason = "the trial of kills uses all of it")]
#[path = "../kills/trial/mod.rs"]
mod trial;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use berth::base::secret;

use crate::hunt::targets::{ALL, Target};

/// On a thread of its own, with which the server ends that some targets start.
fn main() -> ExitCode {
    std::thread::spawn(run).join().unwrap_or(ExitCode::FAILURE)
}

fn run() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let number = |at: usize, usual: u64| arguments.get(at).map_or(Some(usual), |argument| argument.parse().ok());
    let named = arguments.get(1);
    let targets: Vec<&Target> = ALL.iter().filter(|target| named.is_none_or(|name| name == target.name)).collect();
    let (Some(seconds), Some(seed)) = (number(0, 60), number(2, secret::below(1_000_000))) else {
        return usage();
    };
    if targets.is_empty() || arguments.len() > 3 {
        return usage();
    }
    // What panics is said once, with its input.
    std::panic::set_hook(Box::new(|_| {}));
    println!("seed {seed}, {seconds} seconds each");
    let sound: Vec<bool> = targets.iter().map(|target| hunted(target, seed, Duration::from_secs(seconds))).collect();
    if sound.iter().all(|sound| *sound) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn usage() -> ExitCode {
    let names: Vec<&str> = ALL.iter().map(|target| target.name).collect();
    eprintln!("usage: script/bench fuzz [-- SECONDS [TARGET [SEED]]]; targets: {}", names.join(", "));
    ExitCode::from(2)
}

fn hunted(target: &Target, seed: u64, time: Duration) -> bool {
    let begun = Instant::now();
    let bag = hunt::hunt(target, seed, |_| begun.elapsed() > time);
    println!("{:<12} {:>9} tried, {:>5} ways", target.name, bag.tried, bag.ways);
    let Some(prey) = bag.found else { return true };
    println!("  could not bear {:?}\n  {}", String::from_utf8_lossy(&prey.input), prey.why);
    false
}
