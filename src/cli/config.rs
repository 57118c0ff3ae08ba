//! `berth config`: the settings in force, secrets hidden, with where each came from.

use std::io::Write;

use crate::cli::Context;

/// Shows the settings in force and where each came from
#[derive(clap::Args)]
pub struct Show {}

impl Show {
    pub fn run(&self, context: &Context) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        for (name, value, origin, about) in context.config.shown() {
            let shown = if value.is_empty() { "(not set)" } else { &value };
            writeln!(out, "{name} = {shown}\n    from {origin}: {about}")?;
        }
        Ok(())
    }
}
