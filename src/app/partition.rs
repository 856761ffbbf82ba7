//! A dataset becomes a plan by the partition engine.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use rayon::prelude::*;

use super::areas;
use super::bands;
use super::islands::{Islands, ferries};
use super::marks::in_codes;
use super::nesting::Nesting;
use super::plan::{self, Origin, Planned, count, standing, standing_after};
use super::publish::newest_of_grids;
use super::search::search;
use super::{AppError, Prepared, Watch, prepare};
use crate::atom::{Atom, AtomId};
use crate::geom::label_point;
use crate::locate::RtreeIndex;
use crate::partition::{Bands, Counts, Infeasible, Kept, Outside, PartitionError, Problem, Solution, Standing, Terms};
use crate::plan::{Assignment, Attribute, Band, Counted, GridId, OwnBands, Reason};
use crate::store::{Act, DatasetRecord, GridRecord, NestedIn, PlanLevel, PlanRecord, PlanTerms, Store};
use crate::topology::Ferry;

/// What to divide, and how.
#[derive(Debug, Clone)]
pub struct PartitionRequest {
    /// The dataset; the newest by default, or that of the plan above.
    pub dataset: Option<i64>,
    /// What sizes count; the dataset's first count by default.
    pub attribute: Option<Attribute>,
    /// The band; 300..500 households or 700..1300 persons by default, 30..60 or 70..160 of micro-grids, 1500..4000 or 5000..12000 of
    /// areas.
    pub band: Option<Band>,
    /// The band of persons: beside that of households, or alone where the plan counts persons.
    pub population_band: Option<Band>,
    /// The band of exclusive grids (专属网格); any size by default.
    pub exclusive_band: Option<Band>,
    /// Bands of single jurisdictions and of kinds of them, where they are not those of the others.
    pub own_bands: OwnBands,
    /// What is made: grids, micro-grids in them, or areas of whole communities.
    pub level: PlanLevel,
    /// The plan whose grids micro-grids nest in; the newest of grids by default.
    pub parent: Option<i64>,
    /// What no grid crosses; of areas, the lowest level stands for the one above it.
    pub nested_in: NestedIn,
    /// Decides every random choice.
    pub seed: u64,
    /// What is preferred where no division keeps to the band.
    pub infeasible: Infeasible,
    /// How long it is searched.
    pub effort: Effort,
    /// Code of the jurisdiction to divide; everything by default.
    pub scope: Option<String>,
    /// Codes of grids that stay just as they are: of the publication to keep from, else in force, else of the newest plan of grids.
    pub lock: Vec<String>,
    /// The grids that are changed as little as needed.
    pub keep: Keep,
    /// Units by code, with the number of grids asked for.
    pub grids: Vec<(String, u32)>,
    /// What becomes of parts that are smaller than one grid.
    pub islands: Islands,
    /// How many metres of border it is worth that one household (or person) stays in its grid.
    pub keep_m: u32,
    /// Who asks for it, and when.
    pub act: Act,
}

/// What a plan changes as little as needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Keep {
    /// Nothing: it is made afresh.
    #[default]
    Nothing,
    /// The grids in force after the publication with this sequence.
    Publication(i64),
    /// The grids of this plan.
    Plan(i64),
}

/// How long a division is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Effort {
    /// The engine's own number of moves.
    #[default]
    Usual,
    /// Boundary moves tried for each atom and level.
    Moves(u32),
    /// Again and again, from other seeds and with more moves, until so much time is spent; the first division is made to its end
    /// however long that takes. What comes of it depends on the machine.
    Seconds(u32),
}

/// Divides each unit of the dataset into grids and keeps them as a draft plan.
///
/// # Errors
/// [`AppError`]; nothing is kept then.
pub async fn partition(store: &dyn Store, request: &PartitionRequest, watch: &dyn Watch) -> Result<Planned, AppError> {
    let work = Work::of(store, request).await?;
    let divided = tokio::task::block_in_place(|| work.divide(request, watch, &mut |_| Ok(())))?;
    let origin = work.origin(request, &divided);
    plan::keep(store, &work.prepared, &divided.assignment, &work.nesting, &divided.reasons, origin).await
}

/// Everything that a division needs, checked.
pub(super) struct Work {
    pub prepared: Prepared,
    pub nesting: Nesting,
    counted: Counted,
    pub(super) terms: PlanTerms,
    /// Atoms that are divided.
    pub inside: Vec<u32>,
    before: Before,
    /// What joins parts that share no border.
    ferries: Vec<Ferry>,
}

