use super::*;
use crate::geom::{LatticePoint, Perturbation, Polygon, Ring, area_m2};
use crate::topology::{FaceId, Overlaps, RepairKind, Tolerance, build};

/// Lattice units in a metre at the equator, so that a test can speak of metres.
const M: i32 = 90;

pub(super) fn metres(points: &[(i32, i32)]) -> Vec<LatticePoint> {
    points.iter().map(|&(x, y)| LatticePoint::new(x * M, y * M)).collect()
}

fn area(points: &[(i32, i32)]) -> MultiPolygon {
    MultiPolygon(vec![Polygon { exterior: Ring::new(metres(points)), holes: vec![] }])
}

fn square(x: i32, y: i32, width: i32, height: i32) -> MultiPolygon {
    area(&[(x, y), (x + width, y), (x + width, y + height), (x, y + height)])
}

fn line(class: LineClass, points: &[(i32, i32)]) -> Line {
    Line { class, name: None, points: metres(points) }
}

fn street(points: &[(i32, i32)]) -> Line {
    line(LineClass::Street, points)
}

/// What a town is made of, owned.
#[derive(Debug, Clone, Default)]
pub(super) struct Plot {
    pub units: Vec<MultiPolygon>,
    pub lines: Vec<Line>,
    /// With whether people live there.
    pub houses: Vec<(MultiPolygon, bool)>,
    pub grounds: Vec<(MultiPolygon, AtomKind)>,
}

const CODES: [&str; 40] = [
    "c00", "c01", "c02", "c03", "c04", "c05", "c06", "c07", "c08", "c09", "c10", "c11", "c12", "c13", "c14", "c15",
    "c16", "c17", "c18", "c19", "c20", "c21", "c22", "c23", "c24", "c25", "c26", "c27", "c28", "c29", "c30", "c31",
    "c32", "c33", "c34", "c35", "c36", "c37", "c38", "c39",
];

impl Plot {
    /// One unit, 200 m by 100 m.
    fn plain() -> Self {
        Self { units: vec![square(0, 0, 200, 100)], ..Self::default() }
    }

    fn with_lines(mut self, lines: impl IntoIterator<Item = Line>) -> Self {
        self.lines.extend(lines);
        self
    }

    fn with_houses(mut self, houses: impl IntoIterator<Item = MultiPolygon>) -> Self {
        self.houses.extend(houses.into_iter().map(|house| (house, true)));
        self
    }

    fn with_sheds(mut self, sheds: impl IntoIterator<Item = MultiPolygon>) -> Self {
        self.houses.extend(sheds.into_iter().map(|shed| (shed, false)));
        self
    }

    fn with_ground(mut self, ground: MultiPolygon, kind: AtomKind) -> Self {
        self.grounds.push((ground, kind));
        self
    }

