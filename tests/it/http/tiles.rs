//! Vector tiles, decoded and held against what locate says.

use std::collections::BTreeMap;

use fast_mvt::{MvtGeometry, MvtReaderRef, MvtValueRef};
use serde_json::json;
use wangge::geom::{LatticePoint, LonLat};
use wangge::tile::{EXTENT, TileId};

use super::district::{at, grids};
use super::server::Server;

struct Feature {
    layer: String,
    code: String,
    properties: BTreeMap<String, String>,
    geometry: MvtGeometry,
}

fn decode(bytes: &[u8]) -> Vec<Feature> {
    let reader = MvtReaderRef::new(bytes).unwrap();
    let mut features = Vec::new();
    for layer in reader.layers() {
        assert_eq!((layer.version(), i64::from(layer.extent())), (2, EXTENT));
        for feature in layer.features() {
            assert!(feature.id().is_some_and(|id| id > 0));
            let text = |value: MvtValueRef<'_>| match value {
                MvtValueRef::String(text) => text.to_owned(),
                MvtValueRef::UInt(number) => number.to_string(),
                other => panic!("{other:?}"),
            };
            let properties: BTreeMap<_, _> = feature
                .properties()
                .map(|pair| pair.unwrap())
                .map(|(key, value)| (key.to_owned(), text(value)))
                .collect();
            let geometry = feature.geometry().unwrap();
            features.push(Feature {
                layer: layer.name().to_owned(),
                code: properties["code"].clone(),
                properties,
                geometry,
            });
        }
    }
    features
}

fn tile(server: &Server, layer: &str, id: TileId) -> Vec<Feature> {
    let answer = server.get(&format!("/tiles/{layer}/{id}"));
    assert_eq!(answer.status, 200, "{id}");
    assert_eq!(answer.header("content-type"), "application/vnd.mapbox-vector-tile");
    decode(&answer.bytes)
}

/// Even-odd, the plain way.
fn holds(geometry: &MvtGeometry, x: f64, y: f64) -> bool {
    let polygons = match geometry {
        MvtGeometry::Polygon(polygon) => vec![polygon.clone()],
        MvtGeometry::MultiPolygon(polygons) => polygons.0.clone(),
        other => panic!("{other:?}"),
    };
    let mut inside = false;
    for ring in polygons.iter().flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors())) {
        for edge in ring.lines() {
            let (a, b) =
                ((f64::from(edge.start.x), f64::from(edge.start.y)), (f64::from(edge.end.x), f64::from(edge.end.y)));
            if (a.1 > y) != (b.1 > y) && x < a.0 + (y - a.1) / (b.1 - a.1) * (b.0 - a.0) {
                inside = !inside;
            }
        }
    }
    inside
}

/// Where a lattice point lies in a tile, by the plain formula.
fn place(id: TileId, point: LatticePoint) -> (f64, f64) {
    let LonLat { lon_deg, lat_deg } = point.to_lon_lat();
    let side = f64::from(1_u32 << id.z());
    let x = (lon_deg + 180.0) / 360.0 * side - f64::from(id.x());
    let y = (1.0 - lat_deg.to_radians().tan().asinh() / std::f64::consts::PI) / 2.0 * side - f64::from(id.y());
    (x * EXTENT as f64, y * EXTENT as f64)
}

#[test]
fn a_point_in_a_grid_lies_in_that_grids_tile_polygon_and_in_no_other() {
    let server = Server::published();
    for (point, code) in [
        (LatticePoint::new(at(0, 0).x_e7 + 50_000, at(0, 0).y_e7 + 50_000), "A-001"),
        (at(4, 1), "A-002"),
        (LatticePoint::new(at(1, 1).x_e7 + 50_000, at(1, 1).y_e7 + 50_000), "B-001"),
        (at(2, 4), "B-002"),
        (at(4, 4), "B-002"),
    ] {
        let LonLat { lon_deg, lat_deg } = point.to_lon_lat();
        let located = server.json(&format!("/v1/locate?lon={lon_deg}&lat={lat_deg}&crs=wgs84"));
        assert_eq!(located["grid"]["code"], code);
        for z in [10, 13, 16, 20] {
            let id = TileId::holding(z, point).unwrap();
            let (x, y) = place(id, point);
            let features = tile(&server, "grids", id);
            let holders: Vec<_> = features
                .iter()
                .filter(|f| f.layer == "grids" && holds(&f.geometry, x, y))
                .map(|f| f.code.as_str())
                .collect();
            assert_eq!(holders, [code], "{id}");
        }
    }
}

