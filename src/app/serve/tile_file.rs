//! Tiles of one layer from a file, for a node without a store: as the service that wrote the file sends them.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;
use moka::sync::Cache;
use serde_json::Value;

use crate::format::{FormatError, TileArchive, TilePlace};
use crate::tile::{TileId, TileJson};

use super::App;
use super::kept::{Coding, KeptTile, TileMemory};
use super::snapshot::{Seen, is_new, seen};
use super::tiles::{TileDetail, TileLayer};

/// A file of tiles as it was when it was opened.
#[derive(Debug)]
pub struct OpenTiles {
    archive: TileArchive,
    layer: TileLayer,
    version: String,
    attribution: String,
    /// As the service with the store keeps them.
    kept: Cache<(TileId, Coding), KeptTile>,
}

/// The tiles of a layer, and those of the next file when it is replaced. Readers never wait.
#[derive(Debug)]
pub struct TileFile {
    path: PathBuf,
    memory: TileMemory,
    current: ArcSwap<OpenTiles>,
    seen: Mutex<Option<Seen>>,
}

impl OpenTiles {
    async fn open(path: &Path, memory: TileMemory) -> Result<Self, FormatError> {
        let archive = TileArchive::open(path).await?;
        let said: Value = serde_json::from_str(&archive.about().metadata).unwrap_or_default();
        let word = |name: &str| said[name].as_str().unwrap_or_default().to_owned();
        let name = word("name");
        let layer = TileLayer::ALL.into_iter().find(|layer| layer.as_str() == name);
        let layer = layer.ok_or_else(|| FormatError::TileArchive {
            path: path.to_owned(),
            problem: format!("it names itself {name:?}, which is no layer: write it with `wangge export --pmtiles`"),
        })?;
        let weigh = |_: &(TileId, Coding), tile: &KeptTile| tile.weight();
        let kept = Cache::builder().max_capacity(memory.0 << 20).weigher(weigh).build();
        Ok(Self { archive, layer, version: word("version"), attribution: word("attribution"), kept })
    }

    /// Which layer.
    pub fn layer(&self) -> TileLayer {
        self.layer
    }

    /// The version of the tiles, as the service that wrote them has it.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Whose data it is.
    pub fn attribution(&self) -> &str {
        &self.attribution
    }

    /// First and last zoom.
    pub fn zooms(&self) -> (u8, u8) {
        self.archive.about().zooms
    }

    /// West, south, east, north in degrees.
    pub fn bounds(&self) -> [f64; 4] {
        self.archive.about().bounds
    }

    /// As the service describes the layer, but for the zooms, which are those of the file.
    pub fn described(&self, tiles: Vec<String>) -> TileJson {
        let detail = if self.version.ends_with(".public") { TileDetail::Public } else { TileDetail::Full };
        let mut described = App::described(self.layer, detail, tiles, Some(self.bounds()));
        (described.minzoom, described.maxzoom) = self.zooms();
        described
    }

    /// The tile as the service sends it, under the same tag.
    ///
    /// # Errors
    /// When the file is damaged there.
    pub async fn tile(self: &Arc<Self>, id: TileId, coding: Coding) -> Result<KeptTile, FormatError> {
        if let Some(kept) = self.kept.get(&(id, coding)) {
            return Ok(kept);
        }
        let found = self.archive.tile(TilePlace { z: id.z(), x: id.x(), y: id.y() }).await?;
        let own = Arc::clone(self);
        let made = tokio::task::spawn_blocking(move || {
            let tile = KeptTile::of_gzip(found.unwrap_or_default(), coding)?;
            own.kept.insert((id, coding), tile.clone());
            Some(tile)
        });
        made.await.ok().flatten().ok_or_else(|| FormatError::TileArchive {
            path: PathBuf::from(self.layer.as_str()),
            problem: format!("tile {}/{}/{} is no gzip: copy the file again", id.z(), id.x(), id.y()),
        })
    }
}

impl TileFile {
    /// Opens a file that `wangge export --pmtiles` wrote.
    ///
    /// # Errors
    /// As [`TileArchive::open`]; also when it holds no layer of this program.
    pub async fn open(path: &Path, memory: TileMemory) -> Result<Arc<Self>, FormatError> {
        let at_first = seen(path);
        let current = ArcSwap::from_pointee(OpenTiles::open(path, memory).await?);
        Ok(Arc::new(Self { path: path.to_owned(), memory, current, seen: Mutex::new(at_first) }))
    }

    /// What holds now.
    pub fn current(&self) -> Arc<OpenTiles> {
        self.current.load_full()
    }

    /// Takes up the file if it was replaced; one that cannot be opened, or holds another layer, changes nothing. Says whether it was
    /// taken up.
    ///
    /// # Errors
    /// Why the new file is not taken up; it is told once for each file.
    pub async fn refresh(&self) -> Result<bool, FormatError> {
        if !is_new(&self.path, &self.seen) {
            return Ok(false);
        }
        let opened = OpenTiles::open(&self.path, self.memory).await?;
        let (now, before) = (opened.layer, self.current().layer);
        if now != before {
            return Err(FormatError::TileArchive {
                path: self.path.clone(),
                problem: format!("it holds {} now and held {}: start the node again", now.as_str(), before.as_str()),
            });
        }
        self.current.store(Arc::new(opened));
        Ok(true)
    }
}
