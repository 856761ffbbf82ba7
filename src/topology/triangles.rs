//! Gaps cut into triangles, each with what lies on either side of it and how far apart.
//!
//! The constrained Delaunay triangulation of a gap has the vertices of its outline and no others, so nothing moves. To
//! settle gaps by giving triangles to neighbours follows Arroyo Ohori, Ledoux and Meijers, "Validation and automatic
//! repair of planar partitions using a constrained triangulation" (Photogrammetrie, Fernerkundung, Geoinformation 2012).

use std::collections::HashMap;

use rayon::prelude::*;
use spade::{ConstrainedDelaunayTriangulation, Point2, Triangulation};

use super::FaceId;
use super::cells::Cells;
use super::chain::Chain;
use super::moves::middle;
use super::node::covered;
use crate::geom::{LatticePoint, MultiPolygon, Polygon, Ring, area_m2, distance_m, metres_per_unit};

/// A side counts as near to a face though it may lie this much farther off, in metres, between the points asked.
const NEAR_M: f64 = 0.01;

/// What a side of a triangle is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Across {
    /// The border of a face.
    Wall(FaceId),
    /// Another triangle of the same gap.
    Door(u32),
    /// The open country beyond all shapes, or a border that nobody owns.
    Nothing,
}

/// Two faces that look at each other across a triangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bridge {
    /// The nearer face and the farther one, from the middle of the triangle.
    pub faces: (FaceId, FaceId),
    /// The sum of the two distances in metres: the local width of the gap.
    pub width_m: f64,
}

/// A triangle of a gap, counter-clockwise; side i runs from corner i to the next.
#[derive(Debug, Clone)]
pub(super) struct Triangle {
    pub corners: [LatticePoint; 3],
    /// The cell it lies in.
    pub cell: u32,
    pub across: [Across; 3],
    /// `None` where no two faces look at each other within reach.
    pub bridge: Option<Bridge>,
}

impl Triangle {
    pub fn side(&self, i: usize) -> (LatticePoint, LatticePoint) {
        (self.corners[i], self.corners[(i + 1) % 3])
    }

    pub fn area_m2(&self) -> f64 {
        let exterior = Ring::new(self.corners.to_vec());
        area_m2(&MultiPolygon(vec![Polygon { exterior, holes: vec![] }]))
    }
}

/// The triangles of all open cells, the country around included as far as the convex hull reaches.
#[derive(Debug, Clone, Default)]
pub(super) struct Triangles {
    pub all: Vec<Triangle>,
    walls: Walls,
}

impl Triangles {
    /// Cuts the cells that are `open` (cell 0 too, if it is) and looks for bridges up to `reach_m`. `None` where the borders
    /// do not meet at their ends alone. O(n log n).
    pub fn of(chains: &[Chain], cells: &Cells, owner: &[Option<FaceId>], open: &[bool], reach_m: f64) -> Option<Self> {
        let walls: Vec<Wall> = walls(chains, cells, owner, open);
        if walls.is_empty() {
            return Some(Self::default());
        }
        let mut points: Vec<LatticePoint> = walls.iter().flat_map(|wall| [wall.ends.0, wall.ends.1]).collect();
        points.par_sort_unstable();
        points.dedup();
        let number = |p: LatticePoint| points.binary_search(&p).unwrap_or_default();
        let constraints = walls.iter().map(|wall| [number(wall.ends.0), number(wall.ends.1)]).collect();
        let vertices = points.iter().map(|p| Point2::new(f64::from(p.x_e7), f64::from(p.y_e7))).collect();
        let mut clash = false;
        let net = ConstrainedDelaunayTriangulation::<Point2<f64>>::try_bulk_load_cdt(vertices, constraints, |_| {
            clash = true;
        })
        .ok()?;
        if clash || net.num_vertices() != points.len() {
            return None;
        }
        // what is left and right of each wall, by the numbers of its ends
        let sides: HashMap<(usize, usize), Side> = walls
            .iter()
            .flat_map(|wall| {
                let (a, b) = (number(wall.ends.0), number(wall.ends.1));
                [((a, b), wall.left), ((b, a), wall.right)]
            })
            .collect();
        let faces: Vec<([usize; 3], [Option<usize>; 3])> = net
            .inner_faces()
            .map(|face| {
                let edges = face.adjacent_edges();
                let beyond = |i: usize| edges[i].rev().face().as_inner().map(|face| face.index() - 1); // face 0 is the outer one
                (edges.map(|edge| edge.from().index()), [beyond(0), beyond(1), beyond(2)])
            })
            .collect();
        let inside = flood(&faces, &sides);
        let mut place = vec![None; faces.len()];
        for (n, i) in (0..faces.len()).filter(|&i| inside[i].is_some()).enumerate() {
            place[i] = Some(n as u32);
        }
        let triangle = |(corners, beyond): &([usize; 3], [Option<usize>; 3]), cell: u32| {
            let across = [0, 1, 2].map(|i| {
                let ends = (corners[(i + 1) % 3], corners[i]);
                match sides.get(&ends) {
                    Some(Side::Face(face)) => Across::Wall(*face),
                    Some(_) => Across::Nothing,
                    None => beyond[i].and_then(|i| place[i]).map_or(Across::Nothing, Across::Door),
                }
            });
            Triangle { corners: corners.map(|i| points[i]), cell, across, bridge: None }
        };
        let mut all: Vec<Triangle> =
            faces.iter().zip(&inside).filter_map(|(face, cell)| Some(triangle(face, (*cell)?))).collect();
        let walls = Walls::new(&walls, reach_m);
        all.par_iter_mut().for_each(|triangle| triangle.bridge = walls.bridge(triangle.corners, reach_m));
        Some(Self { all, walls })
    }

