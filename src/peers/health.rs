//! How peers fared, and which of them to ask next.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::iter;

use super::url::PeerUrl;
use crate::limits::MAX_REMEMBERED_PEERS;

/// So many failures in a row make a peer wait.
const FAILURES_BEFORE_BACK_OFF: u32 = 3;

/// The first wait; each further failure doubles it.
const FIRST_BACK_OFF_MS: u64 = 20_000;

/// The longest wait.
const MAX_BACK_OFF_MS: u64 = 600_000;

/// How one peer fared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Failures since the last success.
    pub failures: u32,
    /// Not asked before this time of our clock; 0 = may be asked now.
    pub retry_at_ms: u64,
    /// The round in which it was last chosen, counted from 1; 0 = never.
    pub last_asked_round: u64,
}

/// What is known of the peers of a task: their health, and notes of type `N` that a round keeps.
#[derive(Clone, Debug, Default)]
pub struct Book<N = ()> {
    round: u64,
    entries: BTreeMap<PeerUrl, Entry<N>>,
}

#[derive(Clone, Debug)]
struct Entry<N> {
    health: Health,
    first_listed_round: u64,
    last_listed_round: u64,
    notes: N,
}

/// Whom to ask in a round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// These are asked.
    pub ask: Vec<PeerUrl>,
    /// These are not, before the given time of our clock in milliseconds.
    pub backing_off: Vec<(PeerUrl, u64)>,
}

/// The place of a peer in the queue: since which round it waits, whether it was asked in that
/// round, and a random number.
type Turn = (u64, bool, u32);

impl<N: Default> Book<N> {
    /// At most `max` of `urls` to ask now; calling it begins a round.
    ///
    /// Whoever has waited for longest comes first, ties at random, so that everybody gets a turn. A
    /// peer waits from the round in which it was last asked or first listed, so that a flood of new
    /// urls cannot keep the known ones out. Peers whose back-off is over take a quarter of the
    /// places, and whatever the others leave free, so that a crowd of dead ones cannot either.
    ///
    /// `urls` are unique; the first [`MAX_REMEMBERED_PEERS`] of them count. `random` gives numbers from 0
    /// up to, but not including, 1.
    pub fn choose(&mut self, urls: &[PeerUrl], max: usize, now_ms: u64, random: &mut impl FnMut() -> f64) -> Choice {
        self.round = self.round.saturating_add(1);
        let urls = urls.get(..MAX_REMEMBERED_PEERS).unwrap_or(urls);
        self.list(urls);
        let mut choice = Choice::default();
        let (mut healthy, mut on_trial) = (Vec::new(), Vec::new());
        for url in urls {
            let Some(entry) = self.entries.get(url) else {
                continue;
            };
            if entry.health.is_backing_off(now_ms) {
                choice.backing_off.push((url.clone(), entry.health.retry_at_ms));
            } else if entry.health.retry_at_ms > 0 {
                on_trial.push(Reverse((entry.turn(random), url)));
            } else {
                healthy.push(Reverse((entry.turn(random), url)));
            }
        }
        let trials = on_trial.len().min(a_quarter(max, random()).max(max.saturating_sub(healthy.len())));
        choice.ask = first_in_turn(healthy, max.saturating_sub(trials));
        choice.ask.extend(first_in_turn(on_trial, trials));
        self.mark_asked(&choice.ask);
        choice
    }

    /// Notes that `url` answered: its failures are forgotten.
    pub fn succeeded(&mut self, url: &PeerUrl) {
        let health = &mut self.entry(url).health;
        health.failures = 0;
        health.retry_at_ms = 0;
    }

    /// Notes that `url` failed: from the third failure in a row on it waits 20 s, then twice as long
    /// each time, up to 10 minutes, within ±25 %. `random` gives numbers from 0 up to, but not
    /// including, 1.
    pub fn failed(&mut self, url: &PeerUrl, now_ms: u64, random: &mut impl FnMut() -> f64) {
        let health = &mut self.entry(url).health;
        health.failures = health.failures.saturating_add(1);
        if let Some(doublings) = health.failures.checked_sub(FAILURES_BEFORE_BACK_OFF) {
            health.retry_at_ms = now_ms.saturating_add(back_off_ms(doublings, random()));
        }
    }

    /// The notes on `url`, if it is known.
    #[must_use]
    pub fn notes(&self, url: &PeerUrl) -> Option<&N> {
        self.entries.get(url).map(|entry| &entry.notes)
    }

