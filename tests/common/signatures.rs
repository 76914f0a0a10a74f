//! Rules 5 to 7 on crafted public keys and signatures: each gets the same verdict alone and in any batch.

use crate::common::crafting::{
    Half, Numbers, Triple, assert_verdicts, from_hex, p_plus, signed_by, small_order_encodings, verdicts,
    with_orders_added, with_s_moved,
};
use crate::common::{judge, signed};
use curve25519_dalek::scalar::Scalar;
use dbsharing::json::Json;
use dbsharing::verify::ed25519::{PublicKey, Signature};

const CRAFTED: &str = include_str!("../vectors/verdicts.json");
const SPECCHECK: &str = include_str!("../vectors/speccheck.json");

/// A triple with a torsion component in A and one in R, which rules 5 to 7 accept.
fn crafted(secret: u64, torsion_a: usize, torsion_r: usize) -> Triple {
    let key = Half::with_torsion(Scalar::from(secret + 2), torsion_a);
    let nonce = Half::with_torsion(Scalar::from(secret * 7 + 3), torsion_r);
    signed_by(key, nonce, &secret.to_le_bytes())
}

/// The triples of a file of vectors, and whether they are accepted.
fn read_vectors(text: &str) -> Vec<(Triple, bool)> {
    let triple = |vector: Json<'_>| {
        let bytes = |name: &str| from_hex(&vector.member(name).unwrap().to_str().unwrap());
        let key = bytes("publicKey").try_into().unwrap();
        let signature = bytes("signature").try_into().unwrap();
        let ok = vector.member("ok").unwrap().text() == "true";
        (Triple { key, signature, message: bytes("message") }, ok)
    };
    Json::parse(text).unwrap().elements().map(triple).collect()
}

pub fn a_verdict_does_not_depend_on_the_company() {
    let case = |number: u64| {
        let (torsion_a, torsion_r) = (number as usize % 8, number as usize / 8 % 8);
        let triple = crafted(number % 40, torsion_a, torsion_r);
        let spoiled = number % 11 == 5;
        let triple = if spoiled { with_s_moved(triple, Scalar::ONE) } else { triple };
        (with_orders_added(triple, (number % 15) as u8), !spoiled)
    };
    let cases: Vec<(Triple, bool)> = (0..96).map(case).collect();
    assert_verdicts(&cases, &mut Numbers(1));
    // Several lengths from several starts: each finds its bad members by another path.
    for start in [0, 1, 5, 40] {
        for length in [2, 3, 7, 33, 56] {
            let company: Vec<&Triple> = cases[start..start + length].iter().map(|(triple, _)| triple).collect();
            let wanted: Vec<bool> = cases[start..start + length].iter().map(|(_, ok)| *ok).collect();
            assert_eq!(verdicts(&company), wanted);
        }
    }
    assert_eq!(verdicts(&[]), [] as [bool; 0]);
}

pub fn the_crafted_vectors_get_their_verdicts() {
    for (seed, vectors) in [CRAFTED, SPECCHECK].into_iter().enumerate() {
        let cases = read_vectors(vectors);
        assert!(cases.iter().any(|(_, ok)| *ok) && cases.iter().any(|(_, ok)| !ok));
        for pass in 0..3 {
            assert_verdicts(&cases, &mut Numbers(10 * pass + seed as u64));
        }
    }
}

/// Errors that cancel each other if a batch is summed with coefficients that its sender knows.
pub fn errors_that_cancel_are_found() {
    let good: Vec<Triple> = (0..6).map(|secret| crafted(secret, 0, 0)).collect();
    for (first, second) in [(1_i64, -1_i64), (1, 1), (2, -1), (-3, 1)] {
        let moved = |at: usize, by: i64| {
            let by = if by < 0 { -Scalar::from(by.unsigned_abs()) } else { Scalar::from(by.unsigned_abs()) };
            with_s_moved(good[at].clone(), by)
        };
        let (left, right) = (moved(1, first), moved(4, second));
        assert_eq!(verdicts(&[&left, &right]), [false, false]);
        assert_eq!(
            verdicts(&[&good[0], &left, &good[2], &good[3], &right, &good[5]]),
            [true, false, true, true, false, true]
        );
    }
}

