//! Streets and barriers as lines along parcel borders, and jurisdictions as dissolved polygons.

use std::collections::{BTreeMap, BTreeSet};

use super::lots::Town;
use super::mesh::Mesh;
use super::plane::{Lattice, encloses, twice_area};
use super::register::{Parcel, community_code, office_code};
use super::skeleton::{GREAT_RIVER, RAILWAY, RIVER, on_south_bank};
use super::zones::{COMMUNITIES, DISTRICT, DISTRICT_CODE, Kind, OFFICES};

/// A row of `streets`.
pub struct StreetRow {
    /// Name.
    pub name: String,
    /// Class.
    pub class: &'static str,
    /// `bridge`, `underpass` or empty.
    pub structure: &'static str,
    /// Vertices.
    pub line: Vec<Lattice>,
}

/// A row of `barriers`.
pub struct BarrierRow {
    /// `river`, `railway` or `wall`.
    pub kind: &'static str,
    /// Name.
    pub name: String,
    /// Vertices.
    pub line: Vec<Lattice>,
}

/// A row of `jurisdictions`.
pub struct JurisdictionRow {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// 1 district, 2 street office, 3 community.
    pub level: i64,
    /// Code of the parent, empty for the district.
    pub parent: String,
    /// Polygons: outer ring first, then holes; open rings.
    pub polygons: Vec<Vec<Vec<Lattice>>>,
}

/// Joins undirected edges to lines that end where `stops` says or where other than two meet.
fn chains(edges: &BTreeSet<(u32, u32)>, stops: impl Fn(u32) -> bool) -> Vec<Vec<u32>> {
    let mut at: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for &(a, b) in edges {
        at.entry(a).or_default().push(b);
        at.entry(b).or_default().push(a);
    }
    let mut left = edges.clone();
    let mut out = Vec::new();
    let ends: Vec<u32> = at.iter().filter(|(n, next)| next.len() != 2 || stops(**n)).map(|(&n, _)| n).collect();
    let is_end: BTreeSet<u32> = ends.iter().copied().collect();
    let closed: Vec<u32> = at.keys().copied().collect();
    for start in ends.into_iter().chain(closed) {
        while let Some(&first) = at[&start].iter().find(|&&n| left.contains(&(start.min(n), start.max(n)))) {
            let mut line = vec![start];
            let mut next = Some(first);
            while let Some(node) = next {
                let from = line[line.len() - 1];
                left.remove(&(from.min(node), from.max(node)));
                line.push(node);
                next = if is_end.contains(&node) {
                    None
                } else {
                    at[&node].iter().copied().find(|&n| left.contains(&(node.min(n), node.max(n))))
                };
            }
            out.push(line);
        }
    }
    out
}

fn on_lattice(mesh: &Mesh, line: &[u32]) -> Vec<Lattice> {
    line.iter().map(|&n| mesh.nodes[n as usize]).collect()
}

/// The kind of the parcel on each face.
fn kinds(town: &Town) -> BTreeMap<u32, Kind> {
    town.lots.iter().map(|lot| (lot.face, lot.kind)).collect()
}

