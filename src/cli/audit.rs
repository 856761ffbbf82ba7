//! `wangge audit`

use clap::{Args, Subcommand};
use serde_json::json;

use super::{Failure, Outcome, grouped, print_json, say};
use crate::app;
use crate::store::{AuditEntry, Open, open};

/// Look at the log of who changed what, or see whether anybody tampered with it
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wangge audit verify --store city.gpkg\n  wangge audit log --store city.gpkg --after 100"
)]
pub(super) struct Audit {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Walk the chain from its start: every entry as it was written, none missing, everything accounted for
    ///
    /// Exit code 1 when it is not whole; the entry at fault is named.
    Verify {
        /// The store
        #[arg(long, env = "WANGGE_STORE")]
        store: String,
        /// Print the answer as JSON
        #[arg(long)]
        json: bool,
    },
    /// Print entries, oldest first
    Log {
        /// The store
        #[arg(long, env = "WANGGE_STORE")]
        store: String,
        /// Only entries after this one
        #[arg(long, value_name = "SEQ", default_value_t = 0)]
        after: i64,
        /// At most so many
        #[arg(long, default_value_t = 1_000)]
        limit: u32,
        /// Print the answer as JSON
        #[arg(long)]
        json: bool,
    },
}

impl Audit {
    pub(super) async fn run(self) -> Outcome {
        match self.what {
            What::Verify { store, json } => verify(&store, json).await,
            What::Log { store, after, limit, json } => log(&store, after, limit, json).await,
        }
    }
}

async fn verify(store: &str, as_json: bool) -> Outcome {
    let store = open(store, Open::Existing).await?;
    let verdict = app::verify_audit(store.as_ref()).await?;
    store.close().await;
    if as_json {
        print_json(&verdict)?;
    } else if let Some(fault) = &verdict.broken {
        say(&format!("BROKEN at entry {}: {}", fault.seq, fault.reason));
    } else {
        for kind in &verdict.unaccounted {
            say(&format!("UNACCOUNTED: {} of kind {}, but the log tells of {}", kind.there, kind.kind, kind.told));
        }
        if verdict.unaccounted.is_empty() {
            say(&format!("whole: {} entries, head {}", grouped(verdict.entries as u64), verdict.head));
        }
    }
    if verdict.is_whole() { Ok(()) } else { Err(Failure::Shown(1)) }
}

async fn log(store: &str, after: i64, limit: u32, as_json: bool) -> Outcome {
    let store = open(store, Open::Existing).await?;
    let entries = app::audit_log(store.as_ref(), after, limit).await?;
    store.close().await;
    if as_json {
        let entry = |entry: &AuditEntry| {
            json!({
                "seq": entry.seq, "at_ms": entry.at_ms, "by": entry.by, "request": entry.request, "action": entry.action,
                "kind": entry.kind, "object": entry.object, "before": entry.before, "after": entry.after,
                "detail": serde_json::from_str::<serde_json::Value>(&entry.detail).unwrap_or_default(), "hash": entry.hash,
            })
        };
        return print_json(&entries.iter().map(entry).collect::<Vec<_>>());
    }
    for entry in entries {
        let at = jiff::Timestamp::from_millisecond(entry.at_ms).map(|at| at.to_string()).unwrap_or_default();
        say(&format!(
            "{:>6}  {at}  {}  {} {} {}  {}",
            entry.seq, entry.by, entry.action, entry.kind, entry.object, entry.detail
        ));
    }
    Ok(())
}