impl Work {
    /// Checks a request and loads what it is about.
    pub async fn of(store: &dyn Store, request: &PartitionRequest) -> Result<Self, AppError> {
        let parent = parent(store, request).await?;
        let prepared = prepare(store, parent.as_ref().map(|parent| parent.dataset).or(request.dataset)).await?;
        let counted = counted(&prepared.record, request)?;
        let nested_in = match request.level {
            PlanLevel::Area => areas::nested_in(&prepared.dataset, &request.nested_in)?,
            PlanLevel::Grid | PlanLevel::Micro => normal(&prepared, request.nested_in.clone()),
        };
        let terms = PlanTerms {
            level: request.level,
            parent: parent.map(|parent| parent.id),
            nested_in,
            other_band: counted.other,
            exclusive_band: request.exclusive_band,
            own_bands: bands::of_counts(&request.own_bands, counted)?,
            figures: None,
            redrawn: None,
        };
        let nesting = Nesting::of(store, &prepared, &terms).await?;
        let dataset = &prepared.dataset;
        let mut inside: Vec<u32> = (0..dataset.atoms.len() as u32).collect();
        inside.retain(|&atom| nesting.unit[atom as usize].is_some());
        if let Some(code) = &request.scope {
            let units = under(dataset, code)
                .ok_or_else(|| AppError::UnknownJurisdiction { code: code.clone(), dataset: prepared.record.id })?;
            inside.retain(|&atom| units.contains(&dataset.atom(AtomId(atom)).unit.0));
        }
        let before = Before::of(store, &prepared, request).await?;
        let mut ferries = match request.islands {
            Islands::Own => Vec::new(),
            Islands::Nearest => tokio::task::block_in_place(|| ferries(&prepared, &nesting, counted)),
        };
        if request.level == PlanLevel::Area {
            ferries.extend(tokio::task::block_in_place(|| areas::ferries(&prepared, &inside)));
        }
        Ok(Self { prepared, nesting, counted, terms, inside, before, ferries })
    }

    /// Narrows it to some atoms, ascending, each with the position among `grids` of the grid it stands in.
    pub fn narrow(&mut self, atoms: &[(u32, u32)], grids: Vec<String>) {
        self.inside.retain(|atom| atoms.binary_search_by_key(atom, |(atom, _)| *atom).is_ok());
        let nothing = vec![None; self.prepared.dataset.atoms.len()];
        let mut grid = nothing.clone();
        for &(atom, at) in atoms {
            grid[atom as usize] = Some(at);
        }
        self.before = Before { codes: grids, grid, locked: nothing, continues: None };
    }

    /// The grids whose codes go on, where it is not those in force.
    pub fn continues(&self) -> Option<&Vec<GridRecord>> {
        self.before.continues.as_ref()
    }

    /// How a division of it came to be.
    pub fn origin(&self, request: &PartitionRequest, divided: &Divided) -> Origin {
        Origin {
            word: "partition",
            scope: request.scope.clone(),
            counted: self.counted,
            seed: request.seed,
            act: request.act.clone(),
            codes: None,
            names: None,
            terms: self.terms.clone(),
            continues: self.before.continues.clone(),
            ferries: self.ferries.clone(),
            locked: divided.locked.clone(),
            moved_at_least: divided.kept.map(|kept| kept.moved_at_least),
        }
    }
}

/// The plan whose grids are divided, where micro-grids are asked for.
async fn parent(store: &dyn Store, request: &PartitionRequest) -> Result<Option<PlanRecord>, AppError> {
    match request.level {
        PlanLevel::Area if request.keep != Keep::Nothing || !request.lock.is_empty() => return Err(AppError::AreaKept),
        PlanLevel::Area if request.exclusive_band.is_some() => return Err(AppError::AreaExclusive),
        PlanLevel::Grid | PlanLevel::Area => return Ok(None),
        PlanLevel::Micro => {}
    }
    if request.nested_in != NestedIn::Lowest {
        return Err(AppError::MicroWithin);
    }
    if request.keep != Keep::Nothing || !request.lock.is_empty() {
        return Err(AppError::MicroKept);
    }
    let parent = match request.parent {
        Some(id) => super::publish::plan_record(store, Some(id)).await?,
        None => newest_of_grids(store).await.map_err(|error| match error {
            AppError::NoPlan => AppError::NoPlanAbove,
            other => other,
        })?,
    };
    match parent.terms.level {
        PlanLevel::Grid => Ok(Some(parent)),
        PlanLevel::Micro => Err(AppError::Micro { plan: parent.id, parent: parent.terms.parent.unwrap_or(0) }),
        PlanLevel::Area => Err(AppError::Area { plan: parent.id }),
    }
}

