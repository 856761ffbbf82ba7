//! `wangge export`

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};

use super::{Failure, Outcome, grouped, say};
use crate::app::serve::{App, Clock};
use crate::app::{self, ExportLayer, ExportRequest};
use crate::store::{Open, Store, open};

/// Write a layer to a file for another program, or what is in force as a snapshot that answers without a store
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  wangge export --store city.gpkg --layer grids --to grids.geojson\n  wangge export --store city.gpkg --snapshot city.wgs"
)]
pub(super) struct Export {
    /// The store
    #[arg(long, env = "WANGGE_STORE")]
    store: String,
    /// The layer
    #[arg(long, value_enum, required_unless_present = "snapshot", requires = "to")]
    layer: Option<Layer>,
    /// The file: .gpkg, .geojson, .fgb or .csv
    #[arg(long, value_name = "FILE", requires = "layer")]
    to: Option<PathBuf>,
    /// The grids in force as one file for `wangge serve --snapshot`, `wangge locate --snapshot` and other programs
    #[arg(long, value_name = "F.wgs", conflicts_with_all = ["layer", "to", "plan"])]
    snapshot: Option<PathBuf>,
    /// As of this date or instant; now by default
    #[arg(long, value_name = "T", requires = "snapshot")]
    at: Option<String>,
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
        if let Some(path) = &self.snapshot {
            return self.snapshot(store, path).await;
        }
        let (Some(layer), Some(to)) = (self.layer, self.to) else {
            return Err(Failure::Plain("say what goes where: --layer grids --to FILE, or --snapshot F.wgs".to_owned()));
        };
        let layer = match layer {
            Layer::Grids => ExportLayer::Grids,
            Layer::Atoms => ExportLayer::Atoms,
            Layer::Jurisdictions => ExportLayer::Jurisdictions,
            Layer::Findings => ExportLayer::Findings,
        };
        let request = ExportRequest { layer, to, plan: self.plan };
        let rows = app::export(store.as_ref(), &request).await?;
        say(&format!("{}: {} rows", request.to.display(), grouped(rows)));
        Ok(())
    }

    async fn snapshot(&self, store: Arc<dyn Store>, path: &Path) -> Outcome {
        let plain = |error: &dyn std::error::Error| Failure::Plain(error.to_string());
        let app = App::open(store, Clock::system()).await.map_err(|error| plain(&error))?;
        let at_ms = match &self.at {
            Some(text) => app.known().calendar.parse_ms(text).map_err(|error| plain(&error))?,
            None => app.clock().now_ms(),
        };
        let generation = app.generation(at_ms).await.map_err(|error| plain(&error))?;
        let generation = generation.ok_or_else(|| {
            let when = self.at.as_deref().unwrap_or("now");
            Failure::Plain(format!("nothing is in force at {when}: publish a plan first (wangge publish)"))
        })?;
        let written = app.write_snapshot(&generation, path).await.map_err(|error| plain(&error))?;
        say(&format!(
            "{}: {} grids of generation {}, {} bytes",
            path.display(),
            grouped(written.grids as u64),
            written.generation,
            grouped(written.bytes)
        ));
        Ok(())
    }
}
