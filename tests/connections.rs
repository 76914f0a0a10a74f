//! What a round reports about connections: our own being down, statuses, redirects, and the task's list of peers.
#![cfg(not(target_arch = "wasm32"))]

mod common;
mod network;

use std::cell::RefCell;

use common::{NOW_MS, signed};
use dbsharing::node::{Options, State};
use dbsharing::report::{PeerOutcome, PeerReport, Report};
use network::{Answering, World, options, share_at};

const PEERS: [&str; 4] = ["http://192.0.2.1", "http://192.0.2.2", "http://192.0.2.3", "http://192.0.2.4"];
const ROUND_MS: u64 = 20_000;

fn body() -> String {
    format!("[{}]", signed(1, r#"{"uuid":"a","timestamp":1}"#))
}

/// A node with a round every 20 seconds, each in a new world.
#[derive(Default)]
struct Sharer {
    state: RefCell<State>,
    rounds: u64,
}

impl Sharer {
    /// A round with these peers, with the service or without.
    fn round(&mut self, peers: &[(&'static str, Answering)], has_service: bool) -> Report {
        let mut world = World::new(peers);
        let listed: Vec<String> = peers.iter().map(|(url, _)| (*url).to_owned()).collect();
        (world.service, world.extra_peers) = ((!has_service).then(Answering::unreachable), Ok(listed));
        self.rounds += 1;
        share_at(&self.state, &world, NOW_MS + self.rounds * ROUND_MS, &options(), self.rounds)
    }

    /// How many peers were asked in such a round.
    fn asked(&mut self, peers: &[(&'static str, Answering)], has_service: bool) -> usize {
        let report = self.round(peers, has_service);
        report.peers.iter().filter(|peer| peer.outcome != PeerOutcome::Skipped).count()
    }
}

fn all(answering: &Answering) -> Vec<(&'static str, Answering)> {
    PEERS.iter().map(|url| (*url, answering.clone())).collect()
}

fn only_peer(answering: Answering) -> PeerReport {
    Sharer::default().round(&[(PEERS[0], answering)], true).peers.remove(0)
}

#[test]
fn peers_not_reached_while_our_own_connection_was_down_are_asked_at_once_when_it_is_back() {
    let (living, dead) = (all(&Answering::body(&body())), all(&Answering::unreachable()));
    let mut sharer = Sharer::default();
    assert_eq!(sharer.asked(&living, true), 4);
    for round in 0..360 {
        assert_eq!(sharer.asked(&dead, false), 4, "round {round} of two hours");
    }
    assert_eq!(sharer.asked(&living, true), 4);
}

#[test]
fn peers_that_backed_off_before_our_connection_went_down_are_asked_when_it_is_back() {
    let (living, dead) = (all(&Answering::body(&body())), all(&Answering::unreachable()));
    let mut some = living.clone();
    some[1..].clone_from_slice(&dead[1..]);
    for service_is_back_first in [true, false] {
        let mut sharer = Sharer::default();
        let asked: Vec<usize> = (0..20).map(|_| sharer.asked(&some, true)).collect();
        assert_eq!(asked[..3], [4, 4, 4]);
        assert!(asked[3..].contains(&1), "{asked:?}");
        assert!((0..10).all(|_| sharer.asked(&dead, false) > 0));
        if service_is_back_first {
            assert_eq!(sharer.asked(&living, true), 4, "in that very round");
        } else {
            sharer.asked(&living, false);
            assert_eq!(sharer.asked(&living, false), 4, "a peer is a witness too");
        }
    }
}

#[test]
fn a_crowd_of_dead_peers_beside_a_living_service_backs_off() {
    let dead = all(&Answering::unreachable());
    let mut sharer = Sharer::default();
    let asked: Vec<usize> = (0..180).map(|_| sharer.asked(&dead, true)).collect();
    assert_eq!(asked[..3], [4, 4, 4]);
    assert!(asked[60..].iter().sum::<usize>() < 4 * 8, "once in ten minutes: {asked:?}");
}

#[test]
fn a_peer_that_answers_shows_that_the_others_are_dead() {
    let mut some = all(&Answering::unreachable());
    some[0].1 = Answering::status(500);
    let mut sharer = Sharer::default();
    let asked: Vec<usize> = (0..60).map(|_| sharer.asked(&some, false)).collect();
    assert!(asked.iter().sum::<usize>() < 4 * 12, "{asked:?}");
}

#[test]
fn two_peers_do_not_show_that_our_connection_is_down() {
    let dead = &all(&Answering::unreachable())[..2];
    let mut sharer = Sharer::default();
    let asked: Vec<usize> = (0..60).map(|_| sharer.asked(dead, false)).collect();
    assert!(asked.iter().sum::<usize>() < 2 * 12, "{asked:?}");
}

#[test]
fn a_success_other_than_a_part_comes_with_the_whole_list() {
    for (status, outcome, code) in [
        (200, PeerOutcome::Synced, None),
        (203, PeerOutcome::Synced, None),
        (226, PeerOutcome::Synced, None),
        (404, PeerOutcome::Empty, None),
        (422, PeerOutcome::Failed, Some("PEER_STOPPED")),
        (302, PeerOutcome::Failed, Some("PEER_REDIRECTED")),
    ] {
        let peer = only_peer(Answering::body(&body()).with_status(status));
        assert_eq!((peer.outcome, peer.code), (outcome, code), "{status}");
    }
    for status in [1, 99, 100, 206, 300, 304, 400, 500, 599, 600, 999, u16::MAX] {
        let peer = only_peer(Answering::body(&body()).with_status(status));
        assert_eq!((peer.code, peer.http_status), (Some("PEER_STATUS"), Some(status)));
        assert_eq!(peer.message, Some(format!("answered with HTTP status {status}; wanted 200")));
    }
}

#[test]
fn a_body_that_is_not_an_array_is_quoted_in_printable_characters() {
    let message = |body: &str| only_peer(Answering::body(body)).message.unwrap();
    let wrong = "the body is not a JSON array of records; wanted a JSON array at byte";
    assert_eq!(message("<html>\u{1b}[2J\n"), format!("{wrong} 0 (it begins: <html> [2J)"));
    assert_eq!(message(" {\"error\":1}"), format!("{wrong} 1 (it begins: {{\"error\":1}})"));
    assert!(message(&"é".repeat(10_000)).len() < 300);
    assert_eq!(message(""), format!("{wrong} 0"));
    assert!(message("[1 2]").ends_with("wanted a comma or a closing square bracket at byte 3"));
}

#[test]
fn a_redirect_says_where_it_leads_in_printable_characters() {
    let message = |location: &str| only_peer(Answering::redirect(location)).message.unwrap();
    assert_eq!(
        message("http://b.example/\u{1b}]0;x\u{7}\r\n\u{202e}"),
        "answered with a redirect to http://b.example/\\u{1b}]0;x\\u{7}\\u{d}\\u{a}\\u{202e}, which is never followed"
    );
    assert!(message(&"é".repeat(10_000)).len() < 400);
    assert_eq!(only_peer(Answering::status(307)).message.unwrap(), "answered with a redirect, which is never followed");
}

#[test]
fn without_a_service_the_peers_of_the_task_are_asked_and_nothing_is_wrong() {
    let options = Options { service_url: None, ..options() };
    let mut world = World::new(&[(PEERS[0], Answering::body(&body()))]);
    world.service = Some(Answering::status(500));
    let report = share_at(&RefCell::default(), &world, NOW_MS, &options, 1);
    assert_eq!((report.ok, report.peers.len(), report.totals.requests), (true, 0, 0), "the service is not asked");
    world.extra_peers = Ok(vec![PEERS[0].to_owned()]);
    let report = share_at(&RefCell::default(), &world, NOW_MS, &options, 2);
    assert_eq!((report.ok, report.totals.inserted), (true, 1));
    world.extra_peers = Err("threw: no".to_owned());
    let report = share_at(&RefCell::default(), &world, NOW_MS, &options, 3);
    assert_eq!(report.error.expect("an error").code, "PEERS_FAILED");
}

#[test]
fn without_a_service_private_addresses_are_asked_unless_a_public_one_is_among_the_peers() {
    let private = "http://10.0.0.7:1";
    for (peers, is_asked) in [(vec![private], true), (vec![private, PEERS[0]], false)] {
        let mut world = World::new(&[(private, Answering::body(&body())), (PEERS[0], Answering::body(&body()))]);
        world.extra_peers = Ok(peers.iter().map(|&url| url.to_owned()).collect());
        let options = Options { service_url: None, ..options() };
        let report = share_at(&RefCell::default(), &world, NOW_MS, &options, 1);
        let peer = report.peers.iter().find(|peer| peer.url == private).expect("a report");
        assert_eq!(peer.code != Some("ADDRESS_REFUSED"), is_asked);
    }
}

#[test]
fn what_a_list_names_is_reported_in_printable_characters() {
    let mut world = World::new(&[]);
    world.service = Some(Answering::body("[\"http://a.example/\\u001b]0;x\\u0007\\r\\nforged\",\"\\u202e\"]"));
    let report = share_at(&RefCell::default(), &world, NOW_MS, &options(), 1);
    let urls: Vec<&str> = report.peers.iter().map(|peer| peer.url.as_str()).collect();
    assert_eq!(urls, ["http://a.example/\\u{1b}]0;x\\u{7}\\u{d}\\u{a}forged", "\\u{202e}"]);
}

#[test]
fn a_failing_option_peers_is_reported_and_the_nodes_of_the_service_are_asked() {
    let mut world = World::new(&[(PEERS[0], Answering::body(&body()))]);
    world.extra_peers = Err("threw: no \u{1b}[2J".to_owned());
    let report = share_at(&RefCell::default(), &world, NOW_MS, &options(), 1);
    let error = report.error.expect("an error");
    assert_eq!((error.code, error.message.as_str()), ("PEERS_FAILED", "option peers threw: no \\u{1b}[2J"));
    assert_eq!((report.ok, report.totals.inserted), (false, 1));
    world.service = Some(Answering::status(500));
    let report = share_at(&RefCell::default(), &world, NOW_MS, &options(), 2);
    assert_eq!(report.error.expect("an error").code, "SERVICE_STATUS", "the service's own fault comes first");
}
