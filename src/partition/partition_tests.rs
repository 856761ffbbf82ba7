use super::*;

/// Throw-away harness, see PART_FILE.
#[test]
fn harness() {
    let Ok(file) = std::env::var("PART_FILE") else { return };
    let text = std::fs::read_to_string(&file).unwrap();
    let mut it = text.split_ascii_whitespace().map(|x| x.parse::<u64>().unwrap());
    let n = it.next().unwrap() as usize;
    let m = it.next().unwrap() as usize;
    let (mut size, mut unit) = (vec![], vec![]);
    for _ in 0..n {
        size.push(it.next().unwrap() as u32);
        unit.push(it.next().unwrap() as u32);
    }
    let e: Vec<_> = (0..m)
        .map(|_| (AtomId(it.next().unwrap() as u32), AtomId(it.next().unwrap() as u32), it.next().unwrap()))
        .collect();
    let graph = Graph::new(n, e);
    let env = |k: &str, d: u64| std::env::var(k).ok().map_or(d, |x| x.parse().unwrap());
    let band = Band { lower: env("LO", 300) as u32, upper: env("HI", 500) as u32 };
    for seed in 1..=env("SEEDS", 1) {
        let t = std::time::Instant::now();
        let o = Options { seed, moves: env("MOVES", 200) as u32, ..Default::default() };
        let s = partition(&Problem { graph: &graph, size: &size, unit: &unit, band }, &o, &()).unwrap();
        let took = t.elapsed().as_secs_f64();
        let mut sums = vec![0u64; s.assignment.grid_count()];
        for (a, g) in s.assignment.grids().iter().enumerate() {
            sums[g.unwrap().0 as usize] += u64::from(size[a]);
        }
        let cut: u64 = graph
            .borders()
            .filter(|&(a, b, _)| unit[a as usize] == unit[b as usize])
            .filter(|&(a, b, _)| s.assignment.grids()[a as usize] != s.assignment.grids()[b as usize])
            .map(|x| x.2)
            .sum();
        let mut kinds = std::collections::BTreeMap::new();
        for o in &s.outside {
            let r = o.certificate.reason(band, |_| "", |_| "");
            let k = kinds.entry(r.kind()).or_insert((0, 0));
            k.0 += 1;
            k.1 += band.violation(o.size);
            if env("SHOW", 0) > 0 && r.kind() == "not_proven" {
                println!("   {o:?}");
            }
        }
        let (c, _) = graph.components_by(|v| s.assignment.grids()[v as usize]);
        let comps = c.iter().max().map_or(0, |x| x + 1);
        println!(
            "{file} seed {seed}: grids {} comps {comps} empty {} outside {} viol {} cut {:.1} km {kinds:?} {took:.2} s",
            sums.len(),
            sums.iter().filter(|&&x| x == 0).count(),
            s.outside.len(),
            s.outside.iter().map(|o| band.violation(o.size)).sum::<u64>(),
            cut as f64 / 1e6
        );
    }
}
