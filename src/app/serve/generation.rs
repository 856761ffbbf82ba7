//! What is in force at an instant: for each lowest jurisdiction the grids of the latest publication that covers it.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use sha2::{Digest, Sha256};

use crate::atom::Jurisdiction;
use crate::geom::{Envelope, LatticePoint, MultiPolygon};
use crate::locate::{Accuracy, CoverageIndex, NotPartition, Owner, Resolution, RtreeIndex};

use super::hex::hex;
use super::proven::{Named, Proven};
use super::published::{Grid, Import, Published};
use super::tiles::Tiles;
use super::tree::Tree;

/// Sequences of the publications it is put together from, in the order in which they come to hold. Two instants with the
/// same key have the same generation.
pub type Key = Vec<i64>;

/// Grids in force together, ready to be asked. Immutable; a reader holds one whole.
#[derive(Debug)]
pub struct Generation {
    key: Key,
    published: Vec<Arc<Published>>,
    /// For each lowest jurisdiction in force the position of its publication in `published`.
    units: HashMap<String, usize>,
    grids: Vec<Arc<Grid>>,
    /// `None` where the grids are no partition, as those of publications that rest on different imports may be.
    proven: Option<Proven>,
    /// What is nearest, and who owns a point where nothing is proven. Made when first asked for.
    rtree: OnceLock<RtreeIndex>,
    /// Gaps of the files that were closed; `None` where there were none.
    gaps: Option<RtreeIndex>,
    envelope: Option<Envelope>,
    version: String,
    tree: OnceLock<Tree>,
    tiles: Tiles,
}

/// The answer to "whose is this point?".
#[derive(Debug, Clone, PartialEq)]
pub enum Located {
    /// Exactly one grid owns it.
    Owned {
        /// The owner.
        grid: Arc<Grid>,
        /// How that was decided.
        resolution: Resolution,
    },
    /// No grid owns it.
    Outside {
        /// The grid whose border is nearest, and its distance in metres.
        nearest: Option<(Arc<Grid>, f64)>,
    },
}

impl Located {
    /// The word used on the wire.
    pub fn resolution(&self) -> &'static str {
        match self {
            Self::Owned { resolution, .. } => resolution.as_str(),
            Self::Outside { .. } => "outside",
        }
    }

    /// The owner, if there is one.
    pub fn grid(&self) -> Option<&Arc<Grid>> {
        match self {
            Self::Owned { grid, .. } => Some(grid),
            Self::Outside { .. } => None,
        }
    }
}

impl Generation {
    /// Puts publications together, given in the order in which they come to hold.
    ///
    /// A later publication decides for every lowest jurisdiction its plan covers, by code. Where it rests on another
    /// import, whose jurisdictions may go by other codes, it also decides for those of which it owns a grid's label
    /// point, so that the same ground is never in force twice.
    ///
    /// `before` is a generation that most grids may be taken over from: then only what has changed is proven.
    pub(super) fn new(effective: &[Arc<Published>], engine: Engine, before: Option<&Self>) -> Self {
        let mut units: HashMap<String, usize> = HashMap::new();
        for (position, published) in effective.iter().enumerate() {
            let covered = published.import.units(published.publication.scope.as_deref());
            let imports_differ = effective[..position].iter().any(|earlier| earlier.import.id != published.import.id);
            if imports_differ {
                let index = RtreeIndex::new(published.grids.iter().map(|grid| &grid.record.shape));
                let taken = |unit: &str, earlier: &Published| {
                    earlier.import.id != published.import.id
                        && earlier
                            .grids
                            .iter()
                            .any(|grid| grid.record.jurisdiction == unit && index.locate(grid.record.label).is_some())
                };
                units.retain(|unit, earlier| !taken(unit, &effective[*earlier]));
            }
            units.extend(covered.into_iter().map(|unit| (unit.to_owned(), position)));
        }
        let deciding: HashSet<usize> = units.values().copied().collect();
        let kept: Vec<usize> = (0..effective.len()).filter(|position| deciding.contains(position)).collect();
        for position in units.values_mut() {
            *position = kept.binary_search(position).expect("kept holds every position in units");
        }
        let published: Vec<_> = kept.iter().map(|&position| Arc::clone(&effective[position])).collect();
        let mut grids: Vec<Arc<Grid>> = Vec::new();
        for (position, from) in published.iter().enumerate() {
            let decided = |grid: &&Arc<Grid>| units.get(&grid.record.jurisdiction) == Some(&position);
            grids.extend(from.grids.iter().filter(decided).map(Arc::clone));
        }
        grids.sort_by(|a, b| a.record.code.cmp(&b.record.code));
        let proven = match engine {
            Engine::Coverage => {
                let now = named(&grids);
                let taken_over = before.and_then(|before| before.proven.as_ref()?.after(&named(&before.grids), &now));
                let proven = match taken_over {
                    // one that cannot be taken over may still be proven by itself
                    Some(Ok(proven)) => Ok(proven),
                    Some(Err(_)) | None => Proven::new(&now),
                };
                proven.inspect_err(|refusal| note_refusal(refusal, &grids)).ok()
            }
            Engine::Rtree => None,
        };
        let gaps = closed_gaps(&published);
        let envelope = grids.iter().map(|grid| grid.envelope).reduce(Envelope::union);
        let key = effective.iter().map(|from| from.publication.seq).collect();
        let version = version(&published);
        Self {
            key,
            version,
            published,
            units,
            grids,
            proven,
            rtree: OnceLock::new(),
            gaps,
            envelope,
            tree: OnceLock::new(),
            tiles: Tiles::default(),
        }
    }

