//! The tape of `recorder.c`: what a process asked of its disk and what it said to others, in its order.
//! What a disk makes of it when the power goes, `disk.rs` says.

use std::path::{Path, PathBuf};

/// One thing that was done. Paths begin below the folder that matters.
#[derive(Debug)]
pub enum Event {
    Made(PathBuf),
    MadeFolder(PathBuf),
    Wrote { path: PathBuf, at: usize, bytes: Vec<u8> },
    Length { path: PathBuf, length: usize },
    Synced(PathBuf),
    Moved { from: PathBuf, to: PathBuf },
    Removed(PathBuf),
    Said(Vec<u8>),
}

/// Everything on a tape.
pub fn read(tape: &Path, root: &Path) -> Vec<Event> {
    let bytes = std::fs::read(tape).expect("there is a tape");
    let root = root.canonicalize().expect("the folder is there");
    let (mut rest, mut events) = (bytes.as_slice(), Vec::new());
    while !rest.is_empty() {
        let (event, after) = one(rest, &root).expect("an entry that a killed process did not finish");
        events.extend(event);
        rest = after;
    }
    events
}

/// The first entry and what follows it; of a file without a name nothing stays after a cut.
fn one<'a>(tape: &'a [u8], root: &Path) -> Option<(Option<Event>, &'a [u8])> {
    let (head, rest) = tape.split_at_checked(24)?;
    let number = |from: usize| Some(u64::from_le_bytes(head[from..from + 8].try_into().ok()?) as usize);
    let length = u32::from_le_bytes(head[4..8].try_into().ok()?) as usize;
    let (at, count) = (number(8)?, number(16)?);
    let (path, rest) = rest.split_at_checked(length)?;
    let (bytes, rest) = rest.split_at_checked(count)?;
    let path = std::str::from_utf8(path).ok()?;
    if path.ends_with(" (deleted)") {
        return Some((None, rest));
    }
    let below = |path: &str| Path::new(path).strip_prefix(root).map(Path::to_path_buf);
    let path = below(path).unwrap_or_default();
    let event = match head[0] {
        b'C' => Event::Made(path),
        b'D' => Event::MadeFolder(path),
        b'W' => Event::Wrote { path, at, bytes: bytes.to_vec() },
        b'T' => Event::Length { path, length: at },
        b'S' => Event::Synced(path),
        b'R' => Event::Moved { from: path, to: below(std::str::from_utf8(bytes).ok()?).ok()? },
        b'U' => Event::Removed(path),
        b'N' => Event::Said(bytes.to_vec()),
        other => panic!("{}: {:?} cannot be followed on a tape", path.display(), char::from(other)),
    };
    Some((Some(event), rest))
}

/// What somebody outside knows from this moment on: the update with this mark is this entry of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// After so many events.
    pub place: usize,
    pub seq: i64,
    pub mark: String,
}

/// All that was acknowledged to writers or delivered to watchers.
pub fn told(tape: &[Event]) -> Vec<Told> {
    let mut told = Vec::new();
    for (number, event) in tape.iter().enumerate() {
        let Event::Said(bytes) = event else { continue };
        let said = String::from_utf8_lossy(bytes);
        told.extend(said.split("\"seq\":").skip(1).filter_map(|part| {
            let (seq, rest) = part.split_at(part.find(|c: char| !c.is_ascii_digit())?);
            // An answer or a change, not a snapshot of many.
            let is_one = rest.starts_with(",\"version\"") || rest.starts_with(",\"at\"");
            let (_, note) = rest.split_once("\"note\":\"").filter(|_| is_one)?;
            let (mark, _) = note.split_once('"')?;
            Some(Told { place: number + 1, seq: seq.parse().ok()?, mark: mark.to_owned() })
        }));
    }
    told
}
