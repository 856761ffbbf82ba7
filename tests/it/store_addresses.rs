//! What every store promises of addresses.

use wangge::address::Parts;
use wangge::geom::LatticePoint;
use wangge::store::{AddressRecord, NewAddresses, StoreError};

use crate::postgis::Database;
use crate::store_contract::{GeoPackageFile, Place, PostgisDatabase, contract};
use crate::store_samples::{TIME_MS, act};

contract! {
    addresses_come_back_as_they_were_kept,
    the_same_addresses_of_a_source_are_kept_once_until_they_change,
    addresses_are_whole_or_not_there,
    addresses_that_are_not_there_are_named,
}

/// An address with its parts, somewhere.
pub fn address(text: &str, n: i32) -> AddressRecord {
    let point = LatticePoint::new(1_140_000_000 + n, -300_000_000 - n);
    AddressRecord { text: text.to_owned(), parts: Parts::read(text), point }
}

pub fn some() -> Vec<AddressRecord> {
    let named = ["澄浦区人民路276号云锦花园3号楼2单元", "улица Щёлкина, 12А", "a'b \"c\" 5"];
    let many = (0..300).map(|n| address(&format!("人民路{n}号"), n));
    named.into_iter().map(|text| address(text, 7)).chain(many).collect()
}

fn new<'a>(source: &str, hash: &str, addresses: &'a [AddressRecord]) -> NewAddresses<'a> {
    NewAddresses { source: source.to_owned(), content_hash: hash.to_owned(), recorded_ms: TIME_MS, addresses }
}

async fn addresses_come_back_as_they_were_kept(place: &dyn Place) {
    let store = place.open().await;
    let addresses = some();
    let first = store.add_addresses(&new("a.csv", "1", &addresses), &act()).await.unwrap();
    let second = store.add_addresses(&new("门牌.gpkg: 门牌", "2", &addresses[..1]), &act()).await.unwrap();
    let store = place.open().await;
    assert_eq!(store.addresses(first).await.unwrap(), addresses);
    assert_eq!(store.addresses(second).await.unwrap(), addresses[..1]);
    let sets = store.address_sets().await.unwrap();
    let told: Vec<_> = sets.iter().map(|set| (set.id, set.source.as_str(), set.addresses, set.recorded_ms)).collect();
    let count = addresses.len() as u64;
    assert_eq!(told, [(first, "a.csv", count, TIME_MS), (second, "门牌.gpkg: 门牌", 1, TIME_MS)]);
    assert_eq!(sets[0].content_hash, "1");
}

async fn the_same_addresses_of_a_source_are_kept_once_until_they_change(place: &dyn Place) {
    let store = place.open().await;
    let addresses = some();
    let first = store.add_addresses(&new("a", "1", &addresses), &act()).await.unwrap();
    assert_eq!(store.add_addresses(&new("a", "1", &addresses), &act()).await.unwrap(), first);
    let other = store.add_addresses(&new("b", "1", &addresses), &act()).await.unwrap();
    let none = store.add_addresses(&new("a", "2", &[]), &act()).await.unwrap();
    let back = store.add_addresses(&new("a", "1", &addresses), &act()).await.unwrap();
    assert!(first < other && other < none && none < back);
    assert_eq!((store.addresses(none).await.unwrap(), store.addresses(back).await.unwrap()), (vec![], addresses));
    let entries = store.audit(0, 100).await.unwrap();
    let added: Vec<_> = entries.iter().filter(|entry| entry.kind == "addresses").map(|entry| &entry.object).collect();
    assert_eq!(added, [first, other, none, back].map(|id| id.to_string()).iter().collect::<Vec<_>>());
}

async fn addresses_are_whole_or_not_there(place: &dyn Place) {
    let store = place.open().await;
    let mut addresses = some();
    // nothing is no address
    addresses.push(address("", 1));
    store.add_addresses(&new("a", "1", &addresses), &act()).await.unwrap_err();
    assert_eq!(store.address_sets().await.unwrap(), []);
    addresses.pop();
    let set = store.add_addresses(&new("a", "1", &addresses), &act()).await.unwrap();
    assert_eq!(store.addresses(set).await.unwrap(), addresses);
}

async fn addresses_that_are_not_there_are_named(place: &dyn Place) {
    let result = place.open().await.addresses(7).await;
    assert!(
        matches!(result, Err(StoreError::NotFound { what: "set of addresses", ref id }) if id == "7"),
        "{result:?}"
    );
}
