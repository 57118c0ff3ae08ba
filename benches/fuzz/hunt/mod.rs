//! A hunt for input that a parser cannot bear: from a corpus of good input, broken in many ways, each seeded.
//! What leads somewhere new is kept and broken further. A panic, a broken promise and a second without an
//! answer are found; how a target promises what, `targets.rs` says.

mod frames;
mod mutate;
pub mod targets;

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::chance::Chance;
use crate::hunt::targets::Target;

/// No input of this size may take so long.
const TOO_LONG: Duration = Duration::from_secs(2);
/// Longer input is no better at finding something.
const LARGEST: usize = 64 * 1024;
/// So much that led somewhere new is kept.
const MOST_KEPT: usize = 2_000;

/// What became of a hunt.
#[derive(Default)]
pub struct Bag {
    pub tried: usize,
    /// In how many different ways the target answered.
    pub ways: usize,
    pub found: Option<Prey>,
}

/// Input that a target could not bear, made as short as was easy, and what happened.
pub struct Prey {
    pub input: Vec<u8>,
    pub why: String,
}

/// The inputs kept for a target.
pub fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/fuzz").join(name);
    let mut files: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).collect();
    files.sort_by_key(std::fs::DirEntry::file_name);
    files.into_iter().filter_map(|file| std::fs::read(file.path()).ok()).collect()
}

/// Hunts until this says that it is enough, or something was found.
pub fn hunt(target: &Target, seed: u64, mut enough: impl FnMut(usize) -> bool) -> Bag {
    let (mut chance, mut bag, mut ways) = (Chance::new(seed), Bag::default(), HashSet::new());
    let mut kept = corpus(target.name);
    assert!(!kept.is_empty(), "{} has no corpus", target.name);
    let mut next: Vec<Vec<u8>> = kept.clone();
    while bag.found.is_none() && !enough(bag.tried) {
        let input = next.pop().unwrap_or_else(|| {
            let mut input = mutate::mutated(&kept, target.words, &mut chance);
            input.truncate(LARGEST);
            input
        });
        bag.tried += 1;
        match bear(target, &input) {
            Ok(way) => {
                if ways.insert(way) && kept.len() < MOST_KEPT {
                    kept.push(input);
                }
            }
            Err(_) => {
                let input = shortened(target, input);
                let why = bear(target, &input).err().unwrap_or_else(|| "it does not come again".to_owned());
                bag.found = Some(Prey { input, why });
            }
        }
    }
    bag.ways = ways.len();
    bag
}

/// By what way the target answers, or why it did not.
fn bear(target: &Target, input: &[u8]) -> Result<u64, String> {
    let begun = Instant::now();
    let answer = catch_unwind(AssertUnwindSafe(|| (target.bear)(input))).map_err(|panic| {
        let words = panic.downcast_ref::<String>().cloned();
        words.or_else(|| panic.downcast_ref::<&str>().map(|words| (*words).to_owned())).unwrap_or_default()
    })?;
    if begun.elapsed() > TOO_LONG {
        return Err(format!("it took {:?}", begun.elapsed()));
    }
    let mut hasher = DefaultHasher::new();
    answer.hash(&mut hasher);
    Ok(hasher.finish())
}

/// Leaves out what it can do without.
fn shortened(target: &Target, mut input: Vec<u8>) -> Vec<u8> {
    let mut size = input.len() / 2;
    while size > 0 {
        let mut from = 0;
        while from < input.len() {
            let mut shorter = input.clone();
            shorter.drain(from..input.len().min(from + size));
            if bear(target, &shorter).is_err() {
                input = shorter;
            } else {
                from += size;
            }
        }
        size /= 2;
    }
    input
}
