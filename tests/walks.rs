//! Continuing after a cut: what is too much for one round arrives in several, although peers change in between.
#![cfg(not(target_arch = "wasm32"))]

mod common;
mod network;

use std::cell::RefCell;

use common::{NOW_MS, judge, signed};
use dbsharing::node::{Options, PeerLimits, State};
use dbsharing::report::{PeerOutcome, Report};
use network::{Answering, MemoryStore, World, options, share_at};
use proptest::prelude::*;

const PEER: &str = "http://192.0.2.1";
const MINUTE_MS: u64 = 60_000;

fn record(uuid: usize, ms: u64) -> String {
    signed(1 + (uuid % 3) as u8, &format!(r#"{{"uuid":"{uuid} %/","timestamp":{ms}}}"#))
}

fn records(count: usize) -> Vec<String> {
    (0..count).map(|uuid| record(uuid, 5)).collect()
}

fn at_most(max_body_bytes: u64, max_items: u64) -> Options {
    Options { limits: PeerLimits { max_body_bytes, max_items, ..options().limits }, ..options() }
}

/// A node with one peer, in a world that changes.
struct Walker {
    state: RefCell<State>,
    options: Options,
    store: MemoryStore,
    now_ms: u64,
    /// The urls and tags of the last request.
    asked: (String, String),
    bytes: u64,
}

impl Walker {
    fn new(options: Options) -> Self {
        let (state, store, asked) = Default::default();
        Self { state, options, store, now_ms: NOW_MS, asked, bytes: 0 }
    }

    fn round(&mut self, peer: Answering) -> Report {
        let world = World::with_store(&[(PEER, peer)], std::mem::take(&mut self.store));
        let report = share_at(&self.state, &world, self.now_ms, &self.options, 1);
        self.now_ms += 20_000;
        self.bytes += report.totals.bytes_received;
        self.asked = (
            world.urls.borrow().last().cloned().unwrap_or_default(),
            world.tags_sent.borrow().last().cloned().unwrap_or_default(),
        );
        self.store = world.into_store();
        report
    }

    fn goes_on(&self) -> bool {
        self.asked.0.contains("?after=")
    }

    fn held(&self) -> usize {
        self.store.entries.len()
    }
}

#[test]
fn a_body_that_is_too_long_arrives_in_a_few_rounds() {
    let (all, length) = (records(500), records(500).join(",").len() as u64);
    let quarter = length as usize / 4;
    let limits = [
        (at_most(length / 4, 1_000_000), Some("BODY_TOO_LARGE")),
        (at_most(u64::MAX, 126), Some("TOO_MANY_ITEMS")),
        (options(), Some("PEER_TIMEOUT")),
        (options(), Some("BODY_CUT")),
    ];
    for (options, code) in limits {
        let mut walker = Walker::new(options);
        let peer = || {
            let peer = Answering::keyed(&all).with_etag("\"1\"").in_pieces_of(5_000);
            match code {
                Some("PEER_TIMEOUT") => peer.slow_after(quarter).in_pieces_of(1_000),
                Some("BODY_CUT") => peer.crowded_after(quarter).in_pieces_of(1_000),
                _ => peer,
            }
        };
        let mut rounds = 1;
        let mut report = walker.round(peer());
        while report.peers[0].outcome == PeerOutcome::Failed {
            assert_eq!((report.ok, report.peers[0].code), (true, code));
            assert_eq!(walker.goes_on(), rounds > 1);
            report = walker.round(peer());
            rounds += 1;
        }
        assert_eq!((walker.held(), report.peers[0].outcome), (500, PeerOutcome::Synced), "{code:?}");
        assert!(rounds <= 6, "{rounds} rounds for four parts, {code:?}");
        assert!(walker.bytes < length * 3 / 2, "{} bytes of {length}, {code:?}", walker.bytes);
        assert_eq!(walker.asked.1, "", "no tag is sent for the rest alone");
        // All parts had one tag, so it is the tag of what the peer had.
        assert_eq!(walker.round(peer()).peers[0].outcome, PeerOutcome::Unchanged, "{code:?}");
        assert!(walker.asked.1.starts_with("\"1\"") && !walker.goes_on());
    }
}

#[test]
fn a_set_that_changed_during_the_walk_leaves_no_tag() {
    let mut walker = Walker::new(at_most(u64::MAX, 60));
    let mut all = records(100);
    assert_eq!(walker.round(Answering::keyed(&all).with_etag("\"1\"")).peers[0].code, Some("TOO_MANY_ITEMS"));
    // A record that was read is edited, and one that was not.
    all[0] = record(0, 6);
    all[50] = record(50, 6);
    let report = walker.round(Answering::keyed(&all).with_etag("\"2\""));
    assert_eq!((report.peers[0].outcome, walker.held()), (PeerOutcome::Synced, 100));
    walker.options.limits.max_items = 1_000;
    walker.round(Answering::keyed(&all).with_etag("\"2\""));
    assert!(!walker.asked.1.contains("\"2\"") && !walker.goes_on());
    let newest = walker.store.entries.values().filter(|(_, text)| text.contains(r#""timestamp":6"#)).count();
    assert_eq!(newest, 2);
    assert_eq!(walker.round(Answering::keyed(&all).with_etag("\"2\"")).peers[0].outcome, PeerOutcome::Unchanged);
}

#[test]
fn a_peer_that_ignores_the_key_is_read_from_the_beginning() {
    let mut walker = Walker::new(at_most(u64::MAX, 60));
    let peer = |count| Answering::keyed(&records(count)).ignoring_after().with_etag("\"1\"");
    let on = |walker: &mut Walker, count, code, goes_on| {
        let report = walker.round(peer(count));
        assert_eq!((report.peers[0].code, walker.goes_on()), (code, goes_on), "{report:?}");
    };
    on(&mut walker, 100, Some("TOO_MANY_ITEMS"), false);
    on(&mut walker, 100, Some("TOO_MANY_ITEMS"), true);
    on(&mut walker, 100, Some("TOO_MANY_ITEMS"), false);
    // Its whole body is all that it has.
    on(&mut walker, 50, None, false);
    assert_eq!(walker.round(peer(50)).peers[0].outcome, PeerOutcome::Unchanged);
    // After a while it is asked again.
    walker.now_ms += 61 * MINUTE_MS;
    for goes_on in [false, true] {
        let report = walker.round(Answering::keyed(&records(110)).with_etag("\"3\""));
        assert_eq!(walker.goes_on(), goes_on, "{report:?}");
    }
    assert_eq!(walker.held(), 110);
}

#[test]
fn a_peer_that_ignores_the_key_is_known_by_its_first_record_however_long_that_is() {
    let first = records(100).into_iter().min_by_key(|text| judge(text).unwrap().content().key.as_str().to_owned());
    let signer = (1..=3).find(|signer| {
        let key = |text: &str| judge(text).unwrap().content().key.as_str().split('/').next().unwrap().to_owned();
        key(&signed(*signer, r#"{"uuid":"!","timestamp":5}"#)) == key(first.as_ref().unwrap())
    });
    // Without the duplicates, it is what was signed: it is rewritten before it is judged.
    let long = signed(signer.unwrap(), r#"{"uuid":"!","timestamp":5,"a":1}"#);
    let long = long.replacen(r#""a":1"#, &format!("{}{}", r#""a":0,"#.repeat(12_000), r#""a":1"#), 1);
    let with_long = |count| Answering::keyed(&[vec![long.clone()], records(count)].concat());
    let mut walker = Walker::new(at_most(u64::MAX, 60));
    walker.round(with_long(100).with_etag("\"1\""));
    let fewer = || with_long(50).ignoring_after().with_etag("\"2\"");
    assert_eq!(walker.round(fewer()).peers[0].outcome, PeerOutcome::Synced);
    assert!(walker.goes_on());
    assert_eq!(walker.round(fewer()).peers[0].outcome, PeerOutcome::Unchanged, "it was read from its first record on");
}

#[test]
fn a_body_that_ignores_the_key_and_is_read_to_its_end_is_known_whole() {
    let mut walker = Walker::new(at_most(u64::MAX, 60));
    walker.round(Answering::keyed(&records(100)).with_etag("\"1\""));
    let fewer = || Answering::keyed(&records(50)).ignoring_after().with_etag("\"2\"");
    assert_eq!(walker.round(fewer()).peers[0].outcome, PeerOutcome::Synced);
    assert!(walker.goes_on());
    assert_eq!(walker.round(fewer()).peers[0].outcome, PeerOutcome::Unchanged);
}

#[test]
fn a_walk_starts_again_after_a_pause_and_after_a_different_answer() {
    let peer = || Answering::keyed(&records(100)).with_etag("\"1\"");
    for (pause_ms, goes_on) in [(10 * MINUTE_MS - 20_000, true), (10 * MINUTE_MS, false)] {
        let mut walker = Walker::new(at_most(u64::MAX, 60));
        walker.round(peer());
        walker.now_ms += pause_ms;
        walker.round(peer());
        assert_eq!(walker.goes_on(), goes_on);
    }
    for status in [404, 500, 422, 304] {
        let mut walker = Walker::new(at_most(u64::MAX, 60));
        walker.round(peer());
        let report = walker.round(Answering::status(status));
        assert!(walker.goes_on() && report.peers[0].outcome == PeerOutcome::Failed, "{report:?}");
        walker.round(peer());
        assert!(!walker.goes_on(), "{status}");
    }
    // After no answer at all, the same request is made again.
    let mut walker = Walker::new(at_most(u64::MAX, 60));
    walker.round(peer());
    walker.round(Answering::unreachable());
    walker.round(peer());
    assert!(walker.goes_on() && walker.held() == 100);
}

#[test]
fn a_peer_that_goes_in_circles_is_bounded() {
    let mut walker = Walker::new(at_most(u64::MAX, 10));
    let all = records(40);
    // It always sends the same rest of its records.
    let mut descending = all.clone();
    descending.sort_by_key(|text| std::cmp::Reverse(common::judge(text).unwrap().content().key.as_str().to_owned()));
    let lying = || Answering::body(&format!("[{}]", descending.join(","))).with_etag("\"1\"");
    let mut asked_to_go_on = 0;
    for _ in 0..20 {
        walker.round(lying());
        asked_to_go_on += u32::from(walker.goes_on());
    }
    assert!(asked_to_go_on <= 1, "{asked_to_go_on}");
    assert_eq!(walker.held(), 10, "the same ten each time");
}

#[test]
fn what_was_not_stored_is_not_passed_over() {
    let mut walker = Walker::new(at_most(u64::MAX, 60));
    let peer = || Answering::keyed(&records(100)).with_etag("\"1\"");
    walker.store.fails_on_write = true;
    walker.round(peer());
    walker.store.fails_on_write = false;
    walker.round(peer());
    assert!(!walker.goes_on());
    walker.store.fails_on_write = true;
    walker.round(peer());
    assert!(walker.goes_on());
    walker.store.fails_on_write = false;
    walker.round(peer());
    assert!(walker.goes_on() && walker.held() == 100);
}

#[test]
fn what_was_settled_on_the_way_is_tried_again_in_its_time() {
    let mut walker = Walker::new(Options { max_records: 30, ..at_most(u64::MAX, 60) });
    let peer = || Answering::keyed(&records(100)).with_etag("\"1\"");
    let first = walker.round(peer());
    let second = walker.round(peer());
    assert_eq!((first.totals.rejected["STORE_FULL"], second.totals.rejected["STORE_FULL"]), (30, 40));
    walker.options.max_records = 1_000;
    assert_eq!(walker.round(peer()).peers[0].outcome, PeerOutcome::Unchanged);
    walker.now_ms = NOW_MS + 10 * MINUTE_MS;
    walker.round(peer());
    assert_eq!(walker.held(), 60, "those of the second part have their own time");
    walker.round(peer());
    assert_eq!(walker.held(), 100);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn everything_arrives_in_the_end_although_records_change_between_the_parts(
        edits in prop::collection::vec(prop::collection::vec((0..60_usize, 6..20_u64), 0..4), 8),
        piece_bytes in 50..5_000_usize,
        max_body_bytes in 4_000..20_000_u64,
        tags in prop::collection::vec(any::<bool>(), 8),
    ) {
        let mut walker = Walker::new(at_most(max_body_bytes, 1_000));
        let mut all = records(60);
        let etags = ["\"0\"", "\"1\"", "\"2\"", "\"3\"", "\"4\"", "\"5\"", "\"6\"", "\"7\""];
        let mut tag = 0;
        for (round, edits) in edits.iter().enumerate() {
            for (uuid, ms) in edits {
                all[*uuid] = record(*uuid, *ms);
            }
            // An honest peer's tag changes with its records.
            tag = if edits.is_empty() { tag } else { round };
            let peer = Answering::keyed(&all).in_pieces_of(piece_bytes);
            walker.round(if tags[round] { peer.with_etag(etags[tag]) } else { peer });
        }
        let mut quiet = false;
        for _ in 0..20 {
            let report = walker.round(Answering::keyed(&all).in_pieces_of(piece_bytes).with_etag("\"end\""));
            quiet = report.peers[0].outcome == PeerOutcome::Unchanged;
            if quiet {
                break;
            }
        }
        prop_assert!(quiet, "it ends");
        let mut wanted: Vec<(String, String)> = all.iter().map(|text| {
            let record = common::judge(text).unwrap();
            (record.content().key.as_str().to_owned(), record.version().to_string())
        }).collect();
        wanted.sort();
        let greater_or_equal = walker.store.entries.iter().zip(&wanted).all(|((key, (version, _)), want)| *key == want.0 && *version >= want.1);
        prop_assert!(greater_or_equal && walker.held() == 60);
    }
}
