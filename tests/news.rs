//! News: what others wrote to the database is reported once to listeners for records.
#![cfg(not(target_arch = "wasm32"))]

mod common;
mod network;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use common::NOW_MS;
use dbsharing::limits::RESCAN_MS;
use dbsharing::node::{Purpose, Put};
use dbsharing::ports::StoredEntry;
use dbsharing::record::Version;
use network::entries::{Spec, entry, key, text};
use network::gates::Work;
use network::{Answering, InWorld, MemoryStore, World, options, wait};
use proptest::prelude::*;

const PEER: &str = "http://192.0.2.1";

/// Writes to the database as another process does.
fn write(world: &World, texts: &[String]) {
    world.store.borrow_mut().write(&texts.iter().map(|text| entry(text)).collect::<Vec<_>>()).unwrap();
}

/// The records that were reported to the host since the last call.
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
    assert!(heard(world).is_empty(), "what the first load finds is not news");
    node
}

#[test]
fn what_others_wrote_is_reported_once_however_it_is_noticed() {
    for reports in [true, false] {
        let world = World::with_store(&[], if reports { MemoryStore::that_reports() } else { MemoryStore::default() });
        let node = node_in(&world);
        let news: Vec<String> = (0..300_u16).map(|ms| text((1, (ms % 250) as u8, 2 + u64::from(ms)))).collect();
        write(&world, &news);
        for (passed_ms, reported) in [(if reports { 0 } else { RESCAN_MS + 1 }, 250), (0, 0), (RESCAN_MS + 1, 0)] {
            world.pass_ms(passed_ms);
            wait(node.load(Purpose::Share)).unwrap();
            assert_eq!(heard(&world).len(), reported, "reports: {reports}, after {passed_ms} ms");
        }
    }
}

#[test]
fn what_the_store_reports_by_itself_is_reported_to_listeners_once() {
    let world = World::with_store(&[], MemoryStore::that_reports());
    let node = node_in(&world);
    let news = [text((1, 0, 2)), text((2, 0, 1))];
    write(&world, &news);
    let hear = |text: &String| node.heard(&key(text), Version::parse(&entry(text).version));
    assert_eq!(news.each_ref().map(hear), [true, false], "one report is enough");
    wait(node.tell_news());
    assert_eq!(heard(&world), envelopes(&news));
    wait(node.load(Purpose::Share)).unwrap();
    assert!(news.iter().all(|text| !hear(text)) && heard(&world).is_empty());
    let [newer, _] = news.map(|text| entry(&text));
    assert!(!node.heard(&newer.key, Version::parse(&entry(&text((1, 0, 1))).version)), "a loss is not news");
}

#[test]
fn what_was_overwritten_before_it_could_be_read_is_reported_as_it_is_found_next() {
    let world = World::with_store(&[], MemoryStore::that_reports());
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
fn what_cannot_be_read_is_reported_after_the_next_look() {
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
fn a_text_that_does_not_match_its_version_is_not_reported() {
    let world = World::with_store(&[], MemoryStore::that_reports());
    let node = node_in(&world);
    let forged = StoredEntry { text: entry(&text((1, 0, 3))).text, ..entry(&text((1, 0, 2))) };
    world.store.borrow_mut().write(&[forged]).unwrap();
    wait(node.load(Purpose::Share)).unwrap();
    assert!(heard(&world).is_empty());
    assert_eq!((world.warnings.borrow().len(), node.state.borrow().holdings.len()), (1, 0));
}

#[test]
fn without_a_listener_for_records_no_text_is_read() {
    let world = World::with_store(&[], MemoryStore::that_reports());
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
fn a_greater_version_that_a_write_comes_upon_is_reported() {
    let world = World::new(&[]);
    let node = node_in(&world);
    let theirs = text((1, 0, 3));
    write(&world, std::slice::from_ref(&theirs));
    let became = wait(node.put(&text((1, 0, 2)), NOW_MS));
    assert!(matches!(became, Put::Stale { .. }), "{became:?}");
    assert_eq!(heard(&world), envelopes(&[theirs]));
}

#[test]
fn nothing_is_reported_after_a_greater_version_that_was_written_meanwhile() {
    for order in 0..40_usize {
        let world = World::with_store(&[], MemoryStore::that_reports());
        let node = node_in(&world);
        let [theirs, ours] = [text((1, 0, 2)), text((1, 0, 3))];
        write(&world, std::slice::from_ref(&theirs));
        let loading: Work<'_> = Box::pin(async { node.load(Purpose::Share).await.unwrap() });
        let putting: Work<'_> = Box::pin(async { assert!(matches!(node.put(&ours, NOW_MS).await, Put::Stored(_))) });
        world.gates.run(vec![loading, putting], |waiting| if waiting > 1 { (order >> 2) % waiting } else { order });
        let reported = world.heard.take();
        assert_eq!(reported.last(), Some(&entry(&ours).text), "order {order}: {reported:?}");
        assert!(
            reported.len() == 1 || reported == [entry(&theirs).text, entry(&ours).text],
            "order {order}: {reported:?}"
        );
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

/// Plays the scene, and looks at the store at the end.
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
    fn each_version_is_reported_once_in_order_and_the_held_one_last(scene in scenes(), reports in any::<bool>()) {
        let store = if reports { MemoryStore::that_reports() } else { MemoryStore::default() };
        let mut world = World::with_store(&[(PEER, body(&scene.offered.iter().map(|spec| text(*spec)).collect::<Vec<_>>()))], store);
        world.ms_a_look = 1;
        play(&scene, &world);
        let came: BTreeSet<String> = scene.offered.iter().chain(&scene.own).chain(scene.foreign.iter().map(|(spec, _)| spec))
            .map(|spec| entry(&text(*spec)).text).collect();
        let mut last = BTreeMap::new();
        for reported in world.heard.borrow().iter() {
            prop_assert!(came.contains(reported));
            let StoredEntry { key, version, .. } = entry(reported);
            let before = last.insert(key, version.clone());
            prop_assert!(before < Some(version), "once, and none after a greater one");
        }
        let held: BTreeMap<String, String> =
            world.store.borrow().entries.iter().map(|(key, (version, _))| (key.clone(), version.clone())).collect();
        prop_assert_eq!(last, held);
    }
}
