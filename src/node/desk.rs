//! What a judge of bodies works with, and on which terms.

use super::holdings::Holdings;
use super::options::PeerLimits;
use super::settled::Settled;
use crate::peers::PeerUrl;
use crate::record::Identity;
use crate::report::{Ledger, PeerId};
use crate::verify::memory::Memory;

/// What all bodies of a round are judged with; lent for one slice of work.
#[derive(Debug)]
pub struct Desk<'a> {
    /// What is held.
    pub holdings: &'a mut Holdings,
    /// What was judged before.
    pub memory: &'a mut Memory,
    /// What is good and not held.
    pub settled: &'a mut Settled,
    /// Where outcomes are noted.
    pub ledger: &'a mut Ledger,
}

/// Whose body is judged, and on which terms.
#[derive(Debug, Clone)]
pub struct Terms {
    /// The peer's page in the ledger.
    pub peer: PeerId,
    /// The peer.
    pub url: PeerUrl,
    /// What makes two records the same slot.
    pub identity: Identity,
    /// This node's clock.
    pub now_ms: u64,
    /// What the body may cost.
    pub limits: PeerLimits,
}
