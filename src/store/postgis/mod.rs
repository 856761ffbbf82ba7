//! The store of a city: a schema in a PostgreSQL database with PostGIS, which many programs share.
//!
//! In: a name, `postgres://user@host/database`. Out: a [`Store`](super::Store).
//!
//! 1. One write at a time, in whatever program: every writing transaction holds the store's advisory lock.
//! 2. A commit is on the server's disk before it is answered. Where the connection is lost while committing, the call ends
//!    only when it is known what became of it, or with [`StoreError::Uncertain`](super::StoreError).
//! 3. What is known not to have happened is tried again for ten seconds; then it is
//!    [`StoreError::Unavailable`](super::StoreError). A network that was cut is noticed in about five seconds.
//! 4. Other programs are told at commit, by NOTIFY on the channel `wangge`.
//! 5. The views `atoms`, `jurisdictions`, `grids`, `findings` and the table `reports` are layers for any GIS or map server;
//!    `wangge_locate` answers who owns a point, exactly as [`crate::locate`] does.
//! 6. A schema that holds somebody else's tables stays as it is. A password is never shown.

mod commit;
mod connection;
mod db;
mod found;
mod geometry;
mod lease;
mod link;
mod name;
mod people;
#[path = "../sql/mod.rs"]
mod sql;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::task::JoinHandle;

use self::db::Write;
use self::link::Link;
pub(super) use self::name::is_ours;
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
use crate::atom::{Dataset, Feature, Line, Link as Joining};
use crate::geom::MultiPolygon;
use crate::officer::{Changes, Roster};

/// How long the answer to "are you there?" may take.
const PING: Duration = Duration::from_secs(2);

/// A store in a PostGIS database.
#[derive(Debug)]
pub struct PostgisStore {
    link: Arc<Link>,
    /// Hears what others write, and whether the database is there.
    listening: JoinHandle<()>,
}

impl PostgisStore {
    /// Opens the store in the schema that the connection works in, or makes one there. A server that cannot be reached is
    /// waited for as long as `patience`.
    ///
    /// # Errors
    /// Missing, foreign, made by a newer program; a server that is too old, not there, or lacks PostGIS; missing rights.
    pub async fn open(name: &str, mode: Open, patience: Duration) -> Result<Self, StoreError> {
        connection::open(name, mode, patience).await
    }
}

impl Drop for PostgisStore {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

#[async_trait]
impl Store for PostgisStore {
    async fn workspace(&self) -> Result<Workspace, StoreError> {
        self.link.again(|| workspace::read(self)).await
    }

    async fn set_workspace(&self, workspace: &Workspace, act: &Act) -> Result<(), StoreError> {
        self.link.again(|| workspace::write(self, workspace, act)).await
    }

    async fn import(
        &self,
        import: &NewImport<'_>,
        progress: &(dyn Fn(u64, u64) + Sync),
        act: &Act,
    ) -> Result<i64, StoreError> {
        self.link.again(|| dataset::import(self, import, progress, act)).await
    }

    async fn datasets(&self) -> Result<Vec<DatasetRecord>, StoreError> {
        self.link.again(|| dataset::records(self)).await
    }

    async fn dataset(&self, id: i64) -> Result<Dataset, StoreError> {
        self.link.again(|| dataset::read(self, id)).await
    }

    async fn boundaries(&self, dataset: i64) -> Result<Vec<MultiPolygon>, StoreError> {
        self.link.again(|| dataset::boundaries(self, dataset)).await
    }

    async fn save_plan(&self, plan: &NewPlan<'_>, act: &Act) -> Result<i64, StoreError> {
        self.link.again(|| plan::save(self, plan, act)).await
    }

    async fn plans(&self) -> Result<Vec<PlanRecord>, StoreError> {
        self.link.again(|| plan::records(self)).await
    }

    async fn grids(&self, plan: i64) -> Result<Vec<GridRecord>, StoreError> {
        self.link.again(|| plan::grids(self, plan)).await
    }

    async fn plan_atoms(&self, plan: i64) -> Result<Vec<(String, Option<String>)>, StoreError> {
        self.link.again(|| plan::atoms(self, plan)).await
    }

    async fn findings(&self, dataset: i64, plan: Option<i64>) -> Result<Vec<FindingRecord>, StoreError> {
        self.link.again(|| finding::records(self, dataset, plan)).await
    }

    async fn publish(&self, publication: &NewPublication, act: &Act) -> Result<PublicationRecord, StoreError> {
        self.link.again(|| publication::publish(self, publication, act)).await
    }

    async fn publications(&self) -> Result<Vec<PublicationRecord>, StoreError> {
        self.link.again(|| publication::records(self)).await
    }

    async fn used_codes(&self) -> Result<Vec<String>, StoreError> {
        self.link.again(|| publication::used_codes(self)).await
    }

    async fn lineage(&self, publication: i64) -> Result<Vec<LineageRecord>, StoreError> {
        self.link.again(|| publication::lineage(self, publication)).await
    }

    async fn add_report(&self, report: &NewReport, act: &Act) -> Result<Kept, StoreError> {
        self.link.again(|| report::add(self, report, act)).await
    }

    async fn report(&self, id: &str) -> Result<ReportRecord, StoreError> {
        self.link.again(|| report::read(self, id)).await
    }

    async fn reports(&self, limit: u32, after: Option<&str>) -> Result<Vec<ReportRecord>, StoreError> {
        self.link.again(|| report::records(self, limit, after)).await
    }

    async fn step_report(
        &self,
        id: &str,
        to: Stage,
        answer: Option<&str>,
        act: &Act,
    ) -> Result<ReportRecord, StoreError> {
        self.link.again(|| report::step(self, id, to, answer, act)).await
    }

