//! What lies at a path, found out without changing a byte of it.

use std::fs;
use std::io::{ErrorKind, Read};
use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, Row};

use crate::store::StoreError;

/// First bytes of every SQLite file: <https://www.sqlite.org/fileformat.html> §1.3.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// Application id of a GeoPackage: OGC 12-128r18, requirement 2.
const GEOPACKAGE: &[u8; 4] = b"GPKG";
/// Length of SQLite's header in bytes.
const HEADER_BYTES: usize = 100;

/// What lies at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing.
    Nothing,
    /// A store of ours.
    Store,
}

/// Looks at `path` without changing it.
///
/// # Errors
/// Anything but nothing or a store that can be read and written.
pub(super) async fn look(path: &Path) -> Result<Found, StoreError> {
    let shown = || path.display().to_string();
    let foreign = |reason: &str| StoreError::Foreign { path: shown(), reason: reason.to_owned() };
    let unusable = |reason: String| StoreError::Unusable { path: shown(), reason };
    let damaged = |reason: &str| StoreError::Damaged { path: shown(), reason: reason.to_owned() };
    let metadata = match fs::metadata(path) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(e) => return Err(unusable(format!("cannot be looked at: {e}"))),
        Ok(metadata) => metadata,
    };
    if metadata.is_dir() {
        return Err(foreign("a folder"));
    }
    if !metadata.is_file() {
        return Err(foreign("not a regular file"));
    }
    let mut header = Vec::with_capacity(HEADER_BYTES);
    fs::File::open(path)
        .and_then(|file| file.take(HEADER_BYTES as u64).read_to_end(&mut header))
        .map_err(|e| unusable(format!("cannot be read: {e}")))?;
    if header.is_empty() {
        return Err(foreign("an empty file"));
    }
    if !header.starts_with(MAGIC) {
        if was_ours(path) {
            return Err(damaged("its first bytes are not those of a database"));
        }
        let text = std::str::from_utf8(&header).is_ok_and(|text| !text.contains('\0'));
        return Err(foreign(if text { "a text file" } else { "not a database" }));
    }
    let foreign_or_damaged =
        |reason: &str| if was_ours(path) { damaged("its header was changed") } else { foreign(reason) };
    let Ok(header) = <&[u8; HEADER_BYTES]>::try_from(header.as_slice()) else {
        return Err(foreign("a database cut off within its header"));
    };
    if &header[68..72] != GEOPACKAGE {
        return Err(foreign_or_damaged("a SQLite database of another program"));
    }
    refuse_cut_off(path, header, metadata.len())?;
    if let Some(layers) = layers_of_another_program(path).await? {
        return Err(foreign(&format!("a GeoPackage of another program ({layers})")));
    }
    fs::OpenOptions::new().append(true).open(path).map_err(|e| unusable(format!("cannot be written: {e}")))?;
    Ok(Found::Store)
}

/// Whether the schema of a store of ours stands in the first mebibyte: then what cannot be read is damaged, not foreign.
fn was_ours(path: &Path) -> bool {
    const SCHEMA: &[u8] = b"CREATE TABLE wangge_store";
    let mut start = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(1 << 20).read_to_end(&mut start));
    read.is_ok() && start.windows(SCHEMA.len()).any(|window| window == SCHEMA)
}

fn damaged_or_unusable(path: &Path, reason: String) -> StoreError {
    let path_name = path.display().to_string();
    if was_ours(path) {
        StoreError::Damaged { path: path_name, reason }
    } else {
        StoreError::Unusable { path: path_name, reason: format!("{reason}; put back a complete copy") }
    }
}

/// Refuses a file shorter than its header says, unless a write-ahead log holds the rest.
fn refuse_cut_off(path: &Path, header: &[u8; HEADER_BYTES], length: u64) -> Result<(), StoreError> {
    // bytes 16-17: page size, 1 standing for 65536; 28-31: number of pages
    let page_bytes = match u16::from_be_bytes([header[16], header[17]]) {
        1 => 65_536,
        n => u64::from(n),
    };
    let pages = u64::from(u32::from_be_bytes([header[28], header[29], header[30], header[31]]));
    let log = fs::metadata(beside(path, "-wal")).map_or(0, |m| m.len());
    if length < page_bytes * pages && log == 0 {
        let reason = format!("it is cut off: {length} bytes are there, {} should be", page_bytes * pages);
        return Err(damaged_or_unusable(path, reason));
    }
    Ok(())
}

/// The file beside `path` whose name ends in `suffix`.
pub(super) fn beside(path: &Path, suffix: &str) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// `None` when the GeoPackage is a store of ours, else what layers it has.
async fn layers_of_another_program(path: &Path) -> Result<Option<String>, StoreError> {
    // Without a write-ahead log the file is read as it is: no lock, no recovery, nothing written beside it. With one, a
    // process was cut short or is at work, and pages may stand half in the file and half in the log: only both together
    // are whole. Read-only either way, so the file itself is never changed.
    let logged = fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > 0);
    let options = SqliteConnectOptions::new().filename(path).read_only(true).immutable(!logged);
    let looked = async {
        let mut connection = options.disable_statement_logging().connect().await?;
        let found = tables(&mut connection).await;
        connection.close().await?;
        found
    };
    looked.await.map_err(|e: sqlx::Error| damaged_or_unusable(path, format!("the file is damaged ({e})")))
}

async fn tables(connection: &mut SqliteConnection) -> Result<Option<String>, sqlx::Error> {
    let ours = sqlx::query("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'wangge_store'");
    if ours.fetch_optional(&mut *connection).await?.is_some() {
        return Ok(None);
    }
    let rows = sqlx::query("SELECT table_name FROM gpkg_contents ORDER BY table_name LIMIT 9").fetch_all(connection);
    let names = rows.await?.iter().map(|row| row.try_get(0)).collect::<Result<Vec<String>, _>>()?;
    Ok(Some(if names.is_empty() { "without layers".to_owned() } else { format!("layers: {}", names.join(", ")) }))
}