    /// Whether every point of the triangle's sides lies within this distance in metres of the border of `face`. The distance
    /// changes by no more than the way along a side, so few points of a side need asking.
    pub fn is_near(&self, triangle: &Triangle, face: FaceId, most_m: f64) -> bool {
        let far_m = |at| self.walls.distance_m(at, face);
        let mut waiting: Vec<_> =
            (0..3).map(|i| triangle.side(i)).map(|(a, b)| ((a, far_m(a)), (b, far_m(b)))).collect();
        while let Some((a, b)) = waiting.pop() {
            if a.1 > most_m || b.1 > most_m {
                return false;
            }
            let at = middle(a.0, b.0);
            if a.1 + b.1 + distance_m(a.0, b.0) > 2.0 * (most_m + NEAR_M) && at != a.0 && at != b.0 {
                let middle = (at, far_m(at));
                waiting.extend([(a, middle), (middle, b)]);
            }
        }
        true
    }
}

/// What lies on one side of a border.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Face(FaceId),
    Open(u32),
    Neither,
}

/// A border edge of an open cell.
struct Wall {
    ends: (LatticePoint, LatticePoint),
    left: Side,
    right: Side,
}

fn walls(chains: &[Chain], cells: &Cells, owner: &[Option<FaceId>], open: &[bool]) -> Vec<Wall> {
    let side = |cell: u32| match owner[cell as usize] {
        _ if open[cell as usize] => Side::Open(cell),
        Some(face) => Side::Face(face),
        None => Side::Neither,
    };
    let mut walls = Vec::new();
    for (i, chain) in chains.iter().enumerate() {
        let (left, right) = cells.sides(i);
        let (left, right) = (side(left), side(right));
        if matches!(left, Side::Open(_)) || matches!(right, Side::Open(_)) {
            walls.extend(chain.points.windows(2).map(|w| Wall { ends: (w[0], w[1]), left, right }));
        }
    }
    walls
}

/// The open cells triangles lie in: those left of an open side, and those through a door from one.
fn flood(faces: &[([usize; 3], [Option<usize>; 3])], sides: &HashMap<(usize, usize), Side>) -> Vec<Option<u32>> {
    let wall = |i: usize, side: usize| sides.get(&(faces[i].0[side], faces[i].0[(side + 1) % 3]));
    let open =
        |i: usize| (0..3).find_map(|side| if let Some(&Side::Open(cell)) = wall(i, side) { Some(cell) } else { None });
    let mut inside: Vec<Option<u32>> = (0..faces.len()).map(open).collect();
    let mut queue: Vec<usize> = (0..faces.len()).filter(|&i| inside[i].is_some()).collect();
    while let Some(i) = queue.pop() {
        for side in 0..3 {
            if let (None, Some(next)) = (wall(i, side), faces[i].1[side])
                && inside[next].is_none()
            {
                inside[next] = inside[i];
                queue.push(next);
            }
        }
    }
    inside
}

/// The borders of faces on open cells, by the square buckets they pass through.
#[derive(Debug, Clone, Default)]
struct Walls {
    edges: Vec<(LatticePoint, LatticePoint, FaceId)>,
    /// (bucket, edge), sorted.
    members: Vec<(u64, u32)>,
    width: i64,
    reach_m: f64,
}

/// A point off the lattice, in lattice units.
type Place = (f64, f64);

