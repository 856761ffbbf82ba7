//! What was mended when a dataset came in, from the findings that were kept then.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::AppError;
use super::publish::plan_record;
use crate::format::{OutFormat, Row, Value, write_layer};
use crate::store::{FindingRecord, Store};
use crate::topology::{Histogram, Mended, mean_width_m};

/// The kinds of findings that come from mending, and the rule of each.
const KINDS: [(&str, &str); 6] = [
    ("gap", "a border would move farther than the tolerance: left open"),
    ("gap_closed", "to the neighbour with the longest shared border"),
    ("gap_split", "narrow piece of a larger gap: to the one of the faces beside it with the longer border on it"),
    ("overlap_settled", "to the smaller code, unless only otherwise no border moves farther than the tolerance"),
    ("overlap_halved", "deeper than the tolerance: parted along the middle"),
    ("fold_settled", "to the shape that folds"),
];

/// How many repairs are named one by one.
const NAMED: usize = 20;

/// All repairs of one kind.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KindOfRepair {
    /// `gap`, `gap_closed`, `gap_split`, `overlap_settled`, `overlap_halved` or `fold_settled`.
    pub kind: &'static str,
    /// By what rule it was settled.
    pub rule: &'static str,
    /// How many.
    pub count: u64,
    /// Square metres in all.
    pub area_m2: f64,
    /// Twice the area in lattice units², exact, as text (it outgrows a JSON number).
    pub area_2: String,
    /// Mean widths in metres: half of the repairs are no wider, nine in ten are no wider, the widest.
    pub width_m: [f64; 3],
    /// The farthest in metres that one of them moved a border; `None` where that was not kept.
    pub moved_m: Option<f64>,
}

/// A repair by itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WorstRepair {
    /// What.
    pub kind: String,
    /// Square metres.
    pub area_m2: f64,
    /// Mean width in metres.
    pub width_m: f64,
    /// The farthest in metres that it moved a border.
    pub moved_m: Option<f64>,
    /// Longitude in degrees.
    pub lon: f64,
    /// Latitude in degrees.
    pub lat: f64,
    /// In English.
    pub en: String,
    /// In Chinese.
    pub zh: String,
}

/// How the shapes of a dataset were made to fit, as it is kept with the dataset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MendingRecord {
    /// How wide a gap might be on average to be closed, in metres.
    pub tolerance_m: f64,
    /// How far a border might move for a gap.
    pub gap_moved_m: f64,
    /// How far for an overlap.
    pub overlap_tolerance_m: f64,
    /// Up to which area in square metres overlaps were settled however long, and small gaps closed.
    pub sliver_area_m2: f64,
    /// The farthest that a vertex lay from the border of its own area in the end, in metres.
    pub moved_m: f64,
    /// How many vertices lay farther than the larger of the two.
    pub moved_over: u64,
    /// Gaps by width: count, area in m², length in m for each bin of [`Histogram`].
    gaps: Vec<(u64, f64, f64)>,
    /// The same for overlaps.
    overlaps: Vec<(u64, f64, f64)>,
}

impl MendingRecord {
    pub(super) fn of(mended: &Mended) -> Self {
        let bins = |histogram: &Histogram| {
            histogram.0.iter().map(|bin| (bin.count, bin.area_m2, bin.length_m)).collect::<Vec<_>>()
        };
        Self {
            tolerance_m: mended.tolerance.width_m,
            gap_moved_m: mended.tolerance.moved_m,
            overlap_tolerance_m: mended.overlap_tolerance.width_m,
            sliver_area_m2: mended.tolerance.area_m2,
            moved_m: mended.moves.largest_m,
            moved_over: mended.moves.over,
            gaps: bins(&mended.widths.gaps),
            overlaps: bins(&mended.widths.overlaps),
        }
    }

    pub(super) fn to_json(&self) -> String {
        serde_json::json!(self).to_string()
    }
}

fn histogram(bins: &[(u64, f64, f64)]) -> Histogram {
    let mut histogram = Histogram::default();
    for (bin, &(count, area_m2, length_m)) in histogram.0.iter_mut().zip(bins) {
        (bin.count, bin.area_m2, bin.length_m) = (count, area_m2, length_m);
    }
    histogram
}

/// What was mended.
#[derive(Debug, Clone, PartialEq)]
pub struct RepairReport {
    /// The dataset.
    pub dataset: i64,
    /// Totals by kind.
    pub kinds: Vec<KindOfRepair>,
    /// Twice the sum of the areas before, in lattice units²: the sum after, without gaps closed and with what overlapped
    /// counted for each who claimed it.
    pub before_2: i128,
    /// Twice the sum of the areas of all atoms now.
    pub after_2: i128,
    /// Within what tolerance, and how far borders moved; `None` where that was not kept.
    pub mending: Option<MendingRecord>,
    /// Gaps by width, as they were when the dataset came in; by the mean width of those found, where that was not kept.
    pub gaps: Histogram,
    /// Overlaps, the same.
    pub overlaps: Histogram,
    /// The largest, those left open not among them.
    pub largest: Vec<WorstRepair>,
}

async fn found(store: &dyn Store, plan: Option<i64>) -> Result<(i64, Vec<FindingRecord>), AppError> {
    let dataset = match plan {
        Some(_) => plan_record(store, plan).await?.dataset,
        None => store.datasets().await?.last().ok_or(AppError::NoDataset)?.id,
    };
    let mut found = store.findings(dataset, None).await?;
    found.retain(|record| rule(&record.finding.kind).is_some());
    Ok((dataset, found))
}

