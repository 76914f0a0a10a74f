//! Values that this node held itself until it stored something greater there: a peer that still has them is not asked for
//! its records.

use std::collections::VecDeque;

use super::symbols::OwnInBoth;
use crate::limits::{MAX_OUTGROWN_VALUES, OUTGROWN_AUDITS};
use crate::symbols::{ElementId, IdMap, Kind, Noted, View};

/// What was held under one id.
#[derive(Debug, Clone, Copy)]
struct OutgrownValue {
    id: ElementId,
    before: OwnInBoth,
    /// What is held in its place: with anything else there, the value before may be wanted again.
    after: OwnInBoth,
    /// How many audits had begun.
    audits: u32,
}

impl OutgrownValue {
    fn is(&self, view: View, noted: &Noted) -> bool {
        let [before, after] = [self.before, self.after].map(|own| own.of_view(view).value);
        (before, after) == (noted.theirs, noted.own)
    }
}

/// A bounded number of outgrown values, the oldest dropped first.
#[derive(Debug, Default)]
pub struct OutgrownValues {
    values: VecDeque<OutgrownValue>,
    /// How many audits have begun.
    audits: u32,
}

impl OutgrownValues {
    /// Notes that a slot with this id got a greater version; it is of no use if other slots have the id too.
    pub fn note(&mut self, id: ElementId, before: OwnInBoth, after: OwnInBoth) {
        if [before, after].iter().any(|own| own.of_view(View::ByTime).records != 1) {
            return;
        }
        if self.values.len() >= MAX_OUTGROWN_VALUES {
            self.values.pop_front();
        }
        self.values.push_back(OutgrownValue { id, before, after, audits: self.audits });
    }

    /// Begins the audit of a round: what was outgrown several audits ago is not remembered any more.
    pub fn begin_audit(&mut self) {
        self.audits = self.audits.wrapping_add(1);
        let audits = self.audits;
        self.values.retain(|value| audits.wrapping_sub(value.audits) <= OUTGROWN_AUDITS);
    }

    /// Marks as older what a peer has in a version that was held here.
    pub fn mark_older(&self, view: View, noted: &mut [Noted]) {
        let mut last = IdMap::default();
        for value in self.values.iter().rev() {
            last.get_or_insert(value.id, *value);
        }
        for noted in noted {
            if last.get(noted.id).is_some_and(|value| value.is(view, noted)) {
                noted.kind = Kind::Older;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Held, Holdings, SlotKey};
    use super::*;
    use crate::record::{ContentId, KeyHash, TimestampMs, Version};
    use crate::symbols::{Own, Residue};

    /// A version of its own for each of these times, all within the same unit of view 0.
    fn version(ms: u8) -> Version {
        Version { timestamp: TimestampMs(ms.into()), content: ContentId([ms; 32]) }
    }

    fn watched(held: &[(&str, u8)]) -> Holdings {
        let mut holdings = Holdings::default();
        while !holdings.symbols_further(View::ByContent, 1) {}
        held.iter().for_each(|(name, ms)| apply(&mut holdings, name, *ms));
        holdings
    }

    fn apply(holdings: &mut Holdings, name: &str, ms: u8) {
        holdings.apply(SlotKey::of(name), Held { version: version(ms), signature: None });
    }

    fn is_wanted(values: &OutgrownValues, view: View, id: ElementId, own: Own, theirs: Residue) -> bool {
        let mut noted = [Noted::new(view, id, own, theirs.minus(own.value))];
        values.mark_older(view, &mut noted);
        noted[0].is_wanted()
    }

    /// Whether a peer that has this version is asked for it.
    fn asks_for(holdings: &Holdings, name: &str, ms: u8) -> bool {
        let id = ElementId::of(&KeyHash::of(name));
        let [by_time, by_content] = View::ALL
            .map(|view| is_wanted(&holdings.outgrown, view, id, holdings.own(view, id), view.value(&version(ms))));
        assert_eq!(by_time, by_content);
        by_time
    }

    #[test]
    fn what_was_held_and_outgrown_is_older() {
        let mut holdings = watched(&[("a", 1), ("a", 5), ("b", 1)]);
        assert!(!asks_for(&holdings, "a", 1));
        for (name, ms) in [("a", 2), ("a", 6), ("b", 2), ("c", 1)] {
            assert!(asks_for(&holdings, name, ms), "{name} {ms}");
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
    fn several_records_of_one_id_are_asked_for() {
        let mut holdings = watched(&[("a", 1)]);
        let mut hash = KeyHash::of("a");
        hash.0[31] ^= 1;
        holdings.apply(SlotKey { hash, text: "b" }, Held { version: version(1), signature: None });
        apply(&mut holdings, "a", 5);
        let id = ElementId::of(&hash);
        let own = holdings.own(View::ByContent, id);
        let before = View::ByContent.value(&version(1));
        assert_eq!(own.records, 2);
        assert!(is_wanted(&holdings.outgrown, View::ByContent, id, own, before.plus(before)));
    }

    #[test]
    fn it_is_remembered_for_a_few_audits_only() {
        let mut holdings = watched(&[("a", 1), ("a", 5)]);
        (0..OUTGROWN_AUDITS).for_each(|_| holdings.outgrown.begin_audit());
        assert!(!asks_for(&holdings, "a", 1));
        holdings.outgrown.begin_audit();
        assert!(asks_for(&holdings, "a", 1));
    }

    #[test]
    fn no_more_than_so_many_are_remembered() {
        let own = |ms: u8| OwnInBoth::of(&watched(&[("a", ms)]).records, ElementId::of(&KeyHash::of("a")));
        let (before, after) = (own(1), own(2));
        let mut values = OutgrownValues::default();
        (0..=MAX_OUTGROWN_VALUES as u32).for_each(|id| values.note(ElementId(id), before, after));
        let [theirs, ours] = [before, after].map(|own| own.of_view(View::ByContent));
        let is_older = |id: u32| !is_wanted(&values, View::ByContent, ElementId(id), ours, theirs.value);
        assert!(!is_older(0) && is_older(1) && is_older(MAX_OUTGROWN_VALUES as u32));
    }
}
