//! What lies under the grids: streets, buildings, and what was found or repaired, as tile sources.
//!
//! Streets are those the atoms in force were cut along; where they were cut along none, and for buildings always, the newest
//! inputs of the store are drawn.

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::app::access::Reach;
use crate::atom::{Feature, InputKind, Line, LineClass};
use crate::geom::Envelope;
use crate::store::{FindingRecord, InputRecord};
use crate::tile::{Field, Layer, LayerBuilder, TileId, TileSource, Value};

use super::generation::Generation;
use super::hex::hex;
use super::kept::{Coding, KeptTile, Numbered};
use super::tiles::{TileDetail, TileLayer};
use super::{App, ServeError};

/// A building is under a pixel below this zoom.
const BUILDINGS_FROM_ZOOM: u8 = 13;
/// Readers of findings whose tiles are kept ready.
const READERS_KEPT: usize = 8;

/// Something tiles are cut from, and its version.
#[derive(Debug, Clone)]
pub struct Sheet {
    version: String,
    from: Cut,
}

#[derive(Debug, Clone)]
enum Cut {
    Generation(Arc<Generation>, TileLayer, TileDetail),
    Findings(Arc<Generation>, Reach),
    Ready(Laid),
}

impl Sheet {
    /// Of one source that is made, with the box around what it draws.
    pub(super) fn ready(version: String, source: Arc<Numbered>, around: Option<Envelope>) -> Self {
        Self { version, from: Cut::Ready(Laid { source, boxes: around.into_iter().collect() }) }
    }

    /// A short word: tiles with the same word are the same bytes.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The box around what can be drawn; `None` when there is nothing, or it is not known without looking at all of it.
    pub fn envelope(&self) -> Option<Envelope> {
        match &self.from {
            // what lies under the grids may reach beyond them
            Cut::Generation(_, TileLayer::Streets, _) | Cut::Findings(..) => None,
            Cut::Generation(generation, ..) => generation.envelope(),
            Cut::Ready(laid) => laid.boxes.iter().copied().reduce(Envelope::union),
        }
    }

    /// The envelopes of its features; none for findings, which are no sheet of everybody's.
    pub(super) fn boxes(&self) -> Arc<[Envelope]> {
        match &self.from {
            Cut::Generation(generation, layer, _) => generation.boxes(*layer).into(),
            Cut::Findings(..) => Arc::default(),
            Cut::Ready(laid) => Arc::clone(&laid.boxes),
        }
    }

    /// What its tiles of a zoom are cut from; none for findings, which are no sheet of everybody's. The first call
    /// may make it on all threads of the pool, so none of these may ask.
    pub(super) fn source(&self, zoom: u8) -> Option<&Numbered> {
        match &self.from {
            Cut::Generation(generation, layer, detail) => Some(generation.tile_source(*layer, *detail, zoom)),
            Cut::Findings(..) => None,
            Cut::Ready(laid) => Some(&laid.source),
        }
    }
}

/// A tile source made of inputs, and the envelopes of its features. Copies share both.
#[derive(Debug, Clone)]
struct Laid {
    source: Arc<Numbered>,
    boxes: Arc<[Envelope]>,
}

/// Tile sources made of inputs.
#[derive(Debug, Default)]
pub(super) struct Ground {
    version: String,
    streets: Option<Laid>,
    buildings: [Option<Laid>; 2],
}

impl App {
    /// One tile of a sheet. The first call may make the source: O(n) in the points of the layer.
    pub fn tile(&self, sheet: &Sheet, id: TileId, coding: Coding) -> KeptTile {
        match &sheet.from {
            Cut::Generation(generation, layer, detail) => {
                self.kept_tiles().get(generation.tile_source(*layer, *detail, id.z()), id, coding)
            }
            Cut::Findings(generation, within) => self.kept_tiles().get(&generation.findings_source(within), id, coding),
            Cut::Ready(laid) => self.kept_tiles().get(&laid.source, id, coding),
        }
    }

    /// One tile of what is in force now, if it is kept; never waits. With it whether `version` is that of the tiles now.
    pub fn tile_at_once(
        &self,
        layer: TileLayer,
        detail: TileDetail,
        id: TileId,
        coding: Coding,
        version: Option<&str>,
    ) -> Option<(KeptTile, bool)> {
        let (generation, _) = self.at_hand(self.clock().now_ms())?;
        if layer == TileLayer::Streets && !generation.has_lines() {
            return None;
        }
        let source = generation.made_tile_source(layer, detail, id.z())?;
        // those of a while ago may still be asked for by name
        if version.is_some_and(|version| !generation.has_tiles_version(detail, version)) {
            return None;
        }
        let tile = self.kept_tiles().at_once(source, id, coding)?;
        Some((tile, version.is_some()))
    }