/// Streets, one row from junction to junction.
pub fn streets(town: &Town) -> Vec<StreetRow> {
    let kinds = kinds(town);
    let mesh = &town.mesh;
    let structure = |a: u32, b: u32| {
        let side = |f: Option<u32>| f.and_then(|f| kinds.get(&f)).copied();
        match (side(mesh.left_of(a, b)), side(mesh.left_of(b, a))) {
            (Some(Kind::River), Some(Kind::River)) => "bridge",
            (Some(Kind::Rail), Some(Kind::Rail)) => "underpass",
            _ => "",
        }
    };
    let mut edges: BTreeMap<(u16, &'static str), BTreeSet<(u32, u32)>> = BTreeMap::new();
    let mut at_node: BTreeMap<u32, BTreeSet<(u16, &'static str)>> = BTreeMap::new();
    for lot in &town.lots {
        for (a, b) in mesh.edges(lot.face) {
            if let Some(street) = mesh.street_on(a, b) {
                let group = (street, structure(a, b));
                edges.entry(group).or_default().insert((a.min(b), a.max(b)));
                at_node.entry(a).or_default().insert(group);
                at_node.entry(b).or_default().insert(group);
            }
        }
    }
    let mut out = Vec::new();
    for ((street, structure), edges) in &edges {
        for line in chains(edges, |n| at_node[&n].len() > 1) {
            let street = &town.streets[*street as usize];
            out.push(StreetRow {
                name: street.name.clone(),
                class: street.class.word(),
                structure,
                line: on_lattice(mesh, &line),
            });
        }
    }
    out
}

/// River banks, railway sides and walls.
pub fn barriers(town: &Town) -> Vec<BarrierRow> {
    let mesh = &town.mesh;
    let by_face: BTreeMap<u32, &super::lots::Lot> = town.lots.iter().map(|lot| (lot.face, lot)).collect();
    let mut edges: BTreeMap<(&'static str, String), BTreeSet<(u32, u32)>> = BTreeMap::new();
    for lot in &town.lots {
        for (a, b) in mesh.edges(lot.face) {
            let beyond = mesh.left_of(b, a).and_then(|f| by_face.get(&f));
            let edge = (a.min(b), a.max(b));
            let mut add = |kind, name: &str| {
                edges.entry((kind, name.to_string())).or_default().insert(edge);
            };
            match beyond {
                None if lot.kind == Kind::Island || on_south_bank(mesh.nodes[a as usize], mesh.nodes[b as usize]) => {
                    add("river", GREAT_RIVER);
                }
                Some(other) if lot.kind == Kind::River && other.kind != Kind::River => {
                    add("river", RIVER);
                }
                Some(other) if lot.kind == Kind::Rail && !matches!(other.kind, Kind::Rail | Kind::River) => {
                    add("railway", RAILWAY);
                }
                // Where no street runs, two compounds are kept apart by a wall.
                Some(other)
                    if other.compound != lot.compound
                        && mesh.street_on(a, b).is_none()
                        && lot.compound > other.compound =>
                {
                    let walled =
                        |compound: Option<usize>| compound.is_some_and(|c| town.compounds[c].kind != Kind::Park);
                    if let Some(compound) = lot.compound.filter(|_| walled(lot.compound) && walled(other.compound)) {
                        add("wall", &format!("{}围墙", town.compounds[compound].name));
                    }
                }
                _ => {}
            }
        }
    }
    let mut out = Vec::new();
    for ((kind, name), edges) in &edges {
        for line in chains(edges, |_| false) {
            out.push(BarrierRow { kind, name: name.clone(), line: on_lattice(mesh, &line) });
        }
    }
    out
}

/// Dissolves rings that share borders vertex for vertex into polygons with holes.
pub fn dissolve(rings: &[&[Lattice]]) -> Vec<Vec<Vec<Lattice>>> {
    let mut rim: BTreeSet<(Lattice, Lattice)> = BTreeSet::new();
    for ring in rings {
        for (i, &a) in ring.iter().enumerate() {
            let b = ring[(i + 1) % ring.len()];
            if !rim.remove(&(b, a)) {
                rim.insert((a, b));
            }
        }
    }
    let mut from: BTreeMap<Lattice, Vec<Lattice>> = BTreeMap::new();
    for &(a, b) in &rim {
        from.entry(a).or_default().push(b);
    }
    let (mut outer, mut holes) = (Vec::new(), Vec::new());
    while let Some(&(start, second)) = rim.iter().next() {
        let mut ring = vec![start];
        let (mut a, mut b) = (start, second);
        loop {
            rim.remove(&(a, b));
            if b == start {
                break;
            }
            // A rim that comes back to one of its nodes has closed a loop there: a ring of its own.
            if let Some(met) = ring.iter().position(|&n| n == b) {
                let mut own = ring.split_off(met);
                own.rotate_left(1);
                if twice_area(&own) > 0 {
                    outer.push(own);
                } else {
                    holes.push(own);
                }
            }
            ring.push(b);
            // Where the rim touches itself, the sharpest turn to the left stays with the same face.
            let next = from[&b]
                .iter()
                .copied()
                .filter(|&c| rim.contains(&(b, c)))
                .min_by(|&c, &d| bearing(a, b, c).total_cmp(&bearing(a, b, d)));
            let Some(next) = next else { break };
            (a, b) = (b, next);
        }
        if twice_area(&ring) > 0 {
            outer.push(ring);
        } else {
            holes.push(ring);
        }
    }
    let mut polygons: Vec<Vec<Vec<Lattice>>> = outer.into_iter().map(|ring| vec![ring]).collect();
    for hole in holes {
        let at = hole[0].place();
        let host = polygons
            .iter_mut()
            .filter(|p| encloses(&p[0].iter().map(|l| l.place()).collect::<Vec<_>>(), at))
            .min_by_key(|p| twice_area(&p[0]));
        if let Some(host) = host {
            host.push(hole);
        }
    }
    polygons.sort_by_key(|p| std::cmp::Reverse(twice_area(&p[0])));
    polygons
}

/// Turning angle at `b` from `a` to `c`, least for the sharpest turn to the left.
fn bearing(a: Lattice, b: Lattice, c: Lattice) -> f64 {
    let (inward, out) = (b.place().minus(a.place()).unit(), c.place().minus(b.place()).unit());
    let (sin, cos) = (inward.cross(out), inward.dot(out));
    // Falls from 4 to 0 as the turn grows from hard right to hard left, without trigonometry.
    let half = 1.0 - cos;
    if sin >= 0.0 { 2.0 - half } else { 2.0 + half }
}

/// District, street offices and communities.
pub fn jurisdictions(parcels: &[Parcel]) -> Vec<JurisdictionRow> {
    let of = |keep: &dyn Fn(&Parcel) -> bool| {
        let rings: Vec<&[Lattice]> = parcels.iter().filter(|p| keep(p)).map(|p| p.ring.as_slice()).collect();
        dissolve(&rings)
    };
    let mut out = vec![JurisdictionRow {
        code: DISTRICT_CODE.into(),
        name: DISTRICT.into(),
        level: 1,
        parent: String::new(),
        polygons: of(&|_| true),
    }];
    for (office, name) in OFFICES.iter().enumerate() {
        let polygons = of(&|p| COMMUNITIES[p.community].0 == office);
        out.push(JurisdictionRow {
            code: office_code(office),
            name: (*name).into(),
            level: 2,
            parent: DISTRICT_CODE.into(),
            polygons,
        });
    }
    for (community, &(office, name)) in COMMUNITIES.iter().enumerate() {
        let polygons = of(&|p| p.community == community);
        out.push(JurisdictionRow {
            code: community_code(community),
            name: name.into(),
            level: 3,
            parent: office_code(office),
            polygons,
        });
    }
    out
}
