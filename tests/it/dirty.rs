//! Real areas that do not fit together become a coverage, every square metre of change accounted for.

use serde_json::Value;

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
    assert!(report.is_object(), "{report}");
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
