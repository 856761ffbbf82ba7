//! The HTTP interface, asked over a real socket, with a real store behind it.

mod district;
mod errors;
mod events;
mod life;
mod locate;
mod officers;
mod openapi;
mod reports;
mod resources;
mod server;
mod tiles;
