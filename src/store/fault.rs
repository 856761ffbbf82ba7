//! Places where a test can make the program die, as kill -9 would.
//!
//! `WANGGE_FAULT=import:atoms` aborts the process the first time it comes by that place, `import:atoms:3` the third
//! time. Only programs built with debug assertions look; in a release build there is nothing to look for.

/// Every place there is, in the order a call meets them.
pub const POINTS: &[&str] = &[
    "create:schema",
    "create:before_rename",
    "create:after_rename",
    "import:begun",
    "import:jurisdictions",
    "import:atoms",
    "import:findings",
    "import:before_commit",
    "import:after_commit",
    "input:features",
    "input:before_commit",
    "links:kept",
    "links:before_commit",
    "addresses:kept",
    "addresses:before_commit",
    "plan:begun",
    "plan:grids",
    "plan:atoms",
    "plan:before_commit",
    "plan:after_commit",
    "publish:begun",
    "publish:written",
    "publish:shown",
    "publish:before_commit",
    "publish:after_commit",
    "report:begun",
    "report:kept",
    "report:event",
    "report:before_commit",
    "report:after_commit",
    "step:event",
    "step:before_commit",
    "step:after_commit",
    "away:row",
    "away:before_commit",
    "away:after_commit",
    "draft:begun",
    "draft:ops",
    "draft:before_commit",
    "draft:after_commit",
    "roster:begun",
    "roster:officers",
    "roster:before_commit",
    "roster:after_commit",
];

/// Dies here, without destructors, when the environment says so.
#[cfg(debug_assertions)]
pub(super) fn point(name: &'static str) {
    use std::sync::atomic::{AtomicU32, Ordering};
    static PASSED: AtomicU32 = AtomicU32::new(0);
    debug_assert!(POINTS.contains(&name), "{name} is not listed");
    let Ok(wanted) = std::env::var("WANGGE_FAULT") else { return };
    let Some(rest) = wanted.strip_prefix(name) else { return };
    let at_pass: u32 = match rest.strip_prefix(':') {
        Some(number) => number.parse().unwrap_or(1),
        None if rest.is_empty() => 1,
        None => return,
    };
    if PASSED.fetch_add(1, Ordering::SeqCst) + 1 == at_pass {
        std::process::abort();
    }
}

/// Nothing, in a release build.
#[cfg(not(debug_assertions))]
pub(super) const fn point(_name: &'static str) {}
