//! What was mended when a dataset came in, from the findings that were kept then.

use std::path::Path;

use serde::Serialize;

use super::AppError;
use super::publish::plan_record;
use crate::format::{OutFormat, Row, Value, write_layer};
use crate::store::{FindingRecord, Store};
use crate::topology::{Histogram, mean_width_m};

/// The kinds of findings that come from mending, and the rule of each.
const KINDS: [(&str, &str); 5] = [
    ("gap", "wider than the tolerance: left open"),
    ("gap_closed", "to the neighbour with the longest shared border"),
    ("gap_split", "narrow piece of a larger gap: to the one of the faces beside it with the longer border on it"),
    ("overlap_settled", "to the smaller code"),
    ("fold_settled", "to the shape that folds"),
];

/// How many repairs are named one by one.
const NAMED: usize = 20;

/// All repairs of one kind.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KindOfRepair {
    /// `gap`, `gap_closed`, `gap_split`, `overlap_settled` or `fold_settled`.
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
    /// Longitude in degrees.
    pub lon: f64,
    /// Latitude in degrees.
    pub lat: f64,
    /// In English.
    pub en: String,
    /// In Chinese.
    pub zh: String,
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
    /// Gaps by mean width, open and closed.
    pub gaps: Histogram,
    /// Overlaps by mean width.
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
            "overlap_settled" => area_2 * (finding.parties.len() as i128 - 1),
            _ => 0,
        };
    }
    let kinds = KINDS.into_iter().map(|(kind, rule)| of_kind(kind, rule, &found)).collect();
    found.retain(|record| record.finding.kind != "gap");
    found.sort_by(|a, b| b.finding.area_m2.total_cmp(&a.finding.area_m2).then(a.id.cmp(&b.id)));
    let largest = found.into_iter().take(NAMED).map(worst).collect();
    Ok(RepairReport { dataset, kinds, before_2, after_2, gaps, overlaps, largest })
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
        let fields: [(&str, Value); 9] = [
            ("kind", finding.kind.clone().into()),
            ("rule", rule(&finding.kind).unwrap_or_default().to_owned().into()),
            ("area_m2", finding.area_m2.into()),
            ("width_m", width_m(record).into()),
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
