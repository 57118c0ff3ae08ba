//! A guide as Typst source: one fixed template, and the guide as JSON that it reads as data.
//! So a name is never markup, whatever is in it. Making pages of it is left to `pdf.rs`.

use serde::Serialize;
use serde_json::{Value, json};

use crate::guide::Guide;

/// The template; it reads the data as `guide.json` from beside it.
pub const TEMPLATE: &str = include_str!("../../web/guide/guide.typ");

/// For whom pages are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// 12 point, the listing in two columns.
    Standard,
    /// 18 point, one column.
    LargePrint,
}

/// A column of the listing holds about forty characters: longer runs without a blank may part.
const LONGEST_RUN: usize = 24;

/// Where a line may break without a blank. The template makes of it a gap of no width, so that the
/// text stays as it is when it is copied or read aloud.
const MAY_BREAK: char = '\u{200B}';

/// Printed for a character that no font of ours has.
const NO_GLYPH: char = '\u{25A1}';

/// The keys whose values are addresses or drawings, not words to be printed.
const NOT_WORDS: [&str; 6] = ["anchor", "href", "kind", "qr", "svg", "url"];

/// The data of the template. `has_glyph` says which characters can be printed.
pub fn data(guide: &Guide, layout: Layout, has_glyph: &dyn Fn(char) -> bool) -> Result<String, String> {
    let mut guide = serde_json::to_value(guide).map_err(|error| error.to_string())?;
    make_printable(&mut guide, has_glyph);
    Ok(json!({ "layout": layout, "guide": guide }).to_string())
}

fn make_printable(value: &mut Value, has_glyph: &dyn Fn(char) -> bool) {
    match value {
        Value::String(words) => *words = printable(words, has_glyph),
        Value::Array(values) => values.iter_mut().for_each(|value| make_printable(value, has_glyph)),
        Value::Object(map) => {
            let words = map.iter_mut().filter(|(key, _)| !NOT_WORDS.contains(&key.as_str()));
            words.for_each(|(_, value)| make_printable(value, has_glyph));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Words with marks where a long run may part, without what cannot be printed.
fn printable(words: &str, has_glyph: &dyn Fn(char) -> bool) -> String {
    let mut printed = String::with_capacity(words.len());
    let mut run = 0;
    for c in words.chars().filter(|c| !is_invisible(*c)) {
        if c.is_whitespace() || c.is_control() {
            printed.push(' ');
            run = 0;
            continue;
        }
        if run == LONGEST_RUN {
            printed.push(MAY_BREAK);
            run = 0;
        }
        printed.push(if has_glyph(c) { c } else { NO_GLYPH });
        run += 1;
    }
    printed
}

/// Marks that turn the direction of what follows, join or vary: in print they only do harm.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{E0000}'..='\u{E01EF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_printed_as_they_are_but_for_what_no_page_can_show() {
        let latin = |c: char| c < '\u{3000}';
        assert_eq!(printable("#1 *Élan* $x$ @y <z> \\ \"q\"", &latin), "#1 *Élan* $x$ @y <z> \\ \"q\"");
        assert_eq!(printable("a\u{202E}b\u{0}c\td", &latin), "ab c d");
        assert_eq!(printable("家", &latin), "\u{25A1}");
        let long = "x".repeat(50);
        assert_eq!(printable(&long, &latin).replace(MAY_BREAK, ""), long);
        assert_eq!(printable(&long, &latin).matches(MAY_BREAK).count(), 2);
    }
}
