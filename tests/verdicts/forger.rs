//! A forger who computes a batch's coefficients before choosing S: two errors, each scaled by the other's coefficient,
//! sum to nothing. It works against hashes that leave S out, and only against those; the layout of what is hashed is
//! the package's own, so this has to follow when that changes.

use curve25519_dalek::scalar::Scalar;
use sha2::{Digest as _, Sha512};

use crate::common::crafting::{Half, Numbers, Triple, signed_by, verdicts, with_s_moved};

/// Which parts of each member a careless package would hash.
#[derive(Debug, Clone, Copy)]
struct Hashed {
    key: bool,
    r: bool,
    k: bool,
}

fn r(triple: &Triple) -> [u8; 32] {
    triple.signature[..32].try_into().unwrap()
}

fn k(triple: &Triple) -> Scalar {
    let hash = Sha512::new().chain_update(r(triple)).chain_update(triple.key);
    Scalar::from_bytes_mod_order_wide(&hash.chain_update(&triple.message).finalize().into())
}

fn coefficients(batch: &[Triple], hashed: Hashed) -> Vec<Scalar> {
    let mut hash = Sha512::new().chain_update(b"dbsharing/1 batch\n");
    for triple in batch {
        let parts = [(hashed.key, triple.key), (hashed.r, r(triple)), (hashed.k, k(triple).to_bytes())];
        parts.iter().filter(|(is_hashed, _)| *is_hashed).for_each(|(_, part)| hash.update(part));
    }
    let coefficient = |number: u64| {
        let digest = hash.clone().chain_update(number.to_le_bytes()).finalize();
        Scalar::from(u128::from_le_bytes(digest[..16].try_into().unwrap()))
    };
    (0..batch.len() as u64).map(coefficient).collect()
}

#[test]
fn a_forger_who_knows_the_coefficients_before_s_is_found() {
    let mut numbers = Numbers(7);
    let mut sign = || {
        let (key, nonce) = (Half::with_torsion(numbers.scalar(), 0), Half::with_torsion(numbers.scalar(), 0));
        signed_by(key, nonce, b"not what was signed")
    };
    let (first, second) = (sign(), sign());
    for parts in 0..8 {
        let hashed = Hashed { key: parts & 1 != 0, r: parts & 2 != 0, k: parts & 4 != 0 };
        let z = coefficients(&[first.clone(), second.clone()], hashed);
        let forged = [with_s_moved(first.clone(), z[1]), with_s_moved(second.clone(), -z[0])];
        assert_eq!(verdicts(&[&forged[0], &forged[1]]), [false, false], "{hashed:?}");
    }
}
