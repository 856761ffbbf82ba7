//! `GET /v1/coverage`: how well the grids in force cover their jurisdictions.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::serve::{self, App, Figures, FindingRecord};
use crate::geom::Envelope;

use super::access::{Asker, COVERAGE_READERS};
use super::error::Problem;
use super::locate::in_force;
use super::officers::StaffFigures;
use super::params::Params;
use super::wire::{Box4, GridSummary, Publication, Spot, hundredth, spot};

/// The coverage report.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Coverage {
    /// The publication that came to hold last.
    publication: Option<Publication>,
    /// All jurisdictions together.
    totals: Totals,
    /// Each jurisdiction, what lies below it included; parents before children.
    jurisdictions: Vec<Row>,
    /// Grids below or above the band, by code.
    out_of_band: Vec<GridSummary>,
    /// What was found wrong or mended, by id.
    findings: Vec<Finding>,
    /// Who looks after the grids.
    officers: StaffFigures,
}

/// How many, and their area.
#[derive(Debug, Serialize, ToSchema)]
struct CountArea {
    /// How many.
    count: u64,
    /// In m².
    area_m2: f64,
}

/// Sums over everything.
#[derive(Debug, Serialize, ToSchema)]
struct Totals {
    /// Grids in all.
    grids: u64,
    /// Within the band.
    in_band: u64,
    /// Below it.
    under: u64,
    /// Above it.
    over: u64,
    /// Where nobody lives.
    uninhabited: u64,
    /// Where the source does not say how many live.
    unknown: u64,
    /// Households.
    households: u64,
    /// Persons, where they are counted.
    population: Option<u64>,
    /// Area of the grids in m².
    area_m2: f64,
    /// Ground between grids that is in none.
    gaps: CountArea,
    /// Ground claimed by two.
    overlaps: CountArea,
    /// Area of atoms in no grid, in m².
    unowned_m2: f64,
}

/// Sums over a jurisdiction.
#[derive(Debug, Serialize, ToSchema)]
struct Row {
    /// Its code.
    code: String,
    /// Its name.
    name: String,
    /// 1 is the top level.
    level: u8,
    /// Code of the jurisdiction one level up.
    parent: Option<String>,
    /// Grids in all.
    grids: u64,
    /// Within the band.
    in_band: u64,
    /// Below it.
    under: u64,
    /// Above it.
    over: u64,
    /// Where nobody lives.
    uninhabited: u64,
    /// Where the source does not say how many live.
    unknown: u64,
    /// Households.
    households: u64,
    /// Ground between grids that is in none.
    gaps: CountArea,
    /// Ground claimed by two.
    overlaps: CountArea,
    /// Area of atoms in no grid, in m².
    unowned_m2: f64,
}

/// Something found wrong, or mended, at a place.
#[derive(Debug, Serialize, ToSchema)]
struct Finding {
    /// Ascending.
    id: i64,
    /// `gap`, `overlap`, `gap_closed`, `overlap_settled`, `noncontiguous` …
    #[schema(example = "gap")]
    kind: String,
    /// In m².
    area_m2: f64,
    /// Where.
    #[schema(value_type = Vec<f64>)]
    point: Spot,
    /// The box around it.
    #[schema(value_type = Vec<f64>)]
    envelope: Box4,
    /// In English.
    en: String,
    /// In Chinese (zh-CN).
    zh: String,
    /// Codes of the atoms or grids concerned.
    parties: Vec<String>,
}

impl From<serve::CountArea> for CountArea {
    fn from(sum: serve::CountArea) -> Self {
        Self { count: sum.count, area_m2: hundredth(sum.area_m2) }
    }
}

impl From<&FindingRecord> for Finding {
    fn from(record: &FindingRecord) -> Self {
        let finding = &record.finding;
        let at = Envelope { min: finding.point, max: finding.point };
        let envelope = finding.shape.as_ref().and_then(crate::geom::MultiPolygon::envelope).unwrap_or(at);
        Self {
            id: record.id,
            kind: finding.kind.clone(),
            area_m2: hundredth(finding.area_m2),
            point: spot(finding.point),
            envelope: envelope.to_degrees(),
            en: finding.en.clone(),
            zh: finding.zh.clone(),
            parties: finding.parties.clone(),
        }
    }
}

/// Gaps, overlaps, unowned ground and grids outside the band, in all and for each jurisdiction, within the caller's scope;
/// and grids without officer.
#[utoipa::path(
    get, path = "/v1/coverage", tag = "coverage",
    params(("at" = Option<String>, Query, description = "A date (local midnight) or an RFC 3339 instant; now when absent")),
    responses((status = 200, body = Coverage))
)]
pub(super) async fn coverage(
    State(app): State<Arc<App>>,
    Asker(caller): Asker,
    params: Params,
) -> Result<Json<Coverage>, Problem> {
    let at_ms = params.at_ms(&app)?;
    let generation = in_force(&app, at_ms).await?;
    let publication = Publication::latest(&generation, &app.known().calendar);
    let (within, insight) = (caller.reach(COVERAGE_READERS), caller.insight());
    let officers = StaffFigures::new(&app.staffing(&generation, at_ms, &within), &generation);
    let report = tokio::task::spawn_blocking(move || generation.coverage(&within)).await?;
    let row = |(jurisdiction, figures): (crate::atom::Jurisdiction, Figures)| Row {
        code: jurisdiction.code,
        name: jurisdiction.name,
        level: jurisdiction.level,
        parent: jurisdiction.parent,
        grids: figures.tally.grids,
        in_band: figures.tally.in_band,
        under: figures.tally.under,
        over: figures.tally.over,
        uninhabited: figures.tally.uninhabited,
        unknown: figures.tally.unknown,
        households: figures.tally.households,
        gaps: figures.gaps.into(),
        overlaps: figures.overlaps.into(),
        unowned_m2: hundredth(figures.unowned_m2),
    };
    let totals = report.totals;
    Ok(Json(Coverage {
        publication,
        totals: Totals {
            grids: totals.tally.grids,
            in_band: totals.tally.in_band,
            under: totals.tally.under,
            over: totals.tally.over,
            uninhabited: totals.tally.uninhabited,
            unknown: totals.tally.unknown,
            households: totals.tally.households,
            population: totals.tally.population,
            area_m2: hundredth(totals.tally.area_m2),
            gaps: totals.gaps.into(),
            overlaps: totals.overlaps.into(),
            unowned_m2: hundredth(totals.unowned_m2),
        },
        jurisdictions: report.jurisdictions.into_iter().map(row).collect(),
        out_of_band: report.out_of_band.iter().map(|grid| GridSummary::new(grid, &insight)).collect(),
        findings: report.findings.iter().map(Finding::from).collect(),
        officers,
    }))
}
