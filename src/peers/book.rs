//! How the peers of a task have fared, and which of them to ask next.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::address::Reach;
use super::choosing::{Choice, Choosing, Turn, in_turn};
use super::health::Health;
use super::url::PeerUrl;
use crate::limits::MAX_REMEMBERED_PEERS;

/// How many urls are looked at in one step of a choice.
const STEP: usize = 256;

/// What is known about the peers of a task: their health, and notes of type `N` that rounds keep.
#[derive(Clone, Debug, Default)]
pub struct Book<N = ()> {
    round: u64,
    entries: BTreeMap<PeerUrl, PeerEntry<N>>,
    /// The same for sites on public networks. A site fails at most once in a round: if one of its
    /// peers failed or had nothing.
    sites: BTreeMap<PeerUrl, PeerEntry<N>>,
}

/// What is known about one peer, or about one site.
#[derive(Clone, Debug)]
struct PeerEntry<N> {
    health: Health,
    /// Whether it has ever answered with records, or that it has the same ones as before.
    has_given: bool,
    /// The round in which it was last asked with a longer deadline than usual; 0 = never.
    last_patient_round: u64,
    first_listed_round: u64,
    last_listed_round: u64,
    notes: N,
}

impl<N: Default> Book<N> {
    /// At most `max` of `urls` to ask now; calling this begins a round.
    ///
    /// The peers that have waited longest come first, ties broken at random, so that every peer gets a turn. A peer
    /// waits from the round in which it was last asked or first listed, so a flood of new urls cannot keep the known
    /// ones out. Peers whose back-off is over take a quarter of the places and whatever the others leave free, so a
    /// crowd of dead ones cannot keep them out either. At most [`crate::limits::MAX_PEERS_A_SITE`] peers of one site on
    /// a public network are asked, and none for a while if none has ever given anything: a list cannot send all nodes
    /// to a stranger.
    ///
    /// The `urls` have to be unique; those after the first [`MAX_REMEMBERED_PEERS`] are ignored. `random` gives numbers from 0 up to,
    /// but not including, 1.
    pub fn choose(&mut self, urls: &[PeerUrl], max: usize, now_ms: u64, random: &mut impl FnMut() -> f64) -> Choice {
        let mut choosing = self.begin_choice(urls, Vec::new());
        while self.go_on_choosing(&mut choosing, now_ms, random) {}
        self.end_choice(choosing, max, random)
    }

