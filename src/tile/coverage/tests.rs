//! Claims on tiles of coverages, decoded by the reader of another crate.

use std::collections::{BTreeMap, BTreeSet};

use fast_mvt::MvtReaderRef;
use proptest::prelude::*;

use super::*;
use crate::geom::geo_types::Geometry;
use crate::tile::TileSource;
use crate::tile::cut::Spot;
use crate::tile::mercator::{BUFFER, EXTENT};

const LOW: i32 = -(BUFFER as i32);
const HIGH: i32 = (EXTENT + BUFFER) as i32;

/// The rings of each feature, outer ones first in each polygon, closed without repeating the first spot.
pub(in crate::tile) type Decoded = BTreeMap<u64, Vec<Vec<Vec<Spot>>>>;

pub(in crate::tile) fn decode(bytes: &[u8]) -> Decoded {
    let reader = MvtReaderRef::new(bytes).unwrap();
    let mut found = Decoded::new();
    for layer in reader.layers() {
        for feature in layer.features() {
            let polygons = match feature.geometry().unwrap() {
                Geometry::Polygon(polygon) => vec![polygon],
                Geometry::MultiPolygon(polygons) => polygons.0,
                other => panic!("{other:?}"),
            };
            let ring = |line: &crate::geom::geo_types::LineString<i32>| {
                let mut spots: Vec<Spot> = line.0.iter().map(|c| (c.x, c.y)).collect();
                assert_eq!(spots.pop(), spots.first().copied(), "a ring is closed");
                spots
            };
            let rings = |p: &crate::geom::geo_types::Polygon<i32>| {
                std::iter::once(p.exterior()).chain(p.interiors()).map(ring).collect()
            };
            let before = found.insert(feature.id().unwrap(), polygons.iter().map(rings).collect());
            assert!(before.is_none(), "a feature stands once in a tile");
        }
    }
    found
}

fn cross(o: Spot, a: Spot, b: Spot) -> i64 {
    i64::from(a.0 - o.0) * i64::from(b.1 - o.1) - i64::from(a.1 - o.1) * i64::from(b.0 - o.0)
}

pub(in crate::tile) fn area_2(ring: &[Spot]) -> i64 {
    (0..ring.len()).map(|i| cross((0, 0), ring[i], ring[(i + 1) % ring.len()])).sum()
}

fn edges(ring: &[Spot]) -> impl Iterator<Item = (Spot, Spot)> + '_ {
    (0..ring.len()).map(|i| (ring[i], ring[(i + 1) % ring.len()]))
}

/// Whether two edges meet anywhere but at a common end.
fn clash((a, b): (Spot, Spot), (c, d): (Spot, Spot)) -> bool {
    let on = |p: Spot| {
        p != a
            && p != b
            && cross(a, b, p) == 0
            && (a.0.min(b.0)..=a.0.max(b.0)).contains(&p.0)
            && (a.1.min(b.1)..=a.1.max(b.1)).contains(&p.1)
    };
    if (a, b) == (c, d) || (a, b) == (d, c) || on(c) || on(d) {
        return true;
    }
    let sides = (cross(a, b, c).signum() * cross(a, b, d).signum(), cross(c, d, a).signum() * cross(c, d, b).signum());
    sides.0 < 0 && sides.1 < 0
}

