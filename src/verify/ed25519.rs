//! Rules 5 to 7: keys, signatures, and the cofactored equation for one and for many.

use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::{IsIdentity, VartimeMultiscalarMul};
use sha2::{Digest as _, Sha512};
use std::collections::BTreeMap;

use crate::error::Rejection;
use crate::record::SignatureBytes;

/// A public key whose point is decoded: canonical, on the curve, not of small order.
#[derive(Debug, Clone)]
pub struct PublicKey {
    bytes: [u8; 32],
    point: EdwardsPoint,
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
                PointFault::NotCanonical => "publicKey is no canonical encoding of a curve point",
                PointFault::NotOnCurve => "publicKey is no point of the curve",
                PointFault::SmallOrder => "publicKey is a point of small order",
            })
        })?;
        Ok(Self { bytes: *bytes, point })
    }
}

/// A signature whose R is decoded as rule 6 wants it and whose S is reduced modulo the group order.
#[derive(Debug, Clone)]
pub struct Signature {
    r_bytes: [u8; 32],
    r: EdwardsPoint,
    s: Scalar,
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
                PointFault::NotCanonical => "the signature's R is no canonical encoding of a curve point",
                PointFault::NotOnCurve => "the signature's R is no point of the curve",
                PointFault::SmallOrder => "the signature's R is a point of small order",
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

/// The 32 bytes of a base58 public key: the text of rule 5. The length is looked at first and the buffer is fixed.
///
/// # Errors
///
/// `BAD_KEY`, or `UNSUPPORTED_KEY` for `0x…`.
pub fn key_bytes(text: &str) -> Result<[u8; 32], Rejection> {
    if text.starts_with("0x") {
        return Err(Rejection::UnsupportedKey);
    }
    if !(32..=44).contains(&text.len()) {
        return Err(Rejection::BadKey("publicKey is not 32 to 44 characters long"));
    }
    base58(text).ok_or(Rejection::BadKey("publicKey is not base58 of exactly 32 bytes"))
}

/// The 64 bytes of a base58 signature: the text of rule 6.
///
/// # Errors
///
/// `BAD_SIGNATURE`.
pub fn signature_bytes(text: &str) -> Result<[u8; 64], Rejection> {
    if !(64..=88).contains(&text.len()) {
        return Err(Rejection::BadSignature("signature is not 64 to 88 characters long"));
    }
    base58(text).ok_or(Rejection::BadSignature("signature is not base58 of exactly 64 bytes"))
}

fn base58<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let length = bs58::decode(text).onto(&mut bytes[..]).ok()?;
    (length == N).then_some(bytes)
}

/// One message with the key and the signature that are said to belong to it, ready for the equation.
#[derive(Debug, Clone)]
pub struct SignedMessage {
    key: PublicKey,
    signature: Signature,
    k: Scalar,
}

impl SignedMessage {
    /// Hashes the message into the equation's k = SHA-512(R ‖ A ‖ message) modulo the group order.
    #[must_use]
    pub fn new(key: PublicKey, signature: Signature, message: &[u8]) -> Self {
        let hash = Sha512::new().chain_update(signature.r_bytes).chain_update(key.bytes).chain_update(message);
        let k = Scalar::from_bytes_mod_order_wide(&hash.finalize().into());
        Self { key, signature, k }
    }

    /// \[8\](\[S\]B − \[k\]A − R) = 0.
    fn holds(&self) -> bool {
        let difference =
            EdwardsPoint::vartime_double_scalar_mul_basepoint(&-self.k, &self.key.point, &self.signature.s)
                - self.signature.r;
        difference.is_small_order()
    }
}

/// Whether the cofactored equation holds, for each message: what it would say of it alone, with a probability of
/// error of 2^-128 that is the same for every sender.
#[must_use]
pub fn verify_all(messages: &[&SignedMessage]) -> Vec<bool> {
    let mut verdicts = vec![true; messages.len()];
    if !all_hold(messages) {
        find_failures(messages, &mut verdicts);
    }
    verdicts
}

/// Halves a batch that is known to fail until its bad members stand alone. A half whose sibling holds is known to fail
/// without another look, so one bad member costs about as much again as the batch did.
fn find_failures(messages: &[&SignedMessage], verdicts: &mut [bool]) {
    if let ([_], [verdict]) = (messages, &mut *verdicts) {
        *verdict = false;
        return;
    }
    let middle = messages.len() / 2;
    let (left, right) = messages.split_at(middle);
    let (left_verdicts, right_verdicts) = verdicts.split_at_mut(middle);
    if all_hold(left) {
        find_failures(right, right_verdicts);
    } else {
        find_failures(left, left_verdicts);
        if !all_hold(right) {
            find_failures(right, right_verdicts);
        }
    }
}

/// \[8\](\[Σ zᵢSᵢ\]B − Σ \[zᵢ\]Rᵢ − Σ \[zᵢkᵢ\]Aᵢ) = 0, with one term for all signatures of a key.
fn all_hold(messages: &[&SignedMessage]) -> bool {
    if let [message] = messages {
        return message.holds();
    }
    let mut base = Scalar::ZERO;
    let mut keys: BTreeMap<&[u8; 32], (Scalar, EdwardsPoint)> = BTreeMap::new();
    let mut scalars = Vec::with_capacity(messages.len());
    let mut points = Vec::with_capacity(messages.len());
    for (message, z) in messages.iter().zip(coefficients(messages)) {
        base += z * message.signature.s;
        let key = keys.entry(&message.key.bytes).or_insert((Scalar::ZERO, message.key.point));
        key.0 -= z * message.k;
        scalars.push(-z);
        points.push(message.signature.r);
    }
    for (scalar, point) in keys.into_values() {
        scalars.push(scalar);
        points.push(point);
    }
    scalars.push(base);
    points.push(curve25519_dalek::constants::ED25519_BASEPOINT_POINT);
    EdwardsPoint::vartime_multiscalar_mul(scalars, points).mul_by_cofactor().is_identity()
}

/// 128 bits of SHA-512 for each message, over a tag, every A, R, S and k of the batch in order, and the message's
/// number: nobody can know them before all of the batch is fixed, and no randomness of the host is needed.
fn coefficients(messages: &[&SignedMessage]) -> impl Iterator<Item = Scalar> {
    let mut batch = Sha512::new().chain_update(b"dbsharing/1 batch\n");
    for message in messages {
        batch.update(message.key.bytes);
        batch.update(message.signature.r_bytes);
        batch.update(message.signature.s.as_bytes());
        batch.update(message.k.as_bytes());
    }
    (0..messages.len() as u64).map(move |number| {
        let hash: [u8; 64] = batch.clone().chain_update(number.to_le_bytes()).finalize().into();
        let mut low = [0; 16];
        for (to, from) in low.iter_mut().zip(hash) {
            *to = from;
        }
        Scalar::from(u128::from_le_bytes(low))
    })
}
