//! The audit log: is the chain whole, and does it account for everything there is?

use serde::Serialize;

use crate::store::audit::{AuditedRows, Verifier};
use crate::store::{AuditEntry, Store, StoreError};

/// Entries read at a time.
const ENTRIES: u32 = 2_000;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditVerdict {
    /// Entries that are as they were written and follow one another.
    pub entries: i64,
    /// Hash of the last of them. Kept elsewhere, it shows later that nothing before it was changed.
    pub head: String,
    /// The first place where the chain is broken.
    pub broken: Option<AuditFault>,
    /// Things that are there without an entry, or entries without their things: the end of the log was cut off, or rows
    /// were written or removed past the program.
    pub unaccounted: Vec<Unaccounted>,
}

impl AuditVerdict {
    /// Whether nothing was found.
    pub fn is_whole(&self) -> bool {
        self.broken.is_none() && self.unaccounted.is_empty()
    }
}

/// A broken place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditFault {
    /// The entry.
    pub seq: i64,
    /// What is wrong with it.
    pub reason: String,
}

/// A kind of thing of which there are more or fewer than the log tells of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unaccounted {
    /// `import`, `plan`, `publication` or `report`.
    pub kind: &'static str,
    /// How many there are.
    pub there: i64,
    /// How many the log tells of, with those from before it began.
    pub told: i64,
}

/// Entries of the log after `after`, at most `limit`.
///
/// # Errors
/// When the store fails.
pub async fn audit_log(store: &dyn Store, after: i64, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
    store.audit(after, limit).await
}

/// Walks the whole chain and counts what it tells of. O(n) in the entries.
///
/// # Errors
/// When the store fails.
pub async fn verify_audit(store: &dyn Store) -> Result<AuditVerdict, StoreError> {
    let mut verifier = Verifier::default();
    let mut told = AuditedRows::default();
    let mut broken = None;
    let mut first: Option<AuditEntry> = None;
    let mut after = 0;
    'chain: loop {
        let entries = store.audit(after, ENTRIES).await?;
        let Some(last) = entries.last() else { break };
        after = last.seq;
        for entry in entries {
            if let Err(error) = verifier.take(&entry) {
                broken = Some(AuditFault { seq: entry.seq, reason: error.to_string() });
                break 'chain;
            }
            if entry.action == "add" {
                match entry.kind.as_str() {
                    "import" => told.imports += 1,
                    "plan" => told.plans += 1,
                    "publication" => told.publications += 1,
                    "report" => told.reports += 1,
                    _ => {}
                }
            }
            if first.is_none() {
                first = Some(entry);
            }
        }
    }
    let (entries, head) = verifier.head();
    let mut verdict = AuditVerdict { entries, head: head.to_owned(), broken, unaccounted: Vec::new() };
    if verdict.broken.is_some() {
        return Ok(verdict);
    }
    let (start, there) = store.audited_rows().await?;
    let begun = start.to_json().to_string();
    if let Some(entry) = first
        && entry.detail != begun
    {
        let reason = "what there was before the log began is not what its first entry says".to_owned();
        verdict.broken = Some(AuditFault { seq: entry.seq, reason });
        return Ok(verdict);
    }
    let kinds = [
        ("import", there.imports, start.imports + told.imports),
        ("plan", there.plans, start.plans + told.plans),
        ("publication", there.publications, start.publications + told.publications),
        ("report", there.reports, start.reports + told.reports),
    ];
    let unaccounted = kinds.into_iter().filter(|(_, there, told)| there != told);
    verdict.unaccounted = unaccounted.map(|(kind, there, told)| Unaccounted { kind, there, told }).collect();
    Ok(verdict)
}
