//! Records that were found to be sound, so that they are recognised when the database is read again.

use crate::node::holdings::{Held, NameAt, Table};
use crate::record::{ContentId, Version};
use crate::verify::Glimpse;

/// The greatest sound record of each slot, known by its time and signature.
#[derive(Debug, Default)]
pub struct Seen {
    sound: Table,
    /// How many reads of the whole database have begun.
    reads: u64,
}

impl Seen {
    /// Begins to read the whole database; returns the number of this read.
    pub fn begin_read(&mut self) -> u64 {
        self.sound.mark_all();
        self.reads = self.reads.saturating_add(1);
        self.reads
    }

    /// Ends a read, and forgets what has not been seen since it began. If another read has begun in the meantime, that is
    /// left to it.
    pub fn end_read(&mut self, number: u64) {
        if number == self.reads {
            for key in self.sound.marked() {
                self.sound.remove(&key);
            }
        }
    }

    /// The content id of the record with this slot, time and signature, if it was found to be sound.
    pub fn recognise(&mut self, glimpse: &Glimpse) -> Option<ContentId> {
        let held = self.sound.get(&glimpse.key_hash).filter(|held| held.is(glimpse.timestamp, &glimpse.signature));
        let content = held.map(|held| held.content);
        if content.is_some() {
            self.sound.unmark(&glimpse.key_hash);
        }
        content
    }

    /// Remembers a record whose signature was verified, unless a greater one of its slot is known.
    pub fn remember(&mut self, glimpse: &Glimpse, content: ContentId) {
        let version = Version { timestamp: glimpse.timestamp, content };
        let known = self.sound.get(&glimpse.key_hash).filter(|held| !held.is_unread()).map(|held| held.held().version);
        if known.is_none_or(|known| known <= version) {
            self.sound.insert(
                glimpse.key_hash,
                &Held { version, signature: Some(glimpse.signature) },
                &mut NameAt::default,
            );
        }
    }

    /// Forgets a record, so that it is judged again.
    pub fn forget(&mut self, glimpse: &Glimpse) {
        if self.recognise(glimpse).is_some() {
            self.sound.remove(&glimpse.key_hash);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::TimestampMs;

    fn glimpse(slot: &str, ms: u64) -> Glimpse {
        Glimpse::of_slot("key", Some(slot), TimestampMs(ms), &"s".repeat(88)).unwrap()
    }

    fn content(number: u8) -> ContentId {
        ContentId([number; 32])
    }

    #[test]
    fn deleted_records_are_forgotten_and_those_that_came_during_the_read_are_kept() {
        let mut seen = Seen::default();
        let [kept, deleted, came] = ["kept", "deleted", "came"].map(|slot| glimpse(slot, 1));
        let first = seen.begin_read();
        [&kept, &deleted].into_iter().for_each(|glimpse| seen.remember(glimpse, content(1)));
        seen.end_read(first);
        let second = seen.begin_read();
        assert_eq!(seen.recognise(&kept), Some(content(1)));
        seen.remember(&came, content(2));
        seen.end_read(second);
        assert_eq!(
            [kept, deleted, came].map(|glimpse| seen.recognise(&glimpse)),
            [Some(content(1)), None, Some(content(2))]
        );
        seen.forget(&kept);
        assert_eq!(seen.recognise(&kept), None);
    }

    #[test]
    fn of_several_in_one_slot_the_greatest_is_recognised_as_long_as_it_is_there() {
        let mut seen = Seen::default();
        let [old, new] = [1, 2].map(|ms| glimpse("slot", ms));
        seen.remember(&new, content(2));
        seen.remember(&old, content(1));
        assert_eq!([old, new].map(|glimpse| seen.recognise(&glimpse)), [None, Some(content(2))]);
        seen.forget(&old);
        assert_eq!(seen.recognise(&new), Some(content(2)), "another one was altered");
        let number = seen.begin_read();
        seen.remember(&old, content(1));
        seen.end_read(number);
        assert_eq!([old, new].map(|glimpse| seen.recognise(&glimpse)), [Some(content(1)), None]);
    }
}
