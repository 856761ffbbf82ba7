//! `wangge export`

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Outcome, grouped, say};
use crate::app::{self, ExportLayer, ExportRequest};
use crate::store::{Open, open};

/// Write a layer to a file for another program
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wangge export --store city.gpkg --layer grids --to grids.geojson")]
pub(super) struct Export {
    /// The store
    #[arg(long, env = "WANGGE_STORE")]
    store: String,
    /// The layer
    #[arg(long, value_enum)]
    layer: Layer,
    /// The file: .gpkg, .geojson, .fgb or .csv
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// The plan; the newest by default
    #[arg(long, value_name = "ID")]
    plan: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Layer {
    /// Grids with code, size, status and reason
    Grids,
    /// Atoms with the code of the grid each is in
    Atoms,
    /// Jurisdictions of every level
    Jurisdictions,
    /// Gaps, overlaps and what was settled
    Findings,
}

impl Export {
    pub(super) async fn run(self) -> Outcome {
        let store = open(&self.store, Open::Existing).await?;
        let layer = match self.layer {
            Layer::Grids => ExportLayer::Grids,
            Layer::Atoms => ExportLayer::Atoms,
            Layer::Jurisdictions => ExportLayer::Jurisdictions,
            Layer::Findings => ExportLayer::Findings,
        };
        let request = ExportRequest { layer, to: self.to, plan: self.plan };
        let rows = app::export(store.as_ref(), &request).await?;
        say(&format!("{}: {} rows", request.to.display(), grouped(rows)));
        Ok(())
    }
}
