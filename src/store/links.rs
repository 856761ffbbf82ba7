//! Declared links as they are kept: bridges, ferries and underpasses between atoms, by code.

use async_trait::async_trait;

use super::{Act, StoreError};
use crate::atom::Link;

/// Links of one source, to be kept.
#[derive(Debug, Clone)]
pub struct NewLinks<'a> {
    /// File name they came from, without folders, and its layer.
    pub source: String,
    /// SHA-256 of the links, in hex.
    pub content_hash: String,
    /// When.
    pub recorded_ms: i64,
    /// The links, in the order of the source. None at all takes back those the source declared before.
    pub links: &'a [Link],
}

/// Links of one source that were kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkSetRecord {
    /// Ascending in time.
    pub id: i64,
    /// File name and layer they came from.
    pub source: String,
    /// SHA-256 in hex.
    pub content_hash: String,
    /// When.
    pub recorded_ms: i64,
    /// How many.
    pub links: u64,
}

/// Declared links.
#[async_trait]
pub trait Links {
    /// Keeps the links of a source, whole or not at all. Those with the same content as the newest of that source are kept once:
    /// the earlier id comes back and nothing changes.
    async fn add_links(&self, links: &NewLinks<'_>, act: &Act) -> Result<i64, StoreError>;
    /// All sets of links, oldest first. The newest of each source counts.
    async fn link_sets(&self) -> Result<Vec<LinkSetRecord>, StoreError>;
    /// The links of a set, in the order of the source.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    async fn links(&self, set: i64) -> Result<Vec<Link>, StoreError>;
}
