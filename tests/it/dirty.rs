//! Real areas that do not fit together become a coverage, every square metre of change accounted for.

use serde_json::Value;
use wangge::format::{AtomSource, read_atoms, unwatched};
use wangge::geom::{LatticePoint, Ring, segment_distance_m};
use wangge::store::{Open, open};

use crate::cli::Desk;
use crate::real_data::real;

/// The account of a mended import: what came in, what was mended, and what it is now.
fn mended(name: &str, fields: &[&str]) -> Option<(Desk, Value, Value)> {
    let file = real(name)?;
    let desk = Desk::new();
    let words = ["import", file.to_str().unwrap(), "--store", "t.gpkg", "--json"];
    let imported = desk.json(&[&words[..], fields].concat());
    let report = desk.json(&["check", "--store", "t.gpkg", "--repair-report", "--json"]);
    let out = desk.ok(&["check", "--store", "t.gpkg", "--repair-report", "--out", "repairs.gpkg"]);
    assert!(desk.path("repairs.gpkg").exists(), "{out}");
    Some((desk, imported, report))
}

#[test]
fn osaka_drawn_area_by_area_becomes_a_coverage_with_one_plain_command() {
    let fields = ["--households", "SETAI", "--population", "JINKO"];
    let Some((desk, imported, report)) = mended("jp_osaka_22wards_chome_2015.fgb.zst", &fields) else { return };
    assert_eq!((&imported["atoms"], &imported["households"]), (&1_579.into(), &1_206_749.into()));
    assert!(imported["gaps_closed"].as_u64().unwrap() > 1_500, "{imported}");
    assert!(imported["overlaps_settled"].as_u64().unwrap() > 2_000, "{imported}");
    assert!(imported["repaired_m2"].as_f64().unwrap() < 0.02 * imported["area_m2"].as_f64().unwrap(), "{imported}");
    // it says within what tolerance, and what the widths were when it came in
    for word in
        ["tolerance_m", "gap_moved_m", "overlap_tolerance_m", "moved_m", "moved_over", "gap_widths", "overlap_widths"]
    {
        assert_eq!(report[word], imported[word], "{word}");
        assert!(!report[word].is_null(), "{word}");
    }
    assert_eq!((&report["tolerance_m"], &report["overlap_tolerance_m"]), (&5.0.into(), &10.0.into()));
    let most_m = report["gap_moved_m"].as_f64().unwrap().max(10.0);
    // a branch of a gap may run farther along a street than its border moves sideways: its vertices are looked at below
    let moved = |kind: &&Value| kind["moved_m"].is_f64() && kind["kind"] != "gap_split";
    for kind in report["kinds"].as_array().unwrap().iter().filter(moved) {
        let allowed_m = if kind["kind"] == "overlap_halved" { 10.0 * std::f64::consts::SQRT_2 } else { most_m };
        assert!(kind["moved_m"].as_f64().unwrap() <= allowed_m, "{kind}");
    }
    // no vertex lies farther than that from the new border of its area, but for those the report counts
    let source = AtomSource {
        path: real("jp_osaka_22wards_chome_2015.fgb.zst").unwrap(),
        households: Some("SETAI".to_owned()),
        ..AtomSource::default()
    };
    let (before, _) = read_atoms(&source, &unwatched).unwrap();
    let after = tokio::runtime::Runtime::new().unwrap().block_on(async {
        let store = open(desk.path("t.gpkg").to_str().unwrap(), Open::Existing).await.unwrap();
        let dataset = store.dataset(1).await.unwrap();
        store.close().await;
        dataset
    });
    let (mut over, mut largest_m) = (0_u64, 0.0_f64);
    for (before, after) in before.atoms.iter().zip(&after.atoms) {
        assert_eq!(before.code, after.code);
        let border: Vec<(LatticePoint, LatticePoint)> = after.shape.rings().flat_map(Ring::edges).collect();
        for &vertex in before.shape.rings().flat_map(Ring::points) {
            let moved_m = border.iter().map(|&edge| segment_distance_m(vertex, edge)).fold(f64::INFINITY, f64::min);
            over += u64::from(moved_m > most_m + 0.01);
            largest_m = largest_m.max(moved_m);
        }
    }
    eprintln!("Osaka: {over} vertices over {most_m} m, the farthest {largest_m:.2} m");
    assert_eq!(report["moved_over"], over);
    assert!((report["moved_m"].as_f64().unwrap() - largest_m).abs() < 0.01, "{largest_m}");
    assert!(over <= 1 && largest_m <= most_m * std::f64::consts::SQRT_2, "{over} {largest_m}");
    // what is kept fits: nothing is found when it is looked over again
    desk.json(&["partition", "--store", "t.gpkg", "--json"]);
    let check = desk.json(&["check", "--store", "t.gpkg", "--json"]);
    assert_eq!(
        (&check["overlaps"]["count"], &check["area_ok"], &check["unassigned"]),
        (&0.into(), &true.into(), &0.into())
    );
}

#[test]
fn seventeen_counties_lose_their_pin_holes() {
    let fields = ["--id", "CODEBASE", "--households", "H_CNT", "--null-households", "uninhabited"];
    let Some((_desk, imported, _)) = mended("tw_large_bsa_dev.fgb.zst", &fields) else { return };
    assert_eq!((&imported["atoms"], &imported["households"]), (&117_847.into(), &5_605_337.into()));
    assert!(imported["gaps_open"].as_u64().unwrap() < 20, "{imported}");
    assert!(imported["overlaps_settled"].as_u64().unwrap() > 1_000, "{imported}");
}
