//! The tile sources of a generation.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock};

use crate::app::access::Reach;
use crate::atom::{Atom, Jurisdiction, Origin};
use crate::geom::MultiPolygon;
use crate::store::GridRecord;
use crate::tile::{
    Coverage, CoverageBuilder, CoverageError, Field, Layer, LayerBuilder, MAX_ZOOM, NestBuilder, Restated, TileId,
    TileSource, Value,
};

use twox_hash::XxHash3_64;

use super::cells::{Ladder, cell_polygons};
use super::generation::Generation;
use super::ground::{building_layers, finding_layers, street_layers};
use super::kept::Numbered;
use super::report_tiles::report_layers;
use super::tree::Node;

/// Atoms are left out of tiles below this zoom: there a building is under a pixel, and a tile of a city's atoms would
/// weigh megabytes.
const ATOMS_FROM_ZOOM: u8 = 11;

/// What tiles are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TileLayer {
    /// Grids and their labels.
    Grids,
    /// Borders of grids and of what they lie in, each once.
    Borders,
    /// Atoms.
    Atoms,
    /// Jurisdictions and their labels.
    Jurisdictions,
    /// Streets, rivers, railways and walls.
    Streets,
    /// Footprints of buildings.
    Buildings,
    /// How many live where, by hexagons.
    Cells,
    /// What was found, settled or repaired.
    Findings,
    /// What residents and officers reported.
    Reports,
}

impl TileLayer {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Grids,
        Self::Borders,
        Self::Atoms,
        Self::Jurisdictions,
        Self::Streets,
        Self::Buildings,
        Self::Cells,
        Self::Findings,
        Self::Reports,
    ];

    /// The word in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Grids => "grids",
            Self::Borders => "borders",
            Self::Atoms => "atoms",
            Self::Jurisdictions => "jurisdictions",
            Self::Streets => "streets",
            Self::Buildings => "buildings",
            Self::Cells => "cells",
            Self::Findings => "findings",
            Self::Reports => "reports",
        }
    }
}

/// The largest number a grid has in tiles: forty bits, which six bytes hold and every client counts exactly.
const MOST_ID: u64 = (1 << 40) - 1;
/// Tiles beyond this zoom are drawn from those of it.
pub(super) const DEEPEST_USEFUL_ZOOM: u8 = 16;
/// More changed tiles than these are not listed: all are read again.
const MOST_CHANGED: usize = 5_000;

/// What a change of what is in force does to the tiles of grids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TileChanges {
    /// The version of the tiles before.
    pub from: String,
    /// And now.
    pub to: String,
    /// Tiles that are others now; `None` where any may be.
    pub tiles: Option<Vec<TileId>>,
}

/// How much tiles say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TileDetail {
    /// Counts of households and persons too.
    Full,
    /// What everybody may know.
    Public,
}

/// One source for each layer and detail, made when first asked for.
#[derive(Debug, Default)]
pub(super) struct Tiles {
    coverage: [OnceLock<Coverage>; 2],
    grids: [OnceLock<Numbered>; 2],
    borders: [OnceLock<Numbered>; 2],
    atoms: [OnceLock<Numbered>; 2],
    jurisdictions: OnceLock<Numbered>,
    streets: OnceLock<Numbered>,
    cells: [Ladder; 2],
    /// One for each reach that asked.
    pub(super) findings: Mutex<Vec<(Reach, Arc<Numbered>)>>,
}

type Make = fn(&Generation, TileDetail) -> Vec<Layer>;

impl Generation {
    /// The tile source of a layer at a zoom. The first call makes it: O(n) in the points of the layer.
    pub(super) fn tile_source(&self, layer: TileLayer, detail: TileDetail, zoom: u8) -> &Numbered {
        if layer == TileLayer::Cells {
            return self.tiles().cells[detail as usize].at(zoom, |size| self.cell_layer(detail, size));
        }
        let (cell, make) = self.tile_cell(layer, detail);
        cell.get_or_init(|| Numbered::new(TileSource::new(make(self, detail))))
    }

    /// The tile source of a layer at a zoom, if it is made; none for what is no part of a generation.
    pub(super) fn made_tile_source(&self, layer: TileLayer, detail: TileDetail, zoom: u8) -> Option<&Numbered> {
        match layer {
            TileLayer::Buildings | TileLayer::Findings | TileLayer::Reports => None,
            TileLayer::Cells => self.tiles().cells[detail as usize].made(zoom),
            _ => self.tile_cell(layer, detail).0.get(),
        }
    }