#[test]
fn features_carry_the_properties_of_the_contract() {
    let server = Server::published();
    let id = TileId::holding(11, at(3, 2)).unwrap();
    let of = |layer: &str, name: &str, code: &str| -> Vec<(String, String)> {
        let features = tile(&server, layer, id);
        let found = features.into_iter().find(|f| f.layer == name && f.code == code);
        found.unwrap_or_else(|| panic!("{name} {code}")).properties.into_iter().collect()
    };
    let pairs =
        |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<Vec<_>>();
    let grid = [
        ("code", "A-001"),
        ("households", "620"),
        ("jurisdiction", "A"),
        ("level", "0"),
        ("name", "A-001 网格"),
        ("population", "1860"),
        ("status", "over"),
    ];
    assert_eq!(of("grids", "grids", "A-001"), pairs(&grid));
    assert_eq!(of("grids", "grid_labels", "A-001"), pairs(&[grid[0], grid[1], grid[4], grid[6]]));
    let atom = [
        ("code", "B3"),
        ("grid", "B-002"),
        ("households", "150"),
        ("jurisdiction", "B"),
        ("kind", "area"),
        ("level", "atom"),
        ("origin", "counted"),
        ("population", "450"),
    ];
    assert_eq!(of("atoms", "atoms", "B3"), pairs(&atom));
    // an atom in no grid says none
    assert_eq!(of("atoms", "atoms", "U").iter().filter(|(key, _)| key == "grid").count(), 0);
    let community = [("code", "B"), ("level", "2"), ("level_name", "community"), ("name", "西湖社区")];
    assert_eq!(of("jurisdictions", "jurisdictions", "B"), pairs(&community));
    assert_eq!(of("jurisdictions", "jurisdiction_labels", "B"), pairs(&community));
}

#[test]
fn neighbouring_grids_share_their_border_in_every_tile() {
    let server = Server::published();
    for z in 8..=16 {
        let id = TileId::holding(z, at(3, 1)).unwrap();
        let features = tile(&server, "grids", id);
        let corners = |code: &str| -> Vec<(i32, i32)> {
            let feature = features.iter().find(|f| f.layer == "grids" && f.code == code).unwrap();
            let MvtGeometry::Polygon(polygon) = &feature.geometry else { panic!("{:?}", feature.geometry) };
            polygon.exterior().coords().map(|c| (c.x, c.y)).collect()
        };
        let (a, b) = (corners("A-001"), corners("A-002"));
        let east = a.iter().map(|c| c.0).max().unwrap();
        assert_eq!(east, b.iter().map(|c| c.0).min().unwrap(), "{id}");
    }
}

#[test]
fn a_label_stands_in_one_tile_of_a_zoom() {
    let server = Server::published();
    let names =
        |codes: &[&str]| -> BTreeMap<String, usize> { codes.iter().map(|&code| (code.to_owned(), 1)).collect() };
    let grids: Vec<String> = grids().into_iter().map(|grid| grid.code).collect();
    let grids: Vec<&str> = grids.iter().map(String::as_str).collect();
    // far off, where grids would be specks, what they lie in stands for them
    for (z, expected) in [(0, names(&["D"])), (13, names(&grids)), (15, names(&grids))] {
        let (north_west, south_east) = (TileId::holding(z, at(-1, 6)).unwrap(), TileId::holding(z, at(8, -1)).unwrap());
        let mut times: BTreeMap<String, usize> = BTreeMap::new();
        for x in north_west.x()..=south_east.x() {
            for y in north_west.y()..=south_east.y() {
                let answer = server.get(&format!("/tiles/grids/{z}/{x}/{y}"));
                for feature in decode(&answer.bytes).into_iter().filter(|f| f.layer == "grid_labels") {
                    *times.entry(feature.code).or_default() += 1;
                }
            }
        }
        assert_eq!(times, expected, "zoom {z}");
    }
}

#[test]
fn tiles_are_named_by_what_is_in_force_and_kept_for_good_only_by_that_name() {
    let server = Server::published();
    let version = server.json("/v1/workspace")["tiles_version"].as_str().unwrap().to_owned();
    let id = TileId::holding(12, at(3, 2)).unwrap();
    let plain = server.get(&format!("/tiles/grids/{id}"));
    assert_eq!(plain.header("cache-control"), "public, no-cache");
    let etag = plain.header("etag").to_owned();
    let again = server.get_with(&format!("/tiles/grids/{id}"), &[("if-none-match", &etag)]);
    assert_eq!((again.status, again.bytes.len(), again.header("etag")), (304, 0, etag.as_str()));
    let named = server.get(&format!("/tiles/grids/{id}?v={version}"));
    assert_eq!(named.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(named.bytes, plain.bytes);
    assert_eq!(server.get(&format!("/tiles/grids/{id}?v=1")).header("cache-control"), "public, no-cache");
    assert_eq!(server.get("/tiles/grids/12/0/0").status, 204);
    server.elsewhere(|store| async move { super::district::publish_second(&*store, super::district::NOW_MS).await });
    server.wait_for("/v1/workspace", |workspace| workspace["tiles_version"] != json!(version));
    let changed = server.get_with(&format!("/tiles/grids/{id}"), &[("if-none-match", &etag)]);
    assert_eq!(changed.status, 200);
    assert_ne!(changed.bytes, plain.bytes);
    // a view that began before goes on with the tiles it began with
    let before = server.get(&format!("/tiles/grids/{id}?v={version}"));
    assert_eq!((&before.bytes, before.header("etag")), (&plain.bytes, etag.as_str()));
    assert_eq!(before.header("cache-control"), "public, max-age=31536000, immutable");
}

#[test]
fn tiles_go_out_as_they_are_kept_in_what_a_client_takes() {
    let server = Server::published();
    let id = TileId::holding(12, at(3, 2)).unwrap();
    let path = format!("/tiles/grids/{id}");
    let plain = server.get(&path);
    assert_eq!(plain.header("vary"), "accept-encoding");
    let mut tags = vec![plain.header("etag").to_owned()];
    for coding in ["gzip", "br", "zstd"] {
        // first cut by the router's way, then answered from memory
        let first = server.get_with(&path, &[("accept-encoding", coding)]);
        let again = server.get_with(&path, &[("accept-encoding", coding)]);
        assert_eq!((first.status, first.header("content-encoding")), (200, coding));
        assert_ne!(first.bytes, plain.bytes);
        for name in ["etag", "content-encoding", "content-type", "cache-control", "vary", "x-content-type-options"] {
            assert_eq!(first.header(name), again.header(name), "{coding}: {name}");
        }
        assert_eq!(first.bytes, again.bytes);
        let known = server.get_with(&path, &[("accept-encoding", coding), ("if-none-match", first.header("etag"))]);
        assert_eq!((known.status, known.bytes.len()), (304, 0), "{coding}");
        tags.push(first.header("etag").to_owned());
    }
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), 4, "each form has a tag of its own");
    assert_eq!(server.get_with(&path, &[("accept-encoding", "identity;q=0, gzip;q=0")]).status, 406);
}

