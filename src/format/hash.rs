//! The content hash of a dataset.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use crate::atom::{Atom, Dataset, Feature, InputKind, Line};
use crate::geom::{LatticePoint, MultiPolygon, Ring};

/// Changes when the encoding below does, so that hashes of different encodings never agree by accident.
const ENCODING: &[u8] = b"wangge dataset 1\0";
const INPUT_ENCODING: &[u8] = b"wangge input 1\0";

/// Whether the top jurisdiction was read or made up from the name of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TopLevel {
    Read,
    MadeUp,
}

/// SHA-256, in hex, of codes, names, lattice coordinates, counts and jurisdictions. Atoms are taken in order of code; the
/// parts, holes and rings of a shape in a canonical order, start and direction, so that a format's own habits do not
/// show. O(vertices · log vertices).
pub fn content_hash(dataset: &Dataset, top: TopLevel) -> String {
    let mut hash = Sha256::new();
    hash.update(ENCODING);
    let text = |hash: &mut Sha256, text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    let optional = |hash: &mut Sha256, value: Option<&str>| {
        hash.update([u8::from(value.is_some())]);
        text(hash, value.unwrap_or_default());
    };
    let count = |hash: &mut Sha256, count: Option<u32>| {
        hash.update([u8::from(count.is_some())]);
        hash.update(count.unwrap_or_default().to_le_bytes());
    };
    hash.update((dataset.jurisdictions.len() as u64).to_le_bytes());
    for jurisdiction in &dataset.jurisdictions {
        text(&mut hash, &jurisdiction.code);
        text(&mut hash, if top == TopLevel::Read { &jurisdiction.name } else { "" });
        hash.update([jurisdiction.level]);
        optional(&mut hash, jurisdiction.parent.as_deref());
        if let Some(kind) = &jurisdiction.kind {
            hash.update(b"kind\0");
            text(&mut hash, kind);
        }
    }
    let mut order: Vec<usize> = (0..dataset.atoms.len()).collect();
    order.sort_by(|&a, &b| dataset.atoms[a].code.cmp(&dataset.atoms[b].code));
    hash.update((order.len() as u64).to_le_bytes());
    let mut bytes = Vec::new();
    for index in order {
        let atom = &dataset.atoms[index];
        text(&mut hash, &atom.code);
        optional(&mut hash, atom.name.as_deref());
        count(&mut hash, atom.households);
        count(&mut hash, atom.population);
        text(&mut hash, dataset.jurisdictions.get(atom.unit.0 as usize).map_or("", |unit| &unit.code));
        bytes.clear();
        encode(&atom.shape, &mut bytes);
        hash.update(&bytes);
        // what most sources do not say is left out where it is not said, so that their hashes stay what they were
        let plain = Atom { code: String::new(), shape: MultiPolygon::default(), ..Atom::default() };
        let more = (&atom.kind, &atom.households_origin, &atom.population_origin, &atom.attributes);
        if more != (&plain.kind, &plain.households_origin, &plain.population_origin, &plain.attributes) {
            hash.update(b"more\0");
            text(&mut hash, atom.kind.name());
            text(&mut hash, &atom.households_origin.to_string());
            text(&mut hash, &atom.population_origin.to_string());
            hash.update((atom.attributes.len() as u64).to_le_bytes());
            for (name, value) in &atom.attributes {
                text(&mut hash, name);
                text(&mut hash, &value.to_string());
            }
        }
    }
    for line in &dataset.lines {
        hash.update(b"line\0");
        hash_line(&mut hash, line);
    }
    hex(hash)
}

/// SHA-256, in hex, of polygons and lines that atoms are made from, in the order of the source.
pub(super) fn input_hash(kind: InputKind, features: &[Feature], lines: &[Line]) -> String {
    let mut hash = Sha256::new();
    hash.update(INPUT_ENCODING);
    let text = |hash: &mut Sha256, text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    text(&mut hash, kind.name());
    hash.update((features.len() as u64).to_le_bytes());
    let mut bytes = Vec::new();
    for feature in features {
        let Feature { code, name, class, households, population, attributes, shape } = feature;
        let said = serde_json::json!([code, name, class, households, population, attributes]).to_string();
        text(&mut hash, &said);
        bytes.clear();
        encode(shape, &mut bytes);
        hash.update(&bytes);
    }
    hash.update((lines.len() as u64).to_le_bytes());
    for line in lines {
        hash_line(&mut hash, line);
    }
    hex(hash)
}

