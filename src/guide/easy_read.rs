//! The Easy Read page of a guide: short sentences, each with the place of a picture, as editors wrote them.
//! No machine makes it from the other texts: until somebody has written it, it says so.

use chrono::NaiveDate;

use crate::domain::words::GuideKind;
use crate::guide::Guide;
use crate::guide::index::Index;
use crate::guide::texts::{Names, Texts};

/// The text that holds it: `easy-read/residential.md`.
pub fn name(kind: GuideKind) -> String {
    format!("easy-read/{kind}.md")
}

/// The guide with its Easy Read text in place of everything else.
pub fn easy_read(guide: Guide, texts: &Texts, day: NaiveDate, names: &Names) -> Result<Guide, String> {
    let chapter = texts.alone(&name(guide.kind), day, names)?;
    Ok(Guide {
        title: format!("{}: Easy Read", guide.title),
        is_easy_read: true,
        chapters: chapter.into_iter().collect(),
        map: None,
        areas: Vec::new(),
        figures: Vec::new(),
        index: Index::default(),
        ..guide
    })
}

/// Whether somebody has written it.
pub fn is_written(texts: &Texts, kind: GuideKind) -> bool {
    let name = name(kind);
    Texts::embedded().is_ok_and(|built_in| texts.words(&name) != built_in.shipped(&name))
}
