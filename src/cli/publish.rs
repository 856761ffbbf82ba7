//! `wangge publish`

use clap::Args;
use serde_json::json;

use super::{Outcome, act, grouped, print_json, say};
use crate::app::{self, PublishRequest};
use crate::store::{Open, open};

/// Put a plan in force from a date on
///
/// Earlier publications stay answerable (--at of wangge locate). Refused when another publication has come since the plan
/// was made.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  wangge publish --store city.gpkg --effective 2027-01-01")]
pub(super) struct Publish {
    /// The store
    #[arg(long, env = "WANGGE_STORE")]
    store: String,
    /// Date of effect (local midnight of the workspace) or instant; today by default
    #[arg(long, value_name = "DATE")]
    effective: Option<String>,
    /// The plan; the newest by default
    #[arg(long, value_name = "ID")]
    plan: Option<i64>,
    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
}

impl Publish {
    pub(super) async fn run(self) -> Outcome {
        let store = open(&self.store, Open::Existing).await?;
        let request = PublishRequest { plan: self.plan, effective: self.effective, act: act() };
        let published = app::publish(store.as_ref(), &request).await?;
        store.close().await;
        let publication = &published.publication;
        if self.json {
            return print_json(&json!({
                "publication": publication.seq, "plan": publication.plan, "grids": publication.grids,
                "effective": published.effective, "base": publication.base, "lineage": published.lineage.len(),
            }));
        }
        say(&format!(
            "publication {}: plan {}, {} grids, in force from {}",
            publication.seq,
            publication.plan,
            grouped(publication.grids),
            published.effective
        ));
        Ok(())
    }
}
