//! `wangge backup`, `wangge restore`

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::progress::Terminal;
use super::{Outcome, copy, now_ms, print_json, say};
use crate::app;

/// Write what a store holds at this instant into a new file, while it is being served
///
/// The backup is a GeoPackage that any GIS opens, whichever kind the store is. It is compared with what was read before it
/// gets its name.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wangge backup --store city.gpkg --to city-2026-11-22.gpkg")]
pub(super) struct Backup {
    /// The store
    #[arg(long, env = "WANGGE_STORE")]
    store: String,
    /// The new file
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
}

impl Backup {
    pub(super) async fn run(self) -> Outcome {
        let terminal = Terminal::new();
        let done = app::backup(&self.store, &self.to, now_ms(), &terminal).await?;
        terminal.finish();
        copy::show(&done, "backed up", self.json)
    }
}

/// Make a store of a backup, after every row of it was compared with what it held when it was made
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wangge restore --from city-2026-11-22.gpkg --to city.gpkg\n  wangge restore --from city-2026-11-22.gpkg --verify"
)]
pub(super) struct Restore {
    /// The backup
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// The store to make: a new file, or an empty database
    #[arg(long, value_name = "STORE", required_unless_present = "verify")]
    to: Option<String>,
    /// Only compare the backup with what it held when it was made
    #[arg(long, conflicts_with = "to")]
    verify: bool,
    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
}

impl Restore {
    pub(super) async fn run(self) -> Outcome {
        let terminal = Terminal::new();
        let Some(to) = &self.to else {
            let verified = app::verify_backup(&self.from, &terminal).await?;
            terminal.finish();
            let made = jiff::Timestamp::from_millisecond(verified.made_ms).map(|at| at.to_string()).unwrap_or_default();
            if self.json {
                return print_json(&json!({
                    "whole": true, "made": made, "source": verified.source, "sha256": verified.fingerprint.total(),
                }));
            }
            say(&format!("whole: made {made} of {}, SHA-256 {}", verified.source, verified.fingerprint.total()));
            return Ok(());
        };
        let done = app::restore(&self.from, to, now_ms(), &terminal).await?;
        terminal.finish();
        copy::show(&done, "restored", self.json)
    }
}
