//! Rule 7: the cofactored equation, for one message and for many together.

use std::collections::BTreeMap;
use std::ops::Range;

use curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::VartimeMultiscalarMul;
use sha2::{Digest as _, Sha512};

use super::ed25519::{PublicKey, Signature};

/// A message with the public key and signature that are claimed for it, ready for the equation.
#[derive(Debug, Clone)]
pub struct SignedMessage {
    public_key: PublicKey,
    signature: Signature,
    /// The equation's k.
    k: Scalar,
}

impl SignedMessage {
    /// Hashes the message into the equation's k = SHA-512(R ‖ A ‖ message) modulo the group order.
    #[must_use]
    pub fn new(public_key: PublicKey, signature: Signature, message: &[u8]) -> Self {
        let hash = Sha512::new().chain_update(signature.r_bytes).chain_update(public_key.bytes).chain_update(message);
        let k = Scalar::from_bytes_mod_order_wide(&hash.finalize().into());
        Self { public_key, signature, k }
    }

    /// Whether \[8\](\[S\]B − \[k\]A − R) = 0.
    fn holds(&self) -> bool {
        let difference =
            EdwardsPoint::vartime_double_scalar_mul_basepoint(&-self.k, &self.public_key.point, &self.signature.s)
                - self.signature.r;
        difference.is_small_order()
    }
}

/// Whether the cofactored equation holds, for each message. Each answer is the same as if the message were checked
/// alone, with a probability of error of 2^-128 that no sender can raise.
#[must_use]
pub fn verify_all(messages: Vec<SignedMessage>) -> Vec<bool> {
    let mut search = Search::new(messages);
    while search.step() {}
    search.into_verdicts()
}

/// The search for the messages of a batch whose equation does not hold, in steps that each sum a part of the batch.
///
/// It halves the batch until each part either holds or is one bad message. The deviations of two halves add up to that
/// of the whole, so only one of them is computed. A bad message, wherever it stands, costs about as much as the batch
/// did.
#[derive(Debug)]
pub struct Search {
    messages: Vec<SignedMessage>,
    /// The factor of each message in the sums.
    weights: Vec<Scalar>,
    /// One for each message: false once it is known to be bad.
    verdicts: Vec<bool>,
    /// Parts that contain a bad message, with their deviations.
    failing: Vec<(Range<usize>, EdwardsPoint)>,
    has_begun: bool,
}

impl Search {
    /// A search that has summed nothing yet.
    #[must_use]
    pub fn new(messages: Vec<SignedMessage>) -> Self {
        let verdicts = vec![true; messages.len()];
        Self { messages, weights: Vec::new(), verdicts, failing: Vec::new(), has_begun: false }
    }

    /// Sums one part; returns whether there is more to do.
    pub fn step(&mut self) -> bool {
        if !self.has_begun {
            self.has_begun = true;
            self.sum_all();
        } else if let Some((part, deviation_of_part)) = self.failing.pop() {
            let middle = part.start.midpoint(part.end);
            let (left, right) = (part.start..middle, middle..part.end);
            let deviation_of_left = self.deviation(&left);
            self.note(right, deviation_of_part - deviation_of_left);
            self.note(left, deviation_of_left);
        }
        !self.failing.is_empty()
    }

    /// Whether the equation holds, for each message. Call this when there is no more to do.
    #[must_use]
    pub fn into_verdicts(self) -> Vec<bool> {
        self.verdicts
    }

    fn sum_all(&mut self) {
        if let ([message], [verdict]) = (self.messages.as_slice(), self.verdicts.as_mut_slice()) {
            *verdict = message.holds();
            return;
        }
        self.weights = weights(&self.messages).collect();
        let all = 0..self.messages.len();
        self.note(all.clone(), self.deviation(&all));
    }

    fn note(&mut self, part: Range<usize>, deviation: EdwardsPoint) {
        if deviation.is_small_order() {
            return;
        }
        match self.verdicts.get_mut(part.clone()) {
            Some([verdict]) => *verdict = false,
            _ => self.failing.push((part, deviation)),
        }
    }

