//! What a host hears of while work goes on: records that others wrote, items that are refused, how far a long piece of work
//! has come.
#![cfg(not(target_arch = "wasm32"))]

mod common;
mod network;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use common::{NOW_MS, judge, signed};
use dbsharing::limits::RESCAN_MS;
use dbsharing::node::{Purpose, Put, State};
use dbsharing::ports::StoredEntry;
use dbsharing::record::Version;
use network::gates::Work;
use network::{Answering, InWorld, MemoryStore, World, options, share, wait};
use proptest::prelude::*;

const PEERS: [&str; 3] = ["http://192.0.2.1", "http://192.0.2.2", "http://192.0.2.3"];

/// Who signs, which slot, when: equal ones are the same record.
type Spec = (u8, u8, u64);

fn text((seed, uuid, ms): Spec) -> String {
    signed(seed, &format!(r#"{{"uuid":"{uuid}","timestamp":{ms}}}"#))
}

fn entry(text: &str) -> StoredEntry {
    let record = judge(text).unwrap();
    let key = record.content().key.as_str().to_owned();
    StoredEntry { key, version: record.version().to_string(), text: record.envelope() }
}

fn key(text: &str) -> String {
    entry(text).key
}

/// Writes to the database as another process does.
fn write(world: &World, texts: &[String]) {
    world.store.borrow_mut().write(&texts.iter().map(|text| entry(text)).collect::<Vec<_>>()).unwrap();
}

/// The records that the host heard of since this was last asked.
fn heard(world: &World) -> Vec<String> {
    let mut heard = world.heard.take();
    heard.sort();
    heard
}

fn envelopes(texts: &[String]) -> Vec<String> {
    let mut envelopes: Vec<String> = texts.iter().map(|text| entry(text).text).collect();
    envelopes.sort();
    envelopes
}

fn body(texts: &[String]) -> Answering {
    Answering::body(&format!("[{}]", texts.join(",")))
}

/// A node that has read a database with one record.
fn node_in(world: &World) -> InWorld<'_> {
    write(world, &[text((1, 0, 1))]);
    let node = world.node(options());
    wait(node.load(Purpose::Share)).unwrap();
    assert!(heard(world).is_empty(), "what the first reading finds is no news");
    node
}

#[test]
fn what_others_wrote_is_told_once_however_it_is_noticed() {
    for tells in [true, false] {
        let world = World::with_store(&[], if tells { MemoryStore::that_tells() } else { MemoryStore::default() });
        let node = node_in(&world);
        let news: Vec<String> = (0..300_u16).map(|ms| text((1, (ms % 250) as u8, 2 + u64::from(ms)))).collect();
        write(&world, &news);
        for (passed_ms, told) in [(if tells { 0 } else { RESCAN_MS + 1 }, 250), (0, 0), (RESCAN_MS + 1, 0)] {
            world.pass_ms(passed_ms);
            wait(node.load(Purpose::Share)).unwrap();
            assert_eq!(heard(&world).len(), told, "tells: {tells}, after {passed_ms} ms");
        }
    }
}

#[test]
fn what_the_store_reports_by_itself_is_told_once() {
    let world = World::with_store(&[], MemoryStore::that_tells());
    let node = node_in(&world);
    let news = [text((1, 0, 2)), text((2, 0, 1))];
    write(&world, &news);
    let hear = |text: &String| node.heard(&key(text), Version::parse(&entry(text).version));
    assert_eq!(news.each_ref().map(hear), [true, false], "one teller is enough");
    wait(node.tell_news());
    assert_eq!(heard(&world), envelopes(&news));
    wait(node.load(Purpose::Share)).unwrap();
    assert!(news.iter().all(|text| !hear(text)) && heard(&world).is_empty());
    let [newer, _] = news.map(|text| entry(&text));
    assert!(!node.heard(&newer.key, Version::parse(&entry(&text((1, 0, 1))).version)), "a loss is no news");
}

#[test]
fn what_was_overwritten_before_it_could_be_read_is_told_as_it_is_found_next() {
    let world = World::with_store(&[], MemoryStore::that_tells());
    let node = node_in(&world);
    let [first, second] = [text((1, 0, 2)), text((1, 0, 3))];
    write(&world, std::slice::from_ref(&first));
    assert!(node.heard(&key(&first), Version::parse(&entry(&first).version)));
    write(&world, std::slice::from_ref(&second));
    wait(node.tell_news());
    assert!(heard(&world).is_empty());
    wait(node.load(Purpose::Share)).unwrap();
    assert_eq!(heard(&world), envelopes(&[second]));
}

#[test]
fn what_cannot_be_read_is_told_after_the_next_look() {
    let world = World::with_store(&[], MemoryStore::default());
    let node = node_in(&world);
    let news = text((1, 0, 2));
    write(&world, std::slice::from_ref(&news));
    assert!(node.heard(&key(&news), Version::parse(&entry(&news).version)));
    world.store.borrow_mut().fails = true;
    wait(node.tell_news());
    assert!(heard(&world).is_empty() && world.warnings.borrow().is_empty());
    world.store.borrow_mut().fails = false;
    wait(node.load(Purpose::Share)).unwrap();
    assert_eq!(heard(&world), envelopes(&[news]));
}

#[test]
fn what_is_not_what_its_version_says_is_not_told() {
    let world = World::with_store(&[], MemoryStore::that_tells());
    let node = node_in(&world);
    let forged = StoredEntry { text: entry(&text((1, 0, 3))).text, ..entry(&text((1, 0, 2))) };
    world.store.borrow_mut().write(&[forged]).unwrap();
    wait(node.load(Purpose::Share)).unwrap();
    assert!(heard(&world).is_empty());
    assert_eq!((world.warnings.borrow().len(), node.state.borrow().holdings.len()), (1, 0));
}

#[test]
fn where_nobody_hears_of_records_no_text_is_read() {
    let world = World::with_store(&[], MemoryStore::that_tells());
    let node = node_in(&world);
    world.is_deaf.set(true);
    write(&world, &[text((1, 0, 2))]);
    let reads = world.store.borrow().reads;
    wait(node.load(Purpose::Share)).unwrap();
    assert_eq!(world.store.borrow().reads, reads);
    world.is_deaf.set(false);
    wait(node.load(Purpose::Share)).unwrap();
    assert!(heard(&world).is_empty());
}

#[test]
fn a_greater_version_that_a_write_comes_upon_is_told() {
    let world = World::new(&[]);
    let node = node_in(&world);
    let theirs = text((1, 0, 3));
    write(&world, std::slice::from_ref(&theirs));
    let became = wait(node.put(&text((1, 0, 2)), NOW_MS));
    assert!(matches!(became, Put::Stale { .. }), "{became:?}");
    assert_eq!(heard(&world), envelopes(&[theirs]));
}

#[test]
fn nothing_is_told_after_a_greater_version_that_was_written_meanwhile() {
    for order in 0..40_usize {
        let world = World::with_store(&[], MemoryStore::that_tells());
        let node = node_in(&world);
        let [theirs, ours] = [text((1, 0, 2)), text((1, 0, 3))];
        write(&world, std::slice::from_ref(&theirs));
        let telling: Work<'_> = Box::pin(async { node.load(Purpose::Share).await.unwrap() });
        let putting: Work<'_> = Box::pin(async { assert!(matches!(node.put(&ours, NOW_MS).await, Put::Stored(_))) });
        world.gates.run(vec![telling, putting], |waiting| if waiting > 1 { (order >> 2) % waiting } else { order });
        let told = world.heard.take();
        assert_eq!(told.last(), Some(&entry(&ours).text), "order {order}: {told:?}");
        assert!(told.len() == 1 || told == [entry(&theirs).text, entry(&ours).text], "order {order}: {told:?}");
    }
}

/// What happens at the same time.
#[derive(Debug, Clone)]
struct Scene {
    offered: Vec<Spec>,
    own: Vec<Spec>,
    /// Writes of another process, and whether the store reports each by itself.
    foreign: Vec<(Spec, bool)>,
    looks: usize,
    choices: Vec<u8>,
}

fn specs(most: usize) -> impl Strategy<Value = Vec<Spec>> {
    prop::collection::vec((1..3_u8, 0..3_u8, 1..6_u64), 0..most)
}

fn scenes() -> impl Strategy<Value = Scene> {
    let foreign = prop::collection::vec(((1..3_u8, 0..3_u8, 1..6_u64), any::<bool>()), 0..6);
    let choices = prop::collection::vec(any::<u8>(), 16..64);
    (specs(8), specs(5), foreign, 0..3_usize, choices).prop_map(|(offered, own, foreign, looks, choices)| Scene {
        offered,
        own,
        foreign,
        looks,
        choices,
    })
}

/// Plays the scene, and looks at the store when all is over.
fn play(scene: &Scene, world: &World) {
    let node = &world.node(options());
    wait(node.load(Purpose::Share)).unwrap();
    let mut work: Vec<Work<'_>> = vec![Box::pin(async {
        node.round(NOW_MS, 1).await;
    })];
    for own in &scene.own {
        work.push(Box::pin(async {
            world.gates.pass().await;
            node.put(&text(*own), NOW_MS).await;
        }));
    }
    for (foreign, is_reported) in &scene.foreign {
        work.push(Box::pin(async {
            world.gates.pass().await;
            write(world, &[text(*foreign)]);
            world.gates.pass().await;
            let key = key(&text(*foreign));
            let held = world.store.borrow().entries[&key].0.clone();
            if *is_reported && node.heard(&key, Version::parse(&held)) {
                node.tell_news().await;
            }
        }));
    }
    for _ in 0..scene.looks {
        work.push(Box::pin(async { node.load(Purpose::Share).await.unwrap() }));
    }
    let turn = Cell::new(0);
    world.gates.run(work, |_| {
        turn.set(turn.get() + 1);
        usize::from(scene.choices[turn.get() % scene.choices.len()])
    });
    world.pass_ms(RESCAN_MS + 1);
    wait(node.load(Purpose::Share)).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn each_version_is_told_once_in_order_and_at_last_what_is_held(scene in scenes(), tells in any::<bool>()) {
        let store = if tells { MemoryStore::that_tells() } else { MemoryStore::default() };
        let mut world = World::with_store(&[(PEERS[0], body(&scene.offered.iter().map(|spec| text(*spec)).collect::<Vec<_>>()))], store);
        world.ms_a_look = 1;
        play(&scene, &world);
        let came: BTreeSet<String> = scene.offered.iter().chain(&scene.own).chain(scene.foreign.iter().map(|(spec, _)| spec))
            .map(|spec| entry(&text(*spec)).text).collect();
        let mut last = BTreeMap::new();
        for told in world.heard.borrow().iter() {
            prop_assert!(came.contains(told));
            let StoredEntry { key, version, .. } = entry(told);
            let before = last.insert(key, version.clone());
            prop_assert!(before < Some(version), "once, and none after a greater one");
        }
        let held: BTreeMap<String, String> =
            world.store.borrow().entries.iter().map(|(key, (version, _))| (key.clone(), version.clone())).collect();
        prop_assert_eq!(last, held);
    }
}

