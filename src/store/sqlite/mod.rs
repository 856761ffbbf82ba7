//! The embedded store: one GeoPackage 1.3 file, opened by SQLite through sqlx.
//!
//! In: the path of the file. Out: a [`Store`](super::Store). One connection writes, a few read; several processes may
//! open the same file, and a writer waits for the other one's transaction to end.
//!
//! 1. The write-ahead log is synced at every commit, so a call that returned is on the disk.
//! 2. A store is made under another name and gets its own when it is whole.
//! 3. A file that is not a store of ours stays as it is, byte for byte.
//! 4. The layers `atoms`, `jurisdictions`, `grids`, `findings` and `reports` open in any GIS, with true extents. They
//!    show the grids in force (before the first publication those of the newest plan) and the dataset these lie on.
//! 5. What a GIS may edit is names of atoms and jurisdictions, category and text of reports; triggers refuse the rest.
//!
//! It never carries an R-tree on a layer and never runs on a network file system.

mod connection;
mod db;
mod file;
mod geopackage;
mod layers;
mod network_file_system;
mod people;
#[path = "../sql/mod.rs"]
mod sql;

use async_trait::async_trait;
use sqlx::{Row as _, SqlitePool};

use self::db::Write;
use self::sql::{
    addresses, audit, dataset, drafts, finding, inputs, links, officers, plan, publication, report, tables, workspace,
};
use super::addresses::{AddressRecord, AddressSetRecord, Addresses, NewAddresses};
use super::audit::{Act, AuditEntry, AuditLog, AuditedRows};
use super::drafts::{DraftAdded, DraftMarked, DraftOpRecord, DraftStand, Drafts, NewDraftOp};
use super::inputs::{InputRecord, Inputs, NewInput};
use super::links::{LinkSetRecord, Links, NewLinks};
use super::officers::{Officers, ReportEvent};
use super::tables::{Copied, Snapshot, Table, TableRow, Tables};

use super::{
    DatasetRecord, FindingRecord, GridRecord, Kept, LineageRecord, NewImport, NewPlan, NewPublication, NewReport, Open,
    PlanRecord, PublicationRecord, ReportRecord, Stage, Store, StoreError, Workspace,
};
use crate::atom::{Dataset, Feature, Line, Link};
use crate::geom::MultiPolygon;
use crate::officer::{Changes, Roster};

/// A store in one GeoPackage file.
#[derive(Debug)]
pub struct SqliteStore {
    /// The only connection that writes.
    writer: SqlitePool,
    /// Connections that cannot write.
    readers: SqlitePool,
}

