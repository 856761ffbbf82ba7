//! Proves what the town promises, from the rows as they will be written; the generator's own structures are not trusted.
//!
//! The tiling: rings are simple and counter-clockwise, and every edge is met either by its reverse in one other ring or lies on the
//! outline, which consists of simple rings, counter-clockwise, apart from each other. The winding numbers of the parcels then sum to
//! the outline's, which is one inside and none outside; each parcel's is one or none; so exactly one parcel covers each place.

use std::collections::{BTreeMap, BTreeSet};

use super::houses::{INDIVISIBLE, ISLET, OVERSIZE};
use super::lines::{JurisdictionRow, dissolve};
use super::plane::{Lattice, encloses, segments_meet, turn, twice_area};
use super::register::{Registers, community_code};
use super::zones::{COMMUNITIES, JIANGWAN, JINGUI, Kind, MIANFANG, XINCUN, ZHANQIAN};

/// Lowest and highest number of households in a grid.
pub const BAND: (i64, i64) = (300, 500);

/// Whether a total can be divided into grids within the band.
pub fn divisible(total: i64) -> bool {
    (1..=total / BAND.0).any(|k| BAND.0 * k <= total && total <= BAND.1 * k)
}

fn require(holds: bool, claim: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(claim()) }
}

fn simple(ring: &[Lattice]) -> bool {
    let n = ring.len();
    let edge = |i: usize| (ring[i], ring[(i + 1) % n]);
    if n < 3 || ring.iter().collect::<BTreeSet<_>>().len() != n {
        return false;
    }
    for i in 0..n {
        let ((a, b), (_, c)) = (edge(i), edge((i + 1) % n));
        // A spike folds back on itself.
        if turn(a, b, c) == 0 && (b.lon - a.lon) * (c.lon - b.lon) + (b.lat - a.lat) * (c.lat - b.lat) < 0 {
            return false;
        }
        for j in i + 2..n {
            if (j + 1) % n != i && segments_meet(a, b, edge(j).0, edge(j).1) {
                return false;
            }
        }
    }
    true
}

/// Totals worth telling.
pub struct Totals {
    /// Homes.
    pub households: i64,
    /// People.
    pub population: i64,
    /// Homes by community.
    pub by_community: Vec<i64>,
    /// Code of the tower over the band.
    pub oversize: String,
}

