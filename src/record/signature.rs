//! Signatures, as they are stored and as they are recognised.

/// The last 24 characters of a signature's base58 text: tells whether an offered signature is the one that is held.
///
/// They are the signature, as a number, modulo 58^24, about 140 bits of R and S. Only the key's own holder could make
/// two verifying signatures of one slot and one time that end alike, and would try 2^70 messages for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SignatureTail(pub [u8; 24]);

impl SignatureTail {
    /// The end of a signature's text; nothing for a text that is too short for a signature.
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
