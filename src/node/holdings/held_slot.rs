//! What is remembered of the record in one slot, in 96 bytes: its time shares a word with marks, and four bytes are free.

use super::names::NameAt;
use crate::record::{ContentId, KeyHash, SignatureTail, TimestampMs, Version};

/// The bits that hold the time, which is less than 2^53. The bits above them are marks.
const TIME: u64 = (1 << 53) - 1;
/// The lowest bit of the number of the generation in which the slot joined.
const JOINED_AT: u32 = 53;
/// The greatest number of a generation.
pub(super) const GENERATIONS: u64 = (1 << 10) - 1;
/// The bit that is set while the store is loaded and the slot has not been found there yet.
const UNREAD: u64 = 1 << 63;

/// The version and signature of a stored record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// The stored version.
    pub version: Version,
    /// The end of the stored signature's text, once that has been seen.
    pub signature: Option<SignatureTail>,
}

/// One slot, and what is held in it.
#[derive(Debug, Clone)]
pub struct HeldSlot {
    /// The hash of the slot's key.
    pub key: KeyHash,
    /// The content id of the record.
    pub content: ContentId,
    timestamp_and_marks: u64,
    /// All zeros where it is not known.
    signature: SignatureTail,
    /// Where the slot's key is.
    pub(super) name: NameAt,
}

impl HeldSlot {
    /// A slot that joined in the generation with this number.
    pub(super) fn new(key: KeyHash, held: &Held, joined: u64, name: NameAt) -> Self {
        let mut entry = Self {
            key,
            content: held.version.content,
            timestamp_and_marks: held.version.timestamp.0,
            signature: held.signature.unwrap_or_default(),
            name,
        };
        entry.set_joined(joined);
        entry
    }

    /// Whether the record in it has this time and this signature.
    #[must_use]
    pub fn is(&self, timestamp: TimestampMs, signature: &SignatureTail) -> bool {
        self.timestamp_and_marks & TIME == timestamp.0 && self.signature == *signature
    }

    /// The version and signature of the record in it.
    #[must_use]
    pub fn held(&self) -> Held {
        let timestamp = TimestampMs(self.timestamp_and_marks & TIME);
        let signature = (self.signature != SignatureTail::default()).then_some(self.signature);
        Held { version: Version { timestamp, content: self.content }, signature }
    }

    /// The number of the generation in which the slot joined.
    pub(super) fn joined(&self) -> u64 {
        (self.timestamp_and_marks >> JOINED_AT) & GENERATIONS
    }

    pub(super) fn set_joined(&mut self, number: u64) {
        let others = self.timestamp_and_marks & !(GENERATIONS << JOINED_AT);
        self.timestamp_and_marks = others | ((number & GENERATIONS) << JOINED_AT);
    }

    /// Whether the current load of the store has not found it yet.
    #[must_use]
    pub fn is_unread(&self) -> bool {
        self.timestamp_and_marks & UNREAD != 0
    }

    pub(super) fn set_unread(&mut self, is_unread: bool) {
        let others = self.timestamp_and_marks & !UNREAD;
        self.timestamp_and_marks = if is_unread { others | UNREAD } else { others };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_held_slot_takes_96_bytes() {
        assert_eq!(std::mem::size_of::<HeldSlot>(), 96);
    }

    #[test]
    fn marks_touch_neither_the_time_nor_one_another() {
        let version = Version { timestamp: TimestampMs(TIME), content: ContentId([7; 32]) };
        let held = Held { version, signature: Some(SignatureTail([3; 16])) };
        let mut entry = HeldSlot::new(KeyHash::of("a"), &held, GENERATIONS, NameAt::default());
        for (joined, is_unread) in [(0, true), (GENERATIONS, true), (5, false), (0, false)] {
            entry.set_joined(joined);
            entry.set_unread(is_unread);
            assert_eq!((entry.joined(), entry.is_unread(), entry.held()), (joined, is_unread, held));
            assert!(entry.is(TimestampMs(TIME), &SignatureTail([3; 16])));
        }
    }
}
