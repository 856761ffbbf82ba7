//! Layers for other programs.

use std::collections::HashMap;
use std::path::PathBuf;

use super::AppError;
use super::publish::plan_record;
use crate::format::{OutFormat, Row, Value, write_layer};
use crate::plan::{Band, Counted, Reason};
use crate::store::{PlanRecord, Store};

/// Which layer to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportLayer {
    /// Grids of a plan.
    Grids,
    /// Atoms, with the code of the grid each is in.
    Atoms,
    /// Jurisdictions of every level.
    Jurisdictions,
    /// Findings.
    Findings,
}

/// What to write, and where.
#[derive(Debug, Clone)]
pub struct ExportRequest {
    /// The layer.
    pub layer: ExportLayer,
    /// The file; its extension decides the format.
    pub to: PathBuf,
    /// The plan; the newest by default.
    pub plan: Option<i64>,
}

/// Writes a layer of a plan (of the newest dataset, where there is no plan yet) and says how many rows it has.
///
/// # Errors
/// [`AppError`]; a file that stood there before then still stands.
pub async fn export(store: &dyn Store, request: &ExportRequest) -> Result<u64, AppError> {
    OutFormat::of(&request.to)?;
    let plan = match plan_record(store, request.plan).await {
        Err(AppError::NoPlan) if request.layer != ExportLayer::Grids => None,
        other => Some(other?),
    };
    let dataset = match &plan {
        Some(plan) => plan.dataset,
        None => store.datasets().await?.last().ok_or(AppError::NoDataset)?.id,
    };
    let (name, rows) = match (request.layer, &plan) {
        (ExportLayer::Grids, Some(plan)) => ("grids", grids(store, plan).await?),
        (ExportLayer::Grids, None) => return Err(AppError::NoPlan),
        (ExportLayer::Atoms, plan) => ("atoms", atoms(store, dataset, plan.as_ref()).await?),
        (ExportLayer::Jurisdictions, _) => ("jurisdictions", jurisdictions(store, dataset).await?),
        (ExportLayer::Findings, plan) => ("findings", findings(store, dataset, plan.as_ref()).await?),
    };
    tokio::task::block_in_place(|| write_layer(&request.to, name, &rows))?;
    Ok(rows.len() as u64)
}

fn row<const N: usize>(geometry: Option<crate::geom::MultiPolygon>, fields: [(&str, Value); N]) -> Row {
    Row { geometry, fields: fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect() }
}

fn whole(number: u64) -> Value {
    Value::Integer(number as i64)
}

async fn grids(store: &dyn Store, plan: &PlanRecord) -> Result<Vec<Row>, AppError> {
    let grids = store.grids(plan.id).await?;
    let usual = Counted { attribute: plan.attribute, band: plan.band, other: plan.terms.other_band };
    let rows = grids.into_iter().map(|grid| {
        let band = Some(grid.own.over(usual).band).filter(|band| *band != Band::ANY);
        row(
            Some(grid.shape),
            [
                ("code", grid.code.into()),
                ("name", grid.name.into()),
                ("jurisdiction", grid.jurisdiction.into()),
                ("status", grid.status.as_str().into()),
                ("lower", band.map(|band| band.lower).into()),
                ("upper", band.map(|band| band.upper).into()),
                ("households", whole(grid.households)),
                ("population", grid.population.map_or(Value::Null, whole)),
                ("atoms", grid.atoms.into()),
                ("parts", grid.parts.into()),
                ("area_m2", grid.area_m2.into()),
                ("reason", grid.reason.as_ref().map(Reason::to_english).into()),
                ("reason_zh", grid.reason.as_ref().map(Reason::to_chinese).into()),
            ],
        )
    });
    Ok(rows.collect())
}

async fn atoms(store: &dyn Store, dataset: i64, plan: Option<&PlanRecord>) -> Result<Vec<Row>, AppError> {
    let content = store.dataset(dataset).await?;
    let grid_of: HashMap<String, Option<String>> = match plan {
        Some(plan) => store.plan_atoms(plan.id).await?.into_iter().collect(),
        None => HashMap::new(),
    };
    let unit_code = |unit: crate::atom::UnitId| content.jurisdictions[unit.0 as usize].code.clone();
    let rows = content.atoms.iter().map(|atom| {
        row(
            Some(atom.shape.clone()),
            [
                ("code", atom.code.clone().into()),
                ("name", atom.name.clone().into()),
                ("households", atom.households.into()),
                ("population", atom.population.into()),
                ("jurisdiction", unit_code(atom.unit).into()),
                ("grid", grid_of.get(&atom.code).cloned().flatten().into()),
            ],
        )
    });
    Ok(rows.collect())
}

async fn jurisdictions(store: &dyn Store, dataset: i64) -> Result<Vec<Row>, AppError> {
    let content = store.dataset(dataset).await?;
    let boundaries = store.boundaries(dataset).await?;
    let rows = content.jurisdictions.into_iter().zip(boundaries).map(|(unit, boundary)| {
        row(
            Some(boundary),
            [
                ("code", unit.code.into()),
                ("name", unit.name.into()),
                ("level", u32::from(unit.level).into()),
                ("level_name", unit.level_name.into()),
                ("parent", unit.parent.into()),
                ("kind", unit.kind.into()),
            ],
        )
    });
    Ok(rows.collect())
}

async fn findings(store: &dyn Store, dataset: i64, plan: Option<&PlanRecord>) -> Result<Vec<Row>, AppError> {
    let found = store.findings(dataset, plan.map(|plan| plan.id)).await?;
    let rows = found.into_iter().map(|record| {
        let finding = record.finding;
        row(
            finding.shape,
            [
                ("id", Value::Integer(record.id)),
                ("kind", finding.kind.into()),
                ("area_m2", finding.area_m2.into()),
                ("parties", finding.parties.join(" ").into()),
                ("en", finding.en.into()),
                ("zh", finding.zh.into()),
                ("lon", finding.point.to_lon_lat().lon_deg.into()),
                ("lat", finding.point.to_lon_lat().lat_deg.into()),
            ],
        )
    });
    Ok(rows.collect())
}
