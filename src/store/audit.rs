//! The audit log: who did what and when, as a chain of hashes.
//!
//! In: a change and who makes it. Out: entries that are only ever added, each holding the hash of the one before it, so
//! that an entry that was changed, taken out or put in is found and placed.
//!
//! 1. An entry is written in the transaction of the change it tells of: both are there or neither is.
//! 2. An entry names objects and persons by their ids; names, telephone numbers and texts never enter it.
//! 3. The hash is SHA-256 (FIPS 180-4) over every field of the entry, each with its length before it, and the hash of the
//!    entry before. The chain starts at [`START`].

use async_trait::async_trait;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::StoreError;

/// What the first entry holds as the hash before it.
pub const START: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Who acts, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// Id of a principal; `anonymous`, `local` (a service without accounts on one machine), or `cli:` and the name of a
    /// user of the operating system.
    pub by: String,
    /// Milliseconds since 1970.
    pub at_ms: i64,
    /// Id of the request, where there was one.
    pub request: Option<String>,
}

impl Act {
    /// Somebody, at a time, without a request.
    pub fn new(by: impl Into<String>, at_ms: i64) -> Self {
        Self { by: by.into(), at_ms, request: None }
    }
}

/// What an act changes.
#[derive(Debug, Clone)]
pub struct Change<'a> {
    /// `add`, `set`, `publish`, `grant` …
    pub action: &'a str,
    /// What kind of thing: `import`, `plan`, `publication`, `report`, `workspace`, `principal` …
    pub kind: &'a str,
    /// Its id.
    pub object: &'a str,
    /// [`digest`] of it before; `None` where it was not there.
    pub before: Option<String>,
    /// [`digest`] of it after; `None` where it is gone.
    pub after: Option<String>,
    /// What a reader of the log should know, as JSON; no personal data.
    pub detail: Value,
}

/// One entry of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// 1, 2, 3 …
    pub seq: i64,
    /// Milliseconds since 1970.
    pub at_ms: i64,
    /// Who: see [`Act::by`].
    pub by: String,
    /// Id of the request, where there was one.
    pub request: Option<String>,
    /// What was done.
    pub action: String,
    /// To what kind of thing.
    pub kind: String,
    /// Its id.
    pub object: String,
    /// Hash of it before.
    pub before: Option<String>,
    /// Hash of it after.
    pub after: Option<String>,
    /// JSON text.
    pub detail: String,
    /// Hash of the entry before.
    pub previous: String,
    /// Hash of this entry.
    pub hash: String,
}

impl AuditEntry {
    /// The entry that follows `last`.
    pub(super) fn following(last: Option<(i64, String)>, act: &Act, change: Change<'_>) -> Self {
        let (seq, previous) = last.map_or_else(|| (1, START.to_owned()), |(seq, hash)| (seq + 1, hash));
        let mut entry = Self {
            seq,
            at_ms: act.at_ms,
            by: act.by.clone(),
            request: act.request.clone(),
            action: change.action.to_owned(),
            kind: change.kind.to_owned(),
            object: change.object.to_owned(),
            before: change.before,
            after: change.after,
            detail: change.detail.to_string(),
            previous,
            hash: String::new(),
        };
        entry.hash = entry.computed_hash();
        entry
    }

    /// What its hash should be.
    pub fn computed_hash(&self) -> String {
        let (seq, at_ms) = (self.seq.to_string(), self.at_ms.to_string());
        let fields: [Option<&str>; 11] = [
            Some(&self.previous),
            Some(&seq),
            Some(&at_ms),
            Some(&self.by),
            self.request.as_deref(),
            Some(&self.action),
            Some(&self.kind),
            Some(&self.object),
            self.before.as_deref(),
            self.after.as_deref(),
            Some(&self.detail),
        ];
        let mut hash = Sha256::new();
        for field in fields {
            match field {
                None => hash.update([0]),
                Some(text) => {
                    hash.update([1]);
                    hash.update((text.len() as u64).to_le_bytes());
                    hash.update(text);
                }
            }
        }
        hex(&hash.finalize())
    }
}