    async fn report_steps(&self, after: i64, limit: u32) -> Result<Vec<(i64, String)>, StoreError> {
        self.link.again(|| report::steps(self, after, limit)).await
    }

    async fn last_report_step(&self) -> Result<i64, StoreError> {
        self.link.again(|| report::last_step(self)).await
    }

    async fn report_count(&self) -> Result<u64, StoreError> {
        self.link.again(|| report::count(self)).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.link.answers()?;
        let asked = async {
            sqlx::query("SELECT one FROM wangge_store").fetch_one(&mut *self.read().await?).await?;
            Ok(())
        };
        let late = |_| StoreError::Unavailable { reason: format!("no answer in {} s", PING.as_secs()) };
        tokio::time::timeout(PING, asked).await.map_err(late)?
    }

    async fn changed(&self) {
        self.link.changed.notified().await;
    }

    async fn close(&self) {
        self.listening.abort();
        self.link.close().await;
    }
}

#[async_trait]
impl AuditLog for PostgisStore {
    async fn audit(&self, after: i64, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        self.link.again(|| audit::entries(self, after, limit)).await
    }

    async fn audited_rows(&self) -> Result<(AuditedRows, AuditedRows), StoreError> {
        self.link.again(|| audit::audited(self)).await
    }
}

/// One instant of the database.
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
impl Tables for PostgisStore {
    async fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError> {
        Ok(Box::new(Instant(self.link.again(|| self.instant()).await?)))
    }

    async fn load(&self, table: &Table, rows: &[TableRow]) -> Result<(), StoreError> {
        self.link.again(|| tables::load(self, table, rows)).await
    }

    async fn replace(&self, replaced: &[(&Table, Vec<TableRow>)]) -> Result<(), StoreError> {
        self.link.again(|| tables::replace(self, replaced)).await
    }

    async fn copied(&self) -> Result<Option<Copied>, StoreError> {
        self.link.again(|| tables::copied(self)).await
    }

    async fn set_copied(&self, copied: &Copied) -> Result<(), StoreError> {
        self.link.again(|| tables::set_copied(self, copied)).await
    }

    async fn adopt_copy(&self) -> Result<(), StoreError> {
        self.link.again(|| tables::adopt_copy(self)).await
    }

    async fn storage_faults(&self) -> Result<Vec<String>, StoreError> {
        self.link.again(|| db::faults(self)).await
    }
}

#[async_trait]
impl Addresses for PostgisStore {
    async fn add_addresses(&self, addresses: &NewAddresses<'_>, act: &Act) -> Result<i64, StoreError> {
        self.link.again(|| addresses::add(self, addresses, act)).await
    }

    async fn address_sets(&self) -> Result<Vec<AddressSetRecord>, StoreError> {
        self.link.again(|| addresses::records(self)).await
    }

    async fn addresses(&self, set: i64) -> Result<Vec<AddressRecord>, StoreError> {
        self.link.again(|| addresses::read(self, set)).await
    }
}

#[async_trait]
impl Drafts for PostgisStore {
    async fn draft_stand(&self, plan: i64) -> Result<DraftStand, StoreError> {
        self.link.again(|| drafts::stand(self, plan)).await
    }

    async fn draft_ops(&self, plan: i64, after: i64, limit: u32) -> Result<Vec<DraftOpRecord>, StoreError> {
        self.link.again(|| drafts::ops(self, plan, after, limit)).await
    }

    async fn add_draft_ops(
        &self,
        plan: i64,
        base: i64,
        ops: &[NewDraftOp],
        act: &Act,
    ) -> Result<DraftAdded, StoreError> {
        self.link.again(|| drafts::add(self, plan, base, ops, act)).await
    }

    async fn put_draft_away(&self, plan: i64, away: bool, act: &Act) -> Result<DraftMarked, StoreError> {
        self.link.again(|| drafts::put_away(self, plan, away, act)).await
    }
}

#[async_trait]
impl Links for PostgisStore {
    async fn add_links(&self, links: &NewLinks<'_>, act: &Act) -> Result<i64, StoreError> {
        self.link.again(|| links::add(self, links, act)).await
    }

    async fn link_sets(&self) -> Result<Vec<LinkSetRecord>, StoreError> {
        self.link.again(|| links::records(self)).await
    }

    async fn links(&self, set: i64) -> Result<Vec<Joining>, StoreError> {
        self.link.again(|| links::read(self, set)).await
    }
}

#[async_trait]
impl Officers for PostgisStore {
    async fn roster(&self) -> Result<Roster, StoreError> {
        self.link.again(|| officers::roster(self)).await
    }

    async fn roster_revision(&self) -> Result<i64, StoreError> {
        self.link.again(|| officers::revision(self)).await
    }

    async fn keep_roster(&self, base: i64, changes: &Changes, act: &Act) -> Result<i64, StoreError> {
        self.link.again(|| officers::keep(self, base, changes, act)).await
    }

    async fn report_events(&self, report: &str) -> Result<Vec<ReportEvent>, StoreError> {
        self.link.again(|| officers::report_events(self, report)).await
    }
}

#[async_trait]
impl Inputs for PostgisStore {
    async fn add_input(&self, input: &NewInput<'_>, act: &Act) -> Result<i64, StoreError> {
        self.link.again(|| inputs::add(self, input, act)).await
    }

    async fn inputs(&self) -> Result<Vec<InputRecord>, StoreError> {
        self.link.again(|| inputs::records(self)).await
    }

    async fn features(&self, input: i64) -> Result<Vec<Feature>, StoreError> {
        self.link.again(|| inputs::features(self, input)).await
    }

    async fn lines(&self, input: i64) -> Result<Vec<Line>, StoreError> {
        self.link.again(|| inputs::lines(self, input)).await
    }
}
