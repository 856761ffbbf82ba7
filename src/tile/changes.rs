//! Which tiles of a coverage an edit changes.
//!
//! What a zoom draws is compared edge by edge, with the shapes on both sides: an edge that is there before and after changes no
//! tile. Around the others lie the tiles that are to be cut again; inside a shape that went over to another, those whose corner has
//! another owner. Properties are no geometry: shapes that say something else are told apart, so that who keeps properties out of
//! tiles need not cut one.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::RangeInclusive;

use crate::coverage::simplify::{FINEST_ZOOM, Mesh, Pixels};
use crate::topology::FaceId;

use super::coverage::Coverage;
use super::cut::{Frame, Label, MIDDLE, NOBODY, Place, Shown, owner};
use super::mercator::{BUFFER, EXTENT, TileId};

/// What changed between two coverages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// Tiles whose shapes or borders may be drawn in another way, each once, by zoom.
    pub tiles: Vec<TileId>,
    /// Zooms at which anything may have changed: another level is shown there.
    pub whole_zooms: Vec<u8>,
    /// Shapes of any level with other properties, by level; those that came or went are not among them.
    pub restated: Vec<Restated>,
}

/// A shape that says something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Restated {
    /// Its level: 0 is the finest.
    pub level: usize,
    /// Its id.
    pub id: u64,
}

/// The id of a shape and its level; none where no shape is.
type Side = Option<(u64, u8)>;

/// An edge as a zoom draws it, from its smaller end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Edge {
    a: Place,
    b: Place,
    /// The ids on both sides and their levels; none where no shape is.
    left: Side,
    right: Side,
    /// A number of the stops on its way.
    stops: u64,
}

impl Coverage {
    /// The tiles of these zooms that are drawn otherwise in a newer state of this coverage; shapes are the same where their ids
    /// are. Exact but for tiles in which only an edge a hair beyond the box changed. O(points of both), less where arcs are equal.
    pub fn changes(&self, newer: &Self, zooms: RangeInclusive<u8>) -> Changes {
        let mut changes = Changes { restated: restated(self, newer), ..Changes::default() };
        let mut tiles = BTreeSet::new();
        for zoom in zooms.filter(|&zoom| zoom <= FINEST_ZOOM) {
            let (before, after) = (self.level_at(zoom), newer.level_at(zoom));
            if before != after {
                changes.whole_zooms.push(zoom);
                continue;
            }
            let mut differing = Differing::default();
            let same = equal_arcs(self, newer, before, zoom);
            for (coverage, side) in [(self, 1), (newer, -1)] {
                let skip = if side == 1 { &same.0 } else { &same.1 };
                coverage.each_edge(before, zoom, skip, |edge| *differing.edges.entry(edge).or_default() += side);
            }
            differing.tiles(self, newer, before, zoom, &mut tiles);
        }
        changes.tiles = tiles.into_iter().collect();
        changes
    }

    /// Whether shapes of a level are shown at a zoom, be it only some where finer ones have no room. (Where a tile would be too large,
    /// coarser ones are shown whatever the zoom.)
    pub fn shows(&self, level: usize, zoom: u8) -> bool {
        let own = self.level_at(zoom);
        let first = |level: usize| self.sheet.levels.get(level).map(|held| held.base);
        let (Some(low), Shown::As(labels)) = (first(level), self.shown(own, zoom)) else { return own == level };
        let (numbers, base) = (low..first(level + 1).unwrap_or(u32::MAX), self.sheet.levels[own].base);
        own == level || labels.iter().any(|&label| label != NOBODY && numbers.contains(&(base + label)))
    }

    fn mesh(&self, level: usize) -> &Mesh {
        &self.sheet.levels[level].mesh
    }

    fn shown(&self, level: usize, zoom: u8) -> Shown<'_> {
        self.sheet.levels[level].shown(zoom)
    }

    /// The id of what a label stands for, and its level.
    fn identity(&self, level: usize, label: Label) -> Option<(u64, u8)> {
        if label == NOBODY {
            return None;
        }
        let number = self.sheet.levels[level].base + label;
        let at = self.sheet.levels.partition_point(|level| level.base <= number) - 1;
        Some((self.sheet.ids[number as usize], at as u8))
    }

    fn sides(&self, level: usize, zoom: u8, arc: u32) -> (Side, Side) {
        let held = &self.mesh(level).arcs()[arc as usize];
        let shown = self.shown(level, zoom);
        let of = |face: Option<FaceId>| self.identity(level, shown.label(face));
        (of(held.left), of(held.right))
    }

    /// Tells the edges of the arcs that are not in `skip`.
    fn each_edge(&self, level: usize, zoom: u8, skip: &HashSet<u32>, mut found: impl FnMut(Edge)) {
        let mesh = self.mesh(level);
        for arc in (0..mesh.arcs().len() as u32).filter(|arc| !skip.contains(arc)) {
            let (left, right) = self.sides(level, zoom, arc);
            if left == right {
                continue;
            }
            let stops = mesh.stops(arc, zoom);
            let mut last: Option<(u32, Place)> = None;
            let drawn = mesh.points(arc).iter().zip(mesh.first_zooms(arc)).enumerate();
            for (i, (&p, _)) in drawn.filter(|(_, (_, first))| **first <= zoom) {
                let b = (i64::from(p.x_e7), i64::from(p.y_e7));
                let Some((from, a)) = last.replace((i as u32, b)) else { continue };
                // stops of one edge in any order: a sum of mixed numbers
                let on = stops.iter().filter(|stop| stop.from == from).map(|stop| {
                    let packed = (stop.x as u32 as u64) << 32 | stop.y as u32 as u64;
                    (packed ^ packed >> 29).wrapping_mul(0x9E37_79B9_7F4A_7C15)
                });
                let stops = on.fold(0, u64::wrapping_add);
                found(if a < b {
                    Edge { a, b, left, right, stops }
                } else {
                    Edge { a: b, b: a, left: right, right: left, stops }
                });
            }
        }
    }
}

