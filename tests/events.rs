//! What is reported to the host during work: refused items, and the progress of long work.
#![cfg(not(target_arch = "wasm32"))]

mod common;
mod network;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use common::NOW_MS;
use dbsharing::limits::RESCAN_MS;
use dbsharing::node::{Purpose, State};
use network::entries::{entry, key, text};
use network::gates::Work;
use network::{Answering, World, options, share};

const PEERS: [&str; 3] = ["http://192.0.2.1", "http://192.0.2.2", "http://192.0.2.3"];

fn body(texts: &[String]) -> Answering {
    Answering::body(&format!("[{}]", texts.join(",")))
}

/// A peer whose items are refused for several reasons, with their slots and codes.
fn refused_items() -> (Vec<String>, Vec<(Option<String>, &'static str)>) {
    let tampered = |uuid: u8| text((1, uuid, 5)).replace("\"timestamp\":5", "\"timestamp\":6");
    let future = text((1, 9, NOW_MS + 3_600_000));
    let items = vec!["{}".to_owned(), "[]".to_owned(), tampered(1), tampered(2), future.clone(), text((1, 3, 5))];
    let refused = vec![
        (None, "BAD_SHAPE"),
        (None, "BAD_SHAPE"),
        (Some(key(&text((1, 1, 5)))), "BAD_SIGNATURE"),
        (Some(key(&text((1, 2, 5)))), "BAD_SIGNATURE"),
        (Some(format!("{}/9", key(&text((1, 3, 5))).split('/').next().unwrap())), "FROM_THE_FUTURE"),
        (Some(key(&text((1, 3, 5)))), "NOT_ACCEPTED"),
    ];
    (items, refused)
}

#[test]
fn every_refused_item_is_reported_to_a_listener() {
    let (items, refused) = refused_items();
    let mut world = World::new(&[(PEERS[0], body(&items)), (PEERS[1], body(&items[..1]))]);
    (world.refuses, world.hears_rejections) = (Some("\"uuid\":\"3\""), true);
    share(&RefCell::default(), &world, 1);
    let mut reported: Vec<_> = world.refused.take().into_iter().flatten().collect();
    let mut expected: Vec<_> = refused.into_iter().map(|(key, code)| (PEERS[0].to_owned(), key, code)).collect();
    expected.push((PEERS[1].to_owned(), None, "BAD_SHAPE"));
    reported.sort();
    expected.sort();
    assert_eq!(reported, expected);
}

#[test]
fn without_a_listener_the_first_of_each_peer_and_code_is_reported_in_each_round() {
    let (items, refused) = refused_items();
    let mut world = World::new(&[(PEERS[0], body(&items)), (PEERS[1], body(&items[..2]))]);
    world.refuses = Some("\"uuid\":\"3\"");
    let node = RefCell::new(State::default());
    for round in 0..2 {
        share(&node, &world, round);
        let reported: Vec<_> = world.refused.take().into_iter().flatten().collect();
        let codes = |url: &str| -> BTreeSet<_> {
            reported.iter().filter(|(of, ..)| of == url).map(|(_, key, code)| (key.clone(), *code)).collect()
        };
        let firsts = [0, 2, 4, 5].map(|at| refused[at].clone());
        assert_eq!(codes(PEERS[0]), BTreeSet::from(firsts), "round {round}");
        assert_eq!(reported.len(), 5, "round {round}");
        assert_eq!(codes(PEERS[1]).len(), 1);
    }
}

#[test]
fn what_the_database_does_not_take_is_reported() {
    let mut world = World::new(&[(PEERS[0], body(&[text((1, 0, 5)), text((1, 1, 5))]))]);
    world.hears_rejections = true;
    world.store.borrow_mut().refuses = vec!["\"uuid\":\"1\"".to_owned()];
    share(&RefCell::default(), &world, 1);
    assert_eq!(world.refused.take(), [[(PEERS[0].to_owned(), Some(key(&text((1, 1, 5)))), "STORE_REFUSED")]]);
    world.store.borrow_mut().fails_on_write = true;
    world.store.borrow_mut().entries.clear();
    share(&RefCell::default(), &world, 2);
    let codes: Vec<_> = world.refused.take().into_iter().flatten().map(|(_, _, code)| code).collect();
    assert_eq!(codes, ["STORE_FAILED"; 2]);
}

#[test]
fn a_hostile_flood_is_reported_in_small_batches() {
    let items = vec!["{}".to_owned(); 20_000];
    let mut world = World::new(&[(PEERS[0], body(&items))]);
    (world.hears_rejections, world.ms_a_look) = (true, 1);
    let report = share(&RefCell::default(), &world, 1);
    assert_eq!(report.totals.rejected["BAD_SHAPE"], 20_000);
    let batches = world.refused.take();
    assert_eq!(batches.iter().map(Vec::len).sum::<usize>(), 20_000);
    assert!(batches.iter().all(|batch| batch.len() <= 100), "{:?}", batches.iter().map(Vec::len).max());
    assert!(world.turns.get() as usize >= batches.len() / 2, "other work gets its turns in between");
}

#[test]
fn a_long_round_reports_its_progress() {
    let mut world = World::new(&PEERS.map(|url| (url, body(&[text((1, 0, 5)), text((1, 1, 5))]).in_pieces_of(60))));
    world.has_seconds = true;
    let node = world.node(options());
    let turn = Cell::new(0);
    let work: Work<'_> = Box::pin(async { assert!(node.round(NOW_MS, 1).await.ok) });
    world.gates.run(vec![work], |_| {
        turn.set(turn.get() + 1);
        turn.get() / 2
    });
    let progress = world.progress.take();
    let of = |phase: &str| -> Vec<_> {
        progress.iter().filter(|(of, ..)| *of == phase).map(|(_, done, total)| (*done, *total)).collect()
    };
    let (peers, records) = (of("peers"), of("records"));
    assert!(!peers.is_empty() && peers.len() == records.len());
    assert!(peers.iter().all(|(done, total)| *done <= 3 && *total == Some(3)) && peers.is_sorted());
    assert!(records.iter().all(|(done, total)| *done <= 6 && total.is_none()) && records.is_sorted());
    assert!(peers.iter().any(|(done, _)| *done > 0) && records.iter().any(|(done, _)| *done > 0));
}

#[test]
fn a_long_load_reports_its_progress() {
    let mut world = World::new(&[]);
    world.has_seconds = true;
    let entries: Vec<_> = (0..20).map(|uuid| entry(&text((1, uuid, 1)))).collect();
    world.store.borrow_mut().write(&entries).unwrap();
    let node = world.node(options());
    for total in [None, Some(20)] {
        let turn = Cell::new(0);
        let work: Work<'_> = Box::pin(async { node.load(Purpose::Share).await.unwrap() });
        world.gates.run(vec![work], |_| {
            turn.set(turn.get() + 1);
            turn.get()
        });
        let progress = world.progress.take();
        assert!(progress.iter().all(|(phase, done, of)| *phase == "load" && *done <= 20 && *of == total));
        assert!(progress.is_sorted() && progress.iter().any(|(_, done, _)| *done > 0), "{progress:?}");
        world.pass_ms(RESCAN_MS + 1);
    }
}
