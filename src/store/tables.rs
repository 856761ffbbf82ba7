//! The store as plain tables of plain values: what copying, backing up and comparing two stores need, whatever holds them.
//!
//! In: a table, a place in it. Out: rows in the order of their key, the same from every backend.
//!
//! 1. [`TABLES`] names every table that holds something of its own, each after those it refers to.
//! 2. A [`Snapshot`] is one instant of a store, however long it takes to read and whoever writes meanwhile.
//! 3. Two stores with equal [`Fingerprint`]s hold the same.

use async_trait::async_trait;

use super::StoreError;
use crate::geom::{LatticePoint, MultiPolygon};

pub use super::fingerprint::{Fingerprint, RowHash};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A whole number, a time in milliseconds, an id, a flag.
    Int,
    /// A coordinate on the lattice.
    Lattice,
    /// A real number; the same bits come back.
    Real,
    /// Text; JSON is text.
    Text,
    /// A shape; where the row has none, the point of its columns `x_e7` and `y_e7`.
    Shape,
    /// A line.
    Line,
}

/// A table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    /// Its name, the same in every backend.
    pub name: &'static str,
    /// How many of its first columns are its key; rows come in its order.
    pub key: usize,
    /// Its columns.
    pub columns: &'static [(&'static str, Kind)],
    /// Whether its rows are changed after they were written, so that a copy taken up again must begin it anew.
    pub changes: bool,
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// See [`Kind::Int`].
    Int(i64),
    /// See [`Kind::Lattice`].
    Lattice(i32),
    /// See [`Kind::Real`].
    Real(f64),
    /// See [`Kind::Text`].
    Text(String),
    /// See [`Kind::Shape`].
    Shape(MultiPolygon),
    /// A point.
    Point(LatticePoint),
    /// See [`Kind::Line`].
    Line(Vec<LatticePoint>),
}

use Kind::{Int, Lattice, Line, Real, Shape, Text};

