//! The inputs that fuzzing kept: seeds that reach far into the code, and inputs that once found a fault.
#![cfg(not(target_arch = "wasm32"))]

#[path = "fuzz/properties.rs"]
mod properties;

use std::fs;
use std::path::Path;

/// Runs every input of a target, which panics if its property does not hold.
fn replay(target: &str, property: impl Fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(target);
    let inputs: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(!inputs.is_empty());
    for input in inputs {
        println!("{}", input.display());
        property(&fs::read(&input).unwrap());
    }
}

#[test]
fn kept_bodies_are_read_as_javascript_reads_them() {
    replay("body", properties::body);
}

#[test]
fn kept_texts_are_written_as_javascript_writes_them() {
    replay("canonical", properties::canonical);
}

#[test]
fn kept_records_are_judged_within_the_rules() {
    replay("record", properties::record);
}

#[test]
fn kept_bodies_of_symbols_are_refused_or_decoded_in_bounded_time() {
    replay("symbols", properties::symbols);
}

#[test]
fn kept_queries_are_read_within_the_limits() {
    replay("query", properties::query);
}
