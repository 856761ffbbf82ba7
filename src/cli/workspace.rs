//! `wangge workspace`

use clap::{Args, ValueEnum};
use serde_json::json;

use super::{Outcome, act, print_json, say};
use crate::app::{self, WorkspaceChange};
use crate::plan::CodeScheme;
use crate::store::{Open, open};

/// Show or change the settings of a store: its name, language, time zone and code scheme
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  wangge workspace --store city.gpkg --name 澄浦区 --time-zone Asia/Shanghai --code-scheme nbs12+3"
)]
pub(super) struct Workspace {
    /// The store
    #[arg(long, env = "WANGGE_STORE")]
    store: String,
    /// Name to show on the map
    #[arg(long)]
    name: Option<String>,
    /// Language of new grid names
    #[arg(long, value_enum)]
    language: Option<Language>,
    /// IANA time zone; a date means local midnight there
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
    /// How new grid codes are made: {parent}-{seq:03} or another pattern, nbs12+3, db11-15, cjt213-14
    #[arg(long, value_name = "SCHEME")]
    code_scheme: Option<CodeScheme>,
    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Language {
    /// 简体中文
    #[value(name = "zh-CN")]
    Chinese,
    /// English
    #[value(name = "en")]
    English,
}

impl Workspace {
    pub(super) async fn run(self) -> Outcome {
        let store = open(&self.store, Open::Existing).await?;
        let change = WorkspaceChange {
            name: self.name,
            language: self.language.map(|l| if l == Language::Chinese { "zh-CN" } else { "en" }.to_owned()),
            time_zone: self.time_zone,
            code_scheme: self.code_scheme,
        };
        let workspace = app::workspace(store.as_ref(), &change, &act()).await?;
        store.close().await;
        if self.json {
            return print_json(&json!({
                "name": workspace.name, "language": workspace.language, "time_zone": workspace.time_zone,
                "code_scheme": workspace.code_scheme,
            }));
        }
        say(&format!("name: {}", workspace.name));
        say(&format!("language: {}", workspace.language));
        say(&format!("time zone: {}", workspace.time_zone));
        say(&format!("code scheme: {}", workspace.code_scheme));
        Ok(())
    }
}