impl SqliteStore {
    /// Opens the GeoPackage at `path`, or makes one. A file that is not ours is left as it is, byte for byte.
    ///
    /// # Errors
    /// Missing, foreign, unreadable, on a network file system, or made by a newer program.
    pub async fn open(path: &str, mode: Open) -> Result<Self, StoreError> {
        connection::open(path, mode).await
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn workspace(&self) -> Result<Workspace, StoreError> {
        workspace::read(self).await
    }

    async fn set_workspace(&self, workspace: &Workspace, act: &Act) -> Result<(), StoreError> {
        workspace::write(self, workspace, act).await
    }

    async fn import(
        &self,
        import: &NewImport<'_>,
        progress: &(dyn Fn(u64, u64) + Sync),
        act: &Act,
    ) -> Result<i64, StoreError> {
        dataset::import(self, import, progress, act).await
    }

    async fn datasets(&self) -> Result<Vec<DatasetRecord>, StoreError> {
        dataset::records(self).await
    }

    async fn dataset(&self, id: i64) -> Result<Dataset, StoreError> {
        dataset::read(self, id).await
    }

    async fn boundaries(&self, dataset: i64) -> Result<Vec<MultiPolygon>, StoreError> {
        dataset::boundaries(self, dataset).await
    }

    async fn save_plan(&self, plan: &NewPlan<'_>, act: &Act) -> Result<i64, StoreError> {
        plan::save(self, plan, act).await
    }

    async fn plans(&self) -> Result<Vec<PlanRecord>, StoreError> {
        plan::records(self).await
    }

    async fn grids(&self, plan: i64) -> Result<Vec<GridRecord>, StoreError> {
        plan::grids(self, plan).await
    }

    async fn plan_atoms(&self, plan: i64) -> Result<Vec<(String, Option<String>)>, StoreError> {
        plan::atoms(self, plan).await
    }

    async fn findings(&self, dataset: i64, plan: Option<i64>) -> Result<Vec<FindingRecord>, StoreError> {
        finding::records(self, dataset, plan).await
    }

    async fn publish(&self, publication: &NewPublication, act: &Act) -> Result<PublicationRecord, StoreError> {
        publication::publish(self, publication, act).await
    }

    async fn publications(&self) -> Result<Vec<PublicationRecord>, StoreError> {
        publication::records(self).await
    }

    async fn used_codes(&self) -> Result<Vec<String>, StoreError> {
        publication::used_codes(self).await
    }

    async fn lineage(&self, publication: i64) -> Result<Vec<LineageRecord>, StoreError> {
        publication::lineage(self, publication).await
    }

    async fn add_report(&self, report: &NewReport, act: &Act) -> Result<Kept, StoreError> {
        match report::add(self, report, act).await {
            // somebody built an R-tree on the layer while we were running
            Err(StoreError::Database(message)) if message.contains("no such function: ST_") => {
                layers::drop_r_trees(&mut *self.writer.acquire().await?).await?;
                report::add(self, report, act).await
            }
            other => other,
        }
    }

    async fn report(&self, id: &str) -> Result<ReportRecord, StoreError> {
        report::read(self, id).await
    }

    async fn reports(&self, limit: u32, after: Option<&str>) -> Result<Vec<ReportRecord>, StoreError> {
        report::records(self, limit, after).await
    }

    async fn step_report(
        &self,
        id: &str,
        to: Stage,
        answer: Option<&str>,
        act: &Act,
    ) -> Result<ReportRecord, StoreError> {
        report::step(self, id, to, answer, act).await
    }

    async fn report_steps(&self, after: i64, limit: u32) -> Result<Vec<(i64, String)>, StoreError> {
        report::steps(self, after, limit).await
    }

    async fn last_report_step(&self) -> Result<i64, StoreError> {
        report::last_step(self).await
    }

    async fn report_count(&self) -> Result<u64, StoreError> {
        report::count(self).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT one FROM wangge_store").fetch_one(&self.readers).await?;
        Ok(())
    }

    async fn close(&self) {
        self.readers.close().await;
        // a checkpoint that cannot run leaves the log, which the next open folds in
        if let Err(error) = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&self.writer).await {
            tracing::warn!(%error, "the write-ahead log was not folded into the store");
        }
        self.writer.close().await;
    }
}

#[async_trait]
impl AuditLog for SqliteStore {
    async fn audit(&self, after: i64, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        audit::entries(self, after, limit).await
    }

    async fn audited_rows(&self) -> Result<(AuditedRows, AuditedRows), StoreError> {
        audit::audited(self).await
    }
}

#[async_trait]
impl Addresses for SqliteStore {
    async fn add_addresses(&self, addresses: &NewAddresses<'_>, act: &Act) -> Result<i64, StoreError> {
        addresses::add(self, addresses, act).await
    }

    async fn address_sets(&self) -> Result<Vec<AddressSetRecord>, StoreError> {
        addresses::records(self).await
    }

    async fn addresses(&self, set: i64) -> Result<Vec<AddressRecord>, StoreError> {
        addresses::read(self, set).await
    }
}

#[async_trait]
impl Drafts for SqliteStore {
    async fn draft_stand(&self, plan: i64) -> Result<DraftStand, StoreError> {
        drafts::stand(self, plan).await
    }

    async fn draft_ops(&self, plan: i64, after: i64, limit: u32) -> Result<Vec<DraftOpRecord>, StoreError> {
        drafts::ops(self, plan, after, limit).await
    }

