//! One share round: node list → peers in parallel → records → rules → merge → store → report.
//!
//! The round is generic over its [`crate::ports`]; its clock and its randomness are arguments. What a node remembers
//! between rounds is a [`Node`], which is never borrowed across an await.

use std::cell::RefCell;

use futures_util::lock::Mutex;
use futures_util::{StreamExt as _, stream};

use crate::error::{Code as _, PeerFault, ShareError, StoreFault};
use crate::payload::Terms;
use crate::peers::{self, Admitted, PeerUrl};
use crate::ports::{Answer, Body as _, Exchange as _, Host, Store, Transport};
use crate::report::{Outcome, PeerReport, Report};

mod node;
mod peer;
mod storage;

pub use node::{Node, Options, Random};
pub use storage::{Put, load, put};

/// The node list may be this long.
const MAX_LIST_BYTES: usize = 16 * 1024 * 1024;
/// The host's event loop gets a turn when work has gone on for this long: with the piece of work that was begun last,
/// that is less than 10 ms.
const STRETCH_MS: u64 = 2;
/// A node list that was read serves this long while the service is away.
const LIST_LIFETIME_MS: u64 = 24 * 60 * 60 * 1000;

/// The world, as one round sees it.
#[derive(Debug)]
pub struct Ports<T, S, H> {
    /// Sends requests.
    pub transport: T,
    /// Keeps entries.
    pub store: S,
    /// The process.
    pub host: H,
}

/// What all parts of one round share.
struct Round<'a, T, S, H> {
    node: &'a RefCell<Node>,
    ports: &'a Ports<T, S, H>,
    options: &'a Options,
    now_ms: u64,
    /// The bodies under way.
    reading: peer::Reading,
    /// Held by whoever judges what arrived of a body.
    judging: Mutex<()>,
    /// Held by whoever writes to the store.
    writing: Mutex<()>,
    /// What the store failed with, if it did.
    store_fault: RefCell<Option<StoreFault>>,
}

/// Runs one round and says what it did; it never fails, failures are in the report.
pub async fn run<T: Transport, S: Store, H: Host>(
    node: &RefCell<Node>,
    ports: &Ports<T, S, H>,
    options: &Options,
    now_ms: u64,
    seed: u64,
) -> Report {
    let began_ms = ports.host.elapsed_ms();
    let mut report = Report::begin(now_ms);
    let round = Round {
        node,
        ports,
        options,
        now_ms,
        reading: peer::Reading::default(),
        judging: Mutex::default(),
        writing: Mutex::default(),
        store_fault: RefCell::default(),
    };
    if let Err(error) = round.share(&mut report, Random::new(seed)).await {
        report.fail(&error);
    }
    report.duration_ms = ports.host.elapsed_ms().saturating_sub(began_ms);
    report
}

