//! Vector tiles as bytes (MVT 2.1, §4), features appended one by one.
//!
//! The rings of a coverage's shapes come as runs of spots that are walked forward or backward, so they are written straight into
//! the layer: no copy of a shape is made.

use super::cut::Spot;

/// Fields of the messages, with their wire types (`vector_tile.proto` of MVT 2.1).
const TILE_LAYER: u8 = 3 << 3 | 2;
const LAYER_NAME: u8 = 1 << 3 | 2;
const LAYER_FEATURE: u8 = 2 << 3 | 2;
const LAYER_KEY: u8 = 3 << 3 | 2;
const LAYER_VALUE: u8 = 4 << 3 | 2;
const LAYER_EXTENT: u8 = 5 << 3;
const LAYER_VERSION: u8 = 15 << 3;
const FEATURE_ID: u8 = 1 << 3;
const FEATURE_TAGS: u8 = 2 << 3 | 2;
const FEATURE_TYPE: u8 = 3 << 3;
const FEATURE_GEOMETRY: u8 = 4 << 3 | 2;
const VALUE_STRING: u8 = 1 << 3 | 2;
const VALUE_UINT: u8 = 5 << 3;

/// Kinds of geometry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Drawn {
    Points = 1,
    Lines = 2,
    Polygons = 3,
}

const MOVE_TO: u32 = 1;
const LINE_TO: u32 = 2;
const CLOSE_PATH: u8 = 1 << 3 | 7;

pub(super) fn varint(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn zigzag(number: i32) -> u32 {
    ((number << 1) ^ (number >> 31)) as u32
}

fn message(bytes: &mut Vec<u8>, field: u8, content: &[u8]) {
    bytes.push(field);
    varint(bytes, content.len() as u64);
    bytes.extend_from_slice(content);
}

/// A text as a value of a layer.
pub(super) fn text_value(text: &str) -> Vec<u8> {
    let mut value = Vec::with_capacity(text.len() + 4);
    message(&mut value, VALUE_STRING, text.as_bytes());
    framed_value(&value)
}

/// A whole number as a value of a layer.
pub(super) fn number_value(number: u64) -> Vec<u8> {
    let mut value = vec![VALUE_UINT];
    varint(&mut value, number);
    framed_value(&value)
}

fn framed_value(value: &[u8]) -> Vec<u8> {
    let mut framed = Vec::with_capacity(value.len() + 4);
    message(&mut framed, LAYER_VALUE, value);
    framed
}

/// The commands of one feature.
#[derive(Debug, Default)]
pub(super) struct Pen {
    bytes: Vec<u8>,
    at: Spot,
}

impl Pen {
    /// Takes everything off.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.at = (0, 0);
    }

    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    fn to(&mut self, (x, y): Spot) {
        let (dx, dy) = (zigzag(x - self.at.0), zigzag(y - self.at.1));
        self.at = (x, y);
        if dx < 0x80 && dy < 0x80 {
            self.bytes.extend_from_slice(&[dx as u8, dy as u8]);
        } else if dx < 0x4000 && dy < 0x4000 {
            let low = |v: u32| v as u8 | 0x80;
            match (dx < 0x80, dy < 0x80) {
                (true, _) => self.bytes.extend_from_slice(&[dx as u8, low(dy), (dy >> 7) as u8]),
                (_, true) => self.bytes.extend_from_slice(&[low(dx), (dx >> 7) as u8, dy as u8]),
                _ => self.bytes.extend_from_slice(&[low(dx), (dx >> 7) as u8, low(dy), (dy >> 7) as u8]),
            }
        } else {
            varint(&mut self.bytes, u64::from(dx));
            varint(&mut self.bytes, u64::from(dy));
        }
    }

    /// One spot or more, each for itself.
    pub fn points(&mut self, spots: &[Spot]) {
        varint(&mut self.bytes, u64::from((spots.len() as u32) << 3 | MOVE_TO));
        for &spot in spots {
            self.to(spot);
        }
    }

    /// Starts a run of `count` spots, two or more: the first is moved to, lines lead to the others.
    pub fn run(&mut self, count: usize, mut spots: impl Iterator<Item = Spot>) {
        let Some(first) = spots.next() else { return };
        self.bytes.reserve(count * 4 + 8);
        self.bytes.push((1 << 3 | MOVE_TO) as u8);
        self.to(first);
        varint(&mut self.bytes, u64::from((count as u32 - 1) << 3 | LINE_TO));
        spots.for_each(|spot| self.to(spot));
    }

    /// A ring of `count` spots, the first not repeated.
    pub fn ring(&mut self, count: usize, spots: impl Iterator<Item = Spot>) {
        self.run(count, spots);
        self.bytes.push(CLOSE_PATH);
    }

    /// A ring of runs that are walked forward or backward, the last spot of each being the first of the next.
    pub fn ring_of<'a>(&mut self, runs: impl Iterator<Item = (&'a [Spot], bool)> + Clone) {
        let count = runs.clone().map(|(run, _)| run.len().saturating_sub(1)).sum::<usize>();
        if count < 3 {
            return;
        }
        self.bytes.reserve(count * 4 + 8);
        self.bytes.push((1 << 3 | MOVE_TO) as u8);
        let mut first = true;
        for (run, forward) in runs {
            let last = run.len() - 1;
            let mut start = 0;
            if first {
                first = false;
                self.to(if forward { run[0] } else { run[last] });
                varint(&mut self.bytes, u64::from((count as u32 - 1) << 3 | LINE_TO));
                start = 1;
            }
            if forward {
                run[start..last].iter().for_each(|&spot| self.to(spot));
            } else {
                run[1..=last - start].iter().rev().for_each(|&spot| self.to(spot));
            }
        }
        self.bytes.push(CLOSE_PATH);
    }
}

