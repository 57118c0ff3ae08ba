//! Nothing acknowledged is lost when the power goes: `script/bench power-cut -- 2000 7` makes two thousand
//! states that a disk may be in after a cut, by the seed 7, and starts Berth on each; the same, with few, is
//! a test (`tests/power_cut.rs`). With `--lying-disk` nothing is really synced, and losses must be found.
//! It ends with 1 if they are, or then if they are not.

#[path = "../chance.rs"]
mod chance;
mod cut;
#[allow(dead_code, reason = "the trial of kills uses all of it")]
#[path = "../kills/trial/mod.rs"]
mod trial;

use std::process::ExitCode;

use berth::base::secret;

use crate::cut::disk::Syncs;
use crate::cut::scene::{self, Scene};

const UPDATES: u64 = 600;

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let all = arguments.len();
    arguments.retain(|argument| argument != "--lying-disk");
    let syncs = if arguments.len() < all { Syncs::Ignored } else { Syncs::Kept };
    let (count, seed) = match arguments.as_slice() {
        [] => (Some(2000), Some(secret::below(1_000_000))),
        [count] => (count.parse().ok(), Some(secret::below(1_000_000))),
        [count, seed] => (count.parse().ok(), seed.parse().ok()),
        _ => (None, None),
    };
    let (Some(count), Some(seed)) = (count, seed) else {
        eprintln!("usage: script/bench power-cut [-- STATES [SEED] [--lying-disk]]");
        return ExitCode::from(2);
    };
    println!("seed {seed}, {count} states of the server, a tenth as many of each other scene");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let serving = runtime.block_on(scene::serving(UPDATES));
    let others: Vec<Scene> = runtime.block_on(async {
        vec![scene::first_start(), scene::backup().await, scene::restore().await, scene::migrate().await]
    });
    let mut wrong = told(&serving, count, seed, syncs);
    for other in &others {
        wrong += told(other, count / 10, seed, syncs);
    }
    if (wrong > 0) == (syncs == Syncs::Ignored) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn told(scene: &Scene, count: usize, seed: u64, syncs: Syncs) -> usize {
    let found = cut::cut(scene, count, seed, syncs);
    print!("{found}");
    found.wrong.len()
}
