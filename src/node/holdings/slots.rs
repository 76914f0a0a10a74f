//! Room for held slots, each with a number that stays the same: in chunks that are allocated once, so that the allocator's memory
//! keeps no holes where buckets have grown.

use super::held_slot::HeldSlot;

/// How many slots are allocated together.
const CHUNK: usize = 512;

/// The held slots by their numbers, in no order.
#[derive(Debug, Default)]
pub struct Slots {
    chunks: Vec<Vec<HeldSlot>>,
    /// Numbers that are free to be used again.
    free: Vec<u32>,
}

impl Slots {
    /// The slot of a number.
    #[must_use]
    pub fn get(&self, number: u32) -> Option<&HeldSlot> {
        self.chunks.get(number as usize / CHUNK)?.get(number as usize % CHUNK)
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, number: u32) -> Option<&mut HeldSlot> {
        self.chunks.get_mut(number as usize / CHUNK)?.get_mut(number as usize % CHUNK)
    }

    /// Keeps a slot; returns its number, or `None` if there are too many.
    pub fn put(&mut self, slot: HeldSlot) -> Option<u32> {
        if let Some(number) = self.free.pop() {
            *self.get_mut(number)? = slot;
            return Some(number);
        }
        if self.chunks.last().is_none_or(|chunk| chunk.len() >= CHUNK) {
            // The first one grows, because most nodes hold little.
            let room = if self.chunks.is_empty() { 0 } else { CHUNK };
            self.chunks.push(Vec::with_capacity(room));
        }
        let before = self.chunks.len().saturating_sub(1).saturating_mul(CHUNK);
        let chunk = self.chunks.last_mut()?;
        let number = u32::try_from(before.saturating_add(chunk.len())).ok()?;
        chunk.push(slot);
        Some(number)
    }

    /// Makes a number free to be used again.
    pub fn release(&mut self, number: u32) {
        self.free.push(number);
    }
}
