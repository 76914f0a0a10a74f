//! The links between machines, and the [`Transport`] port over them.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use dbsharing::error::PeerFault;
use dbsharing::ports::{Answer, Body, Exchange, Request, Transport};

use super::plan::{Plan, SECOND_US};
use super::quantiles::LATENCIES_US;
use super::random::Random;
use super::records::signatures_in;
use super::wire::{End, Head, Next, Wire};
use super::world::World;

/// How long a connection is kept after it was used.
const KEPT_US: u64 = 5 * SECOND_US;
/// What reading a body costs: 5 ms a megabyte; and a signature that was not seen before.
const BYTES_A_WORK_US: usize = 200;
const VERIFY_US: u64 = 60;

/// A machine that asks, or the service's number where it answers.
pub type Pair = (usize, usize);
/// The tags that a request names, and what it accepts.
pub type Given = (Option<String>, Option<String>);

/// What one side of a pair sent to the other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    pub requests: u64,
    /// Bytes of bodies that the asking one has read.
    pub body_bytes: u64,
}

/// The state of all links.
pub struct Network {
    seed: u64,
    kept_until_us: RefCell<BTreeMap<Pair, u64>>,
    partitions: RefCell<Vec<(BTreeSet<usize>, u64)>>,
    traffic: RefCell<BTreeMap<Pair, Traffic>>,
    /// The signatures that each machine has had to verify.
    seen: RefCell<BTreeSet<(usize, String)>>,
}

impl Network {
    pub fn new(plan: &Plan) -> Self {
        Self {
            seed: plan.seed,
            kept_until_us: RefCell::default(),
            partitions: RefCell::default(),
            traffic: RefCell::default(),
            seen: RefCell::default(),
        }
    }

    /// These cannot reach the others until then.
    pub fn part(&self, apart: BTreeSet<usize>, until_us: u64) {
        self.partitions.borrow_mut().push((apart, until_us));
    }

    /// When the last partition between two ends, if there is one at this time.
    pub fn parted_until_us(&self, (from, to): Pair, now_us: u64) -> Option<u64> {
        let partitions = self.partitions.borrow();
        let between = partitions.iter().filter(|(apart, _)| apart.contains(&from) != apart.contains(&to));
        between.map(|(_, until_us)| *until_us).filter(|until_us| *until_us > now_us).max()
    }

    /// The one-way latency between two, the same both ways, and always the same.
    pub fn latency_us(&self, (from, to): Pair) -> u64 {
        let (least, greatest) = (from.min(to), from.max(to));
        *Random::of(self.seed ^ (least as u64) << 32 ^ greatest as u64, "latency").pick(&LATENCIES_US)
    }

    pub fn is_kept(&self, pair: Pair, now_us: u64) -> bool {
        let is_kept = self.kept_until_us.borrow().get(&pair).is_some_and(|until_us| *until_us >= now_us);
        self.kept_until_us.borrow_mut().insert(pair, now_us + KEPT_US);
        is_kept
    }

    /// A machine is down: its connections are gone, and what it has verified.
    pub fn forget(&self, machine: usize) {
        self.kept_until_us.borrow_mut().retain(|(from, to), _| *from != machine && *to != machine);
        self.seen.borrow_mut().retain(|(seen_by, _)| *seen_by != machine);
    }

    pub fn requests_of(&self, machine: usize) -> BTreeMap<usize, Traffic> {
        let traffic = self.traffic.borrow();
        let range = traffic.range((machine, 0)..=(machine, usize::MAX));
        range.map(|((_, to), traffic)| (*to, *traffic)).collect()
    }

    fn count(&self, pair: Pair, requests: u64, body_bytes: u64) {
        let mut traffic = self.traffic.borrow_mut();
        let traffic = traffic.entry(pair).or_default();
        traffic.requests += requests;
        traffic.body_bytes += body_bytes;
    }

    /// Requests and bytes of bodies of all that these machines asked their peers for.
    pub fn total(&self, is_counted: impl Fn(usize) -> bool) -> Traffic {
        let mut total = Traffic::default();
        let is_of_peer = |(from, to): Pair| to != SERVICE && is_counted(from);
        for (_, traffic) in self.traffic.borrow().iter().filter(|(pair, _)| is_of_peer(**pair)) {
            total.requests += traffic.requests;
            total.body_bytes += traffic.body_bytes;
        }
        total
    }

    /// How many signatures in a piece this machine has not had to verify before.
    fn new_signatures(&self, world: &World, machine: usize, piece: &[u8]) -> u64 {
        let Ok(text) = std::str::from_utf8(piece) else { return 0 };
        let mut seen = self.seen.borrow_mut();
        let unknown =
            signatures_in(text).filter(|signature| world.pool.place(signature).is_none_or(|at| at >= world.plan.known));
        unknown.filter(|signature| seen.insert((machine, (*signature).to_owned()))).count() as u64
    }
}

