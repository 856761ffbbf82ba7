//! What can be wrong with a file.

use std::path::PathBuf;

use super::source::LayerInfo;
use crate::atom::DatasetError;
use crate::crs::CrsError;

/// Why a file is refused or cannot be written. Every message is one line that says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FormatError {
    /// The file cannot be read or written at all.
    #[error("{path}: {error}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// No bytes in it.
    #[error("{path} is empty (0 bytes)")]
    EmptyFile {
        /// The file.
        path: PathBuf,
    },
    /// A part file of tiles that cannot be gone on with.
    #[error("{path}: {problem}")]
    TilePart {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what to do.
        problem: &'static str,
    },
    /// A file of tiles that cannot be served.
    #[error("{path}: {problem}")]
    TileArchive {
        /// The file.
        path: PathBuf,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// A `.zst` that ends early or is not zstd.
    #[error("{path} cannot be unpacked: it is cut off or not zstd ({reason})")]
    Zstd {
        /// The file.
        path: PathBuf,
        /// What the decoder says.
        reason: String,
    },
    /// GDAL does not recognise it, or it is broken from the start.
    #[error("{path} is not a vector file that GDAL can read, or it is damaged: {reason}")]
    NotVector {
        /// The file.
        path: PathBuf,
        /// What GDAL says.
        reason: String,
    },
    /// The file breaks off or is corrupt within.
    #[error("{path} is damaged: layer {layer:?} breaks off after {read} of {declared} features ({reason})")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The layer.
        layer: String,
        /// Features read.
        read: u64,
        /// Features the file says it has.
        declared: u64,
        /// What GDAL says.
        reason: String,
    },
    /// A layer name that is not there, or a choice that has to be made.
    #[error("{path}: {problem}; the file has {}", list_layers(.layers))]
    Layer {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
        /// What there is.
        layers: Vec<LayerInfo>,
    },
    /// A field that is not there.
    #[error("{path}: layer {layer:?} has no field {field:?}; its fields are {}", list(.fields))]
    Field {
        /// The file.
        path: PathBuf,
        /// The layer.
        layer: String,
        /// The field asked for.
        field: String,
        /// What there is.
        fields: Vec<String>,
    },
    /// The mapping itself makes no sense.
    #[error("{0}")]
    Mapping(String),
    /// No CRS in the file and none given.
    #[error(
        "{path}: layer {layer:?} does not say its CRS: say it with --crs, such as --crs EPSG:4547, --crs wgs84 or --crs gcj02"
    )]
    NoCrs {
        /// The file.
        path: PathBuf,
        /// The layer.
        layer: String,
    },
    /// A CRS that cannot be used.
    #[error("{path}: {error}")]
    Crs {
        /// The file.
        path: PathBuf,
        /// Why.
        error: CrsError,
    },
    /// Something wrong with single features.
    #[error("{path}: {first}{}", and_more(*.more))]
    Features {
        /// The file.
        path: PathBuf,
        /// The first one in the order of the file.
        first: String,
        /// Further features with a problem.
        more: u64,
    },
    /// Nulls in the household field, and no word what they mean.
    #[error(
        "{path}: {nulls} of {features} features have no value in {field:?}: say --null-households uninhabited \
         (nobody lives there) or --null-households unknown"
    )]
    NullHouseholds {
        /// The file.
        path: PathBuf,
        /// The field.
        field: String,
        /// Features without a value.
        nulls: u64,
        /// All features.
        features: u64,
    },
    /// Nulls where every feature needs a value.
    #[error(
        "{path}: {nulls} of {features} features have no value in {field:?}, the first is {first}: every feature needs one"
    )]
    Nulls {
        /// The file.
        path: PathBuf,
        /// The field.
        field: String,
        /// Features without a value.
        nulls: u64,
        /// All features.
        features: u64,
        /// The first of them.
        first: String,
    },
    /// Codes that stand more than once.
    #[error("{path}: {}; {advice}", list_duplicates(.field, .codes, *.shown))]
    Duplicates {
        /// The file.
        path: PathBuf,
        /// The field.
        field: String,
        /// Each code and how often it stands, sorted.
        codes: Vec<(String, usize)>,
        /// How many of them the message names.
        shown: usize,
        /// What to do.
        advice: &'static str,
    },
    /// The dataset breaks a guarantee of its room.
    #[error("{path}: {error}")]
    Dataset {
        /// The file.
        path: PathBuf,
        /// Which.
        error: DatasetError,
    },
    /// The progress callback said stop.
    #[error("stopped after {done} of {total} features; nothing was changed")]
    Cancelled {
        /// Features read.
        done: u64,
        /// All features.
        total: u64,
    },
}

fn and_more(more: u64) -> String {
    match more {
        0 => String::new(),
        1 => "; 1 more feature has a problem".to_owned(),
        _ => format!("; {more} more features have problems"),
    }
}

/// Names in quotes, with commas.
pub(super) fn list<S: AsRef<str>>(names: &[S]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    names.iter().map(|name| format!("{:?}", name.as_ref())).collect::<Vec<_>>().join(", ")
}

fn list_layers(layers: &[LayerInfo]) -> String {
    if layers.is_empty() {
        return "no layer".to_owned();
    }
    layers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn list_duplicates(field: &str, codes: &[(String, usize)], shown: usize) -> String {
    let named: Vec<String> =
        codes.iter().take(shown).map(|(code, times)| format!("{code:?} ({times} times)")).collect();
    let rest = codes.len().saturating_sub(shown);
    let rest = if rest == 0 { String::new() } else { format!(" and {rest} more") };
    let (noun, verb) = if codes.len() == 1 { ("code", "stands") } else { ("codes", "stand") };
    format!("{} {noun} of {field:?} {verb} more than once: {}{rest}", codes.len(), named.join(", "))
}
