//! Looks a plan over from the ground: everything is counted again from atoms and borders, nothing is taken on trust.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;

use super::figures::{Figures, Taken, figures};
use super::islands;
use super::links::{AuditedLink, holding};
use super::nesting::Nesting;
use super::plan::{count, pieces};
use super::publish::plan_record;
use super::{AppError, Prepared, areas, prepare};
use crate::atom::{AtomId, LineClass};
use crate::coverage::dissolve;
use crate::plan::{Attribute, Counted, OwnBands, Reason, Status};
use crate::store::{GridRecord, PlanLevel, PlanRecord, Store};
use crate::topology::{Along, RepairKind};

/// A number of places and their area.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Places {
    /// How many.
    pub count: u64,
    /// Square metres in all.
    pub area_m2: f64,
}

/// A grid outside the band.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AuditedGrid {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Code of its jurisdiction.
    pub jurisdiction: String,
    /// `under` or `over`.
    pub status: Status,
    /// Households in it.
    pub households: u64,
    /// Persons in it, where they are counted.
    pub population: Option<u64>,
    /// The band it should keep to.
    pub bounds: crate::plan::Band,
    /// That of the second count, where the plan keeps to two.
    pub other_bounds: Option<crate::plan::Band>,
    /// Why it is outside, in English.
    pub reason: Option<String>,
    /// The same in Chinese.
    pub reason_zh: Option<String>,
    /// The tag of the reason, such as `atom_over`.
    pub reason_kind: Option<&'static str>,
}

/// What a look over a plan found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Audit {
    /// The plan.
    pub plan: i64,
    /// Its dataset.
    pub dataset: i64,
    /// What sizes count.
    pub attribute: Attribute,
    /// The least and the largest lawful size.
    pub bounds: crate::plan::Band,
    /// The same of the second count, where the plan keeps to two.
    pub other_bounds: Option<crate::plan::Band>,
    /// Those of single jurisdictions and kinds that have their own.
    pub own_bounds: OwnBands,
    /// `grid`, `micro` for micro-grids in the grids of another plan, or `area` for patrol areas of whole communities.
    pub level: &'static str,
    /// The plan whose grids it divides, of a plan of micro-grids.
    pub parent: Option<i64>,
    /// Grids in all.
    pub grids: u64,
    /// Grids within the band.
    pub in_bounds: u64,
    /// Grids where nobody lives.
    pub uninhabited: u64,
    /// Grids of which the source does not say how many live there.
    pub unknown: u64,
    /// Grids outside the band, by code.
    pub outside: Vec<AuditedGrid>,
    /// Grids in pieces that share no border.
    pub noncontiguous: u64,
    /// Their codes.
    pub noncontiguous_codes: Vec<String>,
    /// Codes of grids that hang together by ferries or declared links alone: their parts share no border.
    pub joined_codes: Vec<String>,
    /// Those of them that need a ferry of `--islands nearest`, and do not hang together by what was declared.
    pub ferry_codes: Vec<String>,
    /// Declared links that hold a grid together, as they are declared now.
    pub links: Vec<AuditedLink>,
    /// Declared links that join nothing: the dataset has not both their atoms.
    pub lost_links: Vec<AuditedLink>,
    /// Atoms of the plan's scope in no grid.
    pub unassigned: u64,
    /// Grids that reach over more than one of what they should nest in: jurisdictions, or grids of the plan above. Of areas, those
    /// too that share a community with another one.
    pub nesting_breaks: u64,
    /// Holes between atoms that nobody owns.
    pub gaps: Places,
    /// Places owned twice.
    pub overlaps: Places,
    /// Whether the areas of grids add up to the areas of their atoms exactly, in lattice units², and every grid is kept
    /// with the shape its atoms give.
    pub area_ok: bool,
    /// Metres of border between grids by what runs along it (`none` for nothing); empty where the dataset has no lines.
    pub border_m: BTreeMap<&'static str, u64>,
    /// Share of that along anything at all, in percent.
    pub border_along_percent: Option<f64>,
    /// Households in all grids.
    pub households: u64,
    /// Persons in all grids, where they are counted.
    pub population: Option<u64>,
    /// Borders, forms, certificates; taken again but for who keeps their grid, which is of the time when the plan was made.
    pub figures: Figures,
}