/// How the chain is broken, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// An entry is not what it was when it was written.
    #[error("entry {seq} was changed after it was written: its hash is {kept}, its contents give {computed}")]
    Changed {
        /// The entry.
        seq: i64,
        /// As it stands there.
        kept: String,
        /// From its contents.
        computed: String,
    },
    /// An entry does not follow the one before it.
    #[error(
        "entry {seq} does not follow entry {before}: it holds {kept} as the hash before it, but that is {expected}"
    )]
    Apart {
        /// The entry.
        seq: i64,
        /// The one before it.
        before: i64,
        /// As it stands there.
        kept: String,
        /// Of the entry before.
        expected: String,
    },
    /// Entries are missing.
    #[error("entry {expected} is missing: after entry {before} comes entry {seq}")]
    Missing {
        /// The one that should come.
        expected: i64,
        /// The last good one.
        before: i64,
        /// The one that comes.
        seq: i64,
    },
}

/// Walks the chain from its start.
#[derive(Debug, Clone)]
pub struct Verifier {
    last: (i64, String),
}

impl Default for Verifier {
    fn default() -> Self {
        Self { last: (0, START.to_owned()) }
    }
}

impl Verifier {
    /// Takes the next entry.
    ///
    /// # Errors
    /// [`Broken`], at this entry.
    pub fn take(&mut self, entry: &AuditEntry) -> Result<(), Broken> {
        let (before, expected) = &self.last;
        let computed = entry.computed_hash();
        if computed != entry.hash {
            return Err(Broken::Changed { seq: entry.seq, kept: entry.hash.clone(), computed });
        }
        if entry.seq != before + 1 {
            return Err(Broken::Missing { expected: before + 1, before: *before, seq: entry.seq });
        }
        if entry.previous != *expected {
            return Err(Broken::Apart {
                seq: entry.seq,
                before: *before,
                kept: entry.previous.clone(),
                expected: expected.clone(),
            });
        }
        self.last = (entry.seq, computed);
        Ok(())
    }

    /// Sequence and hash of the last entry taken; 0 and [`START`] before the first.
    pub fn head(&self) -> (i64, &str) {
        (self.last.0, &self.last.1)
    }
}

/// How many rows of each audited kind there are: what the entries must add up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AuditedRows {
    /// Imports.
    pub imports: i64,
    /// Plans.
    pub plans: i64,
    /// Publications.
    pub publications: i64,
    /// Reports.
    pub reports: i64,
}

impl AuditedRows {
    /// As the first entry of the log tells it.
    pub fn to_json(self) -> Value {
        let Self { imports, plans, publications, reports } = self;
        serde_json::json!({ "imports": imports, "plans": plans, "publications": publications, "reports": reports })
    }
}

/// The log, as it is read.
#[async_trait]
pub trait AuditLog {
    /// Entries after `after` (0 = from the start), in order, at most `limit`.
    async fn audit(&self, after: i64, limit: u32) -> Result<Vec<AuditEntry>, StoreError>;
    /// Rows before the log began, and rows now.
    async fn audited_rows(&self) -> Result<(AuditedRows, AuditedRows), StoreError>;
}

/// SHA-256 of a JSON value in hex. Members of objects are taken in the order of their names, so that equal values have
/// equal digests.
pub fn digest(value: &Value) -> String {
    fn put(hash: &mut Sha256, value: &Value) {
        match value {
            Value::Object(members) => {
                let mut sorted: Vec<_> = members.iter().collect();
                sorted.sort_by_key(|(name, _)| *name);
                hash.update(b"{");
                hash.update((sorted.len() as u64).to_le_bytes());
                for (name, member) in sorted {
                    hash.update((name.len() as u64).to_le_bytes());
                    hash.update(name);
                    put(hash, member);
                }
            }
            Value::Array(items) => {
                hash.update(b"[");
                hash.update((items.len() as u64).to_le_bytes());
                for item in items {
                    put(hash, item);
                }
            }
            plain => {
                let text = plain.to_string();
                hash.update(b"v");
                hash.update((text.len() as u64).to_le_bytes());
                hash.update(text);
            }
        }
    }
    let mut hash = Sha256::new();
    put(&mut hash, value);
    hex(&hash.finalize())
}

