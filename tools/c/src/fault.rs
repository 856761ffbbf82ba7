//! What can go wrong, in words, kept for each thread until the next one.

use std::cell::RefCell;
use std::ffi::{CString, c_char};

use wangge::geom::CoordinateError;
use wangge::locate::snapshot::SnapshotError;

/// A fault of one call.
#[derive(Debug)]
pub enum Fault {
    /// A null pointer where there must be something.
    Null { what: &'static str },
    /// A path that is not UTF-8.
    Path { given: String },
    /// A file that cannot be read.
    Io { path: String, error: std::io::Error },
    /// Bytes that are no whole snapshot.
    Snapshot { path: String, error: SnapshotError },
    /// A number that stands for no coordinate system.
    Crs { crs: i32 },
    /// Numbers that are no position.
    Coordinate(CoordinateError),
    /// The same, in a batch.
    Row { row: usize, reason: CoordinateError },
    /// More numbers than memory can hold.
    Count { count: usize },
    /// A position beyond the last grid.
    Grid { grid: u32, grids: usize },
    /// A defect of the library.
    Panic,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Null { what } => write!(f, "{what} is null"),
            Self::Path { given } => write!(f, "path {given:?} is not UTF-8"),
            Self::Io { path, error } => write!(f, "{path}: {error}"),
            Self::Snapshot { path, error } => write!(f, "{path}: {error}"),
            Self::Crs { crs } => {
                write!(f, "unknown crs {crs}: give WANGGE_WGS84 (0), WANGGE_GCJ02 (1) or WANGGE_BD09 (2)")
            }
            Self::Coordinate(error) => error.fmt(f),
            Self::Row { row, reason } => write!(f, "row {row} (from 0): {reason}"),
            Self::Count { count } => write!(f, "a count of {count} numbers is more than memory can hold"),
            Self::Grid { grid, grids } => write!(f, "there is no grid {grid}: this snapshot has {grids}, from 0"),
            Self::Panic => f.write_str("a defect in wangge stopped this call; please report it with the input"),
        }
    }
}

thread_local! {
    static LAST: RefCell<CString> = RefCell::default();
}

/// Keeps the words of a fault for this thread.
pub fn remember(fault: &Fault) {
    let mut words = fault.to_string();
    // a path may hold anything but this
    words.retain(|letter| letter != '\0');
    // the thread may be ending, then nobody will ask
    let _ = LAST.try_with(|last| last.replace(CString::new(words).unwrap_or_default()));
}

/// The words kept, until the next fault on this thread.
pub fn last() -> *const c_char {
    LAST.try_with(|last| last.borrow().as_ptr()).unwrap_or(c"".as_ptr())
}