/// What OGC simple features ask of a multipolygon, the plain way: every pair of edges.
pub(in crate::tile) fn check_valid(id: u64, polygons: &[Vec<Vec<Spot>>]) {
    let all: Vec<(Spot, Spot)> = polygons.iter().flatten().flat_map(|ring| edges(ring)).collect();
    for (i, &one) in all.iter().enumerate() {
        for &two in &all[..i] {
            assert!(!clash(one, two) && !clash(two, one), "feature {id}: {one:?} meets {two:?}");
        }
    }
    for rings in polygons {
        for (i, ring) in rings.iter().enumerate() {
            assert!(ring.len() >= 3, "feature {id}");
            assert_eq!(ring.iter().collect::<BTreeSet<_>>().len(), ring.len(), "feature {id}: a ring meets itself");
            assert!(if i == 0 { area_2(ring) > 0 } else { area_2(ring) < 0 }, "feature {id}: winding");
        }
        // the inside hangs together: rings that touch form no circle
        let mut group: Vec<usize> = (0..rings.len()).collect();
        let mut at: BTreeMap<Spot, usize> = BTreeMap::new();
        for (i, ring) in rings.iter().enumerate() {
            for &spot in ring {
                if let Some(&other) = at.get(&spot) {
                    let (one, two) = (group[i], group[other]);
                    assert_ne!(one, two, "feature {id}: rings cut its inside apart");
                    group.iter_mut().filter(|g| **g == one).for_each(|g| *g = two);
                } else {
                    at.insert(spot, i);
                }
            }
        }
    }
}

/// Every edge runs once each way, but for those of the rim, which run once around: then each place of the tile lies in exactly
/// one feature.
pub(in crate::tile) fn check_partition(decoded: &Decoded) {
    let mut net: BTreeMap<(Spot, Spot), i32> = BTreeMap::new();
    let mut sum_2 = 0;
    for ring in decoded.values().flatten().flatten() {
        sum_2 += area_2(ring);
        for (a, b) in edges(ring) {
            *net.entry((a.min(b), a.max(b))).or_default() += if a < b { 1 } else { -1 };
        }
    }
    for (&(a, b), &times) in &net {
        let rim = (a.0 == b.0 && (a.0 == LOW || a.0 == HIGH)) || (a.1 == b.1 && (a.1 == LOW || a.1 == HIGH));
        assert_eq!(times.abs(), i32::from(rim), "{a:?} {b:?}");
    }
    let side = i64::from(HIGH - LOW);
    assert_eq!(sum_2, 2 * side * side);
}

/// A patch of cells whose columns and rows are anything from less than a unit to a tile wide, with bent borders, around the
/// corner of some tile; and which shape each cell is of.
#[derive(Debug, Clone)]
pub(in crate::tile) struct Patch {
    pub zoom: u8,
    /// Lattice units, of columns and of rows.
    widths: [Vec<i64>; 2],
    pub labels: Vec<u32>,
    seed: u64,
}

pub(in crate::tile) fn patches() -> impl Strategy<Value = Patch> {
    (6..=20_u8, 2..9_usize, 2..9_usize, 2..7_u32, any::<u64>()).prop_flat_map(|(zoom, columns, rows, shapes, seed)| {
        let unit = f64::from(1 << (20 - zoom));
        let width = (-2.0..11.0_f64).prop_map(move |log| ((log.exp2() * unit) as i64).clamp(3, 1 << 26));
        let widths = [prop::collection::vec(width.clone(), columns), prop::collection::vec(width, rows)];
        (widths, prop::collection::vec(0..shapes, columns * rows), Just((zoom, seed)))
            .prop_map(|(widths, labels, (zoom, seed))| Patch { zoom, widths, labels, seed })
    })
}

