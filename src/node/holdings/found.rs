//! What a load of all versions, or a look at what has changed, finds in the store.

use super::{Held, Holdings, SlotKey};
use crate::merge::{Decision, Why};
use crate::record::Version;

impl Holdings {
    /// Begins a load of all versions, before the store is asked for them. What is held stays in force until the store is
    /// found to hold something else.
    pub fn begin_load(&mut self) {
        self.records.mark_all();
        self.written = None;
    }

    /// Notes that the load found this version in a slot; returns whether it is greater than what was held. A greater
    /// version that was written since the load began stays.
    pub fn read(&mut self, key: SlotKey<'_>, version: Version) -> bool {
        let is_unread = self.records.unmark(&key.hash);
        let decision = self.decide(&key.hash, &version);
        match decision {
            Decision::Keep(Why::Same) => {}
            Decision::Keep(Why::Older) if !is_unread => {}
            _ => {
                self.has_lost |= matches!(decision, Decision::Keep(_));
                self.apply(key, Held { version, signature: None });
            }
        }
        !matches!(decision, Decision::Keep(_))
    }

    /// Ends the load: forgets what it did not find, and returns whether the store has lost anything, also as loads and looks
    /// found it that failed before.
    pub fn end_load(&mut self) -> bool {
        let gone = self.records.marked();
        gone.iter().for_each(|key| self.forget(key));
        std::mem::take(&mut self.has_lost) || !gone.is_empty()
    }

    /// Begins a look, in which the store names what has changed.
    pub fn begin_look(&mut self) {
        self.written = Some(Vec::new());
    }

    /// Notes what the look found in a slot; returns it where it is greater than what was held. A greater version that
    /// was written since the look began stays.
    pub fn follow(&mut self, key: SlotKey<'_>, found: Option<Version>) -> Option<Version> {
        let known = self.version(&key.hash);
        if known > found {
            if self.written.as_ref().is_some_and(|written| written.contains(&key.hash)) {
                return None;
            }
            self.has_lost = true;
        }
        match found {
            Some(version) => self.apply(key, Held { version, signature: None }),
            None => self.remove(&key.hash),
        }
        found.filter(|found| known < Some(*found))
    }

    /// Ends the look, and returns whether the store has lost anything, as [`Self::end_load`] does.
    pub fn end_look(&mut self) -> bool {
        self.written = None;
        std::mem::take(&mut self.has_lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{ContentId, KeyHash, TimestampMs};

    fn version(ms: u64) -> Version {
        Version { timestamp: TimestampMs(ms), content: ContentId([0; 32]) }
    }

    fn key(name: &str) -> KeyHash {
        KeyHash::of(name)
    }

    fn holding(held: &[(&str, u64)]) -> Holdings {
        let mut holdings = Holdings::default();
        held.iter()
            .for_each(|(name, ms)| holdings.apply(SlotKey::of(name), Held { version: version(*ms), signature: None }));
        holdings
    }

    fn held(holdings: &Holdings, name: &str) -> Option<u64> {
        holdings.held(&key(name)).map(|held| held.version.timestamp.0)
    }

    #[test]
    fn reading_anew_mirrors_the_store_and_says_whether_it_lost_something() {
        for (found, has_lost) in [
            (&[("a", 2), ("b", 2)][..], false),
            (&[("a", 3), ("b", 2), ("c", 1)], false),
            (&[("a", 1), ("b", 2)], true),
            (&[("b", 2)], true),
        ] {
            let mut again = holding(&[("a", 2), ("b", 2)]);
            again.begin_load();
            for (name, ms) in found {
                again.read(SlotKey::of(name), version(*ms));
            }
            assert_eq!(again.end_load(), has_lost, "{found:?}");
            assert_eq!(again.digest(), holding(found).digest(), "{found:?}");
        }
    }

    #[test]
    fn a_look_mirrors_the_store_but_for_what_was_written_after_it_began() {
        for (found, is_ours, left, has_lost) in [
            (Some(3), false, Some(3), false),
            (Some(2), false, Some(2), false),
            (Some(1), false, Some(1), true),
            (None, false, None, true),
            (Some(1), true, Some(2), false),
            (None, true, Some(2), false),
            (Some(3), true, Some(3), false),
        ] {
            let mut holdings = holding(&[("a", 2)]);
            holdings.begin_look();
            if is_ours {
                holdings.apply(SlotKey::of("a"), Held { version: version(2), signature: None });
            }
            holdings.follow(SlotKey::of("a"), found.map(version));
            assert_eq!((holdings.end_look(), held(&holdings, "a")), (has_lost, left), "{found:?} {is_ours}");
        }
    }

    #[test]
    fn what_a_load_that_failed_found_lost_is_told_by_the_next_one() {
        let mut holdings = holding(&[("a", 2)]);
        for _ in 0..2 {
            holdings.begin_load();
            holdings.read(SlotKey::of("a"), version(1));
        }
        assert!(holdings.end_load());
        holdings.begin_load();
        holdings.read(SlotKey::of("a"), version(1));
        assert!(!holdings.end_load(), "it is told once");
    }

    #[test]
    fn what_is_noted_again_while_the_store_is_read_stays() {
        let mut holdings = holding(&[("a", 1)]);
        holdings.begin_load();
        holdings.apply(SlotKey::of("a"), Held { version: version(1), signature: None });
        assert!(!holdings.end_load());
        assert_eq!(held(&holdings, "a"), Some(1));
    }

    #[test]
    fn what_is_written_while_the_store_is_read_stays() {
        let mut holdings = holding(&[("a", 1), ("b", 1)]);
        holdings.begin_load();
        assert_eq!(holdings.len(), 2, "what is held stays in force");
        for name in ["a", "c"] {
            holdings.apply(SlotKey::of(name), Held { version: version(5), signature: None });
        }
        holdings.read(SlotKey::of("a"), version(1));
        holdings.read(SlotKey::of("b"), version(1));
        assert!(!holdings.end_load());
        assert_eq!(["a", "b", "c"].map(|name| held(&holdings, name)), [Some(5), Some(1), Some(5)]);
    }
}