/// The features of one layer of a tile.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    features: Vec<u8>,
    values: Vec<u8>,
    value_count: u32,
    tags: Vec<u8>,
}

impl Chunk {
    /// An empty one with room for a tile of middling size: it is cut by one of many threads, which wait for one another whenever a list grows.
    pub fn with_room() -> Self {
        let room = Vec::with_capacity;
        Self { features: room(1 << 16), values: room(1 << 13), value_count: 0, tags: room(64) }
    }

    /// Adds a value to the table of the layer; its number.
    pub fn value(&mut self, framed: &[u8]) -> u32 {
        self.values.extend_from_slice(framed);
        self.value_count += 1;
        self.value_count - 1
    }

    /// Gives the feature that comes next a property.
    pub fn tag(&mut self, key: u32, value: u32) {
        varint(&mut self.tags, u64::from(key));
        varint(&mut self.tags, u64::from(value));
    }

    /// Appends a feature with the tags given since the one before.
    pub fn feature(&mut self, id: Option<u64>, drawn: Drawn, pen: &Pen) {
        let long = |number: u64| (64 - (number | 1).leading_zeros()).div_ceil(7) as usize;
        let (tags, geometry) = (self.tags.len(), pen.bytes.len());
        let tag_bytes = if tags == 0 { 0 } else { 1 + long(tags as u64) + tags };
        let id_bytes = id.map_or(0, |id| 1 + long(id));
        let length = id_bytes + tag_bytes + 2 + 1 + long(geometry as u64) + geometry;
        let bytes = &mut self.features;
        bytes.reserve(length + 8);
        bytes.push(LAYER_FEATURE);
        varint(bytes, length as u64);
        if let Some(id) = id {
            bytes.push(FEATURE_ID);
            varint(bytes, id);
        }
        if tags > 0 {
            message(bytes, FEATURE_TAGS, &self.tags);
        }
        bytes.extend_from_slice(&[FEATURE_TYPE, drawn as u8]);
        message(bytes, FEATURE_GEOMETRY, &pen.bytes);
        self.tags.clear();
    }

    /// Bytes of the features and values so far.
    pub fn bytes(&self) -> usize {
        self.features.len() + self.values.len()
    }

    /// The layer as a framed chunk of a tile; empty without features.
    pub fn finish<'a>(self, name: &str, keys: impl Iterator<Item = &'a str>) -> Vec<u8> {
        if self.features.is_empty() {
            return Vec::new();
        }
        let mut head = vec![LAYER_VERSION, 2];
        message(&mut head, LAYER_NAME, name.as_bytes());
        let mut tail = Vec::new();
        keys.for_each(|key| message(&mut tail, LAYER_KEY, key.as_bytes()));
        let mut extent = vec![LAYER_EXTENT];
        varint(&mut extent, super::mercator::EXTENT as u64);
        let length = head.len() + self.features.len() + tail.len() + self.values.len() + extent.len();
        let mut bytes = Vec::with_capacity(length + 8);
        bytes.push(TILE_LAYER);
        varint(&mut bytes, length as u64);
        for part in [&head, &self.features, &tail, &self.values, &extent] {
            bytes.extend_from_slice(part);
        }
        bytes
    }
}
