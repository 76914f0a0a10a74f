//! Whole numbers modulo the prime P = 2^48 − 59: the arithmetic of all sums.

use std::iter::Sum;

/// The modulus: the greatest prime below 2^48.
pub const P: u64 = (1 << BITS) - EXCESS;

const BITS: u32 = 48;
/// 2^48 modulo P.
const EXCESS: u64 = 59;
const LOW_48_BITS: u64 = (1 << BITS) - 1;
const LOW_24_BITS: u64 = (1 << 24) - 1;

/// A whole number below [`P`], whatever it was made of.
///
/// ```
/// use dbsharing::symbols::{P, Residue};
///
/// let two = Residue::from(2);
/// assert_eq!(two.inverse().map(|half| half.times(two)), Some(Residue::ONE));
/// assert_eq!(Residue::ZERO.minus(two).get(), P - 2);
/// assert_eq!(Residue::new(P), None);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Residue(u64);

impl Residue {
    /// 0.
    pub const ZERO: Self = Self(0);
    /// 1.
    pub const ONE: Self = Self(1);

    /// This number, if it is below [`P`].
    #[must_use]
    pub const fn new(number: u64) -> Option<Self> {
        if number < P { Some(Self(number)) } else { None }
    }

    /// Any number, modulo [`P`].
    #[must_use]
    pub const fn reduced(number: u64) -> Self {
        // 2^48 = P + 59, so the bits from the 48th on count 59 each. What comes out is below 2P.
        let folded = (number >> BITS).wrapping_mul(EXCESS).wrapping_add(number & LOW_48_BITS);
        Self(if folded < P { folded } else { folded.wrapping_sub(P) })
    }

    /// The number itself.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Whether it is 0.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        let sum = self.0.wrapping_add(other.0);
        Self(if sum < P { sum } else { sum.wrapping_sub(P) })
    }

    /// The difference.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        let difference = self.0.wrapping_sub(other.0);
        Self(if self.0 < other.0 { difference.wrapping_add(P) } else { difference })
    }

    /// The product.
    #[must_use]
    pub const fn times(self, other: Self) -> Self {
        // In halves of 24 bits, so that nothing exceeds 64 bits: wasm has no wider multiplication.
        let (high, low) = (self.0 >> 24, self.0 & LOW_24_BITS);
        let (other_high, other_low) = (other.0 >> 24, other.0 & LOW_24_BITS);
        let middle = high.wrapping_mul(other_low).wrapping_add(low.wrapping_mul(other_high));
        let above = high.wrapping_mul(other_high).wrapping_add(middle >> 24).wrapping_mul(EXCESS);
        let below = low.wrapping_mul(other_low).wrapping_add((middle & LOW_24_BITS) << 24);
        Self::reduced(above.wrapping_add(below))
    }

    /// The number that gives 1 when multiplied with this one; 0 has none.
    #[must_use]
    pub fn inverse(self) -> Option<Self> {
        // Euclid's algorithm: `factor` times this number is `rest`, modulo P. No factor exceeds P, of either sign.
        let (mut last_rest, mut rest) = (P, self.0);
        let (mut last_factor, mut factor) = (0_i64, 1_i64);
        while let Some(quotient) = last_rest.checked_div(rest) {
            (last_rest, rest) = (rest, last_rest.wrapping_sub(quotient.wrapping_mul(rest)));
            let product = factor.wrapping_mul(quotient as i64);
            (last_factor, factor) = (factor, last_factor.wrapping_sub(product));
        }
        (self.0 != 0).then_some(Self(last_factor.rem_euclid(P as i64) as u64))
    }

    /// The inverses of many numbers, with 0 for 0: three multiplications for each, and a single inversion.
    ///
    /// ```
    /// use dbsharing::symbols::Residue;
    ///
    /// let [half, none] = Residue::inverses([2, 0].map(Residue::from));
    /// assert_eq!((Some(half), none), (Residue::from(2).inverse(), Residue::ZERO));
    /// ```
    #[must_use]
    pub fn inverses<const N: usize>(numbers: [Self; N]) -> [Self; N] {
        let mut product = Self::ONE;
        // For each number, the product of those before it.
        let mut results = numbers.map(|number| {
            let before = product;
            if !number.is_zero() {
                product = product.times(number);
            }
            before
        });
        // From the last to the first: the inverse of the product of all numbers up to here.
        let mut inverse = product.inverse().unwrap_or_default();
        for (result, number) in results.iter_mut().zip(numbers).rev() {
            if number.is_zero() {
                *result = Self::ZERO;
            } else {
                *result = result.times(inverse);
                inverse = inverse.times(number);
            }
        }
        results
    }
}

impl From<u32> for Residue {
    fn from(number: u32) -> Self {
        Self(number.into())
    }
}

impl Sum for Residue {
    fn sum<I: Iterator<Item = Self>>(numbers: I) -> Self {
        numbers.fold(Self::ZERO, Self::plus)
    }
}
