//! One publication as it was put in force, with the import it rests on.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use serde_json::value::RawValue;

use crate::atom::{Dataset, Jurisdiction};
use crate::geom::{Envelope, MultiPolygon};
use crate::plan::Counted;
use crate::store::{FindingRecord, GridRecord, PlanRecord, PublicationRecord, Store, StoreError};

use super::ServeError;

/// One step of an owner chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// 0 for the grid; for a jurisdiction its level, 1 at the top.
    pub level: u8,
    /// `grid`, or what the level of the jurisdiction is called.
    pub level_name: String,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// What is said of a grid over and over: JSON, written once by whoever says it first.
#[derive(Debug, Clone, Default)]
pub struct Written([OnceLock<Box<RawValue>>; 3]);

/// A piece of [`Written`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// The grid in short, with its counts.
    Counted,
    /// The grid in short, as everybody may know it.
    Public,
    /// The chain of its owners.
    Chain,
}

/// What was written says nothing about the grid that the grid does not say itself.
impl PartialEq for Written {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Written {
    /// The piece; `write` is asked for it the first time. It must give the same for the same grid whenever it is asked.
    ///
    /// # Errors
    /// Those of `write`; nothing is kept then.
    pub fn piece<E>(&self, piece: Piece, write: impl FnOnce() -> Result<Box<RawValue>, E>) -> Result<&RawValue, E> {
        let place = &self.0[piece as usize];
        if let Some(written) = place.get() {
            return Ok(written);
        }
        let written = write()?;
        Ok(place.get_or_init(|| written))
    }
}

/// A grid that is or was in force. Immutable.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// As it was kept.
    pub record: GridRecord,
    /// The bands it should keep to.
    pub counted: Counted,
    /// The publication that put it in force.
    pub publication: Arc<PublicationRecord>,
    /// The box around it.
    pub envelope: Envelope,
    /// The grid, its lowest jurisdiction, and so on to the top.
    pub chain: Vec<Link>,
    /// What is said of it over and over.
    pub written: Written,
}

impl Grid {
    /// Codes of the jurisdictions it lies in, the lowest first.
    pub fn above(&self) -> impl Iterator<Item = &str> {
        self.chain.iter().filter(|link| link.level > 0).map(|link| link.code.as_str())
    }
}

/// An import, with its jurisdictions by code.
#[derive(Debug)]
pub struct Import {
    /// Its id in the store.
    pub id: i64,
    /// Atoms and jurisdictions.
    pub dataset: Dataset,
    /// Boundary of each jurisdiction, in their order.
    boundaries: Vec<MultiPolygon>,
    /// Position of a jurisdiction by its code.
    positions: HashMap<String, usize>,
}

impl Import {
    pub(super) async fn load(store: &dyn Store, id: i64) -> Result<Self, StoreError> {
        let dataset = store.dataset(id).await?;
        let positions = dataset.jurisdictions.iter().enumerate().map(|(i, j)| (j.code.clone(), i)).collect();
        let boundaries = store.boundaries(id).await?;
        Ok(Self { id, dataset, boundaries, positions })
    }

    /// The boundary of a jurisdiction.
    pub fn boundary(&self, code: &str) -> Option<&MultiPolygon> {
        self.boundaries.get(*self.positions.get(code)?)
    }

    /// The jurisdiction with this code.
    pub fn jurisdiction(&self, code: &str) -> Option<&Jurisdiction> {
        self.positions.get(code).map(|&position| &self.dataset.jurisdictions[position])
    }

    /// The jurisdiction and all above it, the lowest first.
    pub fn upward<'a>(&'a self, code: &str) -> impl Iterator<Item = &'a Jurisdiction> {
        std::iter::successors(self.jurisdiction(code), |j| self.jurisdiction(j.parent.as_deref()?))
    }

    /// Codes of the lowest jurisdictions under `scope`; all of them for `None`.
    pub fn units(&self, scope: Option<&str>) -> HashSet<&str> {
        let lowest = self.dataset.lowest_level();
        self.dataset
            .jurisdictions
            .iter()
            .filter(|j| j.level == lowest)
            .filter(|j| scope.is_none_or(|scope| self.upward(&j.code).any(|up| up.code == scope)))
            .map(|j| j.code.as_str())
            .collect()
    }
}

/// A publication with its plan, its grids, and what was found while making them.
#[derive(Debug)]
pub struct Published {
    /// The publication.
    pub publication: Arc<PublicationRecord>,
    /// The plan it put in force.
    pub plan: PlanRecord,
    /// The import the plan is made on.
    pub import: Arc<Import>,
    /// Its grids, by code.
    pub grids: Vec<Arc<Grid>>,
    /// For each atom of the import the position of its grid in `grids`; `None` = unassigned.
    pub owners: Vec<Option<u32>>,
    /// Findings of the import and of the plan.
    pub findings: Vec<FindingRecord>,
}

impl Published {
    pub(super) async fn load(
        store: &dyn Store,
        publication: &PublicationRecord,
        plan: PlanRecord,
        import: Arc<Import>,
    ) -> Result<Self, ServeError> {
        let publication = Arc::new(publication.clone());
        let findings = store.findings(plan.dataset, Some(plan.id)).await?;
        let mut records = store.grids(plan.id).await?;
        records.sort_by(|a, b| a.code.cmp(&b.code));
        let mut grids = Vec::with_capacity(records.len());
        let usual = Counted { attribute: plan.attribute, band: plan.band, other: plan.terms.other_band };
        for record in records {
            let Some(envelope) = record.shape.envelope() else {
                return Err(ServeError::EmptyGrid { code: record.code });
            };
            let own =
                Link { level: 0, level_name: "grid".to_owned(), code: record.code.clone(), name: record.name.clone() };
            let above = import.upward(&record.jurisdiction).map(|j| Link {
                level: j.level,
                level_name: j.level_name.clone(),
                code: j.code.clone(),
                name: j.name.clone(),
            });
            let chain = std::iter::once(own).chain(above).collect();
            let counted = record.own.over(usual);
            let publication = Arc::clone(&publication);
            grids.push(Arc::new(Grid { record, counted, publication, envelope, chain, written: Written::default() }));
        }
        let positions: HashMap<&str, u32> =
            grids.iter().enumerate().map(|(i, grid)| (grid.record.code.as_str(), i as u32)).collect();
        let assigned = store.plan_atoms(plan.id).await?;
        let atoms = &import.dataset.atoms;
        if assigned.len() != atoms.len() || assigned.iter().zip(atoms).any(|((code, _), atom)| *code != atom.code) {
            return Err(ServeError::OtherAtoms { plan: plan.id, dataset: import.id });
        }
        let owners = assigned.iter().map(|(_, grid)| positions.get(grid.as_deref()?).copied()).collect();
        Ok(Self { publication, plan, import, grids, owners, findings })
    }

    /// The grid with this code. O(log n).
    pub fn grid(&self, code: &str) -> Option<&Arc<Grid>> {
        let position = self.grids.binary_search_by(|grid| grid.record.code.as_str().cmp(code)).ok()?;
        Some(&self.grids[position])
    }
}
