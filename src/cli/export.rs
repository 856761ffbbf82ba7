//! `wangge export`

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};

use super::progress::Terminal;
use super::{Failure, Outcome, grouped, say};
use crate::app::serve::{App, Clock, PyramidRequest, TileDetail, TileLayer};
use crate::app::{self, ExportLayer, ExportRequest};
use crate::format::PartFound;
use crate::store::{Open, Store, open};
use crate::tile::MAX_ZOOM;

/// Write a layer to a file for another program, what is in force as a snapshot that answers without a store, or its tiles
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  wangge export --store city.gpkg --layer grids --to grids.geojson\n  wangge export --store city.gpkg --snapshot city.wgs\n  wangge export --store city.gpkg --pmtiles grids.pmtiles --zooms 0-14"
)]
pub(super) struct Export {
    /// The store
    #[arg(long, env = "WANGGE_STORE")]
    store: String,
    /// The layer; grids by default for --pmtiles
    #[arg(long, value_enum, required_unless_present_any = ["snapshot", "pmtiles"])]
    layer: Option<Layer>,
    /// The file: .gpkg, .geojson, .fgb, .shp.zip or .csv
    #[arg(long, value_name = "FILE", requires = "layer")]
    to: Option<PathBuf>,
    /// The grids in force as one file for `wangge serve --snapshot`, `wangge locate --snapshot` and other programs
    #[arg(long, value_name = "F.wgs", conflicts_with_all = ["layer", "to", "plan"])]
    snapshot: Option<PathBuf>,
    /// The vector tiles of a layer in force as one file for any web server, byte for byte what the service sends. An export that
    /// was stopped goes on where it was
    #[arg(long, value_name = "F.pmtiles", conflicts_with_all = ["snapshot", "to", "plan"])]
    pmtiles: Option<PathBuf>,
    /// First and last zoom of the tiles
    #[arg(long, value_name = "A-B", default_value = "0-14", value_parser = zooms, requires = "pmtiles")]
    zooms: (u8, u8),
    /// Counts of households and persons in the tiles too; without it they say what everybody may know
    #[arg(long, requires = "pmtiles")]
    full: bool,
    /// As of this date or instant; now by default
    #[arg(long, value_name = "T", conflicts_with_all = ["to", "plan"])]
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
    /// Streets, rivers, railways and walls, as tiles alone
    Streets,
    /// Footprints of buildings, as tiles alone
    Buildings,
    /// Borders of grids, each once, as tiles alone
    Borders,
}

/// `A-B`, or one zoom.
fn zooms(text: &str) -> Result<(u8, u8), String> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let zoom = |text: &str| text.trim().parse::<u8>().ok().filter(|&zoom| zoom <= MAX_ZOOM);
    match (zoom(first), zoom(last)) {
        (Some(first), Some(last)) if first <= last => Ok((first, last)),
        _ => Err(format!("give the first and the last zoom, such as 0-14; zooms are 0 to {MAX_ZOOM}")),
    }
}

impl Export {
    pub(super) async fn run(self) -> Outcome {
        let store = open(&self.store, Open::Existing).await?;
        if let Some(path) = &self.snapshot {
            return self.snapshot(store, path).await;
        }
        if let Some(path) = &self.pmtiles {
            return self.tiles(store, path).await;
        }
        let (Some(layer), Some(to)) = (self.layer, self.to) else {
            return Err(Failure::Plain(
                "say what goes where: --layer grids --to FILE, --snapshot F.wgs, or --pmtiles F.pmtiles".to_owned(),
            ));
        };
        let layer = match layer {
            Layer::Grids => ExportLayer::Grids,
            Layer::Atoms => ExportLayer::Atoms,
            Layer::Jurisdictions => ExportLayer::Jurisdictions,
            Layer::Findings => ExportLayer::Findings,
            Layer::Streets | Layer::Buildings | Layer::Borders => {
                return Err(Failure::Plain(
                    "streets, buildings and borders are written as tiles alone: --pmtiles F.pmtiles instead of --to"
                        .to_owned(),
                ));
            }
        };
        let request = ExportRequest { layer, to, plan: self.plan };
        let rows = app::export(store.as_ref(), &request).await?;
        say(&format!("{}: {} rows", request.to.display(), grouped(rows)));
        Ok(())
    }

    fn at_ms(&self, app: &App) -> Result<i64, Failure> {
        match &self.at {
            Some(text) => app.known().calendar.parse_ms(text).map_err(|error| Failure::Plain(error.to_string())),
            None => Ok(app.clock().now_ms()),
        }
    }

    async fn tiles(&self, store: Arc<dyn Store>, path: &Path) -> Outcome {
        let plain = |error: &dyn std::error::Error| Failure::Plain(error.to_string());
        let app = App::open(store, Clock::system()).await.map_err(|error| plain(&error))?;
        let layer = match self.layer {
            None | Some(Layer::Grids) => TileLayer::Grids,
            Some(Layer::Borders) => TileLayer::Borders,
            Some(Layer::Atoms) => TileLayer::Atoms,
            Some(Layer::Jurisdictions) => TileLayer::Jurisdictions,
            Some(Layer::Findings) => TileLayer::Findings,
            Some(Layer::Streets) => TileLayer::Streets,
            Some(Layer::Buildings) => TileLayer::Buildings,
        };
        let detail = if self.full { TileDetail::Full } else { TileDetail::Public };
        let at_ms = self.at_ms(&app)?;
        let request = PyramidRequest { layer, detail, zooms: self.zooms, at_ms, to: path.to_owned() };
        let watch = Terminal::new();
        let written = app.write_pyramid(&request, &watch).await;
        watch.finish();
        app.close().await;
        let written = written.map_err(|error| plain(&error))?;
        match written.found {
            PartFound::Nothing => {}
            PartFound::Same(tiles) => {
                eprintln!("wangge: note: went on after {} tiles of {}.part", grouped(tiles), path.display());
            }
            PartFound::Other => {
                eprintln!(
                    "wangge: note: {}.part was a part of another generation, layer or range of zooms, and was thrown away",
                    path.display()
                );
            }
        }
        say(&format!(
            "{}: {} tiles of {} at zooms {} to {}, version {}, {} bytes",
            path.display(),
            grouped(written.tiles),
            layer.as_str(),
            written.zooms.0,
            written.zooms.1,
            written.version,
            grouped(written.bytes)
        ));
        Ok(())
    }

    async fn snapshot(&self, store: Arc<dyn Store>, path: &Path) -> Outcome {
        let plain = |error: &dyn std::error::Error| Failure::Plain(error.to_string());
        let app = App::open(store, Clock::system()).await.map_err(|error| plain(&error))?;
        let at_ms = self.at_ms(&app)?;
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
