//! JSON numbers as JavaScript prints the doubles that they stand for.

use std::cmp::Ordering;

use super::halfway::compare_to_middle;

/// JavaScript prints no number longer than this: sign, `0.00000` and 17 digits.
const LONGEST_CANONICAL_BYTES: usize = 25;

/// How many digits the standard library decides by in one step.
const SHORT_DIGITS: usize = 19;

/// Digits after this many significant ones change a double only by whether any of them is not zero.
const SIGNIFICANT_DIGITS: usize = 800;

/// Whether `number` is what `JSON.stringify(JSON.parse(number))` gives.
pub fn is_canonical(number: &str) -> bool {
    if is_short_integer(number) {
        return true;
    }
    if number.len() > LONGEST_CANONICAL_BYTES {
        return false;
    }
    let value = to_double(number);
    value.is_finite() && ryu_js::Buffer::new().format_finite(value) == number
}

/// Appends what `JSON.stringify(JSON.parse(number))` gives, which is `null` beyond the greatest double.
pub fn write_canonical(number: &str, out: &mut String) {
    if is_short_integer(number) {
        return out.push_str(number);
    }
    let value = to_double(number);
    if value.is_finite() {
        out.push_str(ryu_js::Buffer::new().format_finite(value));
    } else {
        out.push_str("null");
    }
}

