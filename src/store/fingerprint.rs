//! What a store holds as one hash a table: two stores with equal fingerprints hold the same.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::audit::hex;
use super::tables::{TableRow, Value};
use crate::geom::LatticePoint;

/// SHA-256 of every table, by name, in the order of [`TABLES`](super::tables::TABLES).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Name, number of rows and hash of each table.
    pub tables: Vec<(String, u64, String)>,
}

impl Fingerprint {
    /// One hash for all of it.
    pub fn total(&self) -> String {
        let mut hash = Sha256::new();
        for (name, rows, table) in &self.tables {
            hash.update(format!("{name} {rows} {table}\n"));
        }
        hex(&hash.finalize())
    }

    /// The first table that differs.
    pub fn difference<'a>(&'a self, other: &'a Self) -> Option<&'a str> {
        let ours = |name: &str| other.tables.iter().find(|(own, ..)| own == name);
        let differs = self.tables.iter().find(|table| ours(&table.0) != Some(*table));
        let more = || other.tables.iter().find(|table| !self.tables.iter().any(|own| own.0 == table.0));
        differs.or_else(more).map(|(name, ..)| name.as_str())
    }
}

/// The hash of a table's rows, taken one after the other.
#[derive(Debug, Clone, Default)]
pub struct RowHash {
    hash: Sha256,
    rows: u64,
}

impl RowHash {
    /// Takes the next row.
    pub fn take(&mut self, row: &TableRow) {
        self.rows += 1;
        for value in row {
            self.value(value);
        }
    }

    /// Takes the next rows.
    pub fn take_all(&mut self, rows: &[TableRow]) {
        for row in rows {
            self.take(row);
        }
    }

    /// Number of rows and their hash.
    pub fn finish(self) -> (u64, String) {
        (self.rows, hex(&self.hash.finalize()))
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Null => self.hash.update([0]),
            Value::Int(n) => self.tagged(1, &n.to_le_bytes()),
            Value::Lattice(n) => self.tagged(2, &n.to_le_bytes()),
            Value::Real(n) => self.tagged(3, &n.to_bits().to_le_bytes()),
            Value::Text(text) => {
                self.tagged(4, &(text.len() as u64).to_le_bytes());
                self.hash.update(text);
            }
            Value::Point(point) => {
                self.tagged(5, &[]);
                self.point(*point);
            }
            Value::Line(points) => {
                self.tagged(7, &(points.len() as u64).to_le_bytes());
                for &point in points {
                    self.point(point);
                }
            }
            Value::Shape(shape) => {
                self.tagged(6, &(shape.0.len() as u64).to_le_bytes());
                for polygon in &shape.0 {
                    self.hash.update((polygon.rings().count() as u64).to_le_bytes());
                    for ring in polygon.rings() {
                        self.hash.update((ring.points().len() as u64).to_le_bytes());
                        for &point in ring.points() {
                            self.point(point);
                        }
                    }
                }
            }
        }
    }

    fn tagged(&mut self, tag: u8, bytes: &[u8]) {
        self.hash.update([tag]);
        self.hash.update(bytes);
    }

    fn point(&mut self, point: LatticePoint) {
        self.hash.update(point.x_e7.to_le_bytes());
        self.hash.update(point.y_e7.to_le_bytes());
    }
}
