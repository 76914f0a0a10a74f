//! The common test bodies in a headless browser.
#![cfg(target_arch = "wasm32")]

#[macro_use]
#[path = "common/bodies.rs"]
mod bodies;
mod common;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
all_tests!(wasm_bindgen_test::wasm_bindgen_test);
