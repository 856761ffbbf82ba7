//! Reports on the map: each of them once, for those who may read it.

use std::collections::BTreeMap;

use fast_mvt::{MvtReaderRef, MvtValueRef};
use serde_json::{Value, json};
use wangge::geom::LatticePoint;
use wangge::tile::TileId;

use super::staff::Office;

/// Where the reports of a test are: two in community A, one in B, one beyond all grids.
const PLACES: [(f64, f64, &str); 4] =
    [(121.04, 31.01, "路灯"), (121.040_01, 31.010_01, "垃圾"), (121.01, 31.04, "路灯"), (121.2, 31.2, "路灯")];

fn office() -> Office {
    let office = Office::new();
    for (lon, lat, category) in PLACES {
        let report = json!({"category": category, "text": "t", "lon": lon, "lat": lat, "crs": "wgs84"});
        assert_eq!(office.ask("anonymous", "POST", "/v1/reports", Some(&report)).status, 201);
    }
    office
}

/// What all tiles around hold at a zoom: by layer, for each feature its properties.
fn drawn(office: &Office, login: &str, zoom: u8, query: &str) -> BTreeMap<String, Vec<BTreeMap<String, String>>> {
    let mut found: BTreeMap<String, Vec<_>> = BTreeMap::new();
    let corner = |lon_e7, lat_e7| TileId::holding(zoom, LatticePoint::new(lon_e7, lat_e7)).unwrap();
    let (north_west, south_east) = (corner(1_209_000_000, 313_000_000), corner(1_213_000_000, 309_000_000));
    let holding = PLACES.map(|(lon, lat, _)| corner((lon * 1e7) as i32, (lat * 1e7) as i32));
    for x in north_west.x()..=south_east.x() {
        for y in north_west.y()..=south_east.y() {
            let id = TileId::new(zoom, x, y).unwrap();
            // deep down only where something may be: there are thousands
            if zoom > 13 && !holding.contains(&id) {
                continue;
            }
            let answer = office.ask(login, "GET", &format!("/tiles/reports/{id}{query}"), None);
            assert!(matches!(answer.status, 200 | 204), "{id}: {}", answer.text());
            assert_eq!(answer.header("cache-control"), "private, no-cache");
            if answer.status == 204 {
                continue;
            }
            for layer in MvtReaderRef::new(&answer.bytes).unwrap().layers() {
                for feature in layer.features() {
                    let text = |value: MvtValueRef<'_>| match value {
                        MvtValueRef::String(text) => text.to_owned(),
                        MvtValueRef::UInt(number) => number.to_string(),
                        other => panic!("{other:?}"),
                    };
                    let pairs = feature.properties().map(|pair| pair.unwrap());
                    let properties = pairs.map(|(key, value)| (key.to_owned(), text(value))).collect();
                    found.entry(layer.name().to_owned()).or_default().push(properties);
                }
            }
        }
    }
    found
}

#[test]
fn every_report_stands_once_close_by_and_is_counted_once_far_off() {
    let office = office();
    for zoom in [5, 9, 12, 13] {
        let found = drawn(&office, "officer", zoom, "");
        let sum =
            |field: &str| found["report_counts"].iter().map(|cell| cell[field].parse::<u32>().unwrap()).sum::<u32>();
        assert_eq!((sum("reports"), sum("outside")), (4, 1), "zoom {zoom}: {found:?}");
        assert!(!found.contains_key("reports"));
    }
    for zoom in [15, 18] {
        let found = drawn(&office, "officer", zoom, "");
        assert_eq!(found["reports"].len(), 4, "zoom {zoom}");
        assert!(!found.contains_key("report_counts"));
        let listed = office.json("officer", "/v1/reports");
        for report in listed["reports"].as_array().unwrap() {
            let own = found["reports"].iter().find(|own| own["report"] == report["id"].as_str().unwrap()).unwrap();
            assert_eq!(own["category"], report["category"].as_str().unwrap());
        }
    }
    // those of a kind, and those that are new
    assert_eq!(drawn(&office, "officer", 15, "?category=%E8%B7%AF%E7%81%AF")["reports"].len(), 3);
    assert!(drawn(&office, "officer", 15, "?since=2099-01-01").is_empty());
    office.ask("officer", "GET", "/tiles/reports/15/0/0?since=x", None).problem(400);
    // one more is there at once
    let report = json!({"category": "c", "text": "t", "lon": 121.04, "lat": 31.01, "crs": "wgs84"});
    assert_eq!(office.ask("anonymous", "POST", "/v1/reports", Some(&report)).status, 201);
    assert_eq!(drawn(&office, "officer", 15, "")["reports"].len(), 5);
    let described: Value = office.json("officer", "/tiles/reports?category=c&since=2020-01-01");
    assert!(described["tiles"][0].as_str().unwrap().ends_with("?category=c&since=2020-01-01"), "{described}");
}

#[test]
fn reports_are_drawn_for_who_may_read_them_alone() {
    let office = office();
    office.server.get("/tiles/reports/15/0/0").problem(401);
    office.server.get("/tiles/reports").problem(401);
    let listed = |login: &str| office.json(login, "/v1/reports")["reports"].as_array().unwrap().len();
    for login in ["officer-a", "officer-b", "officer"] {
        assert_eq!(drawn(&office, login, 15, "")["reports"].len(), listed(login), "{login}");
    }
    let names = |tiles: &Value| -> Vec<String> {
        tiles["layers"].as_array().unwrap().iter().map(|layer| layer["name"].as_str().unwrap().to_owned()).collect()
    };
    assert!(names(&office.json("officer", "/tiles")).contains(&"reports".to_owned()));
    assert!(!names(&office.server.json("/tiles")).contains(&"reports".to_owned()));
}
