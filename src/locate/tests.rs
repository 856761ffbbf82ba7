//! Laws of the index: it answers what the rings say, everywhere, and takes nothing for a partition that is none.

use std::collections::HashMap;

use proptest::prelude::*;

use super::synthetic::{self, Draw, Points};
use super::*;
use crate::geom::{LatticePoint, LonLat, MultiPolygon, Polygon, Ring, segment_distance_m};

fn ring(points: &[(i32, i32)]) -> Ring {
    Ring::new(points.iter().map(|&(x, y)| LatticePoint::new(x, y)).collect())
}

fn face(points: &[(i32, i32)]) -> MultiPolygon {
    MultiPolygon(vec![Polygon { exterior: ring(points), holes: vec![] }])
}

fn index(faces: &[MultiPolygon]) -> Result<CoverageIndex, NotPartition> {
    CoverageIndex::new(&faces.iter().collect::<Vec<_>>())
}

/// A coverage from a drawing: cells of a raster by label, each cell corner moved to where `warp` puts it; label 0 is
/// nobody's. Holes, enclaves, islands, and faces of many parts that touch at corners all come from it.
fn drawn(cells: &[Vec<u32>], warp: &dyn Fn(usize, usize) -> LatticePoint) -> Vec<MultiPolygon> {
    let (rows, columns) = (cells.len(), cells[0].len());
    let label = |x: i32, y: i32| {
        let inside = (0..columns as i32).contains(&x) && (0..rows as i32).contains(&y);
        if inside { cells[y as usize][x as usize] } else { 0 }
    };
    let most = cells.iter().flatten().copied().max().unwrap_or(0);
    (1..=most)
        .map(|own| {
            // directed borders with the face on the left, joined so that it stays whole at corners that it only touches
            let mut next: HashMap<(i32, i32), Vec<(i32, i32)>> = HashMap::new();
            for y in 0..rows as i32 {
                for x in 0..columns as i32 {
                    if label(x, y) == own {
                        let sides = [
                            ((x, y), (x + 1, y), (x, y - 1)),
                            ((x + 1, y), (x + 1, y + 1), (x + 1, y)),
                            ((x + 1, y + 1), (x, y + 1), (x, y + 1)),
                            ((x, y + 1), (x, y), (x - 1, y)),
                        ];
                        for (from, to, beyond) in sides {
                            if label(beyond.0, beyond.1) != own {
                                next.entry(from).or_default().push(to);
                            }
                        }
                    }
                }
            }
            let mut rings = Vec::new();
            let mut starts: Vec<_> = next.keys().copied().collect();
            starts.sort_unstable();
            for start in starts {
                while next.get(&start).is_some_and(|ends| !ends.is_empty()) {
                    let mut ring = vec![start];
                    let mut from = start;
                    let mut at = next.get_mut(&start).unwrap().pop().unwrap();
                    while at != start {
                        ring.push(at);
                        let ends = next.get_mut(&at).unwrap();
                        // turn left where there is a choice
                        let (dx, dy) = (at.0 - from.0, at.1 - from.1);
                        let left = (at.0 - dy, at.1 + dx);
                        let pick = ends.iter().position(|&end| end == left).unwrap_or(0);
                        from = at;
                        at = ends.swap_remove(pick);
                    }
                    rings.push(Ring::new(ring.into_iter().map(|(x, y)| warp(x as usize, y as usize)).collect()));
                }
            }
            // a hole has its own area on the right; which outer ring it is listed under makes no difference
            let (outer, holes): (Vec<Ring>, Vec<Ring>) = rings.into_iter().partition(|ring| ring.area_2() > 0);
            let mut polygons: Vec<Polygon> =
                outer.into_iter().map(|exterior| Polygon { exterior, holes: vec![] }).collect();
            if let Some(first) = polygons.first_mut() {
                first.holes = holes;
            }
            MultiPolygon(polygons)
        })
        .collect()
}