    /// What makes it this generation and no other.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// A short word that stands for exactly these contents, in this store or another: sequence and a hash of what was
    /// published when. Tiles with the same word are the same bytes.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The publications that decide for some jurisdiction, in the order in which they come to hold.
    pub fn published(&self) -> &[Arc<Published>] {
        &self.published
    }

    /// The publication that came to hold last.
    pub fn latest(&self) -> Option<&Arc<Published>> {
        self.published.last()
    }

    /// The publication that decides for a lowest jurisdiction.
    pub fn deciding(&self, unit: &str) -> Option<&Arc<Published>> {
        self.units.get(unit).map(|&position| &self.published[position])
    }

    /// All grids, by code.
    pub fn grids(&self) -> &[Arc<Grid>] {
        &self.grids
    }

    /// The grid with this code.
    pub fn grid(&self, code: &str) -> Option<&Arc<Grid>> {
        self.position(code).map(|position| &self.grids[position])
    }

    fn position(&self, code: &str) -> Option<usize> {
        self.grids.binary_search_by(|grid| grid.record.code.as_str().cmp(code)).ok()
    }

    /// The R-tree over all grids. O(n log n) when first asked for.
    pub(super) fn rtree(&self) -> &RtreeIndex {
        self.rtree.get_or_init(|| RtreeIndex::new(self.grids.iter().map(|grid| &grid.record.shape)))
    }

    /// The box around all grids.
    pub fn envelope(&self) -> Option<Envelope> {
        self.envelope
    }

    /// The imports it rests on, each once.
    pub fn imports(&self) -> Vec<&Arc<Import>> {
        let mut seen = HashSet::new();
        self.published.iter().map(|from| &from.import).filter(|import| seen.insert(import.id)).collect()
    }

    /// Whether this import's account of a jurisdiction is the one that holds.
    pub(super) fn holds(&self, import: &Import, unit: &str) -> bool {
        self.deciding(unit).is_some_and(|from| from.import.id == import.id)
    }

    fn owner(&self, point: LatticePoint) -> Option<Owner> {
        let owner = match &self.proven {
            Some(proven) => proven.locate(point),
            None => self.rtree().locate(point),
        };
        owner.map(|owner| self.named(point, owner))
    }

    /// The owner, and whether it owns the ground of a gap that was closed.
    fn named(&self, point: LatticePoint, owner: Owner) -> Owner {
        let in_gap = || self.gaps.as_ref().is_some_and(|gaps| gaps.locate(point).is_some());
        match owner.resolution {
            Resolution::Interior if in_gap() => Owner { resolution: Resolution::GapFill, ..owner },
            _ => owner,
        }
    }

    /// The owners of many points. O(1) each.
    pub(super) fn owners_of(&self, points: &[LatticePoint], answers: &mut [Option<Owner>]) {
        match &self.proven {
            Some(proven) => proven.locate_batch(points, answers),
            None => {
                for (answer, &point) in answers.iter_mut().zip(points) {
                    *answer = self.rtree().locate(point);
                }
            }
        }
        if self.gaps.is_some() {
            for (answer, &point) in answers.iter_mut().zip(points) {
                *answer = answer.map(|owner| self.named(point, owner));
            }
        }
    }

    /// Metres to the nearest border of any grid.
    pub(super) fn any_border_distance_m(&self, point: LatticePoint) -> Option<f64> {
        match &self.proven {
            Some(proven) => proven.edge_distance_m(point),
            None => match self.rtree().locate(point) {
                Some(owner) => Some(self.rtree().border_distance_m(owner.face, point)),
                None => self.rtree().nearest(point).map(|nearest| nearest.distance_m),
            },
        }
    }

