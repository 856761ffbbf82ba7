//! The SQL of both backends, as one text: this folder is compiled once inside `sqlite/` and once inside `postgis/`, each
//! time over that backend's own types, which its `db` module names.
//!
//! 1. It runs on SQLite 3.40 and on PostgreSQL 15 alike: numbered parameters, integers of 64 bits (of 32 for coordinates
//!    on the lattice), JSON as text, times in milliseconds, flags as 0 and 1.
//! 2. Every write is one transaction and adds to the audit log in it.
//! 3. What only one of them does is a function of its `db` module (extents of layers) or a trigger of its schema (telling
//!    other instances).

pub mod addresses;
pub mod audit;
pub mod dataset;
pub mod drafts;
pub mod finding;
pub mod inputs;
pub mod links;
pub mod officers;
pub mod people;
pub mod plan;
pub mod publication;
pub mod report;
mod shown;
pub mod tables;
pub mod workspace;

use super::db::{self, Backend, Db, Row, Write};