impl Patch {
    /// The shapes in world units, the whole surrounded by one more of them; and a tile amid them.
    pub fn shapes(&self) -> (Vec<MultiPolygon>, TileId) {
        let mut state = self.seed | 1;
        let mut random = move |below: i64| {
            // xorshift64 (Marsaglia 2003)
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            if below <= 0 { 0 } else { (state % below as u64) as i64 }
        };
        let unit = 1_i64 << (20 - self.zoom);
        // the tile's corner, and where the patch begins near it
        let tile = TileId::new(self.zoom, (1 << self.zoom) / 3, (1 << self.zoom) / 5).unwrap();
        let corner = [tile.x(), tile.y()].map(|t| (i64::from(t) * 4096) * unit - MIDDLE);
        let around = 4096 * 2 * unit;
        let lines = [0, 1].map(|axis| {
            let total: i64 = self.widths[axis].iter().sum();
            let mut at = corner[axis] + random(4300 * unit) - random(total);
            // a frame that holds the whole tile
            let mut lines = vec![(corner[axis] - around).min(at - around), at];
            for width in &self.widths[axis] {
                at += width;
                lines.push(at);
            }
            lines.push((corner[axis] + 2 * around).max(at + around));
            lines
        });
        let (columns, rows) = (lines[0].len() - 1, lines[1].len() - 1);
        // every line keeps to a strip of its own: a third of the way to the next
        let room = |axis: usize, i: usize| {
            let l: &Vec<i64> = &lines[axis];
            let before = if i == 0 { 3 } else { l[i] - l[i - 1] };
            let after = if i + 1 == l.len() { 3 } else { l[i + 1] - l[i] };
            ((before.min(after) - 1) / 3).max(0)
        };
        let mut wobble = |axis: usize, i: usize| {
            let room = room(axis, i);
            lines[axis][i] + random(2 * room + 1) - room
        };
        let mut nodes = vec![vec![(0, 0); rows + 1]; columns + 1];
        for (i, column) in nodes.iter_mut().enumerate() {
            for (j, node) in column.iter_mut().enumerate() {
                *node = (wobble(0, i), wobble(1, j));
            }
        }
        // borders along rows and columns, with more points on the way
        let mut border = |axis: usize, i: usize, j: usize| -> Vec<(i64, i64)> {
            let (from, to) = if axis == 0 { (nodes[i][j], nodes[i + 1][j]) } else { (nodes[i][j], nodes[i][j + 1]) };
            let (k, across) = if axis == 0 { (i, j) } else { (j, i) };
            let (start, end) = (lines[axis][k] + room(axis, k) + 1, lines[axis][k + 1] - room(axis, k + 1) - 1);
            let count = 1 + (i * 7 + j * 3) as i64 % 9;
            let mut points = vec![from];
            for step in 1..count {
                let along = start + (end - start) * step / count;
                let other = wobble(1 - axis, across);
                let previous = *points.last().unwrap();
                let along_of = |p: (i64, i64)| if axis == 0 { p.0 } else { p.1 };
                if along > along_of(previous) && along < end && along >= start {
                    points.push(if axis == 0 { (along, other) } else { (other, along) });
                }
            }
            points.push(to);
            points
        };
        let mut horizontal = BTreeMap::new();
        let mut vertical = BTreeMap::new();
        for i in 0..=columns {
            for j in 0..=rows {
                if i < columns {
                    horizontal.insert((i, j), border(0, i, j));
                }
                if j < rows {
                    vertical.insert((i, j), border(1, i, j));
                }
            }
        }
        let count = 2 + self.labels.iter().max().unwrap();
        let mut shapes = vec![MultiPolygon::default(); count as usize];
        for i in 0..columns {
            for j in 0..rows {
                let inner = (1..columns - 1).contains(&i) && (1..rows - 1).contains(&j);
                let label = if inner { self.labels[(i - 1) + (j - 1) * (columns - 2)] } else { count - 1 };
                let mut ring = horizontal[&(i, j)].clone();
                ring.extend(&vertical[&(i + 1, j)]);
                ring.extend(horizontal[&(i, j + 1)].iter().rev());
                ring.extend(vertical[&(i, j)].iter().rev());
                let ring = Ring::new(ring.into_iter().map(|(x, y)| LatticePoint::new(x as i32, y as i32)).collect());
                shapes[label as usize].0.push(Polygon { exterior: ring, holes: vec![] });
            }
        }
        (shapes, tile)
    }
}

