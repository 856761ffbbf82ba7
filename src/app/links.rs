//! Declared links: a file becomes links of the store, and what they join in a dataset and in the grids of a plan.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::ops::ControlFlow;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::islands::with_ferries;
use super::nesting::Nesting;
use super::officers::{BadRow, BadRows};
use super::{AppError, Prepared, Step, Watch};
use crate::atom::{AtomId, Dataset, Link, LinkKind};
use crate::format::{LinkEnds, LinkRow, LinkSource, LinkTable, read_links};
use crate::geom::{LatticePoint, label_point};
use crate::graph::Graph;
use crate::locate::RtreeIndex;
use crate::store::{Act, GridRecord, NewFinding, NewLinks, Store};

/// The kind of finding of a grid that hangs together over a link alone.
const HOLDS: &str = "link";
/// Of a link that joins nothing, as an atom it leads to is not in the dataset.
const LOST: &str = "link_lost";
/// Of a link between atoms that no grid may hold both.
const ACROSS: &str = "link_across";

/// Links to bring in.
#[derive(Debug, Clone)]
pub struct LinksRequest {
    /// The file and its fields.
    pub source: LinkSource,
    /// Who asks for it, and when.
    pub act: Act,
}

/// What was brought in.
#[derive(Debug, Clone)]
pub struct LinksImported {
    /// Its id in the store.
    pub set: i64,
    /// Whether the store held the same already, so that nothing was written.
    pub already: bool,
    /// The dataset whose atoms they were looked up in.
    pub dataset: i64,
    /// The links, in the order of the file.
    pub links: Vec<Link>,
    /// The layer or sheet read; empty for text, which has none.
    pub layer: String,
    /// The CRS lines were read in; `None` of a table.
    pub crs: Option<String>,
    /// What a person should know though nothing failed.
    pub warnings: Vec<String>,
}

impl LinksImported {
    /// How many there are of each kind.
    pub fn kinds(&self) -> BTreeMap<String, u64> {
        kinds(&self.links)
    }
}

/// How many links there are of each kind.
pub(super) fn kinds(links: &[Link]) -> BTreeMap<String, u64> {
    let mut kinds = BTreeMap::new();
    for link in links {
        *kinds.entry(link.kind.to_string()).or_default() += 1;
    }
    kinds
}

/// Links that were read and fit the newest dataset.
pub(super) struct Read {
    pub dataset: i64,
    /// Its atoms.
    pub atoms: Dataset,
    pub links: Vec<Link>,
    pub table: LinkTable,
}

/// Brings declared links into a store: the whole file, or nothing where any row is wrong. A file and layer that was brought in before
/// is replaced: the newest counts, and one without rows takes back all its links.
///
/// # Errors
/// [`AppError`]; [`AppError::Rows`] with every row that is wrong.
pub async fn import_links(
    store: &dyn Store,
    request: &LinksRequest,
    watch: &dyn Watch,
) -> Result<LinksImported, AppError> {
    let Read { dataset, links, table, .. } = read(store, &request.source, watch).await?;
    if watch.cancelled() {
        return Err(AppError::Cancelled);
    }
    let total = links.len() as u64;
    watch.at(Step::Keep, 0, total);
    let file = request.source.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let source = if table.layer.is_empty() { file } else { format!("{file}: {}", table.layer) };
    let kept_before: BTreeSet<i64> = store.link_sets().await?.iter().map(|set| set.id).collect();
    let kept = NewLinks { source, content_hash: hash(&links), recorded_ms: request.act.at_ms, links: &links };
    let set = store.add_links(&kept, &request.act).await?;
    watch.at(Step::Keep, total, total);
    let LinkTable { layer, crs, warnings, .. } = table;
    Ok(LinksImported { set, already: kept_before.contains(&set), dataset, links, layer, crs, warnings })
}