/// A drawing with four kinds of warp: `step` lattice units a cell, sheared, and with crooked corners.
fn warped(
    cells: &[Vec<u32>],
    step: i64,
    shear: i64,
    crooked: i64,
    corner: LatticePoint,
    seed: u64,
) -> Vec<MultiPolygon> {
    drawn(cells, &|x, y| {
        let mut draw = Draw::new(seed ^ (x as u64) << 32 ^ y as u64);
        let mut off = || if crooked == 0 { 0 } else { draw.below(2 * crooked as u64 + 1) as i64 - crooked };
        let (x, y) = (x as i64 * step + off(), y as i64 * step + shear * x as i64 + off());
        LatticePoint::new((corner.x() + x) as i32, (corner.y() + y) as i32)
    })
}

fn assert_same(faces: &[MultiPolygon], points: &[LatticePoint]) {
    let rtree = RtreeIndex::new(faces);
    let fast = index(faces).expect("a drawing is a partition");
    let mut answers = vec![None; points.len()];
    fast.locate_batch(points, &mut answers);
    for (&p, &batch) in points.iter().zip(&answers) {
        let plain = brute_force(faces, p);
        assert_eq!(fast.locate(p), plain, "{} {}", p.x_e7, p.y_e7);
        assert_eq!(batch, plain, "in a batch, {} {}", p.x_e7, p.y_e7);
        assert_eq!(rtree.locate(p), plain, "by the R-tree, {} {}", p.x_e7, p.y_e7);
    }
}

/// Every vertex, all eight lattice points around it, and points along the edges with those beside them.
fn about_the_borders(faces: &[MultiPolygon]) -> Vec<LatticePoint> {
    let mut points = Vec::new();
    let mut around = |p: LatticePoint| {
        points.extend((-1..=1).flat_map(|dx| (-1..=1).map(move |dy| LatticePoint::new(p.x_e7 + dx, p.y_e7 + dy))));
    };
    for (a, b) in faces.iter().flat_map(MultiPolygon::rings).flat_map(Ring::edges) {
        around(a);
        around(LatticePoint::new(i64::midpoint(a.x(), b.x()) as i32, i64::midpoint(a.y(), b.y()) as i32));
    }
    points.sort_unstable();
    points.dedup();
    points
}

#[test]
fn the_four_corners_of_a_square_are_owned_as_the_rim_rule_says() {
    let faces = [face(&[(0, 0), (10, 0), (10, 10), (0, 10)])];
    let grid: Vec<_> = (-1..=11).flat_map(|x| (-1..=11).map(move |y| LatticePoint::new(x, y))).collect();
    assert_same(&faces, &grid);
    assert_eq!(index(&faces).unwrap().locate(LatticePoint::new(10, 10)).unwrap().resolution, Resolution::EdgeTie);
}

#[test]
fn the_tip_of_a_wedge_belongs_to_the_first_face_that_touches_it() {
    // two wedges hanging from one tip, which no push by a hair finds
    let faces = [face(&[(0, 0), (-2, -9), (-1, -9)]), face(&[(0, 0), (1, -9), (2, -9)])];
    let points = about_the_borders(&faces);
    assert_same(&faces, &points);
    assert_eq!(index(&faces).unwrap().locate(LatticePoint::new(0, 0)).unwrap().face, 0);
    let swapped = [faces[1].clone(), faces[0].clone()];
    assert_same(&swapped, &points);
}

#[test]
fn an_enclave_in_an_enclave_and_an_island_in_a_lake_are_found() {
    let cells: Vec<Vec<u32>> =
        ["1111111111", "1222221331", "1244421301", "1245421331", "1244421111", "1222221101", "1111111111"]
            .iter()
            .map(|row| row.bytes().map(|b| u32::from(b - b'0')).collect())
            .collect();
    for (step, corner) in [(3, (-7, -7)), (40_000, (523_000, 523_000)), (300_000, (-1_000_000, 250_000_000))] {
        let faces = warped(&cells, step, 0, 0, LatticePoint::new(corner.0, corner.1), 0);
        assert_same(&faces, &about_the_borders(&faces));
        let sheared = warped(&cells, step, step / 3, step / 8, LatticePoint::new(corner.0, corner.1), 5);
        assert_same(&sheared, &about_the_borders(&sheared));
    }
}

