//! The HTTP interface, version 1: lookups, reports, coverage, tiles and the map.
//!
//! In: requests, all of them untrusted. Out: JSON, tiles, events, files. A handler parses, asks `app` and responds.
//!
//! 1. Every route stands in `router`, and in `/openapi.json` made from the same lines.
//! 2. Every failure is `application/problem+json` (RFC 9457), made in `error` alone; bad input never ends in a 5xx.
//! 3. Bodies over 64 KiB are refused and nothing runs longer than 30 s, but for files that planners send, batches (64 MiB), and
//!    streams of points and events.
//!    What takes longer is a job.
//! 4. Shutting down ends event streams, finishes what is under way (10 s at most) and closes the store.
//!
//! 5. Who may ask for what stands in one table, `access`; `guard` asks it before every route, and denies what it does not list.
//! 6. A stranger never sees how many live where, who owns a report's text, or what a plan says.
//!
//! It never touches the store, and never decides who owns a point by itself.

mod access;
mod assets;
mod audit;
mod batch;
mod body;
mod coverage;
mod draft;
mod draft_events;
mod draft_files;
mod draft_ops;
mod error;
mod events;
mod front;
mod geocode;
mod grids;
mod guard;
mod health;
mod impact;
mod imports;
mod jurisdictions;
mod limits;
mod locate;
mod node;
mod node_tiles;
mod observe;
mod officers;
mod openapi;
mod palette;
mod params;
mod peers;
mod plans;
mod principals;
mod reports;
mod router;
mod server;
mod session;
mod shape;
mod stream;
mod styles;
mod suggest;
mod tag;
mod tiles;
mod trail;
mod unread;
mod uploads;
mod wire;
mod workspace;

pub use axum::http::HeaderName;
pub use guard::{Echo, Settings};
pub use limits::Rates;
pub use node::serve_snapshot;
pub use node_tiles::NodeTiles;
pub use openapi::document;
pub use peers::{Block, BlockError, Proxies};
pub use server::serve;
pub use uploads::LargestUpload;
