//! A guide as PDF/UA-1: the only file that knows the Typst libraries. What stands on the pages is
//! the template's business, and the data's.

use typst::diag::{FileError, FileResult, Severity, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use chrono::{Datelike, Timelike};
use rust_embed::RustEmbed;

use crate::base::stamp::Stamp;
use crate::guide::Guide;
use crate::guide::typst::{Layout, TEMPLATE, data};

/// Arimo has the measures of Arial, which councils ask for; DejaVu Sans has the scripts and signs
/// that it lacks. The web build brings them; embedded, so that every machine makes the same pages.
const FONTS: [&str; 3] = ["Arimo_400Regular.ttf", "Arimo_700Bold.ttf", "DejaVuSans.ttf"];

#[derive(RustEmbed)]
#[folder = "web/dist/fonts"]
#[allow_missing = true]
struct Embedded;

/// What every build needs and none changes: the library of Typst, and the fonts. Kept by the
/// caller between builds.
pub struct Press {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    template: Source,
    data: FileId,
}

impl Press {
    pub fn new() -> Result<Self, String> {
        let mut fonts: Vec<Font> = Vec::new();
        for name in FONTS {
            let font =
                Embedded::get(name).ok_or("the fonts are not in this binary: run the web build, then build again")?;
            fonts.extend(Font::iter(Bytes::new(font.data.into_owned())));
        }
        Ok(Self {
            library: LazyHash::new(Library::default()),
            book: LazyHash::new(FontBook::from_fonts(&fonts)),
            fonts,
            template: Source::new(file("guide.typ")?, TEMPLATE.to_owned()),
            data: file("guide.json")?,
        })
    }

    /// The guide as a PDF. Takes seconds of one core: not for a thread that others wait on.
    pub fn pdf(&self, guide: &Guide, layout: Layout) -> Result<Vec<u8>, String> {
        let data = data(guide, layout, &|c| self.has_glyph(c))?;
        let sheet = Sheet { press: self, data: Bytes::from_string(data) };
        let made = compile(&sheet, guide);
        // And what was kept while it was written.
        typst::comemo::evict(0);
        made.map_err(|why| format!("The PDF of the guide cannot be made: {why}."))
    }

    fn has_glyph(&self, c: char) -> bool {
        self.fonts.iter().any(|font| font.info().coverage.contains(c.into()))
    }
}

fn compile(sheet: &Sheet, guide: &Guide) -> Result<Vec<u8>, String> {
    let compiled = typst::compile(sheet);
    // What was laid out on the way is kept for a next run on the same text; there is none.
    typst::comemo::evict(0);
    let document = compiled.output.map_err(|errors| all_said(&errors))?;
    let standards = PdfStandards::new(&[PdfStandard::Ua_1]).map_err(|error| error.message().to_string())?;
    let options = PdfOptions {
        ident: Smart::Custom(format!("{} {}", guide.kind, guide.made_at)),
        creator: Smart::Custom(Some("Berth".to_owned())),
        timestamp: datetime(guide.made_at).map(Timestamp::new_utc),
        standards,
        ..PdfOptions::default()
    };
    typst_pdf::pdf(&document, &options).map_err(|errors| all_said(&errors))
}

fn all_said(errors: &[SourceDiagnostic]) -> String {
    errors.iter().filter(|error| error.severity == Severity::Error).map(said).collect::<Vec<_>>().join("; ")
}

fn said(diagnostic: &SourceDiagnostic) -> String {
    let hints = diagnostic.hints.iter().map(|hint| format!(" ({})", hint.v));
    format!("{}{}", diagnostic.message, hints.collect::<String>())
}

fn file(name: &str) -> Result<FileId, String> {
    let path = VirtualPath::new(name).map_err(|error| error.to_string())?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}

fn datetime(at: Stamp) -> Option<Datetime> {
    let at = at.utc();
    let small = |number: u32| u8::try_from(number).ok();
    Datetime::from_ymd_hms(
        at.year(),
        small(at.month())?,
        small(at.day())?,
        small(at.hour())?,
        small(at.minute())?,
        small(at.second())?,
    )
}

/// One guide in the press: all that Typst can see. No files, no packages, no clock.
struct Sheet<'a> {
    press: &'a Press,
    data: Bytes,
}

impl World for Sheet<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.press.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.press.book
    }

    fn main(&self) -> FileId {
        self.press.template.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.main() { Ok(self.press.template.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == self.press.data { Ok(self.data.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.press.fonts.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}