/// A peer whose items are refused for several reasons, and the slots and codes of these.
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
fn every_refused_item_is_told_to_who_hears_of_it() {
    let (items, refused) = refused_items();
    let mut world = World::new(&[(PEERS[0], body(&items)), (PEERS[1], body(&items[..1]))]);
    (world.refuses, world.hears_rejections) = (Some("\"uuid\":\"3\""), true);
    share(&RefCell::default(), &world, 1);
    let mut told: Vec<_> = world.refused.take().into_iter().flatten().collect();
    let mut expected: Vec<_> = refused.into_iter().map(|(key, code)| (PEERS[0].to_owned(), key, code)).collect();
    expected.push((PEERS[1].to_owned(), None, "BAD_SHAPE"));
    told.sort();
    expected.sort();
    assert_eq!(told, expected);
}

#[test]
fn without_a_listener_the_first_of_each_peer_and_code_is_told_in_each_round() {
    let (items, refused) = refused_items();
    let mut world = World::new(&[(PEERS[0], body(&items)), (PEERS[1], body(&items[..2]))]);
    world.refuses = Some("\"uuid\":\"3\"");
    let node = RefCell::new(State::default());
    for round in 0..2 {
        share(&node, &world, round);
        let told: Vec<_> = world.refused.take().into_iter().flatten().collect();
        let codes = |url: &str| -> BTreeSet<_> {
            told.iter().filter(|(of, ..)| of == url).map(|(_, key, code)| (key.clone(), *code)).collect()
        };
        let firsts = [0, 2, 4, 5].map(|at| refused[at].clone());
        assert_eq!(codes(PEERS[0]), BTreeSet::from(firsts), "round {round}");
        assert_eq!(told.len(), 5, "round {round}");
        assert_eq!(codes(PEERS[1]).len(), 1);
    }
}

