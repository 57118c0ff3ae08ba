//! Makes guides as files, from the board and from the texts as administrators have them now. It is
//! handed the time and the board, and writes no file itself.

use std::path::PathBuf;
use std::sync::Arc;
#[cfg(feature = "pdf")]
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::DateTime;

use crate::base::colour::Colour;
use crate::base::local::Zone;
use crate::base::secret;
use crate::base::stamp::Stamp;
use crate::board::Snapshot;
use crate::config::Config;
use crate::domain::authority::AuthorityCode;
use crate::domain::care_service::CareService;
use crate::domain::filter::Filter;
use crate::domain::freshness::Moment;
use crate::domain::guide_text::Saved;
use crate::guide::html::html;
#[cfg(feature = "pdf")]
use crate::guide::pdf::Press;
use crate::guide::plain::plain;
#[cfg(feature = "pdf")]
use crate::guide::shelf::lock;
use crate::guide::shelf::{Draft, Shelf, Sources};
use crate::guide::texts::Texts;
use crate::guide::typst::Layout;
use crate::guide::volumes::{MOST_IN_A_FILE, Volume, volumes};
use crate::guide::{Guide, Order, build, easy_read, names};
use crate::store::{Db, Error, boundaries, guide_texts};

pub use crate::guide::asked::{Asked, Format};
pub use crate::guide::shelf::File;

/// A PDF takes a core for seconds; more than this many waiting are asked to come back.
const MOST_WAITING: usize = 16;

/// Why there is no guide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Too many wait already.
    Busy,
    /// So many services are more than one PDF can list.
    TooLong(usize),
    /// The texts, or what was made of them, are wrong: a sentence for the operator.
    Broken(String),
}

/// Where guides are made.
pub struct Workshop {
    pub(super) site: String,
    pub(super) colour: Option<Colour>,
    pub(super) help_phone: Option<String>,
    public_url: String,
    pub(super) zone: Zone,
    notice: Option<String>,
    /// The operator's own texts, in place of the built-in ones.
    folder: PathBuf,
    /// What administrators wrote.
    db: Db,
    #[cfg(feature = "pdf")]
    press: Mutex<Option<Press>>,
    shelf: Shelf,
    waiting: AtomicUsize,
}

impl Workshop {
    /// `notice` goes on every cover, such as that the data are a demonstration's.
    pub fn new(config: &Config, db: &Db, notice: Option<&str>) -> Self {
        Self {
            site: config.site_name.clone(),
            colour: config.site_colour,
            help_phone: Some(config.help_phone.clone()).filter(|phone| !phone.is_empty()),
            public_url: config.public_url.as_str().trim_end_matches('/').to_owned(),
            zone: config.timezone,
            notice: notice.map(str::to_owned),
            folder: config.data_dir.join("guide"),
            db: db.clone(),
            #[cfg(feature = "pdf")]
            press: Mutex::new(None),
            shelf: Shelf::default(),
            waiting: AtomicUsize::new(0),
        }
    }

    /// The texts of the guides as files, without what administrators wrote.
    pub fn texts(&self) -> Result<Texts, String> {
        Texts::embedded()?.with_folder(&self.folder)
    }

    /// What administrators wrote, of all areas.
    pub fn saved(&self) -> Result<Vec<Saved>, String> {
        self.db.read_now(guide_texts::current).map_err(unreadable)
    }

    /// How large this guide is, if it lies ready.
    pub fn size(&self, asked: &Asked) -> Option<usize> {
        self.shelf.ready(asked).map(|file| file.bytes.len())
    }

    /// The guide as a file. It may take seconds: not for a thread that others wait on.
    pub fn make(&self, asked: Asked, board: &Snapshot, moment: Moment) -> Result<Arc<File>, Trouble> {
        let _turn = Turn::take(&self.waiting).ok_or(Trouble::Busy)?;
        self.check_length(&asked, board, &moment)?;
        let sources = self.sources(board).map_err(Trouble::Broken)?;
        let draft = || {
            let guide = self.guide(&asked, board, moment, (self.notice.as_deref(), None))?;
            Ok(Drawing { workshop: self, guide, format: asked.format })
        };
        self.shelf.get(&asked, (sources, moment.now), draft).map_err(Trouble::Broken)
    }

    /// The guide for one reader, with a note to them on its first page. It is kept nowhere.
    pub fn make_for(&self, asked: &Asked, note: &str, board: &Snapshot, moment: Moment) -> Result<File, Trouble> {
        let _turn = Turn::take(&self.waiting).ok_or(Trouble::Busy)?;
        self.check_length(asked, board, &moment)?;
        let first_page = (self.notice.as_deref(), Some(note));
        let guide = self.guide(asked, board, moment, first_page).map_err(Trouble::Broken)?;
        Drawing { workshop: self, guide, format: asked.format }.draw().map_err(Trouble::Broken)
    }

    /// The volumes of a PDF of many services; one for all others.
    pub fn volumes(&self, asked: &Asked, board: &Snapshot, moment: &Moment) -> Vec<Volume> {
        volumes(&listed(asked, board, moment), MOST_IN_A_FILE)
    }

