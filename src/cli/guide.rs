//! `berth guide build`: a guide as a file. What stands in it is made below; here it is put on disk,
//! whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, anyhow};

use crate::app::App;
use crate::base::secret;
use crate::cli::{Context, WrongUsage, progress};
use crate::domain::filter::Filter;
use crate::domain::filter_text;
use crate::domain::words::GuideKind;
use crate::guide::workshop::{Asked, File as Made, Format, Trouble};
use crate::ops::Refused;
use crate::store::places;

/// How often the bar says how long it takes.
const TICK: Duration = Duration::from_millis(500);

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
        let asked = Asked { kind, format, filter };
        let (board, moment) = (app.board.current(), app.moment());
        let volumes = if format.is_pdf() { app.guides.volumes(&asked, &board, &moment) } else { Vec::new() };
        let total: usize = volumes.iter().map(|volume| volume.services).sum();
        let bar = progress::over_count(total, "laying out services");
        // So that the time goes on while a volume is laid out.
        bar.enable_steady_tick(TICK);
        if volumes.len() < 2 {
            let made = app.guides.make(asked, &board, moment).map_err(said);
            bar.finish_and_clear();
            return self.write(&self.out, &*made?);
        }
        for (at, volume) in volumes.iter().enumerate() {
            let place = format!("Volume {} of {}", at + 1, volumes.len());
            let made = app.guides.make_volume(&asked, (volume, &place), &board, moment).map_err(said)?;
            bar.inc(volume.services as u64);
            bar.suspend(|| self.write(&volume_path(&self.out, format, at + 1), &made))?;
        }
        bar.finish_and_clear();
        Ok(())
    }

    fn write(&self, path: &Path, file: &Made) -> anyhow::Result<()> {
        write_whole(path, &file.bytes).with_context(|| format!("cannot write {}", path.display()))?;
        say!("wrote {}: {}", path.display(), file.summary);
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

fn said(trouble: Trouble) -> anyhow::Error {
    match trouble {
        Trouble::Busy => anyhow!("too many guides are being made; try again in a minute"),
        Trouble::TooLong(count) => anyhow!("{count} services are too many for one file; name an authority"),
        Trouble::Broken(why) => anyhow!(why),
    }
}

/// `guide.pdf` for the first volume, `guide-2.pdf` for the second.
fn volume_path(out: &Path, format: Format, number: usize) -> PathBuf {
    let name = out.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let ending = format!(".{}", format.ending());
    match (number, name.strip_suffix(&ending)) {
        (1, _) => out.to_owned(),
        (_, Some(stem)) => out.with_file_name(format!("{stem}-{number}{ending}")),
        (_, None) => out.with_file_name(format!("{name}-{number}")),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_volume_has_a_file_of_its_own_beside_the_first() {
        let path = |out: &str, format, number| volume_path(Path::new(out), format, number).display().to_string();
        assert_eq!(path("/x/g.pdf", Format::Pdf, 1), "/x/g.pdf");
        assert_eq!(path("/x/g.pdf", Format::Pdf, 2), "/x/g-2.pdf");
        assert_eq!(path("g.large-print.pdf", Format::LargePrintPdf, 3), "g-3.large-print.pdf");
        assert_eq!(path("g", Format::Pdf, 2), "g-2");
    }
}
