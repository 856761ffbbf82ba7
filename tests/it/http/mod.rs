//! The HTTP interface, asked over a real socket, with a real store behind it.

mod access;
mod batch;
mod district;
mod draft_tiles;
mod drafts;
mod errors;
mod events;
mod geocode;
mod hostile;
mod imports;
mod life;
mod locate;
mod officers;
mod openapi;
mod report_tiles;
mod reports;
mod resources;
mod scopes;
mod server;
mod sessions;
mod shape;
mod staff;
mod styles;
mod suggest;
mod tile_addresses;
mod tiles;
