//! A store is copied into another, backed up, restored; always from one instant, always compared afterwards.
//!
//! A copy writes the tables in order, rows by key. When it is cut short, the target says so, refuses to be used, and the
//! next run goes on after the last row that arrived, once it has seen that the rows before are still the same.

use std::path::{Path, PathBuf};

use super::{AppError, Step, Watch};
use crate::store::tables::{Copied, Fingerprint, RowHash, Snapshot, TABLES, Table, TableRow};
use crate::store::{Open, Store, StoreError, open, shown_name};

/// Rows read at a time.
const ROWS: u32 = 1_000;

/// What was copied.
#[derive(Debug, Clone)]
pub struct CopyDone {
    /// What both hold.
    pub fingerprint: Fingerprint,
    /// Rows in all.
    pub rows: u64,
    /// Rows that an earlier run had brought already.
    pub resumed: u64,
}

/// Copies the store `from` into `to`, which is made, empty, or holds an unfinished copy of the same.
///
/// # Errors
/// [`AppError`]; a target with contents of its own stays as it is.
pub async fn copy(from: &str, to: &str, now_ms: i64, watch: &dyn Watch) -> Result<CopyDone, AppError> {
    let source = open(from, Open::Existing).await?;
    let done = copy_from(source.as_ref(), from, to, Kind::Copy, now_ms, watch).await;
    source.close().await;
    done
}

/// Writes what the store holds at this instant into a new file, which is then kept as it is.
///
/// # Errors
/// [`AppError`]; when there is a file of that name already, or the backup differs from what was read.
pub async fn backup(store: &str, to: &Path, now_ms: i64, watch: &dyn Watch) -> Result<CopyDone, AppError> {
    if to.exists() {
        return Err(AppError::FileExists { path: to.display().to_string() });
    }
    let partial = beside(to, ".partial");
    remove(&partial);
    let name = partial.display().to_string();
    let source = open(store, Open::Existing).await?;
    let done = copy_from(source.as_ref(), store, &name, Kind::Backup, now_ms, watch).await;
    source.close().await;
    let done = match done {
        Ok(done) => done,
        Err(error) => {
            remove(&partial);
            return Err(error);
        }
    };
    let named = std::fs::File::open(&partial)
        .and_then(|file| file.sync_all())
        .and_then(|()| std::fs::hard_link(&partial, to))
        .and_then(|()| std::fs::remove_file(&partial))
        .and_then(|()| std::fs::File::open(folder_of(to))?.sync_all());
    named.map_err(|error| AppError::CannotWrite { path: to.display().to_string(), reason: error.to_string() })?;
    Ok(done)
}

/// What a backup file says of itself, after every row of it was read and compared with that.
#[derive(Debug, Clone)]
pub struct BackupVerified {
    /// When it was made.
    pub made_ms: i64,
    /// Of which store.
    pub source: String,
    /// What it holds.
    pub fingerprint: Fingerprint,
}

/// Reads a backup through and compares it with what it held when it was made.
///
/// # Errors
/// [`StoreError::Damaged`], and that it is no backup at all.
pub async fn verify_backup(file: &Path, watch: &dyn Watch) -> Result<BackupVerified, AppError> {
    let name = file.display().to_string();
    if !file.exists() {
        return Err(StoreError::Missing { path: name }.into());
    }
    let store = open(&name, Open::AnyState).await?;
    let verified = verify(store.as_ref(), &name, watch).await;
    store.close().await;
    verified
}

async fn verify(store: &dyn Store, name: &str, watch: &dyn Watch) -> Result<BackupVerified, AppError> {
    let damaged = |reason: String| AppError::Store(StoreError::Damaged { path: name.to_owned(), reason });
    let not_a_backup = || AppError::NotABackup { path: name.to_owned() };
    let Some(copied) = store.copied().await.map_err(|error| damaged(error.to_string()))? else {
        return Err(not_a_backup());
    };
    let (true, Some(made_ms), Some(kept)) = (copied.backup, copied.finished_ms, copied.fingerprint) else {
        return Err(not_a_backup());
    };
    let faults = store.storage_faults().await.map_err(|error| damaged(error.to_string()))?;
    if let Some(first) = faults.first() {
        return Err(damaged(format!("{first} ({} in all)", faults.len())));
    }
    let mut snapshot = store.snapshot().await?;
    let found = fingerprint(snapshot.as_mut(), watch).await.map_err(|error| match error {
        AppError::Store(error) => damaged(error.to_string()),
        other => other,
    })?;
    match found.difference(&kept) {
        Some(table) => Err(damaged(format!("table {table} does not hold what it held when the backup was made"))),
        None => Ok(BackupVerified { made_ms, source: copied.source, fingerprint: kept }),
    }
}