/// Reads links and looks their ends up in the newest dataset.
pub(super) async fn read(store: &dyn Store, source: &LinkSource, watch: &dyn Watch) -> Result<Read, AppError> {
    let newest = store.datasets().await?.pop().ok_or(AppError::NoDataset)?;
    let atoms = store.dataset(newest.id).await?;
    tokio::task::block_in_place(|| {
        let table = read_links(source, &|done, total| {
            watch.at(Step::Read, done, total);
            if watch.cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        let links = Reading::new(newest.id, &atoms, &table).links();
        let links = links.map_err(|rows| AppError::Rows(BadRows { path: source.path.clone(), rows }))?;
        Ok(Read { dataset: newest.id, atoms, links, table })
    })
}

fn hash(links: &[Link]) -> String {
    let mut hash = Sha256::new();
    hash.update(b"wangge links 1\0");
    for link in links {
        let said = serde_json::json!([link.from, link.to, link.kind, link.name]).to_string();
        hash.update((said.len() as u64).to_le_bytes());
        hash.update(said);
    }
    hash.finalize().iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}"); // writing to a String cannot fail
        hex
    })
}

/// What the rows of a file are read against.
struct Reading<'a> {
    dataset: i64,
    atoms: &'a Dataset,
    table: &'a LinkTable,
    codes: BTreeSet<&'a str>,
    /// Only where there are lines.
    index: Option<RtreeIndex>,
}

impl<'a> Reading<'a> {
    fn new(dataset: i64, atoms: &'a Dataset, table: &'a LinkTable) -> Self {
        let drawn = table.rows.iter().any(|row| matches!(row.ends, LinkEnds::Points(_)));
        let index = drawn.then(|| RtreeIndex::new(atoms.atoms.iter().map(|atom| &atom.shape)));
        let codes = atoms.atoms.iter().map(|atom| atom.code.as_str()).collect();
        Self { dataset, atoms, table, codes, index }
    }

    /// All links, or every row that is wrong.
    fn links(&self) -> Result<Vec<Link>, Vec<BadRow>> {
        let (mut links, mut wrong) = (Vec::with_capacity(self.table.rows.len()), Vec::new());
        for row in &self.table.rows {
            match self.link(row) {
                Ok(link) => links.push(link),
                Err(mut problems) => wrong.append(&mut problems),
            }
        }
        if wrong.is_empty() { Ok(links) } else { Err(wrong) }
    }

    fn link(&self, row: &LinkRow) -> Result<Link, Vec<BadRow>> {
        let mut wrong = Vec::new();
        let mut say = |field: &str, value: &str, problem: String| {
            let value = value.chars().take(60).collect();
            wrong.push(BadRow { row: row.row, field: field.to_owned(), value, problem });
        };
        let kind = match row.kind.as_deref().map(str::parse::<LinkKind>) {
            None => Some(LinkKind::default()),
            Some(Ok(kind)) => Some(kind),
            Some(Err(_)) => {
                let field = self.table.kind.as_deref().unwrap_or("kind");
                let words = "it is no kind of link: write bridge, ferry or underpass (桥, 渡口, 地下通道)";
                say(field, row.kind.as_deref().unwrap_or_default(), words.to_owned());
                None
            }
        };
        let found: [Result<String, (String, String)>; 2] = match &row.ends {
            LinkEnds::Codes(codes) => codes.each_ref().map(|code| self.named(code.as_deref())),
            LinkEnds::Points(points) => points.map(|point| self.at(point)),
            LinkEnds::NoLine(problem) => {
                say("geometry", "", format!("it {problem}"));
                return Err(wrong);
            }
        };
        for (field, found) in self.table.ends.iter().zip(&found) {
            if let Err((value, problem)) = found {
                say(field, value, problem.clone());
            }
        }
        let [Ok(from), Ok(to)] = found else { return Err(wrong) };
        if from == to {
            let words = "both ends are in this one area: a link joins two".to_owned();
            say(&format!("{} and {}", self.table.ends[0], self.table.ends[1]), &from, words);
        }
        match kind {
            Some(kind) if from != to => Ok(Link { from, to, kind, name: row.name.clone() }),
            _ => Err(wrong),
        }
    }

    /// An area by its code, or what was given and what is wrong with it.
    fn named(&self, code: Option<&str>) -> Result<String, (String, String)> {
        let Some(code) = code else {
            return Err((String::new(), "the code of the area at this end is missing: give both".to_owned()));
        };
        if self.codes.contains(code) {
            return Ok(code.to_owned());
        }
        let example = self.codes.first().copied().unwrap_or_default();
        let words =
            format!("no area of dataset {} has this code: correct it; codes here look like {example:?}", self.dataset);
        Err((code.to_owned(), words))
    }

