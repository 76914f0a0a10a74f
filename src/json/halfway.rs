//! Which of two neighbouring doubles a long decimal number is nearer to, exactly and in time that hardly grows with the
//! number of digits.
//!
//! The standard library takes a hundred microseconds for such a number, and a peer may send a thousand in one item.

use std::cmp::Ordering;

/// The greatest power of 5 in 32 bits, and its exponent.
const FIVES: (u32, u32) = (1_220_703_125, 13);
/// How many decimal digits fit into 32 bits.
const DIGITS_AT_ONCE: usize = 9;

/// How `digits` · 10^`exponent`, the digits being values from 0 to 9, compares to the middle between `low` and the next
/// greater double. `low` is positive and finite.
pub fn compare_to_middle(digits: &[u8], exponent: i32, low: f64) -> Ordering {
    let (odd, power) = middle_above(low);
    let mut left = Natural::of_digits(digits);
    let mut right = Natural::of(odd);
    // Both sides are multiplied by powers of 5 and 2 that make both integers.
    let fives = if exponent >= 0 { &mut left } else { &mut right };
    fives.times_five_to_the(exponent.unsigned_abs());
    let twos = exponent.saturating_sub(power);
    let shifted = if twos >= 0 { &mut left } else { &mut right };
    shifted.times_two_to_the(twos.unsigned_abs());
    left.compare(&right)
}

/// The middle between a double and the next greater one, as an integer and the exponent of the power of two to multiply
/// it by.
fn middle_above(low: f64) -> (u64, i32) {
    let bits = low.to_bits();
    let fraction = bits & ((1 << 52) - 1);
    let (mantissa, power) = match (bits >> 52) & 0x7ff {
        0 => (fraction, -1074),
        exponent => (fraction | 1 << 52, (exponent as i32).saturating_sub(1075)),
    };
    (mantissa << 1 | 1, power.saturating_sub(1))
}

/// A natural number in 32-bit limbs, the least significant first and the last one not zero.
struct Natural(Vec<u32>);

impl Natural {
    fn of(value: u64) -> Self {
        let mut number = Self(vec![value as u32, (value >> 32) as u32]);
        number.trim();
        number
    }

    fn of_digits(digits: &[u8]) -> Self {
        let mut number = Self(Vec::new());
        for chunk in digits.chunks(DIGITS_AT_ONCE) {
            let (mut value, mut scale) = (0_u32, 1_u32);
            for digit in chunk {
                value = value.wrapping_mul(10).wrapping_add(u32::from(*digit));
                scale = scale.wrapping_mul(10);
            }
            number.times_plus(scale, value);
        }
        number
    }

    fn times_plus(&mut self, factor: u32, summand: u32) {
        let mut carry = u64::from(summand);
        for limb in &mut self.0 {
            // At most (2^32 − 1)² + 2^32 − 1, which is less than 2^64.
            let product = u64::from(*limb).wrapping_mul(u64::from(factor)).wrapping_add(carry);
            *limb = product as u32;
            carry = product >> 32;
        }
        self.0.push(carry as u32);
        self.trim();
    }

    fn times_five_to_the(&mut self, mut exponent: u32) {
        let (greatest, at_once) = FIVES;
        while exponent >= at_once {
            self.times_plus(greatest, 0);
            exponent = exponent.saturating_sub(at_once);
        }
        self.times_plus(5_u32.pow(exponent), 0);
    }

    fn times_two_to_the(&mut self, exponent: u32) {
        self.times_plus(1 << (exponent % 32), 0);
        self.0.splice(0..0, std::iter::repeat_n(0, (exponent / 32) as usize));
        self.trim();
    }

    fn trim(&mut self) {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }

    fn compare(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }
}
