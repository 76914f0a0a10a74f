//! A network of whole nodes in one process, with a clock, links, databases and chance of its own: a seed makes a world, and
//! the same seed makes the same world again.

pub mod database;
mod delivery;
mod draw;
mod end_laws;
pub mod executor;
mod happen;
pub mod host;
pub mod laws;
mod lying_sums;
mod memory_laws;
pub mod network;
pub mod plan;
pub mod quantiles;
pub mod random;
pub mod records;
mod round_laws;
pub mod scripted;
pub mod shrink;
pub mod simple;
pub mod spread;
mod step_laws;
mod symbol_laws;
pub mod trace;
pub mod wire;
pub mod world;
