//! What a host hears of while work goes on.

/// An item of a peer that is not stored, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The peer's normalised base url.
    pub url: String,
    /// The slot, where the item says one.
    pub key: Option<String>,
    /// The stable code.
    pub code: &'static str,
    /// What was wrong, where, and what was wanted.
    pub message: String,
}

/// What takes long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Reading the database: its entries.
    Load,
    /// Asking the peers of a round: those that are finished.
    Peers,
    /// Judging what they offer: the records that were judged.
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
