//! Makes guides as files: each once, however many ask for it at the same time, and keeps the last
//! ones for a while. It is handed the time and the board, and writes no file itself.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::Duration;

use crate::base::local::Zone;
use crate::base::secret;
use crate::base::stamp::Stamp;
use crate::board::Snapshot;
use crate::config::Config;
use crate::domain::filter::Filter;
use crate::domain::freshness::Moment;
use crate::domain::words::GuideKind;
use crate::guide::html::html;
#[cfg(feature = "pdf")]
use crate::guide::pdf::Press;
use crate::guide::plain::plain;
use crate::guide::texts::Texts;
use crate::guide::typst::Layout;
use crate::guide::{Guide, Order, build, names};

/// Both guides in every format, and some that somebody filtered: about 4 MB each at the most.
const MOST_KEPT: usize = 12;
/// A guide says when it was made and how old its figures are; older ones are made anew.
const KEPT_FOR: Duration = Duration::minutes(5);
/// A PDF takes a core for seconds; more than this many waiting are asked to come back.
const MOST_WAITING: usize = 16;

/// A guide as somebody wants it.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    pub kind: GuideKind,
    pub format: Format,
    pub filter: Filter,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    Pdf,
    LargePrintPdf,
    Html,
    Text,
}

impl Format {
    pub const ALL: [Self; 4] = [Self::Pdf, Self::LargePrintPdf, Self::Html, Self::Text];

    /// As on the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::LargePrintPdf => "large-print-pdf",
            Self::Html => "html",
            Self::Text => "text",
        }
    }

    /// How the names of its files end.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::LargePrintPdf => "large-print.pdf",
            Self::Html => "html",
            Self::Text => "txt",
        }
    }

    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf | Self::LargePrintPdf => "application/pdf",
            Self::Html => "text/html; charset=utf-8",
            Self::Text => "text/plain; charset=utf-8",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.word() == word)
    }

    /// What is offered beside the page to read, in words.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Pdf => "PDF to print",
            Self::LargePrintPdf => "PDF in large print",
            Self::Html => "Web page",
            Self::Text => "Plain text",
        }
    }

    /// The format that a file's name asks for, longest ending first.
    pub fn of_file(name: &str) -> Option<Self> {
        [Self::LargePrintPdf, Self::Pdf, Self::Html, Self::Text]
            .into_iter()
            .find(|format| name.to_lowercase().ends_with(&format!(".{}", format.ending())))
    }
}

/// A finished guide.
#[derive(Debug)]
pub struct File {
    pub bytes: Vec<u8>,
    /// A hash of the bytes.
    pub tag: String,
    /// How many services are listed, in a sentence.
    pub summary: String,
    /// The names and anchors of its chapters, in their order.
    pub chapters: Vec<(String, String)>,
    pub made_at: Stamp,
}

/// Why there is no guide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Too many wait already.
    Busy,
    /// The texts, or what was made of them, are wrong: a sentence for the operator.
    Broken(String),
}

/// Where guides are made.
pub struct Workshop {
    site: String,
    help_phone: Option<String>,
    public_url: String,
    zone: Zone,
    notice: Option<String>,
    /// The operator's own texts, in place of the built-in ones.
    folder: PathBuf,
    #[cfg(feature = "pdf")]
    press: Mutex<Option<Press>>,
    shelf: Mutex<Vec<Arc<Slot>>>,
    waiting: AtomicUsize,
}

/// The place on the shelf of one guide, empty until it is made.
struct Slot {
    asked: Asked,
    seq: i64,
    begun_at: Stamp,
    file: Mutex<Option<Arc<File>>>,
}

impl Workshop {
    /// `notice` goes on every cover, such as that the data are a demonstration's.
    pub fn new(config: &Config, notice: Option<&str>) -> Self {
        Self {
            site: config.site_name.clone(),
            help_phone: Some(config.help_phone.clone()).filter(|phone| !phone.is_empty()),
            public_url: config.public_url.as_str().trim_end_matches('/').to_owned(),
            zone: config.timezone,
            notice: notice.map(str::to_owned),
            folder: config.data_dir.join("guide"),
            #[cfg(feature = "pdf")]
            press: Mutex::new(None),
            shelf: Mutex::new(Vec::new()),
            waiting: AtomicUsize::new(0),
        }
    }

    /// The texts of the guides as they are now.
    pub fn texts(&self) -> Result<Texts, String> {
        Texts::embedded()?.with_folder(&self.folder)
    }

