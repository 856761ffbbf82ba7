//! What is kept: one trait, one contract suite for every backend.
//!
//! In and out: the records of [`records`]. `app` alone calls it.
//!
//! 1. A call that returned `Ok` is durable: it survives kill -9 of this process at any later moment.
//! 2. Every writing call is one transaction: it happens whole or not at all.
//! 3. What was published is never changed; codes of grids are never reused.
//! 4. Geometry is stored so that it comes back to the same lattice points.
//!
//! Times are instants in milliseconds since 1970-01-01 UTC; they come in as arguments, the store reads no clock.

pub mod addresses;
pub mod audit;
pub mod drafts;
mod error;
pub mod fault;
mod fingerprint;
pub mod inputs;
pub mod links;
pub mod officers;
pub mod people;
mod postgis;
pub mod records;
mod sqlite;
pub mod standing;
pub mod tables;
mod wkb;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::atom::Dataset;
use crate::geom::MultiPolygon;
pub use addresses::{AddressRecord, AddressSetRecord, Addresses, NewAddresses};
pub use audit::{Act, AuditEntry, AuditLog};
pub use drafts::{DraftAdded, DraftMarked, DraftOpRecord, DraftStand, Drafts, NewDraftOp};
pub use error::StoreError;
pub use inputs::{InputRecord, Inputs, NewInput};
pub use links::{LinkSetRecord, Links, NewLinks};
pub use officers::{Officers, ReportEvent};
pub use people::{ApiKey, Grant, People, Principal, PrincipalChange, PrincipalKind, Role, RoleError, Session};
pub use postgis::PostgisStore;
pub use records::*;
pub use sqlite::SqliteStore;
pub use standing::{Stage, Standing, Stepped};
use tables::{Copied, Tables};

/// Where everything is kept.
#[async_trait]
pub trait Store: Addresses + AuditLog + Drafts + Inputs + Links + Officers + People + Tables + Send + Sync {
    /// The workspace's own settings; the defaults until they are set.
    async fn workspace(&self) -> Result<Workspace, StoreError>;
    /// Replaces the workspace's settings.
    async fn set_workspace(&self, workspace: &Workspace, act: &Act) -> Result<(), StoreError>;

    /// Keeps an import: its record, atoms, jurisdictions and findings, whole or not at all. A dataset with the same
    /// content hash is kept once: the earlier id comes back and nothing changes. Progress by atoms written.
    async fn import(
        &self,
        import: &NewImport<'_>,
        progress: &(dyn Fn(u64, u64) + Sync),
        act: &Act,
    ) -> Result<i64, StoreError>;
    /// All imports, oldest first.
    async fn datasets(&self) -> Result<Vec<DatasetRecord>, StoreError>;
    /// Atoms and jurisdictions of an import, exactly as they were kept, in the same order.
    async fn dataset(&self, id: i64) -> Result<Dataset, StoreError>;

    /// Boundaries of the jurisdictions of an import, in the order of [`Dataset::jurisdictions`].
    async fn boundaries(&self, dataset: i64) -> Result<Vec<MultiPolygon>, StoreError>;

    /// Keeps a draft plan with its grids and the grid of each atom; returns its id.
    async fn save_plan(&self, plan: &NewPlan<'_>, act: &Act) -> Result<i64, StoreError>;
    /// All plans, oldest first, without grids.
    async fn plans(&self) -> Result<Vec<PlanRecord>, StoreError>;
    /// The grids of a plan, by code.
    async fn grids(&self, plan: i64) -> Result<Vec<GridRecord>, StoreError>;
    /// For each atom code of a plan's dataset its grid code, in dataset order; `None` = unassigned.
    async fn plan_atoms(&self, plan: i64) -> Result<Vec<(String, Option<String>)>, StoreError>;
    /// Findings of a dataset and of a plan on it (gaps, overlaps, slivers closed, …), by id.
    async fn findings(&self, dataset: i64, plan: Option<i64>) -> Result<Vec<FindingRecord>, StoreError>;

    /// Publishes a plan: refused when the plan's base is not the latest publication of its scope
    /// ([`StoreError::StaleBase`]), when it was redrawn and operations have come since ([`StoreError::Redrawn`]), or a code once named a grid of another lineage. Writes lineage and marks the plan.
    async fn publish(&self, publication: &NewPublication, act: &Act) -> Result<PublicationRecord, StoreError>;
    /// All publications by sequence.
    async fn publications(&self) -> Result<Vec<PublicationRecord>, StoreError>;
    /// Every grid code ever published or proposed, so that none is given twice.
    async fn used_codes(&self) -> Result<Vec<String>, StoreError>;
    /// Lineage written by a publication.
    async fn lineage(&self, publication: i64) -> Result<Vec<LineageRecord>, StoreError>;

    /// Keeps a report and its first event. The same key and the same body give the report that is there already.
    async fn add_report(&self, report: &NewReport, act: &Act) -> Result<Kept, StoreError>;
    /// One report.
    async fn report(&self, id: &str) -> Result<ReportRecord, StoreError>;
    /// Newest first, at most `limit`; with `after` only those kept later than that one (oldest first then).
    async fn reports(&self, limit: u32, after: Option<&str>) -> Result<Vec<ReportRecord>, StoreError>;
    /// Takes a step with a report, with words for its sender or without, and its entry in the audit log; answers where it stands
    /// then. What stands so already is not written again.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Closed`] when it is closed and is to be answered or closed in other words.
    async fn step_report(
        &self,
        id: &str,
        to: Stage,
        answer: Option<&str>,
        act: &Act,
    ) -> Result<ReportRecord, StoreError>;
    /// Steps taken after this one, oldest first, at most `limit`: number and report of each.
    async fn report_steps(&self, after: i64, limit: u32) -> Result<Vec<(i64, String)>, StoreError>;
    /// Number of the newest step; 0 before the first.
    async fn last_report_step(&self) -> Result<i64, StoreError>;
    /// How many reports there are.
    async fn report_count(&self) -> Result<u64, StoreError>;

    /// A cheap round trip; an error means "not ready".
    async fn ping(&self) -> Result<(), StoreError>;
    /// Ends when another program, or this one, may have written something worth looking at: sooner than a poll would find
    /// out. For one waiter at a time. A store that is not told never ends it.
    async fn changed(&self) {
        std::future::pending::<()>().await;
    }
    /// Finishes what is under way; the embedded store folds its write-ahead log into the file.
    async fn close(&self);
}

/// What [`open`] may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Open {
    /// Make the store when it is not there.
    OrCreate,
    /// Only an existing one.
    Existing,
    /// Make it when it is not there; a backup or a copy that is not finished is opened, too.
    AnyState,
}