/// The segments of all borders of a tile, from their smaller end, each with its level and what lies to its left and right.
fn strokes(source: &TileSource, id: TileId) -> BTreeSet<(Spot, Spot, [String; 3])> {
    let bytes = source.tile(id).unwrap_or_default();
    let reader = MvtReaderRef::new(&bytes).unwrap();
    let mut found = BTreeSet::new();
    for feature in reader.layers().flat_map(|layer| layer.features().collect::<Vec<_>>()) {
        let says: BTreeMap<String, String> = feature
            .properties()
            .map(Result::unwrap)
            .map(|(key, value)| (key.to_owned(), format!("{value:?}")))
            .collect();
        let say = |key: &str| says.get(key).cloned().unwrap_or_default();
        let (level, left, right) = (say("level"), say("left"), say("right"));
        let Geometry::LineString(line) = feature.geometry().unwrap() else { panic!("a border is one line") };
        let spots = line.0.iter().map(|c| (c.x, c.y)).collect::<Vec<Spot>>();
        found.extend(spots.windows(2).map(|w| {
            let sides = [level.clone(), left.clone(), right.clone()];
            let turned = [level.clone(), right.clone(), left.clone()];
            if w[0] < w[1] { (w[0], w[1], sides) } else { (w[1], w[0], turned) }
        }));
    }
    found
}

fn coverage(shapes: Vec<MultiPolygon>) -> Coverage {
    let mut builder = CoverageBuilder::new("grids", "grid", vec![Field::text("code", "its code")]);
    for (i, shape) in shapes.into_iter().enumerate() {
        builder.feature(i as u64, vec![Value::from(format!("g{i}").as_str())], "grid");
        builder.shapes.push(shape);
    }
    builder.build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 400 } else { 4_000 }))]

    #[test]
    fn every_place_of_a_tile_lies_in_exactly_one_valid_feature(patch in patches()) {
        let (shapes, tile) = patch.shapes();
        let coverage = coverage(shapes);
        let source = TileSource::new(vec![coverage.shapes()]);
        let (x, y) = (tile.x(), tile.y());
        for (x, y) in [(x, y), (x + 1, y), (x, y + 1)] {
            let Some(bytes) = source.tile(TileId::new(tile.z(), x, y).unwrap()) else { panic!("empty") };
            let decoded = decode(&bytes);
            for (&id, polygons) in &decoded {
                check_valid(id, polygons);
            }
            check_partition(&decoded);
        }
        // a zoom out, where more has gone
        let out = TileId::new(tile.z() - 3, x >> 3, y >> 3).unwrap();
        if let Some(bytes) = source.tile(out) {
            for (&id, polygons) in &decode(&bytes) {
                check_valid(id, polygons);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 60 } else { 1_000 }))]

    #[test]
    fn a_tile_that_is_not_among_the_changes_shows_the_same(patch in patches(), cell in any::<prop::sample::Index>(), to in 0..7_u32) {
        let (before, tile) = patch.shapes();
        let mut edited = patch.clone();
        let cell = cell.index(edited.labels.len());
        edited.labels[cell] = to % (1 + patch.labels.iter().max().unwrap());
        // the same number of shapes, so that the surrounding one keeps its id
        let (mut after, _) = edited.shapes();
        while after.len() < before.len() {
            after.insert(after.len() - 1, MultiPolygon::default());
        }
        let (older, newer) = (coverage(before), coverage(after));
        let zooms = tile.z().saturating_sub(2)..=(tile.z() + 2).min(20);
        let changes = older.changes(&newer, zooms.clone());
        prop_assert!(changes.whole_zooms.is_empty() && changes.restated.is_empty());
        let shapes = [&older, &newer].map(|coverage| TileSource::new(vec![coverage.shapes()]));
        let borders = [&older, &newer].map(|coverage| TileSource::new(vec![coverage.borders("borders")]));
        for zoom in zooms {
            let around = |at: u32| {
                let at = if zoom >= tile.z() { at << (zoom - tile.z()) } else { at >> (tile.z() - zoom) };
                at.saturating_sub(2)..at + 6
            };
            for x in around(tile.x()) {
                for y in around(tile.y()) {
                    let Ok(id) = TileId::new(zoom, x, y) else { continue };
                    let told = changes.tiles.binary_search(&id).is_ok();
                    prop_assert!(told || shapes[0].tile(id) == shapes[1].tile(id), "{id}");
                    // a border may be one line or two, as its node elsewhere is there or gone: it is the same border
                    prop_assert!(told || strokes(&borders[0], id) == strokes(&borders[1], id), "{id}: borders");
                }
            }
        }
        prop_assert!(changes.tiles.is_empty() || edited.labels != patch.labels);
    }
}

