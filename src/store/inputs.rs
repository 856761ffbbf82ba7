//! What atoms are made from, as it is kept: streets, buildings, jurisdictions, open ground, totals.

use async_trait::async_trait;

use super::{Act, StoreError};
use crate::atom::{Feature, InputKind, Line};

/// An input to be kept.
#[derive(Debug, Clone)]
pub struct NewInput<'a> {
    /// What it is.
    pub kind: InputKind,
    /// File name it came from, without folders, and its layer.
    pub source: String,
    /// SHA-256 of the content, in hex.
    pub content_hash: String,
    /// CRS it came in.
    pub crs: String,
    /// When.
    pub recorded_ms: i64,
    /// The polygons, in the order of the source.
    pub features: &'a [Feature],
    /// The lines, in the order of the source.
    pub lines: &'a [Line],
}

/// An input that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputRecord {
    /// Ascending in time.
    pub id: i64,
    /// What it is.
    pub kind: InputKind,
    /// File name and layer it came from.
    pub source: String,
    /// SHA-256 in hex.
    pub content_hash: String,
    /// CRS it came in.
    pub crs: String,
    /// When.
    pub recorded_ms: i64,
    /// How many polygons.
    pub features: u64,
    /// How many lines.
    pub lines: u64,
}

/// What atoms are made from.
#[async_trait]
pub trait Inputs {
    /// Keeps an input, whole or not at all. One with the same kind, source and content as the newest of that kind and source is
    /// kept once: its id comes back and nothing changes.
    async fn add_input(&self, input: &NewInput<'_>, act: &Act) -> Result<i64, StoreError>;
    /// All inputs, oldest first.
    async fn inputs(&self) -> Result<Vec<InputRecord>, StoreError>;
    /// The polygons of an input, exactly as they were kept, in the same order.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    async fn features(&self, input: i64) -> Result<Vec<Feature>, StoreError>;
    /// The lines of an input, exactly as they were kept, in the same order.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    async fn lines(&self, input: i64) -> Result<Vec<Line>, StoreError>;
}
