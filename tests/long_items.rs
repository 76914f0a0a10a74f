//! Items made to take long: they are judged in slices, with the same verdicts as any others.
#![cfg(not(target_arch = "wasm32"))]

mod common;
mod network;

use std::cell::RefCell;

use common::{NOW_MS, signed};
use dbsharing::node::{Node, Put, State};
use dbsharing::report::PeerOutcome;
use network::{Answering, World, options, share_at, wait};

const PEER: &str = "http://192.0.2.9";
/// An item with the signature of another one.
fn unsigned(data: &str) -> String {
    signed(1, r#"{"uuid":"x","timestamp":1}"#).replacen(r#"{"uuid":"x","timestamp":1}"#, data, 1)
}

#[test]
fn an_item_that_takes_long_gets_the_same_verdict_as_any_other() {
    let replaced = |uuid: &str, more: &str| {
        let data = format!(r#"{{"uuid":"{uuid}","timestamp":1,"a":{more}}}"#);
        let item = signed(3, &data);
        item.replacen(r#""a":"#, &format!("{}{}", r#""a":0,"#.repeat(12_000), r#""a":"#), 1)
    };
    let far_too_long: Vec<String> = (0..10_000).map(|number| format!(r#""k{number}":0"#)).collect();
    let items = [
        // Without the duplicates, it is what was signed.
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
    let world = World::new(&[(PEER, Answering::body(&format!("[{}]", items.join(","))))]);
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
