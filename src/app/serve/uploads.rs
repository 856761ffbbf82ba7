//! Files that were sent to be imported: kept in a folder of their own each, for an hour after they were last used.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;
use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

use crate::app::access::{Caller, Role};
use crate::format::{FormatError, LayerDescription, Source};

use super::App;

/// How long a file is kept after it was last used.
const KEPT_MS: i64 = 3_600_000;
/// Files kept of one caller, and of all together.
const KEPT_EACH: usize = 8;
const KEPT_ALL: usize = 32;
/// The longest name of a file, in characters.
const NAME_CHARS: usize = 100;
/// What a file may be called, after any `.zst`.
const EXTENSIONS: [&str; 10] = ["gpkg", "geojson", "json", "fgb", "zip", "csv", "xlsx", "kml", "ods", "geojsonl"];

/// Why a file is not taken, or an import not begun.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UploadError {
    /// Imports concern the whole workspace.
    #[error("imports are for planners and administrators of the whole workspace")]
    Beyond,
    /// A name that says nothing of the format.
    #[error(
        "{given:?} is no file that can be imported: send .gpkg, .geojson, .fgb, .csv, .xlsx, .kml, a shapefile as .zip, or .zst of one"
    )]
    Name {
        /// As given, shortened.
        given: String,
    },
    /// Too many are kept.
    #[error(
        "{kept} files are kept already: remove one (DELETE /v1/uploads/…), or wait until the oldest is an hour old"
    )]
    TooMany {
        /// How many.
        kept: usize,
    },
    /// There is none by that id, or not of this caller.
    #[error("there is no upload {id:?}: it is removed an hour after it was last used; send the file again")]
    Unknown {
        /// As asked for.
        id: String,
    },
    /// Too many imports are waiting.
    #[error("{waiting} imports are under way or waiting: try again when one is done")]
    Busy {
        /// How many.
        waiting: usize,
    },
    /// The disk.
    #[error("the file cannot be kept: {0}")]
    Io(#[from] std::io::Error),
    /// Its content. The path is the name it was sent under.
    #[error("{0}")]
    Content(String),
    /// A thread that was lost.
    #[error("reading the file failed: {0}")]
    Lost(String),
}

/// A file that was sent whole.
#[derive(Debug)]
pub struct Upload {
    /// Names it.
    pub id: String,
    /// What it was called, without folders.
    pub name: String,
    /// How large it is.
    pub bytes: u64,
    /// What is in it.
    pub layers: Vec<LayerDescription>,
    pub(super) path: PathBuf,
    by: String,
    used_ms: AtomicI64,
    // goes with the last who uses it
    folder: TempDir,
}

impl Upload {
    /// Words of a failure, without the folder of this machine that the file lies in.
    pub fn shown(&self, words: &str) -> String {
        shown(self.folder.path(), words)
    }
}

fn shown(folder: &Path, words: &str) -> String {
    words.replace(&format!("{}/", folder.display()), "")
}

/// A file that is being sent. Dropped before it is whole, it leaves nothing behind.
#[derive(Debug)]
pub struct Incoming {
    name: String,
    by: String,
    path: PathBuf,
    file: File,
    bytes: u64,
    folder: TempDir,
}

impl Incoming {
    async fn new(name: String, by: String) -> std::io::Result<Self> {
        let folder = TempDir::with_prefix("wangge-upload-")?;
        let path = folder.path().join(&name);
        let file = File::create_new(&path).await?;
        Ok(Self { name, by, path, file, bytes: 0, folder })
    }

    /// How much has come.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Takes the next piece.
    ///
    /// # Errors
    /// When the disk does not.
    pub async fn write(&mut self, piece: &[u8]) -> Result<(), UploadError> {
        self.file.write_all(piece).await?;
        self.bytes += piece.len() as u64;
        Ok(())
    }
}

/// The files of a running service.
#[derive(Debug, Default)]
pub(super) struct Uploads(Mutex<HashMap<String, Arc<Upload>>>);