fn drawing() -> impl Strategy<Value = Vec<Vec<u32>>> {
    (2..7_usize, 2..7_usize, 2..6_u32)
        .prop_flat_map(|(columns, rows, labels)| prop::collection::vec(prop::collection::vec(0..labels, columns), rows))
}

proptest! {
    #[test]
    fn on_any_drawing_the_index_the_r_tree_and_the_rings_agree(
        cells in drawing(), step in prop::sample::select(vec![8_i64, 100, 3_000, 33_000, 140_000, 700_000]),
        shear in -1..=1_i64, crooked in 0..=2_i64, corner in (-1_100_000..1_100_000_i32, -600_000..600_000_i32), seed: u64,
    ) {
        let corner = LatticePoint::new(corner.0, corner.1);
        let faces = warped(&cells, step, step * shear / 2, step * crooked / 10, corner, seed);
        let mut points = about_the_borders(&faces);
        for kind in Points::ALL {
            points.extend(synthetic::points(&faces, kind, 20, seed));
        }
        assert_same(&faces, &points);
    }

    #[test]
    fn the_nearest_border_is_as_far_as_a_walk_over_all_edges_says(cells in drawing(), step in prop::sample::select(vec![100_i64, 33_000, 400_000]), seed: u64) {
        let faces = warped(&cells, step, step / 3, step / 8, LatticePoint::new(1_040_000_000, 300_000_000), seed);
        let fast = index(&faces).unwrap();
        let edges: Vec<_> = faces.iter().flat_map(MultiPolygon::rings).flat_map(Ring::edges).collect();
        for kind in Points::ALL {
            for p in synthetic::points(&faces, kind, 8, seed) {
                let plain = edges.iter().map(|&edge| segment_distance_m(p, edge)).reduce(f64::min);
                let found = fast.edge_distance_m(p);
                prop_assert!(found.zip(plain).is_some_and(|(a, b)| (a - b).abs() <= 1e-6 * b.max(1e-3)), "{found:?} {plain:?}");
            }
        }
    }

    #[test]
    fn a_vertex_moved_off_the_shared_border_is_refused(cells in drawing(), step in prop::sample::select(vec![8_i64, 3_000, 140_000]), seed: u64) {
        let mut faces = warped(&cells, step, 0, step / 8, LatticePoint::new(0, 0), seed);
        let mut draw = Draw::new(seed);
        let shared = |p: LatticePoint, faces: &[MultiPolygon]| faces.iter().filter(|face| face.touches(p)).count() > 1;
        let mut spots = Vec::new();
        for (f, face) in faces.iter().enumerate() {
            for (q, polygon) in face.0.iter().enumerate() {
                spots.extend(polygon.exterior.points().iter().enumerate().filter(|(_, p)| shared(**p, &faces)).map(|(i, _)| (f, q, i)));
            }
        }
        if spots.is_empty() {
            return Ok(());
        }
        let (f, q, i) = spots[draw.below(spots.len() as u64) as usize];
        let mut points = faces[f].0[q].exterior.points().to_vec();
        points[i].x_e7 += 1;
        faces[f].0[q].exterior = Ring::new(points);
        // one of two neighbours has moved: their borders cross, overlap, or leave a sliver that opens at a vertex of both
        if let Ok(fast) = index(&faces) {
            for p in about_the_borders(&faces) {
                prop_assert_eq!(fast.locate(p), brute_force(&faces, p));
            }
        }
    }
}