    fn tile_cell(&self, layer: TileLayer, detail: TileDetail) -> (&OnceLock<Numbered>, Make) {
        match layer {
            TileLayer::Grids => (&self.tiles().grids[detail as usize], Self::grid_layers),
            TileLayer::Borders => (&self.tiles().borders[detail as usize], Self::border_layers),
            TileLayer::Atoms => (&self.tiles().atoms[detail as usize], Self::atom_layers),
            // buildings are no part of a generation, findings are asked for by reach, and cells by zoom
            TileLayer::Jurisdictions
            | TileLayer::Buildings
            | TileLayer::Cells
            | TileLayer::Findings
            | TileLayer::Reports => (&self.tiles().jurisdictions, Self::jurisdiction_layers),
            TileLayer::Streets => (&self.tiles().streets, Self::line_layers),
        }
    }

    /// Whether `word` is [`Self::tiles_version`].
    pub fn has_tiles_version(&self, detail: TileDetail, word: &str) -> bool {
        match detail {
            TileDetail::Full => word == self.version(),
            TileDetail::Public => word.strip_suffix(".public") == Some(self.version()),
        }
    }

    /// The version of its tiles: another word for each detail, so that no cache gives one for the other.
    pub fn tiles_version(&self, detail: TileDetail) -> String {
        match detail {
            TileDetail::Full => self.version().to_owned(),
            TileDetail::Public => format!("{}.public", self.version()),
        }
    }

    fn grid_layers(&self, detail: TileDetail) -> Vec<Layer> {
        let coverage = self.grid_coverage(detail);
        let mut labels = grid_labels(detail);
        for (grid, id) in self.grids().iter().zip(self.grid_ids()) {
            let values = grid_values(&grid.record, detail);
            let finest = (0..=MAX_ZOOM).find(|&zoom| coverage.level_at(zoom) == 0).unwrap_or(0);
            labels.point_within(id, values, grid.record.label, finest..=MAX_ZOOM);
        }
        for (level, name) in (1..coverage.levels()).zip(self.levels_up()) {
            let shown: Vec<u8> = (0..=MAX_ZOOM).filter(|&zoom| coverage.level_at(zoom) == level).collect();
            let (Some(&first), Some(&last)) = (shown.first(), shown.last()) else { continue };
            for (node, id) in self.tree().nodes().iter().zip(1_u64..) {
                if let Some(label) = node.label.filter(|_| node.jurisdiction.level == name) {
                    labels.point_within(id, node_values(node, detail), label, first..=last);
                }
            }
        }
        vec![coverage.shapes(), labels.build()]
    }

    /// For each grid the number it has in tiles: the same in every generation it is in, whatever others there are.
    fn grid_ids(&self) -> Vec<u64> {
        let mut taken = HashSet::new();
        self.grids().iter().map(|grid| free_id(&mut taken, &grid.record.code)).collect()
    }

    /// Which tiles of grids are others in a newer generation, where both have been asked for tiles. O(points of both).
    pub(super) fn tile_changes(&self, newer: &Self, detail: TileDetail) -> Option<TileChanges> {
        let before = self.tiles().coverage[detail as usize].get()?;
        let after = newer.grid_coverage(detail);
        let (from, to) = (self.tiles_version(detail), newer.tiles_version(detail));
        let changes = before.changes(after, 0..=DEEPEST_USEFUL_ZOOM);
        let mut tiles: BTreeSet<TileId> = changes.tiles.into_iter().collect();
        let zooms = || (0..=DEEPEST_USEFUL_ZOOM).filter(|zoom| !changes.whole_zooms.contains(zoom));
        let grids: HashMap<u64, _> = newer.grid_ids().into_iter().zip(newer.grids()).collect();
        for Restated { level, id } in changes.restated {
            let of_node = || newer.tree().nodes().get(usize::try_from(id).ok()?.checked_sub(1)?)?.envelope;
            let envelope = if level == 0 { grids.get(&id).map(|grid| grid.envelope) } else { of_node() };
            for zoom in zooms().filter(|&zoom| level == 0 || after.shows(level, zoom)) {
                tiles.extend(envelope.iter().flat_map(|envelope| TileId::meeting(zoom, envelope)));
                if tiles.len() > MOST_CHANGED {
                    break;
                }
            }
        }
        // a label may move to where no border does
        let moved = self.grids().iter().zip(self.grid_ids()).filter_map(|(grid, id)| {
            let now = grids.get(&id)?.record.label;
            (now != grid.record.label).then_some([Some(grid.record.label), Some(now)])
        });
        let nodes: HashMap<&str, &Node> =
            newer.tree().nodes().iter().map(|node| (&*node.jurisdiction.code, node)).collect();
        let moved_nodes = self.tree().nodes().iter().filter_map(|node| {
            let now = nodes.get(&*node.jurisdiction.code)?.label;
            (now != node.label).then_some([node.label, now])
        });
        for label in moved.chain(moved_nodes).flatten().flatten() {
            tiles.extend(zooms().filter_map(|zoom| TileId::holding(zoom, label).ok()));
        }
        let told = changes.whole_zooms.is_empty() && tiles.len() <= MOST_CHANGED;
        for layer in [TileLayer::Grids, TileLayer::Borders].into_iter().filter(|_| told) {
            if let Some(older) = self.made_tile_source(layer, detail, 0) {
                newer.tile_source(layer, detail, 0).follow(older, tiles.iter().copied(), DEEPEST_USEFUL_ZOOM);
            }
        }
        Some(TileChanges { from, to, tiles: told.then(|| tiles.into_iter().collect()) })
    }

