//! Signatures, as they are stored and as they are recognised again.

/// The last 24 characters of a signature's base58 text. They tell whether an offered signature is the held one.
///
/// They are the signature, as a number, modulo 58^24: about 140 bits of R and S. Only the holder of the secret key
/// could make two valid signatures for one slot and time with the same ending, and would have to try 2^70 messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SignatureTail(pub [u8; 24]);

impl SignatureTail {
    /// The end of a signature's text; `None` if the text is too short for a signature.
    #[must_use]
    pub fn of(signature: &str) -> Option<Self> {
        signature.as_bytes().last_chunk().copied().map(Self)
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
