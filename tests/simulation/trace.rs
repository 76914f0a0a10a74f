//! The log of a world, one line an event: when, who, what. The same seed gives the same lines on every machine.

use std::cell::Cell;

use dbsharing::node::Put;
use dbsharing::report::Report;

use super::plan::{Happening, MINUTE_US, SECOND_US};
use super::records::named;

/// Where a log goes.
#[derive(Debug, Default)]
pub struct Trace {
    is_shown: bool,
    events: Cell<u64>,
    /// A sum over all lines, by which two logs are compared.
    sum: Cell<u64>,
    is_summed: bool,
}

impl Trace {
    /// Summed, and shown if so wanted.
    pub fn new(is_shown: bool) -> Self {
        Self { is_shown, is_summed: true, ..Self::default() }
    }

    pub fn say(&self, at_us: u64, who: impl FnOnce() -> String, what: impl FnOnce() -> String) {
        self.events.set(self.events.get() + 1);
        if !self.is_summed {
            return;
        }
        let line = format!("{} {:>6} {}", time(at_us), who(), what());
        let sum = line.bytes().fold(self.sum.get(), |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        self.sum.set(sum);
        if self.is_shown {
            println!("{line}");
        }
    }

    pub fn events(&self) -> u64 {
        self.events.get()
    }

    pub fn sum(&self) -> u64 {
        self.sum.get()
    }
}

/// Minutes, seconds and microseconds.
pub fn time(us: u64) -> String {
    format!("{:>3}:{:02}.{:06}", us / MINUTE_US, us % MINUTE_US / SECOND_US, us % SECOND_US)
}

/// A round in one line.
pub fn round(report: &Report) -> String {
    let of = |peer: &dbsharing::report::PeerReport| {
        let machine =
            peer.url.strip_prefix("http://").and_then(|url| url.strip_suffix(".example")).unwrap_or(&peer.url);
        format!("{machine}:{}", peer.code.unwrap_or_else(|| outcome(peer)))
    };
    let peers: Vec<String> = report.peers.iter().map(of).collect();
    let totals = &report.totals;
    let error = report.error.as_ref().map_or("", |error| error.code);
    format!(
        "round ends {error} offered {} verified {} inserted {} replaced {} [{}]",
        totals.offered,
        totals.verified,
        totals.inserted,
        totals.replaced,
        peers.join(" ")
    )
}

fn outcome(peer: &dbsharing::report::PeerReport) -> &'static str {
    use dbsharing::report::PeerOutcome as Outcome;
    match peer.outcome {
        Outcome::Unchanged => "unchanged",
        Outcome::Synced => "synced",
        Outcome::Empty => "empty",
        Outcome::Failed => "failed",
        Outcome::Skipped => "skipped",
    }
}

pub fn put(put: &Put) -> &'static str {
    match put {
        Put::Stored(_) => "stored",
        Put::Stale { .. } => "stale",
        Put::Rejected(_) => "rejected",
        Put::Failed(_) => "failed",
    }
}

pub fn happening(happening: &Happening) -> String {
    match happening {
        Happening::Partition { apart, for_us } => format!("parts {} for {}", named(apart), time(*for_us)),
        other => format!("{other:?}"),
    }
}
