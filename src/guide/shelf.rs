//! The guides that lie ready: each made once however many ask for it at the same time, and again only
//! when what stands in it has changed. How one is made is the workshop's business.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::Duration;

use crate::base::stamp::Stamp;
use crate::guide::asked::Asked;

/// Both guides in every format, and some that somebody filtered: about 4 MB each at the most.
const MOST_KEPT: usize = 12;
/// How old figures are is said in words that change with time: so long a guide is not looked at again.
const KEPT_FOR: Duration = Duration::minutes(5);
/// A guide in which nothing else has changed keeps the time at which it was made for so long.
const UNCHANGED_FOR: Duration = Duration::hours(1);

/// A finished guide.
#[derive(Debug)]
pub struct File {
    pub bytes: Vec<u8>,
    /// A hash of the bytes.
    pub tag: String,
    /// How many services are listed, in a sentence.
    pub summary: String,
    /// The names and anchors of its chapters, in their order.
    pub chapters: Vec<(String, String)>,
    pub made_at: Stamp,
}

/// What a guide is made from: another number of either, and it may have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sources {
    /// Of the log of changes.
    pub seq: i64,
    /// How often administrators have written words.
    pub edits: i64,
}

#[derive(Default)]
pub struct Shelf(Mutex<Vec<Arc<Place>>>);

/// The place of one guide, empty until it is made. Who holds it makes the guide; others wait.
struct Place {
    asked: Asked,
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    sources: Sources,
    looked_at: Stamp,
    content: String,
    file: Arc<File>,
}

/// What a guide would say, drawn only if that is something new.
pub trait Draft {
    /// A hash of all that stands in it but the time.
    fn content(&self) -> String;
    fn draw(self) -> Result<File, String>;
}

impl Shelf {
    /// The guide that lies ready, or a new one.
    pub fn get<D: Draft>(
        &self,
        asked: &Asked,
        (sources, now): (Sources, Stamp),
        draft: impl FnOnce() -> Result<D, String>,
    ) -> Result<Arc<File>, String> {
        let place = self.place(asked);
        let mut kept = lock(&place.kept);
        if let Some(kept) = kept.as_ref().filter(|kept| kept.sources == sources && now.since(kept.looked_at) < KEPT_FOR)
        {
            return Ok(kept.file.clone());
        }
        let draft = draft()?;
        let content = draft.content();
        let is_same = |kept: &Kept| kept.content == content && now.since(kept.file.made_at) < UNCHANGED_FOR;
        let file = match kept.take().filter(is_same) {
            Some(kept) => kept.file,
            None => Arc::new(draft.draw()?),
        };
        *kept = Some(Kept { sources, looked_at: now, content, file: file.clone() });
        Ok(file)
    }

    /// A guide that lies ready, if nobody is at it.
    pub fn ready(&self, asked: &Asked) -> Option<Arc<File>> {
        let place = lock(&self.0).iter().find(|place| place.asked == *asked).cloned()?;
        let kept = place.kept.try_lock().ok()?;
        kept.as_ref().map(|kept| kept.file.clone())
    }

    /// The guides of all services that lie here, since somebody asked for them, and were made from
    /// something else.
    pub fn outdated(&self, sources: Sources) -> Vec<Asked> {
        let outdated = |place: &&Arc<Place>| {
            let kept = place.kept.try_lock().ok();
            kept.is_some_and(|kept| kept.as_ref().is_some_and(|kept| kept.sources != sources))
        };
        let all = lock(&self.0);
        all.iter().filter(|place| place.asked.is_of_all()).filter(outdated).map(|place| place.asked.clone()).collect()
    }

    /// The place of this guide, at the end; the one that nobody asked for longest makes room.
    fn place(&self, asked: &Asked) -> Arc<Place> {
        let mut shelf = lock(&self.0);
        let place = match shelf.iter().position(|place| place.asked == *asked) {
            Some(at) => shelf.remove(at),
            None => Arc::new(Place { asked: asked.clone(), kept: Mutex::new(None) }),
        };
        if shelf.len() == MOST_KEPT {
            shelf.remove(0);
        }
        shelf.push(place.clone());
        place
    }
}

pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::filter::Filter;
    use crate::domain::words::GuideKind;
    use crate::guide::asked::Format;

    struct Words(&'static str, Stamp);

    impl Draft for Words {
        fn content(&self) -> String {
            self.0.to_owned()
        }

        fn draw(self) -> Result<File, String> {
            let bytes = format!("{} at {}", self.0, self.1).into_bytes();
            Ok(File { bytes, tag: String::new(), summary: String::new(), chapters: Vec::new(), made_at: self.1 })
        }
    }

    fn asked(vacant: Option<u32>) -> Asked {
        let filter = Filter { vacant, ..Filter::default() };
        Asked { kind: GuideKind::Residential, format: Format::Text, filter }
    }

    #[test]
    fn a_guide_is_drawn_again_when_what_it_says_has_changed_and_not_before_an_hour_otherwise() {
        let shelf = Shelf::default();
        let begin = Stamp::parse("2026-11-22T09:30:00Z").unwrap();
        let at = |minutes, seq, words| {
            let now = begin.plus(Duration::minutes(minutes));
            shelf.get(&asked(None), (Sources { seq, edits: 0 }, now), || Ok(Words(words, now))).unwrap()
        };
        let first = at(0, 1, "a");
        assert!(Arc::ptr_eq(&first, &at(4, 1, "not looked at")));
        assert!(Arc::ptr_eq(&first, &at(5, 1, "a")), "looked at, and the same");
        assert!(Arc::ptr_eq(&first, &at(6, 2, "a")), "another change, of another service");
        assert!(!Arc::ptr_eq(&first, &at(7, 3, "b")));
        let later = at(67, 3, "b");
        assert_eq!(later.made_at, begin.plus(Duration::minutes(67)));
    }

    #[test]
    fn what_was_longest_not_asked_for_makes_room_and_only_guides_of_all_are_made_again() {
        let shelf = Shelf::default();
        let now = Stamp::parse("2026-11-22T09:30:00Z").unwrap();
        let make =
            |vacant| shelf.get(&asked(vacant), (Sources { seq: 1, edits: 0 }, now), || Ok(Words("a", now))).unwrap();
        make(None);
        (1..12).for_each(|vacant| drop(make(Some(vacant))));
        make(None);
        make(Some(12));
        assert!(shelf.ready(&asked(Some(1))).is_none() && shelf.ready(&asked(Some(2))).is_some());
        assert_eq!(shelf.outdated(Sources { seq: 2, edits: 0 }), [asked(None)]);
        assert_eq!(shelf.outdated(Sources { seq: 1, edits: 0 }), []);
    }
}
