//! Skips parts of JSON text. Every function takes the bytes from one place on and returns the bytes from a later place
//! on. All but [`skip_plain`] and [`skip_space`] trust that the text is valid.

const ONES: u64 = u64::from_ne_bytes([1; 8]);
const SPACES: u64 = u64::from_ne_bytes([b' '; 8]);
const QUOTES: u64 = u64::from_ne_bytes([b'"'; 8]);
const BACKSLASHES: u64 = u64::from_ne_bytes([b'\\'; 8]);
const HIGH_BITS: u64 = u64::from_ne_bytes([0x80; 8]);

/// The bytes from the first quote, backslash or control character on. Those before it are plain inside a string.
#[inline]
pub fn skip_plain(mut bytes: &[u8]) -> &[u8] {
    #[cfg(target_feature = "simd128")]
    while let Some((sixteen, after)) = bytes.split_first_chunk::<16>() {
        let marks = simd::mark_special(sixteen);
        if marks != 0 {
            return bytes.get(marks.trailing_zeros() as usize..).unwrap_or_default();
        }
        bytes = after;
    }
    while let Some((word, after)) = bytes.split_first_chunk::<8>() {
        let marks = mark_special(u64::from_le_bytes(*word));
        if marks != 0 {
            let plain_bytes = (marks.trailing_zeros() >> 3) as usize;
            return bytes.get(plain_bytes..).unwrap_or_default();
        }
        bytes = after;
    }
    while let [byte, after @ ..] = bytes {
        if matches!(byte, b'"' | b'\\' | 0..0x20) {
            break;
        }
        bytes = after;
    }
    bytes
}

/// Eight bytes in one step: sets the high bit of each quote, backslash and control character. Bits above the lowest set
/// one may be wrong because of a borrow; the lowest one never is.
#[inline]
fn mark_special(word: u64) -> u64 {
    let below = |word: u64, limits: u64| word.wrapping_sub(limits) & !word;
    (below(word, SPACES) | below(word ^ QUOTES, ONES) | below(word ^ BACKSLASHES, ONES)) & HIGH_BITS
}

#[cfg(target_feature = "simd128")]
mod simd {
    use core::arch::wasm32::{u8x16_bitmask, u8x16_eq, u8x16_lt, u8x16_splat, u64x2, v128_or};

    /// Sixteen bytes in one step: sets the bit of each quote, backslash and control character.
    #[inline]
    pub fn mark_special(bytes: &[u8; 16]) -> u16 {
        let words = u128::from_le_bytes(*bytes);
        let bytes = u64x2(words as u64, (words >> 64) as u64);
        let quotes_and_backslashes = v128_or(u8x16_eq(bytes, u8x16_splat(b'"')), u8x16_eq(bytes, u8x16_splat(b'\\')));
        u8x16_bitmask(v128_or(quotes_and_backslashes, u8x16_lt(bytes, u8x16_splat(b' '))))
    }
}

/// The bytes from the first one that is not white space in JSON.
#[inline]
pub fn skip_space(mut bytes: &[u8]) -> &[u8] {
    while let [byte, after @ ..] = bytes
        && is_space(*byte)
    {
        bytes = after;
    }
    bytes
}

/// Whether `byte` is white space in JSON, which has fewer kinds than Unicode or JavaScript.
#[inline]
pub fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// From inside a string to after its closing quote.
#[inline]
pub fn skip_string(mut bytes: &[u8]) -> &[u8] {
    loop {
        bytes = match skip_plain(bytes) {
            [b'\\', _, after @ ..] => after,
            [_, after @ ..] => return after,
            [] => return &[],
        }
    }
}

/// From the first byte of a number to after its last.
#[inline]
pub fn skip_number(mut bytes: &[u8]) -> &[u8] {
    while let [b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E', after @ ..] = bytes {
        bytes = after;
    }
    bytes
}

/// From the first byte of a value to after its last.
pub fn skip_value(bytes: &[u8]) -> &[u8] {
    match bytes {
        [b'"', after @ ..] => skip_string(after),
        [b'{' | b'[', after @ ..] => skip_container(after),
        [b'f', ..] => bytes.get(5..).unwrap_or_default(),
        [b't' | b'n', ..] => bytes.get(4..).unwrap_or_default(),
        _ => skip_number(bytes),
    }
}

fn skip_container(mut bytes: &[u8]) -> &[u8] {
    let mut open: usize = 1;
    while let [byte, after @ ..] = bytes {
        bytes = after;
        match byte {
            b'"' => bytes = skip_string(after),
            b'{' | b'[' => open = open.saturating_add(1),
            b'}' | b']' => open = open.saturating_sub(1),
            _ => {}
        }
        if open == 0 {
            break;
        }
    }
    bytes
}

/// The greatest number of brackets that are open at once.
pub fn depth(mut bytes: &[u8]) -> usize {
    let (mut open, mut deepest) = (0_usize, 0);
    while let [byte, after @ ..] = bytes {
        bytes = after;
        match byte {
            b'"' => bytes = skip_string(after),
            b'{' | b'[' => {
                open = open.saturating_add(1);
                deepest = deepest.max(open);
            }
            b'}' | b']' => open = open.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// `text` split before `rest`, which one of the functions above returned for its bytes.
#[inline]
pub fn split_before<'a>(text: &'a str, rest: &[u8]) -> (&'a str, &'a str) {
    let length = text.len().saturating_sub(rest.len());
    text.split_at_checked(length).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_special_byte_is_found_at_every_place() {
        for special in [b'"', b'\\', 0, b'\n', 0x1f] {
            for filler in [b' ', b'!', b'#', b'[', b']', 0x7f, 0x80, 0xa2, 0xdc, 0xff] {
                for place in 0..20 {
                    let mut bytes = [filler; 20];
                    bytes[place] = special;
                    assert_eq!(skip_plain(&bytes).len(), 20 - place, "{special} in {filler}");
                }
                assert_eq!(skip_plain(&[filler; 20]), b"");
            }
        }
    }
}
