//! JSON numbers as JavaScript prints the double that they stand for.

/// From this length on the standard library's reading is not exact any more: it caps the exponent at about 2^16,
/// however many digits there are for it to shift.
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

/// The value of an exponent, or a value far beyond what the digits of any text can make up for.
fn clamped(exponent: &str) -> i64 {
    let beyond = if exponent.starts_with('-') { -1_000_000_000_000 } else { 1_000_000_000_000 };
    exponent.parse().map_or(beyond, |exponent: i64| exponent.clamp(-1_000_000_000_000, 1_000_000_000_000))
}