/// Every table that holds something of its own, in an order in which each refers only to those before it.
///
/// Not here: what is derived from these (extents of layers, edges for lookups in SQL), what only one file is about
/// (`copied`, `roster`, the schema's own tables), and sessions: a copy made today must not let in tomorrow who signed out today.
pub const TABLES: &[Table] = &[
    Table {
        name: "workspace",
        key: 1,
        columns: &[
            ("one", Int),
            ("name", Text),
            ("language", Text),
            ("time_zone", Text),
            ("home_crs", Text),
            ("code_scheme", Text),
        ],
        changes: true,
    },
    Table {
        name: "dataset",
        key: 1,
        columns: &[
            ("id", Int),
            ("source", Text),
            ("content_hash", Text),
            ("crs", Text),
            ("recorded_ms", Int),
            ("attributes", Text),
            ("mending", Text),
            ("first_atom", Int),
            ("atoms", Int),
            ("first_jurisdiction", Int),
            ("jurisdictions", Int),
            ("west_e7", Lattice),
            ("south_e7", Lattice),
            ("east_e7", Lattice),
            ("north_e7", Lattice),
        ],
        changes: false,
    },
    Table {
        name: "jurisdiction",
        key: 1,
        columns: &[
            ("fid", Int),
            ("dataset", Int),
            ("code", Text),
            ("name", Text),
            ("level", Int),
            ("level_name", Text),
            ("parent", Text),
            ("kind", Text),
            ("west_e7", Lattice),
            ("south_e7", Lattice),
            ("east_e7", Lattice),
            ("north_e7", Lattice),
            ("geom", Shape),
        ],
        changes: false,
    },
    Table {
        name: "atom",
        key: 1,
        columns: &[
            ("fid", Int),
            ("dataset", Int),
            ("code", Text),
            ("name", Text),
            ("households", Int),
            ("population", Int),
            ("jurisdiction", Int),
            ("kind", Text),
            ("households_origin", Text),
            ("population_origin", Text),
            ("attributes", Text),
            ("geom", Shape),
        ],
        changes: false,
    },
    Table {
        name: "input",
        key: 1,
        columns: &[
            ("id", Int),
            ("kind", Text),
            ("source", Text),
            ("content_hash", Text),
            ("crs", Text),
            ("recorded_ms", Int),
            ("first_feature", Int),
            ("features", Int),
            ("first_line", Int),
            ("lines", Int),
        ],
        changes: false,
    },
    Table {
        name: "feature",
        key: 1,
        columns: &[
            ("fid", Int),
            ("input", Int),
            ("code", Text),
            ("name", Text),
            ("class", Text),
            ("households", Int),
            ("population", Int),
            ("attributes", Text),
            ("west_e7", Lattice),
            ("south_e7", Lattice),
            ("east_e7", Lattice),
            ("north_e7", Lattice),
            ("geom", Shape),
        ],
        changes: false,
    },
    Table {
        name: "street",
        key: 1,
        columns: &[
            ("fid", Int),
            ("input", Int),
            ("dataset", Int),
            ("class", Text),
            ("name", Text),
            ("west_e7", Lattice),
            ("south_e7", Lattice),
            ("east_e7", Lattice),
            ("north_e7", Lattice),
            ("geom", Line),
        ],
        changes: false,
    },
    Table {
        name: "link_set",
        key: 1,
        columns: &[("id", Int), ("source", Text), ("content_hash", Text), ("recorded_ms", Int), ("links", Int)],
        changes: false,
    },
    Table {
        name: "link",
        key: 1,
        columns: &[
            ("fid", Int),
            ("link_set", Int),
            ("from_atom", Text),
            ("to_atom", Text),
            ("kind", Text),
            ("name", Text),
        ],
        changes: false,
    },
    Table {
        name: "address_set",
        key: 1,
        columns: &[("id", Int), ("source", Text), ("content_hash", Text), ("recorded_ms", Int), ("addresses", Int)],
        changes: false,
    },
    Table {
        name: "address",
        key: 1,
        columns: &[
            ("fid", Int),
            ("address_set", Int),
            ("text", Text),
            ("area", Text),
            ("street", Text),
            ("number", Text),
            ("compound", Text),
            ("building", Text),
            ("unit", Text),
            ("x_e7", Lattice),
            ("y_e7", Lattice),
            ("geom", Shape),
        ],
        changes: false,
    },
    Table {
        name: "plan",
        key: 1,
        columns: &[
            ("id", Int),
            ("dataset", Int),
            ("base", Int),
            ("scope", Text),
            ("origin", Text),
            ("attribute", Text),
            ("lower", Int),
            ("upper", Int),
            ("seed", Int),
            ("recorded_ms", Int),
            ("first_grid", Int),
            ("grids", Int),
            ("in_band", Int),
            ("uninhabited", Int),
            ("unknown", Int),
            ("level", Text),
            ("parent", Int),
            ("nested_in", Text),
            ("other_lower", Int),
            ("other_upper", Int),
            ("exclusive_lower", Int),
            ("exclusive_upper", Int),
            ("own_bands", Text),
            ("figures", Text),
        ],
        changes: false,
    },
    Table {
        name: "grid",
        key: 1,
        columns: &[
            ("fid", Int),
            ("plan", Int),
            ("code", Text),
            ("name", Text),
            ("jurisdiction", Text),
            ("households", Int),
            ("population", Int),
            ("status", Text),
            ("reason", Text),
            ("reason_en", Text),
            ("reason_zh", Text),
            ("atoms", Int),
            ("parts", Int),
            ("area_m2", Real),
            ("lower", Int),
            ("upper", Int),
            ("other_lower", Int),
            ("other_upper", Int),
            ("label_x_e7", Lattice),
            ("label_y_e7", Lattice),
            ("west_e7", Lattice),
            ("south_e7", Lattice),
            ("east_e7", Lattice),
            ("north_e7", Lattice),
            ("geom", Shape),
        ],
        changes: false,
    },
    Table { name: "plan_atom", key: 2, columns: &[("plan", Int), ("atom", Int), ("grid", Int)], changes: false },
    Table {
        name: "draft_op",
        key: 2,
        columns: &[("plan", Int), ("rev", Int), ("id", Text), ("by_id", Text), ("at_ms", Int), ("body", Text)],
        changes: false,
    },
    Table { name: "redrawn", key: 1, columns: &[("plan", Int), ("base", Int), ("rev", Int)], changes: false },
    Table {
        name: "put_away",
        key: 2,
        columns: &[("plan", Int), ("n", Int), ("away", Int), ("by_id", Text), ("at_ms", Int)],
        changes: false,
    },
    Table {
        name: "finding",
        key: 1,
        columns: &[
            ("id", Int),
            ("dataset", Int),
            ("plan", Int),
            ("kind", Text),
            ("x_e7", Lattice),
            ("y_e7", Lattice),
            ("area_m2", Real),
            ("moved_m", Real),
            ("parties", Text),
            ("en", Text),
            ("zh", Text),
            ("west_e7", Lattice),
            ("south_e7", Lattice),
            ("east_e7", Lattice),
            ("north_e7", Lattice),
            ("geom", Shape),
        ],
        changes: false,
    },
    Table {
        name: "publication",
        key: 1,
        columns: &[
            ("seq", Int),
            ("plan", Int),
            ("scope", Text),
            ("base", Int),
            ("effective_ms", Int),
            ("recorded_ms", Int),
            ("grids", Int),
        ],
        changes: false,
    },
    Table {
        name: "lineage",
        key: 1,
        columns: &[("id", Int), ("publication", Int), ("old", Text), ("new", Text), ("share", Real)],
        changes: false,
    },
    Table {
        name: "officer",
        key: 1,
        columns: &[
            ("code", Text),
            ("name", Text),
            ("kind", Text),
            ("team", Text),
            ("desk", Text),
            ("phone", Text),
            ("principal", Text),
        ],
        changes: true,
    },
    Table {
        name: "duty",
        key: 1,
        columns: &[
            ("id", Int),
            ("officer", Text),
            ("grid", Text),
            ("role", Text),
            ("from_ms", Int),
            ("to_ms", Int),
            ("recorded_ms", Int),
            ("ended_ms", Int),
        ],
        changes: true,
    },
    Table {
        name: "reports",
        key: 1,
        columns: &[
            ("fid", Int),
            ("id", Text),
            ("key", Text),
            ("body_hash", Text),
            ("category", Text),
            ("text", Text),
            ("grid", Text),
            ("resolution", Text),
            ("chain", Text),
            ("publication", Int),
            ("given_x", Real),
            ("given_y", Real),
            ("given_crs", Text),
            ("x_e7", Lattice),
            ("y_e7", Lattice),
            ("received_ms", Int),
            ("geom", Shape),
        ],
        changes: false,
    },
    Table {
        name: "report_event",
        key: 1,
        columns: &[("id", Int), ("report", Text), ("kind", Text), ("at_ms", Int), ("detail", Text)],
        changes: false,
    },
    Table {
        name: "principal",
        key: 1,
        columns: &[
            ("id", Text),
            ("login", Text),
            ("name", Text),
            ("kind", Text),
            ("disabled", Int),
            ("password_hash", Text),
            ("created_ms", Int),
        ],
        changes: true,
    },
    Table {
        name: "principal_grant",
        key: 3,
        columns: &[("principal", Text), ("role", Text), ("scope", Text)],
        changes: true,
    },
    Table {
        name: "api_key",
        key: 1,
        columns: &[
            ("id", Text),
            ("principal", Text),
            ("name", Text),
            ("hash", Text),
            ("last4", Text),
            ("created_ms", Int),
            ("expires_ms", Int),
            ("revoked_ms", Int),
        ],
        changes: true,
    },
    Table { name: "shown_dataset", key: 1, columns: &[("one", Int), ("dataset", Int)], changes: true },
    Table { name: "shown_grid", key: 1, columns: &[("grid", Int), ("plan", Int)], changes: true },
    Table {
        name: "audit_start",
        key: 1,
        columns: &[("one", Int), ("imports", Int), ("plans", Int), ("publications", Int), ("reports", Int)],
        changes: true,
    },
    Table {
        name: "audit",
        key: 1,
        columns: &[
            ("seq", Int),
            ("at_ms", Int),
            ("by_id", Text),
            ("request", Text),
            ("action", Text),
            ("kind", Text),
            ("object", Text),
            ("before_hash", Text),
            ("after_hash", Text),
            ("detail", Text),
            ("previous", Text),
            ("hash", Text),
        ],
        changes: false,
    },
];