/// What grids count, by what was asked for and what the dataset has.
fn counted(record: &DatasetRecord, request: &PartitionRequest) -> Result<Counted, AppError> {
    let missing = |attribute: Attribute| AppError::NoCount { dataset: record.id, attribute: attribute.as_str() };
    let expect = |attribute| if record.attributes.contains(&attribute) { Ok(()) } else { Err(missing(attribute)) };
    let first = record.attributes.first().copied();
    let attribute = request.attribute.or(first).ok_or_else(|| missing(Attribute::Households))?;
    expect(attribute)?;
    let usual = |attribute| match (attribute, request.level) {
        (Attribute::Households, PlanLevel::Grid) => Band::HOUSEHOLDS,
        (Attribute::Population, PlanLevel::Grid) => Band::POPULATION,
        (Attribute::Households, PlanLevel::Micro) => Band::MICRO_HOUSEHOLDS,
        (Attribute::Population, PlanLevel::Micro) => Band::MICRO_POPULATION,
        (Attribute::Households, PlanLevel::Area) => Band::AREA_HOUSEHOLDS,
        (Attribute::Population, PlanLevel::Area) => Band::AREA_POPULATION,
    };
    match (attribute, request.band, request.population_band) {
        (Attribute::Population, Some(_), Some(_)) => Err(AppError::TwoBands),
        (Attribute::Population, band, other) => {
            Ok(Counted::one(attribute, band.or(other).unwrap_or_else(|| usual(attribute))))
        }
        (Attribute::Households, band, other) => {
            if other.is_some() {
                expect(Attribute::Population)?;
            }
            Ok(Counted { attribute, band: band.unwrap_or_else(|| usual(attribute)), other })
        }
    }
}

/// The lowest level by its name is the lowest level.
fn normal(prepared: &Prepared, nested: NestedIn) -> NestedIn {
    let lowest = prepared.dataset.lowest_level();
    let is_lowest = |name: &str| {
        let mut tree = prepared.dataset.jurisdictions.iter();
        tree.any(|unit| unit.level == lowest && unit.level_name == name)
    };
    match nested {
        NestedIn::Level(name) if is_lowest(&name) => NestedIn::Lowest,
        other => other,
    }
}

/// A division of the atoms of a [`Work`].
pub(super) struct Divided {
    pub assignment: Assignment,
    pub reasons: BTreeMap<GridId, Reason>,
    locked: BTreeSet<u32>,
    /// Who stayed, where there is something to keep.
    pub kept: Option<Kept>,
}

/// Told of each division that is better than those before it.
pub(super) type Found<'a> = dyn FnMut(&Divided) -> Result<(), AppError> + 'a;

