//! Signatures, as they are stored and as they are recognised again.

/// The last 21 characters of a signature's base58 text, in 6 bits each. They tell whether an offered signature is the held
/// one.
///
/// They are the signature, as a number, modulo 58^21: about 123 bits of R and S. Only the holder of the secret key
/// could make two valid signatures for one slot and time with the same ending, and would have to try 2^61 messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SignatureTail(pub [u8; 16]);

/// How many characters the tail has.
const TAIL_CHARACTERS: usize = 21;

impl SignatureTail {
    /// The end of a signature's text; `None` if the text is too short for a signature, or its end is not base58.
    #[must_use]
    pub fn of(signature: &str) -> Option<Self> {
        let tail: &[u8; TAIL_CHARACTERS] = signature.as_bytes().last_chunk()?;
        let bits =
            tail.iter().try_fold(0_u128, |bits, character| Some(bits << 6 | u128::from(digit_of(*character)?)))?;
        Some(Self(bits.to_be_bytes()))
    }
}

/// A number of 6 bits for each character of base58, which is not 0.
fn digit_of(character: u8) -> Option<u8> {
    match character {
        b'1'..=b'9' => character.checked_sub(b'0'),
        b'A'..=b'H' | b'J'..=b'N' | b'P'..=b'Z' => character.checked_sub(b'A' - 10),
        b'a'..=b'k' | b'm'..=b'z' => character.checked_sub(b'a' - 36),
        _ => None,
    }
}

/// The 64 bytes of a signature, with S reduced modulo the group order: the only form that is stored and served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SignatureBytes(pub [u8; 64]);

impl SignatureBytes {
    /// The signature as records carry it.
    #[must_use]
    pub fn to_base58(&self) -> String {
        bs58::encode(self.0).into_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_differ_where_the_ends_of_the_texts_do() {
        let alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
        let digits: std::collections::BTreeSet<u8> = alphabet.bytes().map(|byte| digit_of(byte).unwrap()).collect();
        assert!(digits.len() == 58 && digits.iter().all(|digit| (1..64).contains(digit)));
        assert_eq!((0..=255).filter(|byte| digit_of(*byte).is_some()).count(), 58);
        let of = |end: &str| SignatureTail::of(&["1".repeat(64 - end.len()), end.to_owned()].concat());
        assert_ne!(of("2"), of("3"));
        assert_ne!(of(&"2".repeat(21)), of(&["3", &"2".repeat(20)].concat()), "the first of its characters");
        assert_eq!(of(&"2".repeat(21)), of(&["3", &"2".repeat(21)].concat()), "the one before them");
        assert_ne!(of("2"), Some(SignatureTail::default()));
        assert_eq!((of("0"), of("I"), SignatureTail::of("1")), (None, None, None));
    }
}
