//! The bytes of a topology, read by a reader that knows nothing of the writer but the form.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::app::Prepared;
use crate::app::links::Declared;
use crate::atom::{Atom, AtomId, AtomKind, Dataset, Jurisdiction, Line, LineClass, Link, LinkKind, Origin, UnitId};
use crate::geom::{LatticePoint, MultiPolygon, Polygon, Ring, area_m2, length_mm};
use crate::plan::Attribute;
use crate::store::DatasetRecord;
use crate::topology::{Along, FaceId, Overlaps, Tolerance, build};

use super::topology_bytes;

const NONE: u32 = u32::MAX;

fn at(x: i32, y: i32) -> LatticePoint {
    LatticePoint::new(1_210_000_000 + x * 100_000, 310_000_000 + y * 100_000)
}

fn shape(outer: &[(i32, i32)], holes: &[&[(i32, i32)]]) -> MultiPolygon {
    let ring = |points: &[(i32, i32)]| Ring::new(points.iter().map(|&(x, y)| at(x, y)).collect());
    MultiPolygon(vec![Polygon { exterior: ring(outer), holes: holes.iter().map(|hole| ring(hole)).collect() }])
}

/// Two communities: one with a hole in which an enclave lies, atoms that meet in a corner alone, an island with a ferry, a street along part of
/// a border, two units of one building, and a count that nobody knows.
fn district() -> Prepared {
    let jurisdiction = |code: &str, name: &str, level, parent: Option<&str>| Jurisdiction {
        code: code.to_owned(),
        name: name.to_owned(),
        level,
        level_name: ["", "district", "community"][usize::from(level)].to_owned(),
        parent: parent.map(str::to_owned),
        kind: None,
    };
    let atom = |code: &str, shape, households: Option<u32>, unit| Atom {
        code: code.to_owned(),
        shape,
        households,
        population: households.map(|n| n * 3),
        unit: UnitId(unit),
        ..Atom::default()
    };
    let hole = [(1, 1), (1, 2), (2, 2), (2, 1)];
    let mut atoms = vec![
        atom("甲1", shape(&[(0, 0), (3, 0), (3, 3), (0, 3)], &[&hole]), Some(620), 1),
        atom("甲2", shape(&[(3, 0), (6, 0), (6, 1), (6, 3), (3, 3)], &[]), Some(400), 1),
        atom("乙1", shape(&hole, &[]), Some(0), 0),
        atom("乙2", shape(&[(0, 3), (3, 3), (3, 5), (0, 5)], &[]), Some(200), 0),
        atom("乙3", shape(&[(3, 3), (6, 3), (3, 5)], &[]), Some(150), 0),
        atom("乙4", shape(&[(9, 0), (10, 0), (10, 1)], &[]), None, 0),
    ];
    atoms[3].attributes.insert("building".to_owned(), "一号楼".into());
    atoms[4].attributes.insert("building".to_owned(), "一号楼".into());
    atoms[0].kind = AtomKind::Building;
    atoms[1].households_origin = Origin::Estimated("floor area".to_owned());
    // children before parents: the bytes have them the other way round
    let jurisdictions = vec![
        jurisdiction("B", "西湖社区", 2, Some("D")),
        jurisdiction("A", "东风社区", 2, Some("D")),
        jurisdiction("D", "临江区", 1, None),
    ];
    let street = Line { class: LineClass::Street, name: None, points: vec![at(3, 3), at(6, 3)] };
    let dataset = Dataset { atoms, jurisdictions, lines: vec![street] };
    dataset.check().unwrap();
    let shapes: Vec<&MultiPolygon> = dataset.atoms.iter().map(|atom| &atom.shape).collect();
    let nothing = Tolerance { width_m: 0.0, moved_m: 0.0, area_m2: 0.0 };
    let built = build(&shapes, &|face: FaceId| face.0.to_string(), nothing, Overlaps::SmallerCode).unwrap();
    let graph = built.topology.graph_along(&Along::new(&dataset.lines), |_, _| false);
    let ferry = Link { from: "甲2".to_owned(), to: "乙4".to_owned(), kind: LinkKind::Ferry, name: None };
    let links = Declared { here: vec![(AtomId(1), AtomId(5), ferry)], lost: Vec::new() };
    let record = DatasetRecord {
        id: 1,
        source: "district".to_owned(),
        content_hash: "1".to_owned(),
        crs: "EPSG:4326".to_owned(),
        recorded_ms: 0,
        attributes: vec![Attribute::Households, Attribute::Population],
        atoms: dataset.atoms.len() as u64,
        jurisdictions: 3,
        mending: None,
    };
    Prepared { record, dataset, built, graph, links }
}

