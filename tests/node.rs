//! The common test bodies in Node.
#![cfg(target_arch = "wasm32")]

#[macro_use]
#[path = "common/bodies.rs"]
mod bodies;
mod common;

all_tests!(wasm_bindgen_test::wasm_bindgen_test);
