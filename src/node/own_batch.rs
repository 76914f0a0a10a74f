//! Judges the task's own records, in slices, so that the event loop keeps its turns.

use std::rc::Rc;

use super::put::{OwnRecords, Put};
use super::state::Node;
use crate::error::Rejection;
use crate::json::{Json, Rewriting};
use crate::limits::{LIGHT_BYTES, MAX_ITEM_BYTES};
use crate::ports::{Host, Store};
use crate::verify::body_judge::{RejectedItem, conclude, decode};
use crate::verify::{Candidate, Verification};

impl<T, S: Store, H: Host> Node<T, S, H> {
    /// Judges each of these JSON texts.
    pub(super) async fn judge_own(&self, texts: &[String], now_ms: u64) -> OwnRecords {
        let mut own = OwnRecords::of(texts.len());
        for (place, text) in texts.iter().enumerate() {
            if place > 0 {
                self.let_others_run().await;
            }
            let judged = match Json::parse(text) {
                Ok(item) => self.decode(item).await,
                Err(_) => Err(RejectedItem {
                    rejection: Rejection::BadShape("the record is not JSON; wanted a JSON object"),
                    signed_text: None,
                }),
            };
            match judged {
                Ok(candidate) => {
                    own.waiting.push(candidate);
                    own.waiting_at.push(place);
                }
                Err(refusal) => own.note(place, Put::rejected(refusal)),
            }
            if own.waiting.len() >= self.state.borrow().pace.batch() || place.saturating_add(1) == texts.len() {
                self.verify_waiting(&mut own, now_ms).await;
            }
        }
        own
    }

    /// Applies rules 1 to 6 to one item; a long one is read in slices.
    async fn decode(&self, item: Json<'_>) -> Result<Candidate, RejectedItem> {
        let text = match item.text().len() {
            LIGHT_BYTES..=MAX_ITEM_BYTES => Some(self.canonical(item.text()).await),
            // One that is longer still is rejected for its length.
            _ => None,
        };
        let item = text.as_deref().map_or(item, Json::of_canonical);
        decode(item, self.options.identity, &mut self.state.borrow_mut().memory.keys)
    }

    /// The canonical text of a long item, made in slices; one at a time, because it takes several times the item's memory.
    async fn canonical(&self, text: &str) -> String {
        let rewriting = Rc::clone(&self.state.borrow().rewriting);
        let _rewriting = rewriting.lock().await;
        let mut rewriting = Rewriting::default();
        loop {
            self.let_others_run().await;
            if !rewriting.step(text) {
                break;
            }
        }
        self.let_others_run().await;
        rewriting.into_text()
    }

    /// Applies rules 7 and 8 to the waiting candidates: their signatures are verified together, in steps.
    async fn verify_waiting(&self, own: &mut OwnRecords, now_ms: u64) {
        let (mut verified, mut began_ms) = (own.waiting.len() as u64, self.ports.host.elapsed_ms());
        let mut verification = Verification::new(std::mem::take(&mut own.waiting));
        loop {
            let has_more = verification.step();
            let took_ms = self.ports.host.elapsed_ms().saturating_sub(began_ms);
            self.state.borrow_mut().pace.learn(std::mem::take(&mut verified), took_ms);
            if !has_more {
                break;
            }
            self.let_others_run().await;
            began_ms = self.ports.host.elapsed_ms();
        }
        for (place, judged) in std::mem::take(&mut own.waiting_at).into_iter().zip(verification.into_judged()) {
            match conclude(judged.outcome, now_ms) {
                Ok(record) => own.good.push((place, record)),
                Err(refusal) => own.note(place, Put::rejected(refusal)),
            }
        }
    }
}
