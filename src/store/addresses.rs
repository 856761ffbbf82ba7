//! Addresses as they are kept: texts with their parts and points.

use async_trait::async_trait;

use super::{Act, StoreError};
use crate::address::Parts;
use crate::geom::LatticePoint;

/// An address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressRecord {
    /// As it is written.
    pub text: String,
    /// What it was read as.
    pub parts: Parts,
    /// Where it is.
    pub point: LatticePoint,
}

/// Addresses of one source, to be kept.
#[derive(Debug, Clone)]
pub struct NewAddresses<'a> {
    /// File name they came from, without folders, and its layer.
    pub source: String,
    /// SHA-256 of the addresses, in hex.
    pub content_hash: String,
    /// When.
    pub recorded_ms: i64,
    /// In the order of the source. None at all takes back those the source brought before.
    pub addresses: &'a [AddressRecord],
}

/// Addresses of one source that were kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressSetRecord {
    /// Ascending in time.
    pub id: i64,
    /// File name and layer they came from.
    pub source: String,
    /// SHA-256 in hex.
    pub content_hash: String,
    /// When.
    pub recorded_ms: i64,
    /// How many.
    pub addresses: u64,
}

/// Addresses.
#[async_trait]
pub trait Addresses {
    /// Keeps the addresses of a source, whole or not at all. Those with the same content as the newest of that source are kept once:
    /// the earlier id comes back and nothing changes.
    async fn add_addresses(&self, addresses: &NewAddresses<'_>, act: &Act) -> Result<i64, StoreError>;
    /// All sets of addresses, oldest first. The newest of each source counts.
    async fn address_sets(&self) -> Result<Vec<AddressSetRecord>, StoreError>;
    /// The addresses of a set, in the order of the source.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    async fn addresses(&self, set: i64) -> Result<Vec<AddressRecord>, StoreError>;
}
