//! What a host is told while work goes on.

/// An item of a peer that is not stored, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The peer's normalised base url.
    pub url: String,
    /// The slot's key, if the item names a slot.
    pub key: Option<String>,
    /// The stable code.
    pub code: &'static str,
    /// What is wrong, and what was wanted.
    pub message: String,
}

/// Work that takes long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Reading the database; counted in entries.
    Load,
    /// Asking the peers of a round; counted in peers that are finished.
    Peers,
    /// Judging what they offer; counted in items that were judged.
    Records,
}

impl Phase {
    /// Its name in an event.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Peers => "peers",
            Self::Records => "records",
        }
    }
}
