//! Rules 5 and 6: public keys and signatures, from base58 to points of the curve.

use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;

use super::looks;
use crate::error::Rejection;
use crate::limits::{PUBLIC_KEY_BYTES, PUBLIC_KEY_CHARACTERS, SIGNATURE_BYTES, SIGNATURE_CHARACTERS};
use crate::record::SignatureBytes;

/// A public key whose point is decoded: canonical, on the curve, not of small order.
#[derive(Debug, Clone)]
pub struct PublicKey {
    pub(super) bytes: [u8; 32],
    pub(super) point: EdwardsPoint,
}

impl PublicKey {
    /// Decodes the point of rule 5.
    ///
    /// # Errors
    ///
    /// `BAD_KEY`.
    pub fn decode(bytes: &[u8; 32]) -> Result<Self, Rejection> {
        let point = decode_point(bytes).map_err(|fault| {
            Rejection::BadKey(match fault {
                PointFault::NotCanonical => {
                    "publicKey is not canonical; wanted the canonical encoding of a curve point"
                }
                PointFault::NotOnCurve => "publicKey is not on the curve; wanted the encoding of a curve point",
                PointFault::SmallOrder => "publicKey is a point of small order; wanted one of large order",
            })
        })?;
        Ok(Self { bytes: *bytes, point })
    }
}

/// A signature whose R is decoded by rule 6 and whose S is reduced modulo the group order.
#[derive(Debug, Clone)]
pub struct Signature {
    pub(super) r_bytes: [u8; 32],
    pub(super) r: EdwardsPoint,
    pub(super) s: Scalar,
}

impl Signature {
    /// Decodes the point and the scalar of rule 6.
    ///
    /// # Errors
    ///
    /// `BAD_SIGNATURE`.
    pub fn decode(bytes: &[u8; 64]) -> Result<Self, Rejection> {
        let (r_bytes, s_bytes) = halves(bytes);
        let r = decode_point(&r_bytes).map_err(|fault| {
            Rejection::BadSignature(match fault {
                PointFault::NotCanonical => {
                    "the signature's R is not canonical; wanted the canonical encoding of a curve point"
                }
                PointFault::NotOnCurve => "the signature's R is not on the curve; wanted the encoding of a curve point",
                PointFault::SmallOrder => "the signature's R is a point of small order; wanted one of large order",
            })
        })?;
        Ok(Self { r_bytes, r, s: Scalar::from_bytes_mod_order(s_bytes) })
    }

    /// The signature with S reduced.
    #[must_use]
    pub fn to_bytes(&self) -> SignatureBytes {
        join(&self.r_bytes, &self.s)
    }
}

/// The signature's bytes with S reduced modulo the group order.
#[must_use]
pub fn reduce(bytes: [u8; 64]) -> SignatureBytes {
    let (r_bytes, s_bytes) = halves(&bytes);
    join(&r_bytes, &Scalar::from_bytes_mod_order(s_bytes))
}

fn join(r_bytes: &[u8; 32], s: &Scalar) -> SignatureBytes {
    let mut bytes = [0; 64];
    for (to, from) in bytes.iter_mut().zip(r_bytes.iter().chain(s.as_bytes())) {
        *to = *from;
    }
    SignatureBytes(bytes)
}

fn halves(bytes: &[u8; 64]) -> ([u8; 32], [u8; 32]) {
    let (mut first, mut second) = ([0; 32], [0; 32]);
    for (to, from) in first.iter_mut().chain(second.iter_mut()).zip(bytes) {
        *to = *from;
    }
    (first, second)
}

enum PointFault {
    NotCanonical,
    NotOnCurve,
    SmallOrder,
}

fn decode_point(bytes: &[u8; 32]) -> Result<EdwardsPoint, PointFault> {
    if !is_below_p(bytes) {
        return Err(PointFault::NotCanonical);
    }
    let point = CompressedEdwardsY(*bytes).decompress().ok_or(PointFault::NotOnCurve)?;
    // The other non-canonical form, x = 0 with the sign bit set, encodes a point of small order.
    if point.is_small_order() { Err(PointFault::SmallOrder) } else { Ok(point) }
}

/// Whether y, the encoding without its sign bit, is less than p = 2^255 − 19.
fn is_below_p(bytes: &[u8; 32]) -> bool {
    let [first, middle @ .., last] = bytes;
    *first < 0xed || last & 0x7f != 0x7f || middle.iter().any(|byte| *byte != 0xff)
}

/// Checks that a text has the length of a public key. This comes first, so that a long text costs nothing.
///
/// # Errors
///
/// `BAD_KEY`, or `UNSUPPORTED_KEY` for `0x…`.
pub fn check_key_length(text: &str) -> Result<(), Rejection> {
    match text.len() {
        _ if text.starts_with("0x") => Err(Rejection::UnsupportedKey),
        characters if PUBLIC_KEY_CHARACTERS.contains(&characters) => Ok(()),
        _ => Err(Rejection::BadKey(looks::public_key(text))),
    }
}

/// The 32 bytes of a base58 public key: the text part of rule 5. The length is checked first and the buffer is fixed.
///
/// # Errors
///
/// `BAD_KEY`, or `UNSUPPORTED_KEY` for `0x…`.
pub fn key_bytes(text: &str) -> Result<[u8; PUBLIC_KEY_BYTES], Rejection> {
    check_key_length(text)?;
    base58(text).ok_or_else(|| Rejection::BadKey(looks::public_key(text)))
}

/// The 64 bytes of a base58 signature: the text part of rule 6.
///
/// # Errors
///
/// `BAD_SIGNATURE`.
pub fn signature_bytes(text: &str) -> Result<[u8; SIGNATURE_BYTES], Rejection> {
    let has_length = SIGNATURE_CHARACTERS.contains(&text.len());
    has_length.then(|| base58(text)).flatten().ok_or_else(|| Rejection::BadSignature(looks::signature(text)))
}

fn base58<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let length = bs58::decode(text).onto(&mut bytes[..]).ok()?;
    (length == N).then_some(bytes)
}
