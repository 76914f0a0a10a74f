//! Patience: a peer that took too long is asked with a longer deadline, outside the rounds. It counts once, and the
//! other peers are not affected.
#![cfg(not(target_arch = "wasm32"))]

mod common;
mod network;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use common::{NOW_MS, signed};
use dbsharing::node::State;
use dbsharing::report::{PeerOutcome as Outcome, PeerReport, Report};
use network::gates::Work;
use network::reports::assert_adds_up;
use network::{Answering, InWorld, MemoryStore, World, options, round_with_slow, share_at, wait};
use proptest::prelude::*;

const SLOW: &str = "http://192.0.2.1";
const OTHERS: [&str; 3] = ["http://192.0.2.2", "http://192.0.2.3", "http://192.0.2.4"];
const HOUR_MS: u64 = 3_600_000;

fn record(uuid: u8, ms: u64) -> String {
    signed(1, &format!(r#"{{"uuid":"{uuid}","timestamp":{ms}}}"#))
}

fn body(records: &[String]) -> Answering {
    Answering::body(&format!("[{}]", records.join(",")))
}

/// A round that is polled once. The exchanges that it began with slow peers stay where they are.
fn begun_round(node: &InWorld<'_>) -> Option<Report> {
    let mut round = pin!(node.round(NOW_MS, 1));
    match round.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(report) => Some(report),
        Poll::Pending => None,
    }
}

fn entry<'r>(report: &'r Report, url: &str) -> &'r PeerReport {
    let entries: Vec<_> = report.peers.iter().filter(|peer| peer.url == url).collect();
    assert_eq!(entries.len(), 1, "one entry for {url}: {report:?}");
    entries[0]
}

#[test]
fn an_exchange_outlives_its_round_and_counts_in_the_report_of_the_round_in_which_it_ends() {
    let mut world = World::new(&[(SLOW, Answering::silent()), (OTHERS[0], body(&[record(1, 5)]))]);
    world.is_hasty = true; // so that the round does not wait for the slow one
    let state = RefCell::new(State::default());
    share_at(&state, &world, NOW_MS, &options(), 1);
    let world =
        World::with_store(&[(SLOW, body(&[record(1, 5), record(2, 5)])), (OTHERS[0], body(&[]))], world.into_store())
            .hasty();
    let node = world.node(options());
    node.state.swap(&state);

    let without = begun_round(&node).expect("it ends without the slow one");
    let slow = entry(&without, SLOW);
    assert_eq!((slow.outcome, slow.code), (Outcome::Skipped, Some("PEER_SLOW")));
    let message = "being asked for 10 s already, with a deadline of 20 s because it took too long before";
    assert_eq!(slow.message.as_deref(), Some(message));
    assert_eq!((without.ok, without.totals.offered), (true, 0));

    // A round in the meantime does not ask it a second time.
    let meanwhile = begun_round(&node).expect("there is nothing to wait for");
    assert_eq!(entry(&meanwhile, SLOW).code, Some("PEER_SLOW"));
    assert_eq!(world.slow.get(), 1);

    wait(node.ask_slow());
    assert_eq!(world.store.borrow().entries.len(), 2, "what it sent is stored at once");
    let with = begun_round(&node).expect("there is nothing to wait for");
    let slow = entry(&with, SLOW);
    assert_eq!((slow.outcome, slow.code, slow.counts.inserted, slow.counts.known), (Outcome::Synced, None, 1, 1));
    assert_adds_up(&with);
    assert!(world.urls.borrow().iter().filter(|url| url.starts_with(SLOW)).count() == 1, "it was asked once");
    assert_eq!(entry(&begun_round(&node).unwrap(), SLOW).counts.known, 2, "and is asked again after that");
}

#[test]
fn a_round_waits_for_a_slow_peer_as_long_as_for_any_other() {
    let state = RefCell::new(State::default());
    share_at(&state, &World::new(&[(SLOW, Answering::silent())]), NOW_MS, &options(), 1);
    let world = World::new(&[(SLOW, body(&[record(1, 5)]))]);
    let node = world.node(options());
    node.state.swap(&state);
    assert!(begun_round(&node).is_none(), "it waits");
    // The round that was dropped has begun an exchange. It is not begun twice.
    let report = wait(round_with_slow(&node, &world, NOW_MS, 1));
    assert_eq!((entry(&report, SLOW).code, report.totals.inserted), (Some("PEER_SLOW"), 0));
    let report = wait(round_with_slow(&node, &world, NOW_MS, 1));
    assert_eq!((entry(&report, SLOW).outcome, report.totals.inserted), (Outcome::Synced, 1));
}

