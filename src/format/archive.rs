//! Tiles of a PMTiles file, read as they are asked for.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pmtiles::{AsyncPmTilesReader, Compression, HashMapCache, MmapBackend, TileCoord, TileType};

use super::error::FormatError;
use super::pmtiles::{ArchiveDescription, TilePlace};

/// A PMTiles file (specification v3) of vector tiles in gzip, mapped into memory: opening reads its head alone, a tile is found
/// by one to three directories, of which those read once are kept. As with any mapped file, nobody may write into it in place.
pub struct TileArchive {
    path: PathBuf,
    reader: AsyncPmTilesReader<MmapBackend, HashMapCache>,
    about: ArchiveDescription,
}

impl std::fmt::Debug for TileArchive {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.debug_struct("TileArchive").field("path", &self.path).field("about", &self.about).finish_non_exhaustive()
    }
}

fn unusable(path: &Path, problem: impl Into<String>) -> FormatError {
    FormatError::TileArchive { path: path.to_owned(), problem: problem.into() }
}

impl TileArchive {
    /// Opens a file.
    ///
    /// # Errors
    /// When there is none, it is damaged or of another kind, or its tiles are no vector tiles in gzip.
    pub async fn open(path: &Path) -> Result<Self, FormatError> {
        let io = |error| FormatError::Io { path: path.to_owned(), error };
        if std::fs::metadata(path).map_err(io)?.len() == 0 {
            return Err(FormatError::EmptyFile { path: path.to_owned() });
        }
        let opened = AsyncPmTilesReader::new_with_cached_path(HashMapCache::default(), path).await;
        let reader =
            opened.map_err(|error| unusable(path, format!("this is no PMTiles file, or it is damaged: {error}")))?;
        let header = reader.get_header();
        if header.tile_type != TileType::Mvt || header.tile_compression != Compression::Gzip {
            return Err(unusable(
                path,
                "its tiles are no vector tiles in gzip: write it with `wangge export --pmtiles`",
            ));
        }
        let zooms = (header.min_zoom, header.max_zoom);
        let bounds = [header.min_longitude, header.min_latitude, header.max_longitude, header.max_latitude];
        let metadata = reader.get_metadata().await;
        let metadata = metadata.map_err(|error| unusable(path, format!("its metadata cannot be read: {error}")))?;
        Ok(Self { path: path.to_owned(), reader, about: ArchiveDescription { zooms, bounds, metadata } })
    }

    /// What it says of itself.
    pub fn about(&self) -> &ArchiveDescription {
        &self.about
    }

    /// A tile in gzip, as it was put in; `None` where nothing lies.
    ///
    /// # Errors
    /// When a directory is damaged or points out of the file.
    pub async fn tile(&self, place: TilePlace) -> Result<Option<Arc<[u8]>>, FormatError> {
        let TilePlace { z, x, y } = place;
        let Ok(coord) = TileCoord::new(z, x, y) else { return Ok(None) };
        let found = self.reader.get_tile(coord).await;
        let found = found.map_err(|error| unusable(&self.path, format!("tile {z}/{x}/{y} cannot be read: {error}")))?;
        Ok(found.map(|bytes| Arc::from(&bytes[..])))
    }
}