    pub(super) fn town(&self) -> Town<'_> {
        Town {
            units: self.units.iter().enumerate().map(|(i, shape)| Unit { code: CODES[i], shape }).collect(),
            lines: &self.lines,
            footprints: self
                .houses
                .iter()
                .enumerate()
                .map(|(i, (shape, inhabited))| Footprint {
                    code: CODES[i],
                    shape,
                    kind: AtomKind::Building,
                    building: CODES[i],
                    inhabited: *inhabited,
                })
                .collect(),
            grounds: self
                .grounds
                .iter()
                .enumerate()
                .map(|(i, (shape, kind))| Ground { code: CODES[i], shape, kind: *kind })
                .collect(),
        }
    }

    pub(super) fn cut_with(&self, settings: &Settings) -> Result<Tessellation, TessellateError> {
        tessellate(&self.town(), settings, &|_, _| ControlFlow::Continue(()))
    }

    fn cut(&self) -> Tessellation {
        let made = self.cut_with(&Settings::default()).unwrap();
        self.check(&Settings::default(), &made);
        made
    }

    /// What must hold of any town whose units do not overlap and have no holes.
    pub(super) fn check(&self, settings: &Settings, made: &Tessellation) {
        let shapes: Vec<&MultiPolygon> = made.cells.iter().map(|cell| &cell.shape).collect();
        let strict = Tolerance { width_m: 0.0, moved_m: 0.0, area_m2: 0.0 };
        let built = build(&shapes, &|face: FaceId| format!("cell {}", face.0), strict, Overlaps::Refuse).unwrap();
        // a gap between units that do not touch is no gap between cells
        assert!(
            built.repairs.iter().all(|repair| repair.kind == RepairKind::Gap && self.units.len() > 1),
            "{:?}",
            built.repairs
        );
        assert!(made.cells.iter().all(|cell| cell.shape.0.len() == 1), "each cell is of one piece");
        for (i, unit) in self.units.iter().enumerate() {
            let of_unit = made.cells.iter().filter(|cell| cell.unit == i as u32);
            let sum: i128 = of_unit.map(|cell| cell.shape.area_2()).sum();
            let rim: i128 = unit.rings().flat_map(Ring::edges).map(|(a, b)| span(a, b)).sum();
            // the rim is bent by half a unit where something meets it
            assert!((sum - unit.area_2()).abs() <= 2 * rim, "unit {i}: {sum} is not {}", unit.area_2());
        }
        let mut has = vec![0; self.houses.len()];
        for cell in &made.cells {
            if let Some(i) = cell.footprint {
                has[i as usize] += 1;
            }
        }
        for (i, (_, inhabited)) in self.houses.iter().enumerate() {
            let gone = |kind| made.findings.iter().any(|f| f.kind == kind && f.codes == [CODES[i]]);
            let merged = made.merged.iter().any(|&(one, _)| one == i as u32);
            let left_out = gone(FindingKind::FootprintOutside) || gone(FindingKind::FootprintFlat);
            let want = usize::from(*inhabited && !merged && !left_out);
            assert_eq!(has[i], want, "cells of footprint {i}: {:?}", made.findings);
        }
        assert!(made.merged.iter().all(|&(_, into)| has[into as usize] == 1), "merged into footprints with a cell");
        self.check_lines(settings, made);
    }

    /// No cell is cut in two by a line, and every line runs along borders.
    fn check_lines(&self, settings: &Settings, made: &Tessellation) {
        // what closes a block: lines with another face on each side; dead ends do not
        let mut all = crate::topology::Linework::default();
        self.units.iter().for_each(|unit| all.shape(unit, 0));
        for line in self.lines.iter().filter(|line| settings.dividing.contains(&line.class)) {
            line.points.windows(2).enumerate().for_each(|(i, w)| all.edge(w[0], w[1], 1 + i as u32, 1));
        }
        let all = crate::topology::plane(all, 1).unwrap();
        let closing = || all.chains.iter().zip(&all.sides).filter(|(_, (left, right))| left != right);
        if settings.thin_m == 0.0 {
            for cell in &made.cells {
                let mut work = crate::topology::Linework::default();
                work.shape(&cell.shape, 0);
                for (chain, _) in closing() {
                    chain.points.windows(2).for_each(|w| work.edge(w[0], w[1], 1, 1));
                }
                let plane = crate::topology::plane(work, 1).unwrap();
                let areas = faces::areas_2(&plane);
                let rim: i128 = cell.shape.rings().flat_map(Ring::edges).map(|(a, b)| span(a, b)).sum();
                let parts: Vec<i128> =
                    (0..areas.len()).filter(|&face| !plane.cover[face].is_empty()).map(|face| areas[face]).collect();
                let crumbs: i128 = parts.iter().sum::<i128>() - parts.iter().max().unwrap();
                // a line as given and a border rounded twice lie a few units apart, over half the globe too
                assert!(crumbs <= 16 * rim + 100_000, "a line cuts {crumbs} off {:?}", cell.shape);
            }
        }
        let mut edges = std::collections::HashSet::new();
        for (a, b) in made.cells.iter().flat_map(|cell| cell.shape.rings()).flat_map(Ring::edges) {
            edges.insert((a.min(b), a.max(b)));
        }
        for w in made.lines.iter().flat_map(|line| line.points.windows(2)) {
            assert!(edges.contains(&(w[0].min(w[1]), w[0].max(w[1]))), "{w:?} is no border");
        }
    }
}

