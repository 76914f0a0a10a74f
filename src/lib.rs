//! Keeps a collection of signed JSON records the same on every node of a task.
//!
//! A round of sharing asks the task's nodes for their records, verifies what is new, keeps the greater version of each
//! record and writes it to the task's own database. This crate is the core of the npm package `dbsharing`; it is
//! compiled to WebAssembly and driven from JavaScript, and it builds and is tested on the host as plain Rust.
//!
//! # Layout
//!
//! Each file knows only those above it:
//!
//! - [`limits`]: every number that nodes agree on, every bound on remote bytes
//! - [`time_span`]: spans of time, as people say them
//! - [`printable`]: text of others, as it may stand in a message
//! - [`json`]: JSON text as JavaScript would parse and stringify it
//! - [`record`]: what records are made of and what they are called
//! - [`error`]: every failure, with its code
//! - [`verify`]: the only door to a record: the numbered rules of acceptance
//! - [`merge`]: the total order of versions
//! - [`sign`]: makes a signed record
//! - [`peers`]: the node list, peer urls, whom to ask
//! - [`ports`]: what a node needs of the world
//! - [`report`]: what a round did: the ledger of outcomes, and the report that is read off it
//! - [`node`]: one node: load, write, round, serve
//! - `wasm`: the border to JavaScript, on wasm32 only

#![deny(missing_docs)]
#![cfg_attr(not(target_arch = "wasm32"), forbid(unsafe_code))]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects))]

pub mod counted;
pub mod error;
pub mod json;
pub mod limits;
pub mod merge;
pub mod node;
pub mod peers;
pub mod ports;
pub mod printable;
pub mod record;
pub mod report;
pub mod sign;
pub mod time_span;
pub mod verify;
#[cfg(target_arch = "wasm32")]
mod wasm;
