//! Bytes as the web's UTF-8 decoder reads them.

/// The text of `bytes`, with U+FFFD for each maximal part of a malformed sequence, as in `fetch().json()`. Borrowed
/// from `bytes` if nothing is malformed, otherwise from `repaired`, which is overwritten.
pub fn decode<'s>(bytes: &'s [u8], repaired: &'s mut String) -> &'s str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => {
            *repaired = String::from_utf8_lossy(bytes).into_owned();
            repaired
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_sequences_are_replaced_by_maximal_parts() {
        let parts: [(&[u8], usize); 13] = [
            (b"\xff", 1),
            (b"\x80", 1),
            (b"\xc3", 1),
            (b"\xc0\x80", 2),
            (b"\xe2\x82", 1),
            (b"\xe0\x80\x80", 3),
            (b"\xed\xa0\x80", 3),
            (b"\xf0\x9f\x98", 1),
            (b"\xf0\x8f\x98", 3),
            (b"\xf4\x90\x80\x80", 4),
            (b"\xf8\x88\x80\x80\x80", 5),
            (b"\xe1\x80\xe1\x80\xf1\x80", 3),
            (b"\xf1\x80\x80\xf1\x80", 2),
        ];
        for (bytes, replacements) in parts {
            let wanted = format!("a{}b", "\u{fffd}".repeat(replacements));
            assert_eq!(decode(&[b"a", bytes, b"b"].concat(), &mut String::new()), wanted, "{bytes:x?}");
        }
    }

    #[test]
    fn well_formed_bytes_are_borrowed() {
        let (text, mut repaired) = ("\u{feff}é😀\u{10ffff}\0", "x".to_owned());
        assert_eq!(decode(text.as_bytes(), &mut repaired), text);
        assert_eq!(repaired, "x");
    }
}