impl Audit {
    /// Whether the plan is whole: nothing owned twice or left over, every area accounted for. Grids outside the band and
    /// gaps of the source are findings, not faults.
    pub fn is_sound(&self) -> bool {
        self.area_ok && self.overlaps.count == 0 && self.unassigned == 0 && self.nesting_breaks == 0
    }
}

/// Looks a plan over, the newest by default.
///
/// # Errors
/// When there is no plan, or the store fails.
pub async fn check(store: &dyn Store, plan: Option<i64>) -> Result<Audit, AppError> {
    let plan = plan_record(store, plan).await?;
    let prepared = prepare(store, Some(plan.dataset)).await?;
    let grids = store.grids(plan.id).await?;
    let atoms = store.plan_atoms(plan.id).await?;
    let nesting = Nesting::of(store, &prepared, &plan.terms).await?;
    let findings = store.findings(plan.dataset, Some(plan.id)).await?;
    let ferries = islands::of_plan(&prepared, plan.id, &findings);
    Ok(tokio::task::block_in_place(|| audit(&plan, (&prepared, &ferries), &nesting, &grids, &atoms)))
}

fn audit(
    plan: &PlanRecord,
    (prepared, ferries): (&Prepared, &[(AtomId, AtomId)]),
    nesting: &Nesting,
    grids: &[GridRecord],
    atoms: &[(String, Option<String>)],
) -> Audit {
    let counted = Counted { attribute: plan.attribute, band: plan.band, other: plan.terms.other_band };
    let position: HashMap<&str, u32> =
        grids.iter().enumerate().map(|(i, grid)| (grid.code.as_str(), i as u32)).collect();
    let grid_of: HashMap<&str, Option<u32>> = atoms
        .iter()
        .map(|(atom, grid)| (atom.as_str(), grid.as_deref().and_then(|code| position.get(code).copied())))
        .collect();
    let dataset = &prepared.dataset;
    let labels: Vec<Option<u32>> =
        dataset.atoms.iter().map(|atom| grid_of.get(atom.code.as_str()).copied().flatten()).collect();
    let shapes = dissolve(&prepared.built.topology, &labels, grids.len());

    let mut area_2 = vec![0_i128; grids.len()];
    let (mut people, mut known, mut units) =
        (vec![[0_u64; 2]; grids.len()], vec![false; grids.len()], vec![None; grids.len()]);
    let mut nesting_breaks: BTreeSet<u32> = BTreeSet::new();
    for ((atom, label), unit) in dataset.atoms.iter().zip(&labels).zip(&nesting.unit) {
        let Some(label) = *label else { continue };
        let i = label as usize;
        area_2[i] += atom.shape.area_2();
        let here = count(atom, plan.attribute);
        people[i][0] += u64::from(here.unwrap_or(0));
        people[i][1] += u64::from(count(atom, plan.attribute.other()).unwrap_or(0));
        known[i] |= here.is_some();
        if *units[i].get_or_insert(*unit) != *unit {
            nesting_breaks.insert(label);
        }
    }
    if plan.terms.level == PlanLevel::Area {
        nesting_breaks.extend(areas::torn(dataset, &labels));
    }
    let codes_of = |pieces: Vec<u32>| -> BTreeSet<String> {
        grids.iter().zip(pieces).filter(|(_, pieces)| *pieces > 1).map(|(grid, _)| grid.code.clone()).collect()
    };
    let apart = codes_of(pieces(&prepared.graph, &labels, grids.len()));
    let linked = codes_of(pieces(&prepared.joined([]), &labels, grids.len()));
    let noncontiguous_codes = codes_of(pieces(&prepared.joined(ferries.iter().copied()), &labels, grids.len()));
    let ferry_codes: Vec<String> = linked.difference(&noncontiguous_codes).cloned().collect();
    let links = holding(prepared, &labels)
        .into_iter()
        .map(|((_, _, link), grid)| AuditedLink::new(link, Some(&grids[grid as usize].code)))
        .collect();
    let lost_links = prepared.links.lost.iter().map(|link| AuditedLink::new(link, None)).collect();
    let joined_codes: Vec<String> = apart.difference(&noncontiguous_codes).cloned().collect();
    let noncontiguous_codes: Vec<String> = noncontiguous_codes.into_iter().collect();

    let statuses: Vec<Status> = people
        .iter()
        .zip(&known)
        .zip(&units)
        .map(|((&[size, other], &known), unit)| {
            let counted = nesting.counted(unit.flatten(), counted);
            if known { counted.status(size, other) } else { Status::Unknown }
        })
        .collect();
    let number = |status: Status| statuses.iter().filter(|&&s| s == status).count() as u64;
    let outside = grids
        .iter()
        .zip(&statuses)
        .zip(&units)
        .filter(|((_, status), _)| matches!(status, Status::Under | Status::Over))
        .map(|((grid, &status), unit)| (grid, status, nesting.counted(unit.flatten(), counted)))
        .map(|(grid, status, counted)| AuditedGrid {
            bounds: counted.band,
            other_bounds: counted.other,
            code: grid.code.clone(),
            name: grid.name.clone(),
            jurisdiction: grid.jurisdiction.clone(),
            status,
            households: grid.households,
            population: grid.population,
            reason: grid.reason.as_ref().map(Reason::to_english),
            reason_zh: grid.reason.as_ref().map(Reason::to_chinese),
            reason_kind: grid.reason.as_ref().map(Reason::kind),
        })
        .collect();
    let mut places: HashMap<bool, Places> = HashMap::new();
    for repair in &prepared.built.repairs {
        let at = places.entry(repair.kind == RepairKind::Gap).or_default();
        at.count += 1;
        at.area_m2 += repair.area_m2;
    }
    let area_ok = grids.iter().enumerate().all(|(i, grid)| {
        grid.shape.area_2() == area_2[i]
            && grid.shape == shapes[i]
            && (grid.households == people[i][0] || plan.attribute != Attribute::Households)
    });
    let along = Along::new(&dataset.lines);
    let lengths = if along.is_empty() {
        BTreeMap::new()
    } else {
        prepared.built.topology.inner_border_mm(&along, |face| labels[face.0 as usize])
    };
    let all_mm: u64 = lengths.values().sum();
    let bare_mm = lengths.get(&None).copied().unwrap_or(0);
    let scoped = |atom: &str| plan.scope.is_none() || grid_of.get(atom).copied().flatten().is_some();
    let kept = plan.terms.figures.as_ref().and_then(|figures| serde_json::from_value(figures["kept"].clone()).ok());
    let locked: Vec<String> = plan
        .terms
        .figures
        .as_ref()
        .and_then(|figures| serde_json::from_value(figures["locked"].clone()).ok())
        .unwrap_or_default();
    let locked: BTreeSet<u32> = locked.iter().filter_map(|code| position.get(code.as_str()).copied()).collect();
    let recounted: Vec<GridRecord> =
        grids.iter().zip(&statuses).map(|(grid, &status)| GridRecord { status, ..grid.clone() }).collect();
    let figures = figures(&Taken {
        prepared,
        nesting,
        counted,
        labels: &labels,
        grids: &recounted,
        contiguous: (grids.len() - noncontiguous_codes.len()) as u64,
        kept,
        locked: &locked,
    });
    Audit {
        plan: plan.id,
        dataset: plan.dataset,
        attribute: plan.attribute,
        bounds: plan.band,
        other_bounds: counted.other,
        own_bounds: plan.terms.own_bands.clone(),
        level: plan.terms.level.as_str(),
        parent: plan.terms.parent,
        grids: grids.len() as u64,
        in_bounds: number(Status::InBand),
        uninhabited: number(Status::Uninhabited),
        unknown: number(Status::Unknown),
        outside,
        noncontiguous: noncontiguous_codes.len() as u64,
        noncontiguous_codes,
        joined_codes,
        ferry_codes,
        links,
        lost_links,
        unassigned: dataset
            .atoms
            .iter()
            .zip(&labels)
            .zip(&nesting.unit)
            .filter(|((atom, label), unit)| label.is_none() && unit.is_some() && scoped(&atom.code))
            .count() as u64,
        nesting_breaks: nesting_breaks.len() as u64,
        gaps: places.get(&true).copied().unwrap_or_default(),
        overlaps: places.get(&false).copied().unwrap_or_default(),
        area_ok,
        border_m: lengths.iter().map(|(class, mm)| (class.map_or("none", LineClass::name), mm / 1000)).collect(),
        border_along_percent: (all_mm > 0).then(|| ((all_mm - bare_mm) as f64 * 1000.0 / all_mm as f64).round() / 10.0),
        households: grids.iter().map(|grid| grid.households).sum(),
        population: grids.iter().map(|grid| grid.population).sum(),
        figures,
    }
}
