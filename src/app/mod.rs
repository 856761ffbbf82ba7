//! Use cases: what the program does, made of the rooms below it.
//!
//! In: files, a store, a clock, what a user asked for. Out: stored facts and answers. `http` and `cli` call this room and
//! nothing below it writes.

pub mod serve;