/// A batch may contain one member many times, and the same public key or R with other messages.
pub fn repeated_members_keep_their_verdicts() {
    let good = crafted(1, 3, 5);
    let bad = with_s_moved(good.clone(), Scalar::ONE);
    assert_eq!(verdicts(&[&good; 9]), [true; 9]);
    assert_eq!(verdicts(&[&bad; 9]), [false; 9]);
    assert_eq!(verdicts(&[&bad, &good, &bad, &good, &good]), [false, true, false, true, true]);
    let (key, nonce) = (Half::with_torsion(Scalar::from(5_u8), 1), Half::with_torsion(Scalar::from(6_u8), 2));
    let others: Vec<Triple> = (0..9_u8).map(|number| signed_by(key, nonce, &[number])).collect();
    let mut swapped = others.clone();
    swapped[7].signature = others[8].signature;
    for (triples, seventh) in [(others, true), (swapped, false)] {
        let company: Vec<&Triple> = triples.iter().collect();
        let wanted: Vec<bool> = (0..9).map(|at| at != 7 || seventh).collect();
        assert_eq!(verdicts(&company), wanted);
    }
}

pub fn s_is_reduced_before_it_is_stored() {
    let reduced = crafted(9, 0, 0);
    for orders in 1..15 {
        let raised = with_orders_added(reduced.clone(), orders);
        assert_ne!(raised.signature, reduced.signature);
        assert_eq!(Signature::decode(&raised.signature).unwrap().to_bytes().0, reduced.signature);
        assert_eq!(dbsharing::verify::ed25519::reduce(raised.signature).0, reduced.signature);
    }
}

/// A relay adds multiples of the group order to S. The signer's own signature is stored and served.
pub fn a_record_with_s_raised_is_stored_as_it_was_signed() {
    let record = signed(1, r#"{"uuid":"u","timestamp":1}"#);
    let text = Json::parse(&record).unwrap().member("signature").unwrap().to_str().unwrap();
    let signature: [u8; 64] = bs58::decode(&*text).into_vec().unwrap().try_into().unwrap();
    for orders in [1, 2, 14] {
        let raised = with_orders_added(Triple { key: [0; 32], signature, message: Vec::new() }, orders);
        let relayed = record.replace(&*text, &bs58::encode(raised.signature).into_string());
        assert_ne!(relayed, record);
        assert_eq!(judge(&relayed).unwrap().envelope(), record);
    }
}

/// Asserts that an encoding is refused as a public key and as R, even if the equation holds.
fn assert_refused(encoding: [u8; 32]) {
    let half = Half::with_torsion(Scalar::from(3_u8), 0);
    let shown = Half::shown_as(encoding);
    let as_key = signed_by(shown, half, b"as a key");
    assert!(PublicKey::decode(&as_key.key).is_err(), "{encoding:x?}");
    let as_r = signed_by(half, shown, b"as R");
    assert!(Signature::decode(&as_r.signature).is_err(), "{encoding:x?}");
    let good = crafted(4, 0, 0);
    let as_both = signed_by(shown, shown, b"as both");
    assert_eq!(verdicts(&[&as_key, &good, &as_r, &as_both]), [false, true, false, false]);
}

pub fn no_encoding_of_small_order_passes() {
    let mut encodings = small_order_encodings();
    encodings.dedup();
    assert_eq!(encodings.len(), 14);
    encodings.into_iter().for_each(assert_refused);
}

pub fn encodings_at_and_above_p_are_refused() {
    for above in 0..19 {
        let mut encoding = p_plus(above);
        assert_refused(encoding);
        encoding[31] |= 0x80;
        assert_refused(encoding);
    }
}
