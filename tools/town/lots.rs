//! Cuts superblocks into blocks by local streets and blocks into lots.
//!
//! In: the skeleton and the table of zones. Out: one [`Lot`] for every face.

use super::cutter::{CROOKED, Cutter, GREEN, LANES, LOCAL, LOT_LINES, PATHS, extent, rectangle};
use super::dice::Dice;
use super::mesh::Mesh;
use super::names::Names;
use super::plane::{Place, place};
use super::skeleton::{Class, Ground, Skeleton, Street};
use super::zones::{JIANGWAN, Kind, ZONES};

/// A parcel to be.
pub struct Lot {
    /// Face of the mesh.
    pub face: u32,
    /// Use.
    pub kind: Kind,
    /// Index of the community.
    pub community: usize,
    /// Index of the compound, for lots inside one.
    pub compound: Option<usize>,
}

/// A walled or named group of lots.
pub struct Compound {
    /// Name.
    pub name: String,
    /// Use.
    pub kind: Kind,
}

/// The town, cut down to lots.
pub struct Town {
    /// The subdivision.
    pub mesh: Mesh,
    /// Streets by id.
    pub streets: Vec<Street>,
    /// Lots.
    pub lots: Vec<Lot>,
    /// Compounds.
    pub compounds: Vec<Compound>,
    /// The outlines before any cut.
    pub outlines: Vec<Vec<Place>>,
}

/// Size in square metres a superblock is cut to, and how.
fn block_size_m2(kind: Kind) -> f64 {
    match kind {
        Kind::Tower => 27_000.0,
        Kind::Slab | Kind::Midrise => 21_000.0,
        Kind::Commerce => 15_000.0,
        Kind::Lane => 14_000.0,
        Kind::Village => 16_000.0,
        _ => 30_000.0,
    }
}

/// Cuts the whole town.
pub fn cut(seed: u64, skeleton: Skeleton) -> Town {
    let Skeleton { mesh, streets, ground, outlines } = skeleton;
    let mut names = Names::default();
    for street in &streets {
        names.take(&street.name);
    }
    let mut cutter = Cutter { mesh, streets, names, dice: Dice::of(seed, "lots", 0) };
    let (mut lots, mut compounds) = (Vec::new(), Vec::new());
    let mut strips = Vec::new();
    for (face, &ground) in ground.iter().enumerate() {
        let face = face as u32;
        cutter.dice = Dice::of(seed, "superblock", u64::from(face));
        match ground {
            Ground::Water => strips.push((face, Kind::River)),
            Ground::Rail => strips.push((face, Kind::Rail)),
            Ground::Islet => {
                for lot in cutter.halve(face, 2_900.0, &LANES, Some("鹭洲")) {
                    lots.push(Lot { face: lot, kind: Kind::Island, community: JIANGWAN, compound: None });
                }
            }
            Ground::Land => superblock(&mut cutter, face, &mut lots, &mut compounds),
        }
    }
    // Water and track belong to the community with which they share most border.
    let mut bridges = Vec::new();
    for (face, kind) in strips {
        let mut shares = vec![0.0; super::zones::COMMUNITIES.len()];
        for (a, b) in cutter.mesh.edges(face) {
            let beyond = cutter.mesh.left_of(b, a).and_then(|f| lots.iter().find(|lot: &&Lot| lot.face == f));
            if let Some(lot) = beyond.filter(|lot| !matches!(lot.kind, Kind::River | Kind::Rail)) {
                shares[lot.community] += cutter.mesh.at(a).to_m(cutter.mesh.at(b));
            }
        }
        let community = (0..shares.len())
            .max_by(|&a, &b| f64::total_cmp(&shares[a], &shares[b]).then(b.cmp(&a)))
            .expect("there are communities");
        if shares[community] > 0.0 {
            lots.push(Lot { face, kind, community, compound: None });
        } else {
            bridges.push((face, kind));
        }
    }
    // The railway bridge touches no land: it follows the piece beside it.
    for (face, kind) in bridges {
        let beside = cutter.mesh.edges(face).find_map(|(a, b)| {
            let beyond = cutter.mesh.left_of(b, a)?;
            lots.iter().find(|lot| lot.face == beyond).map(|lot| lot.community)
        });
        lots.push(Lot { face, kind, community: beside.unwrap_or(0), compound: None });
    }
    Town { mesh: cutter.mesh, streets: cutter.streets, lots, compounds, outlines }
}