#[test]
fn a_shape_without_room_at_a_zoom_is_shown_as_its_parent() {
    // at zoom 10 a unit is 858 lattice units: grid 2 is a ninth of one wide
    let column = |from: i32, to: i32| {
        let corners = [(from, 1_000), (to, 1_000), (to, 400_000), (from, 400_000)];
        let ring = Ring::new(corners.iter().map(|&(x, y)| LatticePoint::new(x, y)).collect());
        MultiPolygon(vec![Polygon { exterior: ring, holes: vec![] }])
    };
    let mut builder = CoverageBuilder::new("grids", "grid", vec![Field::text("code", "its code")]);
    for (id, from, to) in [(1, -400_000, 8_583), (2, 8_583, 8_683), (3, 8_683, 400_000)] {
        builder.shape(id, vec![Value::from(format!("g{id}").as_str())], &column(from, to));
    }
    let parents = vec![(101, vec![Value::from("c1")]), (102, vec![Value::from("c2")])];
    assert!(builder.level("community", parents.clone(), vec![0, 0]).is_err());
    assert!(builder.level("community", parents.clone(), vec![0, 0, 2]).is_err());
    builder.level("community", parents, vec![0, 0, 1]).unwrap();
    let coverage = builder.build().unwrap();
    assert_eq!((coverage.level_at(10), coverage.level_at(0)), (0, 1));
    let source = TileSource::new(vec![coverage.shapes()]);
    let shown = |zoom: u8| {
        let tile = TileId::holding(zoom, LatticePoint::new(8_600, 2_000)).unwrap();
        let bytes = source.tile(tile).unwrap();
        (decode(&bytes).into_keys().collect::<Vec<_>>(), bytes.windows(9).any(|w| w == b"community"))
    };
    assert_eq!(shown(16), (vec![1, 2, 3], false));
    assert_eq!(shown(10), (vec![3, 101], true));
    assert_eq!(shown(3), (vec![101, 102], true));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 100 } else { 1_000 }))]

    #[test]
    fn every_place_of_a_tile_lies_in_exactly_one_shape_of_each_level_shown(patch in patches()) {
        let (shapes, tile) = patch.shapes();
        let mut builder = NestBuilder::new("jurisdictions", vec![Field::text("code", "its code")]);
        let code = |level: u64, i: usize| vec![Value::from(format!("{level}-{i}").as_str())];
        // two districts: the outer one, and all that lies in it
        builder.level();
        let (last, within) = shapes.split_last().unwrap();
        let inner = MultiPolygon(within.iter().flat_map(|shape| shape.0.clone()).collect());
        builder.projected(1_000, code(1, 0), inner);
        builder.projected(1_001, code(1, 1), last.clone());
        builder.level();
        for (i, shape) in shapes.iter().enumerate() {
            builder.projected(i as u64, code(2, i), shape.clone());
        }
        let source = TileSource::new(vec![builder.build().unwrap()]);
        for zoom in [tile.z(), tile.z() - 2] {
            let away = tile.z() - zoom;
            let Some(bytes) = source.tile(TileId::new(zoom, tile.x() >> away, tile.y() >> away).unwrap()) else { continue };
            let (outer, finer): (Decoded, Decoded) = decode(&bytes).into_iter().partition(|(id, _)| *id >= 1_000);
            prop_assert!(!outer.is_empty(), "the outermost level is always shown");
            for level in [outer, finer].into_iter().filter(|level| !level.is_empty()) {
                for (&id, polygons) in &level {
                    check_valid(id, polygons);
                }
                if away == 0 {
                    check_partition(&level);
                }
            }
        }
    }
}
