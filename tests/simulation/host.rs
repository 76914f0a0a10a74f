//! The [`Host`] port of one machine: its clocks, its turns, and a task that listens to everything.

use std::rc::Rc;

use dbsharing::ports::{Host, Phase, Refused};

use super::plan::SECOND_US;
use super::world::World;

/// How long the task thinks about some records.
const LATE_US: u64 = 3 * SECOND_US;

pub struct SimHost {
    pub world: Rc<World>,
    pub machine: usize,
    started_us: u64,
}

impl SimHost {
    pub fn new(world: &Rc<World>, machine: usize) -> Self {
        Self { world: Rc::clone(world), machine, started_us: world.executor.now_us() }
    }
}

impl Host for SimHost {
    fn elapsed_ms(&self) -> u64 {
        let planned = &self.world.plan.machines[self.machine];
        if self.world.draw(|random| random.is_one_in(planned.looks_a_pause)) {
            self.world.executor.work(self.machine, planned.pause_us);
        }
        (self.world.executor.now_of_us(self.machine) - self.started_us) / 1_000
    }

    fn now_ms(&self) -> u64 {
        self.world.wall_ms(self.machine)
    }

    async fn turn(&self) {
        // A turn of an event loop that has nothing else to do.
        self.world.executor.sleep(20).await;
    }

    async fn sleep(&self, ms: u64) {
        self.world.executor.sleep(ms * 1_000).await;
    }

    fn is_aborted(&self) -> bool {
        false
    }

    async fn extra_peers(&self, _deadline_ms: u64) -> Result<Vec<String>, String> {
        Ok(Vec::new())
    }

    fn has_accept(&self) -> bool {
        self.world.plan.machines[self.machine].disagrees.is_some()
    }

    async fn accept(&self, envelopes: Vec<String>, until_ms: u64) -> Vec<bool> {
        let mut answers = Vec::new();
        for envelope in envelopes {
            let us = self.world.draw(|random| if random.is_one_in(100) { LATE_US } else { random.below(2_000) });
            let left_us = until_ms.saturating_sub(self.elapsed_ms()) * 1_000;
            self.world.executor.sleep(us.min(left_us)).await;
            answers.push(us <= left_us && self.world.is_accepted(self.machine, &envelope));
        }
        answers
    }

    fn hears_records(&self) -> bool {
        true
    }

    fn records_stored(&self, envelopes: &[&str]) {
        for envelope in envelopes {
            self.world.laws.only_what_was_verified_is_announced(&self.world, self.machine, envelope);
        }
    }

    fn hears_rejections(&self) -> bool {
        true
    }

    fn rejected(&self, refused: &[Refused]) {
        for item in refused {
            self.world.say(self.machine, || format!("refused of {}: {}", item.url, item.code));
            if item.code == "FROM_THE_FUTURE" {
                self.world.laws.note_dated_ahead(&self.world, self.machine, item.key.as_deref().unwrap_or_default());
            }
        }
    }

    async fn idle(&self, ms: u64) {
        self.world.executor.sleep(ms * 1_000).await;
    }

    fn ask_slow(&self) {
        let (world, machine) = (Rc::clone(&self.world), self.machine);
        let Some(node) = world.node(machine) else { return };
        world.executor.spawn(machine, async move { node.ask_slow().await });
    }

    fn progress(&self, _phase: Phase, _done: u64, _total: Option<u64>) {}

    fn warn(&self, message: &str) {
        self.world.say(self.machine, || format!("warns: {message}"));
    }
}