    /// The area that owns a point.
    fn at(&self, point: LatticePoint) -> Result<String, (String, String)> {
        let index = self.index.as_ref().expect("there is an index where there are points");
        let code = |face: u32| self.atoms.atom(AtomId(face)).code.clone();
        if let Some(owner) = index.locate(point) {
            return Ok(code(owner.face));
        }
        let place = point.to_lon_lat();
        let nearest = index.nearest(point).map_or_else(String::new, |nearest| {
            format!("; {:?} is nearest, {:.0} m away", code(nearest.face), nearest.distance_m)
        });
        let words = format!("it lies in no area of dataset {}{nearest}: draw the line into one", self.dataset);
        Err((format!("{:.7}, {:.7}", place.lon_deg, place.lat_deg), words))
    }
}

/// The links that are declared now, the newest of each source, in the order they were brought in.
async fn newest(store: &dyn Store) -> Result<Vec<Link>, AppError> {
    let mut of_source: BTreeMap<String, i64> = BTreeMap::new();
    for set in store.link_sets().await? {
        of_source.insert(set.source, set.id);
    }
    let sets: BTreeSet<i64> = of_source.into_values().collect();
    let mut links = Vec::new();
    for set in sets {
        links.extend(store.links(set).await?);
    }
    Ok(links)
}

/// Declared links in a dataset.
#[derive(Debug, Clone, Default)]
pub struct Declared {
    /// Those between atoms that share no border.
    pub here: Vec<(AtomId, AtomId, Link)>,
    /// Those with an atom that the dataset has not.
    pub lost: Vec<Link>,
}

impl Declared {
    /// The links of a store in this dataset; those between neighbours join nothing that is not joined already, and are left out.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn of(store: &dyn Store, dataset: &Dataset, borders: &Graph) -> Result<Self, AppError> {
        let links = newest(store).await?;
        if links.is_empty() {
            return Ok(Self::default());
        }
        let position: HashMap<&str, u32> = dataset.atoms.iter().map(|atom| atom.code.as_str()).zip(0_u32..).collect();
        let mut declared = Self::default();
        for link in links {
            match (position.get(link.from.as_str()), position.get(link.to.as_str())) {
                (Some(&from), Some(&to)) => {
                    if !borders.neighbours(from).any(|(next, _)| next == to) {
                        declared.here.push((AtomId(from), AtomId(to), link));
                    }
                }
                _ => declared.lost.push(link),
            }
        }
        Ok(declared)
    }

    /// The atoms at both ends of each that is here.
    pub fn pairs(&self) -> impl Iterator<Item = (AtomId, AtomId)> + '_ {
        self.here.iter().map(|&(from, to, _)| (from, to))
    }
}

impl Prepared {
    /// Who borders on whom, with declared links and ferries as borders of the least length there is, a millimetre.
    pub(super) fn joined(&self, ferries: impl IntoIterator<Item = (AtomId, AtomId)>) -> Graph {
        let pairs: BTreeSet<(AtomId, AtomId)> =
            self.links.pairs().chain(ferries).map(|(a, b)| (a.min(b), a.max(b))).collect();
        with_ferries(&self.graph, pairs)
    }
}

/// A declared link, as a look over a plan tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditedLink {
    /// `bridge`, `ferry` or `underpass`.
    pub kind: LinkKind,
    /// Its name, where it has one.
    pub name: Option<String>,
    /// Code of the atom at one end.
    pub from: String,
    /// Code of the atom at the other end.
    pub to: String,
    /// Code of the grid it holds together, where it does.
    pub grid: Option<String>,
}

impl AuditedLink {
    pub(super) fn new(link: &Link, grid: Option<&str>) -> Self {
        let Link { from, to, kind, name } = link.clone();
        Self { kind, name, from, to, grid: grid.map(str::to_owned) }
    }
}

