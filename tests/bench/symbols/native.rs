//! How long the parts of symbols take that are on a node's way, without wasm: `npm run bench:symbols`.

#[path = "../../symbols/differing.rs"]
mod differing;
#[expect(dead_code, unused_imports, reason = "the tests use more of it")]
#[path = "../../symbols/discoveries.rs"]
mod discoveries;
#[expect(dead_code, unused_imports, reason = "the tests use more of it")]
#[path = "../../symbols/hostile_sums.rs"]
mod hostile_sums;

use std::hint::black_box;
use std::time::Instant;

use dbsharing::limits::MAX_CELLS;
use dbsharing::symbols::{Decoding, ElementId, Residue, Symbols, View, Walk};

use differing::{Draw, Pair};
use discoveries::mean_cost;
use hostile_sums::{all_pure, body_of, decode};

fn main() {
    let mut draw = Draw(1);
    let mut symbols = Symbols::new(View::ByTime, MAX_CELLS);
    let changes: Vec<_> = (0..100_000).map(|_| (draw.id(), draw.value(), draw.value())).collect();
    let started = Instant::now();
    changes.iter().for_each(|(id, before, after)| symbols.apply(*id, *before, *after));
    println!("apply at {MAX_CELLS} cells: {:.2} µs", started.elapsed().as_secs_f64() * 1e6 / changes.len() as f64);
    let mut numbers = [(); 16].map(|()| draw.value());
    let started = Instant::now();
    (0..10_000).for_each(|_| numbers = black_box(numbers.map(|number| number.inverse().unwrap())));
    println!("an inverse alone: {:.0} ns", started.elapsed().as_secs_f64() * 1e9 / 160_000.0);
    let started = Instant::now();
    (0..10_000).for_each(|_| numbers = black_box(Residue::inverses(numbers)));
    println!("an inverse of sixteen: {:.0} ns", started.elapsed().as_secs_f64() * 1e9 / 160_000.0);
    for differing in [1, 10, 100, 1_000, 10_000_usize] {
        let cells = (differing as u32 * 145 / 100 + 18).min(MAX_CELLS);
        let pair = Pair::drawn(&mut draw, differing, 0);
        let [ours, theirs] = pair.sums(View::ByTime, cells);
        let (runs, started) = (100_000 / differing.max(100), Instant::now());
        let mut decoded = pair.decoded(&[ours.clone(), theirs.clone()], usize::MAX);
        (1..runs).for_each(|_| decoded = black_box(pair.decoded(&[ours.clone(), theirs.clone()], usize::MAX)));
        let ms = started.elapsed().as_secs_f64() * 1e3 / runs as f64;
        let whole = if decoded.is_complete { "whole" } else { "not whole" };
        println!("{differing} differences in {cells} cells: {ms:.3} ms, {whole}");
        // The least of several runs, so that other work of the machine does not count.
        let longest =
            (0..10).map(|_| longest_step(Decoding::new(&theirs, &ours).unwrap(), &pair)).fold(f64::MAX, f64::min);
        println!("    the longest step of 20 000: {longest:.3} ms");
    }
    // In each cell, an element that walks there: nearly each is noted, and spoils all its other cells.
    let mut ids = vec![0; MAX_CELLS as usize];
    (0..200_000).for_each(|id| Walk::new(View::ByTime, ElementId(id), MAX_CELLS).for_each(|at| ids[at as usize] = id));
    let cells = all_pure(MAX_CELLS.into(), |at| ids[at as usize].into());
    let hostile = body_of(View::ByTime, &cells, &[0; 64]);
    let started = Instant::now();
    decode(View::ByTime, &hostile, usize::MAX);
    println!("{MAX_CELLS} hostile cells: {:.1} ms", started.elapsed().as_secs_f64() * 1e3);
    for (differing, runs) in [(1, 1_000), (10, 2_000), (100, 500), (1_000, 50)] {
        let (bytes, requests) = mean_cost(differing, runs);
        println!("{differing} edits: {bytes:.0} bytes in {requests:.2} requests");
    }
}

/// How long the longest step takes, in ms.
fn longest_step(mut decoding: Decoding, pair: &Pair) -> f64 {
    let mut longest = 0.0_f64;
    loop {
        let started = Instant::now();
        let has_more = decoding.step(20_000, |id| pair.own(id));
        longest = longest.max(started.elapsed().as_secs_f64() * 1e3);
        if !has_more {
            return longest;
        }
    }
}
