//! Drafts as files for other programs, and tables of other programs for drafts.

use std::collections::HashMap;
use std::sync::Arc;

use crate::app::access::{Caller, Role};
use crate::app::redraw;
use crate::atom::Atom;
use crate::format::{FormatError, OutFormat, Row, Table, Value, layer_bytes, table_of_bytes};
use crate::plan::draft::Drawn;

use super::drafts::DraftError;
use super::uploads::{UploadError, clean};
use super::{App, ServeError};

/// What of a draft is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DraftLayer {
    /// Its atoms, with the grid each is in.
    Atoms,
    /// Its grids.
    Grids,
}

impl DraftLayer {
    /// The word for it, which is the name of the layer in the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Atoms => "atoms",
            Self::Grids => "grids",
        }
    }
}

/// Why a file is not written or not read.
#[derive(Debug, thiserror::Error)]
pub enum DraftFileError {
    /// The draft.
    #[error(transparent)]
    Draft(#[from] DraftError),
    /// The name of the file.
    #[error(transparent)]
    Name(#[from] UploadError),
    /// The file.
    #[error("{0}")]
    Content(String),
}

impl From<ServeError> for DraftFileError {
    fn from(error: ServeError) -> Self {
        Self::Draft(error.into())
    }
}

fn whole(number: u64) -> Value {
    Value::Integer(number as i64)
}

fn row<const N: usize>(geometry: crate::geom::MultiPolygon, fields: [(&str, Value); N]) -> Row {
    let fields = fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Row { geometry: Some(geometry), fields }
}

fn atom_row(atom: &Atom, grid: Option<(&str, &Drawn)>) -> Row {
    // names of at most ten letters, which a shapefile keeps
    row(
        atom.shape.clone(),
        [
            ("atom", atom.code.clone().into()),
            ("grid", grid.map(|(_, drawn)| drawn.code.clone()).into()),
            ("grid_name", grid.map(|(_, drawn)| drawn.name.clone()).into()),
            ("grid_id", grid.map(|(id, _)| id.to_owned()).into()),
            ("households", atom.households.into()),
            ("population", atom.population.into()),
        ],
    )
}

impl App {
    /// A draft at a revision (the newest where none is named) as a file of this format; the revision, and the bytes. O(n) in the points
    /// of the atoms. Grids have the codes that they would be put in force with, ground in no grid is left out of them.
    ///
    /// # Errors
    /// As [`App::draft`]; when there is no such revision, or the file cannot be written.
    pub async fn draft_file(
        &self,
        caller: &Caller,
        id: i64,
        roles: &[Role],
        rev: Option<i64>,
        layer: DraftLayer,
        format: OutFormat,
    ) -> Result<(i64, Vec<u8>), DraftFileError> {
        let live = self.draft(caller, id, roles).await?;
        let (rev, draft) = self.draft_at(&live, rev).await?;
        let plan = &live.frame().plan;
        let rows: Vec<Row> = match layer {
            DraftLayer::Atoms => {
                let dataset = self.store().dataset(plan.dataset).await.map_err(DraftError::from)?;
                let drawn: HashMap<_, _> = draft.grids().collect();
                let held = |atom: u32| {
                    let (id, drawn) = drawn.get_key_value(draft.grid_of(atom)?)?;
                    Some((id.0.as_str(), *drawn))
                };
                let atoms = (0..).zip(&dataset.atoms).filter(|(atom, _)| draft.is_in_scope(*atom));
                atoms.map(|(at, atom)| atom_row(atom, held(at))).collect()
            }
            DraftLayer::Grids => {
                let act = caller.act(self.clock().now_ms(), None);
                let revision = (live.first(), &draft, rev);
                let foreseen = redraw::foresee(self.store().as_ref(), plan, revision, act).await;
                let grids = foreseen.map_err(DraftError::from)?.grids;
                let one = |grid: crate::store::GridRecord| {
                    row(
                        grid.shape,
                        [
                            ("code", grid.code.into()),
                            ("name", grid.name.into()),
                            ("nest", grid.jurisdiction.into()),
                            ("status", grid.status.as_str().into()),
                            ("households", whole(grid.households)),
                            ("population", grid.population.map_or(Value::Null, whole)),
                            ("atoms", grid.atoms.into()),
                            ("area_m2", grid.area_m2.into()),
                        ],
                    )
                };
                grids.into_iter().map(one).collect()
            }
        };
        let written = tokio::task::spawn_blocking(move || layer_bytes(format, layer.as_str(), &rows));
        let bytes = written.await.map_err(|error| ServeError::Lost(error.to_string()))?;
        Ok((rev, bytes.map_err(|error| DraftFileError::Content(error.to_string()))?))
    }

    /// The table in a file of any kind that is taken for imports, shapes left aside: what a draft is to become, for who draws it to look
    /// at. Nothing is kept. Who may redraw the plan may ask.
    ///
    /// # Errors
    /// As [`App::draft`]; when the name says no format, or there is no table in it.
    pub async fn draft_table(
        self: &Arc<Self>,
        caller: &Caller,
        id: i64,
        name: &str,
        layer: Option<String>,
        bytes: impl AsRef<[u8]> + Send + 'static,
    ) -> Result<Table, DraftFileError> {
        self.draft(caller, id, &[Role::Planner]).await?;
        let name = clean(name)?;
        let read = tokio::task::spawn_blocking(move || table_of_bytes(&name, bytes.as_ref(), layer.as_deref()));
        let table = read.await.map_err(|error| ServeError::Lost(error.to_string()))?;
        table.map_err(|error: FormatError| DraftFileError::Content(error.to_string()))
    }
}
