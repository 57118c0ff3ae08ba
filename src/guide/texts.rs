//! The wording of the guides as files: built in, replaced one by one by a folder of the operator, and
//! then by what administrators wrote (`edited.rs`). Fills in figures; draws nothing.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::io::ErrorKind;
use std::path::Path;

use chrono::NaiveDate;
use rust_embed::RustEmbed;

use crate::domain::words::GuideKind;
use crate::guide::chapters::Chapter;
use crate::guide::facts::{Facts, Figure};

/// A chapter of a hundred pages; a larger file is a mistake.
const LARGEST_FILE: u64 = 1 << 20;
const FACTS: &str = "facts.json";
/// A chapter that only shows a shared part, for who tries it.
const TRIED: &str = "residential/00-tried.md";
const TRIED_TITLE: &str = "As it will look";

#[derive(RustEmbed)]
#[folder = "web/guide"]
struct Embedded;

/// Every file of wording by its name: `residential/08-costs.md`, `both/assessment.md`, `facts.json`.
#[derive(Clone, Debug)]
pub struct Texts {
    pub(super) files: BTreeMap<String, String>,
    /// What administrators wrote in place of files of these names.
    pub(super) edited: BTreeMap<String, String>,
    /// Local parts of councils, by name of the part: each council with its own words.
    pub(super) local: BTreeMap<String, Vec<(String, String)>>,
    pub(super) facts: Facts,
    /// What administrators wrote and cannot be used: a sentence each.
    pub(super) unusable: Vec<String>,
}

/// The chapters of one guide with everything filled in, and the figures they print.
#[derive(Debug)]
pub struct Wording {
    pub chapters: Vec<Chapter>,
    pub figures: Vec<Figure>,
    /// What administrators wrote and had to be left out, since it cannot be read: a sentence each.
    pub left_out: Vec<String>,
}

/// Whose words a chapter is made of.
#[derive(Clone, Copy, PartialEq)]
enum Words {
    Edited,
    Shipped,
}

/// What the chapters may name besides figures: `{{site}}`, `{{made_on}}`, and `{{on_help_phone}}`
/// (" on 0300 …", or nothing).
pub type Names<'a> = BTreeMap<&'a str, String>;

