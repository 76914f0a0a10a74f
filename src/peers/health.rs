//! How one peer has fared, and how long it is left alone for it.

/// How many failures in a row make a peer wait.
const FAILURES_BEFORE_BACK_OFF: u32 = 3;

/// The first wait; each further failure doubles it.
const FIRST_BACK_OFF_MS: u64 = 20_000;

/// The longest wait.
const MAX_BACK_OFF_MS: u64 = 600_000;

/// The longest deadline that time-outs can lead to.
const MAX_DEADLINE_MS: u64 = 60_000;

/// How one peer fared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Failures since the last success.
    pub failures: u32,
    /// It is not asked before this time of our clock; 0 = it may be asked now.
    pub retry_at_ms: u64,
    /// The round in which it was last chosen, counted from 1; 0 = never.
    pub last_asked_round: u64,
    /// How many times in a row it took longer than the deadline that it was to get, since it last answered in time.
    pub time_outs: u32,
}

impl Health {
    /// Whether to wait. A wait longer than the longest means that our clock was set back, and is over.
    pub(super) fn is_backing_off(&self, now_ms: u64) -> bool {
        (1..=MAX_BACK_OFF_MS).contains(&self.retry_at_ms.saturating_sub(now_ms))
    }

    /// How long its next exchange may take, where `usual_ms` is the usual deadline: twice as long after each time-out,
    /// up to a minute, and never less than usual.
    pub(super) fn deadline_ms(&self, usual_ms: u64) -> u64 {
        usual_ms.saturating_mul(2_u64.saturating_pow(self.time_outs)).min(MAX_DEADLINE_MS.max(usual_ms))
    }

    /// Notes a failure. From the third in a row on, it waits 20 s, then twice as long each time, up to 10 minutes,
    /// within ±25 %. `random` gives numbers from 0 up to, but not including, 1.
    pub(super) fn fail(&mut self, now_ms: u64, random: &mut impl FnMut() -> f64) {
        self.failures = self.failures.saturating_add(1);
        if let Some(doublings) = self.failures.checked_sub(FAILURES_BEFORE_BACK_OFF) {
            self.retry_at_ms = now_ms.saturating_add(back_off_ms(doublings, random()));
        }
    }
}

fn back_off_ms(doublings: u32, random: f64) -> u64 {
    let middle_ms = FIRST_BACK_OFF_MS.saturating_mul(2_u64.saturating_pow(doublings)).min(MAX_BACK_OFF_MS);
    let jittered_ms = (middle_ms as f64 * (0.75 + random / 2.0)) as u64;
    jittered_ms.min(MAX_BACK_OFF_MS)
}
