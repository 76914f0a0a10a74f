#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| dbsharing_fuzz::query(bytes));