    /// Begins a round and a choice that is made in steps. The urls in `out` are left out.
    pub fn begin_choice<'u>(&mut self, urls: &'u [PeerUrl], out: Vec<PeerUrl>) -> Choosing<'u> {
        self.round = self.round.saturating_add(1);
        Choosing { out, ..Choosing::of(urls.get(..MAX_REMEMBERED_PEERS).unwrap_or(urls)) }
    }

    /// Looks at more of the urls; returns whether there are still more.
    pub fn go_on_choosing(
        &mut self,
        choosing: &mut Choosing<'_>,
        now_ms: u64,
        random: &mut impl FnMut() -> f64,
    ) -> bool {
        let unlisted = choosing.urls.get(choosing.listed..).unwrap_or_default();
        if !unlisted.is_empty() {
            unlisted.iter().take(STEP).for_each(|url| self.list(url));
            choosing.listed = choosing.listed.saturating_add(STEP);
            return true;
        }
        if choosing.queued == 0 {
            self.forget_all_but(MAX_REMEMBERED_PEERS);
        }
        let unqueued = choosing.urls.get(choosing.queued..).unwrap_or_default();
        for url in unqueued.iter().take(STEP) {
            self.queue(url, choosing, now_ms, random);
        }
        choosing.queued = choosing.queued.saturating_add(STEP);
        choosing.queued < choosing.urls.len()
    }

    /// The peers to ask, once all urls have been looked at.
    pub fn end_choice(&mut self, choosing: Choosing<'_>, max: usize, random: &mut impl FnMut() -> f64) -> Choice {
        let choice = choosing.choice(max, random());
        for url in &choice.ask {
            self.entry(url).health.last_asked_round = self.round;
        }
        choice
    }

    /// Whether the last list named any peer.
    #[must_use]
    pub fn lists_any(&self) -> bool {
        self.listed().next().is_some()
    }

    /// At most `max` of the peers in the last list, chosen as for a round but without beginning one.
    pub fn choose_listed(&self, max: usize, now_ms: u64, random: &mut impl FnMut() -> f64) -> Vec<PeerUrl> {
        let listed: Vec<PeerUrl> = self.listed().cloned().collect();
        let mut choosing = Choosing::of(&listed);
        for url in &listed {
            self.queue(url, &mut choosing, now_ms, random);
        }
        choosing.choice(max, random()).ask
    }

    fn listed(&self) -> impl Iterator<Item = &PeerUrl> {
        self.entries.iter().filter(|(_, entry)| entry.last_listed_round == self.round).map(|(url, _)| url)
    }

    fn queue<'u>(&self, url: &'u PeerUrl, choosing: &mut Choosing<'u>, now_ms: u64, random: &mut impl FnMut() -> f64) {
        let Some(entry) = self.entries.get(url).filter(|_| !choosing.out.contains(url)) else { return };
        let site = self.silent_site(url, entry).filter(|site| site.is_backing_off(now_ms));
        if let Some(waits) = Some(&entry.health).filter(|health| health.is_backing_off(now_ms)).or(site) {
            choosing.leave(url, waits);
        } else if entry.health.retry_at_ms > 0 {
            choosing.on_trial.push(Reverse((entry.turn(random), url)));
        } else {
            choosing.healthy.push(Reverse((entry.turn(random), url)));
        }
    }

    /// The health of a peer's site, if neither the peer nor the site has ever given anything.
    fn silent_site(&self, url: &PeerUrl, entry: &PeerEntry<N>) -> Option<&Health> {
        if entry.has_given || self.sites.is_empty() || url.reach() != Reach::Public {
            return None;
        }
        self.sites.get(&url.site()).filter(|site| !site.has_given).map(|site| &site.health)
    }

    /// Notes that `url` answered: its failures are forgotten.
    pub fn succeeded(&mut self, url: &PeerUrl) {
        let health = &mut self.entry(url).health;
        health.failures = 0;
        health.retry_at_ms = 0;
    }

    /// Notes that `url` answered with records, or that it has the same ones as before.
    pub fn gave(&mut self, url: &PeerUrl) {
        self.succeeded(url);
        self.entry(url).has_given = true;
        if url.reach() == Reach::Public {
            self.site(url).has_given = true;
        }
    }

    /// Notes that `url` failed. From the third failure in a row on, it waits 20 s, then twice as long each time, up to
    /// 10 minutes, within ±25 %. `random` gives numbers from 0 up to, but not including, 1.
    pub fn failed(&mut self, url: &PeerUrl, now_ms: u64, random: &mut impl FnMut() -> f64) {
        self.entry(url).health.fail(now_ms, random);
        self.had_nothing(url, now_ms, random);
    }

    /// Notes that `url` has no records. If no peer of its site has ever given anything, the site backs off like a peer that
    /// fails.
    pub fn had_nothing(&mut self, url: &PeerUrl, now_ms: u64, random: &mut impl FnMut() -> f64) {
        if url.reach() != Reach::Public {
            return;
        }
        let round = self.round;
        let site = self.site(url);
        // Once a round, however many of its peers were asked.
        if site.health.last_asked_round != round || round == 0 {
            site.health.last_asked_round = round;
            site.health.fail(now_ms, random);
        }
    }

    /// Notes that `url` took longer than `deadline_ms`, where `usual_ms` is the usual deadline. Its next deadline is twice
    /// as long, unless that was longer than `deadline_ms` already.
    pub fn timed_out(&mut self, url: &PeerUrl, deadline_ms: u64, usual_ms: u64) {
        let health = &mut self.entry(url).health;
        if deadline_ms >= health.deadline_ms(usual_ms) {
            health.time_outs = health.time_outs.saturating_add(1);
        }
    }

    /// Notes that `url` answered in time, whatever its answer was. Its next deadline is the usual one.
    pub fn kept_its_time(&mut self, url: &PeerUrl) {
        self.entry(url).health.time_outs = 0;
    }

    /// The one of `urls` that is due a longer deadline than usual and is asked first, and its deadline. Peers that have given
    /// something come before strangers, most of which may be dead; among equals, the one that has waited longest.
    pub fn choose_patient(&mut self, urls: &[PeerUrl], usual_ms: u64) -> Option<(PeerUrl, u64)> {
        let known = urls.iter().filter_map(|url| Some((url, self.entries.get(url)?)));
        let slow = known.filter(|(_, entry)| entry.health.deadline_ms(usual_ms) > usual_ms);
        let (url, entry) = slow.min_by_key(|(_, entry)| (!entry.has_given, entry.last_patient_round))?;
        let (deadline_ms, round) = (entry.health.deadline_ms(usual_ms), self.round);
        self.entry(url).last_patient_round = round;
        Some((url.clone(), deadline_ms))
    }

    /// Whether `url` has not failed since it last answered.
    #[must_use]
    pub fn is_well(&self, url: &PeerUrl) -> bool {
        self.entries.get(url).is_none_or(|entry| entry.health.failures == 0)
    }

    /// Ends the back-off of every peer, because the failures were not theirs.
    pub fn end_all_waits(&mut self) {
        for entry in self.entries.values_mut().chain(self.sites.values_mut()) {
            entry.health.retry_at_ms = 0;
        }
    }

    /// The notes on `url`, if it is known.
    #[must_use]
    pub fn notes(&self, url: &PeerUrl) -> Option<&N> {
        self.entries.get(url).map(|entry| &entry.notes)
    }

    /// The notes on `url`, to be written. An unknown url becomes known.
    pub fn notes_mut(&mut self, url: &PeerUrl) -> &mut N {
        &mut self.entry(url).notes
    }

    /// Every known peer with its health, in the order of their urls.
    pub fn iter(&self) -> impl Iterator<Item = (&PeerUrl, &Health)> {
        self.entries.iter().map(|(url, entry)| (url, &entry.health))
    }

    fn list(&mut self, url: &PeerUrl) {
        match self.entries.get_mut(url) {
            Some(entry) => entry.last_listed_round = self.round,
            None => drop(self.entries.insert(url.clone(), PeerEntry::listed(self.round))),
        }
    }

    fn entry(&mut self, url: &PeerUrl) -> &mut PeerEntry<N> {
        if !self.entries.contains_key(url) {
            self.forget_all_but(MAX_REMEMBERED_PEERS.saturating_sub(1));
        }
        self.entries.entry(url.clone()).or_insert_with(|| PeerEntry::listed(self.round))
    }

    fn site(&mut self, url: &PeerUrl) -> &mut PeerEntry<N> {
        if self.sites.len() >= MAX_REMEMBERED_PEERS {
            self.sites.clear();
        }
        self.sites.entry(url.site()).or_insert_with(|| PeerEntry::listed(0))
    }

    /// Forgets the peers that were last listed longest ago, until `kept` are left.
    fn forget_all_but(&mut self, kept: usize) {
        let excess = self.entries.len().saturating_sub(kept);
        let age = |entry: &PeerEntry<N>| (entry.last_listed_round, false, 0);
        let by_age = || self.entries.iter().map(|(url, entry)| Reverse((age(entry), url))).collect();
        let Some(last) = excess.checked_sub(1).and_then(|before| in_turn(by_age()).nth(before)).cloned() else {
            return;
        };
        let last_age = self.entries.get(&last).map(age);
        self.entries.retain(|url, entry| (Some(age(entry)), url) > (last_age, &last));
    }
}

impl<N: Default> PeerEntry<N> {
    fn listed(round: u64) -> PeerEntry<N> {
        PeerEntry {
            health: Health::default(),
            has_given: false,
            last_patient_round: 0,
            first_listed_round: round,
            last_listed_round: round,
            notes: N::default(),
        }
    }

    fn turn(&self, random: &mut impl FnMut() -> f64) -> Turn {
        let draw = (random() * f64::from(u32::MAX)) as u32;
        match self.health.last_asked_round {
            0 => (self.first_listed_round, false, draw),
            round => (round, true, draw),
        }
    }
}

#[cfg(test)]
mod tests;
