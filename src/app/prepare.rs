//! A dataset taken from the store, with its borders and adjacency.

use super::AppError;
use super::links::Declared;
use crate::atom::{AtomId, Dataset};
use crate::geom::MultiPolygon;
use crate::graph::Graph;
use crate::store::{DatasetRecord, Store};
use crate::topology::{Along, Built, FaceId, Overlaps, Tolerance, build};

/// A dataset with everything that is derived from its shapes.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// What is kept about it.
    pub record: DatasetRecord,
    /// Atoms and jurisdictions.
    pub dataset: Dataset,
    /// Borders, and the gaps that are open (the shapes were made to fit when they were imported).
    pub built: Built,
    /// Who borders on whom.
    pub graph: Graph,
    /// Declared links between its atoms.
    pub links: Declared,
}

/// Loads a dataset, the newest by default, and builds its topology.
///
/// # Errors
/// When there is none, or the store fails.
pub async fn prepare(store: &dyn Store, id: Option<i64>) -> Result<Prepared, AppError> {
    let records = store.datasets().await?;
    let record = match id {
        Some(id) => records.into_iter().find(|record| record.id == id),
        None => records.into_iter().next_back(),
    };
    let record = record.ok_or(AppError::NoDataset)?;
    let dataset = store.dataset(record.id).await?;
    let (built, graph) = tokio::task::block_in_place(|| {
        let shapes: Vec<&MultiPolygon> = dataset.atoms.iter().map(|atom| &atom.shape).collect();
        let code = |face: FaceId| format!("atom {}", dataset.atoms[face.0 as usize].code);
        let nothing = Tolerance { width_m: 0.0, moved_m: 0.0, area_m2: 0.0 };
        let built = build(&shapes, &code, nothing, Overlaps::SmallerCode)?;
        let graph = built.topology.graph_along(&Along::new(&dataset.lines), |a, b| same_building(&dataset, a, b));
        Ok::<_, AppError>((built, graph))
    })?;
    let links = Declared::of(store, &dataset, &graph).await?;
    Ok(Prepared { record, dataset, built, graph, links })
}

/// Whether two atoms are units of one building.
fn same_building(dataset: &Dataset, a: AtomId, b: AtomId) -> bool {
    let building = |id| dataset.atom(id).attributes.get("building");
    building(a).is_some() && building(a) == building(b)
}
