//! Cuts of the power: what a real process of Berth asked of its disk is replayed up to some moment, a state
//! that the disk may then be in is made, and Berth is started on it. Nothing that was acknowledged by then
//! may be missing. What happens is in the scenes; how fast it is, elsewhere.

pub mod disk;
pub mod judge;
pub mod scene;
pub mod tape;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::chance::Chance;
use crate::cut::disk::{Manner, Syncs};
use crate::cut::scene::{Cut, Scene};

/// Of so many states one is examined by `berth check` too.
const BY_PROGRAM: usize = 40;

/// What the cuts of one scene came to.
pub struct Found {
    name: &'static str,
    events: usize,
    pub told: usize,
    pub states: usize,
    by_program: usize,
    pub wrong: Vec<String>,
}

/// Cuts the power at so many moments by chance, half of them just after something was acknowledged; and at
/// the end, when the process had done all it was asked for.
pub fn cut(scene: &Scene, count: usize, seed: u64, syncs: Syncs) -> Found {
    let (mut chance, end) = (Chance::new(seed), scene.tape.len());
    let mut cuts = vec![(end, Manner::SYNCED_ONLY, seed), (end, Manner::EVERYTHING, seed)];
    while cuts.len() < count {
        let just_told = if chance.is(50) { scene.told.get(chance.below(scene.told.len().max(1))) } else { None };
        let place = just_told.map_or_else(|| chance.below(end + 1), |told| told.place);
        let manner = match chance.below(8) {
            0 | 1 => Manner::SYNCED_ONLY,
            2 => Manner::EVERYTHING,
            _ => Manner::by_chance(&mut chance),
        };
        cuts.push((place, manner, chance.next()));
    }
    cuts.sort_by_key(|(place, ..)| *place);

    let mut disk = scene.before.clone();
    let (mut at, mut by_program, mut wrong) = (0, 0, Vec::new());
    for (number, (place, manner, own)) in cuts.iter().enumerate() {
        scene.tape[at..*place].iter().for_each(|event| disk.take(event, syncs));
        at = *place;
        let left = put(&disk.after_cut(*manner, &mut Chance::new(*own)));
        let mut found = Ok(());
        if number % BY_PROGRAM == 0 {
            by_program += 1;
            found = judge::program(&left.path().join(scene.data));
        }
        let found = found.and_then(|()| (scene.judge)(left.path(), Cut { place: *place, is_end: *place == end }));
        if let Err(why) = found {
            wrong.push(format!("cut after {place} of {end} events, {manner:?}, seed {own}: {why}"));
        }
    }
    Found { name: scene.name, events: end, told: scene.told.len(), states: cuts.len(), by_program, wrong }
}

/// A folder that holds this, in memory where that is possible: thousands of them come and go.
fn put(held: &BTreeMap<PathBuf, Option<Vec<u8>>>) -> TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
    let folder = made.expect("a folder");
    for (path, content) in held {
        let path = folder.path().join(path);
        match content {
            None => std::fs::create_dir(path),
            Some(content) => std::fs::write(path, content),
        }
        .expect("there is room");
    }
    folder
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, events, told, states, by_program, wrong } = self;
        write!(
            f,
            "{name}: {events} events, {told} told to others; {states} states, {by_program} of them by `berth check`; "
        )?;
        writeln!(f, "wrong: {}", wrong.len())?;
        wrong.iter().take(5).try_for_each(|one| writeln!(f, "  {one}"))
    }
}
