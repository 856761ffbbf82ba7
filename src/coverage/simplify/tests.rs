//! Claims on meshes.

use proptest::prelude::*;

use super::*;
use crate::geom::{Polygon, Ring, crosses_properly, on_segment};

fn p(x: i32, y: i32) -> LatticePoint {
    LatticePoint::new(x, y)
}

fn shape(points: &[(i32, i32)]) -> MultiPolygon {
    let ring = Ring::new(points.iter().map(|&(x, y)| p(x, y)).collect());
    MultiPolygon(vec![Polygon { exterior: ring, holes: vec![] }])
}

#[test]
fn a_vertex_is_drawn_from_the_zoom_where_its_area_is_that_of_the_tolerance() {
    // at zoom 16 a unit is 16 lattice units, the tolerance 64, twice the area of its square 8192; finer ones draw everything
    assert_eq!(rank::first_zoom(0), FULL_ZOOM);
    assert_eq!(rank::first_zoom(4 * 8192 - 1), 16);
    assert_eq!(rank::first_zoom(4 * 8192), 15);
    assert_eq!(rank::first_zoom(16 * 8192), 14);
    assert_eq!(rank::first_zoom(u64::MAX), 0);
}

#[test]
fn lenses_and_islands_keep_their_room_at_every_zoom() {
    // two borders between the same nodes, one bent by little, and an island of four points
    let west = shape(&[(0, 0), (100, 3), (200, 0), (200, -500), (0, -500)]);
    let lens = shape(&[(0, 0), (100, 3), (200, 0), (100, 5)]);
    let north = shape(&[(0, 0), (100, 5), (200, 0), (200, 500), (0, 500)]);
    let island = shape(&[(1000, 0), (1004, 1), (1005, 5), (1001, 6)]);
    let mesh = Mesh::new(&[&west, &lens, &north, &island]).unwrap();
    let bends = |arc: u32| mesh.first_zooms(arc).iter().map(|&first| usize::from(first == 0)).sum::<usize>() - 2;
    let of_lens: Vec<usize> = (0..mesh.arcs().len() as u32)
        .filter(|&arc| [mesh.arcs()[arc as usize].left, mesh.arcs()[arc as usize].right].contains(&Some(FaceId(1))))
        .map(bends)
        .collect();
    assert_eq!(of_lens.len(), 2);
    assert!(of_lens.iter().sum::<usize>() >= 1, "not both become the straight edge");
    let closed = (0..mesh.arcs().len() as u32).find(|&arc| mesh.points(arc)[0] == *mesh.points(arc).last().unwrap());
    assert_eq!(bends(closed.unwrap()), 2, "a triangle is left");
}

#[test]
fn merged_faces_have_no_border_within() {
    let squares: Vec<MultiPolygon> =
        (0..4).map(|i| shape(&[(i * 10, 0), (i * 10 + 10, 0), (i * 10 + 10, 10), (i * 10, 10)])).collect();
    let mesh = Mesh::new(&squares.iter().collect::<Vec<_>>()).unwrap();
    let halves = mesh.merged(&[0, 0, 1, 1].map(FaceId), 2);
    assert_eq!(halves.arcs().len(), 3);
    assert_eq!((mesh.area_2(), halves.area_2()), (800, 800));
}

proptest! {
    #[test]
    fn no_zoom_draws_borders_that_cross(points in prop::collection::vec((0..4_000_i32, 0..4_000_i32), 3..40), cuts in prop::collection::vec((0..4_000_i32, 0..4_000_i32, 0..4_000_i32, 0..4_000_i32), 1..8)) {
        // star-shaped ground cut by bent wedges: whatever the shapes, cells are made planar first
        let mut around = points;
        around.sort_by(|a, b| {
            let angle = |q: &(i32, i32)| f64::from(q.1 - 2_000).atan2(f64::from(q.0 - 2_000));
            angle(a).total_cmp(&angle(b))
        });
        let mut shapes = vec![shape(&around)];
        shapes.extend(cuts.iter().map(|&(a, b, c, d)| shape(&[(a, b), (c, d), (d, a), (b, c)])));
        let mesh = Mesh::new(&shapes.iter().collect::<Vec<_>>()).unwrap();
        for zoom in [0, 8, 10, 12, 13, 14, 15, 16] {
            let mut edges = Vec::new();
            for arc in 0..mesh.arcs().len() as u32 {
                let drawn: Vec<LatticePoint> = mesh
                    .points(arc)
                    .iter()
                    .zip(mesh.first_zooms(arc))
                    .filter(|&(_, &first)| first <= zoom)
                    .map(|(&p, _)| p)
                    .collect();
                edges.extend(drawn.windows(2).map(|w| (w[0].min(w[1]), w[0].max(w[1]))));
            }
            for (i, &one) in edges.iter().enumerate() {
                for &two in &edges[..i] {
                    let inner = |q: LatticePoint, edge: (LatticePoint, LatticePoint)| q != edge.0 && q != edge.1 && on_segment(q, edge);
                    let meet = one == two || crosses_properly(one, two)
                        || inner(one.0, two) || inner(one.1, two) || inner(two.0, one) || inner(two.1, one);
                    prop_assert!(!meet, "zoom {zoom}: {one:?} {two:?}");
                }
            }
        }
    }

    #[test]
    fn boxes_are_found_as_by_looking_at_each(boxes in prop::collection::vec((-500..500_i32, -500..500_i32, 0..90_i32, 0..90_i32), 0..200), at in (-500..500_i32, -500..500_i32)) {
        let boxes: Vec<Extent> = boxes
            .into_iter()
            .map(|(x, y, w, h)| Extent { west: x, south: y, east: x + w, north: y + h })
            .collect();
        let query = Extent { west: at.0, south: at.1, east: at.0 + 100, north: at.1 + 100 };
        let plain: Vec<u32> = (0..boxes.len() as u32).filter(|&i| boxes[i as usize].meets(&query)).collect();
        let mut found = Vec::new();
        Boxes::new(boxes).meeting(&query, &mut |i, _| found.push(i));
        prop_assert_eq!(found, plain);
    }
}
