//! A world: machines, the links between them, a service, and what happens. It runs as its plan says, and stops at the first
//! law that is broken.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use dbsharing::node::{Node, Options, PeerLimits};
use dbsharing::ports::Ports;

use super::database::{Database, nibble};
use super::executor::Executor;
use super::host::SimHost;
use super::laws::{Broken, Laws};
use super::network::{Network, SimTransport};
use super::plan::{INTERVAL_US, Kind, Plan, SECOND_US, ServiceFailure};
use super::random::Random;
use super::records::{Pool, Signed, signature_in};
use super::simple::AnyStore;
use super::trace::Trace;
use crate::common::NOW_MS;

pub type SimNode = Node<SimTransport, AnyStore, SimHost>;

/// Where the list of nodes is asked for.
pub const SERVICE_URL: &str = "http://service.example";

/// Of one exchange: no honest machine's records come near it, and a liar's end soon.
const LIMITS: PeerLimits = PeerLimits { max_body_bytes: 192 * 1024, max_items: 1_000, max_rejected: 50 };

/// One machine.
pub struct Machine {
    pub url: String,
    pub database: RefCell<Database>,
    /// Nothing while it is down, and on machines that are not nodes of this version.
    pub node: RefCell<Option<Rc<SimNode>>>,
    pub clock_ms: Cell<i64>,
    /// Rounds that have ended since it was started last.
    pub rounds: Cell<u64>,
    /// How often it has answered, if it is a liar or an older node.
    pub answers: Cell<u64>,
}

/// All of it.
pub struct World {
    pub executor: Rc<Executor>,
    pub plan: Plan,
    pub pool: Rc<Pool>,
    pub machines: Vec<Machine>,
    pub network: Network,
    pub laws: Laws,
    pub trace: Trace,
    pub service: Cell<Option<ServiceFailure>>,
    /// What tasks put as soon as their node answers or hears somebody: a machine, and a record.
    pub to_put_amid: RefCell<Vec<(usize, usize)>>,
    random: RefCell<Random>,
}

/// What a world came to.
#[derive(Debug)]
pub struct Outcome {
    pub broken: Option<Broken>,
    /// When all agreed and were quiet.
    pub settled_us: u64,
}

impl World {
    pub fn new(plan: Plan, pool: Rc<Pool>, trace: Trace) -> Rc<Self> {
        let executor = Rc::new(Executor::new(Random::of(plan.seed, "order")));
        let machine = |(at, planned): (usize, &super::plan::MachinePlan)| {
            let mut database = Database::default();
            database.refuses = planned.refuses;
            for record in &planned.records {
                database.write(pool.records[*record].shared());
            }
            Machine {
                url: format!("http://n{at}.example"),
                database: RefCell::new(database),
                node: RefCell::default(),
                clock_ms: Cell::new(planned.clock_ms),
                rounds: Cell::default(),
                answers: Cell::default(),
            }
        };
        let machines = plan.machines.iter().enumerate().map(machine).collect();
        let network = Network::new(&plan);
        let random = RefCell::new(Random::of(plan.seed, "world"));
        Rc::new(Self {
            executor,
            pool,
            machines,
            network,
            laws: Laws::default(),
            trace,
            service: Cell::default(),
            to_put_amid: RefCell::default(),
            random,
            plan,
        })
    }

    /// Runs until all agree and are quiet, a law is broken, or the time is up.
    pub fn run(self: &Rc<Self>) -> Outcome {
        self.run_with(|_| {})
    }

    /// The same, with something done before the laws of the end are checked.
    pub fn run_with(self: &Rc<Self>, at_the_end: impl FnOnce(&Self)) -> Outcome {
        self.begin();
        self.executor.run(self.plan.quiet_from_us(), || self.laws.is_broken());
        self.to_put_amid.take();
        let mut until_us = self.plan.quiet_from_us();
        while !self.laws.is_broken() && !self.laws.is_settled(self) && until_us < self.plan.gives_up_us() {
            until_us += INTERVAL_US;
            self.executor.run(until_us, || self.laws.is_broken());
        }
        at_the_end(self);
        self.laws.check_end(self);
        self.end();
        Outcome { broken: self.laws.broken(), settled_us: until_us }
    }

    /// Has everything happen at its time.
    pub fn begin(self: &Rc<Self>) {
        for at in self.plan.nodes() {
            let world = Rc::clone(self);
            self.executor.call_at(self.plan.machines[at].starts_at_us, move || world.start(at));
        }
        for (at_us, happening) in self.plan.happening() {
            let (world, happening) = (Rc::clone(self), happening.clone());
            self.executor.call_at(*at_us, move || world.happen(&happening));
        }
    }