/// A row: a value for each column of its table.
pub type TableRow = Vec<Value>;

/// One instant of a store.
#[async_trait]
pub trait Snapshot: Send {
    /// Rows after the key of `after` (from the start for `None`), in the order of the key, at most `limit`.
    async fn page(&mut self, table: &Table, after: Option<&TableRow>, limit: u32) -> Result<Vec<TableRow>, StoreError>;
    /// How many rows a table has.
    async fn count(&mut self, table: &Table) -> Result<u64, StoreError>;
}

/// What a store was copied from, if it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// Whether it is to be kept as it is and restored from.
    pub backup: bool,
    /// Name of the store it came from.
    pub source: String,
    /// When it was begun.
    pub begun_ms: i64,
    /// When it was whole; `None` while it is not.
    pub finished_ms: Option<i64>,
    /// What it held then.
    pub fingerprint: Option<Fingerprint>,
}

/// The store as tables.
#[async_trait]
pub trait Tables {
    /// This instant, to be read at leisure.
    async fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError>;
    /// Writes rows that follow those already there, in one transaction; nothing is added to the audit log.
    async fn load(&self, table: &Table, rows: &[TableRow]) -> Result<(), StoreError>;
    /// Replaces all rows of tables that change (see [`Table::changes`]), in one transaction.
    async fn replace(&self, tables: &[(&Table, Vec<TableRow>)]) -> Result<(), StoreError>;
    /// What it was copied from.
    async fn copied(&self) -> Result<Option<Copied>, StoreError>;
    /// Says what it is being copied from, or that this is done. When done, what is derived from the tables is made.
    async fn set_copied(&self, copied: &Copied) -> Result<(), StoreError>;
    /// Forgets that it is a copy: from now on it is a store of its own.
    async fn adopt_copy(&self) -> Result<(), StoreError>;
    /// Looks the storage itself over, where it can be; a sentence for each fault.
    async fn storage_faults(&self) -> Result<Vec<String>, StoreError>;
}
