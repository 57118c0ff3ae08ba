//! The words of up to 64 services, sorted: which of them have a word that begins so.
//! What counts as a word, and how a search is split into beginnings, is `base/text.rs`.

use crate::base::text::Ways;
use crate::board::block::Mask;

/// Each word once, with the services that have it, in one text without gaps: a look-up is a few
/// steps over neighbouring bytes.
#[derive(Debug, Default)]
pub(super) struct Words {
    text: Box<str>,
    ends: Box<[u32]>,
    services: Box<[Mask]>,
}

impl Words {
    /// `lists` holds the words of each service, with blanks between them, in the order of the bits.
    pub fn new<'a>(lists: impl Iterator<Item = &'a str>) -> Self {
        let mut pairs: Vec<(&str, usize)> =
            lists.enumerate().flat_map(|(at, words)| words.split_whitespace().map(move |word| (word, at))).collect();
        pairs.sort_unstable();
        let (mut text, mut ends, mut services) = (String::new(), Vec::new(), Vec::<Mask>::new());
        for same in pairs.chunk_by(|one, other| one.0 == other.0) {
            text.push_str(same[0].0);
            ends.push(u32::try_from(text.len()).expect("64 services have less than 4 GB of words"));
            services.push(same.iter().fold(0, |mask, (_, at)| mask | 1 << at));
        }
        Self { text: text.into(), ends: ends.into(), services: services.into() }
    }

    /// The services that meet every word asked for, in one of its ways.
    pub fn meeting(&self, asked: &[Ways]) -> Mask {
        let all = |way: &Vec<String>| way.iter().fold(Mask::MAX, |mask, start| mask & self.beginning(start));
        asked.iter().fold(Mask::MAX, |mask, ways| mask & ways.iter().fold(0, |found, way| found | all(way)))
    }

    fn beginning(&self, start: &str) -> Mask {
        let (mut low, mut high) = (0, self.ends.len());
        while low < high {
            let middle = low.midpoint(high);
            if self.word(middle) < start {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        (low..self.ends.len())
            .take_while(|at| self.word(*at).starts_with(start))
            .fold(0, |mask, at| mask | self.services[at])
    }

    fn word(&self, at: usize) -> &str {
        let start = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        &self.text[start..self.ends[at] as usize]
    }
}
