//! An honest peer beside others whose bodies were made to take long: turns go round by time.
#![cfg(not(target_arch = "wasm32"))]

mod common;
mod network;

use std::cell::RefCell;

use common::{NOW_MS, signed};
use dbsharing::node::{Node, Options, Put, State};
use dbsharing::report::PeerOutcome;
use network::{Answering, World, options, share_at, wait};

const HONEST: &str = "http://192.0.2.9";
const HOSTILE: [&str; 8] = [
    "http://192.0.2.1",
    "http://192.0.2.2",
    "http://192.0.2.3",
    "http://192.0.2.4",
    "http://192.0.2.5",
    "http://192.0.2.6",
    "http://192.0.2.7",
    "http://192.0.2.8",
];

/// An item of so many of these members, and more bytes than are read in one stretch.
fn heavy(member: impl Fn(usize) -> String, members: usize) -> String {
    let text: Vec<String> = (0..members).map(member).collect();
    let data = format!(r#"{{"uuid":"heavy","timestamp":1,{}}}"#, text.join(","));
    assert!(data.len() > 64 * 1024);
    unsigned(&data)
}

/// An item with a signature of another.
fn unsigned(data: &str) -> String {
    signed(1, r#"{"uuid":"x","timestamp":1}"#).replacen(r#"{"uuid":"x","timestamp":1}"#, data, 1)
}

fn same_member(_: usize) -> String {
    r#""a":0"#.to_owned()
}

fn in_disorder(number: usize) -> String {
    format!(r#""{}":0"#, number * 7_919 % 10_007)
}

#[test]
fn an_honest_peer_is_read_before_those_whose_items_take_long() {
    let honest: Vec<String> =
        (0..300).map(|uuid| signed(2, &format!(r#"{{"uuid":"{uuid}","timestamp":1}}"#))).collect();
    let honest = Answering::body(&format!("[{}]", honest.join(","))).in_pieces_of(4_096);
    for item in [heavy(same_member, 12_000), heavy(in_disorder, 10_000)] {
        let hostile = Answering::body(&format!("[{0},{0},{0}]", item)).in_pieces_of(1024 * 1024);
        let mut peers: Vec<_> = HOSTILE.iter().map(|url| (*url, hostile.clone())).collect();
        peers.push((HONEST, honest.clone()));
        let mut world = World::new(&peers);
        world.ms_a_look = 1;
        let options = Options { peer_timeout_ms: u64::MAX, ..options() };
        let report = share_at(&RefCell::default(), &world, NOW_MS, &options, 1);
        let duration_ms = |url: &str| report.peers.iter().find(|peer| peer.url == url).unwrap().duration_ms;
        let sooner = HOSTILE.iter().filter(|url| duration_ms(url) < duration_ms(HONEST)).count();
        assert_eq!((report.totals.inserted, sooner), (300, 0), "{} ms", duration_ms(HONEST));
    }
}

#[test]
fn what_takes_long_is_judged_as_if_it_did_not() {
    let replaced = |uuid: &str, more: &str| {
        let data = format!(r#"{{"uuid":"{uuid}","timestamp":1,"a":{more}}}"#);
        let item = signed(3, &data);
        item.replacen(r#""a":"#, &format!("{}{}", r#""a":0,"#.repeat(12_000), r#""a":"#), 1)
    };
    let far_too_long: Vec<String> = (0..10_000).map(|number| format!(r#""k{number}":0"#)).collect();
    let items = [
        // A duplicate leaves of it what was signed.
        replaced("good", "1"),
        // The unsigned members of this one are dropped.
        signed(3, r#"{"uuid":"b","timestamp":1}"#).replacen('{', &format!("{{{}", r#""x y":0,"#.repeat(9_000)), 1),
        replaced("bad", "1").replacen("\"a\":1", "\"a\":2", 1),
        unsigned(&format!(r#"{{"uuid":"c","timestamp":1,{}}}"#, far_too_long.join(","))),
        format!(
            r#"{{"data":{{"uuid":"d","timestamp":1,"a":{}0{}}},"publicKey":"{}","signature":"x","b":"{}"}}"#,
            "[".repeat(200),
            "]".repeat(200),
            "1".repeat(32),
            "x".repeat(64 * 1024)
        ),
        format!(r#"{{"x":"{}"}}"#, "x".repeat(64 * 1024)),
    ];
    let world = World::new(&[(HONEST, Answering::body(&format!("[{}]", items.join(","))))]);
    let state = RefCell::<State>::default();
    let report = share_at(&state, &world, NOW_MS, &options(), 1);
    let peer = &report.peers[0];
    let rejected: Vec<(&str, u64)> = peer.counts.rejected.iter().collect();
    assert_eq!((peer.outcome, peer.counts.offered, peer.counts.inserted), (PeerOutcome::Synced, 6, 2));
    assert_eq!(rejected, [("BAD_SHAPE", 1), ("BAD_SIGNATURE", 1), ("TOO_DEEP", 1), ("TOO_LARGE", 1)]);
    let again = share_at(&state, &world, NOW_MS, &options(), 2);
    assert_eq!((again.totals.known, again.totals.verified), (2, 0));

    let mut own = World::new(&[]);
    own.ms_a_look = 1;
    let node = Node::new(own.ports(), options());
    let code = |item: &String| match wait(node.put(item, NOW_MS)) {
        Put::Stored(_) => "stored",
        became => became.into_verdict().code.unwrap_or_default(),
    };
    let codes: Vec<&str> = items.iter().map(code).collect();
    assert_eq!(codes, ["stored", "stored", "BAD_SIGNATURE", "TOO_LARGE", "TOO_DEEP", "BAD_SHAPE"]);
    assert!(own.turns.get() > 40, "{} turns of the event loop", own.turns.get());
}