/// Every integer of up to 15 digits is a double, which JavaScript prints with the same digits.
fn is_short_integer(number: &str) -> bool {
    let digits = number.strip_prefix('-').unwrap_or(number).as_bytes();
    match digits {
        [b'0'] => number == "0",
        [b'1'..=b'9', ..] => digits.len() <= 15 && digits.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// The double nearest to `number`; infinite beyond the greatest one.
fn to_double(number: &str) -> f64 {
    if number.len() <= SHORT_DIGITS {
        return number.parse().unwrap_or(f64::NAN);
    }
    let magnitude = Decimal::read(number).to_double();
    if number.starts_with('-') { -magnitude } else { magnitude }
}

/// The significant digits of a number without its sign, and the exponent of the power of ten to multiply them by.
struct Decimal {
    digits: Vec<u8>,
    exponent: i64,
}

impl Decimal {
    fn read(number: &str) -> Self {
        let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
        let mantissa = mantissa.trim_start_matches('-');
        let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = [integer, fraction].concat();
        let significant = all.trim_start_matches('0');
        let (kept, left_out) = significant.split_at_checked(SIGNIFICANT_DIGITS).unwrap_or((significant, ""));
        let mut digits: Vec<u8> = kept.bytes().map(|digit| digit & 0xf).collect();
        let mut exponent =
            clamped(exponent).saturating_sub(fraction.len() as i64).saturating_add(left_out.len() as i64);
        if left_out.bytes().any(|digit| digit != b'0') {
            digits.push(1);
            exponent = exponent.saturating_sub(1);
        }
        Self { digits, exponent }
    }

    fn to_double(&self) -> f64 {
        let (head, tail) = self.digits.split_at_checked(SHORT_DIGITS).unwrap_or((&self.digits, &[]));
        let head = head.iter().fold(0_u64, |value, digit| value.wrapping_mul(10).wrapping_add(u64::from(*digit)));
        let exponent = self.exponent.saturating_add(tail.len() as i64);
        let low = scaled(head, exponent);
        if tail.iter().all(|digit| *digit == 0) {
            return low;
        }
        // 19 digits distinguish any two doubles, so the number lies between these, which are equal or neighbours.
        let high = scaled(head.saturating_add(1), exponent);
        if low == high {
            return low;
        }
        let exponent = i32::try_from(self.exponent).unwrap_or_default();
        match compare_to_middle(&self.digits, exponent, low) {
            Ordering::Less => low,
            Ordering::Greater => high,
            Ordering::Equal => {
                if low.to_bits() & 1 == 0 {
                    low
                } else {
                    high
                }
            }
        }
    }
}

/// The double nearest to `head` · 10^`exponent`.
#[inline(never)] // for size: each of its callers would have a copy
fn scaled(head: u64, exponent: i64) -> f64 {
    format!("{head}e{exponent}").parse().unwrap_or(f64::NAN)
}

/// The value of an exponent, limited to one that the digits of no text can make up for.
fn clamped(exponent: &str) -> i64 {
    const BEYOND: i64 = 1_000_000_000_000;
    let beyond = if exponent.starts_with('-') { -BEYOND } else { BEYOND };
    exponent.parse().map_or(beyond, |exponent: i64| exponent.clamp(-BEYOND, BEYOND))
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    fn canonical(number: &str) -> String {
        let mut out = String::new();
        write_canonical(number, &mut out);
        assert_eq!(is_canonical(number), out == number, "{number}");
        out
    }

    #[test]
    fn numbers_are_written_as_javascript_prints_them() {
        for (number, wanted) in [
            ("0", "0"),
            ("-0", "0"),
            ("0.0", "0"),
            ("-0e5", "0"),
            ("1.0", "1"),
            ("-1.50", "-1.5"),
            ("1E5", "100000"),
            ("1e20", "100000000000000000000"),
            ("1e21", "1e+21"),
            ("123456789012345678901234567890", "1.2345678901234568e+29"),
            ("0.000001", "0.000001"),
            ("0.0000001", "1e-7"),
            ("1e400", "null"),
            ("-1e400", "null"),
            ("1e-400", "0"),
            ("-1e-400", "0"),
            ("1.7976931348623158e308", "1.7976931348623157e+308"),
            ("1.7976931348623159e308", "null"),
            ("5e-324", "5e-324"),
            ("2.4703282292062327e-324", "0"),
            ("2.4703282292062328e-324", "5e-324"),
            ("2.2250738585072011e-308", "2.225073858507201e-308"),
            ("999999999999999", "999999999999999"),
            ("-999999999999999", "-999999999999999"),
            ("9007199254740993", "9007199254740992"),
            ("100000000000000000000000", "1e+23"),
            ("0.1", "0.1"),
            ("0.30000000000000004", "0.30000000000000004"),
        ] {
            assert_eq!(canonical(number), wanted, "{number}");
        }
        assert_eq!(canonical(&"9".repeat(400)), "null");
        assert_eq!(canonical(&format!("1{}", "0".repeat(308))), "1e+308");
    }

    #[test]
    fn digits_that_make_up_for_a_huge_exponent_are_counted() {
        let zeros = "0".repeat(700_000);
        assert_eq!(canonical(&format!("0.{zeros}1e700001")), "1");
        assert_eq!(canonical(&format!("-1{zeros}e-700000")), "-1");
        assert_eq!(canonical(&format!("-0.{zeros}e+5")), "0");
        assert_eq!(canonical(&format!("1.{zeros}e99999999999999999999")), "null");
        assert_eq!(canonical(&format!("1.{zeros}E-99999999999999999999")), "0");
        assert_eq!(canonical(&format!("1e{zeros}5")), "100000");
    }

    #[test]
    fn the_last_digit_of_a_long_number_decides_between_two_doubles() {
        let zeros = "0".repeat(60_000);
        assert_eq!(canonical(&format!("9007199254740993.{zeros}")), "9007199254740992");
        assert_eq!(canonical(&format!("9007199254740993.{zeros}1")), "9007199254740994");
    }

    /// All digits of the middle between two doubles, from the standard library's exact printing of the double with one
    /// more bit, if there is one: half of a number twice as great.
    fn middle_digits(low: f64) -> String {
        let (mantissa, power) = (low.to_bits() & ((1 << 52) - 1) | 1 << 52, (low.to_bits() >> 52) as i32 - 1075);
        let mut digits = num_bigint::BigUint::from(mantissa * 2 + 1);
        let twos = power - 1;
        if twos >= 0 {
            return (digits << twos as usize).to_string();
        }
        digits *= num_bigint::BigUint::from(5_u32).pow(twos.unsigned_abs());
        format!("{digits}e{twos}")
    }

    #[test]
    fn the_middle_between_two_doubles_goes_to_the_even_one_and_a_hair_beside_it_does_not() {
        let mut bits = 0x0123_4567_89ab_cdef_u64;
        for _ in 0..3_000 {
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let low = f64::from_bits(bits >> 1);
            if !low.is_normal() || !low.next_up().is_finite() {
                continue;
            }
            let middle = middle_digits(low);
            let (digits, exponent) = middle.split_once('e').unwrap_or((&middle, "0"));
            let even = if low.to_bits() & 1 == 0 { low } else { low.next_up() };
            assert_eq!(to_double(&middle).to_bits(), even.to_bits(), "{middle}");
            assert_eq!(to_double(&format!("{digits}.0000001e{exponent}")), low.next_up());
            let shorter = digits.parse::<num_bigint::BigUint>().unwrap() - 1_u32;
            assert_eq!(to_double(&format!("{shorter}e{exponent}")), low);
        }
    }

    #[test]
    fn the_ends_of_the_doubles_have_their_middles_too() {
        let half_of_least = num_bigint::BigUint::from(5_u32).pow(1075);
        for (last, wanted) in [("", 0.0), (".1", 5e-324)] {
            assert_eq!(to_double(&format!("{half_of_least}{last}e-1075")), wanted);
        }
        let beyond = (num_bigint::BigUint::from((1_u64 << 54) - 1)) << 970_usize;
        for (last, wanted) in [("", f64::INFINITY), (".1", f64::INFINITY)] {
            assert_eq!(to_double(&format!("{beyond}{last}")), wanted);
        }
        assert_eq!(to_double(&format!("{}", beyond - 1_u32)), f64::MAX);
    }

    #[test]
    fn long_numbers_are_the_doubles_that_the_standard_library_makes_of_them() {
        let mut bits = 7_u64;
        let mut next = || {
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            bits >> 16
        };
        for _ in 0..5_000 {
            let digits: String = (0..next() % 60 + 1).map(|_| char::from(b'0' + (next() % 10) as u8)).collect();
            let point = (next() as usize) % digits.len();
            let (integer, fraction) = digits.split_at(point);
            let number = format!(
                "{}.{}e{}",
                if integer.is_empty() { "0" } else { integer },
                fraction,
                next() as i64 % 700 - 350
            );
            assert_eq!(to_double(&number).to_bits(), number.parse::<f64>().unwrap().to_bits(), "{number}");
        }
    }
}