/// Length of an edge in lattice units, rounded up.
fn span(a: LatticePoint, b: LatticePoint) -> i128 {
    i128::from(a.x_e7.abs_diff(b.x_e7)) + i128::from(a.y_e7.abs_diff(b.y_e7))
}

fn kinds(made: &Tessellation) -> Vec<FindingKind> {
    made.findings.iter().map(|finding| finding.kind).collect()
}

fn owner_at(made: &Tessellation, x: i32, y: i32) -> Option<u32> {
    cell_at(made, x, y).footprint
}

fn cell_at(made: &Tessellation, x: i32, y: i32) -> &Cell {
    let p = metres(&[(x, y)])[0];
    let mut holders = made.cells.iter().filter(|cell| cell.shape.contains(p, Perturbation::NORTH_EAST));
    let cell = holders.next().unwrap();
    assert!(holders.next().is_none());
    cell
}

#[test]
fn a_street_across_makes_two_blocks_and_the_border_between_two_houses_runs_halfway() {
    let made = Plot::plain()
        .with_lines([street(&[(100, -50), (100, 150)])])
        .with_houses([square(20, 40, 10, 10), square(70, 40, 10, 10), square(140, 40, 10, 10)])
        .cut();
    assert_eq!(made.cells.len(), 3);
    assert_eq!(made.findings, []);
    let wide = |i: u32| {
        let envelope = made.cells.iter().find(|cell| cell.footprint == Some(i)).unwrap().shape.envelope().unwrap();
        (envelope.min.x_e7 / M, envelope.max.x_e7 / M)
    };
    assert_eq!((wide(0).0, wide(0).1, wide(1).1, wide(2).0), (0, 50, 100, 100));
    assert_eq!(made.lines.len(), 1);
    assert_eq!(made.lines[0].points.first().unwrap().y_e7, 0, "cut off at the boundary");
}

#[test]
fn no_point_on_free_ground_is_nearer_to_a_wall_of_another_house_than_to_its_own_but_by_centimetres() {
    let houses = [
        square(10, 10, 12, 9),
        area(&[(40, 12), (60, 20), (55, 33), (35, 25)]),
        square(90, 60, 30, 8),
        square(70, 70, 6, 25),
        area(&[(120, 10), (160, 10), (160, 20), (130, 20), (130, 50), (120, 50)]),
        square(140, 30, 8, 8),
        square(160, 80, 9, 9),
        square(169, 80, 9, 9),
    ];
    let made = Plot::plain().with_houses(houses.clone()).cut();
    let distance_m = |p: LatticePoint, house: &MultiPolygon| {
        let walls = house.rings().flat_map(Ring::edges);
        walls.map(|edge| crate::geom::segment_distance_m(p, edge)).fold(f64::INFINITY, f64::min)
    };
    for x in 1..200 {
        for y in 1..100 {
            let p = LatticePoint::new(x * M + 7, y * M + 11);
            if houses.iter().any(|house| house.contains(p, Perturbation::NORTH_EAST)) {
                continue;
            }
            let own = made.cells.iter().find(|cell| cell.shape.contains(p, Perturbation::NORTH_EAST)).unwrap();
            let own_m = distance_m(p, &houses[own.footprint.unwrap() as usize]);
            let best_m = houses.iter().map(|house| distance_m(p, house)).fold(f64::INFINITY, f64::min);
            assert!(own_m <= best_m + 0.6, "{p}: {own_m} m to its own, {best_m} m to another");
        }
    }
}

#[test]
fn a_street_that_ends_short_of_the_next_is_led_on_to_it_and_one_farther_off_is_not() {
    let houses = [square(20, 40, 10, 10), square(140, 40, 10, 10)];
    let short = Plot::plain().with_lines([street(&[(100, 4), (100, 150)])]).with_houses(houses.clone()).cut();
    assert_eq!(kinds(&short), [FindingKind::EndClosed]);
    let border = |made: &Tessellation| made.lines.iter().map(|line| line.points.len()).sum::<usize>();
    assert!(border(&short) > 0);
    let far = Plot::plain().with_lines([street(&[(100, 7), (100, 150)])]).with_houses(houses).cut();
    assert_eq!((kinds(&far), border(&far)), (vec![], 0), "a dead end borders nothing");
    assert_eq!(far.cells.len(), 2);
}