fn superblock(cutter: &mut Cutter, face: u32, lots: &mut Vec<Lot>, compounds: &mut Vec<Compound>) {
    let at = cutter.mesh.inner(face);
    let zone = ZONES
        .iter()
        .min_by(|a, b| place(a.east_m, a.north_m).to_m(at).total_cmp(&place(b.east_m, b.north_m).to_m(at)))
        .expect("the table of zones is not empty");
    let manner = match zone.kind {
        Kind::Lane => &LANES,
        Kind::Village => &PATHS,
        Kind::Park => &GREEN,
        _ => &LOCAL,
    };
    let size_m2 = block_size_m2(zone.kind);
    let whole = matches!(zone.kind, Kind::School | Kind::Park | Kind::Factory) && zone.also.is_empty();
    let blocks = if whole {
        vec![face]
    } else {
        cutter.halve(face, size_m2, if matches!(zone.kind, Kind::Lane | Kind::Village) { &LOCAL } else { manner }, None)
    };
    let mut kinds = vec![zone.kind; blocks.len()];
    let mut free: Vec<usize> = (0..blocks.len()).collect();
    for &kind in zone.also {
        if free.len() < 2 && zone.also.len() >= blocks.len() {
            break;
        }
        if free.is_empty() {
            break;
        }
        // A park lies at the water or in the middle, shops on the widest street, others anywhere.
        let score = |&i: &usize| {
            let block = blocks[i];
            let mut score = 0.0;
            for (a, b) in cutter.mesh.edges(block) {
                let length_m = cutter.mesh.at(a).to_m(cutter.mesh.at(b));
                match cutter.mesh.street_on(a, b).map(|s| cutter.streets[s as usize].class) {
                    Some(Class::Arterial) if kind == Kind::Commerce => score += 2.0 * length_m,
                    Some(Class::Secondary) if kind == Kind::Commerce => score += length_m,
                    None if kind == Kind::Park => score += 3.0 * length_m,
                    Some(Class::Local) if kind != Kind::Commerce => score += 0.5 * length_m,
                    _ => {}
                }
            }
            score
        };
        let Some(best) = free.iter().copied().max_by(|a, b| score(a).total_cmp(&score(b)).then(b.cmp(a))) else {
            break;
        };
        kinds[best] = kind;
        free.retain(|&i| i != best);
    }
    for (&block, &kind) in blocks.iter().zip(&kinds) {
        block_to_lots(cutter, block, kind, zone.community, lots, compounds);
    }
}

/// Cuts a strip of shop lots off the side of a block along a main street; gives the strip's lots and what is left of the block.
fn shop_strip(cutter: &mut Cutter, block: u32) -> Option<(Vec<u32>, Vec<u32>)> {
    let ring = cutter.mesh.ring(block);
    let (_, axis, _, _) = rectangle(&ring);
    let mut best = (60.0, axis, 0.0);
    for outward in [axis, axis.left(), axis.times(-1.0), axis.left().times(-1.0)] {
        let (mut main_m, mut setback_m) = (0.0, 0.0_f64);
        for (a, b) in cutter.mesh.edges(block) {
            let side = cutter.mesh.at(b).minus(cutter.mesh.at(a));
            let class = cutter.mesh.street_on(a, b).map(|s| cutter.streets[s as usize].class);
            if let Some(class) =
                class.filter(|&c| c <= Class::Secondary && side.unit().left().times(-1.0).dot(outward) > 0.9)
            {
                main_m += side.length_m();
                setback_m = setback_m.max(class.setback_m());
            }
        }
        if main_m > best.0 {
            best = (main_m, outward, setback_m);
        }
    }
    let (length_m, outward, setback_m) = best;
    let (low, high) = extent(&ring, outward);
    if setback_m == 0.0 || high - low < 130.0 {
        return None;
    }
    let at = outward.times(high - setback_m - 26.0);
    let (left, right) = extent(&ring, outward.left());
    let line = [at.plus(outward.left().times(left - 20.0)), at.plus(outward.left().times(right + 20.0))];
    let mut scope = vec![block];
    if cutter.mesh.cut(&line, &mut scope, 6.0, None) != 1 {
        return None;
    }
    let depth = |&f: &u32| cutter.mesh.inner(f).dot(outward);
    let (shops, rest) = if depth(&scope[0]) > depth(&scope[1]) { (scope[0], scope[1]) } else { (scope[1], scope[0]) };
    let pitch_m = (length_m / (length_m / 75.0).round().max(1.0)).max(40.0);
    let lots = cutter.slice(shops, outward.left(), pitch_m);
    Some((cutter.join_slivers(lots, 1_300.0), vec![rest]))
}

