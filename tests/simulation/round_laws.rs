//! What has to hold after every round: what its report says, and what it cost.

use std::collections::{BTreeMap, BTreeSet};

use dbsharing::node::entity_tag;
use dbsharing::report::{Counts, PeerOutcome, PeerReport, Report};

use super::laws::{Laws, QUIET_ROUNDS, SETTLING_US};
use super::network::Traffic;
use super::plan::{MINUTE_US, MachinePlan};
use super::world::{SimNode, World};

/// The usual deadline of an exchange, `peerTimeoutMs`.
pub(super) const USUAL_MS: u64 = 10_000;
/// The longest deadline, which a slow peer is given.
pub(super) const PATIENT_MS: u64 = 60_000;
/// Beyond its deadline, an exchange may take as long as the database needs for the last write.
pub(super) const SLACK_MS: u64 = 11_000;
/// How many pauses of the machine itself are allowed for besides.
const PAUSES: u64 = 1_000;
/// No more than a batch is verified beyond the limit.
const BATCH: u64 = 128;
/// How long what was refused is left alone at most.
const REFUSED_US: u64 = 10 * MINUTE_US;
/// How often a peer that has no news is read in that time, of about thirty rounds: what was refused at different times is due at
/// different times, and takes two rounds each time until it is known again that the database refuses it.
const MAX_READS: usize = 6;
/// A peer that has nothing answers on both of its paths, with a page.
const EMPTY_BODY_BYTES: u64 = 400;

impl Laws {
    /// What a round may have cost, and what its report has to say of it.
    pub fn check_round(
        &self,
        world: &World,
        machine: usize,
        node: &SimNode,
        report: &Report,
        before: &BTreeMap<usize, Traffic>,
    ) {
        if !world.plan.is_checked {
            return;
        }
        self.one_tag_is_one_set(world, machine, node);
        self.sums_are_those_of_what_is_held(world, machine, node);
        self.what_a_remembered_tag_stands_for_is_held(world, machine, node);
        self.counts_add_up(world, machine, report);
        self.budgets_are_kept(world, machine, report);
        self.memory_is_bounded(world, machine, node);
        self.report_agrees_with_the_wire(world, machine, report, before);
        self.what_is_remembered_is_given_back(world, machine, report);
        self.note_asked(world, machine, before);
        self.note_quiet(world, machine, report, before);
    }

    /// The counts of a report add up: each item has one outcome, each peer's counts are in the totals.
    fn counts_add_up(&self, world: &World, machine: usize, report: &Report) {
        let mut totals = [0; 8];
        for peer in &report.peers {
            let counts = numbers(&peer.counts);
            totals.iter_mut().zip(counts).for_each(|(total, count)| *total += count);
            let rejected: u64 = peer.counts.rejected.iter().map(|(_, count)| count).sum();
            let Counts { offered, known, inserted, replaced, kept, verified, .. } = peer.counts;
            if offered != known + inserted + replaced + kept + rejected || verified > offered {
                self.break_law(world, "counts add up", || format!("n{machine} of {}: {:?}", peer.url, peer.counts));
            }
        }
        if totals != numbers(&report.totals) {
            self.break_law(world, "counts add up", || format!("n{machine}: {:?}", report.totals));
        }
    }

    /// What a peer may cost is bounded: bytes, items, signatures that do not verify, time.
    fn budgets_are_kept(&self, world: &World, machine: usize, report: &Report) {
        let Some(node) = world.node(machine) else { return };
        let limits = node.options.limits;
        // A deadline is noticed when the machine has done what it is at, for other peers as well.
        let own_work_ms = PAUSES * world.plan.machines[machine].pause_us / 1_000;
        for peer in &report.peers {
            let counts = &peer.counts;
            let is_kept = counts.bytes_received <= limits.max_body_bytes + 64 * 1024
                && counts.offered - counts.inserted - counts.replaced <= limits.max_items + 1
                && counts.rejected["BAD_SIGNATURE"] <= limits.max_rejected + BATCH
                && peer.duration_ms <= PATIENT_MS + SLACK_MS + own_work_ms;
            if !is_kept {
                self.break_law(world, "budgets are kept", || format!("n{machine} of {}: {counts:?}", peer.url));
            }
        }
    }

    fn memory_is_bounded(&self, world: &World, machine: usize, node: &SimNode) {
        let state = node.state.borrow();
        let (parked, peers) = (state.holdings.parked.len(), state.book.iter().count());
        if parked > 1_000 || peers > 200 {
            self.break_law(world, "memory is bounded", || format!("n{machine}: {parked} parked, {peers} peers"));
        }
    }

