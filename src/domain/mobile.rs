//! A number that text messages go to. Whether somebody answers there is nobody's knowledge.

use serde::{Deserialize, Serialize};

/// Digits of a number with its country's, as the international plan allows (E.164).
const DIGITS: std::ops::RangeInclusive<usize> = 10..=15;

/// A number in the international form: `+447700900123`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mobile(String);

impl Mobile {
    /// Reads a number as people type it; without a country it is British.
    pub fn parse(typed: &str) -> Option<Self> {
        let typed = typed.trim();
        if !typed.chars().enumerate().all(|(at, c)| c.is_ascii_digit() || " -().".contains(c) || (at == 0 && c == '+'))
        {
            return None;
        }
        let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
        let whole = match (typed.starts_with('+'), digits.strip_prefix("00"), digits.strip_prefix('0')) {
            (true, ..) => digits.replacen("440", "44", 1),
            (false, Some(abroad), _) => abroad.to_owned(),
            (false, None, Some(british)) => format!("44{british}"),
            (false, None, None) => return None,
        };
        let is_right = DIGITS.contains(&whole.len()) && (!whole.starts_with("44") || whole.len() == 12);
        is_right.then(|| Self(format!("+{whole}")))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_type_them() {
        for typed in ["07700 900123", "07700-900-123", "+44 7700 900123", "+44 (0)7700 900123", "0044 7700 900123"] {
            assert_eq!(Mobile::parse(typed).unwrap().as_str(), "+447700900123", "{typed}");
        }
        assert_eq!(Mobile::parse("+353 87 123 4567").unwrap().as_str(), "+353871234567");
        for wrong in ["", "0770090012", "7700900123", "ring me", "07700 900123 / 4", "+44 7700 9001234", "123"] {
            assert_eq!(Mobile::parse(wrong), None, "{wrong}");
        }
    }
}
