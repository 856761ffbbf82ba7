//! An assignment becomes a plan in the store: faces, sizes, codes, names, findings.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::figures::{Figures, Kept, Taken, figures};
use super::islands;
use super::links;
use super::nesting::{Nesting, Upward};
use super::{AppError, Prepared, areas};
use crate::coverage::dissolve;
use crate::geom::{MultiPolygon, area_m2, label_point};
use crate::graph::Graph;
use crate::locate::RtreeIndex;
use crate::plan::{
    Assignment, Attribute, CodeScheme, Counted, GridId, KeptCodes, Overlap, OwnBands, Reason, Status, Uncoded,
    assign_codes, continue_codes,
};
use crate::store::{Act, GridRecord, NewFinding, NewPlan, PlanLevel, PlanTerms, Store, Workspace};
use crate::topology::Ferry;

/// How the codes of micro-grids are made from that of their grid.
const MICRO_CODES: &str = "{parent}-{seq:02}";
/// How the codes of areas are made from that of the jurisdiction they lie in.
const AREA_CODES: &str = "{parent}-A{seq:02}";

/// A plan that was kept.
#[derive(Debug, Clone)]
pub struct Planned {
    /// Its id.
    pub plan: i64,
    /// The dataset it divides.
    pub dataset: i64,
    /// What its grids count, and the bands they keep to.
    pub counted: Counted,
    /// Bands of single jurisdictions and kinds.
    pub own_bands: OwnBands,
    /// What it is of.
    pub level: PlanLevel,
    /// The plan whose grids it divides, of a plan of micro-grids.
    pub parent: Option<i64>,
    /// Its grids, in plan order.
    pub grids: Vec<GridRecord>,
    /// Its figures.
    pub figures: Figures,
}

/// How a plan came to be.
pub(super) struct Origin {
    pub word: &'static str,
    pub scope: Option<String>,
    pub counted: Counted,
    pub seed: u64,
    pub act: Act,
    /// Codes given beforehand, by grid; the others are made by the workspace's scheme.
    pub codes: Option<Vec<String>>,
    /// Names given beforehand, by grid.
    pub names: Option<Vec<Option<String>>>,
    /// Level and nesting.
    pub terms: PlanTerms,
    /// The grids whose codes go on; those in force where nothing else is said.
    pub continues: Option<Vec<GridRecord>>,
    /// What joins parts that share no border.
    pub ferries: Vec<Ferry>,
    /// Grids that were locked.
    pub locked: BTreeSet<u32>,
    /// At least so many have to move, where the plan was to be changed little.
    pub moved_at_least: Option<u64>,
}

/// Grids in force by the newest publication of each jurisdiction, whatever their date of effect, and the newest sequence.
pub(super) async fn standing(store: &dyn Store) -> Result<(i64, Vec<GridRecord>), AppError> {
    standing_after(store, i64::MAX).await
}

/// As [`standing`], as if there had been no publication after the one with this sequence.
pub(super) async fn standing_after(store: &dyn Store, seq: i64) -> Result<(i64, Vec<GridRecord>), AppError> {
    let mut publications = store.publications().await?;
    publications.retain(|publication| publication.seq <= seq);
    let base = publications.last().map_or(0, |publication| publication.seq);
    let mut covered: BTreeSet<String> = BTreeSet::new();
    let mut standing = Vec::new();
    for publication in publications.iter().rev() {
        let grids = store.grids(publication.plan).await?;
        let here: BTreeSet<String> = grids.iter().map(|grid| grid.jurisdiction.clone()).collect();
        standing.extend(grids.into_iter().filter(|grid| !covered.contains(&grid.jurisdiction)));
        covered.extend(here);
        if publication.scope.is_none() {
            break;
        }
    }
    Ok((base, standing))
}

/// What each old grid gives to each new one, by the label points of atoms.
pub(super) fn overlaps(
    prepared: &Prepared,
    attribute: Attribute,
    assignment: &[Option<u32>],
    old: &[GridRecord],
) -> BTreeMap<(String, u32), Overlap> {
    let mut overlaps: BTreeMap<(String, u32), Overlap> = BTreeMap::new();
    if old.is_empty() {
        return overlaps;
    }
    let index = RtreeIndex::new(old.iter().map(|grid| &grid.shape));
    for (atom, new) in prepared.dataset.atoms.iter().zip(assignment) {
        let (Some(new), Some(point)) = (*new, label_point(&atom.shape)) else { continue };
        let Some(owner) = index.locate(point) else { continue };
        let overlap = overlaps.entry((old[owner.face as usize].code.clone(), new)).or_default();
        overlap.people += u64::from(count(atom, attribute).unwrap_or(0));
        overlap.area_m2 += area_m2(&atom.shape);
    }
    overlaps
}

