//! The common test bodies on the host.
#![cfg(not(target_arch = "wasm32"))]

#[macro_use]
mod common;

all_tests!(test);