impl Walls {
    fn new(walls: &[Wall], reach_m: f64) -> Self {
        let owned = |wall: &Wall| {
            [wall.left, wall.right]
                .into_iter()
                .find_map(|side| if let Side::Face(face) = side { Some(face) } else { None })
        };
        let edges: Vec<_> = walls
            .iter()
            .filter_map(|wall| {
                let (a, b) = if wall.ends.0 < wall.ends.1 { wall.ends } else { (wall.ends.1, wall.ends.0) };
                Some((a, b, owned(wall)?))
            })
            .collect();
        let spread: u64 =
            edges.iter().map(|(a, b, _)| u64::from(a.x_e7.abs_diff(b.x_e7)) + u64::from(a.y_e7.abs_diff(b.y_e7))).sum();
        let mean = 2 * spread / (edges.len() as u64).max(1);
        let reach = (2.0 * reach_m / metres_per_unit(0).0) as u64;
        let width = mean.max(reach).clamp(16, 1 << 28) as i64;
        let mut members: Vec<(u64, u32)> = (0..edges.len() as u32)
            .into_par_iter()
            .flat_map_iter(|i| {
                let (a, b, _) = edges[i as usize];
                covered((a, b), width).map(move |bucket| (bucket, i))
            })
            .collect();
        members.par_sort_unstable();
        members.dedup();
        Self { edges, members, width, reach_m }
    }

    /// From `at` to the nearest point of each edge within reach: the way in metres, its length, the face.
    fn around(&self, at: Place) -> impl Iterator<Item = (Place, f64, FaceId)> + '_ {
        let (east_m, north_m) = metres_per_unit(at.1 as i32);
        let (reach_x, reach_y) = (self.reach_m / east_m.max(1e-6), self.reach_m / north_m);
        let bucket = |v: f64| (v.clamp(-4e9, 4e9) as i64).div_euclid(self.width);
        let rows = move || bucket(at.1 - reach_y)..=bucket(at.1 + reach_y);
        let buckets = (bucket(at.0 - reach_x)..=bucket(at.0 + reach_x))
            .flat_map(move |c| rows().map(move |r| ((c as u32 as u64) << 32) | u64::from(r as u32)));
        let members = buckets.flat_map(move |bucket| {
            let first = self.members.partition_point(|&(b, _)| b < bucket);
            self.members[first..].iter().take_while(move |&&(b, _)| b == bucket).map(|&(_, edge)| edge)
        });
        members.filter_map(move |edge| {
            let (a, b, face) = self.edges[edge as usize];
            let plane = |p: LatticePoint| ((f64::from(p.x_e7) - at.0) * east_m, (f64::from(p.y_e7) - at.1) * north_m);
            let ((ax, ay), (bx, by)) = (plane(a), plane(b));
            let (dx, dy) = (bx - ax, by - ay);
            let length_2 = dx * dx + dy * dy;
            let t = if length_2 > 0.0 { (-(ax * dx + ay * dy) / length_2).clamp(0.0, 1.0) } else { 0.0 };
            let way = (ax + t * dx, ay + t * dy);
            let far = way.0.hypot(way.1);
            (far <= self.reach_m).then_some((way, far, face))
        })
    }

    /// The nearest face to the middle of the triangle, and the nearest other face that lies the other way: the two ways
    /// make an angle of at least 120 degrees, so that neighbours along one bank are not taken for two banks.
    fn bridge(&self, corners: [LatticePoint; 3], most_m: f64) -> Option<Bridge> {
        let middle = |of: fn(&LatticePoint) -> i32| corners.iter().map(|p| f64::from(of(p))).sum::<f64>() / 3.0;
        let at = (middle(|p| p.x_e7), middle(|p| p.y_e7));
        let near: Vec<(Place, f64, FaceId)> = self.around(at).collect();
        let nearer = |a: &&(Place, f64, FaceId), b: &&(Place, f64, FaceId)| a.1.total_cmp(&b.1).then(a.2.cmp(&b.2));
        let &(one, one_m, first) = near.iter().min_by(nearer)?;
        let faces = |&&(two, two_m, face): &&(Place, f64, FaceId)| {
            face != first && one.0 * two.0 + one.1 * two.1 <= -0.5 * one_m * two_m
        };
        let &(_, two_m, second) = near.iter().filter(faces).min_by(nearer)?;
        let width_m = one_m + two_m;
        (width_m <= most_m).then_some(Bridge { faces: (first, second), width_m })
    }

    fn distance_m(&self, at: LatticePoint, face: FaceId) -> f64 {
        let at = (f64::from(at.x_e7), f64::from(at.y_e7));
        self.around(at).filter(|&(.., of)| of == face).map(|(_, far, _)| far).fold(f64::INFINITY, f64::min)
    }
}
