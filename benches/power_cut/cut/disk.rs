//! What may be on a disk after a cut: all that was synced, and of the rest any part, whole or torn, in any
//! order, as POSIX allows it. A name is on disk when its folder was synced, whatever was with the file.
//! No one file system is followed; most promise more than this.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::chance::Chance;
use crate::cut::tape::Event;

/// How much of what was not synced is there.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// Of a hundred sectors and of a hundred names.
    kept: usize,
    /// What is written whole or not at all, in bytes.
    sector: usize,
    /// Names change in the order in which they were changed, as with a journal.
    names_in_order: bool,
}

impl Manner {
    /// The disk did nothing it need not have done.
    pub const SYNCED_ONLY: Self = Self { kept: 0, sector: 512, names_in_order: true };
    /// As after `kill -9`: only the process is gone.
    pub const EVERYTHING: Self = Self { kept: 100, sector: 512, names_in_order: true };

    pub fn by_chance(chance: &mut Chance) -> Self {
        Self {
            kept: *chance.of(&[0, 0, 10, 50, 90, 100]),
            sector: *chance.of(&[512, 4096]),
            names_in_order: chance.is(50),
        }
    }
}

/// Whether the disk does what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syncs {
    Kept,
    /// It says that all is synced and syncs nothing: what a test of the test needs.
    Ignored,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Node {
    Folder,
    File(usize),
}

type Names = BTreeMap<PathBuf, Node>;

#[derive(Clone, Debug)]
enum Naming {
    Put(PathBuf, Node),
    Move { from: PathBuf, to: PathBuf, node: Node },
    Remove(PathBuf),
}

impl Naming {
    fn apply(&self, names: &mut Names) {
        match self {
            Self::Put(path, node) => drop(names.insert(path.clone(), *node)),
            Self::Move { from, to, node } => {
                names.remove(from);
                names.insert(to.clone(), *node);
            }
            Self::Remove(path) => drop(names.remove(path)),
        }
    }

    fn is_in(&self, folder: &Path) -> bool {
        match self {
            Self::Put(path, _) | Self::Remove(path) => path.parent() == Some(folder),
            Self::Move { from, to, .. } => from.parent() == Some(folder) || to.parent() == Some(folder),
        }
    }
}

#[derive(Clone, Debug)]
enum Part {
    Bytes { at: usize, bytes: Vec<u8> },
    Length(usize),
}

#[derive(Clone, Debug, Default)]
struct File {
    synced: Vec<u8>,
    since: Vec<Part>,
}

/// A disk while a tape runs.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    files: Vec<File>,
    names: Names,
    synced_names: Names,
    namings: Vec<Naming>,
}

impl Disk {
    /// With what a folder holds now, all of it synced.
    pub fn holding(folder: &Path) -> Self {
        let mut disk = Self::default();
        disk.hold(folder, Path::new(""));
        disk.synced_names = disk.names.clone();
        disk
    }

    fn hold(&mut self, root: &Path, below: &Path) {
        for entry in std::fs::read_dir(root.join(below)).expect("a folder").filter_map(Result::ok) {
            let path = below.join(entry.file_name());
            if entry.path().is_dir() {
                self.names.insert(path.clone(), Node::Folder);
                self.hold(root, &path);
            } else {
                let synced = std::fs::read(entry.path()).expect("a file");
                self.names.insert(path, Node::File(self.files.len()));
                self.files.push(File { synced, since: Vec::new() });
            }
        }
    }

    /// What a process asks of it.
    pub fn take(&mut self, event: &Event, syncs: Syncs) {
        match event {
            Event::Made(path) => {
                self.files.push(File::default());
                self.name(Naming::Put(path.clone(), Node::File(self.files.len() - 1)));
            }
            Event::MadeFolder(path) => self.name(Naming::Put(path.clone(), Node::Folder)),
            Event::Wrote { path, at, bytes } => self.part(path, Part::Bytes { at: *at, bytes: bytes.clone() }),
            Event::Length { path, length } => self.part(path, Part::Length(*length)),
            Event::Moved { from, to } => {
                let node = *self.names.get(from).expect("what is moved is there");
                self.name(Naming::Move { from: from.clone(), to: to.clone(), node });
            }
            Event::Removed(path) => self.name(Naming::Remove(path.clone())),
            Event::Synced(path) if syncs == Syncs::Kept => self.sync(path),
            Event::Synced(_) | Event::Said(_) => {}
        }
    }

    fn name(&mut self, naming: Naming) {
        naming.apply(&mut self.names);
        self.namings.push(naming);
    }

    fn part(&mut self, path: &Path, part: Part) {
        let Some(Node::File(file)) = self.names.get(path) else { panic!("{} is no file", path.display()) };
        self.files[*file].since.push(part);
    }

    fn sync(&mut self, path: &Path) {
        if let Some(Node::File(file)) = self.names.get(path) {
            let file = &mut self.files[*file];
            for part in std::mem::take(&mut file.since) {
                write(&mut file.synced, &part);
            }
            return;
        }
        let (here, elsewhere) = self.namings.drain(..).partition(|naming| naming.is_in(path));
        self.namings = elsewhere;
        let here: Vec<Naming> = here;
        here.iter().for_each(|naming| naming.apply(&mut self.synced_names));
    }

    /// One state that may be there if the power goes now: files with what they hold.
    pub fn after_cut(&self, manner: Manner, chance: &mut Chance) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
        let mut names = self.synced_names.clone();
        let journalled = self.namings.len() * manner.kept / 100;
        for (number, naming) in self.namings.iter().enumerate() {
            if if manner.names_in_order { number < journalled } else { chance.is(manner.kept) } {
                naming.apply(&mut names);
            }
        }
        let mut held = BTreeMap::new();
        for (path, node) in names {
            let parent = path.parent().unwrap_or(Path::new(""));
            if parent == Path::new("") || held.get(parent) == Some(&None) {
                let content = match node {
                    Node::Folder => None,
                    Node::File(file) => Some(self.files[file].after_cut(manner, chance)),
                };
                held.insert(path, content);
            }
        }
        held
    }
}

impl File {
    fn after_cut(&self, manner: Manner, chance: &mut Chance) -> Vec<u8> {
        let mut content = self.synced.clone();
        for part in &self.since {
            match part {
                Part::Length(_) => {
                    if chance.is(manner.kept) {
                        write(&mut content, part);
                    }
                }
                Part::Bytes { at, bytes } => {
                    let (mut from, end) = (*at, at + bytes.len());
                    while from < end {
                        let to = end.min((from / manner.sector + 1) * manner.sector);
                        if chance.is(manner.kept) {
                            write(&mut content, &Part::Bytes { at: from, bytes: bytes[from - at..to - at].to_vec() });
                        } else if chance.is(manner.kept / 2) && content.len() < to {
                            // Its length came, and not what is in it.
                            content.resize(to, 0);
                        }
                        from = to;
                    }
                }
            }
        }
        content
    }
}

fn write(content: &mut Vec<u8>, part: &Part) {
    match part {
        Part::Length(length) => content.resize(*length, 0),
        Part::Bytes { at, bytes } => {
            let end = at + bytes.len();
            if content.len() < end {
                content.resize(end, 0);
            }
            content[*at..end].copy_from_slice(bytes);
        }
    }
}