/// Bytes as lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn chain(length: i64) -> Vec<AuditEntry> {
        let mut entries: Vec<AuditEntry> = Vec::new();
        for n in 1..=length {
            let act = Act { by: format!("p{}", n % 3), at_ms: n * 7, request: (n % 2 == 0).then(|| format!("r{n}")) };
            let object = n.to_string();
            let change = Change {
                action: "add",
                kind: "report",
                object: &object,
                before: None,
                after: Some(digest(&json!(n))),
                detail: json!({ "grid": "g" }),
            };
            let last = entries.last().map(|entry| (entry.seq, entry.hash.clone()));
            entries.push(AuditEntry::following(last, &act, change));
        }
        entries
    }

    fn verify(entries: &[AuditEntry]) -> Result<(), Broken> {
        let mut verifier = Verifier::default();
        entries.iter().try_for_each(|entry| verifier.take(entry))
    }

    #[test]
    fn a_chain_as_it_was_written_is_whole() {
        assert_eq!(verify(&chain(40)), Ok(()));
    }

    #[test]
    fn an_entry_taken_out_put_in_or_moved_is_placed() {
        let entries = chain(9);
        let mut without = entries.clone();
        without.remove(4);
        assert_eq!(verify(&without), Err(Broken::Missing { expected: 5, before: 4, seq: 6 }));
        let mut swapped = entries.clone();
        swapped.swap(2, 3);
        assert_eq!(verify(&swapped), Err(Broken::Missing { expected: 3, before: 2, seq: 4 }));
        let mut forged = entries;
        forged[4].by = "somebody else".to_owned();
        forged[4].hash = forged[4].computed_hash();
        assert!(matches!(verify(&forged), Err(Broken::Apart { seq: 6, before: 5, .. })));
    }

    /// Changes one byte, or makes one.
    fn flip(text: &mut String, position: prop::sample::Index) {
        if text.is_empty() {
            text.push('x');
            return;
        }
        let mut bytes = std::mem::take(text).into_bytes();
        let i = position.index(bytes.len());
        bytes[i] = if bytes[i] == b'#' { b'%' } else { b'#' };
        *text = String::from_utf8(bytes).unwrap();
    }

    proptest! {
        #[test]
        fn one_changed_byte_in_any_field_is_placed_at_its_entry(at in 0..12_usize, field in 0..9_usize, position in any::<prop::sample::Index>()) {
            let mut entries = chain(12);
            let entry = &mut entries[at];
            match field {
                0 => flip(&mut entry.by, position),
                1 => flip(&mut entry.action, position),
                2 => flip(&mut entry.kind, position),
                3 => flip(&mut entry.object, position),
                4 => flip(entry.after.as_mut().unwrap(), position),
                5 => flip(&mut entry.detail, position),
                6 => flip(&mut entry.previous, position),
                7 => flip(&mut entry.hash, position),
                _ => entry.at_ms ^= 1 << position.index(40),
            }
            let placed = matches!(verify(&entries), Err(Broken::Changed { seq, .. }) if seq == at as i64 + 1);
            prop_assert!(placed);
        }
    }

    #[test]
    fn equal_values_have_equal_digests_whatever_the_order_of_their_members() {
        let (a, b) = (json!({"a": 1, "b": [null, "x"]}), json!({"b": [null, "x"], "a": 1}));
        assert_eq!(digest(&a), digest(&b));
        assert_ne!(digest(&a), digest(&json!({"a": 1, "b": [null, "y"]})));
        assert_ne!(digest(&json!(["a", "b"])), digest(&json!(["ab"])));
    }
}
