//! JSON numbers as JavaScript prints the double that they stand for.

/// From this length on a number may have so many digits that they make up for an exponent beyond 2^16, where the
/// standard library stops counting.
const LONG_NUMBER_BYTES: usize = 60_000;

/// More significant digits than these never change a double, but whether any of them is not zero can.
const SIGNIFICANT_DIGITS: usize = 800;

/// Whether `number` is what `JSON.stringify(JSON.parse(number))` gives.
pub fn is_canonical(number: &str) -> bool {
    if is_short_integer(number) {
        return true;
    }
    let value = to_double(number);
    value.is_finite() && ryu_js::Buffer::new().format_finite(value) == number
}

/// Appends what `JSON.stringify(JSON.parse(number))` gives: `null` for what is beyond the greatest double.
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

/// The double nearest to `number`, infinite beyond the greatest.
fn to_double(number: &str) -> f64 {
    let exact = if number.len() < LONG_NUMBER_BYTES { number.parse() } else { shorten(number).parse() };
    exact.unwrap_or(f64::NAN)
}

/// A short number that stands for the same double: `0.` with the significant digits, and an exponent.
fn shorten(number: &str) -> String {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let sign = if mantissa.starts_with('-') { "-" } else { "" };
    let mantissa = mantissa.trim_start_matches('-');
    let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));

    let digits = || integer.bytes().chain(fraction.bytes());
    let leading_zeros = digits().take_while(|digit| *digit == b'0').count();
    let mut significant = digits().skip(leading_zeros);
    let mut short = format!("{sign}0.0");
    short.extend(significant.by_ref().take(SIGNIFICANT_DIGITS).map(char::from));
    if significant.any(|digit| digit != b'0') {
        short.push('1');
    }
    let shift = (integer.len() as i64).saturating_sub(leading_zeros as i64).saturating_add(1);
    let exponent = clamped(exponent).saturating_add(shift);
    short.push_str(&format!("e{exponent}"));
    short
}

/// The value of an exponent, or one beyond what the digits of any text can make up for.
fn clamped(exponent: &str) -> i64 {
    const BEYOND: i64 = 1_000_000_000_000;
    let beyond = if exponent.starts_with('-') { -BEYOND } else { BEYOND };
    exponent.parse().map_or(beyond, |exponent: i64| exponent.clamp(-BEYOND, BEYOND))
}

#[cfg(test)]
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
        let zeros = "0".repeat(LONG_NUMBER_BYTES);
        assert_eq!(canonical(&format!("9007199254740993.{zeros}")), "9007199254740992");
        assert_eq!(canonical(&format!("9007199254740993.{zeros}1")), "9007199254740994");
    }
}
