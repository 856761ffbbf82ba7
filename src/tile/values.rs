//! The values of a layer's features, encoded once.

use std::collections::HashMap;

use super::layer::Value;
use super::wire::{Chunk, number_value, text_value};

/// No value.
const ABSENT: u32 = u32::MAX;
/// Values that only one feature has are numbered from here.
const SINGLE: u32 = 1 << 31;

/// Which value each feature has of each field.
#[derive(Debug, Clone, Default)]
pub(super) struct Values {
    fields: usize,
    /// By feature, then field: the number of a shared value, [`SINGLE`] plus that of another, or [`ABSENT`].
    cells: Vec<u32>,
    /// Framed as a layer holds them.
    shared: Vec<Box<[u8]>>,
    single: Vec<Box<[u8]>>,
}

/// Where the shared values of a tile stand in its table.
#[derive(Debug)]
pub(super) struct Placed(Vec<u32>);

impl Values {
    /// Those of features, each with as many values as there are fields.
    pub fn new<'a>(fields: usize, features: impl Iterator<Item = &'a [Value]> + Clone) -> Self {
        Self::gather(fields, features, 0)
    }

    /// The same, for features that several features of a tile may name.
    pub fn shared<'a>(fields: usize, features: impl Iterator<Item = &'a [Value]> + Clone) -> Self {
        Self::gather(fields, features, 1)
    }

    fn gather<'a>(fields: usize, features: impl Iterator<Item = &'a [Value]> + Clone, more: u32) -> Self {
        let mut uses: HashMap<&Value, (u32, u32)> = HashMap::new();
        for value in features.clone().flatten().filter(|&value| *value != Value::Absent) {
            uses.entry(value).or_insert((more, ABSENT)).0 += 1;
        }
        let mut values = Self { fields, ..Self::default() };
        for value in features.flat_map(|of| of.iter().take(fields)) {
            let encoded = || match value {
                Value::Text(text) => text_value(text),
                Value::Number(number) => number_value(*number),
                Value::Absent => Vec::new(),
            };
            let cell = match uses.get_mut(value) {
                None => ABSENT,
                Some((1, _)) => {
                    values.single.push(encoded().into());
                    SINGLE + (values.single.len() as u32 - 1)
                }
                Some((_, number)) => {
                    if *number == ABSENT {
                        *number = values.shared.len() as u32;
                        values.shared.push(encoded().into());
                    }
                    *number
                }
            };
            values.cells.push(cell);
        }
        values
    }

    /// How many properties a feature has at most.
    pub const fn fields(&self) -> usize {
        self.fields
    }

    /// For a new tile.
    pub fn placed(&self) -> Placed {
        Placed(vec![ABSENT; self.shared.len()])
    }

    /// Gives the feature that comes next in a chunk its first properties.
    pub fn tag(&self, feature: usize, fields: usize, placed: &mut Placed, chunk: &mut Chunk) {
        let start = feature * self.fields;
        self.tag_run(&self.cells[start..start + fields], 0, placed, chunk);
    }

    /// Gives it what is the first property here, as another.
    pub fn tag_as(&self, feature: usize, key: u32, placed: &mut Placed, chunk: &mut Chunk) {
        let start = feature * self.fields;
        self.tag_run(&self.cells[start..=start], key, placed, chunk);
    }

    fn tag_run(&self, cells: &[u32], first_key: u32, placed: &mut Placed, chunk: &mut Chunk) {
        for (key, &cell) in cells.iter().enumerate() {
            let value = match cell {
                ABSENT => continue,
                SINGLE.. => chunk.value(&self.single[(cell - SINGLE) as usize]),
                shared => {
                    let place = &mut placed.0[shared as usize];
                    if *place == ABSENT {
                        *place = chunk.value(&self.shared[shared as usize]);
                    }
                    *place
                }
            };
            chunk.tag(first_key + key as u32, value);
        }
    }

    /// Whether a feature says the same as one of others.
    pub fn equal(&self, feature: usize, others: &Self, other: usize) -> bool {
        let cell = |values: &Self, feature: usize, field: usize| -> Option<Box<[u8]>> {
            match values.cells[feature * values.fields + field] {
                ABSENT => None,
                single @ SINGLE.. => Some(values.single[(single - SINGLE) as usize].clone()),
                shared => Some(values.shared[shared as usize].clone()),
            }
        };
        self.fields == others.fields && (0..self.fields).all(|i| cell(self, feature, i) == cell(others, other, i))
    }

    /// Bytes of the properties of a feature in a tile, at most.
    pub fn bytes(&self, feature: usize) -> usize {
        let cells = &self.cells[feature * self.fields..(feature + 1) * self.fields];
        let cell = |&cell: &u32| match cell {
            ABSENT => 0,
            SINGLE.. => 4 + self.single[(cell - SINGLE) as usize].len(),
            _ => 3,
        };
        cells.iter().map(cell).sum()
    }
}