#[test]
fn an_end_is_not_led_through_a_building() {
    let made = Plot::plain()
        .with_lines([street(&[(100, 4), (100, 150)])])
        .with_houses([square(95, 1, 10, 2), square(20, 40, 10, 10)])
        .cut();
    assert_eq!(kinds(&made), []);
}

#[test]
fn paths_divide_only_where_the_settings_say_so() {
    let ground = Plot::plain()
        .with_lines([line(LineClass::Path, &[(100, -10), (100, 110)])])
        .with_houses([square(20, 40, 10, 10)]);
    assert_eq!(ground.cut().cells.len(), 1);
    let mut settings = Settings::default();
    settings.dividing.insert(LineClass::Path);
    let made = ground.cut_with(&settings).unwrap();
    ground.check(&settings, &made);
    assert_eq!(made.cells.iter().map(|cell| cell.kind).collect::<Vec<_>>(), [AtomKind::Building, AtomKind::Open]);
}

#[test]
fn of_two_buildings_that_overlap_the_smaller_code_keeps_the_overlap() {
    let made = Plot::plain().with_houses([square(20, 40, 20, 20), square(30, 40, 20, 20)]).cut();
    assert_eq!(kinds(&made), [FindingKind::FootprintsOverlap]);
    assert_eq!(made.findings[0].codes, ["c00", "c01"]);
    assert!((made.findings[0].area_m2 - 200.0).abs() < 3.0);
    assert_eq!((owner_at(&made, 35, 50), owner_at(&made, 45, 50)), (Some(0), Some(1)));
}

#[test]
fn a_building_drawn_twice_has_one_cell_and_says_into_which_it_went() {
    let made = Plot::plain()
        .with_houses([square(20, 40, 20, 20), square(20, 40, 20, 20), square(21, 41, 5, 5), square(100, 40, 20, 20)])
        .cut();
    assert_eq!(made.merged, [(1, 0), (2, 0)]);
    assert_eq!(kinds(&made), [FindingKind::FootprintMerged; 2]);
    assert_eq!(made.cells.len(), 2);
}

#[test]
fn a_building_across_a_street_belongs_to_the_side_with_most_of_it() {
    let made = Plot::plain()
        .with_lines([street(&[(100, -10), (100, 110)])])
        .with_houses([square(80, 40, 30, 10), square(150, 40, 10, 10)])
        .cut();
    assert_eq!(kinds(&made), [FindingKind::FootprintCutByLine]);
    assert!((made.findings[0].area_m2 - 100.0).abs() < 2.0);
    assert_eq!((owner_at(&made, 95, 45), owner_at(&made, 105, 45)), (Some(0), Some(1)));
    let alone =
        Plot::plain().with_lines([street(&[(100, -10), (100, 110)])]).with_houses([square(80, 40, 30, 10)]).cut();
    assert_eq!((alone.cells.len(), cell_at(&alone, 105, 45).kind), (2, AtomKind::Open));
}

#[test]
fn a_building_over_the_boundary_is_cut_off_there_and_one_outside_is_left_out() {
    let made = Plot::plain()
        .with_houses([
            square(-5, 40, 20, 10),
            square(-50, 40, 10, 10),
            square(5000, 40, 10, 10),
            square(100, 40, 10, 10),
        ])
        .cut();
    let want = [FindingKind::FootprintOutside, FindingKind::FootprintOutside, FindingKind::FootprintClipped];
    assert_eq!(kinds(&made), want);
    assert_eq!(made.cells.len(), 2);
}

#[test]
fn a_building_in_two_units_belongs_to_the_one_with_most_of_it() {
    let mut ground = Plot::plain().with_houses([square(190, 40, 30, 10), square(20, 40, 10, 10)]);
    ground.units.push(square(200, 0, 100, 100));
    let made = ground.cut();
    assert_eq!(kinds(&made), [FindingKind::FootprintCutByUnit]);
    assert_eq!((cell_at(&made, 195, 45).unit, owner_at(&made, 195, 45)), (0, Some(1)));
    assert_eq!((cell_at(&made, 205, 45).unit, owner_at(&made, 205, 45)), (1, Some(0)));
}

