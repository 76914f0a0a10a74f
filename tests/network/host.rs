//! The process in which a scripted network runs: what is reported to it, and what its task answers.

use dbsharing::ports::{Host, Phase, Refused};

use super::World;
use crate::common::NOW_MS;

impl Host for &World {
    fn elapsed_ms(&self) -> u64 {
        self.clock_ms.set(self.clock_ms.get() + self.ms_a_look);
        self.clock_ms.get()
    }

    fn now_ms(&self) -> u64 {
        NOW_MS
    }

    async fn turn(&self) {
        self.turns.set(self.turns.get() + 1);
        self.gates.pass().await;
    }

    async fn sleep(&self, ms: u64) {
        self.slept_ms.set(self.slept_ms.get() + ms);
        self.pass_ms(ms);
        self.gates.pass().await;
    }

    fn is_aborted(&self) -> bool {
        self.is_aborted.get()
    }

    async fn extra_peers(&self, _deadline_ms: u64) -> Result<Vec<String>, String> {
        self.extra_peers.clone()
    }

    fn has_accept(&self) -> bool {
        self.refuses.is_some()
    }

    async fn accept(&self, envelopes: Vec<String>, _until_ms: u64) -> Vec<bool> {
        self.gates.pass().await;
        self.asked.set(self.asked.get() + envelopes.len());
        envelopes.iter().map(|envelope| !self.refuses.is_some_and(|refused| envelope.contains(refused))).collect()
    }

    fn hears_records(&self) -> bool {
        !self.is_deaf.get()
    }

    fn records_stored(&self, envelopes: &[&str]) {
        self.heard.borrow_mut().extend(envelopes.iter().map(|envelope| (*envelope).to_owned()));
    }

    fn hears_rejections(&self) -> bool {
        self.hears_rejections
    }

    fn rejected(&self, refused: &[Refused]) {
        let refusal = |item: &Refused| (item.url.clone(), item.key.clone(), item.code);
        self.refused.borrow_mut().push(refused.iter().map(refusal).collect());
    }

    async fn idle(&self, ms: u64) {
        let is_second = ms == 1_000;
        if !(is_second && self.has_seconds || !is_second && self.is_hasty) {
            return std::future::pending().await;
        }
        self.gates.pass().await;
        self.pass_ms(ms);
    }

    fn ask_slow(&self) {
        self.slow.set(self.slow.get() + 1);
    }

    fn progress(&self, phase: Phase, done: u64, total: Option<u64>) {
        self.progress.borrow_mut().push((phase.name(), done, total));
    }

    fn warn(&self, message: &str) {
        self.warnings.borrow_mut().push(message.to_owned());
    }
}
