//! Settled records: verified but not held, and not to be fetched again before a time, so that neither the task nor the
//! database is asked about them again until then. The set is bounded: a record that has no room costs work, nothing else.

use crate::error::{Rejection, StoreFault};
use crate::limits::{MAX_REASON_CHARACTERS, REFUSED_MS, SETTLED_A_BUCKET, SETTLED_BUCKETS, SETTLED_MS};
use crate::record::{ContentId, KeyHash, Version};
use crate::report::ItemOutcome;
use crate::verify::Record;

/// How many rounds try a record again at once after it failed alone, before it is settled for a while.
const TRIED_AT_ONCE: u32 = 2;

/// One settled record: one content in one slot. Another version of the slot is another case.
#[derive(Debug)]
pub struct Case {
    /// The slot.
    pub key: KeyHash,
    /// The record's content id.
    pub content: ContentId,
    /// When it ceases to be settled, by the node's clock, in milliseconds.
    pub until_ms: u64,
    /// Why it is not held.
    pub why: Rejection,
    /// The hash of the unsigned members that the task saw when it did not accept the record: anyone can send a copy with
    /// others.
    unsigned: Option<KeyHash>,
    /// How often the database refused it or failed at it.
    times: u32,
    /// The number of the first write that failed with it; `None` once a later write has shown that the record is to blame.
    failed_at: Option<u64>,
}

/// A bounded set of cases, in buckets by the hash of the slot's key. A full bucket drops a case whose time has come, or
/// else the one settled for longest, so that it cannot be filled with records dated far ahead.
#[derive(Debug, Default)]
pub struct Settled {
    buckets: Vec<Vec<Case>>,
    /// When something was first settled: from then on, times end together.
    since_ms: Option<u64>,
}

impl Settled {
    /// The case of this content, if it is settled at this time of the node's clock.
    #[must_use]
    pub fn at(&self, key: &KeyHash, content: &ContentId, now_ms: u64) -> Option<&Case> {
        self.find(key, content).filter(|case| case.is_settled(now_ms))
    }

    /// The outcome of a copy with these unsigned members, if it is settled at this time of the node's clock.
    #[inline(never)] // for size: each of its callers would have a copy
    pub(super) fn outcome(
        &self,
        (key, content): (&KeyHash, &ContentId),
        unsigned: &dyn Fn() -> String,
        now_ms: u64,
    ) -> Option<ItemOutcome> {
        let case = self.at(key, content, now_ms)?;
        let is_another = case.unsigned.is_some_and(|seen| seen != KeyHash::of(&unsigned()));
        (!is_another).then(|| ItemOutcome::Settled(case.why.as_of(now_ms), case.until_ms))
    }

    /// All cases that are settled at this time of the node's clock.
    pub fn all(&self, now_ms: u64) -> impl Iterator<Item = &Case> {
        self.buckets.iter().flatten().filter(move |case| case.is_settled(now_ms))
    }

    /// Until when a record is settled at most, by the node's clock: between half of [`SETTLED_MS`] and all of it. A peer's body
    /// is read again when the first of its records is due, so that many records due at many times would have it read in
    /// every round; this way it is read twice in [`SETTLED_MS`].
    pub fn until_ms(&mut self, now_ms: u64) -> u64 {
        let since_ms = self.since_ms.filter(|since_ms| *since_ms <= now_ms).unwrap_or(now_ms);
        self.since_ms = Some(since_ms);
        let late_ms = now_ms.saturating_sub(since_ms) % (SETTLED_MS / 2);
        now_ms.saturating_add(SETTLED_MS.saturating_sub(late_ms))
    }

    /// Settles a verified record that is not held, until this time.
    pub fn settle(&mut self, record: &Record, why: Rejection, until_ms: u64, now_ms: u64) {
        let unsigned = (why == Rejection::NotAccepted).then(|| KeyHash::of(&record.content().unsigned));
        self.put(Case { until_ms, unsigned, ..Case::of(record, why) }, now_ms);
    }

    /// Whether the database failed at this record before.
    #[must_use]
    pub fn has_failed(&self, record: &Record) -> bool {
        self.of(record).is_some_and(|case| case.times > 0)
    }

    /// Whether the write of number `written_at`, which stored something, came after this record had failed.
    #[must_use]
    pub fn is_proven(&self, record: &Record, written_at: u64) -> bool {
        self.of(record).is_some_and(|case| case.failed_at.is_some_and(|failed_at| written_at >= failed_at))
    }

    /// Settles a record at which the database failed when it was written alone; the first write that failed with it has
    /// the number `failed_at`, and the last write that stored something the number `written_at`. The database refuses
    /// the record if it did so before, or if something was stored since. Otherwise the database itself may have failed,
    /// and the next rounds try the record again. Returns why and until when the record is settled.
    pub fn settle_failure(
        &mut self,
        record: &Record,
        (failed_at, written_at): (u64, u64),
        fault: &StoreFault,
        now_ms: u64,
    ) -> (Rejection, u64) {
        let before = self.of(record).filter(|case| case.times > 0);
        let was_refused = before.is_some_and(|case| case.failed_at.is_none());
        let failed_at = before.and_then(|case| case.failed_at).unwrap_or(failed_at);
        let is_refused = was_refused || written_at >= failed_at;
        let times = before.filter(|_| was_refused || !is_refused).map_or(0, |case| case.times);
        let doublings = if is_refused { Some(times) } else { times.checked_sub(TRIED_AT_ONCE) };
        let wait_ms = doublings.map_or(0, |doublings| REFUSED_MS.saturating_mul(2_u64.saturating_pow(doublings)));
        let until_ms = if wait_ms < SETTLED_MS { now_ms.saturating_add(wait_ms) } else { self.until_ms(now_ms) };
        let words = StoreFault { message: fault.message.chars().take(MAX_REASON_CHARACTERS).collect(), ..*fault };
        let why = if is_refused { Rejection::StoreRefused(words) } else { Rejection::StoreFailed(words) };
        let failed_at = (!is_refused).then_some(failed_at);
        let case = Case { until_ms, times: times.saturating_add(1), failed_at, ..Case::of(record, why.clone()) };
        self.put(case, now_ms);
        (why, until_ms)
    }

