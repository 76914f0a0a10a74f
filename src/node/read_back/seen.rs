//! What was found to be sound in a database, so that it is recognised when it is read again.

use std::collections::BTreeMap;

use crate::record::ContentId;
use crate::verify::Glimpse;

/// So many more may be remembered than the database was last found to hold, and as many again as it holds.
const SPARE: usize = 1_000;

/// The content of each sound record, by its slot, time and signature. It grows with the database and shrinks with it.
#[derive(Debug, Default)]
pub struct Seen {
    sound: BTreeMap<Glimpse, (ContentId, u64)>,
    readings: u64,
}

impl Seen {
    /// Begins a reading of the whole database; gives its number.
    pub fn begin_reading(&mut self) -> u64 {
        self.readings = self.readings.saturating_add(1);
        self.readings
    }

    /// Ends a reading: forgets what was seen neither in it nor since it began, where that is much.
    pub fn end_reading(&mut self, reading: u64, found: usize) {
        if self.sound.len() > found.saturating_mul(2).saturating_add(SPARE) {
            self.sound.retain(|_, (_, seen_in)| *seen_in >= reading);
        }
    }

    /// The content of a record of this slot, time and signature, if it was found to be sound.
    pub fn recognise(&mut self, glimpse: &Glimpse) -> Option<ContentId> {
        let (content, seen_in) = self.sound.get_mut(glimpse)?;
        *seen_in = self.readings;
        Some(*content)
    }

    /// Remembers a record whose signature holds.
    pub fn remember(&mut self, glimpse: Glimpse, content: ContentId) {
        self.sound.insert(glimpse, (content, self.readings));
    }

    /// Forgets a record: it has to be read and judged again.
    pub fn forget(&mut self, glimpse: &Glimpse) {
        self.sound.remove(glimpse);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::TimestampMs;

    fn glimpse(number: u64) -> Glimpse {
        Glimpse::of_slot("key", None, TimestampMs(number), &"s".repeat(88)).unwrap()
    }

    #[test]
    fn what_is_gone_from_the_database_is_forgotten_and_what_came_meanwhile_is_not() {
        let mut seen = Seen::default();
        let first = seen.begin_reading();
        (0..2_000).for_each(|number| seen.remember(glimpse(number), ContentId([1; 32])));
        seen.end_reading(first, 2_000);
        assert!(seen.recognise(&glimpse(1_999)).is_some());
        let second = seen.begin_reading();
        assert!(seen.recognise(&glimpse(7)).is_some());
        seen.remember(glimpse(3_000), ContentId([2; 32]));
        seen.end_reading(second, 1);
        let held = [7, 3_000, 8].map(|number| seen.recognise(&glimpse(number)));
        assert_eq!(held, [Some(ContentId([1; 32])), Some(ContentId([2; 32])), None]);
        seen.forget(&glimpse(7));
        assert_eq!(seen.recognise(&glimpse(7)), None);
    }
}
