//! The counters of a set: 32 small numbers that tell about how much two sets differ.

use super::element::ElementId;
use super::field::Residue;
use super::walk::fmix;

/// How many counters there are, of one byte each.
pub const COUNTERS: usize = 32;

/// What an id is mixed with to choose its counter.
const CHOICE: u32 = 0x5bd1_e995;
/// The bit of the choice that tells whether the counter goes down.
const DOWN: u32 = 32;

/// About half of all elements move a counter each, up or down by one. They wrap around.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters([i8; COUNTERS]);

impl Counters {
    /// Adds an element; the value 0 is none.
    pub fn add(&mut self, id: ElementId, value: Residue) {
        self.shift(id, value, i8::wrapping_add);
    }

    /// Takes an element away again.
    pub fn remove(&mut self, id: ElementId, value: Residue) {
        self.shift(id, value, i8::wrapping_sub);
    }

    fn shift(&mut self, id: ElementId, value: Residue, by: fn(i8, i8) -> i8) {
        let value = value.get();
        let (low, high) = (value as u32, (value >> 32) as u32);
        if value == 0 || fmix(low ^ fmix(high)) & 1 == 0 {
            return;
        }
        let choice = fmix(id.0 ^ CHOICE);
        if let Some(counter) = self.0.get_mut((choice & 31) as usize) {
            *counter = by(*counter, if choice & DOWN == 0 { 1 } else { -1 });
        }
    }

    /// The sums.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        self.each_with(other, i8::wrapping_add)
    }

    /// The differences.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        self.each_with(other, i8::wrapping_sub)
    }

    fn each_with(mut self, other: Self, operation: fn(i8, i8) -> i8) -> Self {
        for (counter, other) in self.0.iter_mut().zip(other.0) {
            *counter = operation(*counter, other);
        }
        self
    }

    /// The sum of their squares, at most 2^19.
    #[must_use]
    pub fn sum_of_squares(self) -> u32 {
        self.0.iter().map(|counter| u32::from(counter.unsigned_abs()).pow(2)).fold(0, u32::saturating_add)
    }

    /// The counters with these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; COUNTERS]) -> Self {
        Self(bytes.map(|byte| i8::from_ne_bytes([byte])))
    }

    /// Their bytes.
    #[must_use]
    pub fn to_bytes(self) -> [u8; COUNTERS] {
        self.0.map(|counter| u8::from_ne_bytes(counter.to_ne_bytes()))
    }
}