/// Checks everything; the error says the first claim that fails.
pub fn prove(
    registers: &Registers,
    jurisdictions: &[JurisdictionRow],
    outlines: &[Vec<Lattice>],
) -> Result<Totals, String> {
    let parcels = &registers.parcels;
    // Rings, and edges met exactly once in each direction.
    let mut edges: BTreeMap<(Lattice, Lattice), usize> = BTreeMap::new();
    for (i, parcel) in parcels.iter().enumerate() {
        require(simple(&parcel.ring), || format!("ring of parcel {} is not simple", parcel.code))?;
        require(twice_area(&parcel.ring) > 0, || format!("ring of parcel {} is not counter-clockwise", parcel.code))?;
        for (k, &a) in parcel.ring.iter().enumerate() {
            let b = parcel.ring[(k + 1) % parcel.ring.len()];
            require(edges.insert((a, b), i).is_none(), || format!("parcel {} repeats an edge at {a:?}", parcel.code))?;
        }
    }
    let all: Vec<&[Lattice]> = parcels.iter().map(|p| p.ring.as_slice()).collect();
    let rims: Vec<Vec<Lattice>> = dissolve(&all).into_iter().flatten().collect();
    let unmet = edges.keys().filter(|&&(a, b)| !edges.contains_key(&(b, a))).count();
    require(rims.iter().map(Vec::len).sum::<usize>() == unmet, || {
        format!("{unmet} edges without a neighbour, but the outline has others")
    })?;
    require(rims.len() == 2, || format!("the outline has {} rings, not the district and the islet", rims.len()))?;
    for rim in &rims {
        require(simple(rim) && twice_area(rim) > 0, || "a ring of the outline is not simple".into())?;
    }
    for i in 0..rims[0].len() {
        for j in 0..rims[1].len() {
            let (a, b) = (rims[0][i], rims[0][(i + 1) % rims[0].len()]);
            let (c, d) = (rims[1][j], rims[1][(j + 1) % rims[1].len()]);
            require(!segments_meet(a, b, c, d), || "the islet touches the district".into())?;
        }
    }
    let shore: Vec<_> = rims[0].iter().map(|n| n.place()).collect();
    require(!encloses(&shore, rims[1][0].place()), || "the islet lies inside the district".into())?;
    // Areas, exactly; nodes put on the outline move it by less than a lattice unit each, so the drawn outline is only near.
    let sum: i128 = parcels.iter().map(|p| twice_area(&p.ring)).sum();
    let rim_sum: i128 = rims.iter().map(|r| twice_area(r)).sum();
    require(sum == rim_sum, || format!("parcels cover {sum}, the outline {rim_sum} half units"))?;
    let drawn: i128 = outlines.iter().map(|r| twice_area(r)).sum();
    require((sum - drawn).abs() * 1_000_000 < drawn, || {
        format!("the outline moved: {drawn} half units drawn, {sum} covered")
    })?;
    for level in 1..=3 {
        let covered: i128 = jurisdictions
            .iter()
            .filter(|j| j.level == level)
            .flat_map(|j| j.polygons.iter().flatten())
            .map(|r| twice_area(r))
            .sum();
        require(covered == sum, || {
            format!("jurisdictions of level {level} cover {covered}, the parcels {sum} half units")
        })?;
    }
    // Codes.
    let mut codes: BTreeSet<&str> = BTreeSet::new();
    for parcel in parcels {
        require(codes.insert(&parcel.code), || format!("parcel code {} twice", parcel.code))?;
        require(parcel.code.starts_with(&community_code(parcel.community)), || {
            format!("parcel {} is not under its community", parcel.code)
        })?;
    }
    for building in &registers.buildings {
        require(codes.insert(&building.code), || format!("building code {} twice", building.code))?;
        require(building.code.starts_with(&parcels[building.parcel].code), || {
            format!("building {} is not under its parcel", building.code)
        })?;
        let ring = &parcels[building.parcel].ring;
        require(simple(&building.ring) && twice_area(&building.ring) > 0, || {
            format!("footprint {} is not simple", building.code)
        })?;
        let lot: Vec<_> = ring.iter().map(|n| n.place()).collect();
        for (i, &a) in building.ring.iter().enumerate() {
            let b = building.ring[(i + 1) % building.ring.len()];
            let crosses = (0..ring.len()).any(|k| segments_meet(a, b, ring[k], ring[(k + 1) % ring.len()]));
            require(!crosses && encloses(&lot, a.place()), || format!("building {} leaves its parcel", building.code))?;
        }
    }
    let mut texts: BTreeSet<&str> = BTreeSet::new();
    for address in &registers.addresses {
        require(texts.insert(&address.text), || format!("address {} twice", address.text))?;
    }
    totals(registers, jurisdictions, &edges)
}

