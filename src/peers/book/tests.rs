use std::collections::BTreeSet;

use super::*;

const MINUTE_MS: u64 = 60_000;

fn url(number: usize) -> PeerUrl {
    PeerUrl::parse(&format!("http://node{number}.example"), "T1", "linktree").unwrap()
}

fn peer(url: &str) -> PeerUrl {
    PeerUrl::parse(url, "T1", "linktree").unwrap()
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

/// A book in which `url` failed this many times at time 0.
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
        let health = Health { failures, retry_at_ms: wanted * 1_000, last_asked_round: 0, time_outs: 0 };
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
    let left = Health { failures: 3, retry_at_ms: 20_000, last_asked_round: 0, time_outs: 0 };
    assert_eq!(waiting, Choice { ask: vec![], backing_off: vec![(url(1), left)] });
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
fn a_clock_that_was_set_back_keeps_no_peer_waiting() {
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
fn every_peer_gets_a_turn_before_any_gets_a_second() {
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
fn at_most_four_peers_of_a_public_site_are_asked_and_all_get_their_turn() {
    let listed: Vec<PeerUrl> = (0..100).map(|port| peer(&format!("http://site.example:{}", 8_000 + port))).collect();
    let all = [listed.clone(), urls(0..2)].concat();
    let (mut book, mut random) = (Book::<()>::default(), seeded(7));
    let mut asked = BTreeSet::new();
    for _ in 0..25 {
        let ask = book.choose(&all, 32, 0, &mut random).ask;
        assert!(ask.len() == 6 && ask.contains(&url(0)) && ask.contains(&url(1)));
        ask.iter().for_each(|url| book.gave(url));
        asked.extend(ask);
    }
    assert_eq!(asked, BTreeSet::from_iter(all));
    let networks: Vec<PeerUrl> = (0..10).map(|host| peer(&format!("http://[2001:db8::{host}]"))).collect();
    assert_eq!(book.choose(&networks, 32, 0, &mut random).ask.len(), 4);
}

#[test]
fn all_peers_may_share_one_private_address() {
    let listed: Vec<PeerUrl> = (0..100).map(|port| peer(&format!("http://10.0.0.1:{}", 8_000 + port))).collect();
    let mut book = Book::<()>::default();
    for _ in 0..10 {
        assert_eq!(book.choose(&listed, 100, 0, &mut seeded(8)).ask.len(), 100);
        listed.iter().for_each(|url| book.had_nothing(url, 0, &mut || 0.5));
    }
}

#[test]
fn a_site_that_never_gave_anything_is_left_alone() {
    let listed: Vec<PeerUrl> = (0..1_000).map(|port| peer(&format!("http://site.example:{}", 40_000 + port))).collect();
    let mut asked = Vec::new();
    let (mut book, mut random) = (Book::<()>::default(), seeded(9));
    for round in 0..180 {
        let now_ms = round * 20_000;
        let ask = book.choose(&listed, 32, now_ms, &mut random).ask;
        ask.iter().for_each(|url| book.had_nothing(url, now_ms, &mut || 0.5));
        asked.push(ask.len());
    }
    assert_eq!(&asked[..3], [4, 4, 4]);
    let rounds = asked.iter().filter(|asked| **asked > 0).count();
    assert!((8..=14).contains(&rounds), "{rounds} rounds of an hour");
}

#[test]
fn a_site_that_once_gave_something_is_still_asked() {
    let (one, other) = (peer("http://site.example:8001"), peer("http://site.example:8002"));
    let both = [one.clone(), other.clone()];
    let (mut book, mut random) = (Book::<()>::default(), seeded(10));
    book.gave(&one);
    for _ in 0..10 {
        assert_eq!(book.choose(&both, 32, 0, &mut random).ask.len(), 2);
        book.had_nothing(&other, 0, &mut random);
    }
}

#[test]
fn when_the_failures_were_not_theirs_all_peers_are_asked_at_once() {
    let mut book = book_with_failures(&url(1), 5);
    assert!(book.choose(&urls(1..2), 1, 0, &mut || 0.5).ask.is_empty());
    book.end_all_waits();
    assert_eq!(book.choose(&urls(1..2), 1, 0, &mut || 0.5).ask, urls(1..2));
    book.failed(&url(1), 0, &mut || 0.5);
    assert!(book.choose(&urls(1..2), 1, 0, &mut || 0.5).ask.is_empty(), "one more failure is enough");
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
fn only_as_much_of_a_list_counts_as_the_book_can_hold() {
    let mut book = Book::<()>::default();
    let listed = urls(0..MAX_REMEMBERED_PEERS + 100);
    let asked = BTreeSet::from_iter(book.choose(&listed, usize::MAX, 0, &mut || 0.5).ask);
    assert_eq!(asked, BTreeSet::from_iter(listed[..MAX_REMEMBERED_PEERS].to_vec()));
    assert_eq!(book.iter().count(), MAX_REMEMBERED_PEERS);
}

#[test]
fn listed_peers_that_need_not_be_left_alone_are_chosen_without_a_round() {
    let (mut book, mut random) = (Book::<()>::default(), seeded(5));
    assert!(!book.lists_any());
    assert_eq!(book.choose_listed(32, 0, &mut random), []);
    book.choose(&urls(0..3), 32, 0, &mut random);
    book.choose(&urls(2..6), 32, 0, &mut random);
    (0..3).for_each(|_| book.failed(&url(3), 0, &mut random));
    let before = book.clone();
    let chosen: BTreeSet<PeerUrl> = book.choose_listed(32, 1, &mut random).into_iter().collect();
    assert_eq!(chosen, [url(2), url(4), url(5)].into());
    assert_eq!(book.choose_listed(2, 1, &mut random).len(), 2);
    assert_eq!(book.choose_listed(32, 11 * MINUTE_MS, &mut random).len(), 4);
    assert_eq!(format!("{book:?}"), format!("{before:?}"), "no round has begun");
}

#[test]
fn a_site_that_is_listed_many_times_is_chosen_as_rarely_as_in_a_round() {
    let (mut book, mut random) = (Book::<()>::default(), seeded(6));
    let stranger: Vec<PeerUrl> = (0..20).map(|number| peer(&format!("http://stranger.example/{number}"))).collect();
    book.choose(&stranger, 32, 0, &mut random);
    assert_eq!(book.choose_listed(32, 0, &mut random).len(), crate::limits::MAX_PEERS_A_SITE);
}