impl Texts {
    pub fn embedded() -> Result<Self, String> {
        let read = |name: Cow<'static, str>| {
            let file = Embedded::get(&name)?;
            Some((name.into_owned(), String::from_utf8_lossy(&file.data).into_owned()))
        };
        Self::from_files(Embedded::iter().filter(|name| is_wording(name)).filter_map(read).collect())
    }

    /// With the files of this folder in place of the built-in ones of the same names. A folder that
    /// is not there replaces nothing; an empty file takes a chapter away.
    pub fn with_folder(self, folder: &Path) -> Result<Self, String> {
        let mut files = self.files;
        for part in ["", "both", "easy-read", GuideKind::Residential.word(), GuideKind::HomeCare.word()] {
            let inside = folder.join(part);
            let entries = match std::fs::read_dir(&inside) {
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                entries => entries.map_err(|error| unreadable(&inside, error))?,
            };
            for entry in entries {
                let path = entry.map_err(|error| unreadable(&inside, error))?.path();
                let Some(file) = path.file_name().and_then(|name| name.to_str()) else { continue };
                let name = if part.is_empty() { file.to_owned() } else { format!("{part}/{file}") };
                if is_wording(&name) {
                    files.insert(name, read_file(&path)?);
                }
            }
        }
        Self::from_files(files)
    }

    /// Wording from files that are already read.
    pub fn from_files(files: BTreeMap<String, String>) -> Result<Self, String> {
        let facts = Facts::parse(files.get(FACTS).ok_or("The facts of the guides are missing.")?)?;
        Ok(Self { files, edited: BTreeMap::new(), local: BTreeMap::new(), facts, unusable: Vec::new() })
    }

    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The chapters of a guide in the order of their file names, filled in for that day. What an
    /// administrator wrote and cannot be read is left out, and what is shipped holds in its place.
    pub fn wording(&self, kind: GuideKind, day: NaiveDate, names: &Names) -> Result<Wording, String> {
        let mut filler = Filler { texts: self, day, names, figures: Vec::new() };
        let (mut chapters, mut left_out) = (Vec::new(), Vec::new());
        let start = format!("{kind}/");
        for name in self.names().filter(|name| name.starts_with(&start)) {
            let number = chapters.len() + 1;
            let written = self.chapter(&mut filler, name, number, Words::Edited);
            chapters.extend(match written {
                Err(why) if !(self.edited.is_empty() && self.local.is_empty()) => {
                    left_out.push(why);
                    self.chapter(&mut filler, name, number, Words::Shipped)?
                }
                other => other?,
            });
        }
        Ok(Wording { chapters, figures: filler.figures, left_out })
    }

    /// The names of all texts, chapters and shared parts, each once and in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let all: BTreeSet<&str> = self.files.keys().chain(self.edited.keys()).map(String::as_str).collect();
        all.into_iter().filter(|name| name.ends_with(".md"))
    }

    /// What stands in a text without what administrators wrote.
    pub fn shipped(&self, name: &str) -> Option<&str> {
        self.files.get(name).map(String::as_str)
    }

    /// What stands in a text now.
    pub fn words(&self, name: &str) -> Option<&str> {
        self.edited.get(name).map(String::as_str).or_else(|| self.shipped(name))
    }

    /// A text as a chapter, if these were its words; nothing if they take the chapter away.
    pub fn tried(
        &self,
        name: &str,
        words: &str,
        day: NaiveDate,
        names: &Names,
    ) -> Result<Option<(Chapter, Vec<Figure>)>, String> {
        let mut texts = self.clone();
        texts.edited.insert(name.to_owned(), words.to_owned());
        let part = name.strip_prefix("both/").and_then(|name| name.strip_suffix(".md"));
        let name = match part {
            Some(part) => {
                texts.edited.insert(TRIED.to_owned(), format!("# {}\n\n{{{{include {part}}}}}\n", TRIED_TITLE));
                TRIED
            }
            None => name,
        };
        let mut filler = Filler { texts: &texts, day, names, figures: Vec::new() };
        let chapter = texts.chapter(&mut filler, name, 1, Words::Edited)?;
        Ok(chapter.map(|chapter| (chapter, filler.figures)))
    }

    /// One text as a chapter by itself, or what is shipped if what was written cannot be read.
    pub fn alone(&self, name: &str, day: NaiveDate, names: &Names) -> Result<Option<Chapter>, String> {
        let mut filler = Filler { texts: self, day, names, figures: Vec::new() };
        let written = self.chapter(&mut filler, name, 1, Words::Edited);
        written.or_else(|_| self.chapter(&mut filler, name, 1, Words::Shipped))
    }

    fn chapter(&self, filler: &mut Filler, name: &str, number: usize, words: Words) -> Result<Option<Chapter>, String> {
        let Some(markdown) = self.text(name, words).filter(|markdown| !markdown.trim().is_empty()) else {
            return Ok(None);
        };
        let known = filler.figures.len();
        let read = self.included(markdown, words).and_then(|whole| filler.fill(&whole));
        let read = read.and_then(|filled| Chapter::parse(number, &filled));
        if read.is_err() {
            filler.figures.truncate(known);
        }
        read.map(Some).map_err(|why| format!("In {name}: {why}"))
    }

    fn text(&self, name: &str, words: Words) -> Option<&str> {
        match words {
            Words::Edited => self.words(name),
            Words::Shipped => self.shipped(name),
        }
    }

    /// With every line `{{include NAME}}` replaced by the file `both/NAME.md`, and by what each council
    /// has written there for its own area.
    fn included(&self, markdown: &str, words: Words) -> Result<String, String> {
        let mut whole = String::with_capacity(markdown.len());
        for line in markdown.lines() {
            let asked = line.trim().strip_prefix("{{include ").and_then(|rest| rest.strip_suffix("}}"));
            let Some(asked) = asked else {
                whole.push_str(line);
                whole.push('\n');
                continue;
            };
            let name = format!("both/{asked}.md");
            whole.push_str(self.text(&name, words).ok_or_else(|| format!("There is no {name}."))?);
            whole.push('\n');
            let local = self.local.get(&name).filter(|_| words == Words::Edited);
            for (council, words) in local.into_iter().flatten() {
                whole.push_str(&format!("\n**{}**\n\n{words}\n", literal(council)));
            }
        }
        Ok(whole)
    }
}

fn is_wording(name: &str) -> bool {
    name == FACTS || (name.ends_with(".md") && name.contains('/'))
}

fn read_file(path: &Path) -> Result<String, String> {
    let size = path.metadata().map_err(|error| unreadable(path, error))?.len();
    if size > LARGEST_FILE {
        return Err(unreadable(path, "it is larger than 1 MB"));
    }
    std::fs::read_to_string(path).map_err(|error| unreadable(path, error))
}

fn unreadable(path: &Path, why: impl Display) -> String {
    format!("{} cannot be read: {why}.", path.display())
}

