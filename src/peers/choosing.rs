//! Which peers to ask in a round, chosen in steps: a list of thousands does not hold up the event loop.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::iter;

use super::address::Reach;
use super::health::Health;
use super::url::PeerUrl;
use crate::limits::{MAX_PEERS_A_SITE, MAX_REFUSED};

/// Which peers to ask in a round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// The peers to ask.
    pub ask: Vec<PeerUrl>,
    /// Peers that are left alone, each with its own or its site's health. At most [`MAX_REFUSED`] are named.
    pub backing_off: Vec<(PeerUrl, Health)>,
}

/// The place of a peer in the queue: the round since which it has waited, whether it was asked in that round, and a
/// random number.
pub(super) type Turn = (u64, bool, u32);

/// Peers that wait for their turn.
pub(super) type Queue<'u> = Vec<Reverse<(Turn, &'u PeerUrl)>>;

/// A choice in progress.
#[derive(Debug)]
pub struct Choosing<'u> {
    pub(super) urls: &'u [PeerUrl],
    /// How many of them are noted as listed.
    pub(super) listed: usize,
    /// How many of them are queued.
    pub(super) queued: usize,
    pub(super) healthy: Queue<'u>,
    pub(super) on_trial: Queue<'u>,
    pub(super) backing_off: Vec<(PeerUrl, Health)>,
    /// These are left out.
    pub(super) out: Vec<PeerUrl>,
}

impl<'u> Choosing<'u> {
    pub(super) fn of(urls: &'u [PeerUrl]) -> Self {
        let (healthy, on_trial, backing_off, out) = Default::default();
        Self { urls, listed: 0, queued: 0, healthy, on_trial, backing_off, out }
    }

    pub(super) fn leave(&mut self, url: &PeerUrl, waits: &Health) {
        if self.backing_off.len() < MAX_REFUSED {
            self.backing_off.push((url.clone(), waits.clone()));
        }
    }

    /// At most `max` peers. Those on trial take a quarter of the places and whatever the others leave free.
    pub(super) fn choice(self, max: usize, random: f64) -> Choice {
        let trials = self.on_trial.len().min(a_quarter(max, random).max(max.saturating_sub(self.healthy.len())));
        let mut sites = Sites::default();
        let mut ask = sites.first_in_turn(self.healthy, max.saturating_sub(trials));
        // Because few peers of one site are asked, the healthy ones may leave places free.
        ask.extend(sites.first_in_turn(self.on_trial, trials));
        Choice { ask, backing_off: self.backing_off }
    }
}

/// How many peers of each site are asked in a round. On private networks all peers may share one address.
#[derive(Default)]
struct Sites(Vec<(PeerUrl, usize)>);

impl Sites {
    /// The first `places` of a queue, without peers of sites of which enough are asked.
    fn first_in_turn(&mut self, queue: Queue<'_>, places: usize) -> Vec<PeerUrl> {
        in_turn(queue).filter(|url| self.has_room_for(url)).take(places).cloned().collect()
    }

    fn has_room_for(&mut self, url: &PeerUrl) -> bool {
        if url.reach() != Reach::Public {
            return true;
        }
        let site = url.site();
        match self.0.iter_mut().find(|(known, _)| *known == site) {
            Some((_, asked)) => {
                *asked = asked.saturating_add(1);
                *asked <= MAX_PEERS_A_SITE
            }
            None => {
                self.0.push((site, 1));
                true
            }
        }
    }
}

/// The peers of a queue, in order.
pub(super) fn in_turn(queue: Queue<'_>) -> impl Iterator<Item = &PeerUrl> {
    // A heap takes 5 kB less of the module than a sort.
    let mut queue = BinaryHeap::from(queue);
    iter::from_fn(move || queue.pop().map(|Reverse((_, url))| url))
}

/// A quarter of `places`, rounded at random so that it is a quarter in the long run.
fn a_quarter(places: usize, random: f64) -> usize {
    let remainder = (places % 4) as f64 / 4.0;
    (places / 4).saturating_add(usize::from(random < remainder))
}