fn rule(kind: &str) -> Option<&'static str> {
    KINDS.into_iter().find(|&(known, _)| known == kind).map(|(_, rule)| rule)
}

fn width_m(record: &FindingRecord) -> f64 {
    record.finding.shape.as_ref().map_or(0.0, mean_width_m)
}

/// Sums up the repairs of the dataset of a plan, of the newest dataset by default.
///
/// # Errors
/// When there is no such plan or no dataset, or the store fails.
pub async fn repair_report(store: &dyn Store, plan: Option<i64>) -> Result<RepairReport, AppError> {
    let (dataset, mut found) = found(store, plan).await?;
    let after_2 = store.dataset(dataset).await?.atoms.iter().map(|atom| atom.shape.area_2()).sum();
    let mut before_2 = after_2;
    let (mut gaps, mut overlaps) = (Histogram::default(), Histogram::default());
    for record in &found {
        let finding = &record.finding;
        let area_2 = finding.shape.as_ref().map_or(0, crate::geom::MultiPolygon::area_2);
        let histogram = if finding.kind.starts_with("gap") { &mut gaps } else { &mut overlaps };
        histogram.add(width_m(record), 1, finding.area_m2);
        before_2 += match finding.kind.as_str() {
            "gap_closed" | "gap_split" => -area_2,
            "overlap_settled" | "overlap_halved" => area_2 * (finding.parties.len() as i128 - 1),
            _ => 0,
        };
    }
    let records = store.datasets().await?;
    let kept = records.into_iter().find(|record| record.id == dataset).and_then(|record| record.mending);
    let mending: Option<MendingRecord> = kept.and_then(|json| serde_json::from_str(&json).ok());
    if let Some(mending) = &mending {
        (gaps, overlaps) = (histogram(&mending.gaps), histogram(&mending.overlaps));
    }
    let kinds = KINDS.into_iter().map(|(kind, rule)| of_kind(kind, rule, &found)).collect();
    found.retain(|record| record.finding.kind != "gap");
    found.sort_by(|a, b| b.finding.area_m2.total_cmp(&a.finding.area_m2).then(a.id.cmp(&b.id)));
    let largest = found.into_iter().take(NAMED).map(worst).collect();
    Ok(RepairReport { dataset, kinds, before_2, after_2, mending, gaps, overlaps, largest })
}

fn of_kind(kind: &'static str, rule: &'static str, found: &[FindingRecord]) -> KindOfRepair {
    let here = || found.iter().filter(|record| record.finding.kind == kind);
    let mut widths_m: Vec<f64> = here().map(width_m).collect();
    widths_m.sort_by(f64::total_cmp);
    let at =
        |share: f64| widths_m.get(((widths_m.len() as f64 - 1.0) * share).round() as usize).copied().unwrap_or(0.0);
    let areas_2 = here().filter_map(|record| record.finding.shape.as_ref()).map(crate::geom::MultiPolygon::area_2);
    KindOfRepair {
        kind,
        rule,
        count: widths_m.len() as u64,
        // an empty sum of floats is -0
        area_m2: here().map(|record| record.finding.area_m2).fold(0.0, |sum, area_m2| sum + area_m2),
        area_2: areas_2.sum::<i128>().to_string(),
        width_m: [at(0.5), at(0.9), at(1.0)],
        moved_m: here().filter_map(|record| record.finding.moved_m).reduce(f64::max),
    }
}

fn worst(record: FindingRecord) -> WorstRepair {
    let width_m = width_m(&record);
    let finding = record.finding;
    let place = finding.point.to_lon_lat();
    WorstRepair {
        kind: finding.kind,
        area_m2: finding.area_m2,
        width_m,
        moved_m: finding.moved_m,
        lon: place.lon_deg,
        lat: place.lat_deg,
        en: finding.en,
        zh: finding.zh,
    }
}

/// Writes the repairs as a layer, and says how many there are.
///
/// # Errors
/// As [`repair_report`]; when the file cannot be written.
pub async fn export_repairs(store: &dyn Store, plan: Option<i64>, to: &Path) -> Result<u64, AppError> {
    OutFormat::of(to)?;
    let (_, found) = found(store, plan).await?;
    let row = |record: &FindingRecord| {
        let finding = &record.finding;
        let place = finding.point.to_lon_lat();
        let fields: [(&str, Value); 10] = [
            ("kind", finding.kind.clone().into()),
            ("rule", rule(&finding.kind).unwrap_or_default().to_owned().into()),
            ("area_m2", finding.area_m2.into()),
            ("width_m", width_m(record).into()),
            ("moved_m", finding.moved_m.map_or(Value::Null, Value::Real)),
            ("parties", finding.parties.join(" ").into()),
            ("en", finding.en.clone().into()),
            ("zh", finding.zh.clone().into()),
            ("lon", place.lon_deg.into()),
            ("lat", place.lat_deg.into()),
        ];
        Row {
            geometry: finding.shape.clone(),
            fields: fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        }
    };
    let rows: Vec<Row> = found.iter().map(row).collect();
    tokio::task::block_in_place(|| write_layer(to, "repairs", &rows))?;
    Ok(rows.len() as u64)
}