/// Makes a store of a backup: verifies it, copies it, compares.
///
/// # Errors
/// As [`verify_backup`] and [`copy`].
pub async fn restore(from: &Path, to: &str, now_ms: i64, watch: &dyn Watch) -> Result<CopyDone, AppError> {
    verify_backup(from, watch).await?;
    let name = from.display().to_string();
    let source = open(&name, Open::AnyState).await?;
    let done = copy_from(source.as_ref(), &name, to, Kind::Copy, now_ms, watch).await;
    source.close().await;
    done
}

/// What a store holds now.
///
/// # Errors
/// When it cannot be read.
pub async fn fingerprint_of(store: &dyn Store, watch: &dyn Watch) -> Result<Fingerprint, AppError> {
    let mut snapshot = store.snapshot().await?;
    fingerprint(snapshot.as_mut(), watch).await
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Copy,
    Backup,
}

async fn copy_from(
    source: &dyn Store,
    from: &str,
    to: &str,
    kind: Kind,
    now_ms: i64,
    watch: &dyn Watch,
) -> Result<CopyDone, AppError> {
    let target = open(to, Open::AnyState).await?;
    let done = fill(source, &shown_name(from), target.as_ref(), to, kind, now_ms, watch).await;
    target.close().await;
    done
}

async fn fill(
    source: &dyn Store,
    from: &str,
    target: &dyn Store,
    to: &str,
    kind: Kind,
    now_ms: i64,
    watch: &dyn Watch,
) -> Result<CopyDone, AppError> {
    let occupied = |reason: String| AppError::Occupied { path: shown_name(to), reason };
    match target.copied().await? {
        Some(copied) if copied.backup && copied.finished_ms.is_some() => {
            return Err(StoreError::Sealed { path: shown_name(to) }.into());
        }
        Some(copied) if copied.source != from => {
            return Err(occupied(format!("an unfinished copy of {}", copied.source)));
        }
        Some(_) => {}
        None => {
            let mut there = target.snapshot().await?;
            for table in TABLES.iter().filter(|table| table.name != "audit_start") {
                let rows = there.count(table).await?;
                if rows > 0 {
                    return Err(occupied(format!("{rows} rows of {}", table.name)));
                }
            }
        }
    }
    let begun = Copied {
        backup: kind == Kind::Backup,
        source: from.to_owned(),
        begun_ms: now_ms,
        finished_ms: None,
        fingerprint: None,
    };
    target.set_copied(&begun).await?;
    let mut instant = source.snapshot().await?;
    let mut total = 0;
    for table in TABLES {
        total += instant.count(table).await?;
    }
    let mut progress = Progress { watch, done: 0, total, resumed: 0 };
    let mut tables = Vec::with_capacity(TABLES.len());
    // what the audit log begins with is fixed once the log has an entry
    let is_start = |table: &&Table| table.name == "audit_start";
    for table in TABLES.iter().filter(is_start) {
        let (rows, hash) = all_rows(instant.as_mut(), table, &mut progress).await?;
        tables.push((table.name.to_owned(), hash.0, hash.1));
        if target.audit(0, 1).await?.is_empty() {
            target.replace(&[(table, rows)]).await?;
        }
    }
    for table in TABLES.iter().filter(|table| !table.changes) {
        let hash = append(instant.as_mut(), target, table, &mut progress).await?;
        tables.push((table.name.to_owned(), hash.0, hash.1));
    }
    let mut changing = Vec::new();
    for table in TABLES.iter().filter(|table| table.changes && !is_start(table)) {
        let (rows, hash) = all_rows(instant.as_mut(), table, &mut progress).await?;
        tables.push((table.name.to_owned(), hash.0, hash.1));
        changing.push((table, rows));
    }
    target.replace(&changing).await?;
    drop(instant);
    let position = |name: &str| TABLES.iter().position(|table| table.name == name);
    tables.sort_by_key(|(name, ..)| position(name));
    let read = Fingerprint { tables };
    let written = fingerprint_of(target, watch).await?;
    if let Some(table) = written.difference(&read) {
        return Err(occupied(format!("table {table}, which came out otherwise than it was read")));
    }
    target.set_copied(&Copied { finished_ms: Some(now_ms), fingerprint: Some(read.clone()), ..begun }).await?;
    if kind == Kind::Copy {
        target.adopt_copy().await?;
    }
    Ok(CopyDone {
        rows: read.tables.iter().map(|(_, rows, _)| rows).sum(),
        fingerprint: read,
        resumed: progress.resumed,
    })
}

