//! A peer that took too long gets a longer deadline, up to a minute, until it answers.
#![cfg(not(target_arch = "wasm32"))]

mod common;
mod network;

use std::cell::RefCell;

use common::NOW_MS;
use dbsharing::node::{Options, State};
use network::entries::{body, text};
use network::{Answering, World, options, share_at};

const PEER: &str = "http://192.0.2.1";
const HOUR_MS: u64 = 3_600_000;

/// A round in a later hour, when no peer is being left alone, with a peer that answers like this.
fn deadline_asked(state: &RefCell<State>, answering: Answering, hour: u64, options: &Options) -> u64 {
    deadline_asked_in(World::new(&[(PEER, answering)]), state, hour, options)
}

fn deadline_asked_in(world: World, state: &RefCell<State>, hour: u64, options: &Options) -> u64 {
    share_at(state, &world, NOW_MS + hour * HOUR_MS, options, hour);
    let deadlines_ms = world.deadlines_ms.into_inner();
    // The first deadline is the service's.
    assert_eq!(deadlines_ms.len(), 2, "asked once in a round");
    deadlines_ms[1]
}

#[test]
fn the_deadline_doubles_with_each_time_out_up_to_a_minute_and_is_the_usual_one_after_an_answer() {
    let state = RefCell::new(State::default());
    let asked = |answering, hour| deadline_asked(&state, answering, hour, &options());
    let silent: Vec<u64> = (0..6).map(|hour| asked(Answering::silent(), hour)).collect();
    assert_eq!(silent, [10_000, 20_000, 40_000, 60_000, 60_000, 60_000]);
    assert_eq!(asked(Answering::body(&body(&[text((1, 1, 5))])), 6), 60_000);
    assert_eq!(asked(Answering::silent(), 7), 10_000);
    assert_eq!(asked(Answering::status(500), 8), 20_000, "a bad answer counts too");
    assert_eq!(asked(Answering::silent(), 9), 10_000);
    assert_eq!(asked(Answering::unreachable(), 10), 20_000, "waiting longer does not help if nothing answers");
    assert_eq!(asked(Answering::silent(), 11), 10_000);
}

#[test]
fn a_deadline_above_a_minute_stays_the_same_and_one_below_grows_to_a_minute() {
    for (usual_ms, wanted) in [(90_000, [90_000; 4]), (35_000, [35_000, 60_000, 60_000, 60_000])] {
        let (state, options) = (RefCell::default(), Options { peer_timeout_ms: usual_ms, ..options() });
        let asked = (0..4).map(|hour| deadline_asked(&state, Answering::silent(), hour, &options));
        assert_eq!(asked.collect::<Vec<_>>(), wanted);
    }
}

#[test]
fn a_time_out_that_the_next_round_continues_from_does_not_lengthen_the_deadline() {
    let (state, records) = (RefCell::default(), [text((1, 1, 5)), text((1, 2, 5))]);
    let slow = || Answering::keyed(&records).slow_after(body(&records).len() - 10).in_pieces_of(50);
    assert_eq!([0, 1].map(|hour| deadline_asked(&state, slow(), hour, &options())), [10_000, 10_000]);
}

/// What three rounds allow a peer that sends this and then hangs, on a machine so slow that most of the time is its own; and
/// the code of the peer in the fourth.
fn on_a_slow_machine(sent: &str) -> ([u64; 3], Option<&'static str>) {
    let state = RefCell::default();
    let slow = || {
        let mut world = World::new(&[(PEER, Answering::body(sent).slow_after(sent.len()))]);
        world.ms_a_look = 400;
        world
    };
    let allowed_ms = [(); 3].map(|()| deadline_asked_in(slow(), &state, 0, &options()));
    (allowed_ms, share_at(&state, &slow(), NOW_MS, &options(), 3).peers[0].code)
}

#[test]
fn a_time_out_on_a_slow_machine_counts_where_much_was_sent_and_nothing_of_use() {
    let (held_back, excused) = (([10_000, 20_000, 40_000], Some("BACKING_OFF")), ([10_000; 3], Some("PEER_TIMEOUT")));
    let much = " ".repeat(1_100_000);
    assert_eq!(on_a_slow_machine(&format!("[{much}")), held_back, "white space");
    assert_eq!(on_a_slow_machine(&format!("[{}", "{},".repeat(400_000))), held_back, "no records");
    assert_eq!(on_a_slow_machine(&format!("[{},{much}", text((1, 1, 5)))), excused, "a record among it");
    assert_eq!(on_a_slow_machine(&format!("[{}", " ".repeat(1_000_000))), excused, "less than an item may have");
}
