//! Addresses: a file becomes a register of the store.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::ops::ControlFlow;

use sha2::{Digest, Sha256};

use super::inputs::into_store;
use super::{AppError, Step, Watch};
use crate::address::Parts;
use crate::format::{AddressSource, AddressTable, read_addresses};
use crate::store::{Act, AddressRecord, AddressSetRecord, NewAddresses, Store};

/// Addresses to bring in.
#[derive(Debug, Clone)]
pub struct AddressesRequest {
    /// The file and its fields.
    pub source: AddressSource,
    /// Who asks for it, and when.
    pub act: Act,
}

/// What was brought in.
#[derive(Debug, Clone)]
pub struct AddressesImported {
    /// Its id in the store.
    pub set: i64,
    /// Whether the store held the same already, so that nothing was written.
    pub already: bool,
    /// How many addresses.
    pub addresses: u64,
    /// How many of them are written as another of the same file is.
    pub repeated: u64,
    /// The layer or sheet read; empty for text, which has none.
    pub layer: String,
    /// The CRS they were read in.
    pub crs: String,
    /// Rows left out, without an address or without a place.
    pub left_out: u64,
    /// What a person should know though nothing failed.
    pub warnings: Vec<String>,
}

/// Brings the addresses of a file into the store called `store`, which is made if it is not there. A file and layer that was brought
/// in before is replaced: the newest counts, and one without rows takes back all its addresses.
///
/// # Errors
/// [`AppError`]; nothing is changed then, and no store is left behind that was not there.
pub async fn import_addresses(
    store: &str,
    request: &AddressesRequest,
    watch: &dyn Watch,
) -> Result<AddressesImported, AppError> {
    into_store(store, || read(request, watch), async |store, read| write(store, request, read, watch).await).await
}

/// As [`import_addresses`], into a store that is open and stays so.
///
/// # Errors
/// [`AppError`]; nothing is changed then.
pub async fn import_addresses_into(
    store: &dyn Store,
    request: &AddressesRequest,
    watch: &dyn Watch,
) -> Result<AddressesImported, AppError> {
    let read = tokio::task::block_in_place(|| read(request, watch))?;
    write(store, request, read, watch).await
}

/// Reads a file of addresses.
pub(super) fn read(request: &AddressesRequest, watch: &dyn Watch) -> Result<AddressTable, AppError> {
    Ok(read_addresses(&request.source, &|done, total| {
        watch.at(Step::Read, done, total);
        if watch.cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?)
}

async fn write(
    store: &dyn Store,
    request: &AddressesRequest,
    read: AddressTable,
    watch: &dyn Watch,
) -> Result<AddressesImported, AppError> {
    if watch.cancelled() {
        return Err(AppError::Cancelled);
    }
    let AddressTable { layer, crs, rows, blank, unplaced, mut warnings } = read;
    let total = rows.len() as u64;
    watch.at(Step::Keep, 0, total);
    let record = |row: crate::format::AddressRow| AddressRecord {
        parts: Parts::read(&row.text),
        text: row.text,
        point: row.point,
    };
    let records: Vec<AddressRecord> = rows.into_iter().map(record).collect();
    let texts: BTreeSet<&str> = records.iter().map(|record| record.text.as_str()).collect();
    let repeated = total - texts.len() as u64;
    if repeated > 0 {
        warnings.push(format!(
            "{repeated} addresses are written as another one: where they lie apart, only more words (a district, a village) can tell \
             them from each other"
        ));
    }
    let file = request.source.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let source = if layer.is_empty() { file } else { format!("{file}: {layer}") };
    let before: BTreeSet<i64> = store.address_sets().await?.iter().map(|set| set.id).collect();
    let new =
        NewAddresses { source, content_hash: hash(&records), recorded_ms: request.act.at_ms, addresses: &records };
    let set = store.add_addresses(&new, &request.act).await?;
    watch.at(Step::Keep, total, total);
    Ok(AddressesImported {
        set,
        already: before.contains(&set),
        addresses: total,
        repeated,
        layer,
        crs,
        left_out: blank + unplaced,
        warnings,
    })
}

fn hash(records: &[AddressRecord]) -> String {
    let mut hash = Sha256::new();
    hash.update(b"wangge addresses 1\0");
    for record in records {
        hash.update((record.text.len() as u64).to_le_bytes());
        hash.update(&record.text);
        hash.update(record.point.x_e7.to_le_bytes());
        hash.update(record.point.y_e7.to_le_bytes());
    }
    hash.finalize().iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}"); // writing to a String cannot fail
        hex
    })
}

/// The sets that count: the newest of each source, in the order they were brought in.
pub(super) fn newest(sets: &[AddressSetRecord]) -> Vec<i64> {
    let of_source: BTreeMap<&str, i64> = sets.iter().map(|set| (set.source.as_str(), set.id)).collect();
    let mut ids: Vec<i64> = of_source.into_values().collect();
    ids.sort_unstable();
    ids
}