#[test]
fn the_unit_with_the_smaller_code_keeps_what_two_claim() {
    let mut ground = Plot::plain();
    ground.units.push(square(190, 0, 100, 100));
    let made = ground.cut_with(&Settings::default()).unwrap();
    assert_eq!(kinds(&made), [FindingKind::UnitsOverlap]);
    assert_eq!(
        made.cells.iter().map(|cell| cell.shape.area_2()).collect::<Vec<_>>(),
        [square(0, 0, 200, 100).area_2(), square(200, 0, 90, 100).area_2()]
    );
}

#[test]
fn parts_of_one_building_have_one_cell_and_a_part_kept_away_goes_to_a_neighbour() {
    let two = MultiPolygon([square(20, 40, 20, 20).0, square(50, 40, 10, 10).0].concat());
    let made = Plot::plain().with_houses([two.clone(), square(120, 40, 10, 10)]).cut();
    assert_eq!((made.cells.len(), kinds(&made)), (2, vec![]));
    assert_eq!((owner_at(&made, 30, 50), owner_at(&made, 55, 45)), (Some(0), Some(0)));
    let wall = square(44, 0, 2, 100);
    let made = Plot::plain().with_houses([two, wall]).cut();
    assert_eq!(kinds(&made), [FindingKind::PartSeparated]);
    assert_eq!(owner_at(&made, 55, 45), Some(1));
}

#[test]
fn a_courtyard_belongs_to_the_building_around_it_and_a_house_in_it_to_itself() {
    let mut block = square(20, 20, 60, 60);
    block.0[0].holes.push(square(30, 30, 40, 40).0.remove(0).exterior);
    let made = Plot::plain().with_houses([block.clone(), square(150, 40, 10, 10)]).cut();
    assert_eq!((owner_at(&made, 50, 50), made.cells.len(), kinds(&made)), (Some(0), 2, vec![]));
    let made = Plot::plain().with_houses([block, square(45, 45, 10, 10)]).cut();
    assert_eq!((owner_at(&made, 50, 50), owner_at(&made, 32, 32), made.cells.len()), (Some(1), Some(0), 2));
}

#[test]
fn a_shed_goes_whole_with_the_nearest_house() {
    let made = Plot::plain()
        .with_houses([square(20, 40, 10, 10), square(90, 40, 10, 10)])
        .with_sheds([square(45, 40, 20, 10), square(30, 40, 4, 4), square(66, 40, 20, 4)])
        .cut();
    assert_eq!(made.cells.len(), 2);
    assert_eq!(
        (owner_at(&made, 32, 42), owner_at(&made, 46, 45), owner_at(&made, 70, 42)),
        (Some(0), Some(1), Some(1))
    );
}

#[test]
fn a_block_where_nobody_lives_is_one_open_cell_whatever_stands_there() {
    let made = Plot::plain().with_sheds([square(20, 40, 10, 10), square(90, 40, 10, 10)]).cut();
    assert_eq!((made.cells.len(), made.cells[0].kind, made.cells[0].footprint), (1, AtomKind::Open, None));
}

#[test]
fn a_park_stays_out_of_the_cells_of_houses_and_a_lawn_does_not() {
    let made = Plot::plain()
        .with_houses([square(20, 40, 10, 10), square(140, 40, 10, 10), square(80, 60, 10, 10)])
        .with_ground(square(60, 0, 50, 100), AtomKind::Green)
        .with_ground(square(160, 40, 10, 10), AtomKind::Green)
        .with_ground(square(180, 0, 20, 100), AtomKind::Water)
        .cut();
    let mut count: Vec<AtomKind> = made.cells.iter().map(|cell| cell.kind).collect();
    count.sort();
    let (house, green, water) = (AtomKind::Building, AtomKind::Green, AtomKind::Water);
    assert_eq!(count, [house, house, house, green, water]);
    assert_eq!(cell_at(&made, 62, 5).ground, Some(0));
    let in_park = made.cells.iter().find(|cell| cell.footprint == Some(2)).unwrap();
    assert_eq!(in_park.shape.area_2(), square(80, 60, 10, 10).area_2(), "a house in a park keeps its footprint");
    assert!(made.lines.iter().all(|line| line.class == LineClass::River), "the shore is a line");
    assert_eq!(made.lines.len(), 1);
}

