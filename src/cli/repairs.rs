//! `wangge check --repair-report`

use std::path::Path;

use serde_json::{Value, json};

use super::{Outcome, grouped, print_json, say};
use crate::app::{MendingRecord, export_repairs, repair_report};
use crate::store::Store;
use crate::topology::Histogram;

/// Repairs shown before the reader is sent to the layer.
const SHOWN: usize = 10;

pub(super) async fn run(store: &dyn Store, plan: Option<i64>, out: Option<&Path>, json: bool) -> Outcome {
    let report = repair_report(store, plan).await?;
    if let Some(out) = out {
        let rows = export_repairs(store, plan, out).await?;
        eprintln!("wangge: note: {}: {} repairs", out.display(), grouped(rows));
    }
    let mending = report.mending.as_ref();
    if json {
        return print_json(&json!({
            "dataset": report.dataset, "kinds": report.kinds,
            "tolerance_m": mending.map(|m| m.tolerance_m), "gap_moved_m": mending.map(|m| m.gap_moved_m), "overlap_tolerance_m": mending.map(|m| m.overlap_tolerance_m),
            "sliver_area_m2": mending.map(|m| m.sliver_area_m2),
            "moved_m": mending.map(|m| m.moved_m), "moved_over": mending.map(|m| m.moved_over),
            "before_2": report.before_2.to_string(), "after_2": report.after_2.to_string(),
            "gap_widths": histogram_json(&report.gaps), "overlap_widths": histogram_json(&report.overlaps),
            "largest": report.largest,
        }));
    }
    say(&format!("dataset {}: what was mended when it came in", report.dataset));
    if let Some(MendingRecord { tolerance_m, gap_moved_m, overlap_tolerance_m, moved_m, moved_over, .. }) = mending {
        say(&format!(
            "  tolerance: gaps {tolerance_m} m wide on average, borders moved by {gap_moved_m} m for gaps, {overlap_tolerance_m} m for overlaps"
        ));
        let over = match moved_over {
            0 => "none".to_owned(),
            n => grouped(*n),
        };
        say(&format!(
            "  borders moved by {moved_m:.2} m at most; {over} of the vertices farther than {} m",
            gap_moved_m.max(*overlap_tolerance_m)
        ));
    }
    for kind in report.kinds.iter().filter(|kind| kind.count > 0) {
        let [half, most, widest] = kind.width_m;
        say(&format!(
            "  {:<16}{:>8} {:>14.1} m²  {half:.3} m wide or less for half, {most:.3} for nine in ten, {widest:.3} at most; {}{}",
            kind.kind,
            grouped(kind.count),
            kind.area_m2,
            kind.moved_m.map_or_else(String::new, |moved_m| format!("borders moved by {moved_m:.2} m at most; ")),
            kind.rule,
        ));
    }
    if report.kinds.iter().all(|kind| kind.count == 0) {
        say("  nothing: all areas fitted");
        return Ok(());
    }
    say(&format!(
        "areas in lattice units², twice: {} before, {} after, {:+}",
        report.before_2,
        report.after_2,
        report.after_2 - report.before_2
    ));
    say("      width in m    gaps            m²   overlaps            m²");
    for (gap, overlap) in report.gaps.0.iter().zip(&report.overlaps.0) {
        let to = if gap.to_m.is_finite() { format!("–{}", gap.to_m) } else { " and more".to_owned() };
        let width = format!("{}{to}", gap.from_m);
        let (gaps, overlaps) = (grouped(gap.count), grouped(overlap.count));
        say(&format!("{width:>16} {gaps:>7} {:>13.1} {overlaps:>10} {:>13.1}", gap.area_m2, overlap.area_m2));
    }
    let chinese = super::check::in_chinese();
    for worst in report.largest.iter().take(SHOWN) {
        say(&format!("  ({}, {}) {}", worst.lon, worst.lat, if chinese { &worst.zh } else { &worst.en }));
    }
    Ok(())
}

/// The bins of a histogram; the last one has no end.
pub(super) fn histogram_json(histogram: &Histogram) -> Value {
    let bin = |bin: &crate::topology::Bin| {
        json!({
            "from_m": bin.from_m, "to_m": bin.to_m.is_finite().then_some(bin.to_m), "count": bin.count,
            "area_m2": bin.area_m2, "length_m": bin.length_m,
        })
    };
    histogram.0.iter().map(bin).collect()
}