#[test]
fn two_slow_peers_are_asked_at_a_time_and_the_others_as_usual_until_their_turn() {
    let all = [SLOW, OTHERS[0], OTHERS[1], OTHERS[2]];
    let mut world = World::new(&all.map(|url| (url, Answering::silent())));
    world.service = Some(body(&all.map(|url| format!(r#"{{"data":{{"url":"{url}"}}}}"#))));
    world.is_hasty = true;
    let node = world.node(options());
    let hour = |hour: u64| {
        world.deadlines_ms.borrow_mut().clear();
        let mut round = pin!(node.round(NOW_MS + hour * HOUR_MS, hour));
        let Poll::Ready(report) = round.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
            panic!("the round waits for slow peers")
        };
        let slow = report.peers.iter().filter(|peer| peer.code == Some("PEER_SLOW"));
        let slow: Vec<String> = slow.map(|peer| peer.url.clone()).collect();
        while world.takes_slow() {
            wait(node.ask_slow());
        }
        let mut deadlines_ms = world.deadlines_ms.borrow()[1..].to_vec();
        deadlines_ms.sort_unstable();
        (slow, deadlines_ms)
    };
    assert_eq!(hour(0), (vec![], vec![10_000; 4]));
    let (first, deadlines_ms) = hour(1);
    assert_eq!((first.len(), deadlines_ms), (2, vec![10_000, 10_000, 20_000, 20_000]));
    let (second, deadlines_ms) = hour(2);
    assert_eq!((second.len(), deadlines_ms), (2, vec![20_000, 20_000]), "the one that waited longer comes first");
    assert!(second.iter().all(|url| !first.contains(url)));
}

#[test]
fn a_slow_peer_that_once_sent_records_comes_before_strangers() {
    let all = [SLOW, OTHERS[0], OTHERS[1], OTHERS[2]];
    for known in all {
        let state = RefCell::new(State::default());
        share_at(&state, &World::new(&[(known, body(&[record(1, 5)]))]), NOW_MS, &options(), 1);
        let world = World::new(&all.map(|url| (url, Answering::silent()))).hasty();
        share_at(&state, &world, NOW_MS, &options(), 2);
        let node = world.node(options());
        node.state.swap(&state);
        let report = begun_round(&node).unwrap();
        assert_eq!(entry(&report, known).code, Some("PEER_SLOW"));
    }
}

#[test]
fn a_stopped_exchange_is_not_a_failure_of_the_peer_and_the_next_round_asks_it_again() {
    let state = RefCell::new(State::default());
    share_at(&state, &World::new(&[(SLOW, Answering::silent())]), NOW_MS, &options(), 1);
    let world = World::new(&[(SLOW, body(&[record(1, 5)]))]).hasty();
    let node = world.node(options());
    node.state.swap(&state);
    assert_eq!(entry(&begun_round(&node).unwrap(), SLOW).code, Some("PEER_SLOW"));
    let failures = || node.state.borrow().book.iter().map(|(_, health)| health.failures).collect::<Vec<_>>();
    let before = failures();
    world.is_aborted.set(true);
    assert!(world.takes_slow());
    wait(node.ask_slow());
    world.is_aborted.set(false);
    assert_eq!(failures(), before);
    let report = wait(round_with_slow(&node, &world, NOW_MS, 2));
    assert_eq!(entry(&report, SLOW).code, Some("PEER_SLOW"), "asked again, with the deadline that it was due");
    assert_eq!(world.deadlines_ms.borrow().iter().filter(|ms| **ms == 20_000).count(), 2);
}

#[test]
fn a_database_failure_in_a_slow_exchange_is_reported_by_the_round_in_which_it_ends() {
    let state = RefCell::new(State::default());
    share_at(&state, &World::new(&[(SLOW, Answering::silent())]), NOW_MS, &options(), 1);
    let world = World::new(&[(SLOW, body(&[record(1, 5)]))]).hasty();
    let node = world.node(options());
    node.state.swap(&state);
    begun_round(&node).unwrap();
    world.store.borrow_mut().fails_on_write = true;
    wait(node.ask_slow());
    world.store.borrow_mut().fails_on_write = false;
    let report = begun_round(&node).unwrap();
    assert_eq!((report.ok, report.error.as_ref().map(|error| error.code)), (false, Some("STORE_FAILED")));
    assert_eq!(report.totals.rejected["STORE_FAILED"], 1);
    assert_adds_up(&report);
    let repaired = wait(round_with_slow(&node, &world, NOW_MS, 3));
    assert_eq!((repaired.ok, repaired.totals.inserted), (true, 1));
}

#[test]
fn a_record_that_falls_due_shares_the_entry_of_the_slow_peer_that_offered_it() {
    let state = RefCell::new(State::default());
    let early = body(&[record(1, NOW_MS + 660_000)]);
    share_at(&state, &World::new(&[(SLOW, early)]), NOW_MS, &options(), 1);
    share_at(&state, &World::new(&[(SLOW, Answering::silent())]), NOW_MS, &options(), 2);
    let world = World::new(&[(SLOW, body(&[record(1, NOW_MS + 660_000), record(2, 5)]))]);
    let report = share_at(&state, &world, NOW_MS + 60_000, &options(), 3);
    let slow = entry(&report, SLOW);
    assert_eq!((slow.outcome, slow.counts.inserted, slow.counts.known), (Outcome::Synced, 2, 1));
    assert_adds_up(&report);
}

/// All rounds and exchanges of one scene, in a scripted order.
fn play(offered: &[Vec<(u8, u64)>], choices: &[u8]) -> (Vec<Report>, MemoryStore) {
    let state = RefCell::new(State::default());
    let all = [SLOW, OTHERS[0], OTHERS[1]];
    let service = body(&all.map(|url| format!(r#"{{"data":{{"url":"{url}"}}}}"#)));
    let silent = [(SLOW, Answering::silent()), (OTHERS[0], Answering::silent()), (OTHERS[1], body(&[]))];
    share_at(&state, &World::new(&silent), NOW_MS, &options(), 1);
    let peers: Vec<_> = all
        .iter()
        .zip(offered)
        .map(|(url, specs)| {
            let records: Vec<String> = specs.iter().map(|(uuid, ms)| record(*uuid, *ms)).collect();
            (*url, body(&records).in_pieces_of(90))
        })
        .collect();
    let mut world = World::new(&peers).hasty();
    (world.service, world.ms_a_look) = (Some(service), 1);
    let node = world.node(options());
    node.state.swap(&state);
    let reports = RefCell::new(Vec::new());
    let mut work: Vec<Work<'_>> = vec![Box::pin(async {
        for seed in 0..3 {
            let report = node.round(NOW_MS, seed).await;
            reports.borrow_mut().push(report);
        }
    })];
    for _ in 0..2 {
        work.push(Box::pin(async {
            while !world.takes_slow() {
                world.gates.pass().await;
            }
            node.ask_slow().await;
        }));
    }
    let turn = Cell::new(0);
    world.gates.run(work, |_| {
        turn.set(turn.get() + 1);
        usize::from(choices[turn.get() % choices.len()])
    });
    reports.borrow_mut().push(wait(round_with_slow(&node, &world, NOW_MS, 9)));
    drop(node);
    (reports.into_inner(), world.into_store())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn in_any_order_the_greatest_version_that_came_is_held_and_every_report_adds_up(
        offered in prop::collection::vec(prop::collection::vec((0..3_u8, 1..5_u64), 0..6), 3),
        choices in prop::collection::vec(any::<u8>(), 16..64),
    ) {
        let (reports, store) = play(&offered, &choices);
        let mut greatest: BTreeMap<u8, u64> = BTreeMap::new();
        for (uuid, ms) in offered.iter().flatten() {
            let held = greatest.entry(*uuid).or_default();
            *held = (*held).max(*ms);
        }
        let mut wanted: Vec<String> = greatest.iter().map(|(uuid, ms)| record(*uuid, *ms)).collect();
        wanted.sort();
        let held = store.entries.into_values().map(|(_, text)| text);
        let mut held: Vec<String> = held.collect();
        held.sort();
        prop_assert_eq!(held, wanted);
        for report in &reports {
            prop_assert!(report.ok, "{:?}", report.error);
            assert_adds_up(report);
            for url in [SLOW, OTHERS[0], OTHERS[1]] {
                entry(report, url);
            }
        }
    }
}
