//! What every store promises of streets, buildings and the other inputs atoms are made from.

use wangge::atom::{Feature, InputKind, Line};
use wangge::store::{NewInput, StoreError};

use crate::postgis::Database;
use crate::store_contract::{GeoPackageFile, Place, PostgisDatabase, contract};
use crate::store_samples::{TIME_MS, act, features, lines};

contract! {
    an_input_comes_back_as_it_was_kept,
    the_same_content_of_a_source_is_kept_once_until_it_changes,
    an_input_is_whole_or_not_there,
    an_input_that_is_not_there_is_named,
}

fn input<'a>(kind: InputKind, hash: &str, features: &'a [Feature], lines: &'a [Line]) -> NewInput<'a> {
    NewInput {
        kind,
        source: "town.gpkg: 道路".into(),
        content_hash: hash.into(),
        crs: "EPSG:4490".into(),
        recorded_ms: TIME_MS,
        features,
        lines,
    }
}

async fn an_input_comes_back_as_it_was_kept(place: &dyn Place) {
    let store = place.open().await;
    let (features, lines) = (features(), lines());
    let many: Vec<Feature> = (0..300).map(|n| Feature { code: format!("{n}"), ..features[n % 2].clone() }).collect();
    let streets = store.add_input(&input(InputKind::Streets, "1", &[], &lines), &act()).await.unwrap();
    let buildings = store.add_input(&input(InputKind::Buildings, "1", &features, &[]), &act()).await.unwrap();
    let totals = store.add_input(&input(InputKind::Totals, "2", &many, &lines), &act()).await.unwrap();
    let store = place.open().await;
    assert_eq!(store.lines(streets).await.unwrap(), lines);
    assert_eq!(store.features(streets).await.unwrap(), []);
    assert_eq!(store.features(buildings).await.unwrap(), features);
    assert_eq!(store.lines(buildings).await.unwrap(), []);
    assert_eq!((store.features(totals).await.unwrap(), store.lines(totals).await.unwrap()), (many, lines));
    let records = store.inputs().await.unwrap();
    let ids: Vec<i64> = records.iter().map(|record| record.id).collect();
    assert_eq!(ids, [streets, buildings, totals]);
    let record = &records[2];
    assert_eq!((record.kind, record.features, record.lines), (InputKind::Totals, 300, 2));
    assert_eq!((record.source.as_str(), record.content_hash.as_str()), ("town.gpkg: 道路", "2"));
    assert_eq!((record.crs.as_str(), record.recorded_ms), ("EPSG:4490", TIME_MS));
}

async fn the_same_content_of_a_source_is_kept_once_until_it_changes(place: &dyn Place) {
    let store = place.open().await;
    let (features, lines) = (features(), lines());
    let first = store.add_input(&input(InputKind::Buildings, "1", &features, &[]), &act()).await.unwrap();
    assert_eq!(store.add_input(&input(InputKind::Buildings, "1", &features, &[]), &act()).await.unwrap(), first);
    let other = NewInput { source: "other".into(), ..input(InputKind::Buildings, "1", &features, &[]) };
    let other = store.add_input(&other, &act()).await.unwrap();
    let changed = store.add_input(&input(InputKind::Buildings, "2", &features[..1], &lines), &act()).await.unwrap();
    // and back: what counts is the newest of a source
    let back = store.add_input(&input(InputKind::Buildings, "1", &features, &[]), &act()).await.unwrap();
    assert!(first < other && other < changed && changed < back);
    assert_eq!(store.features(changed).await.unwrap(), features[..1]);
    assert_eq!(store.features(first).await.unwrap(), features);
    let added = store.audit(0, 100).await.unwrap().into_iter().filter(|entry| entry.kind == "input").count();
    assert_eq!(added, 4);
}

async fn an_input_is_whole_or_not_there(place: &dyn Place) {
    let store = place.open().await;
    let twice = [features(), features()].concat();
    store.add_input(&input(InputKind::Buildings, "1", &twice, &[]), &act()).await.unwrap_err();
    assert_eq!(store.inputs().await.unwrap(), []);
    let (features, lines) = (features(), lines());
    let id = store.add_input(&input(InputKind::Buildings, "1", &features, &lines), &act()).await.unwrap();
    assert_eq!((store.features(id).await.unwrap(), store.lines(id).await.unwrap()), (features, lines));
}

async fn an_input_that_is_not_there_is_named(place: &dyn Place) {
    let store = place.open().await;
    for result in [store.features(7).await.map(drop), store.lines(7).await.map(drop)] {
        assert!(matches!(result, Err(StoreError::NotFound { what: "input", ref id }) if id == "7"), "{result:?}");
    }
}
