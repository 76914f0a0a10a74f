//! What a body that is being served promises by its tag.

use super::Holdings;
use super::table::Generation;
use crate::record::{KeyHash, Version};

/// What a body promises by its tag: every record that was held when the body began, in that version or a greater one; or
/// those records that were asked for.
#[derive(Debug)]
pub struct Promise {
    since: Generation,
    /// How many of them the body has not contained yet.
    to_come: u64,
}

impl Holdings {
    /// The promise of a body that begins now: everything that is held.
    pub fn promise(&mut self) -> Promise {
        self.promise_of(self.len())
    }

    /// The promise of a body that begins now and is to contain this many of the slots that are held.
    pub fn promise_of(&mut self, slots: usize) -> Promise {
        Promise { since: self.records.begin_generation(), to_come: slots as u64 }
    }

    /// Notes that a body contains this version of a slot; returns whether a greater one is held. That breaks the
    /// promise, unless the greater one was written after the database was read.
    pub fn redeem(&self, promise: &mut Promise, key: &KeyHash, version: &Version) -> bool {
        let Some(entry) = self.records.get(key).filter(|entry| promise.since.is_after(entry)) else { return false };
        let is_less = *version < entry.held().version;
        if !is_less {
            promise.to_come = promise.to_come.saturating_sub(1);
        }
        is_less
    }

    /// How many of the promised records the body did not contain.
    #[must_use]
    pub fn missing(&self, promise: &Promise) -> u64 {
        if self.records.remembers(promise.since) { promise.to_come } else { promise.to_come.max(1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::{Held, SlotKey};
    use crate::record::{ContentId, TimestampMs};

    fn key(name: &str) -> KeyHash {
        KeyHash::of(name)
    }

    fn version(ms: u64) -> Version {
        Version { timestamp: TimestampMs(ms), content: ContentId([0; 32]) }
    }

    fn change(holdings: &mut Holdings, name: &str, ms: u64) {
        holdings.apply(SlotKey::of(name), Held { version: version(ms), signature: None });
    }

    #[test]
    fn a_promise_is_kept_by_what_was_held_when_it_was_given() {
        let mut holdings = Holdings::default();
        for name in ["a", "b", "c"] {
            change(&mut holdings, name, 1);
        }
        let mut promise = holdings.promise();
        change(&mut holdings, "d", 1);
        change(&mut holdings, "b", 2);
        assert!(!holdings.redeem(&mut promise, &key("a"), &version(1)));
        assert!(holdings.redeem(&mut promise, &key("b"), &version(1)), "less than what is held is doubtful");
        assert!(!holdings.redeem(&mut promise, &key("b"), &version(2)));
        assert!(!holdings.redeem(&mut promise, &key("d"), &version(1)), "it was not promised");
        assert!(!holdings.redeem(&mut promise, &key("e"), &version(1)), "it is not held");
        assert_eq!(holdings.missing(&promise), 1);
        holdings.remove(&key("c"));
        change(&mut holdings, "c", 1);
        holdings.redeem(&mut promise, &key("c"), &version(1));
        assert_eq!(holdings.missing(&promise), 1, "what was lost meanwhile may have been missed");
    }
}