    /// Stops all nodes, which know their world: it would never be freed.
    pub fn end(&self) {
        (0..self.machines.len()).for_each(|at| self.stop(at));
        self.executor.forget_timers();
    }

    /// Wall-clock milliseconds by the true clock.
    pub fn true_ms(&self) -> u64 {
        NOW_MS + self.executor.now_us() / 1_000
    }

    /// The same by a machine's clock.
    pub fn wall_ms(&self, machine: usize) -> u64 {
        self.true_ms().saturating_add_signed(self.machines[machine].clock_ms.get())
    }

    pub fn draw<V>(&self, draw: impl FnOnce(&mut Random) -> V) -> V {
        draw(&mut self.random.borrow_mut())
    }

    pub fn say(&self, machine: usize, what: impl FnOnce() -> String) {
        self.trace.say(self.executor.now_us(), || format!("n{machine}"), what);
    }

    pub fn say_of_world(&self, what: impl FnOnce() -> String) {
        self.trace.say(self.executor.now_us(), || "world".to_owned(), what);
    }

    pub fn node(&self, machine: usize) -> Option<Rc<SimNode>> {
        self.machines[machine].node.borrow().clone()
    }

    /// The machine behind a url, and what follows its host.
    pub fn machine_at<'u>(&self, url: &'u str) -> Option<(usize, &'u str)> {
        let (host, path) = url.strip_prefix("http://n")?.split_once(".example")?;
        let at = host.parse().ok().filter(|at| *at < self.machines.len() && !self.plan.without.contains(at))?;
        Some((at, path))
    }

    fn options(&self, machine: usize) -> Options {
        Options {
            task_id: Some("task".to_owned()),
            service_url: Some(SERVICE_URL.to_owned()),
            self_urls: vec![self.machines[machine].url.clone()],
            max_peers: self.plan.max_peers,
            limits: if self.plan.is_checked { LIMITS } else { Options::default().limits },
            ..Options::default()
        }
    }

    pub fn start(self: &Rc<Self>, at: usize) {
        if self.machines[at].node.borrow().is_some() {
            return;
        }
        self.say(at, || "starts".to_owned());
        let transport = SimTransport { world: Rc::clone(self), machine: at };
        let (store, host) = (AnyStore::new(self, at), SimHost::new(self, at));
        let node = Rc::new(Node::new(Ports { transport, store, host }, self.options(at)));
        self.machines[at].node.replace(Some(Rc::clone(&node)));
        self.machines[at].rounds.set(0);
        self.laws.began(at);
        let world = Rc::clone(self);
        self.executor.spawn(at, async move { world.share(at, &node).await });
    }

    pub fn stop(&self, at: usize) {
        self.executor.kill(at);
        let node = self.machines[at].node.take();
        self.network.forget(at);
        drop(node);
    }

    /// What a task does: a round every 20 seconds.
    async fn share(self: &Rc<Self>, at: usize, node: &SimNode) {
        loop {
            let began_us = self.executor.now_us();
            let seed = self.draw(Random::draw);
            let requests = self.network.requests_of(at);
            self.say(at, || "round begins".to_owned());
            let report = node.round(self.wall_ms(at), seed).await;
            self.machines[at].rounds.set(self.machines[at].rounds.get() + 1);
            self.say(at, || super::trace::round(&report));
            self.laws.check_round(self, at, node, &report, &requests);
            let next_us = began_us + INTERVAL_US + self.draw(|random| random.below(SECOND_US));
            self.executor.until(next_us.max(self.executor.now_us() + 1)).await;
        }
    }

    /// The records that liars know: where writes are measured, not those that are to be written.
    pub fn offered(&self) -> &[Rc<Signed>] {
        let known = if self.plan.is_checked { self.pool.records.len() } else { self.plan.known };
        &self.pool.records[..known]
    }

    /// Whether a machine's task accepts a record.
    pub fn is_accepted(&self, machine: usize, envelope: &str) -> bool {
        let known = signature_in(envelope).and_then(|signature| self.pool.by_signature(signature));
        known.is_none_or(|record| self.agrees(machine, &record.key))
    }

    /// Whether a machine's task accepts the records of a slot.
    pub fn agrees(&self, machine: usize, key: &str) -> bool {
        self.plan.machines[machine].disagrees.is_none_or(|refused| nibble(key) != refused)
    }

    /// Whether a machine is one that others can count on: a node of this version, or an honest one of an earlier one.
    pub fn is_honest(&self, machine: usize) -> bool {
        !matches!(self.plan.machines[machine].kind, Kind::Liar(_))
    }
}
