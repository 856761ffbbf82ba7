//! What is done to draft plans: a log of operations for each, only ever added to.

use async_trait::async_trait;

use super::{Act, StoreError};

/// An operation to be added to the log of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDraftOp {
    /// Its id, of this draft alone.
    pub id: String,
    /// What was done, in a word, for the audit log.
    pub kind: &'static str,
    /// How many atoms it concerns, for the audit log.
    pub atoms: u64,
    /// The whole of it, as JSON.
    pub body: String,
}

/// An operation in the log of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftOpRecord {
    /// 1, 2, 3 … without gaps: the draft after it.
    pub rev: i64,
    /// Its id.
    pub id: String,
    /// Who did it: see [`Act::by`].
    pub by: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// The whole of it, as JSON.
    pub body: String,
}

/// What became of operations that were to be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DraftAdded {
    /// All of them are in the log, which ends with this revision now.
    Added(i64),
    /// The log ends elsewhere; none was added.
    Behind(i64),
    /// The draft was put in force by this publication; none was added.
    Published(i64),
}

/// What became of a draft that was to be put away or taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DraftMarked {
    /// It is so now.
    Marked,
    /// It was so before; nothing was written.
    Same,
    /// It was put in force by this publication, and stays among the plans.
    Published(i64),
}

/// A draft as its log has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DraftStand {
    /// The newest revision; 0 = as the plan was made.
    pub rev: i64,
    /// The first publication of the plan, or of the plan it was redrawn into.
    pub publication: Option<i64>,
}

/// Logs of drafts.
#[async_trait]
pub trait Drafts {
    /// How far a draft has come.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    async fn draft_stand(&self, plan: i64) -> Result<DraftStand, StoreError>;
    /// Operations after a revision, in order, at most `limit`. None where there is no such plan.
    async fn draft_ops(&self, plan: i64, after: i64, limit: u32) -> Result<Vec<DraftOpRecord>, StoreError>;
    /// Adds operations after revision `base`, all of them or none, each with its entry in the audit log. Whether the log ends with `base`
    /// and the plan is a draft still is looked at in the same transaction.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; an id that is in the log already.
    async fn add_draft_ops(
        &self,
        plan: i64,
        base: i64,
        ops: &[NewDraftOp],
        act: &Act,
    ) -> Result<DraftAdded, StoreError>;
    /// Puts a draft away, or takes it back, with its entry in the audit log: a mark ([`super::PlanStatus::PutAway`]) and nothing else, the
    /// draft takes operations and can be put in force as before.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    async fn put_draft_away(&self, plan: i64, away: bool, act: &Act) -> Result<DraftMarked, StoreError>;
}
