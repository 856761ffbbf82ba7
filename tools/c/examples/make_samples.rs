//! make_samples FOLDER GRIDS POINTS: a snapshot of made-up grids, and points with the grids that own them, for the tests of
//! the C and Python interfaces; always the same for the same numbers. At the end one line says what a lookup takes here.
//!
//! `grids.wgs` is the snapshot. `wgs84.f64`, `gcj02.f64` and `bd09.f64` hold all longitudes and then all latitudes, 8 bytes
//! each, little-endian; `wgs84.i32` and so on the owning grids, 4 bytes each: by the exact inverse, and by a look at one point at a
//! time in the index, not in the snapshot.

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use wangge::geom::datum::{Datum, bd09_to_wgs84, gcj02_to_wgs84, wgs84_to_bd09, wgs84_to_gcj02};
use wangge::geom::{LatticePoint, LonLat};
use wangge::locate::CoverageIndex;
use wangge::locate::snapshot::{Contents, Grid, Node, OUTSIDE, Snapshot, to_bytes};
use wangge::locate::synthetic::{self, Points};

const CORNER: LonLat = LonLat { lon_deg: 114.0, lat_deg: 30.3 };
const SIDE_DEG: f64 = 0.6;
const NODES: [Node; 2] = [
    Node { level: 1, level_name: "district", code: "420102", name: "江岸区", parent: None },
    Node { level: 2, level_name: "community", code: "420102001", name: "东门社区", parent: Some(0) },
];

type Way = fn(LonLat) -> LonLat;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, grids, points] = &arguments[..] else { return Err("make_samples FOLDER GRIDS POINTS".into()) };
    let (folder, count): (&Path, usize) = (folder.as_ref(), points.parse()?);
    let faces = synthetic::coverage(grids.parse()?, CORNER, SIDE_DEG, 3);
    let index = CoverageIndex::new(&faces.iter().collect::<Vec<_>>())?;
    let codes: Vec<String> = (0..faces.len()).map(|grid| format!("420102001{grid:06}")).collect();
    let grids: Vec<Grid> = codes
        .iter()
        .enumerate()
        .map(|(grid, code)| Grid {
            code,
            name: "第一网格",
            // the first lies in no jurisdiction
            node: (grid > 0).then_some(1),
            publication: 1,
            valid_from_ms: 0,
            valid_to_ms: None,
        })
        .collect();
    let bytes = to_bytes(&Contents { generation: "1.样", index: &index, grids: &grids, nodes: &NODES })?;
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join("grids.wgs"), &bytes)?;
    let snapshot = Snapshot::from_bytes(bytes)?;
    // most where people are, the others where it is hard
    let mut asked = synthetic::points(&faces, Points::ByFace, count / 2, 5);
    for kind in [Points::OnVertex, Points::OnEdge, Points::OneOff, Points::Outside] {
        asked.extend(synthetic::points(&faces, kind, count / 8, 5));
    }
    let ways: [(&str, Datum, Way, Way); 3] = [
        ("wgs84", Datum::Wgs84, |point| point, |point| point),
        ("gcj02", Datum::Gcj02, wgs84_to_gcj02, gcj02_to_wgs84),
        ("bd09", Datum::Bd09, wgs84_to_bd09, bd09_to_wgs84),
    ];
    for (name, datum, there, back) in ways {
        let given: Vec<LonLat> = asked.iter().map(|p| there(LatticePoint::to_lon_lat(*p))).collect();
        let (lons, lats): (Vec<f64>, Vec<f64>) = given.iter().map(|point| (point.lon_deg, point.lat_deg)).unzip();
        let mut owners = Vec::with_capacity(given.len());
        for &point in &given {
            owners.push(index.locate(back(point).snap()?).map_or(OUTSIDE, |owner| owner.face as i32));
        }
        let columns: Vec<u8> = lons.iter().chain(&lats).flat_map(|number| number.to_le_bytes()).collect();
        std::fs::write(folder.join(format!("{name}.f64")), columns)?;
        let column: Vec<u8> = owners.iter().flat_map(|owner| owner.to_le_bytes()).collect();
        std::fs::write(folder.join(format!("{name}.i32")), column)?;
        let mut best = f64::INFINITY;
        for _ in 0..5 {
            let mut grids = vec![0; lons.len()];
            let start = Instant::now();
            snapshot.locate_columns(datum, &lons, &lats, &mut grids);
            best = best.min(start.elapsed().as_nanos() as f64 / lons.len() as f64);
            if grids != owners {
                return Err(format!("{name}: the snapshot answers otherwise than its index").into());
            }
        }
        println!("rust {name}: {best:.0} ns a point, {} points, {} grids", lons.len(), faces.len());
    }
    Ok(())
}