/// Households or persons of an atom.
pub(super) fn count(atom: &crate::atom::Atom, attribute: Attribute) -> Option<u32> {
    match attribute {
        Attribute::Households => atom.households,
        Attribute::Population => atom.population,
    }
}

/// What an assignment is drawn against: the grids it continues, the codes that are used, the settings.
pub(super) struct Setting {
    base: i64,
    old: Vec<GridRecord>,
    workspace: Workspace,
    used: BTreeSet<String>,
}

impl Setting {
    /// For plans of this level that continue these grids; those in force where nothing else is said.
    pub async fn of(
        store: &dyn Store,
        level: PlanLevel,
        continues: Option<&Vec<GridRecord>>,
    ) -> Result<Self, AppError> {
        let (base, standing) = standing(store).await?;
        let old = match continues {
            // micro-grids and areas continue no grid
            _ if level != PlanLevel::Grid => Vec::new(),
            Some(grids) => grids.clone(),
            None => standing,
        };
        let used: BTreeSet<String> = store.used_codes().await?.into_iter().collect();
        Ok(Self { base, old, workspace: store.workspace().await?, used })
    }
}

/// An assignment as grids.
pub(super) struct Drawn {
    /// The grid of each atom.
    pub labels: Vec<Option<u32>>,
    pub grids: Vec<GridRecord>,
    pub findings: Vec<NewFinding>,
    pub figures: Figures,
}

/// Dissolves, counts, names and codes the grids of an assignment, and takes its figures.
pub(super) fn draw(
    prepared: &Prepared,
    assignment: &Assignment,
    nesting: &Nesting,
    reasons: &BTreeMap<GridId, Reason>,
    origin: &Origin,
    setting: &Setting,
) -> Result<Drawn, AppError> {
    let labels: Vec<Option<u32>> = assignment.grids().iter().map(|grid| grid.map(|grid| grid.0)).collect();
    let shapes = dissolve(&prepared.built.topology, &labels, assignment.grid_count());
    let mut grids = records(prepared, assignment, nesting, shapes, reasons, origin);
    let overlaps = overlaps(prepared, origin.counted.attribute, &labels, &setting.old);
    let codes = continue_codes(&overlaps).0;
    code_and_name(&mut grids, (prepared, nesting, assignment), &codes, setting, origin)?;
    let pairs = origin.ferries.iter().map(|ferry| (ferry.from, ferry.to));
    let pieces = pieces(&prepared.joined(pairs), &labels, grids.len());
    let findings = grids
        .iter()
        .zip(&pieces)
        .filter(|&(_, &pieces)| pieces > 1)
        .map(|(grid, _)| noncontiguous(grid))
        .chain(links::findings(prepared, nesting, &labels, &grids))
        .chain(origin.ferries.iter().map(|ferry| match origin.terms.level {
            PlanLevel::Area if areas::is_within(&prepared.dataset, ferry) => areas::finding(&prepared.dataset, ferry),
            _ => islands::finding(prepared, nesting, ferry),
        }))
        .collect();
    let kept = (!setting.old.is_empty())
        .then(|| Kept { moved_at_least: origin.moved_at_least, ..kept(&overlaps, &grids, origin.counted.attribute) });
    let figures = figures(&Taken {
        prepared,
        nesting,
        counted: origin.counted,
        labels: &labels,
        grids: &grids,
        contiguous: pieces.iter().filter(|&&pieces| pieces <= 1).count() as u64,
        kept,
        locked: &origin.locked,
    });
    Ok(Drawn { labels, grids, findings, figures })
}

/// Draws the grids of an assignment, and keeps them as a draft.
pub(super) async fn keep(
    store: &dyn Store,
    prepared: &Prepared,
    assignment: &Assignment,
    nesting: &Nesting,
    reasons: &BTreeMap<GridId, Reason>,
    origin: Origin,
) -> Result<Planned, AppError> {
    let setting = Setting::of(store, origin.terms.level, origin.continues.as_ref()).await?;
    let drawn = tokio::task::block_in_place(|| draw(prepared, assignment, nesting, reasons, &origin, &setting))?;
    keep_drawn(store, prepared, drawn, origin, setting.base).await
}

