//! Rule 7: the cofactored equation, for one message and for many.

use std::collections::BTreeMap;

use curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::VartimeMultiscalarMul;
use sha2::{Digest as _, Sha512};

use super::ed25519::{PublicKey, Signature};

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
    if let [message] = messages {
        return vec![message.holds()];
    }
    let batch: Vec<Weighted<'_>> =
        messages.iter().zip(weights(messages)).map(|(message, weight)| Weighted { message, weight }).collect();
    let mut verdicts = vec![true; messages.len()];
    find_failures(&batch, deviation(&batch), &mut verdicts);
    verdicts
}

/// A message with the number that its equation is multiplied by.
struct Weighted<'a> {
    message: &'a SignedMessage,
    weight: Scalar,
}

/// Halves a batch until each half either holds or is one bad message. The halves' deviations add up to that of the
/// whole, so only one of the two is computed: a bad message, wherever it stands, costs about as much again as the batch
/// did.
fn find_failures(batch: &[Weighted<'_>], deviation_of_all: EdwardsPoint, verdicts: &mut [bool]) {
    if deviation_of_all.is_small_order() {
        return;
    }
    if let [verdict] = verdicts {
        *verdict = false;
        return;
    }
    let middle = batch.len() / 2;
    let (left, right) = batch.split_at(middle);
    let (left_verdicts, right_verdicts) = verdicts.split_at_mut(middle);
    let deviation_of_left = deviation(left);
    find_failures(left, deviation_of_left, left_verdicts);
    find_failures(right, deviation_of_all - deviation_of_left, right_verdicts);
}

/// \[Σ zᵢSᵢ\]B − Σ \[zᵢ\]Rᵢ − Σ \[zᵢkᵢ\]Aᵢ, with one term for all signatures of a key: of small order where every
/// message's own equation holds.
fn deviation(batch: &[Weighted<'_>]) -> EdwardsPoint {
    let mut base = Scalar::ZERO;
    let mut keys: BTreeMap<&[u8; 32], (Scalar, &EdwardsPoint)> = BTreeMap::new();
    let mut scalars = Vec::with_capacity(batch.len().saturating_mul(2).saturating_add(1));
    let mut points = Vec::with_capacity(scalars.capacity());
    for Weighted { message, weight } in batch {
        base += weight * message.signature.s;
        let key = keys.entry(&message.key.bytes).or_insert((Scalar::ZERO, &message.key.point));
        key.0 -= weight * message.k;
        scalars.push(-weight);
        points.push(&message.signature.r);
    }
    for (scalar, point) in keys.into_values() {
        scalars.push(scalar);
        points.push(point);
    }
    scalars.push(base);
    points.push(&ED25519_BASEPOINT_POINT);
    EdwardsPoint::vartime_multiscalar_mul(scalars, points)
}

/// 128 bits of SHA-512 for each message, over a tag, every A, R, S and k of the batch in order, and the message's
/// number: nobody can know them before all of the batch is fixed, and no randomness of the host is needed.
fn weights(messages: &[&SignedMessage]) -> impl Iterator<Item = Scalar> {
    let mut batch = Sha512::new().chain_update(b"dbsharing/1 batch\n");
    for message in messages {
        batch.update(message.key.bytes);
        batch.update(message.signature.r_bytes);
        batch.update(message.signature.s.as_bytes());
        batch.update(message.k.as_bytes());
    }
    (0..messages.len() as u64).map(move |number| {
        let hash: [u8; 64] = batch.clone().chain_update(number.to_le_bytes()).finalize().into();
        Scalar::from(u128::from_le_bytes(hash.first_chunk().copied().unwrap_or_default()))
    })
}