/// Puts figures and names where the text has `{{key|words if the figure is not known}}`.
struct Filler<'a> {
    texts: &'a Texts,
    day: NaiveDate,
    names: &'a Names<'a>,
    figures: Vec<Figure>,
}

impl Filler<'_> {
    fn fill(&mut self, markdown: &str) -> Result<String, String> {
        let mut filled = String::with_capacity(markdown.len());
        let mut rest = markdown;
        while let Some((before, after)) = rest.split_once("{{") {
            let (key, after) = after.split_once("}}").ok_or("A key lacks its \"}}\".")?;
            filled.push_str(before);
            filled.push_str(&self.value(key)?);
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    fn value(&mut self, asked: &str) -> Result<String, String> {
        let (key, otherwise) = asked.split_once('|').map_or((asked, None), |(key, words)| (key, Some(words)));
        if matches!(key, "listings" | "figures") {
            return Ok(format!("{{{{{key}}}}}"));
        }
        if let Some(name) = self.names.get(key) {
            return Ok(literal(name));
        }
        if !self.texts.facts.knows(key) {
            return Err(format!("{{{{{key}}}}} is not a figure that the facts hold."));
        }
        let otherwise = otherwise.ok_or_else(|| format!("{{{{{key}}}}} needs words for when it is not known."))?;
        let Some(figure) = self.texts.facts.figure(key, self.day) else { return Ok(otherwise.to_owned()) };
        let value = figure.value.clone();
        if !self.figures.iter().any(|known| known.key == key) {
            self.figures.push(figure);
        }
        Ok(value)
    }
}

/// Any text as Markdown that means just that text.
fn literal(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars().map(|c| if c.is_control() { ' ' } else { c }) {
        if c.is_ascii_punctuation() {
            safe.push('\\');
        }
        safe.push(c);
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guide::chapters::{Block, words};

    fn texts(chapter: &str) -> Texts {
        let facts = r#"{"facts":[{"key":"fnc","what":"Nursing","value":267.68,"unit":"pounds_a_week","until":"2027-03-31",
            "confidence":"official","source":"s","read_on":"2026-11-22"}]}"#;
        let files = [(FACTS, facts), ("residential/01-a.md", chapter), ("both/who.md", "Ask {{site}}.")];
        Texts::from_files(files.map(|(name, text)| (name.to_owned(), text.to_owned())).into()).unwrap()
    }

    fn said(chapter: &str, on: &str) -> Result<String, String> {
        let names = Names::from([("site", "#1 *Care* {{x}}".to_owned())]);
        let wording = texts(chapter).wording(GuideKind::Residential, on.parse().unwrap(), &names)?;
        Ok(match &wording.chapters[0].blocks[..] {
            [Block::Paragraph { text }] => words(text),
            other => format!("{other:?}"),
        })
    }

    #[test]
    fn a_figure_is_filled_in_while_it_holds_and_replaced_by_words_after() {
        let chapter = "# T\n\nIt is {{fnc|an amount set each April}} now.";
        assert_eq!(said(chapter, "2026-11-22").unwrap(), "It is £267.68 now.");
        assert_eq!(said(chapter, "2027-04-01").unwrap(), "It is an amount set each April now.");
    }

    #[test]
    fn a_key_that_is_unknown_or_has_no_words_of_its_own_is_a_mistake() {
        assert!(said("# T\n\n{{fcn|x}}", "2026-11-22").unwrap_err().contains("residential/01-a.md: {{fcn}} is not"));
        assert!(said("# T\n\n{{fnc}}", "2026-11-22").unwrap_err().contains("needs words"));
        assert!(said("# T\n\n{{fnc|x", "2026-11-22").unwrap_err().contains("lacks its"));
        assert!(said("# T\n\n{{include nobody}}", "2026-11-22").unwrap_err().contains("no both/nobody.md"));
    }

    #[test]
    fn shared_text_is_included_and_names_stay_what_they_are() {
        assert_eq!(said("# T\n\n{{include who}}", "2026-11-22").unwrap(), "Ask #1 *Care* {{x}}.");
    }

    #[test]
    fn a_folder_replaces_files_one_by_one() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("residential")).unwrap();
        std::fs::write(folder.path().join("residential/01-a.md"), "# Ours\n\nHello.").unwrap();
        let texts = texts("# T\n\nOld.").with_folder(folder.path()).unwrap();
        let wording = texts.wording(GuideKind::Residential, "2026-11-22".parse().unwrap(), &Names::new()).unwrap();
        assert_eq!(wording.chapters[0].title, "Ours");
        assert!(texts.with_folder(Path::new("/nowhere/at/all")).is_ok());
    }
}
