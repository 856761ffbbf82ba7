//! What every store promises of declared links.

use wangge::atom::{Link, LinkKind};
use wangge::store::{NewLinks, StoreError};

use crate::postgis::Database;
use crate::store_contract::{GeoPackageFile, Place, PostgisDatabase, contract};
use crate::store_samples::{TIME_MS, act};

contract! {
    links_come_back_as_they_were_kept,
    the_same_links_of_a_source_are_kept_once_until_they_change,
    links_are_whole_or_not_there,
    links_that_are_not_there_are_named,
}

fn link(from: &str, to: &str, kind: LinkKind, name: Option<&str>) -> Link {
    Link { from: from.to_owned(), to: to.to_owned(), kind, name: name.map(str::to_owned) }
}

fn some() -> Vec<Link> {
    let many = (0..300).map(|n| link(&format!("{n}"), &format!("{}", n + 1), LinkKind::ALL[n % 3], None));
    let named = [
        link("甲", "乙", LinkKind::Bridge, Some("东门桥")),
        link("乙", "甲", LinkKind::Bridge, Some("东门桥")),
        link("a'b", "c\"d", LinkKind::Underpass, Some("")),
    ];
    named.into_iter().chain(many).collect()
}

fn new<'a>(source: &str, hash: &str, links: &'a [Link]) -> NewLinks<'a> {
    NewLinks { source: source.to_owned(), content_hash: hash.to_owned(), recorded_ms: TIME_MS, links }
}

async fn links_come_back_as_they_were_kept(place: &dyn Place) {
    let store = place.open().await;
    let links = some();
    let first = store.add_links(&new("bridges.csv", "1", &links), &act()).await.unwrap();
    let second = store.add_links(&new("ferries.gpkg: 渡口", "2", &links[..1]), &act()).await.unwrap();
    let store = place.open().await;
    assert_eq!(store.links(first).await.unwrap(), links);
    assert_eq!(store.links(second).await.unwrap(), links[..1]);
    let sets = store.link_sets().await.unwrap();
    let told: Vec<_> = sets.iter().map(|set| (set.id, set.source.as_str(), set.links, set.recorded_ms)).collect();
    assert_eq!(told, [(first, "bridges.csv", links.len() as u64, TIME_MS), (second, "ferries.gpkg: 渡口", 1, TIME_MS)]);
    assert_eq!(sets[0].content_hash, "1");
}

async fn the_same_links_of_a_source_are_kept_once_until_they_change(place: &dyn Place) {
    let store = place.open().await;
    let links = some();
    let first = store.add_links(&new("a", "1", &links), &act()).await.unwrap();
    assert_eq!(store.add_links(&new("a", "1", &links), &act()).await.unwrap(), first);
    let other = store.add_links(&new("b", "1", &links), &act()).await.unwrap();
    let none = store.add_links(&new("a", "2", &[]), &act()).await.unwrap();
    let back = store.add_links(&new("a", "1", &links), &act()).await.unwrap();
    assert!(first < other && other < none && none < back);
    assert_eq!((store.links(none).await.unwrap(), store.links(back).await.unwrap()), (vec![], links));
    let entries = store.audit(0, 100).await.unwrap();
    let added: Vec<_> = entries.iter().filter(|entry| entry.kind == "links").map(|entry| &entry.object).collect();
    assert_eq!(added, [first, other, none, back].map(|id| id.to_string()).iter().collect::<Vec<_>>());
}

async fn links_are_whole_or_not_there(place: &dyn Place) {
    let store = place.open().await;
    let mut links = some();
    // no link leads from an atom to itself
    links.push(link("x", "x", LinkKind::Ferry, None));
    store.add_links(&new("a", "1", &links), &act()).await.unwrap_err();
    assert_eq!(store.link_sets().await.unwrap(), []);
    links.pop();
    let set = store.add_links(&new("a", "1", &links), &act()).await.unwrap();
    assert_eq!(store.links(set).await.unwrap(), links);
}

async fn links_that_are_not_there_are_named(place: &dyn Place) {
    let result = place.open().await.links(7).await;
    assert!(matches!(result, Err(StoreError::NotFound { what: "set of links", ref id }) if id == "7"), "{result:?}");
}
