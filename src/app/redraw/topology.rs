//! A dataset as one run of bytes for who redraws a plan of it: atoms, jurisdictions, arcs, and who borders whom.
//!
//! The form is `WGTOPO1`, described in `web-map/src/engine/FORMAT.md`: a header of counts, then columns, each at a multiple of 8
//! bytes, little-endian. It says nothing of any plan and never changes, so it is kept for good under the hash of its bytes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rayon::prelude::*;

use crate::app::Prepared;
use crate::atom::{Atom, AtomKind, LineClass, LinkKind, Origin, TOGETHER};
use crate::geom::{LatticePoint, area_m2, label_point, length_mm};
use crate::topology::{Along, FaceId};

const MAGIC: &[u8; 8] = b"WGTOPO1\0";
/// No atom, no jurisdiction, an unknown number.
const NONE: u32 = u32::MAX;
/// The longest arc that its column holds; a longer one is cut.
const LONGEST_MM: u64 = u32::MAX as u64;
const HEADER_BYTES: usize = 64;

/// An arc along which one thing runs.
struct Piece<'a> {
    points: &'a [LatticePoint],
    left: Option<FaceId>,
    right: Option<FaceId>,
    class: Option<LineClass>,
    length_mm: u64,
}

/// The bytes. O(n log n) in the points.
pub fn topology_bytes(prepared: &Prepared) -> Vec<u8> {
    let dataset = &prepared.dataset;
    let atoms = &dataset.atoms;
    let pieces = pieces(prepared);
    let (nodes, ends) = nodes(&pieces);
    let neighbours = neighbours(prepared, &pieces);
    let corners = corners(&pieces, &ends, nodes, &neighbours);
    let wholes = wholes(atoms);
    let shown: Vec<(f64, LatticePoint)> = atoms
        .par_iter()
        .map(|atom| {
            let label = label_point(&atom.shape).unwrap_or_else(|| LatticePoint::new(0, 0));
            (area_m2(&atom.shape), label)
        })
        .collect();
    let order = parents_first(prepared);
    let place: HashMap<u32, u32> = order.iter().copied().zip(0..).collect();
    let position: HashMap<&str, u32> = dataset.jurisdictions.iter().map(|j| j.code.as_str()).zip(0..).collect();
    let units: Vec<_> = order.iter().map(|&unit| &dataset.jurisdictions[unit as usize]).collect();
    let points: usize = pieces.iter().map(|piece| piece.points.len()).sum();

    let mut bytes = Columns::default();
    let counts = [
        atoms.len(),
        units.len(),
        pieces.len(),
        nodes as usize,
        points,
        neighbours.iter().map(BTreeMap::len).sum(),
        corners.iter().map(BTreeSet::len).sum(),
        atoms.iter().map(|atom| atom.code.len()).sum(),
        units.iter().map(|unit| unit.code.len()).sum(),
        units.iter().map(|unit| unit.name.len()).sum(),
        wholes.1 as usize,
    ];
    bytes.header(&counts);
    bytes.column(shown.iter().flat_map(|(area, _)| area.to_le_bytes()));
    bytes.words(atoms.iter().map(|atom| atom.households.unwrap_or(NONE)));
    bytes.words(atoms.iter().map(|atom| atom.population.unwrap_or(NONE)));
    bytes.words(atoms.iter().map(|atom| place[&atom.unit.0]));
    bytes.words(wholes.0.iter().map(|whole| whole.unwrap_or(NONE)));
    bytes.signed(shown.iter().flat_map(|(_, label)| [label.x_e7, label.y_e7]));
    bytes.column(atoms.iter().map(flags));
    bytes.words(units.iter().map(|unit| {
        let parent = unit.parent.as_deref().and_then(|parent| position.get(parent));
        parent.map_or(NONE, |parent| place[parent])
    }));
    bytes.column(units.iter().map(|unit| unit.level));
    bytes.words(pieces.iter().map(|piece| piece.left.map_or(NONE, |face| face.0)));
    bytes.words(pieces.iter().map(|piece| piece.right.map_or(NONE, |face| face.0)));
    bytes.words(pieces.iter().map(|piece| piece.length_mm as u32));
    bytes.words(ends.iter().map(|(start, _)| *start));
    bytes.words(ends.iter().map(|(_, end)| *end));
    bytes.column(pieces.iter().map(|piece| class_byte(piece.class)));
    bytes.offsets(pieces.iter().map(|piece| piece.points.len()));
    bytes.signed(pieces.iter().flat_map(|piece| piece.points.iter().flat_map(|p| [p.x_e7, p.y_e7])));
    bytes.offsets(neighbours.iter().map(BTreeMap::len));
    bytes.words(neighbours.iter().flat_map(|row| row.keys().copied()));
    bytes.words(neighbours.iter().flat_map(|row| row.values().map(|(mm, _)| (*mm).min(u64::from(NONE)) as u32)));
    bytes.column(neighbours.iter().flat_map(|row| row.values().map(|(_, link)| link_byte(*link))));
    bytes.offsets(corners.iter().map(BTreeSet::len));
    bytes.words(corners.iter().flatten().copied());
    bytes.texts(atoms.iter().map(|atom| atom.code.as_str()));
    bytes.texts(units.iter().map(|unit| unit.code.as_str()));
    bytes.texts(units.iter().map(|unit| unit.name.as_str()));
    bytes.0
}

