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
    find_failures(&batch, &deviation, deviation(&batch), &mut verdicts);
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
fn find_failures(
    batch: &[Weighted<'_>],
    deviation: &impl Fn(&[Weighted<'_>]) -> EdwardsPoint,
    deviation_of_all: EdwardsPoint,
    verdicts: &mut [bool],
) {
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
    find_failures(left, deviation, deviation_of_left, left_verdicts);
    find_failures(right, deviation, deviation_of_all - deviation_of_left, right_verdicts);
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

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use ed25519_dalek::{Signer as _, SigningKey};

    use super::*;

    fn signed(seed: u8, message: &[u8]) -> SignedMessage {
        let signer = SigningKey::from_bytes(&[seed; 32]);
        let key = PublicKey::decode(&signer.verifying_key().to_bytes()).unwrap();
        let signature = Signature::decode(&signer.sign(message).to_bytes()).unwrap();
        SignedMessage::new(key, signature, message)
    }

    fn weights_of(batch: &[SignedMessage]) -> Vec<Scalar> {
        weights(&batch.iter().collect::<Vec<_>>()).collect()
    }

    #[test]
    fn every_weight_hangs_on_every_part_of_every_message() {
        let batch: Vec<SignedMessage> = (1..=3).map(|seed| signed(seed, b"a message")).collect();
        let before = weights_of(&batch);
        let changes: [fn(&mut SignedMessage); 4] = [
            |message| message.key.bytes[7] ^= 1,
            |message| message.signature.r_bytes[7] ^= 1,
            |message| message.signature.s += Scalar::ONE,
            |message| message.k += Scalar::ONE,
        ];
        for changed in 0..batch.len() {
            for change in changes {
                let mut other = batch.clone();
                change(&mut other[changed]);
                assert!(before.iter().zip(weights_of(&other)).all(|(before, after)| *before != after));
            }
        }
    }

    #[test]
    fn one_bad_message_costs_at_most_as_much_again_as_its_batch_wherever_it_stands() {
        let length = 64;
        let good: Vec<SignedMessage> = (0..length).map(|number| signed(1 + number as u8 % 5, b"a message")).collect();
        for bad in 0..length {
            let mut messages = good.clone();
            messages[bad].signature.s += Scalar::ONE;
            let batch: Vec<Weighted<'_>> = messages
                .iter()
                .zip(weights(&messages.iter().collect::<Vec<_>>()))
                .map(|(message, weight)| Weighted { message, weight })
                .collect();
            let summed = Cell::new(0);
            let counted = |part: &[Weighted<'_>]| {
                summed.set(summed.get() + part.len());
                deviation(part)
            };
            let mut verdicts = vec![true; length];
            find_failures(&batch, &counted, counted(&batch), &mut verdicts);
            assert_eq!(verdicts, (0..length).map(|number| number != bad).collect::<Vec<_>>());
            assert!(summed.get() < 2 * length, "{} of {length} were summed", summed.get());
        }
    }
}