/// The sections of a topology, as the form says.
struct Read {
    counts: [usize; 11],
    sections: Vec<Vec<u8>>,
}

impl Read {
    fn new(bytes: &[u8]) -> Self {
        assert_eq!(&bytes[..8], b"WGTOPO1\0");
        let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        let counts: [usize; 11] = std::array::from_fn(|i| word(8 + 4 * i));
        assert!(bytes[52..64].iter().all(|byte| *byte == 0));
        let [n, u, a, _, p, e, c, atom_bytes, unit_bytes, name_bytes, _] = counts;
        let w = |count: usize| 4 * count;
        let lengths = [
            vec![8 * n, w(n), w(n), w(n), w(n), w(2 * n), n],
            vec![w(u), u],
            vec![w(a), w(a), w(a), w(a), w(a), a, w(a + 1), w(2 * p)],
            vec![w(n + 1), w(e), w(e), e, w(n + 1), w(c)],
            vec![w(n + 1), atom_bytes, w(u + 1), unit_bytes, w(u + 1), name_bytes],
        ]
        .concat();
        let (mut sections, mut from) = (Vec::new(), 64_usize);
        for length in lengths {
            sections.push(bytes[from..from + length].to_vec());
            let end = (from + length).next_multiple_of(8);
            assert!(bytes[from + length..end].iter().all(|byte| *byte == 0), "padding is 0");
            from = end;
        }
        assert_eq!(bytes.len(), from, "not a byte more");
        Self { counts, sections }
    }

    /// Section `number`, counted from 1, as words.
    fn words(&self, number: usize) -> Vec<u32> {
        let words = self.sections[number - 1].chunks_exact(4);
        words.map(|word| u32::from_le_bytes(word.try_into().unwrap())).collect()
    }

    fn bytes(&self, number: usize) -> &[u8] {
        &self.sections[number - 1]
    }

    fn points(&self, number: usize) -> Vec<LatticePoint> {
        let words = self.words(number);
        words.chunks_exact(2).map(|xy| LatticePoint::new(xy[0].cast_signed(), xy[1].cast_signed())).collect()
    }

    fn texts(&self, number: usize) -> Vec<String> {
        let bytes = self.bytes(number + 1);
        let ends = self.words(number);
        assert_eq!((ends[0], *ends.last().unwrap() as usize), (0, bytes.len()));
        let text = |pair: &[u32]| String::from_utf8(bytes[pair[0] as usize..pair[1] as usize].to_vec()).unwrap();
        ends.windows(2).map(text).collect()
    }

    /// The rows of a graph.
    fn rows(&self, offsets: usize, values: usize) -> Vec<Vec<u32>> {
        let (offsets, values) = (self.words(offsets), self.words(values));
        assert_eq!((offsets[0], *offsets.last().unwrap() as usize), (0, values.len()));
        offsets.windows(2).map(|pair| values[pair[0] as usize..pair[1] as usize].to_vec()).collect()
    }
}