    /// The index for a snapshot, with a face for each grid in its place; `None` where the grids are no partition.
    pub(super) fn whole_index(&self) -> Option<Result<Cow<'_, CoverageIndex>, NotPartition>> {
        let proven = self.proven.as_ref()?;
        Some(match proven.in_place(self.grids.len()) {
            Some(index) => Ok(Cow::Borrowed(index)),
            None => Proven::new(&named(&self.grids)).map(|proven| Cow::Owned(proven.into_index())),
        })
    }

    /// The owner of a point, or the nearest grid. O(1) inside, O(log n) and the points of the nearest few grids outside.
    pub fn locate(&self, point: LatticePoint) -> Located {
        match self.owner(point) {
            Some(owner) => {
                Located::Owned { grid: Arc::clone(&self.grids[owner.face as usize]), resolution: owner.resolution }
            }
            None => Located::Outside {
                nearest: self
                    .rtree()
                    .nearest(point)
                    .map(|nearest| (Arc::clone(&self.grids[nearest.face as usize]), nearest.distance_m)),
            },
        }
    }

    /// The grids that may hold the true place of a position with an error, most likely first.
    pub(super) fn likely(&self, point: LatticePoint, accuracy: Accuracy) -> Vec<(Arc<Grid>, f64)> {
        let found = self.rtree().likely(point, accuracy);
        found.into_iter().map(|candidate| (Arc::clone(&self.grids[candidate.face as usize]), candidate.p)).collect()
    }

    /// The lowest jurisdiction at a point: of the grid that owns it, or of the nearest.
    pub(super) fn unit_at(&self, point: LatticePoint) -> Option<&str> {
        let face = match self.owner(point) {
            Some(owner) => owner.face,
            None => self.rtree().nearest(point)?.face,
        };
        Some(&self.grids[face as usize].record.jurisdiction)
    }

    /// Jurisdictions with their boundaries and sums. Made when first asked for: O(n) in the points of the boundaries.
    pub fn tree(&self) -> &Tree {
        self.tree.get_or_init(|| Tree::new(self))
    }

    /// Tile sources, each made when first asked for.
    pub(super) fn tiles(&self) -> &Tiles {
        &self.tiles
    }

    /// Jurisdictions in force, parents before children.
    pub(super) fn jurisdictions(&self) -> Vec<(&Arc<Import>, &Jurisdiction)> {
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        // what came to hold last speaks first
        for import in self.imports().into_iter().rev() {
            let held: HashSet<&str> = import
                .units(None)
                .into_iter()
                .filter(|unit| self.holds(import, unit))
                .flat_map(|unit| import.upward(unit).map(|j| j.code.as_str()))
                .collect();
            found.extend(
                import
                    .dataset
                    .jurisdictions
                    .iter()
                    .filter(|j| held.contains(j.code.as_str()) && seen.insert(j.code.as_str()))
                    .map(|j| (import, j)),
            );
        }
        found.sort_by(|(_, a), (_, b)| (a.level, &a.code).cmp(&(b.level, &b.code)));
        found
    }
}

/// Codes and shapes, for the index.
fn named(grids: &[Arc<Grid>]) -> Vec<Named<'_>> {
    grids.iter().map(|grid| Named { code: &grid.record.code, shape: &grid.record.shape }).collect()
}

/// By what points are looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Engine {
    /// The index over proven borders; the R-tree where grids are no partition.
    #[default]
    Coverage,
    /// The R-tree of envelopes with the rings: slower, the same answers.
    Rtree,
}

/// The gaps of the files in force that were closed on import.
fn closed_gaps(published: &[Arc<Published>]) -> Option<RtreeIndex> {
    let mut imports = HashSet::new();
    let of_imports = published.iter().filter(|from| imports.insert(from.import.id)).flat_map(|from| &from.findings);
    let closed = of_imports.filter(|record| matches!(record.finding.kind.as_str(), "gap_closed" | "gap_split"));
    let shapes: Vec<&MultiPolygon> = closed.filter_map(|record| record.finding.shape.as_ref()).collect();
    (!shapes.is_empty()).then(|| RtreeIndex::new(shapes))
}

/// Says why points are looked up by the slower way.
fn note_refusal(refusal: &NotPartition, grids: &[Arc<Grid>]) {
    let codes: Vec<&str> =
        refusal.faces().into_iter().filter_map(|face| Some(grids.get(face as usize)?.record.code.as_str())).collect();
    tracing::warn!(grids = codes.join(", "), "{refusal}; points are looked up by the R-tree");
}

/// Changes when the same publications are drawn into tiles in another way.
const TILE_FORMAT: u32 = 2;

fn version(published: &[Arc<Published>]) -> String {
    let mut hash = Sha256::new();
    hash.update(TILE_FORMAT.to_le_bytes());
    for from in published {
        let record = &from.publication;
        for number in [record.seq, record.plan, record.recorded_ms, record.effective_ms] {
            hash.update(number.to_le_bytes());
        }
    }
    let seq = published.iter().map(|from| from.publication.seq).max().unwrap_or(0);
    format!("{seq}.{}", hex(&hash.finalize()[..6]))
}
