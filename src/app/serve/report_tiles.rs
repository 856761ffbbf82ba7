//! Reports as tiles: each for itself close by, counted by the hexagons of H3 farther off. For who reads reports, within its reach.

use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};

use crate::app::access::Reach;
use crate::geom::{Envelope, LatticePoint};
use crate::store::{ReportRecord, Stage};
use crate::tile::{Field, Layer, LayerBuilder, MAX_ZOOM, TileSource, Value};
use crate::weigh::by_hexagon;

use super::cells::rungs;
use super::ground::{Sheet, reach_word};
use super::hex::hex;
use super::kept::Numbered;
use super::{App, ServeError};

/// From this zoom on every report stands for itself: a street fills the screen.
const REPORTS_FROM_ZOOM: u8 = 15;
/// Reports that are drawn, the newest: more on one map tell nobody anything, and reading them is quick.
pub const REPORTS_DRAWN: u32 = 20_000;
/// Readers and filters whose tiles are kept ready.
const READERS_KEPT: usize = 8;

/// Which reports are drawn.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReportFilter {
    /// Those of one category.
    pub category: Option<String>,
    /// Those received at this instant or after it.
    pub since_ms: Option<i64>,
}

impl ReportFilter {
    fn takes(&self, record: &ReportRecord) -> bool {
        self.category.as_ref().is_none_or(|category| record.sent.category == *category)
            && self.since_ms.is_none_or(|since_ms| record.sent.received_ms >= since_ms)
    }
}

/// Sheets that were made, the one asked for last at the end.
#[derive(Debug, Default)]
pub(super) struct ReportSheets(Mutex<Vec<Sheet>>);

impl App {
    /// What tiles of reports are cut from, for who reads them within a reach: the newest [`REPORTS_DRAWN`] that pass a filter.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn report_sheet(&self, within: &Reach, filter: &ReportFilter) -> Result<Sheet, ServeError> {
        let newest = self.store().reports(1, None).await?.pop().map_or_else(String::new, |record| record.sent.id);
        let step = self.store().last_report_step().await?;
        let mut hash = Sha256::new();
        hash.update(&newest);
        hash.update(serde_json::json!([filter.category, filter.since_ms, step]).to_string());
        let version = format!("r{}.{}", hex(&hash.finalize()[..6]), reach_word(within));
        {
            // a panic in between leaves sheets that are as good as before
            let mut kept = self.report_sheets.0.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(at) = kept.iter().position(|sheet| sheet.version() == version) {
                let sheet = kept.remove(at);
                kept.push(sheet.clone());
                return Ok(sheet);
            }
        }
        let mut records = self.store().reports(REPORTS_DRAWN, None).await?;
        records.retain(|record| within.holds_report(&record.sent.chain) && filter.takes(record));
        let made = tokio::task::spawn_blocking(move || {
            let around = Envelope::of(records.iter().map(|record| record.sent.point));
            (Arc::new(Numbered::new(TileSource::new(report_layers(&records)))), around)
        });
        let (source, around) = made.await.map_err(|error| ServeError::Lost(error.to_string()))?;
        let sheet = Sheet::ready(version, source, around);
        let mut kept = self.report_sheets.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= READERS_KEPT {
            kept.remove(0);
        }
        kept.push(sheet.clone());
        Ok(sheet)
    }
}

/// The layers of reports.
pub(super) fn report_layers(records: &[ReportRecord]) -> Vec<Layer> {
    let fields = vec![
        Field::text("report", "id of the report"),
        Field::text("category", "what it is about"),
        Field::text("grid", "code of the grid that owned it when it came"),
        Field::text("resolution", "interior, edge_tie, gap_fill or outside"),
        Field::number("received_ms", "when it came, in milliseconds since 1970"),
        Field::text("stage", "open, answered or closed"),
    ];
    let mut single = LayerBuilder::points("reports", fields).from_zoom(REPORTS_FROM_ZOOM);
    for (record, id) in records.iter().zip(1_u64..) {
        let values = vec![
            Value::from(&*record.sent.id),
            Value::from(&*record.sent.category),
            Value::from(record.sent.grid.as_deref()),
            Value::from(&*record.sent.resolution),
            Value::from(record.sent.received_ms.unsigned_abs()),
            Value::from(record.standing.stage.as_str()),
        ];
        single.point_within(id, values, record.sent.point, REPORTS_FROM_ZOOM..=MAX_ZOOM);
    }
    let fields = vec![
        Field::text("code", "number of the H3 cell"),
        Field::number("reports", "reports in it"),
        Field::number("outside", "of them, those that no grid owns"),
        Field::number("open", "of them, those that nobody has answered"),
        Field::number("newest_ms", "when the newest came, in milliseconds since 1970"),
    ];
    let mut counted = LayerBuilder::points("report_counts", fields);
    let points: Vec<LatticePoint> = records.iter().map(|record| record.sent.point).collect();
    for (zooms, size) in rungs(REPORTS_FROM_ZOOM - 1) {
        for ((cell, within), id) in by_hexagon(&points, size).into_iter().zip(1_u64..) {
            let count = within.len() as i64;
            let of = || within.iter().map(|&at| &records[at as usize]);
            let mean = |axis: fn(LatticePoint) -> i64| {
                (of().map(|record| axis(record.sent.point)).sum::<i64>() / count) as i32
            };
            let values = vec![
                Value::from(&*format!("{:x}", cell.number())),
                Value::from(within.len() as u64),
                Value::from(of().filter(|record| record.sent.grid.is_none()).count() as u64),
                Value::from(of().filter(|record| record.standing.stage == Stage::Open).count() as u64),
                Value::from(of().map(|record| record.sent.received_ms.unsigned_abs()).max()),
            ];
            // where they are, not the middle of the cell
            let middle = LatticePoint::new(mean(LatticePoint::x), mean(LatticePoint::y));
            counted.point_within(id, values, middle, zooms.clone());
        }
    }
    vec![single.build(), counted.build()]
}
