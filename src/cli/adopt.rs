//! `wangge adopt`

use std::path::PathBuf;

use clap::Args;

use super::import::{Mend, mended_line};
use super::planned::{answer, show};
use super::progress::Terminal;
use super::{Outcome, act, print_json, say};
use crate::app::{self, AdoptRequest};
use crate::crs::Crs;
use crate::format::{DuplicateCodes, GridSource};
use crate::plan::Band;

/// Take a layer of grids that stand already as a plan as it is, codes kept
///
/// Gaps, overlaps and grids outside the bounds become findings; slivers within the tolerance are closed. Publish the plan
/// to put it in force.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  wangge adopt grids.shp --store city.gpkg --code GRID_ID --name NAME --households HH"
)]
pub(super) struct Adopt {
    /// The file
    file: PathBuf,
    /// The store: a GeoPackage file, made if it is not there
    #[arg(long, env = "WANGGE_STORE")]
    store: String,
    /// Field with the code of each grid
    #[arg(long, value_name = "FIELD")]
    code: String,
    /// Field with a name
    #[arg(long, value_name = "FIELD")]
    name: Option<String>,
    /// Field with the code of the jurisdiction above
    #[arg(long, value_name = "FIELD")]
    parent: Option<String>,
    /// Field with households
    #[arg(long, value_name = "FIELD")]
    households: Option<String>,
    /// The layer, when the file has several
    #[arg(long)]
    layer: Option<String>,
    /// CRS of the file, when it does not say or says it wrong: EPSG:n (EPSG:n/ne where the file has the northing first), wgs84, cgcs2000, gcj02, bd09
    #[arg(long)]
    crs: Option<Crs>,
    /// Make one grid of several parts where a code stands more than once
    #[arg(long)]
    merge_duplicates: bool,
    /// Least and largest lawful size, to judge by
    #[arg(long, value_name = "L..U")]
    bounds: Option<Band>,
    #[command(flatten)]
    mend: Mend,
    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
}

impl Adopt {
    pub(super) async fn run(self) -> Outcome {
        let mending = self.mend.checked()?;
        let duplicates = if self.merge_duplicates { DuplicateCodes::Merge } else { DuplicateCodes::Refuse };
        let source = GridSource {
            path: self.file,
            layer: self.layer,
            crs: self.crs,
            code: self.code,
            name: self.name,
            parent: self.parent,
            households: self.households,
            duplicates,
        };
        let watch = Terminal::new();
        let request = AdoptRequest { source, mending, band: self.bounds, act: act() };
        let adopted = app::adopt(&self.store, &request, &watch).await;
        watch.finish();
        let adopted = adopted?;
        for warning in &adopted.warnings {
            eprintln!("wangge: note: {warning}");
        }
        if self.json {
            return print_json(&answer(&adopted.planned, None));
        }
        show(&adopted.planned, None);
        if let Some(line) = mended_line(&adopted.mended) {
            say(&line);
        }
        Ok(())
    }
}
