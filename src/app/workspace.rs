//! Settings of a store.

use std::path::Path;

use super::AppError;
use super::serve::Calendar;
use crate::atom::Dataset;
use crate::plan::CodeScheme;
use crate::store::{Act, Store, Workspace};

/// What to change; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct WorkspaceChange {
    /// A name to show.
    pub name: Option<String>,
    /// `zh-CN` or `en`.
    pub language: Option<String>,
    /// IANA name.
    pub time_zone: Option<String>,
    /// How new grid codes are made; those given stay as they are.
    pub code_scheme: Option<CodeScheme>,
}

/// Changes the settings and gives them back; without a change only the latter.
///
/// # Errors
/// When the time zone is not known, or the store fails.
pub async fn workspace(store: &dyn Store, change: &WorkspaceChange, act: &Act) -> Result<Workspace, AppError> {
    let before = store.workspace().await?;
    let after = Workspace {
        name: change.name.clone().unwrap_or_else(|| before.name.clone()),
        language: change.language.clone().unwrap_or_else(|| before.language.clone()),
        time_zone: change.time_zone.clone().unwrap_or_else(|| before.time_zone.clone()),
        home_crs: before.home_crs.clone(),
        code_scheme: change.code_scheme.as_ref().map_or_else(|| before.code_scheme.clone(), ToString::to_string),
    };
    Calendar::new(&after.time_zone)?;
    if after != before {
        store.set_workspace(&after, act).await?;
    }
    Ok(after)
}

/// Names a store that has no name yet after the one jurisdiction at the top of its first dataset, or after the file where
/// there are several.
pub(super) async fn name_after(store: &dyn Store, dataset: &Dataset, file: &Path, act: &Act) -> Result<(), AppError> {
    let before = store.workspace().await?;
    if before.name != Workspace::default().name {
        return Ok(());
    }
    let mut top = dataset.jurisdictions.iter().filter(|unit| unit.level == 1);
    let name = if let (Some(only), None) = (top.next(), top.next()) {
        only.name.clone()
    } else {
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.split('.').next().unwrap_or_default().to_owned()
    };
    if !name.is_empty() {
        store.set_workspace(&Workspace { name, ..before }, act).await?;
    }
    Ok(())
}
