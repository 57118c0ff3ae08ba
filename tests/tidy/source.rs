//! A file of the project as the rules read it: its text, and its code without comments and strings.
//! It knows no rule.

use std::path::Path;
use std::process::Command;

pub struct Source {
    pub path: String,
    pub text: String,
    /// The text with comments and the contents of strings blanked out, line for line.
    pub code: String,
}

impl Source {
    pub fn new(path: &str, text: &str) -> Self {
        let code = if path.ends_with(".rs") { code(text) } else { text.to_owned() };
        Self { path: path.to_owned(), text: text.to_owned(), code }
    }

    /// Whether the code names this word at the beginning of a path: `typst::x`, but not `guide::typst` or `typsten`.
    pub fn names(&self, word: &str) -> bool {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        // `Utc::now` may have `chrono::` before it; the name of a library is the beginning.
        let is_library = !word.contains("::");
        self.code.match_indices(word).any(|(at, _)| {
            let (before, after) = (&self.code[..at], &self.code[at + word.len()..]);
            let begins = !before.ends_with(|c| is_word(c) || (is_library && c == ':'));
            let ends = if is_library { after.starts_with("::") } else { !after.starts_with(is_word) };
            begins && ends
        })
    }

    /// The names of its tests.
    pub fn tests(&self) -> Vec<&str> {
        let mut names = Vec::new();
        let mut is_test = false;
        for line in self.code.lines().map(str::trim) {
            let test = ["#[test]", "#[test(", "#[tokio::test"];
            is_test |= test.iter().any(|begins| line.starts_with(begins));
            let Some((_, after)) = line.split_once("fn ").filter(|_| is_test) else { continue };
            names.push(after.split(['(', '<']).next().unwrap_or_default());
            is_test = false;
        }
        names
    }

    /// From the first `#[cfg(test)]` on, if there is one: tests stand last.
    pub fn test_code(&self) -> &str {
        self.code.find("#[cfg(test)]").map_or("", |at| &self.code[at..])
    }
}

/// The files under version control whose path is wanted, in order.
pub fn tracked(wanted: impl Fn(&str) -> bool) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let list =
        Command::new("git").args(["ls-files", "--cached", "--others", "--exclude-standard"]).current_dir(root).output();
    let list = String::from_utf8(list.expect("git lists the files of the project").stdout).unwrap();
    let files: Vec<Source> = list
        .lines()
        .filter(|path| wanted(path))
        // Deleted and not yet committed, or no text (an icon): nothing to read.
        .filter_map(|path| Some(Source::new(path, &std::fs::read_to_string(root.join(path)).ok()?)))
        .collect();
    assert!(!files.is_empty(), "no file to check: a rule that reads nothing proves nothing");
    files
}

/// Blanks comments and the contents of strings, so that a word in a sentence is no code.
fn code(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let end = match c {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |at| at + 2),
            '"' => string_end(rest),
            'r' if !code.ends_with(|c: char| c.is_alphanumeric() || c == '_') => raw_string_end(rest).unwrap_or(0),
            '\'' => char_end(rest).unwrap_or(0),
            _ => 0,
        };
        if end == 0 {
            code.push(c);
            rest = &rest[c.len_utf8()..];
        } else {
            code.extend(rest[..end].chars().filter(|c| *c == '\n'));
            rest = &rest[end..];
        }
    }
    code
}

fn string_end(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn raw_string_end(text: &str) -> Option<usize> {
    let hashes = text[1..].chars().take_while(|c| *c == '#').count();
    text[1 + hashes..].strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    let body = 2 + hashes;
    Some(text[body..].find(&close).map_or(text.len(), |at| body + at + close.len()))
}

/// `'x'` and `'\n'`, but no lifetime.
fn char_end(text: &str) -> Option<usize> {
    let mut chars = text.char_indices().skip(1);
    let (_, first) = chars.next()?;
    let close = if first == '\\' { text[3..].find('\'').map(|at| at + 3) } else { chars.next().map(|(at, _)| at) };
    close.filter(|at| text[*at..].starts_with('\'')).map(|at| at + 1)
}

#[test]
fn comments_and_strings_are_no_code() {
    let bare = |text: &str| Source::new("x.rs", text).code.split_whitespace().collect::<String>();
    assert_eq!(
        bare("a(\"b \\\" c\"); // d\ne('\"'); /* f */ g('\\''); r#\"h \" i\"#; k::<'l>('m')"),
        "a();e();g();;k::<'l>()"
    );
}
