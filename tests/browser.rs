//! The common test bodies in a headless browser.
#![cfg(target_arch = "wasm32")]

#[macro_use]
mod common;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
all_tests!(wasm_bindgen_test::wasm_bindgen_test);
