//! The logo of a deployment: which files are taken, and how wide they stand in the header. A drawing
//! that could do anything but be drawn is refused.

use std::path::Path;

/// Part of the first page of everybody, which is to open on a bad line.
const LARGEST: usize = 50_000;
/// As it stands in the header, in pixels of CSS.
pub const HEIGHT: u32 = 40;
/// Wider, it would push the name off a phone.
const WIDEST: f64 = 240.0;

/// A logo that may be shown.
pub struct Logo {
    pub content: Vec<u8>,
    pub extension: &'static str,
    pub media_type: &'static str,
    /// Where it is `HEIGHT` high.
    pub width: u32,
}

impl Logo {
    /// Reads and checks the file; what is wrong with it in a sentence.
    pub fn read(path: &Path) -> Result<Self, String> {
        let refused = |why: &str| format!("BERTH_SITE_LOGO: {} {why}", path.display());
        let content = std::fs::read(path).map_err(|e| refused(&format!("cannot be read: {e}")))?;
        Self::of(content).map_err(|why| refused(&why))
    }

    fn of(content: Vec<u8>) -> Result<Self, String> {
        if content.len() > LARGEST {
            let is = content.len().div_ceil(1000);
            return Err(format!(
                "has {is} kB; a logo may have {} kB, so that pages open on a bad line",
                LARGEST / 1000
            ));
        }
        let (extension, media_type, (width, height)) = if content.starts_with(b"\x89PNG\r\n\x1a\n") {
            ("png", "image/png", size_of_png(&content)?)
        } else {
            let text = std::str::from_utf8(&content).map_err(|_| "is neither an SVG nor a PNG file".to_owned())?;
            ("svg", "image/svg+xml", size_of_svg(text)?)
        };
        let shown = f64::from(HEIGHT) * width / height;
        if !(1.0..=WIDEST).contains(&shown) {
            return Err("must be at most six times as wide as high, and not a mere line".to_owned());
        }
        // Between 1 and 240.
        Ok(Self { content, extension, media_type, width: shown.round() as u32 })
    }
}

fn size_of_png(content: &[u8]) -> Result<(f64, f64), String> {
    let number = |at: usize| {
        let bytes = content.get(at..at + 4)?.try_into().ok()?;
        Some(f64::from(u32::from_be_bytes(bytes))).filter(|number| *number > 0.0)
    };
    number(16).zip(number(20)).ok_or_else(|| "is a PNG file without a size".to_owned())
}

fn size_of_svg(text: &str) -> Result<(f64, f64), String> {
    let lower = text.to_ascii_lowercase();
    let start = lower.find("<svg").ok_or("is neither an SVG nor a PNG file")?;
    if let Some(what) = active(&lower) {
        return Err(format!("holds {what}; a logo may only be drawn, so take that out"));
    }
    let tag = &text[start..start + text[start..].find('>').unwrap_or(0)];
    let numbers = |list: &str| -> Vec<f64> {
        list.split([' ', ',', '\n', '\t']).filter(|part| !part.is_empty()).map_while(|part| part.parse().ok()).collect()
    };
    let box_of = attribute(tag, "viewBox").map(numbers).filter(|numbers| numbers.len() == 4);
    let size = box_of.map(|numbers| (numbers[2], numbers[3])).or_else(|| {
        let length = |name| attribute(tag, name)?.trim_end_matches("px").parse::<f64>().ok();
        length("width").zip(length("height"))
    });
    size.filter(|(width, height)| *width > 0.0 && *height > 0.0)
        .ok_or_else(|| "is an SVG without a viewBox, so nobody knows its shape".to_owned())
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let spaced = |at: &usize| tag[..*at].ends_with(char::is_whitespace);
    let at = tag.match_indices(name).map(|(at, _)| at).find(spaced)?;
    let rest = tag[at + name.len()..].trim_start().strip_prefix('=')?.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    rest[1..].split(quote).next()
}

/// What in a drawing could act, load or deceive, in lower case.
fn active(lower: &str) -> Option<&'static str> {
    const ELEMENTS: [(&str, &str); 8] = [
        ("script", "a script"),
        ("foreignobject", "a page of its own"),
        ("iframe", "a page of its own"),
        ("object", "a page of its own"),
        ("embed", "a page of its own"),
        ("handler", "a script"),
        ("a", "a link"),
        ("set", "an animation"),
    ];
    if lower.contains("<!doctype") || lower.contains("<!entity") {
        return Some("declarations of its own");
    }
    for (at, _) in lower.match_indices('<') {
        let name: String = lower[at + 1..].chars().take_while(|c| !c.is_whitespace() && !"/>".contains(*c)).collect();
        let name = name.rsplit(':').next().unwrap_or_default();
        if let Some((_, what)) = ELEMENTS.iter().find(|(known, _)| *known == name) {
            return Some(what);
        }
    }
    let is_event = |at: usize| {
        let after = lower[at + 2..].trim_start_matches(|c: char| c.is_ascii_alphabetic());
        lower[..at].ends_with(|c: char| c.is_whitespace() || "\"'/".contains(c)) && after.trim_start().starts_with('=')
    };
    if lower.match_indices("on").any(|(at, _)| is_event(at)) {
        return Some("a script");
    }
    ["javascript:", "&#"].iter().any(|word| lower.contains(word)).then_some("a script, or signs that hide one")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<u32, String> {
        Logo::of(text.as_bytes().to_vec()).map(|logo| logo.width)
    }

    #[test]
    fn a_drawing_stands_as_wide_as_its_shape_says() {
        assert_eq!(of(r#"<?xml version="1.0"?><svg xmlns="x" viewBox="0 0 300 100"><path d="M0 0"/></svg>"#), Ok(120));
        assert_eq!(of("<svg width='80px' height='40'><g id='one'/></svg>"), Ok(80));
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x20\0\0\0\x10".to_vec();
        png.extend([8, 6, 0, 0, 0]);
        assert_eq!(Logo::of(png).unwrap().width, 80);
    }

    #[test]
    fn what_could_act_or_has_no_shape_is_refused_with_the_reason() {
        let drawing = |inner: &str| of(&format!(r#"<svg viewBox="0 0 10 10">{inner}</svg>"#)).unwrap_err();
        for (inner, why) in [
            ("<script>alert(1)</script>", "a script"),
            ("<SVG:Script/>", "a script"),
            ("<g onload='alert(1)'/>", "a script"),
            ("<g\nonClick = \"x\"/>", "a script"),
            ("<use href='java&#x73;cript:x'/>", "signs that hide one"),
            ("<a href='https://example.org'><path/></a>", "a link"),
            ("<foreignObject/>", "a page of its own"),
            ("<!ENTITY x 'y'>", "declarations"),
        ] {
            assert!(drawing(inner).contains(why), "{inner}: {}", drawing(inner));
        }
        assert!(of("<svg><path/></svg>").unwrap_err().contains("viewBox"));
        assert!(of("<svg viewBox='0 0 900 100'/>").unwrap_err().contains("six times"));
        assert!(of("GIF89a").unwrap_err().contains("neither"));
        assert!(of(&format!("<svg viewBox='0 0 1 1'>{}</svg>", " ".repeat(50_000))).unwrap_err().contains("kB"));
        assert!(Logo::read(Path::new("nowhere.svg")).err().unwrap().starts_with("BERTH_SITE_LOGO: nowhere.svg"));
    }

    #[test]
    fn words_that_merely_look_like_handlers_are_left_alone() {
        assert!(
            of(r#"<svg viewBox="0 0 10 10"><path class="once" font-family="Condensed" id="on-top"/></svg>"#).is_ok()
        );
    }
}
