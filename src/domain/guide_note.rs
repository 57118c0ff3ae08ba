//! A few words that go with a guide to its one reader. They are not kept: only a letter that waits to be
//! sent holds them.

use crate::base::text;
use crate::domain::invalid::Invalid;

/// A postcard; more belongs in a letter of one's own.
pub const LONGEST: usize = 600;
const MOST_LINES: usize = 12;

/// Words that may be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Note(String);

impl Note {
    /// Reads what somebody typed. Who is not signed in may send no web or mail address along: a letter of
    /// the council must not lead where a stranger wants.
    pub fn parse(typed: &str, is_known: bool) -> Result<Self, Invalid> {
        let lines: Vec<String> = typed.lines().map(text::tidy).filter(|line| !line.is_empty()).collect();
        let note = lines.join("\n");
        if note.chars().count() > LONGEST || lines.len() > MOST_LINES {
            return Err(Invalid::one(
                "note",
                "too_long",
                format!("Write at most {LONGEST} characters in {MOST_LINES} lines"),
            ));
        }
        if !is_known && note.split_whitespace().any(leads_somewhere) {
            let detail = "Write no web or email addresses: only people who are signed in can send those";
            return Err(Invalid::one("note", "address", detail));
        }
        Ok(Self(note))
    }

    pub fn text(&self) -> &str {
        &self.0
    }
}

/// Whether a mail program would make a link of a word: `x.example`, `a@b`, `https:…`.
fn leads_somewhere(word: &str) -> bool {
    let within = |(before, after): (&str, &str)| {
        before.ends_with(char::is_alphanumeric) && after.chars().take(2).filter(|c| c.is_alphabetic()).count() == 2
    };
    let has_dot = word.match_indices(['.', '。', '．']).any(|(at, dot)| within((&word[..at], &word[at + dot.len()..])));
    has_dot || word.contains('@') || word.contains("//") || word.to_lowercase().starts_with("www")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_tidied_and_not_long() {
        assert_eq!(
            Note::parse("  Dear  Ann,\r\n\r\n here it is.\t\u{0}", true).unwrap().text(),
            "Dear Ann,\nhere it is."
        );
        assert!(Note::parse(&"x".repeat(LONGEST), false).is_ok());
        assert!(Note::parse(&"x".repeat(LONGEST + 1), true).is_err() && Note::parse(&"a\n".repeat(13), true).is_err());
    }

    #[test]
    fn a_stranger_s_note_leads_nowhere_and_a_colleague_s_may() {
        for leads in ["see evil.example now", "https://x", "a@b", "www.x", "bit.ly/2", "EVIL.COM", "x。co"] {
            assert!(Note::parse(leads, false).is_err(), "{leads}");
            assert!(Note::parse(leads, true).is_ok(), "{leads}");
        }
        for plain in ["At 9.30am, for £612.50 a week.", "Ring me.Then we go", "e.g. this, or that...", "No.1 is best"]
        {
            let joined = plain.contains("me.Then");
            assert_eq!(Note::parse(plain, false).is_ok(), !joined, "{plain}");
        }
    }
}
