//! All tiles of a layer as one PMTiles file, which any web server can serve.

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde_json::json;

use crate::app::access::Reach;
use crate::app::{Step, Watch};
use crate::format::{ArchiveDescription, FormatError, PackedTile, PartFound, TilePart, TilePlace};
use crate::geom::Envelope;
use crate::tile::{BUFFER, EXTENT, MAX_ZOOM, TileId};

use super::generation::Generation;
use super::kept::Numbered;
use super::tiles::{TileDetail, TileLayer};
use super::{App, ServeError};

/// Tiles cut together: as many as a thread is busy with for some milliseconds, and few enough that a stop is not waited for.
const TILES_AT_ONCE: usize = 256;

/// Which tiles to write where.
#[derive(Debug, Clone)]
pub struct PyramidRequest {
    /// The layer. Findings and reports are for some readers alone, and cells are another net at each zoom: they are no file.
    pub layer: TileLayer,
    /// How much the tiles say.
    pub detail: TileDetail,
    /// First and last zoom.
    pub zooms: (u8, u8),
    /// What is in force at this instant.
    pub at_ms: i64,
    /// The file.
    pub to: PathBuf,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PyramidReport {
    /// The version of the tiles, as the service has it.
    pub version: String,
    /// First and last zoom: the first is never below the layer's own.
    pub zooms: (u8, u8),
    /// Tiles in which something could lie.
    pub visited: u64,
    /// Tiles in which something lies.
    pub tiles: u64,
    /// Size of the file.
    pub bytes: u64,
    /// What an earlier export had left.
    pub found: PartFound,
}

/// Why tiles cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PyramidError {
    /// The store failed.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// The file cannot be read or written.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// Nothing is in force, or nothing of the layer is in the store.
    #[error("there is nothing to draw: no {layer} at that time; publish a plan (wangge publish) or import some")]
    Nothing {
        /// The layer.
        layer: &'static str,
    },
    /// A layer that is no file.
    #[error(
        "tiles of {layer} go into no file: they differ by who asks or by zoom; wangge export --layer findings --to FILE lists findings"
    )]
    NoFile {
        /// The layer.
        layer: &'static str,
    },
    /// No zoom of those asked for has tiles.
    #[error(
        "zooms {first} to {last} hold no {layer}: they are drawn from zoom {from} to {MAX_ZOOM}, the smaller number first"
    )]
    Zooms {
        /// The layer.
        layer: &'static str,
        /// As asked.
        first: u8,
        /// As asked.
        last: u8,
        /// The first that has any.
        from: u8,
    },
    /// Somebody said stop.
    #[error("cancelled: {done} of {total} tiles are in {}.part; the same command goes on from there", .path.display())]
    Cancelled {
        /// Tiles that are kept.
        done: u64,
        /// Of so many.
        total: u64,
        /// The file asked for.
        path: PathBuf,
    },
}