    /// The notes on `url`, to be written; an unknown one becomes known.
    pub fn notes_mut(&mut self, url: &PeerUrl) -> &mut N {
        &mut self.entry(url).notes
    }

    /// Every known peer with its health, in the order of their urls.
    pub fn iter(&self) -> impl Iterator<Item = (&PeerUrl, &Health)> {
        self.entries.iter().map(|(url, entry)| (url, &entry.health))
    }

    fn list(&mut self, urls: &[PeerUrl]) {
        let round = self.round;
        for url in urls {
            match self.entries.get_mut(url) {
                Some(entry) => entry.last_listed_round = round,
                None => drop(self.entries.insert(url.clone(), Entry::listed(round))),
            }
        }
        self.forget_all_but(MAX_REMEMBERED_PEERS);
    }

    fn mark_asked(&mut self, urls: &[PeerUrl]) {
        for url in urls {
            self.entry(url).health.last_asked_round = self.round;
        }
    }

    fn entry(&mut self, url: &PeerUrl) -> &mut Entry<N> {
        if !self.entries.contains_key(url) {
            self.forget_all_but(MAX_REMEMBERED_PEERS.saturating_sub(1));
        }
        self.entries.entry(url.clone()).or_insert_with(|| Entry::listed(self.round))
    }

    /// Forgets the peers that were last listed longest ago, until `kept` are left.
    fn forget_all_but(&mut self, kept: usize) {
        let excess = self.entries.len().saturating_sub(kept);
        if excess == 0 {
            return;
        }
        let by_age =
            self.entries.iter().map(|(url, entry)| Reverse(((entry.last_listed_round, false, 0), url))).collect();
        for url in &first_in_turn(by_age, excess) {
            self.entries.remove(url);
        }
    }
}

impl Health {
    /// Whether to wait. A wait longer than any says that our clock was set back, and is over.
    fn is_backing_off(&self, now_ms: u64) -> bool {
        (1..=MAX_BACK_OFF_MS).contains(&self.retry_at_ms.saturating_sub(now_ms))
    }
}

impl<N: Default> Entry<N> {
    fn listed(round: u64) -> Entry<N> {
        Entry { health: Health::default(), first_listed_round: round, last_listed_round: round, notes: N::default() }
    }

    fn turn(&self, random: &mut impl FnMut() -> f64) -> Turn {
        let draw = (random() * f64::from(u32::MAX)) as u32;
        match self.health.last_asked_round {
            0 => (self.first_listed_round, false, draw),
            round => (round, true, draw),
        }
    }
}

/// The first `places` of a queue.
fn first_in_turn(queue: Vec<Reverse<(Turn, &PeerUrl)>>, places: usize) -> Vec<PeerUrl> {
    // A heap takes 5 kB less of the module than a sorting.
    let mut queue = BinaryHeap::from(queue);
    iter::from_fn(|| queue.pop()).take(places).map(|Reverse((_, url))| url.clone()).collect()
}

/// A quarter of `places`; what does not divide evenly is rounded at random, so that it is a quarter
/// in the long run.
fn a_quarter(places: usize, random: f64) -> usize {
    let remainder = (places % 4) as f64 / 4.0;
    (places / 4).saturating_add(usize::from(random < remainder))
}