impl Work {
    /// Searches a division; `found` hears of each that is better than those before it.
    pub fn divide(
        &self,
        request: &PartitionRequest,
        watch: &dyn Watch,
        found: &mut Found<'_>,
    ) -> Result<Divided, AppError> {
        let Self { prepared, nesting, counted, inside, before, .. } = self;
        let dataset = &prepared.dataset;
        let whole = inside.len() == dataset.atoms.len();
        let joined = prepared.joined(self.ferries.iter().map(|ferry| (ferry.from, ferry.to)));
        let graph = if whole { joined } else { joined.induced(inside) };
        let atoms: Vec<_> = inside.iter().map(|&atom| dataset.atom(AtomId(atom))).collect();
        let sizes = |attribute| atoms.iter().map(|atom| count(atom, attribute).unwrap_or(0)).collect::<Vec<u32>>();
        let (size, other) = (sizes(counted.attribute), sizes(counted.attribute.other()));
        let unit: Vec<u32> = inside.iter().filter_map(|&atom| nesting.unit[atom as usize]).collect();
        let of_inside = |labels: &[Option<u32>]| inside.iter().map(|&atom| labels[atom as usize]).collect::<Vec<_>>();
        let (locked, stands) = (of_inside(&before.locked), of_inside(&before.grid));
        let moved_mm = u64::from(request.keep_m) * 1000;
        let own = nesting.apart_from(*counted).into_iter();
        let own: Vec<(u32, Bands)> =
            own.map(|(unit, Counted { band, other, .. })| (unit, Bands { main: band, other })).collect();
        let asked = self.asked(request)?;
        let together = self.together(&graph, &unit);
        let apart = self.apart(&unit)?;
        let problem = Problem {
            unit_bands: &own,
            bands: Bands { main: counted.band, other: counted.other },
            other: counted.other.map(|_| other.as_slice()),
            terms: Terms {
                locked: (!request.lock.is_empty()).then_some(locked.as_slice()),
                together: &together,
                apart: &apart,
                grids: &asked,
            },
            standing: (request.keep != Keep::Nothing).then_some(Standing { grid: &stands, moved_mm }),
            ..Problem::new(&graph, &size, &unit, counted.band)
        };
        let atom_code = |atom: AtomId| self.piece(atoms[atom.0 as usize]);
        let mut tell = |solution: &Solution| found(&self.divided(solution, atom_code));
        let solution = search(&problem, request, watch, &mut tell).map_err(|error| match error {
            AppError::Partition(PartitionError::Terms(error)) => {
                AppError::Terms(in_codes(&error, &before.codes, &nesting.names, atom_code))
            }
            other => other,
        })?;
        Ok(self.divided(&solution, atom_code))
    }

    /// The code of what is never divided: an atom, or, of areas, the community it is of.
    fn piece<'a>(&'a self, atom: &'a Atom) -> &'a str {
        match self.terms.level {
            PlanLevel::Area => &self.prepared.dataset.jurisdictions[atom.unit.0 as usize].code,
            PlanLevel::Grid | PlanLevel::Micro => &atom.code,
        }
    }

    /// Units with a number of grids asked for.
    fn asked(&self, request: &PartitionRequest) -> Result<Vec<(u32, u32)>, AppError> {
        let divided: BTreeSet<u32> = self.inside.iter().filter_map(|&atom| self.nesting.unit[atom as usize]).collect();
        let mut asked: BTreeMap<u32, u32> = BTreeMap::new();
        for (code, grids) in &request.grids {
            let unit = divided.iter().find(|&&unit| self.nesting.names[unit as usize].0 == *code);
            let unit = unit.filter(|&&unit| !self.nesting.is_exclusive(Some(unit)));
            let unknown = || {
                let example = divided.first().map_or("", |&unit| self.nesting.names[unit as usize].0.as_str());
                AppError::Terms(format!(
                    "{code:?} cannot be given {grids} grids: it is none of the {} units that are divided, such as {example:?}",
                    divided.len()
                ))
            };
            asked.insert(*unit.ok_or_else(unknown)?, *grids);
        }
        Ok(asked.into_iter().collect())
    }

    fn divided<'a>(&'a self, solution: &Solution, atom_code: impl Fn(AtomId) -> &'a str) -> Divided {
        let mut labels = vec![None; self.prepared.dataset.atoms.len()];
        for (&atom, grid) in self.inside.iter().zip(solution.assignment.grids()) {
            labels[atom as usize] = *grid;
        }
        // atoms outside the scope come first or in between: grids keep their order of first appearance all the same
        let assignment = Assignment::new(labels);
        let unit_code = |unit: u32| self.nesting.names[unit as usize].0.as_str();
        let mut unit_of: HashMap<GridId, u32> = HashMap::new();
        for (&atom, grid) in self.inside.iter().zip(solution.assignment.grids()) {
            if let (Some(grid), Some(unit)) = (grid, self.nesting.unit[atom as usize]) {
                unit_of.insert(*grid, unit);
            }
        }
        let reason = |outside: &Outside| {
            let unit = unit_of.get(&outside.grid).copied();
            let counted = self.nesting.counted(unit, self.counted);
            match unit {
                Some(unit) if self.nesting.is_exclusive(Some(unit)) => Reason::Exclusive {
                    unit: self.nesting.names[unit as usize].1.clone(),
                    total: outside.size,
                    band: counted.band,
                },
                _ => {
                    let counts = Counts {
                        main: (counted.attribute, counted.band),
                        other: counted.other.map(|band| (counted.attribute.other(), band)),
                    };
                    let reason = outside.certificate.reason(counts, unit_code, &atom_code);
                    match self.terms.level {
                        PlanLevel::Area => Reason::InAreas { reason: Box::new(reason) },
                        PlanLevel::Grid | PlanLevel::Micro => reason,
                    }
                }
            }
        };
        let reasons = solution.outside.iter().map(|outside| (outside.grid, reason(outside))).collect();
        let locked = self.before.locked.iter().zip(assignment.grids());
        let locked = locked.filter_map(|(lock, grid)| lock.and(*grid)).map(|grid| grid.0).collect();
        Divided { assignment, reasons, locked, kept: solution.kept }
    }
}

