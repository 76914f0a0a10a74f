//! What is noted of an element that differs: the value that either side has, and which side is newer.

use super::element::{ElementId, View};
use super::field::Residue;

/// What this node holds under one id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Own {
    /// The value of the element; 0 if there is none.
    pub value: Residue,
    /// How many records have the id.
    pub records: usize,
}

/// How the two sides of an element that differs compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Only this node has it.
    Gone,
    /// Only the peer has it.
    Unseen,
    /// The peer's record is older than this node's, by its time in view 0, or because this node held it.
    Older,
    /// The peer's is newer, or it cannot be told.
    Newer,
}

/// An element that differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noted {
    /// Its id.
    pub id: ElementId,
    /// Its value here; 0 if there is none.
    pub own: Residue,
    /// Its value at the peer; 0 if there is none.
    pub theirs: Residue,
    /// How the two compare.
    pub kind: Kind,
}

impl Noted {
    /// What is noted of an element whose value at the peer is greater by this difference.
    ///
    /// ```
    /// use dbsharing::symbols::{ElementId, Kind, Noted, Own, Residue, View};
    ///
    /// let own = Own { value: Residue::from(1 + 7 * 65_536), records: 1 };
    /// let noted = Noted::new(View::ByTime, ElementId(1), own, Residue::from(65_536));
    /// assert_eq!((noted.theirs.get(), noted.kind), (1 + 8 * 65_536, Kind::Newer));
    /// ```
    #[must_use]
    pub fn new(view: View, id: ElementId, own: Own, difference: Residue) -> Self {
        let theirs = own.value.plus(difference);
        Self { id, own: own.value, theirs, kind: kind_of(view, own, theirs) }
    }

    /// Whether the peer is asked for its records.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        matches!(self.kind, Kind::Unseen | Kind::Newer)
    }
}

fn kind_of(view: View, own: Own, theirs: Residue) -> Kind {
    let time = |value: Residue| value.get().saturating_sub(1) >> 16;
    if theirs.is_zero() {
        Kind::Gone
    } else if own.value.is_zero() {
        Kind::Unseen
    } else if view == View::ByTime && own.records == 1 && time(theirs) < time(own.value) {
        Kind::Older
    } else {
        Kind::Newer
    }
}
