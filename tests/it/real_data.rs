//! Real census areas, which are not part of this project: tests that read them say loudly when they are absent.

use std::io::Write;
use std::path::PathBuf;

/// A file of the folder that `WANGGE_REAL_DATA` names, by default the one beside the project; or a loud word that the test
/// is skipped.
pub fn real(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("WANGGE_REAL_DATA").map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from);
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder).join(name);
    if !path.exists() {
        // written past the test runner, which hides what a passing test prints
        let _ = writeln!(std::io::stderr(), "SKIPPED: {} is not there", path.display());
        return None;
    }
    Some(path)
}