    /// Makes records be tried again at once that failed, and for which the database may be to blame; returns whether there
    /// are any.
    pub fn release(&mut self) -> bool {
        let failed = self.buckets.iter_mut().flatten().filter(|case| case.failed_at.is_some() && case.until_ms > 0);
        failed.map(|case| case.until_ms = 0).count() > 0
    }

    fn of(&self, record: &Record) -> Option<&Case> {
        self.find(&record.content().key_hash, &record.version().content)
    }

    #[inline(never)] // for size, as above
    fn find(&self, key: &KeyHash, content: &ContentId) -> Option<&Case> {
        let bucket = self.buckets.get(bucket_of(key))?;
        bucket.iter().find(|case| case.key == *key && case.content == *content)
    }

    #[inline(never)] // for size, as above
    fn put(&mut self, case: Case, now_ms: u64) {
        if self.buckets.is_empty() {
            self.buckets.resize_with(SETTLED_BUCKETS, Vec::new);
        }
        let Some(bucket) = self.buckets.get_mut(bucket_of(&case.key)) else { return };
        let same = |other: &Case| other.key == case.key && other.content == case.content;
        let is_full = bucket.len() >= SETTLED_A_BUCKET;
        let mut place = bucket.iter().position(same);
        if is_full && place.is_none() {
            let longest = bucket.iter().map(|other| other.until_ms).max().unwrap_or_default();
            let is_over = |other: &Case| !other.is_settled(now_ms);
            let is_longest = |other: &Case| other.until_ms == longest && longest > case.until_ms;
            place = bucket.iter().position(is_over).or_else(|| bucket.iter().position(is_longest));
        }
        match place.and_then(|at| bucket.get_mut(at)) {
            Some(place) => *place = case,
            None if is_full => {}
            None => bucket.push(case),
        }
    }
}

impl Case {
    fn of(record: &Record, why: Rejection) -> Self {
        let Version { content, .. } = record.version();
        let key = record.content().key_hash;
        Self { key, content, until_ms: 0, why, unsigned: None, times: 0, failed_at: None }
    }

    /// Whether its time is yet to come. A wait longer than the longest one means that the node's clock was set back, so
    /// that it has ended; only a record's own date may be farther ahead.
    fn is_settled(&self, now_ms: u64) -> bool {
        let wait_ms = self.until_ms.saturating_sub(now_ms);
        let is_dated = matches!(self.why, Rejection::FromTheFuture { .. });
        wait_ms > 0 && (is_dated || wait_ms <= SETTLED_MS)
    }
}

fn bucket_of(key: &KeyHash) -> usize {
    let [first, second, ..] = key.0;
    usize::from(u16::from_be_bytes([first, second])) % SETTLED_BUCKETS
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: u64 = 1_000_000;

    /// A case; all of these cases are in the same bucket.
    fn case(number: u8, until_ms: u64) -> Case {
        let mut key = KeyHash([0; 32]);
        key.0[31] = number;
        let why = Rejection::FromTheFuture { timestamp_ms: 0, now_ms: NOW_MS };
        let content = ContentId([number; 32]);
        Case { key, content, until_ms, why, unsigned: None, times: 0, failed_at: None }
    }

    fn full() -> Settled {
        let mut settled = Settled::default();
        (0..SETTLED_A_BUCKET as u8).for_each(|number| settled.put(case(number, NOW_MS + 100), NOW_MS));
        settled
    }

    fn holds(settled: &Settled, number: u8) -> bool {
        let Case { key, content, .. } = case(number, 0);
        settled.at(&key, &content, NOW_MS).is_some()
    }

    #[test]
    fn what_is_settled_at_different_times_is_due_together() {
        let mut settled = Settled::default();
        let minute_ms = SETTLED_MS / 10;
        let mut due = |minute: u64| (settled.until_ms(NOW_MS + minute * minute_ms) - NOW_MS) / minute_ms;
        assert_eq!([0, 1, 4, 5, 9, 10].map(&mut due), [10, 10, 10, 15, 15, 20]);
        assert_eq!(settled.until_ms(NOW_MS - 1), NOW_MS - 1 + SETTLED_MS, "the clock was set back");
    }

    #[test]
    fn a_full_bucket_keeps_what_is_settled_for_a_shorter_time() {
        for (until_ms, is_taken) in [(NOW_MS + 99, true), (NOW_MS + 100, false), (NOW_MS + 101, false)] {
            let mut settled = full();
            settled.put(case(200, until_ms), NOW_MS);
            assert_eq!(holds(&settled, 200), is_taken, "{until_ms}");
            assert_eq!(settled.all(NOW_MS).count(), SETTLED_A_BUCKET);
        }
    }

    #[test]
    fn what_is_over_makes_room_first() {
        let mut settled = full();
        settled.put(case(7, NOW_MS), NOW_MS);
        assert!(!holds(&settled, 7), "its time has come");
        settled.put(case(200, NOW_MS + 1_000), NOW_MS);
        assert!(holds(&settled, 200) && settled.all(NOW_MS).count() == SETTLED_A_BUCKET);
    }

    #[test]
    fn another_content_of_the_slot_is_another_case() {
        let settled = full();
        assert!(settled.at(&case(1, 0).key, &ContentId([9; 32]), NOW_MS).is_none());
    }
}
