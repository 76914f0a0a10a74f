//! The core as native code, from the bytes of a body to one verdict for each record: the limit for the wasm.
//!
//! `bench-native OTHER-BODY BODY [SPOILED-BODY]` prints the times of a first pass over BODY and of another one, after a
//! pass over OTHER-BODY that warms the processor's caches; and as digits the verdicts of the first pass and those on
//! SPOILED-BODY, which are not timed.

use std::process::ExitCode;
use std::time::Instant;

use dbsharing::error::Rejection;
use dbsharing::json::{ItemReader, Json, Step};
use dbsharing::record::{Identity, Record, UncheckedRecord};
use dbsharing::verify::{Candidate, Claim, MAX_ITEM_BYTES, check_time, verify_batch};

/// As many signatures at once as `verifyJson` verifies.
const BATCH: usize = 512;
/// A clock that all records are older than.
const NOW_MS: u64 = 1 << 52;

type Verdict = Result<Record, Rejection>;

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
    drop(verdicts(other));
    let (first, given) = timed(body);
    let (again, _) = timed(body);
    let (given, spoiled) = (digits(&given), digits(&verdicts(spoiled)));
    println!(r#"{{"times":{{"first":{first},"again":{again}}},"verdicts":"{given}","spoiled":"{spoiled}"}}"#);
}

fn digits(verdicts: &[Verdict]) -> String {
    verdicts.iter().map(|verdict| if verdict.is_ok() { '1' } else { '0' }).collect()
}

/// The wall time and, where the system tells it, the processor time of one pass, as JSON.
fn timed(body: &[u8]) -> (String, Vec<Verdict>) {
    let (began, cpu_ns_before) = (Instant::now(), cpu_ns());
    let given = verdicts(body);
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

/// One verdict for each item of a body, by the steps of `verifyJson`.
fn verdicts(body: &[u8]) -> Vec<Verdict> {
    let (mut reader, mut at) = (ItemReader::new(MAX_ITEM_BYTES), 0);
    let mut judge = Judge::default();
    while at < body.len() {
        match reader.next(body, &mut at).expect("the body is a JSON array") {
            Step::Item(item) => judge.take(item),
            Step::TooLarge { .. } => panic!("no record of the bench is that long"),
            Step::NeedsMore => {}
        }
    }
    reader.finish().expect("the array is closed");
    judge.verify_waiting();
    judge.verdicts.into_iter().flatten().collect()
}

#[derive(Default)]
struct Judge {
    verdicts: Vec<Option<Verdict>>,
    waiting: Vec<(usize, Candidate)>,
}

impl Judge {
    fn take(&mut self, item: Json<'_>) {
        match Claim::read(UncheckedRecord::read(item), Identity::Record).and_then(Claim::decode) {
            Ok(candidate) => {
                self.waiting.push((self.verdicts.len(), candidate));
                self.verdicts.push(None);
            }
            Err(rejection) => self.verdicts.push(Some(Err(rejection))),
        }
        if self.waiting.len() >= BATCH {
            self.verify_waiting();
        }
    }

    fn verify_waiting(&mut self) {
        let (places, candidates): (Vec<_>, Vec<_>) = std::mem::take(&mut self.waiting).into_iter().unzip();
        for (place, verdict) in places.into_iter().zip(verify_batch(candidates)) {
            self.verdicts[place] = Some(verdict.and_then(|record| check_time(&record, NOW_MS).map(|()| record)));
        }
    }
}
