//! `wangge copy`

use clap::Args;
use serde_json::json;

use super::progress::Terminal;
use super::{Outcome, grouped, now_ms, print_json, say};
use crate::app::{self, CopyDone};

/// Copy a store, whole and as it is at this instant, into another of either kind
///
/// The target is made, or empty, or holds the beginning of the same copy: then it goes on where it stopped. Both are
/// compared by hash when it is done. Sessions of people who are signed in are left out.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wangge copy --from city.gpkg --to postgres://wangge@db/city")]
pub(super) struct Copy {
    /// The store to copy
    #[arg(long, value_name = "STORE")]
    from: String,
    /// Where to
    #[arg(long, value_name = "STORE")]
    to: String,
    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
}

impl Copy {
    pub(super) async fn run(self) -> Outcome {
        let terminal = Terminal::new();
        let done = app::copy(&self.from, &self.to, now_ms(), &terminal).await?;
        terminal.finish();
        show(&done, "copied", self.json)
    }
}

/// Shows what was copied, as JSON or in words.
pub(super) fn show(done: &CopyDone, what: &str, as_json: bool) -> Outcome {
    if as_json {
        let table = |(name, rows, hash): &(String, u64, String)| json!({ "table": name, "rows": rows, "sha256": hash });
        return print_json(&json!({
            "rows": done.rows, "resumed": done.resumed, "sha256": done.fingerprint.total(),
            "tables": done.fingerprint.tables.iter().map(table).collect::<Vec<_>>(),
        }));
    }
    let resumed =
        if done.resumed > 0 { format!(", {} of them by an earlier run", grouped(done.resumed)) } else { String::new() };
    say(&format!("{what} {} rows{resumed}; both sides have SHA-256 {}", grouped(done.rows), done.fingerprint.total()));
    Ok(())
}
