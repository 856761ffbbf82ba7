//! What is in force as a file that answers without a store, and a node that answers from such a file.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use arc_swap::ArcSwap;

use crate::format::{FormatError, MappedFile, write_whole};
use crate::locate::snapshot::{self, Contents, Node, Snapshot, SnapshotError};

use super::generation::Generation;
use super::{App, ServeError};

/// A snapshot in a file that is mapped into memory.
pub type OpenSnapshot = Snapshot<MappedFile>;

/// Why a snapshot cannot be written or opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotFileError {
    /// The store failed.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// The file cannot be read or written.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// Grids that do not fit together, or bytes that are no snapshot.
    #[error("{}: {error}", .path.display())]
    Snapshot {
        /// The file.
        path: PathBuf,
        /// Why.
        error: SnapshotError,
    },
    /// Grids that are no partition.
    #[error(
        "the grids in force are no partition, so a point could have two owners or none where it should have one; `wangge \
         check` says where: publish plans that rest on one import, then export again"
    )]
    NoPartition,
}

/// What a snapshot that was written holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotReport {
    /// Its generation.
    pub generation: String,
    /// Grids.
    pub grids: usize,
    /// Size of the file.
    pub bytes: u64,
}

impl App {
    /// Writes a generation to a file that [`open_snapshot`] opens. The file appears whole or not at all.
    ///
    /// # Errors
    /// [`SnapshotFileError`]; a file that stood there before then still stands.
    pub async fn write_snapshot(
        &self,
        generation: &Arc<Generation>,
        path: &Path,
    ) -> Result<SnapshotReport, SnapshotFileError> {
        let mut ends = HashMap::new();
        for grid in generation.grids() {
            let unit = &grid.record.jurisdiction;
            if !ends.contains_key(unit) {
                ends.insert(unit.clone(), self.valid_to_ms(grid).await?);
            }
        }
        let (generation, path) = (Arc::clone(generation), path.to_owned());
        let written = tokio::task::spawn_blocking(move || write(&generation, &ends, &path));
        written.await.map_err(|error| ServeError::Lost(error.to_string()))?
    }
}

fn write(
    generation: &Generation,
    ends: &HashMap<String, Option<i64>>,
    path: &Path,
) -> Result<SnapshotReport, SnapshotFileError> {
    let index = generation.whole_index().ok_or(SnapshotFileError::NoPartition)?;
    let index = index.map_err(|_| SnapshotFileError::NoPartition)?;
    let jurisdictions = generation.jurisdictions();
    let positions: HashMap<&str, u32> =
        jurisdictions.iter().enumerate().map(|(i, (_, j))| (j.code.as_str(), i as u32)).collect();
    let nodes: Vec<Node> = jurisdictions
        .iter()
        .map(|(_, j)| Node {
            level: j.level,
            level_name: &j.level_name,
            code: &j.code,
            name: &j.name,
            parent: j.parent.as_deref().and_then(|parent| positions.get(parent).copied()),
        })
        .collect();
    let grids: Vec<snapshot::Grid> = generation
        .grids()
        .iter()
        .map(|grid| snapshot::Grid {
            code: &grid.record.code,
            name: &grid.record.name,
            node: positions.get(grid.record.jurisdiction.as_str()).copied(),
            publication: grid.publication.seq,
            valid_from_ms: grid.publication.effective_ms,
            valid_to_ms: ends.get(&grid.record.jurisdiction).copied().flatten(),
        })
        .collect();
    let contents = Contents { generation: generation.version(), index: &index, grids: &grids, nodes: &nodes };
    let failed = |error| SnapshotFileError::Snapshot { path: path.to_owned(), error };
    let bytes = snapshot::to_bytes(&contents).map_err(failed)?;
    write_whole(path, &bytes)?;
    Ok(SnapshotReport { generation: generation.version().to_owned(), grids: grids.len(), bytes: bytes.len() as u64 })
}

/// Opens a snapshot after checking every byte of it.
///
/// # Errors
/// When there is no such file, or it is foreign, damaged, cut short or of another version.
pub fn open_snapshot(path: &Path) -> Result<OpenSnapshot, SnapshotFileError> {
    let file = MappedFile::open(path)?;
    Snapshot::from_bytes(file).map_err(|error| SnapshotFileError::Snapshot { path: path.to_owned(), error })
}

/// Whether another file stands there than was last seen, which is then seen. Said once for each file.
pub(super) fn is_new(path: &Path, last: &std::sync::Mutex<Option<Seen>>) -> bool {
    let now = seen(path);
    let mut before = last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let is_new = now.is_some() && *before != now;
    if is_new {
        *before = now;
    }
    is_new
}

/// A service that answers from a snapshot, and from the next one when the file is replaced. Readers never wait.
#[derive(Debug)]
pub struct SnapshotNode {
    path: PathBuf,
    current: ArcSwap<OpenSnapshot>,
    seen: std::sync::Mutex<Option<Seen>>,
}

/// What tells one file under a name from the next.
pub(super) type Seen = (SystemTime, u64);

pub(super) fn seen(path: &Path) -> Option<Seen> {
    let about = std::fs::metadata(path).ok()?;
    Some((about.modified().ok()?, about.len()))
}

impl SnapshotNode {
    /// Opens the file.
    ///
    /// # Errors
    /// As [`open_snapshot`].
    pub fn open(path: &Path) -> Result<Arc<Self>, SnapshotFileError> {
        let at_first = seen(path);
        let current = ArcSwap::from_pointee(open_snapshot(path)?);
        Ok(Arc::new(Self { path: path.to_owned(), current, seen: std::sync::Mutex::new(at_first) }))
    }

    /// The snapshot that holds now.
    pub fn current(&self) -> Arc<OpenSnapshot> {
        self.current.load_full()
    }

    /// Takes up the file if it was replaced; one that cannot be opened changes nothing. Says whether it was taken up.
    ///
    /// # Errors
    /// Why the new file cannot be opened; it is told once for each file.
    pub fn refresh(&self) -> Result<bool, SnapshotFileError> {
        if !is_new(&self.path, &self.seen) {
            return Ok(false);
        }
        let opened = open_snapshot(&self.path)?;
        self.current.store(Arc::new(opened));
        Ok(true)
    }
}
