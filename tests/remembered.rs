//! What a node remembers from one round to the next, and exact limits.
#![cfg(not(target_arch = "wasm32"))]

mod common;
mod network;

use std::cell::RefCell;

use common::NOW_MS;
use dbsharing::node::{Options, PeerLimits, State, entity_tag};
use dbsharing::report::PeerOutcome as Outcome;
use network::entries::{body, record};
use network::{Answering, World, options, share, share_at};

const PEER: &str = "http://192.0.2.1";

#[test]
fn the_peers_tag_is_sent_and_the_tag_of_our_own_set() {
    let node = RefCell::new(State::default());
    let world = World::new(&[(PEER, Answering::body(&body(&[record(1, 0, 5, "a")])).with_etag("W/\"7\""))]);
    share(&node, &world, 1);
    assert_eq!(world.tags_sent.take(), [""], "there is nothing to send before the first round");
    share(&node, &world, 2);
    let ours = entity_tag(&node.borrow_mut().holdings.digest());
    assert_eq!(world.tags_sent.take(), [format!("W/\"7\", {ours}")]);
}

#[test]
fn the_last_list_of_nodes_serves_for_a_day_while_the_service_is_away() {
    const DAY_MS: u64 = 86_400_000;
    let node = RefCell::new(State::default());
    let mut world = World::new(&[(PEER, Answering::body(&body(&[record(1, 0, 5, "a")])))]);
    share(&node, &world, 1);
    world.service = Some(Answering::status(502));
    for (later_ms, asked) in [(DAY_MS, 1), (DAY_MS + 1, 0)] {
        let report = share_at(&node, &world, NOW_MS + later_ms, &options(), 2);
        assert_eq!(report.error.map(|error| error.code), Some("SERVICE_STATUS"));
        assert_eq!(report.peers.iter().filter(|peer| peer.url == PEER).count(), asked, "after {later_ms} ms");
    }
}

#[test]
fn a_body_as_long_as_the_limit_is_read_whole() {
    let text = body(&[record(1, 0, 5, "a")]);
    for (max_body_bytes, outcome, code) in
        [(text.len(), Outcome::Synced, None), (text.len() - 1, Outcome::Failed, Some("BODY_TOO_LARGE"))]
    {
        let limits = PeerLimits { max_body_bytes: max_body_bytes as u64, ..options().limits };
        let world = World::new(&[(PEER, Answering::body(&text))]);
        let node = RefCell::new(State::default());
        let report = share_at(&node, &world, NOW_MS, &Options { limits, ..options() }, 1);
        assert_eq!((report.peers[0].outcome, report.peers[0].code), (outcome, code));
    }
}