fn hash_line(hash: &mut Sha256, line: &Line) {
    for said in [line.class.name(), line.name.as_deref().unwrap_or_default()] {
        hash.update((said.len() as u64).to_le_bytes());
        hash.update(said);
    }
    hash.update((line.points.len() as u64).to_le_bytes());
    for point in &line.points {
        hash.update(point.x_e7.to_le_bytes());
        hash.update(point.y_e7.to_le_bytes());
    }
}

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}"); // writing to a String cannot fail
        hex
    })
}

fn encode(shape: &MultiPolygon, bytes: &mut Vec<u8>) {
    let mut polygons: Vec<Vec<Vec<LatticePoint>>> = shape
        .0
        .iter()
        .map(|polygon| {
            let mut holes: Vec<_> = polygon.holes.iter().map(canonical).collect();
            holes.sort_unstable();
            std::iter::once(canonical(&polygon.exterior)).chain(holes).collect()
        })
        .collect();
    polygons.sort_unstable();
    bytes.extend((polygons.len() as u64).to_le_bytes());
    for rings in &polygons {
        bytes.extend((rings.len() as u64).to_le_bytes());
        for ring in rings {
            bytes.extend((ring.len() as u64).to_le_bytes());
            for point in ring {
                bytes.extend(point.x_e7.to_le_bytes());
                bytes.extend(point.y_e7.to_le_bytes());
            }
        }
    }
}

/// Counter-clockwise, from the smallest point; where that is passed twice, the smaller of the sequences.
fn canonical(ring: &Ring) -> Vec<LatticePoint> {
    let ring = if ring.area_2() < 0 { ring.clone().reversed() } else { ring.clone() };
    let points = ring.points();
    let Some(&least) = points.iter().min() else { return Vec::new() };
    let starts = points.iter().enumerate().filter(|&(_, &point)| point == least).map(|(index, _)| index);
    starts.map(|start| [&points[start..], &points[..start]].concat()).min().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::atom::Jurisdiction;
    use crate::geom::Polygon;

    fn points(xy: &[(i32, i32)]) -> Vec<LatticePoint> {
        xy.iter().map(|&(x, y)| LatticePoint::new(x, y)).collect()
    }

    fn dataset(exterior: Vec<LatticePoint>, households: Option<u32>) -> Dataset {
        let shape = MultiPolygon(vec![Polygon { exterior: Ring::new(exterior), holes: vec![] }]);
        let atom = Atom { code: "a".into(), name: None, shape, households, ..Atom::default() };
        let all = Jurisdiction {
            code: "all".into(),
            name: "town".into(),
            level: 1,
            level_name: "all".into(),
            parent: None,
            kind: None,
        };
        Dataset { atoms: vec![atom], jurisdictions: vec![all], lines: vec![] }
    }

    #[test]
    fn start_and_direction_of_a_ring_do_not_show_but_every_value_does() {
        let hash = |xy: &[(i32, i32)], households| content_hash(&dataset(points(xy), households), TopLevel::Read);
        let square = [(0, 0), (2, 0), (2, 2), (0, 2)];
        let own = hash(&square, Some(1));
        assert_eq!(own.len(), 64);
        let mut turned = square;
        turned.rotate_left(2);
        assert_eq!(hash(&turned, Some(1)), own);
        turned.reverse();
        assert_eq!(hash(&turned, Some(1)), own);
        assert_ne!(hash(&square, Some(2)), own);
        assert_ne!(hash(&square, None), own);
        assert_ne!(hash(&square, Some(0)), hash(&square, None));
        assert_ne!(hash(&[(0, 0), (2, 0), (2, 3), (0, 2)], Some(1)), own);
    }

    #[test]
    fn a_name_made_up_from_the_file_does_not_show() {
        let mut other = dataset(points(&[(0, 0), (2, 0), (2, 2)]), None);
        let own = content_hash(&other, TopLevel::MadeUp);
        other.jurisdictions[0].name = "copy of town".into();
        assert_eq!(content_hash(&other, TopLevel::MadeUp), own);
        assert_ne!(content_hash(&other, TopLevel::Read), own);
    }
}