    /// What to mend in the texts and figures: a sentence each.
    pub fn advice(&self, now: Stamp) -> Vec<String> {
        let day = self.zone.day(now);
        let texts = match self.texts() {
            Ok(texts) => texts,
            Err(why) => return vec![format!("the guides cannot be made: {why}")],
        };
        let names = names(&self.site, self.help_phone.as_deref(), day);
        let mistakes = GuideKind::ALL.iter().filter_map(|kind| texts.wording(*kind, day, &names).err());
        let mut advice: Vec<String> = mistakes.map(|why| format!("a guide cannot be made: {why}")).collect();
        advice.extend(texts.facts().overdue(day).into_iter().map(|overdue| {
            let done = if overdue.is_withheld { "is left out of the guides" } else { "will need a new value" };
            format!("the figure {} {done}: {}", overdue.key, overdue.why)
        }));
        advice
    }

    /// How large this guide is, if it lies ready.
    pub fn size(&self, asked: &Asked) -> Option<usize> {
        let slot = lock(&self.shelf).iter().find(|slot| slot.asked == *asked).cloned()?;
        let file = slot.file.try_lock().ok()?;
        file.as_ref().map(|file| file.bytes.len())
    }

    /// The guide as a file. It may take seconds: not for a thread that others wait on.
    pub fn make(&self, asked: Asked, board: &Snapshot, moment: Moment) -> Result<Arc<File>, Trouble> {
        let _place = Place::take(&self.waiting).ok_or(Trouble::Busy)?;
        let slot = self.slot(asked, board.seq(), moment.now);
        let mut file = lock(&slot.file);
        if let Some(file) = &*file {
            return Ok(file.clone());
        }
        let made = Arc::new(self.made(&slot.asked, board, moment).map_err(Trouble::Broken)?);
        *file = Some(made.clone());
        Ok(made)
    }

    /// The place of this guide on the shelf, the oldest one making room for a new one.
    fn slot(&self, asked: Asked, seq: i64, now: Stamp) -> Arc<Slot> {
        let mut shelf = lock(&self.shelf);
        shelf.retain(|slot| slot.seq == seq && now.since(slot.begun_at) < KEPT_FOR);
        if let Some(slot) = shelf.iter().find(|slot| slot.asked == asked) {
            return slot.clone();
        }
        if shelf.len() == MOST_KEPT {
            shelf.remove(0);
        }
        let slot = Arc::new(Slot { asked, seq, begun_at: now, file: Mutex::new(None) });
        shelf.push(slot.clone());
        slot
    }

    fn made(&self, asked: &Asked, board: &Snapshot, moment: Moment) -> Result<File, String> {
        let of_kind = Filter { kind: vec![asked.kind.lists()], ..Filter::default() };
        let live_url = self.live_url(asked);
        let guide = build(&Order {
            kind: asked.kind,
            services: &board.matching(&of_kind, &moment),
            filter: &asked.filter,
            moment,
            zone: self.zone,
            site: &self.site,
            help_phone: self.help_phone.as_deref(),
            live_url: Some(&live_url),
            notice: self.notice.as_deref(),
            texts: &self.texts()?,
        })?;
        let bytes = match asked.format {
            Format::Html => html(&guide)?.into_bytes(),
            Format::Text => plain(&guide).into_bytes(),
            Format::Pdf => self.pdf(&guide, Layout::Standard)?,
            Format::LargePrintPdf => self.pdf(&guide, Layout::LargePrint)?,
        };
        let chapters = guide.chapters.into_iter().map(|chapter| (chapter.title, chapter.anchor)).collect();
        Ok(File { tag: secret::hash(&bytes), bytes, summary: guide.summary, chapters, made_at: guide.made_at })
    }

    /// The search page that shows the same services.
    fn live_url(&self, asked: &Asked) -> String {
        let filter = Filter { kind: vec![asked.kind.lists()], ..asked.filter.clone() };
        format!("{}/search?{}", self.public_url, filter.query())
    }

    /// One PDF at a time: each takes a core, and a hundred megabytes.
    #[cfg(feature = "pdf")]
    fn pdf(&self, guide: &Guide, layout: Layout) -> Result<Vec<u8>, String> {
        let mut press = lock(&self.press);
        let press = match &mut *press {
            Some(press) => press,
            none => none.insert(Press::new()?),
        };
        press.pdf(guide, layout)
    }

    #[cfg(not(feature = "pdf"))]
    fn pdf(&self, _: &Guide, _: Layout) -> Result<Vec<u8>, String> {
        Err("This program was built without PDF; choose HTML or text.".to_owned())
    }
}

/// A place among those who wait, given back when it is dropped.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize) -> Option<Self> {
        let place = Self(waiting);
        (waiting.fetch_add(1, Ordering::Relaxed) < MOST_WAITING).then_some(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
