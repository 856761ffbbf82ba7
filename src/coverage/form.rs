//! The form of grids and of the borders between them.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::atom::LineClass;
use crate::geom::{MultiPolygon, Ring, area_m2, distance_m, enclosing_radius_m};
use crate::topology::{Along, Topology};

/// How compact a shape is; 1 is a circle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Form {
    /// 4πA/P², holes and pieces included (Polsby and Popper, Yale Law & Policy Review 9, 1991).
    pub polsby_popper: f64,
    /// Area over that of the smallest circle around it (Reock, Midwest Journal of Political Science 5, 1961).
    pub reock: f64,
}

/// The form of a shape; `None` where it has no area. O(n log n) in its points.
pub fn form(shape: &MultiPolygon) -> Option<Form> {
    let area_m2 = area_m2(shape);
    let perimeter_m: f64 = shape.rings().flat_map(Ring::edges).map(|(a, b)| distance_m(a, b)).sum();
    let corners = shape.0.iter().flat_map(|polygon| polygon.exterior.points()).copied();
    let radius_m = enclosing_radius_m(corners);
    (area_m2 > 0.0 && perimeter_m > 0.0 && radius_m > 0.0).then(|| Form {
        polsby_popper: 4.0 * std::f64::consts::PI * area_m2 / (perimeter_m * perimeter_m),
        reock: area_m2 / (std::f64::consts::PI * radius_m * radius_m),
    })
}

/// Borders and forms of all grids together.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Measured {
    /// Millimetres of border between different grids, each counted once, by what runs along it.
    pub border_mm: BTreeMap<Option<LineClass>, u64>,
    /// Mean over grids, and the least.
    pub polsby_popper: Option<(f64, f64)>,
    /// Mean over grids, and the least.
    pub reock: Option<(f64, f64)>,
}

impl Measured {
    /// Percent of the border along one of these classes, to a tenth; `None` where there is no border.
    pub fn share_percent(&self, of: impl Fn(Option<LineClass>) -> bool) -> Option<f64> {
        let all: u64 = self.border_mm.values().sum();
        let along: u64 = self.border_mm.iter().filter(|(class, _)| of(**class)).map(|(_, mm)| mm).sum();
        (all > 0).then(|| (along as f64 * 1000.0 / all as f64).round() / 10.0)
    }
}

/// Measures grids: `shapes` are what [`dissolve`](super::dissolve) makes of `labels`. O(n log n) in the points of all.
///
/// # Panics
/// When `labels` is shorter than the topology's faces.
pub fn measure(topology: &Topology, along: &Along, labels: &[Option<u32>], shapes: &[&MultiPolygon]) -> Measured {
    let border_mm = topology.inner_border_mm(along, |face| labels[face.0 as usize]);
    let forms: Vec<Form> = shapes.par_iter().filter_map(|shape| form(shape)).collect();
    // summed in order: the same at any number of threads
    let over = |of: fn(&Form) -> f64| {
        let least = forms.iter().map(of).fold(f64::INFINITY, f64::min);
        (!forms.is_empty()).then(|| (forms.iter().map(of).sum::<f64>() / forms.len() as f64, least))
    };
    Measured { border_mm, polsby_popper: over(|form| form.polsby_popper), reock: over(|form| form.reock) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::atom::Line;
    use crate::coverage::dissolve;
    use crate::geom::{LatticePoint, Polygon};
    use crate::topology::{FaceId, Overlaps, Tolerance, build};

    fn square(x: i32, y: i32, side: i32) -> MultiPolygon {
        let corners = [(x, y), (x + side, y), (x + side, y + side), (x, y + side)];
        let ring = Ring::new(corners.map(|(x, y)| LatticePoint::new(x, y)).to_vec());
        MultiPolygon(vec![Polygon { exterior: ring, holes: Vec::new() }])
    }

    #[test]
    fn a_square_has_the_form_of_the_textbook() {
        // at the equator a lattice unit is 0.7 % longer eastward than northward
        let form = form(&square(0, 0, 10_000)).unwrap();
        assert!((form.polsby_popper - std::f64::consts::FRAC_PI_4).abs() < 1e-4, "{form:?}");
        assert!((form.reock - std::f64::consts::FRAC_2_PI).abs() < 1e-4, "{form:?}");
        assert_eq!(super::form(&MultiPolygon::default()), None);
    }

    #[test]
    fn borders_by_class_are_those_that_a_walk_over_all_pairs_of_squares_finds() {
        // 4 × 4 squares, grids by column pair; a street along the middle column, a river along one row
        let side = 10_000;
        let squares: Vec<MultiPolygon> = (0..16).map(|i| square(i % 4 * side, i / 4 * side, side)).collect();
        let shapes: Vec<&MultiPolygon> = squares.iter().collect();
        let code = |face: FaceId| face.0.to_string();
        let nothing = Tolerance { width_m: 0.0, moved_m: 0.0, area_m2: 0.0 };
        let topology = build(&shapes, &code, nothing, Overlaps::Refuse).unwrap().topology;
        let street: Vec<LatticePoint> = (0..3).map(|i| LatticePoint::new(2 * side, i * side)).collect();
        let along = Along::new(&[Line { class: LineClass::Street, name: None, points: street }]);
        let labels: Vec<Option<u32>> =
            (0..16).map(|i| Some(u32::from(i % 4 >= 2) + 2 * u32::from(i / 4 >= 3))).collect();
        let dissolved = dissolve(&topology, &labels, 4);
        let measured = measure(&topology, &along, &labels, &dissolved.iter().collect::<Vec<_>>());
        // by hand: two edges of the middle column along the street, two without, and a row of four
        let edge = |a: (i32, i32), b: (i32, i32)| {
            let at = |(x, y): (i32, i32)| LatticePoint::new(x * side, y * side);
            crate::geom::length_mm((at(a), at(b)))
        };
        let streets = edge((2, 0), (2, 1)) + edge((2, 1), (2, 2));
        let bare = edge((2, 2), (2, 3)) + edge((2, 3), (2, 4)) + (0..4).map(|x| edge((x, 3), (x + 1, 3))).sum::<u64>();
        assert_eq!(measured.border_mm, BTreeMap::from([(Some(LineClass::Street), streets), (None, bare)]));
        let share = streets as f64 * 100.0 / (streets + bare) as f64;
        assert!((measured.share_percent(|class| class.is_some()).unwrap() - share).abs() <= 0.05);
        let (mean, least) = measured.polsby_popper.unwrap();
        assert!(least < mean && mean < 1.0, "{measured:?}");
    }
}
