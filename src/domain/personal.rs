//! What looks as if it said who somebody is: NHS numbers, birthdays, names behind a title.
//! It only looks; whether that is a warning or a refusal, and of which text, is said by who asks.

use chrono::NaiveDate;

const TITLES: [&str; 4] = ["mr", "mrs", "ms", "mx"];
/// Titles that are words of other meaning too ("do not miss out"): they need a capital.
const PROUD_TITLES: [&str; 4] = ["Miss", "Dr", "Sir", "Dame"];
const BIRTH: [&str; 4] = ["dob", "d.o.b", "date of birth", "born on"];
const NHS_DIGITS: usize = 10;

/// What in a note looks like personal data, as "an NHS number", or nothing.
pub fn in_note(note: &str) -> Option<&'static str> {
    if holds_nhs_number(note) {
        return Some("an NHS number");
    }
    if holds_titled_name(note) {
        return Some("the name of a person");
    }
    let lower = note.to_lowercase();
    let stands_alone = |word: &str, start: usize| {
        let (before, after) = (&lower[..start], &lower[start + word.len()..]);
        !before.ends_with(char::is_alphanumeric) && !after.starts_with(char::is_alphabetic)
    };
    let birth = BIRTH.iter().any(|word| lower.match_indices(word).any(|(start, _)| stands_alone(word, start)));
    birth.then_some("a date of birth")
}

/// Whether neighbouring groups of digits (`943 476 5919`, `943-476-5919`) are an NHS number together.
fn holds_nhs_number(text: &str) -> bool {
    let parted = |c: char| matches!(c, ' ' | '-' | '\u{a0}');
    text.split(|c: char| !(c.is_ascii_digit() || parted(c))).any(|run| {
        let groups: Vec<Vec<u32>> = run
            .split(parted)
            .filter(|group| !group.is_empty())
            .map(|group| group.chars().filter_map(|c| c.to_digit(10)).collect())
            .collect();
        // No more groups than digits can be part of one number.
        (0..groups.len()).any(|first| {
            let most = groups.len().min(first + NHS_DIGITS);
            (first..most).any(|last| is_nhs_number(&groups[first..=last].concat()))
        })
    })
}

/// Ten digits whose last is right for the other nine (NHS Data Dictionary: modulus 11).
pub fn is_nhs_number(digits: &[u32]) -> bool {
    let [first @ .., check] = digits else { return false };
    if digits.len() != NHS_DIGITS || first[0] == 0 {
        return false;
    }
    let sum: u32 = first.iter().zip((2..=10).rev()).map(|(digit, weight)| digit * weight).sum();
    (11 - sum % 11) % 11 == *check
}

fn holds_titled_name(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.windows(2).any(|pair| {
        let title = pair[0].trim_start_matches(|c: char| !c.is_alphanumeric()).trim_end_matches('.');
        let is_name = pair[1].chars().filter(|c| c.is_alphabetic()).count() > 1;
        let is_capital = pair[1].trim_start_matches(['“', '"', '\'']).starts_with(char::is_uppercase);
        (is_name && TITLES.contains(&title.to_lowercase().as_str())) || (is_capital && PROUD_TITLES.contains(&title))
    })
}

pub fn is_a_day(text: &str) -> bool {
    ["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y-%m-%d", "%d/%m/%y", "%d %B %Y"]
        .iter()
        .any(|form| NaiveDate::parse_from_str(text, form).is_ok())
}

/// Two words with capitals, as people are called: "Ana Example". A list of needs has none.
pub fn looks_like_a_name(text: &str) -> bool {
    let capital = |word: &&str| {
        let mut letters = word.chars();
        letters.next().is_some_and(char::is_uppercase) && letters.next().is_some_and(char::is_lowercase)
    };
    text.split([' ', ',', '.']).filter(|word| !word.is_empty()).filter(capital).count() >= 2
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The tenth digit for nine, if there is one.
    fn check_digit(nine: &[u32]) -> Option<u32> {
        (0..10).find(|check| is_nhs_number(&[nine, &[*check]].concat()))
    }

    #[test]
    fn notes_about_places_are_left_alone() {
        for note in [
            "Ground floor, garden view",
            "Phone 01962 850123 before you come",
            "Do not miss out: two rooms from 1 December",
            "Mr",
            "We missed Mary Rose House in the last list",
            "Rooms 9434 and 765",
            "Order 943 476 5910 of May",
            "A dobson unit; newborn onesies",
        ] {
            assert_eq!(in_note(note), None, "{note}");
        }
    }

    #[test]
    fn names_behind_titles_nhs_numbers_and_birthdays_are_seen() {
        for (note, what) in [
            ("Room kept for Mrs Example", "the name of a person"),
            ("for mrs. example's return", "the name of a person"),
            ("(Mr Example, moving in)", "the name of a person"),
            ("Miss Example in room 4", "the name of a person"),
            ("NHS 943 476 5919", "an NHS number"),
            ("9434765919", "an NHS number"),
            ("call 12 943-476-5919 now", "an NHS number"),
            ("DOB 3/4/32", "a date of birth"),
        ] {
            assert_eq!(in_note(note), Some(what), "{note}");
        }
    }

    proptest! {
        #[test]
        fn every_nhs_number_is_seen_however_it_is_grouped(
            nine in prop::collection::vec(0_u32..10, 9),
            parted in prop::sample::select(vec!["", " ", "-"]),
            before in "[a-z ]{0,12}",
        ) {
            prop_assume!(nine[0] != 0);
            let Some(check) = check_digit(&nine) else { return Ok(()) };
            let digits: String = nine.iter().chain([&check]).map(u32::to_string).collect();
            let note = format!("{before}{}{parted}{}{parted}{}.", &digits[..3], &digits[3..6], &digits[6..]);
            prop_assert_eq!(in_note(&note), Some("an NHS number"), "{}", note);
        }
    }
}
