//! One exchange under way: with which peer, how long it may take, and what it has used and stored so far.

use std::cell::{Cell, RefCell};

use super::options::PeerLimits;
use super::payload::Payload;
use super::places::Place;
use super::write::Outcomes;
use crate::peers::PeerUrl;
use crate::report::PeerId;

/// One exchange under way.
pub(super) struct Visit<'r> {
    pub(super) url: &'r PeerUrl,
    pub(super) peer: PeerId,
    /// The peer's place in the order of choice; `None` outside the rounds.
    pub(super) order: Option<usize>,
    /// How long it may take.
    pub(super) deadline_ms: u64,
    /// Its deadline, by the host's clock.
    pub(super) until_ms: u64,
    /// The epoch in which it began.
    pub(super) epoch: u64,
    /// How much its bodies may still have.
    limits: Cell<PeerLimits>,
    /// Whether any of its records was stored.
    pub(super) stored_any: Cell<bool>,
    /// Winners that were not written, while it was in doubt whether the database accepts any write.
    pub(super) left: RefCell<Outcomes>,
    /// Whether the database failed at some of its records, for a reason that is not clear yet.
    pub(super) has_suspects: Cell<bool>,
    /// Whether the body was cut at a place from which the next round goes on.
    pub(super) goes_on: Cell<bool>,
    /// How much of the time we took so far.
    pub(super) our_ms: Cell<u64>,
    /// How much of that was spent on judging its body.
    pub(super) used_ms: Cell<u64>,
    /// Its place among the first bodies, while it has one.
    place: RefCell<Option<Place>>,
    /// The status of its last answer.
    pub(super) status: Cell<Option<u16>>,
}

impl<'r> Visit<'r> {
    /// An exchange on this page of the ledger that has used nothing yet.
    pub(super) fn new(url: &'r PeerUrl, peer: PeerId, time: Time, limits: PeerLimits) -> Self {
        let Time { order, deadline_ms, until_ms, epoch } = time;
        let limits = Cell::new(limits);
        let (stored_any, left, has_suspects, goes_on, our_ms, used_ms, place, status) = Default::default();
        Self {
            url,
            peer,
            order,
            deadline_ms,
            until_ms,
            epoch,
            limits,
            stored_any,
            left,
            has_suspects,
            goes_on,
            our_ms,
            used_ms,
            place,
            status,
        }
    }

    /// How much its bodies may still have.
    pub(super) fn limits(&self) -> PeerLimits {
        self.limits.get()
    }

    /// How many bytes its bodies had, of these limits.
    pub(super) fn bytes_of(&self, limits: PeerLimits) -> u64 {
        limits.max_body_bytes.saturating_sub(self.limits.get().max_body_bytes)
    }

    /// Subtracts bytes of bodies from what it may have.
    pub(super) fn spend_bytes(&self, bytes: u64) {
        let limits = self.limits.get();
        self.limits.set(PeerLimits { max_body_bytes: limits.max_body_bytes.saturating_sub(bytes), ..limits });
    }

    /// Subtracts what a body had.
    pub(super) fn spend(&self, payload: &mut Payload) {
        self.spend_bytes(payload.received());
        let (limits, intake) = (self.limits.get(), payload.intake());
        let max_items = limits.max_items.saturating_sub(intake.taken());
        let max_rejected = limits.max_rejected.saturating_sub(intake.unverified());
        self.limits.set(PeerLimits { max_items, max_rejected, ..limits });
    }

    /// Adds to the time that we took.
    pub(super) fn spend_ms(&self, ms: u64) {
        self.our_ms.set(self.our_ms.get().saturating_add(ms));
    }

    /// Has a place among the first bodies until the exchange ends.
    pub(super) fn hold(&self, place: Option<Place>) {
        self.place.replace(place);
    }

    /// Notes that something arrived, at this time of the host's clock.
    pub(super) fn note_progress(&self, now_ms: u64) {
        if let Some(place) = &*self.place.borrow() {
            place.note_progress(now_ms);
        }
    }
}

/// When an exchange is made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Time {
    /// The peer's place in the order of choice; `None` outside the rounds.
    pub(super) order: Option<usize>,
    /// How long it may take.
    pub(super) deadline_ms: u64,
    /// Its deadline, by the host's clock.
    pub(super) until_ms: u64,
    /// The epoch in which it begins.
    pub(super) epoch: u64,
}
