use super::zonal::*;
use crate::geom::{LatticePoint, LonLat, MultiPolygon, Polygon, Ring};
use proptest::prelude::*;

/// The slow way: the polygon clipped by the sides of the pixel, one after the other (Sutherland and Hodgman 1974).
fn share_by_clipping(rings: &[PixelRing], column: usize, row: usize) -> f64 {
    type Cut<'a> = &'a dyn Fn((f64, f64)) -> f64;
    let (c, r) = (column as f64, row as f64);
    let sides: [Cut<'_>; 4] = [&|p| p.0 - c, &|p| c + 1.0 - p.0, &|p| p.1 - r, &|p| r + 1.0 - p.1];
    let mut area = 0.0;
    for ring in rings {
        let mut points = ring.clone();
        for side in sides {
            let mut kept = Vec::new();
            for (i, &p) in points.iter().enumerate() {
                let q = points[(i + 1) % points.len()];
                let (dp, dq) = (side(p), side(q));
                if dp >= 0.0 {
                    kept.push(p);
                }
                if (dp < 0.0) != (dq < 0.0) && dp != dq {
                    let t = dp / (dp - dq);
                    kept.push((p.0 + (q.0 - p.0) * t, p.1 + (q.1 - p.1) * t));
                }
            }
            points = kept;
        }
        let n = points.len();
        area += (0..n)
            .map(|i| {
                let (p, q) = (points[i], points[(i + 1) % n]);
                ((p.0 - c) * (q.1 - r) - (q.0 - c) * (p.1 - r)) / 2.0
            })
            .sum::<f64>();
    }
    area.abs()
}

fn shares(rings: &[PixelRing], columns: usize, rows: usize) -> Vec<f64> {
    let mut shares = vec![0.0; columns * rows];
    for span in spans_of(rings, columns, rows) {
        for column in span.start..span.end {
            shares[span.row * columns + column] += span.share;
        }
    }
    shares
}

fn compare(rings: &[PixelRing], columns: usize, rows: usize) {
    for (i, share) in shares(rings, columns, rows).into_iter().enumerate() {
        let slow = share_by_clipping(rings, i % columns, i / columns);
        assert!(
            (share - slow).abs() < 1e-9,
            "pixel {}, {}: {share} against {slow}: {rings:?}",
            i % columns,
            i / columns
        );
    }
}

#[test]
fn a_square_on_pixel_borders_holds_whole_pixels_exactly() {
    let ring = vec![(1.0, 1.0), (4.0, 1.0), (4.0, 3.0), (1.0, 3.0)];
    let shares = shares(std::slice::from_ref(&ring), 6, 5);
    for (i, share) in shares.into_iter().enumerate() {
        let inside = (1..4).contains(&(i % 6)) && (1..3).contains(&(i / 6));
        assert_eq!(share, if inside { 1.0 } else { 0.0 });
    }
}

#[test]
fn a_frame_around_the_raster_holds_all_of_it_and_a_hole_holds_none() {
    let frame = vec![(-10.0, -10.0), (30.0, -10.0), (30.0, 30.0), (-10.0, 30.0)];
    assert!(shares(std::slice::from_ref(&frame), 7, 5).iter().all(|&share| share == 1.0));
    let hole = vec![(-3.0, -3.0), (-3.0, 20.0), (20.0, 20.0), (20.0, -3.0)];
    assert!(shares(&[frame, hole], 7, 5).iter().all(|&share| share == 0.0));
}

#[test]
fn triangles_slivers_and_shapes_half_off_the_raster_agree_with_clipping() {
    compare(&[vec![(0.5, 0.5), (5.5, 1.25), (2.0, 4.75)]], 6, 5);
    compare(&[vec![(0.5, 0.5), (2.0, 4.75), (5.5, 1.25)]], 6, 5);
    compare(&[vec![(-3.0, 1.5), (9.0, 1.6), (9.0, 1.7)]], 6, 5);
    compare(&[vec![(1.0, -4.0), (1.0, 9.0), (1.001, 9.0), (1.001, -4.0)]], 6, 5);
    compare(&[vec![(2.0, 2.0), (2.5, 2.0), (2.5, 2.5), (2.0, 2.5)]], 6, 5);
    compare(&[vec![(7.0, 2.0), (9.5, 2.0), (9.5, 2.5)]], 6, 5);
    compare(&[vec![(5.5, -1.0), (8.0, 2.0), (5.5, 6.0), (-2.0, 2.0)], vec![(3.0, 2.0), (2.0, 3.0), (3.0, 3.0)]], 6, 5);
}

#[test]
fn no_data_is_known_by_its_value_in_single_precision_and_counts_nobody() {
    let lowest = f64::from(f32::MIN);
    let grid = Grid::new(2, 1, vec![lowest, 5.0], Some(-3.4e38)).unwrap_err();
    assert!(matches!(grid, ZonalError::NoCount { column: 0, row: 0, .. }), "3.4e38 is another number");
    let grid = Grid::new(2, 1, vec![lowest, 5.0], Some(-3.402_823e38)).unwrap();
    assert_eq!((grid.at(0, 0), grid.at(1, 0), grid.total(), grid.nodata_pixels()), (None, Some(5.0), 5.0, 1));
    let zoned = zonal(&grid, &[vec![vec![(0.5, 0.0), (1.5, 0.0), (1.5, 1.0), (0.5, 1.0)]]]);
    assert_eq!((zoned.people[0], zoned.nodata_px[0], zoned.outside), (2.5, 0.5, 2.5));
    assert!(Grid::new(2, 1, vec![1.0, -9999.0], None).is_err());
    assert!(Grid::new(2, 1, vec![1.0, f64::INFINITY], None).is_err());
    assert!(Grid::new(2, 2, vec![1.0], None).is_err());
}

#[test]
fn an_edge_is_bent_where_the_raster_bends_and_alike_for_both_neighbours() {
    let corner = |x, y| LatticePoint::new(x * 10_000_000, y * 10_000_000);
    let shape = |points: [(i32, i32); 4]| {
        let ring = Ring::new(points.map(|(x, y)| corner(x, y)).to_vec());
        MultiPolygon(vec![Polygon { exterior: ring, holes: vec![] }])
    };
    // a plane that bends parallels into parabolas
    let plane = |p: LonLat| Ok::<_, ()>((p.lon_deg, p.lat_deg + p.lon_deg * p.lon_deg / 1000.0));
    let south = pixel_rings(&shape([(0, 0), (8, 0), (8, 2), (0, 2)]), &plane).unwrap();
    let north = pixel_rings(&shape([(0, 2), (8, 2), (8, 4), (0, 4)]), &plane).unwrap();
    assert!(south[0].len() > 40, "{}", south[0].len());
    let grid = Grid::new(9, 9, vec![1.0; 81], None).unwrap();
    let zoned = zonal(&grid, &[south, north]);
    assert!((zoned.people[0] - 16.0).abs() < 1e-9 && (zoned.people[1] - 16.0).abs() < 1e-9, "{:?}", zoned.people);
    assert!(zoned.twice < 1e-12);
}

proptest! {
    #[test]
    fn any_star_agrees_with_clipping(
        reach in prop::collection::vec(0.01..6.0_f64, 3..24),
        (x, y) in (-1.0..8.0_f64, -1.0..7.0_f64),
        on_pixels: bool,
        turned: bool,
    ) {
        // rounding folds no star whose corners are few and far from its middle; cells never fold
        prop_assume!(!on_pixels || reach.len() < 7);
        let n = reach.len() as f64;
        let mut ring: PixelRing = reach.iter().enumerate().map(|(i, r)| {
            let angle = std::f64::consts::TAU * i as f64 / n;
            let r = if on_pixels { r.max(1.5) } else { *r };
            let p = (x + r * angle.cos(), y + r * angle.sin());
            if on_pixels { ((p.0 * 2.0).round() / 2.0, (p.1 * 2.0).round() / 2.0) } else { p }
        }).collect();
        if turned {
            ring.reverse();
        }
        let rings = [ring];
        let slow: f64 = (0..56).map(|i| share_by_clipping(&rings, i % 8, i / 8)).sum();
        let fast: f64 = shares(&rings, 8, 7).iter().sum();
        prop_assert!((slow - fast).abs() < 1e-9, "{} {}", slow, fast);
        for (i, share) in shares(&rings, 8, 7).into_iter().enumerate() {
            prop_assert!((share - share_by_clipping(&rings, i % 8, i / 8)).abs() < 1e-9);
        }
    }

    #[test]
    fn people_inside_and_outside_are_all_people(
        people in prop::collection::vec(prop_oneof![Just(f64::NAN), 0.0..1e4_f64], 48),
        cuts in prop::collection::vec(-1.0..9.0_f64, 1..6),
    ) {
        let grid = Grid::new(8, 6, people, None).unwrap();
        let mut cuts = cuts;
        cuts.sort_by(f64::total_cmp);
        let strips: Vec<Vec<PixelRing>> = cuts.windows(2).map(|w| vec![vec![(w[0], 0.5), (w[1], 0.5), (w[1] + 0.3, 7.0), (w[0] + 0.3, 7.0)]]).collect();
        let zoned = zonal(&grid, &strips);
        let all = zoned.inside + zoned.outside - zoned.twice;
        prop_assert!((all - zoned.total).abs() <= 1e-9 * zoned.total.max(1.0), "{} {}", all, zoned.total);
        let whole = people_of_cells(&zoned, "test.tif");
        let sum: u64 = whole.iter().map(|(n, _)| u64::from(*n)).sum();
        prop_assert_eq!(sum, zoned.inside.round() as u64);
    }
}