    fn border_layers(&self, detail: TileDetail) -> Vec<Layer> {
        vec![self.grid_coverage(detail).borders("borders")]
    }

    /// Numbers of the levels of jurisdictions, the lowest (with the largest number) first.
    fn levels_up(&self) -> impl Iterator<Item = u8> {
        let lowest = self.tree().nodes().iter().map(|node| node.jurisdiction.level).max().unwrap_or(0);
        (1..=lowest).rev()
    }

    /// The grids, and above them the jurisdictions they lie in, which stand for them at low zooms.
    fn grid_coverage(&self, detail: TileDetail) -> &Coverage {
        self.tiles().coverage[detail as usize].get_or_init(|| self.make_grid_coverage(detail))
    }

    fn make_grid_coverage(&self, detail: TileDetail) -> Coverage {
        let mut builder = grid_shapes(detail);
        let full = detail == TileDetail::Full;
        for (grid, id) in self.grids().iter().zip(self.grid_ids()) {
            let record = &grid.record;
            let mut values = grid_values(record, detail);
            values.extend(full.then(|| Value::from(record.population)));
            values.extend([Value::from(&*record.jurisdiction), Value::Absent, Value::Absent]);
            builder.shape(id, values, &record.shape);
        }
        // as far up as every grid goes
        let nodes = self.tree().nodes();
        let place: HashMap<&str, u32> = nodes.iter().map(|node| node.jurisdiction.code.as_str()).zip(0..).collect();
        let mut below: Vec<Option<u32>> =
            self.grids().iter().map(|grid| place.get(grid.record.jurisdiction.as_str()).copied()).collect();
        for level in self.levels_up() {
            let at_level = |node: &&u32| nodes[**node as usize].jurisdiction.level == level;
            if !below.iter().all(|node| node.as_ref().is_some_and(|node| at_level(&node))) {
                break;
            }
            let mut own: Vec<u32> = below.iter().flatten().copied().collect();
            own.sort_unstable();
            own.dedup();
            let parents = below.iter().flatten().map(|node| own.partition_point(|other| other < node) as u32).collect();
            let feature = |&node: &u32| {
                let of = &nodes[node as usize];
                let mut values = node_values(of, detail);
                values.extend(full.then(|| Value::from(of.tally.population)));
                let tally = &of.tally;
                values.extend([
                    Value::from(&*of.jurisdiction.code),
                    Value::from(tally.grids),
                    Value::from(tally.under + tally.over),
                ]);
                (u64::from(node) + 1, values)
            };
            let added = builder.level(level_word(level), own.iter().map(feature).collect(), parents);
            debug_assert!(added.is_ok(), "{added:?}");
            let parent = |node: &u32| place.get(nodes[*node as usize].jurisdiction.parent.as_deref()?).copied();
            below = own.iter().map(parent).collect();
        }
        builder.build().unwrap_or_else(|error| {
            tracing::error!(%error, "grids are drawn without any");
            no_grids(detail)
        })
    }