/// The arcs of both that are equal in all that a zoom draws.
fn equal_arcs(older: &Coverage, newer: &Coverage, level: usize, zoom: u8) -> (HashSet<u32>, HashSet<u32>) {
    let (old_mesh, new_mesh) = (older.mesh(level), newer.mesh(level));
    let key = |mesh: &Mesh, arc: u32| {
        let points = mesh.points(arc);
        (points[0], points[1], points.len())
    };
    let by_start: HashMap<_, u32> = (0..old_mesh.arcs().len() as u32).map(|arc| (key(old_mesh, arc), arc)).collect();
    let (mut same_old, mut same_new) = (HashSet::new(), HashSet::new());
    for arc in 0..new_mesh.arcs().len() as u32 {
        let Some(&old) = by_start.get(&key(new_mesh, arc)) else { continue };
        let stops = |mesh: &Mesh, arc: u32| -> Vec<(u32, i32, i32)> {
            mesh.stops(arc, zoom).iter().map(|stop| (stop.from, stop.x, stop.y)).collect()
        };
        if old_mesh.points(old) == new_mesh.points(arc)
            && old_mesh.first_zooms(old) == new_mesh.first_zooms(arc)
            && older.sides(level, zoom, old) == newer.sides(level, zoom, arc)
            && stops(old_mesh, old) == stops(new_mesh, arc)
        {
            same_old.insert(old);
            same_new.insert(arc);
        }
    }
    (same_old, same_new)
}

/// Shapes that both have, with other properties.
fn restated(older: &Coverage, newer: &Coverage) -> Vec<Restated> {
    let of = |coverage: &Coverage, level: usize| -> HashMap<u64, usize> {
        let Some(held) = coverage.sheet.levels.get(level) else { return HashMap::new() };
        let (base, count) = (held.base as usize, held.mesh.faces() as usize);
        (base..base + count).map(|i| (coverage.sheet.ids[i], i)).collect()
    };
    let mut found = Vec::new();
    for level in 0..newer.levels() {
        let before = of(older, level);
        let differs = |(id, i): &(u64, usize)| {
            before.get(id).is_some_and(|&j| !older.sheet.values.equal(j, &newer.sheet.values, *i))
        };
        found.extend(of(newer, level).into_iter().filter(differs).map(|(id, _)| Restated { level, id }));
    }
    found.sort_unstable();
    found
}

/// Edges with how often they were there before, less how often after.
#[derive(Debug, Default)]
struct Differing {
    edges: HashMap<Edge, i32>,
}

impl Differing {
    fn tiles(mut self, older: &Coverage, newer: &Coverage, level: usize, zoom: u8, tiles: &mut BTreeSet<TileId>) {
        self.edges.retain(|_, times| *times != 0);
        if self.edges.is_empty() {
            return;
        }
        let pixels = Pixels::new(zoom);
        let last = (1_i64 << zoom) - 1;
        let span = |low: i64, high: i64| {
            let tile = |v: i64, by: i64| (pixels.of(v + MIDDLE) + by).div_euclid(EXTENT).clamp(0, last) as u32;
            tile(low, -BUFFER - 1)..=tile(high, BUFFER + 1)
        };
        let (mut low, mut high) = ((i64::MAX, i64::MAX), (i64::MIN, i64::MIN));
        let mut touched = BTreeSet::new();
        for edge in self.edges.keys() {
            let (south, north) = (edge.a.1.min(edge.b.1), edge.a.1.max(edge.b.1));
            low = (low.0.min(edge.a.0), low.1.min(south));
            high = (high.0.max(edge.b.0), high.1.max(north));
            for x in span(edge.a.0, edge.b.0) {
                for y in span(south, north) {
                    if let Ok(tile) = TileId::new(zoom, x, y)
                        && Frame::new(tile).comes_near(edge.a, edge.b)
                    {
                        touched.insert(tile);
                    }
                }
            }
        }
        // tiles that no changed edge meets lie wholly in one shape, or are as they were
        let owner = |coverage: &Coverage, tile: TileId| {
            let label = owner(coverage.mesh(level), coverage.shown(level, zoom), &Frame::new(tile));
            coverage.identity(level, label)
        };
        for x in span(low.0, high.0) {
            let mut before: Option<bool> = None;
            for y in span(low.1, high.1) {
                let Ok(tile) = TileId::new(zoom, x, y) else { continue };
                if touched.contains(&tile) {
                    before = None;
                    continue;
                }
                // next to one that no changed edge meets, it fares alike
                let changed = *before.get_or_insert_with(|| owner(older, tile) != owner(newer, tile));
                if changed {
                    tiles.insert(tile);
                }
            }
        }
        tiles.extend(touched);
    }
}
