//! The HTTP interface, version 1: lookups, reports, coverage, tiles and the map.
//!
//! In: requests, all of them untrusted. Out: JSON, tiles, events, files. A handler parses, asks `app` and responds.
//!
//! 1. Every route stands in `router`, and in `/openapi.json` made from the same lines.
//! 2. Every failure is `application/problem+json` (RFC 9457), made in `error` alone; bad input never ends in a 5xx.
//! 3. Bodies over 64 KiB are refused; nothing runs longer than 30 s but an event stream.
//! 4. Shutting down ends event streams, finishes what is under way (10 s at most) and closes the store.
//!
//! It never touches the store, and never decides who owns a point by itself.

mod assets;
mod body;
mod coverage;
mod error;
mod events;
mod grids;
mod health;
mod jurisdictions;
mod locate;
mod observe;
mod officers;
mod openapi;
mod params;
mod plans;
mod reports;
mod router;
mod server;
mod tiles;
mod trail;
mod wire;
mod workspace;

pub use openapi::document;
pub use server::serve;
