//! Text as people type it: folding for comparison, words, lists in a sentence, sizes.
//! It holds no wording of the service itself.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The size of a file as people are told it: `0.4 MB`, never less than a tenth.
pub fn megabytes(bytes: usize) -> String {
    /// As disks and mail programs count.
    const MEGABYTE: usize = 1_000_000;
    let tenths = (bytes * 10).div_ceil(MEGABYTE).max(1);
    format!("{}.{} MB", tenths / 10, tenths % 10)
}

/// Lower case without accents, apostrophes dropped, every other run of punctuation or space one
/// blank: the form in which names are compared and sorted.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.nfkd().filter(|c| !is_combining_mark(*c) && !is_apostrophe(*c)) {
        if c.is_alphanumeric() {
            folded.extend(c.to_lowercase());
        } else if !folded.is_empty() && !folded.ends_with(' ') {
            folded.push(' ');
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

/// The folded text with nothing between its words: `St. Mary's` and `stmarys` meet here.
pub fn squash(text: &str) -> String {
    fold(text).replace(' ', "")
}

/// Every beginning by which a text may be found: its folded words and, for words joined by
/// punctuation (`Stow-on-the-Wold`, `O'Brien`), the joined form and the parts too.
pub fn search_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for token in text.split_whitespace() {
        let apart = fold(&token.replace(is_apostrophe, " "));
        words.extend(fold(token).split(' ').map(str::to_owned));
        words.extend(apart.split(' ').map(str::to_owned));
        words.push(squash(token));
    }
    words.retain(|word| !word.is_empty());
    words.sort();
    words.dedup();
    words
}

/// The ways in which one word of a search may be met; each is a list of beginnings that must all be there.
pub type Ways = Vec<Vec<String>>;

/// The words of a search, each with its ways: `o'brien` as one word, or as both of its parts.
pub fn asked_words(asked: &str) -> Vec<Ways> {
    let parts = |text: &str| fold(text).split(' ').map(str::to_owned).collect::<Vec<_>>();
    let ways = |token: &str| {
        let mut ways = vec![vec![squash(token)], parts(token), parts(&token.replace(is_apostrophe, " "))];
        ways.dedup();
        ways
    };
    asked.split_whitespace().filter(|token| !squash(token).is_empty()).map(ways).collect()
}

/// Whether every word asked for begins one of `words` (as `search_words` made them).
pub fn every_word_begins(asked: &str, words: &[String]) -> bool {
    let begins = |start: &String| words.iter().any(|word| word.starts_with(start));
    asked_words(asked).iter().all(|ways| ways.iter().any(|beginnings| beginnings.iter().all(begins)))
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2019}' | '\u{2018}' | '`' | '\u{00b4}' | '\u{02bc}')
}

/// `a`, `a or b`, `a, b or c`.
pub fn list(items: &[String], last: &str) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}

/// `1 place`, `2 places`.
pub fn count(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// `23108` as `23,108`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// One line of text without control characters, its ends trimmed and inner runs of blanks single.
pub fn tidy(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_forgets_case_accents_and_punctuation() {
        assert_eq!(fold("  St. Mary’s – Café  "), "st marys cafe");
        assert_eq!(fold("#1 Élan-House!"), "1 elan house");
    }

    #[test]
    fn a_name_is_found_by_the_beginnings_of_its_words() {
        let words = search_words("O'Brien House, Stow-on-the-Wold");
        for asked in ["obri", "o'brien", "brien", "stow wold", "STOW-ON", "stowonthe", "house o’b", "hous,"] {
            assert!(every_word_begins(asked, &words), "{asked}");
        }
        for asked in ["ouse", "rien", "stow hall"] {
            assert!(!every_word_begins(asked, &words), "{asked}");
        }
    }

    #[test]
    fn numbers_and_lists_read_as_a_person_writes_them() {
        assert_eq!(grouped(1_745_013), "1,745,013");
        assert_eq!(count(1, "place", "places"), "1 place");
        assert_eq!(list(&["a".into(), "b".into(), "c".into()], "or"), "a, b or c");
        assert_eq!(tidy(" a\r\n b\t"), "a b");
    }
}
