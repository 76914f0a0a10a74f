//! The check of a set: a sum of hashes, which tells whether a decoded difference is the whole difference.

use sha2::{Digest as _, Sha256};

use super::element::{ElementId, View};
use super::field::Residue;

/// How many bytes a check has on the wire.
pub const CHECK_BYTES: usize = 32;

/// The sum of the hashes of all elements modulo 2^256, as limbs of 64 bits, the lowest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Check([u64; 4]);

impl Check {
    /// The hash of one element, read as a number. The value 0 stands for no element, and its hash is 0.
    #[must_use]
    pub fn of(view: View, id: ElementId, value: Residue) -> Self {
        if value.is_zero() {
            return Self::default();
        }
        let [_, _, value @ ..] = value.get().to_be_bytes();
        let hash = Sha256::new()
            .chain_update(b"dbsharing/1 symbols\n")
            .chain_update([view.number()])
            .chain_update(id.0.to_be_bytes())
            .chain_update(value);
        Self::from_le_bytes(hash.finalize().into())
    }

    /// What the check changes by when the value of one element does.
    #[must_use]
    pub fn of_change(view: View, id: ElementId, before: Residue, after: Residue) -> Self {
        Self::of(view, id, after).minus(Self::of(view, id, before))
    }

    /// The sum.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        self.limb_by_limb(other, add)
    }

    /// The difference.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        self.limb_by_limb(other, subtract)
    }

    fn limb_by_limb(self, other: Self, operation: fn(u64, u64, bool) -> (u64, bool)) -> Self {
        let mut carry = false;
        let mut limbs = self.0;
        for (limb, other) in limbs.iter_mut().zip(other.0) {
            (*limb, carry) = operation(*limb, other, carry);
        }
        Self(limbs)
    }

    /// The check with these bytes, the lowest first.
    #[must_use]
    pub fn from_le_bytes(bytes: [u8; CHECK_BYTES]) -> Self {
        let mut limbs = [0; 4];
        for (limb, bytes) in limbs.iter_mut().zip(bytes.as_chunks().0) {
            *limb = u64::from_le_bytes(*bytes);
        }
        Self(limbs)
    }

    /// Its bytes, the lowest first.
    #[must_use]
    pub fn to_le_bytes(self) -> [u8; CHECK_BYTES] {
        let mut bytes = [0; CHECK_BYTES];
        for (bytes, limb) in bytes.as_chunks_mut().0.iter_mut().zip(self.0) {
            *bytes = limb.to_le_bytes();
        }
        bytes
    }
}

/// The sum of two limbs and what was carried here, and whether it carries on.
fn add(one: u64, other: u64, carry: bool) -> (u64, bool) {
    let (sum, is_over) = one.overflowing_add(other);
    let (sum, is_over_with_carry) = sum.overflowing_add(carry.into());
    (sum, is_over || is_over_with_carry)
}

/// The difference of two limbs and what was borrowed from here, and whether it borrows in turn.
fn subtract(one: u64, other: u64, borrow: bool) -> (u64, bool) {
    let (difference, is_under) = one.overflowing_sub(other);
    let (difference, is_under_with_borrow) = difference.overflowing_sub(borrow.into());
    (difference, is_under || is_under_with_borrow)
}
