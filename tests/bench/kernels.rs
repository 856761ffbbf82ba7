//! The kernels, one by one: `cargo bench --no-default-features`, or `cargo bench --no-default-features -- locate` for some.
//! What a whole command takes beside other programs is measured by `tools/peers` and `wangge bench`.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use wangge::atom::AtomId;
use wangge::geom::datum::{Datum, bd09_to_wgs84, gcj02_to_wgs84, wgs84_to_bd09, wgs84_to_gcj02};
use wangge::geom::{LatticePoint, LonLat, MultiPolygon};
use wangge::graph::Graph;
use wangge::locate::synthetic::{Draw, Points, coverage, points};
use wangge::locate::{Accuracy, CoverageIndex, RtreeIndex};
use wangge::partition::{Options, Problem, partition};
use wangge::plan::Band;

/// Borders of `side` by `side` blocks of uneven length, in millimetres.
fn streets(side: u32) -> Vec<(AtomId, AtomId, u64)> {
    let mut draw = Draw::new(7);
    let mut borders = Vec::new();
    for i in 0..side {
        for j in 0..side {
            let atom = |i: u32, j: u32| AtomId(i * side + j);
            let mut mm = || 40_000 + draw.below(80_000);
            if i + 1 < side {
                borders.push((atom(i, j), atom(i + 1, j), mm()));
            }
            if j + 1 < side {
                borders.push((atom(i, j), atom(i, j + 1), mm()));
            }
        }
    }
    borders
}

/// 10 to 69 households an atom, and now and then a tower.
fn households(atoms: usize) -> Vec<u32> {
    let mut draw = Draw::new(11);
    let mut one = || if draw.below(60) == 0 { 150 + draw.below(140) } else { 10 + draw.below(60) };
    (0..atoms).map(|_| one() as u32).collect()
}

fn graphs(c: &mut Criterion) {
    let mut group = c.benchmark_group("graph");
    for side in [45, 140] {
        let (atoms, borders) = ((side * side) as usize, streets(side));
        group.throughput(Throughput::Elements(atoms as u64));
        group.bench_function(BenchmarkId::new("from borders", atoms), |b| {
            b.iter(|| Graph::new(atoms, borders.iter().copied()));
        });
    }
    group.finish();
}

fn divisions(c: &mut Criterion) {
    let mut group = c.benchmark_group("partition");
    group.sample_size(10);
    for side in [45, 140] {
        let atoms = (side * side) as usize;
        let (graph, size, unit) = (Graph::new(atoms, streets(side)), households(atoms), vec![0; atoms]);
        group.throughput(Throughput::Elements(atoms as u64));
        // one move: coarsening, trees and repair alone; the usual number: with the annealing of borders
        for (name, moves) in [("trees", 1), ("usual", Options::default().moves)] {
            let options = Options { moves, ..Options::default() };
            group.bench_function(BenchmarkId::new(name, atoms), |b| {
                b.iter(|| partition(&Problem::new(&graph, &size, &unit, Band::HOUSEHOLDS), &options, &()));
            });
        }
    }
    // what no division serves has to be proven: communities of 501 to 599 households, and one that only search can tell
    let graph = Graph::new(36, streets(6));
    let size: Vec<u32> = (0..36).map(|i| if i % 5 == 0 { 61 } else { 13 }).collect();
    let unit = vec![0; 36];
    group.bench_function("certificate of 36 atoms", |b| {
        b.iter(|| partition(&Problem::new(&graph, &size, &unit, Band::HOUSEHOLDS), &Options::default(), &()));
    });
    group.finish();
}

