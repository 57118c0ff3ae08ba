//! `berth import boundaries`: the outlines of authorities, for maps.

use std::path::PathBuf;

use anyhow::anyhow;
use serde_json::json;

use crate::base::text;
use crate::cli::Context;
use crate::import::boundaries::{self, Reading};
use crate::ops::put_boundaries::{self, Tally};

/// Reads files of authorities' boundaries; GeoJSON in degrees, as the ONS Open Geography Portal gives them
#[derive(clap::Args)]
pub struct ImportBoundaries {
    /// The files; their properties must hold the authority's code, such as E10000014
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Whose data it is, as it is said beside every map
    #[arg(
        long,
        value_name = "WORDS",
        default_value = "Source: Office for National Statistics licensed under the Open Government Licence v3.0. Contains OS data © Crown copyright and database right"
    )]
    source: String,
    /// Prints the summary as JSON
    #[arg(long)]
    json: bool,
}

impl ImportBoundaries {
    pub async fn run(self, context: Context) -> anyhow::Result<()> {
        let mut all = Reading::default();
        for file in &self.files {
            let reading = boundaries::open(file, &text::tidy(&self.source));
            let reading = reading.map_err(|why| anyhow!("nothing was imported: {why}"))?;
            all.outlines.extend(reading.outlines);
            all.out_of_scope += reading.out_of_scope;
        }
        let Tally { added, changed, unchanged } = put_boundaries::run(&context.db()?, all.outlines).await?;
        let out_of_scope = all.out_of_scope;
        if self.json {
            let summary =
                json!({ "added": added, "changed": changed, "unchanged": unchanged, "out_of_scope": out_of_scope });
            say!("{summary}");
            return Ok(());
        }
        say!(
            "authorities on the map: {added} added, {changed} changed, {unchanged} unchanged; {out_of_scope} out of scope"
        );
        Ok(())
    }
}