#[test]
fn what_is_no_partition_is_refused_with_what_which_and_where() {
    let square = |x: i32, y: i32, side: i32| face(&[(x, y), (x + side, y), (x + side, y + side), (x, y + side)]);
    let refused = |faces: &[MultiPolygon]| index(faces).map(|_| ()).unwrap_err();
    for scale in [1, 1_000, 100_000] {
        let square = |x, y, side| square(x * scale, y * scale, side * scale);
        // the same ground twice
        assert!(matches!(refused(&[square(0, 0, 10), square(0, 0, 10)]), NotPartition::Overlap { faces: [0, 1], .. }));
        // one across the other
        assert!(matches!(refused(&[square(0, 0, 10), square(5, 5, 10)]), NotPartition::Crossing { .. }));
        // one inside the other, without a hole for it
        let inside = refused(&[square(0, 0, 10), square(3, 3, 2)]);
        assert!(matches!(inside, NotPartition::Disagree { .. }) && inside.faces().contains(&0), "{inside}");
        // a corner in the middle of the neighbour's border
        let junction = refused(&[square(0, 0, 10), square(10, 0, 5), square(10, 5, 5)]);
        assert!(matches!(junction, NotPartition::Crossing { .. }) && junction.faces().contains(&0), "{junction}");
        // a ring that crosses itself, and one that encloses nothing
        let bow = face(&[(0, 0), (10 * scale, 10 * scale), (10 * scale, 0), (0, 7 * scale)]);
        let bow = refused(&[bow]);
        assert!(matches!(bow, NotPartition::Crossing { .. } | NotPartition::Disagree { .. }), "{bow}");
        let flat = face(&[(0, 0), (5 * scale, 0), (9 * scale, 0)]);
        assert!(matches!(refused(&[square(0, 0, 1), flat]), NotPartition::Flat { face: 1, .. }));
    }
    let message = refused(&[square(0, 0, 10), square(5, 5, 10)]).to_string();
    assert!(message.contains("faces 0 and 1"), "{message}");
}

fn town(count: usize, seed: u64) -> Vec<MultiPolygon> {
    synthetic::coverage(count, LonLat { lon_deg: 104.0, lat_deg: 30.0 }, (count as f64 / 200_000.0).sqrt() * 2.0, seed)
}

#[test]
fn an_irregular_coverage_is_answered_as_the_r_tree_answers_it() {
    let faces = town(1_000, 7);
    let (fast, rtree) = (index(&faces).unwrap(), RtreeIndex::new(&faces));
    for kind in Points::ALL {
        let points = synthetic::points(&faces, kind, 20_000, 9);
        let mut answers = vec![None; points.len()];
        fast.locate_batch(&points, &mut answers);
        for (&p, &batch) in points.iter().zip(&answers) {
            let plain = rtree.locate(p);
            assert_eq!((fast.locate(p), batch), (plain, plain), "{kind:?} {} {}", p.x_e7, p.y_e7);
        }
    }
}

/// Run with `cargo test --release --lib -- --ignored a_hundred_million`; takes minutes.
#[test]
#[ignore = "minutes of processor time, and 4 GB"]
fn a_hundred_million_answers_are_those_of_the_r_tree() {
    use rayon::prelude::*;
    const CHUNK: usize = 100_000;
    for (count, chunks) in [(10_000, 60), (200_000, 60), (1_000_000, 60)] {
        let faces = town(count, 7);
        let (fast, rtree) = (index(&faces).unwrap(), RtreeIndex::new(&faces));
        for kind in Points::ALL {
            (0..chunks).into_par_iter().for_each(|chunk: u64| {
                let points = synthetic::points(&faces, kind, CHUNK, 1_000 + chunk);
                let mut answers = vec![None; CHUNK];
                fast.locate_batch(&points, &mut answers);
                for (&p, &batch) in points.iter().zip(&answers) {
                    let plain = rtree.locate(p);
                    assert_eq!((fast.locate(p), batch), (plain, plain), "{count} {kind:?} {} {}", p.x_e7, p.y_e7);
                }
            });
        }
        if count == 10_000 {
            for p in Points::ALL.into_iter().flat_map(|kind| synthetic::points(&faces, kind, 500, 3)) {
                assert_eq!(rtree.locate(p), brute_force(&faces, p));
            }
        }
    }
}