/// What was before.
#[derive(Default)]
struct Before {
    /// Codes of grids.
    codes: Vec<String>,
    /// The grid of each atom by the label point, for what is to be kept.
    grid: Vec<Option<u32>>,
    /// The same of locked grids alone.
    locked: Vec<Option<u32>>,
    /// The grids whose codes go on, where it is not those in force.
    continues: Option<Vec<GridRecord>>,
}

impl Before {
    async fn of(store: &dyn Store, prepared: &Prepared, request: &PartitionRequest) -> Result<Self, AppError> {
        let atoms = prepared.dataset.atoms.len();
        let nothing = Self { grid: vec![None; atoms], locked: vec![None; atoms], ..Self::default() };
        let mut continues = None;
        let (place, grids) = match request.keep {
            Keep::Publication(seq) => {
                let publications = store.publications().await?;
                if !publications.iter().any(|publication| publication.seq == seq) {
                    let known: Vec<String> =
                        publications.iter().map(|publication| publication.seq.to_string()).collect();
                    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                    return Err(AppError::UnknownPublication { seq, known });
                }
                (format!("publication {seq}"), standing_after(store, seq).await?.1)
            }
            Keep::Plan(id) => {
                let grids = store.grids(id).await?;
                continues = Some(grids.clone());
                (format!("plan {id}"), grids)
            }
            Keep::Nothing if request.lock.is_empty() => return Ok(nothing),
            Keep::Nothing => {
                let (base, grids) = standing(store).await?;
                if grids.is_empty() {
                    let plan = newest_of_grids(store).await.map_err(|_| AppError::NothingToLock)?;
                    let grids = store.grids(plan.id).await?;
                    continues = Some(grids.clone());
                    (format!("plan {}", plan.id), grids)
                } else {
                    (format!("publication {base}"), grids)
                }
            }
        };
        let codes: Vec<String> = grids.iter().map(|grid| grid.code.clone()).collect();
        let known: BTreeMap<&str, u32> = codes.iter().map(String::as_str).zip(0..).collect();
        let unknown: Vec<&str> =
            request.lock.iter().map(String::as_str).filter(|code| !known.contains_key(code)).collect();
        if !unknown.is_empty() {
            let example = codes.first().cloned().unwrap_or_default();
            return Err(AppError::UnknownLock { unknown: unknown.join(", "), place, grids: codes.len(), example });
        }
        let lock: BTreeSet<u32> = request.lock.iter().map(|code| known[code.as_str()]).collect();
        let grid: Vec<Option<u32>> = tokio::task::block_in_place(|| {
            let index = RtreeIndex::new(grids.iter().map(|grid| &grid.shape));
            let owner = |atom: &Atom| Some(index.locate(label_point(&atom.shape)?)?.face);
            prepared.dataset.atoms.par_iter().map(owner).collect()
        });
        let locked = grid.iter().map(|grid| grid.filter(|grid| lock.contains(grid))).collect();
        Ok(Self { codes, grid, locked, continues })
    }
}

/// Positions of the jurisdiction with this code and of all below it; `None` when there is none.
pub(super) fn under(dataset: &crate::atom::Dataset, code: &str) -> Option<HashSet<u32>> {
    let units = &dataset.jurisdictions;
    let position: HashMap<&str, usize> = units.iter().enumerate().map(|(i, unit)| (unit.code.as_str(), i)).collect();
    position.get(code)?;
    let within = |mut unit: usize| loop {
        if units[unit].code == code {
            return true;
        }
        match &units[unit].parent {
            Some(parent) => unit = position[parent.as_str()],
            None => return false,
        }
    };
    Some((0..units.len()).filter(|&unit| within(unit)).map(|unit| unit as u32).collect())
}