/// Parameters of a name that may be shown.
const HARMLESS: [&str; 8] =
    ["sslmode", "host", "port", "dbname", "user", "application_name", "options", "options[search_path]"];

/// The name of a store, fit to be shown and kept: without a password, wherever and however it stands there.
pub fn shown_name(name: &str) -> String {
    let Some((scheme, rest)) = name.split_once("://") else { return name.to_owned() };
    // a password that should have been encoded may hold any sign: what stands before the last @ is never shown
    let (user, rest) = rest.rsplit_once('@').map_or((None, rest), |(user, rest)| (Some(user), rest));
    let (place, query) = rest.split_once('?').map_or((rest, ""), |(place, query)| (place, query));
    let mut shown = format!("{scheme}://");
    if let Some(user) = user {
        shown.push_str(user.split([':', '/', '?']).next().unwrap_or_default());
        shown.push('@');
    }
    shown.push_str(place);
    let harmless = |pair: &&str| HARMLESS.contains(&pair.split('=').next().unwrap_or_default());
    let query = query.split('&').filter(harmless).collect::<Vec<_>>().join("&");
    if !query.is_empty() {
        shown.push('?');
        shown.push_str(&query);
    }
    shown
}

/// How long [`open`] waits for the server of a store to come up.
const PATIENCE: Duration = Duration::from_secs(5);

/// Opens a store by its name: the path of a GeoPackage file, or `postgres://user@host/database`.
///
/// # Errors
/// Missing, foreign, unreadable, on a network file system, made by a newer program; a server that cannot be reached.
pub async fn open(name: &str, mode: Open) -> Result<Arc<dyn Store>, StoreError> {
    open_patiently(name, mode, PATIENCE).await
}

/// As [`open`], and waits for a server that is not up yet. What it waits for is logged.
///
/// # Errors
/// As [`open`].
pub async fn open_patiently(name: &str, mode: Open, patience: Duration) -> Result<Arc<dyn Store>, StoreError> {
    let store: Arc<dyn Store> = if postgis::is_ours(name) {
        Arc::new(PostgisStore::open(name, mode, patience).await?)
    } else {
        Arc::new(SqliteStore::open(name, mode).await?)
    };
    if mode != Open::AnyState
        && let Some(copied) = store.copied().await?
    {
        store.close().await;
        let path = shown_name(name);
        return Err(match copied {
            Copied { backup: true, finished_ms: Some(_), .. } => StoreError::Sealed { path },
            Copied { source, .. } => StoreError::HalfCopied { path, source_name: source },
        });
    }
    Ok(store)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_name_has_no_password() {
        let same = |name: &str| assert_eq!(shown_name(name), name);
        same("city.gpkg");
        same("postgres://wangge@%2Ftmp%2Fpg/app");
        same("postgres://host:5432/app?sslmode=require");
        same("postgres://host/app?options[search_path]=wangge,public");
        assert_eq!(shown_name("postgres://u:p%40:x@host/app"), "postgres://u@host/app");
        assert_eq!(shown_name("postgres://u:a/b?c@d@host/app?passwort=x"), "postgres://u@host/app");
        assert_eq!(
            shown_name("postgres://u:a@b@host/app?password=secret&sslmode=require"),
            "postgres://u@host/app?sslmode=require"
        );
        assert_eq!(shown_name("postgresql:///app?password=x"), "postgresql:///app");
    }
}
