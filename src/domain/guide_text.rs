//! Words of the guides that administrators wrote in place of the shipped ones: where they hold, and
//! their versions. What they may hold as Markdown is known where guides are made.

use crate::base::stamp::Stamp;
use crate::domain::authority::AuthorityCode;
use crate::domain::invalid::Invalid;
use crate::domain::person::Target;

/// A chapter of fifty pages; more is a mistake.
pub const LONGEST: usize = 100_000;

/// Where words hold: in one council area, or (`None`) wherever no area has words of its own.
pub type Area = Option<AuthorityCode>;

/// What somebody must administer to write words there.
pub fn target(area: &Area) -> Target {
    area.clone().map_or(Target::All, Target::Authority)
}

/// One version of one text. Versions count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    pub area: Area,
    /// `residential/08-costs.md`, `both/local-help.md`, `figures/pea`.
    pub name: String,
    pub version: i64,
    /// `None`: what is shipped holds again.
    pub words: Option<String>,
    pub made_at: Stamp,
    /// In what capacity: "admin". The audit has who.
    pub made_by: String,
}

/// A change of one text by somebody who read version `based_on` (0: the shipped one).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub area: Area,
    pub name: String,
    pub based_on: i64,
    pub words: Option<String>,
}

impl Edit {
    /// With the line ends of files, and nothing that no text holds.
    pub fn checked(self) -> Result<Self, Invalid> {
        let words = self.words.map(|words| words.replace("\r\n", "\n").replace('\r', "\n"));
        if words.as_ref().is_some_and(|words| words.len() > LONGEST) {
            return Err(Invalid::one("words", "too_long", "That is longer than a chapter can be. Shorten it."));
        }
        if words.as_ref().is_some_and(|words| words.contains('\0')) {
            return Err(Invalid::one("words", "bad_value", "The text holds a character that cannot be stored."));
        }
        Ok(Self { words, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_with_the_line_ends_of_files_and_not_without_end() {
        let edit = |words: &str| Edit { area: None, name: "n".into(), based_on: 0, words: Some(words.into()) };
        assert_eq!(edit("a\r\nb\rc").checked().unwrap().words.as_deref(), Some("a\nb\nc"));
        assert!(edit(&"x".repeat(LONGEST + 1)).checked().is_err() && edit("\0").checked().is_err());
    }
}
