//! What bodies are judged with, and on which terms.

use super::holdings::Holdings;
use super::options::PeerLimits;
use super::settled::Settled;
use crate::peers::PeerUrl;
use crate::record::Identity;
use crate::report::{Ledger, PeerId};
use crate::verify::memory::Memory;

/// What all bodies of a round are judged with; borrowed for one slice of work.
#[derive(Debug)]
pub struct Desk<'a> {
    /// What this node holds.
    pub holdings: &'a mut Holdings,
    /// Public keys and signatures that were seen before.
    pub memory: &'a mut Memory,
    /// Records that were verified but are not held.
    pub settled: &'a mut Settled,
    /// Where outcomes are noted.
    pub ledger: &'a mut Ledger,
}

/// The peer whose body is judged, and the terms on which it is.
#[derive(Debug, Clone)]
pub struct Terms {
    /// The peer, as the ledger knows it.
    pub peer: PeerId,
    /// The peer's url.
    pub url: PeerUrl,
    /// Whether a slot is named by public key and uuid, or by public key alone.
    pub identity: Identity,
    /// The time of this node's clock, in milliseconds.
    pub now_ms: u64,
    /// The limits on the body.
    pub limits: PeerLimits,
}
