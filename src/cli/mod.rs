//! The command line: one file per verb. A verb reads its words, acts through the floors below, and
//! says what was done; it exits with 0 done, 1 failed, 2 wrong usage.

/// Says a line on standard output; see `say`.
macro_rules! say {
    ($($words:tt)*) => {
        $crate::cli::say(format_args!($($words)*))?
    };
}

mod alert;
mod config;
mod data;
mod digest;
mod export;
mod guide;
mod import;
mod import_boundaries;
mod import_capacity;
mod import_postcodes;
mod log;
mod person;
pub mod practice;
mod progress;
pub mod serve;
mod service_manager;
mod serving;
mod token;
mod watch;
mod watch_screen;

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use clap::{Arg, ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::app::App;
use crate::base::clock::Clock;
use crate::base::tls;
use crate::config::{self as settings, Config, KNOWN};
use crate::store::Db;
use crate::store::conn::DatabaseUrl;

#[derive(Parser)]
#[command(name = "berth", version, about = "The live vacancy service for social care", max_term_width = 100)]
#[command(
    after_help = "Every setting can be given as a flag, in the environment or in berth.toml: see `berth config`."
)]
struct Berth {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Serve(serve::Serve),
    #[command(subcommand)]
    Import(import::Import),
    Export(export::Export),
    Watch(watch::Watch),
    #[command(subcommand)]
    Alert(alert::Alert),
    #[command(subcommand)]
    Digest(digest::Digest),
    #[command(subcommand)]
    Person(person::Person),
    #[command(subcommand)]
    Token(token::Token),
    #[command(subcommand)]
    Guide(guide::Guide),
    Migrate(data::Migrate),
    Check(data::Check),
    Backup(data::Backup),
    Restore(data::Restore),
    Config(config::Show),
}

/// What every verb is handed.
pub struct Context {
    pub config: Config,
    pub clock: Clock,
}

impl Context {
    /// The database the settings name, its schema brought up to date.
    pub fn db(&self) -> anyhow::Result<Db> {
        let url = DatabaseUrl::parse(&self.config.database_url).map_err(|e| anyhow!(e))?;
        let (db, _) = Db::open(&url).map_err(|e| anyhow!("{e}"))?;
        Ok(db)
    }

    /// The app over the data the settings name, its schema brought up to date.
    pub fn app(self) -> anyhow::Result<Arc<App>> {
        let (app, _) = App::open(self.config, self.clock, false).map_err(|e| anyhow!("{e}"))?;
        Ok(app)
    }
}

/// A mistake in how the command was called, for exit code 2.
#[derive(Debug)]
pub struct WrongUsage(pub String);

impl fmt::Display for WrongUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for WrongUsage {}

/// Whoever reads it may leave before the end; what the verb does goes on.
fn say(words: fmt::Arguments<'_>) -> io::Result<()> {
    match writeln!(io::stdout(), "{words}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        said => said,
    }
}

/// Runs the command that this process was started with.
pub fn main() -> ExitCode {
    let matches = command().get_matches();
    tls::choose();
    match run(&matches) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe) => {
            // Whoever read our output has read enough.
            ExitCode::SUCCESS
        }
        Err(error) => {
            let sentence = format!("{error:#}").replace('\n', " ");
            eprintln!("berth: {sentence}");
            ExitCode::from(if error.is::<WrongUsage>() { 2 } else { 1 })
        }
    }
}

fn run(matches: &ArgMatches) -> anyhow::Result<()> {
    let cli = Berth::from_arg_matches(matches).map_err(|e| WrongUsage(e.to_string()))?;
    let flags: Vec<(&str, String)> =
        KNOWN.iter().filter_map(|known| Some((known.name, matches.get_one::<String>(known.name)?.clone()))).collect();
    let own = match &cli.verb {
        Verb::Serve(serve) if serve.training => settings::PRACTICE,
        Verb::Serve(serve) if serve.demo => settings::DEMO,
        _other => &[],
    };
    let config = Config::load(&flags, own).map_err(|e| anyhow!(e))?;
    let context = Context { config, clock: Clock::System };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start")?;
    runtime.block_on(async {
        match cli.verb {
            Verb::Serve(verb) => verb.run(context).await,
            Verb::Import(verb) => verb.run(context).await,
            Verb::Export(verb) => verb.run(context),
            Verb::Alert(verb) => verb.run(context).await,
            Verb::Digest(verb) => verb.run(context).await,
            Verb::Watch(verb) => verb.run(context).await,
            Verb::Person(verb) => verb.run(context).await,
            Verb::Token(verb) => verb.run(context).await,
            Verb::Guide(verb) => verb.run(context).await,
            Verb::Migrate(verb) => verb.run(context),
            Verb::Check(verb) => verb.run(context),
            Verb::Backup(verb) => verb.run(context),
            Verb::Restore(verb) => verb.run(context),
            Verb::Config(verb) => verb.run(&context),
        }
    })
}

/// The command with a flag for every setting, after any verb.
fn command() -> clap::Command {
    KNOWN.iter().fold(Berth::command(), |command, known| {
        let flag = known.name.trim_start_matches("BERTH_").to_lowercase().replace('_', "-");
        let arg = Arg::new(known.name).long(flag).value_name("VALUE").help(known.about).global(true);
        command.arg(arg.help_heading("Settings").hide_short_help(true).display_order(1000))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent_and_every_setting_is_a_flag() {
        command().debug_assert();
        let matches = command().try_get_matches_from(["berth", "config", "--listen", "127.0.0.1:1"]).unwrap();
        assert_eq!(matches.get_one::<String>("BERTH_LISTEN").unwrap(), "127.0.0.1:1");
    }
}