fn block_to_lots(
    cutter: &mut Cutter,
    block: u32,
    kind: Kind,
    community: usize,
    lots: &mut Vec<Lot>,
    compounds: &mut Vec<Compound>,
) {
    // Some blocks of slabs turn a row of shops to the main street; some are of a younger kind.
    if matches!(kind, Kind::Slab | Kind::Midrise)
        && cutter.mesh.area_m2(block) > 14_000.0
        && cutter.dice.real() < 0.45
        && let Some((shops, rest)) = shop_strip(cutter, block)
    {
        compounds.push(Compound {
            name: cutter.names.compound(Kind::Commerce, community, &mut cutter.dice),
            kind: Kind::Commerce,
        });
        let compound = Some(compounds.len() - 1);
        lots.extend(shops.into_iter().map(|face| Lot { face, kind: Kind::Commerce, community, compound }));
        for piece in rest {
            residence(cutter, piece, kind, community, lots, compounds);
        }
        return;
    }
    residence(cutter, block, kind, community, lots, compounds);
}

fn residence(
    cutter: &mut Cutter,
    block: u32,
    kind: Kind,
    community: usize,
    lots: &mut Vec<Lot>,
    compounds: &mut Vec<Compound>,
) {
    let kind = if kind == Kind::Slab && cutter.dice.real() < 0.18 { Kind::Midrise } else { kind };
    let area_m2 = cutter.mesh.area_m2(block);
    let faces = match kind {
        Kind::Slab => {
            let (depth_m, along_m) = (cutter.dice.between(33.0, 38.0), cutter.dice.between(60.0, 82.0));
            cutter.rows(block, depth_m, along_m)
        }
        Kind::Midrise => {
            let along_m = cutter.dice.between(58.0, 72.0);
            cutter.rows(block, 44.0, along_m)
        }
        Kind::Tower => {
            let along_m = cutter.dice.between(56.0, 70.0);
            cutter.rows(block, 62.0, along_m)
        }
        Kind::Lane => {
            let quarter = cutter.halve(block, 4_200.0, &LANES, None);
            let mut out = Vec::new();
            for piece in quarter {
                out.extend(cutter.halve(piece, 1_900.0, &LOT_LINES, None));
            }
            cutter.join_slivers(out, 700.0)
        }
        Kind::Village => {
            let quarter = cutter.halve(block, 3_000.0, &PATHS, Some("柏树"));
            let mut out = Vec::new();
            for piece in quarter {
                out.extend(cutter.halve(piece, 1_250.0, &CROOKED, None));
            }
            cutter.join_slivers(out, 450.0)
        }
        Kind::Park => cutter.halve(block, 22_000.0, &GREEN, None),
        Kind::Factory => cutter.halve(block, 24_000.0, &LOT_LINES, None),
        Kind::Commerce => cutter.halve(block, 7_500.0, &LOT_LINES, None),
        Kind::Hospital => cutter.halve(block, 20_000.0, &LOT_LINES, None),
        _ => vec![block],
    };
    let compound = if matches!(kind, Kind::Lane | Kind::Village) {
        None
    } else {
        compounds.push(Compound { name: cutter.names.compound(kind, community, &mut cutter.dice), kind });
        Some(compounds.len() - 1)
    };
    // The middle lot of a large tower compound is its garden.
    let garden = (kind == Kind::Tower && faces.len() >= 5 && area_m2 > 17_000.0).then(|| {
        let mut middle = place(0.0, 0.0);
        for &face in &faces {
            middle = middle.plus(cutter.mesh.inner(face));
        }
        let middle = middle.times(1.0 / faces.len() as f64);
        *faces
            .iter()
            .min_by(|&&a, &&b| cutter.mesh.inner(a).to_m(middle).total_cmp(&cutter.mesh.inner(b).to_m(middle)))
            .expect("the compound has lots")
    });
    for face in faces {
        let kind = if Some(face) == garden { Kind::Park } else { kind };
        lots.push(Lot { face, kind, community, compound });
    }
}