#[test]
fn what_the_database_does_not_take_is_told() {
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
fn a_hostile_flood_is_told_in_small_batches() {
    let items = vec!["{}".to_owned(); 20_000];
    let mut world = World::new(&[(PEERS[0], body(&items))]);
    (world.hears_rejections, world.ms_a_look) = (true, 1);
    let report = share(&RefCell::default(), &world, 1);
    assert_eq!(report.totals.rejected["BAD_SHAPE"], 20_000);
    let batches = world.refused.take();
    assert_eq!(batches.iter().map(Vec::len).sum::<usize>(), 20_000);
    assert!(batches.iter().all(|batch| batch.len() <= 100), "{:?}", batches.iter().map(Vec::len).max());
    assert!(world.turns.get() as usize >= batches.len() / 2, "others have their turns in between");
}

#[test]
fn a_long_round_says_how_far_it_has_come() {
    let mut world = World::new(&PEERS.map(|url| (url, body(&[text((1, 0, 5)), text((1, 1, 5))]).in_pieces_of(60))));
    world.has_seconds = true;
    let node = world.node(options());
    let turn = Cell::new(0);
    let work: Work<'_> = Box::pin(async { assert!(node.round(NOW_MS, 1).await.ok) });
    world.gates.run(vec![work], |_| {
        turn.set(turn.get() + 1);
        turn.get()
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
fn a_long_reading_says_how_far_it_has_come() {
    let mut world = World::new(&[]);
    world.has_seconds = true;
    write(&world, &(0..20).map(|uuid| text((1, uuid, 1))).collect::<Vec<_>>());
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