#[test]
fn tilejson_says_where_tiles_are_and_what_is_in_them() {
    let server = Server::published();
    let described = server.json("/tiles/grids");
    assert_eq!(
        (&described["tilejson"], &described["minzoom"], &described["maxzoom"]),
        (&json!("3.0.0"), &json!(0), &json!(16))
    );
    assert_eq!(described["bounds"], json!([121.0, 31.0, 121.06, 31.05]));
    let layers: Vec<_> =
        described["vector_layers"].as_array().unwrap().iter().map(|layer| layer["id"].clone()).collect();
    assert_eq!(layers, [json!("grids"), json!("grid_labels")]);
    assert!(described["vector_layers"][0]["fields"]["status"].is_string());
    let template = described["tiles"][0].as_str().unwrap();
    let id = TileId::holding(12, at(3, 2)).unwrap();
    let path = template.replace("{z}", "12").replace("{x}", &id.x().to_string()).replace("{y}", &id.y().to_string());
    let path = path.strip_prefix(&server.url("")).expect("an absolute address of this server");
    assert_eq!(server.get(path).header("cache-control"), "public, max-age=31536000, immutable");
    assert!(server.json("/tiles/atoms")["minzoom"].as_u64().unwrap() > 0);
}

#[test]
fn hexagons_count_every_atom_once_at_every_zoom_and_tell_strangers_no_counts() {
    let server = Server::published();
    let mut sizes = std::collections::BTreeSet::new();
    for z in [0, 5, 9, 11, 12, 13, 14, 16] {
        let (north_west, south_east) = (TileId::holding(z, at(-1, 6)).unwrap(), TileId::holding(z, at(8, -1)).unwrap());
        let mut cells: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for x in north_west.x()..=south_east.x() {
            for y in north_west.y()..=south_east.y() {
                let answer = server.get(&format!("/tiles/cells/{z}/{x}/{y}"));
                for feature in decode(&answer.bytes) {
                    assert_eq!(feature.layer, "cells");
                    let before = cells.insert(feature.code.clone(), feature.properties.clone());
                    assert!(before.is_none_or(|before| before == feature.properties), "one cell, one answer");
                }
            }
        }
        let sum = |name: &str| -> u64 {
            cells.values().filter_map(|cell| cell.get(name)).map(|count| count.parse::<u64>().unwrap()).sum()
        };
        let workspace = server.json("/v1/workspace");
        assert_eq!(json!(sum("atoms")), workspace["counts"]["atoms"], "zoom {z}");
        let atoms = super::district::dataset().atoms;
        let all: u64 = atoms.iter().filter_map(|atom| atom.households).map(u64::from).sum();
        assert_eq!(sum("households"), all, "zoom {z}");
        assert!(sum("grids") >= grids().len() as u64, "zoom {z}");
        // the second digit of a number is its size
        sizes.extend(cells.keys().map(|code| code.as_bytes()[1]));
    }
    assert!(sizes.len() >= 7, "{sizes:?}");
    let office = super::staff::Office::new();
    let id = TileId::holding(12, at(3, 2)).unwrap();
    let proxied = [("x-forwarded-for", "198.51.100.7")];
    let answer = office.ask_with("anonymous", "GET", &format!("/tiles/cells/{id}"), None, &proxied);
    let told: Vec<_> = decode(&answer.bytes).into_iter().flat_map(|cell| cell.properties.into_keys()).collect();
    assert!(!told.is_empty() && told.iter().all(|name| name == "code" || name == "grids"), "{told:?}");
}