/// The number of the service among machines.
pub const SERVICE: usize = usize::MAX;

/// The [`Transport`] port of one machine.
pub struct SimTransport {
    pub world: Rc<World>,
    pub machine: usize,
}

impl Transport for SimTransport {
    type Exchange = SimExchange;

    fn exchange(&self, deadline_ms: u64) -> SimExchange {
        let deadline_us = self.world.executor.now_us() + deadline_ms * 1_000;
        let (world, asked) = (Rc::clone(&self.world), Rc::default());
        SimExchange { world, machine: self.machine, deadline_us, limit_ms: deadline_ms, asked }
    }
}

/// One exchange, under one deadline.
pub struct SimExchange {
    world: Rc<World>,
    machine: usize,
    deadline_us: u64,
    limit_ms: u64,
    /// How many requests there were for all records, for symbols, and for records by their ids.
    asked: Rc<RefCell<[u64; 3]>>,
}

impl SimExchange {
    fn late(&self) -> PeerFault {
        PeerFault::Timeout { limit_ms: self.limit_ms, is_longer: false }
    }
}

impl Exchange for SimExchange {
    type Body = SimBody;

    async fn get(&self, request: Request) -> Result<Answer<SimBody>, PeerFault> {
        let (world, to) = (&self.world, self.world.addressee(&request.url));
        let Some(to) = to else { return Err(PeerFault::Unreachable("no such host".to_owned())) };
        world.network.count((self.machine, to), 1, 0);
        if to != SERVICE {
            world.laws.only_who_is_late_gets_more_time(world, self.machine, to, self.limit_ms);
        }
        let [tags, accept] = ["if-none-match", "accept"].map(|name| header(&request, name));
        let accept = accept.filter(|_| world.plan.asks_for_symbols);
        if to != SERVICE {
            world.laws.an_exchange_is_bounded(world, self.machine, &request.url, &self.asked);
        }
        world.say(self.machine, || format!("asks {} {}", request.url, tags.as_deref().unwrap_or_default()));
        let wire = world.send(self.machine, to, &request.url, (tags, accept));
        let body = SimBody {
            wire: Rc::clone(&wire),
            exchange: Self { world: Rc::clone(world), asked: Rc::clone(&self.asked), ..*self },
            to,
        };
        let mut deadline = pin!(world.executor.until(self.deadline_us));
        let head = poll_fn(|context| match wire.poll_head(context) {
            Poll::Ready(head) => Poll::Ready(Ok(head)),
            Poll::Pending => deadline.as_mut().poll(context).map(|()| Err(self.late())),
        });
        match head.await? {
            Head::Refused(why) => Err(PeerFault::Unreachable(why.to_owned())),
            Head::Answer { status, etag, location } => {
                world.say(self.machine, || format!("hears {status} of {}", request.url));
                if to != SERVICE {
                    world.put_amid(self.machine);
                }
                let value = |name: &&str| match *name {
                    "etag" => etag.clone(),
                    "location" => location.clone(),
                    _ => None,
                };
                Ok(Answer { status, headers: request.wanted.iter().map(value).collect(), body })
            }
        }
    }
}

fn header(request: &Request, name: &str) -> Option<String> {
    request.headers.iter().find(|(other, _)| *other == name).map(|(_, value)| value.clone())
}

/// A body that arrives.
pub struct SimBody {
    wire: Rc<Wire>,
    exchange: SimExchange,
    to: usize,
}

impl Body for SimBody {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, PeerFault> {
        let world = &self.exchange.world;
        let mut deadline = pin!(world.executor.until(self.exchange.deadline_us));
        let next = poll_fn(|context| match self.wire.poll_next(context) {
            Poll::Ready(next) => Poll::Ready(Ok(next)),
            Poll::Pending => deadline.as_mut().poll(context).map(|()| Err(self.exchange.late())),
        });
        match next.await? {
            Next::Piece(piece) => {
                let from = self.exchange.machine;
                world.network.count((from, self.to), 0, piece.len() as u64);
                let signatures = world.network.new_signatures(world, from, &piece);
                world.executor.work(from, (piece.len() / BYTES_A_WORK_US) as u64 + signatures * VERIFY_US);
                Ok(Some(piece))
            }
            Next::End(End::Clean) => Ok(None),
            Next::End(End::Cut) => Err(PeerFault::BodyCut("the connection broke".to_owned())),
        }
    }
}

impl Drop for SimBody {
    fn drop(&mut self) {
        self.wire.drop_receiver();
    }
}
