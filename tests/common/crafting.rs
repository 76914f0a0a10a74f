//! Public keys and signatures made by hand: points with a torsion component, points in every encoding, S in every form.

use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use dbsharing::verify::ed25519::{PublicKey, Signature};
use dbsharing::verify::equation::{SignedMessage, verify_all};
use sha2::{Digest as _, Sha512};

/// A public key, a signature and a message that are claimed to belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Triple {
    pub key: [u8; 32],
    pub signature: [u8; 64],
    pub message: Vec<u8>,
}

impl Triple {
    /// Applies rules 5 and 6; `None` if they reject.
    pub fn decode(&self) -> Option<SignedMessage> {
        let key = PublicKey::decode(&self.key).ok()?;
        Some(SignedMessage::new(key, Signature::decode(&self.signature).ok()?, &self.message))
    }
}

/// The verdicts of rules 5 to 7 on triples that are verified together.
pub fn verdicts(company: &[&Triple]) -> Vec<bool> {
    let decoded: Vec<Option<SignedMessage>> = company.iter().map(|triple| triple.decode()).collect();
    let mut holds = verify_all(decoded.iter().flatten().cloned().collect()).into_iter();
    let verdicts = decoded.iter().map(|message| message.is_some() && holds.next().unwrap()).collect();
    assert_eq!(holds.next(), None);
    verdicts
}

/// Asserts the verdicts on all triples, alone and in random batches.
pub fn assert_verdicts(cases: &[(Triple, bool)], numbers: &mut Numbers) {
    for (triple, ok) in cases {
        assert_eq!(verdicts(&[triple]), [*ok], "{triple:x?}");
    }
    let mut order: Vec<usize> = (0..cases.len()).collect();
    numbers.shuffle(&mut order);
    let mut rest = &*order;
    while !rest.is_empty() {
        let (batch, after) = rest.split_at((1 + numbers.below(160)).min(rest.len()));
        rest = after;
        let company: Vec<&Triple> = batch.iter().map(|at| &cases[*at].0).collect();
        let wanted: Vec<bool> = batch.iter().map(|at| cases[*at].1).collect();
        assert_eq!(verdicts(&company), wanted, "{batch:?}");
    }
}

/// A public key or the R of a signature: a multiple of the base point, and the bytes shown for it.
#[derive(Debug, Clone, Copy)]
pub struct Half {
    pub scalar: Scalar,
    pub bytes: [u8; 32],
}

impl Half {
    /// The multiple with one of the eight torsion points added.
    pub fn with_torsion(scalar: Scalar, torsion: usize) -> Self {
        let point: EdwardsPoint = scalar * ED25519_BASEPOINT_POINT + EIGHT_TORSION[torsion % 8];
        Self { scalar, bytes: point.compress().to_bytes() }
    }

    /// These bytes, which may encode anything. S is computed as if they were a point of small order.
    pub fn shown_as(bytes: [u8; 32]) -> Self {
        Self { scalar: Scalar::ZERO, bytes }
    }
}

/// The triple whose S satisfies the cofactored equation for these halves and the bytes that they show.
pub fn signed_by(key: Half, nonce: Half, message: &[u8]) -> Triple {
    let hash = Sha512::new().chain_update(nonce.bytes).chain_update(key.bytes).chain_update(message);
    let k = Scalar::from_bytes_mod_order_wide(&hash.finalize().into());
    let s = nonce.scalar + k * key.scalar;
    Triple { key: key.bytes, signature: joined(nonce.bytes, s.to_bytes()), message: message.to_vec() }
}

pub fn joined(r: [u8; 32], s: [u8; 32]) -> [u8; 64] {
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&r);
    signature[32..].copy_from_slice(&s);
    signature
}

/// The triple with this scalar added to its S, which must be reduced.
pub fn with_s_moved(mut triple: Triple, by: Scalar) -> Triple {
    let s = Scalar::from_canonical_bytes(triple.signature[32..].try_into().unwrap()).unwrap() + by;
    triple.signature[32..].copy_from_slice(&s.to_bytes());
    triple
}

/// The triple with n·ℓ added to its S, which must be reduced. Up to 14 can be added to any S.
pub fn with_orders_added(mut triple: Triple, n: u8) -> Triple {
    let order_minus_one = (-Scalar::ONE).to_bytes();
    for _ in 0..n {
        let mut carry = 1_u16; // ℓ = (ℓ − 1) + 1
        for (byte, order) in triple.signature[32..].iter_mut().zip(order_minus_one) {
            let total = u16::from(*byte) + u16::from(order) + carry;
            *byte = (total & 0xff) as u8;
            carry = total >> 8;
        }
        assert_eq!(carry, 0, "S + n·ℓ fits in 256 bits");
    }
    triple
}

/// Every encoding of a point of small order: the eight canonical ones, and those with y + p or with a sign bit that
/// x = 0 does not have.
pub fn small_order_encodings() -> Vec<[u8; 32]> {
    let mut encodings: Vec<[u8; 32]> = EIGHT_TORSION.iter().map(|point| point.compress().to_bytes()).collect();
    let mut one = [0; 32];
    one[0] = 1;
    for mut encoding in [p_plus(0), p_plus(1)] {
        encodings.push(encoding);
        encoding[31] |= 0x80;
        encodings.push(encoding);
    }
    let minus_one = EIGHT_TORSION[4].compress().to_bytes();
    for mut encoding in [one, minus_one] {
        encoding[31] |= 0x80;
        encodings.push(encoding);
    }
    encodings.sort_unstable();
    encodings
}

/// p + n for n up to 18, as 32 little-endian bytes. No canonical encoding has such a y.
pub fn p_plus(n: u8) -> [u8; 32] {
    assert!(n < 19);
    let mut bytes = [0xff; 32];
    (bytes[0], bytes[31]) = (0xed + n, 0x7f);
    bytes
}

/// Numbers that are the same for each run with one seed (splitmix64).
#[derive(Debug, Clone)]
pub struct Numbers(pub u64);

impl Numbers {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    pub fn pick<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }

    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.next() as u8)
    }

    pub fn scalar(&mut self) -> Scalar {
        Scalar::from_bytes_mod_order_wide(&self.bytes())
    }

    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            list.swap(last, self.below(last + 1));
        }
    }
}

/// The bytes that this even number of hexadecimal digits stands for.
pub fn from_hex(text: &str) -> Vec<u8> {
    assert_eq!(text.len() % 2, 0);
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

pub fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
