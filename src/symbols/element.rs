//! Elements: what a set consists of in the eyes of its sums, a short id and a value for each.

use super::field::Residue;
use crate::record::{KeyHash, Version};

/// The id of a record: the first four bytes of its key hash, as a big-endian number. Records may share one.
///
/// ```
/// use dbsharing::record::KeyHash;
/// use dbsharing::symbols::ElementId;
///
/// assert_eq!(ElementId::of(&KeyHash([0x12; 32])), ElementId(0x1212_1212));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ElementId(pub u32);

impl ElementId {
    /// The id of the records that have this key hash.
    #[must_use]
    pub fn of(key_hash: &KeyHash) -> Self {
        Self(key_hash.0.first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes)))
    }
}

impl From<ElementId> for Residue {
    fn from(id: ElementId) -> Self {
        id.0.into()
    }
}

/// One of the two ways to look at a set: what the value of a record is, and in which cells an element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// View 0: the value tells the time of a record, so that one sees which side is newer.
    ByTime,
    /// View 1: the value is the content alone, for audits and where view 0 does not get on.
    ByContent,
}

/// How many milliseconds share one value of time.
const TIME_UNIT_MS: u64 = 1024;
/// The latest time that is told apart, in units.
const LATEST: u64 = (1 << 32) - 2;

impl View {
    /// Both, in the order of their numbers.
    pub const ALL: [Self; 2] = [Self::ByTime, Self::ByContent];

    /// Its number: 0 or 1.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::ByTime => 0,
            Self::ByContent => 1,
        }
    }

    /// The view with this number, if there is one.
    #[must_use]
    pub fn numbered(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|view| view.number() == number)
    }

    /// The value of a record of this version, which is never 0.
    ///
    /// ```
    /// use dbsharing::record::{ContentId, TimestampMs, Version};
    /// use dbsharing::symbols::View;
    ///
    /// let version = Version { timestamp: TimestampMs(2048), content: ContentId([0; 32]) };
    /// assert_eq!(View::ByTime.value(&version).get(), 1 + 2 * 65_536);
    /// assert_eq!(View::ByContent.value(&version).get(), 1);
    /// ```
    #[must_use]
    pub fn value(self, version: &Version) -> Residue {
        let [h0, h1, rest @ ..] = version.content.0;
        let from_zero = match self {
            Self::ByTime => {
                let time = (version.timestamp.0 / TIME_UNIT_MS).min(LATEST);
                Residue::reduced(time << 16 | u64::from(u16::from_be_bytes([h0, h1])))
            }
            Self::ByContent => {
                let [c2, c3, c4, c5, c6, c7, ..] = rest;
                Residue::reduced(u64::from_be_bytes([0, 0, c2, c3, c4, c5, c6, c7]) % GREATEST)
            }
        };
        from_zero.plus(Residue::ONE)
    }

    /// The value of an element: that of all its records together, and 0 if there are none.
    #[must_use]
    pub fn value_of_all<'v>(self, versions: impl Iterator<Item = &'v Version>) -> Residue {
        versions.map(|version| self.value(version)).sum()
    }
}

/// The greatest value of a record.
const GREATEST: u64 = super::field::P - 1;
