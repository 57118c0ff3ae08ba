//! All groups of watchers, found by their interest and by what a change may concern.
//! What a group keeps for its watchers is in `group.rs`.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::domain::authority::AuthorityCode;
use crate::domain::care_service::{CareService, CareServiceId};
use crate::domain::filter::Filter;
use crate::live::entry::{Entry, Interest, Sent, Verdict};
use crate::live::group::{Group, Watcher};

/// What the changes have in common that may concern a group: so a change finds the groups that
/// name its service or authority without asking those that name others.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Service(CareServiceId),
    Authority(AuthorityCode),
    Any,
}

fn keys(filter: &Filter) -> Vec<Key> {
    if !filter.id.is_empty() {
        filter.id.iter().cloned().map(Key::Service).collect()
    } else if !filter.authority.is_empty() {
        filter.authority.iter().cloned().map(Key::Authority).collect()
    } else {
        vec![Key::Any]
    }
}

#[derive(Debug)]
struct Members {
    group: Arc<Group>,
    watchers: Vec<Arc<Watcher>>,
    /// Something was kept since they were last woken.
    kept: bool,
}

#[derive(Debug)]
pub struct Groups {
    most_kept: usize,
    all: HashMap<u64, Members>,
    begun: u64,
    by_query: HashMap<Arc<str>, Vec<u64>>,
    by_key: HashMap<Key, BTreeSet<u64>>,
    /// Groups with something kept since they were last woken.
    waiting: Vec<u64>,
}

impl Groups {
    pub fn new(most_kept: usize) -> Self {
        Self {
            most_kept,
            all: HashMap::new(),
            begun: 0,
            by_query: HashMap::new(),
            by_key: HashMap::new(),
            waiting: Vec::new(),
        }
    }

    /// Puts a watcher into the group of its interest. A new one keeps what comes after the mark.
    pub fn join(&mut self, interest: Interest, mark: i64, watcher: &Arc<Watcher>) -> Arc<Group> {
        let query = interest.filter.query();
        let same = |number: &&u64| self.all.get(number).is_some_and(|members| *members.group.interest == interest);
        let found = self.by_query.get(query.as_str()).and_then(|numbers| numbers.iter().find(same)).copied();
        let number = found.unwrap_or_else(|| self.begin(interest, query.into(), mark));
        if let Some(members) = self.all.get_mut(&number) {
            watcher.index.store(members.watchers.len(), Ordering::Relaxed);
            members.watchers.push(Arc::clone(watcher));
        }
        Arc::clone(&self.all[&number].group)
    }

    fn begin(&mut self, interest: Interest, query: Arc<str>, mark: i64) -> u64 {
        self.begun += 1;
        let number = self.begun;
        for key in keys(&interest.filter) {
            self.by_key.entry(key).or_default().insert(number);
        }
        self.by_query.entry(Arc::clone(&query)).or_default().push(number);
        let group = Arc::new(Group::new(number, interest, query, mark, self.most_kept));
        self.all.insert(number, Members { group, watchers: Vec::new(), kept: false });
        number
    }

    /// Takes a watcher out of its group; the group ends with its last one.
    pub fn leave(&mut self, group: &Group, watcher: &Watcher) {
        let Some(members) = self.all.get_mut(&group.number) else { return };
        let index = watcher.index.load(Ordering::Relaxed);
        members.watchers.swap_remove(index);
        if let Some(moved) = members.watchers.get(index) {
            moved.index.store(index, Ordering::Relaxed);
        }
        if members.watchers.is_empty() {
            self.end(group);
        }
    }

    fn end(&mut self, group: &Group) {
        self.all.remove(&group.number);
        for key in keys(&group.interest.filter) {
            if let Some(numbers) = self.by_key.get_mut(&key) {
                numbers.remove(&group.number);
                if numbers.is_empty() {
                    self.by_key.remove(&key);
                }
            }
        }
        if let Some(numbers) = self.by_query.get_mut(&group.query) {
            numbers.retain(|number| *number != group.number);
            if numbers.is_empty() {
                self.by_query.remove(&group.query);
            }
        }
    }

    /// Has every group that an entry concerns keep it. Called in the order of the log.
    pub fn keep(&mut self, entry: &Arc<Entry>) {
        for number in self.concerned(entry) {
            let Some(members) = self.all.get_mut(&number) else { continue };
            let sent = match entry.judge(&members.group.interest) {
                Verdict::Change(view) => Sent::Change(view),
                Verdict::Gone | Verdict::PerhapsGone => Sent::Gone,
                Verdict::Nothing => continue,
            };
            members.group.keep(entry, sent);
            if !std::mem::replace(&mut members.kept, true) {
                self.waiting.push(number);
            }
        }
    }

    fn concerned(&self, entry: &Entry) -> Vec<u64> {
        let service = &entry.change().service;
        let authority = |service: &CareService| Key::Authority(service.facts.authority.code.clone());
        let mut keys = vec![Key::Any, Key::Service(service.id.clone()), authority(service)];
        keys.extend(entry.before().map(authority));
        let mut numbers: Vec<u64> = keys.iter().filter_map(|key| self.by_key.get(key)).flatten().copied().collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }

    /// Wakes whoever waits for what was kept; how many.
    pub fn wake(&mut self) -> usize {
        let mut woken = 0;
        for number in std::mem::take(&mut self.waiting) {
            if let Some(members) = self.all.get_mut(&number) {
                members.kept = false;
                members.group.wake(&members.watchers);
                woken += members.watchers.len();
            }
        }
        woken
    }

    /// Forgets what all have taken, for groups that have nothing to wake for.
    pub fn forget_taken(&self) {
        for members in self.all.values() {
            members.group.forget_taken(&members.watchers);
        }
    }

    /// Ends all groups; whoever is in one finds it gone when they leave.
    pub fn clear(&mut self) {
        self.all.clear();
        self.by_query.clear();
        self.by_key.clear();
        self.waiting.clear();
    }

    pub fn watchers(&self) -> impl Iterator<Item = &Arc<Watcher>> {
        self.all.values().flat_map(|members| &members.watchers)
    }

    pub fn count(&self) -> usize {
        self.all.len()
    }
}
