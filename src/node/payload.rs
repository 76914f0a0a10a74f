//! One peer's body, fed chunk by chunk: its items are skipped if held, else verified in batches; then they win or not.

use std::ops::Range;

use super::desk::{Desk, Terms};
use super::intake::Intake;
use super::walk::key_of;
use crate::error::PeerFault;
use crate::json::{ItemReader, Json, Rewriting, Step};
use crate::limits::{LIGHT_BYTES, MAX_ITEM_BYTES};
use crate::printable::beginning_of;

/// How many bytes of a body that is not an array are considered for the quotation of its beginning.
const BEGINNING_BYTES: usize = 256;

/// The most bytes that one slice of work scans.
const SLICE_BYTES: usize = 64 * 1024;

/// What to do after a slice of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayloadStep {
    /// All input is judged: call [`Payload::feed`] or [`Payload::end`].
    NeedsInput,
    /// More work is waiting.
    Busy,
    /// The body is judged as far as it can be.
    Done,
}

/// The state of one body.
#[derive(Debug)]
pub struct Payload {
    max_body_bytes: u64,
    received: u64,
    reader: ItemReader,
    chunk: Vec<u8>,
    at: usize,
    end: Option<Result<(), PeerFault>>,
    is_hurried: bool,
    intake: Intake,
    /// A long item, while it is made canonical in slices; after that it is read quickly.
    heavy: Option<(String, Rewriting)>,
    /// The key after which its records should begin, until the first one was looked at.
    after: Option<String>,
    /// Whether they began at or before it.
    ignores_after: bool,
    /// Where the last item with a slot is in the chunk; empty where `last_text` holds that item.
    last: Range<usize>,
    last_text: String,
}

impl Payload {
    /// A body of which nothing has arrived. It was asked for the records after a key, or for all of them.
    #[must_use]
    pub fn new(terms: Terms, after: Option<String>) -> Self {
        Self {
            max_body_bytes: terms.limits.max_body_bytes,
            received: 0,
            reader: ItemReader::new(MAX_ITEM_BYTES),
            chunk: Vec::new(),
            at: 0,
            end: None,
            is_hurried: false,
            intake: Intake::new(terms),
            heavy: None,
            after,
            ignores_after: false,
            last: 0..0,
            last_text: String::new(),
        }
    }

    /// Takes the next bytes; for use after [`PayloadStep::NeedsInput`].
    pub fn feed(&mut self, mut chunk: Vec<u8>) {
        let room = self.max_body_bytes.saturating_sub(self.received);
        self.received = self.received.saturating_add(chunk.len() as u64);
        if chunk.len() as u64 > room {
            chunk.truncate(usize::try_from(room).unwrap_or(usize::MAX));
            self.end(Err(PeerFault::BodyTooLarge { max_body_bytes: self.max_body_bytes }));
        }
        self.leave_chunk();
        self.chunk = chunk;
        self.is_hurried = false;
    }

    /// Notes that no more bytes will arrive, and why.
    pub fn end(&mut self, end: Result<(), PeerFault>) {
        self.end.get_or_insert(end);
    }

    /// Does one slice of work: scans some bytes, or verifies one step further. At most `batch` signatures are verified
    /// together.
    pub fn work(&mut self, desk: &mut Desk<'_>, batch: usize) -> PayloadStep {
        let is_input_judged = self.at >= self.chunk.len() && self.heavy.is_none();
        let is_ended = is_input_judged && self.end.is_some();
        let wants_verdicts = self.intake.is_verifying()
            || self.intake.is_batch_full(batch)
            || ((is_ended || self.is_hurried) && self.intake.pending() > 0);
        let worked = if wants_verdicts {
            self.verify(desk)
        } else if self.heavy.is_some() {
            self.rewrite(desk)
        } else if !is_input_judged {
            self.scan(desk, batch)
        } else if self.end.is_none() {
            return PayloadStep::NeedsInput;
        } else {
            return PayloadStep::Done;
        };
        if let Err(fault) = worked {
            self.cut_off(fault);
        }
        PayloadStep::Busy
    }

    /// Whether a long item is being made canonical.
    #[must_use]
    pub fn is_within_item(&self) -> bool {
        self.heavy.is_some()
    }

    /// Makes the waiting candidates be verified without waiting for more; returns whether there are any.
    pub fn hurry(&mut self) -> bool {
        self.is_hurried = self.intake.pending() > 0;
        self.is_hurried
    }