    async fn add_draft_ops(
        &self,
        plan: i64,
        base: i64,
        ops: &[NewDraftOp],
        act: &Act,
    ) -> Result<DraftAdded, StoreError> {
        drafts::add(self, plan, base, ops, act).await
    }

    async fn put_draft_away(&self, plan: i64, away: bool, act: &Act) -> Result<DraftMarked, StoreError> {
        drafts::put_away(self, plan, away, act).await
    }
}

#[async_trait]
impl Links for SqliteStore {
    async fn add_links(&self, links: &NewLinks<'_>, act: &Act) -> Result<i64, StoreError> {
        links::add(self, links, act).await
    }

    async fn link_sets(&self) -> Result<Vec<LinkSetRecord>, StoreError> {
        links::records(self).await
    }

    async fn links(&self, set: i64) -> Result<Vec<Link>, StoreError> {
        links::read(self, set).await
    }
}

#[async_trait]
impl Officers for SqliteStore {
    async fn roster(&self) -> Result<Roster, StoreError> {
        officers::roster(self).await
    }

    async fn roster_revision(&self) -> Result<i64, StoreError> {
        officers::revision(self).await
    }

    async fn keep_roster(&self, base: i64, changes: &Changes, act: &Act) -> Result<i64, StoreError> {
        officers::keep(self, base, changes, act).await
    }

    async fn report_events(&self, report: &str) -> Result<Vec<ReportEvent>, StoreError> {
        officers::report_events(self, report).await
    }
}

/// One instant of the file.
struct Instant(Write);

#[async_trait]
impl Snapshot for Instant {
    async fn page(&mut self, table: &Table, after: Option<&TableRow>, limit: u32) -> Result<Vec<TableRow>, StoreError> {
        tables::page(&mut self.0, table, after, limit).await
    }

    async fn count(&mut self, table: &Table) -> Result<u64, StoreError> {
        tables::count(&mut self.0, table).await
    }
}

#[async_trait]
impl Tables for SqliteStore {
    async fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError> {
        Ok(Box::new(Instant(self.instant().await?)))
    }

    async fn load(&self, table: &Table, rows: &[TableRow]) -> Result<(), StoreError> {
        tables::load(self, table, rows).await
    }

    async fn replace(&self, replaced: &[(&Table, Vec<TableRow>)]) -> Result<(), StoreError> {
        tables::replace(self, replaced).await
    }

    async fn copied(&self) -> Result<Option<Copied>, StoreError> {
        tables::copied(self).await
    }

    async fn set_copied(&self, copied: &Copied) -> Result<(), StoreError> {
        tables::set_copied(self, copied).await
    }

    async fn adopt_copy(&self) -> Result<(), StoreError> {
        tables::adopt_copy(self).await
    }

    async fn storage_faults(&self) -> Result<Vec<String>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        let mut faults: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check").fetch_all(&mut *connection).await?;
        faults.retain(|fault| fault != "ok");
        let orphans = sqlx::query("PRAGMA foreign_key_check").fetch_all(&mut *connection).await?;
        for row in orphans {
            let (table, target): (String, String) = (row.try_get("table")?, row.try_get("parent")?);
            faults.push(format!("a row of {table} refers to a row of {target} that is not there"));
        }
        Ok(faults)
    }
}

#[async_trait]
impl Inputs for SqliteStore {
    async fn add_input(&self, input: &NewInput<'_>, act: &Act) -> Result<i64, StoreError> {
        inputs::add(self, input, act).await
    }

    async fn inputs(&self) -> Result<Vec<InputRecord>, StoreError> {
        inputs::records(self).await
    }

    async fn features(&self, input: i64) -> Result<Vec<Feature>, StoreError> {
        inputs::features(self, input).await
    }

    async fn lines(&self, input: i64) -> Result<Vec<Line>, StoreError> {
        inputs::lines(self, input).await
    }
}