    fn atom_layers(&self, detail: TileDetail) -> Vec<Layer> {
        let full = detail == TileDetail::Full;
        let mut atoms: Vec<(Vec<Value>, &MultiPolygon)> = Vec::new();
        for from in self.published() {
            let dataset = &from.import.dataset;
            for (atom, owner) in dataset.atoms.iter().zip(&from.owners) {
                let unit = &dataset.jurisdictions[atom.unit.0 as usize].code;
                if !self.deciding(unit).is_some_and(|deciding| std::sync::Arc::ptr_eq(deciding, from)) {
                    continue;
                }
                let grid = owner.map(|owner| from.grids[owner as usize].record.code.as_str());
                let mut values = vec![Value::from(&*atom.code), Value::from(atom.kind.name())];
                if full {
                    values.push(Value::from(atom.households.map(u64::from)));
                    values.push(Value::from(atom.population.map(u64::from)));
                    values.push(Value::from(origin_word(atom)));
                }
                values.extend([Value::from(unit.as_str()), Value::from(grid)]);
                atoms.push((values, &atom.shape));
            }
        }
        let mut shapes = atom_shapes(detail);
        for ((values, shape), id) in atoms.iter().zip(1..) {
            shapes.shape(id, values.clone(), shape);
        }
        let one_by_one = |error: CoverageError| {
            // those of two imports may meet where neither has a vertex of the other
            tracing::warn!(%error, "atoms are drawn one by one");
            let mut polygons = LayerBuilder::polygons("atoms", atom_fields(detail)).from_zoom(ATOMS_FROM_ZOOM);
            for ((values, shape), id) in atoms.into_iter().zip(1..) {
                polygons.polygon(id, values, shape);
            }
            polygons.build()
        };
        vec![shapes.build().map_or_else(one_by_one, |coverage| coverage.shapes())]
    }

    fn jurisdiction_layers(&self, _: TileDetail) -> Vec<Layer> {
        let values = |Jurisdiction { code, name, level, level_name, .. }: &Jurisdiction| {
            vec![Value::from(&**code), Value::from(&**name), Value::from(u64::from(*level)), Value::from(&**level_name)]
        };
        let mut labels = jurisdiction_labels();
        let nodes = self.tree().nodes().iter().zip(1_u64..);
        for (node, id) in nodes.clone() {
            if let Some(label) = node.label {
                labels.point(id, values(&node.jurisdiction), label);
            }
        }
        let mut shapes = NestBuilder::new("jurisdictions", JURISDICTION_FIELDS.to_vec());
        for level in self.levels_up().collect::<Vec<_>>().into_iter().rev() {
            shapes.level();
            for (node, id) in nodes.clone().filter(|(node, _)| node.jurisdiction.level == level) {
                shapes.shape(id, values(&node.jurisdiction), &node.shape);
            }
        }
        let one_by_one = |error: CoverageError| {
            tracing::warn!(%error, "jurisdictions are drawn one by one");
            let mut polygons = jurisdiction_polygons();
            for (node, id) in nodes {
                polygons.polygon(id, values(&node.jurisdiction), &node.shape);
            }
            polygons.build()
        };
        vec![shapes.build().unwrap_or_else(one_by_one), labels.build()]
    }
}

/// The number a grid has in tiles, by what it is called for good: the same wherever it stands, unless an earlier one has it.
pub(super) fn free_id(taken: &mut HashSet<u64>, name: &str) -> u64 {
    let mut id = XxHash3_64::oneshot(name.as_bytes()) & MOST_ID;
    while !taken.insert(id) {
        id = (id + 1) & MOST_ID;
    }
    id
}

/// As a shape says its level: `0` for grids, for jurisdictions the number of theirs, 1 at the top.
const fn level_word(level: u8) -> &'static str {
    const WORDS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
    WORDS[if level > 9 { 9 } else { level as usize }]
}

/// In the order of [`grid_fields`].
fn grid_values(record: &GridRecord, detail: TileDetail) -> Vec<Value> {
    let mut values = vec![Value::from(&*record.code), Value::from(&*record.name), Value::from(record.status.as_str())];
    values.extend((detail == TileDetail::Full).then(|| Value::from(record.households)));
    values
}

/// The same for a jurisdiction, which has no status.
fn node_values(node: &Node, detail: TileDetail) -> Vec<Value> {
    let own = &node.jurisdiction;
    let mut values = vec![Value::from(&*own.code), Value::from(&*own.name), Value::Absent];
    values.extend((detail == TileDetail::Full).then(|| Value::from(node.tally.households)));
    values
}