struct Progress<'a> {
    watch: &'a dyn Watch,
    done: u64,
    total: u64,
    resumed: u64,
}

impl Progress<'_> {
    fn advance(&mut self, rows: usize) -> Result<(), AppError> {
        if self.watch.cancelled() {
            return Err(AppError::CopyCancelled);
        }
        self.done += rows as u64;
        self.watch.at(Step::Keep, self.done, self.total);
        Ok(())
    }
}

/// Brings what the target lacks of a table whose rows only ever follow one another.
async fn append(
    source: &mut dyn Snapshot,
    target: &dyn Store,
    table: &Table,
    progress: &mut Progress<'_>,
) -> Result<(u64, String), AppError> {
    let mut hash = RowHash::default();
    let mut last: Option<TableRow> = None;
    // what an earlier run brought is compared and passed over
    let mut there = target.snapshot().await?;
    loop {
        let kept = there.page(table, last.as_ref(), ROWS).await?;
        if kept.is_empty() {
            break;
        }
        let ours = source.page(table, last.as_ref(), kept.len() as u32).await?;
        if ours != kept {
            return Err(AppError::CopyDiffers { table: table.name });
        }
        progress.resumed += kept.len() as u64;
        progress.advance(kept.len())?;
        hash.take_all(&kept);
        last = kept.into_iter().next_back();
    }
    drop(there);
    loop {
        let rows = source.page(table, last.as_ref(), ROWS).await?;
        if rows.is_empty() {
            return Ok(hash.finish());
        }
        target.load(table, &rows).await?;
        progress.advance(rows.len())?;
        hash.take_all(&rows);
        last = rows.into_iter().next_back();
    }
}

async fn all_rows(
    source: &mut dyn Snapshot,
    table: &Table,
    progress: &mut Progress<'_>,
) -> Result<(Vec<TableRow>, (u64, String)), AppError> {
    let mut all: Vec<TableRow> = Vec::new();
    loop {
        let rows = source.page(table, all.last(), ROWS).await?;
        if rows.is_empty() {
            let mut hash = RowHash::default();
            hash.take_all(&all);
            return Ok((all, hash.finish()));
        }
        progress.advance(rows.len())?;
        all.extend(rows);
    }
}

async fn fingerprint(snapshot: &mut dyn Snapshot, watch: &dyn Watch) -> Result<Fingerprint, AppError> {
    let mut total = 0;
    for table in TABLES {
        total += snapshot.count(table).await?;
    }
    let mut done = 0;
    let mut tables = Vec::with_capacity(TABLES.len());
    for table in TABLES {
        let mut hash = RowHash::default();
        let mut last: Option<TableRow> = None;
        loop {
            let rows = snapshot.page(table, last.as_ref(), ROWS).await?;
            if rows.is_empty() {
                break;
            }
            if watch.cancelled() {
                return Err(AppError::CopyCancelled);
            }
            done += rows.len() as u64;
            watch.at(Step::Compare, done, total);
            hash.take_all(&rows);
            last = rows.into_iter().next_back();
        }
        let (rows, hash) = hash.finish();
        tables.push((table.name.to_owned(), rows, hash));
    }
    Ok(Fingerprint { tables })
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Removes a file that was not finished, with what SQLite kept beside it.
fn remove(path: &Path) {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        // what is not there need not go
        let _ = std::fs::remove_file(beside(path, suffix));
    }
}