fn back_off_ms(doublings: u32, random: f64) -> u64 {
    let middle_ms = FIRST_BACK_OFF_MS.saturating_mul(2_u64.saturating_pow(doublings)).min(MAX_BACK_OFF_MS);
    let jittered_ms = (middle_ms as f64 * (0.75 + random / 2.0)) as u64;
    jittered_ms.min(MAX_BACK_OFF_MS)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const MINUTE_MS: u64 = 60_000;

    fn url(number: usize) -> PeerUrl {
        PeerUrl::parse(&format!("http://node{number}.example"), "T1", "linktree").unwrap()
    }

    fn urls(numbers: std::ops::Range<usize>) -> Vec<PeerUrl> {
        numbers.map(url).collect()
    }

    /// A repeatable sequence of numbers from 0 up to 1.
    fn seeded(mut state: u64) -> impl FnMut() -> f64 {
        move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f64 / (1_u64 << 24) as f64
        }
    }

    fn health_of(book: &Book, url: &PeerUrl) -> Health {
        book.iter().find(|(known, _)| *known == url).unwrap().1.clone()
    }

    /// A book in which `url` failed so many times at time 0.
    fn book_with_failures(url: &PeerUrl, failures: u32) -> Book {
        let mut book = Book::default();
        (0..failures).for_each(|_| book.failed(url, 0, &mut || 0.5));
        book
    }

    #[test]
    fn the_wait_doubles_from_the_third_failure_up_to_ten_minutes() {
        let seconds = [0, 0, 20, 40, 80, 160, 320, 600, 600, 600];
        for (failures, wanted) in (1..).zip(seconds) {
            let book = book_with_failures(&url(1), failures);
            let health = Health { failures, retry_at_ms: wanted * 1_000, last_asked_round: 0 };
            assert_eq!(health_of(&book, &url(1)), health);
        }
    }

    #[test]
    fn the_wait_is_spread_by_a_quarter_but_never_above_ten_minutes() {
        for (failures, random, wanted_ms) in [
            (3, 0.0, 15_000),
            (3, 0.999_999, 24_999),
            (4, 0.0, 30_000),
            (8, 0.0, 450_000),
            (8, 0.999_999, 600_000),
            (u32::MAX, 0.999_999, 600_000),
        ] {
            let mut book = book_with_failures(&url(1), 0);
            book.entry(&url(1)).health.failures = failures - 1;
            book.failed(&url(1), 1_000_000, &mut || random);
            assert_eq!(health_of(&book, &url(1)).retry_at_ms, 1_000_000 + wanted_ms, "{failures} {random}");
        }
    }

    #[test]
    fn a_peer_that_backs_off_is_asked_when_its_time_has_come() {
        let mut book = book_with_failures(&url(1), 3);
        let waiting = book.choose(&urls(1..2), 1, 19_999, &mut || 0.5);
        assert_eq!(waiting, Choice { ask: vec![], backing_off: vec![(url(1), 20_000)] });
        let over = book.choose(&urls(1..2), 1, 20_000, &mut || 0.5);
        assert_eq!(over, Choice { ask: vec![url(1)], backing_off: vec![] });
    }

    #[test]
    fn one_more_failure_doubles_the_wait_and_a_success_ends_it() {
        let mut book = book_with_failures(&url(1), 3);
        book.failed(&url(1), 20_000, &mut || 0.5);
        assert_eq!(health_of(&book, &url(1)).retry_at_ms, 60_000);
        book.succeeded(&url(1));
        assert_eq!(health_of(&book, &url(1)), Health::default());
        book.failed(&url(1), 60_000, &mut || 0.5);
        assert_eq!(health_of(&book, &url(1)), Health { failures: 1, ..Health::default() });
    }

    #[test]
    fn a_clock_that_was_set_back_keeps_nobody_waiting() {
        let mut book = Book::<()>::default();
        (0..3).for_each(|_| book.failed(&url(1), 1_000 * MINUTE_MS, &mut || 0.5));
        assert_eq!(book.choose(&urls(1..2), 1, 900 * MINUTE_MS, &mut || 0.5).ask, urls(1..2));
    }

    #[test]
    fn all_are_asked_where_there_is_room() {
        let mut book = Book::<()>::default();
        for max in [5, 6, usize::MAX] {
            let choice = book.choose(&urls(0..5), max, 0, &mut seeded(1));
            assert_eq!(BTreeSet::from_iter(choice.ask), BTreeSet::from_iter(urls(0..5)));
        }
        assert_eq!(book.choose(&urls(0..5), 0, 0, &mut seeded(1)), Choice::default());
        assert_eq!(book.choose(&[], 5, 0, &mut seeded(1)), Choice::default());
    }

    #[test]
    fn everybody_gets_a_turn_before_anybody_gets_a_second() {
        let mut book = Book::<()>::default();
        let mut random = seeded(2);
        for _ in 0..3 {
            let mut asked: Vec<_> = (0..10).flat_map(|_| book.choose(&urls(0..100), 10, 0, &mut random).ask).collect();
            asked.sort();
            let mut all = urls(0..100);
            all.sort();
            assert_eq!(asked, all);
        }
    }

    #[test]
    fn ties_are_decided_at_random() {
        let first = |seed: u64| Book::<()>::default().choose(&urls(0..100), 1, 0, &mut seeded(seed * 1_000_003)).ask;
        let firsts: BTreeSet<_> = (1..=50).flat_map(first).collect();
        assert!(firsts.len() > 25, "{} of 50", firsts.len());
    }

    #[test]
    fn a_flood_of_new_urls_does_not_keep_the_known_ones_out() {
        let mut book = Book::<()>::default();
        let mut random = seeded(3);
        book.choose(&urls(0..2), 2, 0, &mut random);
        for round in 1..20 {
            let mut listed = urls(round * 100..round * 100 + 100);
            listed.extend(urls(0..2));
            let ask = book.choose(&listed, 4, 0, &mut random).ask;
            assert!(ask.contains(&url(0)) && ask.contains(&url(1)), "{round}");
        }
    }

    #[test]
    fn a_crowd_of_dead_peers_takes_a_quarter_of_the_places() {
        let mut book = Book::<()>::default();
        let mut random = seeded(4);
        urls(0..100).iter().for_each(|dead| (0..3).for_each(|_| book.failed(dead, 0, &mut random)));
        let choice = book.choose(&urls(0..200), 32, MINUTE_MS, &mut random);
        let (healthy, on_trial) = choice.ask.split_at(24);
        assert!(healthy.iter().all(|url| urls(100..200).contains(url)));
        assert!(on_trial.len() == 8 && on_trial.iter().all(|url| urls(0..100).contains(url)));
    }

    #[test]
    fn a_single_place_is_shared_by_healthy_and_dead() {
        let mut book = book_with_failures(&url(0), 3);
        let mut random = seeded(5);
        let asked: Vec<_> = (0..400).flat_map(|_| book.choose(&urls(0..2), 1, MINUTE_MS, &mut random).ask).collect();
        let on_trial = asked.iter().filter(|asked| **asked == url(0)).count();
        assert!(asked.len() == 400 && (60..140).contains(&on_trial), "{on_trial}");
    }

    #[test]
    fn dead_peers_fill_the_places_that_are_left_free() {
        let mut book = Book::<()>::default();
        urls(0..9).iter().for_each(|dead| (0..3).for_each(|_| book.failed(dead, 0, &mut || 0.5)));
        assert_eq!(book.choose(&urls(0..10), 8, MINUTE_MS, &mut seeded(6)).ask.len(), 8);
    }

    #[test]
    fn notes_stay_with_their_peer() {
        let mut book = Book::<String>::default();
        assert_eq!(book.notes(&url(1)), None);
        book.notes_mut(&url(1)).push_str("list");
        book.choose(&urls(1..3), 2, 0, &mut || 0.5);
        book.failed(&url(1), 0, &mut || 0.5);
        assert_eq!(book.notes(&url(1)).map(String::as_str), Some("list"));
        assert_eq!(book.notes(&url(2)).map(String::as_str), Some(""));
    }

    #[test]
    fn the_peers_listed_longest_ago_are_forgotten_first() {
        let mut book = Book::<()>::default();
        let known = |book: &Book, number: usize| book.notes(&url(number)).is_some();
        book.choose(&urls(0..10), 1, 0, &mut || 0.5);
        book.choose(&[urls(0..5), urls(10..MAX_REMEMBERED_PEERS)].concat(), 1, 0, &mut || 0.5);
        assert_eq!(book.iter().count(), MAX_REMEMBERED_PEERS);
        book.choose(&urls(MAX_REMEMBERED_PEERS..MAX_REMEMBERED_PEERS + 4), 1, 0, &mut || 0.5);
        assert_eq!(book.iter().count(), MAX_REMEMBERED_PEERS);
        assert!((5..9).all(|number| !known(&book, number)));
        assert!((0..5).chain(9..20).all(|number| known(&book, number)));
        book.notes_mut(&url(MAX_REMEMBERED_PEERS + 4));
        assert_eq!(book.iter().count(), MAX_REMEMBERED_PEERS);
        assert!(!known(&book, 9) && known(&book, 10) && known(&book, MAX_REMEMBERED_PEERS + 4));
    }

    #[test]
    fn a_list_longer_than_the_book_counts_up_to_its_length() {
        let mut book = Book::<()>::default();
        let listed = urls(0..MAX_REMEMBERED_PEERS + 100);
        let asked = BTreeSet::from_iter(book.choose(&listed, usize::MAX, 0, &mut || 0.5).ask);
        assert_eq!(asked, BTreeSet::from_iter(listed[..MAX_REMEMBERED_PEERS].to_vec()));
        assert_eq!(book.iter().count(), MAX_REMEMBERED_PEERS);
    }
}