    /// Returns how the body ended; `Ok` if all of it was judged.
    ///
    /// # Errors
    ///
    /// The fault that cut it short.
    pub fn outcome(&self) -> Result<(), PeerFault> {
        match &self.end {
            Some(Ok(())) if !self.reader.has_begun() => {
                self.reader.finish().map_err(|fault| PeerFault::BadBody(fault, String::new()))
            }
            Some(Ok(())) => self.reader.finish().map_err(|fault| PeerFault::BodyCut(fault.to_string())),
            // A cut after the end of the array does no harm.
            Some(Err(PeerFault::BodyCut(_))) if self.reader.finish().is_ok() => Ok(()),
            Some(Err(fault)) => Err(fault.clone()),
            None => Err(PeerFault::Aborted),
        }
    }

    /// How many bytes have arrived, after decompression.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.received
    }

    /// The intake, which judges the items.
    pub fn intake(&mut self) -> &mut Intake {
        &mut self.intake
    }

    fn verify(&mut self, desk: &mut Desk<'_>) -> Result<(), PeerFault> {
        let verified = self.intake.verify(desk);
        self.is_hurried &= self.intake.pending() > 0;
        verified
    }

    fn scan(&mut self, desk: &mut Desk<'_>, batch: usize) -> Result<(), PeerFault> {
        let stop = self.at.saturating_add(SLICE_BYTES).min(self.chunk.len());
        let slice = self.chunk.get(..stop).unwrap_or_default();
        while self.at < stop && !self.intake.is_batch_full(batch) && !desk.ledger.has_much_to_tell() {
            let from = self.at;
            let is_beginning = !self.reader.has_begun() && self.received <= self.chunk.len() as u64;
            let bad_body = |fault| {
                let beginning = if is_beginning { quoted_beginning(slice) } else { String::new() };
                PeerFault::BadBody(fault, beginning)
            };
            let item = match self.reader.next(slice, &mut self.at).map_err(bad_body)? {
                Step::NeedsMore => continue,
                Step::Item(item) if item.text().len() > LIGHT_BYTES => {
                    self.heavy = Some((item.text().to_owned(), Rewriting::default()));
                    return Ok(());
                }
                Step::Item(item) => Ok(item),
                Step::TooLarge { bytes } => Err(bytes),
            };
            if !self.intake.take(item, desk)? {
                continue;
            }
            let Ok(item) = item else { continue };
            if let Some(after) = self.after.take() {
                self.ignores_after = key_of(item, self.intake.identity()).is_none_or(|first| first <= after);
            }
            // The item ends where reading stopped. If it is longer than what was read, it began in an earlier chunk.
            let bytes = item.text().len();
            self.last = self.at.saturating_sub(bytes)..self.at;
            if bytes > self.at.saturating_sub(from) {
                self.last = 0..0;
                item.text().clone_into(&mut self.last_text);
            }
        }
        Ok(())
    }

    /// Rewrites a long item one step further; once that is done it is judged.
    fn rewrite(&mut self, desk: &mut Desk<'_>) -> Result<(), PeerFault> {
        let Some((_, rewriting)) = self.heavy.take_if(|(text, rewriting)| !rewriting.step(text)) else { return Ok(()) };
        let text = rewriting.into_text();
        let item = Json::of_canonical(&text);
        if self.intake.take(Ok(item), desk)? {
            if let Some(after) = self.after.take() {
                self.ignores_after = key_of(item, self.intake.identity()).is_none_or(|first| first <= after);
            }
            (self.last, self.last_text) = (0..0, text);
        }
        Ok(())
    }

    /// Stops reading; candidates that wait are still verified.
    fn cut_off(&mut self, fault: PeerFault) {
        self.end = Some(Err(fault));
        self.heavy = None;
        self.leave_chunk();
    }

    /// Whether it was asked for the records after a key, and began at or before that.
    pub(super) fn ignores_after(&self) -> bool {
        self.ignores_after
    }

    /// The key of the last item that has a slot.
    pub(super) fn last_key(&mut self) -> Option<String> {
        self.leave_chunk();
        key_of(Json::parse(&self.last_text).ok()?, self.intake.identity())
    }

    /// Drops the chunk, after copying its last item.
    fn leave_chunk(&mut self) {
        let last = self.chunk.get(std::mem::take(&mut self.last)).unwrap_or_default();
        if !last.is_empty() {
            self.last_text = String::from_utf8_lossy(last).into_owned();
        }
        (self.chunk, self.at) = (Vec::new(), 0);
    }
}

fn quoted_beginning(body: &[u8]) -> String {
    let beginning = body.get(..BEGINNING_BYTES).unwrap_or(body);
    beginning_of(&String::from_utf8_lossy(beginning))
}