/// The columns as they are written.
#[derive(Default)]
struct Columns(Vec<u8>);

impl Columns {
    fn header(&mut self, counts: &[usize]) {
        self.0.extend_from_slice(MAGIC);
        for &count in counts {
            self.0.extend_from_slice(&(count as u32).to_le_bytes());
        }
        self.0.resize(HEADER_BYTES, 0);
    }

    fn column(&mut self, bytes: impl Iterator<Item = u8>) {
        self.0.extend(bytes);
        self.0.resize(self.0.len().next_multiple_of(8), 0);
    }

    fn words(&mut self, words: impl Iterator<Item = u32>) {
        self.column(words.flat_map(u32::to_le_bytes));
    }

    fn signed(&mut self, words: impl Iterator<Item = i32>) {
        self.column(words.flat_map(i32::to_le_bytes));
    }

    /// Where runs of these lengths begin, and where the last ends.
    fn offsets(&mut self, lengths: impl Iterator<Item = usize>) {
        let ends = lengths.scan(0_u32, |end, length| {
            *end += length as u32;
            Some(*end)
        });
        self.words(std::iter::once(0).chain(ends));
    }

    fn texts<'a>(&mut self, texts: impl Iterator<Item = &'a str> + Clone) {
        self.offsets(texts.clone().map(str::len));
        self.column(texts.flat_map(str::bytes));
    }
}

/// The arcs, cut where what runs along them changes.
fn pieces(prepared: &Prepared) -> Vec<Piece<'_>> {
    let along = Along::new(&prepared.dataset.lines);
    let mut pieces = Vec::new();
    for arc in &prepared.built.topology.arcs {
        let (left, right) = (arc.left, arc.right);
        let (mut from, mut length) = (0, 0_u64);
        let mut class = along.class(arc.points[0], arc.points[1]);
        for i in 1..arc.points.len() {
            let edge = (arc.points[i - 1], arc.points[i]);
            let (own_class, own_mm) = (along.class(edge.0, edge.1), length_mm(edge));
            if i - 1 > from && (own_class != class || length + own_mm > LONGEST_MM) {
                pieces.push(Piece { points: &arc.points[from..i], left, right, class, length_mm: length });
                (from, length) = (i - 1, 0);
            }
            class = own_class;
            length += own_mm;
        }
        pieces.push(Piece { points: &arc.points[from..], left, right, class, length_mm: length });
    }
    pieces
}

/// How many nodes there are, and those at the ends of each piece.
fn nodes(pieces: &[Piece]) -> (u32, Vec<(u32, u32)>) {
    let mut known: HashMap<LatticePoint, u32> = HashMap::new();
    let mut node = |point: LatticePoint| {
        let next = known.len() as u32;
        *known.entry(point).or_insert(next)
    };
    let ends = pieces.iter().map(|piece| (node(piece.points[0]), node(piece.points[piece.points.len() - 1]))).collect();
    (known.len() as u32, ends)
}