#[test]
fn a_strip_between_two_carriageways_is_joined_across_one_of_them_and_a_wide_one_stays_open() {
    let lines = |gap: i32| [street(&[(-10, 50), (210, 50)]), street(&[(-10, 50 + gap), (210, 50 + gap)])];
    let houses = [square(20, 20, 10, 10), square(20, 70, 10, 10)];
    let thin = Plot::plain().with_lines(lines(3)).with_houses(houses.clone()).cut();
    assert_eq!((thin.cells.len(), kinds(&thin)), (2, vec![FindingKind::ThinBlockJoined]));
    let wide = Plot::plain().with_lines(lines(10)).with_houses(houses).cut();
    assert_eq!((wide.cells.len(), kinds(&wide)), (3, vec![]));
}

#[test]
fn lines_twice_along_each_other_outside_or_without_length_do_no_harm() {
    let plain = Plot::plain().with_houses([square(20, 20, 10, 10), square(120, 20, 10, 10)]);
    let once = plain.clone().with_lines([street(&[(100, -10), (100, 110)])]).cut();
    let much = plain
        .with_lines([
            street(&[(100, -10), (100, 110)]),
            street(&[(100, 110), (100, 50), (100, -10)]),
            street(&[(100, 20), (100, 70)]),
            street(&[(100, 20), (100, 20)]),
            street(&[]),
            street(&[(7, 7)]),
            street(&[(0, 0), (200, 0)]),
            street(&[(-500, -500), (-400, -300)]),
        ])
        .cut();
    assert_eq!(
        once.cells.iter().map(|c| c.shape.area_2()).collect::<Vec<_>>(),
        much.cells.iter().map(|c| c.shape.area_2()).collect::<Vec<_>>()
    );
    assert_eq!(much.findings, []);
}

#[test]
fn houses_wall_to_wall_part_at_the_wall_and_leave_it_at_its_ends() {
    let row: Vec<MultiPolygon> = (0..6).map(|i| square(20 + 8 * i, 40, 8, 12)).collect();
    let made = Plot::plain().with_houses(row.clone()).cut();
    assert_eq!((made.cells.len(), kinds(&made)), (6, vec![]));
    for (i, house) in row.iter().enumerate() {
        let cell = made.cells.iter().find(|cell| cell.footprint == Some(i as u32)).unwrap();
        for &corner in house.0[0].exterior.points() {
            assert!(cell.shape.touches(corner) || cell.shape.contains(corner, Perturbation::NORTH_EAST));
        }
    }
    assert_eq!(owner_at(&made, 40, 53), Some(2), "half a metre before the third house");
    assert_eq!(made.cells.iter().filter(|cell| area_m2(&cell.shape) < 96.0).count(), 0);
}

#[test]
fn nothing_to_tile_wrong_measures_and_a_cancel_are_told() {
    assert_eq!(Plot::default().cut_with(&Settings::default()), Err(TessellateError::NoGround));
    let settings = Settings { thin_m: f64::NAN, ..Settings::default() };
    assert!(matches!(Plot::plain().cut_with(&settings), Err(TessellateError::Setting { name: "thin_m", .. })));
    let ground = Plot::plain().with_houses([square(20, 20, 10, 10), square(120, 20, 10, 10)]);
    let cancelled = tessellate(&ground.town(), &Settings::default(), &|done, all| {
        assert!(done <= all);
        if done > 1 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!(cancelled, Err(TessellateError::Cancelled));
}

#[test]
fn every_kind_of_finding_has_a_name_and_a_sentence_in_both_languages() {
    for kind in FindingKind::ALL {
        assert!(kind.name().chars().all(|c| c.is_ascii_lowercase() || c == '_'));
        assert!(!kind.english().is_empty() && !kind.chinese().is_ascii());
    }
}
