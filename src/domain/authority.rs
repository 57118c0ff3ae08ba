//! Local authorities, known by their GSS codes, and the names that registers use for them.
//! Boundaries and districts are data of imports, not of this file.

use serde::{Deserialize, Serialize};

use crate::base::text;

/// Code and name of each council responsible for social care in England, those of before a
/// reorganisation too, since older registers name them. Source: Office for National Statistics.
const TABLE: &str = include_str!("authorities.csv");

/// A GSS code, such as `E10000014`: one letter and eight digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct AuthorityCode(String);

impl AuthorityCode {
    pub fn parse(text: &str) -> Option<Self> {
        let right = text.len() == 9
            && text.starts_with(|c: char| c.is_ascii_uppercase())
            && text[1..].bytes().all(|b| b.is_ascii_digit());
        right.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for AuthorityCode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("an authority code is one letter and eight digits"))
    }
}

impl std::fmt::Display for AuthorityCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Authority {
    pub code: AuthorityCode,
    pub name: String,
}

/// Every authority of England.
pub fn all() -> impl Iterator<Item = Authority> {
    TABLE.lines().filter_map(|line| {
        let (code, name) = line.split_once(',')?;
        Some(Authority { code: AuthorityCode::parse(code)?, name: name.to_owned() })
    })
}

/// The authority of a name as registers write it: case, punctuation, "the", "of", "and" or `&`,
/// and endings such as "County Council" do not matter.
pub fn by_name(name: &str) -> Option<Authority> {
    let asked = key(name);
    all().find(|authority| key(&authority.name) == asked)
}

pub fn by_code(code: &AuthorityCode) -> Option<Authority> {
    all().find(|authority| authority.code == *code)
}

fn key(name: &str) -> String {
    const EMPTY: [&str; 12] = [
        "the",
        "of",
        "and",
        "city",
        "county",
        "council",
        "borough",
        "london",
        "royal",
        "district",
        "metropolitan",
        "upon",
    ];
    let folded = text::fold(name);
    let mut words: Vec<&str> = folded.split(' ').filter(|word| !EMPTY.contains(word)).collect();
    if words.is_empty() {
        return folded;
    }
    words.sort_unstable();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_authorities_of_the_joint_service_are_known_by_code_and_name() {
        for (code, name) in [
            ("E10000014", "Hampshire"),
            ("E06000044", "Portsmouth"),
            ("E06000045", "Southampton"),
            ("E06000046", "Isle of Wight"),
        ] {
            let found = by_name(name).unwrap();
            assert_eq!(found.code.as_str(), code);
            assert_eq!(by_code(&found.code).unwrap().name, name);
        }
        assert_eq!(by_name("Hampshire County Council").unwrap().code.as_str(), "E10000014");
        assert_eq!(by_name("Bristol").unwrap().code.as_str(), "E06000023");
        assert_eq!(by_name("Narnia"), None);
    }

    #[test]
    fn no_two_authorities_share_a_key() {
        let mut keys: Vec<String> = all().map(|authority| key(&authority.name)).collect();
        let count = keys.len();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), count);
    }

    #[test]
    fn a_code_is_a_letter_and_eight_digits() {
        assert!(AuthorityCode::parse("E10000014").is_some());
        for wrong in ["", "E1000001", "e10000014", "E1000001x", "Ɛ0000014"] {
            assert_eq!(AuthorityCode::parse(wrong), None, "{wrong}");
        }
    }
}