    fn deviation(&self, part: &Range<usize>) -> EdwardsPoint {
        let messages = self.messages.get(part.clone()).unwrap_or_default();
        let weights = self.weights.get(part.clone()).unwrap_or_default();
        deviation(messages.iter().zip(weights))
    }
}

/// \[Σ zᵢSᵢ\]B − Σ \[zᵢ\]Rᵢ − Σ \[zᵢkᵢ\]Aᵢ, with one term for all signatures of a public key. It is of small order if
/// the equation of every message holds.
fn deviation<'a>(part: impl ExactSizeIterator<Item = (&'a SignedMessage, &'a Scalar)>) -> EdwardsPoint {
    let mut base = Scalar::ZERO;
    let mut public_keys: BTreeMap<&[u8; 32], (Scalar, &EdwardsPoint)> = BTreeMap::new();
    let mut scalars = Vec::with_capacity(part.len().saturating_mul(2).saturating_add(1));
    let mut points = Vec::with_capacity(scalars.capacity());
    for (message, weight) in part {
        base += weight * message.signature.s;
        let term = public_keys.entry(&message.public_key.bytes).or_insert((Scalar::ZERO, &message.public_key.point));
        term.0 -= weight * message.k;
        scalars.push(-weight);
        points.push(&message.signature.r);
    }
    for (scalar, point) in public_keys.into_values() {
        scalars.push(scalar);
        points.push(point);
    }
    scalars.push(base);
    points.push(&ED25519_BASEPOINT_POINT);
    EdwardsPoint::vartime_multiscalar_mul(scalars, points)
}

/// 128 bits of SHA-512 for each message, over a tag, every A, R, S and k of the batch in order, and the message's
/// number. No one can know them before the whole batch is fixed, and the host needs no random numbers.
fn weights(messages: &[SignedMessage]) -> impl Iterator<Item = Scalar> + use<> {
    let mut batch = Sha512::new().chain_update(b"dbsharing/1 batch\n");
    for message in messages {
        batch.update(message.public_key.bytes);
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
    use ed25519_dalek::{Signer as _, SigningKey};

    use super::*;

    fn signed(seed: u8, message: &[u8]) -> SignedMessage {
        let signer = SigningKey::from_bytes(&[seed; 32]);
        let public_key = PublicKey::decode(&signer.verifying_key().to_bytes()).unwrap();
        let signature = Signature::decode(&signer.sign(message).to_bytes()).unwrap();
        SignedMessage::new(public_key, signature, message)
    }

    fn weights_of(batch: &[SignedMessage]) -> Vec<Scalar> {
        weights(batch).collect()
    }

    #[test]
    fn every_weight_depends_on_every_part_of_every_message() {
        let batch: Vec<SignedMessage> = (1..=3).map(|seed| signed(seed, b"a message")).collect();
        let before = weights_of(&batch);
        let changes: [fn(&mut SignedMessage); 4] = [
            |message| message.public_key.bytes[7] ^= 1,
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
    fn one_bad_message_is_found_in_one_step_for_each_halving_wherever_it_stands() {
        let length = 64;
        let good: Vec<SignedMessage> = (0..length).map(|number| signed(1 + number as u8 % 5, b"a message")).collect();
        for bad in 0..length {
            let mut messages = good.clone();
            messages[bad].signature.s += Scalar::ONE;
            let mut search = Search::new(messages);
            let mut steps = 1;
            while search.step() {
                let parts: Vec<usize> = search.failing.iter().map(|(part, _)| part.len()).collect();
                assert_eq!(parts, [length >> (steps - 1)], "only the part with the bad message is halved");
                steps += 1;
            }
            assert_eq!(steps, 7, "the whole, 32, 16, 8, 4, 2 and 1: less than twice the whole");
            assert_eq!(search.into_verdicts(), (0..length).map(|number| number != bad).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_search_in_an_empty_batch_ends() {
        let mut search = Search::new(Vec::new());
        assert!(!search.step());
        assert!(search.into_verdicts().is_empty());
    }
}
