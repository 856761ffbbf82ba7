//! What GDAL says: its messages are caught instead of printed.

use std::cell::RefCell;
use std::sync::Once;

use gdal::errors::{CplErrType, GdalError};

/// Messages kept while listening; a broken file can give one for each of a million features.
const KEPT_MESSAGES: usize = 8;

thread_local! {
    static MESSAGES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Has GDAL's failures kept for the thread they happen on; its warnings are dropped. Once per process.
pub(super) fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        gdal::config::set_error_handler(|class, _number, message| {
            if matches!(class, CplErrType::Failure | CplErrType::Fatal) {
                // the thread may be ending, then nobody will ask
                let _ = MESSAGES.try_with(|messages| {
                    if let Ok(mut messages) = messages.try_borrow_mut()
                        && messages.len() < KEPT_MESSAGES
                    {
                        messages.push(one_line(message));
                    }
                });
            }
        });
    });
    forget();
}

/// Drops what was said so far on this thread.
pub(super) fn forget() {
    MESSAGES.with_borrow_mut(Vec::clear);
}

/// The first failure since the last call, if any.
pub(super) fn failure() -> Option<String> {
    MESSAGES.with_borrow_mut(|messages| {
        let first = messages.first().cloned();
        messages.clear();
        first
    })
}

/// Why a call failed, in GDAL's words where it has any.
pub(super) fn reason(error: &GdalError) -> String {
    let said = failure();
    let own = match error {
        GdalError::CplError { msg, .. } | GdalError::NullPointer { msg, .. } if !msg.is_empty() => one_line(msg),
        other => one_line(&other.to_string()),
    };
    said.unwrap_or(own)
}

fn one_line(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}