/// For each atom its neighbours: the length of the common border in millimetres, and the declared link.
fn neighbours(prepared: &Prepared, pieces: &[Piece]) -> Vec<BTreeMap<u32, (u64, Option<LinkKind>)>> {
    let mut rows = vec![BTreeMap::new(); prepared.dataset.atoms.len()];
    let mut add = |a: u32, b: u32, mm: u64, link: Option<LinkKind>| {
        for (own, other) in [(a, b), (b, a)] {
            let entry: &mut (u64, Option<LinkKind>) = rows[own as usize].entry(other).or_default();
            entry.0 += mm;
            entry.1 = entry.1.or(link);
        }
    };
    for piece in pieces {
        if let (Some(left), Some(right)) = (piece.left, piece.right) {
            add(left.0, right.0, piece.length_mm, None);
        }
    }
    for (a, b, link) in &prepared.links.here {
        add(a.0, b.0, 0, Some(link.kind));
    }
    rows
}

/// For each atom those that it meets in a point alone.
fn corners(
    pieces: &[Piece],
    ends: &[(u32, u32)],
    nodes: u32,
    neighbours: &[BTreeMap<u32, (u64, Option<LinkKind>)>],
) -> Vec<BTreeSet<u32>> {
    let mut around: Vec<Vec<u32>> = vec![Vec::new(); nodes as usize];
    for (piece, &(start, end)) in pieces.iter().zip(ends) {
        for node in [start, end] {
            around[node as usize].extend([piece.left, piece.right].into_iter().flatten().map(|face| face.0));
        }
    }
    let mut rows = vec![BTreeSet::new(); neighbours.len()];
    for faces in &mut around {
        faces.sort_unstable();
        faces.dedup();
        for (i, &a) in faces.iter().enumerate() {
            for &b in &faces[i + 1..] {
                let bordering = neighbours[a as usize].get(&b).is_some_and(|(mm, _)| *mm > 0);
                if !bordering {
                    rows[a as usize].insert(b);
                    rows[b as usize].insert(a);
                }
            }
        }
    }
    rows
}

/// For each atom the group it stays whole with, and how many groups there are: units of one building, and atoms that the source
/// says are together.
fn wholes(atoms: &[Atom]) -> (Vec<Option<u32>>, u32) {
    let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let named = |atom: &Atom| {
        let together = atom.attributes.get(TOGETHER).map(|name| (0, text(name)));
        together.or_else(|| atom.attributes.get("building").map(|name| (1, text(name))))
    };
    let mut sizes: BTreeMap<(u8, String), u32> = BTreeMap::new();
    let names: Vec<_> = atoms.iter().map(named).collect();
    for name in names.iter().flatten() {
        *sizes.entry(name.clone()).or_default() += 1;
    }
    // a group of one is no group
    sizes.retain(|_, size| *size > 1);
    let numbers: BTreeMap<_, u32> = sizes.keys().zip(0..).collect();
    let groups = names.iter().map(|name| numbers.get(name.as_ref()?).copied()).collect();
    (groups, numbers.len() as u32)
}

/// Positions of the jurisdictions, each after the one above it.
fn parents_first(prepared: &Prepared) -> Vec<u32> {
    let jurisdictions = &prepared.dataset.jurisdictions;
    let mut order: Vec<u32> = (0..jurisdictions.len() as u32).collect();
    order.sort_by_key(|&unit| jurisdictions[unit as usize].level);
    order
}

fn flags(atom: &Atom) -> u8 {
    let kind = AtomKind::ALL.iter().position(|kind| *kind == atom.kind).unwrap_or_default() as u8;
    let estimated = |number: Option<u32>, origin: &Origin| u8::from(number.is_some() && *origin != Origin::Counted);
    kind | estimated(atom.households, &atom.households_origin) << 3
        | estimated(atom.population, &atom.population_origin) << 4
}

fn class_byte(class: Option<LineClass>) -> u8 {
    match class {
        None => 0,
        Some(LineClass::River) => 1,
        Some(LineClass::Rail) => 2,
        Some(LineClass::Arterial) => 3,
        Some(LineClass::Street) => 4,
        Some(LineClass::Path) => 5,
        Some(LineClass::Wall) => 6,
    }
}

fn link_byte(link: Option<LinkKind>) -> u8 {
    match link {
        None => 0,
        Some(LinkKind::Bridge) => 1,
        Some(LinkKind::Ferry) => 2,
        Some(LinkKind::Underpass) => 3,
    }
}