/// Keeps grids that were drawn as a draft, made on this publication.
pub(super) async fn keep_drawn(
    store: &dyn Store,
    prepared: &Prepared,
    drawn: Drawn,
    origin: Origin,
    base: i64,
) -> Result<Planned, AppError> {
    let Drawn { labels, grids, findings, figures } = drawn;
    let terms = PlanTerms { figures: Some(serde_json::json!(figures)), ..origin.terms };
    let (level, parent, own_bands) = (terms.level, terms.parent, terms.own_bands.clone());
    let plan = NewPlan {
        dataset: prepared.record.id,
        base,
        scope: origin.scope,
        origin: origin.word.to_owned(),
        attribute: origin.counted.attribute,
        band: origin.counted.band,
        seed: origin.seed,
        recorded_ms: origin.act.at_ms,
        grids: &grids,
        assignment: &labels,
        findings,
        terms,
    };
    let plan = store.save_plan(&plan, &origin.act).await?;
    let dataset = prepared.record.id;
    Ok(Planned { plan, dataset, counted: origin.counted, own_bands, level, parent, grids, figures })
}

/// Who stays in a grid of the same code.
fn kept(overlaps: &BTreeMap<(String, u32), Overlap>, grids: &[GridRecord], of: Attribute) -> Kept {
    let mut kept = Kept { of, total: 0, kept: 0, moved_at_least: None };
    for ((old, new), overlap) in overlaps {
        kept.total += overlap.people;
        if grids[*new as usize].code == *old {
            kept.kept += overlap.people;
        }
    }
    kept
}

fn records(
    prepared: &Prepared,
    assignment: &Assignment,
    nesting: &Nesting,
    shapes: Vec<MultiPolygon>,
    reasons: &BTreeMap<GridId, Reason>,
    origin: &Origin,
) -> Vec<GridRecord> {
    let has = |attribute| prepared.record.attributes.contains(&attribute);
    let members = assignment.members();
    let upward = Upward::new(&prepared.dataset);
    let record = |(i, (shape, members)): (usize, (MultiPolygon, &Vec<crate::atom::AtomId>))| {
        let atoms = || members.iter().map(|&id| prepared.dataset.atom(id));
        let sum = |attribute| atoms().map(|atom| u64::from(count(atom, attribute).unwrap_or(0))).sum::<u64>();
        let counted = origin.counted;
        let jurisdiction = if let Some(above) = &nesting.above {
            let unit = nesting.unit[members[0].0 as usize].expect("atoms in no grid above are in none here");
            above[unit as usize].jurisdiction.clone()
        } else {
            let people = |atom: &crate::atom::Atom| u64::from(count(atom, counted.attribute).unwrap_or(0));
            let home = upward.home(atoms().map(|atom| (atom.unit.0, people(atom))));
            prepared.dataset.jurisdictions[home as usize].code.clone()
        };
        let known = atoms().any(|atom| count(atom, counted.attribute).is_some());
        let status = if known {
            nesting
                .counted(nesting.unit[members[0].0 as usize], counted)
                .status(sum(counted.attribute), sum(counted.attribute.other()))
        } else {
            Status::Unknown
        };
        let outside = matches!(status, Status::Under | Status::Over);
        GridRecord {
            code: String::new(),
            name: String::new(),
            jurisdiction,
            label: label_point(&shape).unwrap_or_default(),
            households: sum(Attribute::Households),
            population: has(Attribute::Population).then(|| sum(Attribute::Population)),
            own: nesting.own(nesting.unit[members[0].0 as usize], counted),
            status,
            reason: reasons.get(&GridId(i as u32)).filter(|_| outside).cloned(),
            atoms: members.len() as u32,
            parts: shape.0.len() as u32,
            area_m2: area_m2(&shape),
            shape,
        }
    };
    shapes.into_iter().zip(&members).enumerate().map(record).collect()
}