impl App {
    /// Writes the tiles of a layer as a PMTiles file, in gzip, byte for byte what the service sends. What a stopped export left
    /// beside the file is gone on with. O(tiles in which something can lie); only those are visited.
    ///
    /// # Errors
    /// [`PyramidError`]; a file that stood there before then still stands.
    pub async fn write_pyramid(
        &self,
        request: &PyramidRequest,
        watch: &dyn Watch,
    ) -> Result<PyramidReport, PyramidError> {
        let PyramidRequest { layer, detail, zooms: (first, last), .. } = *request;
        let name = layer.as_str();
        if matches!(layer, TileLayer::Findings | TileLayer::Reports | TileLayer::Cells) {
            return Err(PyramidError::NoFile { layer: name });
        }
        let described = Self::described(layer, detail, Vec::new(), None);
        let zooms = (first.max(described.minzoom), last);
        if first > last || zooms.0 > last || last > MAX_ZOOM {
            return Err(PyramidError::Zooms { layer: name, first, last, from: described.minzoom });
        }
        let generation = self.generation(request.at_ms).await?;
        let sheet = self.sheet_of(generation, layer, detail, &Reach::Everything).await?;
        let sheet = sheet.ok_or(PyramidError::Nothing { layer: name })?;
        let boxes = sheet.boxes();
        let around = boxes.iter().copied().reduce(Envelope::union).ok_or(PyramidError::Nothing { layer: name })?;
        let about = ArchiveDescription {
            zooms,
            bounds: around.to_degrees(),
            metadata: json!({
                "name": name,
                "version": sheet.version(),
                "type": "overlay",
                "format": "pbf",
                "attribution": self.attribution(),
                "generator": concat!("wangge ", env!("CARGO_PKG_VERSION")),
                "vector_layers": described.vector_layers,
            })
            .to_string(),
        };
        let places = visited(&boxes, zooms);
        let what = format!("wangge {} {name} {} {}-{}", env!("CARGO_PKG_VERSION"), sheet.version(), zooms.0, zooms.1);
        let (part, found) = TilePart::open(&request.to, &what, places.iter().copied())?;
        let done = if let PartFound::Same(tiles) = found { tiles as usize } else { 0 };
        // made here: a thread of the pool that waited for one that the pool is making would never be done
        let sources: Option<Vec<&Numbered>> = (zooms.0..=zooms.1).map(|zoom| sheet.source(zoom)).collect();
        let sources = sources.ok_or(PyramidError::NoFile { layer: name })?;
        let cut = |id: TileId| sources[usize::from(id.z() - zooms.0)].packed(id).to_vec();
        let part = gather(cut, part, &places, done, &request.to, watch)?;
        let written = part.finish(&about)?;
        Ok(PyramidReport {
            version: sheet.version().to_owned(),
            zooms,
            visited: places.len() as u64,
            tiles: written.tiles,
            bytes: written.bytes,
            found,
        })
    }
}

/// Cuts what is not in the part yet.
fn gather(
    cut: impl Fn(TileId) -> Vec<u8> + Sync,
    mut part: TilePart,
    places: &[TilePlace],
    mut done: usize,
    path: &Path,
    watch: &dyn Watch,
) -> Result<TilePart, PyramidError> {
    let total = places.len() as u64;
    for places in places[done..].chunks(TILES_AT_ONCE) {
        watch.at(Step::Tile, done as u64, total);
        if watch.cancelled() {
            return Err(PyramidError::Cancelled { done: done as u64, total, path: path.to_owned() });
        }
        let packed: Vec<PackedTile> = places
            .par_iter()
            .map(|&place| {
                let id = TileId::new(place.z, place.x, place.y).expect("walked from the root");
                PackedTile { place, bytes: cut(id) }
            })
            .collect();
        part.add(&packed)?;
        done += packed.len();
    }
    watch.at(Step::Tile, total, total);
    Ok(part)
}

/// The box of a feature in tiles of the deepest zoom: west, north, east, south.
type Span = [i64; 4];

/// The tiles in which something can lie, in the order of an archive: those whose square with its buffer meets the envelope of a
/// feature. A tile's children are looked at only if it is one of them, and for its features alone.
fn visited(boxes: &[Envelope], zooms: (u8, u8)) -> Vec<TilePlace> {
    let spans: Vec<Span> = boxes.iter().filter_map(span).collect();
    let all: Vec<u32> = (0..spans.len() as u32).collect();
    let mut found = Vec::new();
    walk(TilePlace { z: 0, x: 0, y: 0 }, &all, &spans, zooms, &mut found);
    found.sort_unstable_by_key(|place| place.archive_order());
    found
}

fn span(envelope: &Envelope) -> Option<Span> {
    let (south_west, north_east) =
        (TileId::holding(MAX_ZOOM, envelope.min).ok()?, TileId::holding(MAX_ZOOM, envelope.max).ok()?);
    Some([south_west.x().into(), north_east.y().into(), north_east.x().into(), south_west.y().into()])
}