impl Uploads {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Upload>>> {
        // a panic in between leaves files, which are as good as before
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes what nobody has used for an hour.
    pub fn sweep(&self, now_ms: i64) {
        self.lock().retain(|_, upload| upload.used_ms.load(Ordering::Relaxed) > now_ms - KEPT_MS);
    }
}

/// Whether the caller may bring in what concerns the whole workspace.
pub(super) fn may_import(caller: &Caller) -> Result<(), UploadError> {
    if caller.reach(&[Role::Planner]).is_everything() { Ok(()) } else { Err(UploadError::Beyond) }
}

/// The last part of a path, fit to be a name of a file here: letters, digits, spaces, `.`, `-`, `_` and parentheses.
pub(super) fn clean(given: &str) -> Result<String, UploadError> {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    let fit = |c: char| if c.is_alphanumeric() || " .-_()".contains(c) { c } else { '_' };
    let name: String = last.chars().map(fit).collect();
    let name = name.trim_start_matches(['.', ' ', '-']);
    let lower = name.to_lowercase();
    let inner = lower.strip_suffix(".zst").unwrap_or(&lower);
    let known =
        inner.rsplit_once('.').is_some_and(|(stem, extension)| !stem.is_empty() && EXTENSIONS.contains(&extension));
    if known && name.chars().count() <= NAME_CHARS {
        Ok(name.to_owned())
    } else {
        Err(UploadError::Name { given: given.chars().take(NAME_CHARS).collect() })
    }
}

impl App {
    /// Makes room for a file.
    ///
    /// # Errors
    /// When the caller may not import, the name says nothing of a format, or too many files are kept.
    pub async fn begin_upload(&self, caller: &Caller, name: &str) -> Result<Incoming, UploadError> {
        may_import(caller)?;
        let name = clean(name)?;
        self.uploads().sweep(self.clock().now_ms());
        let (own, all) = {
            let kept = self.uploads().lock();
            (kept.values().filter(|upload| upload.by == caller.id()).count(), kept.len())
        };
        if own >= KEPT_EACH || all >= KEPT_ALL {
            return Err(UploadError::TooMany { kept: own.max(all) });
        }
        Ok(Incoming::new(name, caller.id().to_owned()).await?)
    }

    /// Keeps a file that is whole and says what is in it.
    ///
    /// # Errors
    /// When it is nothing that can be read; it is gone then.
    pub async fn finish_upload(&self, incoming: Incoming) -> Result<Arc<Upload>, UploadError> {
        let Incoming { name, by, path, mut file, bytes, folder } = incoming;
        file.flush().await?;
        drop(file);
        let read = {
            let path = path.clone();
            tokio::task::spawn_blocking(move || -> Result<_, FormatError> { Ok(Source::open(&path)?.describe()) })
        };
        let read = read.await.map_err(|error| UploadError::Lost(error.to_string()))?;
        let layers = read.map_err(|error| UploadError::Content(shown(folder.path(), &error.to_string())))?;
        let (id, used_ms) = (Uuid::now_v7().to_string(), AtomicI64::new(self.clock().now_ms()));
        let upload = Arc::new(Upload { id: id.clone(), name, bytes, layers, path, by, used_ms, folder });
        self.uploads().lock().insert(id, Arc::clone(&upload));
        Ok(upload)
    }

    /// A file of the caller.
    ///
    /// # Errors
    /// When there is none by that id.
    pub fn upload(&self, caller: &Caller, id: &str) -> Result<Arc<Upload>, UploadError> {
        self.uploads().sweep(self.clock().now_ms());
        let found = self.uploads().lock().get(id).filter(|upload| upload.by == caller.id()).map(Arc::clone);
        let upload = found.ok_or_else(|| UploadError::Unknown { id: id.chars().take(NAME_CHARS).collect() })?;
        upload.used_ms.store(self.clock().now_ms(), Ordering::Relaxed);
        Ok(upload)
    }

    /// Removes a file of the caller. An import that reads it goes on.
    ///
    /// # Errors
    /// When there is none by that id.
    pub fn remove_upload(&self, caller: &Caller, id: &str) -> Result<(), UploadError> {
        let upload = self.upload(caller, id)?;
        self.uploads().lock().remove(&upload.id);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_loses_folders_and_signs_and_must_say_a_format() {
        for (given, kept) in [
            ("town.gpkg", "town.gpkg"),
            ("../../etc/城区 (1).GeoJSON", "城区 (1).GeoJSON"),
            ("C:\\data\\roads.zip", "roads.zip"),
            (".hidden.csv", "hidden.csv"),
            ("a\u{0}b*.fgb.zst", "a_b_.fgb.zst"),
        ] {
            assert_eq!(clean(given).unwrap(), kept);
        }
        for given in
            ["", ".", "..", "town", ".gpkg", "town.vrt", "a/", "town.gpkg.zst.exe", &format!("{}.csv", "x".repeat(200))]
        {
            assert!(matches!(clean(given), Err(UploadError::Name { .. })), "{given}");
        }
    }

    #[tokio::test]
    async fn a_file_that_breaks_off_leaves_nothing_behind() {
        let mut incoming = Incoming::new("town.gpkg".to_owned(), "somebody".to_owned()).await.unwrap();
        incoming.write(b"SQLite format 3").await.unwrap();
        let path = incoming.path.clone();
        assert!(path.exists());
        drop(incoming);
        assert!(!path.exists() && !path.parent().unwrap().exists());
    }
}