    /// What was in force when tiles had this version, while it is at hand. What is still to come is nobody's to see.
    fn generation_of_tiles(&self, detail: TileDetail, version: &str) -> Option<Arc<Generation>> {
        let now_ms = self.clock().now_ms();
        let kept = self.generations();
        let named = kept.iter().find(|generation| generation.has_tiles_version(detail, version))?;
        let began = |published: &Arc<super::Published>| published.publication.effective_ms <= now_ms;
        named.published().iter().all(began).then(|| Arc::clone(named))
    }

    /// What tiles of a layer are cut from: the grids in force, or what lies under them. `insight`: whether the caller may see
    /// what is not in force; `within`: where it reads findings. `version`: of which tiles, where those of a while ago are asked for
    /// by name and still at hand; what is in force now otherwise.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn sheet(
        &self,
        layer: TileLayer,
        detail: TileDetail,
        insight: bool,
        within: &Reach,
        version: Option<&str>,
    ) -> Result<Option<Sheet>, ServeError> {
        let named = version.and_then(|version| self.generation_of_tiles(detail, version));
        let generation = match named {
            Some(generation) => Some(generation),
            None => self.current().await?,
        };
        if generation.is_none() && !insight {
            return Ok(None);
        }
        self.sheet_of(generation, layer, detail, within).await
    }

    /// What tiles of a layer are cut from where this is in force.
    pub(super) async fn sheet_of(
        &self,
        generation: Option<Arc<Generation>>,
        layer: TileLayer,
        detail: TileDetail,
        within: &Reach,
    ) -> Result<Option<Sheet>, ServeError> {
        let of_inputs = match (layer, &generation) {
            (TileLayer::Buildings, _) | (TileLayer::Streets, None) => true,
            (TileLayer::Streets, Some(generation)) => !generation.has_lines(),
            _ => false,
        };
        if of_inputs {
            return self.ground(layer, detail).await.map(Some);
        }
        let Some(generation) = generation else { return Ok(None) };
        let version = generation.tiles_version(detail);
        Ok(Some(if layer == TileLayer::Findings {
            Sheet {
                version: format!("{version}.{}", reach_word(within)),
                from: Cut::Findings(generation, within.clone()),
            }
        } else {
            Sheet { version, from: Cut::Generation(generation, layer, detail) }
        }))
    }

    async fn ground(&self, layer: TileLayer, detail: TileDetail) -> Result<Sheet, ServeError> {
        let records = self.input_records();
        let streets = layer == TileLayer::Streets;
        let newest = newest(&records, if streets { InputKind::Streets } else { InputKind::Buildings });
        let version = version(&records);
        // one at a time, so that none is read twice
        let mut ground = self.ground_shelf().lock().await;
        if ground.version != version {
            *ground = Ground { version: version.clone(), ..Ground::default() };
        }
        let word = match detail {
            TileDetail::Full => version,
            TileDetail::Public => format!("{version}.public"),
        };
        let kept = if streets { &mut ground.streets } else { &mut ground.buildings[detail as usize] };
        let laid = if let Some(laid) = kept {
            laid.clone()
        } else {
            let (mut lines, mut features) = (Vec::new(), Vec::new());
            for record in newest {
                if streets {
                    lines.extend(self.store().lines(record.id).await?);
                } else {
                    features.extend(self.store().features(record.id).await?);
                }
            }
            let made = tokio::task::spawn_blocking(move || {
                let layers = if streets { street_layers(&lines) } else { building_layers(&features, detail) };
                let of_lines = lines.iter().filter_map(|line| Envelope::of(line.points.iter().copied()));
                let of_features = features.iter().filter_map(|feature| feature.shape.envelope());
                Laid {
                    source: Arc::new(Numbered::new(TileSource::new(layers))),
                    boxes: of_lines.chain(of_features).collect(),
                }
            });
            let made = made.await.map_err(|error| ServeError::Lost(error.to_string()))?;
            kept.insert(made).clone()
        };
        Ok(Sheet { version: word, from: Cut::Ready(laid) })
    }
}

/// The inputs of a kind that count: of each source the newest, oldest first.
fn newest(records: &[InputRecord], kind: InputKind) -> Vec<&InputRecord> {
    let mut by_source: BTreeMap<&str, &InputRecord> = BTreeMap::new();
    for record in records.iter().filter(|record| record.kind == kind) {
        by_source.insert(&record.source, record);
    }
    let mut newest: Vec<_> = by_source.into_values().collect();
    newest.sort_by_key(|record| record.id);
    newest
}

