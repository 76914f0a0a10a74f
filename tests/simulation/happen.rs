//! What happens to the machines of a world.

use std::rc::Rc;

use super::database::Database;
use super::plan::Happening;
use super::records::{short, short_key};
use super::world::World;

/// How long a node may be at work on an answer, roughly.
const AMID_US: u64 = 20_000;

impl World {
    pub fn happen(self: &Rc<Self>, happening: &Happening) {
        self.say_of_world(|| super::trace::happening(happening));
        match happening {
            Happening::Put { machine, record } => {
                if self.plan.puts_amid && self.draw(|random| random.is_one_in(2)) {
                    self.to_put_amid.borrow_mut().push((*machine, *record));
                } else {
                    self.put(*machine, *record);
                }
            }
            Happening::Foreign { machine, record } => self.write_beside(*machine, *record),
            Happening::Crash { machine, down_us } => self.crash(*machine, *down_us, |_| {}),
            Happening::Restore { machine, down_us } => self.crash(*machine, *down_us, Database::restore),
            Happening::Store { machine, how, for_us } => {
                self.database(*machine, |database| database.failure = Some(*how));
                let (world, machine) = (Rc::clone(self), *machine);
                self.later(*for_us, move || {
                    world.say(machine, || "db is well".to_owned());
                    world.database(machine, |database| database.failure = None);
                });
            }
            Happening::Delete { machine } => self.database(*machine, |database| database.lose(true, |at| at % 3 != 0)),
            Happening::Lose { machine } => self.database(*machine, |database| database.lose(false, |at| at % 2 == 0)),
            Happening::Damage { machine } => self.database(*machine, |database| database.damage(|at| at % 3 == 1)),
            Happening::Backup { machine } => {
                self.database(*machine, |database| database.backup = Some(database.entries.clone()));
            }
            Happening::Clock { machine, by_ms } => {
                let clock_ms = &self.machines[*machine].clock_ms;
                clock_ms.set(clock_ms.get() + by_ms);
            }
            Happening::Partition { apart, for_us } => {
                self.network.part(apart.clone(), self.executor.now_us() + for_us);
            }
            Happening::Service { how, for_us } => {
                self.service.set(Some(*how));
                let world = Rc::clone(self);
                self.later(*for_us, move || world.service.set(None));
            }
        }
    }

    /// A machine begins to answer, or to read an answer: its task puts meanwhile what has waited for that. Returns how long an
    /// answer waits, so that a put may be first.
    pub fn put_amid(self: &Rc<Self>, at: usize) -> u64 {
        let waiting = std::mem::take(&mut *self.to_put_amid.borrow_mut());
        let (now, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|(machine, _)| *machine == at);
        self.to_put_amid.replace(later);
        let waits_us = if now.is_empty() { 0 } else { self.draw(|random| random.below(AMID_US)) };
        for (_, record) in now {
            let (world, us) = (Rc::clone(self), self.draw(|random| random.below(AMID_US)));
            self.later(us, move || world.put(at, record));
        }
        waits_us
    }

    fn later(&self, us: u64, call: impl FnOnce() + 'static) {
        self.executor.call_at(self.executor.now_us() + us, call);
    }

    fn database<V>(&self, machine: usize, work: impl FnOnce(&mut Database) -> V) -> V {
        work(&mut self.machines[machine].database.borrow_mut())
    }

    fn crash(self: &Rc<Self>, at: usize, down_us: u64, meanwhile: impl FnOnce(&mut Database)) {
        self.stop(at);
        self.database(at, meanwhile);
        let world = Rc::clone(self);
        self.later(down_us, move || world.start(at));
    }

    /// The task puts a record, if it runs.
    fn put(self: &Rc<Self>, at: usize, record: usize) {
        let Some(node) = self.node(at) else { return };
        let (world, record) = (Rc::clone(self), Rc::clone(&self.pool.records[record]));
        self.executor.spawn(at, async move {
            let put = node.put(&record.text, world.wall_ms(at)).await;
            world.say(at, || {
                format!("put {} {}: {}", short_key(&record.key), short(&record.version), super::trace::put(&put))
            });
            world.laws.note_put(&world, at, &record, &put);
        });
    }

    /// Another process writes to a machine's database.
    fn write_beside(&self, at: usize, record: usize) {
        let (entry, now_us) = (self.pool.records[record].shared(), self.executor.now_us());
        self.database(at, |database| {
            if database.failure.is_none() && !database.is_refused(&entry.key) {
                database.foreign_us.insert(Rc::clone(&entry.key), now_us);
                database.write(entry);
            }
        });
    }
}