impl<T: Transport, S: Store, H: Host> Round<'_, T, S, H> {
    /// When an exchange that begins now has to be over, by the host's clock.
    fn until_ms(&self) -> u64 {
        self.ports.host.elapsed_ms().saturating_add(self.options.peer_timeout_ms)
    }

    fn terms(&self) -> Terms {
        Terms { identity: self.options.identity, now_ms: self.now_ms }
    }

    async fn share(&self, report: &mut Report, mut random: Random) -> Result<(), ShareError> {
        let task_id = self.options.task_id.as_deref().ok_or(ShareError::NoTaskId)?;
        load(self.node, self.ports).await?;
        self.store_due_records().await?;
        let urls = self.admitted_urls(task_id, report).await?;
        let_others_run(self.node, &self.ports.host).await;
        let chosen = self.choose(urls, report, &mut random);
        self.ask_all(&chosen, report, &mut random).await;
        match self.store_fault.take() {
            Some(fault) => {
                // Who knows what it lost: all that was read in this round is read again.
                self.node.borrow_mut().forget_validators();
                Err(fault.into())
            }
            None if self.ports.host.is_aborted() => Err(ShareError::Aborted),
            None => Ok(()),
        }
    }

    /// The peers that the service names and those that the task does. A service that fails ends the round only when
    /// there is nobody else to ask.
    async fn admitted_urls(&self, task_id: &str, report: &mut Report) -> Result<Vec<PeerUrl>, ShareError> {
        let listed = match self.node_list(task_id).await {
            Ok(list) => {
                self.node.borrow_mut().remember_list(&list, self.now_ms);
                list
            }
            Err(error) => {
                report.fail(&error);
                self.node.borrow().remembered_list(self.now_ms, LIST_LIFETIME_MS)
            }
        };
        let extra = self.ports.host.extra_peers().await;
        let_others_run(self.node, &self.ports.host).await;
        let options = self.options;
        let Admitted { urls, refused } = peers::admit(
            peers::reach(&options.service_url),
            &listed,
            &extra,
            &options.self_urls,
            options.allow_private_networks,
            task_id,
            &options.collection,
        );
        for refused in refused {
            report.add(PeerReport::skipped(&refused.url, &PeerFault::AddressRefused(refused.why.to_string())));
        }
        Ok(urls)
    }

    async fn node_list(&self, task_id: &str) -> Result<Vec<String>, ShareError> {
        let exchange = self.ports.transport.exchange();
        let url = format!("{}/nodes/{}", self.options.service_url, crate::serve::percent_encoded(task_id));
        let Answer { status, mut body, .. } = exchange.get(&url, &[]).await.map_err(as_service_fault)?;
        if status != 200 {
            return Err(ShareError::ServiceStatus(status));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = body.next().await.map_err(as_service_fault)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > MAX_LIST_BYTES {
                return Err(ShareError::ServiceBadBody(format!("it is longer than {MAX_LIST_BYTES} bytes")));
            }
        }
        let_others_run(self.node, &self.ports.host).await;
        let text = String::from_utf8_lossy(&bytes);
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        peers::parse_node_list(text).map_err(|fault| ShareError::ServiceBadBody(fault.to_string()))
    }

    fn choose(&self, urls: Vec<PeerUrl>, report: &mut Report, random: &mut Random) -> Vec<PeerUrl> {
        let mut draw = || random.draw();
        let choice = self.node.borrow_mut().book.choose(&urls, self.options.max_peers, self.now_ms, &mut draw);
        for (url, until_ms) in choice.backing_off {
            report.add(PeerReport::skipped(url.as_str(), &PeerFault::BackingOff { until_ms }));
        }
        choice.ask
    }

    async fn ask_all(&self, urls: &[PeerUrl], report: &mut Report, random: &mut Random) {
        let asked = stream::iter(urls).map(|url| async move { (url, self.ask(url).await) });
        let mut answers = asked.buffer_unordered(self.options.concurrency.max(1));
        while let Some((url, peer)) = answers.next().await {
            self.note_health(url, &peer, random);
            report.add(peer);
        }
    }

    fn note_health(&self, url: &PeerUrl, peer: &PeerReport, random: &mut Random) {
        let book = &mut self.node.borrow_mut().book;
        let is_our_fault = peer.code.is_some_and(|code| code.starts_with("STORE_"));
        if self.ports.host.is_aborted() || is_our_fault {
            return;
        }
        // It has more than the time allows, or it was we who took that time: the next round goes on from here.
        let (stored_any, own_ms) = (peer.counts.inserted > 0 || peer.counts.replaced > 0, peer.own_ms);
        let is_under_way = peer.code == Some(PeerFault::Timeout.code())
            && (stored_any || own_ms.saturating_mul(2) > self.options.peer_timeout_ms);
        match peer.outcome {
            Outcome::Failed if is_under_way => {}
            Outcome::Failed => book.failed(url, self.now_ms, &mut || random.draw()),
            _ => book.succeeded(url),
        }
    }
}

/// Gives the host's event loop a turn, if it had none for a while: all that a node does shares this clock.
async fn let_others_run(node: &RefCell<Node>, host: &impl Host) {
    let last_turn_ms = node.borrow().last_turn_ms;
    if host.elapsed_ms().saturating_sub(last_turn_ms) >= STRETCH_MS {
        host.turn().await;
        node.borrow_mut().last_turn_ms = host.elapsed_ms();
    }
}

fn as_service_fault(fault: PeerFault) -> ShareError {
    match fault {
        PeerFault::Aborted => ShareError::Aborted,
        PeerFault::Unreachable(why) => ShareError::ServiceUnreachable(why),
        other => ShareError::ServiceUnreachable(other.to_string()),
    }
}
