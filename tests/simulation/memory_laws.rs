//! What has to hold of what a node remembers from one round to the next: it is given back. A peer that answers again is as
//! good as any other, each exchange begins with counts of zero, and what is parked is stored when its time has come.

use std::collections::BTreeMap;
use std::rc::Rc;

use dbsharing::report::{PeerOutcome, PeerReport, Report};

use super::end_laws::AHEAD_MS;
use super::laws::Laws;
use super::plan::Happening;
use super::records::{Signed, short, short_key};
use super::round_laws::{PATIENT_MS, SLACK_MS, USUAL_MS};
use super::world::World;

/// How many failures in a row make a node leave a peer alone.
const FAILURES: u32 = 3;
/// For how long at most after so many of them, with all that chance adds; each further failure doubles it.
const FIRST_BACK_OFF_MS: u64 = 25_000;
/// The longest that a peer is left alone.
const MAX_BACK_OFF_MS: u64 = 600_000;

/// How a peer fared with a machine that asked it, by the reports of the machine.
#[derive(Default)]
pub(super) struct Fared {
    /// How often in a row it failed; one that never gave anything fails with a 404, too.
    failures: u32,
    has_given: bool,
    /// It may be left alone until then, by the machine's clock.
    left_until_ms: u64,
    /// How often it took too long since it last kept its time.
    time_outs: u32,
    /// When it was asked last, and the deadline that it was given.
    asked_us: u64,
    deadline_ms: u64,
    /// Since when all reports say that it is being asked for long.
    slow_since_us: Option<u64>,
}

/// A record of which a machine said that it is dated ahead.
pub(super) struct ToBeStored {
    record: Rc<Signed>,
    /// The rounds that had ended then.
    rounds: u64,
}

impl Laws {
    /// What a report has to say of peers and records that earlier reports have named.
    pub(super) fn what_is_remembered_is_given_back(&self, world: &World, machine: usize, report: &Report) {
        for peer in &report.peers {
            match peer.code {
                Some("BACKING_OFF") => self.only_who_fails_is_left_alone(world, machine, report, peer),
                Some("PEER_SLOW") => self.who_is_slow_is_given_back(world, machine, peer),
                Some("TOO_MANY_REJECTED") => self.each_exchange_counts_anew(world, machine, peer),
                _ => {}
            }
            if peer.outcome != PeerOutcome::Skipped {
                self.note_how_it_fared(world, machine, report, peer);
            }
        }
        self.what_is_due_is_stored(world, machine, report);
    }

    /// A peer is left alone only after it has failed several times in a row, and the longer the more often.
    fn only_who_fails_is_left_alone(&self, world: &World, machine: usize, report: &Report, peer: &PeerReport) {
        let fared = &mut *self.fared.borrow_mut();
        let Fared { failures, left_until_ms, .. } = *fared.entry((machine, peer.url.clone())).or_default();
        if failures < FAILURES || report.started_at_ms >= left_until_ms {
            let late_ms = report.started_at_ms.saturating_sub(left_until_ms);
            self.break_law(world, "only who fails is left alone", || {
                format!("n{machine} leaves {} alone after {failures} failures, {late_ms} ms too long", peer.url)
            });
        }
    }

    /// A longer deadline than usual is for peers that took too long when they were asked last.
    pub fn only_who_is_late_gets_more_time(&self, world: &World, machine: usize, to: usize, deadline_ms: u64) {
        if !world.plan.is_checked {
            return;
        }
        let fared = &mut *self.fared.borrow_mut();
        let fared = fared.entry((machine, world.machines[to].url.clone())).or_default();
        (fared.asked_us, fared.deadline_ms) = (world.executor.now_us(), deadline_ms);
        let due_ms = USUAL_MS.saturating_mul(2_u64.saturating_pow(fared.time_outs)).min(PATIENT_MS);
        if deadline_ms > due_ms {
            self.break_law(world, "only who is late gets more time", || {
                format!("n{machine} gives n{to} {deadline_ms} ms after {} time-outs", fared.time_outs)
            });
        }
    }

    /// A peer is asked outside the rounds only after a time-out, and only until its deadline.
    fn who_is_slow_is_given_back(&self, world: &World, machine: usize, peer: &PeerReport) {
        let now_us = world.executor.now_us();
        let fared = &mut *self.fared.borrow_mut();
        let fared = fared.entry((machine, peer.url.clone())).or_default();
        let slow_us = now_us - *fared.slow_since_us.get_or_insert(now_us);
        if fared.time_outs == 0 || slow_us > (PATIENT_MS + SLACK_MS) * 1_000 {
            self.break_law(world, "who is slow is given back", || {
                format!("n{machine} asks {} for {slow_us} µs, after {} time-outs", peer.url, fared.time_outs)
            });
        }
    }

    /// A peer is cut off only for what it gave in this exchange.
    fn each_exchange_counts_anew(&self, world: &World, machine: usize, peer: &PeerReport) {
        let Some(node) = world.node(machine) else { return };
        let (bad, limit) = (peer.counts.rejected["BAD_SIGNATURE"], node.options.limits.max_rejected);
        if bad <= limit {
            self.break_law(world, "each exchange counts anew", || {
                format!("n{machine} cuts {} off after {bad} bad signatures; {limit} are allowed", peer.url)
            });
        }
    }

