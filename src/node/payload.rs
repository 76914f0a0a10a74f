//! One peer's body, fed chunk by chunk: items → held already? skip → verify in batches → winners and rejections.

use super::judge::{Desk, Judge, Terms};
use crate::error::PeerFault;
use crate::json::{ItemReader, Step};
use crate::limits::MAX_ITEM_BYTES;

/// How many bytes one slice of work scans at most.
const SLICE_BYTES: usize = 64 * 1024;

/// What is to be done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// All input is judged: feed or end.
    NeedsInput,
    /// One slice of work is done and more is waiting.
    Busy,
    /// The body is judged as far as it will be.
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
    judge: Judge,
}

impl Payload {
    /// A body of which nothing has arrived.
    #[must_use]
    pub fn new(terms: Terms) -> Self {
        Self {
            max_body_bytes: terms.limits.max_body_bytes,
            received: 0,
            reader: ItemReader::new(MAX_ITEM_BYTES),
            chunk: Vec::new(),
            at: 0,
            end: None,
            is_hurried: false,
            judge: Judge::new(terms),
        }
    }

    /// Takes the next bytes; to be called when [`Progress::NeedsInput`] was said.
    pub fn feed(&mut self, mut chunk: Vec<u8>) {
        let room = self.max_body_bytes.saturating_sub(self.received);
        self.received = self.received.saturating_add(chunk.len() as u64);
        if chunk.len() as u64 > room {
            chunk.truncate(usize::try_from(room).unwrap_or(usize::MAX));
            self.end(Err(PeerFault::BodyTooLarge { max_body_bytes: self.max_body_bytes }));
        }
        (self.chunk, self.at) = (chunk, 0);
        self.is_hurried = false;
    }

    /// Says that no more bytes will come, and why.
    pub fn end(&mut self, end: Result<(), PeerFault>) {
        self.end.get_or_insert(end);
    }

    /// Does one slice of work: scans some bytes, or verifies one step further; at most `batch` signatures together.
    pub fn work(&mut self, desk: &mut Desk<'_>, batch: usize) -> Progress {
        let is_input_judged = self.at >= self.chunk.len();
        let is_ended = is_input_judged && self.end.is_some();
        let wants_verdicts = self.judge.is_verifying()
            || self.judge.is_batch_full(batch)
            || ((is_ended || self.is_hurried) && self.judge.pending() > 0);
        let worked = if wants_verdicts {
            self.judge.verify(desk)
        } else if !is_input_judged {
            self.scan(desk, batch)
        } else if self.end.is_none() {
            return Progress::NeedsInput;
        } else {
            return Progress::Done;
        };
        if let Err(fault) = worked {
            self.cut_off(fault);
        }
        Progress::Busy
    }

    /// Has what waits verified without waiting for more.
    pub fn hurry(&mut self) {
        self.is_hurried = true;
    }

    /// How the body ended: whether all of it was judged.
    ///
    /// # Errors
    ///
    /// What cut it short.
    pub fn outcome(&self) -> Result<(), PeerFault> {
        match &self.end {
            Some(Ok(())) if !self.reader.has_begun() => self.reader.finish().map_err(PeerFault::BadBody),
            Some(Ok(())) => self.reader.finish().map_err(|fault| PeerFault::BodyCut(fault.to_string())),
            Some(Err(fault)) => Err(fault.clone()),
            None => Err(PeerFault::Aborted),
        }
    }

    /// How many bytes have arrived, after decompression.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.received
    }

    /// What was judged so far.
    pub fn judge(&mut self) -> &mut Judge {
        &mut self.judge
    }

    fn scan(&mut self, desk: &mut Desk<'_>, batch: usize) -> Result<(), PeerFault> {
        let stop = self.at.saturating_add(SLICE_BYTES).min(self.chunk.len());
        let slice = self.chunk.get(..stop).unwrap_or_default();
        while self.at < stop && !self.judge.is_batch_full(batch) {
            match self.reader.next(slice, &mut self.at).map_err(PeerFault::BadBody)? {
                Step::NeedsMore => {}
                Step::Item(item) => self.judge.take(Ok(item), desk)?,
                Step::TooLarge { bytes } => self.judge.take(Err(bytes), desk)?,
            }
        }
        Ok(())
    }

    /// Reads no further; what waits in its batch is still judged.
    fn cut_off(&mut self, fault: PeerFault) {
        self.end = Some(Err(fault));
        (self.chunk, self.at) = (Vec::new(), 0);
    }
}
