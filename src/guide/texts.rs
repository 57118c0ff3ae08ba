//! The wording of the guides as files: built in, and replaced one by one by a folder of the
//! operator, so that a word is changed without a build. Fills in figures; draws nothing.

use std::borrow::Cow;
use std::collections::BTreeMap;
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

#[derive(RustEmbed)]
#[folder = "web/guide"]
struct Embedded;

/// Every file of wording by its name: `residential/08-costs.md`, `both/assessment.md`, `facts.json`.
#[derive(Clone, Debug)]
pub struct Texts {
    files: BTreeMap<String, String>,
    facts: Facts,
}

/// The chapters of one guide with everything filled in, and the figures they print.
#[derive(Debug)]
pub struct Wording {
    pub chapters: Vec<Chapter>,
    pub figures: Vec<Figure>,
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
        for part in ["", "both", GuideKind::Residential.word(), GuideKind::HomeCare.word()] {
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
        Ok(Self { files, facts })
    }

    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The chapters of a guide in the order of their file names, filled in for that day.
    pub fn wording(&self, kind: GuideKind, day: NaiveDate, names: &Names) -> Result<Wording, String> {
        let mut filler = Filler { texts: self, day, names, figures: Vec::new() };
        let mut chapters = Vec::new();
        let start = format!("{kind}/");
        for (name, markdown) in self.files.range(start.clone()..).take_while(|(name, _)| name.starts_with(&start)) {
            if markdown.trim().is_empty() {
                continue;
            }
            let chapter = filler
                .fill(&self.included(markdown)?)
                .and_then(|filled| Chapter::parse(chapters.len() + 1, &filled))
                .map_err(|why| format!("In {name}: {why}"))?;
            chapters.push(chapter);
        }
        Ok(Wording { chapters, figures: filler.figures })
    }

    /// With every line `{{include NAME}}` replaced by the file `both/NAME.md`.
    fn included(&self, markdown: &str) -> Result<String, String> {
        let mut whole = String::with_capacity(markdown.len());
        for line in markdown.lines() {
            let asked = line.trim().strip_prefix("{{include ").and_then(|rest| rest.strip_suffix("}}"));
            let shared = match asked {
                Some(name) => {
                    self.files.get(&format!("both/{name}.md")).ok_or(format!("There is no both/{name}.md."))?
                }
                None => line,
            };
            whole.push_str(shared);
            whole.push('\n');
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
