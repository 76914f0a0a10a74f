//! Values that this node held itself until it stored something greater there: an audit does not ask for them.

use std::collections::VecDeque;

use super::symbols::OwnInBoth;
use crate::limits::{AUDITS_THAT_SPARE, MAX_OUTGROWN_VALUES};
use crate::symbols::{ElementId, IdMap, Noted, Residue, View};

/// What was held under one id, by its content.
#[derive(Debug, Clone, Copy)]
struct OutgrownValue {
    id: ElementId,
    before: Residue,
    /// What is held in its place: with anything else there, the value before may be wanted again.
    after: Residue,
    /// How many audits had begun.
    audits: u32,
}

/// A bounded number of outgrown values, the oldest dropped first.
#[derive(Debug, Default)]
pub struct OutgrownValues {
    values: VecDeque<OutgrownValue>,
    /// How many audits have begun.
    audits: u32,
}

impl OutgrownValues {
    /// Notes a change under an id, if it is one to a later version of the same slot.
    pub fn note(&mut self, id: ElementId, before: OwnInBoth, after: OwnInBoth) {
        if !after.is_later_than(before) {
            return;
        }
        if self.values.len() >= MAX_OUTGROWN_VALUES {
            self.values.pop_front();
        }
        let [before, after] = [before, after].map(|own| own.of_view(View::ByContent).value);
        self.values.push_back(OutgrownValue { id, before, after, audits: self.audits });
    }

    /// Begins the audit of a round: what was outgrown several audits ago is not spared any more.
    pub fn begin_audit(&mut self) {
        self.audits = self.audits.wrapping_add(1);
        let audits = self.audits;
        self.values.retain(|value| audits.wrapping_sub(value.audits) <= AUDITS_THAT_SPARE);
    }

    /// Removes what a peer has only in a version that was held here, from what view 1 noted.
    pub fn spare(&self, noted: &mut Vec<Noted>) {
        let mut last = IdMap::default();
        for value in self.values.iter().rev() {
            last.get_or_insert(value.id, *value);
        }
        let is_outgrown = |noted: &Noted| {
            last.get(noted.id).is_some_and(|value| (value.before, value.after) == (noted.theirs, noted.own))
        };
        noted.retain(|noted| !is_outgrown(noted));
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Held, Holdings, SlotKey};
    use super::*;
    use crate::record::{ContentId, KeyHash, TimestampMs, Version};
    use crate::symbols::Own;

    /// A version of its own for each of these numbers of seconds.
    fn version(seconds: u8) -> Version {
        Version { timestamp: TimestampMs(u64::from(seconds) << 10), content: ContentId([seconds; 32]) }
    }

    fn watched(held: &[(&str, u8)]) -> Holdings {
        let mut holdings = Holdings::default();
        while !holdings.symbols_further(View::ByContent, 1) {}
        held.iter().for_each(|(name, seconds)| apply(&mut holdings, name, *seconds));
        holdings
    }

    fn apply(holdings: &mut Holdings, name: &str, seconds: u8) {
        holdings.apply(SlotKey::of(name), Held { version: version(seconds), signature: None });
    }

    /// Whether an audit asks a peer that has this version.
    fn asks_for(holdings: &Holdings, name: &str, seconds: u8) -> bool {
        let id = ElementId::of(&KeyHash::of(name));
        let own = holdings.own(View::ByContent, id);
        let theirs = View::ByContent.value(&version(seconds));
        let mut noted = vec![Noted::new(View::ByContent, id, own, theirs.minus(own.value))];
        holdings.outgrown.spare(&mut noted);
        !noted.is_empty()
    }

    #[test]
    fn what_was_held_and_outgrown_is_spared() {
        let mut holdings = watched(&[("a", 1), ("a", 5), ("b", 1)]);
        assert!(!asks_for(&holdings, "a", 1));
        for (name, seconds) in [("a", 2), ("a", 6), ("b", 2), ("c", 1)] {
            assert!(asks_for(&holdings, name, seconds), "{name} {seconds}");
        }
        apply(&mut holdings, "a", 7);
        assert!(!asks_for(&holdings, "a", 5));
        assert!(asks_for(&holdings, "a", 1), "only the last one is remembered");
    }

    #[test]
    fn what_the_database_lost_is_asked_for() {
        let mut holdings = watched(&[("a", 1), ("a", 5), ("a", 1)]);
        assert!(asks_for(&holdings, "a", 5));
        apply(&mut holdings, "a", 3);
        holdings.remove(&KeyHash::of("a"));
        assert!(asks_for(&holdings, "a", 1) && asks_for(&holdings, "a", 3));
    }

    #[test]
    fn what_is_later_only_by_its_content_is_asked_for() {
        let mut holdings = watched(&[("a", 1)]);
        let version = Version { content: ContentId([9; 32]), ..version(1) };
        holdings.apply(SlotKey::of("a"), Held { version, signature: None });
        assert!(asks_for(&holdings, "a", 1));
    }

    #[test]
    fn several_records_of_one_id_are_asked_for() {
        let mut holdings = watched(&[("a", 1)]);
        let mut hash = KeyHash::of("a");
        hash.0[31] ^= 1;
        holdings.apply(SlotKey { hash, text: "b" }, Held { version: version(1), signature: None });
        apply(&mut holdings, "a", 5);
        let id = ElementId::of(&hash);
        let own = holdings.own(View::ByContent, id);
        let before = View::ByContent.value(&version(1));
        let mut noted = vec![Noted::new(View::ByContent, id, own, before.plus(before).minus(own.value))];
        holdings.outgrown.spare(&mut noted);
        assert_eq!((own.records, noted.len()), (2, 1));
    }

    #[test]
    fn it_is_spared_for_a_few_audits_only() {
        let mut holdings = watched(&[("a", 1), ("a", 5)]);
        (0..AUDITS_THAT_SPARE).for_each(|_| holdings.outgrown.begin_audit());
        assert!(!asks_for(&holdings, "a", 1));
        holdings.outgrown.begin_audit();
        assert!(asks_for(&holdings, "a", 1));
    }

    #[test]
    fn no_more_than_so_many_are_remembered() {
        let own = |seconds: u8| {
            let holdings = watched(&[("a", seconds)]);
            let id = ElementId::of(&KeyHash::of("a"));
            (OwnInBoth::of(&holdings.records, id), holdings.own(View::ByContent, id).value)
        };
        let ((before, theirs), (after, ours)) = (own(1), own(2));
        let mut values = OutgrownValues::default();
        (0..=MAX_OUTGROWN_VALUES as u32).for_each(|id| values.note(ElementId(id), before, after));
        let is_spared = |id: u32| {
            let own = Own { value: ours, records: 1 };
            let mut noted = vec![Noted::new(View::ByContent, ElementId(id), own, theirs.minus(ours))];
            values.spare(&mut noted);
            noted.is_empty()
        };
        assert!(!is_spared(0) && is_spared(1) && is_spared(MAX_OUTGROWN_VALUES as u32));
    }
}