fn walk(place: TilePlace, among: &[u32], spans: &[Span], zooms: (u8, u8), found: &mut Vec<TilePlace>) {
    let side = 1_i64 << (MAX_ZOOM - place.z);
    // a unit of the tile more than its buffer, and one of the deepest zoom against rounding
    let reach = (side * (BUFFER + 1) + EXTENT - 1) / EXTENT + 1;
    let [west, north] = [i64::from(place.x) * side - reach, i64::from(place.y) * side - reach];
    let [east, south] = [west + side + 2 * reach - 1, north + side + 2 * reach - 1];
    let meets = |&feature: &u32| {
        let [w, n, e, s] = spans[feature as usize];
        w <= east && e >= west && n <= south && s >= north
    };
    let own: Vec<u32> = among.iter().copied().filter(|feature| meets(feature)).collect();
    if own.is_empty() {
        return;
    }
    if place.z >= zooms.0 {
        found.push(place);
    }
    if place.z < zooms.1 {
        for (x, y) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            walk(TilePlace { z: place.z + 1, x: 2 * place.x + x, y: 2 * place.y + y }, &own, spans, zooms, found);
        }
    }
}

impl Generation {
    /// The envelopes of the features of a layer. O(n) in its points.
    pub(super) fn boxes(&self, layer: TileLayer) -> Vec<Envelope> {
        match layer {
            TileLayer::Grids | TileLayer::Borders => self.grids().iter().map(|grid| grid.envelope).collect(),
            TileLayer::Jurisdictions => self.tree().nodes().iter().filter_map(|node| node.envelope).collect(),
            TileLayer::Atoms => {
                let imports = self.imports();
                let atoms = imports.iter().flat_map(|import| &import.dataset.atoms);
                atoms.filter_map(|atom| atom.shape.envelope()).collect()
            }
            TileLayer::Streets => {
                let imports = self.imports();
                let lines = imports.iter().flat_map(|import| &import.dataset.lines);
                lines.filter_map(|line| Envelope::of(line.points.iter().copied())).collect()
            }
            // buildings are no part of a generation, findings and reports go by reach, and cells are no file
            TileLayer::Buildings | TileLayer::Cells | TileLayer::Findings | TileLayer::Reports => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::geom::{LatticePoint, MultiPolygon, Polygon, Ring};
    use crate::tile::{LayerBuilder, TileSource};

    fn square(west: i32, south: i32, side: i32) -> (MultiPolygon, Envelope) {
        let corners = [(0, 0), (side, 0), (side, side), (0, side)];
        let ring = Ring::new(corners.map(|(x, y)| LatticePoint::new(west + x, south + y)).to_vec());
        let shape = MultiPolygon(vec![Polygon { exterior: ring, holes: vec![] }]);
        let envelope = shape.envelope().unwrap();
        (shape, envelope)
    }

    #[test]
    fn every_tile_with_something_in_it_is_visited_and_few_others() {
        // one that ends just on the border of tiles, one under a unit at low zooms, one far off
        let shapes = [
            square(0, 0, 140_625_000),
            square(1_215_645_000, 250_338_000, 300),
            square(-1_700_000_000, -600_000_000, 9_000_000),
        ];
        let mut layer = LayerBuilder::polygons("squares", Vec::new());
        for (shape, _) in &shapes {
            layer.polygon(1, Vec::new(), shape);
        }
        let source = TileSource::new(vec![layer.build()]);
        let boxes: Vec<_> = shapes.iter().map(|(_, envelope)| *envelope).collect();
        let places = visited(&boxes, (0, 7));
        let seen: HashSet<_> = places.iter().map(|place| (place.z, place.x, place.y)).collect();
        assert_eq!(seen.len(), places.len());
        assert!(places.is_sorted_by_key(|place| place.archive_order()));
        let mut filled = 0;
        for z in 0..=7 {
            for x in 0..1 << z {
                for y in 0..1 << z {
                    let something = source.tile(TileId::new(z, x, y).unwrap()).is_some();
                    filled += usize::from(something);
                    assert!(!something || seen.contains(&(z, x, y)), "{z}/{x}/{y}");
                }
            }
        }
        // the tiny square is under a unit at all these zooms, and is looked for all the same
        let tiny = TileId::holding(7, boxes[1].min).unwrap();
        assert!(source.tile(tiny).is_none() && seen.contains(&(7, tiny.x(), tiny.y())));
        assert!(places.len() < filled + 20, "{} for {filled}", places.len());
        assert!(visited(&boxes, (3, 5)).iter().all(|place| (3..=5).contains(&place.z)));
        assert!(visited(&[], (0, 14)).is_empty());
    }
}
