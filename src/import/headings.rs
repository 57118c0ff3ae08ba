//! The line of headings: matched whatever their case, spaces, dots, underscores and punctuation,
//! since every program that touches a register spells them anew.

use std::collections::HashMap;

use crate::base::text;

/// Where each heading stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Headings {
    columns: HashMap<String, usize>,
    keys: Vec<String>,
}

impl Headings {
    pub fn of<'a>(fields: impl Iterator<Item = &'a str>) -> Self {
        let mut keys: Vec<String> = fields.map(text::squash).collect();
        while keys.last().is_some_and(String::is_empty) {
            keys.pop();
        }
        let mut columns = HashMap::new();
        for (column, key) in keys.iter().enumerate().filter(|(_, key)| !key.is_empty()) {
            columns.entry(key.clone()).or_insert(column);
        }
        Self { columns, keys }
    }

    /// How many columns a row has.
    pub fn width(&self) -> usize {
        self.keys.len()
    }

    /// The column under the first of these headings that is there. Keys are squashed: `locationid`.
    pub fn find(&self, keys: &[&str]) -> Option<usize> {
        keys.iter().find_map(|key| self.columns.get(*key).copied())
    }

    /// The columns whose heading begins so, each with the rest of it.
    pub fn beginning(&self, start: &str) -> Vec<(usize, String)> {
        let rest = |(column, key): (usize, &String)| key.strip_prefix(start).map(|rest| (column, rest.to_owned()));
        self.keys.iter().enumerate().filter_map(rest).filter(|(_, rest)| !rest.is_empty()).collect()
    }

    /// The columns whose heading holds this word.
    pub fn holding(&self, word: &str) -> Vec<usize> {
        self.keys.iter().enumerate().filter(|(_, key)| key.contains(word)).map(|(column, _)| column).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_matched_however_they_are_spelled() {
        for spelled in ["Location ID", "Location.ID", "location_id", "LOCATION-ID", " locationId ", "Location  ID?"] {
            let headings = Headings::of(["Name", spelled, ""].into_iter());
            assert_eq!(headings.find(&["nothing", "locationid"]), Some(1), "{spelled}");
            assert_eq!(headings.width(), 2);
        }
    }

    #[test]
    fn flag_columns_are_found_by_their_beginning() {
        let headings =
            Headings::of(["Service type - Shared Lives", "Service types", "Service user band - Dementia"].into_iter());
        assert_eq!(headings.beginning("servicetype"), [(0, "sharedlives".to_owned()), (1, "s".to_owned())]);
        assert_eq!(headings.beginning("serviceuserband"), [(2, "dementia".to_owned())]);
    }
}