fn version(records: &[InputRecord]) -> String {
    let mut hash = Sha256::new();
    for record in records {
        hash.update(record.id.to_le_bytes());
        hash.update(record.content_hash.as_bytes());
    }
    let last = records.last().map_or(0, |record| record.id);
    format!("i{last}.{}", hex(&hash.finalize()[..6]))
}

/// Stands for a reach, so that no cache gives the findings of one for those of another.
pub(super) fn reach_word(within: &Reach) -> String {
    match within {
        Reach::Everything => "all".to_owned(),
        Reach::Within(codes) => {
            let mut hash = Sha256::new();
            for code in codes {
                hash.update((code.len() as u64).to_le_bytes());
                hash.update(code.as_bytes());
            }
            hex(&hash.finalize()[..6])
        }
    }
}

impl Generation {
    /// Whether the atoms in force were cut along lines.
    fn has_lines(&self) -> bool {
        self.imports().iter().any(|import| !import.dataset.lines.is_empty())
    }

    pub(super) fn line_layers(&self, _: TileDetail) -> Vec<Layer> {
        let imports = self.imports();
        street_layers(imports.iter().flat_map(|import| &import.dataset.lines))
    }

    /// Findings within a reach.
    fn findings_source(&self, within: &Reach) -> Arc<Numbered> {
        // a panic in between leaves sources that are as good as before
        let mut kept = self.tiles().findings.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((_, source)) = kept.iter().find(|(reach, _)| reach == within) {
            return Arc::clone(source);
        }
        let source = Arc::new(Numbered::new(TileSource::new(finding_layers(&self.coverage(within).findings))));
        if kept.len() >= READERS_KEPT {
            kept.remove(0);
        }
        kept.push((within.clone(), Arc::clone(&source)));
        source
    }
}

/// The first zoom at which lines of a class are drawn: the more it divides, the earlier.
fn first_zoom(class: LineClass) -> u8 {
    match class {
        LineClass::River | LineClass::Rail | LineClass::Arterial => 9,
        LineClass::Street => 12,
        LineClass::Path | LineClass::Wall => 14,
    }
}

pub(super) fn street_layers<'a>(lines: impl IntoIterator<Item = &'a Line>) -> Vec<Layer> {
    let fields = vec![
        Field::text("class", "river, rail, arterial, street, path or wall"),
        Field::text("name", "its name, where it has one"),
    ];
    let mut layer = LayerBuilder::lines("streets", fields).from_zoom(first_zoom(LineClass::River));
    for (line, id) in lines.into_iter().zip(1_u64..) {
        let values = vec![Value::from(line.class.name()), Value::from(line.name.as_deref())];
        layer.line(id, values, &line.points, first_zoom(line.class));
    }
    vec![layer.build()]
}

pub(super) fn building_layers(features: &[Feature], detail: TileDetail) -> Vec<Layer> {
    let full = detail == TileDetail::Full;
    let mut fields = vec![
        Field::text("code", "code of the building"),
        Field::text("class", "what it is, in the words of its source"),
    ];
    if full {
        fields.push(Field::number("households", "households in it, where the source counts them"));
        fields.push(Field::number("population", "persons in it, where the source counts them"));
    }
    let mut layer = LayerBuilder::polygons("buildings", fields).from_zoom(BUILDINGS_FROM_ZOOM);
    for (feature, id) in features.iter().zip(1_u64..) {
        let mut values = vec![Value::from(&*feature.code), Value::from(feature.class.as_deref())];
        if full {
            values.push(Value::from(feature.households.map(u64::from)));
            values.push(Value::from(feature.population.map(u64::from)));
        }
        layer.polygon(id, values, &feature.shape);
    }
    vec![layer.build()]
}

pub(super) fn finding_layers(findings: &[FindingRecord]) -> Vec<Layer> {
    let fields = || {
        vec![
            Field::text("code", "number of the finding, as /v1/coverage has it"),
            Field::text("kind", "gap, gap_closed, gap_split, overlap_settled and so on"),
            Field::number("area_m2", "area in whole square metres"),
        ]
    };
    let mut shapes = LayerBuilder::polygons("findings", fields());
    let mut points = LayerBuilder::points("finding_points", fields());
    for record in findings {
        let (finding, id) = (&record.finding, record.id.unsigned_abs());
        let values = || {
            vec![
                Value::from(&*record.id.to_string()),
                Value::from(&*finding.kind),
                Value::from(finding.area_m2.max(0.0).round() as u64),
            ]
        };
        points.point(id, values(), finding.point);
        if let Some(shape) = &finding.shape {
            shapes.polygon(id, values(), shape);
        }
    }
    vec![shapes.build(), points.build()]
}