    /// One of the volumes of a guide, which says on its cover which it is. It is kept nowhere.
    pub fn make_volume(
        &self,
        asked: &Asked,
        (volume, place): (&Volume, &str),
        board: &Snapshot,
        moment: Moment,
    ) -> Result<File, Trouble> {
        let filter = Filter { authority: volume.councils.clone(), ..asked.filter.clone() };
        let asked = Asked { filter, ..asked.clone() };
        let place =
            format!("{place}: {}. Each volume has every chapter, and lists its own council areas.", volume.name);
        let notice = self.notice.iter().chain([&place]).map(String::as_str).collect::<Vec<_>>().join(" ");
        let guide = self.guide(&asked, board, moment, (Some(&notice), None)).map_err(Trouble::Broken)?;
        Drawing { workshop: self, guide, format: asked.format }.draw().map_err(Trouble::Broken)
    }

    fn check_length(&self, asked: &Asked, board: &Snapshot, moment: &Moment) -> Result<(), Trouble> {
        let count = if asked.format.is_pdf() { listed(asked, board, moment).len() } else { 0 };
        if count > MOST_IN_A_FILE { Err(Trouble::TooLong(count)) } else { Ok(()) }
    }

    /// Makes those guides of all services again that somebody has asked for and that have changed since.
    pub fn refresh(&self, board: &Snapshot, moment: Moment) -> Result<(), Trouble> {
        let sources = self.sources(board).map_err(Trouble::Broken)?;
        for asked in self.shelf.outdated(sources) {
            self.make(asked, board, moment)?;
        }
        Ok(())
    }

    fn sources(&self, board: &Snapshot) -> Result<Sources, String> {
        let edits = self.db.read_now(guide_texts::count).map_err(unreadable)?;
        Ok(Sources { seq: board.seq(), edits })
    }

    /// With a notice on its cover, and a note to its one reader.
    fn guide(
        &self,
        asked: &Asked,
        board: &Snapshot,
        moment: Moment,
        (notice, note): (Option<&str>, Option<&str>),
    ) -> Result<Guide, String> {
        let of_kind = Filter { kind: vec![asked.kind.lists()], ..Filter::default() };
        let live_url = self.live_url(asked);
        let texts = self.texts()?.with_saved(&self.saved()?, &councils(&asked.filter, board));
        let guide = build(&Order {
            kind: asked.kind,
            services: &board.matching(&of_kind, &moment),
            filter: &asked.filter,
            moment,
            zone: self.zone,
            site: &self.site,
            colour: self.colour,
            help_phone: self.help_phone.as_deref(),
            live_url: Some(&live_url),
            notice,
            note,
            outlines: &self.db.read_now(boundaries::all).map_err(unreadable)?,
            texts: &texts,
        })?;
        if asked.format != Format::EasyRead {
            return Ok(guide);
        }
        let day = self.zone.day(moment.now);
        easy_read::easy_read(guide, &texts, day, &names(&self.site, self.help_phone.as_deref(), day))
    }

    /// Whether editors have written the Easy Read page of what is asked for.
    pub fn has_easy_read(&self, asked: &Asked, board: &Snapshot) -> Result<bool, Trouble> {
        let texts =
            self.texts().and_then(|texts| Ok(texts.with_saved(&self.saved()?, &councils(&asked.filter, board))));
        Ok(easy_read::is_written(&texts.map_err(Trouble::Broken)?, asked.kind))
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

/// The services that a guide lists.
fn listed(asked: &Asked, board: &Snapshot, moment: &Moment) -> Vec<Arc<CareService>> {
    let of_kind = Filter { kind: vec![asked.kind.lists()], ..asked.filter.clone() };
    let excluded = !asked.filter.kind.is_empty() && !asked.filter.kind.contains(&asked.kind.lists());
    if excluded { Vec::new() } else { board.matching(&of_kind, moment) }
}

/// The councils whose words a guide holds: those that are asked for, or the only one there is.
fn councils(filter: &Filter, board: &Snapshot) -> Vec<AuthorityCode> {
    if !filter.authority.is_empty() {
        return filter.authority.clone();
    }
    match &board.authorities()[..] {
        [only] => vec![only.authority.code.clone()],
        _ => Vec::new(),
    }
}

fn unreadable(error: Error) -> String {
    format!("What administrators wrote, or the map, cannot be read: {error}.")
}

/// A guide in words, to be drawn in a format.
struct Drawing<'a> {
    workshop: &'a Workshop,
    guide: Guide,
    format: Format,
}

impl Draft for Drawing<'_> {
    fn content(&self) -> String {
        let timeless =
            Guide { made_at: Stamp::new(DateTime::UNIX_EPOCH), made_when: String::new(), ..self.guide.clone() };
        secret::hash(&serde_json::to_vec(&timeless).unwrap_or_default())
    }

    fn draw(self) -> Result<File, String> {
        let guide = self.guide;
        let bytes = match self.format {
            Format::Html | Format::EasyRead => html(&guide)?.into_bytes(),
            Format::Text => plain(&guide).into_bytes(),
            Format::Pdf => self.workshop.pdf(&guide, Layout::Standard)?,
            Format::LargePrintPdf => self.workshop.pdf(&guide, Layout::LargePrint)?,
        };
        let chapters = guide.chapters.into_iter().map(|chapter| (chapter.title, chapter.anchor)).collect();
        Ok(File { tag: secret::hash(&bytes), bytes, summary: guide.summary, chapters, made_at: guide.made_at })
    }
}

/// A turn among those who wait, given back when it is dropped.
struct Turn<'a>(&'a AtomicUsize);

impl<'a> Turn<'a> {
    fn take(waiting: &'a AtomicUsize) -> Option<Self> {
        let turn = Self(waiting);
        (waiting.fetch_add(1, Ordering::Relaxed) < MOST_WAITING).then_some(turn)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
