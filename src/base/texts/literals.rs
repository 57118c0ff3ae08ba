//! The strings in the code of a template that people read: `input("q", "Name, town or provider")`.
//! It deliberately does not guess at single words in lower case: those are mostly names and values. What is said with
//! numbers or names in it is given to `plural` or `fill`.

use std::ops::Range;

/// Functions whose strings name something instead of saying it.
const NAMING: [&str; 7] = ["asset", "words", "choices", "replace", "selectattr", "rejectattr", "map"];

/// What is found in code.
#[derive(Debug, PartialEq, Eq)]
pub enum Found<'c> {
    /// The range of a string, without its quotes.
    Words(Range<usize>),
    /// `plural(number, "{n} home", "{n} homes")`, which finds its words when the page is made.
    Plural(&'c str, &'c str),
}

/// All of it, in order.
pub fn found(code: &str) -> Vec<Found<'_>> {
    let mut found = Vec::new();
    let mut calls: Vec<(&str, Option<&str>)> = Vec::new();
    let mut at = 0;
    while let Some(c) = code[at..].chars().next() {
        match c {
            '"' | '\'' => {
                let start = at + 1;
                let end = code[start..].find(c).map_or(code.len(), |end| start + end);
                let text = &code[start..end];
                match calls.last_mut() {
                    Some(("plural", one)) => match one.take() {
                        None => *one = Some(text),
                        Some(one) => found.push(Found::Plural(one, text)),
                    },
                    Some(("fill", _)) => found.push(Found::Words(start..end)),
                    Some((name, _)) if NAMING.contains(name) => {}
                    Some(_) | None if is_compared(code, at, end) => {}
                    Some(_) | None => found.extend(is_words(text).then_some(Found::Words(start..end))),
                }
                at = end;
            }
            '(' => calls.push((name_before(&code[..at]), None)),
            '[' | '{' => calls.push(("", None)),
            ')' | ']' | '}' => drop(calls.pop()),
            _ => {}
        }
        at += code[at..].chars().next().map_or(1, char::len_utf8);
    }
    found
}

fn name_before(code: &str) -> &str {
    code.rsplit(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next().unwrap_or_default()
}

fn is_compared(code: &str, start: usize, end: usize) -> bool {
    let is_comparison = |text: &str| text.starts_with("==") || text.starts_with("!=");
    let before = code[..start].trim_end();
    before.ends_with("==")
        || before.ends_with("!=")
        || code.get(end + 1..).is_some_and(|after| is_comparison(after.trim_start()))
}

/// Whether people read it: it begins with a capital, or has a blank between words; no class, path or field name.
fn is_words(text: &str) -> bool {
    let plain = text.trim();
    if ["govuk-", "berth-", "\\", "{", "/", "="].iter().any(|mark| plain.contains(mark)) {
        return false;
    }
    let begins = plain.trim_start_matches(['“', '(']).chars().next().is_some_and(char::is_uppercase);
    let reads = plain.chars().any(char::is_lowercase) && plain.chars().filter(|c| c.is_alphabetic()).count() > 1;
    let letters = |part: &str| part.chars().any(char::is_alphabetic);
    reads && (begins || plain.split(' ').filter(|part| letters(part)).count() > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_from_names_classes_and_values() {
        let code = r#"{{ input("near", "Postcode or district", hint="Such as SO23", width="govuk-input--width-4") }}
            {% if a == "Other" %}{{ asset("App.js") }}{{ ["Any, full ones too", "it is", "lines-", "yes", "SO23"] }}"#;
        let words: Vec<&str> = found(code)
            .into_iter()
            .map(|found| match found {
                Found::Words(range) => &code[range],
                Found::Plural(one, _) => one,
            })
            .collect();
        assert_eq!(words, ["Postcode or district", "Such as SO23", "Any, full ones too", "it is"]);
    }

    #[test]
    fn a_plural_is_found_with_both_of_its_forms() {
        let found = found(r#"{{ f(plural(total | length, "{n} home", "{n} homes"), "Said") }}"#);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0], Found::Plural("{n} home", "{n} homes"));
    }
}