#[test]
fn the_bytes_keep_every_rule_of_their_form() {
    let prepared = district();
    let read = Read::new(&topology_bytes(&prepared));
    let [n, u, a, v, ..] = read.counts;
    assert_eq!((n, u), (6, 3));
    // arcs meet only at their ends, and each node is one point
    let (left, right, length) = (read.words(10), read.words(11), read.words(12));
    let (start, end, class) = (read.words(13), read.words(14), read.bytes(15).to_vec());
    let (offsets, points) = (read.words(16), read.points(17));
    let along = Along::new(&prepared.dataset.lines);
    let mut place: BTreeMap<u32, LatticePoint> = BTreeMap::new();
    let mut shared: BTreeMap<(u32, u32), u64> = BTreeMap::new();
    let mut turns = vec![BTreeMap::<u32, i32>::new(); n];
    for arc in 0..a {
        assert_ne!(left[arc], right[arc]);
        let own = &points[offsets[arc] as usize..offsets[arc + 1] as usize];
        assert!(own.len() >= 2);
        for (node, point) in [(start[arc], own[0]), (end[arc], own[own.len() - 1])] {
            assert_eq!(*place.entry(node).or_insert(point), point);
        }
        assert_eq!(own.windows(2).map(|edge| length_mm((edge[0], edge[1]))).sum::<u64>(), u64::from(length[arc]));
        let classes: BTreeSet<_> = own.windows(2).map(|edge| along.class(edge[0], edge[1]).is_some()).collect();
        assert_eq!(classes, [class[arc] > 0].into(), "one class an arc");
        for (face, from, to) in [(left[arc], start[arc], end[arc]), (right[arc], end[arc], start[arc])] {
            if face != NONE {
                *turns[face as usize].entry(from).or_default() += 1;
                *turns[face as usize].entry(to).or_default() -= 1;
            }
        }
        if left[arc] != NONE && right[arc] != NONE {
            *shared.entry((left[arc].min(right[arc]), left[arc].max(right[arc]))).or_default() +=
                u64::from(length[arc]);
        }
    }
    assert_eq!(place.len(), v);
    assert_eq!(place.values().collect::<HashSet<_>>().len(), v, "two nodes never share a point");
    assert!(turns.iter().flat_map(BTreeMap::values).all(|turn| *turn == 0), "the arcs of an atom close");
    assert!(class.contains(&4), "the street runs along something");
    // neighbours both ways, with the sums of the arcs between them, and the link
    let (rows, mm, link) = (read.rows(18, 19), read.words(20), read.bytes(21));
    let mut told = BTreeMap::new();
    let mut next = 0;
    for (atom, row) in (0_u32..).zip(&rows) {
        assert!(row.is_sorted_by(|a, b| a < b));
        for &other in row {
            assert!(rows[other as usize].contains(&atom));
            let pair = (atom.min(other), atom.max(other));
            assert_eq!(*told.entry(pair).or_insert((mm[next], link[next])), (mm[next], link[next]));
            next += 1;
        }
    }
    assert_eq!(told.remove(&(1, 5)), Some((0, 2)), "a ferry without a border");
    assert_eq!(told.into_iter().map(|(pair, (mm, _))| (pair, u64::from(mm))).collect::<BTreeMap<_, _>>(), shared);
    // 甲1 meets 乙3 at (3, 3) alone, 甲2 meets 乙2 there
    assert_eq!(read.rows(22, 23), [vec![4], vec![3], vec![], vec![1], vec![0], vec![]]);
    // what is said of atoms and jurisdictions
    assert_eq!(read.texts(24), ["甲1", "甲2", "乙1", "乙2", "乙3", "乙4"]);
    assert_eq!(
        (read.texts(26), read.texts(28)),
        (["D", "B", "A"].map(str::to_owned).to_vec(), ["临江区", "西湖社区", "东风社区"].map(str::to_owned).to_vec())
    );
    assert_eq!((read.words(8), read.bytes(9)), (vec![NONE, 0, 0], &[1, 2, 2][..]));
    assert_eq!(read.words(4), [2, 2, 1, 1, 1, 1]);
    assert_eq!(
        (read.words(2), read.words(3)),
        (vec![620, 400, 0, 200, 150, NONE], vec![1860, 1200, 0, 600, 450, NONE])
    );
    assert_eq!((read.words(5), read.counts[10]), (vec![NONE, NONE, NONE, 0, 0, NONE], 1));
    let areas = read.bytes(1).chunks_exact(8).map(|area| f64::from_le_bytes(area.try_into().unwrap()));
    assert!(areas.eq(prepared.dataset.atoms.iter().map(|atom| area_m2(&atom.shape))));
    assert_eq!(read.points(6).len(), n);
    let flags = read.bytes(7);
    assert_eq!((flags[0] & 7, flags[1] & 8), (1, 8), "a building; an estimate");
}

#[test]
fn the_same_dataset_gives_the_same_bytes() {
    let bytes = topology_bytes(&district());
    assert!(bytes == topology_bytes(&district()));
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    assert!(bytes == one.install(|| topology_bytes(&district())), "however many threads there are");
}
