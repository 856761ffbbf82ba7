//! Tiles of drafts: any revision, and which of them a stroke changes.

use std::collections::BTreeSet;

use fast_mvt::{MvtReaderRef, MvtValueRef};
use serde_json::{Value, json};
use wangge::geom::LatticePoint;
use wangge::tile::TileId;

use super::drafts::{Page, done, grid, moved, named, office, post};
use super::staff::Office;

/// Every tile in which the district could be drawn, and those around them.
fn tiles() -> impl Iterator<Item = TileId> {
    (9..=16_u8).flat_map(|zoom| {
        let corner = |lon_e7, lat_e7| TileId::holding(zoom, LatticePoint::new(lon_e7, lat_e7)).unwrap();
        let (north_west, south_east) = (corner(1_209_900_000, 310_600_000), corner(1_210_400_000, 309_900_000));
        let rows = north_west.y()..=south_east.y();
        (north_west.x()..=south_east.x()).flat_map(move |x| rows.clone().map(move |y| TileId::new(zoom, x, y).unwrap()))
    })
}

fn drawn(office: &Office, layer: &str, id: TileId, query: &str) -> Vec<u8> {
    let answer = office.ask("planner", "GET", &format!("/tiles/{layer}/{id}?{query}"), None);
    assert!(matches!(answer.status, 200 | 204), "{}", answer.text());
    assert_eq!(answer.status == 204, answer.bytes.is_empty());
    let kept = if query.contains("rev=") { "private, max-age=31536000, immutable" } else { "private, no-cache" };
    assert_eq!(answer.header("cache-control"), kept);
    answer.bytes
}

/// The values of a property in a tile.
fn values(bytes: &[u8], property: &str) -> BTreeSet<String> {
    let reader = MvtReaderRef::new(bytes).unwrap();
    let mut found = BTreeSet::new();
    for layer in reader.layers() {
        for feature in layer.features() {
            for pair in feature.properties() {
                let (key, value) = pair.unwrap();
                assert!(matches!(key, "code" | "name" | "grid" | "left" | "right" | "level"), "{key} is not told");
                if let (true, MvtValueRef::String(text)) = (key == property, value) {
                    found.insert(text.to_owned());
                }
            }
        }
    }
    found
}

fn set(codes: &[&str]) -> BTreeSet<String> {
    codes.iter().map(|&code| code.to_owned()).collect()
}

/// Every tile of both layers at a revision.
fn all(office: &Office, plan: i64, rev: i64) -> Vec<(TileId, [Vec<u8>; 2])> {
    let query = format!("plan={plan}&rev={rev}");
    tiles().map(|id| (id, ["grids", "borders"].map(|layer| drawn(office, layer, id, &query)))).collect()
}

#[test]
fn a_stroke_changes_the_tiles_that_are_told_and_no_other_and_earlier_revisions_stay() {
    let (office, plan) = office();
    let (two, three) = (grid(&office, plan, "B-102"), grid(&office, plan, "B-103"));
    let mut page = Page::plain(&office, plan);
    let home = TileId::holding(12, LatticePoint::new(1_210_100_000, 310_400_000)).unwrap();
    let first = all(&office, plan, 0);
    // of all tiles of a zoom
    let said = |revision: &[(TileId, [Vec<u8>; 2])], layer: usize, property: &str| -> BTreeSet<String> {
        let of_zoom = revision.iter().filter(|(id, _)| id.z() == home.z());
        of_zoom.flat_map(|(_, layers)| values(&layers[layer], property)).collect()
    };
    assert_eq!(said(&first, 0, "code"), set(&["B-101", "B-102", "B-103"]));
    assert!(said(&first, 0, "grid").contains(&two));
    assert!(said(&first, 1, "left").is_subset(&set(&["B-101", "B-102", "B-103"])));
    assert!(first.iter().filter(|(id, _)| id.z() < 10).all(|(_, layers)| layers.iter().all(Vec::is_empty)));

    let ops = [
        moved("o1", Some(&three), Some(&two), &[4, 1]),
        named("o2", &two, "B-102 网格", "湖滨"),
        json!({"id": "o3", "kind": "lock", "locks": [{"atoms": [3, 2], "locked": true}]}),
    ];
    done(&post(&office, "planner", plan, 0, &ops));
    let mut told = Vec::new();
    for rev in 1..=3 {
        let (_, heard) = page.next("tiles");
        assert_eq!(heard["rev"], rev);
        let tiles = heard["tiles"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned());
        told.push(tiles.collect::<BTreeSet<_>>());
    }
    let mut before = first.clone();
    for (rev, told) in (1..).zip(&told) {
        let after = all(&office, plan, rev);
        let mut changed = 0;
        for ((id, old), (_, new)) in before.iter().zip(&after) {
            changed += usize::from(old != new);
            assert!(old == new || told.contains(&id.to_string()), "revision {rev}, tile {id}");
        }
        assert_eq!(changed > 0, rev < 3, "revision {rev}");
        assert_eq!(told.is_empty(), rev == 3, "a lock is not drawn");
        before = after;
    }
    assert_eq!(said(&before, 0, "code"), set(&["B-101", "B-102"]));
    assert!(said(&before, 0, "name").contains("湖滨"));
    assert!(first == all(&office, plan, 0), "a revision never changes");
    let newest = &before.iter().find(|(id, _)| *id == home).unwrap().1[0];
    assert_eq!(&drawn(&office, "grids", home, &format!("plan={plan}")), newest, "the newest");
    // who comes back and missed some is told that any may be others
    let mut back = Page::open_heard(&office, plan, "1");
    assert_eq!(back.next("tiles").1, json!({"rev": 3, "tiles": null}));
}

#[test]
fn tiles_of_a_draft_are_for_who_reads_the_plan_and_of_what_it_has() {
    let (office, plan) = office();
    let tile = |login: &str, layer: &str, query: &str| {
        office.ask(login, "GET", &format!("/tiles/{layer}/14/13698/6695?{query}"), None)
    };
    tile("planner-a", "grids", &format!("plan={plan}")).problem(403);
    let stranger = office.server.get(&format!("/tiles/grids/14/13698/6695?plan={plan}"));
    assert!(matches!(stranger.status, 401 | 403), "{}", stranger.text());
    tile("planner", "grids", "plan=99").problem(404);
    tile("planner", "grids", &format!("plan={plan}&rev=1")).problem(404);
    for (layer, query) in
        [("atoms", format!("plan={plan}")), ("grids", "plan=x".to_owned()), ("grids", format!("plan={plan}&rev=-1"))]
    {
        let answer = tile("planner", layer, &query);
        assert!(matches!(answer.status, 400 | 404), "{query}: {}", answer.text());
    }
    let described: Value = office.json("planner", &format!("/tiles/borders?plan={plan}"));
    let template = described["tiles"][0].as_str().unwrap();
    assert!(template.ends_with(&format!("/tiles/borders/{{z}}/{{x}}/{{y}}?plan={plan}&rev=0")), "{template}");
    assert_eq!((&described["minzoom"], &described["vector_layers"][0]["id"]), (&json!(10), &json!("borders")));
    let described = office.json("planner", &format!("/tiles/grids?plan={plan}&rev=0"));
    let words = described["vector_layers"][0]["fields"]["grid"].as_str().unwrap();
    assert!(words.contains("草案"), "{words}");
}