    /// Notes how an exchange ended. The node may have held less against the peer, but never more.
    fn note_how_it_fared(&self, world: &World, machine: usize, report: &Report, peer: &PeerReport) {
        let fared = &mut *self.fared.borrow_mut();
        let fared = fared.entry((machine, peer.url.clone())).or_default();
        fared.slow_since_us = None;
        if peer.code == Some("PEER_TIMEOUT") {
            fared.time_outs += 1;
        } else if peer.http_status.is_some() || (fared.deadline_ms == USUAL_MS && report.error.is_none()) {
            // What nobody answers may be due to the machine's own connection.
            fared.time_outs = 0;
        }
        match (peer.outcome, peer.http_status) {
            (PeerOutcome::Unchanged | PeerOutcome::Synced, _) => *fared = Fared { has_given: true, ..fared.forgiven() },
            (PeerOutcome::Empty, _) if fared.has_given => *fared = fared.forgiven(),
            (PeerOutcome::Empty, Some(404)) => fared.fail(failed_ms(world, machine, report, fared)),
            (PeerOutcome::Failed, _) if !is_of_the_store(peer.code) => {
                fared.fail(failed_ms(world, machine, report, fared));
            }
            _ => {}
        }
    }

    /// Notes that a machine found a record of the pool to be dated ahead, and which one if that is clear.
    pub fn note_dated_ahead(&self, world: &World, machine: usize, key: &str) {
        self.dated_ahead.borrow_mut().insert((machine, key.to_owned()));
        let now_ms = world.wall_ms(machine);
        let is_ahead = |record: &&Rc<Signed>| *record.key == *key && record.timestamp_ms > now_ms + AHEAD_MS;
        let mut ahead = world.pool.records.iter().filter(is_ahead);
        if let (Some(record), None) = (ahead.next(), ahead.next()) {
            let (record, rounds) = (Rc::clone(record), world.machines[machine].rounds.get());
            let to_be_stored = &mut *self.to_be_stored.borrow_mut();
            let of_machine = to_be_stored.entry(machine).or_default();
            of_machine.entry(Rc::clone(&record.key)).or_insert(ToBeStored { record, rounds });
        }
    }

    /// What was dated ahead is stored by the first round that begins when it is due, whether anybody offers it still or not.
    fn what_is_due_is_stored(&self, world: &World, machine: usize, report: &Report) {
        let rounds = world.machines[machine].rounds.get();
        let is_due = |waiting: &ToBeStored| {
            waiting.rounds + 1 < rounds && waiting.record.timestamp_ms <= report.started_at_ms + AHEAD_MS
        };
        let mut to_be_stored = self.to_be_stored.borrow_mut();
        let of_machine = to_be_stored.entry(machine).or_default();
        let due: BTreeMap<_, _> = of_machine.extract_if(.., |_, waiting| is_due(waiting)).collect();
        // What a database that failed did not take has to be offered again; and a task that is slow has not agreed.
        let mut codes =
            report.error.iter().map(|error| error.code).chain(report.totals.rejected.iter().map(|(code, _)| code));
        let has_failed = codes.any(|code| is_of_the_store(Some(code)));
        let database = world.machines[machine].database.borrow();
        if has_failed || database.has_lost || world.plan.machines[machine].disagrees.is_some() {
            return;
        }
        for ToBeStored { record, .. } in due.values().filter(|due| !database.is_refused(&due.record.key)) {
            let is_held = database.entries.get(&record.key).is_some_and(|(version, _)| *version >= record.version);
            if !is_held {
                self.break_law(world, "what is due is stored", || {
                    format!("n{machine} lacks {} {}", short_key(&record.key), short(&record.version))
                });
            }
        }
    }
}

impl Fared {
    /// The same peer, which has answered.
    fn forgiven(&self) -> Self {
        Self { failures: 0, left_until_ms: 0, ..*self }
    }

    /// It failed when the machine's clock was no later than this.
    fn fail(&mut self, at_ms: u64) {
        self.failures += 1;
        if let Some(doublings) = self.failures.checked_sub(FAILURES) {
            let wait_ms = FIRST_BACK_OFF_MS.saturating_mul(2_u64.saturating_pow(doublings)).min(MAX_BACK_OFF_MS);
            self.left_until_ms = self.left_until_ms.max(at_ms + wait_ms);
        }
    }
}

/// The machine's clock when an exchange failed: that of the round, but for a slow peer the clock of its end, which may have
/// been set back since.
fn failed_ms(world: &World, machine: usize, report: &Report, fared: &Fared) -> u64 {
    if fared.deadline_ms <= USUAL_MS {
        return report.started_at_ms;
    }
    let since_us = fared.asked_us..=world.executor.now_us();
    let set_back_ms = world.plan.happening().map(|(at_us, happening)| match happening {
        Happening::Clock { machine: at, by_ms } if *at == machine && since_us.contains(at_us) => 0.max(-by_ms) as u64,
        _ => 0,
    });
    world.wall_ms(machine) + set_back_ms.sum::<u64>()
}

fn is_of_the_store(code: Option<&str>) -> bool {
    code.is_some_and(|code| code.starts_with("STORE_"))
}