fn code_and_name(
    grids: &mut [GridRecord],
    (prepared, nesting, assignment): (&Prepared, &Nesting, &Assignment),
    kept: &KeptCodes,
    setting: &Setting,
    origin: &Origin,
) -> Result<(), AppError> {
    let Setting { workspace, used, .. } = setting;
    let level = origin.terms.level;
    let scheme: CodeScheme = match level {
        PlanLevel::Grid => workspace.code_scheme.as_str(),
        PlanLevel::Micro => MICRO_CODES,
        PlanLevel::Area => AREA_CODES,
    }
    .parse()?;
    // what a grid's code begins with, and what its name does: the jurisdiction, or the grid above
    let names: HashMap<&str, &str> = nesting
        .names
        .iter()
        .map(|(code, name)| (code.as_str(), name.as_str()))
        .chain(prepared.dataset.jurisdictions.iter().map(|unit| (unit.code.as_str(), unit.name.as_str())))
        .collect();
    let all_members = assignment.members();
    let home = |(grid, members): (&GridRecord, &Vec<crate::atom::AtomId>)| {
        let unit = nesting.unit[members[0].0 as usize].filter(|_| level != PlanLevel::Grid);
        let above = unit.map(|unit| &nesting.names[unit as usize].0).filter(|code| *code != Reason::EVERYTHING);
        above.unwrap_or(&grid.jurisdiction).clone()
    };
    let parents: Vec<String> = grids.iter().zip(&all_members).map(home).collect();
    let codes = if let Some(codes) = &origin.codes {
        codes.clone()
    } else {
        let uncoded: Vec<Uncoded<'_>> = grids
            .iter()
            .zip(&parents)
            .map(|(grid, parent)| Uncoded {
                jurisdiction: parent,
                label: (grid.label.x_e7, grid.label.y_e7),
                height: grid.shape.envelope().map_or(0, |e| e.max.y_e7.abs_diff(e.min.y_e7)),
            })
            .collect();
        assign_codes(&scheme, &uncoded, kept, used)?
    };
    // exclusive grids are called by their own name
    let own_name = |members: &Vec<crate::atom::AtomId>| {
        let unit = nesting.unit[members[0].0 as usize].filter(|&unit| nesting.is_exclusive(Some(unit)))?;
        Some(nesting.names[unit as usize].1.as_str())
    };
    let own_names: Vec<Option<&str>> = all_members.iter().map(own_name).collect();
    for (i, ((grid, code), parent)) in grids.iter_mut().zip(codes).zip(&parents).enumerate() {
        let given = origin.names.as_ref().and_then(|names| names[i].clone());
        let unit = names[parent.as_str()];
        let english = workspace.language == "en";
        grid.name = given.unwrap_or_else(|| match scheme.read(parent, &code) {
            Some(_) if let Some(own) = own_names[i] => format!("{unit} {own}"),
            Some(seq) => match (level, english) {
                (PlanLevel::Grid, true) => format!("{unit} grid {seq}"),
                (PlanLevel::Grid, false) => format!("{unit}第{seq}网格"),
                (PlanLevel::Micro, true) => format!("{unit} micro-grid {seq}"),
                (PlanLevel::Micro, false) => format!("{unit}第{seq}微网格"),
                (PlanLevel::Area, true) => format!("{unit} patrol area {seq}"),
                (PlanLevel::Area, false) => format!("{unit}第{seq}片区"),
            },
            None => code.clone(),
        });
        grid.code = code;
    }
    Ok(())
}

/// How many pieces each grid is in, by the edges of a graph. O(n + m).
pub(super) fn pieces(graph: &Graph, labels: &[Option<u32>], grids: usize) -> Vec<u32> {
    let (component, count) = graph.components_by(|atom| labels[atom as usize]);
    let mut pieces = vec![0; grids];
    let mut seen = vec![false; count as usize];
    for (component, label) in component.into_iter().zip(labels) {
        if let (Some(label), false) = (label, std::mem::replace(&mut seen[component as usize], true)) {
            pieces[*label as usize] += 1;
        }
    }
    pieces
}

fn noncontiguous(grid: &GridRecord) -> NewFinding {
    let GridRecord { code, parts, .. } = grid;
    NewFinding {
        kind: "noncontiguous".to_owned(),
        point: grid.label,
        shape: Some(grid.shape.clone()),
        area_m2: grid.area_m2,
        moved_m: None,
        parties: vec![code.clone()],
        en: format!("grid {code} is in {parts} pieces that share no border"),
        zh: format!("网格 {code} 分成互不相连的 {parts} 块"),
    }
}