#[test]
fn one_thread_and_four_make_the_same_tiles() {
    let faces = town(500, 3);
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| index(&faces).unwrap())
    };
    let words =
        |index: &CoverageIndex| index.parts().1.map(|(shape, lines)| (shape, lines.to_vec())).collect::<Vec<_>>();
    assert_eq!(words(&with(1)), words(&with(4)));
}

#[test]
fn an_empty_coverage_owns_nothing() {
    let none = index(&[]).unwrap();
    assert_eq!(none.locate(LatticePoint::new(0, 0)), None);
    assert_eq!(none.edge_distance_m(LatticePoint::new(0, 0)), None);
    assert!(none.is_empty());
    let hollow = index(&[MultiPolygon::default()]).unwrap();
    assert_eq!((hollow.len(), hollow.locate(LatticePoint::new(0, 0))), (1, None));
}

/// Two neighbours as one face.
fn merged(one: &MultiPolygon, two: &MultiPolygon) -> Option<MultiPolygon> {
    let edges: Vec<_> = [one, two].into_iter().flat_map(MultiPolygon::rings).flat_map(Ring::edges).collect();
    let mut next: HashMap<_, _> = edges.iter().copied().filter(|&(a, b)| !edges.contains(&(b, a))).collect();
    let start = *next.keys().min()?;
    let (mut points, mut at) = (vec![start], next.remove(&start)?);
    while at != start {
        points.push(at);
        at = next.remove(&at)?;
    }
    let whole = edges.len() > points.len() && next.is_empty();
    whole.then(|| MultiPolygon(vec![Polygon { exterior: Ring::new(points), holes: vec![] }]))
}

#[test]
fn a_changed_community_is_indexed_as_if_all_were_made_anew_and_shares_the_other_tiles() {
    let words =
        |index: &CoverageIndex| index.parts().1.map(|(shape, lines)| (shape, lines.to_vec())).collect::<Vec<_>>();
    let mut faces = town(3_000, 11);
    let before = index(&faces).unwrap();
    for i in [0, 700, 1_500, 2_222, 2_900] {
        let Some(shape) = merged(&faces[i], &faces[i + 1]) else { panic!("{i} and the next are neighbours") };
        let old = [std::mem::replace(&mut faces[i], shape.clone()), std::mem::take(&mut faces[i + 1])];
        let changed = [i as u32, i as u32 + 1];
        let after = before.with_changes(&faces.iter().collect::<Vec<_>>(), &changed, &[&old[0], &old[1]]).unwrap();
        assert_eq!(words(&after), words(&index(&faces).unwrap()));
        let tiles = words(&after).len();
        assert!(tiles > 20 && after.shared_tiles(&before) >= tiles - 4, "{} of {tiles}", after.shared_tiles(&before));
        // and back again
        faces[i] = old[0].clone();
        faces[i + 1] = old[1].clone();
        let back = after.with_changes(&faces.iter().collect::<Vec<_>>(), &changed, &[&shape]).unwrap();
        assert_eq!(words(&back), words(&before));
    }
    // what goes beyond the directory, or is no partition any more
    let far = face(&[(0, 0), (9, 0), (9, 9)]);
    let mut more: Vec<&MultiPolygon> = faces.iter().collect();
    more.push(&far);
    let grown = before.with_changes(&more, &[faces.len() as u32], &[]).unwrap();
    assert_eq!(grown.locate(LatticePoint::new(5, 3)).map(|owner| owner.face), Some(faces.len() as u32));
    let doubled = faces[5].clone();
    let mut twice: Vec<&MultiPolygon> = faces.iter().collect();
    twice.push(&doubled);
    assert!(before.with_changes(&twice, &[faces.len() as u32], &[]).is_err());
}
