//! Rules 5 to 7 on crafted keys and signatures: one verdict for each, alone and in any company.

use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use dbsharing::verify::ed25519::{PublicKey, Signature};
use dbsharing::verify::equation::{SignedMessage, verify_all};
use sha2::{Digest as _, Sha512};

/// A key, a signature and a message, and whether the rules accept them.
struct Case {
    key: [u8; 32],
    signature: [u8; 64],
    message: Vec<u8>,
    accepted: bool,
}

impl Case {
    fn decode(&self) -> Option<SignedMessage> {
        let key = PublicKey::decode(&self.key).ok()?;
        Some(SignedMessage::new(key, Signature::decode(&self.signature).ok()?, &self.message))
    }
}

/// Signs with a secret scalar, a torsion component in A and one in R, and S raised by multiples of the group order.
fn crafted(secret: u64, torsion_a: usize, torsion_r: usize, orders: u8, spoil: bool) -> Case {
    let (a, r) = (Scalar::from(secret + 2), Scalar::from(secret * 7 + 3));
    let point = |scalar: Scalar, torsion: usize| -> [u8; 32] {
        let sum: EdwardsPoint = scalar * ED25519_BASEPOINT_POINT + EIGHT_TORSION[torsion % 8];
        sum.compress().to_bytes()
    };
    let (key, r_bytes) = (point(a, torsion_a), point(r, torsion_r));
    let message = secret.to_le_bytes().to_vec();
    let hash = Sha512::new().chain_update(r_bytes).chain_update(key).chain_update(&message);
    let mut s = r + Scalar::from_bytes_mod_order_wide(&hash.finalize().into()) * a;
    if spoil {
        s += Scalar::ONE;
    }
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&r_bytes);
    signature[32..].copy_from_slice(&plus_orders(s.to_bytes(), orders));
    Case { key, signature, message, accepted: !spoil }
}

/// s + n·ℓ as 32 little-endian bytes.
fn plus_orders(s: [u8; 32], n: u8) -> [u8; 32] {
    let order_minus_one = (-Scalar::ONE).to_bytes();
    let mut sum = s;
    for _ in 0..n {
        let mut carry = 1_u16; // ℓ = (ℓ − 1) + 1
        for (byte, order) in sum.iter_mut().zip(order_minus_one) {
            let total = u16::from(*byte) + u16::from(order) + carry;
            *byte = (total & 0xff) as u8;
            carry = total >> 8;
        }
        assert_eq!(carry, 0, "s + n·ℓ fits in 256 bits");
    }
    sum
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for number in 0..96_u64 {
        let (torsion_a, torsion_r) = (number as usize % 8, number as usize / 8 % 8);
        cases.push(crafted(number % 40, torsion_a, torsion_r, (number % 15) as u8, number % 11 == 5));
    }
    cases
}

pub fn a_verdict_does_not_depend_on_the_company() {
    let cases = cases();
    let messages: Vec<SignedMessage> = cases.iter().map(|case| case.decode().unwrap()).collect();
    for (case, message) in cases.iter().zip(&messages) {
        assert_eq!(verify_all(&[message]), [case.accepted]);
    }
    // Every length, from every start, in both directions: each finds its bad members by another path.
    for start in [0, 1, 5, 40] {
        for length in [2, 3, 7, 33, 56] {
            let mut company: Vec<usize> = (start..start + length).collect();
            for _ in 0..2 {
                let batch: Vec<&SignedMessage> = company.iter().map(|at| &messages[*at]).collect();
                let wanted: Vec<bool> = company.iter().map(|at| cases[*at].accepted).collect();
                assert_eq!(verify_all(&batch), wanted);
                company.reverse();
            }
        }
    }
    assert_eq!(verify_all(&[]), [] as [bool; 0]);
}

pub fn s_is_reduced_before_it_is_stored() {
    let reduced = crafted(9, 0, 0, 0, false);
    for orders in 1..15 {
        let raised = crafted(9, 0, 0, orders, false);
        assert_ne!(raised.signature, reduced.signature);
        assert_eq!(Signature::decode(&raised.signature).unwrap().to_bytes().0, reduced.signature);
    }
}

/// Every encoding of a point of small order: the eight canonical ones, and those with y + p or with a sign bit that
/// x = 0 does not have.
fn small_order_encodings() -> Vec<[u8; 32]> {
    let mut encodings: Vec<[u8; 32]> = EIGHT_TORSION.iter().map(|point| point.compress().to_bytes()).collect();
    let mut one_plus_p = [0xff; 32];
    (one_plus_p[0], one_plus_p[31]) = (0xee, 0x7f);
    let mut zero_plus_p = one_plus_p;
    zero_plus_p[0] = 0xed;
    let mut one = [0; 32];
    one[0] = 1;
    let mut minus_one = [0xff; 32];
    (minus_one[0], minus_one[31]) = (0xec, 0x7f);
    for mut encoding in [zero_plus_p, one_plus_p] {
        encodings.push(encoding);
        encoding[31] |= 0x80;
        encodings.push(encoding);
    }
    for mut encoding in [one, minus_one] {
        encoding[31] |= 0x80;
        encodings.push(encoding);
    }
    encodings.sort_unstable();
    encodings.dedup();
    encodings
}

pub fn no_encoding_of_small_order_passes() {
    let encodings = small_order_encodings();
    assert_eq!(encodings.len(), 14);
    let honest = crafted(3, 0, 0, 0, false);
    for encoding in encodings {
        assert!(PublicKey::decode(&encoding).is_err(), "{encoding:?}");
        let mut signature = honest.signature;
        signature[..32].copy_from_slice(&encoding);
        assert!(Signature::decode(&signature).is_err(), "{encoding:?}");
    }
}

pub fn encodings_at_and_above_p_are_refused() {
    let honest = crafted(3, 0, 0, 0, false);
    for low in 0xed..=0xff_u8 {
        for sign in [0x7f, 0xff] {
            let mut encoding = [0xff; 32];
            (encoding[0], encoding[31]) = (low, sign);
            assert!(PublicKey::decode(&encoding).is_err());
            let mut signature = honest.signature;
            signature[..32].copy_from_slice(&encoding);
            assert!(Signature::decode(&signature).is_err());
        }
    }
}
