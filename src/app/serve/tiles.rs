//! The tile sources of a generation.

use std::sync::{Arc, Mutex, OnceLock};

use crate::app::access::Reach;
use crate::atom::{Atom, Origin};
use crate::geom::MultiPolygon;
use crate::tile::{Field, Layer, LayerBuilder, TileSource, Value};

use super::cells::{Ladder, cell_polygons};
use super::generation::Generation;
use super::ground::{building_layers, finding_layers, street_layers};
use super::kept::Numbered;

/// Atoms are left out of tiles below this zoom: there a building is under a pixel, and a tile of a city's atoms would
/// weigh megabytes.
const ATOMS_FROM_ZOOM: u8 = 11;

/// What tiles are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TileLayer {
    /// Grids and their labels.
    Grids,
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
}

impl TileLayer {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Grids, Self::Atoms, Self::Jurisdictions, Self::Streets, Self::Buildings, Self::Cells, Self::Findings];

    /// The word in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Grids => "grids",
            Self::Atoms => "atoms",
            Self::Jurisdictions => "jurisdictions",
            Self::Streets => "streets",
            Self::Buildings => "buildings",
            Self::Cells => "cells",
            Self::Findings => "findings",
        }
    }
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
    grids: [OnceLock<Numbered>; 2],
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
            TileLayer::Buildings | TileLayer::Findings => None,
            TileLayer::Cells => self.tiles().cells[detail as usize].made(zoom),
            _ => self.tile_cell(layer, detail).0.get(),
        }
    }

    fn tile_cell(&self, layer: TileLayer, detail: TileDetail) -> (&OnceLock<Numbered>, Make) {
        match layer {
            TileLayer::Grids => (&self.tiles().grids[detail as usize], Self::grid_layers),
            TileLayer::Atoms => (&self.tiles().atoms[detail as usize], Self::atom_layers),
            // buildings are no part of a generation, findings are asked for by reach, and cells by zoom
            TileLayer::Jurisdictions | TileLayer::Buildings | TileLayer::Cells | TileLayer::Findings => {
                (&self.tiles().jurisdictions, Self::jurisdiction_layers)
            }
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
        let full = detail == TileDetail::Full;
        let mut shapes = grid_polygons(detail);
        let mut labels = grid_labels(detail);
        for (position, grid) in self.grids().iter().enumerate() {
            let (id, record) = (position as u64 + 1, &grid.record);
            let own = || -> Vec<Value> {
                let mut values =
                    vec![Value::from(&*record.code), Value::from(&*record.name), Value::from(record.status.as_str())];
                values.extend(full.then(|| Value::from(record.households)));
                values
            };
            labels.point(id, own(), record.label);
            let mut values = own();
            values.extend(full.then(|| Value::from(record.population)));
            values.push(Value::from(&*record.jurisdiction));
            shapes.polygon(id, values, &record.shape);
        }
        vec![shapes.build(), labels.build()]
    }

    fn atom_layers(&self, detail: TileDetail) -> Vec<Layer> {
        let full = detail == TileDetail::Full;
        let mut shapes = atom_polygons(detail);
        let mut id = 0;
        for from in self.published() {
            let dataset = &from.import.dataset;
            for (atom, owner) in dataset.atoms.iter().zip(&from.owners) {
                let unit = &dataset.jurisdictions[atom.unit.0 as usize].code;
                if !self.deciding(unit).is_some_and(|deciding| std::sync::Arc::ptr_eq(deciding, from)) {
                    continue;
                }
                id += 1;
                let grid = owner.map(|owner| from.grids[owner as usize].record.code.as_str());
                let mut values = vec![Value::from(&*atom.code), Value::from(atom.kind.name())];
                if full {
                    values.push(Value::from(atom.households.map(u64::from)));
                    values.push(Value::from(atom.population.map(u64::from)));
                    values.push(Value::from(origin_word(atom)));
                }
                values.extend([Value::from(unit.as_str()), Value::from(grid)]);
                shapes.polygon(id, values, &atom.shape);
            }
        }
        vec![shapes.build()]
    }

    fn jurisdiction_layers(&self, _: TileDetail) -> Vec<Layer> {
        let mut shapes = jurisdiction_polygons();
        let mut labels = jurisdiction_labels();
        for (position, node) in self.tree().nodes().iter().enumerate() {
            let (id, jurisdiction, shape): (_, _, &MultiPolygon) =
                (position as u64 + 1, &node.jurisdiction, &node.shape);
            let values = || {
                vec![
                    Value::from(&*jurisdiction.code),
                    Value::from(&*jurisdiction.name),
                    Value::from(u64::from(jurisdiction.level)),
                    Value::from(&*jurisdiction.level_name),
                ]
            };
            shapes.polygon(id, values(), shape);
            if let Some(label) = node.label {
                labels.point(id, values(), label);
            }
        }
        vec![shapes.build(), labels.build()]
    }
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
        TileLayer::Grids => vec![grid_polygons(detail), grid_labels(detail)],
        TileLayer::Atoms => vec![atom_polygons(detail)],
        TileLayer::Jurisdictions => vec![jurisdiction_polygons(), jurisdiction_labels()],
        TileLayer::Streets => return street_layers([]),
        TileLayer::Buildings => return building_layers(&[], detail),
        TileLayer::Cells => vec![cell_polygons(detail)],
        TileLayer::Findings => return finding_layers(&[]),
    };
    builders.into_iter().map(LayerBuilder::build).collect()
}

const GRID_FIELDS: [Field; 3] = [
    Field::text("code", "code of the grid"),
    Field::text("name", "name of the grid"),
    Field::text("status", "in_band, under, over or uninhabited"),
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

fn grid_polygons(detail: TileDetail) -> LayerBuilder {
    let mut fields = grid_fields(detail);
    fields.extend((detail == TileDetail::Full).then(|| Field::number("population", "persons in it, where known")));
    fields.push(Field::text("jurisdiction", "code of its lowest jurisdiction"));
    LayerBuilder::polygons("grids", fields)
}

fn grid_labels(detail: TileDetail) -> LayerBuilder {
    LayerBuilder::points("grid_labels", grid_fields(detail))
}

fn atom_polygons(detail: TileDetail) -> LayerBuilder {
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
    LayerBuilder::polygons("atoms", fields).from_zoom(ATOMS_FROM_ZOOM)
}

fn jurisdiction_polygons() -> LayerBuilder {
    LayerBuilder::polygons("jurisdictions", JURISDICTION_FIELDS.to_vec())
}

fn jurisdiction_labels() -> LayerBuilder {
    LayerBuilder::points("jurisdiction_labels", JURISDICTION_FIELDS.to_vec())
}