    /// The requests and bytes of a report are those that the links have carried.
    fn report_agrees_with_the_wire(
        &self,
        world: &World,
        machine: usize,
        report: &Report,
        before: &BTreeMap<usize, Traffic>,
    ) {
        let after = world.network.requests_of(machine);
        // A slow peer's exchange counts in the round in which it ends, which may be a later one than that in which it began.
        let is_slow = |code: Option<&str>| code == Some("PEER_SLOW");
        let slow = report.peers.iter().filter(|peer| is_slow(peer.code)).map(|peer| peer.url.clone()).collect();
        let slow_before: BTreeSet<String> = self.slow.borrow_mut().insert(machine, slow).unwrap_or_default();
        let is_of_this_round = |peer: &&PeerReport| {
            peer.counts.requests > 0 && peer.duration_ms <= USUAL_MS && !slow_before.contains(&peer.url)
        };
        for peer in report.peers.iter().filter(is_of_this_round) {
            let Some((to, _)) = world.machine_at(&peer.url) else { continue };
            let (was, is) = (before.get(&to).copied().unwrap_or_default(), after.get(&to).copied().unwrap_or_default());
            let carried = is.requests - was.requests;
            if carried != peer.counts.requests {
                self.break_law(world, "reports agree with the wire", || {
                    format!("n{machine} of {}: {} requests, {carried} carried", peer.url, peer.counts.requests)
                });
            }
        }
    }

    fn note_asked(&self, world: &World, machine: usize, before: &BTreeMap<usize, Traffic>) {
        for (to, traffic) in world.network.requests_of(machine) {
            if before.get(&to).is_none_or(|was| was.requests < traffic.requests) {
                self.asked_us.borrow_mut().insert((machine, to), world.executor.now_us());
            }
        }
    }

    /// A round is quiet when each honest peer that was asked took one small request and had nothing new.
    fn note_quiet(&self, world: &World, machine: usize, report: &Report, before: &BTreeMap<usize, Traffic>) {
        let after = world.network.requests_of(machine);
        let is_quiet = |peer: &PeerReport| {
            let Some((to, _)) = world.machine_at(&peer.url) else { return true };
            if !world.is_honest(to) || !world.plan.machines[to].is_reachable || peer.counts.requests == 0 {
                return true;
            }
            let was = before.get(&to).copied().unwrap_or_default();
            let bytes = after.get(&to).map_or(0, |now| now.body_bytes) - was.body_bytes;
            let is_empty = peer.outcome == PeerOutcome::Empty;
            let one = peer.counts.requests == 1;
            (peer.outcome == PeerOutcome::Unchanged && one && bytes == 0) || (is_empty && bytes <= EMPTY_BODY_BYTES)
        };
        let quiet = report.peers.iter().all(is_quiet);
        let in_a_row = &mut *self.quiet.borrow_mut();
        let in_a_row = in_a_row.entry(machine).or_default();
        *in_a_row = if quiet && report.ok { *in_a_row + 1 } else { 0 };
        for peer in report.peers.iter().filter(|peer| peer.counts.requests > 0) {
            match self.has_news(world, machine, peer) {
                Some(true) => drop(self.news_us.borrow_mut().insert(machine, world.executor.now_us())),
                Some(false) if peer.counts.bytes_received > 0 && !is_quiet(peer) => {
                    self.what_has_no_news_is_seldom_read(world, machine, peer)
                }
                _ => {}
            }
        }
    }

    /// Whether a node that was asked holds something else than when this machine asked it before; `None` where it is not a
    /// node of this version.
    fn has_news(&self, world: &World, machine: usize, peer: &PeerReport) -> Option<bool> {
        let (to, _) = world.machine_at(&peer.url)?;
        let tag = entity_tag(&world.node(to)?.state.borrow_mut().holdings.digest());
        Some(self.tags.borrow_mut().insert((machine, to), tag.clone()).is_none_or(|before| before != tag))
    }

    /// What a database or a task refuses is tried again every ten minutes, and not in every round, once it has been tried
    /// after twenty seconds, forty, and so on.
    fn what_has_no_news_is_seldom_read(&self, world: &World, machine: usize, peer: &PeerReport) {
        let now_us = world.executor.now_us();
        let news_us = self.news_us.borrow().get(&machine).copied().unwrap_or_default();
        let is_calm = now_us > news_us.max(world.plan.quiet_from_us()) + SETTLING_US;
        let Some((to, _)) = world.machine_at(&peer.url).filter(|_| is_calm) else { return };
        let read_us = &mut *self.read_us.borrow_mut();
        let read_us = read_us.entry((machine, to)).or_default();
        read_us.retain(|at_us| at_us + REFUSED_US > now_us);
        read_us.push(now_us);
        if read_us.len() > MAX_READS {
            self.break_law(world, "what has no news is seldom read", || {
                format!("n{machine} has read n{to} {} times in ten minutes", read_us.len())
            });
        }
    }

    /// Whether a machine is quiet: for some rounds in a row. Where its database or its task refuses some records for ever, it
    /// tries them again at any time.
    pub(super) fn is_quiet(&self, world: &World, machine: usize) -> bool {
        let MachinePlan { refuses, disagrees, .. } = world.plan.machines[machine];
        let in_a_row = self.quiet.borrow().get(&machine).copied().unwrap_or_default();
        in_a_row >= QUIET_ROUNDS || refuses.is_some() || disagrees.is_some()
    }
}

fn numbers(counts: &Counts) -> [u64; 8] {
    let Counts { requests, bytes_received, offered, known, verified, inserted, replaced, kept, .. } = *counts;
    [requests, bytes_received, offered, known, verified, inserted, replaced, kept]
}
