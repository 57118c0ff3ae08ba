//! `berth guide build`: a guide as a file. What stands in it is made below; here it is put on disk,
//! whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};

use crate::app::App;
use crate::base::secret;
use crate::cli::{Context, WrongUsage};
use crate::domain::filter::Filter;
use crate::domain::filter_text;
use crate::domain::words::GuideKind;
use crate::guide::workshop::{Asked, Format, Trouble};
use crate::ops::Refused;
use crate::store::places;

/// The guides to residential care and to care at home
#[derive(clap::Subcommand)]
pub enum Guide {
    Build(Build),
}

/// Makes a guide from the data as it is now
#[derive(clap::Args)]
pub struct Build {
    /// residential or home-care
    kind: String,
    /// The file to write; one that is there is replaced when the new one is whole
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// pdf, html, large-print-pdf or text; if left out, what the file's name ends in, or pdf
    #[arg(long)]
    format: Option<String>,
    /// Only services that match, such as 'authority=E10000014&vacant=1'
    #[arg(long, value_name = "QUERY")]
    filter: Option<String>,
}

impl Guide {
    pub async fn run(self, context: Context) -> anyhow::Result<()> {
        match self {
            Self::Build(build) => build.run(context).await,
        }
    }
}

impl Build {
    async fn run(self, context: Context) -> anyhow::Result<()> {
        let kind = GuideKind::parse(&self.kind).ok_or_else(|| {
            WrongUsage(format!("{:?} is not a guide; choose one of {}", self.kind, GuideKind::choices()))
        })?;
        let format = self.format()?;
        let app = context.app()?;
        let filter = self.filter(&app).await?;
        let made = app.guides.make(Asked { kind, format, filter }, &app.board.current(), app.moment());
        let file = made.map_err(|trouble| match trouble {
            Trouble::Busy => anyhow!("too many guides are being made; try again in a minute"),
            Trouble::Broken(why) => anyhow!(why),
        })?;
        write_whole(&self.out, &file.bytes).with_context(|| format!("cannot write {}", self.out.display()))?;
        println!("wrote {}: {}", self.out.display(), file.summary);
        Ok(())
    }

    fn format(&self) -> Result<Format, WrongUsage> {
        let Some(word) = &self.format else {
            return Ok(Format::of_file(&self.out.to_string_lossy()).unwrap_or(Format::Pdf));
        };
        let choices = || Format::ALL.map(Format::word).join(", ");
        Format::parse(word).ok_or_else(|| WrongUsage(format!("{word:?} is not a format; choose one of {}", choices())))
    }

    async fn filter(&self, app: &App) -> anyhow::Result<Filter> {
        let Some(query) = &self.filter else { return Ok(Filter::default()) };
        let wrong = |why: String| WrongUsage(format!("--filter: {why}"));
        let asked = filter_text::Asked::parse(query, &[]).map_err(|invalid| wrong(invalid.to_string()))?;
        match app.db.read(move |c| places::resolve::<Refused>(c, asked)).await {
            Ok(filter) => Ok(filter),
            Err(Refused::Invalid(invalid)) => Err(wrong(invalid.to_string()).into()),
            Err(other) => Err(anyhow!("{other}")),
        }
    }
}

/// Writes beside the file and puts it in its place when it is whole and on disk. What is no plain
/// file, such as a pipe, is written to as it is.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if path.metadata().is_ok_and(|there| !there.is_file()) {
        return OpenOptions::new().write(true).open(path)?.write_all(bytes);
    }
    let name = path.file_name().ok_or_else(|| io::Error::other("that is no name of a file"))?;
    let part = format!(".{}.{}.part", name.to_string_lossy(), secret::hash(&secret::bytes::<6>()));
    let part = path.with_file_name(part);
    let written = write_new(&part, bytes).and_then(|()| fs::rename(&part, path));
    if written.is_err() {
        // The error that matters is the one that kept us from writing.
        let _ = fs::remove_file(&part);
    }
    written
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