/// Where the number that an atom is known by comes from; `None` when there is no number.
fn origin_word(atom: &Atom) -> Option<&'static str> {
    let origin = match (atom.households, atom.population) {
        (Some(_), _) => &atom.households_origin,
        (None, Some(_)) => &atom.population_origin,
        (None, None) => return None,
    };
    Some(if *origin == Origin::Counted { "counted" } else { "estimated" })
}

/// The layers of a source without features: what they are called and what their features say.
pub(super) fn empty_layers(layer: TileLayer, detail: TileDetail) -> Vec<Layer> {
    let builders = match layer {
        TileLayer::Grids => return vec![no_grids(detail).shapes(), grid_labels(detail).build()],
        TileLayer::Borders => return vec![no_grids(detail).borders("borders")],
        TileLayer::Atoms => return vec![no_atoms(detail)],
        TileLayer::Jurisdictions => vec![jurisdiction_polygons(), jurisdiction_labels()],
        TileLayer::Streets => return street_layers([]),
        TileLayer::Buildings => return building_layers(&[], detail),
        TileLayer::Cells => vec![cell_polygons(detail)],
        TileLayer::Findings => return finding_layers(&[]),
        TileLayer::Reports => return report_layers(&[]),
    };
    builders.into_iter().map(LayerBuilder::build).collect()
}

const GRID_FIELDS: [Field; 3] = [
    Field::text("code", "code of the grid"),
    Field::text("name", "name of the grid"),
    Field::text("status", "in_band, under, over, uninhabited or unknown; a jurisdiction has none"),
];
const JURISDICTION_FIELDS: [Field; 4] = [
    Field::text("code", "code of the jurisdiction"),
    Field::text("name", "name of the jurisdiction"),
    Field::number("level", "1 is the top level"),
    Field::text("level_name", "what the level is called"),
];

/// As `own()` of [`Generation::grid_layers`] has them.
fn grid_fields(detail: TileDetail) -> Vec<Field> {
    let mut fields = GRID_FIELDS.to_vec();
    fields.extend((detail == TileDetail::Full).then(|| Field::number("households", "households in it")));
    fields
}

fn grid_shapes(detail: TileDetail) -> CoverageBuilder {
    let mut fields = grid_fields(detail);
    fields.extend((detail == TileDetail::Full).then(|| Field::number("population", "persons in it, where known")));
    fields.extend([
        Field::text("jurisdiction", "code of its lowest jurisdiction; of a jurisdiction, its own"),
        Field::number("grids", "of a jurisdiction that stands for its grids at low zooms: how many"),
        Field::number("outside", "of such a jurisdiction: how many of them are outside the band"),
    ]);
    CoverageBuilder::new("grids", level_word(0), fields)
}

fn no_grids(detail: TileDetail) -> Coverage {
    grid_shapes(detail).build().expect("nothing is a coverage")
}

fn grid_labels(detail: TileDetail) -> LayerBuilder {
    LayerBuilder::points("grid_labels", grid_fields(detail))
}

fn atom_shapes(detail: TileDetail) -> CoverageBuilder {
    CoverageBuilder::new("atoms", "atom", atom_fields(detail)).from_zoom(ATOMS_FROM_ZOOM)
}

fn no_atoms(detail: TileDetail) -> Layer {
    atom_shapes(detail).build().expect("nothing is a coverage").shapes()
}

fn atom_fields(detail: TileDetail) -> Vec<Field> {
    let mut fields = vec![
        Field::text("code", "code of the atom"),
        Field::text("kind", "area, building, unit, open, green or water"),
    ];
    if detail == TileDetail::Full {
        fields.push(Field::number("households", "households in it, where known"));
        fields.push(Field::number("population", "persons in it, where known"));
        fields.push(Field::text("origin", "counted or estimated: where these numbers come from"));
    }
    fields.extend([
        Field::text("jurisdiction", "code of its lowest jurisdiction"),
        Field::text("grid", "code of the grid that holds it"),
    ]);
    fields
}

fn jurisdiction_polygons() -> LayerBuilder {
    LayerBuilder::polygons("jurisdictions", JURISDICTION_FIELDS.to_vec())
}

fn jurisdiction_labels() -> LayerBuilder {
    LayerBuilder::points("jurisdiction_labels", JURISDICTION_FIELDS.to_vec())
}
