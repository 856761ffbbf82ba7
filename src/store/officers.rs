//! Officers and their duties, as they are kept.

use async_trait::async_trait;

use super::{Act, StoreError};
use crate::officer::{Changes, Roster};

/// One thing that happened to a report.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportEvent {
    /// Ascending.
    pub id: i64,
    /// `received`, `routed`, `outside`, …
    pub kind: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// What else is known of it; may hold what only staff may see.
    pub detail: serde_json::Value,
}

/// Officers, duties and what happened to reports.
#[async_trait]
pub trait Officers {
    /// All officers and duties, those that ended included.
    async fn roster(&self) -> Result<Roster, StoreError>;
    /// [`Roster::revision`] of what is kept now: cheap.
    async fn roster_revision(&self) -> Result<i64, StoreError>;
    /// Keeps changes worked out on the roster of revision `base`, whole or not at all, each with its entry in the audit log;
    /// answers the revision after. No changes keep nothing.
    ///
    /// # Errors
    /// [`StoreError::Mismatch`] when the roster has changed since `base`.
    async fn keep_roster(&self, base: i64, changes: &Changes, act: &Act) -> Result<i64, StoreError>;
    /// What happened to a report, oldest first.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    async fn report_events(&self, report: &str) -> Result<Vec<ReportEvent>, StoreError>;
}
