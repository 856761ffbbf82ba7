//! `wangge import --as links`: its options and answer.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::import::Fields;
use super::officers::refuse;
use super::progress::Terminal;
use super::{Outcome, act, grouped, print_json, say};
use crate::app::{self, AppError, LinksRequest};
use crate::format::LinkSource;
use crate::store::{Open, open};

/// Fields of two ends: of a link, or of a duty.
#[derive(Debug, Args, Default, PartialEq, Eq)]
pub(super) struct Between {
    /// Field with the code of the area at one end of a link; for officers with the first day of the duty (起), the day of the import
    /// where it is blank
    #[arg(long, value_name = "FIELD")]
    pub(super) from: Option<String>,
    /// Field with the code of the area at the other end; for officers with the day from which the duty no longer holds (止), open
    /// where it is blank
    #[arg(long, value_name = "FIELD")]
    pub(super) to: Option<String>,
}

/// Imports the links of a file.
pub(super) async fn run(path: PathBuf, store: &str, fields: Fields, ends: Between, as_json: bool) -> Outcome {
    let source = LinkSource {
        path,
        layer: fields.layer,
        crs: fields.crs,
        from: ends.from,
        to: ends.to,
        kind: fields.of_kind,
        name: fields.name,
    };
    let store = open(store, Open::Existing).await?;
    let watch = Terminal::new();
    let imported = app::import_links(store.as_ref(), &LinksRequest { source, act: act() }, &watch).await;
    watch.finish();
    store.close().await;
    let imported = match imported {
        Err(AppError::Rows(bad)) => return refuse(&bad, as_json),
        other => other?,
    };
    for warning in &imported.warnings {
        eprintln!("wangge: note: {warning}");
    }
    let set = imported.set;
    if imported.already {
        eprintln!("wangge: note: the store holds the same already, as links {set}; nothing was written");
    }
    let kinds = imported.kinds();
    if as_json {
        return print_json(&json!({
            "set": set, "already": imported.already, "dataset": imported.dataset, "links": imported.links.len(),
            "kinds": kinds, "layer": imported.layer, "crs": imported.crs, "warnings": imported.warnings,
        }));
    }
    let kinds: Vec<String> = kinds.iter().map(|(kind, n)| format!("{} {kind}", grouped(*n))).collect();
    let kinds = if kinds.is_empty() { String::new() } else { format!(" ({})", kinds.join(", ")) };
    say(&format!(
        "links {set}: {}{kinds} between areas of dataset {}",
        grouped(imported.links.len() as u64),
        imported.dataset
    ));
    Ok(())
}
