//! The core as native code, from the bytes of a body to one verdict for each record: the limit for the wasm.
//!
//! `bench-native OTHER-BODY BODY [SPOILED-BODY]` prints the times of a first pass over BODY and of another one, after a
//! pass over OTHER-BODY that warms the processor's caches; and as digits the verdicts of the first pass and those on
//! SPOILED-BODY, which are not timed.

use std::process::ExitCode;
use std::time::Instant;

use dbsharing::json::ItemReader;
use dbsharing::limits::MAX_ITEM_BYTES;
use dbsharing::record::Identity;
use dbsharing::verify::body_judge::{BodyJudge, RejectedItem};
use dbsharing::verify::{PublicKeys, Record};

/// A clock that all records are older than.
const NOW_MS: u64 = 1 << 52;

type Verdict = Result<Record, RejectedItem>;

fn main() -> ExitCode {
    let bodies: Result<Vec<Vec<u8>>, _> = std::env::args().skip(1).map(std::fs::read).collect();
    match bodies.as_deref() {
        Ok([other, body]) => print_times(other, body, b"[]"),
        Ok([other, body, spoiled]) => print_times(other, body, spoiled),
        _ => {
            eprintln!("usage: bench-native OTHER-BODY BODY [SPOILED-BODY], files that can be read");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

fn print_times(other: &[u8], body: &[u8], spoiled: &[u8]) {
    let keys = &mut PublicKeys::default();
    drop(verdicts(other, keys));
    let (first, given) = timed(body, keys);
    let (again, _) = timed(body, keys);
    let (given, spoiled) = (digits(&given), digits(&verdicts(spoiled, keys)));
    println!(r#"{{"times":{{"first":{first},"again":{again}}},"verdicts":"{given}","spoiled":"{spoiled}"}}"#);
}

fn digits(verdicts: &[Verdict]) -> String {
    verdicts.iter().map(|verdict| if verdict.is_ok() { '1' } else { '0' }).collect()
}

/// The wall time and, where the system reports it, the processor time of one pass, as JSON.
fn timed(body: &[u8], keys: &mut PublicKeys) -> (String, Vec<Verdict>) {
    let (began, cpu_ns_before) = (Instant::now(), cpu_ns());
    let given = verdicts(body, keys);
    let wall_ms = began.elapsed().as_secs_f64() * 1e3;
    let time = match (cpu_ns_before, cpu_ns()) {
        (Some(before), Some(after)) => format!(r#"{{"wallMs":{wall_ms},"cpuMs":{}}}"#, (after - before) as f64 / 1e6),
        _ => format!(r#"{{"wallMs":{wall_ms}}}"#),
    };
    (time, given)
}

/// The processor time of this thread so far, on Linux.
fn cpu_ns() -> Option<u64> {
    std::fs::read_to_string("/proc/self/schedstat").ok()?.split(' ').next()?.parse().ok()
}

/// One verdict for each item of a body, as `verifyJson` gives them, with these keys remembered.
fn verdicts(body: &[u8], keys: &mut PublicKeys) -> Vec<Verdict> {
    let judge = BodyJudge::new(Identity::Record, NOW_MS, keys);
    judge.judge(ItemReader::new(MAX_ITEM_BYTES), body).expect("the body is a JSON array")
}
