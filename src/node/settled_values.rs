//! Values of records that were verified but are not held: what differs from a peer because of them is left out of a
//! discovery until their time, so that they are not fetched again from any peer.

use std::collections::VecDeque;

use super::holdings::Holdings;
use crate::limits::{MAX_SETTLED_VALUES, MAX_SETTLED_VALUES_OF_DATES, SETTLED_MS};
use crate::report::SettledArrival;
use crate::symbols::{ElementId, Residue, View};

/// What a peer has under one id, beside what this node holds there.
#[derive(Debug)]
struct SettledValue {
    id: ElementId,
    /// What was held under the id when it was settled: with anything else there, the peers' value means something else.
    own: [Residue; 2],
    arrival: SettledArrival,
}

/// A bounded number of settled values, the oldest dropped first.
#[derive(Debug, Default)]
pub struct SettledValues {
    /// Settled because of their date.
    dates: VecDeque<SettledValue>,
    others: VecDeque<SettledValue>,
}

impl SettledValues {
    /// Settles what came under an id, where this node now holds what `holdings` say.
    pub fn settle(&mut self, id: ElementId, arrival: SettledArrival, holdings: &Holdings) {
        self.dates.retain(|value| value.id != id);
        self.others.retain(|value| value.id != id);
        let own = View::ALL.map(|view| holdings.own(view, id).value);
        let (values, most) = match arrival.is_dated {
            true => (&mut self.dates, MAX_SETTLED_VALUES_OF_DATES),
            false => (&mut self.others, MAX_SETTLED_VALUES),
        };
        if values.len() >= most {
            values.pop_front();
        }
        values.push_back(SettledValue { id, own, arrival });
    }

    /// The ids that are settled at this time of the node's clock, each with the value that peers have there and the time
    /// until which it is settled.
    pub fn at<'s>(
        &'s self,
        view: View,
        holdings: &'s Holdings,
        now_ms: u64,
    ) -> impl Iterator<Item = (ElementId, Residue, u64)> + 's {
        let is_due = move |value: &&SettledValue| {
            let wait_ms = value.arrival.until_ms.saturating_sub(now_ms);
            // A longer wait than the longest one means that the clock was set back.
            wait_ms > 0 && (value.arrival.is_dated || wait_ms <= SETTLED_MS)
        };
        let of_view = move |[by_time, by_content]: [Residue; 2]| match view {
            View::ByTime => by_time,
            View::ByContent => by_content,
        };
        let values = self.dates.iter().chain(&self.others).filter(is_due);
        let valid = values.filter(move |value| holdings.own(view, value.id).value == of_view(value.own));
        valid.map(move |value| (value.id, of_view(value.arrival.values), value.arrival.until_ms))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.dates.is_empty() && self.others.is_empty()
    }

    /// Forgets all of them, because what kept their records out is over.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::{Held, SlotKey};
    use crate::record::{ContentId, TimestampMs, Version};

    const NOW_MS: u64 = 1_000;

    fn arrival(number: u32, until_ms: u64, is_dated: bool) -> SettledArrival {
        SettledArrival { values: [number, number + 1].map(Residue::from), until_ms, is_dated }
    }

    #[test]
    fn a_value_is_settled_until_its_time_or_until_what_is_held_changes() {
        let (mut values, mut holdings) = (SettledValues::default(), Holdings::default());
        let key = SlotKey::of("a");
        let id = ElementId::of(&key.hash);
        values.settle(id, arrival(5, NOW_MS + 10, false), &holdings);
        let at = |values: &SettledValues, holdings: &Holdings, view, now_ms| values.at(view, holdings, now_ms).next();
        let settled = |value: u32| Some((id, Residue::from(value), NOW_MS + 10));
        assert_eq!(at(&values, &holdings, View::ByTime, NOW_MS), settled(5));
        assert_eq!(at(&values, &holdings, View::ByContent, NOW_MS), settled(6));
        assert_eq!(at(&values, &holdings, View::ByTime, NOW_MS + 10), None);
        let version = Version { timestamp: TimestampMs(1), content: ContentId([1; 32]) };
        holdings.apply(key, Held { version, signature: None });
        assert_eq!(at(&values, &holdings, View::ByTime, NOW_MS), None);
        values.settle(id, arrival(7, NOW_MS + 10, false), &holdings);
        assert_eq!(at(&values, &holdings, View::ByTime, NOW_MS), settled(7));
        values.settle(id, arrival(7, NOW_MS + SETTLED_MS + 1, false), &holdings);
        assert_eq!(at(&values, &holdings, View::ByTime, NOW_MS), None, "the clock was set back");
        values.clear();
        assert!(values.is_empty());
    }

    #[test]
    fn those_settled_for_their_date_push_out_no_others() {
        let (mut values, holdings) = (SettledValues::default(), Holdings::default());
        let many = MAX_SETTLED_VALUES as u32 + 500;
        (0..many).for_each(|id| values.settle(ElementId(id), arrival(1, NOW_MS + 10, false), &holdings));
        (0..many).for_each(|id| values.settle(ElementId(many + id), arrival(1, u64::MAX, true), &holdings));
        let ids: Vec<u32> = values.at(View::ByTime, &holdings, NOW_MS).map(|(id, ..)| id.0).collect();
        assert_eq!(ids.iter().filter(|id| **id >= many).count(), MAX_SETTLED_VALUES_OF_DATES);
        assert_eq!(ids.iter().filter(|id| **id < many).count(), MAX_SETTLED_VALUES);
        assert!(!ids.contains(&0) && ids.contains(&(many - 1)), "the oldest are dropped");
    }
}