fn lookups(c: &mut Criterion) {
    let faces = coverage(10_000, LonLat { lon_deg: 121.0, lat_deg: 31.0 }, 0.5, 3);
    let shapes: Vec<&MultiPolygon> = faces.iter().collect();
    let asked: Vec<LatticePoint> = points(&faces, Points::Anywhere, 10_000, 5);
    let (index, rtree) = (CoverageIndex::new(&shapes).expect("made as a partition"), RtreeIndex::new(&faces));
    let mut group = c.benchmark_group("locate 10000 grids");
    group.throughput(Throughput::Elements(asked.len() as u64));
    group.bench_function("single", |b| {
        b.iter(|| asked.iter().filter(|&&p| black_box(index.locate(p)).is_some()).count());
    });
    let mut answers = vec![None; asked.len()];
    group.bench_function("batch", |b| b.iter(|| index.locate_batch(&asked, &mut answers)));
    group.bench_function("R-tree", |b| {
        b.iter(|| asked.iter().filter(|&&p| black_box(rtree.locate(p)).is_some()).count());
    });
    group.bench_function("likely within 15 m", |b| {
        b.iter(|| asked.iter().map(|&p| rtree.likely(p, Accuracy::Radius68M(15.0)).len()).sum::<usize>());
    });
    group.finish();
    c.bench_function("index of 10000 grids", |b| b.iter(|| CoverageIndex::new(&shapes)));
}

/// A million positions of one city and spread over China, onto the lattice: from WGS 84, and from what map services speak by
/// tables and by the exact inverse.
fn datums(c: &mut Criterion) {
    for (place, [west, east, south, north]) in
        [("city", [121.0, 122.0, 30.8, 31.6]), ("China", [73.66, 135.05, 18.0, 53.55])]
    {
        let mut draw = Draw::new(13);
        let mut any = |least: f64, most: f64| least + (most - least) * draw.unit();
        let given: Vec<LonLat> =
            (0..1_000_000).map(|_| LonLat { lon_deg: any(west, east), lat_deg: any(south, north) }).collect();
        let mut group = c.benchmark_group(format!("onto the lattice, {place}"));
        group.sample_size(10).throughput(Throughput::Elements(given.len() as u64));
        for datum in [Datum::Wgs84, Datum::Gcj02, Datum::Bd09] {
            group.bench_function(format!("{datum:?}"), |b| {
                b.iter(|| given.iter().filter(|&&point| black_box(datum.to_lattice(point)).is_ok()).count());
            });
        }
        for (name, exact) in [("Gcj02, exact", gcj02_to_wgs84 as fn(LonLat) -> LonLat), ("Bd09, exact", bd09_to_wgs84)]
        {
            group.bench_function(name, |b| {
                b.iter(|| given.iter().filter(|&&point| black_box(exact(point).snap()).is_ok()).count());
            });
        }
        group.finish();
    }
}

/// A million positions to the grids that own them, among 200,000 grids of a city and of all China: the conversion and the
/// lookup together, in blocks that stay in the cache.
fn datums_located(c: &mut Criterion) {
    for (place, lon_deg, lat_deg, side_deg) in [("a city", 121.0, 30.8, 0.9), ("China", 85.0, 22.0, 28.0)] {
        let faces = coverage(200_000, LonLat { lon_deg, lat_deg }, side_deg, 3);
        let index = CoverageIndex::new(&faces.iter().collect::<Vec<_>>()).expect("made as a partition");
        let asked: Vec<LonLat> =
            points(&faces, Points::ByFace, 1_000_000, 5).into_iter().map(LatticePoint::to_lon_lat).collect();
        drop(faces);
        let mut group = c.benchmark_group(format!("located among 200000 grids of {place}"));
        group.sample_size(10).throughput(Throughput::Elements(asked.len() as u64));
        for (datum, there) in [
            (Datum::Wgs84, (|point| point) as fn(LonLat) -> LonLat),
            (Datum::Gcj02, wgs84_to_gcj02),
            (Datum::Bd09, wgs84_to_bd09),
        ] {
            let given: Vec<LonLat> = asked.iter().map(|&point| there(point)).collect();
            group.bench_function(format!("{datum:?}"), |b| {
                let (mut onto, mut answers) = ([LatticePoint::default(); 1024], [None; 1024]);
                b.iter(|| {
                    let mut found = 0;
                    for given in given.chunks(1024) {
                        for (onto, &point) in onto.iter_mut().zip(given) {
                            *onto = datum.to_lattice(point).expect("in range");
                        }
                        index.locate_batch(&onto[..given.len()], &mut answers[..given.len()]);
                        found += answers[..given.len()].iter().flatten().count();
                    }
                    found
                });
            });
        }
        group.finish();
    }
}

criterion_group!(kernels, graphs, divisions, lookups, datums, datums_located);
criterion_main!(kernels);
