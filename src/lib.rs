//! Keeps a collection of signed JSON records the same on every node of a task.
//!
//! A round of sharing asks the task's nodes for their records, verifies what is new, keeps the greater version of each
//! record and writes it to the task's own database. This crate is the core of the npm package `dbsharing`; it is
//! compiled to WebAssembly and driven from JavaScript, and it builds and is tested on the host as plain Rust.
//!
//! # Layout
//!
//! - [`json`]: JSON text as JavaScript would parse and stringify it
//! - [`record`]: what is claimed, what has been proven, and what records are called
//! - [`verify`]: the only door to a record: the numbered rules of acceptance
//! - [`merge`]: the total order of versions
//! - [`index`]: what this node holds, the digest of the set, records that wait for their time
//! - [`payload`]: one peer's body, fed chunk by chunk
//! - [`peers`]: the node list, peer urls, whom to ask
//! - [`ports`]: what a round needs of the world
//! - [`round`]: one share round
//! - [`serve`]: what to answer to a request
//! - [`sign`]: makes a signed record
//! - [`report`]: what a round did
//! - [`error`]: every failure, with its code
//! - `wasm`: the border to JavaScript, on wasm32 only

#![deny(missing_docs)]
#![cfg_attr(not(target_arch = "wasm32"), forbid(unsafe_code))]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects))]

pub mod error;
pub mod index;
pub mod json;
pub mod merge;
pub mod payload;
pub mod peers;
pub mod ports;
pub mod record;
pub mod report;
pub mod round;
pub mod serve;
pub mod sign;
pub mod verify;
#[cfg(target_arch = "wasm32")]
mod wasm;