/// Links with both ends in one grid whose pieces there share no border, and the grid. O(n + m).
pub(super) fn holding<'a>(prepared: &'a Prepared, labels: &[Option<u32>]) -> Vec<(&'a (AtomId, AtomId, Link), u32)> {
    if prepared.links.here.is_empty() {
        return Vec::new();
    }
    let (piece, _) = prepared.graph.components_by(|atom| labels[atom as usize]);
    let grid_of = |&(a, b, _): &(AtomId, AtomId, Link)| {
        let (a, b) = (a.0 as usize, b.0 as usize);
        labels[a].filter(|_| labels[a] == labels[b] && piece[a] != piece[b])
    };
    prepared.links.here.iter().filter_map(|link| Some((link, grid_of(link)?))).collect()
}

/// What is found of links when a plan is made: grids that hang together over one, links whose atoms are gone, and links that no grid
/// may use.
pub(super) fn findings(
    prepared: &Prepared,
    nesting: &Nesting,
    labels: &[Option<u32>],
    grids: &[GridRecord],
) -> Vec<NewFinding> {
    let dataset = &prepared.dataset;
    let place = |atom: AtomId| label_point(&dataset.atom(atom).shape).unwrap_or_default();
    let finding = |kind: &str, point: LatticePoint, parties: Vec<String>, (en, zh): (String, String)| NewFinding {
        kind: kind.to_owned(),
        point,
        shape: None,
        area_m2: 0.0,
        moved_m: None,
        parties,
        en,
        zh,
    };
    let mut findings = Vec::new();
    for ((from, _, link), grid) in holding(prepared, labels) {
        let (code, a, b) = (&grids[grid as usize].code, &link.from, &link.to);
        let en = format!(
            "grid {code} hangs together over {} between {a} and {b}: its parts share no border",
            link.to_english()
        );
        let zh = format!("网格 {code} 的各部分不共界，经 {a} 与 {b} 之间的{}相连", link.to_chinese());
        findings.push(finding(HOLDS, place(*from), vec![code.clone(), a.clone(), b.clone()], (en, zh)));
    }
    let codes: BTreeMap<&str, AtomId> = if prepared.links.lost.is_empty() {
        BTreeMap::new()
    } else {
        dataset.atoms.iter().map(|atom| atom.code.as_str()).zip((0..).map(AtomId)).collect()
    };
    for link in &prepared.links.lost {
        let (a, b) = (&link.from, &link.to);
        let gone: Vec<&str> = [a, b].into_iter().map(String::as_str).filter(|code| !codes.contains_key(code)).collect();
        let known = codes.get(a.as_str()).or_else(|| codes.get(b.as_str())).copied();
        let point = known.or_else(|| codes.values().min().copied()).map_or_else(LatticePoint::default, place);
        let dataset = prepared.record.id;
        let en = format!(
            "{} between {a} and {b} joins nothing: dataset {dataset} has no {}; import the links again with the codes of today",
            link.to_english(),
            gone.join(" and no ")
        );
        let zh = format!(
            "{a} 与 {b} 之间的{}未起作用：数据集 {dataset} 中没有 {}，请按现行编码重新导入",
            link.to_chinese(),
            gone.join("、")
        );
        findings.push(finding(LOST, point, vec![a.clone(), b.clone()], (en, zh)));
    }
    if nesting.above.is_some() {
        // micro-grids: what joins two grids is no matter of theirs
        return findings;
    }
    for (from, to, link) in &prepared.links.here {
        let [Some(here), Some(there)] = [from, to].map(|atom| nesting.unit[atom.0 as usize]) else { continue };
        let is_planned = [from, to].into_iter().any(|atom| labels[atom.0 as usize].is_some());
        if here == there || !is_planned {
            continue;
        }
        let (a, b) = (&link.from, &link.to);
        let [here, there] = [here, there].map(|unit| nesting.names[unit as usize].0.as_str());
        let en = format!(
            "{} between {a} and {b} joins no grid: it leads from {here} to {there}, which no grid holds both; --within a level above both uses it",
            link.to_english()
        );
        let zh = format!(
            "{a} 与 {b} 之间的{}未被采用：两端分属 {here} 与 {there}，网格不跨二者；可用 --within 指定其上级",
            link.to_chinese()
        );
        findings.push(finding(ACROSS, place(*from), vec![a.clone(), b.clone()], (en, zh)));
    }
    findings
}
