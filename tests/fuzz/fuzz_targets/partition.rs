//! Any bytes as a problem: a lawful division, or a clear refusal; never a panic and never a hang.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wangge::atom::AtomId;
use wangge::graph::Graph;
use wangge::partition::{Bands, Certificate, Infeasible, Options, Problem, Standing, Terms, partition};
use wangge::plan::Band;

struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        first
    }

    /// Mostly small, now and then any number.
    fn number(&mut self) -> u32 {
        match self.byte() {
            255 => u32::from_be_bytes([self.byte(), self.byte(), self.byte(), self.byte()]),
            small => u32::from(small),
        }
    }

    fn band(&mut self) -> Band {
        Band { lower: self.number(), upper: self.number() }
    }

    fn atom(&mut self, atoms: usize) -> AtomId {
        AtomId(u32::from(self.byte()) % (atoms as u32 + 1))
    }
}

fuzz_target!(|data: &[u8]| {
    let mut bytes = Bytes(data);
    let flags = bytes.byte();
    let atoms = usize::from(bytes.byte()) % 90;
    let mut borders = Vec::new();
    for atom in 1..atoms as u32 {
        // now and then a piece of its own
        let to = bytes.byte();
        if to < 240 {
            borders.push((AtomId(atom), AtomId(u32::from(to) % atom), u64::from(bytes.number()) * 1_000));
        }
    }
    for _ in 0..bytes.byte() % 100 {
        let (a, b) = (bytes.atom(atoms), bytes.atom(atoms));
        if (a.0.max(b.0) as usize) < atoms {
            borders.push((a, b, u64::from(bytes.number()) << 20));
        }
    }
    let graph = Graph::new(atoms, borders);
    let size: Vec<u32> = (0..atoms).map(|_| bytes.number()).collect();
    let other: Vec<u32> = (0..atoms).map(|_| bytes.number()).collect();
    let unit: Vec<u32> = (0..atoms).map(|_| u32::from(bytes.byte() % 3)).collect();
    let mut labels = |most: u8| -> Vec<Option<u32>> {
        (0..atoms).map(|_| bytes.byte()).map(|byte| (byte < most).then_some(u32::from(byte / 8))).collect()
    };
    let (locked, standing) = (labels(24), labels(200));
    let together: Vec<Vec<AtomId>> =
        (0..bytes.byte() % 3).map(|_| (0..bytes.byte() % 4).map(|_| bytes.atom(atoms)).collect()).collect();
    let apart: Vec<(AtomId, AtomId)> =
        (0..bytes.byte() % 4).map(|_| (bytes.atom(atoms), bytes.atom(atoms))).collect();
    let grids = [(u32::from(bytes.byte() % 3), bytes.number() % 100)];
    let bands = Bands { main: bytes.band(), other: (flags & 1 != 0).then(|| bytes.band()) };
    let terms = Terms {
        locked: (flags & 2 != 0).then_some(&locked[..]),
        together: if flags & 4 != 0 { &together } else { &[] },
        apart: if flags & 8 != 0 { &apart } else { &[] },
        grids: if flags & 16 != 0 { &grids } else { &[] },
    };
    let moved_mm = u64::from(bytes.number());
    let problem = Problem {
        other: Some(&other),
        bands,
        terms,
        standing: (flags & 32 != 0).then_some(Standing { grid: &standing, moved_mm }),
        ..Problem::new(&graph, &size, &unit, bands.main)
    };
    let infeasible = if flags & 64 != 0 { Infeasible::FewestOutside } else { Infeasible::LeastViolation };
    let options = Options { seed: 7, infeasible, moves: 10 };
    let Ok(solution) = partition(&problem, &options, &()) else { return };
    let plan = &solution.assignment;
    assert!(plan.grids().iter().all(Option::is_some));
    let (_, pieces) = graph.components_by(|atom| (plan.grid_of(AtomId(atom)), unit[atom as usize]));
    if terms.locked.is_none() {
        assert_eq!(pieces as usize, plan.grid_count(), "every grid is contiguous and in one unit");
    }
    for &(a, b) in terms.apart {
        assert_ne!(plan.grid_of(a), plan.grid_of(b));
    }
    for group in terms.together {
        assert!(group.iter().all(|&atom| plan.grid_of(atom) == plan.grid_of(group[0])));
    }
    for outside in &solution.outside {
        let atoms = plan.members().swap_remove(outside.grid.0 as usize);
        let sum = |count: &[u32]| atoms.iter().map(|atom| u64::from(count[atom.0 as usize])).sum::<u64>();
        assert_eq!(sum(&size), outside.size);
        let beyond = bands.main.violation(sum(&size)) > 0
            || bands.other.is_some_and(|band| band.violation(sum(&other)) > 0)
            || outside.size == 0;
        assert!(beyond, "{outside:?}");
        if let Certificate::AtomOver { atom, .. } = outside.certificate {
            assert!(atoms.contains(&atom));
        }
    }
    assert_eq!(partition(&problem, &options, &()).as_ref(), Ok(&solution), "the same again");
});