fn totals(
    registers: &Registers,
    jurisdictions: &[JurisdictionRow],
    edges: &BTreeMap<(Lattice, Lattice), usize>,
) -> Result<Totals, String> {
    let parcels = &registers.parcels;
    for (i, parcel) in parcels.iter().enumerate() {
        let housed: i64 = registers.buildings.iter().filter(|b| b.parcel == i).map(|b| b.households).sum();
        require(housed == parcel.households, || {
            format!("parcel {} has {} households, its buildings {housed}", parcel.code, parcel.households)
        })?;
    }
    let oversize: Vec<_> = parcels.iter().filter(|p| p.households > BAND.1).collect();
    require(
        oversize.len() == 1
            && oversize[0].households == OVERSIZE
            && oversize[0].kind == Kind::Tower
            && oversize[0].community == JINGUI,
        || format!("{} parcels over {} households", oversize.len(), BAND.1),
    )?;
    if let Some(large) = parcels.iter().find(|p| p.households > 400 && p.households <= BAND.1) {
        return Err(format!("parcel {} has {} households, over 400", large.code, large.households));
    }
    let by_community: Vec<i64> = (0..COMMUNITIES.len())
        .map(|c| parcels.iter().filter(|p| p.community == c).map(|p| p.households).sum())
        .collect();
    for (community, &total) in by_community.iter().enumerate() {
        let name = COMMUNITIES[community].1;
        require(divisible(total) == (community != ZHANQIAN), || format!("{name} has {total} households"))?;
    }
    require(by_community[ZHANQIAN] == INDIVISIBLE, || "the indivisible community has another total".into())?;
    // The tower over the band stands alone: what is left of its community must be divisible too.
    require(divisible(by_community[JINGUI] - OVERSIZE), || {
        "the rest of the community with the large tower cannot be divided".into()
    })?;
    let islet: Vec<usize> = (0..parcels.len()).filter(|&i| parcels[i].kind == Kind::Island).collect();
    let on_islet: i64 = islet.iter().map(|&i| parcels[i].households).sum();
    require(on_islet == ISLET && islet.iter().all(|&i| parcels[i].community == JIANGWAN), || {
        format!("{on_islet} households on the islet")
    })?;
    require(divisible(by_community[JIANGWAN] - ISLET), || "the islet's community cannot be divided without it".into())?;
    // Connection by shared edges.
    let mut beside: Vec<Vec<usize>> = vec![Vec::new(); parcels.len()];
    for (&(a, b), &i) in edges {
        if let Some(&j) = edges.get(&(b, a)) {
            beside[i].push(j);
        }
    }
    for (community, &(_, name)) in COMMUNITIES.iter().enumerate() {
        let own: BTreeSet<usize> = (0..parcels.len()).filter(|&i| parcels[i].community == community).collect();
        let mut left = own.clone();
        let mut parts = Vec::new();
        while let Some(&start) = left.iter().next() {
            let (mut open, mut part) = (vec![start], BTreeSet::new());
            while let Some(i) = open.pop() {
                if left.remove(&i) {
                    part.insert(i);
                    open.extend(beside[i].iter().copied().filter(|j| left.contains(j)));
                }
            }
            parts.push(part);
        }
        let expected = if community == JIANGWAN { 2 } else { 1 };
        require(parts.len() == expected, || format!("{name} falls into {} parts", parts.len()))?;
        if community == JIANGWAN {
            require(parts.contains(&islet.iter().copied().collect()), || "the islet is not a part of its own".into())?;
        }
    }
    // The enclave is the one hole of the community around it, and nothing else has a hole.
    let row = |community: usize| {
        jurisdictions.iter().find(|j| j.code == community_code(community)).ok_or("a community is missing")
    };
    let (around, within) = (row(MIANFANG)?, row(XINCUN)?);
    require(
        around.polygons.len() == 1
            && around.polygons[0].len() == 2
            && within.polygons.len() == 1
            && within.polygons[0].len() == 1,
        || "the enclave is not one hole in one polygon".into(),
    )?;
    let (hole, ring): (BTreeSet<_>, BTreeSet<_>) =
        (around.polygons[0][1].iter().collect(), within.polygons[0][0].iter().collect());
    require(hole == ring, || "the hole is not the enclave".into())?;
    let holes = jurisdictions.iter().filter(|j| j.polygons.iter().any(|p| p.len() > 1)).count();
    require(holes == 1, || format!("{holes} jurisdictions with holes"))?;
    let households = by_community.iter().sum();
    require((38_000..=42_000).contains(&households), || format!("{households} households, not about 40,000"))?;
    Ok(Totals {
        households,
        population: parcels.iter().map(|p| p.population).sum(),
        by_community,
        oversize: oversize[0].code.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::town::{houses, lines, lots, register, skeleton};

    struct Made {
        registers: Registers,
        outlines: Vec<Vec<Lattice>>,
    }

    fn made(seed: u64) -> Made {
        let mut town = lots::cut(seed, skeleton::draw(seed));
        let buildings = houses::build(seed, &mut town);
        let registers = register::fill(seed, &town, &buildings);
        let outlines = town.outlines.iter().map(|ring| ring.iter().map(|&p| Lattice::nearest(p)).collect()).collect();
        Made { registers, outlines }
    }

    fn verdict(made: &Made) -> Result<Totals, String> {
        prove(&made.registers, &lines::jurisdictions(&made.registers.parcels), &made.outlines)
    }

    fn refused(made: &Made, why: &str) {
        let error = verdict(made).err().expect("the town was spoilt");
        assert!(error.contains(why), "{error}");
    }

    #[test]
    fn other_seeds_make_towns_that_hold_too() {
        for seed in 1..=3 {
            verdict(&made(seed)).expect("every seed holds");
        }
    }

    #[test]
    fn the_same_seed_makes_the_same_town() {
        let rows = |made: &Made| {
            made.registers
                .parcels
                .iter()
                .map(|p| (p.code.clone(), p.name.clone(), p.households, p.ring.clone()))
                .collect::<Vec<_>>()
        };
        assert_eq!(rows(&made(7)), rows(&made(7)));
        assert_ne!(rows(&made(7)), rows(&made(8)));
    }

    #[test]
    fn a_node_moved_in_one_parcel_alone_is_found() {
        let mut made = made(7);
        let parcels = &mut made.registers.parcels;
        let beyond: BTreeSet<Lattice> = parcels[1..].iter().flat_map(|p| p.ring.iter().copied()).collect();
        let shared = parcels[0].ring.iter().position(|n| beyond.contains(n)).expect("parcels share nodes");
        parcels[0].ring[shared].lon += 1;
        refused(&made, "outline");
    }

    #[test]
    fn a_node_missing_in_one_neighbour_is_found() {
        let mut made = made(7);
        let parcels = &mut made.registers.parcels;
        let beyond: BTreeSet<Lattice> = parcels[1..].iter().flat_map(|p| p.ring.iter().copied()).collect();
        let shared = parcels[0].ring.iter().position(|n| beyond.contains(n)).expect("parcels share nodes");
        parcels[0].ring.remove(shared);
        refused(&made, "outline");
    }

    #[test]
    fn a_parcel_left_out_is_found() {
        let mut made = made(7);
        let last = made.registers.parcels.len() - 1;
        made.registers.buildings.retain(|b| b.parcel != last);
        made.registers.parcels.pop();
        assert!(verdict(&made).is_err());
    }

    #[test]
    fn a_parcel_given_twice_is_found() {
        let mut made = made(7);
        let ring = made.registers.parcels[0].ring.clone();
        made.registers.parcels[1].ring = ring;
        refused(&made, "repeats an edge");
    }

    #[test]
    fn only_totals_between_bands_are_indivisible() {
        let brute = |total: i64| (1..=20).any(|k| (k * 300..=k * 500).contains(&total));
        for total in 0..3_000 {
            assert_eq!(divisible(total), brute(total), "{total}");
        }
        assert!(
            !divisible(299) && divisible(300) && divisible(500) && !divisible(501) && !divisible(599) && divisible(600)
        );
    }

    #[test]
    fn two_squares_that_meet_at_a_corner_stay_two_polygons() {
        let square =
            |lon: i64, lat: i64| [(0, 0), (1, 0), (1, 1), (0, 1)].map(|(x, y)| Lattice { lon: lon + x, lat: lat + y });
        let (one, other) = (square(0, 0), square(1, 1));
        assert_eq!(dissolve(&[&one, &other]).len(), 2);
    }

    #[test]
    fn a_ring_of_squares_has_one_hole() {
        let square =
            |lon: i64, lat: i64| [(0, 0), (1, 0), (1, 1), (0, 1)].map(|(x, y)| Lattice { lon: lon + x, lat: lat + y });
        let squares: Vec<_> = (0..9).filter(|&i| i != 4).map(|i| square(i % 3, i / 3)).collect();
        let polygons = dissolve(&squares.iter().map(<[Lattice; 4]>::as_slice).collect::<Vec<_>>());
        assert_eq!(
            (polygons.len(), polygons[0].len(), twice_area(&polygons[0][0]), twice_area(&polygons[0][1])),
            (1, 2, 18, -2)
        );
    }
}
